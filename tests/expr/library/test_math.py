"""System.Math."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from fastgw.expr.library import math as library
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentOutOfRangeException,
    ArithmeticException,
    DivideByZeroException,
    OverflowException,
)
from fastgw.expr.runtime.values import Byte, Int16, Int64, Single

from .members import definition, method, value

MATH = "System.Math"


def call(name, *arguments):
    """An overload for doubles."""
    return method(MATH, name, *["double"] * len(arguments))(*arguments)


@pytest.mark.parametrize(
    ("name", "argument", "result"),
    [
        ("Sqrt", 2.0, 1.4142135623730951),
        ("Exp", 0.0, 1.0),
        ("Exp", 1000.0, math.inf),
        ("Log", 0.0, -math.inf),
        ("Log10", 1000.0, 3.0),
        ("Sinh", -1000.0, -math.inf),
        ("Atanh", 1.0, math.inf),
        ("Cbrt", 27.0, 3.0),
    ],
)
def test_functions(name, argument, result):
    assert call(name, argument) == pytest.approx(result, rel=1e-15)


@pytest.mark.parametrize(
    ("name", "argument"), [("Sqrt", -1.0), ("Log", -1.0), ("Acos", 2.0), ("Sin", math.inf)]
)
def test_outside_its_domain_a_function_is_not_a_number(name, argument):
    assert math.isnan(call(name, argument))


@pytest.mark.parametrize(
    ("base", "exponent", "result"),
    [
        (2.0, 10.0, 1024.0),
        (2.0, -1.0, 0.5),
        (0.0, 0.0, 1.0),
        (0.0, -1.0, math.inf),
        (-0.0, -1.0, -math.inf),
        (-10.0, 309.0, -math.inf),
        (10.0, 309.0, math.inf),
    ],
)
def test_powers(base, exponent, result):
    assert library.power(base, exponent) == result


def test_roots_of_negative_numbers_are_not_a_number():
    assert math.isnan(library.power(-8.0, 1 / 3))


def test_logarithms_to_a_base():
    assert library.log(8.0, 2.0) == 3.0
    assert math.isnan(library.log(8.0, 1.0))
    assert library.log(1.0, 0.0) == 0.0


@pytest.mark.parametrize(
    ("number", "places", "result"),
    [(2.345, 2, 2.35), (2.675, 2, 2.68), (1.005, 2, 1.0), (1234.5678, 0, 1235.0), (1e17, 2, 1e17)],
)
def test_decimals_of_a_double_are_rounded_in_double_arithmetic(number, places, result):
    assert library.round_places(number, places) == result


@pytest.mark.parametrize(("number", "result"), [(2.5, 2.0), (3.5, 4.0), (-2.5, -2.0), (1e300, 1e300)])
def test_rounding_is_half_to_even(number, result):
    assert call("Round", number) == result


def test_rounding_keeps_the_sign_of_zero():
    assert math.copysign(1, call("Round", -0.4)) == -1
    assert math.copysign(1, call("Ceiling", -0.5)) == -1
    assert math.isnan(call("Floor", math.nan))


@pytest.mark.parametrize(
    ("mode", "results"),
    [
        ("ToEven", [2.0, -2.0]),
        ("AwayFromZero", [3.0, -3.0]),
        ("ToZero", [2.0, -2.0]),
        ("ToNegativeInfinity", [2.0, -3.0]),
        ("ToPositiveInfinity", [3.0, -2.0]),
    ],
)
def test_rounding_modes(mode, results):
    rounding = value("System.MidpointRounding", mode)
    assert [library.round_mode(number, rounding) for number in (2.5, -2.5)] == results
    assert [
        float(library.round_decimal_whole(Decimal(text), rounding)) for text in ("2.5", "-2.5")
    ] == results


def test_places_beyond_the_range_are_refused():
    with pytest.raises(ArgumentOutOfRangeException):
        library.round_places(1.0, 16)
    with pytest.raises(ArgumentOutOfRangeException):
        library.round_decimal(Decimal(1), 29)


def test_a_decimal_keeps_the_scale_it_has():
    assert str(library.round_decimal(Decimal("2.675"), 2)) == "2.68"
    assert str(library.round_decimal(Decimal("1.25"), 1)) == "1.2"
    assert str(library.round_decimal(Decimal("1.5"), 3)) == "1.5"
    assert str(method(MATH, "Floor", "decimal")(Decimal("2.9"))) == "2"


def test_largest_and_smallest_keep_the_type():
    assert type(method(MATH, "Max", "byte", "byte")(Byte(1), Byte(2))) is Byte
    assert math.isnan(library.smallest(math.nan, 1.0))
    assert math.isnan(library.largest(1.0, math.nan))
    assert math.copysign(1, library.largest(-0.0, 0.0)) == 1
    assert math.copysign(1, library.smallest(0.0, -0.0)) == -1
    assert library.clamp(5, 1, 3) == 3
    with pytest.raises(ArgumentException, match="'3' cannot be greater than 1"):
        library.clamp(5, 3, 1)


def test_absolute_values():
    absolute = method(MATH, "Abs", "int")
    assert absolute(-5) == 5
    with pytest.raises(OverflowException, match="Negating the minimum value"):
        absolute(-(2**31))
    assert type(method(MATH, "Abs", "short")(Int16(-5))) is Int16
    assert type(method(MATH, "Abs", "float")(Single(-5.5))) is Single
    assert str(method(MATH, "Abs", "decimal")(Decimal("-1.50"))) == "1.50"


def test_signs():
    assert [library.sign(number) for number in (-5, 0, 2.5, Decimal("0.1"))] == [-1, 0, 1, 1]
    with pytest.raises(ArithmeticException):
        library.sign(math.nan)


def test_integer_division_gives_quotient_and_remainder():
    assert library.divide(-7, 2) == (-3, -1)
    assert library.divide_long(Int64(7), Int64(2)) == (3, 1)
    with pytest.raises(DivideByZeroException):
        library.divide(1, 0)
    with pytest.raises(OverflowException):
        library.divide(-(2**31), -1)
    assert type(library.big_product(2**31 - 1, 2)) is Int64


def test_remainders_and_exact_operations():
    assert library.ieee_remainder(5.0, 3.0) == -1.0
    assert math.isnan(library.ieee_remainder(1.0, 0.0))
    assert library.fused_multiply_add(0.1, 10.0, -1.0) == 5.551115123125783e-17
    assert library.integer_logarithm(8.5) == 3
    assert library.scale(1.5, 4) == 24.0


def test_the_first_overload_of_max_is_the_one_for_bytes():
    # The compiler's messages name the first one.
    assert str(definition(MATH).methods["Max"][0].parameters[0].type) == "byte"
