"""Dates in JSON text: which strings are dates, and how dates are written (Json.NET's default settings).

DateParseHandling.DateTime with RoundtripKind: ISO 8601 with `T`, and `/Date(ms)/`, become System.DateTime.
The local time zone is UTC.
"""

from __future__ import annotations

from fastgw.expr.library.date_formats import LOCAL, UNSPECIFIED, UTC
from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.date_time_offset import DateTimeOffset
from fastgw.expr.library.ticks import (
    MOST,
    PER_DAY,
    PER_HOUR,
    PER_MILLISECOND,
    PER_MINUTE,
    PER_SECOND,
    date_of,
    days_in_month,
    ticks_of,
)
from fastgw.expr.runtime.errors import ArgumentOutOfRangeException

_UNIX_EPOCH = 621_355_968_000_000_000
_MOST_FRACTION = 7


def parse_date(text: str) -> DateTime | None:
    """The date that a string of JSON is, or None for an ordinary string.

    Raises ArgumentOutOfRangeException for `/Date(ms)/` beyond the calendar, as Json.NET does.
    """
    if not may_be_date(text):
        return None
    found = _microsoft(text) if text[0] == "/" else _iso(text)
    return None if found is None else DateTime(*found)


def may_be_date(text: str) -> bool:
    """Whether a string has the outline of a date: nearly all others are told apart here."""
    size = len(text)
    if size < 9:
        return False
    if 19 <= size <= 40 and text[10] == "T":
        return "0" <= text[0] <= "9"
    return text[0] == "/" and text.startswith("/Date(") and text.endswith(")/")


def _digits(text: str, start: int, count: int) -> int:
    """A number of exactly so many ASCII digits, or -1."""
    part = text[start : start + count]
    return int(part) if len(part) == count and part.isascii() and part.isdigit() else -1


def _iso(text: str) -> tuple[int, int] | None:
    """Ticks and kind of `yyyy-MM-ddTHH:mm:ss[.fffffff][zone]`, or None."""
    year, month, day = _digits(text, 0, 4), _digits(text, 5, 2), _digits(text, 8, 2)
    if text[4] != "-" or text[7] != "-" or year < 1 or not 1 <= month <= 12:
        return None
    if not 1 <= day <= days_in_month(year, month):
        return None
    hour, minute, second = _digits(text, 11, 2), _digits(text, 14, 2), _digits(text, 17, 2)
    if text[13] != ":" or text[16] != ":":
        return None
    if not (0 <= hour <= 24 and 0 <= minute <= 59 and 0 <= second <= 59):
        return None
    fraction, at = _fraction(text, 19)
    # Midnight may be written as the end of a day, but not with anything behind it.
    if fraction < 0 or (hour == 24 and (minute or second or fraction)):
        return None
    zone = _zone(text, at)
    if zone is None:
        return None
    kind, offset = zone
    ticks = ticks_of(year, month, day) + hour * PER_HOUR + minute * PER_MINUTE + second * PER_SECOND
    ticks += fraction - offset
    # Beyond the calendar, Json.NET keeps the first or last moment.
    return max(0, min(ticks, MOST)), kind


def _fraction(text: str, at: int) -> tuple[int, int]:
    """Ticks of `.fffffff` and where it ends; negative where the point has no digit behind it."""
    if text[at : at + 1] != ".":
        return 0, at
    start = at + 1
    end = start
    while end < len(text) and end - start < _MOST_FRACTION and "0" <= text[end] <= "9":
        end += 1
    if end == start:
        return -1, end
    return int(text[start:end].ljust(_MOST_FRACTION, "0")), end


def _zone(text: str, at: int) -> tuple[int, int] | None:
    """Kind, and ticks ahead of UTC, of what stands behind the time; None where it is no zone."""
    if at == len(text):
        return UNSPECIFIED, 0
    sign = text[at]
    if sign in "Zz":
        return (UTC, 0) if at + 1 == len(text) else None
    kind, hours, minutes = UNSPECIFIED, 0, 0
    found = _digits(text, at + 1, 2)
    if found >= 0:
        hours = found
        if sign in "+-":
            kind = LOCAL
            at += 3
    if at < len(text):
        if text[at] == ":":
            at += 1
        found = _digits(text, at, 2)
        if found >= 0:
            minutes = found
            at += 2
    if at != len(text):
        return None
    if kind == UNSPECIFIED:
        return kind, 0
    offset = hours * PER_HOUR + minutes * PER_MINUTE
    return kind, offset if sign == "+" else -offset


def _microsoft(text: str) -> tuple[int, int] | None:
    """Ticks and kind of `/Date(ms)/` and `/Date(ms+hhmm)/`, or None."""
    inner = text[6:-2]
    kind = UTC
    cut = inner.find("+", 1)
    if cut < 0:
        cut = inner.find("-", 1)
    if cut >= 0:
        # The offset says that the time is local, and nothing more.
        if _digits(inner, cut + 1, 2) < 0 or (len(inner) > cut + 3 and _digits(inner, cut + 3, 2) < 0):
            return None
        kind = LOCAL
        inner = inner[:cut]
    digits = inner[1:] if inner[:1] == "-" else inner
    if not digits or not digits.isascii() or not digits.isdigit() or len(digits) > 19:
        return None
    ticks = int(inner) * PER_MILLISECOND + _UNIX_EPOCH
    if not 0 <= ticks <= MOST:
        raise ArgumentOutOfRangeException(
            "Ticks must be between DateTime.MinValue.Ticks and DateTime.MaxValue.Ticks.", parameter="ticks"
        )
    return ticks, kind


def iso_text(value: DateTime | DateTimeOffset) -> str:
    """A date in ISO form: no zeros at the end of the fraction, the zone by kind or offset."""
    text = f"{date_of(value.ticks).isoformat()}T{_clock_text(value.ticks % PER_DAY)}"
    if isinstance(value, DateTimeOffset):
        offset = value.offset
    elif value.kind == LOCAL:
        offset = 0
    else:
        return f"{text}Z" if value.kind == UTC else text
    minutes = abs(offset) // PER_MINUTE
    return f"{text}{'-' if offset < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"


def _clock_text(ticks: int) -> str:
    seconds, fraction = divmod(ticks, PER_SECOND)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{fraction:07}".rstrip("0") if fraction else text
