"""Members of integers, double, float, bool and decimal."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from fastgw.expr.library import decimal_type
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentOutOfRangeException,
    DivideByZeroException,
    OverflowException,
)
from fastgw.expr.runtime.values import Byte, Int64, Single

from .members import array, definition, method, value


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("SByte", -128, 127),
        ("Byte", 0, 255),
        ("Int32", -(2**31), 2**31 - 1),
        ("Int64", -(2**63), 2**63 - 1),
        ("UInt64", 0, 2**64 - 1),
    ],
)
def test_integers_have_their_ends_as_constants(name, least, most):
    properties = definition(f"System.{name}").properties
    for member, number in (("MinValue", least), ("MaxValue", most)):
        assert properties[member].constant
        assert properties[member].value == number
        assert type(properties[member].value) is definition(f"System.{name}").python[0]


def test_equality_demands_the_same_type():
    equals = method("System.Int32", "Equals", "object")
    assert equals(1, 1)
    assert not equals(1, Int64(1))
    assert not equals(1, None)


def test_order_demands_the_same_type():
    compare = method("System.Int64", "CompareTo", "object")
    assert compare(Int64(1), Int64(2)) == -1
    assert compare(Int64(1), None) == 1
    with pytest.raises(ArgumentException, match="Object must be of type Int64"):
        compare(Int64(1), 1)


def test_try_parse_gives_the_result_beside_the_answer():
    assert method("System.Byte", "TryParse", "string")("7") == (True, Byte(7))
    assert method("System.Double", "TryParse", "string")("x") == (False, 0.0)
    assert method("System.Boolean", "TryParse", "string")("True") == (True, True)


def test_classes_of_floating_point_numbers():
    double = "System.Double"
    assert method(double, "IsNaN", "double")(math.nan)
    assert method(double, "IsInfinity", "double")(-math.inf)
    assert method(double, "IsNegative", "double")(-0.0)
    assert method(double, "IsSubnormal", "double")(5e-324)
    assert not method("System.Single", "IsNormal", "float")(Single(2.0**-130))
    assert value(double, "Epsilon") == 5e-324
    assert type(value("System.Single", "MaxValue")) is Single


def test_not_a_number_equals_itself_and_comes_first():
    assert method("System.Double", "Equals", "double")(math.nan, math.nan)
    assert method("System.Double", "CompareTo", "double")(math.nan, -math.inf) == -1


def test_decimal_constants_and_arithmetic():
    assert value("System.Decimal", "MaxValue") == Decimal("79228162514264337593543950335")
    add = method("System.Decimal", "Add", "decimal", "decimal")
    assert str(add(Decimal("1.10"), Decimal("2.20"))) == "3.30"
    with pytest.raises(OverflowException):
        add(value("System.Decimal", "MaxValue"), Decimal(1))
    with pytest.raises(DivideByZeroException):
        method("System.Decimal", "Divide", "decimal", "decimal")(Decimal(1), Decimal(0))


def test_decimal_rounding():
    assert decimal_type.floor(Decimal("-2.1")) == -3
    assert decimal_type.ceiling(Decimal("2.1")) == 3
    assert decimal_type.truncate(Decimal("-2.9")) == -2
    assert decimal_type.round_whole(Decimal("2.5")) == 2
    assert str(decimal_type.round_places(Decimal("2.665"), 2)) == "2.66"
    assert str(decimal_type.round_places(Decimal("1.5"), 3)) == "1.5"
    away = value("System.MidpointRounding", "AwayFromZero")
    assert str(decimal_type.round_places_mode(Decimal("2.665"), 2, away)) == "2.67"
    with pytest.raises(ArgumentOutOfRangeException):
        decimal_type.round_places(Decimal(1), 29)


def test_decimal_conversions():
    to_int = method("System.Decimal", "ToInt32", "decimal")
    assert to_int(Decimal("-3.9")) == -3
    with pytest.raises(OverflowException):
        to_int(Decimal(2**31))
    assert str(method("System.Decimal", "new", "double")(0.1)) == "0.1"
    assert str(method("System.Decimal", "new", "float")(Single(0.10000000149011612))) == "0.1"


def test_the_bits_of_a_decimal():
    bits = decimal_type.get_bits(Decimal("-1.50"))
    assert bits.items == [150, 0, 0, (2 << 16) - 2**31]
    assert str(decimal_type.from_bits(bits)) == "-1.50"
    assert decimal_type.from_parts(-1, -1, -1, False, 0) == value("System.Decimal", "MaxValue")
    with pytest.raises(ArgumentException):
        decimal_type.from_bits(array(1, 2, of="int"))
