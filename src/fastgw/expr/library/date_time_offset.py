"""System.DateTimeOffset: calendar and clock somewhere, and how far that is from UTC."""

from __future__ import annotations

from typing import Any, Final

from fastgw.expr.library import clock
from fastgw.expr.library import date_time as dates
from fastgw.expr.library import ticks as units
from fastgw.expr.library.date_exact import parse_exact as read_exact
from fastgw.expr.library.date_formats import LOCAL, UNSPECIFIED, UTC, format_date
from fastgw.expr.library.date_parsing import Parsed, parse_date
from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.declare import define
from fastgw.expr.library.instants import Instant
from fastgw.expr.library.time_span import TimeSpan
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    FormatException,
)
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import EnumValue, Int64
from fastgw.expr.types import Type

_EPOCH_SECONDS: Final = clock.UNIX_EPOCH_TICKS // units.PER_SECOND
_EPOCH_MILLISECONDS: Final = clock.UNIX_EPOCH_TICKS // units.PER_MILLISECOND


class DateTimeOffset(Instant):
    """A System.DateTimeOffset: immutable; `ticks` of the clock shown, `offset` in ticks from UTC.

    Two are equal when they are the same moment.
    """

    net_short_name = "DateTimeOffset"
    __slots__ = ("offset", "ticks")

    def __init__(self, ticks: int, offset: int) -> None:
        self.ticks = ticks
        self.offset = offset
        self.instant = ticks - offset

    def net_type(self) -> Type:
        """System.DateTimeOffset."""
        return DATE_TIME_OFFSET.type

    def net_text(self) -> str:
        """ToString()."""
        return format_date(self.ticks, None, UNSPECIFIED, self.offset)

    def net_format(self, format: str | None) -> str:
        """ToString(format). Raises FormatException."""
        return format_date(self.ticks, format, UNSPECIFIED, self.offset)


DATE_TIME_OFFSET = define(
    "System.DateTimeOffset",
    "struct",
    base="System.ValueType",
    interfaces=(
        "IComparable",
        "IComparable<DateTimeOffset>",
        "IEquatable<DateTimeOffset>",
        "IFormattable",
    ),
    python=(DateTimeOffset,),
    exact=True,
)

MIN_VALUE: Final = DateTimeOffset(0, 0)
MAX_VALUE: Final = DateTimeOffset(units.MOST, 0)


def _checked(ticks: int, offset: TimeSpan) -> DateTimeOffset:
    """Calendar and clock with an offset. Raises ArgumentException or ArgumentOutOfRangeException."""
    checked_offset(offset)
    if not 0 <= ticks - offset.ticks <= units.MOST:
        raise ArgumentOutOfRangeException(
            "The UTC time represented when the offset is applied must be between year 0 and 10,000.",
            None,
            "offset",
        )
    return DateTimeOffset(ticks, offset.ticks)


def checked_offset(offset: TimeSpan) -> int:
    """The ticks of an offset. Raises ArgumentException or ArgumentOutOfRangeException."""
    if offset.ticks % units.PER_MINUTE:
        raise ArgumentException("Offset must be specified in whole minutes.", None, "offset")
    if abs(offset.ticks) > 14 * units.PER_HOUR:
        raise ArgumentOutOfRangeException("Offset must be within plus or minus 14 hours.", None, "offset")
    return offset.ticks


# ---------------------------------------------------------------- making

DATE_TIME_OFFSET.value("DateTimeOffset MinValue", MIN_VALUE)
DATE_TIME_OFFSET.value("DateTimeOffset MaxValue", MAX_VALUE)
DATE_TIME_OFFSET.value("DateTimeOffset UnixEpoch", DateTimeOffset(clock.UNIX_EPOCH_TICKS, 0))


@DATE_TIME_OFFSET.constructor("()")
def _new() -> DateTimeOffset:
    return MIN_VALUE


@DATE_TIME_OFFSET.constructor("(DateTime dateTime)")
@DATE_TIME_OFFSET.operator("implicit operator DateTimeOffset(DateTime dateTime)")
def of_date_time(value: DateTime) -> DateTimeOffset:
    """The moment that a DateTime names; the local zone is UTC."""
    return DateTimeOffset(value.ticks, 0)


@DATE_TIME_OFFSET.constructor("(DateTime dateTime, TimeSpan offset)")
def _new_of_date_time(value: DateTime, offset: TimeSpan) -> DateTimeOffset:
    if value.kind == UTC and offset.ticks:
        raise ArgumentException("The UTC Offset for Utc DateTime instances must be 0.", None, "offset")
    if value.kind == LOCAL and offset.ticks:
        raise ArgumentException(
            "The UTC Offset of the local dateTime parameter does not match the offset argument.",
            None,
            "offset",
        )
    return _checked(value.ticks, offset)


@DATE_TIME_OFFSET.constructor("(long ticks, TimeSpan offset)")
def _new_of_ticks(ticks: int, offset: TimeSpan) -> DateTimeOffset:
    checked_offset(offset)
    return _checked(dates.checked_ticks(ticks), offset)


@DATE_TIME_OFFSET.constructor(
    "(int year, int month, int day, int hour, int minute, int second, TimeSpan offset)"
)
def _new_of_second(
    year: int, month: int, day: int, hour: int, minute: int, second: int, offset: TimeSpan
) -> DateTimeOffset:
    return _new_of_millisecond(year, month, day, hour, minute, second, 0, offset)


@DATE_TIME_OFFSET.constructor(
    "(int year, int month, int day, int hour, int minute, int second, int millisecond, TimeSpan offset)"
)
def _new_of_millisecond(
    year: int,
    month: int,
    day: int,
    hour: int,
    minute: int,
    second: int,
    millisecond: int,
    offset: TimeSpan,
) -> DateTimeOffset:
    checked_offset(offset)
    return _checked(dates.ticks_of_parts(year, month, day, hour, minute, second, millisecond), offset)


@DATE_TIME_OFFSET.property("static DateTimeOffset UtcNow")
@DATE_TIME_OFFSET.property("static DateTimeOffset Now")
def utc_now() -> DateTimeOffset:
    """The time now."""
    return DateTimeOffset(clock.utc_now_ticks(), 0)


@DATE_TIME_OFFSET.method("static DateTimeOffset FromUnixTimeSeconds(long seconds)")
def from_unix_time_seconds(seconds: int) -> DateTimeOffset:
    """Raises ArgumentOutOfRangeException."""
    least, most = -_EPOCH_SECONDS, units.MOST // units.PER_SECOND - _EPOCH_SECONDS
    if not least <= seconds <= most:
        raise ArgumentOutOfRangeException(
            f"Valid values are between {least} and {most}, inclusive.", None, "seconds"
        )
    return DateTimeOffset(int(seconds) * units.PER_SECOND + clock.UNIX_EPOCH_TICKS, 0)


@DATE_TIME_OFFSET.method("static DateTimeOffset FromUnixTimeMilliseconds(long milliseconds)")
def from_unix_time_milliseconds(milliseconds: int) -> DateTimeOffset:
    """Raises ArgumentOutOfRangeException."""
    least, most = -_EPOCH_MILLISECONDS, units.MOST // units.PER_MILLISECOND - _EPOCH_MILLISECONDS
    if not least <= milliseconds <= most:
        raise ArgumentOutOfRangeException(
            f"Valid values are between {least} and {most}, inclusive.", None, "milliseconds"
        )
    return DateTimeOffset(int(milliseconds) * units.PER_MILLISECOND + clock.UNIX_EPOCH_TICKS, 0)


@DATE_TIME_OFFSET.method("static DateTimeOffset FromFileTime(long fileTime)")
def _from_file_time(value: int) -> DateTimeOffset:
    return of_date_time(dates.from_file_time(value))


# ---------------------------------------------------------------- conversions


@DATE_TIME_OFFSET.method("long ToUnixTimeSeconds()")
def to_unix_time_seconds(this: DateTimeOffset) -> Int64:
    """Whole seconds since 1970, rounded down."""
    return Int64(this.instant // units.PER_SECOND - _EPOCH_SECONDS)


@DATE_TIME_OFFSET.method("long ToUnixTimeMilliseconds()")
def to_unix_time_milliseconds(this: DateTimeOffset) -> Int64:
    """Whole milliseconds since 1970, rounded down."""
    return Int64(this.instant // units.PER_MILLISECOND - _EPOCH_MILLISECONDS)


@DATE_TIME_OFFSET.method("long ToFileTime()")
def _to_file_time(this: DateTimeOffset) -> Int64:
    return dates.to_file_time(DateTime(this.instant))


@DATE_TIME_OFFSET.method("DateTimeOffset ToOffset(TimeSpan offset)")
def to_offset(this: DateTimeOffset, offset: TimeSpan) -> DateTimeOffset:
    """The same moment elsewhere. Raises ArgumentException or ArgumentOutOfRangeException."""
    checked_offset(offset)
    return DateTimeOffset(dates.moved(DateTime(this.instant), offset.ticks, "t").ticks, offset.ticks)


@DATE_TIME_OFFSET.method("DateTimeOffset ToUniversalTime()")
@DATE_TIME_OFFSET.method("DateTimeOffset ToLocalTime()")
def to_universal_time(this: DateTimeOffset) -> DateTimeOffset:
    """The same moment in UTC, which is the local zone too."""
    return DateTimeOffset(this.instant, 0)


# ---------------------------------------------------------------- parts


@DATE_TIME_OFFSET.property("DateTime DateTime")
def _date_time(this: DateTimeOffset) -> DateTime:
    return DateTime(this.ticks)


@DATE_TIME_OFFSET.property("DateTime UtcDateTime")
def _utc_date_time(this: DateTimeOffset) -> DateTime:
    return DateTime(this.instant, UTC)


@DATE_TIME_OFFSET.property("DateTime LocalDateTime")
def _local_date_time(this: DateTimeOffset) -> DateTime:
    return DateTime(this.instant, LOCAL)


@DATE_TIME_OFFSET.property("TimeSpan Offset")
def _offset(this: DateTimeOffset) -> TimeSpan:
    return TimeSpan(this.offset)


@DATE_TIME_OFFSET.property("long Ticks")
def _ticks(this: DateTimeOffset) -> Int64:
    return Int64(this.ticks)


@DATE_TIME_OFFSET.property("long UtcTicks")
def _utc_ticks(this: DateTimeOffset) -> Int64:
    return Int64(this.instant)


@DATE_TIME_OFFSET.property("DateTime Date")
def _date(this: DateTimeOffset) -> DateTime:
    return DateTime(this.ticks // units.PER_DAY * units.PER_DAY)


@DATE_TIME_OFFSET.property("TimeSpan TimeOfDay")
def _time_of_day(this: DateTimeOffset) -> TimeSpan:
    return TimeSpan(this.ticks % units.PER_DAY)


@DATE_TIME_OFFSET.property("int Year")
def _year(this: DateTimeOffset) -> int:
    return units.date_of(this.ticks).year


@DATE_TIME_OFFSET.property("int Month")
def _month(this: DateTimeOffset) -> int:
    return units.date_of(this.ticks).month


@DATE_TIME_OFFSET.property("int Day")
def _day(this: DateTimeOffset) -> int:
    return units.date_of(this.ticks).day


@DATE_TIME_OFFSET.property("DayOfWeek DayOfWeek")
def _day_of_week(this: DateTimeOffset) -> EnumValue:
    return dates.day_of_week(this.ticks)


@DATE_TIME_OFFSET.property("int DayOfYear")
def _day_of_year(this: DateTimeOffset) -> int:
    return dates.day_of_year(this.ticks)


@DATE_TIME_OFFSET.property("int Hour")
def _hour(this: DateTimeOffset) -> int:
    return this.ticks // units.PER_HOUR % 24


@DATE_TIME_OFFSET.property("int Minute")
def _minute(this: DateTimeOffset) -> int:
    return this.ticks // units.PER_MINUTE % 60


@DATE_TIME_OFFSET.property("int Second")
def _second(this: DateTimeOffset) -> int:
    return this.ticks // units.PER_SECOND % 60


@DATE_TIME_OFFSET.property("int Millisecond")
def _millisecond(this: DateTimeOffset) -> int:
    return this.ticks // units.PER_MILLISECOND % 1000


# ---------------------------------------------------------------- arithmetic


def _with_clock(this: DateTimeOffset, moved: DateTime) -> DateTimeOffset:
    """Another time at the same offset. Raises ArgumentOutOfRangeException."""
    return _checked(moved.ticks, TimeSpan(this.offset))


@DATE_TIME_OFFSET.method("DateTimeOffset Add(TimeSpan timeSpan)")
@DATE_TIME_OFFSET.operator("DateTimeOffset operator +(DateTimeOffset dateTimeOffset, TimeSpan timeSpan)")
def add(this: DateTimeOffset, value: TimeSpan) -> DateTimeOffset:
    """Later by a duration. Raises ArgumentOutOfRangeException."""
    return _with_clock(this, dates.moved(DateTime(this.ticks), value.ticks))


@DATE_TIME_OFFSET.method("DateTimeOffset Subtract(TimeSpan value)")
@DATE_TIME_OFFSET.operator("DateTimeOffset operator -(DateTimeOffset dateTimeOffset, TimeSpan timeSpan)")
def subtract(this: DateTimeOffset, value: TimeSpan) -> DateTimeOffset:
    """Earlier by a duration. Raises ArgumentOutOfRangeException."""
    return _with_clock(this, dates.moved(DateTime(this.ticks), -value.ticks))


@DATE_TIME_OFFSET.method("TimeSpan Subtract(DateTimeOffset value)")
@DATE_TIME_OFFSET.operator("TimeSpan operator -(DateTimeOffset left, DateTimeOffset right)")
def difference(this: DateTimeOffset, other: DateTimeOffset) -> TimeSpan:
    """The duration between two moments."""
    return TimeSpan(this.instant - other.instant)


@DATE_TIME_OFFSET.method("DateTimeOffset AddDays(double days)")
def _add_days(this: DateTimeOffset, value: float) -> DateTimeOffset:
    return _with_clock(this, dates.add_days(DateTime(this.ticks), value))


@DATE_TIME_OFFSET.method("DateTimeOffset AddHours(double hours)")
def _add_hours(this: DateTimeOffset, value: float) -> DateTimeOffset:
    return _with_clock(this, dates.add_hours(DateTime(this.ticks), value))


@DATE_TIME_OFFSET.method("DateTimeOffset AddMinutes(double minutes)")
def _add_minutes(this: DateTimeOffset, value: float) -> DateTimeOffset:
    return _with_clock(this, dates.add_minutes(DateTime(this.ticks), value))


@DATE_TIME_OFFSET.method("DateTimeOffset AddSeconds(double seconds)")
def _add_seconds(this: DateTimeOffset, value: float) -> DateTimeOffset:
    return _with_clock(this, dates.add_seconds(DateTime(this.ticks), value))


@DATE_TIME_OFFSET.method("DateTimeOffset AddMilliseconds(double milliseconds)")
def _add_milliseconds(this: DateTimeOffset, value: float) -> DateTimeOffset:
    return _with_clock(this, dates.add_milliseconds(DateTime(this.ticks), value))


@DATE_TIME_OFFSET.method("DateTimeOffset AddTicks(long ticks)")
def _add_ticks(this: DateTimeOffset, value: int) -> DateTimeOffset:
    return _with_clock(this, dates.add_ticks(DateTime(this.ticks), value))


@DATE_TIME_OFFSET.method("DateTimeOffset AddMonths(int months)")
def _add_months(this: DateTimeOffset, value: int) -> DateTimeOffset:
    return _with_clock(this, dates.add_months(DateTime(this.ticks), value))


@DATE_TIME_OFFSET.method("DateTimeOffset AddYears(int years)")
def _add_years(this: DateTimeOffset, value: int) -> DateTimeOffset:
    return _with_clock(this, dates.add_years(DateTime(this.ticks), value))


# ---------------------------------------------------------------- comparison


@DATE_TIME_OFFSET.operator("bool operator ==(DateTimeOffset left, DateTimeOffset right)")
@DATE_TIME_OFFSET.method("bool Equals(DateTimeOffset other)")
@DATE_TIME_OFFSET.method("static bool Equals(DateTimeOffset first, DateTimeOffset second)")
def _equal(left: DateTimeOffset, right: DateTimeOffset) -> bool:
    return left.instant == right.instant


@DATE_TIME_OFFSET.method("bool Equals(object obj)")
def _equals(this: DateTimeOffset, value: object) -> bool:
    return this == value


@DATE_TIME_OFFSET.method("bool EqualsExact(DateTimeOffset other)")
def _equals_exact(this: DateTimeOffset, other: DateTimeOffset) -> bool:
    return this.ticks == other.ticks and this.offset == other.offset


@DATE_TIME_OFFSET.operator("bool operator !=(DateTimeOffset left, DateTimeOffset right)")
def _unequal(left: DateTimeOffset, right: DateTimeOffset) -> bool:
    return left.instant != right.instant


@DATE_TIME_OFFSET.operator("bool operator <(DateTimeOffset left, DateTimeOffset right)")
def _less(left: DateTimeOffset, right: DateTimeOffset) -> bool:
    return left < right


@DATE_TIME_OFFSET.operator("bool operator <=(DateTimeOffset left, DateTimeOffset right)")
def _at_most(left: DateTimeOffset, right: DateTimeOffset) -> bool:
    return left <= right


@DATE_TIME_OFFSET.operator("bool operator >(DateTimeOffset left, DateTimeOffset right)")
def _greater(left: DateTimeOffset, right: DateTimeOffset) -> bool:
    return left > right


@DATE_TIME_OFFSET.operator("bool operator >=(DateTimeOffset left, DateTimeOffset right)")
def _at_least(left: DateTimeOffset, right: DateTimeOffset) -> bool:
    return left >= right


@DATE_TIME_OFFSET.method("static int Compare(DateTimeOffset first, DateTimeOffset second)")
@DATE_TIME_OFFSET.method("int CompareTo(DateTimeOffset other)")
def _compare(left: DateTimeOffset, right: DateTimeOffset) -> int:
    return (left > right) - (left < right)


@DATE_TIME_OFFSET.method("int GetHashCode()")
def _hash_code(this: DateTimeOffset) -> int:
    return units.hash_of(this.instant)


# ---------------------------------------------------------------- text


@DATE_TIME_OFFSET.method("string ToString()")
@DATE_TIME_OFFSET.method("string ToString(IFormatProvider formatProvider)")
def _to_string(this: DateTimeOffset, _provider: Any = None) -> str:
    return format_date(this.ticks, None, UNSPECIFIED, this.offset)


@DATE_TIME_OFFSET.method("string ToString(string format)")
@DATE_TIME_OFFSET.method("string ToString(string format, IFormatProvider formatProvider)")
def _to_string_formatted(this: DateTimeOffset, format: str | None, _provider: Any = None) -> str:
    return format_date(this.ticks, format, UNSPECIFIED, this.offset)


@DATE_TIME_OFFSET.method("static DateTimeOffset Parse(string input)")
@DATE_TIME_OFFSET.method("static DateTimeOffset Parse(string input, IFormatProvider formatProvider)")
def parse(text: str | None, _provider: Any = None) -> DateTimeOffset:
    """A text without a zone is of the local one, UTC. Raises ArgumentNullException or FormatException."""
    if text is None:
        raise ArgumentNullException(parameter="input")
    meter.spend(len(text))
    return _of_parsed(parse_date(text, offset_counts=True), text)


@DATE_TIME_OFFSET.method(
    "static DateTimeOffset ParseExact(string input, string format, IFormatProvider formatProvider)"
)
def parse_exact(text: str | None, format: str | None, _provider: Any = None) -> DateTimeOffset:
    """Raises ArgumentNullException or FormatException."""
    if text is None:
        raise ArgumentNullException(parameter="input")
    if format is None:
        raise ArgumentNullException(parameter="format")
    return _of_parsed(read_exact(text, format, offset_counts=True), text)


def _of_parsed(parsed: Parsed, text: str) -> DateTimeOffset:
    offset = parsed.offset or 0
    if not 0 <= parsed.ticks - offset <= units.MOST:
        raise FormatException(
            f"The UTC representation of the date '{text}' falls outside the year range 1-9999."
        )
    return DateTimeOffset(parsed.ticks, offset)


@DATE_TIME_OFFSET.method("static bool TryParse(string input, out DateTimeOffset result)")
def try_parse(text: str | None) -> tuple[bool, DateTimeOffset]:
    """Whether the text is a date, and which (MinValue otherwise)."""
    try:
        return True, parse(text)
    except (ArgumentNullException, FormatException):
        return False, MIN_VALUE
