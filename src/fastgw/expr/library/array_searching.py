"""System.Array: IndexOf, Find and their like, Sort, Reverse, BinarySearch."""

from __future__ import annotations

from typing import Any

from fastgw.expr.library.arrays import AnyArray, element_type, items_of, negative, new_array, slots
from fastgw.expr.library.collections_comparers import Comparison, comparison_of, first_place, last_place
from fastgw.expr.library.collections_searching import (
    Match,
    check_backward,
    check_forward,
    find_back,
    find_from,
    matcher,
)
from fastgw.expr.library.collections_sorting import search, sort
from fastgw.expr.library.core import ARRAY
from fastgw.expr.runtime.defaults import default_of
from fastgw.expr.runtime.errors import ArgumentException, ArgumentNullException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import Byte, ByteArray


def _given(array: Any, parameter: str = "array") -> Any:
    if array is None:
        raise ArgumentNullException(parameter=parameter)
    return array


def _check_part(size: int, index: int, length: int) -> None:
    if index < 0:
        raise negative("index")
    if length < 0:
        raise negative("length")
    if size - index < length:
        raise ArgumentException(
            "Offset and length were out of bounds for the array or count is greater than the number of "
            "elements from index to the end of the source collection."
        )


# ---------------------------------------------------------------- by value


def index_of(array: AnyArray | None, value: Any, start: int = 0, count: int | None = None) -> int:
    """The first place of a value, or -1. Raises ArgumentNullException and ArgumentOutOfRangeException."""
    size = len(_given(array))
    if count is None:
        count = max(size - start, 0)
    check_forward(size, start, count)
    if isinstance(array, ByteArray):
        return array.data.find(value, start, start + count) if type(value) is Byte else -1
    return first_place(slots(_given(array)), value, start, start + count, element_type(_given(array)))


def last_index_of(
    array: AnyArray | None, value: Any, start: int | None = None, count: int | None = None
) -> int:
    """The last place of a value, or -1. Raises ArgumentNullException and ArgumentOutOfRangeException."""
    items = items_of(_given(array))
    if not items:
        return -1
    if start is None:
        start = len(items) - 1
    if count is None:
        count = start + 1
    check_backward(len(items), start, count)
    return last_place(items, value, start - count + 1, start + 1)


for _more in ("", ", int startIndex", ", int startIndex, int count"):
    ARRAY.method(f"static int IndexOf<T>(T[] array, T value{_more})")(index_of)
    ARRAY.method(f"static int IndexOf(Array array, object value{_more})")(index_of)
    ARRAY.method(f"static int LastIndexOf<T>(T[] array, T value{_more})")(last_index_of)
    ARRAY.method(f"static int LastIndexOf(Array array, object value{_more})")(last_index_of)


# ---------------------------------------------------------------- by predicate


@ARRAY.method("static bool Exists<T>(T[] array, Predicate<T> match)")
def exists(array: AnyArray | None, match: Match) -> bool:
    """Whether an element matches. Raises ArgumentNullException."""
    return find_index(array, match) >= 0


@ARRAY.method("static bool TrueForAll<T>(T[] array, Predicate<T> match)")
def true_for_all(array: AnyArray | None, match: Match) -> bool:
    """Whether every element matches. Raises ArgumentNullException."""
    items, test = items_of(_given(array)), matcher(match)
    meter.spend(len(items))
    return all(map(test, items))


@ARRAY.method("static T Find<T>(T[] array, Predicate<T> match)")
def find(array: AnyArray | None, match: Match) -> Any:
    """The first element that matches, or default(T). Raises ArgumentNullException."""
    items = items_of(_given(array))
    at = find_from(items, 0, len(items), matcher(match))
    return items[at] if at >= 0 else default_of(element_type(_given(array)))


@ARRAY.method("static T FindLast<T>(T[] array, Predicate<T> match)")
def find_last(array: AnyArray | None, match: Match) -> Any:
    """The last element that matches, or default(T). Raises ArgumentNullException."""
    items = items_of(_given(array))
    at = find_back(items, 0, len(items), matcher(match))
    return items[at] if at >= 0 else default_of(element_type(_given(array)))


@ARRAY.method("static T[] FindAll<T>(T[] array, Predicate<T> match)")
def find_all(array: AnyArray | None, match: Match) -> AnyArray:
    """The elements that match, as a new array. Raises ArgumentNullException."""
    items, test = items_of(_given(array)), matcher(match)
    meter.spend(len(items))
    return new_array(element_type(_given(array)), [item for item in items if test(item)])


@ARRAY.method("static int FindIndex<T>(T[] array, Predicate<T> match)")
def find_index(array: AnyArray | None, match: Match) -> int:
    """The first place that matches, or -1. Raises ArgumentNullException."""
    items = items_of(_given(array))
    return find_from(items, 0, len(items), matcher(match))


@ARRAY.method("static int FindIndex<T>(T[] array, int startIndex, Predicate<T> match)")
def find_index_from(array: AnyArray | None, start_index: int, match: Match) -> int:
    """The first place from `startIndex` on. Raises ArgumentNullException, ArgumentOutOfRangeException."""
    return find_index_within(array, start_index, len(_given(array)) - start_index, match)


@ARRAY.method("static int FindIndex<T>(T[] array, int startIndex, int count, Predicate<T> match)")
def find_index_within(array: AnyArray | None, start_index: int, count: int, match: Match) -> int:
    """The first place in a part. Raises ArgumentNullException, ArgumentOutOfRangeException."""
    items = items_of(_given(array))
    check_forward(len(items), start_index, count)
    return find_from(items, start_index, start_index + count, matcher(match))


@ARRAY.method("static int FindLastIndex<T>(T[] array, Predicate<T> match)")
def find_last_index(array: AnyArray | None, match: Match) -> int:
    """The last place that matches, or -1. Raises ArgumentNullException."""
    items = items_of(_given(array))
    return find_back(items, 0, len(items), matcher(match))


@ARRAY.method("static int FindLastIndex<T>(T[] array, int startIndex, Predicate<T> match)")
def find_last_index_from(array: AnyArray | None, start_index: int, match: Match) -> int:
    """The last place up to `startIndex`. Raises ArgumentNullException, ArgumentOutOfRangeException."""
    return find_last_index_within(array, start_index, start_index + 1, match)


@ARRAY.method("static int FindLastIndex<T>(T[] array, int startIndex, int count, Predicate<T> match)")
def find_last_index_within(array: AnyArray | None, start_index: int, count: int, match: Match) -> int:
    """The last place in the part that ends there; the exceptions of FindLastIndex."""
    items, test = items_of(_given(array)), matcher(match)
    check_backward(len(items), start_index, count)
    return find_back(items, start_index - count + 1, start_index + 1, test)


# ---------------------------------------------------------------- in order


def _sort(array: Any, index: int, length: int, comparison: Comparison | None, items: Any = None) -> None:
    """Sort a part of an array, and the same part of another one with it."""
    end = index + length
    keys = list(items_of(array)[index:end])
    others = None if items is None else list(items_of(items)[index:end])
    try:
        sort(keys, comparison, element_type(array), others)
    finally:
        slots(array)[index:end] = keys
        if items is not None:
            slots(items)[index:end] = others


def sort_all(array: AnyArray | None, comparer: Any = None) -> None:
    """Sort everything. Raises ArgumentNullException and InvalidOperationException."""
    _sort(_given(array), 0, len(_given(array)), comparison_of(comparer))


def sort_part(array: AnyArray | None, index: int, length: int, comparer: Any = None) -> None:
    """Sort a part. Raises ArgumentNullException, ArgumentException and InvalidOperationException."""
    _check_part(len(_given(array)), index, length)
    _sort(array, index, length, comparison_of(comparer))


@ARRAY.method("static void Sort<T>(T[] array, Comparison<T> comparison)")
def sort_with(array: AnyArray | None, comparison: Comparison | None) -> None:
    """Sort by a delegate. Raises ArgumentNullException and InvalidOperationException."""
    given = _given(array)
    if comparison is None:
        raise ArgumentNullException(parameter="comparison")
    _sort(given, 0, len(given), comparison)


def sort_both(keys: AnyArray | None, items: AnyArray | None, comparer: Any = None) -> None:
    """Sort keys, and items with them. Raises ArgumentNullException and InvalidOperationException."""
    sort_both_parts(keys, items, 0, len(_given(keys, "keys")), comparer)


def sort_both_parts(
    keys: AnyArray | None, items: AnyArray | None, index: int, length: int, comparer: Any = None
) -> None:
    """Sort a part of the keys, and of the items with them; the exceptions of `sort_part`."""
    _check_part(len(_given(keys, "keys")), index, length)
    if items is not None:
        _check_part(len(items), index, length)
    _sort(keys, index, length, comparison_of(comparer), items)


_PART = ", int index, int length"
ARRAY.method("static void Sort(Array array)")(sort_all)
ARRAY.method(f"static void Sort(Array array{_PART})")(sort_part)
ARRAY.method("static void Sort(Array keys, Array items)")(sort_both)
for _more in ("", ", IComparer<T> comparer"):
    ARRAY.method(f"static void Sort<T>(T[] array{_more})")(sort_all)
    ARRAY.method(f"static void Sort<T>(T[] array{_PART}{_more})")(sort_part)
for _more in ("", ", IComparer<TKey> comparer"):
    ARRAY.method(f"static void Sort<TKey, TValue>(TKey[] keys, TValue[] items{_more})")(sort_both)
    ARRAY.method(f"static void Sort<TKey, TValue>(TKey[] keys, TValue[] items{_PART}{_more})")(
        sort_both_parts
    )


def reverse(array: AnyArray | None) -> None:
    """Turn the order around. Raises ArgumentNullException."""
    meter.spend(len(_given(array)))
    slots(_given(array)).reverse()


def reverse_part(array: AnyArray | None, index: int, length: int) -> None:
    """Turn the order of a part around. Raises ArgumentNullException, ArgumentException."""
    held = slots(_given(array))
    _check_part(len(held), index, length)
    meter.spend(length)
    held[index : index + length] = held[index : index + length][::-1]


for _array in ("Array array", "T[] array"):
    _type = "<T>" if "T[]" in _array else ""
    ARRAY.method(f"static void Reverse{_type}({_array})")(reverse)
    ARRAY.method(f"static void Reverse{_type}({_array}{_PART})")(reverse_part)


def binary_search(array: AnyArray | None, value: Any, comparer: Any = None) -> int:
    """The place in a sorted array, or the complement of where the value belongs.

    Raises ArgumentNullException and InvalidOperationException.
    """
    items = items_of(_given(array))
    return search(items, 0, len(items), value, comparison_of(comparer))


def binary_search_part(
    array: AnyArray | None, index: int, length: int, value: Any, comparer: Any = None
) -> int:
    """The same in a part. Raises ArgumentNullException, ArgumentException, InvalidOperationException."""
    items = items_of(_given(array))
    _check_part(len(items), index, length)
    return search(items, index, length, value, comparison_of(comparer))


ARRAY.method("static int BinarySearch(Array array, object value)")(binary_search)
ARRAY.method("static int BinarySearch(Array array, int index, int length, object value)")(binary_search_part)
for _more in ("", ", IComparer<T> comparer"):
    ARRAY.method(f"static int BinarySearch<T>(T[] array, T value{_more})")(binary_search)
    ARRAY.method(f"static int BinarySearch<T>(T[] array, int index, int length, T value{_more})")(
        binary_search_part
    )
