"""System.Linq.Enumerable: the class, and what its methods have in common. Methods: enumerable_*.py.

Lazy methods check their arguments when they are called and do everything else when they are enumerated,
each time anew (`Sequence`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from fastgw.expr.library.collections_elements import BytesView, Sequence, View, between, elements, view
from fastgw.expr.library.declare import define
from fastgw.expr.runtime.errors import (
    ArgumentNullException,
    ArgumentOutOfRangeException,
    InvalidOperationException,
)
from fastgw.expr.types import Type

Types = tuple[Type, ...]
Function = Callable[..., Any]

ENUMERABLE = define("System.Linq.Enumerable", "static")

MOST = 0x7FFFFFFF


def missing(**arguments: Any) -> ArgumentNullException:
    """The exception for the first argument that is null; .NET's names are given without underscores."""
    name = next(name for name, value in arguments.items() if value is None)
    head, *tail = name.split("_")
    return ArgumentNullException(parameter=head + "".join(map(str.capitalize, tail)))


def no_elements() -> InvalidOperationException:
    """What an empty sequence raises where an element is needed."""
    return InvalidOperationException("Sequence contains no elements")


def no_match() -> InvalidOperationException:
    """What a sequence raises where a matching element is needed."""
    return InvalidOperationException("Sequence contains no matching element")


def out_of_range(parameter: str) -> ArgumentOutOfRangeException:
    """What an argument raises that is too small or too large."""
    return ArgumentOutOfRangeException(parameter=parameter)


class MappedView:
    """Another view through a function, which is called at each access."""

    __slots__ = ("function", "inner")

    def __init__(self, inner: View, function: Function) -> None:
        self.inner = inner
        self.function = function

    def __len__(self) -> int:
        return len(self.inner)

    def __getitem__(self, index: int) -> Any:
        return self.function(self.inner[index])


class PartView:
    """Another view from `start` to before `stop`."""

    __slots__ = ("inner", "start", "stop")

    def __init__(self, inner: View, start: int, stop: int) -> None:
        self.inner = inner
        self.start = start
        self.stop = stop

    def __len__(self) -> int:
        return max(min(len(self.inner), self.stop) - self.start, 0)

    def __getitem__(self, index: int) -> Any:
        return self.inner[self.start + index]


class RepeatedView:
    """The same element, again and again."""

    __slots__ = ("count", "item")

    def __init__(self, item: Any, count: int) -> None:
        self.item = item
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Any:
        return self.item


def is_plain(found: View) -> bool:
    """Whether access by index calls no function of the policy, so that it need not be made."""
    while isinstance(found, PartView):
        found = found.inner
    return isinstance(found, (list, range, BytesView, RepeatedView))


def mapped(element: Type, source: Any, function: Function) -> Sequence:
    """`source` through a function, lazily."""

    def indexed() -> View | None:
        inner = view(source)
        return None if inner is None else MappedView(inner, function)

    return Sequence(element, lambda: map(function, elements(source)), source, indexed=indexed)


def part(element: Type, source: Any, start: int, stop: int) -> Sequence:
    """The elements of `source` from `start` to before `stop`, lazily; by index where that is possible."""

    def indexed() -> View | None:
        inner = view(source)
        return None if inner is None else PartView(inner, start, stop)

    def begin() -> Iterator[Any]:
        inner = view(source)
        if inner is not None:
            return between(inner, start, stop)
        if start >= stop:
            return iter(())
        return islice(elements(source), start, stop if stop < MOST else None)

    return Sequence(element, begin, source, indexed=indexed)
