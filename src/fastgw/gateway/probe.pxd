# One health check of one backend member.
#
#   HealthProbe     a request, its answer's status, a verdict

from fastgw._exchange cimport Target
from fastgw.gateway.pool cimport Pool
from fastgw.gateway.services cimport Services
from fastgw.gateway.upstream cimport Sink, Upstream


cdef class HealthProbe(Sink):
    cdef Services services
    cdef object check                   # model.HealthCheck
    cdef object judge                   # called with (good, reason), at most once
    cdef object end                     # called once, after the last use of a connection
    cdef Pool pool
    cdef bytes request                  # as it is sent
    cdef Upstream upstream
    cdef bint waiting                   # in the pool's queue
    cdef bint fresh                     # the connection is one that nothing was sent on
    cdef bint judged
    cdef bint ended
    cdef Py_ssize_t received            # bytes of the answer's body

    cdef bytes _compose(self, Target target)
    cdef void _acquire(self, bint fresh)
    cdef void _read(self, Py_ssize_t length, bint complete)
    cdef void _judge(self, bint good, str reason)
    cdef void _drop(self)
    cdef void _end(self)
