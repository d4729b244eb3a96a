"""Trying a request again on behalf of a backend (not in ARM).

Must never decide about one request: what may be sent twice is the gateway's knowledge.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt, ValidationInfo, field_validator

from fastgw.model.failure import ErrorReason, StatusCodeRange
from fastgw.model.record import Record


class Retry(Record):
    """How often, and after which failures, a request is sent again."""

    count: Annotated[StrictInt, Field(ge=1, le=10)] = 1
    """Further attempts, 1 to 10."""

    status_code_ranges: tuple[StatusCodeRange, ...] = Field(default=(), max_length=10)
    """Statuses after which there is another attempt."""

    error_reasons: tuple[ErrorReason, ...] = Field(default=("BackendConnectionFailure",), max_length=10)
    """Reasons of attempts without an answer after which there is another."""

    @field_validator("error_reasons")
    @classmethod
    def _after_something(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not value and not info.data.get("status_code_ranges", True):
            raise ValueError("may not be empty where `statusCodeRanges` is: nothing would be tried again")
        return value
