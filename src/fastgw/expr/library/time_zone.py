"""System.TimeZoneInfo and System.TimeZone, on the IANA database. The local time zone is UTC.

Zones are found by names of the IANA database and by those of Windows.
"""

from __future__ import annotations

import re
from datetime import UTC as _UTC
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastgw.expr.library import clock
from fastgw.expr.library import ticks as units
from fastgw.expr.library.date_formats import LOCAL, UNSPECIFIED, UTC
from fastgw.expr.library.date_time import DateTime, to_local_time, to_universal_time
from fastgw.expr.library.date_time_offset import DateTimeOffset
from fastgw.expr.library.declare import define
from fastgw.expr.library.time_span import TIME_SPAN, TimeSpan
from fastgw.expr.library.time_zone_names import WINDOWS_ZONES
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    TimeZoneNotFoundException,
)
from fastgw.expr.runtime.values import Array, NetObject
from fastgw.expr.types import Type

_IANA_NAME = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+){0,2}")
_COORDINATED = "Coordinated Universal Time"
_FIRST = datetime(1, 1, 1)
# Conversions of the database need room at both ends of the calendar.
_ROOM: Final = 2 * units.PER_DAY
_WRONG_KIND = (
    "The conversion could not be completed because the supplied DateTime did not have the Kind property set "
    "correctly.  For example, when the Kind property is DateTimeKind.Local, the source time zone must be "
    "TimeZoneInfo.Local."
)
_INVALID_TIME = (
    "The supplied DateTime represents an invalid time.  For example, when the clock is adjusted forward, any "
    "time in the period that is skipped is invalid."
)


class _Wall(NamedTuple):
    """Ticks from UTC for a time on the wall, as before a change of the clocks and as after it.

    Far from a change they are the same. Where `before` is the larger, the clock shows this time twice; where
    it is the smaller, never.
    """

    before: int
    after: int


class TimeZoneInfo(NetObject):
    """A System.TimeZoneInfo. `kind` is that of times in it: Utc, Local or Unspecified."""

    __slots__ = ("daylight", "display", "id", "kind", "standard", "zone")

    def __init__(
        self, id: str, zone: tzinfo, display: str, standard: str, daylight: str, kind: int = UNSPECIFIED
    ) -> None:
        self.id = id
        self.zone = zone
        self.display = display
        self.standard = standard
        self.daylight = daylight
        self.kind = kind

    def __eq__(self, other: object) -> bool:
        return type(other) is TimeZoneInfo and other.id == self.id and other.zone is self.zone

    def __hash__(self) -> int:
        return hash(self.id)

    def net_type(self) -> Type:
        """System.TimeZoneInfo."""
        return TIME_ZONE_INFO.type

    def net_text(self) -> str:
        """ToString(): the display name."""
        return self.display

    def offset_at(self, utc_ticks: int) -> int:
        """Ticks from UTC at a moment, in whole minutes."""
        return _minutes(self._at(utc_ticks).utcoffset())

    def is_daylight_at(self, utc_ticks: int) -> bool:
        """Whether the clocks are set forward at a moment."""
        return bool(self._at(utc_ticks).dst())

    def wall(self, ticks: int) -> _Wall:
        """Ticks from UTC for a clock on the wall."""
        here = _naive(ticks)
        before = here.replace(tzinfo=self.zone, fold=0).utcoffset()
        after = here.replace(tzinfo=self.zone, fold=1).utcoffset()
        return _Wall(_minutes(before), _minutes(after))

    def _at(self, utc_ticks: int) -> datetime:
        return self.zone.fromutc(_naive(utc_ticks).replace(tzinfo=self.zone))


def _naive(ticks: int) -> datetime:
    inside = min(max(ticks, _ROOM), units.MOST - _ROOM)
    return _FIRST + timedelta(microseconds=inside // units.PER_MICROSECOND)


def _minutes(offset: timedelta | None) -> int:
    # Local mean times of past centuries have seconds, which offsets of .NET have not.
    return round((offset or timedelta()) / timedelta(minutes=1)) * units.PER_MINUTE


TIME_ZONE_INFO = define(
    "System.TimeZoneInfo", "class", interfaces=("IEquatable<TimeZoneInfo>",), python=(TimeZoneInfo,)
)

UTC_ZONE: Final = TimeZoneInfo("UTC", _UTC, f"(UTC) {_COORDINATED}", _COORDINATED, _COORDINATED, UTC)
LOCAL_ZONE: Final = TimeZoneInfo("UTC", _UTC, f"(UTC) {_COORDINATED}", _COORDINATED, _COORDINATED, LOCAL)

TIME_ZONE_INFO.value("TimeZoneInfo Utc", UTC_ZONE)
TIME_ZONE_INFO.value("TimeZoneInfo Local", LOCAL_ZONE)

_found: dict[str, TimeZoneInfo] = {"utc": UTC_ZONE}
"""Zones by name; bounded by the names that exist, each in one spelling."""


@TIME_ZONE_INFO.method("static TimeZoneInfo FindSystemTimeZoneById(string id)")
def find_system_time_zone_by_id(id: str | None) -> TimeZoneInfo:
    """The zone of this name. Raises ArgumentNullException or TimeZoneNotFoundException."""
    if id is None:
        raise ArgumentNullException(parameter="id")
    windows, iana = WINDOWS_ZONES.get(id.lower(), (None, id))
    key = windows or ("utc" if id.lower() == "utc" else id)
    known = _found.get(key)
    if known is None:
        known = _found[key] = _load(windows, iana)
    return known


def _load(windows: str | None, iana: str) -> TimeZoneInfo:
    try:
        if not _IANA_NAME.fullmatch(iana):
            raise ZoneInfoNotFoundError(iana)
        zone = ZoneInfo(iana)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise TimeZoneNotFoundException(
            f"The time zone ID '{windows or iana}' was not found on the local computer."
        ) from None
    made = TimeZoneInfo(windows or iana, zone, "", "", "")
    now = clock.utc_now_ticks()
    base = _base_offset(made)
    if windows:
        made.standard = windows
        made.daylight = windows.replace("Standard", "Daylight")
        made.display = f"(UTC{_hours(base)}) {windows}" if base else f"(UTC) {windows}"
        return made
    forward = max(base, *(made.offset_at(now + months * 91 * units.PER_DAY) for months in range(4)))
    made.standard = f"GMT{_hours(base)}" if base else "GMT"
    made.daylight = f"GMT{_hours(forward)}" if forward else "GMT"
    made.display = f"(UTC{_hours(base)}) {made.standard}"
    return made


def _hours(offset: int) -> str:
    minutes = abs(offset) // units.PER_MINUTE
    return f"{'-' if offset < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"


def _base_offset(this: TimeZoneInfo) -> int:
    """The offset of standard time today."""
    here = this._at(clock.utc_now_ticks())
    return _minutes((here.utcoffset() or timedelta()) - (here.dst() or timedelta()))


@TIME_ZONE_INFO.method(
    "static TimeZoneInfo CreateCustomTimeZone(string id, TimeSpan baseUtcOffset, string displayName, "
    "string standardDisplayName)"
)
def _create_custom_time_zone(
    id: str | None, base: TimeSpan, display: str | None, standard: str | None
) -> TimeZoneInfo:
    if id is None:
        raise ArgumentNullException(parameter="id")
    if not id:
        raise ArgumentException("The specified ID parameter '' is not supported.", None, "id")
    if abs(base.ticks) > 14 * units.PER_HOUR:
        raise ArgumentOutOfRangeException(
            "The TimeSpan parameter must be within plus or minus 14.0 hours.", None, "baseUtcOffset"
        )
    if base.ticks % units.PER_MINUTE:
        raise ArgumentException(
            "The TimeSpan parameter cannot be specified more precisely than whole minutes.",
            None,
            "baseUtcOffset",
        )
    zone = timezone(timedelta(minutes=base.ticks // units.PER_MINUTE))
    return TimeZoneInfo(id, zone, display or "", standard or "", standard or "")


# ---------------------------------------------------------------- properties


TIME_ZONE_INFO.attribute("string Id", "id", never_null=True)
TIME_ZONE_INFO.attribute("string DisplayName", "display", never_null=True)
TIME_ZONE_INFO.attribute("string StandardName", "standard", never_null=True)
TIME_ZONE_INFO.attribute("string DaylightName", "daylight", never_null=True)


@TIME_ZONE_INFO.property("TimeSpan BaseUtcOffset")
def _base_utc_offset(this: TimeZoneInfo) -> TimeSpan:
    return TimeSpan(_base_offset(this))


@TIME_ZONE_INFO.property("bool SupportsDaylightSavingTime")
def _supports_daylight_saving_time(this: TimeZoneInfo) -> bool:
    now = clock.utc_now_ticks()
    return any(this.is_daylight_at(now + quarter * 91 * units.PER_DAY) for quarter in range(4))


@TIME_ZONE_INFO.method("string ToString()")
def _to_string(this: TimeZoneInfo) -> str:
    return this.display


@TIME_ZONE_INFO.method("bool Equals(TimeZoneInfo other)")
@TIME_ZONE_INFO.method("bool Equals(object obj)")
def _equals(this: TimeZoneInfo, other: object) -> bool:
    return this == other


@TIME_ZONE_INFO.method("bool HasSameRules(TimeZoneInfo other)")
def _has_same_rules(this: TimeZoneInfo, other: TimeZoneInfo | None) -> bool:
    if other is None:
        raise ArgumentNullException(parameter="other")
    return this.zone is other.zone


# ---------------------------------------------------------------- offsets


def _utc_ticks_of(this: TimeZoneInfo, value: DateTime) -> int:
    """The moment that a time means to the zone: one of kind Unspecified is on its wall, by standard time."""
    if value.kind != UNSPECIFIED:
        return value.ticks
    wall = this.wall(value.ticks)
    return value.ticks - min(wall.before, wall.after)


@TIME_ZONE_INFO.method("TimeSpan GetUtcOffset(DateTime dateTime)")
def get_utc_offset(this: TimeZoneInfo, value: DateTime) -> TimeSpan:
    """How far the zone is from UTC at a time; ambiguous and skipped times are of standard time."""
    if value.kind != UNSPECIFIED:
        return TimeSpan(this.offset_at(value.ticks))
    return TimeSpan(min(this.wall(value.ticks)))


@TIME_ZONE_INFO.method("TimeSpan GetUtcOffset(DateTimeOffset dateTimeOffset)")
def _get_utc_offset_of(this: TimeZoneInfo, value: DateTimeOffset) -> TimeSpan:
    return TimeSpan(this.offset_at(value.instant))


@TIME_ZONE_INFO.method("bool IsDaylightSavingTime(DateTime dateTime)")
def _is_daylight_saving_time(this: TimeZoneInfo, value: DateTime) -> bool:
    return this.is_daylight_at(_utc_ticks_of(this, value))


@TIME_ZONE_INFO.method("bool IsDaylightSavingTime(DateTimeOffset dateTimeOffset)")
def _is_daylight_saving_time_of(this: TimeZoneInfo, value: DateTimeOffset) -> bool:
    return this.is_daylight_at(value.instant)


@TIME_ZONE_INFO.method("bool IsInvalidTime(DateTime dateTime)")
def is_invalid_time(this: TimeZoneInfo, value: DateTime) -> bool:
    """Whether no clock of the zone ever shows this time."""
    wall = this.wall(value.ticks)
    return value.kind == UNSPECIFIED and wall.before < wall.after


def _wall_of(this: TimeZoneInfo, value: DateTime) -> _Wall:
    if value.kind == UNSPECIFIED:
        return this.wall(value.ticks)
    return this.wall(value.ticks + this.offset_at(value.ticks))


@TIME_ZONE_INFO.method("bool IsAmbiguousTime(DateTime dateTime)")
def _is_ambiguous_time(this: TimeZoneInfo, value: DateTime) -> bool:
    wall = _wall_of(this, value)
    return wall.before > wall.after


@TIME_ZONE_INFO.method("bool IsAmbiguousTime(DateTimeOffset dateTimeOffset)")
def _is_ambiguous_time_of(this: TimeZoneInfo, value: DateTimeOffset) -> bool:
    return _is_ambiguous_time(this, DateTime(value.instant, UTC))


@TIME_ZONE_INFO.method("TimeSpan[] GetAmbiguousTimeOffsets(DateTime dateTime)")
def _get_ambiguous_time_offsets(this: TimeZoneInfo, value: DateTime) -> Array:
    wall = _wall_of(this, value)
    if wall.before <= wall.after:
        raise ArgumentException("The supplied DateTime is not in an ambiguous time range.", None, "dateTime")
    return Array(TIME_SPAN.type, [TimeSpan(wall.after), TimeSpan(wall.before)])


# ---------------------------------------------------------------- conversions


@TIME_ZONE_INFO.method(
    "static DateTime ConvertTime(DateTime dateTime, TimeZoneInfo sourceTimeZone, "
    "TimeZoneInfo destinationTimeZone)"
)
def convert_time(value: DateTime, source: TimeZoneInfo | None, target: TimeZoneInfo | None) -> DateTime:
    """What the clock of one zone shows when that of another shows a time.

    Raises ArgumentNullException, or ArgumentException for a time of another zone and for one that is skipped.
    """
    if source is None:
        raise ArgumentNullException(parameter="sourceTimeZone")
    if target is None:
        raise ArgumentNullException(parameter="destinationTimeZone")
    if value.kind not in (UNSPECIFIED, source.kind):
        raise ArgumentException(_WRONG_KIND, None, "sourceTimeZone")
    wall = source.wall(value.ticks)
    if wall.before < wall.after:
        raise ArgumentException(_INVALID_TIME, None, "dateTime")
    utc = min(max(value.ticks - min(wall), 0), units.MOST)
    return _shown(utc, target)


def _shown(utc_ticks: int, target: TimeZoneInfo) -> DateTime:
    ticks = utc_ticks + target.offset_at(utc_ticks)
    return DateTime(min(max(ticks, 0), units.MOST), target.kind)


@TIME_ZONE_INFO.method("static DateTime ConvertTime(DateTime dateTime, TimeZoneInfo destinationTimeZone)")
def convert_time_to(value: DateTime, target: TimeZoneInfo | None) -> DateTime:
    """Like convert_time, from UTC or the local zone. Raises ArgumentNullException."""
    return convert_time(value, UTC_ZONE if value.kind == UTC else LOCAL_ZONE, target)


@TIME_ZONE_INFO.method(
    "static DateTimeOffset ConvertTime(DateTimeOffset dateTimeOffset, TimeZoneInfo destinationTimeZone)"
)
def convert_offset(value: DateTimeOffset, target: TimeZoneInfo | None) -> DateTimeOffset:
    """The same moment in another zone. Raises ArgumentNullException."""
    if target is None:
        raise ArgumentNullException(parameter="destinationTimeZone")
    offset = target.offset_at(value.instant)
    ticks = value.instant + offset
    if 0 <= ticks <= units.MOST:
        return DateTimeOffset(ticks, offset)
    return DateTimeOffset(min(max(ticks, 0), units.MOST), 0)


@TIME_ZONE_INFO.method("static DateTime ConvertTimeToUtc(DateTime dateTime)")
def _convert_time_to_utc(value: DateTime) -> DateTime:
    return to_universal_time(value)


@TIME_ZONE_INFO.method("static DateTime ConvertTimeToUtc(DateTime dateTime, TimeZoneInfo sourceTimeZone)")
def convert_time_to_utc(value: DateTime, source: TimeZoneInfo | None) -> DateTime:
    """Like convert_time, to UTC."""
    return convert_time(value, source, UTC_ZONE)


@TIME_ZONE_INFO.method(
    "static DateTime ConvertTimeFromUtc(DateTime dateTime, TimeZoneInfo destinationTimeZone)"
)
def convert_time_from_utc(value: DateTime, target: TimeZoneInfo | None) -> DateTime:
    """Like convert_time, from UTC."""
    return convert_time(value, UTC_ZONE, target)


@TIME_ZONE_INFO.method(
    "static DateTime ConvertTimeBySystemTimeZoneId(DateTime dateTime, string destinationTimeZoneId)"
)
def _convert_time_by_id(value: DateTime, target: str | None) -> DateTime:
    return convert_time_to(value, find_system_time_zone_by_id(target))


@TIME_ZONE_INFO.method(
    "static DateTime ConvertTimeBySystemTimeZoneId(DateTime dateTime, string sourceTimeZoneId, "
    "string destinationTimeZoneId)"
)
def _convert_time_by_ids(value: DateTime, source: str | None, target: str | None) -> DateTime:
    return convert_time(value, find_system_time_zone_by_id(source), find_system_time_zone_by_id(target))


@TIME_ZONE_INFO.method(
    "static DateTimeOffset ConvertTimeBySystemTimeZoneId(DateTimeOffset dateTimeOffset, "
    "string destinationTimeZoneId)"
)
def _convert_offset_by_id(value: DateTimeOffset, target: str | None) -> DateTimeOffset:
    return convert_offset(value, find_system_time_zone_by_id(target))


# ---------------------------------------------------------------- System.TimeZone


class TimeZone(NetObject):
    """A System.TimeZone: the one of the computer, UTC."""

    __slots__ = ()

    def net_type(self) -> Type:
        """System.TimeZone."""
        return TIME_ZONE.type


TIME_ZONE = define("System.TimeZone", "class", python=(TimeZone,))
TIME_ZONE.value("TimeZone CurrentTimeZone", TimeZone())


@TIME_ZONE.property("string StandardName", never_null=True)
@TIME_ZONE.property("string DaylightName", never_null=True)
def _coordinated(this: TimeZone) -> str:
    return _COORDINATED


@TIME_ZONE.method("TimeSpan GetUtcOffset(DateTime time)")
def _no_offset(this: TimeZone, value: DateTime) -> TimeSpan:
    return TimeSpan(0)


@TIME_ZONE.method("bool IsDaylightSavingTime(DateTime time)")
def _never_forward(this: TimeZone, value: DateTime) -> bool:
    return False


@TIME_ZONE.method("DateTime ToLocalTime(DateTime time)")
def _to_local_time(this: TimeZone, value: DateTime) -> DateTime:
    return to_local_time(value)


@TIME_ZONE.method("DateTime ToUniversalTime(DateTime time)")
def _to_universal_time(this: TimeZone, value: DateTime) -> DateTime:
    return to_universal_time(value)
