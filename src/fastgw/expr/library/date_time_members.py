"""More of System.DateTime: comparisons, and from and to text."""

from __future__ import annotations

from typing import Any

from fastgw.expr.library import ticks as units
from fastgw.expr.library.date_formats import LOCAL, format_date
from fastgw.expr.library.date_parsing import Parsed, parse_date
from fastgw.expr.library.date_time import DATE_TIME, DateTime
from fastgw.expr.runtime.errors import ArgumentNullException, FormatException
from fastgw.expr.runtime.meter import meter

# ---------------------------------------------------------------- comparison


@DATE_TIME.operator("bool operator ==(DateTime d1, DateTime d2)")
@DATE_TIME.method("bool Equals(DateTime value)")
@DATE_TIME.method("static bool Equals(DateTime t1, DateTime t2)")
def _equal(left: DateTime, right: DateTime) -> bool:
    return left.ticks == right.ticks


@DATE_TIME.method("bool Equals(object value)")
def _equals(this: DateTime, value: object) -> bool:
    return this == value


@DATE_TIME.operator("bool operator !=(DateTime d1, DateTime d2)")
def _unequal(left: DateTime, right: DateTime) -> bool:
    return left.ticks != right.ticks


@DATE_TIME.operator("bool operator <(DateTime t1, DateTime t2)")
def _less(left: DateTime, right: DateTime) -> bool:
    return left.ticks < right.ticks


@DATE_TIME.operator("bool operator <=(DateTime t1, DateTime t2)")
def _at_most(left: DateTime, right: DateTime) -> bool:
    return left.ticks <= right.ticks


@DATE_TIME.operator("bool operator >(DateTime t1, DateTime t2)")
def _greater(left: DateTime, right: DateTime) -> bool:
    return left.ticks > right.ticks


@DATE_TIME.operator("bool operator >=(DateTime t1, DateTime t2)")
def _at_least(left: DateTime, right: DateTime) -> bool:
    return left.ticks >= right.ticks


@DATE_TIME.method("static int Compare(DateTime t1, DateTime t2)")
@DATE_TIME.method("int CompareTo(DateTime value)")
def _compare(left: DateTime, right: DateTime) -> int:
    return (left.ticks > right.ticks) - (left.ticks < right.ticks)


@DATE_TIME.method("int CompareTo(object value)")
def _compare_to(this: DateTime, value: object) -> int:
    return 1 if value is None else this.net_compare(value)


@DATE_TIME.method("int GetHashCode()")
def _hash_code(this: DateTime) -> int:
    return units.hash_of(this.ticks)


# ---------------------------------------------------------------- writing


@DATE_TIME.method("string ToString()")
@DATE_TIME.method("string ToString(IFormatProvider provider)")
def _to_string(this: DateTime, _provider: Any = None) -> str:
    return format_date(this.ticks, None, this.kind)


@DATE_TIME.method("string ToString(string format)")
@DATE_TIME.method("string ToString(string format, IFormatProvider provider)")
def _to_string_formatted(this: DateTime, format: str | None, _provider: Any = None) -> str:
    return format_date(this.ticks, format, this.kind)


def _declare_shown(name: str, format: str) -> None:
    @DATE_TIME.method(f"string {name}()")
    def show(this: DateTime) -> str:
        return format_date(this.ticks, format, this.kind)


_declare_shown("ToLongDateString", "D")
_declare_shown("ToLongTimeString", "T")
_declare_shown("ToShortDateString", "d")
_declare_shown("ToShortTimeString", "t")


# ---------------------------------------------------------------- reading


@DATE_TIME.method("static DateTime Parse(string s)")
@DATE_TIME.method("static DateTime Parse(string s, IFormatProvider provider)")
def parse(text: str | None, _provider: Any = None) -> DateTime:
    """A text that names a zone becomes a moment of kind Local.

    Raises ArgumentNullException or FormatException.
    """
    if text is None:
        raise ArgumentNullException(parameter="s")
    meter.spend(len(text))
    return _of_parsed(parse_date(text), text)


def _of_parsed(parsed: Parsed, text: str) -> DateTime:
    if parsed.offset is None:
        return DateTime(parsed.ticks)
    ticks = parsed.ticks - parsed.offset
    if ticks < 0:
        # On the first day of the calendar it is the time that counts.
        ticks += units.PER_DAY
    if ticks > units.MOST:
        raise FormatException(f"The DateTime represented by the string '{text}' is out of range.")
    return DateTime(ticks, LOCAL)
