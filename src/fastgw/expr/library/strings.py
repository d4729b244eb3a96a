"""System.String: constructors, length and characters, equality and order. The rest is in string_*.py.

A string is a Python str of UTF-16 code units, so that lengths and indices are those of .NET.
"""

from __future__ import annotations

from typing import Any

from fastgw.expr.library import enums  # noqa: F401 (the enums that signatures name)
from fastgw.expr.library.core import STRING
from fastgw.expr.library.parsing import WHITE
from fastgw.expr.library.string_search import CULTURE, CULTURE_IGNORE_CASE, ORDINAL, Rules, rules_of
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    IndexOutOfRangeException,
)
from fastgw.expr.runtime.growth import counted
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.objects import hash_of
from fastgw.expr.runtime.values import Array, Char, EnumValue

INDEX_MESSAGE = "Index was out of range. Must be non-negative and less than the size of the collection."

LONG = 4096
"""Shorter texts are gone through in less time than it takes to count that."""

STRING.value("string Empty", "")
STRING.property("int Length")(len)


# ---------------------------------------------------------------- constructors and characters


@STRING.constructor("(char c, int count)")
def repeat(character: str, count: int) -> str:
    """One character `count` times. Raises ArgumentOutOfRangeException and Exhausted."""
    if count < 0:
        raise ArgumentOutOfRangeException("'count' must be non-negative.", parameter="count")
    meter.require(count)
    return counted(str(character) * count)


@STRING.constructor("(char[] value)")
def from_characters(value: Array | None) -> str:
    """The characters of an array; null gives the empty string."""
    return "" if value is None else counted("".join(value.items))


@STRING.constructor("(char[] value, int startIndex, int length)")
def from_some_characters(value: Array | None, start: int, length: int) -> str:
    """Some characters of an array. Raises ArgumentNullException and ArgumentOutOfRangeException."""
    if value is None:
        raise ArgumentNullException(parameter="value")
    if start < 0:
        raise ArgumentOutOfRangeException("StartIndex cannot be less than zero.", parameter="startIndex")
    if length < 0:
        raise ArgumentOutOfRangeException("Length cannot be less than zero.", parameter="length")
    if start > len(value) - length:
        raise ArgumentOutOfRangeException(INDEX_MESSAGE, parameter="startIndex")
    return counted("".join(value.items[start : start + length]))


@STRING.indexer("char this[int index]")
def character_at(this: str, index: int) -> Char:
    """The character at `index`. Raises IndexOutOfRangeException."""
    if index < 0 or index >= len(this):
        raise IndexOutOfRangeException()
    return Char(this[index])


@STRING.method("object Clone()")
@STRING.method("string ToString()")
@STRING.method("static string Intern(string str)")
def itself(this: str | None) -> str:
    """The string itself. Raises ArgumentNullException (Intern)."""
    if this is None:
        raise ArgumentNullException(parameter="str")
    return this


@STRING.method("static string IsInterned(string str)")
def is_interned(text: str | None) -> str:
    """The string itself: whether others share it makes no difference here. Raises ArgumentNullException."""
    return itself(text)


@STRING.method("static string Copy(string str)")
def copy(text: str | None) -> str:
    """A string with the same characters. Raises ArgumentNullException."""
    return itself(text)


@STRING.method("static bool IsNullOrEmpty(string value)")
def is_null_or_empty(value: str | None) -> bool:
    """Whether there is no character."""
    return not value


@STRING.method("static bool IsNullOrWhiteSpace(string value)")
def is_null_or_white_space(value: str | None) -> bool:
    """Whether there is no character but white space."""
    return not value or not value.strip(WHITE)


# ---------------------------------------------------------------- equality


@STRING.method("bool Equals(object obj)")
def equals_object(this: str, other: Any) -> bool:
    """Whether the other is a string of the same characters."""
    return type(other) is str and equals(this, other)


@STRING.method("bool Equals(string value)")
@STRING.method("static bool Equals(string a, string b)")
def equals(first: str | None, second: str | None) -> bool:
    """Whether both have the same characters, or both are null. Raises Exhausted."""
    if first is not None and len(first) > LONG:
        meter.read(len(first))
    return first == second


@STRING.method("static bool Equals(string a, string b, StringComparison comparisonType)")
@STRING.method("bool Equals(string value, StringComparison comparisonType)")
def equals_by(first: str | None, second: str | None, comparison: EnumValue) -> bool:
    """Whether both are equal, or both are null. Raises ArgumentException."""
    rules = rules_of(comparison)
    if first is None or second is None:
        return first is second
    return rules.equals(first, second)


STRING.method("int GetHashCode()")(hash_of)


@STRING.method("int GetHashCode(StringComparison comparisonType)")
def hash_by(this: str, comparison: EnumValue) -> int:
    """A hash that equal strings have in common. Raises ArgumentException."""
    return hash_of(rules_of(comparison).key(this))


# ---------------------------------------------------------------- order


def compare_by_rules(first: str | None, second: str | None, rules: Rules) -> int:
    """Negative, 0 or positive; null comes first."""
    if first is None or second is None:
        return 0 if first is second else -1 if first is None else 1
    return rules.compare(first, second)


@STRING.method("int CompareTo(object value)")
def compare_to_object(this: str, value: Any) -> int:
    """The order by culture; null comes first. Raises ArgumentException for what is no string."""
    if value is not None and type(value) is not str:
        raise ArgumentException("Object must be of type String.")
    return compare_by_rules(this, value, CULTURE)


@STRING.method("int CompareTo(string strB)")
@STRING.method("static int Compare(string strA, string strB)")
def compare(first: str | None, second: str | None) -> int:
    """The order by culture; null comes first."""
    return compare_by_rules(first, second, CULTURE)


@STRING.method("static int Compare(string strA, string strB, bool ignoreCase)")
def compare_any_case(first: str | None, second: str | None, ignore_case: bool) -> int:
    """The order by culture; null comes first."""
    return compare_by_rules(first, second, CULTURE_IGNORE_CASE if ignore_case else CULTURE)


@STRING.method("static int Compare(string strA, string strB, StringComparison comparisonType)")
def compare_by(first: str | None, second: str | None, comparison: EnumValue) -> int:
    """The order; null comes first. Raises ArgumentException."""
    return compare_by_rules(first, second, rules_of(comparison))


@STRING.method("static int CompareOrdinal(string strA, string strB)")
def compare_ordinal(first: str | None, second: str | None) -> int:
    """The order by code unit; null comes first."""
    return compare_by_rules(first, second, ORDINAL)


def _compare_parts(
    first: str | None, first_at: int, second: str | None, second_at: int, length: int, rules: Rules
) -> int:
    if first is None or second is None:
        return compare_by_rules(first, second, rules)
    if length < 0:
        raise ArgumentOutOfRangeException("Length cannot be less than zero.", parameter="length")
    for text, at, name in ((first, first_at, "indexA"), (second, second_at, "indexB")):
        if not 0 <= at <= len(text):
            raise ArgumentOutOfRangeException(INDEX_MESSAGE, parameter=name)
    return rules.compare(first[first_at : first_at + length], second[second_at : second_at + length])


@STRING.method("static int Compare(string strA, int indexA, string strB, int indexB, int length)")
def compare_parts(first: str | None, first_at: int, second: str | None, second_at: int, length: int) -> int:
    """The order by culture of parts of both strings. Raises ArgumentOutOfRangeException."""
    return _compare_parts(first, first_at, second, second_at, length, CULTURE)


@STRING.method(
    "static int Compare(string strA, int indexA, string strB, int indexB, int length, bool ignoreCase)"
)
def compare_parts_any_case(
    first: str | None, first_at: int, second: str | None, second_at: int, length: int, ignore_case: bool
) -> int:
    """As `compare_parts`."""
    rules = CULTURE_IGNORE_CASE if ignore_case else CULTURE
    return _compare_parts(first, first_at, second, second_at, length, rules)


@STRING.method(
    "static int Compare(string strA, int indexA, string strB, int indexB, int length, "
    "StringComparison comparisonType)"
)
def compare_parts_by(
    first: str | None, first_at: int, second: str | None, second_at: int, length: int, comparison: EnumValue
) -> int:
    """As `compare_parts`; also raises ArgumentException."""
    return _compare_parts(first, first_at, second, second_at, length, rules_of(comparison))


@STRING.method("static int CompareOrdinal(string strA, int indexA, string strB, int indexB, int length)")
def compare_parts_ordinal(
    first: str | None, first_at: int, second: str | None, second_at: int, length: int
) -> int:
    """As `compare_parts`, by code unit."""
    return _compare_parts(first, first_at, second, second_at, length, ORDINAL)
