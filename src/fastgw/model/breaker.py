"""The circuit breakers of a backend: when they trip, for how long, how they recover.

Holds what the author gave; which defaults go together is the snapshot's knowledge. Must never count.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, ValidatorFunctionWrapHandler, field_validator

from fastgw.model.failure import ErrorReason, FailureResponse, StatusCodeRange
from fastgw.model.record import Record, distinct
from fastgw.model.types import Count, Duration, FieldText, Flag, Percentage


class SlowCall(Record):
    """Calls that are answered too late count against the backend (not in ARM)."""

    duration: Duration
    """A call is slow whose answer's head takes longer."""

    percentage: Percentage
    """The share of slow calls that trips."""


class FailureCondition(Record):
    """When a breaker trips (spec/resilience.md section 1). Times are in seconds.

    Without `count`, `percentage`, `consecutiveCount` and `slowCall` it trips at 50 percent. Without
    statuses and reasons, failures are 500 to 599, BackendConnectionFailure and Timeout.
    """

    count: Count | None = None
    """Failures within the interval that trip."""

    percentage: Percentage | None = None
    """The share of failures within the interval that trips."""

    consecutive_count: Count | None = None
    """Failures in a row that trip. Not an ARM name."""

    slow_call: SlowCall | None = None
    """Slow calls that trip. Not an ARM name."""

    min_requests: Count = 10
    """A percentage is judged only from that many requests in the interval. Not an ARM name."""

    interval: Duration = 60.0
    """The time that is looked back on."""

    status_code_ranges: tuple[StatusCodeRange, ...] = Field(default=(), max_length=10)
    """Statuses that are failures."""

    error_reasons: tuple[ErrorReason, ...] = Field(default=(), max_length=10)
    """Reasons of requests without an answer that are failures."""

    @field_validator("percentage")
    @classmethod
    def _one_measure(cls, value: int | None, info: ValidationInfo) -> int | None:
        # A count that was refused is absent here, but given.
        if value is not None and info.data.get("count", True) is not None:
            raise ValueError("and `count` exclude each other; remove one of them")
        return value

    @field_validator("min_requests")
    @classmethod
    def _of_a_share(cls, value: int, info: ValidationInfo) -> int:
        # A member that was refused is absent here; it has its own message.
        given = info.data
        shares = ("percentage", "slow_call")
        if all(name in given and given[name] is None for name in shares) and (
            given.get("count") is not None or given.get("consecutive_count") is not None
        ):
            raise ValueError("goes with `percentage` or `slowCall` only")
        return value


class BreakerRule(Record):
    """One circuit breaker, kept for each URL of the backend. Times are in seconds."""

    name: Annotated[FieldText, Field(min_length=1, max_length=300)] = "default"
    """How logs and metrics call it."""

    failure_condition: FailureCondition = FailureCondition()
    """When it trips."""

    trip_duration: Duration = 60.0
    """How long it stays open."""

    max_trip_duration: Duration | None = None
    """Each further trip in a row doubles the time, up to this. Not an ARM name."""

    accept_retry_after: Flag = False
    """Whether the Retry-After of the failing answer says how long it stays open."""

    max_retry_after: Duration | None = None
    """The longest time that a Retry-After is believed. Not an ARM name."""

    # Half-open is the safer one; the service closes at once (design section 11).
    recovery: Literal["half-open", "reset"] = "half-open"
    """half-open: one trial decides. reset: it closes when the time is over. Not an ARM name."""

    ramp_duration: Duration | None = None
    """After closing, the share that is let through grows over this time. Not an ARM name."""

    failure_response: FailureResponse | None = None
    """What callers get while it is open, instead of 503."""

    @field_validator("max_trip_duration")
    @classmethod
    def _not_shorter(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is not None and value < info.data.get("trip_duration", value):
            raise ValueError("may not be shorter than `tripDuration`")
        return value

    @field_validator("max_retry_after")
    @classmethod
    def _of_an_accepted_one(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is not None and not info.data.get("accept_retry_after", True):
            raise ValueError("goes with `acceptRetryAfter: true` only")
        return value

    @field_validator("ramp_duration")
    @classmethod
    def _after_a_trial(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is not None and info.data.get("recovery") == "reset":
            raise ValueError("goes with `recovery: half-open` only")
        return value


class CircuitBreaker(Record):
    """The circuit breakers of a backend, each on its own; without rules there is none."""

    rules: tuple[BreakerRule, ...] = Field(default=(BreakerRule(),), max_length=15)
    """The breakers; absent: one with default values."""

    @field_validator("rules", mode="before")
    @classmethod
    def _none(cls, value: Any) -> Any:
        # Nobody who writes null wants the rule that an absent member stands for.
        return () if value is None else value

    @field_validator("rules", mode="wrap")
    @classmethod
    def _distinct(cls, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        said = "is that of rules[{}] too; a rule without a name is called default"
        return distinct(value, handler, "name", _key_of_name, said)


def _key_of_name(name: Any) -> str | None:
    if name is None:
        return "default"
    return (name.casefold() or None) if isinstance(name, str) else None
