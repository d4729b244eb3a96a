"""Numbers as .NET Core 3.0 and later write them."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastgw.expr.runtime.arithmetic import to_single
from fastgw.expr.runtime.number_text import decimal_text, double_text, single_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.30000000000000004"),
        (100.0, "100"),
        (1e16, "10000000000000000"),
        (1e17, "1E+17"),
        (1e-4, "0.0001"),
        (1e-5, "1E-05"),
        (1.5e-7, "1.5E-07"),
        (1.7976931348623157e308, "1.7976931348623157E+308"),
        (5e-324, "5E-324"),
        (-0.0, "-0"),
        (-1234.5, "-1234.5"),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
    ],
)
def test_a_double_is_the_shortest_text_that_reads_back(value: float, text: str) -> None:
    assert double_text(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_reads_back(value: float) -> None:
    assert float(double_text(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (16777217.0, "16777216"),
        (1e8, "100000000"),
        (1e9, "1E+09"),
        (3.4028235e38, "3.4028235E+38"),
    ],
)
def test_a_single_has_the_digits_of_32_bits(value: float, text: str) -> None:
    assert single_text(to_single(value)) == text


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_every_single_reads_back(value: float) -> None:
    assert to_single(float(single_text(value))) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [("12.50", "12.50"), ("-0.0", "0.0"), ("0E-28", "0.0000000000000000000000000000"), ("-1.5", "-1.5")],
)
def test_a_decimal_keeps_its_scale(value: str, text: str) -> None:
    assert decimal_text(Decimal(value)) == text
