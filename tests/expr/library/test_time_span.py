"""System.TimeSpan: its members by their C# signatures, with the results of .NET."""

from __future__ import annotations

import math
from typing import Any

import pytest

from fastgw.expr.library import time_span as spans
from fastgw.expr.library.time_span import TimeSpan
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    FormatException,
    OverflowException,
)
from fastgw.expr.runtime.values import Int64
from tests.expr.library.members import array, definition, method

NAME = "System.TimeSpan"
SECOND = 10_000_000
TOO_LONG = "TimeSpan overflowed because the duration is too long."


def part(ticks: int, name: str) -> Any:
    return definition(NAME).properties[name].getter(TimeSpan(ticks))


@pytest.mark.parametrize(
    ("arguments", "ticks"),
    [((), 0), ((5,), 5), ((10, 5, 1), 363_010_000_000), ((1, 2, 30, 0), 954_000_000_000)],
)
def test_constructors(arguments: tuple[int, ...], ticks: int) -> None:
    types = ("long",) if len(arguments) == 1 else ("int",) * len(arguments)
    assert method(NAME, "new", *types)(*arguments).ticks == ticks
    assert method(NAME, "new", *("int",) * 5)(1, 2, 3, 4, 5).net_text() == "1.02:03:04.0050000"


def test_a_constructor_that_overflows_names_no_parameter() -> None:
    with pytest.raises(ArgumentOutOfRangeException, match=r"^TimeSpan overflowed"):
        method(NAME, "new", "int", "int", "int")(2**31 - 1, 0, 0)


@pytest.mark.parametrize(
    ("run", "value", "ticks"),
    [
        (spans.from_days, 1.5, 1_296_000_000_000),
        (spans.from_hours, 2.0, 72_000_000_000),
        (spans.from_minutes, -90.0, -54_000_000_000),
        (spans.from_seconds, 0.1234567, 1_234_567),
        (spans.from_seconds, -0.12345678, -1_234_567),
        (spans.from_seconds, 0.0001234567, 1234),
        (spans.from_milliseconds, 1.5, 15_000),
    ],
)
def test_factories_cut_to_ticks(run: Any, value: float, ticks: int) -> None:
    assert run(value).ticks == ticks


def test_factories_refuse_what_is_no_duration() -> None:
    with pytest.raises(ArgumentException, match="does not accept floating point Not-a-Number values"):
        spans.from_days(math.nan)
    for value in (1e10, math.inf, -math.inf):
        with pytest.raises(OverflowException, match=TOO_LONG):
            spans.from_days(value)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Days", -1),
        ("Hours", -2),
        ("Minutes", -3),
        ("Seconds", -4),
        ("Milliseconds", -5),
        ("Ticks", -937_840_056_789),
        ("TotalDays", -937_840_056_789 / 864e9),
        ("TotalSeconds", -93784.0056789),
    ],
)
def test_parts_have_the_sign_of_the_whole(name: str, expected: float) -> None:
    assert part(-937_840_056_789, name) == expected


def test_parts_have_their_net_types() -> None:
    assert type(part(5, "Ticks")) is Int64
    assert type(part(5, "Days")) is int
    assert type(part(5, "TotalDays")) is float


@pytest.mark.parametrize("ticks", [2**63 - 1, -(2**63)])
def test_total_milliseconds_have_a_bound(ticks: int) -> None:
    assert abs(part(ticks, "TotalMilliseconds")) == 922_337_203_685_477.0


def test_arithmetic() -> None:
    five, two = TimeSpan(5), TimeSpan(2)
    assert spans.add(five, two).ticks == 7
    assert spans.subtract(two, five).ticks == -3
    assert spans.negate(five).ticks == -5
    assert spans.duration(TimeSpan(-5)).ticks == 5
    assert spans.multiply(five, 1.5).ticks == 8
    assert spans.divide(five, 2.0).ticks == 2
    assert spans.ratio(five, two) == 2.5
    assert spans.ratio(five, spans.ZERO) == math.inf
    assert math.isnan(spans.ratio(spans.ZERO, spans.ZERO))


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda: spans.add(spans.MAX_VALUE, TimeSpan(1)), TOO_LONG),
        (lambda: spans.subtract(spans.MIN_VALUE, TimeSpan(1)), TOO_LONG),
        (lambda: spans.negate(spans.MIN_VALUE), "Negating the minimum value"),
        (lambda: spans.duration(spans.MIN_VALUE), "The duration cannot be returned for TimeSpan.MinValue"),
        (lambda: spans.multiply(TimeSpan(5), 1e300), TOO_LONG),
        (lambda: spans.divide(TimeSpan(5), 0.0), TOO_LONG),
        (lambda: spans.divide(spans.ZERO, 0.0), TOO_LONG),
    ],
)
def test_arithmetic_that_overflows(run: Any, message: str) -> None:
    with pytest.raises(OverflowException, match=message):
        run()


def test_operators_are_declared_for_both_orders() -> None:
    declared = definition(NAME).operators
    assert {len(one.parameters) for one in declared["-"]} == {1, 2}
    assert [str(one.parameters[0].type) for one in declared["*"]] == ["TimeSpan", "double"]
    assert [str(one.returns) for one in declared["/"]] == ["double", "TimeSpan"] or [
        str(one.returns) for one in declared["/"]
    ] == ["TimeSpan", "double"]


def test_order_and_equality() -> None:
    assert TimeSpan(60 * SECOND) == spans.from_minutes(1.0)
    assert TimeSpan(1) != 1
    assert TimeSpan(1) < TimeSpan(2) <= TimeSpan(2)
    assert len({TimeSpan(1), TimeSpan(1)}) == 1
    compare = method(NAME, "CompareTo", "object")
    assert compare(spans.ZERO, None) == 1
    with pytest.raises(ArgumentException, match="Object must be of type TimeSpan"):
        compare(spans.ZERO, 1)
    assert method(NAME, "GetHashCode")(TimeSpan(-12_345_678_901)) == -539_222_986


def test_text_that_is_none() -> None:
    with pytest.raises(ArgumentNullException, match="'input'"):
        spans.parse(None)
    assert spans.try_parse(None) == (False, spans.ZERO)
    assert spans.try_parse("99:99:99") == (False, spans.ZERO)
    assert spans.try_parse("00:01:30") == (True, TimeSpan(90 * SECOND))


def test_one_of_several_formats_must_fit() -> None:
    several = method(NAME, "ParseExact", "string", "string[]", "IFormatProvider")
    assert several("12", array("%d", "%h", of="string"), None).net_text() == "12.00:00:00"
    assert several("12:00", array("%d", r"hh\:mm", of="string"), None).net_text() == "12:00:00"
    with pytest.raises(FormatException, match="No format specifiers were provided"):
        several("12", array(of="string"), None)
    with pytest.raises(FormatException, match="Format specifier '' was invalid"):
        several("12", array("", "%h", of="string"), None)
