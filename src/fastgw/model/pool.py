"""A pool: backends that share the requests of one backend-id.

Must never look a member up: that is the snapshot's.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, ValidatorFunctionWrapHandler, field_validator

from fastgw.model.balancing import MOST_MEMBERS
from fastgw.model.failure import FailureResponse
from fastgw.model.record import Record, distinct
from fastgw.model.types import HTTP_WORD_PATTERN, Reference, Weight

_BACKEND_REFERENCE: Final = re.compile(r"(?:(?:.*/)?backends/)?[^/\x00-\x1f\x7f]{1,80}", re.IGNORECASE)


def _check_reference(value: str) -> str:
    if not _BACKEND_REFERENCE.fullmatch(value):
        raise ValueError("must be the id of a backend, or an ARM id that ends with /backends/ and the id")
    return value


class PoolService(Record):
    """A member of a pool (spec/resilience.md section 3)."""

    id: Annotated[Reference, AfterValidator(_check_reference)]
    """The backend: its id or its ARM id."""

    weight: Weight | None = None
    """Its share of the requests among the members of its priority, 0 to 100."""

    priority: Weight | None = None
    """Members with a lower number are used first, 0 to 100."""

    preferred_carbon_emission: Literal["VeryLow", "Low", "Medium", "High", "VeryHigh"] | None = None
    """Without effect: members are not chosen by emissions."""

    @property
    def backend_id(self) -> str:
        """The id alone, as the author wrote it; ids are compared without regard to case."""
        return _alone(self.id)


def _alone(reference: str) -> str:
    return reference.rpartition("/")[2]


def _key_of_id(reference: Any) -> str | None:
    return (_alone(reference).casefold() or None) if isinstance(reference, str) else None


class SessionId(Record):
    """Where the sign of a session stands."""

    source: Literal["cookie"] = "cookie"
    """A cookie."""

    name: Annotated[str, Field(min_length=1, max_length=300, pattern=HTTP_WORD_PATTERN)]
    """The name of the cookie."""


class SessionAffinity(Record):
    """Requests of one session go to one member (spec/resilience.md section 3.1)."""

    session_id: SessionId
    """How a session is known."""


class Pool(Record):
    """The members of a pool and what holds for all of them."""

    services: tuple[PoolService, ...] = Field(min_length=1, max_length=MOST_MEMBERS)
    """The members."""

    session_affinity: SessionAffinity | None = None
    """Whether a session stays with a member."""

    failure_response: FailureResponse | None = None
    """What callers get while no member is available, instead of 503."""

    @field_validator("services", mode="wrap")
    @classmethod
    def _distinct(cls, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        return distinct(value, handler, "id", _key_of_id, "is the backend of services[{}] too")

    @field_validator("services")
    @classmethod
    def _with_a_weight(cls, value: tuple[PoolService, ...]) -> tuple[PoolService, ...]:
        if all(service.weight == 0 for service in value):
            raise ValueError("must have a weight above zero somewhere")
        return value

    def weights(self) -> list[list[int]]:
        """The weights of each priority; a member without one counts as 1 (spec/resilience.md section 3)."""
        groups: dict[int | None, list[int]] = defaultdict(list)
        for service in self.services:
            groups[service.priority].append(1 if service.weight is None else service.weight)
        return list(groups.values())
