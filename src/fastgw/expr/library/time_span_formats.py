"""Durations as text: the formats c, g, G and custom ones, written and read. Invariant culture.

Works on ticks; knows no type. Source of the rules: "Standard TimeSpan format strings" and "Custom TimeSpan
format strings" of the .NET documentation, and what .NET answers where they are silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from fastgw.expr.library.remembering import remembering
from fastgw.expr.library.ticks import (
    INT64_LEAST,
    INT64_MOST,
    PER_DAY,
    PER_HOUR,
    PER_MINUTE,
    PER_SECOND,
    WHITE,
)
from fastgw.expr.runtime.errors import FormatException, OverflowException

_LONGEST = {"d": 8, "h": 2, "m": 2, "s": 2, "f": 7, "F": 7}
_INCORRECT = "Input string was not in a correct format."


class Parts(NamedTuple):
    """A duration without its sign, taken apart; `fraction` counts ticks."""

    days: int
    hours: int
    minutes: int
    seconds: int
    fraction: int


class _Token(NamedTuple):
    """One piece of a custom format: a letter with its width, or literal text (letter "")."""

    letter: str
    width: int
    text: str


def parts_of(ticks: int) -> Parts:
    """Days, hours, minutes, seconds and ticks of the absolute value."""
    rest = abs(ticks)
    days, rest = divmod(rest, PER_DAY)
    hours, rest = divmod(rest, PER_HOUR)
    minutes, rest = divmod(rest, PER_MINUTE)
    seconds, fraction = divmod(rest, PER_SECOND)
    return Parts(days, hours, minutes, seconds, fraction)


def format_span(ticks: int, format: str | None) -> str:
    """The text of a duration. Raises FormatException."""
    if not format or format in ("c", "t", "T"):
        return _constant(ticks)
    if format in ("g", "G"):
        return _general(ticks, format == "G")
    if len(format) == 1:
        raise FormatException(_INCORRECT)
    return "".join(_pieces(parts_of(ticks), tokens_of(format)))


def _constant(ticks: int) -> str:
    days, hours, minutes, seconds, fraction = parts_of(ticks)
    sign = "-" if ticks < 0 else ""
    front = f"{sign}{days}." if days else sign
    back = f".{fraction:07}" if fraction else ""
    return f"{front}{hours:02}:{minutes:02}:{seconds:02}{back}"


def _general(ticks: int, long: bool) -> str:
    days, hours, minutes, seconds, fraction = parts_of(ticks)
    sign = "-" if ticks < 0 else ""
    if long:
        return f"{sign}{days}:{hours:02}:{minutes:02}:{seconds:02}.{fraction:07}"
    front = f"{sign}{days}:" if days else sign
    back = "." + f"{fraction:07}".rstrip("0") if fraction else ""
    return f"{front}{hours}:{minutes:02}:{seconds:02}{back}"


def _pieces(parts: Parts, tokens: tuple[_Token, ...]) -> Iterator[str]:
    for letter, count, text in tokens:
        if not letter:
            yield text
        elif letter == "f":
            yield f"{parts.fraction:07}"[:count]
        elif letter == "F":
            yield f"{parts.fraction:07}"[:count].rstrip("0")
        else:
            value = parts["dhms".index(letter)]
            yield f"{value:0{count}}"


@remembering
def tokens_of(format: str) -> tuple[_Token, ...]:
    """A custom format, read. Raises FormatException."""
    found: list[_Token] = []
    at = 0
    while at < len(format):
        letter = format[at]
        if letter in _LONGEST:
            end = at
            while end < len(format) and format[end] == letter:
                end += 1
            if end - at > _LONGEST[letter]:
                raise FormatException(_INCORRECT)
            found.append(_Token(letter, end - at, ""))
            at = end
        elif letter in "'\"":
            text, at = quoted(format, at)
            found.append(_Token("", 0, text))
        elif letter == "%":
            if at + 1 >= len(format) or format[at + 1] == "%":
                raise FormatException(_INCORRECT)
            if format[at + 1] not in _LONGEST:
                at += 1
                continue
            found.append(_Token(format[at + 1], 1, ""))
            at += 2
        elif letter == "\\":
            if at + 1 >= len(format):
                raise FormatException(_INCORRECT)
            found.append(_Token("", 0, format[at + 1]))
            at += 2
        else:
            raise FormatException(_INCORRECT)
    return tuple(found)


def quoted(format: str, at: int) -> tuple[str, int]:
    """The literal that begins with the quote at `at`, and where it ends. Raises FormatException.

    A backslash takes away the meaning of what follows it.
    """
    quote = format[at]
    text: list[str] = []
    here = at + 1
    while here < len(format):
        letter = format[here]
        here += 1
        if letter == quote:
            return "".join(text), here
        if letter == "\\":
            if here >= len(format):
                raise FormatException(_INCORRECT)
            letter = format[here]
            here += 1
        text.append(letter)
    raise FormatException(f"Cannot find a matching quote character for the character '{quote}'.")


# ---------------------------------------------------------------- reading

# What stands between the numbers, by their count; letters name the numbers. The invariant forms are tried
# before those of the culture, whose separator of days is a colon.
_SHAPES: dict[int, tuple[tuple[tuple[str, ...], str], ...]] = {
    1: (((), "d"),),
    2: (((":",), "hm"),),
    3: (
        ((":", ":"), "hms"),
        ((".", ":"), "dhm"),
        ((":", ":."), "hmf"),
        ((":", ":"), "dhm"),
    ),
    4: (
        ((":", ":", "."), "hmsf"),
        ((".", ":", ":"), "dhms"),
        ((".", ":", ":."), "dhmf"),
        ((":", ":", ":"), "dhms"),
        ((":", ":", ":."), "dhmf"),
    ),
    5: (
        ((".", ":", ":", "."), "dhmsf"),
        ((":", ":", ":", "."), "dhmsf"),
    ),
}
_GENERAL_SHAPES = {
    1: (((), "d"),),
    2: (((":",), "hm"),),
    3: (((":", ":"), "hms"), ((":", ":"), "dhm"), ((":", ":."), "hmf")),
    4: (((":", ":", "."), "hmsf"), ((":", ":", ":"), "dhms"), ((":", ":", ":."), "dhmf")),
    5: (((":", ":", ":", "."), "dhmsf"),),
}
_MOST = {"d": 10_675_199, "h": 23, "m": 59, "s": 59}
_SPLIT = re.compile("([0-9]+)")


def unrecognized(text: str) -> FormatException:
    """What is raised for a text that is no duration."""
    return FormatException(f"String '{text}' was not recognized as a valid TimeSpan.")


def too_large(text: str) -> OverflowException:
    """What is raised for a duration with a part out of its range."""
    return OverflowException(
        f"The TimeSpan string '{text}' could not be parsed because at least one of the numeric components "
        "is out of range or contains too many digits."
    )


def parse_span(text: str) -> int:
    """The ticks that TimeSpan.Parse reads. Raises FormatException or OverflowException."""
    return _parse_shapes(text, _SHAPES)


def _parse_shapes(text: str, shapes: dict[int, tuple[tuple[tuple[str, ...], str], ...]]) -> int:
    pieces = _SPLIT.split(text.strip(WHITE))
    numbers = pieces[1::2]
    if any(len(number.lstrip("0")) > 10 or int(number) > 2**31 - 1 for number in numbers[:5]):
        raise too_large(text)
    if not numbers or len(numbers) > 5:
        raise unrecognized(text)
    overflow = False
    between = tuple(pieces[2:-1:2])
    if pieces[0] in ("", "-") and not pieces[-1]:
        for separators, letters in shapes.get(len(numbers), ()):
            if separators != between:
                continue
            ticks = _assembled(dict(zip(letters, numbers, strict=True)), pieces[0] == "-")
            if ticks is not None:
                return ticks
            overflow = True
    raise too_large(text) if overflow else unrecognized(text)


def _assembled(numbers: dict[str, str], negative: bool) -> int | None:
    """Ticks, or None where a part is out of range."""
    values = {letter: int(number) for letter, number in numbers.items() if letter != "f"}
    if any(value > _MOST[letter] for letter, value in values.items()):
        return None
    fraction = _fraction(numbers.get("f", "0"))
    if fraction is None:
        return None
    ticks = (
        values.get("d", 0) * PER_DAY
        + values.get("h", 0) * PER_HOUR
        + values.get("m", 0) * PER_MINUTE
        + values.get("s", 0) * PER_SECOND
        + fraction
    )
    if negative:
        ticks = -ticks
    return ticks if INT64_LEAST <= ticks <= INT64_MOST else None


def _fraction(digits: str) -> int | None:
    """Ticks of the digits after the decimal point.

    More than seven are rounded if they begin with a zero, and out of range otherwise, as in .NET.
    """
    if len(digits) <= 7:
        return int(digits.ljust(7, "0"))
    if digits[0] != "0":
        return None
    unit: int = 10 ** (len(digits) - 7)
    whole, rest = divmod(int(digits), unit)
    return whole + (rest * 2 >= unit)


def parse_span_exact(text: str, format: str) -> int:
    """The ticks that TimeSpan.ParseExact reads. Raises FormatException or OverflowException."""
    if format in ("c", "t", "T"):
        return _parse_constant(text)
    if format == "g":
        return _parse_shapes(text, _GENERAL_SHAPES)
    if format == "G":
        return _parse_shapes(text, {5: _GENERAL_SHAPES[5]})
    if len(format) < 2:
        raise FormatException(f"Format specifier '{format}' was invalid.")
    return _parse_custom(text, tokens_of(format))


def _parse_constant(text: str) -> int:
    """`[-]{d | [d.]hh:mm[:ss[.f]]}`, read from left to right: the first fault decides the exception."""
    trimmed = text.strip(WHITE)
    at = 1 if trimmed.startswith("-") else 0
    numbers: dict[str, str] = {}

    def read(letter: str) -> None:
        nonlocal at
        end = at
        while end < len(trimmed) and trimmed[end] in "0123456789":
            end += 1
        if end == at:
            raise unrecognized(text)
        digits = trimmed[at:end].lstrip("0") or "0"
        if len(digits) > 8 or int(digits) > _MOST[letter]:
            raise too_large(text)
        numbers[letter] = digits
        at = end

    after = trimmed[at:].lstrip("0123456789")
    if not after.startswith(":"):
        read("d")
    if after:
        if not after.startswith(":"):
            at = _expect(trimmed, at, ".", text)
        read("h")
        at = _expect(trimmed, at, ":", text)
        read("m")
        if trimmed.startswith(":", at):
            at += 1
            if not trimmed.startswith(".", at):
                read("s")
            if trimmed.startswith(".", at):
                fraction = trimmed[at + 1 : at + 8]
                digits = fraction[: len(fraction) - len(fraction.lstrip("0123456789"))]
                numbers["f"] = digits or "0"
                at += 1 + len(digits)
    if at < len(trimmed):
        raise unrecognized(text)
    ticks = _assembled(numbers, trimmed.startswith("-"))
    if ticks is None:
        raise too_large(text)
    return ticks


def _expect(trimmed: str, at: int, separator: str, text: str) -> int:
    if not trimmed.startswith(separator, at):
        raise unrecognized(text)
    return at + 1


def _parse_custom(text: str, tokens: tuple[_Token, ...]) -> int:
    numbers: dict[str, str] = {}
    at = 0
    for letter, count, literal in tokens:
        if not letter:
            if not text.startswith(literal, at):
                raise FormatException(_INCORRECT)
            at += len(literal)
            continue
        least, most = _digits_of(letter, count)
        end = at
        while end < len(text) and end - at < most and text[end] in "0123456789":
            end += 1
        field = letter.lower()
        if end - at < least or field in numbers:
            raise FormatException(_INCORRECT)
        numbers[field] = text[at:end] or "0"
        at = end
    if at < len(text):
        raise unrecognized(text)
    ticks = _assembled(numbers, False)
    if ticks is None:
        raise too_large(text)
    return ticks


def _digits_of(letter: str, count: int) -> tuple[int, int]:
    """How many digits a letter of a custom format reads, at least and at most."""
    if letter == "F":
        return 0, count
    if letter == "f" or count > 1:
        return count, count
    return 1, 8 if letter == "d" else 2
