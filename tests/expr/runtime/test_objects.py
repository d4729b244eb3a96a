"""Equals, GetHashCode, the default order, ToString, GetType and keys of every kind of value."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest

from fastgw.expr.engine import load_library
from fastgw.expr.library.declare import find, type_of_text
from fastgw.expr.runtime.anonymous import Anonymous
from fastgw.expr.runtime.errors import ArgumentException, FormatException, NetException
from fastgw.expr.runtime.objects import compare, equals, hash_of, key_of, to_text, type_of
from fastgw.expr.runtime.tuples import ValueTuple
from fastgw.expr.runtime.values import (
    Array,
    Byte,
    ByteArray,
    Char,
    EnumValue,
    Int64,
    NetObject,
    Single,
    UInt64,
)
from fastgw.expr.types import AnonymousType, TupleType

load_library()

INT, STRING = type_of_text("int"), type_of_text("string")


def day(number: int) -> EnumValue:
    definition = find("System.DayOfWeek")
    assert definition is not None
    return EnumValue(definition, number)


def option(number: int) -> EnumValue:
    definition = find("System.Text.RegularExpressions.RegexOptions")
    assert definition is not None
    return EnumValue(definition, number)


def pair(*parts: Any) -> ValueTuple:
    return ValueTuple(parts, TupleType((INT, STRING)))


VALUES: list[Any] = [
    None,
    "a",
    "b",
    "",
    Char("a"),
    True,
    False,
    0,
    1,
    Byte(1),
    Int64(1),
    UInt64(1),
    1.0,
    0.0,
    math.nan,
    Single(1.0),
    Decimal("1.0"),
    day(1),
    option(1),
    pair(1, "x"),
    Array(INT, [1]),
    ByteArray(b"a"),
    INT,
    STRING,
]


@pytest.mark.parametrize("at", range(len(VALUES)))
def test_values_of_different_types_or_content_differ(at: int) -> None:
    for other, value in enumerate(VALUES):
        assert equals(VALUES[at], value) is (at == other)
        assert (key_of(VALUES[at]) == key_of(value)) is (at == other)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (math.nan, float("nan")),
        (0.0, -0.0),
        (Decimal("1.0"), Decimal("1.00")),
        (day(1), day(1)),
        (pair(1, "x"), pair(1, "x")),
        ("ab", "a" + "b"),
    ],
)
def test_equal_values_have_equal_hashes_and_keys(left: Any, right: Any) -> None:
    assert equals(left, right)
    assert hash_of(left) == hash_of(right)
    assert {key_of(left): 1}[key_of(right)] == 1


def test_hashes_have_32_bits() -> None:
    assert all(-(2**31) <= hash_of(one) < 2**31 for one in VALUES)
    assert hash_of(5) == 5
    assert hash_of(True) == 1


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (None, 1),
        (1, 2),
        (False, True),
        (math.nan, -math.inf),
        ("a", "B"),
        (Char("B"), Char("a")),
        (day(1), day(2)),
        (Decimal("1.5"), Decimal(2)),
        (pair(1, "x"), pair(1, "y")),
    ],
)
def test_the_default_order(less: Any, more: Any) -> None:
    assert compare(less, more) < 0 < compare(more, less)
    assert compare(less, less) == compare(more, more) == 0


def test_values_of_two_types_have_no_order() -> None:
    with pytest.raises(ArgumentException, match="Object must be of type Int32"):
        compare(1, "a")
    with pytest.raises(ArgumentException, match="At least one object must implement IComparable"):
        compare(Plain(), Plain())


class Plain(NetObject):
    """Something of the library without an order."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "True"),
        (-5, "-5"),
        (Int64(7), "7"),
        (2.0, "2"),
        (Decimal("1.50"), "1.50"),
        (Char("x"), "x"),
        (day(1), "Monday"),
        (day(42), "42"),
        (option(3), "IgnoreCase, Multiline"),
        (option(0), "None"),
        (pair(1, None), "(1, )"),
        (Array(STRING, []), "System.String[]"),
        (ByteArray(b""), "System.Byte[]"),
        (INT, "System.Int32"),
        (FormatException("no"), "System.FormatException: no"),
        (
            NetException("out", FormatException("in")),
            "System.Exception: out\n ---> System.FormatException: in\n"
            "   --- End of inner exception stack trace ---",
        ),
        (Anonymous((1, "x"), AnonymousType((("a", INT), ("b", STRING)))), "{ a = 1, b = x }"),
    ],
)
def test_text_of_values(value: Any, text: str) -> None:
    assert to_text(value) == text


def test_types_of_values() -> None:
    assert str(type_of(Char("a"))) == "char"
    assert str(type_of(1)) == "int"
    assert str(type_of(ByteArray(b""))) == "byte[]"
    assert str(type_of(Array(STRING, []))) == "string[]"
    assert str(type_of(INT)) == "Type"
    assert str(type_of(day(1))) == "DayOfWeek"
    assert str(type_of(FormatException())) == "FormatException"
