# A connection from a caller, redirecting half: answers that send the request elsewhere.

from fastgw.gateway.calling cimport Calling


cdef class Redirecting(Calling):
    cdef bint follow(self, bint complete)

    cdef object _next_hop(self, bytes location)
    cdef bint _is_movable(self, bint rewritten)
    cdef bint _leave(self)
