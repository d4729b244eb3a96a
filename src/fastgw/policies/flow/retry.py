"""retry: runs its children again while a condition holds (spec/policies/control-flow.md)."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from fastgw.compiler.expressions import Compiled, ValueType
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import AttributeSchema, PolicySchema, policy_element
from fastgw.policies.values import LONGEST_WAIT, now

MOST_RETRIES = 50


def _seconds(name: str) -> AttributeSchema:
    # The samples of the service wait for 0 seconds, although its reference demands more.
    return AttributeSchema(name, expression=True, type=ValueType.INTEGER, minimum=0, maximum=LONGEST_WAIT)


ELEMENT = policy_element(
    "retry",
    (
        AttributeSchema("condition", required=True, expression=True, type=ValueType.BOOLEAN),
        AttributeSchema(
            "count", required=True, expression=True, type=ValueType.INTEGER, minimum=1, maximum=MOST_RETRIES
        ),
        _seconds("interval"),
        _seconds("max-interval"),
        _seconds("delta"),
        AttributeSchema("first-fast-retry", expression=True, type=ValueType.BOOLEAN),
    ),
    statements=True,
)


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """The attributes of a retry; opens a region for each request that comes to it."""

    condition: bool | Compiled
    count: int | Compiled
    interval: int | Compiled
    max_interval: int | Compiled | None
    delta: int | Compiled | None
    first_fast: bool | Compiled

    def __call__(self, exchange: Any) -> Attempts:
        """The attempts of one request; the attributes are evaluated once, here."""
        count = now(self.count, exchange)
        if not 1 <= count <= MOST_RETRIES:
            raise ValueError(f"The count of retry must be between 1 and {MOST_RETRIES}, not {count}.")
        waits = [
            None if one is None else now(one, exchange)
            for one in (self.interval, self.max_interval, self.delta)
        ]
        if any(one is not None and not 0 <= one <= LONGEST_WAIT for one in waits):
            raise ValueError(f"The intervals of retry must be between 0 and {LONGEST_WAIT} seconds.")
        return Attempts(
            self.condition, count, waits[0] or 0, waits[1], waits[2], now(self.first_fast, exchange)
        )


class Attempts:
    """What is left of a retry for one request."""

    __slots__ = ("_condition", "_count", "_delta", "_first_fast", "_interval", "_longest", "_retries")

    def __init__(
        self,
        condition: bool | Compiled,
        count: int,
        interval: int,
        longest: int | None,
        delta: int | None,
        first_fast: bool,
    ) -> None:
        self._condition = condition
        self._count = count
        self._interval = interval
        self._longest = longest
        self._delta = delta
        self._first_fast = first_fast
        self._retries = 0

    def again(self, exchange: Any) -> float | None:
        """Seconds until the next run, None when there is none."""
        if self._retries >= self._count or now(self._condition, exchange) is not True:
            return None
        self._retries += 1
        return self.wait(self._retries)

    def wait(self, retry: int) -> float:
        """Seconds before retry number ``retry``, from 1 on (the table of control-flow.md)."""
        if self._first_fast and retry == 1:
            return 0.0
        if self._delta is None:
            return self._interval if self._longest is None else min(self._interval, self._longest)
        if self._longest is None:
            return self._interval + (retry - 1) * self._delta
        step = self._delta * random.uniform(0.8, 1.2)  # noqa: S311 - it spreads load, it guards nothing
        doubled: float = self._interval + (2.0 ** (retry - 1) - 1.0) * step
        return min(float(self._longest), doubled)

    def release(self) -> None:
        """Nothing is held."""


def lower(statement: Statement, lowering: Lowering) -> None:
    """A region around the children; its end decides whether they run again."""
    if not statement.element.children:
        lowering.error("retry needs at least one policy in it", statement.element.position)
        return
    # The condition looks at each answer: the body it reads is had when it is asked.
    with lowering.apart() as bodies:
        condition = lowering.boolean(statement.required("condition"), default=False)
    numbers: dict[str, Any] = {}
    for name in ("count", "interval", "max-interval", "delta"):
        value = statement.value(name)
        numbers[name] = None if value is None else lowering.integer(value)
    first_fast = lowering.boolean(statement.value("first-fast-retry"), default=False)
    if condition is None or first_fast is None or numbers["count"] is None:
        with lowering.discarded():
            lowering.statements(statement.element, statement.path, statement.included_at)
        return
    plan = RetryPlan(
        condition,
        numbers["count"],
        numbers["interval"] or 0,
        numbers["max-interval"],
        numbers["delta"],
        first_fast,
    )
    with lowering.region(plan, statement):
        lowering.statements(statement.element, statement.path, statement.included_at)
        lowering.items += bodies


RETRY = PolicySchema(ELEMENT, lower)
