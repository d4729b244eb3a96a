"""Which member of a backend a request goes to, and what became of it there.

A member is chosen by priority, by its breakers, by its health and by the balancer's algorithm, in this
order. The breaker has the last word: a member is chosen only when it admits the request. Nothing here opens
a connection or reads a clock. Sources: spec/resilience.md sections 3 and 3.2; design section 11 (an open
breaker always counts, health checks never take the last member out).
"""

import os

from libc.math cimport fmax
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memset

from fastgw._core cimport Action, Breaker, BreakerRule, News, Outcome
from fastgw._member cimport RULES_AT_MOST, Member, Standing, latency, learn_latency, weight_of
from fastgw._shared cimport TURNS, Counts, Segment, add, store, window_add, window_sum

from fastgw._schedule import smooth_schedule

# A failed attempt counts as this slow at least (seconds): failing fast must not look attractive.
cdef double FAILURE_LATENCY = 1.0
# Milliseconds after the end of its time in which a trial has not become a lost one yet.
cdef int64_t TRIAL_SLACK = 1000
# The retry budget (Finagle's): this share of the requests, and this many a second, over ten seconds.
cdef double BUDGET_SHARE = 0.2
cdef int64_t BUDGET_SECONDS = 10
cdef int64_t BUDGET_A_SECOND = 10


# ---------------------------------------------------------------- chance

cdef uint64_t random_state = 1


def seed(uint64_t value=0):
    """Begin a new row of random numbers: from the system, or a given one for tests. Once in each process."""
    global random_state
    random_state = value or int.from_bytes(os.urandom(8), "little") | 1


cdef double chance() noexcept:
    """A number in [0, 1): xorshift64*, whose upper bits are good enough to spread load."""
    global random_state
    random_state ^= random_state >> 12
    random_state ^= random_state << 25
    random_state ^= random_state >> 27
    return <double>(random_state * <uint64_t>0x2545F4914F6CDD1D >> 11) / 9007199254740992.0


# ---------------------------------------------------------------- balancer

cdef class RetryRule:
    """When a failed attempt is followed by another one: at most `count` further ones.

    `statuses` are (lowest, highest) pairs of status codes, `reasons` LastError reasons in lower case.
    """

    def __init__(self, int count, tuple statuses=(), frozenset reasons=frozenset()):
        cdef int lowest, highest, status
        self.count = count
        self.on_connection_failure = not reasons.isdisjoint(("backendconnectionfailure", "server errors"))
        for status in range(600):
            self.statuses[status] = "server errors" in reasons and status >= 500
        for lowest, highest in statuses:
            for status in range(max(0, lowest), min(599, highest) + 1):
                self.statuses[status] = True

    cdef bint covers(self, int outcome) noexcept:
        """Whether an outcome is worth another attempt."""
        if outcome == Outcome.CONNECTION_FAILURE:
            return self.on_connection_failure
        return 200 <= outcome < 600 and self.statuses[outcome]


cdef Group make_group(Balancer balancer, int first, int end, int row):
    cdef Group group = Group.__new__(Group)
    weights = [member.weight for member in balancer.members[first:end]]
    group.first = first
    group.end = end
    group.schedule = bytes([first + index for index in smooth_schedule(weights)])
    group.all_weighted = all(weights)
    group.turn = &balancer.words.turns[row]
    return group


cdef class Group:
    """The members of one priority."""


cdef class Balancer:
    """The members of one backend. `slot` is its place in the segment, shared by all processes.

    `affinity` is set once the members have their order; `failure_status` is what callers get when no member
    can be chosen, 0 for the open breaker's. Raises ValueError for no member or more than 255.
    """

    def __init__(self, Segment segment, int slot, str backend_id, members, *, int algorithm=Algorithm.ROUND_ROBIN,
                 int64_t slow_start=0, RetryRule retry=None, int failure_status=0):
        self.segment = segment
        self.words = segment.group(slot)
        self.backend_id = backend_id
        self.members = sorted(members, key=lambda member: member.priority)
        self.count = len(self.members)
        if not 1 <= self.count <= MEMBERS_AT_MOST:
            raise ValueError(f"a backend has 1 to {MEMBERS_AT_MOST} members")
        self.algorithm = algorithm
        self.slow_start = slow_start
        self.retry = retry
        self.failure_status = failure_status
        self.groups = []
        first = 0
        for at in range(1, self.count + 1):
            if at == self.count or self.members[at].priority != self.members[first].priority:
                self.groups.append(make_group(self, first, at, min(len(self.groups), TURNS - 2)))
                first = at

    cdef int better(self, int one, int two, int64_t now) noexcept:
        """Which of two members has less to expect: latency times requests in flight, for its weight."""
        cdef Member left = <Member>self.members[one]
        cdef Member right = <Member>self.members[two]
        cdef double left_latency = latency(left.words, now)
        cdef double right_latency = latency(right.words, now)
        cdef double left_cost, right_cost
        # Of whom nothing is known, the other one's latency is assumed.
        if left_latency == 0.0:
            left_latency = right_latency
        elif right_latency == 0.0:
            right_latency = left_latency
        left_cost = (left_latency + 1.0) * (left.segment.in_flight(left.words) + 1) / weight_of(
            left, now, self.slow_start)
        right_cost = (right_latency + 1.0) * (right.segment.in_flight(right.words) + 1) / weight_of(
            right, now, self.slow_start)
        return one if left_cost <= right_cost else two

    cdef int refused_for(self, int64_t now, int status, int64_t* remaining) noexcept:
        """The status of a refusal, and the smallest time left of all members.

        `status` is that of the rule that refused, 0 where nobody was asked.
        """
        cdef Member member
        cdef Breaker breaker
        cdef int64_t longest
        cdef int64_t least = -1
        status = self.failure_status or status
        for member in self.members:
            longest = 0
            for breaker in member.breakers:
                if status == 0 and breaker.remaining(now) > 0:
                    status = breaker.rule.failure_status
                longest = max(longest, breaker.remaining(now))
            if least < 0 or longest < least:
                least = longest
        remaining[0] = max(0, least)
        return status or 503

    def state(self, int64_t now):
        """What the backend looks like at `now` (monotonic milliseconds), as a dict for status pages."""
        return {"id": self.backend_id, "members": [member.state(now) for member in self.members]}


# ---------------------------------------------------------------- attempts

cdef class Attempt:
    """One request's way through a balancer: choose, judge, release, and perhaps the same again.

    One object serves a connection, request after request. `now` is monotonic seconds.
    """

    cdef void begin(self, Balancer balancer) noexcept:
        """A new request, to a backend that may be another one; None: there is nothing to choose."""
        self.balancer = balancer
        self.tries = 0
        if balancer is not None:
            memset(self.known, 0, balancer.count)
            self.held_back = 0

    cdef bint choose(self, double now, double patience, int preferred):
        """Choose a member that admits the request; False when none does, with `status` and `remaining`.

        `patience` is how long the call may take, in seconds: a trial that takes longer counts as lost.
        `preferred` is the member of the caller's session, -1 where there is none.
        """
        cdef Balancer balancer = self.balancer
        cdef int64_t at = <int64_t>(now * 1000.0)
        # The call ends by itself before; this is for one that nobody ends.
        cdef int64_t trial_until = at + <int64_t>(patience * 1000.0) + TRIAL_SLACK
        cdef bint chosen = False
        cdef int standing, index
        if balancer.retry is not None and self.tries == 0:
            window_add(balancer.words.calls, 0, at // 1000)
        if self.held_back:
            for index in range(balancer.count):
                self.known[index] &= ~Known.HELD_BACK
        self.dealt = -1
        self.held_back = 0
        if balancer.count == 1:
            chosen = self._admit(0, at, trial_until)
        else:
            if 0 <= preferred < balancer.count and not self.known[preferred]:
                standing = (<Member>balancer.members[preferred]).standing(at)
                if standing == Standing.READY or standing == Standing.DUE:
                    chosen = self._admit(preferred, at, trial_until)
            chosen = chosen or (self.tries == 0 and self._choose_at_once(at, trial_until))
            # A member that has failed for this request is chosen only when no other one is there, and one that
            # health checks have taken out only when they have taken out everyone.
            chosen = chosen or self._choose_among(at, trial_until, True, True) \
                or (self.tries > 0 and self._choose_among(at, trial_until, True, False)) \
                or self._choose_among(at, trial_until, False, False)
        if not chosen:
            self.status = balancer.refused_for(at, self.held_back, &self.remaining)
            return False
        self.started = now
        return True

    cdef bint _choose_at_once(self, int64_t now, int64_t trial_until):
        """Choose without a look at everyone: who has the turn, or the better of two, where those are well."""
        cdef Balancer balancer = self.balancer
        cdef Group group = <Group>balancer.groups[0]
        cdef Py_ssize_t length = len(group.schedule)
        cdef int one, two
        if balancer.algorithm == Algorithm.ROUND_ROBIN:
            if balancer.slow_start or length == 0:
                return False
            one = (<const unsigned char*>group.schedule)[add(group.turn, 1) % <uint64_t>length]
            self.dealt = one
            return not self.known[one] and (<Member>balancer.members[one]).standing(now) == Standing.READY \
                and self._admit(one, now, trial_until)
        if balancer.algorithm == Algorithm.P2C_EWMA and group.end > 1 and group.all_weighted:
            one = <int>(chance() * group.end)
            two = <int>(chance() * (group.end - 1))
            if two >= one:
                two += 1
            return not self.known[one] and not self.known[two] \
                and (<Member>balancer.members[one]).standing(now) == Standing.READY \
                and (<Member>balancer.members[two]).standing(now) == Standing.READY \
                and self._admit(balancer.better(one, two, now), now, trial_until)
        return False

    cdef bint _choose_among(self, int64_t now, int64_t trial_until, bint heed_health, bint heed_tried):
        """Choose by priority; members without weight only where nobody else of their priority can be chosen."""
        cdef Group group
        for group in self.balancer.groups:
            if self._choose_in_group(group, now, trial_until, heed_health, heed_tried, True):
                return True
            if not group.all_weighted and self._choose_in_group(
                    group, now, trial_until, heed_health, heed_tried, False):
                return True
        return False

    cdef bint _choose_in_group(self, Group group, int64_t now, int64_t trial_until, bint heed_health,
                               bint heed_tried, bint weighted):
        """Choose among the members of one priority, those with a weight or those without one.

        A trial that is due comes first, then the algorithm decides.
        """
        cdef unsigned char standing[MEMBERS_AT_MOST + 1]
        cdef Member member
        cdef int ready = 0
        cdef int index
        memset(standing, Standing.OUT, sizeof(standing))
        for index in range(group.first, group.end):
            member = <Member>self.balancer.members[index]
            if (member.weight > 0) != weighted or self.known[index] & (Known.LEFT_ALONE | Known.HELD_BACK) or (
                    heed_tried and self.known[index]):
                continue
            standing[index] = member.standing(now)
            if standing[index] == Standing.SICK and not heed_health:
                standing[index] = Standing.READY
            if standing[index] == Standing.READY:
                ready += 1
        for index in range(group.first, group.end):
            if standing[index] == Standing.DUE and self._admit(index, now, trial_until):
                return True
        while ready:
            index = self._pick(group, now, standing, ready, weighted)
            if self._admit(index, now, trial_until):
                return True
            # Tripped a moment ago, or held back by a ramp.
            standing[index] = Standing.OUT
            ready -= 1
        return False

    cdef int _pick(self, Group group, int64_t now, unsigned char* standing, int ready, bint weighted) noexcept:
        """One of the `ready` members of a group."""
        cdef Balancer balancer = self.balancer
        cdef int index
        if balancer.algorithm == Algorithm.LEAST_REQUESTS:
            return self._least_requests(group, now, standing)
        if balancer.algorithm == Algorithm.P2C_EWMA and ready > 1:
            return self._better_of_two(group, now, standing, ready)
        if not weighted:
            return nth_ready(group, standing, <int>(add(&balancer.words.turns[TURNS - 1], 1) % <uint64_t>ready))
        while True:
            index = self._whose_turn(group, standing)
            if ready == 1 or balancer.slow_start == 0 or (
                    chance() < (<Member>balancer.members[index]).share(now, balancer.slow_start)):
                return index

    cdef int _whose_turn(self, Group group, const unsigned char* standing) noexcept:
        """Who has the turn among the ready members of a group.

        A turn that falls to another member is taken all the same: so the rest keep their shares of it.
        """
        cdef uint64_t length = <uint64_t>len(group.schedule)
        cdef const unsigned char* row = <const unsigned char*>group.schedule
        cdef uint64_t i
        cdef int index = self.dealt
        if group.first <= index < group.end:
            self.dealt = -1
            if standing[index] == Standing.READY:
                return index
        for i in range(length):
            index = row[add(group.turn, 1) % length]
            if standing[index] == Standing.READY:
                return index
        # Other processes took the turns in between.
        return nth_ready(group, standing, 0)

    cdef int _least_requests(self, Group group, int64_t now, const unsigned char* standing) noexcept:
        """The ready member with the fewest requests in flight for its weight; equals take turns."""
        cdef Balancer balancer = self.balancer
        cdef Member member
        cdef double[MEMBERS_AT_MOST + 1] loads
        cdef double least = -1.0
        cdef int equals = 0
        cdef int nth, index
        for index in range(group.first, group.end):
            if standing[index] != Standing.READY:
                continue
            member = <Member>balancer.members[index]
            loads[index] = <double>(member.segment.in_flight(member.words) + 1) / weight_of(
                member, now, balancer.slow_start)
            if least < 0.0 or loads[index] < least:
                least = loads[index]
                equals = 0
            if loads[index] == least:
                equals += 1
        nth = <int>(add(group.turn, 1) % <uint64_t>max(1, equals))
        for index in range(group.first, group.end):
            if standing[index] == Standing.READY and loads[index] == least:
                if nth == 0:
                    return index
                nth -= 1
        return group.first

    cdef int _better_of_two(self, Group group, int64_t now, const unsigned char* standing, int ready) noexcept:
        """Two ready members by chance, then the better one."""
        cdef int one = <int>(chance() * ready)
        cdef int two = <int>(chance() * (ready - 1))
        if two >= one:
            two += 1
        return self.balancer.better(nth_ready(group, standing, one), nth_ready(group, standing, two), now)

    cdef bint _admit(self, int index, int64_t now, int64_t trial_until):
        """Whether every breaker of the member admits the request; then the member is chosen."""
        cdef Member member = <Member>self.balancer.members[index]
        cdef Breaker breaker
        cdef Counts* counts
        cdef int at = 0
        if len(member.breakers) > 1:
            # No trial of one rule that another one refuses anyway.
            for breaker in member.breakers:
                if breaker.is_out(now):
                    return self._hold_back(index, breaker)
        for breaker in member.breakers:
            if breaker.admit(now, chance(), trial_until, &self.tickets[at]) == Action.REFUSE:
                while at > 0:
                    at -= 1
                    (<Breaker>member.breakers[at]).cancel(self.tickets[at], now)
                return self._hold_back(index, breaker)
            at += 1
            if breaker.news:
                self._back(member, breaker, now)
        self.member = member
        self.index = index
        self.known[index] |= Known.TRIED
        self.tries += 1
        self.judged = False
        counts = member.counts()
        store(&counts.in_flight, counts.in_flight + 1)
        store(&counts.chosen, counts.chosen + 1)
        return True

    cdef bint _hold_back(self, int index, Breaker breaker) noexcept:
        """Note who has refused; False."""
        self.held_back = breaker.rule.failure_status
        self.known[index] |= Known.HELD_BACK
        return False

    def _back(self, Member member, Breaker breaker, int64_t now):
        """A breaker has closed because its time was over."""
        self.member = member
        self._tell(breaker.news, breaker)
        self.member = None
        breaker.news = News.NOTHING
        store(&member.words.returned_at, now)

    cdef bint judge(self, int outcome, double now, int64_t retry_after):
        """Tell the breakers what became of the call: once, when the head of the answer or a failure is there.

        `outcome` is a status code or an Outcome, `retry_after` what the answer asked for in milliseconds, -1
        for nothing. True when a rule takes it for a failure.
        """
        cdef Member member = self.member
        cdef int64_t at = <int64_t>(now * 1000.0)
        cdef double elapsed = fmax(0.0, now - self.started)
        cdef Breaker breaker
        cdef BreakerRule rule
        cdef bint failed
        cdef bint any_failed = False
        cdef int news
        cdef int i = 0
        if member is None or self.judged:
            return False
        self.judged = True
        for breaker in member.breakers:
            rule = breaker.rule
            failed = rule.judge(outcome)
            any_failed = any_failed or failed
            news = breaker.report(self.tickets[i], at, outcome, failed,
                                  rule.slow_call > 0 and elapsed * 1000.0 > rule.slow_call, retry_after, chance())
            i += 1
            if news:
                self._tell(news, breaker)
                if news == News.CLOSED_AGAIN:
                    store(&member.words.returned_at, at)
        if self.balancer.algorithm == Algorithm.P2C_EWMA:
            if any_failed or outcome < 200 or outcome >= 500:
                elapsed = fmax(elapsed, FAILURE_LATENCY)
            learn_latency(member.words, at, elapsed * 1e6)
        return any_failed

    cdef bint pass_over(self, double now):
        """Leave the chosen member alone, which nothing was sent to; whether another one is there."""
        self.known[self.index] |= Known.LEFT_ALONE
        self.tries -= 1
        self.release(now)
        return self._is_there(<int64_t>(now * 1000.0), True)

    cdef bint would_refuse(self, double now):
        """Whether nobody would admit the request; then with `status` and `remaining`."""
        if self._is_there(<int64_t>(now * 1000.0), False):
            return False
        self.status = self.balancer.refused_for(<int64_t>(now * 1000.0), 0, &self.remaining)
        return True

    cdef bint may_retry(self, int outcome, double now, int64_t retry_after) noexcept:
        """Whether the failed call is worth another one; takes it from the backend's budget.

        Not when nobody would admit it. A member that asked to be left alone (`retry_after` above zero) is, for
        as long as this request lasts.
        """
        cdef Balancer balancer = self.balancer
        cdef RetryRule rule
        cdef int64_t tick = <int64_t>now
        if balancer is None or balancer.retry is None:
            return False
        rule = <RetryRule>balancer.retry
        if retry_after > 0:
            self.known[self.index] |= Known.LEFT_ALONE
        if self.tries > rule.count or not rule.covers(outcome) or not self._is_there(<int64_t>(now * 1000.0), True):
            return False
        if window_sum(balancer.words.retries, 0, tick) + 1 > (
                window_sum(balancer.words.calls, 0, tick) * BUDGET_SHARE + BUDGET_A_SECOND * BUDGET_SECONDS):
            return False
        window_add(balancer.words.retries, 0, tick)
        return True

    cdef bint _is_there(self, int64_t now, bint surely) noexcept:
        """Whether somebody could be chosen now; `surely`: neither by chance nor for a trial, which others may take."""
        cdef Balancer balancer = self.balancer
        cdef Member member
        cdef int standing, index
        for index in range(balancer.count):
            if self.known[index] & Known.LEFT_ALONE:
                continue
            member = <Member>balancer.members[index]
            standing = member.standing(now)
            if standing != Standing.OUT and not (surely and (standing == Standing.DUE or member.is_ramping(now))):
                return True
        return False

    cdef void release(self, double now):
        """The call is over; one that was never judged leaves no trace in the breakers, and no trial hanging.

        `now` is needed for that only: a judged call may give any.
        """
        cdef Member member = self.member
        cdef Breaker breaker
        cdef Counts* counts
        cdef int i = 0
        if member is None:
            return
        if not self.judged:
            for breaker in member.breakers:
                breaker.cancel(self.tickets[i], <int64_t>(now * 1000.0))
                i += 1
        counts = member.counts()
        store(&counts.in_flight, counts.in_flight - 1)
        self.member = None

    cdef void _tell(self, int news, Breaker breaker):
        if self.news is None:
            self.news = []
        self.news.append((news, self.member, breaker))

    # For tests; the gateway calls the compiled methods.

    def try_choose(self, Balancer balancer, double now, double patience=60.0, int preferred=-1, bint again=False):
        """The index of the chosen member, or -1. `again`: the same request as the last one."""
        if not again:
            self.begin(balancer)
        return self.index if self.choose(now, patience, preferred) else -1

    def try_judge(self, int outcome, double now, int64_t retry_after=-1):
        """Whether a rule takes the outcome for a failure."""
        return self.judge(outcome, now, retry_after)

    def try_retry(self, int outcome, double now, int64_t retry_after=-1):
        """Whether another attempt may be made."""
        return self.may_retry(outcome, now, retry_after)

    def try_release(self, double now):
        """The call is over."""
        self.release(now)


cdef int nth_ready(Group group, const unsigned char* standing, int nth) noexcept:
    """The index of the nth ready member of a group."""
    cdef int index
    for index in range(group.first, group.end):
        if standing[index] == Standing.READY:
            if nth == 0:
                return index
            nth -= 1
    return group.first
