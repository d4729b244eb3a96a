# The memory that all processes of one gateway share.
#
#   load, store, swap, add      atomic operations on a word
#   window_*                    a sliding window of ten buckets
#   BreakerSlot, ...            what stands where in a slot
#   Hold                        how many of something a process holds
#   Segment                     the mapping and its slots

from libc.stdint cimport int64_t, uint32_t, uint64_t

cdef extern from *:
    """
    #include <stdint.h>
    static inline uint64_t fastgw_load(const uint64_t *at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }
    static inline void fastgw_store(uint64_t *at, uint64_t value) { __atomic_store_n(at, value, __ATOMIC_RELEASE); }
    static inline int fastgw_swap(uint64_t *at, uint64_t *expected, uint64_t value) {
        return __atomic_compare_exchange_n(at, expected, value, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
    }
    static inline uint64_t fastgw_add(uint64_t *at, uint64_t value) {
        return __atomic_fetch_add(at, value, __ATOMIC_RELAXED);
    }
    static inline void fastgw_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
    """
    uint64_t load "fastgw_load"(const uint64_t* at) noexcept
    void store "fastgw_store"(uint64_t* at, uint64_t value) noexcept
    # 1, or 0 with `expected` brought up to date.
    int swap "fastgw_swap"(uint64_t* at, uint64_t* expected, uint64_t value) noexcept
    # The value before.
    uint64_t add "fastgw_add"(uint64_t* at, uint64_t value) noexcept
    # What was written before it is seen by whoever reads after theirs.
    void fence "fastgw_fence"() noexcept


cdef enum:
    BUCKETS = 10                # of a sliding window
    TURNS = 16                  # rows of members that take turns; beyond, priorities share one

cdef void window_add(uint64_t* window, uint32_t period, int64_t tick) noexcept
cdef uint32_t window_sum(const uint64_t* window, uint32_t period, int64_t tick) noexcept


# What a slot holds. Every word changes in one atomic operation; times are monotonic milliseconds.

ctypedef struct BreakerSlot:
    uint64_t state              # deadline : 40, seat : 10, period : 12, state : 2
    uint64_t consecutive        # period : 32, failures in a row : 32
    uint64_t streak             # trips in a row
    uint64_t cause              # of the last trip: trigger : 8, outcome : 16, failures or slow calls : 20, requests : 20
    uint64_t tripped_at         # the last time
    uint64_t trips
    uint64_t refused
    uint64_t unused
    uint64_t[BUCKETS] requests
    uint64_t[BUCKETS] failures
    uint64_t[BUCKETS] slow
    uint64_t[2] padding         # to whole cache lines

ctypedef struct MemberSlot:
    uint64_t latency            # time of the last sample, low bits : 32, average in microseconds as a float : 32
    uint64_t health             # since : 48, checks in a row : 15, unhealthy : 1
    uint64_t returned_at        # when it last came back, 0: never
    uint64_t[5] padding
    # Counts[seats] follows

# What the process on one seat has to do with a member; only that process writes it.
ctypedef struct Counts:
    uint64_t in_flight
    uint64_t chosen             # requests that the member was chosen for

ctypedef struct GroupSlot:
    uint64_t[TURNS] turns       # of each priority, and one more of members without weight
    uint64_t[BUCKETS] calls     # of the retry budget
    uint64_t[BUCKETS] retries
    uint64_t[4] padding

# What the process on one seat holds under one name; only that process writes it. The name is of nobody
# while nothing is held.
ctypedef struct Hold:
    uint64_t name
    uint64_t count


ctypedef struct Header:
    uint64_t version
    # The highest slot that was ever given out, plus one.
    uint64_t breakers_used
    uint64_t members_used
    uint64_t seats_used
    char[32] key


cdef class Segment:
    cdef Header* header
    cdef size_t size
    cdef readonly int seats
    cdef readonly int breakers          # slots of each kind
    cdef readonly int members
    cdef readonly int groups
    cdef int own_seat                   # of this process
    cdef BreakerSlot* first_breaker
    cdef char* first_member
    cdef size_t member_size             # bytes of a member's slot with its counts
    cdef GroupSlot* first_group
    cdef Hold* first_hold               # HOLDS for each seat
    cdef dict own_holds                 # name -> count, of what found no place

    cdef BreakerSlot* breaker(self, int slot) except NULL
    cdef MemberSlot* member(self, int slot) except NULL
    cdef Counts* counts(self, MemberSlot* member) noexcept
    cdef uint64_t in_flight(self, MemberSlot* member) noexcept
    cdef GroupSlot* group(self, int slot) except NULL
    cdef Hold* hold(self, int seat, uint64_t name) noexcept
