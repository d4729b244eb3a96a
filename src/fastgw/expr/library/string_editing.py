"""System.String: Substring, Insert, Remove, Replace, padding, trimming, case, normal forms, ToCharArray."""

from __future__ import annotations

import unicodedata
from typing import Literal

from fastgw.expr.library.core import CHAR, STRING
from fastgw.expr.library.parsing import WHITE
from fastgw.expr.library.string_search import ORDINAL, Rules, rules_of
from fastgw.expr.library.strings import INDEX_MESSAGE
from fastgw.expr.runtime.casing import to_lower, to_upper
from fastgw.expr.runtime.collation import spend_marks
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
)
from fastgw.expr.runtime.growth import counted, derived, size_of
from fastgw.expr.runtime.iteration import characters
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.text import inward
from fastgw.expr.runtime.values import Array, EnumValue

# What a part of a text takes up in a list.
_PIECE_BYTES = 64
_ARRAY_BYTES = 128
_START_MESSAGE = "StartIndex cannot be less than zero."

# ---------------------------------------------------------------- parts


@STRING.method("string Substring(int startIndex)")
def substring_from(this: str, start: int) -> str:
    """The string from a place on. Raises ArgumentOutOfRangeException."""
    if start < 0:
        raise ArgumentOutOfRangeException(_START_MESSAGE, parameter="startIndex")
    if start > len(this):
        raise ArgumentOutOfRangeException(
            "startIndex cannot be larger than length of string.", parameter="startIndex"
        )
    return derived(this[start:], this)


@STRING.method("string Substring(int startIndex, int length)")
def substring(this: str, start: int, length: int) -> str:
    """A part of the string. Raises ArgumentOutOfRangeException."""
    if start < 0:
        raise ArgumentOutOfRangeException(_START_MESSAGE, parameter="startIndex")
    if start > len(this):
        raise ArgumentOutOfRangeException(
            "startIndex cannot be larger than length of string.", parameter="startIndex"
        )
    if length < 0:
        raise ArgumentOutOfRangeException("Length cannot be less than zero.", parameter="length")
    if start + length > len(this):
        raise ArgumentOutOfRangeException(
            "Index and length must refer to a location within the string.", parameter="length"
        )
    return derived(this[start : start + length], this)


@STRING.method("string Insert(int startIndex, string value)")
def insert(this: str, start: int, value: str | None) -> str:
    """The string with a text put in. Raises ArgumentNullException, ArgumentOutOfRangeException, Exhausted."""
    if value is None:
        raise ArgumentNullException(parameter="value")
    if not 0 <= start <= len(this):
        raise ArgumentOutOfRangeException(parameter="startIndex")
    meter.require(size_of(this) + size_of(value))
    return derived(this[:start] + value + this[start:], this)


@STRING.method("string Remove(int startIndex)")
def remove_from(this: str, start: int) -> str:
    """The string up to a place. Raises ArgumentOutOfRangeException."""
    if start < 0:
        raise ArgumentOutOfRangeException(_START_MESSAGE, parameter="startIndex")
    if start >= len(this):
        raise ArgumentOutOfRangeException(
            "startIndex must be less than length of string.", parameter="startIndex"
        )
    return derived(this[:start], this)


@STRING.method("string Remove(int startIndex, int count)")
def remove(this: str, start: int, count: int) -> str:
    """The string without a part. Raises ArgumentOutOfRangeException."""
    if start < 0:
        raise ArgumentOutOfRangeException(_START_MESSAGE, parameter="startIndex")
    if count < 0:
        raise ArgumentOutOfRangeException("Count cannot be less than zero.", parameter="count")
    if count > len(this) - start:
        raise ArgumentOutOfRangeException(
            "Index and count must refer to a location within the string.", parameter="count"
        )
    return derived(this[:start] + this[start + count :], this)


# ---------------------------------------------------------------- Replace


def replace_ordinal(text: str, old: str | None, new: str | None) -> str:
    """`text` with every `old` replaced; null for `new` removes it.

    Raises ArgumentNullException, ArgumentException and Exhausted.
    """
    if old is None:
        raise ArgumentNullException(parameter="oldValue")
    if not old:
        raise ArgumentException("String cannot be of zero length.", parameter="oldValue")
    new = new or ""
    if len(new) > len(old):
        meter.require(len(text) + text.count(old) * (len(new) - len(old)))
    meter.read(len(text))
    return derived(text.replace(old, new), text)


@STRING.method("string Replace(char oldChar, char newChar)")
def replace_character(this: str, old: str, new: str) -> str:
    """The string with every such character replaced."""
    return derived(this.replace(old, new), this)


STRING.method("string Replace(string oldValue, string newValue)")(replace_ordinal)


@STRING.method("string Replace(string oldValue, string newValue, StringComparison comparisonType)")
def replace_by(this: str, old: str | None, new: str | None, comparison: EnumValue) -> str:
    """As `replace_ordinal`, by a comparison. Also raises ArgumentException for an unknown one."""
    rules = rules_of(comparison)
    if rules is ORDINAL or not old:
        return replace_ordinal(this, old, new)
    return _replace(this, old, new or "", rules)


def _replace(text: str, old: str, new: str, rules: Rules) -> str:
    out: list[str] = []
    before = 0
    while True:
        at, length = rules.find(text, old, before, len(text))
        if at < 0 or length == 0:
            out.append(text[before:])
            return derived("".join(out), text)
        meter.spend()
        meter.reserve(size_of(new) + _PIECE_BYTES)
        out += (text[before:at], new)
        before = at + length


# ---------------------------------------------------------------- padding and trimming


def _pad(text: str, width: int, filler: str, on_left: bool) -> str:
    if width < 0:
        raise ArgumentOutOfRangeException("Non-negative number required.", parameter="totalWidth")
    if width <= len(text):
        return text
    meter.require(width)
    return counted(text.rjust(width, filler) if on_left else text.ljust(width, filler))


@STRING.method("string PadLeft(int totalWidth)")
def pad_left(this: str, width: int) -> str:
    """At least `width` characters, with blanks before. Raises ArgumentOutOfRangeException and Exhausted."""
    return _pad(this, width, " ", True)


@STRING.method("string PadLeft(int totalWidth, char paddingChar)")
def pad_left_with(this: str, width: int, filler: str) -> str:
    """As `pad_left`, with any character."""
    return _pad(this, width, filler, True)


@STRING.method("string PadRight(int totalWidth)")
def pad_right(this: str, width: int) -> str:
    """At least `width` characters, with blanks behind. Raises ArgumentOutOfRangeException and Exhausted."""
    return _pad(this, width, " ", False)


@STRING.method("string PadRight(int totalWidth, char paddingChar)")
def pad_right_with(this: str, width: int, filler: str) -> str:
    """As `pad_right`, with any character."""
    return _pad(this, width, filler, False)


def _characters(text: str, characters: Array | None) -> str:
    """What to trim: the characters, or white space where there are none. Raises Exhausted."""
    if characters is None or not characters.items:
        return WHITE
    wanted = "".join(set(characters.items))
    # Each character of the text is looked for among them.
    meter.spend(len(characters) // 16 + len(text) * len(wanted) // 4096)
    return wanted


@STRING.method("string Trim()")
def trim(this: str) -> str:
    """Without white space at both ends."""
    return derived(this.strip(WHITE), this)


@STRING.method("string Trim(char trimChar)")
def trim_character(this: str, character: str) -> str:
    """Without that character at both ends."""
    return derived(this.strip(character), this)


@STRING.method("string Trim(params char[] trimChars)")
def trim_characters(this: str, characters: Array | None) -> str:
    """Without those characters at both ends; null and none mean white space."""
    return derived(this.strip(_characters(this, characters)), this)


@STRING.method("string TrimEnd()")
def trim_end(this: str) -> str:
    """Without white space at the end."""
    return derived(this.rstrip(WHITE), this)


@STRING.method("string TrimEnd(char trimChar)")
def trim_end_character(this: str, character: str) -> str:
    """Without that character at the end."""
    return derived(this.rstrip(character), this)


@STRING.method("string TrimEnd(params char[] trimChars)")
def trim_end_characters(this: str, characters: Array | None) -> str:
    """Without those characters at the end; null and none mean white space."""
    return derived(this.rstrip(_characters(this, characters)), this)


@STRING.method("string TrimStart()")
def trim_start(this: str) -> str:
    """Without white space at the beginning."""
    return derived(this.lstrip(WHITE), this)


@STRING.method("string TrimStart(char trimChar)")
def trim_start_character(this: str, character: str) -> str:
    """Without that character at the beginning."""
    return derived(this.lstrip(character), this)


@STRING.method("string TrimStart(params char[] trimChars)")
def trim_start_characters(this: str, characters: Array | None) -> str:
    """Without those characters at the beginning; null and none mean white space."""
    return derived(this.lstrip(_characters(this, characters)), this)


# ---------------------------------------------------------------- case and normal forms


@STRING.method("string ToLower()")
@STRING.method("string ToLowerInvariant()")
def lower(this: str) -> str:
    """The string in lower case."""
    return derived(to_lower(this), this)


@STRING.method("string ToUpper()")
@STRING.method("string ToUpperInvariant()")
def upper(this: str) -> str:
    """The string in upper case."""
    return derived(to_upper(this), this)


_Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
_FORMS: dict[int, _Form] = {1: "NFC", 2: "NFD", 5: "NFKC", 6: "NFKD"}


def _form(form: EnumValue) -> _Form:
    name = _FORMS.get(form.value)
    if name is None:
        raise ArgumentException("Invalid or unsupported normalization form.", parameter="normalizationForm")
    return name


def _normalized(text: str, form: _Form) -> str:
    if text.isascii():
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    lone = next((at for at, character in enumerate(joined) if "\ud800" <= character <= "\udfff"), -1)
    if lone >= 0:
        raise ArgumentException(f"Invalid Unicode code point found at index {lone}.", parameter="strInput")
    # The longest compatibility decomposition has 18 characters.
    meter.reserve(18 * len(text) if form.startswith("NFK") else 4 * len(text))
    spend_marks(joined)
    return derived(inward(unicodedata.normalize(form, joined)), text)


@STRING.method("bool IsNormalized()")
def is_normalized(this: str) -> bool:
    """Whether the string is in normal form C. Raises ArgumentException for a lone surrogate."""
    return _normalized(this, "NFC") == this


@STRING.method("bool IsNormalized(NormalizationForm normalizationForm)")
def is_normalized_in(this: str, form: EnumValue) -> bool:
    """Whether the string is in that normal form. Raises ArgumentException."""
    return _normalized(this, _form(form)) == this


@STRING.method("string Normalize()")
def normalize(this: str) -> str:
    """The string in normal form C. Raises ArgumentException for a lone surrogate, and Exhausted."""
    return _normalized(this, "NFC")


@STRING.method("string Normalize(NormalizationForm normalizationForm)")
def normalize_in(this: str, form: EnumValue) -> str:
    """The string in that normal form. Raises ArgumentException and Exhausted."""
    return _normalized(this, _form(form))


# ---------------------------------------------------------------- characters out


def _array(text: str) -> Array:
    meter.reserve(_ARRAY_BYTES + 8 * len(text))
    return Array(CHAR.type, list(characters(text)))


@STRING.method("char[] ToCharArray()")
def to_char_array(this: str) -> Array:
    """The characters. Raises Exhausted."""
    return _array(this)


@STRING.method("char[] ToCharArray(int startIndex, int length)")
def to_char_array_part(this: str, start: int, length: int) -> Array:
    """The characters of a part. Raises ArgumentOutOfRangeException and Exhausted."""
    if start < 0 or start > len(this) or start > len(this) - length:
        raise ArgumentOutOfRangeException(INDEX_MESSAGE, parameter="startIndex")
    if length < 0:
        raise ArgumentOutOfRangeException(INDEX_MESSAGE, parameter="length")
    return _array(this[start : start + length])


def copy_characters(text: str, start: int, destination: Array | None, to: int, count: int) -> None:
    """Put characters into an array. Raises ArgumentNullException and ArgumentOutOfRangeException."""
    if destination is None:
        raise ArgumentNullException(parameter="destination")
    if count < 0:
        raise ArgumentOutOfRangeException("Count cannot be less than zero.", parameter="count")
    if start < 0:
        raise ArgumentOutOfRangeException(INDEX_MESSAGE, parameter="sourceIndex")
    if count > len(text) - start:
        raise ArgumentOutOfRangeException(
            "Index and count must refer to a location within the string.", parameter="sourceIndex"
        )
    if to < 0 or to > len(destination) - count:
        raise ArgumentOutOfRangeException(
            "Index and count must refer to a location within the string.", parameter="destinationIndex"
        )
    destination.items[to : to + count] = characters(text[start : start + count])


STRING.method("void CopyTo(int sourceIndex, char[] destination, int destinationIndex, int count)")(
    copy_characters
)
