"""List<T>: searching, sorting and copying."""

from __future__ import annotations

from typing import Any

from fastgw.expr.library.array_copying import copy, copy_into
from fastgw.expr.library.arrays import AnyArray, index_beyond, new_array
from fastgw.expr.library.collections_comparers import Comparison, comparison_of, first_place, last_place
from fastgw.expr.library.collections_list import LIST, List
from fastgw.expr.library.collections_read_only import ReadOnlyList
from fastgw.expr.library.collections_searching import (
    Match,
    check_backward,
    check_forward,
    find_back,
    find_from,
    matcher,
)
from fastgw.expr.library.collections_sorting import search, sort
from fastgw.expr.runtime.defaults import default_of
from fastgw.expr.runtime.errors import ArgumentNullException
from fastgw.expr.runtime.meter import meter


@LIST.method("int IndexOf(T item, int index)")
def index_of_from(this: List, item: Any, index: int) -> int:
    """The first place from `index` on. Raises ArgumentOutOfRangeException."""
    if index > len(this.items):
        raise index_beyond()
    return index_of_within(this, item, index, len(this.items) - index)


@LIST.method("int IndexOf(T item, int index, int count)")
def index_of_within(this: List, item: Any, index: int, count: int) -> int:
    """The first place in a part. Raises ArgumentOutOfRangeException."""
    check_forward(len(this.items), index, count)
    return first_place(this.items, item, index, index + count, this.element)


@LIST.method("int LastIndexOf(T item)")
def last_index_of(this: List, item: Any) -> int:
    """The last place, or -1."""
    return last_place(this.items, item, 0, len(this.items))


@LIST.method("int LastIndexOf(T item, int index)")
def last_index_of_from(this: List, item: Any, index: int) -> int:
    """The last place up to `index`. Raises ArgumentOutOfRangeException."""
    if index >= len(this.items):
        raise index_beyond()
    return last_index_of_within(this, item, index, index + 1)


@LIST.method("int LastIndexOf(T item, int index, int count)")
def last_index_of_within(this: List, item: Any, index: int, count: int) -> int:
    """The last place in the part that ends at `index`. Raises ArgumentOutOfRangeException."""
    if not this.items:
        return -1
    check_backward(len(this.items), index, count)
    return last_place(this.items, item, index - count + 1, index + 1)


@LIST.method("bool Exists(Predicate<T> match)")
def exists(this: List, match: Match) -> bool:
    """Whether an element matches. Raises ArgumentNullException."""
    return find_from(this.items, 0, len(this.items), matcher(match)) >= 0


@LIST.method("T Find(Predicate<T> match)")
def find(this: List, match: Match) -> Any:
    """The first element that matches, or default(T). Raises ArgumentNullException."""
    at = find_from(this.items, 0, len(this.items), matcher(match))
    return this.items[at] if at >= 0 else default_of(this.element)


@LIST.method("T FindLast(Predicate<T> match)")
def find_last(this: List, match: Match) -> Any:
    """The last element that matches, or default(T). Raises ArgumentNullException."""
    at = find_back(this.items, 0, len(this.items), matcher(match))
    return this.items[at] if at >= 0 else default_of(this.element)


@LIST.method("List<T> FindAll(Predicate<T> match)")
def find_all(this: List, match: Match) -> List:
    """The elements that match, as a new list. Raises ArgumentNullException."""
    test = matcher(match)
    meter.spend(len(this.items))
    return List(this.element, [item for item in this.items if test(item)])


@LIST.method("int FindIndex(Predicate<T> match)")
def find_index(this: List, match: Match) -> int:
    """The first place that matches, or -1. Raises ArgumentNullException."""
    return find_from(this.items, 0, len(this.items), matcher(match))


@LIST.method("int FindIndex(int startIndex, Predicate<T> match)")
def find_index_from(this: List, start_index: int, match: Match) -> int:
    """The first place from `startIndex` on. Raises ArgumentNullException, ArgumentOutOfRangeException."""
    return find_index_within(this, start_index, len(this.items) - start_index, match)


@LIST.method("int FindIndex(int startIndex, int count, Predicate<T> match)")
def find_index_within(this: List, start_index: int, count: int, match: Match) -> int:
    """The first place in a part. Raises ArgumentNullException, ArgumentOutOfRangeException."""
    check_forward(len(this.items), start_index, count)
    return find_from(this.items, start_index, start_index + count, matcher(match))


@LIST.method("int FindLastIndex(Predicate<T> match)")
def find_last_index(this: List, match: Match) -> int:
    """The last place that matches, or -1. Raises ArgumentNullException."""
    return find_back(this.items, 0, len(this.items), matcher(match))


@LIST.method("int FindLastIndex(int startIndex, Predicate<T> match)")
def find_last_index_from(this: List, start_index: int, match: Match) -> int:
    """The last place up to `startIndex`. Raises ArgumentNullException, ArgumentOutOfRangeException."""
    return find_last_index_within(this, start_index, start_index + 1, match)


@LIST.method("int FindLastIndex(int startIndex, int count, Predicate<T> match)")
def find_last_index_within(this: List, start_index: int, count: int, match: Match) -> int:
    """The last place in the part that ends there; the exceptions of FindLastIndex."""
    test = matcher(match)
    check_backward(len(this.items), start_index, count)
    return find_back(this.items, start_index - count + 1, start_index + 1, test)


@LIST.method("bool TrueForAll(Predicate<T> match)")
def true_for_all(this: List, match: Match) -> bool:
    """Whether every element matches. Raises ArgumentNullException."""
    test = matcher(match)
    meter.spend(len(this.items))
    return all(map(test, this.items))


@LIST.method("void Sort()")
def sort_list(this: List) -> None:
    """Sort by the default order. Raises InvalidOperationException."""
    _sort(this, None)


@LIST.method("void Sort(IComparer<T> comparer)")
def sort_list_by(this: List, comparer: Any) -> None:
    """Sort by a comparer. Raises InvalidOperationException."""
    _sort(this, comparison_of(comparer))


@LIST.method("void Sort(Comparison<T> comparison)")
def sort_list_with(this: List, comparison: Comparison | None) -> None:
    """Sort by a delegate. Raises ArgumentNullException and InvalidOperationException."""
    if comparison is None:
        raise ArgumentNullException(parameter="comparison")
    _sort(this, comparison)


@LIST.method("void Sort(int index, int count, IComparer<T> comparer)")
def sort_part(this: List, index: int, count: int, comparer: Any) -> None:
    """Sort a part. Raises ArgumentOutOfRangeException, ArgumentException and InvalidOperationException."""
    this.check_range(index, count)
    _sort(this, comparison_of(comparer), index, index + count)


def _sort(this: List, comparison: Comparison | None, start: int = 0, stop: int | None = None) -> None:
    # A copy, because a delegate may change the list that is being sorted.
    part = this.items[start:stop]
    try:
        sort(part, comparison, this.element)
    finally:
        this.items[start:stop] = part
        this.version += 1


@LIST.method("int BinarySearch(T item)")
def binary_search(this: List, item: Any) -> int:
    """The place in a sorted list, or the complement of where it belongs. Raises InvalidOperationException."""
    return search(this.items, 0, len(this.items), item, None)


@LIST.method("int BinarySearch(T item, IComparer<T> comparer)")
def binary_search_by(this: List, item: Any, comparer: Any) -> int:
    """The same by a comparer. Raises InvalidOperationException."""
    return search(this.items, 0, len(this.items), item, comparison_of(comparer))


@LIST.method("int BinarySearch(int index, int count, T item, IComparer<T> comparer)")
def binary_search_within(this: List, index: int, count: int, item: Any, comparer: Any) -> int:
    """The same in a part; the exceptions of Sort."""
    this.check_range(index, count)
    return search(this.items, index, count, item, comparison_of(comparer))


@LIST.method("void CopyTo(T[] array)")
def copy_to_start(this: List, array: AnyArray | None) -> None:
    """Copy everything. Raises ArgumentNullException and ArgumentException."""
    copy_into(this.items, array, 0)


@LIST.method("void CopyTo(T[] array, int arrayIndex)")
def copy_to(this: List, array: AnyArray | None, array_index: int) -> None:
    """Copy everything. Raises ArgumentNullException, ArgumentOutOfRangeException and ArgumentException."""
    copy_into(this.items, array, array_index)


@LIST.method("void CopyTo(int index, T[] array, int arrayIndex, int count)")
def copy_part_to(this: List, index: int, array: AnyArray | None, array_index: int, count: int) -> None:
    """Copy a part. Raises ArgumentNullException, ArgumentOutOfRangeException and ArgumentException."""
    this.check_range(index, count)
    copy(new_array(this.element, this.items[index : index + count]), 0, array, array_index, count)


@LIST.method("ReadOnlyCollection<T> AsReadOnly()")
def as_read_only(this: List) -> ReadOnlyList:
    """A read-only view."""
    return ReadOnlyList(this.element, this)
