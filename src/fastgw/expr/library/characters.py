"""Members of System.Char. Classes of characters are those of Unicode; a character is one UTF-16 code unit."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from fastgw.expr.library.core import CHAR
from fastgw.expr.library.parsing import WHITE, parse_character
from fastgw.expr.runtime.casing import to_lower, to_upper
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
)
from fastgw.expr.runtime.objects import equals, hash_of, to_text
from fastgw.expr.runtime.text import inward
from fastgw.expr.runtime.values import Char

CHAR.value("char MaxValue", Char("\uffff"), constant=True)
CHAR.value("char MinValue", Char("\0"), constant=True)

_WHITE = frozenset(WHITE)


def _in(*categories: str) -> Callable[[str], bool]:
    return lambda character: unicodedata.category(character).startswith(categories)


def is_high_surrogate(character: str) -> bool:
    """Whether it is the first half of a character beyond U+FFFF."""
    return "\ud800" <= character <= "\udbff"


def is_low_surrogate(character: str) -> bool:
    """Whether it is the second half of a character beyond U+FFFF."""
    return "\udc00" <= character <= "\udfff"


_CLASSES: dict[str, Callable[[str], bool]] = {
    "IsControl": _in("Cc"),
    "IsDigit": _in("Nd"),
    "IsHighSurrogate": is_high_surrogate,
    "IsLetter": _in("L"),
    "IsLetterOrDigit": _in("L", "Nd"),
    "IsLower": _in("Ll"),
    "IsLowSurrogate": is_low_surrogate,
    "IsNumber": _in("N"),
    "IsPunctuation": _in("P"),
    "IsSeparator": _in("Z"),
    "IsSurrogate": _in("Cs"),
    "IsSymbol": _in("S"),
    "IsUpper": _in("Lu"),
    "IsWhiteSpace": _WHITE.__contains__,
}


def _unit(text: str | None, index: int) -> str:
    """The UTF-16 code unit of `text` at `index`."""
    if text is None:
        raise ArgumentNullException(parameter="s")
    if not 0 <= index < len(text):
        raise ArgumentOutOfRangeException(
            "Index was out of range. Must be non-negative and less than the size of the collection.",
            parameter="index",
        )
    return text[index]


def _element(text: str | None, index: int) -> str:
    """The character of `text` at `index`; a pair of surrogates as one."""
    first = _unit(text, index)
    second = text[index + 1 : index + 2] if text else ""
    return _joined(first, second) if is_high_surrogate(first) and is_low_surrogate(second) else first


def _joined(high: str, low: str) -> str:
    return chr(0x10000 + ((ord(high) & 0x3FF) << 10) + (ord(low) & 0x3FF))


def _of_text(name: str, test: Callable[[str], bool]) -> Callable[[str | None, int], bool]:
    # Only the tests for surrogates look at half a character.
    element = _unit if "Surrogate" in name else _element
    return lambda text, index: test(element(text, index))


for _name, _test in _CLASSES.items():
    CHAR.method(f"static bool {_name}(char c)")(_test)
    CHAR.method(f"static bool {_name}(string s, int index)")(_of_text(_name, _test))


@CHAR.method("static bool IsSurrogatePair(char highSurrogate, char lowSurrogate)")
def is_surrogate_pair(high: str, low: str) -> bool:
    """Whether both make one character."""
    return is_high_surrogate(high) and is_low_surrogate(low)


@CHAR.method("static bool IsSurrogatePair(string s, int index)")
def is_surrogate_pair_at(text: str | None, index: int) -> bool:
    """Whether a character beyond U+FFFF begins there. Raises ArgumentOutOfRangeException."""
    return _element(text, index) > "\uffff"


# ---------------------------------------------------------------- case


@CHAR.method("static char ToLower(char c)")
@CHAR.method("static char ToLowerInvariant(char c)")
def lower(character: str) -> Char:
    """The character in lower case."""
    return Char(to_lower(character))


@CHAR.method("static char ToUpper(char c)")
@CHAR.method("static char ToUpperInvariant(char c)")
def upper(character: str) -> Char:
    """The character in upper case."""
    return Char(to_upper(character))


# ---------------------------------------------------------------- numbers and code points


@CHAR.method("static double GetNumericValue(char c)")
def numeric_value(character: str) -> float:
    """What a digit or another numeral stands for; -1 for other characters."""
    return unicodedata.numeric(character, -1.0)


@CHAR.method("static double GetNumericValue(string s, int index)")
def numeric_value_at(text: str | None, index: int) -> float:
    """As `numeric_value`. Raises ArgumentNullException and ArgumentOutOfRangeException."""
    return unicodedata.numeric(_element(text, index), -1.0)


@CHAR.method("static string ConvertFromUtf32(int utf32)")
def from_utf32(code: int) -> str:
    """The character with this code point. Raises ArgumentOutOfRangeException."""
    if not 0 <= code <= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise ArgumentOutOfRangeException(
            "A valid UTF32 value is between 0x000000 and 0x10ffff, inclusive, and should not include "
            "surrogate codepoint values (0x00d800 ~ 0x00dfff).",
            parameter="utf32",
        )
    return inward(chr(code))


@CHAR.method("static int ConvertToUtf32(char highSurrogate, char lowSurrogate)")
def to_utf32(high: str, low: str) -> int:
    """The code point of a pair of surrogates. Raises ArgumentOutOfRangeException."""
    if not is_high_surrogate(high):
        raise ArgumentOutOfRangeException(
            "A valid high surrogate character is between 0xd800 and 0xdbff, inclusive.",
            parameter="highSurrogate",
        )
    if not is_low_surrogate(low):
        raise ArgumentOutOfRangeException(
            "A valid low surrogate character is between 0xdc00 and 0xdfff, inclusive.",
            parameter="lowSurrogate",
        )
    return ord(_joined(high, low))


@CHAR.method("static int ConvertToUtf32(string s, int index)")
def to_utf32_at(text: str | None, index: int) -> int:
    """The code point at `index`.

    Raises ArgumentNullException, ArgumentOutOfRangeException, and ArgumentException for half a pair.
    """
    character = _element(text, index)
    if "\ud800" <= character <= "\udfff":
        which = ("high", "following low") if is_high_surrogate(character) else ("low", "preceding high")
        raise ArgumentException(
            f"Found a {which[0]} surrogate char without a {which[1]} surrogate at index: {index}. The input "
            "may not be in this encoding, or may not contain valid Unicode (UTF-16) characters.",
            parameter="s",
        )
    return ord(character)


# ---------------------------------------------------------------- what every primitive type has


@CHAR.method("int CompareTo(object value)")
def compare_to_object(this: str, value: Any) -> int:
    """The difference of the codes; null comes first. Raises ArgumentException for another type."""
    if value is None:
        return 1
    if type(value) is not Char:
        raise ArgumentException("Object must be of type Char.")
    return ord(this) - ord(value)


@CHAR.method("int CompareTo(char value)")
def compare_to(this: str, value: str) -> int:
    """The difference of the codes."""
    return ord(this) - ord(value)


CHAR.method("bool Equals(object obj)")(equals)
CHAR.method("bool Equals(char obj)")(equals)
CHAR.method("int GetHashCode()")(hash_of)
CHAR.method("static char Parse(string s)")(parse_character)
CHAR.method("string ToString()")(to_text)
CHAR.method("static string ToString(char c)")(to_text)


@CHAR.method("static bool TryParse(string s, out char result)")
def try_parse(text: str | None) -> tuple[bool, Char]:
    """Whether the text is one character, and which."""
    return (True, Char(text)) if text is not None and len(text) == 1 else (False, Char("\0"))
