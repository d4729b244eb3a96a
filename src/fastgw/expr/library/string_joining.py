"""System.String: Concat, Join, Format and Split."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from fastgw.expr.library.core import STRING
from fastgw.expr.library.declare import define
from fastgw.expr.library.formatting import composite
from fastgw.expr.library.parsing import WHITE
from fastgw.expr.library.strings import LONG
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    NullReferenceException,
)
from fastgw.expr.runtime.growth import finished, size_of
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.objects import to_text
from fastgw.expr.runtime.values import Array, Char, EnumValue

# What a string takes up besides its characters, and an array.
_PART_BYTES = 80
_ARRAY_BYTES = 128


def texts_of(values: Iterable[Any]) -> list[str]:
    """ToString() of each value, "" for null. Raises Exhausted."""
    found: list[str] = []
    for value in values:
        # A Char is a text already, one that others share.
        text = value if type(value) is Char else to_text(value)
        # The place in the list counts as well, so that endless sequences of nothing come to an end.
        meter.reserve(len(text) + 8)
        found.append(text)
    return found


# ---------------------------------------------------------------- Concat


@STRING.method("static string Concat(IEnumerable<string> values)")
@STRING.method("static string Concat<T>(IEnumerable<T> values)")
def concat_sequence(values: Iterable[Any] | None) -> str:
    """The texts of a sequence. Raises ArgumentNullException and Exhausted."""
    if values is None:
        raise ArgumentNullException(parameter="values")
    return finished("".join(texts_of(values)))


@STRING.method("static string Concat(object arg0)")
@STRING.method("static string Concat(object arg0, object arg1)")
@STRING.method("static string Concat(object arg0, object arg1, object arg2)")
@STRING.method("static string Concat(string str0, string str1)")
@STRING.method("static string Concat(string str0, string str1, string str2)")
@STRING.method("static string Concat(string str0, string str1, string str2, string str3)")
def concat(*values: Any) -> str:
    """The texts of a few values. Raises Exhausted."""
    return finished("".join(texts_of(values)))


@STRING.method("static string Concat(params object[] args)")
def concat_objects(values: Array | None) -> str:
    """The texts of an array. Raises ArgumentNullException and Exhausted."""
    if values is None:
        raise ArgumentNullException(parameter="args")
    return finished("".join(texts_of(values.items)))


@STRING.method("static string Concat(params string[] values)")
def concat_strings(values: Array | None) -> str:
    """The strings of an array. Raises ArgumentNullException and Exhausted."""
    return concat_sequence(values)


# ---------------------------------------------------------------- Join


def _join(separator: str | None, values: Iterable[Any] | None, parameter: str) -> str:
    if values is None:
        raise ArgumentNullException(parameter=parameter)
    texts = texts_of(values)
    separator = separator or ""
    meter.reserve(len(separator) * len(texts))
    return finished(separator.join(texts))


@STRING.method("static string Join(char separator, params object[] values)")
@STRING.method("static string Join(string separator, IEnumerable<string> values)")
@STRING.method("static string Join(string separator, params object[] values)")
@STRING.method("static string Join<T>(char separator, IEnumerable<T> values)")
@STRING.method("static string Join<T>(string separator, IEnumerable<T> values)")
def join(separator: str | None, values: Iterable[Any] | None) -> str:
    """The texts of a sequence with a separator between them. Raises ArgumentNullException and Exhausted."""
    return _join(separator, values, "values")


@STRING.method("static string Join(char separator, params string[] value)")
@STRING.method("static string Join(string separator, params string[] value)")
def join_strings(separator: str | None, value: Array | None) -> str:
    """As `join`."""
    return _join(separator, value, "value")


@STRING.method("static string Join(char separator, string[] value, int startIndex, int count)")
@STRING.method("static string Join(string separator, string[] value, int startIndex, int count)")
def join_part(separator: str | None, value: Array | None, start: int, count: int) -> str:
    """Some strings of an array with a separator between them.

    Raises ArgumentNullException, ArgumentOutOfRangeException and Exhausted.
    """
    if value is None:
        raise ArgumentNullException(parameter="value")
    if start < 0:
        raise ArgumentOutOfRangeException("StartIndex cannot be less than zero.", parameter="startIndex")
    if count < 0:
        raise ArgumentOutOfRangeException("Count cannot be less than zero.", parameter="count")
    if start > len(value) - count:
        raise ArgumentOutOfRangeException(
            "Index and count must refer to a location within the buffer.", parameter="startIndex"
        )
    return _join(separator, value.items[start : start + count], "value")


# ---------------------------------------------------------------- Format


@STRING.method("static string Format(string format, object arg0)")
@STRING.method("static string Format(string format, object arg0, object arg1)")
@STRING.method("static string Format(string format, object arg0, object arg1, object arg2)")
def format_few(format: str | None, *arguments: Any) -> str:
    """A composite format. Raises ArgumentNullException, FormatException and Exhausted."""
    return composite(format, arguments)


@STRING.method("static string Format(string format, params object[] args)")
def format_many(format: str | None, arguments: Array | None) -> str:
    """A composite format. Raises ArgumentNullException, FormatException and Exhausted."""
    if arguments is None:
        raise ArgumentNullException(parameter="format" if format is None else "args")
    return composite(format, arguments.items)


# ---------------------------------------------------------------- Split

_MOST = 2**31 - 1
_REMOVE_EMPTY = 1


def _split(text: str, separators: Iterable[str], count: int, options: EnumValue | None) -> Array:
    """`text` at each of the separators: the first that matches wins; none at all mean white space.

    Raises ArgumentOutOfRangeException, ArgumentException and Exhausted.
    """
    chosen = options.value if options else 0
    if count < 0:
        raise ArgumentOutOfRangeException("Count cannot be less than zero.", parameter="count")
    if not 0 <= chosen <= _REMOVE_EMPTY:
        raise ArgumentException(f"Illegal enum value: {chosen}.", parameter="options")
    if count == 0 or (chosen and not text):
        return _strings([])
    if count == 1:
        return _strings([text])
    wanted = list(separators)
    if not wanted:
        return _strings([text])
    if len(text) > LONG:
        # All parts are made at once. Each separator is looked for on its own.
        meter.spend(len(wanted) * (len(text) >> 12))
        meter.reserve(size_of(text) + _PART_BYTES * sum(map(text.count, wanted)))
    if len(wanted) == 1 and count == _MOST:
        parts = text.split(wanted[0])
        if chosen and len(parts) > 1:
            parts = [part for part in parts if part]
        return _strings(parts)
    escaped = list(map(re.escape, wanted))
    if all(len(one) == 1 for one in wanted):
        pattern = f"[{''.join(escaped)}]"
    else:
        # Each of them is tried at each place.
        meter.spend(len(text) * len(wanted) // 16)
        pattern = "|".join(escaped)
    places = [found.span() for found in re.finditer(pattern, text)]
    return _strings(_cut(text, places, count, bool(chosen)))


def _strings(parts: list[str]) -> Array:
    meter.reserve(_ARRAY_BYTES + 8 * len(parts))
    return Array(STRING.type, parts)


def _cut(text: str, places: list[tuple[int, int]], count: int, omits_empty: bool) -> list[str]:
    if not places:
        # Nothing to split: the string itself.
        return [text]
    parts: list[str] = []
    begin = 0
    for at, (start, end) in enumerate(places):
        if len(parts) == count - 1:
            if omits_empty:
                # Empty parts are skipped before the last part as well.
                for next_start, next_end in places[at:]:
                    if next_start != begin:
                        break
                    begin = next_end
            break
        if not omits_empty or start > begin:
            parts.append(text[begin:start])
        begin = end
    if not omits_empty or begin < len(text):
        parts.append(text[begin:])
    return parts


def _of_characters(separators: Array | None) -> Iterable[str]:
    return separators.items if separators is not None and separators.items else WHITE


def _of_strings(separators: Array | None) -> Iterable[str]:
    if separators is None or not separators.items:
        return WHITE
    # Null and empty separators never match.
    return [one for one in separators.items if one]


@STRING.method("string[] Split(params char[] separator)")
def split(this: str, separator: Array | None) -> Array:
    """The parts between separators; none mean white space. Raises Exhausted."""
    return _split(this, _of_characters(separator), _MOST, None)


@STRING.method("string[] Split(char separator, StringSplitOptions options = StringSplitOptions.None)")
def split_character(this: str, separator: str, options: EnumValue) -> Array:
    """The parts between separators. Raises ArgumentException and Exhausted."""
    return _split(this, separator, _MOST, options)


@STRING.method(
    "string[] Split(char separator, int count, StringSplitOptions options = StringSplitOptions.None)"
)
def split_character_count(this: str, separator: str, count: int, options: EnumValue) -> Array:
    """At most `count` parts; the last has the rest.

    Raises ArgumentOutOfRangeException, ArgumentException and Exhausted.
    """
    return _split(this, separator, count, options)


@STRING.method("string[] Split(char[] separator, int count)")
def split_characters_count(this: str, separator: Array | None, count: int) -> Array:
    """As `split_character_count`."""
    return _split(this, _of_characters(separator), count, None)


@STRING.method("string[] Split(char[] separator, int count, StringSplitOptions options)")
def split_characters_count_options(
    this: str, separator: Array | None, count: int, options: EnumValue
) -> Array:
    """As `split_character_count`."""
    return _split(this, _of_characters(separator), count, options)


@STRING.method("string[] Split(char[] separator, StringSplitOptions options)")
def split_characters(this: str, separator: Array | None, options: EnumValue) -> Array:
    """As `split_character`."""
    return _split(this, _of_characters(separator), _MOST, options)


@STRING.method("string[] Split(string[] separator, int count, StringSplitOptions options)")
def split_strings_count(this: str, separator: Array | None, count: int, options: EnumValue) -> Array:
    """As `split_character_count`."""
    return _split(this, _of_strings(separator), count, options)


@STRING.method("string[] Split(string[] separator, StringSplitOptions options)")
def split_strings(this: str, separator: Array | None, options: EnumValue) -> Array:
    """As `split_character`."""
    return _split(this, _of_strings(separator), _MOST, options)


# ---------------------------------------------------------------- Split at one string

# Only newer runtimes have these overloads. As extension methods they come after the older ones, so that
# `Split(null)`, which means white space, does not become ambiguous.
_NEWER = define("System.MemoryExtensions", "static")


@_NEWER.method(
    "static string[] Split(this string text, string separator, "
    "StringSplitOptions options = StringSplitOptions.None)"
)
def split_string(text: str | None, separator: str | None, options: EnumValue) -> Array:
    """As `split_character`; null and empty do not split."""
    return _split(_given(text), [separator] if separator else [], _MOST, options)


@_NEWER.method(
    "static string[] Split(this string text, string separator, int count, "
    "StringSplitOptions options = StringSplitOptions.None)"
)
def split_string_count(text: str | None, separator: str | None, count: int, options: EnumValue) -> Array:
    """As `split_character_count`; null and empty do not split."""
    return _split(_given(text), [separator] if separator else [], count, options)


def _given(text: str | None) -> str:
    if text is None:
        raise NullReferenceException()
    return text
