# A URL that may be chosen, with its breakers.

from libc.stdint cimport int64_t

from fastgw._exchange cimport Target
from fastgw._shared cimport Counts, MemberSlot, Segment

cdef enum:
    RULES_AT_MOST = 15          # of one member

# How a member stands when a request looks for one.
cdef enum Standing:
    READY = 0
    DUE = 1                     # its breaker waits for a trial
    SICK = 2                    # health checks say so
    OUT = 3                     # its breaker is open


cdef class Member:
    cdef readonly str id
    cdef readonly int slot
    cdef readonly Target target
    cdef readonly tuple breakers
    cdef readonly int weight
    cdef readonly int priority
    cdef Segment segment
    cdef MemberSlot* words

    cdef int standing(self, int64_t now) noexcept
    cdef bint is_ramping(self, int64_t now) noexcept
    cdef Counts* counts(self) noexcept
    cdef double share(self, int64_t now, int64_t slow_start) noexcept


cdef double latency(MemberSlot* words, int64_t now) noexcept
cdef void learn_latency(MemberSlot* words, int64_t now, double microseconds) noexcept
cdef double weight_of(Member member, int64_t now, int64_t slow_start) noexcept
