"""System.DateTime: its members by their C# signatures, with the results of .NET."""

from __future__ import annotations

import math
from typing import Any

import pytest

from fastgw.expr.library import date_time as dates
from fastgw.expr.library.date_formats import LOCAL, UNSPECIFIED, UTC
from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.time_span import MAX_VALUE as LONGEST
from fastgw.expr.library.time_span import TimeSpan
from fastgw.expr.runtime.errors import ArgumentException, ArgumentOutOfRangeException
from fastgw.expr.runtime.values import EnumValue, Int64
from tests.expr.library.members import definition, method
from tests.expr.library.net_cases import NOON, clock_at

NAME = "System.DateTime"
DAY = 864_000_000_000
OUT_OF_RANGE = "The added or subtracted value results in an un-representable DateTime."


def date(*parts: int) -> DateTime:
    made: DateTime = method(NAME, "new", *("int",) * len(parts))(*parts)
    return made


def part(value: DateTime, name: str) -> Any:
    return definition(NAME).properties[name].getter(value)


def kind(value: int) -> EnumValue:
    return EnumValue(definition("System.DateTimeKind"), value)


def test_constructors() -> None:
    assert method(NAME, "new")().ticks == 0
    assert method(NAME, "new", "long")(5).ticks == 5
    assert date(2024, 3, 5).ticks == 638_451_936_000_000_000
    assert date(2024, 3, 5, 14, 7, 9).net_format("o") == "2024-03-05T14:07:09.0000000"
    assert date(2024, 3, 5, 14, 7, 9, 123).net_format("o") == "2024-03-05T14:07:09.1230000"
    made = method(NAME, "new", *("int",) * 6, "DateTimeKind")(2024, 3, 5, 14, 7, 9, kind(UTC))
    assert made.net_format("o") == "2024-03-05T14:07:09.0000000Z"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((2024, 2, 30), "Year, Month, and Day parameters describe an un-representable DateTime."),
        ((0, 1, 1), "Year, Month, and Day parameters describe an un-representable DateTime."),
        ((2024, 1, 1, 24, 0, 0), "Hour, Minute, and Second parameters describe"),
        ((2024, 1, 1, 0, 0, 0, 1000), r"Valid values are between 0 and 999, inclusive. \(Parameter 'mill"),
        ((-1,), r"Ticks must be between DateTime.MinValue.Ticks and .* \(Parameter 'ticks'\)"),
    ],
)
def test_constructors_refuse_what_no_calendar_has(parts: tuple[int, ...], message: str) -> None:
    with pytest.raises(ArgumentOutOfRangeException, match=message):
        method(NAME, "new", *(("long",) if len(parts) == 1 else ("int",) * len(parts)))(*parts)


def test_a_kind_that_is_none_is_refused() -> None:
    with pytest.raises(ArgumentException, match="Invalid DateTimeKind value"):
        method(NAME, "new", "long", "DateTimeKind")(1, kind(7))


def test_only_what_the_service_allows_of_kinds_is_declared() -> None:
    assert definition("System.DateTimeKind").constants == {"Utc": UTC}
    declared = definition(NAME)
    refused = {"Kind", "SpecifyKind", "ToUniversalTime", "ParseExact", "TryParse", "ToBinary"}
    assert not refused & (declared.properties.keys() | declared.methods.keys())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Year", 2024),
        ("Month", 12),
        ("Day", 31),
        ("DayOfYear", 366),
        ("Hour", 23),
        ("Minute", 58),
        ("Second", 57),
        ("Millisecond", 123),
    ],
)
def test_parts(name: str, expected: int) -> None:
    assert part(date(2024, 12, 31, 23, 58, 57, 123), name) == expected


def test_parts_that_are_values_of_other_types() -> None:
    moment = DateTime(date(2024, 3, 5, 14, 7, 9).ticks, UTC)
    assert part(moment, "Date").net_format("o") == "2024-03-05T00:00:00.0000000Z"
    assert part(moment, "TimeOfDay").net_text() == "14:07:09"
    assert part(moment, "DayOfWeek") == EnumValue(definition("System.DayOfWeek"), 2)
    assert type(part(moment, "Ticks")) is Int64


def test_the_clock() -> None:
    now = definition(NAME).properties
    with clock_at(NOON + 5):
        assert (now["UtcNow"].getter().ticks, now["UtcNow"].getter().kind) == (NOON + 5, UTC)
        assert (now["Now"].getter().ticks, now["Now"].getter().kind) == (NOON + 5, LOCAL)
        assert now["Today"].getter().net_text() == "11/21/2026 00:00:00"


def test_the_calendar() -> None:
    assert dates.days_in_month(2024, 2) == 29
    assert not dates.is_leap_year(1900)
    with pytest.raises(ArgumentOutOfRangeException, match="Month must be between one and twelve"):
        dates.days_in_month(2024, 13)
    with pytest.raises(ArgumentOutOfRangeException, match="Year must be between 1 and 9999"):
        dates.is_leap_year(0)


@pytest.mark.parametrize(
    ("run", "value", "ticks"),
    [
        (dates.add_days, -5.0, -5 * DAY),
        (dates.add_days, 0.1, 86_400_000_000),
        (dates.add_days, 1.000000012345, DAY + 10_000),
        (dates.add_hours, 25.5, 918_000_000_000),
        (dates.add_minutes, 0.5, 300_000_000),
        (dates.add_seconds, 1.23456789, 12_350_000),
        (dates.add_seconds, 0.0005, 10_000),
        (dates.add_milliseconds, 1.4, 10_000),
        (dates.add_milliseconds, -0.5, -10_000),
        (dates.add_milliseconds, math.nan, 0),
        (dates.add_ticks, 1, 1),
    ],
)
def test_additions_round_to_milliseconds(run: Any, value: float, ticks: int) -> None:
    start = DateTime(date(2024, 3, 5).ticks, UTC)
    moved = run(start, value)
    assert moved.ticks - start.ticks == ticks
    assert moved.kind == UTC


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda: dates.add_days(dates.MAX_VALUE, 1.0), rf"{OUT_OF_RANGE} \(Parameter 'value'\)"),
        (lambda: dates.add_days(dates.MIN_VALUE, 1e10), r"Value to add was out of range. \(Parameter 'value"),
        (lambda: dates.add_ticks(dates.MIN_VALUE, -1), OUT_OF_RANGE),
        (lambda: dates.add(dates.MAX_VALUE, LONGEST), OUT_OF_RANGE),
        (lambda: dates.add_months(dates.MAX_VALUE, 1), rf"{OUT_OF_RANGE} \(Parameter 'months'\)"),
        (lambda: dates.add_months(dates.MIN_VALUE, 120_001), "Months value must be between"),
        (lambda: dates.add_years(dates.MIN_VALUE, 10_001), "Years value must be between"),
    ],
)
def test_additions_stay_in_the_calendar(run: Any, message: str) -> None:
    with pytest.raises(ArgumentOutOfRangeException, match=message):
        run()


def test_months_end_where_they_end() -> None:
    assert dates.add_months(date(2024, 1, 31), 1).net_format("d") == "02/29/2024"
    assert dates.add_months(date(2024, 3, 31), -13).net_format("d") == "02/28/2023"
    assert dates.add_years(date(2024, 2, 29), 1).net_format("d") == "02/28/2025"


def test_differences_ignore_kinds() -> None:
    assert (
        dates.difference(date(2024, 3, 5), DateTime(date(2023, 3, 5).ticks, UTC)).net_text() == "366.00:00:00"
    )
    assert dates.subtract(date(2024, 3, 5), TimeSpan(DAY)).net_format("d") == "03/04/2024"


def test_equality_ignores_kinds() -> None:
    assert DateTime(5, UTC) == DateTime(5, UNSPECIFIED)
    assert len({DateTime(5, UTC), DateTime(5, LOCAL)}) == 1
    assert DateTime(5) != 5
    assert DateTime(5) < DateTime(6) <= DateTime(6)


def test_comparison_with_something_else() -> None:
    compare = method(NAME, "CompareTo", "object")
    assert compare(date(2024, 3, 5), None) == 1
    with pytest.raises(ArgumentException, match="Object must be of type DateTime"):
        compare(date(2024, 3, 5), "x")
    assert method(NAME, "GetHashCode")(date(2024, 3, 5)) == 1_001_192_615


def test_texts() -> None:
    moment = date(2024, 3, 5, 14, 7, 9)
    assert moment.net_text() == "03/05/2024 14:07:09"
    assert method(NAME, "ToString")(moment) == "03/05/2024 14:07:09"
    assert method(NAME, "ToString", "string")(moment, "h:mm tt") == "2:07 PM"
    assert method(NAME, "ToLongDateString")(moment) == "Tuesday, 05 March 2024"
    assert method(NAME, "ToShortTimeString")(moment) == "14:07"
