"""Metrics that policies emit, counted in this process until something takes them away.

A series is a namespace, a name and dimensions. Their number is bounded, as callers may choose the values of
dimensions: what comes for a new series beyond the bound is dropped and counted. Must never fail its caller.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

MOST_SERIES: Final = 10_000
LONGEST_TEXT: Final = 256

Dimensions = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """What was emitted for one series: the sum of its values, and how many there were."""

    namespace: str
    name: str
    dimensions: Dimensions
    sum: float
    count: int


class Metrics:
    """Series by what they are called."""

    def __init__(self, most: int = MOST_SERIES) -> None:
        self._most = most
        self._series: dict[tuple[str, str, Dimensions], list[float]] = {}
        self._dropped = 0

    def add(self, namespace: str, name: str, dimensions: Dimensions, value: float) -> None:
        """Add a value to its series; dropped where it is no finite number, or the series one too many.

        Texts of dimensions are cut after 256 characters.
        """
        if not math.isfinite(value):
            self._dropped += 1
            return
        cut = tuple((one[:LONGEST_TEXT], text[:LONGEST_TEXT]) for one, text in dimensions)
        found = self._series.get((namespace, name, cut))
        if found is None:
            if len(self._series) >= self._most:
                self._dropped += 1
                return
            found = self._series[namespace, name, cut] = [0.0, 0]
        found[0] += value
        found[1] += 1

    def snapshot(self) -> tuple[Series, ...]:
        """All series as they are now, in the order in which they began."""
        return tuple(
            Series(namespace, name, dimensions, found[0], int(found[1]))
            for (namespace, name, dimensions), found in self._series.items()
        )

    @property
    def dropped(self) -> int:
        """How many values came to nothing."""
        return self._dropped

    def clear(self) -> None:
        """Forget everything."""
        self._series.clear()
        self._dropped = 0


_process = Metrics()
add = _process.add
snapshot = _process.snapshot
clear = _process.clear


def dropped() -> int:
    """How many values came to nothing in this process."""
    return _process.dropped
