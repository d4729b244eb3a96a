"""Breakers for tests: made, called and looked at.

The compiled one and its twin are made and used alike. Nothing here judges what they do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fastgw._core import Breaker, BreakerRule
from fastgw._shared import Segment
from tests.oracle import breaker as twin

Make = Callable[..., Any]

NOW = 1_000_000  # milliseconds: the clock does not begin with the gateway
TRIAL = 5_000  # how long a trial may take


def compiled(**rule_values: Any) -> Breaker:
    """A breaker in a segment of its own."""
    segment = Segment(seats=1)
    segment.begin_breaker(0)
    return Breaker(segment, 0, BreakerRule(name="rule", **rule_values))


def plain(**rule_values: Any) -> twin.Breaker:
    return twin.Breaker(twin.Rule(**rule_values))


both = pytest.mark.parametrize("make", [compiled, plain], ids=["compiled", "twin"])


def admit(breaker: Any, now: int, chance: float = 0.5) -> tuple[str, int]:
    verdict, ticket = breaker.try_admit(now, chance, now + TRIAL)
    return verdict, ticket


def report(
    breaker: Any,
    ticket: int,
    now: int,
    *,
    failed: bool = False,
    slow: bool = False,
    retry_after: int = -1,
    chance: float = 0.5,
) -> str:
    event: str = breaker.try_report(ticket, now, failed, slow, retry_after, chance)
    return event


def call(breaker: Any, now: int, **outcome: Any) -> str:
    """One request that is admitted and ends in the same moment."""
    verdict, ticket = admit(breaker, now)
    assert verdict != "refuse"
    return report(breaker, ticket, now, **outcome)


def calls(breaker: Any, count: int, now: int, **outcome: Any) -> list[str]:
    return [call(breaker, now, **outcome) for _ in range(count)]


def seen(breaker: Any, now: int, *names: str) -> Any:
    """What `state` says of these; of one name, its value alone."""
    state = breaker.state(now)
    return state[names[0]] if len(names) == 1 else tuple(state[name] for name in names)


def tripped(make: Make, now: int = NOW, **values: Any) -> Any:
    """A breaker that one failure at `now` has tripped, for ten seconds unless told otherwise."""
    breaker = make(**{"count": 1, "trip": 10_000, **values})
    assert call(breaker, now, failed=True) == "opened"
    return breaker
