"""Several URLs behind one backend, and how one is chosen among URLs or members (not in ARM).

Must never choose one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal

from pydantic import Field, ValidatorFunctionWrapHandler

from fastgw.model.record import Record, distinct, refusal
from fastgw.model.types import BackendUrl, Duration, Weight, parse_address

MOST_MEMBERS: Final = 30
"""URLs of a backend, or members of a pool (spec/resilience.md section 3)."""


class BackendAddress(Record):
    """One of the URLs of a backend."""

    # The environment may have put a secret into it.
    url: BackendUrl = Field(repr=False)
    """The address; http or https."""

    weight: Weight = 1
    """Its share of the requests, 0 to 100."""


class LoadBalancing(Record):
    """How one is chosen among the URLs of a backend, or the members of a pool. Times are in seconds."""

    type: Literal["round-robin", "weighted", "least-requests", "p2c-ewma"] = "weighted"
    """round-robin: in turn. weighted: in turn, as often as the weights say. least-requests: the one with the
    fewest requests under way. p2c-ewma: the faster and less busy of two that are drawn."""

    slow_start: Duration | None = None
    """One that comes back gets its full share only after this time."""


def distinct_urls(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """`value` as `handler` makes it where its addresses differ; raises what a validator raises."""
    return distinct(value, handler, "url", _key_of_address, "is the address of urls[{}] too")


def _key_of_address(url: Any) -> tuple[str, str, int, str] | None:
    try:
        return parse_address(url) if isinstance(url, str) else None
    except ValueError:
        return None


def check_weights(urls: tuple[BackendAddress, ...]) -> tuple[BackendAddress, ...]:
    """`urls` where one has a weight; raises what a validator raises."""
    if urls and not any(address.weight for address in urls):
        raise ValueError("must have a weight above zero somewhere")
    return urls


def check_type(balancing: LoadBalancing, groups: Iterable[Iterable[int]]) -> None:
    """Refuse a choice in turn among what the author gave different weights; `groups` are tried one by one."""
    if balancing.type == "round-robin" and any(len(set(weights)) > 1 for weights in groups):
        raise refusal((("type",), "takes each in turn, but the weights differ; weights need type weighted"))
