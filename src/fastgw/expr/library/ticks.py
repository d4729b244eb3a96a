"""Time as integers: units of .NET, and the proleptic Gregorian calendar of the years 1 to 9999.

Facts of System.DateTime and System.TimeSpan that several modules need; knows no type.
"""

from __future__ import annotations

from datetime import date
from typing import Final

PER_MICROSECOND: Final = 10
PER_MILLISECOND: Final = 10_000
PER_SECOND: Final = 10_000_000
PER_MINUTE: Final = 600_000_000
PER_HOUR: Final = 36_000_000_000
PER_DAY: Final = 864_000_000_000

MOST: Final = 3_155_378_975_999_999_999
"""Ticks of 9999-12-31T23:59:59.9999999, the last moment."""

INT64_LEAST: Final = -(2**63)
INT64_MOST: Final = 2**63 - 1

WHITE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What Char.IsWhiteSpace accepts; str.strip() would also take U+001C to U+001F."""


def is_leap_year(year: int) -> bool:
    """Whether the year has 366 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    """The number of days of a month of the calendar."""
    if month == 2:
        return 29 if is_leap_year(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def is_date(year: int, month: int, day: int) -> bool:
    """Whether the calendar has this day."""
    return 1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= days_in_month(year, month)


def ticks_of(year: int, month: int, day: int) -> int:
    """Ticks at the start of a day that the calendar has."""
    return (date(year, month, day).toordinal() - 1) * PER_DAY


def date_of(ticks: int) -> date:
    """The day in which a moment falls."""
    return date.fromordinal(ticks // PER_DAY + 1)


def truncated(value: int, divisor: int) -> int:
    """Integer division as C# divides: toward zero."""
    return value // divisor if value >= 0 else -(-value // divisor)


def hash_of(ticks: int) -> int:
    """GetHashCode of a 64-bit integer: its halves, exclusive or, as a signed 32-bit integer."""
    mixed = (ticks ^ (ticks >> 32)) & 0xFFFFFFFF
    return mixed - 0x100000000 if mixed & 0x80000000 else mixed
