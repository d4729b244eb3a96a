"""Enumerable: Skip and Take in all their forms; Range, Repeat, Empty."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import dropwhile, takewhile
from typing import Any

from fastgw.expr.library.collections_elements import Sequence, between, collect, elements, reserve_for
from fastgw.expr.library.core import INT32
from fastgw.expr.library.enumerable import (
    ENUMERABLE,
    MOST,
    Function,
    RepeatedView,
    Types,
    missing,
    out_of_range,
    part,
)


@ENUMERABLE.method(
    "IEnumerable<TSource> Skip<TSource>(this IEnumerable<TSource> source, int count)", wants_types=True
)
def skip(types: Types, source: Any, count: int) -> Sequence:
    """All but the first `count`."""
    if source is None:
        raise missing(source=source)
    return part(types[0], source, max(count, 0), MOST)


@ENUMERABLE.method(
    "IEnumerable<TSource> Take<TSource>(this IEnumerable<TSource> source, int count)", wants_types=True
)
def take(types: Types, source: Any, count: int) -> Sequence:
    """The first `count`."""
    if source is None:
        raise missing(source=source)
    return part(types[0], source, 0, max(count, 0))


@ENUMERABLE.method(
    "IEnumerable<TSource> SkipLast<TSource>(this IEnumerable<TSource> source, int count)", wants_types=True
)
def skip_last(types: Types, source: Any, count: int) -> Sequence:
    """All but the last `count`."""
    if source is None:
        raise missing(source=source)
    if count <= 0:
        return part(types[0], source, 0, MOST)

    def start() -> Iterator[Any]:
        held: deque[Any] = deque()
        for item in elements(source):
            held.append(item)
            if len(held) > count:
                yield held.popleft()
            else:
                reserve_for(len(held))

    return Sequence(types[0], start, source)


@ENUMERABLE.method(
    "IEnumerable<TSource> TakeLast<TSource>(this IEnumerable<TSource> source, int count)", wants_types=True
)
def take_last(types: Types, source: Any, count: int) -> Sequence:
    """The last `count`."""
    if source is None:
        raise missing(source=source)

    def start() -> Iterator[Any]:
        if count > 0:
            yield from collect(source)[-count:]

    return Sequence(types[0], start, source)


@ENUMERABLE.method(
    "IEnumerable<TSource> SkipWhile<TSource>("
    "this IEnumerable<TSource> source, Func<TSource, bool> predicate)",
    wants_types=True,
)
def skip_while(types: Types, source: Any, predicate: Function | None) -> Sequence:
    """From the first element on that does not pass."""
    if source is None or predicate is None:
        raise missing(source=source, predicate=predicate)
    test = predicate
    return Sequence(types[0], lambda: dropwhile(test, elements(source)), source)


@ENUMERABLE.method(
    "IEnumerable<TSource> SkipWhile<TSource>("
    "this IEnumerable<TSource> source, Func<TSource, int, bool> predicate)",
    wants_types=True,
)
def skip_while_at(types: Types, source: Any, predicate: Function | None) -> Sequence:
    """From the first element on that does not pass, judged with its place."""
    if source is None or predicate is None:
        raise missing(source=source, predicate=predicate)
    test = predicate

    def start() -> Iterator[Any]:
        rest = elements(source)
        for at, item in enumerate(rest):
            if not test(item, at):
                yield item
                yield from rest

    return Sequence(types[0], start, source)


@ENUMERABLE.method(
    "IEnumerable<TSource> TakeWhile<TSource>("
    "this IEnumerable<TSource> source, Func<TSource, bool> predicate)",
    wants_types=True,
)
def take_while(types: Types, source: Any, predicate: Function | None) -> Sequence:
    """Up to the first element that does not pass."""
    if source is None or predicate is None:
        raise missing(source=source, predicate=predicate)
    test = predicate
    return Sequence(types[0], lambda: takewhile(test, elements(source)), source)


@ENUMERABLE.method(
    "IEnumerable<TSource> TakeWhile<TSource>("
    "this IEnumerable<TSource> source, Func<TSource, int, bool> predicate)",
    wants_types=True,
)
def take_while_at(types: Types, source: Any, predicate: Function | None) -> Sequence:
    """Up to the first element that does not pass, judged with its place."""
    if source is None or predicate is None:
        raise missing(source=source, predicate=predicate)
    test = predicate

    def start() -> Iterator[Any]:
        for at, item in enumerate(elements(source)):
            if not test(item, at):
                return
            yield item

    return Sequence(types[0], start, source)


@ENUMERABLE.method("static IEnumerable<int> Range(int start, int count)")
def range_of(start: int, count: int) -> Sequence:
    """`count` numbers from `start` on. Raises ArgumentOutOfRangeException."""
    if count < 0 or start + count - 1 > MOST:
        raise out_of_range("count")
    numbers = range(start, start + count)
    return Sequence(INT32.type, lambda: between(numbers, 0, count), indexed=lambda: numbers)


@ENUMERABLE.method(
    "static IEnumerable<TResult> Repeat<TResult>(TResult element, int count)", wants_types=True
)
def repeat(types: Types, element: Any, count: int) -> Sequence:
    """The same element `count` times. Raises ArgumentOutOfRangeException."""
    if count < 0:
        raise out_of_range("count")
    repeated = RepeatedView(element, count)
    return Sequence(types[0], lambda: between(repeated, 0, count), indexed=lambda: repeated)


@ENUMERABLE.method("static IEnumerable<TResult> Empty<TResult>()", wants_types=True)
def empty(types: Types) -> Sequence:
    """Nothing."""
    return Sequence(types[0], lambda: iter(()), indexed=list)
