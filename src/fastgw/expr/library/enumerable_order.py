"""Enumerable: OrderBy, ThenBy and their descending forms. Stable; strings are ordered by culture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cmp_to_key, partial
from typing import Any

from fastgw.expr.library.collections_comparers import Comparison, comparison_of
from fastgw.expr.library.collections_elements import LazySequence, collect, elements, reserve
from fastgw.expr.library.collections_protocol import MISSING
from fastgw.expr.library.collections_sorting import comparison_failed, is_plain, spend_for_sorting
from fastgw.expr.library.declare import define
from fastgw.expr.library.enumerable import ENUMERABLE, Function, Types, missing
from fastgw.expr.runtime.errors import NetException
from fastgw.expr.runtime.objects import compare
from fastgw.expr.types import Type

ORDERED = define(
    "System.Linq.IOrderedEnumerable<out TElement>", "interface", interfaces=("IEnumerable<TElement>",)
)


@dataclass(frozen=True, slots=True)
class _Level:
    """One key to order by; `comparison` None where Python's order of the keys is .NET's."""

    key: Callable[[Any], Any]
    comparison: Comparison | None
    is_descending: bool

    def order(self, one: Any, other: Any) -> int:
        """How two keys of this level are ordered."""
        if self.comparison is None:
            found = -1 if one < other else 1 if other < one else 0
        else:
            found = self.comparison(one, other)
        return -found if self.is_descending else found


class OrderedSequence(LazySequence):
    """The result of OrderBy: `source` by the keys of `levels`, the first one above all."""

    __slots__ = ("levels", "source")

    definition = ORDERED.definition

    def __init__(self, element: Type, source: Any, levels: tuple[_Level, ...]) -> None:
        super().__init__(element, source)
        self.source = source
        self.levels = levels

    def start(self) -> Iterator[Any]:
        """Begin an enumeration: everything is read, and sorted, for the first element."""
        yield from self._sorted()

    def _sorted(self) -> list[Any]:
        items = collect(self.source)
        if len(items) < 2:
            for level in self.levels:
                list(map(level.key, items))
            return items
        keys = [list(map(level.key, items)) for level in self.levels]
        spend_for_sorting(len(items) * len(keys))
        # A list of each level's keys and one of places, twice.
        reserve(len(items) * (len(keys) + 1))
        order = list(range(len(items)))
        if all(level.comparison is None for level in self.levels):
            # From the least key to the most important one: each pass keeps what the one before has ordered.
            for level, own in zip(reversed(self.levels), reversed(keys), strict=True):
                order.sort(key=own.__getitem__, reverse=level.is_descending)
        else:
            pairs = list(zip(self.levels, keys, strict=True))
            try:
                order.sort(key=cmp_to_key(partial(_compared, pairs)))
            except NetException as error:
                raise comparison_failed(error) from error
        return [items[at] for at in order]

    def extreme(self, is_last: bool) -> Any:
        """What would be the first or last element, found without sorting; MISSING where there is none."""
        best: Any = MISSING
        best_keys: list[Any] = []
        for item in elements(self.source):
            keys = [level.key(item) for level in self.levels]
            if best is MISSING:
                best, best_keys = item, keys
                continue
            order = 0
            for level, one, other in zip(self.levels, keys, best_keys, strict=True):
                order = level.order(one, other)
                if order:
                    break
            if (order >= 0) if is_last else (order < 0):
                best, best_keys = item, keys
        return best


def _compared(pairs: list[tuple[_Level, list[Any]]], one: int, other: int) -> int:
    for level, keys in pairs:
        found = level.order(keys[one], keys[other])
        if found:
            return found
    return 0


def _level(key: Function, type: Type, comparer: Any, is_descending: bool) -> _Level:
    comparison = comparison_of(comparer)
    if comparison is None and not is_plain(type):
        comparison = compare
    return _Level(key, comparison, is_descending)


def _declare(name: str, is_descending: bool) -> None:
    """OrderBy… and ThenBy…, each without and with a comparer."""

    def order_by(types: Types, source: Any, key_selector: Function | None, comparer: Any = None) -> Any:
        if source is None or key_selector is None:
            raise missing(source=source, key_selector=key_selector)
        return OrderedSequence(types[0], source, (_level(key_selector, types[1], comparer, is_descending),))

    def then_by(types: Types, source: Any, key_selector: Function | None, comparer: Any = None) -> Any:
        if source is None or key_selector is None:
            raise missing(source=source, key_selector=key_selector)
        level = _level(key_selector, types[1], comparer, is_descending)
        return OrderedSequence(types[0], source.source, (*source.levels, level))

    for verb, enumerable, function in (
        ("OrderBy", "IEnumerable", order_by),
        ("ThenBy", "IOrderedEnumerable", then_by),
    ):
        head = (
            f"IOrderedEnumerable<TSource> {verb}{name}<TSource, TKey>("
            f"this {enumerable}<TSource> source, Func<TSource, TKey> keySelector"
        )
        ENUMERABLE.method(f"{head})", wants_types=True)(function)
        ENUMERABLE.method(f"{head}, IComparer<TKey> comparer)", wants_types=True)(function)


_declare("", False)
_declare("Descending", True)
