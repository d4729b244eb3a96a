"""System.Text.StringBuilder.

What was appended is kept in pieces until something asks for the text, so that building one is linear.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastgw.expr.library.declare import define
from fastgw.expr.library.formatting import composite
from fastgw.expr.library.string_editing import copy_characters, replace_ordinal
from fastgw.expr.library.string_joining import join, join_strings
from fastgw.expr.library.strings import INDEX_MESSAGE
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    IndexOutOfRangeException,
)
from fastgw.expr.runtime.growth import counted, size_of
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.objects import to_text
from fastgw.expr.runtime.values import Array, Char, NetObject

NEW_LINE = "\n"
"""Environment.NewLine of the reference machine; the conformance data takes it as equal to `\\r\\n`."""

_MOST = 2**31 - 1
_FIRST_CAPACITY = 16
# What a piece takes up besides its characters: its place, and often a string of its own.
_PIECE_BYTES = 32


class StringBuilder(NetObject):
    """A StringBuilder: `pieces` in order, their common `length`, and the capacity that was asked for.

    `counted` are the bytes that the meter knows of for what nobody else holds: a new text takes its place.
    """

    __slots__ = ("asked", "counted", "length", "most", "pieces")

    def __init__(self, text: str = "", capacity: int = _FIRST_CAPACITY, most: int = _MOST) -> None:
        self.pieces = [text] if text else []
        self.length = len(text)
        self.asked = capacity
        self.most = most
        self.counted = 0

    def add(self, text: str) -> StringBuilder:
        """Append. Raises ArgumentOutOfRangeException beyond MaxCapacity, and Exhausted."""
        if text:
            size = size_of(text) + _PIECE_BYTES
            meter.reserve(size)
            self.counted += size
            if self.length + len(text) > self.most:
                raise ArgumentOutOfRangeException(
                    "capacity was less than the current size.", parameter="requiredLength"
                )
            self.pieces.append(text)
            self.length += len(text)
        return self

    def text(self) -> str:
        """The text. Raises Exhausted."""
        if len(self.pieces) > 1:
            # Whoever alternates between adding and asking pays for the copies.
            meter.spend(1 + self.length // 256)
            self._hold("".join(self.pieces))
        return self.pieces[0] if self.pieces else ""

    def change(self, text: str) -> StringBuilder:
        """Replace the whole text. Raises Exhausted."""
        meter.spend(1 + len(text) // 256)
        self._hold(text)
        self.length = len(text)
        return self

    def _hold(self, text: str) -> None:
        """Have this text instead of the pieces. Raises Exhausted."""
        size = text.__sizeof__()
        if size > self.counted:
            meter.reserve(size - self.counted)
        self.counted = size
        self.pieces = [text] if text else []

    def net_text(self) -> str:
        """ToString(). Raises Exhausted."""
        text = self.text()
        # From now on somebody else may hold it.
        self.counted = 0
        return text


STRING_BUILDER = define("System.Text.StringBuilder", "class", python=(StringBuilder,))


# ---------------------------------------------------------------- constructors and properties


def _check_capacity(capacity: int, most: int = _MOST) -> None:
    if capacity > most:
        raise ArgumentOutOfRangeException("Capacity exceeds maximum capacity.", parameter="capacity")
    if most < 1:
        raise ArgumentOutOfRangeException("MaxCapacity must be one or greater.", parameter="maxCapacity")
    if capacity < 0:
        raise ArgumentOutOfRangeException("'capacity' must be greater than zero.", parameter="capacity")


@STRING_BUILDER.constructor("()")
def new() -> StringBuilder:
    """An empty one."""
    return StringBuilder()


@STRING_BUILDER.constructor("(int capacity)")
def new_sized(capacity: int) -> StringBuilder:
    """An empty one. Raises ArgumentOutOfRangeException."""
    _check_capacity(capacity)
    return StringBuilder("", capacity or _FIRST_CAPACITY)


@STRING_BUILDER.constructor("(int capacity, int maxCapacity)")
def new_limited(capacity: int, most: int) -> StringBuilder:
    """An empty one that holds at most so much. Raises ArgumentOutOfRangeException."""
    _check_capacity(capacity, most)
    return StringBuilder("", capacity or min(_FIRST_CAPACITY, most), most)


@STRING_BUILDER.constructor("(string value)")
def new_from(value: str | None) -> StringBuilder:
    """One with a text; null is empty."""
    return StringBuilder(value or "")


@STRING_BUILDER.constructor("(string value, int capacity)")
def new_from_sized(value: str | None, capacity: int) -> StringBuilder:
    """One with a text. Raises ArgumentOutOfRangeException."""
    _check_capacity(capacity)
    return StringBuilder(value or "", capacity or _FIRST_CAPACITY)


@STRING_BUILDER.constructor("(string value, int startIndex, int length, int capacity)")
def new_from_part(value: str | None, start: int, length: int, capacity: int) -> StringBuilder:
    """One with a part of a text. Raises ArgumentOutOfRangeException."""
    _check_capacity(capacity)
    if length < 0:
        raise ArgumentOutOfRangeException("'length' must be non-negative.", parameter="length")
    text = value or ""
    if start < 0:
        raise ArgumentOutOfRangeException("StartIndex cannot be less than zero.", parameter="startIndex")
    if start > len(text) - length:
        raise ArgumentOutOfRangeException(
            "Index and length must refer to a location within the string.", parameter="length"
        )
    return StringBuilder(text[start : start + length], capacity or _FIRST_CAPACITY)


def _set_capacity(this: StringBuilder, capacity: int) -> None:
    if capacity < 0:
        raise ArgumentOutOfRangeException("Capacity must be positive.", parameter="value")
    if capacity > this.most:
        raise ArgumentOutOfRangeException("Capacity exceeds maximum capacity.", parameter="value")
    if capacity < this.length:
        raise ArgumentOutOfRangeException("capacity was less than the current size.", parameter="value")
    this.asked = capacity


@STRING_BUILDER.property("int Capacity", setter=_set_capacity)
def capacity_of(this: StringBuilder) -> int:
    """How much fits without growing; nothing depends on it here."""
    while this.asked < this.length:
        this.asked = min(this.asked * 2, this.most)
    return this.asked


@STRING_BUILDER.method("int EnsureCapacity(int capacity)")
def ensure_capacity(this: StringBuilder, capacity: int) -> int:
    """Make Capacity at least so large. Raises ArgumentOutOfRangeException."""
    if capacity < 0:
        raise ArgumentOutOfRangeException("Capacity must be positive.", parameter="capacity")
    if capacity > capacity_of(this):
        _set_capacity(this, capacity)
    return this.asked


def _set_length(this: StringBuilder, length: int) -> None:
    """Cut, or fill up with null characters. Raises ArgumentOutOfRangeException and Exhausted."""
    if length < 0:
        raise ArgumentOutOfRangeException("Length cannot be less than zero.", parameter="value")
    if length > this.most:
        raise ArgumentOutOfRangeException("capacity was less than the current size.", parameter="value")
    if length == 0:
        this.pieces, this.length, this.counted = [], 0, 0
    elif length < this.length:
        this.change(this.text()[:length])
    else:
        missing = length - this.length
        meter.require(missing)
        this.add("\0" * missing)


@STRING_BUILDER.property("int Length", setter=_set_length)
def length_of(this: StringBuilder) -> int:
    """How many characters there are."""
    return this.length


@STRING_BUILDER.property("int MaxCapacity")
def max_capacity(this: StringBuilder) -> int:
    """How much it may hold."""
    return this.most


def _set_character(this: StringBuilder, index: int, value: str) -> None:
    if not 0 <= index < this.length:
        raise ArgumentOutOfRangeException(INDEX_MESSAGE, parameter="index")
    text = this.text()
    this.change(text[:index] + value + text[index + 1 :])


@STRING_BUILDER.indexer("char this[int index]", setter=_set_character)
def character_at(this: StringBuilder, index: int) -> Char:
    """The character at `index`. Raises IndexOutOfRangeException."""
    if not 0 <= index < this.length:
        raise IndexOutOfRangeException()
    return Char(this.text()[index])


# ---------------------------------------------------------------- Append

_VALUES = (
    "bool",
    "byte",
    "char",
    "decimal",
    "double",
    "short",
    "int",
    "long",
    "object",
    "sbyte",
    "float",
    "string",
    "ushort",
    "uint",
    "ulong",
)


def append(this: StringBuilder, value: Any) -> StringBuilder:
    """Append the text of a value; null appends nothing. Raises Exhausted."""
    return this.add(value if type(value) is str else to_text(value))


for _type in _VALUES:
    STRING_BUILDER.method(f"StringBuilder Append({_type} value)")(append)


@STRING_BUILDER.method("StringBuilder Append(StringBuilder value)")
def append_builder(this: StringBuilder, value: StringBuilder | None) -> StringBuilder:
    """Append the text of another one. Raises Exhausted."""
    return this if value is None else this.add(value.text())


@STRING_BUILDER.method("StringBuilder Append(char[] value)")
def append_characters(this: StringBuilder, value: Array | None) -> StringBuilder:
    """Append characters. Raises Exhausted."""
    return this if value is None else this.add("".join(value.items))


@STRING_BUILDER.method("StringBuilder Append(char value, int repeatCount)")
def append_repeated(this: StringBuilder, value: str, count: int) -> StringBuilder:
    """Append a character so often. Raises ArgumentOutOfRangeException and Exhausted."""
    if count < 0:
        raise ArgumentOutOfRangeException("Count cannot be less than zero.", parameter="repeatCount")
    meter.require(count)
    return this.add(str(value) * count)


def _part(text: str | None, start: int, count: int, name: str) -> str:
    """A part of what is appended; null has one empty part."""
    if text is None:
        if start == 0 and count == 0:
            return ""
        raise ArgumentNullException(parameter="value")
    if count < 0:
        raise ArgumentOutOfRangeException("Value must be positive.", parameter=name)
    if start < 0 or start > len(text) - count:
        raise ArgumentOutOfRangeException(INDEX_MESSAGE, parameter="startIndex")
    return text[start : start + count]


@STRING_BUILDER.method("StringBuilder Append(StringBuilder value, int startIndex, int count)")
def append_builder_part(
    this: StringBuilder, value: StringBuilder | None, start: int, count: int
) -> StringBuilder:
    """Append a part. Raises ArgumentNullException, ArgumentOutOfRangeException and Exhausted."""
    return this.add(_part(None if value is None else value.text(), start, count, "count"))


@STRING_BUILDER.method("StringBuilder Append(char[] value, int startIndex, int charCount)")
def append_characters_part(this: StringBuilder, value: Array | None, start: int, count: int) -> StringBuilder:
    """Append a part. Raises ArgumentNullException, ArgumentOutOfRangeException and Exhausted."""
    return this.add(_part(None if value is None else "".join(value.items), start, count, "charCount"))


@STRING_BUILDER.method("StringBuilder Append(string value, int startIndex, int count)")
def append_part(this: StringBuilder, value: str | None, start: int, count: int) -> StringBuilder:
    """Append a part. Raises ArgumentNullException, ArgumentOutOfRangeException and Exhausted."""
    return this.add(_part(value, start, count, "count"))


@STRING_BUILDER.method("StringBuilder AppendFormat(string format, object arg0)")
@STRING_BUILDER.method("StringBuilder AppendFormat(string format, object arg0, object arg1)")
@STRING_BUILDER.method("StringBuilder AppendFormat(string format, object arg0, object arg1, object arg2)")
def append_format(this: StringBuilder, format: str | None, *arguments: Any) -> StringBuilder:
    """Append a composite format. Raises ArgumentNullException, FormatException and Exhausted."""
    return this.add(composite(format, arguments))


@STRING_BUILDER.method("StringBuilder AppendFormat(string format, params object[] args)")
def append_format_many(this: StringBuilder, format: str | None, arguments: Array | None) -> StringBuilder:
    """As `append_format`."""
    if arguments is None:
        raise ArgumentNullException(parameter="format" if format is None else "args")
    return this.add(composite(format, arguments.items))


@STRING_BUILDER.method("StringBuilder AppendJoin(char separator, params object[] values)")
@STRING_BUILDER.method("StringBuilder AppendJoin(string separator, params object[] values)")
@STRING_BUILDER.method("StringBuilder AppendJoin<T>(char separator, IEnumerable<T> values)")
@STRING_BUILDER.method("StringBuilder AppendJoin<T>(string separator, IEnumerable<T> values)")
def append_join(this: StringBuilder, separator: str | None, values: Iterable[Any] | None) -> StringBuilder:
    """Append what string.Join gives. Raises ArgumentNullException and Exhausted."""
    return this.add(join(separator, values))


@STRING_BUILDER.method("StringBuilder AppendJoin(char separator, params string[] values)")
@STRING_BUILDER.method("StringBuilder AppendJoin(string separator, params string[] values)")
def append_join_strings(this: StringBuilder, separator: str | None, values: Array | None) -> StringBuilder:
    """Append what string.Join gives. Raises ArgumentNullException and Exhausted."""
    return this.add(join_strings(separator, values))


@STRING_BUILDER.method("StringBuilder AppendLine()")
def append_line(this: StringBuilder) -> StringBuilder:
    """Append a line break. Raises Exhausted."""
    return this.add(NEW_LINE)


@STRING_BUILDER.method("StringBuilder AppendLine(string value)")
def append_text_line(this: StringBuilder, value: str | None) -> StringBuilder:
    """Append a text and a line break. Raises Exhausted."""
    return this.add((value or "") + NEW_LINE)


# ---------------------------------------------------------------- Insert


def insert(this: StringBuilder, index: int, value: Any) -> StringBuilder:
    """Put the text of a value in. Raises ArgumentOutOfRangeException and Exhausted."""
    if not 0 <= index <= this.length:
        raise ArgumentOutOfRangeException(INDEX_MESSAGE, parameter="index")
    added = value if type(value) is str else to_text(value)
    meter.require(this.length + size_of(added))
    if this.length + len(added) > this.most:
        raise ArgumentOutOfRangeException(
            "capacity was less than the current size.", parameter="requiredLength"
        )
    text = this.text()
    return this.change(text[:index] + added + text[index:])


for _type in _VALUES:
    STRING_BUILDER.method(f"StringBuilder Insert(int index, {_type} value)")(insert)


@STRING_BUILDER.method("StringBuilder Insert(int index, char[] value)")
def insert_characters(this: StringBuilder, index: int, value: Array | None) -> StringBuilder:
    """Put characters in. Raises ArgumentOutOfRangeException and Exhausted."""
    return insert(this, index, "" if value is None else "".join(value.items))


@STRING_BUILDER.method("StringBuilder Insert(int index, char[] value, int startIndex, int charCount)")
def insert_characters_part(
    this: StringBuilder, index: int, value: Array | None, start: int, count: int
) -> StringBuilder:
    """Put a part in. Raises ArgumentNullException, ArgumentOutOfRangeException and Exhausted."""
    part = _part(None if value is None else "".join(value.items), start, count, "charCount")
    return insert(this, index, part)


@STRING_BUILDER.method("StringBuilder Insert(int index, string value, int count)")
def insert_repeated(this: StringBuilder, index: int, value: str | None, count: int) -> StringBuilder:
    """Put a text in so often. Raises ArgumentOutOfRangeException and Exhausted."""
    if count < 0:
        raise ArgumentOutOfRangeException("Non-negative number required.", parameter="count")
    text = value or ""
    meter.require(len(text) * count)
    return insert(this, index, text * count)


# ---------------------------------------------------------------- Remove, Replace, Clear


@STRING_BUILDER.method("StringBuilder Clear()")
def clear(this: StringBuilder) -> StringBuilder:
    """Make it empty."""
    this.pieces, this.length, this.counted = [], 0, 0
    return this


@STRING_BUILDER.method("StringBuilder Remove(int startIndex, int length)")
def remove(this: StringBuilder, start: int, length: int) -> StringBuilder:
    """Take a part out. Raises ArgumentOutOfRangeException and Exhausted."""
    if length < 0:
        raise ArgumentOutOfRangeException("Length cannot be less than zero.", parameter="length")
    if start < 0:
        raise ArgumentOutOfRangeException("StartIndex cannot be less than zero.", parameter="startIndex")
    if length > this.length - start:
        raise ArgumentOutOfRangeException(INDEX_MESSAGE, parameter="length")
    text = this.text()
    return this.change(text[:start] + text[start + length :])


@STRING_BUILDER.method("StringBuilder Replace(char oldChar, char newChar)")
def replace_character(this: StringBuilder, old: str, new: str) -> StringBuilder:
    """Replace a character everywhere. Raises Exhausted."""
    return this.change(this.text().replace(old, new))


@STRING_BUILDER.method("StringBuilder Replace(string oldValue, string newValue)")
def replace(this: StringBuilder, old: str | None, new: str | None) -> StringBuilder:
    """Replace a text everywhere. Raises ArgumentNullException, ArgumentException and Exhausted."""
    return this.change(_replaced(this.text(), old, new))


def _replaced(text: str, old: str | None, new: str | None) -> str:
    if old == "":
        raise ArgumentException("Empty name is not legal.", parameter="oldValue")
    return replace_ordinal(text, old, new)


@STRING_BUILDER.method("StringBuilder Replace(char oldChar, char newChar, int startIndex, int count)")
@STRING_BUILDER.method("StringBuilder Replace(string oldValue, string newValue, int startIndex, int count)")
def replace_within(
    this: StringBuilder, old: str | None, new: str | None, start: int, count: int
) -> StringBuilder:
    """Replace in a part. Raises ArgumentNullException, ArgumentException and Exhausted."""
    if not 0 <= start <= this.length:
        raise ArgumentOutOfRangeException(INDEX_MESSAGE, parameter="startIndex")
    if count < 0 or start > this.length - count:
        raise ArgumentOutOfRangeException(INDEX_MESSAGE, parameter="count")
    text = this.text()
    middle = _replaced(text[start : start + count], old, new)
    return this.change(text[:start] + middle + text[start + count :])


# ---------------------------------------------------------------- out of it


@STRING_BUILDER.method("string ToString()")
def to_string(this: StringBuilder) -> str:
    """The text. Raises Exhausted."""
    return this.net_text()


@STRING_BUILDER.method("string ToString(int startIndex, int length)")
def to_string_part(this: StringBuilder, start: int, length: int) -> str:
    """A part of the text. Raises ArgumentOutOfRangeException and Exhausted."""
    if start < 0:
        raise ArgumentOutOfRangeException("StartIndex cannot be less than zero.", parameter="startIndex")
    if start > this.length:
        raise ArgumentOutOfRangeException(
            "startIndex cannot be larger than length of string.", parameter="startIndex"
        )
    if length < 0:
        raise ArgumentOutOfRangeException("Length cannot be less than zero.", parameter="length")
    if start > this.length - length:
        raise ArgumentOutOfRangeException(
            "Index and length must refer to a location within the string.", parameter="length"
        )
    return counted(this.text()[start : start + length])


@STRING_BUILDER.method("void CopyTo(int sourceIndex, char[] destination, int destinationIndex, int count)")
def copy_to(this: StringBuilder, start: int, destination: Array | None, to: int, count: int) -> None:
    """Put characters into an array. Raises ArgumentNullException and ArgumentOutOfRangeException."""
    copy_characters(this.text(), start, destination, to, count)


@STRING_BUILDER.method("bool Equals(StringBuilder sb)")
def equals(this: StringBuilder, other: StringBuilder | None) -> bool:
    """Whether the other has the same text."""
    return other is not None and this.length == other.length and this.text() == other.text()
