"""A member of a backend: a URL that may be chosen, with its breakers, its health, its load and its latency.

What is known of it lives in the shared segment; nothing here chooses. Sources: spec/resilience.md section 3,
research on Peak EWMA (Finagle, Linkerd).
"""

from libc.math cimport exp, fmax
from libc.stdint cimport int64_t, uint32_t, uint64_t

from fastgw._core cimport Breaker
from fastgw._exchange cimport Target
from fastgw._shared cimport Counts, MemberSlot, Segment, load, store, swap

# Peak EWMA: seconds until a sample has lost two thirds of its weight (Finagle's and Linkerd's default).
cdef double DECAY = 10.0
# Milliseconds that the clocks of two processes may have been looked at apart.
cdef uint32_t MOMENT = 60000
# A member that came back begins with this share of its weight.
cdef double FIRST_SHARE = 0.1


cdef union Float32Bits:
    float number
    uint32_t bits


cdef class Member:
    """A URL that may be chosen. `slot` is its place in the segment, `id` how logs and status pages call it.

    `weight` is its relative share in its priority (0: only while no other one is there), a lower `priority`
    is used first (spec/resilience.md section 3). Raises ValueError for more than 15 breakers.
    """

    def __init__(self, Segment segment, int slot, str id, Target target, tuple breakers=(), int weight=1,
                 int priority=0):
        if len(breakers) > RULES_AT_MOST:
            raise ValueError(f"a member has at most {RULES_AT_MOST} breakers")
        self.segment = segment
        self.words = segment.member(slot)
        self.slot = slot
        self.id = id
        self.target = target
        self.breakers = breakers
        self.weight = weight
        self.priority = priority

    cdef Counts* counts(self) noexcept:
        """What this process has to do with the member."""
        return self.segment.counts(self.words) + self.segment.own_seat

    cdef int standing(self, int64_t now) noexcept:
        cdef int found = Standing.READY
        cdef Breaker breaker
        for breaker in self.breakers:
            if breaker.is_out(now):
                return Standing.OUT
            if breaker.is_due(now):
                found = Standing.DUE
        return Standing.SICK if load(&self.words.health) & 1 else found

    cdef bint is_ramping(self, int64_t now) noexcept:
        """Whether chance decides if it admits."""
        cdef Breaker breaker
        for breaker in self.breakers:
            if breaker.is_ramping(now):
                return True
        return False

    cdef double share(self, int64_t now, int64_t slow_start) noexcept:
        """How much of its weight a member has that came back not long ago."""
        cdef int64_t since
        cdef int64_t returned_at = <int64_t>load(&self.words.returned_at)
        if slow_start == 0 or returned_at == 0:
            return 1.0
        since = now - returned_at
        if since >= slow_start or since < 0:
            return 1.0
        return fmax(FIRST_SHARE, <double>since / slow_start)

    def checked(self, bint healthy, int threshold, int64_t now):
        """Take in a health check; the state changes after `threshold` equal results in a row.

        Returns True when it has changed. Only one process checks a member.
        """
        cdef uint64_t word = load(&self.words.health)
        cdef bint was_healthy = not word & 1
        cdef uint64_t row = word >> 1 & 0x7FFF
        if healthy == was_healthy:
            store(&self.words.health, word & ~<uint64_t>0xFFFE)
            return False
        row = min(row + 1, <uint64_t>0x7FFF)
        if row < <uint64_t>threshold:
            store(&self.words.health, word & ~<uint64_t>0xFFFE | row << 1)
            return False
        store(&self.words.health, <uint64_t>now << 16 | (not healthy))
        if healthy:
            store(&self.words.returned_at, now)
        return True

    def state(self, int64_t now):
        """What the member looks like at `now` (monotonic milliseconds), as a dict for status pages."""
        cdef uint64_t health = load(&self.words.health)
        cdef uint64_t chosen = 0
        cdef Counts* counts = self.segment.counts(self.words)
        cdef int seat
        for seat in range(self.segment.seats):
            chosen += load(&counts[seat].chosen)
        return {
            "id": self.id,
            "healthy": not health & 1,
            "inFlight": self.segment.in_flight(self.words),
            "chosen": chosen,
            "latency": latency(self.words, now) * 1e-6,
            "breakers": [{"rule": breaker.rule.name, **breaker.state(now)} for breaker in self.breakers],
        }


cdef double latency(MemberSlot* words, int64_t now) noexcept:
    """The peak-sensitive average in microseconds, decayed to `now`; 0 where nothing is known."""
    cdef Float32Bits average
    cdef uint64_t word = load(&words.latency)
    average.bits = <uint32_t>word
    return average.number * kept_since(word, now)


cdef double kept_since(uint64_t word, int64_t now) noexcept:
    """How much of a sample is left at `now`; all of one by a process that looked at the clock a moment later."""
    cdef uint32_t age = <uint32_t>now - <uint32_t>(word >> 32)
    return 1.0 if age > <uint32_t>0xFFFFFFFF - MOMENT else exp(-<double>age / (DECAY * 1000.0))


cdef void learn_latency(MemberSlot* words, int64_t now, double microseconds) noexcept:
    """Take in a sample: a higher one counts at once, a lower one by the time since the last (Peak EWMA)."""
    cdef Float32Bits average
    cdef uint64_t word = load(&words.latency)
    cdef double kept
    cdef double blended
    while True:
        average.bits = <uint32_t>word
        blended = microseconds
        if microseconds < average.number:
            kept = kept_since(word, now)
            blended = average.number * kept + microseconds * (1.0 - kept)
        average.number = <float>blended
        if swap(&words.latency, &word, <uint64_t><uint32_t>now << 32 | average.bits):
            return


cdef double weight_of(Member member, int64_t now, int64_t slow_start) noexcept:
    """The weight of a member at the moment; one of weight zero is a hundredth of the lightest."""
    return (member.weight if member.weight else 0.01) * member.share(now, slow_start)
