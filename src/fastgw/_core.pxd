# The policy runner and the circuit breaker.

from libc.stdint cimport int64_t, uint32_t, uint64_t

from fastgw._exchange cimport Exchange
from fastgw._program cimport Program
from fastgw._shared cimport BreakerSlot, Segment

# What a run ended with.
cpdef enum Verdict:
    DONE = 0            # the section ended
    FORWARD_NOW = 1     # call the backend with exchange.forward, then resume
    ANSWERED = 2        # return-response: send exchange.response, nothing else runs
    FAILED = 3          # exchange.error says why; on-error is next
    BODY_NEEDED = 4     # have all of the body of the message exchange.needed, then resume
    WAIT_NOW = 5        # await what exchange.waiting_for gives, then resume
    SLEEP = 6           # resume after exchange.delay seconds

cdef int run(Program program, Exchange exchange) except -1


cpdef enum State:
    CLOSED = 0          # requests pass; deadline: when it closed
    OPEN = 1            # requests are refused; deadline: until when
    HALF_OPEN = 2       # one trial is under way; deadline: when it counts as lost
    RAMPING = 3         # a growing share passes; deadline: the end of the ramp

cpdef enum Event:
    ADMIT = 0           # a request asks
    TRY = 1             # a request asks when the time of an open breaker is over: recovery half-open
    EXPIRE = 2          # the same: recovery reset; or the ramp has ended
    SUCCESS = 3
    FAILURE = 4
    THRESHOLD = 5       # an outcome that reaches a threshold
    PASS = 6            # the trial succeeded
    PASS_TO_RAMP = 7    # the same, where the rule has a ramp
    FAIL = 8            # the trial failed
    LOST = 9            # the trial ended without an outcome
    LATE = 10           # an outcome of an earlier period
    RESET = 11

cpdef enum Action:
    ALLOW = 0
    REFUSE = 1
    RAMP = 2            # allow by chance
    TRIAL = 3           # allow this one
    RECORD = 4
    TRIP = 5
    CLOSE = 6
    SETTLE = 7          # the ramp is over; what is counted stays
    RELEASE = 8         # the next request is the trial
    IGNORE = 9

cdef enum:
    STATES = 4
    EVENTS = 12

ctypedef struct Move:
    int next
    int action

# What became of a request, beside status codes.
cpdef enum Outcome:
    CONNECTION_FAILURE = 1
    TIMED_OUT = 2

# What an outcome changed for those who watch.
cdef enum News:
    NOTHING = 0
    OPENED = 1
    CLOSED_AGAIN = 2

# Why a breaker tripped.
cdef enum Trigger:
    BY_COUNT = 1
    BY_PERCENTAGE = 2
    BY_CONSECUTIVE = 3
    BY_SLOW_CALLS = 4
    BY_TRIAL = 5


cdef class BreakerRule:
    cdef readonly str name
    cdef readonly dict arguments            # what it was made with
    cdef readonly int count
    cdef readonly int percentage
    cdef readonly int min_requests
    cdef readonly int64_t interval
    cdef readonly int64_t bucket            # width
    cdef readonly int consecutive
    cdef readonly int slow_percentage
    cdef readonly int64_t slow_call
    cdef readonly int64_t trip
    cdef readonly int64_t max_trip
    cdef readonly bint accept_retry_after
    cdef readonly int64_t max_retry_after
    cdef readonly bint reset
    cdef readonly int64_t ramp
    cdef readonly int failure_status
    cdef bint fails_on_connection
    cdef bint fails_on_timeout
    cdef unsigned char[600] failing         # by status code

    cdef bint judge(self, int outcome) noexcept


cdef class Breaker:
    cdef Segment segment
    cdef readonly int slot
    cdef readonly BreakerRule rule
    cdef BreakerSlot* words
    cdef int news                           # News that `admit` had; the caller puts it back to NOTHING

    cdef bint is_out(self, int64_t now) noexcept
    cdef bint is_due(self, int64_t now) noexcept
    cdef bint is_ramping(self, int64_t now) noexcept
    cdef int admit(self, int64_t now, double chance, int64_t trial_until, uint32_t* ticket) noexcept
    cdef int report(self, uint32_t ticket, int64_t now, int outcome, bint failed, bint slow, int64_t retry_after,
                    double chance) noexcept
    cdef void cancel(self, uint32_t ticket, int64_t now) noexcept
    cdef int64_t remaining(self, int64_t now) noexcept
    cdef void _record(self, uint32_t period, int64_t tick, bint failed, bint slow) noexcept
    cdef int _reached(self, uint32_t period, int64_t tick, bint failed, bint slow, uint32_t* failures,
                      uint32_t* requests) noexcept
    cdef int64_t _trip_time(self, uint64_t streak, int64_t retry_after, double chance) noexcept
