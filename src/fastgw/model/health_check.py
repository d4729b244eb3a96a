"""Active health checks of the URLs of a backend (not in ARM).

Must never ask a backend.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt

from fastgw.model.failure import StatusCodeRange
from fastgw.model.record import Record
from fastgw.model.types import REQUEST_TARGET_PATTERN, Duration

Threshold = Annotated[StrictInt, Field(ge=1, le=100)]


class HealthCheck(Record):
    """A GET that is sent to each URL again and again. Times are in seconds."""

    # The environment may have put a secret into its query.
    path: Annotated[str, Field(max_length=2000, pattern=REQUEST_TARGET_PATTERN)] = Field(repr=False)
    """What is asked for, behind the path of the URL: a path, perhaps with a query."""

    interval: Duration = 10.0
    """From one check to the next."""

    timeout: Duration = 2.0
    """How long the answer may take."""

    healthy_threshold: Threshold = 2
    """Good answers in a row after which a URL is used again."""

    unhealthy_threshold: Threshold = 3
    """Bad answers in a row after which a URL is no longer used."""

    status_code_ranges: tuple[StatusCodeRange, ...] = Field(
        default=(StatusCodeRange(min=200, max=399),), min_length=1, max_length=10
    )
    """Statuses that are good answers."""
