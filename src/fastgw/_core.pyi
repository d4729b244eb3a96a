# Of the policy runner Python sees `run_part`; `run` and its helpers are visible to cimport only.
from enum import IntEnum
from typing import Any, Literal

from fastgw._exchange import Exchange
from fastgw._program import Program
from fastgw._shared import Segment

class Verdict(IntEnum):
    DONE = 0
    FORWARD_NOW = 1
    ANSWERED = 2
    FAILED = 3
    BODY_NEEDED = 4
    WAIT_NOW = 5
    SLEEP = 6

def run_part(
    program: Program,
    exchange: Exchange,
    at: int,
    regions: list[Any] | None,
    error: BaseException | None = None,
) -> tuple[int, int, list[Any] | None]: ...

class State(IntEnum):
    CLOSED = 0
    OPEN = 1
    HALF_OPEN = 2
    RAMPING = 3

class Event(IntEnum):
    ADMIT = 0
    TRY = 1
    EXPIRE = 2
    SUCCESS = 3
    FAILURE = 4
    THRESHOLD = 5
    PASS = 6
    PASS_TO_RAMP = 7
    FAIL = 8
    LOST = 9
    LATE = 10
    RESET = 11

class Action(IntEnum):
    ALLOW = 0
    REFUSE = 1
    RAMP = 2
    TRIAL = 3
    RECORD = 4
    TRIP = 5
    CLOSE = 6
    SETTLE = 7
    RELEASE = 8
    IGNORE = 9

class Outcome(IntEnum):
    CONNECTION_FAILURE = 1
    TIMED_OUT = 2

TRANSITIONS: dict[tuple[State, Event], tuple[State, Action]]
STATE_NAMES: tuple[str, ...]

class BreakerRule:
    name: str
    arguments: dict[str, Any]
    count: int
    percentage: int
    min_requests: int
    interval: int
    bucket: int
    consecutive: int
    slow_percentage: int
    slow_call: int
    trip: int
    max_trip: int
    accept_retry_after: bool
    max_retry_after: int
    ramp: int
    failure_status: int
    def __init__(
        self,
        *,
        name: str,
        count: int = 0,
        percentage: int = 0,
        min_requests: int = 10,
        interval: int = 60000,
        consecutive: int = 0,
        slow_percentage: int = 0,
        slow_call: int = 0,
        trip: int = 60000,
        max_trip: int = 0,
        accept_retry_after: bool = False,
        max_retry_after: int = 0,
        reset: bool = False,
        ramp: int = 0,
        statuses: tuple[tuple[int, int], ...] = (),
        reasons: frozenset[str] = frozenset(),
        failure_status: int = 503,
    ) -> None: ...

class Breaker:
    slot: int
    rule: BreakerRule
    def __init__(self, segment: Segment, slot: int, rule: BreakerRule) -> None: ...
    def reset(self, now: int) -> None: ...
    def state(self, now: int) -> dict[str, Any]: ...
    def try_admit(
        self, now: int, chance: float, trial_until: int
    ) -> tuple[Literal["allow", "trial", "refuse"], int]: ...
    def try_report(
        self, ticket: int, now: int, failed: bool, slow: bool, retry_after: int, chance: float
    ) -> Literal["", "opened", "closed"]: ...
    def try_cancel(self, ticket: int, now: int) -> None: ...
    def raw(self) -> tuple[int, int, int]: ...

def seat_died(segment: Segment, seat: int, now: int) -> None: ...
