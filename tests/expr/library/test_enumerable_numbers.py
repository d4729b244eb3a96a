"""Enumerable: Sum, Average, Min and Max."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from fastgw.expr.engine import load_library
from fastgw.expr.library import enumerable_numbers  # noqa: F401
from fastgw.expr.library.core import INT32, STRING
from fastgw.expr.library.declare import find, type_of_text
from fastgw.expr.library.enumerable import ENUMERABLE
from fastgw.expr.runtime.arrays import array_of
from fastgw.expr.runtime.errors import InvalidOperationException, OverflowException
from fastgw.expr.runtime.objects import type_of
from fastgw.expr.runtime.values import Char, Int64, Single

NAN = math.nan


def call(name, element, items, selector=None, result=None):
    """The overload for a source of `element` (a C# type), or for a selector that gives `result`."""
    load_library()
    wanted = f"Func<TSource, {result}>" if selector else f"IEnumerable<{element}>"
    (found,) = (
        one.function
        for one in ENUMERABLE.definition.methods[name]
        if str(one.parameters[-1].type) == wanted and len(one.parameters) == (2 if selector else 1)
    )
    source = array_of(type_of_text("object"), list(items))
    return found(source, selector) if selector else found(source)


def generic(name, type, items):
    load_library()
    found = next(
        one.function
        for one in ENUMERABLE.definition.methods[name]
        if one.wants_types and len(one.parameters) == 1
    )
    return found((type,), array_of(type, list(items)))


@pytest.mark.parametrize(
    ("element", "items", "expected"),
    [
        ("int", [1, 2, 3], 6),
        ("int", [], 0),
        ("int?", [None, 2], 2),
        ("int?", [], 0),
        ("long", [Int64(2**40), Int64(1)], Int64(2**40 + 1)),
        ("double", [0.1, 0.2], 0.1 + 0.2),
        ("float", [Single(0.1), Single(0.2)], Single(0.30000001192092896)),
        ("decimal", [Decimal("1.5"), Decimal("2.50")], Decimal("4.00")),
        ("decimal?", [None], Decimal(0)),
    ],
)
def test_sum(element, items, expected):
    total = call("Sum", element, items)
    assert str(total) == str(expected)
    assert type_of(total) == type_of(expected)


def test_a_sum_of_whole_numbers_must_fit_at_every_step():
    for items in ([2**31 - 1, 1], [2**31 - 1, 1, -5], [-(2**31), -1]):
        with pytest.raises(OverflowException):
            call("Sum", "int", items)
    with pytest.raises(OverflowException):
        call("Sum", "long", [Int64(2**63 - 1), Int64(1)])
    with pytest.raises(OverflowException):
        call("Sum", "decimal", [Decimal(2**96 - 1), Decimal(1)])


def test_sum_through_a_selector():
    assert call("Sum", "", ["a", "bcd"], len, "int") == 4
    assert call("Sum", "", [1, 2], lambda x: None, "int?") == 0


@pytest.mark.parametrize(
    ("element", "items", "expected"),
    [
        ("int", [1, 2, 4], 7 / 3),
        ("int?", [None, 3], 3.0),
        ("int?", [None], None),
        ("long", [Int64(1), Int64(2)], 1.5),
        ("double", [1.0, 2.0], 1.5),
        ("float", [Single(1.0), Single(2.0)], Single(1.5)),
        ("decimal", [Decimal("1.0"), Decimal("2.0")], Decimal("1.5")),
    ],
)
def test_average(element, items, expected):
    found = call("Average", element, items)
    assert found == expected
    assert type(found) is type(expected)


def test_what_has_no_elements_has_no_average_or_extreme():
    for name in ("Average", "Min", "Max"):
        for element in ("int", "double", "decimal"):
            with pytest.raises(InvalidOperationException, match="Sequence contains no elements"):
                call(name, element, [])
        assert call(name, "double?", [None]) is None
    with pytest.raises(InvalidOperationException):
        generic("Max", type_of_text("char"), [])
    assert generic("Max", STRING.type, []) is None


def test_nan_is_the_least_number():
    assert math.isnan(call("Min", "double", [1.0, NAN, 0.0]))
    assert call("Max", "double", [NAN, 1.0, NAN, 0.0]) == 1.0
    assert math.isnan(call("Max", "double", [NAN, NAN]))


def test_min_and_max_take_the_first_of_equal_ones_and_skip_null():
    assert str(call("Min", "decimal", [Decimal("1.0"), Decimal("1.00")])) == "1.0"
    assert str(call("Max", "decimal", [Decimal("1.00"), Decimal("1.0")])) == "1.00"
    assert call("Max", "int?", [None, 1, 3, 2]) == 3
    assert call("Min", "", [5, 3], lambda x: x / 2, "double") == 1.5
    assert generic("Max", STRING.type, ["b", None, "B", "a"]) == "B"
    assert generic("Min", STRING.type, [None, "b", "B"]) == "b"
    assert generic("Min", type_of_text("char"), [Char("b"), Char("a")]) == Char("a")


def test_there_are_overloads_for_five_types_and_their_nullable_forms():
    load_library()
    methods = find("System.Linq.Enumerable").methods
    assert [len(methods[name]) for name in ("Sum", "Average", "Min", "Max")] == [20, 20, 22, 22]
    assert INT32.type == methods["Sum"][0].returns
