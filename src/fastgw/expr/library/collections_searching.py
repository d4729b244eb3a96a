"""Searching by a predicate, and by place: what List<T> and Array have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastgw.expr.library.arrays import count_beyond, index_beyond
from fastgw.expr.runtime.errors import ArgumentNullException
from fastgw.expr.runtime.meter import meter

Match = Callable[[Any], bool] | None


def matcher(match: Match) -> Callable[[Any], bool]:
    """The predicate of a search. Raises ArgumentNullException."""
    if match is None:
        raise ArgumentNullException(parameter="match")
    return match


def find_from(items: Any, start: int, stop: int, match: Callable[[Any], bool]) -> int:
    """The first place from `start` to before `stop` of what matches, or -1."""
    meter.spend(max(stop - start, 0))
    return next((at for at, item in enumerate(items[start:stop], start) if match(item)), -1)


def find_back(items: Any, start: int, stop: int, match: Callable[[Any], bool]) -> int:
    """The last place from `start` to before `stop` of what matches, or -1."""
    meter.spend(max(stop - start, 0))
    part = items[start:stop]
    return next((start + at for at in range(len(part) - 1, -1, -1) if match(part[at])), -1)


def check_forward(size: int, start: int, count: int) -> None:
    """Raise what a forward search raises for a part that is not there."""
    if not 0 <= start <= size:
        raise index_beyond("startIndex")
    if count < 0 or start > size - count:
        raise count_beyond()


def check_backward(size: int, start: int, count: int) -> None:
    """Raise what a backward search raises for a part that is not there; `start` is its last place."""
    if (size == 0 and start != -1) or start >= max(size, 1) or (size and start < 0):
        raise index_beyond("startIndex")
    if count < 0 or start - count + 1 < 0:
        raise count_beyond()
