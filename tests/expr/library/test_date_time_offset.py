"""System.DateTimeOffset: its members by their C# signatures, with the results of .NET."""

from __future__ import annotations

from typing import Any

import pytest

from fastgw.expr.library import date_time_offset as offsets
from fastgw.expr.library.date_formats import LOCAL, UNSPECIFIED, UTC
from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.date_time_offset import DateTimeOffset
from fastgw.expr.library.time_span import TimeSpan
from fastgw.expr.runtime.errors import ArgumentException, ArgumentOutOfRangeException
from tests.expr.library.members import definition, method
from tests.expr.library.net_cases import NOON, clock_at

NAME = "System.DateTimeOffset"
HOUR = 36_000_000_000
MARCH_5 = 638_451_936_000_000_000


def part(value: DateTimeOffset, name: str) -> Any:
    return definition(NAME).properties[name].getter(value)


def test_constructors() -> None:
    made = method(NAME, "new", *("int",) * 6, "TimeSpan")(2024, 3, 5, 14, 7, 9, TimeSpan(2 * HOUR))
    assert made.net_format("o") == "2024-03-05T14:07:09.0000000+02:00"
    assert method(NAME, "new", "long", "TimeSpan")(MARCH_5, TimeSpan(0)).ticks == MARCH_5
    assert method(NAME, "new", "DateTime")(DateTime(MARCH_5, LOCAL)).offset == 0
    zoned = method(NAME, "new", "DateTime", "TimeSpan")
    assert zoned(DateTime(MARCH_5), TimeSpan(HOUR)).offset == HOUR
    for kind, message in ((UTC, "for Utc DateTime instances must be 0"), (LOCAL, "does not match")):
        with pytest.raises(ArgumentException, match=message):
            zoned(DateTime(MARCH_5, kind), TimeSpan(HOUR))


@pytest.mark.parametrize(
    ("ticks", "offset", "message"),
    [
        (MARCH_5, 15 * HOUR, "Offset must be within plus or minus 14 hours."),
        (MARCH_5, 150_000_000, "Offset must be specified in whole minutes."),
        (0, HOUR, "The UTC time represented when the offset is applied must be between year 0 and 10,000."),
        (-1, 0, "Ticks must be between DateTime.MinValue.Ticks"),
    ],
)
def test_constructors_refuse(ticks: int, offset: int, message: str) -> None:
    with pytest.raises(ArgumentException, match=message):
        method(NAME, "new", "long", "TimeSpan")(ticks, TimeSpan(offset))


def test_unix_time() -> None:
    assert (
        offsets.from_unix_time_seconds(1_709_647_200).net_format("o") == "2024-03-05T14:00:00.0000000+00:00"
    )
    assert part(offsets.from_unix_time_milliseconds(1_709_647_200_123), "Millisecond") == 123
    before = DateTimeOffset(621_355_968_000_000_000 - 1, 0)
    assert offsets.to_unix_time_seconds(before) == -1
    assert offsets.to_unix_time_milliseconds(before) == -1
    with pytest.raises(ArgumentOutOfRangeException, match="between -62135596800 and 253402300799, incl"):
        offsets.from_unix_time_seconds(-62_135_596_801)
    with pytest.raises(ArgumentOutOfRangeException, match="between -62135596800000 and 253402300799999"):
        offsets.from_unix_time_milliseconds(2**62)


def test_conversions() -> None:
    here = DateTimeOffset(MARCH_5, HOUR)
    assert offsets.to_offset(here, TimeSpan(-HOUR)).net_format("o") == "2024-03-04T22:00:00.0000000-01:00"
    assert offsets.to_universal_time(here).ticks == MARCH_5 - HOUR
    assert part(here, "DateTime").kind == UNSPECIFIED
    assert (part(here, "UtcDateTime").ticks, part(here, "UtcDateTime").kind) == (MARCH_5 - HOUR, UTC)
    assert part(here, "LocalDateTime").kind == LOCAL
    assert part(here, "Offset").net_text() == "01:00:00"
    assert part(here, "UtcTicks") == MARCH_5 - HOUR
    with pytest.raises(ArgumentOutOfRangeException, match="'t'"):
        offsets.to_offset(offsets.MIN_VALUE, TimeSpan(-HOUR))


def test_a_date_time_converts_by_itself() -> None:
    (implicit,) = definition(NAME).operators["implicit"]
    assert str(implicit.parameters[0].type) == "DateTime"
    assert implicit.function(DateTime(MARCH_5, UTC)).ticks == MARCH_5


def test_the_same_moment_is_equal_wherever() -> None:
    berlin, london = DateTimeOffset(MARCH_5 + HOUR, HOUR), DateTimeOffset(MARCH_5, 0)
    assert berlin == london
    assert hash(berlin) == hash(london)
    assert not method(NAME, "EqualsExact", "DateTimeOffset")(berlin, london)
    assert offsets.difference(berlin, london).ticks == 0
    assert london < DateTimeOffset(MARCH_5, -HOUR)


def test_arithmetic_keeps_the_offset() -> None:
    here = DateTimeOffset(MARCH_5, HOUR)
    assert method(NAME, "AddMonths", "int")(here, -1).net_format("o") == "2024-02-05T00:00:00.0000000+01:00"
    assert offsets.add(here, TimeSpan(HOUR)).offset == HOUR
    with pytest.raises(ArgumentOutOfRangeException, match="un-representable DateTime"):
        method(NAME, "AddTicks", "long")(offsets.MAX_VALUE, 1)


def test_the_clock() -> None:
    with clock_at(NOON):
        assert offsets.utc_now() == DateTimeOffset(NOON, 0)


def test_texts() -> None:
    assert DateTimeOffset(MARCH_5, HOUR).net_text() == "03/05/2024 00:00:00 +01:00"
    assert offsets.try_parse("nope") == (False, offsets.MIN_VALUE)
    assert offsets.try_parse("2024-03-05T00:00:00Z") == (True, DateTimeOffset(MARCH_5, 0))
