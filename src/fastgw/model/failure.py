"""What counts as a failure of a backend: statuses, and reasons of requests that got no answer.

Shared by circuit breakers and retries. Must never look at a request.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, StrictInt, ValidationInfo, field_validator

from fastgw.model.record import Record

REASONS: Final = (
    "BackendConnectionFailure",
    "Timeout",
    "ClientConnectionFailure",
    "OperationNotFound",
    "SubscriptionKeyNotFound",
    "SubscriptionKeyInvalid",
    "ExpressionValueEvaluationFailure",
    "Server errors",
)
"""The vocabulary of `errorReasons` (spec/resilience.md section 1): the reasons of LastError, and the label
of the documented sample for any connection failure and any status of 500 or more."""

_KNOWN: Final = frozenset(reason.lower() for reason in REASONS)

Status = Annotated[StrictInt, Field(ge=200, le=599)]
ErrorReason = Annotated[str, Field(min_length=1, max_length=300)]


def is_known_reason(label: str) -> bool:
    """Whether a request can fail with that reason; case does not matter."""
    return label.lower() in _KNOWN


class StatusCodeRange(Record):
    """Statuses from `min` to `max`, both included."""

    min: Status
    """The first status, 200 to 599."""

    max: Status
    """The last status, 200 to 599."""

    @field_validator("max")
    @classmethod
    def _not_below(cls, value: int, info: ValidationInfo) -> int:
        if value < info.data.get("min", value):
            raise ValueError("may not be below `min`")
        return value


class FailureResponse(Record):
    """What callers get while the gateway does not ask a backend."""

    status_code: Status
    """The status, 200 to 599."""
