# Connections to one backend address, with one certificate and one set of TLS settings.

from fastgw.gateway.deadlines cimport DeadlineQueue
from fastgw.gateway.upstream cimport Owner, Sink, Upstream


cdef class Pool(Owner):
    cdef readonly object dialer         # opens a connection: address, TLS, proxy
    cdef object _loop
    cdef list _idle                     # the last one used is the first one taken
    cdef object _waiting                # sinks in order of arrival
    cdef object _waiting_fresh          # those that must get a connection nothing was sent on
    cdef set _tasks                     # of connections being opened
    cdef int _dialing                   # connections being opened
    cdef readonly int opened            # connections open or being opened
    cdef readonly int limit
    cdef readonly int pending
    cdef double _lifetime
    cdef DeadlineQueue _idle_deadlines
    cdef readonly bint retired

    cdef Upstream acquire(self, Sink sink, bint fresh)
    cdef void forget(self, Sink sink)
    cdef bint is_full(self) noexcept
    cdef void _dial(self)
    cdef void _dial_for_waiting(self)
    cdef Upstream _take_idle(self)
    cdef Sink _next_waiting(self, bint fresh)
    cdef void _hand_over(self, Upstream upstream, double now)
