# One call that a policy makes.
#
#   OutCall     a request out, its whole answer in

from fastgw._exchange cimport Target
from fastgw.gateway.pool cimport Pool
from fastgw.gateway.services cimport Services
from fastgw.gateway.upstream cimport Sink, Upstream


cdef class OutCall(Sink):
    cdef Services services
    cdef bytes path
    cdef bytes body
    cdef object outcome                 # the future that `send` gave
    cdef Target target
    cdef Pool pool
    cdef Upstream upstream
    cdef bint waiting                   # in the pool's queue
    cdef bint fresh                     # the connection is one that nothing was sent on
    cdef bint repeatable                # the method may be sent again
    cdef bint started                   # the head of the answer is there
    cdef list pieces                    # of the answer's body
    cdef Py_ssize_t size

    cdef bytes _head(self)
    cdef void _acquire(self, bint fresh)
    cdef void _read(self, bytes data, const char* body, Py_ssize_t length, bint complete)
    cdef void _fail(self, str reason, str message)
    cdef void _drop(self)
