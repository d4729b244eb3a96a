"""The memory that all processes of one gateway share: breakers, balancers, counts.

One anonymous mapping, made by the master before it forks: workers that are replaced find it as it was, a
reload does not touch it, and the kernel takes it back with the last process, however that ends. Each piece
of state is one word that changes in one atomic operation; there is no lock that a killed process could
leave behind. Who owns which slot is not decided here (`snapshot.places`), nor what the words mean to a
breaker or balancer.
"""

import os

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset
from posix.mman cimport (
    MAP_ANONYMOUS, MAP_FAILED, MAP_NORESERVE, MAP_SHARED, PROT_READ, PROT_WRITE, mmap, munmap,
)

LAYOUT_VERSION = 2
# Ten bits of a breaker's state name a seat.
SEATS_AT_MOST = 1000

cdef enum:
    HEADER_BYTES = 4096
    # Slots of each kind. Pages are taken when they are first written, so room costs nothing.
    SLOTS = 65536
    CACHE_LINE = 64
    # Names that a process may hold at the same time, and how many places each of them may take.
    HOLDS = 8192
    PROBES = 16

# ---------------------------------------------------------------- windows

# A bucket is one word: period : 12, tick : 26, count : 26. Only a bucket untouched for exactly a multiple of
# 2**26 ticks or 4096 periods could be taken for one of today. A full count stays full.

cdef enum:
    FULL = 0x3FFFFFF

cdef inline uint64_t bucket_tag(uint32_t period, int64_t tick) noexcept:
    return (<uint64_t>(period & 0xFFF) << 26) | <uint64_t>(tick & 0x3FFFFFF)


cdef void window_add(uint64_t* window, uint32_t period, int64_t tick) noexcept:
    """Count one event of `period` at `tick`; what the bucket held of another tick or period is gone."""
    cdef uint64_t* bucket = window + <uint64_t>tick % BUCKETS
    cdef uint64_t word = load(bucket)
    cdef uint64_t tag = bucket_tag(period, tick)
    cdef uint64_t count
    while True:
        count = word & FULL if word >> 26 == tag else 0
        if swap(bucket, &word, tag << 26 | min(count + 1, <uint64_t>FULL)):
            return


cdef uint32_t window_sum(const uint64_t* window, uint32_t period, int64_t tick) noexcept:
    """The events of `period` in the ten ticks up to `tick`."""
    cdef uint64_t word
    cdef uint32_t total = 0
    cdef uint32_t age
    cdef int i
    for i in range(BUCKETS):
        word = load(window + i)
        age = <uint32_t>(tick - <int64_t>(word >> 26)) & 0x3FFFFFF
        # Ticks ahead count too: another process may have looked at the clock a moment later.
        if word >> 52 == period & 0xFFF and (age < BUCKETS or age > 0x4000000 - BUCKETS):
            total += word & FULL
    return total


# ---------------------------------------------------------------- the segment

cdef class Segment:
    """The shared mapping of one gateway, with slots for breakers, members and groups.

    `seats` is how many worker processes may live at the same time (1 to 1000); each sets `seat` to its own
    number after the fork. Raises ValueError for a number of seats out of range, MemoryError where the system
    gives no mapping.
    """

    def __cinit__(self, int seats):
        cdef size_t members_size, breakers_size, groups_size
        cdef char* mapped
        cdef bytes key = os.urandom(sizeof(self.header.key))
        if not 1 <= seats <= SEATS_AT_MOST:
            raise ValueError(f"seats must be between 1 and {SEATS_AT_MOST}")
        self.seats = seats
        self.breakers = self.members = self.groups = SLOTS
        self.member_size = sizeof(MemberSlot) + (
            seats * sizeof(Counts) + CACHE_LINE - 1) // CACHE_LINE * CACHE_LINE
        breakers_size = sizeof(BreakerSlot) * SLOTS
        members_size = self.member_size * SLOTS
        groups_size = sizeof(GroupSlot) * SLOTS
        self.size = HEADER_BYTES + breakers_size + members_size + groups_size + sizeof(Hold) * HOLDS * seats
        mapped = <char*>mmap(NULL, self.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE,
                             -1, 0)
        if <void*>mapped == MAP_FAILED:
            raise MemoryError("the system gives no memory to share between processes")
        self.header = <Header*>mapped
        self.first_breaker = <BreakerSlot*>(mapped + HEADER_BYTES)
        self.first_member = mapped + HEADER_BYTES + breakers_size
        self.first_group = <GroupSlot*>(self.first_member + members_size)
        self.first_hold = <Hold*>(self.first_member + members_size + groups_size)
        self.own_holds = {}
        self.header.version = LAYOUT_VERSION
        self.header.seats_used = 1
        memcpy(self.header.key, <const char*>key, sizeof(self.header.key))

    def __dealloc__(self):
        if self.header is not NULL:
            munmap(self.header, self.size)

    @property
    def seat(self):
        """The number of this process; set once after the fork. IndexError for one that there is not."""
        return self.own_seat

    @seat.setter
    def seat(self, int seat):
        cdef uint64_t used = load(&self.header.seats_used)
        if not 0 <= seat < self.seats:
            raise IndexError("there is no such seat")
        self.own_seat = seat
        while used < <uint64_t>seat + 1 and not swap(&self.header.seats_used, &used, seat + 1):
            pass

    @property
    def layout(self):
        """The version of the layout, as the mapping says it."""
        return self.header.version

    @property
    def key(self):
        """32 random bytes of this gateway, the same in all its processes."""
        return self.header.key[:sizeof(self.header.key)]

    @property
    def breakers_used(self):
        """One more than the highest slot of a breaker that was ever given out."""
        return self.header.breakers_used

    cdef BreakerSlot* breaker(self, int slot) except NULL:
        if not 0 <= slot < self.breakers:
            raise IndexError("there is no such breaker")
        return self.first_breaker + slot

    cdef MemberSlot* member(self, int slot) except NULL:
        if not 0 <= slot < self.members:
            raise IndexError("there is no such member")
        return <MemberSlot*>(self.first_member + slot * self.member_size)

    cdef Counts* counts(self, MemberSlot* member) noexcept:
        """The counts of a member, one for each seat."""
        return <Counts*>(member + 1)

    cdef uint64_t in_flight(self, MemberSlot* member) noexcept:
        """The requests that all processes have in flight to a member."""
        cdef Counts* counts = self.counts(member)
        cdef uint64_t total = 0
        cdef uint64_t seat
        for seat in range(load(&self.header.seats_used)):
            total += load(&counts[seat].in_flight)
        return total

    cdef GroupSlot* group(self, int slot) except NULL:
        if not 0 <= slot < self.groups:
            raise IndexError("there is no such group")
        return self.first_group + slot

    def begin_breaker(self, int slot):
        """Give a breaker's slot to a new owner: closed, nothing counted."""
        cdef BreakerSlot* words = self.breaker(slot)
        # Tickets of the former owner must not fit, so its period goes on.
        cdef uint64_t period = (load(&words.state) >> 2) + 1 & 0xFFF
        store(&words.state, period << 2)
        memset(&words.consecutive, 0, sizeof(BreakerSlot) - sizeof(words.state))
        self.header.breakers_used = max(self.header.breakers_used, <uint64_t>slot + 1)

    def begin_member(self, int slot):
        """Give a member's slot to a new owner. What the former owner has in flight ends by itself."""
        memset(self.member(slot), 0, sizeof(MemberSlot))
        self.header.members_used = max(self.header.members_used, <uint64_t>slot + 1)

    def begin_group(self, int slot):
        """Give a group's slot to a new owner."""
        memset(self.group(slot), 0, sizeof(GroupSlot))

    # Holds: how many requests are inside something that has a name and a limit. Each seat has a table of its
    # own, which only its process writes: there is nothing to lock, and what a process held ends with it.

    cdef Hold* hold(self, int seat, uint64_t name) noexcept:
        """What the process on a seat holds under a name; NULL: nothing."""
        cdef Hold* table = self.first_hold + <size_t>seat * HOLDS
        cdef Hold* at
        cdef int i
        for i in range(PROBES):
            at = table + (name + <uint64_t>i) % <uint64_t>HOLDS
            # A name changes only while its count is 0: read in this order, the count is of the name or 0.
            if load(&at.count) and load(&at.name) == name:
                return at
        return NULL

    def held(self, uint64_t name):
        """How many all processes hold under a name."""
        cdef uint64_t total = self.own_holds.get(name, 0)
        cdef uint64_t seat
        cdef Hold* at
        for seat in range(load(&self.header.seats_used)):
            at = self.hold(<int>seat, name)
            if at is not NULL:
                total += load(&at.count)
        return total

    def take(self, uint64_t name, uint64_t most):
        """Hold one more under a name; False, and nothing held, where all processes would hold more than `most`.

        Never are there more than `most`: who takes counts itself first and looks at the others then. Two that
        come at the same moment for the last place may both be refused. Where this process has no place left
        for another name, the others do not see what it holds, and the answer is None in place of True.
        """
        cdef Hold* table = self.first_hold + <size_t>self.own_seat * HOLDS
        cdef Hold* at = self.hold(self.own_seat, name)
        cdef int i
        if at is NULL:
            for i in range(PROBES):
                at = table + (name + <uint64_t>i) % <uint64_t>HOLDS
                if load(&at.count) == 0:
                    store(&at.name, name)
                    break
            else:
                at = NULL
        if at is NULL:
            self.own_holds[name] = self.own_holds.get(name, 0) + 1
        else:
            store(&at.count, at.count + 1)
        fence()
        if self.held(name) > most:
            self.give(name)
            return False
        return True if at is not NULL else None

    def give(self, uint64_t name):
        """Hold one less under a name; what this process does not hold is left alone."""
        cdef Hold* at
        cdef object own = self.own_holds.get(name)
        if own is not None:
            if own > 1:
                self.own_holds[name] = own - 1
            else:
                del self.own_holds[name]
            return
        at = self.hold(self.own_seat, name)
        if at is not NULL:
            store(&at.count, at.count - 1)

    def clear_seat(self, int seat):
        """Forget what a process that has ended had in flight and held."""
        cdef uint64_t slot
        cdef Hold* held
        cdef int place
        if not 0 <= seat < self.seats:
            raise IndexError("there is no such seat")
        for slot in range(self.header.members_used):
            store(&self.counts(self.member(<int>slot))[seat].in_flight, 0)
        held = self.first_hold + <size_t>seat * HOLDS
        for place in range(HOLDS):
            # Reading does not take a page; writing does.
            if held[place].count:
                store(&held[place].count, 0)
