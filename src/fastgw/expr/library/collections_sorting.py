"""Sorting as .NET does it: Array.Sort and List<T>.Sort are not stable, so ties need the same algorithm.

The algorithm is the introspective sort of .NET Core (median of three, insertion sort below 17 elements,
heap sort where the recursion gets too deep). Elements that are equal in every respect may be sorted by any
algorithm: numbers, characters and booleans go to Python's. OrderBy is stable and does not come here.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from fastgw.expr.runtime.errors import InvalidOperationException, NetException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.objects import compare
from fastgw.expr.runtime.values import (
    Byte,
    Char,
    Int16,
    Int64,
    SByte,
    UInt16,
    UInt32,
    UInt64,
)
from fastgw.expr.types import NamedType, Type

Comparison = Callable[[Any, Any], int]

# Python orders these as .NET does. Not double and float (NaN), not string (culture).
_PLAIN = frozenset((bool, Char, SByte, Byte, Int16, UInt16, int, UInt32, Int64, UInt64, Decimal))

_INSERTION = 16


def is_plain(type: Type) -> bool:
    """Whether Python's `<` is the default order of the type, and equal values cannot be told apart."""
    return isinstance(type, NamedType) and not _PLAIN.isdisjoint(type.definition.python)


def spend_for_sorting(count: int) -> None:
    """Steps for sorting so many elements by a comparison that spends none itself."""
    meter.spend(count * max(count.bit_length(), 1))


def sort(
    keys: list[Any], comparison: Comparison | None, element: Type, items: list[Any] | None = None
) -> None:
    """Sort `keys` in place, and `items` with them; `comparison` None is the default order.

    Raises InvalidOperationException, with what the comparison raised inside.
    """
    if len(keys) < 2:
        return
    spend_for_sorting(len(keys))
    if comparison is None and items is None and is_plain(element):
        keys.sort()
        return
    try:
        _Sorter(keys, comparison or compare, items).sort()
    except NetException as error:
        raise comparison_failed(error) from error


def comparison_failed(error: NetException) -> InvalidOperationException:
    """What sorting raises when a comparison has failed."""
    return InvalidOperationException("Failed to compare two elements in the array.", error)


class _Sorter:
    __slots__ = ("comparison", "items", "keys")

    def __init__(self, keys: list[Any], comparison: Comparison, items: list[Any] | None) -> None:
        self.keys = keys
        self.comparison = comparison
        self.items = items

    def sort(self) -> None:
        count = len(self.keys)
        self._part(0, count - 1, 2 * count.bit_length())

    def _swap(self, a: int, b: int) -> None:
        self.keys[a], self.keys[b] = self.keys[b], self.keys[a]
        if self.items is not None:
            self.items[a], self.items[b] = self.items[b], self.items[a]

    def _order(self, a: int, b: int) -> None:
        if a != b and self.comparison(self.keys[a], self.keys[b]) > 0:
            self._swap(a, b)

    def _part(self, low: int, high: int, depth: int) -> None:
        while high > low:
            size = high - low + 1
            if size == 2:
                self._order(low, high)
                return
            if size == 3:
                self._order(low, high - 1)
                self._order(low, high)
                self._order(high - 1, high)
                return
            if size <= _INSERTION:
                self._insert(low, high)
                return
            if depth == 0:
                self._heap(low, high)
                return
            depth -= 1
            pivot = self._partition(low, high)
            self._part(pivot + 1, high, depth)
            high = pivot - 1

    def _partition(self, low: int, high: int) -> int:
        middle = low + (high - low) // 2
        self._order(low, middle)
        self._order(low, high)
        self._order(middle, high)
        keys, comparison = self.keys, self.comparison
        pivot = keys[middle]
        self._swap(middle, high - 1)
        left, right = low, high - 1
        while left < right:
            left += 1
            # The bounds matter only for a comparison that contradicts itself.
            while left < high and comparison(keys[left], pivot) < 0:
                left += 1
            right -= 1
            while right > low and comparison(pivot, keys[right]) < 0:
                right -= 1
            if left >= right:
                break
            self._swap(left, right)
        if left < high:
            self._swap(left, high - 1)
        return left

    def _insert(self, low: int, high: int) -> None:
        keys, items, comparison = self.keys, self.items, self.comparison
        for at in range(low, high):
            place = at
            key = keys[at + 1]
            item = None if items is None else items[at + 1]
            while place >= low and comparison(key, keys[place]) < 0:
                keys[place + 1] = keys[place]
                if items is not None:
                    items[place + 1] = items[place]
                place -= 1
            keys[place + 1] = key
            if items is not None:
                items[place + 1] = item

    def _heap(self, low: int, high: int) -> None:
        count = high - low + 1
        for at in range(count // 2, 0, -1):
            self._sink(at, count, low)
        for at in range(count, 1, -1):
            self._swap(low, low + at - 1)
            self._sink(1, at - 1, low)

    def _sink(self, at: int, count: int, low: int) -> None:
        keys, items, comparison = self.keys, self.items, self.comparison
        key = keys[low + at - 1]
        item = None if items is None else items[low + at - 1]
        while at <= count // 2:
            child = 2 * at
            if child < count and comparison(keys[low + child - 1], keys[low + child]) < 0:
                child += 1
            if not comparison(key, keys[low + child - 1]) < 0:
                break
            keys[low + at - 1] = keys[low + child - 1]
            if items is not None:
                items[low + at - 1] = items[low + child - 1]
            at = child
        keys[low + at - 1] = key
        if items is not None:
            items[low + at - 1] = item


def search(items: Any, start: int, count: int, value: Any, comparison: Comparison | None) -> int:
    """BinarySearch: the place of a match, or the complement of the place where `value` belongs.

    Raises InvalidOperationException, with what the comparison raised inside.
    """
    by = comparison or compare
    low, high = start, start + count - 1
    try:
        while low <= high:
            meter.spend()
            middle = low + (high - low) // 2
            order = by(items[middle], value)
            if order == 0:
                return middle
            if order < 0:
                low = middle + 1
            else:
                high = middle - 1
    except NetException as error:
        raise comparison_failed(error) from error
    return ~low
