# Time limits without a timer per request.

cdef double monotonic() noexcept
cdef long long ticks() noexcept


cdef class Timed:
    cdef Timed _before
    cdef Timed _after
    cdef double _deadline
    cdef DeadlineQueue _queue

    cdef void expired(self)
    cdef void break_down(self)
    cdef void no_deadline(self)


cdef class DeadlineQueue:
    cdef readonly double seconds
    cdef object _loop
    cdef object _handle
    cdef Timed _first
    cdef Timed _last

    cdef void add(self, Timed timed)
    cdef void add_at(self, Timed timed, double now)
    cdef void _remove(self, Timed timed)
    cdef void _arm(self, double now)
    cdef void _break_down(self, Timed timed)
