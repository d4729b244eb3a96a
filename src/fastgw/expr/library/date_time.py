"""System.DateTime, System.DateTimeKind, System.DayOfWeek. The local time zone is UTC, as in the service.

Members that the service refuses are not declared: what has to do with kinds and other clocks, and parsing but
for Parse. Comparisons and text are in date_time_members.
"""

from __future__ import annotations

import math
from typing import Final

from fastgw.expr.library import clock
from fastgw.expr.library import ticks as units
from fastgw.expr.library.date_formats import LOCAL, UNSPECIFIED, UTC, format_date
from fastgw.expr.library.declare import define, define_enum
from fastgw.expr.library.instants import Instant
from fastgw.expr.library.time_span import TimeSpan
from fastgw.expr.runtime.errors import ArgumentException, ArgumentOutOfRangeException
from fastgw.expr.runtime.values import EnumValue, Int64
from fastgw.expr.types import Type

_UNREPRESENTABLE = "The added or subtracted value results in an un-representable DateTime."
_MOST_MILLISECONDS: Final = (units.MOST + 1) // units.PER_MILLISECOND
_FILE_EPOCH: Final = units.ticks_of(1601, 1, 1)


class DateTime(Instant):
    """A System.DateTime: immutable ticks, and a kind that takes no part in comparisons."""

    net_short_name = "DateTime"
    __slots__ = ("kind", "ticks")

    def __init__(self, ticks: int, kind: int = UNSPECIFIED) -> None:
        self.ticks = self.instant = ticks
        self.kind = kind

    def net_type(self) -> Type:
        """System.DateTime."""
        return DATE_TIME.type

    def net_text(self) -> str:
        """ToString()."""
        return format_date(self.ticks, None, self.kind)

    def net_format(self, format: str | None) -> str:
        """ToString(format). Raises FormatException."""
        return format_date(self.ticks, format, self.kind)


DATE_TIME = define(
    "System.DateTime",
    "struct",
    base="System.ValueType",
    interfaces=(
        "IComparable",
        "IComparable<DateTime>",
        "IEquatable<DateTime>",
        "IConvertible",
        "IFormattable",
    ),
    python=(DateTime,),
    exact=True,
)
define_enum("System.DateTimeKind", {"Utc": UTC})
DAY_OF_WEEK = define_enum(
    "System.DayOfWeek",
    {
        "Sunday": 0,
        "Monday": 1,
        "Tuesday": 2,
        "Wednesday": 3,
        "Thursday": 4,
        "Friday": 5,
        "Saturday": 6,
    },
)
_DAYS: Final = tuple(EnumValue(DAY_OF_WEEK.definition, value) for value in range(7))

MIN_VALUE: Final = DateTime(0)
MAX_VALUE: Final = DateTime(units.MOST)
UNIX_EPOCH: Final = DateTime(clock.UNIX_EPOCH_TICKS, UTC)


def utc_now() -> DateTime:
    """The time now, of kind Utc."""
    return DateTime(clock.utc_now_ticks(), UTC)


def moved(this: DateTime, by: int, parameter: str = "value") -> DateTime:
    """A later or earlier moment of the same kind. Raises ArgumentOutOfRangeException."""
    ticks = this.ticks + by
    if not 0 <= ticks <= units.MOST:
        raise ArgumentOutOfRangeException(_UNREPRESENTABLE, None, parameter)
    return DateTime(ticks, this.kind)


# ---------------------------------------------------------------- making

DATE_TIME.value("DateTime MinValue", MIN_VALUE)
DATE_TIME.value("DateTime MaxValue", MAX_VALUE)
DATE_TIME.value("DateTime UnixEpoch", UNIX_EPOCH)


@DATE_TIME.constructor("()")
def _new() -> DateTime:
    return MIN_VALUE


@DATE_TIME.constructor("(long ticks)")
def _new_of_ticks(ticks: int) -> DateTime:
    return DateTime(checked_ticks(ticks))


@DATE_TIME.constructor("(long ticks, DateTimeKind kind)")
def _new_of_ticks_and_kind(ticks: int, kind: EnumValue) -> DateTime:
    return DateTime(checked_ticks(ticks), _kind(kind))


@DATE_TIME.constructor("(int year, int month, int day)")
def _new_of_day(year: int, month: int, day: int) -> DateTime:
    return DateTime(ticks_of_parts(year, month, day, 0, 0, 0, 0))


@DATE_TIME.constructor("(int year, int month, int day, int hour, int minute, int second)")
def _new_of_second(year: int, month: int, day: int, hour: int, minute: int, second: int) -> DateTime:
    return DateTime(ticks_of_parts(year, month, day, hour, minute, second, 0))


@DATE_TIME.constructor("(int year, int month, int day, int hour, int minute, int second, DateTimeKind kind)")
def _new_of_second_and_kind(
    year: int, month: int, day: int, hour: int, minute: int, second: int, kind: EnumValue
) -> DateTime:
    return DateTime(ticks_of_parts(year, month, day, hour, minute, second, 0), _kind(kind))


@DATE_TIME.constructor("(int year, int month, int day, int hour, int minute, int second, int millisecond)")
def _new_of_millisecond(
    year: int, month: int, day: int, hour: int, minute: int, second: int, millisecond: int
) -> DateTime:
    return DateTime(ticks_of_parts(year, month, day, hour, minute, second, millisecond))


@DATE_TIME.constructor(
    "(int year, int month, int day, int hour, int minute, int second, int millisecond, DateTimeKind kind)"
)
def _new_of_millisecond_and_kind(
    year: int,
    month: int,
    day: int,
    hour: int,
    minute: int,
    second: int,
    millisecond: int,
    kind: EnumValue,
) -> DateTime:
    ticks = ticks_of_parts(year, month, day, hour, minute, second, millisecond)
    return DateTime(ticks, _kind(kind))


def ticks_of_parts(
    year: int, month: int, day: int, hour: int, minute: int, second: int, millisecond: int
) -> int:
    """Ticks of calendar and clock. Raises ArgumentOutOfRangeException."""
    if not units.is_date(year, month, day):
        raise ArgumentOutOfRangeException(
            "Year, Month, and Day parameters describe an un-representable DateTime."
        )
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59):
        raise ArgumentOutOfRangeException(
            "Hour, Minute, and Second parameters describe an un-representable DateTime."
        )
    if not 0 <= millisecond <= 999:
        raise ArgumentOutOfRangeException(
            "Valid values are between 0 and 999, inclusive.", None, "millisecond"
        )
    seconds = (hour * 60 + minute) * 60 + second
    whole = units.ticks_of(year, month, day) + seconds * units.PER_SECOND
    return whole + millisecond * units.PER_MILLISECOND


def checked_ticks(ticks: int) -> int:
    """Ticks of a DateTime. Raises ArgumentOutOfRangeException."""
    if not 0 <= ticks <= units.MOST:
        raise ArgumentOutOfRangeException(
            "Ticks must be between DateTime.MinValue.Ticks and DateTime.MaxValue.Ticks.", None, "ticks"
        )
    return int(ticks)


def _kind(kind: EnumValue) -> int:
    if not UNSPECIFIED <= kind.value <= LOCAL:
        raise ArgumentException("Invalid DateTimeKind value.", None, "kind")
    return kind.value


@DATE_TIME.property("static DateTime UtcNow")
def _utc_now() -> DateTime:
    return utc_now()


@DATE_TIME.property("static DateTime Now")
def _now() -> DateTime:
    return DateTime(clock.utc_now_ticks(), LOCAL)


@DATE_TIME.property("static DateTime Today")
def _today() -> DateTime:
    return DateTime(clock.utc_now_ticks() // units.PER_DAY * units.PER_DAY, LOCAL)


def to_universal_time(this: DateTime) -> DateTime:
    """The same moment, of kind Utc."""
    return DateTime(this.ticks, UTC)


def to_local_time(this: DateTime) -> DateTime:
    """The same moment, of kind Local."""
    return DateTime(this.ticks, LOCAL)


# ---------------------------------------------------------------- parts


@DATE_TIME.property("long Ticks")
def _ticks(this: DateTime) -> Int64:
    return Int64(this.ticks)


@DATE_TIME.property("DateTime Date")
def _date(this: DateTime) -> DateTime:
    return DateTime(this.ticks // units.PER_DAY * units.PER_DAY, this.kind)


@DATE_TIME.property("TimeSpan TimeOfDay")
def _time_of_day(this: DateTime) -> TimeSpan:
    return TimeSpan(this.ticks % units.PER_DAY)


@DATE_TIME.property("int Year")
def _year(this: DateTime) -> int:
    return units.date_of(this.ticks).year


@DATE_TIME.property("int Month")
def _month(this: DateTime) -> int:
    return units.date_of(this.ticks).month


@DATE_TIME.property("int Day")
def _day(this: DateTime) -> int:
    return units.date_of(this.ticks).day


@DATE_TIME.property("DayOfWeek DayOfWeek")
def _day_of_week(this: DateTime) -> EnumValue:
    return day_of_week(this.ticks)


def day_of_week(ticks: int) -> EnumValue:
    """The day of the week; the first day of the calendar is a Monday."""
    return _DAYS[(ticks // units.PER_DAY + 1) % 7]


@DATE_TIME.property("int DayOfYear")
def _day_of_year(this: DateTime) -> int:
    return day_of_year(this.ticks)


def day_of_year(ticks: int) -> int:
    """The number of the day in its year, from 1."""
    return units.date_of(ticks).timetuple().tm_yday


@DATE_TIME.property("int Hour")
def _hour(this: DateTime) -> int:
    return this.ticks // units.PER_HOUR % 24


@DATE_TIME.property("int Minute")
def _minute(this: DateTime) -> int:
    return this.ticks // units.PER_MINUTE % 60


@DATE_TIME.property("int Second")
def _second(this: DateTime) -> int:
    return this.ticks // units.PER_SECOND % 60


@DATE_TIME.property("int Millisecond")
def _millisecond(this: DateTime) -> int:
    return this.ticks // units.PER_MILLISECOND % 1000


# ---------------------------------------------------------------- calendar


@DATE_TIME.method("static int DaysInMonth(int year, int month)")
def days_in_month(year: int, month: int) -> int:
    """The length of a month in days. Raises ArgumentOutOfRangeException."""
    if not 1 <= month <= 12:
        raise ArgumentOutOfRangeException("Month must be between one and twelve.", None, "month")
    _check_year(year)
    return units.days_in_month(year, month)


@DATE_TIME.method("static bool IsLeapYear(int year)")
def is_leap_year(year: int) -> bool:
    """Whether the year has 366 days. Raises ArgumentOutOfRangeException."""
    _check_year(year)
    return units.is_leap_year(year)


def _check_year(year: int) -> None:
    if not 1 <= year <= 9999:
        raise ArgumentOutOfRangeException("Year must be between 1 and 9999.", None, "year")


@DATE_TIME.method("bool IsDaylightSavingTime()")
def _is_daylight_saving_time(this: DateTime) -> bool:
    return False


# ---------------------------------------------------------------- arithmetic


def added(this: DateTime, value: float, milliseconds: int) -> DateTime:
    """A moment later by so many units of so many milliseconds, rounded to a whole one.

    Raises ArgumentOutOfRangeException.
    """
    if math.isnan(value):
        # The conversion of NaN to ticks wraps around to none.
        return this
    exact = value * milliseconds + (0.5 if value >= 0 else -0.5)
    if not -_MOST_MILLISECONDS < exact < _MOST_MILLISECONDS:
        raise ArgumentOutOfRangeException("Value to add was out of range.", None, "value")
    return moved(this, int(exact) * units.PER_MILLISECOND)


@DATE_TIME.method("DateTime AddDays(double value)")
def add_days(this: DateTime, value: float) -> DateTime:
    """Later by days, and parts of a day. Raises ArgumentOutOfRangeException."""
    return added(this, value, 86_400_000)


@DATE_TIME.method("DateTime AddHours(double value)")
def add_hours(this: DateTime, value: float) -> DateTime:
    """Later by hours. Raises ArgumentOutOfRangeException."""
    return added(this, value, 3_600_000)


@DATE_TIME.method("DateTime AddMinutes(double value)")
def add_minutes(this: DateTime, value: float) -> DateTime:
    """Later by minutes. Raises ArgumentOutOfRangeException."""
    return added(this, value, 60_000)


@DATE_TIME.method("DateTime AddSeconds(double value)")
def add_seconds(this: DateTime, value: float) -> DateTime:
    """Later by seconds. Raises ArgumentOutOfRangeException."""
    return added(this, value, 1000)


@DATE_TIME.method("DateTime AddMilliseconds(double value)")
def add_milliseconds(this: DateTime, value: float) -> DateTime:
    """Later by milliseconds. Raises ArgumentOutOfRangeException."""
    return added(this, value, 1)


@DATE_TIME.method("DateTime AddTicks(long value)")
def add_ticks(this: DateTime, value: int) -> DateTime:
    """Later by ticks. Raises ArgumentOutOfRangeException."""
    return moved(this, value)


@DATE_TIME.method("DateTime AddMonths(int months)")
def add_months(this: DateTime, months: int) -> DateTime:
    """The same day of another month, or its last day. Raises ArgumentOutOfRangeException."""
    if not -120_000 <= months <= 120_000:
        raise ArgumentOutOfRangeException("Months value must be between +/-120000.", None, "months")
    day = units.date_of(this.ticks)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise ArgumentOutOfRangeException(_UNREPRESENTABLE, None, "months")
    last = units.days_in_month(year, month + 1)
    start = units.ticks_of(year, month + 1, min(day.day, last))
    return DateTime(start + this.ticks % units.PER_DAY, this.kind)


@DATE_TIME.method("DateTime AddYears(int value)")
def add_years(this: DateTime, value: int) -> DateTime:
    """The same day of another year; 29 February may become 28. Raises ArgumentOutOfRangeException."""
    if not -10_000 <= value <= 10_000:
        raise ArgumentOutOfRangeException("Years value must be between +/-10000.", None, "years")
    return add_months(this, value * 12)


@DATE_TIME.method("DateTime Add(TimeSpan value)")
def add(this: DateTime, value: TimeSpan) -> DateTime:
    """Later by a duration. Raises ArgumentOutOfRangeException."""
    return moved(this, value.ticks)


@DATE_TIME.operator("DateTime operator +(DateTime d, TimeSpan t)")
def _plus(this: DateTime, value: TimeSpan) -> DateTime:
    return moved(this, value.ticks, "t")


@DATE_TIME.method("DateTime Subtract(TimeSpan value)")
def subtract(this: DateTime, value: TimeSpan) -> DateTime:
    """Earlier by a duration. Raises ArgumentOutOfRangeException."""
    return moved(this, -value.ticks)


@DATE_TIME.operator("DateTime operator -(DateTime d, TimeSpan t)")
def _minus(this: DateTime, value: TimeSpan) -> DateTime:
    return moved(this, -value.ticks, "t")


@DATE_TIME.method("TimeSpan Subtract(DateTime value)")
@DATE_TIME.operator("TimeSpan operator -(DateTime d1, DateTime d2)")
def difference(this: DateTime, other: DateTime) -> TimeSpan:
    """The duration between two moments; kinds are ignored."""
    return TimeSpan(this.ticks - other.ticks)


# ---------------------------------------------------------------- other clocks


def to_file_time(this: DateTime) -> Int64:
    """Ticks since 1601. Raises ArgumentOutOfRangeException."""
    if this.ticks < _FILE_EPOCH:
        raise ArgumentOutOfRangeException("Not a valid Win32 FileTime.")
    return Int64(this.ticks - _FILE_EPOCH)


def from_file_time(value: int) -> DateTime:
    """A moment of kind Local. Raises ArgumentOutOfRangeException."""
    return DateTime(_file_ticks(value), LOCAL)


def _file_ticks(value: int) -> int:
    if not 0 <= value <= units.MOST - _FILE_EPOCH:
        raise ArgumentOutOfRangeException("Not a valid Win32 FileTime.", None, "fileTime")
    return int(value) + _FILE_EPOCH
