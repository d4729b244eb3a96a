"""The two state machines of the hot path: the policy runner and the circuit breaker.

Neither waits, does I/O or reads a clock: time enters as an argument. The runner carries out one section's
program on one exchange and ends with a verdict; programs only jump forwards but for regions, whose rounds are
bounded by their policies. The breaker moves through `TRANSITIONS` and in no other way; its state lives in the shared segment,
so that every worker sees one breaker.
"""

from libc.math cimport fmin
from libc.stdint cimport int64_t, uint32_t, uint64_t

from fastgw._condition cimport Condition
from fastgw._exchange cimport Exchange, Target
from fastgw._program cimport ForwardOptions, HeaderStep, Instr, Op, Program, QueryStep, RewriteStep, StatusStep
from fastgw._regions cimport failed, lacks_body, leave, rescued
from fastgw._shared cimport (
    BUCKETS, BreakerSlot, Segment, add, load, store, swap, window_add, window_sum,
)
from fastgw._steps cimport rewrite, set_header, set_method, set_query, set_status, text_of

from fastgw._regions import PartFailed


# ---------------------------------------------------------------- policy runner

cdef int run(Program program, Exchange exchange) except -1:
    """Run from exchange.next_step on; returns a Verdict."""
    cdef int at = exchange.next_step
    cdef Instr* instr
    cdef int op, holds
    cdef tuple pair
    while True:
        instr = &program.code[at]
        op = instr.op
        try:
            if op == Op.END:
                exchange.next_step = at
                return Verdict.DONE
            if exchange.steps_run is not None:
                exchange.steps_run.append((program.section, program.steps[at].site))
            if op == Op.SET_HEADER:
                set_header(<HeaderStep>instr.operand, exchange)
            elif op == Op.SET_QUERY:
                set_query(<QueryStep>instr.operand, exchange)
            elif op == Op.JUMP:
                at = instr.jump
                continue
            elif op == Op.JUMP_UNLESS:
                if (<object>instr.operand)(exchange) is not True:
                    at = instr.jump
                    continue
            elif op == Op.JUMP_UNLESS_HOLDS:
                holds = (<Condition>instr.operand).holds(exchange)
                if holds < 0:
                    holds = (<Condition>instr.operand).general(exchange) is True
                if not holds:
                    at = instr.jump
                    continue
            elif op == Op.SET_METHOD:
                set_method(<object>instr.operand, exchange)
            elif op == Op.SET_STATUS:
                set_status(<StatusStep>instr.operand, exchange)
            elif op == Op.SET_VARIABLE:
                pair = <tuple>instr.operand
                value = pair[1]
                if exchange.variables is None:
                    exchange.variables = {}
                exchange.variables[pair[0]] = value(exchange) if callable(value) else value
            elif op == Op.REWRITE_URI:
                rewrite(<RewriteStep>instr.operand, exchange)
            elif op == Op.SET_TARGET:
                pair = <tuple>instr.operand
                # A base-url after a backend-id has no effect: a documented limitation (spec/policies/routing.md).
                if pair[1] or not exchange.target_by_id:
                    target = pair[0]
                    exchange.target = target if type(target) is Target else target(exchange)
                    exchange.target_by_id = pair[1]
            elif op == Op.SET_CERTIFICATE:
                credential = <object>instr.operand
                exchange.certificate = credential(exchange) if callable(credential) else credential
                exchange.certificate_set = True
            elif op == Op.FORWARD:
                exchange.forward = <ForwardOptions>instr.operand
                exchange.next_step = at + 1
                return Verdict.FORWARD_NOW
            elif op == Op.BEGIN_REPLY:
                exchange.reply.clear()
                exchange.reply.status = 200
                exchange.reply_body = b""
                if <object>instr.operand is not None:
                    (<object>instr.operand)(exchange)
            elif op == Op.SET_BODY:
                pair = <tuple>instr.operand
                value = pair[1]
                exchange.set_body(pair[0], text_of(value(exchange) if callable(value) else value))
            elif op == Op.DO:
                if (<object>instr.operand)(exchange) is True:
                    exchange.answer_with_reply()
                    exchange.next_step = at
                    return Verdict.ANSWERED
            elif op == Op.NEED_BODY:
                exchange.needed = <object>instr.operand
                if lacks_body(exchange, exchange.needed):
                    exchange.next_step = at + 1
                    return Verdict.BODY_NEEDED
            elif op == Op.WAIT:
                exchange.waiting_for = <object>instr.operand
                exchange.next_step = at + 1
                return Verdict.WAIT_NOW
            elif op == Op.NEED:
                waiting = (<object>instr.operand)(exchange)
                if waiting is not None:
                    exchange.waiting_for = waiting
                    exchange.next_step = at + 1
                    return Verdict.WAIT_NOW
            elif op == Op.ENTER:
                if exchange.regions is None:
                    exchange.regions = []
                exchange.regions.append(((<object>instr.operand)(exchange), instr.jump))
            elif op == Op.LEAVE:
                exchange.delay = 0.0
                at = leave(exchange, instr, at)
                if at < 0:
                    if not rescued(exchange):
                        return Verdict.FAILED
                    at = exchange.next_step
                elif exchange.delay > 0.0:
                    exchange.next_step = at
                    return Verdict.SLEEP
                continue
            else:
                exchange.answer_with_reply()
                exchange.next_step = at
                return Verdict.ANSWERED
        except Exception as error:
            failed(exchange, program, at, error)
            if not rescued(exchange):
                exchange.next_step = at
                return Verdict.FAILED
            at = exchange.next_step
            continue
        at += 1


def run_part(Program program, Exchange exchange, int at, list regions, error=None):
    """Run a program beside the section's own, for policies that run several at once.

    `at` and `regions` are where the last call left it, 0 and None at first; `error` is what the step that it
    waited at has raised. Returns (verdict, at, regions); what the exchange says of its own place is untouched.
    """
    cdef int kept_step = exchange.next_step
    cdef list kept_regions = exchange.regions
    cdef int verdict = Verdict.FAILED
    exchange.next_step = at
    exchange.regions = regions
    try:
        if error is not None:
            failed(exchange, program, at - 1, error)
        if error is None or rescued(exchange):
            verdict = run(program, exchange)
        at, regions = exchange.next_step, exchange.regions
        if verdict == Verdict.FAILED:
            # It is on its way out of this part's regions alone.
            exchange.failing = False
    finally:
        exchange.next_step, exchange.regions = kept_step, kept_regions
    return verdict, at, regions


# ---------------------------------------------------------------- circuit breaker

# All of the machine is here: what may happen in which state, where it leads, and what is done. A pair that
# is absent cannot occur. Sources: spec/resilience.md sections 1, 2 and 2.1.
TRANSITIONS = {
    # A request asks for admission.
    (State.CLOSED, Event.ADMIT): (State.CLOSED, Action.ALLOW),
    (State.OPEN, Event.ADMIT): (State.OPEN, Action.REFUSE),
    (State.HALF_OPEN, Event.ADMIT): (State.HALF_OPEN, Action.REFUSE),
    (State.RAMPING, Event.ADMIT): (State.RAMPING, Action.RAMP),
    # A request asks, and the time of the state is over.
    (State.OPEN, Event.TRY): (State.HALF_OPEN, Action.TRIAL),
    (State.OPEN, Event.EXPIRE): (State.CLOSED, Action.CLOSE),
    (State.RAMPING, Event.EXPIRE): (State.CLOSED, Action.SETTLE),
    # An outcome of a request that was admitted in the period at hand.
    (State.CLOSED, Event.SUCCESS): (State.CLOSED, Action.RECORD),
    (State.CLOSED, Event.FAILURE): (State.CLOSED, Action.RECORD),
    (State.CLOSED, Event.THRESHOLD): (State.OPEN, Action.TRIP),
    (State.RAMPING, Event.SUCCESS): (State.RAMPING, Action.RECORD),
    (State.RAMPING, Event.FAILURE): (State.RAMPING, Action.RECORD),
    (State.RAMPING, Event.THRESHOLD): (State.OPEN, Action.TRIP),
    # The trial's outcome, or its end without one.
    (State.HALF_OPEN, Event.PASS): (State.CLOSED, Action.CLOSE),
    (State.HALF_OPEN, Event.PASS_TO_RAMP): (State.RAMPING, Action.CLOSE),
    (State.HALF_OPEN, Event.FAIL): (State.OPEN, Action.TRIP),
    (State.HALF_OPEN, Event.LOST): (State.OPEN, Action.RELEASE),
    # An outcome of a request that was admitted in an earlier period.
    (State.CLOSED, Event.LATE): (State.CLOSED, Action.IGNORE),
    (State.OPEN, Event.LATE): (State.OPEN, Action.IGNORE),
    (State.HALF_OPEN, Event.LATE): (State.HALF_OPEN, Action.IGNORE),
    (State.RAMPING, Event.LATE): (State.RAMPING, Action.IGNORE),
    # By hand.
    (State.CLOSED, Event.RESET): (State.CLOSED, Action.CLOSE),
    (State.OPEN, Event.RESET): (State.CLOSED, Action.CLOSE),
    (State.HALF_OPEN, Event.RESET): (State.CLOSED, Action.CLOSE),
    (State.RAMPING, Event.RESET): (State.CLOSED, Action.CLOSE),
}

cdef Move[STATES][EVENTS] moves

for (state, event), (following, action) in TRANSITIONS.items():
    moves[<int>state][<int>event] = Move(following, action)
del state, event, following, action

STATE_NAMES = ("closed", "open", "half-open", "ramping")
cdef tuple VERDICTS = ("allow", "refuse", "ramp", "trial")
cdef tuple NEWS = ("", "opened", "closed")
cdef tuple TRIGGERS = ("", "count", "percentage", "consecutive", "slow calls", "trial")

# A trip lasts at most this long, whatever a backend asks for (366 days, in milliseconds).
cdef int64_t LONGEST_TRIP = 31622400000


# The state word: deadline : 40, seat : 10, period : 12, state : 2. 40 bits of milliseconds are 34 years.

cdef inline uint64_t packed(int state, uint64_t period, int64_t deadline, int seat) noexcept:
    return <uint64_t>(deadline & 0xFFFFFFFFFF) << 24 | <uint64_t>(seat & 0x3FF) << 14 | (period & 0xFFF) << 2 | state


cdef inline int state_of(uint64_t word) noexcept:
    return <int>(word & 3)


cdef inline uint32_t period_of(uint64_t word) noexcept:
    return <uint32_t>(word >> 2 & 0xFFF)


cdef inline int seat_of(uint64_t word) noexcept:
    return <int>(word >> 14 & 0x3FF)


cdef inline int64_t deadline_of(uint64_t word) noexcept:
    return <int64_t>(word >> 24)


cdef class BreakerRule:
    """A rule of a circuit breaker, ready for the machine. Times are in milliseconds; 0 where not given.

    `statuses` are (lowest, highest) pairs of failing status codes, `reasons` LastError reasons in lower case,
    `server errors` among them for any failure of the transport and any 5xx (spec/resilience.md section 1).
    `reset`: close fully when the time is over, without a trial.
    """

    def __init__(self, *, str name, int count=0, int percentage=0, int min_requests=10, int64_t interval=60000,
                 int consecutive=0, int slow_percentage=0, int64_t slow_call=0, int64_t trip=60000,
                 int64_t max_trip=0, bint accept_retry_after=False, int64_t max_retry_after=0, bint reset=False,
                 int64_t ramp=0, tuple statuses=(), frozenset reasons=frozenset(), int failure_status=503):
        cdef int lowest, highest, status
        self.arguments = {
            "name": name, "count": count, "percentage": percentage, "min_requests": min_requests,
            "interval": interval, "consecutive": consecutive, "slow_percentage": slow_percentage,
            "slow_call": slow_call, "trip": trip, "max_trip": max_trip, "accept_retry_after": accept_retry_after,
            "max_retry_after": max_retry_after, "reset": reset, "ramp": ramp, "statuses": statuses,
            "reasons": reasons, "failure_status": failure_status,
        }
        self.name = name
        self.count = count
        self.percentage = percentage
        self.min_requests = min_requests
        self.interval = interval
        self.bucket = max(1, interval // BUCKETS)
        self.consecutive = consecutive
        self.slow_percentage = slow_percentage
        self.slow_call = slow_call
        self.trip = trip
        self.max_trip = max_trip
        self.accept_retry_after = accept_retry_after
        self.max_retry_after = max_retry_after
        self.reset = reset
        self.ramp = ramp
        self.failure_status = failure_status
        for status in range(600):
            self.failing[status] = "server errors" in reasons and status >= 500
        for lowest, highest in statuses:
            for status in range(max(0, lowest), min(599, highest) + 1):
                self.failing[status] = True
        self.fails_on_connection = not reasons.isdisjoint(("backendconnectionfailure", "server errors"))
        self.fails_on_timeout = not reasons.isdisjoint(("timeout", "server errors"))

    cdef bint judge(self, int outcome) noexcept:
        """Whether an outcome is a failure: a status code, or one of Outcome."""
        if outcome == Outcome.CONNECTION_FAILURE:
            return self.fails_on_connection
        if outcome == Outcome.TIMED_OUT:
            return self.fails_on_timeout
        return 0 <= outcome < 600 and self.failing[outcome]


cdef class Breaker:
    """One rule's circuit breaker on one member, as this process sees it; the state is in the segment."""

    def __init__(self, Segment segment, int slot, BreakerRule rule):
        self.segment = segment
        self.slot = slot
        self.rule = rule
        self.words = segment.breaker(slot)

    cdef bint is_out(self, int64_t now) noexcept:
        """Whether a request that asked now would be refused; a ramp does not count."""
        cdef uint64_t word = load(&self.words.state)
        cdef int state = state_of(word)
        return (state == State.OPEN or state == State.HALF_OPEN) and now < deadline_of(word)

    cdef bint is_due(self, int64_t now) noexcept:
        """Whether the next request would be the trial."""
        cdef uint64_t word = load(&self.words.state)
        cdef int state = state_of(word)
        return (state == State.OPEN or state == State.HALF_OPEN) and now >= deadline_of(word) and not self.rule.reset

    cdef bint is_ramping(self, int64_t now) noexcept:
        """Whether a request that asked now would be admitted by chance."""
        cdef uint64_t word = load(&self.words.state)
        return state_of(word) == State.RAMPING and now < deadline_of(word)

    cdef int admit(self, int64_t now, double chance, int64_t trial_until, uint32_t* ticket) noexcept:
        """ALLOW, TRIAL or REFUSE a request; `ticket` goes with it to `report` or `cancel`.

        `chance` in [0, 1) decides during a ramp; `trial_until` is when a trial counts as lost. `news` is set
        when the breaker has closed.
        """
        cdef uint64_t word = load(&self.words.state)
        cdef uint64_t wanted
        cdef uint32_t period
        cdef int state, event
        cdef int64_t deadline
        cdef Move move
        while True:
            state = state_of(word)
            period = period_of(word)
            deadline = deadline_of(word)
            event = Event.ADMIT
            if state != State.CLOSED and now >= deadline:
                if state == State.OPEN:
                    event = Event.EXPIRE if self.rule.reset else Event.TRY
                elif state == State.HALF_OPEN:
                    event = Event.LOST
                else:
                    event = Event.EXPIRE
            move = moves[state][event]
            if move.action == Action.ALLOW:
                ticket[0] = period
                return Action.ALLOW
            elif move.action == Action.RAMP:
                if chance * self.rule.ramp < now - (deadline - self.rule.ramp):
                    ticket[0] = period
                    return Action.ALLOW
                add(&self.words.refused, 1)
                return Action.REFUSE
            elif move.action == Action.REFUSE:
                add(&self.words.refused, 1)
                return Action.REFUSE
            elif move.action == Action.SETTLE:
                wanted = packed(move.next, period, deadline, 0)
            elif move.action == Action.TRIAL:
                wanted = packed(move.next, period + 1, trial_until, self.segment.own_seat)
            else:
                wanted = packed(move.next, period + 1, now, 0)
            if swap(&self.words.state, &word, wanted):
                word = wanted
                if move.action == Action.CLOSE:
                    self.news = News.CLOSED_AGAIN
                elif move.action == Action.TRIAL:
                    ticket[0] = period_of(word)
                    return Action.TRIAL

    cdef int report(self, uint32_t ticket, int64_t now, int outcome, bint failed, bint slow, int64_t retry_after,
                    double chance) noexcept:
        """What became of an admitted request; returns News.

        `outcome` is a status code or an Outcome, `failed` what the rule's `judge` says of it, `slow` whether the
        answer took longer than the rule's limit, `retry_after` what a failing response asked for (milliseconds,
        -1: nothing), `chance` in [0, 1) the spread of a trip time that has grown.
        """
        cdef BreakerRule rule = self.rule
        cdef uint64_t word = load(&self.words.state)
        cdef uint64_t wanted, streak
        cdef int64_t deadline, closed_at
        cdef int64_t tick = now // rule.bucket
        cdef int state, event
        cdef int trigger = Trigger.BY_TRIAL
        cdef uint32_t failures = 0
        cdef uint32_t requests = 0
        cdef bint recorded = False
        cdef Move move
        while True:
            state = state_of(word)
            if period_of(word) != ticket or state == State.OPEN:
                return News.NOTHING
            if state == State.HALF_OPEN:
                # No answer is no success, whatever the rule calls a failure.
                if failed or slow or outcome < 200:
                    event = Event.FAIL
                else:
                    event = Event.PASS_TO_RAMP if rule.ramp > 0 else Event.PASS
            else:
                if not recorded:
                    self._record(ticket, tick, failed, slow)
                    recorded = True
                trigger = self._reached(ticket, tick, failed, slow, &failures, &requests)
                event = Event.THRESHOLD if trigger else Event.FAILURE if failed else Event.SUCCESS
            move = moves[state][event]
            if move.action == Action.RECORD:
                return News.NOTHING
            deadline = deadline_of(word)
            streak = 0
            if move.action == Action.TRIP:
                closed_at = deadline - rule.ramp if state == State.RAMPING else deadline
                streak = 1
                if state == State.HALF_OPEN or (closed_at > 0 and now - closed_at < rule.interval):
                    # One that trips again soon after it closed has not really recovered.
                    streak += load(&self.words.streak)
                deadline = now + self._trip_time(streak, retry_after if failed else -1, chance)
            else:
                deadline = now + rule.ramp
            wanted = packed(move.next, ticket + 1, deadline, 0)
            if not swap(&self.words.state, &word, wanted):
                continue
            if move.action != Action.TRIP:
                return News.CLOSED_AGAIN
            store(&self.words.streak, streak)
            store(&self.words.tripped_at, now)
            store(&self.words.cause,
                  <uint64_t>trigger << 56 | <uint64_t>(outcome & 0xFFFF) << 40
                  | <uint64_t>min(failures, 0xFFFFF) << 20 | min(requests, 0xFFFFF))
            add(&self.words.trips, 1)
            return News.OPENED

    cdef void cancel(self, uint32_t ticket, int64_t now) noexcept:
        """An admitted request ended without an outcome, such as its caller leaving: a trial is free again."""
        cdef uint64_t word = load(&self.words.state)
        while state_of(word) == State.HALF_OPEN and period_of(word) == ticket:
            if release(self.words, &word, now):
                return

    cdef void _record(self, uint32_t period, int64_t tick, bint failed, bint slow) noexcept:
        cdef uint64_t word, count
        window_add(self.words.requests, period, tick)
        if failed:
            window_add(self.words.failures, period, tick)
        if slow:
            window_add(self.words.slow, period, tick)
        if self.rule.consecutive:
            word = load(&self.words.consecutive)
            while True:
                count = word & 0xFFFFFFFF if word >> 32 == period else 0
                count = count + 1 if failed else 0
                if swap(&self.words.consecutive, &word, <uint64_t>period << 32 | count):
                    return

    cdef int _reached(self, uint32_t period, int64_t tick, bint failed, bint slow, uint32_t* failures,
                      uint32_t* requests) noexcept:
        """The Trigger whose threshold this outcome has reached, or 0."""
        cdef BreakerRule rule = self.rule
        cdef uint64_t word
        cdef uint32_t slow_calls
        if not failed and not slow:
            return 0
        failures[0] = window_sum(self.words.failures, period, tick)
        requests[0] = window_sum(self.words.requests, period, tick)
        if failed:
            if rule.count and failures[0] >= <uint32_t>rule.count:
                return Trigger.BY_COUNT
            if rule.percentage and requests[0] >= <uint32_t>rule.min_requests and (
                    <uint64_t>failures[0] * 100 >= <uint64_t>rule.percentage * requests[0]):
                return Trigger.BY_PERCENTAGE
            word = load(&self.words.consecutive)
            if rule.consecutive and word >> 32 == period and word & 0xFFFFFFFF >= <uint64_t>rule.consecutive:
                return Trigger.BY_CONSECUTIVE
        if slow and rule.slow_percentage and requests[0] >= <uint32_t>rule.min_requests:
            slow_calls = window_sum(self.words.slow, period, tick)
            if <uint64_t>slow_calls * 100 >= <uint64_t>rule.slow_percentage * requests[0]:
                failures[0] = slow_calls
                return Trigger.BY_SLOW_CALLS
        return 0

    cdef int64_t _trip_time(self, uint64_t streak, int64_t retry_after, double chance) noexcept:
        """How long to stay open, in milliseconds."""
        cdef BreakerRule rule = self.rule
        cdef double grown
        cdef int doublings = <int>(streak - 1) if streak < 64 else 63
        cdef int i
        # No time at all would be no breaker at all.
        if rule.accept_retry_after and retry_after > 0:
            if rule.max_retry_after:
                retry_after = min(retry_after, rule.max_retry_after)
            return min(retry_after, LONGEST_TRIP)
        if not rule.max_trip or streak < 2:
            return rule.trip
        grown = <double>rule.trip
        for i in range(doublings):
            grown = fmin(grown * 2.0, <double>rule.max_trip)
        # Spread, so that many gateways do not try one backend at the same moment.
        return <int64_t>fmin(grown * (0.9 + 0.2 * chance), <double>rule.max_trip)

    cdef int64_t remaining(self, int64_t now) noexcept:
        """Milliseconds until a request may be admitted; 1000 while a trial is under way."""
        cdef uint64_t word = load(&self.words.state)
        if state_of(word) == State.OPEN:
            return max(0, deadline_of(word) - now)
        return 1000 if state_of(word) == State.HALF_OPEN else 0

    def reset(self, int64_t now):
        """Close it by hand; what was counted and how often it tripped in a row is forgotten."""
        cdef uint64_t word = load(&self.words.state)
        while True:
            if swap(&self.words.state, &word,
                    packed(moves[state_of(word)][<int>Event.RESET].next, period_of(word) + 1, now, 0)):
                break
        store(&self.words.streak, 0)

    def state(self, int64_t now):
        """What the breaker looks like at `now` (monotonic milliseconds), as a dict for status pages.

        `state` is the one a request would meet, so an open breaker whose time is over shows `half-open`, or
        `closed` where its recovery is reset.
        """
        cdef uint64_t word = load(&self.words.state)
        cdef uint64_t cause = load(&self.words.cause)
        cdef uint64_t trips = load(&self.words.trips)
        cdef uint32_t period = period_of(word)
        cdef int64_t tick = now // self.rule.bucket
        cdef int state = state_of(word)
        if state != State.CLOSED and now >= deadline_of(word):
            if state == State.RAMPING or self.rule.reset:
                state = State.CLOSED
            else:
                state = State.HALF_OPEN
        return {
            "state": STATE_NAMES[state],
            "remaining": self.remaining(now),
            "requests": window_sum(self.words.requests, period, tick),
            "failures": window_sum(self.words.failures, period, tick),
            "slow": window_sum(self.words.slow, period, tick),
            "streak": load(&self.words.streak),
            "trips": trips,
            "refused": load(&self.words.refused),
            "last_trip": None if trips == 0 else {
                "age": now - <int64_t>load(&self.words.tripped_at),
                "trigger": TRIGGERS[cause >> 56],
                "outcome": outcome_name(<int>(cause >> 40 & 0xFFFF)),
                "failures": cause >> 20 & 0xFFFFF,
                "requests": cause & 0xFFFFF,
            },
        }

    # What the machine does, for tests; the gateway calls the compiled methods.

    def try_admit(self, int64_t now, double chance, int64_t trial_until):
        """(verdict, ticket): `allow`, `trial` or `refuse`."""
        cdef uint32_t ticket = 0
        cdef int verdict = self.admit(now, chance, trial_until, &ticket)
        return VERDICTS[verdict], ticket

    def try_report(self, uint32_t ticket, int64_t now, bint failed, bint slow, int64_t retry_after, double chance):
        """`opened`, `closed` or an empty text."""
        return NEWS[self.report(ticket, now, 500 if failed else 200, failed, slow, retry_after, chance)]

    def try_cancel(self, uint32_t ticket, int64_t now):
        """The admitted request ended without an outcome."""
        self.cancel(ticket, now)

    def raw(self):
        """(state, period, deadline) as they are stored."""
        cdef uint64_t word = load(&self.words.state)
        return state_of(word), period_of(word), deadline_of(word)


cdef str outcome_name(int outcome):
    if outcome == Outcome.CONNECTION_FAILURE:
        return "BackendConnectionFailure"
    return "Timeout" if outcome == Outcome.TIMED_OUT else str(outcome)


cdef bint release(BreakerSlot* words, uint64_t* word, int64_t now) noexcept:
    """Give up the trial of `word`; False with `word` brought up to date when something else came first."""
    return swap(&words.state, word,
                packed(moves[<int>State.HALF_OPEN][<int>Event.LOST].next, period_of(word[0]) + 1, now, 0))


def seat_died(Segment segment, int seat, int64_t now):
    """A worker process has ended: its trials are free again, and what it had in flight is forgotten."""
    cdef BreakerSlot* words
    cdef uint64_t word
    cdef int slot
    for slot in range(segment.breakers_used):
        words = segment.breaker(slot)
        word = load(&words.state)
        while state_of(word) == State.HALF_OPEN and seat_of(word) == seat:
            if release(words, &word, now):
                break
    segment.clear_seat(seat)
