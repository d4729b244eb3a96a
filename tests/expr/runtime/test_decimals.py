"""System.Decimal: exact results, rounded to what fits, with the scale of .NET."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fastgw.expr.runtime import decimals
from fastgw.expr.runtime.errors import DivideByZeroException, OverflowException


@pytest.mark.parametrize(
    ("operation", "left", "right", "result"),
    [
        (decimals.add, "1.10", "2.20", "3.30"),
        (decimals.add, "79228162514264337593543950335", "0.4", "79228162514264337593543950335"),
        (decimals.subtract, "1.0", "1.00", "0.00"),
        (decimals.multiply, "9.95", "2", "19.90"),
        (decimals.multiply, "0.00", "1.50", "0.0000"),
        (decimals.multiply, "7922816251426433759354395033.5", "1.05", "8318957063997755447322114785"),
        (decimals.divide, "1", "3", "0.3333333333333333333333333333"),
        (decimals.divide, "2", "3", "0.6666666666666666666666666667"),
        (decimals.divide, "100", "3", "33.333333333333333333333333333"),
        (decimals.divide, "1.00", "2", "0.50"),
        (decimals.divide, "1", "4", "0.25"),
        (decimals.divide, "10", "0.5", "20"),
        (decimals.divide, "6.00", "3", "2.00"),
        (decimals.remainder, "5.5", "2", "1.5"),
        (decimals.remainder, "5", "2.00", "1.00"),
        (decimals.remainder, "1", "2.00", "1"),
        (decimals.remainder, "-7", "3", "-1"),
    ],
)
def test_operations(operation, left, right, result):
    assert format(operation(Decimal(left), Decimal(right)), "f") == result


@pytest.mark.parametrize(
    ("operation", "right"),
    [(decimals.add, "1"), (decimals.add, "0.5"), (decimals.multiply, "1.1"), (decimals.divide, "0.1")],
)
def test_what_does_not_fit_overflows(operation, right):
    with pytest.raises(OverflowException, match="Value was either too large or too small for a Decimal"):
        operation(decimals.MAX_VALUE, Decimal(right))


def test_division_by_zero():
    for operation in (decimals.divide, decimals.remainder):
        with pytest.raises(DivideByZeroException):
            operation(Decimal(1), Decimal(0))


def test_digits_that_do_not_fit_are_rounded_half_to_even():
    assert str(decimals.fit(Decimal("0.12345678901234567890123456785"))) == "0.1234567890123456789012345678"
    assert str(decimals.fit(Decimal("0.12345678901234567890123456795"))) == "0.1234567890123456789012345680"
    assert str(decimals.fit(Decimal("1E+3"))) == "1000"
    assert decimals.fit(Decimal("1E-5000")) == 0
    with pytest.raises(OverflowException):
        decimals.fit(Decimal("1E+5000"))


def test_rounding_keeps_the_scale_where_there_is_nothing_to_round():
    assert str(decimals.rounded(Decimal("1.50"), 3)) == "1.50"
    assert str(decimals.rounded(Decimal("2.5"))) == "2"
    assert str(decimals.rounded(Decimal("2.5"), 0, decimals.AWAY_FROM_ZERO)) == "3"
