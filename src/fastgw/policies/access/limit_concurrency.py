"""limit-concurrency: caps how many requests are inside its children at once (spec/policies/access.md).

Counted for all workers together, in the shared segment. A group is its key together with the API, as users
of the service have measured it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from fastgw._shared import Segment
from fastgw.compiler.expressions import Compiled, ValueType
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import AttributeSchema, PolicySchema, policy_element
from fastgw.errors import PolicyFailure
from fastgw.policies.values import text_now
from fastgw.telemetry import log

MOST: Final = 2**31 - 1
ELEMENT = policy_element(
    "limit-concurrency",
    (
        AttributeSchema("key", required=True, expression=True),
        AttributeSchema("max-count", required=True, type=ValueType.INTEGER, minimum=1, maximum=MOST),
    ),
    statements=True,
)
_MESSAGE: Final = "Concurrency limit exceeded"
_WARN_EVERY: Final = 60.0


@dataclass(frozen=True, slots=True)
class ConcurrencyLimit:
    """The limit of one statement; opens a region for each request that it lets in."""

    key: str | Compiled
    most: int

    @property
    def listed(self) -> tuple[tuple[str, object], ...]:
        """What a listing shows."""
        return (("key", self.key), ("max-count", self.most))

    def __call__(self, exchange: Any) -> Inside:
        """Raises PolicyFailure where as many requests as may be are inside."""
        segment: Segment = exchange.snapshot.segment
        name = name_of(segment.key, exchange.route.api_id, text_now(self.key, exchange))
        taken = segment.take(name, self.most)
        if taken is False:
            raise PolicyFailure("ConcurrencyLimitExceeded", _MESSAGE, 429, _MESSAGE)
        if taken is None:
            _WARNING.say(time.monotonic())
        return Inside(segment, name)


class Inside:
    """A request inside the limit."""

    __slots__ = ("_name", "_segment")

    def __init__(self, segment: Segment, name: int) -> None:
        self._segment = segment
        self._name = name

    def again(self, exchange: Any) -> float | None:
        """The children run once."""

    def release(self) -> None:
        """Let the next one in."""
        self._segment.give(self._name)


class _Warning:
    """Says once a minute that there are more keys than the workers can share."""

    __slots__ = ("_next",)

    def __init__(self) -> None:
        self._next = 0.0

    def say(self, now: float) -> None:
        if now >= self._next:
            self._next = now + _WARN_EVERY
            log.warning(
                "limit-concurrency has too many keys at once",
                consequence="requests of some keys are counted for each worker by itself",
            )


_WARNING = _Warning()


def name_of(secret: bytes, api: str, key: str) -> int:
    """The 64 bits under which a group is counted; callers who choose keys cannot aim at one of another."""
    text = f"{len(api)} {api} {key}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8, key=secret).digest())


def lower(statement: Statement, lowering: Lowering) -> None:
    """A region around the children, which is not entered where the limit is reached."""
    if not statement.element.children:
        lowering.error("limit-concurrency needs at least one policy in it", statement.element.position)
        return
    key = lowering.string(statement.required("key"))
    most = lowering.integer(statement.required("max-count"))
    if key is None or not isinstance(most, int):
        with lowering.discarded():
            lowering.statements(statement.element, statement.path, statement.included_at)
        return
    with lowering.region(ConcurrencyLimit(key, most), statement):
        lowering.statements(statement.element, statement.path, statement.included_at)


LIMIT_CONCURRENCY = PolicySchema(ELEMENT, lower)
