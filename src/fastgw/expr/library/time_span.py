"""System.TimeSpan. Its text is in time_span_formats."""

from __future__ import annotations

import math
from typing import Any, Final

from fastgw.expr.library import ticks as units
from fastgw.expr.library.declare import define
from fastgw.expr.library.instants import Instant
from fastgw.expr.library.time_span_formats import format_span, parse_span, parse_span_exact
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    FormatException,
    OverflowException,
)
from fastgw.expr.runtime.values import Array, Int64
from fastgw.expr.types import Type

_TOO_LONG = "TimeSpan overflowed because the duration is too long."
_NOT_A_NUMBER = "TimeSpan does not accept floating point Not-a-Number values."


class TimeSpan(Instant):
    """A System.TimeSpan: an immutable number of ticks."""

    net_short_name = "TimeSpan"
    __slots__ = ("ticks",)

    def __init__(self, ticks: int) -> None:
        self.ticks = self.instant = ticks

    def net_type(self) -> Type:
        """System.TimeSpan."""
        return TIME_SPAN.type

    def net_text(self) -> str:
        """ToString()."""
        return format_span(self.ticks, None)

    def net_format(self, format: str | None) -> str:
        """ToString(format). Raises FormatException."""
        return format_span(self.ticks, format)


TIME_SPAN = define(
    "System.TimeSpan",
    "struct",
    base="System.ValueType",
    interfaces=("IComparable", "IComparable<TimeSpan>", "IEquatable<TimeSpan>", "IFormattable"),
    python=(TimeSpan,),
    exact=True,
)

ZERO: Final = TimeSpan(0)
MIN_VALUE: Final = TimeSpan(units.INT64_LEAST)
MAX_VALUE: Final = TimeSpan(units.INT64_MOST)


def checked(ticks: int) -> TimeSpan:
    """A duration of so many ticks. Raises OverflowException where 64 bits do not hold them."""
    if not units.INT64_LEAST <= ticks <= units.INT64_MOST:
        raise OverflowException(_TOO_LONG)
    return TimeSpan(ticks)


def _from_double(ticks: float) -> TimeSpan:
    # 2**63 itself is what Int64.MaxValue becomes as a double, and stands for it.
    if math.isnan(ticks) or not -(2.0**63) <= ticks <= 2.0**63:
        raise OverflowException(_TOO_LONG)
    return TimeSpan(min(int(ticks), units.INT64_MOST))


# ---------------------------------------------------------------- making

TIME_SPAN.value("TimeSpan Zero", ZERO)
TIME_SPAN.value("TimeSpan MinValue", MIN_VALUE)
TIME_SPAN.value("TimeSpan MaxValue", MAX_VALUE)
TIME_SPAN.value("long TicksPerMillisecond", Int64(units.PER_MILLISECOND), constant=True)
TIME_SPAN.value("long TicksPerSecond", Int64(units.PER_SECOND), constant=True)
TIME_SPAN.value("long TicksPerMinute", Int64(units.PER_MINUTE), constant=True)
TIME_SPAN.value("long TicksPerHour", Int64(units.PER_HOUR), constant=True)
TIME_SPAN.value("long TicksPerDay", Int64(units.PER_DAY), constant=True)


@TIME_SPAN.constructor("()")
def _new() -> TimeSpan:
    return ZERO


@TIME_SPAN.constructor("(long ticks)")
def _new_of_ticks(ticks: int) -> TimeSpan:
    return TimeSpan(int(ticks))


@TIME_SPAN.constructor("(int hours, int minutes, int seconds)")
def _new_of_time(hours: int, minutes: int, seconds: int) -> TimeSpan:
    return _new_of_parts(0, hours, minutes, seconds, 0)


@TIME_SPAN.constructor("(int days, int hours, int minutes, int seconds)")
def _new_of_days(days: int, hours: int, minutes: int, seconds: int) -> TimeSpan:
    return _new_of_parts(days, hours, minutes, seconds, 0)


@TIME_SPAN.constructor("(int days, int hours, int minutes, int seconds, int milliseconds)")
def _new_of_parts(days: int, hours: int, minutes: int, seconds: int, milliseconds: int) -> TimeSpan:
    whole = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    total = (whole * 1000 + milliseconds) * units.PER_MILLISECOND
    # .NET bounds whole milliseconds.
    if abs(total) // units.PER_MILLISECOND > units.INT64_MOST // units.PER_MILLISECOND:
        raise ArgumentOutOfRangeException(_TOO_LONG)
    return TimeSpan(total)


def _interval(value: float, scale: int) -> TimeSpan:
    if math.isnan(value):
        raise ArgumentException(_NOT_A_NUMBER)
    return _from_double(value * scale)


@TIME_SPAN.method("static TimeSpan FromDays(double value)")
def from_days(value: float) -> TimeSpan:
    """A duration of days, cut to whole ticks. Raises ArgumentException or OverflowException."""
    return _interval(value, units.PER_DAY)


@TIME_SPAN.method("static TimeSpan FromHours(double value)")
def from_hours(value: float) -> TimeSpan:
    """A duration of hours."""
    return _interval(value, units.PER_HOUR)


@TIME_SPAN.method("static TimeSpan FromMinutes(double value)")
def from_minutes(value: float) -> TimeSpan:
    """A duration of minutes."""
    return _interval(value, units.PER_MINUTE)


@TIME_SPAN.method("static TimeSpan FromSeconds(double value)")
def from_seconds(value: float) -> TimeSpan:
    """A duration of seconds."""
    return _interval(value, units.PER_SECOND)


@TIME_SPAN.method("static TimeSpan FromMilliseconds(double value)")
def from_milliseconds(value: float) -> TimeSpan:
    """A duration of milliseconds."""
    return _interval(value, units.PER_MILLISECOND)


@TIME_SPAN.method("static TimeSpan FromTicks(long value)")
def from_ticks(value: int) -> TimeSpan:
    """A duration of ticks."""
    return TimeSpan(int(value))


# ---------------------------------------------------------------- parts


@TIME_SPAN.property("long Ticks")
def _ticks(this: TimeSpan) -> Int64:
    return Int64(this.ticks)


@TIME_SPAN.property("int Days")
def _days(this: TimeSpan) -> int:
    return units.truncated(this.ticks, units.PER_DAY)


def _component(ticks: int, unit: int, most: int) -> int:
    value = abs(ticks) // unit % most
    return value if ticks >= 0 else -value


@TIME_SPAN.property("int Hours")
def _hours(this: TimeSpan) -> int:
    return _component(this.ticks, units.PER_HOUR, 24)


@TIME_SPAN.property("int Minutes")
def _minutes(this: TimeSpan) -> int:
    return _component(this.ticks, units.PER_MINUTE, 60)


@TIME_SPAN.property("int Seconds")
def _seconds(this: TimeSpan) -> int:
    return _component(this.ticks, units.PER_SECOND, 60)


@TIME_SPAN.property("int Milliseconds")
def _milliseconds(this: TimeSpan) -> int:
    return _component(this.ticks, units.PER_MILLISECOND, 1000)


@TIME_SPAN.property("double TotalDays")
def _total_days(this: TimeSpan) -> float:
    return float(this.ticks) / units.PER_DAY


@TIME_SPAN.property("double TotalHours")
def _total_hours(this: TimeSpan) -> float:
    return float(this.ticks) / units.PER_HOUR


@TIME_SPAN.property("double TotalMinutes")
def _total_minutes(this: TimeSpan) -> float:
    return float(this.ticks) / units.PER_MINUTE


@TIME_SPAN.property("double TotalSeconds")
def _total_seconds(this: TimeSpan) -> float:
    return float(this.ticks) / units.PER_SECOND


@TIME_SPAN.property("double TotalMilliseconds")
def _total_milliseconds(this: TimeSpan) -> float:
    # .NET keeps the result where it converts to whole milliseconds that 64 bits of ticks can hold.
    most = float(units.INT64_MOST // units.PER_MILLISECOND)
    return min(max(float(this.ticks) / units.PER_MILLISECOND, -most), most)


# ---------------------------------------------------------------- arithmetic


@TIME_SPAN.method("TimeSpan Add(TimeSpan ts)")
@TIME_SPAN.operator("TimeSpan operator +(TimeSpan t1, TimeSpan t2)")
def add(this: TimeSpan, other: TimeSpan) -> TimeSpan:
    """The sum. Raises OverflowException."""
    return checked(this.ticks + other.ticks)


@TIME_SPAN.method("TimeSpan Subtract(TimeSpan ts)")
@TIME_SPAN.operator("TimeSpan operator -(TimeSpan t1, TimeSpan t2)")
def subtract(this: TimeSpan, other: TimeSpan) -> TimeSpan:
    """The difference. Raises OverflowException."""
    return checked(this.ticks - other.ticks)


@TIME_SPAN.method("TimeSpan Negate()")
@TIME_SPAN.operator("TimeSpan operator -(TimeSpan t)")
def negate(this: TimeSpan) -> TimeSpan:
    """The opposite. Raises OverflowException."""
    if this.ticks == units.INT64_LEAST:
        raise OverflowException("Negating the minimum value of a twos complement number is invalid.")
    return TimeSpan(-this.ticks)


@TIME_SPAN.operator("TimeSpan operator +(TimeSpan t)")
def _plus(this: TimeSpan) -> TimeSpan:
    return this


@TIME_SPAN.method("TimeSpan Duration()")
def duration(this: TimeSpan) -> TimeSpan:
    """The absolute value. Raises OverflowException."""
    if this.ticks == units.INT64_LEAST:
        raise OverflowException(
            "The duration cannot be returned for TimeSpan.MinValue because the absolute value of "
            "TimeSpan.MinValue exceeds the value of TimeSpan.MaxValue."
        )
    return TimeSpan(abs(this.ticks))


@TIME_SPAN.method("TimeSpan Multiply(double factor)")
@TIME_SPAN.operator("TimeSpan operator *(TimeSpan timeSpan, double factor)")
def multiply(this: TimeSpan, factor: float) -> TimeSpan:
    """The product, rounded to a tick, half to even. Raises ArgumentException or OverflowException."""
    if math.isnan(factor):
        raise ArgumentException(_NOT_A_NUMBER, parameter="factor")
    product = this.ticks * factor
    return _from_double(float(round(product)) if math.isfinite(product) else product)


@TIME_SPAN.operator("TimeSpan operator *(double factor, TimeSpan timeSpan)")
def _multiply_reversed(factor: float, this: TimeSpan) -> TimeSpan:
    return multiply(this, factor)


@TIME_SPAN.method("TimeSpan Divide(double divisor)")
@TIME_SPAN.operator("TimeSpan operator /(TimeSpan timeSpan, double divisor)")
def divide(this: TimeSpan, divisor: float) -> TimeSpan:
    """The quotient, rounded to a tick, half to even. Raises ArgumentException or OverflowException."""
    if math.isnan(divisor):
        raise ArgumentException(_NOT_A_NUMBER, parameter="divisor")
    if divisor == 0:
        raise OverflowException(_TOO_LONG)
    quotient = this.ticks / divisor
    return _from_double(float(round(quotient)) if math.isfinite(quotient) else quotient)


@TIME_SPAN.method("double Divide(TimeSpan ts)")
@TIME_SPAN.operator("double operator /(TimeSpan t1, TimeSpan t2)")
def ratio(this: TimeSpan, other: TimeSpan) -> float:
    """How often the other fits in; infinite or NaN where it is zero."""
    if other.ticks:
        return float(this.ticks) / float(other.ticks)
    return math.copysign(math.inf, this.ticks) if this.ticks else math.nan


# ---------------------------------------------------------------- comparison


@TIME_SPAN.operator("bool operator ==(TimeSpan t1, TimeSpan t2)")
@TIME_SPAN.method("bool Equals(TimeSpan obj)")
@TIME_SPAN.method("static bool Equals(TimeSpan t1, TimeSpan t2)")
def _equal(left: TimeSpan, right: TimeSpan) -> bool:
    return left.ticks == right.ticks


@TIME_SPAN.method("bool Equals(object value)")
def _equals(this: TimeSpan, value: object) -> bool:
    return this == value


@TIME_SPAN.operator("bool operator !=(TimeSpan t1, TimeSpan t2)")
def _unequal(left: TimeSpan, right: TimeSpan) -> bool:
    return left.ticks != right.ticks


@TIME_SPAN.operator("bool operator <(TimeSpan t1, TimeSpan t2)")
def _less(left: TimeSpan, right: TimeSpan) -> bool:
    return left.ticks < right.ticks


@TIME_SPAN.operator("bool operator <=(TimeSpan t1, TimeSpan t2)")
def _at_most(left: TimeSpan, right: TimeSpan) -> bool:
    return left.ticks <= right.ticks


@TIME_SPAN.operator("bool operator >(TimeSpan t1, TimeSpan t2)")
def _greater(left: TimeSpan, right: TimeSpan) -> bool:
    return left.ticks > right.ticks


@TIME_SPAN.operator("bool operator >=(TimeSpan t1, TimeSpan t2)")
def _at_least(left: TimeSpan, right: TimeSpan) -> bool:
    return left.ticks >= right.ticks


@TIME_SPAN.method("static int Compare(TimeSpan t1, TimeSpan t2)")
@TIME_SPAN.method("int CompareTo(TimeSpan value)")
def _compare(left: TimeSpan, right: TimeSpan) -> int:
    return (left.ticks > right.ticks) - (left.ticks < right.ticks)


@TIME_SPAN.method("int CompareTo(object value)")
def _compare_to(this: TimeSpan, value: object) -> int:
    return 1 if value is None else this.net_compare(value)


@TIME_SPAN.method("int GetHashCode()")
def _hash_code(this: TimeSpan) -> int:
    return units.hash_of(this.ticks)


# ---------------------------------------------------------------- text


@TIME_SPAN.method("string ToString()")
def _to_string(this: TimeSpan) -> str:
    return format_span(this.ticks, None)


@TIME_SPAN.method("string ToString(string format)")
@TIME_SPAN.method("string ToString(string format, IFormatProvider formatProvider)")
def _to_string_formatted(this: TimeSpan, format: str | None, _provider: Any = None) -> str:
    return format_span(this.ticks, format)


@TIME_SPAN.method("static TimeSpan Parse(string s)")
@TIME_SPAN.method("static TimeSpan Parse(string input, IFormatProvider formatProvider)")
def parse(text: str | None, _provider: Any = None) -> TimeSpan:
    """Raises ArgumentNullException, FormatException or OverflowException."""
    if text is None:
        raise ArgumentNullException(parameter="input")
    return TimeSpan(parse_span(text))


@TIME_SPAN.method("static bool TryParse(string s, out TimeSpan result)")
def try_parse(text: str | None) -> tuple[bool, TimeSpan]:
    """Whether the text is a duration, and which (zero otherwise)."""
    return _tried(parse, text)


@TIME_SPAN.method("static bool TryParse(string input, IFormatProvider formatProvider, out TimeSpan result)")
def _try_parse_with(text: str | None, _provider: Any) -> tuple[bool, TimeSpan]:
    return _tried(parse, text)


@TIME_SPAN.method("static TimeSpan ParseExact(string input, string format, IFormatProvider formatProvider)")
def parse_exact(text: str | None, format: str | None, _provider: Any) -> TimeSpan:
    """Raises ArgumentNullException, FormatException or OverflowException."""
    if text is None:
        raise ArgumentNullException(parameter="input")
    if format is None:
        raise ArgumentNullException(parameter="format")
    return TimeSpan(parse_span_exact(text, format))


@TIME_SPAN.method(
    "static TimeSpan ParseExact(string input, string[] formats, IFormatProvider formatProvider)"
)
def _parse_exact_any(text: str | None, formats: Array | None, _provider: Any) -> TimeSpan:
    if text is None:
        raise ArgumentNullException(parameter="input")
    if formats is None:
        raise ArgumentNullException("String reference not set to an instance of a String.", None, "formats")
    if not formats.items:
        raise FormatException("No format specifiers were provided.")
    for format in formats.items:
        if not format:
            raise FormatException("Format specifier '' was invalid.")
        done, found = _tried(parse_exact, text, format, None)
        if done:
            return found
    raise FormatException(f"String '{text}' was not recognized as a valid TimeSpan.")


@TIME_SPAN.method(
    "static bool TryParseExact(string input, string format, IFormatProvider formatProvider, "
    "out TimeSpan result)"
)
def _try_parse_exact(text: str | None, format: str | None, _provider: Any) -> tuple[bool, TimeSpan]:
    return _tried(parse_exact, text, format, None)


@TIME_SPAN.method(
    "static bool TryParseExact(string input, string[] formats, IFormatProvider formatProvider, "
    "out TimeSpan result)"
)
def _try_parse_exact_any(text: str | None, formats: Array | None, _provider: Any) -> tuple[bool, TimeSpan]:
    return _tried(_parse_exact_any, text, formats, None)


def _tried(parse: Any, *arguments: Any) -> tuple[bool, TimeSpan]:
    try:
        return True, parse(*arguments)
    except (ArgumentNullException, FormatException, OverflowException):
        return False, ZERO
