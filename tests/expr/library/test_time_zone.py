"""System.TimeZoneInfo and System.TimeZone, with the results of .NET."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fastgw.expr.library import time_zone as zones
from fastgw.expr.library.date_formats import LOCAL, UNSPECIFIED, UTC
from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.date_time_offset import DateTimeOffset
from fastgw.expr.library.ticks import MOST
from fastgw.expr.library.time_span import TimeSpan
from fastgw.expr.library.time_zone_names import WINDOWS_ZONES
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    TimeZoneNotFoundException,
)
from tests.expr.library.members import definition, method

NAME = "System.TimeZoneInfo"
HOUR = 36_000_000_000
BERLIN = zones.find_system_time_zone_by_id("Europe/Berlin")
NEW_YORK = zones.find_system_time_zone_by_id("Eastern Standard Time")


def at(*parts: int, kind: int = UNSPECIFIED) -> DateTime:
    made = method("System.DateTime", "new", *("int",) * 6)(*parts, *(0,) * (6 - len(parts)))
    return DateTime(made.ticks, kind)


def call(member: str, value: DateTime | DateTimeOffset, zone: zones.TimeZoneInfo = BERLIN) -> Any:
    return method(NAME, member, type(value).__name__)(zone, value)


@pytest.mark.parametrize(("windows", "iana"), WINDOWS_ZONES.values())
def test_every_windows_name_stands_for_a_zone(windows: str, iana: str) -> None:
    assert zones.find_system_time_zone_by_id(windows).id == windows
    assert ZoneInfo(iana)


def test_names_of_both_kinds() -> None:
    assert zones.find_system_time_zone_by_id("w. europe STANDARD time").display.startswith("(UTC+01:00)")
    assert BERLIN.display == "(UTC+01:00) GMT+01:00"
    assert (BERLIN.standard, BERLIN.daylight) == ("GMT+01:00", "GMT+02:00")
    assert NEW_YORK.standard == "Eastern Standard Time"
    assert NEW_YORK.daylight == "Eastern Daylight Time"
    assert zones.find_system_time_zone_by_id("utc") is zones.UTC_ZONE
    assert zones.find_system_time_zone_by_id("Europe/Berlin") is BERLIN


@pytest.mark.parametrize(
    "name", ["Nowhere/Land", "", "Europe", "../etc/passwd", "/etc/passwd", "a\0b", "x" * 999]
)
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(TimeZoneNotFoundException) as caught:
        zones.find_system_time_zone_by_id(name)
    assert caught.value.message == f"The time zone ID '{name}' was not found on the local computer."


def test_a_missing_name() -> None:
    with pytest.raises(ArgumentNullException, match="'id'"):
        zones.find_system_time_zone_by_id(None)


def test_offsets() -> None:
    assert call("GetUtcOffset", at(2024, 7, 1)).net_text() == "02:00:00"
    assert call("GetUtcOffset", at(2024, 7, 1, kind=UTC)).net_text() == "02:00:00"
    assert call("GetUtcOffset", DateTimeOffset(at(2024, 1, 1).ticks, 0)).net_text() == "01:00:00"
    assert call("GetUtcOffset", DateTime(MOST)).net_text() == "01:00:00"
    assert definition(NAME).properties["BaseUtcOffset"].getter(NEW_YORK).net_text() == "-05:00:00"
    supports = definition(NAME).properties["SupportsDaylightSavingTime"].getter
    assert supports(BERLIN)
    assert not supports(zones.find_system_time_zone_by_id("Asia/Tokyo"))


def test_the_hour_that_comes_twice_is_standard_time() -> None:
    twice = at(2024, 10, 27, 2, 30)
    assert call("GetUtcOffset", twice).net_text() == "01:00:00"
    assert not call("IsDaylightSavingTime", twice)
    assert call("IsAmbiguousTime", twice)
    assert call("IsAmbiguousTime", at(2024, 10, 27, 0, 30, kind=UTC))
    assert [one.net_text() for one in call("GetAmbiguousTimeOffsets", twice)] == ["01:00:00", "02:00:00"]
    with pytest.raises(ArgumentException, match="not in an ambiguous time range"):
        call("GetAmbiguousTimeOffsets", at(2024, 9, 27))


def test_the_hour_that_never_comes_is_invalid() -> None:
    skipped = at(2024, 3, 31, 2, 30)
    assert zones.is_invalid_time(BERLIN, skipped)
    assert not zones.is_invalid_time(BERLIN, at(2024, 3, 31, 2, 30, kind=UTC))
    assert call("GetUtcOffset", skipped).net_text() == "01:00:00"
    assert call("IsDaylightSavingTime", at(2024, 3, 31, 1, kind=UTC))
    with pytest.raises(ArgumentException, match="represents an invalid time"):
        zones.convert_time_to_utc(skipped, BERLIN)


@pytest.mark.parametrize(
    ("found", "ticks", "kind"),
    [
        (lambda: zones.convert_time_to(at(2024, 3, 5), BERLIN), at(2024, 3, 5, 1), UNSPECIFIED),
        (lambda: zones.convert_time(at(2024, 3, 5), BERLIN, NEW_YORK), at(2024, 3, 4, 18), UNSPECIFIED),
        (lambda: zones.convert_time(at(2024, 3, 5), BERLIN, zones.LOCAL_ZONE), at(2024, 3, 4, 23), LOCAL),
        (lambda: zones.convert_time_to(at(2024, 3, 5, kind=LOCAL), zones.UTC_ZONE), at(2024, 3, 5), UTC),
        (lambda: zones.convert_time_to_utc(at(2024, 7, 1), BERLIN), at(2024, 6, 30, 22), UTC),
        (lambda: zones.convert_time_from_utc(at(2024, 7, 1), BERLIN), at(2024, 7, 1, 2), UNSPECIFIED),
        (lambda: zones.convert_time_from_utc(DateTime(MOST), BERLIN), DateTime(MOST), UNSPECIFIED),
        (lambda: zones.convert_time_to_utc(DateTime(0), BERLIN), DateTime(0), UTC),
    ],
)
def test_conversions(found: Any, ticks: DateTime, kind: int) -> None:
    value = found()
    assert (value.net_text(), value.kind) == (ticks.net_text(), kind)


def test_conversions_refuse_a_time_of_another_zone() -> None:
    with pytest.raises(ArgumentException, match="did not have the Kind property set correctly"):
        zones.convert_time(at(2024, 3, 5, kind=UTC), BERLIN, NEW_YORK)
    with pytest.raises(ArgumentException, match="Kind property"):
        zones.convert_time_from_utc(at(2024, 3, 5, kind=LOCAL), BERLIN)


def test_conversions_need_zones() -> None:
    with pytest.raises(ArgumentNullException, match="'destinationTimeZone'"):
        zones.convert_time_to(at(2024, 3, 5), None)
    with pytest.raises(ArgumentNullException, match="'sourceTimeZone'"):
        zones.convert_time_to_utc(at(2024, 3, 5), None)


def test_moments_keep_what_they_are() -> None:
    moved = zones.convert_offset(DateTimeOffset(at(2024, 7, 1).ticks, 0), BERLIN)
    assert moved.net_format("o") == "2024-07-01T02:00:00.0000000+02:00"
    assert zones.convert_offset(DateTimeOffset(MOST, 0), BERLIN).ticks == MOST


def test_zones_can_be_made() -> None:
    make = method(NAME, "CreateCustomTimeZone", "string", "TimeSpan", "string", "string")
    made = make("x", TimeSpan(3 * HOUR), "dx", "sx")
    assert (made.net_text(), made.daylight) == ("dx", "sx")
    assert zones.convert_time_from_utc(at(2024, 7, 1), made).net_text() == "07/01/2024 03:00:00"
    with pytest.raises(ArgumentOutOfRangeException, match=r"plus or minus 14\.0 hours"):
        make("x", TimeSpan(15 * HOUR), "dx", "sx")
    with pytest.raises(ArgumentException, match="more precisely than whole minutes"):
        make("x", TimeSpan(1), "dx", "sx")


def test_the_zone_of_the_computer_is_utc() -> None:
    here = definition("System.TimeZone").properties["CurrentTimeZone"].value
    assert method("System.TimeZone", "GetUtcOffset", "DateTime")(here, at(2024, 7, 1)).ticks == 0
    assert method("System.TimeZone", "ToUniversalTime", "DateTime")(here, at(2024, 7, 1)).kind == UTC
    assert zones.LOCAL_ZONE.id == "UTC"
