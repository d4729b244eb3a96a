"""Enumerable: Sum, Average, Min and Max, for numbers, for nullable numbers and through selectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from fastgw.expr.library.collections_elements import elements
from fastgw.expr.library.collections_protocol import MISSING
from fastgw.expr.library.enumerable import ENUMERABLE, Function, Types, missing, no_elements
from fastgw.expr.runtime.arithmetic import INTEGRALS, to_single
from fastgw.expr.runtime.decimals import add, divide
from fastgw.expr.runtime.errors import OverflowException
from fastgw.expr.runtime.objects import compare
from fastgw.expr.runtime.values import Single
from fastgw.expr.types import can_be_null

# A fold takes numbers, none of them null, and gives MISSING where there is none and one is needed.
Fold = Callable[[Iterator[Any]], Any]

_LONG = INTEGRALS["long"]


def _sum_whole(keyword: str) -> Fold:
    integral = INTEGRALS[keyword]
    low, high, wrap = integral.low, integral.high, integral.python

    def fold(numbers: Iterator[Any]) -> Any:
        total = 0
        for one in numbers:
            total += one
            # In between, too: what leaves the range does not come back.
            if not low <= total <= high:
                raise OverflowException
        return wrap(total)

    return fold


def _sum_double(numbers: Iterator[Any]) -> float:
    total = 0.0
    for one in numbers:
        total += one
    return total


def _sum_single(numbers: Iterator[Any]) -> Single:
    return to_single(_sum_double(numbers))


def _sum_decimal(numbers: Iterator[Any]) -> Decimal:
    total = Decimal(0)
    for one in numbers:
        total = add(total, one)
    return total


def _average_whole(numbers: Iterator[Any]) -> Any:
    total = count = 0
    for one in numbers:
        total = _LONG.check(total + one)
        count += 1
    return float(total) / count if count else MISSING


def _average_double(numbers: Iterator[Any]) -> Any:
    total, count = 0.0, 0
    for one in numbers:
        total += one
        count += 1
    return total / count if count else MISSING


def _average_single(numbers: Iterator[Any]) -> Any:
    found = _average_double(numbers)
    return found if found is MISSING else to_single(found)


def _average_decimal(numbers: Iterator[Any]) -> Any:
    total, count = Decimal(0), 0
    for one in numbers:
        total = add(total, one)
        count += 1
    return divide(total, Decimal(count)) if count else MISSING


def _min(numbers: Iterator[Any]) -> Any:
    return min(numbers, default=MISSING)


def _max(numbers: Iterator[Any]) -> Any:
    return max(numbers, default=MISSING)


def _min_floating(numbers: Iterator[Any]) -> Any:
    # NaN is less than every number.
    least = MISSING
    for one in numbers:
        if least is MISSING or one < least or one != one:
            least = one
            if one != one:
                break
    return least


def _max_floating(numbers: Iterator[Any]) -> Any:
    most = MISSING
    for one in numbers:
        if most is MISSING or one > most or most != most:
            most = one
    return most


_FOLDS: dict[str, dict[str, Fold]] = {
    "Sum": {
        "int": _sum_whole("int"),
        "long": _sum_whole("long"),
        "float": _sum_single,
        "double": _sum_double,
        "decimal": _sum_decimal,
    },
    "Average": {
        "int": _average_whole,
        "long": _average_whole,
        "float": _average_single,
        "double": _average_double,
        "decimal": _average_decimal,
    },
    "Min": {"int": _min, "long": _min, "float": _min_floating, "double": _min_floating, "decimal": _min},
    "Max": {"int": _max, "long": _max, "float": _max_floating, "double": _max_floating, "decimal": _max},
}


def _declare(name: str, keyword: str, fold: Fold) -> None:
    """The four overloads for one type: plain, nullable, and both through a selector."""
    result = "double" if name == "Average" and keyword in ("int", "long") else keyword

    def plain(source: Any) -> Any:
        if source is None:
            raise missing(source=source)
        return needed(fold(elements(source)))

    def nullable(source: Any) -> Any:
        if source is None:
            raise missing(source=source)
        return found(fold(one for one in elements(source) if one is not None))

    def selected(source: Any, selector: Function | None) -> Any:
        if source is None or selector is None:
            raise missing(source=source, selector=selector)
        return needed(fold(map(selector, elements(source))))

    def selected_nullable(source: Any, selector: Function | None) -> Any:
        if source is None or selector is None:
            raise missing(source=source, selector=selector)
        return found(fold(one for one in map(selector, elements(source)) if one is not None))

    ENUMERABLE.method(f"{result} {name}(this IEnumerable<{keyword}> source)")(plain)
    ENUMERABLE.method(f"{result}? {name}(this IEnumerable<{keyword}?> source)")(nullable)
    ENUMERABLE.method(
        f"{result} {name}<TSource>(this IEnumerable<TSource> source, Func<TSource, {keyword}> selector)"
    )(selected)
    ENUMERABLE.method(
        f"{result}? {name}<TSource>(this IEnumerable<TSource> source, Func<TSource, {keyword}?> selector)"
    )(selected_nullable)


def needed(value: Any) -> Any:
    """The result where there must be one. Raises InvalidOperationException."""
    if value is MISSING:
        raise no_elements()
    return value


def found(value: Any) -> Any:
    """The result, or null."""
    return None if value is MISSING else value


for _name, _folds in _FOLDS.items():
    for _keyword, _fold in _folds.items():
        _declare(_name, _keyword, _fold)


def _extreme(type: Any, items: Iterator[Any], sign: int) -> Any:
    """The least (sign -1) or greatest (1) by the default order; null only where there is nothing else."""
    is_nullable = can_be_null(type)
    best = MISSING
    for item in items:
        if is_nullable and item is None:
            continue
        if best is MISSING or compare(item, best) * sign > 0:
            best = item
    return found(best) if is_nullable else needed(best)


def _declare_extreme(name: str, sign: int) -> None:
    """Min or Max for every other type."""

    def plain(types: Types, source: Any) -> Any:
        if source is None:
            raise missing(source=source)
        return _extreme(types[0], elements(source), sign)

    def selected(types: Types, source: Any, selector: Function | None) -> Any:
        if source is None or selector is None:
            raise missing(source=source, selector=selector)
        return _extreme(types[1], map(selector, elements(source)), sign)

    ENUMERABLE.method(f"TSource {name}<TSource>(this IEnumerable<TSource> source)", wants_types=True)(plain)
    ENUMERABLE.method(
        f"TResult {name}<TSource, TResult>("
        "this IEnumerable<TSource> source, Func<TSource, TResult> selector)",
        wants_types=True,
    )(selected)


_declare_extreme("Min", -1)
_declare_extreme("Max", 1)
