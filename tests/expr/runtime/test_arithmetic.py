"""Integers and floats compute as C#'s."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastgw.expr.runtime import arithmetic
from fastgw.expr.runtime.arithmetic import (
    INTEGRALS,
    divide_float,
    quotient,
    remainder,
    remainder_float,
    to_single,
)
from fastgw.expr.runtime.errors import DivideByZeroException, OverflowException

INTS = st.integers(-(2**31), 2**31 - 1)


@pytest.mark.parametrize("kind", INTEGRALS)
def test_wrapping_keeps_the_low_bits(kind: str) -> None:
    integral = INTEGRALS[kind]
    assert integral.wrap(integral.high + 1) == integral.low
    assert integral.wrap(integral.low - 1) == integral.high
    for value in (integral.low, 0, 1, integral.high):
        assert integral.wrap(value) == integral.check(value) == value


@pytest.mark.parametrize("kind", INTEGRALS)
def test_checking_refuses_what_does_not_fit(kind: str) -> None:
    for value in (INTEGRALS[kind].high + 1, INTEGRALS[kind].low - 1):
        with pytest.raises(OverflowException):
            INTEGRALS[kind].check(value)


@given(st.integers(-(2**70), 2**70))
def test_wrap_int_is_wrapping_to_int(value: int) -> None:
    assert arithmetic.wrap_int(value) == INTEGRALS["int"].wrap(value)


@pytest.mark.parametrize(
    ("left", "right", "found"), [(-7, 2, -3), (7, -2, -3), (7, 2, 3), (-7, -2, 3), (0, 5, 0)]
)
def test_division_rounds_toward_zero(left: int, right: int, found: int) -> None:
    assert quotient(left, right, 2**31 - 1) == found


@pytest.mark.parametrize(("left", "right", "found"), [(-7, 3, -1), (7, -3, 1), (7, 3, 1), (-6, 3, 0)])
def test_a_remainder_has_the_sign_of_the_dividend(left: int, right: int, found: int) -> None:
    assert remainder(left, right, -(2**31)) == found


@given(INTS, INTS.filter(bool))
def test_quotient_and_remainder_belong_together(left: int, right: int) -> None:
    if (left, right) != (-(2**31), -1):
        assert quotient(left, right, 2**31 - 1) * right + remainder(left, right, -(2**31)) == left


@pytest.mark.parametrize("operation", [quotient, remainder])
def test_division_by_zero_raises(operation: Callable[[int, int, int], int]) -> None:
    with pytest.raises(DivideByZeroException):
        operation(1, 0, 0)


def test_the_smallest_value_and_minus_one_overflow() -> None:
    with pytest.raises(OverflowException):
        quotient(-(2**31), -1, 2**31 - 1)
    with pytest.raises(OverflowException):
        remainder(-(2**31), -1, -(2**31))


@pytest.mark.parametrize(
    ("left", "right", "found"),
    [(1.0, 0.0, math.inf), (-1.0, 0.0, -math.inf), (1.0, -0.0, -math.inf), (7.0, 2.0, 3.5)],
)
def test_float_division_never_raises(left: float, right: float, found: float) -> None:
    assert divide_float(left, right) == found


@pytest.mark.parametrize(("left", "right"), [(0.0, 0.0), (math.nan, 0.0), (math.nan, 1.0)])
def test_what_float_division_cannot_say_is_nan(left: float, right: float) -> None:
    assert math.isnan(divide_float(left, right))


def test_float_remainders() -> None:
    assert remainder_float(5.5, 2.0) == 1.5
    assert remainder_float(-5.5, 2.0) == -1.5
    assert remainder_float(1.0, math.inf) == 1.0
    assert math.isnan(remainder_float(1.0, 0.0))
    assert math.isnan(remainder_float(math.inf, 2.0))


def test_a_single_is_rounded_to_32_bits() -> None:
    assert to_single(16777217.0) == 16777216.0
    assert to_single(1e300) == math.inf
    assert to_single(-1e300) == -math.inf
    assert math.isnan(to_single(math.nan))


def test_three_valued_logic() -> None:
    values = (True, False, None)
    for left in values:
        for right in values:
            both = False if left is False or right is False else None if None in (left, right) else True
            either = True if left or right else None if None in (left, right) else False
            assert arithmetic.and_bool(left, right) is both
            assert arithmetic.or_bool(left, right) is either
