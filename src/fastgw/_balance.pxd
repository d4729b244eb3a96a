# Which member of a backend a request goes to, and what became of it there.
#
#   Balancer    the members of one backend and the way to choose among them
#   Attempt     one call to one member: chosen, judged, released

from libc.stdint cimport int64_t, uint32_t, uint64_t

from fastgw._affinity cimport Affinity
from fastgw._core cimport Breaker
from fastgw._member cimport RULES_AT_MOST, Member
from fastgw._shared cimport GroupSlot, Segment

cpdef enum Algorithm:
    ROUND_ROBIN = 0             # weights make it smooth weighted round robin
    LEAST_REQUESTS = 1
    P2C_EWMA = 2                # the better of two by peak-EWMA latency x requests in flight

cdef enum:
    MEMBERS_AT_MOST = 255       # of one balancer

# What a request knows of a member, as bits.
cdef enum Known:
    TRIED = 1                   # once more only when no other one is there
    LEFT_ALONE = 2              # it has asked for time
    HELD_BACK = 4               # it has just refused

cdef class RetryRule:
    cdef readonly int count
    cdef bint on_connection_failure
    cdef bint[600] statuses

    cdef bint covers(self, int outcome) noexcept


cdef class Group:
    cdef int first                      # members of one priority
    cdef int end                        # one after the last
    cdef bytes schedule                 # in which those with a weight take turns
    cdef bint all_weighted
    cdef uint64_t* turn


cdef class Balancer:
    cdef readonly str backend_id
    cdef readonly list members          # by priority
    cdef readonly int algorithm
    cdef readonly int64_t slow_start    # milliseconds, 0: none
    cdef public Affinity affinity       # None: there is none
    cdef readonly RetryRule retry       # None: a failed attempt is the last one
    cdef readonly int failure_status    # when nothing can be chosen, 0: the breaker's
    cdef Segment segment
    cdef GroupSlot* words
    cdef list groups                    # Group of each priority
    cdef int count

    cdef int better(self, int one, int two, int64_t now) noexcept
    cdef int refused_for(self, int64_t now, int status, int64_t* remaining) noexcept


cdef class Attempt:
    cdef Balancer balancer
    cdef readonly Member member         # None: none is chosen
    cdef int index                      # of the member
    cdef readonly int tries             # members chosen for the request so far
    cdef readonly int status            # of a refusal
    cdef readonly int64_t remaining     # of a refusal, milliseconds
    cdef double started
    cdef bint judged
    cdef list news                      # (News, Member, Breaker) that the log has not seen; None: nothing
    cdef uint32_t[RULES_AT_MOST] tickets
    cdef int dealt                      # who had the turn when it was looked at first, -1: nobody
    cdef int held_back                  # status of the rule that refused last, 0: none has
    cdef unsigned char[MEMBERS_AT_MOST + 1] known   # bits of Known for each member

    cdef void begin(self, Balancer balancer) noexcept
    cdef bint choose(self, double now, double patience, int preferred)
    cdef bint pass_over(self, double now)
    cdef bint would_refuse(self, double now)
    cdef bint may_retry(self, int outcome, double now, int64_t retry_after) noexcept
    cdef bint judge(self, int outcome, double now, int64_t retry_after)
    cdef void release(self, double now)
    cdef bint _is_there(self, int64_t now, bint surely) noexcept
    cdef bint _hold_back(self, int index, Breaker breaker) noexcept
    cdef bint _choose_at_once(self, int64_t now, int64_t trial_until)
    cdef bint _choose_among(self, int64_t now, int64_t trial_until, bint heed_health, bint heed_tried)
    cdef bint _choose_in_group(self, Group group, int64_t now, int64_t trial_until, bint heed_health,
                               bint heed_tried, bint weighted)
    cdef int _pick(self, Group group, int64_t now, unsigned char* standing, int ready, bint weighted) noexcept
    cdef int _whose_turn(self, Group group, const unsigned char* standing) noexcept
    cdef int _least_requests(self, Group group, int64_t now, const unsigned char* standing) noexcept
    cdef int _better_of_two(self, Group group, int64_t now, const unsigned char* standing, int ready) noexcept
    cdef bint _admit(self, int index, int64_t now, int64_t trial_until)
    cdef void _tell(self, int news, Breaker breaker)

cdef double chance() noexcept
