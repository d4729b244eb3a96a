# A connection from a caller, answering half.

from fastgw.gateway.calling cimport Calling


cdef class Downstream(Calling):
    cdef void _answer_local(self)
