"""Enumerable: GroupBy, ToLookup, Join and GroupJoin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastgw.expr.library.collections_elements import Sequence, elements
from fastgw.expr.library.collections_protocol import MISSING
from fastgw.expr.library.enumerable import ENUMERABLE, Function, Types, missing
from fastgw.expr.library.grouping import GROUPING, Lookup, grouped, joinable
from fastgw.expr.runtime.meter import meter
from fastgw.expr.types import NamedType

_SOURCE = "this IEnumerable<TSource> source, Func<TSource, TKey> keySelector"
_ELEMENT = "Func<TSource, TElement> elementSelector"
_COMPARER = "IEqualityComparer<TKey> comparer"


def _groups(types: Types, source: Any, key: Function, element: Function | None, comparer: Any) -> Sequence:
    parts = (types[1], types[0] if element is None else types[2])
    grouping = NamedType(GROUPING.definition, parts)

    def start() -> Iterator[Any]:
        yield from grouped(parts, source, key, element, comparer)

    return Sequence(grouping, start, source)


def _results(
    types: Types, source: Any, key: Function, element: Function | None, result: Function, comparer: Any
) -> Sequence:
    parts = (types[1], types[0] if element is None else types[2])

    def start() -> Iterator[Any]:
        for group in grouped(parts, source, key, element, comparer):
            yield result(group.key, group)

    return Sequence(types[-1], start, source)


def group_by(types: Types, source: Any, key_selector: Function | None, comparer: Any = None) -> Sequence:
    """Groups of elements with equal keys, in the order in which the keys come up."""
    if source is None or key_selector is None:
        raise missing(source=source, key_selector=key_selector)
    return _groups(types, source, key_selector, None, comparer)


def group_elements_by(
    types: Types,
    source: Any,
    key_selector: Function | None,
    element_selector: Function | None,
    comparer: Any = None,
) -> Sequence:
    """The same; the groups hold what is made of the elements."""
    if source is None or key_selector is None or element_selector is None:
        raise missing(source=source, key_selector=key_selector, element_selector=element_selector)
    return _groups(types, source, key_selector, element_selector, comparer)


def group_into(
    types: Types,
    source: Any,
    key_selector: Function | None,
    result_selector: Function | None,
    comparer: Any = None,
) -> Sequence:
    """What is made of each key and its group."""
    if source is None or key_selector is None or result_selector is None:
        raise missing(source=source, key_selector=key_selector, result_selector=result_selector)
    return _results(types, source, key_selector, None, result_selector, comparer)


def group_elements_into(
    types: Types,
    source: Any,
    key_selector: Function | None,
    element_selector: Function | None,
    result_selector: Function | None,
    comparer: Any = None,
) -> Sequence:
    """What is made of each key and its group, which holds what is made of the elements."""
    if source is None or key_selector is None or element_selector is None or result_selector is None:
        raise missing(
            source=source,
            key_selector=key_selector,
            element_selector=element_selector,
            result_selector=result_selector,
        )
    return _results(types, source, key_selector, element_selector, result_selector, comparer)


def to_lookup(types: Types, source: Any, key_selector: Function | None, comparer: Any = None) -> Lookup:
    """The groups at once, to look up by key."""
    if source is None or key_selector is None:
        raise missing(source=source, key_selector=key_selector)
    return grouped((types[1], types[0]), source, key_selector, None, comparer)


def to_lookup_of(
    types: Types,
    source: Any,
    key_selector: Function | None,
    element_selector: Function | None,
    comparer: Any = None,
) -> Lookup:
    """The same; the groups hold what is made of the elements."""
    if source is None or key_selector is None or element_selector is None:
        raise missing(source=source, key_selector=key_selector, element_selector=element_selector)
    return grouped((types[1], types[2]), source, key_selector, element_selector, comparer)


for _head, _function in (
    (f"IEnumerable<IGrouping<TKey, TSource>> GroupBy<TSource, TKey>({_SOURCE}", group_by),
    (
        f"IEnumerable<IGrouping<TKey, TElement>> GroupBy<TSource, TKey, TElement>({_SOURCE}, {_ELEMENT}",
        group_elements_by,
    ),
    (
        f"IEnumerable<TResult> GroupBy<TSource, TKey, TResult>({_SOURCE}, "
        "Func<TKey, IEnumerable<TSource>, TResult> resultSelector",
        group_into,
    ),
    (
        f"IEnumerable<TResult> GroupBy<TSource, TKey, TElement, TResult>({_SOURCE}, {_ELEMENT}, "
        "Func<TKey, IEnumerable<TElement>, TResult> resultSelector",
        group_elements_into,
    ),
    (f"ILookup<TKey, TSource> ToLookup<TSource, TKey>({_SOURCE}", to_lookup),
    (f"ILookup<TKey, TElement> ToLookup<TSource, TKey, TElement>({_SOURCE}, {_ELEMENT}", to_lookup_of),
):
    ENUMERABLE.method(f"{_head})", wants_types=True)(_function)
    ENUMERABLE.method(f"{_head}, {_COMPARER})", wants_types=True)(_function)


def join(
    types: Types,
    outer: Any,
    inner: Any,
    outer_key_selector: Function | None,
    inner_key_selector: Function | None,
    result_selector: Function | None,
    comparer: Any = None,
) -> Sequence:
    """The results of all pairs with equal keys, in the order of the outer elements."""
    checked = _checked(outer, inner, outer_key_selector, inner_key_selector, result_selector)
    outer_key, inner_key, result = checked

    def start() -> Iterator[Any]:
        items = elements(outer)
        item = next(items, MISSING)
        if item is MISSING:
            return
        lookup = joinable((types[2], types[1]), inner, inner_key, comparer)
        while item is not MISSING:
            key = outer_key(item)
            if key is not None:
                for other in lookup.find(key):
                    meter.spend()
                    yield result(item, other)
            item = next(items, MISSING)

    return Sequence(types[3], start, outer, inner)


def group_join(
    types: Types,
    outer: Any,
    inner: Any,
    outer_key_selector: Function | None,
    inner_key_selector: Function | None,
    result_selector: Function | None,
    comparer: Any = None,
) -> Sequence:
    """The result of each outer element with all inner elements of an equal key."""
    checked = _checked(outer, inner, outer_key_selector, inner_key_selector, result_selector)
    outer_key, inner_key, result = checked

    def start() -> Iterator[Any]:
        items = elements(outer)
        item = next(items, MISSING)
        if item is MISSING:
            return
        lookup = joinable((types[2], types[1]), inner, inner_key, comparer)
        while item is not MISSING:
            yield result(item, lookup.find(outer_key(item)))
            item = next(items, MISSING)

    return Sequence(types[3], start, outer, inner)


def _checked(
    outer: Any,
    inner: Any,
    outer_key_selector: Function | None,
    inner_key_selector: Function | None,
    result_selector: Function | None,
) -> tuple[Function, Function, Function]:
    if (
        outer is None
        or inner is None
        or outer_key_selector is None
        or inner_key_selector is None
        or result_selector is None
    ):
        raise missing(
            outer=outer,
            inner=inner,
            outer_key_selector=outer_key_selector,
            inner_key_selector=inner_key_selector,
            result_selector=result_selector,
        )
    return outer_key_selector, inner_key_selector, result_selector


for _name, _second, _join in (
    ("Join", "TInner", join),
    ("GroupJoin", "IEnumerable<TInner>", group_join),
):
    _head = (
        f"IEnumerable<TResult> {_name}<TOuter, TInner, TKey, TResult>("
        "this IEnumerable<TOuter> outer, IEnumerable<TInner> inner, Func<TOuter, TKey> outerKeySelector, "
        f"Func<TInner, TKey> innerKeySelector, Func<TOuter, {_second}, TResult> resultSelector"
    )
    ENUMERABLE.method(f"{_head})", wants_types=True)(_join)
    ENUMERABLE.method(f"{_head}, {_COMPARER})", wants_types=True)(_join)
