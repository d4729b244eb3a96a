"""Searching text in text under the invariant culture, by what `runtime.collation` makes of each letter.

StartsWith(string), EndsWith(string) and IndexOf(string) go by culture unless a StringComparison says
otherwise (expressions.md 5.4): an accented letter equals itself in its two spellings, and control and
formatting characters do not count. For plain ASCII that is what an ordinal search finds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from fastgw.expr.runtime.collation import sort_key
from fastgw.expr.runtime.meter import meter

# Characters to compare at worst that take a fraction of a millisecond.
_QUADRATIC = 1 << 20
_FIRST_WINDOW = 256
_PLAIN = re.compile("[\t-\r -~]*")


class _Letter(NamedTuple):
    """A letter with its marks: its weights, and where it stands in the text."""

    weights: tuple[tuple[int, ...], ...]
    start: int
    end: int


def _is_plain(text: str) -> bool:
    """Whether the text is ASCII without characters that do not count."""
    return text.isascii() and _PLAIN.fullmatch(text) is not None


def _letters(text: str, ignore_case: bool) -> list[_Letter]:
    """The letters of `text` that count. Raises Exhausted."""
    meter.spend(len(text))
    pieces: list[tuple[int, int]] = []
    for at, character in enumerate(text):
        is_second_half = "\udc00" <= character <= "\udfff" and "\ud800" <= text[at - 1 : at] <= "\udbff"
        if pieces and (is_second_half or unicodedata.combining(character)):
            pieces[-1] = (pieces[-1][0], at + 1)
        else:
            pieces.append((at, at + 1))
    letters = (_Letter(sort_key(text[start:end], ignore_case), start, end) for start, end in pieces)
    return [letter for letter in letters if letter.weights[0]]


def _weights(letters: list[_Letter]) -> list[tuple[tuple[int, ...], ...]]:
    return [letter.weights for letter in letters]


def starts_with(text: str, prefix: str, ignore_case: bool = False) -> bool:
    """Whether `text` begins with `prefix`. Raises Exhausted."""
    # One character more, as it may be a mark that belongs to the last one.
    if _is_plain(prefix) and _is_plain(text[: len(prefix) + 1]):
        text = text[: len(prefix)]
        return text.lower() == prefix.lower() if ignore_case else text == prefix
    wanted = _weights(_letters(prefix, ignore_case))
    return _weights(_letters(text, ignore_case))[: len(wanted)] == wanted


def ends_with(text: str, suffix: str, ignore_case: bool = False) -> bool:
    """Whether `text` ends with `suffix`. Raises Exhausted."""
    at = max(len(text) - len(suffix), 0)
    if _is_plain(suffix) and _is_plain(text[at:]):
        text = text[at:]
        return text.lower() == suffix.lower() if ignore_case else text == suffix
    wanted = _weights(_letters(suffix, ignore_case))
    found = _weights(_letters(text, ignore_case))
    return not wanted or found[-len(wanted) :] == wanted


def find_last(text: str, value: str) -> int:
    """Where `value` occurs last, by code unit, or -1. Raises Exhausted.

    Python looks from the end in a time that is the product of both lengths; from the beginning it does not.
    """
    meter.read(len(text))
    if len(text) * len(value) < _QUADRATIC:
        return text.rfind(value)
    found = text[::-1].find(value[::-1])
    return len(text) - len(value) - found if found >= 0 else -1


def windows(text: str, start: int, end: int, least: int) -> Iterator[str]:
    """Ever more of a text from `start` on, the last time all up to `end`.

    What is searched so costs no more than a few times what stands before the place where something is found.
    """
    size = 4 * least + _FIRST_WINDOW
    while size < end - start:
        yield text[start : start + size]
        size *= 4
    yield text[start:end]


def find_within(text: str, value: str, start: int, end: int, ignore_case: bool = False) -> tuple[int, int]:
    """Where `value` occurs first between two places, and how long it is there; -1: nowhere.

    Raises Exhausted.
    """
    if _is_plain(value):
        wanted = value.lower() if ignore_case else value
        for window in windows(text, start, end, len(value)):
            meter.read(len(window))
            if not _is_plain(window):
                break
            found = (window.lower() if ignore_case else window).find(wanted)
            # What follows may be a mark that belongs to the last letter.
            if found >= 0 and (found + len(value) < len(window) or start + len(window) == end):
                return start + found, len(value)
        else:
            return -1, len(value)
    found, length = find(text[start:end], value, ignore_case)
    return (start + found if found >= 0 else -1), length


def find(text: str, value: str, ignore_case: bool = False, last: bool = False) -> tuple[int, int]:
    """Where `value` occurs in `text` for the first or last time, and how long it is there; -1: nowhere.

    Raises Exhausted.
    """
    if _is_plain(text) and _is_plain(value):
        if ignore_case:
            text, value = text.lower(), value.lower()
        if last:
            return find_last(text, value), len(value)
        meter.read(len(text))
        return text.find(value), len(value)
    letters = _letters(text, ignore_case)
    wanted = _weights(_letters(value, ignore_case))
    if not wanted:
        return len(text) if last else 0, 0
    found = _weights(letters)
    places = range(len(found) - len(wanted) + 1)
    meter.spend(len(places))
    for place in reversed(places) if last else places:
        if found[place] == wanted[0] and found[place : place + len(wanted)] == wanted:
            start = letters[place].start
            return start, letters[place + len(wanted) - 1].end - start
    return -1, 0
