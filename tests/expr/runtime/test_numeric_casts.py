"""Conversions between numbers, unchecked and checked."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest

from fastgw.expr.runtime.errors import OverflowException
from fastgw.expr.runtime.numeric_casts import converter
from fastgw.expr.runtime.values import Byte, Char, Int64, Single


@pytest.mark.parametrize(
    ("source", "target", "value", "found"),
    [
        ("int", "byte", 300, 44),
        ("int", "uint", -1, 4294967295),
        ("long", "int", 5000000000, 705032704),
        ("int", "sbyte", 200, -56),
        ("double", "int", -3.99, -3),
        ("double", "int", 1e20, -(2**31)),
        ("double", "int", math.nan, -(2**31)),
        ("double", "long", math.inf, -(2**63)),
        ("double", "byte", 300.7, 44),
        ("double", "uint", -1.0, 4294967295),
        ("double", "ulong", 1e19, 10000000000000000000),
        ("double", "ulong", math.nan, 2**63),
        ("double", "float", 0.1, 0.10000000149011612),
        ("char", "int", Char("€"), 8364),
        ("int", "char", 65, "A"),
        ("int", "char", 65536 + 65, "A"),
        ("char", "double", Char("A"), 65.0),
        ("decimal", "int", Decimal("-3.99"), -3),
        ("decimal", "double", Decimal("0.1"), 0.1),
        ("int", "decimal", 5, Decimal(5)),
    ],
)
def test_unchecked(source: str, target: str, value: Any, found: Any) -> None:
    assert converter(source, target)(value) == found


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (1.5, "1.5"),
        (1e20, "100000000000000000000"),
        (123456789012345678.0, "123456789012346000"),
        (1e-30, "0"),
    ],
)
def test_a_double_has_fifteen_digits_as_a_decimal(value: float, text: str) -> None:
    assert str(converter("double", "decimal")(value)) == text


def test_a_float_has_seven_digits_as_a_decimal() -> None:
    assert str(converter("float", "decimal")(Single(0.10000000149011612))) == "0.1"


@pytest.mark.parametrize(
    ("source", "target", "value"),
    [
        ("int", "byte", 300),
        ("int", "uint", -1),
        ("long", "int", 2**31),
        ("double", "int", math.nan),
        ("double", "int", 2147483648.0),
        ("char", "byte", Char("€")),
        ("int", "char", -1),
    ],
)
def test_checked_conversions_overflow(source: str, target: str, value: Any) -> None:
    with pytest.raises(OverflowException):
        converter(source, target, True)(value)


@pytest.mark.parametrize(
    ("source", "target", "value"),
    [
        ("decimal", "long", Decimal("1e20")),
        ("double", "decimal", 1e30),
        ("double", "decimal", math.nan),
        ("decimal", "byte", Decimal(256)),
    ],
)
def test_decimal_conversions_overflow_unchecked_too(source: str, target: str, value: Any) -> None:
    with pytest.raises(OverflowException):
        converter(source, target)(value)


def test_results_have_the_class_of_their_type() -> None:
    assert type(converter("int", "long")(1)) is Int64
    assert type(converter("long", "int")(Int64(1))) is int
    assert type(converter("byte", "int")(Byte(1))) is int
    assert type(converter("int", "char")(65)) is Char
    assert type(converter("float", "double")(Single(1.0))) is float
