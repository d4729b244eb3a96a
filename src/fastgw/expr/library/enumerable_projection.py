"""Enumerable: what makes other sequences of sequences, element by element: Where, Select, Zip, Concat, ..."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from fastgw.expr.library.collections_elements import LazySequence, Sequence, collect, elements
from fastgw.expr.library.core import ENUMERABLE_OF
from fastgw.expr.library.enumerable import ENUMERABLE, Function, Types, mapped, missing
from fastgw.expr.runtime.casts import caster
from fastgw.expr.runtime.defaults import default_of
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.tuples import ValueTuple
from fastgw.expr.runtime.type_tests import tester
from fastgw.expr.types import NamedType, TupleType, Type


@ENUMERABLE.method(
    "IEnumerable<TSource> Where<TSource>(this IEnumerable<TSource> source, Func<TSource, bool> predicate)",
    wants_types=True,
)
def where(types: Types, source: Any, predicate: Function | None) -> Sequence:
    """The elements that pass."""
    if source is None or predicate is None:
        raise missing(source=source, predicate=predicate)
    test = predicate
    return Sequence(types[0], lambda: filter(test, elements(source)), source)


@ENUMERABLE.method(
    "IEnumerable<TSource> Where<TSource>("
    "this IEnumerable<TSource> source, Func<TSource, int, bool> predicate)",
    wants_types=True,
)
def where_at(types: Types, source: Any, predicate: Function | None) -> Sequence:
    """The elements that pass, judged with their place."""
    if source is None or predicate is None:
        raise missing(source=source, predicate=predicate)
    test = predicate

    def start() -> Iterator[Any]:
        return (item for at, item in enumerate(elements(source)) if test(item, at))

    return Sequence(types[0], start, source)


@ENUMERABLE.method(
    "IEnumerable<TResult> Select<TSource, TResult>("
    "this IEnumerable<TSource> source, Func<TSource, TResult> selector)",
    wants_types=True,
)
def select(types: Types, source: Any, selector: Function | None) -> Sequence:
    """What the selector makes of each element."""
    if source is None or selector is None:
        raise missing(source=source, selector=selector)
    return mapped(types[1], source, selector)


@ENUMERABLE.method(
    "IEnumerable<TResult> Select<TSource, TResult>("
    "this IEnumerable<TSource> source, Func<TSource, int, TResult> selector)",
    wants_types=True,
)
def select_at(types: Types, source: Any, selector: Function | None) -> Sequence:
    """What the selector makes of each element and its place."""
    if source is None or selector is None:
        raise missing(source=source, selector=selector)
    make = selector
    return Sequence(types[1], lambda: map(make, elements(source), itertools.count()), source)


@ENUMERABLE.method(
    "IEnumerable<TResult> SelectMany<TSource, TResult>("
    "this IEnumerable<TSource> source, Func<TSource, IEnumerable<TResult>> selector)",
    wants_types=True,
)
def select_many(types: Types, source: Any, selector: Function | None) -> Sequence:
    """All elements of what the selector gives for each."""
    if source is None or selector is None:
        raise missing(source=source, selector=selector)
    make = selector

    def start() -> Iterator[Any]:
        for item in elements(source):
            yield from elements(make(item))

    return Sequence(types[1], start, source)


@ENUMERABLE.method(
    "IEnumerable<TResult> SelectMany<TSource, TResult>("
    "this IEnumerable<TSource> source, Func<TSource, int, IEnumerable<TResult>> selector)",
    wants_types=True,
)
def select_many_at(types: Types, source: Any, selector: Function | None) -> Sequence:
    """All elements of what the selector gives for each and its place."""
    if source is None or selector is None:
        raise missing(source=source, selector=selector)
    make = selector

    def start() -> Iterator[Any]:
        for at, item in enumerate(elements(source)):
            yield from elements(make(item, at))

    return Sequence(types[1], start, source)


@ENUMERABLE.method(
    "IEnumerable<TResult> SelectMany<TSource, TCollection, TResult>("
    "this IEnumerable<TSource> source, Func<TSource, IEnumerable<TCollection>> collectionSelector, "
    "Func<TSource, TCollection, TResult> resultSelector)",
    wants_types=True,
)
def select_many_pairs(
    types: Types, source: Any, collection_selector: Function | None, result_selector: Function | None
) -> Sequence:
    """The result of each element with each element of what it leads to."""
    if source is None or collection_selector is None or result_selector is None:
        raise missing(source=source, collection_selector=collection_selector, result_selector=result_selector)
    collection, result = collection_selector, result_selector

    def start() -> Iterator[Any]:
        for item in elements(source):
            for inner in elements(collection(item)):
                yield result(item, inner)

    return Sequence(types[2], start, source)


@ENUMERABLE.method(
    "IEnumerable<TResult> SelectMany<TSource, TCollection, TResult>("
    "this IEnumerable<TSource> source, Func<TSource, int, IEnumerable<TCollection>> collectionSelector, "
    "Func<TSource, TCollection, TResult> resultSelector)",
    wants_types=True,
)
def select_many_pairs_at(
    types: Types, source: Any, collection_selector: Function | None, result_selector: Function | None
) -> Sequence:
    """The same, where the place of the element counts too."""
    if source is None or collection_selector is None or result_selector is None:
        raise missing(source=source, collection_selector=collection_selector, result_selector=result_selector)
    collection, result = collection_selector, result_selector

    def start() -> Iterator[Any]:
        for at, item in enumerate(elements(source)):
            for inner in elements(collection(item, at)):
                yield result(item, inner)

    return Sequence(types[2], start, source)


@ENUMERABLE.method("IEnumerable<TResult> OfType<TResult>(this IEnumerable source)", wants_types=True)
def of_type(types: Types, source: Any) -> Sequence:
    """The elements of a type."""
    if source is None:
        raise missing(source=source)
    test = tester(types[0])
    return Sequence(types[0], lambda: filter(test, elements(source)), source)


@ENUMERABLE.method("IEnumerable<TResult> Cast<TResult>(this IEnumerable source)", wants_types=True)
def cast(types: Types, source: Any) -> Any:
    """All elements, cast to a type: InvalidCastException or NullReferenceException where one is not of it."""
    if source is None:
        raise missing(source=source)
    if tester(NamedType(ENUMERABLE_OF.definition, types))(source):
        return source
    return mapped(types[0], source, caster(types[0]))


@ENUMERABLE.method(
    "IEnumerable<TResult> Zip<TFirst, TSecond, TResult>(this IEnumerable<TFirst> first, "
    "IEnumerable<TSecond> second, Func<TFirst, TSecond, TResult> resultSelector)",
    wants_types=True,
)
def zip_with(types: Types, first: Any, second: Any, result_selector: Function | None) -> Sequence:
    """The results of elements at the same place, as far as both sequences go."""
    if first is None or second is None or result_selector is None:
        raise missing(first=first, second=second, result_selector=result_selector)
    make = result_selector
    return Sequence(types[2], lambda: map(make, elements(first), elements(second)), first, second)


@ENUMERABLE.method(
    "IEnumerable<(TFirst First, TSecond Second)> Zip<TFirst, TSecond>("
    "this IEnumerable<TFirst> first, IEnumerable<TSecond> second)",
    wants_types=True,
)
def zip_tuples(types: Types, first: Any, second: Any) -> Sequence:
    """Tuples of the elements at the same place, as far as both sequences go."""
    if first is None or second is None:
        raise missing(first=first, second=second)
    pair = TupleType(types, ("First", "Second"))

    def start() -> Iterator[Any]:
        both = zip(elements(first), elements(second), strict=False)
        return (ValueTuple(parts, pair) for parts in both)

    return Sequence(pair, start, first, second)


class _Chain(LazySequence):
    """Sequences one after the other; `parts` are linked, the last one first.

    Concat, Append and Prepend of one another make one flat chain, however often.
    """

    __slots__ = ("first", "last")

    def __init__(self, element: Type, first: Any, last: Any, *sources: Any) -> None:
        """`first` and `last` are linked lists: (part, rest) or None, of what comes before and behind."""
        super().__init__(element, *sources)
        self.first = first
        self.last = last

    def start(self) -> Iterator[Any]:
        """Begin an enumeration."""
        link = self.first
        while link is not None:
            one, link = link
            yield from self._each(one)
        behind = []
        link = self.last
        while link is not None:
            one, link = link
            behind.append(one)
        for one in reversed(behind):
            yield from self._each(one)

    @staticmethod
    def _each(one: Any) -> Iterator[Any]:
        # A tuple holds one element; anything else is a sequence.
        if type(one) is tuple:
            meter.spend()
            return iter(one)
        return elements(one)


def _chain(element: Type, source: Any, before: Any = None, behind: Any = None, added: Any = None) -> _Chain:
    """`source` with a part more before or behind it; `added` is the part, if it is a sequence."""
    if not isinstance(source, _Chain):
        source = _Chain(element, (source, None), None, source)
    chain = _Chain(
        element,
        source.first if before is None else (before, source.first),
        source.last if behind is None else (behind, source.last),
        added,
    )
    # The chain stays flat: it is no deeper than the one it continues.
    chain.depth = max(chain.depth, source.depth)
    return chain


@ENUMERABLE.method(
    "IEnumerable<TSource> Concat<TSource>(this IEnumerable<TSource> first, IEnumerable<TSource> second)",
    wants_types=True,
)
def concat(types: Types, first: Any, second: Any) -> LazySequence:
    """All of the first, then all of the second."""
    if first is None or second is None:
        raise missing(first=first, second=second)
    return _chain(types[0], first, behind=second, added=second)


@ENUMERABLE.method(
    "IEnumerable<TSource> Append<TSource>(this IEnumerable<TSource> source, TSource element)",
    wants_types=True,
)
def append(types: Types, source: Any, element: Any) -> LazySequence:
    """One element more at the end."""
    if source is None:
        raise missing(source=source)
    return _chain(types[0], source, behind=(element,))


@ENUMERABLE.method(
    "IEnumerable<TSource> Prepend<TSource>(this IEnumerable<TSource> source, TSource element)",
    wants_types=True,
)
def prepend(types: Types, source: Any, element: Any) -> LazySequence:
    """One element more at the beginning."""
    if source is None:
        raise missing(source=source)
    return _chain(types[0], source, before=(element,))


@ENUMERABLE.method(
    "IEnumerable<TSource> Reverse<TSource>(this IEnumerable<TSource> source)", wants_types=True
)
def reverse(types: Types, source: Any) -> Sequence:
    """From the last element to the first."""
    if source is None:
        raise missing(source=source)

    def start() -> Iterator[Any]:
        yield from reversed(collect(source))

    return Sequence(types[0], start, source)


@ENUMERABLE.method(
    "IEnumerable<TSource> DefaultIfEmpty<TSource>(this IEnumerable<TSource> source)", wants_types=True
)
def default_if_empty(types: Types, source: Any) -> Sequence:
    """default(TSource) where there is nothing."""
    return or_default(types, source, default_of(types[0]))


@ENUMERABLE.method(
    "IEnumerable<TSource> DefaultIfEmpty<TSource>(this IEnumerable<TSource> source, TSource defaultValue)",
    wants_types=True,
)
def or_default(types: Types, source: Any, default_value: Any) -> Sequence:
    """A given element where there is nothing."""
    if source is None:
        raise missing(source=source)

    def start() -> Iterator[Any]:
        is_empty = True
        for item in elements(source):
            is_empty = False
            yield item
        if is_empty:
            yield default_value

    return Sequence(types[0], start, source)


@ENUMERABLE.method("IEnumerable<TSource> AsEnumerable<TSource>(this IEnumerable<TSource> source)")
def as_enumerable(source: Any) -> Any:
    """The source itself."""
    return source
