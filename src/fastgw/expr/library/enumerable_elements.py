"""Enumerable: one element of a sequence, whether there is any, how many there are."""

from __future__ import annotations

from functools import reduce
from typing import Any

from fastgw.expr.library.collections_comparers import equality_of
from fastgw.expr.library.collections_elements import elements, view
from fastgw.expr.library.collections_interfaces import contains as collection_contains
from fastgw.expr.library.collections_interfaces import element as list_element
from fastgw.expr.library.collections_protocol import MISSING, Collection, ListCollection
from fastgw.expr.library.enumerable import (
    ENUMERABLE,
    Function,
    Types,
    is_plain,
    missing,
    no_elements,
    no_match,
    out_of_range,
)
from fastgw.expr.library.enumerable_order import OrderedSequence
from fastgw.expr.runtime.defaults import default_of
from fastgw.expr.runtime.errors import InvalidOperationException
from fastgw.expr.runtime.values import Array, ByteArray, Int64

_COLLECTIONS = (Array, ByteArray, Collection)
_LISTS = (Array, ByteArray, ListCollection)


def _first(source: Any) -> Any:
    """The first element, or MISSING."""
    if isinstance(source, OrderedSequence):
        return source.extreme(False)
    found = view(source)
    if found is not None:
        return found[0] if len(found) else MISSING
    return next(elements(source), MISSING)


def _last(source: Any) -> Any:
    """The last element, or MISSING."""
    if isinstance(source, OrderedSequence):
        return source.extreme(True)
    found = view(source)
    if found is not None:
        size = len(found)
        return found[size - 1] if size else MISSING
    last = MISSING
    for last in elements(source):  # noqa: B007
        pass
    return last


def _last_match(source: Any, predicate: Function) -> Any:
    """The last element that passes, or MISSING; a list is searched from its end."""
    found = view(source)
    if found is not None and is_plain(found):
        for at in range(len(found) - 1, -1, -1):
            item = found[at]
            if predicate(item):
                return item
        return MISSING
    last = MISSING
    for item in filter(predicate, elements(source)):
        last = item
    return last


def _only(source: Any) -> Any:
    """The only element, or MISSING. Raises InvalidOperationException for more than one."""
    items = elements(source)
    found = next(items, MISSING)
    if found is not MISSING and next(items, MISSING) is not MISSING:
        raise InvalidOperationException("Sequence contains more than one element")
    return found


def _only_match(source: Any, predicate: Function) -> Any:
    """The only element that passes, or MISSING. Raises InvalidOperationException for more than one."""
    items = filter(predicate, elements(source))
    found = next(items, MISSING)
    if found is not MISSING and next(items, MISSING) is not MISSING:
        raise InvalidOperationException("Sequence contains more than one matching element")
    return found


@ENUMERABLE.method("TSource First<TSource>(this IEnumerable<TSource> source)")
def first(source: Any) -> Any:
    """The first element. Raises InvalidOperationException."""
    if source is None:
        raise missing(source=source)
    found = _first(source)
    if found is MISSING:
        raise no_elements()
    return found


@ENUMERABLE.method("TSource First<TSource>(this IEnumerable<TSource> source, Func<TSource, bool> predicate)")
def first_match(source: Any, predicate: Function | None) -> Any:
    """The first element that passes. Raises InvalidOperationException."""
    if source is None or predicate is None:
        raise missing(source=source, predicate=predicate)
    for item in filter(predicate, elements(source)):
        return item
    raise no_match()


@ENUMERABLE.method("TSource FirstOrDefault<TSource>(this IEnumerable<TSource> source)", wants_types=True)
def first_or_default(types: Types, source: Any) -> Any:
    """The first element, or default(TSource)."""
    if source is None:
        raise missing(source=source)
    found = _first(source)
    return default_of(types[0]) if found is MISSING else found


@ENUMERABLE.method(
    "TSource FirstOrDefault<TSource>(this IEnumerable<TSource> source, Func<TSource, bool> predicate)",
    wants_types=True,
)
def first_match_or_default(types: Types, source: Any, predicate: Function | None) -> Any:
    """The first element that passes, or default(TSource)."""
    if source is None or predicate is None:
        raise missing(source=source, predicate=predicate)
    for item in filter(predicate, elements(source)):
        return item
    return default_of(types[0])


@ENUMERABLE.method("TSource Last<TSource>(this IEnumerable<TSource> source)")
def last(source: Any) -> Any:
    """The last element. Raises InvalidOperationException."""
    if source is None:
        raise missing(source=source)
    found = _last(source)
    if found is MISSING:
        raise no_elements()
    return found


@ENUMERABLE.method("TSource Last<TSource>(this IEnumerable<TSource> source, Func<TSource, bool> predicate)")
def last_match(source: Any, predicate: Function | None) -> Any:
    """The last element that passes. Raises InvalidOperationException."""
    if source is None or predicate is None:
        raise missing(source=source, predicate=predicate)
    found = _last_match(source, predicate)
    if found is MISSING:
        raise no_match()
    return found


@ENUMERABLE.method("TSource LastOrDefault<TSource>(this IEnumerable<TSource> source)", wants_types=True)
def last_or_default(types: Types, source: Any) -> Any:
    """The last element, or default(TSource)."""
    if source is None:
        raise missing(source=source)
    found = _last(source)
    return default_of(types[0]) if found is MISSING else found


@ENUMERABLE.method(
    "TSource LastOrDefault<TSource>(this IEnumerable<TSource> source, Func<TSource, bool> predicate)",
    wants_types=True,
)
def last_match_or_default(types: Types, source: Any, predicate: Function | None) -> Any:
    """The last element that passes, or default(TSource)."""
    if source is None or predicate is None:
        raise missing(source=source, predicate=predicate)
    found = _last_match(source, predicate)
    return default_of(types[0]) if found is MISSING else found


@ENUMERABLE.method("TSource Single<TSource>(this IEnumerable<TSource> source)")
def single(source: Any) -> Any:
    """The only element. Raises InvalidOperationException."""
    if source is None:
        raise missing(source=source)
    found = _only(source)
    if found is MISSING:
        raise no_elements()
    return found


@ENUMERABLE.method("TSource Single<TSource>(this IEnumerable<TSource> source, Func<TSource, bool> predicate)")
def single_match(source: Any, predicate: Function | None) -> Any:
    """The only element that passes. Raises InvalidOperationException."""
    if source is None or predicate is None:
        raise missing(source=source, predicate=predicate)
    found = _only_match(source, predicate)
    if found is MISSING:
        raise no_match()
    return found


@ENUMERABLE.method("TSource SingleOrDefault<TSource>(this IEnumerable<TSource> source)", wants_types=True)
def single_or_default(types: Types, source: Any) -> Any:
    """The only element, or default(TSource). Raises InvalidOperationException for more than one."""
    if source is None:
        raise missing(source=source)
    found = _only(source)
    return default_of(types[0]) if found is MISSING else found


@ENUMERABLE.method(
    "TSource SingleOrDefault<TSource>(this IEnumerable<TSource> source, Func<TSource, bool> predicate)",
    wants_types=True,
)
def single_match_or_default(types: Types, source: Any, predicate: Function | None) -> Any:
    """The only element that passes, or default(TSource). Raises InvalidOperationException for two."""
    if source is None or predicate is None:
        raise missing(source=source, predicate=predicate)
    found = _only_match(source, predicate)
    return default_of(types[0]) if found is MISSING else found


def _at(source: Any, index: int) -> Any:
    """The element at a place, or MISSING."""
    if index < 0:
        return MISSING
    found = view(source)
    if found is not None:
        return found[index] if index < len(found) else MISSING
    for at, item in enumerate(elements(source)):
        if at == index:
            return item
    return MISSING


@ENUMERABLE.method("TSource ElementAt<TSource>(this IEnumerable<TSource> source, int index)")
def element_at(source: Any, index: int) -> Any:
    """The element at a place. Raises ArgumentOutOfRangeException."""
    if source is None:
        raise missing(source=source)
    if isinstance(source, _LISTS):
        return list_element(source, index)
    found = _at(source, index)
    if found is MISSING:
        raise out_of_range("index")
    return found


@ENUMERABLE.method(
    "TSource ElementAtOrDefault<TSource>(this IEnumerable<TSource> source, int index)", wants_types=True
)
def element_at_or_default(types: Types, source: Any, index: int) -> Any:
    """The element at a place, or default(TSource)."""
    if source is None:
        raise missing(source=source)
    found = _at(source, index)
    return default_of(types[0]) if found is MISSING else found


@ENUMERABLE.method("bool Any<TSource>(this IEnumerable<TSource> source)")
def has_any(source: Any) -> bool:
    """Whether there is an element."""
    if source is None:
        raise missing(source=source)
    if isinstance(source, _COLLECTIONS):
        return len(source) > 0
    return next(elements(source), MISSING) is not MISSING


@ENUMERABLE.method("bool Any<TSource>(this IEnumerable<TSource> source, Func<TSource, bool> predicate)")
def any_match(source: Any, predicate: Function | None) -> bool:
    """Whether an element passes."""
    if source is None or predicate is None:
        raise missing(source=source, predicate=predicate)
    return any(map(predicate, elements(source)))


@ENUMERABLE.method("bool All<TSource>(this IEnumerable<TSource> source, Func<TSource, bool> predicate)")
def all_match(source: Any, predicate: Function | None) -> bool:
    """Whether every element passes."""
    if source is None or predicate is None:
        raise missing(source=source, predicate=predicate)
    return all(map(predicate, elements(source)))


@ENUMERABLE.method("int Count<TSource>(this IEnumerable<TSource> source)")
def count(source: Any) -> int:
    """How many elements there are."""
    if source is None:
        raise missing(source=source)
    if isinstance(source, (*_COLLECTIONS, str)):
        return len(source)
    found = view(source)
    if found is not None and is_plain(found):
        return len(found)
    return sum(1 for _ in elements(source))


@ENUMERABLE.method("int Count<TSource>(this IEnumerable<TSource> source, Func<TSource, bool> predicate)")
def count_matches(source: Any, predicate: Function | None) -> int:
    """How many elements pass."""
    if source is None or predicate is None:
        raise missing(source=source, predicate=predicate)
    return sum(map(predicate, elements(source)))


@ENUMERABLE.method("long LongCount<TSource>(this IEnumerable<TSource> source)")
def long_count(source: Any) -> Int64:
    """How many elements there are, as a long."""
    return Int64(count(source))


@ENUMERABLE.method("long LongCount<TSource>(this IEnumerable<TSource> source, Func<TSource, bool> predicate)")
def long_count_matches(source: Any, predicate: Function | None) -> Int64:
    """How many elements pass, as a long."""
    return Int64(count_matches(source, predicate))


@ENUMERABLE.method("bool Contains<TSource>(this IEnumerable<TSource> source, TSource value)")
def contains(source: Any, value: Any) -> bool:
    """Whether an element equals `value`; a collection says so itself, by its own comparer."""
    if source is None:
        raise missing(source=source)
    if isinstance(source, _COLLECTIONS):
        return collection_contains(source, value)
    same = equality_of(None)
    return any(same(item, value) for item in elements(source))


@ENUMERABLE.method(
    "bool Contains<TSource>("
    "this IEnumerable<TSource> source, TSource value, IEqualityComparer<TSource> comparer)"
)
def contains_by(source: Any, value: Any, comparer: Any) -> bool:
    """Whether an element equals `value`, by a comparer."""
    if source is None:
        raise missing(source=source)
    same = equality_of(comparer)
    return any(same(item, value) for item in elements(source))


@ENUMERABLE.method(
    "bool SequenceEqual<TSource>(this IEnumerable<TSource> first, IEnumerable<TSource> second)"
)
def sequence_equal(first: Any, second: Any) -> bool:
    """Whether both have equal elements in the same order."""
    return sequence_equal_by(first, second, None)


@ENUMERABLE.method(
    "bool SequenceEqual<TSource>(this IEnumerable<TSource> first, IEnumerable<TSource> second, "
    "IEqualityComparer<TSource> comparer)"
)
def sequence_equal_by(first: Any, second: Any, comparer: Any) -> bool:
    """Whether both have equal elements in the same order, by a comparer."""
    if first is None or second is None:
        raise missing(first=first, second=second)
    if isinstance(first, _COLLECTIONS) and isinstance(second, _COLLECTIONS) and len(first) != len(second):
        return False
    same = equality_of(comparer)
    others = elements(second)
    for item in elements(first):
        other = next(others, MISSING)
        if other is MISSING or not same(item, other):
            return False
    return next(others, MISSING) is MISSING


@ENUMERABLE.method(
    "TSource Aggregate<TSource>(this IEnumerable<TSource> source, Func<TSource, TSource, TSource> func)"
)
def aggregate(source: Any, func: Function | None) -> Any:
    """All elements folded into one. Raises InvalidOperationException where there is none."""
    if source is None or func is None:
        raise missing(source=source, func=func)
    items = elements(source)
    start = next(items, MISSING)
    if start is MISSING:
        raise no_elements()
    return reduce(func, items, start)


@ENUMERABLE.method(
    "TAccumulate Aggregate<TSource, TAccumulate>(this IEnumerable<TSource> source, TAccumulate seed, "
    "Func<TAccumulate, TSource, TAccumulate> func)"
)
def aggregate_from(source: Any, seed: Any, func: Function | None) -> Any:
    """All elements folded into a seed."""
    if source is None or func is None:
        raise missing(source=source, func=func)
    return reduce(func, elements(source), seed)


@ENUMERABLE.method(
    "TResult Aggregate<TSource, TAccumulate, TResult>(this IEnumerable<TSource> source, TAccumulate seed, "
    "Func<TAccumulate, TSource, TAccumulate> func, Func<TAccumulate, TResult> resultSelector)"
)
def aggregate_into(source: Any, seed: Any, func: Function | None, result_selector: Function | None) -> Any:
    """All elements folded into a seed, and what is made of that."""
    if source is None or func is None or result_selector is None:
        raise missing(source=source, func=func, result_selector=result_selector)
    return result_selector(reduce(func, elements(source), seed))
