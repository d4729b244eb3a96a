"""Enumerable: Distinct, Union, Except and Intersect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from fastgw.expr.library.collections_comparers import keys_of
from fastgw.expr.library.collections_elements import Sequence, add_key, elements, key_set
from fastgw.expr.library.enumerable import ENUMERABLE, Types, missing

Key = Callable[[Any], Any] | None


def _unseen(items: Iterator[Any], make: Key, seen: set[Any]) -> Iterator[Any]:
    """The elements whose keys come up for the first time."""
    for item in items:
        key = item if make is None else make(item)
        if key not in seen:
            add_key(seen, key)
            yield item


@ENUMERABLE.method(
    "IEnumerable<TSource> Distinct<TSource>(this IEnumerable<TSource> source)", wants_types=True
)
def distinct(types: Types, source: Any) -> Sequence:
    """Each element once, the first of equal ones."""
    return distinct_by(types, source, None)


@ENUMERABLE.method(
    "IEnumerable<TSource> Distinct<TSource>("
    "this IEnumerable<TSource> source, IEqualityComparer<TSource> comparer)",
    wants_types=True,
)
def distinct_by(types: Types, source: Any, comparer: Any) -> Sequence:
    """Each element once, by a comparer."""
    if source is None:
        raise missing(source=source)
    make = keys_of(types[0], comparer)
    return Sequence(types[0], lambda: _unseen(elements(source), make, set()), source)


def union(types: Types, first: Any, second: Any, comparer: Any = None) -> Sequence:
    """What is in either, once."""
    if first is None or second is None:
        raise missing(first=first, second=second)
    make = keys_of(types[0], comparer)

    def start() -> Iterator[Any]:
        # The second is not begun before the first has ended.
        both = chain.from_iterable(elements(one) for one in (first, second))
        return _unseen(both, make, set())

    return Sequence(types[0], start, first, second)


def except_(types: Types, first: Any, second: Any, comparer: Any = None) -> Sequence:
    """What is in the first and not in the second, once."""
    if first is None or second is None:
        raise missing(first=first, second=second)
    make = keys_of(types[0], comparer)

    def start() -> Iterator[Any]:
        yield from _unseen(elements(first), make, key_set(second, make))

    return Sequence(types[0], start, first, second)


def intersect(types: Types, first: Any, second: Any, comparer: Any = None) -> Sequence:
    """What is in both, once."""
    if first is None or second is None:
        raise missing(first=first, second=second)
    make = keys_of(types[0], comparer)

    def start() -> Iterator[Any]:
        left = key_set(second, make)
        for item in elements(first):
            key = item if make is None else make(item)
            if key in left:
                left.remove(key)
                yield item

    return Sequence(types[0], start, first, second)


for _name, _function in (("Union", union), ("Except", except_), ("Intersect", intersect)):
    _head = (
        f"IEnumerable<TSource> {_name}<TSource>(this IEnumerable<TSource> first, IEnumerable<TSource> second"
    )
    ENUMERABLE.method(f"{_head})", wants_types=True)(_function)
    ENUMERABLE.method(f"{_head}, IEqualityComparer<TSource> comparer)", wants_types=True)(_function)
