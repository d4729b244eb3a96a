"""Texts that are dates, as DateTime.Parse and DateTimeOffset.Parse understand them. Invariant culture.

.NET documents what it accepts by examples only. What is here was found by asking .NET: dates in numbers or
with the name of a month, in most orders, times with or without AM and PM, before or after the date, ISO 8601
in its extended form, RFC 1123, and a time zone at the end. What the culture makes ambiguous is decided as the
patterns of the invariant culture say: month before day, and `15 March` is March of the year 15.

Works on ticks; knows no type.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, NamedTuple, NoReturn

from fastgw.expr.library import clock
from fastgw.expr.library.date_formats import DAYS, MONTHS
from fastgw.expr.library.ticks import (
    MOST,
    PER_DAY,
    PER_HOUR,
    PER_MINUTE,
    PER_SECOND,
    WHITE,
    date_of,
    is_date,
    ticks_of,
)
from fastgw.expr.runtime.errors import FormatException

_TOKEN = re.compile(r"([0-9]+)|([^\W\d_]+)|(.)", re.DOTALL)
_OFFSET = re.compile(r"([+-])(?:([0-9]{1,2})([0-9]{2})|([0-9]{1,2})(?::([0-9]{1,2}))?)(?![0-9])")
# After the T of ISO 8601 everything has two digits, and nothing follows but a zone.
_ISO_TIME = re.compile(
    rf"[{WHITE}]*([0-9]{{2}}):([0-9]{{2}})(?::([0-9]{{2}})(?:\.([0-9]+))?)?[{WHITE}]*(?:([zZ])|(?=[+-])|$)"
)
_MONTHS: Final = {
    **{name.lower(): at for at, name in enumerate(MONTHS, 1)},
    **{name[:3].lower(): at for at, name in enumerate(MONTHS, 1)},
}
_DAYS: Final = {
    **{name.lower(): at for at, name in enumerate(DAYS)},
    **{name[:3].lower(): at for at, name in enumerate(DAYS)},
}
_HALVES: Final = {"am": 0, "pm": 12}
LAST_OF_2000S: Final = 2029
"""Years of two digits are those of the hundred years that end with this one."""


class Parsed(NamedTuple):
    """What a text says: ticks of calendar and clock; ticks from UTC, or None where no zone is named."""

    ticks: int
    offset: int | None


class _Token(NamedTuple):
    """A number, a word or another character: one of them, the others are empty. At the end all are."""

    number: str
    word: str
    other: str
    end: int


class _Element(NamedTuple):
    """A part of a date: a number with the count of its digits, or a month by name (digits 0)."""

    value: int
    digits: int


@dataclass
class _Reading:
    """A text that is being read. `offset_counts`: it shall become a DateTimeOffset."""

    text: str
    offset_counts: bool = False
    at: int = 0
    date: list[_Element] = field(default_factory=list)
    date_open: bool = True
    separated: bool = True
    dangling: bool = False
    clock: int | None = None
    offset: int | None = None
    day_of_week: int | None = None

    def unrecognized(self) -> NoReturn:
        raise FormatException(f"String '{self.text}' was not recognized as a valid DateTime.")

    def not_in_calendar(self) -> NoReturn:
        raise FormatException(
            f"The DateTime represented by the string '{self.text}' is not supported in calendar "
            "'System.Globalization.GregorianCalendar'."
        )

    def clock_of(self, hours: int, minutes: int, seconds: int, fraction: int) -> int:
        if hours > 23 or minutes > 59 or seconds > 59:
            self.not_in_calendar()
        return hours * PER_HOUR + minutes * PER_MINUTE + seconds * PER_SECOND + fraction

    def this_year(self) -> int:
        if self.offset_counts and self.offset is not None:
            raise FormatException(
                "There must be at least a partial date with a year present in the input string "
                f"'{self.text}'."
            )
        return date_of(clock.utc_now_ticks()).year

    def unknown_word(self, at: int) -> NoReturn:
        raise FormatException(
            f"The string '{self.text}' was not recognized as a valid DateTime. "
            f"There is an unknown word starting at index '{at}'."
        )


def parse_date(text: str, offset_counts: bool = False) -> Parsed:
    """What the text says; a missing date is today. Raises FormatException.

    `offset_counts`: a zone belongs to what is read, as in a DateTimeOffset.
    """
    reading = _Reading(text, offset_counts)
    end = len(text.rstrip("\0"))
    while reading.at < end:
        _step(reading)
    return _result(reading)


def _token_at(text: str, at: int) -> _Token:
    found = _TOKEN.match(text, at)
    if found is None:
        return _Token("", "", "", at)
    return _Token(found[1] or "", found[2] or "", found[3] or "", found.end())


def _step(reading: _Reading) -> None:
    """Take the next token."""
    number, word, other, end = _token_at(reading.text, reading.at)
    if number:
        _number(reading, number, end)
    elif word:
        _word(reading, word.lower(), end)
    elif other in WHITE or other == ",":
        reading.at = end
    elif other in "+-" and _is_zone_next(reading):
        _zone(reading)
    elif other in "/-." and not reading.separated:
        # One separator between two elements, besides blanks.
        reading.separated = True
        reading.dangling = other != "."
        reading.at = end
    else:
        reading.unrecognized()


def _skip_white(text: str, at: int) -> int:
    while at < len(text) and text[at] in WHITE:
        at += 1
    return at


def _number(reading: _Reading, digits: str, end: int) -> None:
    after = _skip_white(reading.text, end)
    if reading.text.startswith(":", after):
        return _time(reading, digits, after)
    half = _half_at(reading, after)
    if half is not None and reading.clock is None and len(digits) <= 2 and len(reading.date) != 2:
        _finish_time(reading, int(digits), 0, 0, 0, end)
        return None
    if len(reading.date) == 3 or not reading.date_open or len(digits) > 8:
        reading.unrecognized()
    if reading.date and reading.offset is not None:
        reading.unrecognized()
    reading.date.append(_Element(int(digits), len(digits)))
    reading.separated = reading.dangling = False
    reading.at = end
    return None


def _word(reading: _Reading, word: str, end: int) -> None:
    if word in _MONTHS:
        if any(not one.digits for one in reading.date) or len(reading.date) == 3 or not reading.date_open:
            reading.unrecognized()
        reading.date.append(_Element(_MONTHS[word], 0))
    elif word in _DAYS:
        if reading.day_of_week is not None:
            reading.unrecognized()
        reading.day_of_week = _DAYS[word]
    elif word == "t" and reading.date:
        return _iso_time(reading, end)
    elif word in ("z", "gmt") and reading.offset is None and _is_whole(reading):
        reading.offset = 0
    elif word in _HALVES and reading.clock is None and len(reading.date) == 3:
        reading.clock = _HALVES[word] * PER_HOUR
    elif word in _HALVES or word in ("z", "gmt"):
        reading.unrecognized()
    else:
        reading.unknown_word(reading.at)
    reading.separated = reading.dangling = False
    reading.at = end
    return None


def _is_whole(reading: _Reading) -> bool:
    """Whether there is a date with all of its parts, or a time and no date so far."""
    return len(reading.date) == 3 or (not reading.date and reading.clock is not None)


# ---------------------------------------------------------------- times and zones

_TIME = re.compile(
    rf"[{WHITE}]*([0-9]{{1,2}})[{WHITE}]*:[{WHITE}]*([0-9]{{1,2}})"
    rf"(?:[{WHITE}]*:[{WHITE}]*([0-9]{{1,2}})(?:\.([0-9]*))?)?(?![0-9]|[{WHITE}]*:)"
)


def _time(reading: _Reading, digits: str, colon: int) -> None:
    found = _TIME.match(reading.text, reading.at)
    # A date that a time follows has all of its parts.
    if found is None or reading.clock is not None or len(reading.date) in (1, 2):
        reading.unrecognized()
    hours, minutes, seconds, fraction = found.groups()
    _finish_time(
        reading, int(hours), int(minutes), int(seconds or 0), _fraction(fraction or "0"), found.end()
    )


def _iso_time(reading: _Reading, at: int) -> None:
    found = _ISO_TIME.match(reading.text.rstrip("\0"), at)
    numbers = [one.digits for one in reading.date]
    if found is None or len(numbers) != 3 or numbers[0] < 3 or 0 in numbers or reading.clock is not None:
        reading.unrecognized()
    hours, minutes, seconds, fraction, zulu = found.groups()
    if not is_date(*(one.value for one in reading.date)):
        reading.not_in_calendar()
    reading.clock = reading.clock_of(int(hours), int(minutes), int(seconds or 0), _fraction(fraction or "0"))
    if zulu:
        reading.offset = 0
    # The day of the week is not held against the date here.
    reading.day_of_week = None
    reading.date_open = False
    reading.at = found.end()


def _fraction(digits: str) -> int:
    """Ticks of the digits after the decimal point, rounded."""
    if len(digits) <= 7:
        return int(digits.ljust(7, "0"))
    return int(float(f"0.{digits[:40]}") * PER_SECOND + 0.5)


def _half_at(reading: _Reading, at: int) -> int | None:
    """The hours that AM or PM at this place adds to, or None where neither stands."""
    return _HALVES.get(_token_at(reading.text, at).word.lower())


def _finish_time(reading: _Reading, hours: int, minutes: int, seconds: int, fraction: int, end: int) -> None:
    after = _skip_white(reading.text, end)
    half = _half_at(reading, after)
    if half is not None:
        end = after + 2
        if half == 0 and hours > 12:
            reading.unrecognized()
        hours = hours % 12 + half if hours <= 12 else hours
    reading.clock = reading.clock_of(hours, minutes, seconds, fraction)
    if reading.date:
        reading.date_open = False
    reading.separated = reading.dangling = False
    reading.at = end


def _is_zone_next(reading: _Reading) -> bool:
    if reading.offset is not None:
        return False
    if reading.text[reading.at] == "-" and reading.date_open and reading.date and len(reading.date) < 3:
        return False
    return bool(reading.date) or reading.clock is not None


def _zone(reading: _Reading) -> None:
    found = _OFFSET.match(reading.text, reading.at)
    if found is None:
        reading.unrecognized()
    sign, hours, minutes, short, rest = found.groups()
    if int(minutes or rest or 0) > 59:
        reading.unrecognized()
    offset = int(hours or short) * PER_HOUR + int(minutes or rest or 0) * PER_MINUTE
    if offset > 14 * PER_HOUR:
        raise FormatException(
            f"The time zone offset of string '{reading.text}' must be within plus or minus 14 hours."
        )
    reading.offset = -offset if sign == "-" else offset
    reading.separated = reading.dangling = False
    reading.at = found.end()


# ---------------------------------------------------------------- what was read


def _result(reading: _Reading) -> Parsed:
    if reading.dangling or (not reading.date and reading.clock is None):
        reading.unrecognized()
    if reading.date:
        day = _day(reading)
    else:
        now = clock.utc_now_ticks()
        if reading.offset_counts:
            now += reading.offset or 0
        day = now // PER_DAY * PER_DAY
    if reading.day_of_week is not None and date_of(day).isoweekday() % 7 != reading.day_of_week:
        raise FormatException(
            f"String '{reading.text}' was not recognized as a valid DateTime because the day of week was "
            "incorrect."
        )
    ticks = day + (reading.clock or 0)
    if ticks > MOST:
        reading.unrecognized()
    return Parsed(ticks, reading.offset)


def _day(reading: _Reading) -> int:
    named = [one for one in reading.date if not one.digits]
    numbers = [one for one in reading.date if one.digits]
    chosen = _with_month(reading, named[0].value, numbers) if named else _of_numbers(reading, numbers)
    if not is_date(*chosen):
        reading.unrecognized()
    return ticks_of(*chosen)


def _with_month(reading: _Reading, month: int, numbers: list[_Element]) -> tuple[int, int, int]:
    if not numbers:
        reading.unrecognized()
    if len(numbers) == 2:
        first, second = numbers
        if second.digits > 2 or (first.digits <= 2 and is_date(year_of(second), month, first.value)):
            return year_of(second), month, first.value
        return year_of(first), month, second.value
    (only,) = numbers
    if reading.date[0].digits or only.digits > 2:
        return year_of(only), month, 1
    return reading.this_year(), month, only.value


def _of_numbers(reading: _Reading, numbers: list[_Element]) -> tuple[int, int, int]:
    if len(numbers) < 2:
        reading.unrecognized()
    long = [at for at, one in enumerate(numbers) if one.digits > 2]
    if len(numbers) == 2:
        first, second = numbers
        if not long:
            return reading.this_year(), first.value, second.value
        year, month = (first, second) if long[0] == 0 else (second, first)
        return year_of(year), month.value, 1
    at = long[0] if long else 2
    rest = [one.value for here, one in enumerate(numbers) if here != at]
    return year_of(numbers[at]), rest[0], rest[1]


def year_of(element: _Element) -> int:
    """The year that a number means."""
    return full_year(element.value) if element.digits <= 2 else element.value


def full_year(value: int) -> int:
    """The year that one or two digits mean."""
    century = LAST_OF_2000S // 100 * 100
    return century + value if value <= LAST_OF_2000S % 100 else century - 100 + value
