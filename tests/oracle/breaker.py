"""The twin of the circuit breaker of `fastgw._core`: its table and its machine, in plain Python.

Written from spec/resilience.md sections 1 to 2.1 and design section 11, for readers and not for speed. It
must never be derived from the compiled module. Times are whole milliseconds of a monotonic clock, which is
an argument, as is every random number.
"""

from __future__ import annotations

from dataclasses import dataclass

BUCKETS = 10  # of a sliding window
PERIODS = 4096
LONGEST_RETRY_AFTER = 366 * 24 * 3600 * 1000

# state, event -> next state, action
ROWS = """
    CLOSED     ADMIT         CLOSED     ALLOW
    CLOSED     SUCCESS       CLOSED     RECORD
    CLOSED     FAILURE       CLOSED     RECORD
    CLOSED     THRESHOLD     OPEN       TRIP
    CLOSED     LATE          CLOSED     IGNORE
    CLOSED     RESET         CLOSED     CLOSE

    OPEN       ADMIT         OPEN       REFUSE
    OPEN       TRY           HALF_OPEN  TRIAL
    OPEN       EXPIRE        CLOSED     CLOSE
    OPEN       LATE          OPEN       IGNORE
    OPEN       RESET         CLOSED     CLOSE

    HALF_OPEN  ADMIT         HALF_OPEN  REFUSE
    HALF_OPEN  PASS          CLOSED     CLOSE
    HALF_OPEN  PASS_TO_RAMP  RAMPING    CLOSE
    HALF_OPEN  FAIL          OPEN       TRIP
    HALF_OPEN  LOST          OPEN       RELEASE
    HALF_OPEN  LATE          HALF_OPEN  IGNORE
    HALF_OPEN  RESET         CLOSED     CLOSE

    RAMPING    ADMIT         RAMPING    RAMP
    RAMPING    EXPIRE        CLOSED     SETTLE
    RAMPING    SUCCESS       RAMPING    RECORD
    RAMPING    FAILURE       RAMPING    RECORD
    RAMPING    THRESHOLD     OPEN       TRIP
    RAMPING    LATE          RAMPING    IGNORE
    RAMPING    RESET         CLOSED     CLOSE
"""
TABLE = {
    (state, event): (following, action)
    for state, event, following, action in (row.split() for row in ROWS.splitlines() if row)
}

# Actions after which what was admitted before no longer counts.
BEGIN_A_PERIOD = {"TRIP", "TRIAL", "CLOSE", "RELEASE"}


@dataclass(frozen=True)
class Rule:
    """As `fastgw._core.BreakerRule`, as far as the machine needs it. Milliseconds; 0: not given."""

    count: int = 0
    percentage: int = 0
    min_requests: int = 10
    interval: int = 60_000
    consecutive: int = 0
    slow_percentage: int = 0
    trip: int = 60_000
    max_trip: int = 0
    accept_retry_after: bool = False
    max_retry_after: int = 0
    reset: bool = False
    ramp: int = 0


@dataclass(frozen=True)
class Bucket:
    tick: int
    period: int
    count: int


class Window:
    """Counts of the last ten ticks. A tick is a tenth of the interval."""

    def __init__(self) -> None:
        self.buckets: dict[int, Bucket] = {}

    def add(self, period: int, tick: int) -> None:
        """Count one; a bucket that holds another tick or period starts anew."""
        held = self.buckets.get(tick % BUCKETS)
        before = held.count if held is not None and (held.tick, held.period) == (tick, period) else 0
        self.buckets[tick % BUCKETS] = Bucket(tick, period, before + 1)

    def sum(self, period: int, tick: int) -> int:
        return sum(
            held.count
            for held in self.buckets.values()
            # Ticks ahead count too: the clocks of two processes differ a little.
            if held.period == period and -BUCKETS < tick - held.tick < BUCKETS
        )


class Breaker:
    """As `fastgw._core.Breaker`, for all processes at once: the caller says on which seat it is.

    A ticket is the number of the period in which a request was let through.
    """

    def __init__(self, rule: Rule, period: int = 0) -> None:
        self.rule = rule
        self.now_in = "CLOSED"
        self.period = period
        # The end of OPEN, of the trial that makes HALF_OPEN, or of RAMPING; of CLOSED the beginning.
        self.deadline = 0
        self.seat = 0  # who makes the trial
        self.requests, self.failures, self.slow = Window(), Window(), Window()
        self.failures_in_a_row = 0
        self.streak = 0  # trips in a row
        self.trips = 0
        self.refused = 0
        self.rows_used: set[tuple[str, str]] = set()

    # ------------------------------------------------------------ what may happen

    def try_admit(self, now: int, chance: float, trial_until: int, seat: int = 0) -> tuple[str, int]:
        """Whether one more request may go: "allow", "trial" or "refuse"; and its ticket, 0 where refused."""
        if self.now_in == "HALF_OPEN" and now >= self.deadline:
            self._move("LOST", now)
        if self.now_in == "RAMPING" and now >= self.deadline:
            self._move("EXPIRE", self.deadline)
        if self.now_in == "OPEN" and now >= self.deadline:
            if not self.rule.reset:
                self._move("TRY", trial_until)
                self.seat = seat
                return "trial", self.period
            self._move("EXPIRE", now)
        action = self._move("ADMIT", self.deadline)
        if action == "ALLOW" or (action == "RAMP" and chance < self._share(now)):
            return "allow", self.period
        self.refused += 1
        return "refuse", 0

    def try_report(
        self, ticket: int, now: int, failed: bool, slow: bool, retry_after: int, chance: float
    ) -> str:
        """Take the outcome of an admitted request: "opened", "closed" or "" for neither."""
        # Nothing is admitted in a period of OPEN: a ticket that fits is as old as all periods together.
        if ticket != self.period or self.now_in == "OPEN":
            self._move("LATE", self.deadline)
            return ""
        if not failed:
            retry_after = -1  # only a failing response says how long to stay away
        if self.now_in == "HALF_OPEN":
            if failed or slow:
                self._trip("FAIL", now, retry_after, chance)
                return "opened"
            if self.rule.ramp:
                self._move("PASS_TO_RAMP", now + self.rule.ramp)
            else:
                self._move("PASS", now)
            return "closed"
        self._record(now, failed, slow)
        if self._reached(now, failed, slow):
            self._trip("THRESHOLD", now, retry_after, chance)
            return "opened"
        self._move("FAILURE" if failed else "SUCCESS", self.deadline)
        return ""

    def try_cancel(self, ticket: int, now: int) -> None:
        """The request had no outcome: a trial makes room for the next one."""
        if self.now_in == "HALF_OPEN" and ticket == self.period:
            self._move("LOST", now)

    def reset(self, now: int) -> None:
        """Close by hand."""
        self._move("RESET", now)
        self.streak = 0

    def seat_died(self, seat: int, now: int) -> None:
        """The process on a seat ended: a trial that it held is lost."""
        if self.now_in == "HALF_OPEN" and self.seat == seat:
            self._move("LOST", now)

    # ------------------------------------------------------------ what it shows

    def state(self, now: int) -> dict[str, object]:
        tick = self._tick(now)
        return {
            "state": self._as_met(now).lower().replace("_", "-"),
            "remaining": self._remaining(now),
            "requests": self.requests.sum(self.period, tick),
            "failures": self.failures.sum(self.period, tick),
            "slow": self.slow.sum(self.period, tick),
            "streak": self.streak,
            "trips": self.trips,
            "refused": self.refused,
        }

    def _as_met(self, now: int) -> str:
        """The state that a request would meet, which is not yet stored when its time has just ended."""
        if self.now_in == "CLOSED" or now < self.deadline:
            return self.now_in
        return "CLOSED" if self.now_in == "RAMPING" or self.rule.reset else "HALF_OPEN"

    def _remaining(self, now: int) -> int:
        """How long a caller should wait; nobody knows how long a trial takes."""
        if self.now_in == "OPEN":
            return max(0, self.deadline - now)
        return 1000 if self.now_in == "HALF_OPEN" else 0

    # ------------------------------------------------------------ its rules

    def _move(self, event: str, deadline: int) -> str:
        """Go where the table says and return the action; KeyError where it says nothing."""
        self.rows_used.add((self.now_in, event))
        self.now_in, action = TABLE[self.now_in, event]
        self.deadline = deadline
        if action in BEGIN_A_PERIOD:
            self.period = (self.period + 1) % PERIODS
            self.failures_in_a_row = 0
        return action

    def _tick(self, now: int) -> int:
        return now // max(1, self.rule.interval // BUCKETS)

    def _share(self, now: int) -> float:
        """The share of requests that a ramp lets through: from 0 when it closed to 1 when the ramp ends."""
        return (now - (self.deadline - self.rule.ramp)) / self.rule.ramp

    def _record(self, now: int, failed: bool, slow: bool) -> None:
        tick = self._tick(now)
        self.requests.add(self.period, tick)
        if failed:
            self.failures.add(self.period, tick)
        if slow:
            self.slow.add(self.period, tick)
        self.failures_in_a_row = self.failures_in_a_row + 1 if failed else 0

    def _reached(self, now: int, failed: bool, slow: bool) -> bool:
        """Whether the outcome just recorded trips; only one of the kind that is counted can."""
        rule, tick = self.rule, self._tick(now)
        total = self.requests.sum(self.period, tick)
        failures = self.failures.sum(self.period, tick)
        slow_ones = self.slow.sum(self.period, tick)
        enough = total >= rule.min_requests
        by_count = rule.count and failed and failures >= rule.count
        by_share = rule.percentage and failed and enough and failures * 100 >= rule.percentage * total
        in_a_row = rule.consecutive and failed and self.failures_in_a_row >= rule.consecutive
        by_slow = rule.slow_percentage and slow and enough and slow_ones * 100 >= rule.slow_percentage * total
        return bool(by_count or by_share or in_a_row or by_slow)

    def _trip(self, event: str, now: int, retry_after: int, chance: float) -> None:
        self.streak = self.streak + 1 if self._again(now) else 1
        self.trips += 1
        self._move(event, now + self._open_for(retry_after, chance))

    def _again(self, now: int) -> bool:
        """Whether a trip follows the one before without a quiet interval between them.

        As in the window, what is a whole interval old has left it.
        """
        if self.now_in == "HALF_OPEN":
            return True
        closed_at = self.deadline - (self.rule.ramp if self.now_in == "RAMPING" else 0)
        return closed_at > 0 and now - closed_at < self.rule.interval

    def _open_for(self, retry_after: int, chance: float) -> int:
        rule = self.rule
        if rule.accept_retry_after and retry_after > 0:
            return min(retry_after, rule.max_retry_after or LONGEST_RETRY_AFTER, LONGEST_RETRY_AFTER)
        if not rule.max_trip or self.streak == 1:
            return rule.trip
        grown = min(rule.max_trip, rule.trip * 2 ** (self.streak - 1))
        # Up to a tenth more or less, so that many gateways do not try at the same moment.
        return min(rule.max_trip, int(grown * (0.9 + 0.2 * chance)))
