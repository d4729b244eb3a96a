"""Texts that are dates in a given format, as DateTime.ParseExact understands them. Invariant culture.

Works on ticks; knows no type. White space counts, as it does without DateTimeStyles, which expressions cannot
name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, NoReturn

from fastgw.expr.library import clock
from fastgw.expr.library.date_formats import DAYS, MONTHS, STANDARD, Token, tokens_of
from fastgw.expr.library.date_parsing import Parsed, full_year
from fastgw.expr.library.ticks import (
    PER_DAY,
    PER_HOUR,
    PER_MINUTE,
    PER_SECOND,
    date_of,
    is_date,
    ticks_of,
)
from fastgw.expr.runtime.errors import FormatException

_OFFSETS: Final = {
    1: re.compile(r"([+-])([0-9]{1,2})(?!:)()"),
    2: re.compile(r"([+-])([0-9]{2})(?!:)()"),
    3: re.compile(r"([+-])([0-9]{1,2}):?([0-9]{2})"),
}
_DIGITS: Final = re.compile("[0-9]+")


@dataclass
class _Reading:
    """What was read so far; `fields` by letter of the format (`n` for a month, `w` for a day by name)."""

    text: str
    at: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    half: int | None = None
    offset: int | None = None

    def unrecognized(self) -> NoReturn:
        raise FormatException(f"String '{self.text}' was not recognized as a valid DateTime.")

    def put(self, letter: str, value: int) -> None:
        if self.fields.setdefault(letter, value) != value:
            raise FormatException(
                f"DateTime pattern '{letter}' appears more than once with different values."
            )

    def digits(self, least: int, most: int) -> str:
        found = _DIGITS.match(self.text, self.at, self.at + most)
        if found is None or len(found[0]) < least:
            self.unrecognized()
        self.at = found.end()
        return found[0]

    def name(self, names: tuple[str, ...]) -> int:
        """Which of the names stands here; the longest that does."""
        rest = self.text[self.at : self.at + 9].lower()
        chosen = [at for at, name in enumerate(names) if rest.startswith(name.lower())]
        if not chosen:
            self.unrecognized()
        self.at += len(names[chosen[0]])
        return chosen[0]


def parse_exact(text: str, format: str, offset_counts: bool = False) -> Parsed:
    """What the text says. Raises FormatException.

    `offset_counts`: a zone belongs to what is read, as in a DateTimeOffset.
    """
    if not format or (format == "U" and offset_counts):
        raise FormatException(f"Format specifier '{format}' was invalid.")
    if len(format) == 1 and format not in STANDARD:
        raise FormatException("Input string was not in a correct format.")
    reading = _Reading(text)
    if not text:
        reading.unrecognized()
    tokens = _tokens_of(STANDARD[format] if len(format) == 1 else format, format)
    for at, token in enumerate(tokens):
        _read(reading, token, tokens[at + 1] if at + 1 < len(tokens) else None)
    if reading.at < len(text):
        reading.unrecognized()
    if format == "U" or (offset_counts and format in ("r", "R", "u")):
        reading.offset = 0
    return _result(reading, offset_counts)


def _tokens_of(format: str, shown: str) -> tuple[Token, ...]:
    try:
        return tokens_of(format)
    except FormatException as error:
        if "quote" in error.message:
            raise
        raise FormatException(f"Format specifier '{shown}' was invalid.") from None


def _read(reading: _Reading, token: Token, following: Token | None) -> None:
    letter, width, text = token
    if letter == "" and width and text == "Z":
        # Not quoted, it is the zone.
        _literal(reading, text)
        reading.offset = 0
    elif letter == "":
        point = text == "." and following is not None and following.letter == "F"
        if not (point and not reading.text.startswith(".", reading.at)):
            _literal(reading, text)
    elif letter == "y":
        digits = reading.digits(1 if width == 1 else width, max(width, 2))
        reading.put("y", full_year(int(digits)) if width <= 2 else int(digits))
    elif letter in "Md":
        _day_or_month(reading, letter, width)
    elif letter in "hHms":
        reading.put(letter, int(reading.digits(min(width, 2), 2)))
    elif letter == "f":
        reading.put("f", int(reading.digits(width, width).ljust(7, "0")))
    elif letter == "F":
        found = _DIGITS.match(reading.text, reading.at, reading.at + width)
        if found:
            reading.at = found.end()
        reading.put("f", int((found[0] if found else "0").ljust(7, "0")))
    elif letter == "t":
        half = reading.name(("A", "P") if width == 1 else ("AM", "PM"))
        if reading.half not in (None, half):
            raise FormatException("DateTime pattern 't' appears more than once with different values.")
        reading.half = half
    elif letter == "g":
        reading.name(("A.D.", "AD"))
    else:
        _zone(reading, letter, width)


def _literal(reading: _Reading, text: str) -> None:
    if not reading.text.startswith(text, reading.at):
        reading.unrecognized()
    reading.at += len(text)


def _day_or_month(reading: _Reading, letter: str, width: int) -> None:
    if width <= 2:
        reading.put(letter, int(reading.digits(width, 2)))
    elif letter == "M":
        names = MONTHS if width > 3 else tuple(name[:3] for name in MONTHS)
        reading.put("M", reading.name(names) + 1)
    else:
        names = DAYS if width > 3 else tuple(name[:3] for name in DAYS)
        reading.put("w", reading.name(names))


def _zone(reading: _Reading, letter: str, width: int) -> None:
    if letter == "K":
        if reading.text.startswith("Z", reading.at):
            reading.at += 1
            reading.offset = 0
            return
        if not reading.text.startswith(("+", "-"), reading.at):
            return
        width = 3
    found = _OFFSETS[min(width, 3)].match(reading.text, reading.at)
    if found is None or int(found[3] or 0) > 59:
        reading.unrecognized()
    offset = int(found[2]) * PER_HOUR + int(found[3] or 0) * PER_MINUTE
    if offset > 14 * PER_HOUR:
        raise FormatException(
            f"The time zone offset of string '{reading.text}' must be within plus or minus 14 hours."
        )
    reading.offset = -offset if found[1] == "-" else offset
    reading.at = found.end()


def _result(reading: _Reading, offset_counts: bool) -> Parsed:
    fields = reading.fields
    ticks = _hours(reading) * PER_HOUR
    minutes, seconds = fields.get("m", 0), fields.get("s", 0)
    now = clock.utc_now_ticks()
    if offset_counts:
        now += reading.offset or 0
    today = date_of(now)
    if fields.keys() & {"y", "M", "d"}:
        day = (fields.get("y", today.year), fields.get("M", 1), fields.get("d", 1))
    else:
        day = (today.year, today.month, today.day)
    if not is_date(*day) or ticks >= PER_DAY or minutes > 59 or seconds > 59:
        raise FormatException(
            f"The DateTime represented by the string '{reading.text}' is not supported in calendar "
            "'System.Globalization.GregorianCalendar'."
        )
    start = ticks_of(*day)
    if "w" in fields and date_of(start).isoweekday() % 7 != fields["w"]:
        raise FormatException(
            f"String '{reading.text}' was not recognized as a valid DateTime because the day of week was "
            "incorrect."
        )
    ticks += minutes * PER_MINUTE + seconds * PER_SECOND + fields.get("f", 0)
    return Parsed(start + ticks, reading.offset)


def _hours(reading: _Reading) -> int:
    fields, half = reading.fields, reading.half
    if "h" in fields:
        hours = fields["h"]
        if hours > 12:
            reading.unrecognized()
        hours = hours % 12 + 12 * (half or 0)
        if "H" in fields and fields["H"] != hours:
            raise FormatException("DateTime pattern 'H' appears more than once with different values.")
        return hours
    hours = fields.get("H", 0)
    if half is not None and "H" in fields and (hours >= 12) != bool(half):
        reading.unrecognized()
    return hours if "H" in fields else 12 * (half or 0)
