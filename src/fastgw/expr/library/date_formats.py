"""Dates as text: the standard and custom formats of DateTime and DateTimeOffset. Invariant culture.

Works on ticks; knows no type. Source of the rules: "Standard date and time format strings" and "Custom date
and time format strings" of the .NET documentation, and what .NET answers where they are silent. The local
time zone is UTC.
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from fastgw.expr.library.remembering import remembering
from fastgw.expr.library.ticks import PER_DAY, PER_HOUR, PER_MINUTE, PER_SECOND, date_of
from fastgw.expr.library.time_span_formats import quoted
from fastgw.expr.runtime.errors import FormatException

MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")

UNSPECIFIED: Final = 0
UTC: Final = 1
LOCAL: Final = 2

STANDARD: Final = {
    "d": "MM/dd/yyyy",
    "D": "dddd, dd MMMM yyyy",
    "f": "dddd, dd MMMM yyyy HH:mm",
    "F": "dddd, dd MMMM yyyy HH:mm:ss",
    "g": "MM/dd/yyyy HH:mm",
    "G": "MM/dd/yyyy HH:mm:ss",
    "m": "MMMM dd",
    "M": "MMMM dd",
    "o": "yyyy'-'MM'-'dd'T'HH':'mm':'ss.fffffffK",
    "O": "yyyy'-'MM'-'dd'T'HH':'mm':'ss.fffffffK",
    "r": "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'",
    "R": "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'",
    "s": "yyyy'-'MM'-'dd'T'HH':'mm':'ss",
    "t": "HH:mm",
    "T": "HH:mm:ss",
    "u": "yyyy'-'MM'-'dd HH':'mm':'ss'Z'",
    "U": "dddd, dd MMMM yyyy HH:mm:ss",
    "y": "yyyy MMMM",
    "Y": "yyyy MMMM",
}
_WITH_OFFSET = "MM/dd/yyyy HH:mm:ss zzz"
_LETTERS = frozenset("dfFghHKmMstyz")
_INCORRECT = "Input string was not in a correct format."


class Token(NamedTuple):
    """One piece of a custom format: a letter with its width, or literal text (letter "").

    Literal text that is neither quoted nor escaped has the width 1.
    """

    letter: str
    width: int
    text: str


def format_date(ticks: int, format: str | None, kind: int, offset: int | None = None) -> str:
    """The text of a moment. Raises FormatException.

    `ticks` are those of the calendar and clock that are to be shown. `offset` is None for a DateTime, whose
    `kind` then counts, and the ticks from UTC for a DateTimeOffset.
    """
    if not format:
        format = STANDARD["G"] if offset is None else _WITH_OFFSET
    elif len(format) == 1:
        letter = format
        if letter not in STANDARD or (letter == "U" and offset is not None):
            raise FormatException(_INCORRECT)
        format = STANDARD[letter]
        if offset is not None and letter in "rRu":
            ticks -= offset
    return _written(ticks, tokens_of(format), kind, offset)


def _written(ticks: int, tokens: tuple[Token, ...], kind: int, offset: int | None) -> str:
    day = date_of(ticks)
    clock = ticks % PER_DAY
    pieces: list[str] = []
    for letter, count, text in tokens:
        if not letter:
            pieces.append(text)
        elif letter in "dMyg":
            pieces.append(_of_date(day, letter, count))
        elif letter in "Kz":
            pieces.append(_of_zone(letter, count, kind, offset))
        elif letter == "F":
            fraction = f"{clock % PER_SECOND:07}"[:count].rstrip("0")
            if fraction:
                pieces.append(fraction)
            elif pieces and pieces[-1].endswith("."):
                pieces[-1] = pieces[-1][:-1]
        else:
            pieces.append(_of_clock(clock, letter, count))
    return "".join(pieces)


def _of_date(day: date, letter: str, count: int) -> str:
    if letter == "d":
        if count <= 2:
            return f"{day.day:0{count}}"
        name = DAYS[day.isoweekday() % 7]
        return name[:3] if count == 3 else name
    if letter == "M":
        if count <= 2:
            return f"{day.month:0{count}}"
        name = MONTHS[day.month - 1]
        return name[:3] if count == 3 else name
    if letter == "g":
        return "A.D."
    return f"{day.year % 100:0{count}}" if count <= 2 else f"{day.year:0{count}}"


def _of_clock(clock: int, letter: str, count: int) -> str:
    if letter == "f":
        return f"{clock % PER_SECOND:07}"[:count]
    hour = clock // PER_HOUR
    if letter == "t":
        return ("AM" if hour < 12 else "PM")[:count]
    if letter == "H":
        value = hour
    elif letter == "h":
        value = hour % 12 or 12
    elif letter == "m":
        value = clock // PER_MINUTE % 60
    else:
        value = clock // PER_SECOND % 60
    return f"{value:0{min(count, 2)}}"


def _of_zone(letter: str, count: int, kind: int, offset: int | None) -> str:
    if letter == "K":
        if offset is None and kind == UNSPECIFIED:
            return ""
        if offset is None and kind == UTC:
            return "Z"
        count = 3
    minutes = abs(offset or 0) // PER_MINUTE
    sign = "-" if (offset or 0) < 0 else "+"
    if count <= 2:
        return f"{sign}{minutes // 60:0{count}}"
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}"


@remembering
def tokens_of(format: str) -> tuple[Token, ...]:
    """A custom format, read. Raises FormatException."""
    found: list[Token] = []
    at = 0
    while at < len(format):
        letter = format[at]
        if letter in _LETTERS:
            end = at + 1
            while end < len(format) and format[end] == letter and letter != "K":
                end += 1
            if letter in "fF" and end - at > 7:
                raise FormatException(_INCORRECT)
            found.append(Token(letter, end - at, ""))
            at = end
        elif letter in "'\"":
            text, at = quoted(format, at)
            found.append(Token("", 0, text))
        elif letter == "%":
            if at + 1 >= len(format) or format[at + 1] == "%":
                raise FormatException(_INCORRECT)
            # What follows stands alone, even where more of the same letter follow.
            found += tokens_of(format[at + 1])
            at += 2
        elif letter == "\\":
            if at + 1 >= len(format):
                raise FormatException(_INCORRECT)
            found.append(Token("", 0, format[at + 1]))
            at += 2
        else:
            found.append(Token("", 1, letter))
            at += 1
    return tuple(found)
