# A connection from a caller, answering half.

from fastgw._exchange cimport Route
from fastgw.gateway.waiting cimport Waiting


cdef class Downstream(Waiting):
    cdef bint settling                  # `settle` is on the stack and goes on by itself
    cdef int next                       # what it does next, -1: nothing

    cdef void _answer_local(self)
    cdef void _enter(self, Route route, int path_length)
    cdef void _take(self, int next)
    cdef bint _preflight(self, int path_length)
