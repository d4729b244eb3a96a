"""ToString of numbers with standard and custom formats, in the invariant culture."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from fastgw.expr.library.number_formats import format_number
from fastgw.expr.library.parsing import parse_decimal, parse_double, parse_single
from fastgw.expr.runtime.errors import FormatException
from fastgw.expr.runtime.values import Byte, Int16, Int64, SByte, Single, UInt32, UInt64


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-7, "-7"),
        (UInt64(2**64 - 1), "18446744073709551615"),
        (0.1, "0.1"),
        (0.1 + 0.2, "0.30000000000000004"),
        (100.0, "100"),
        (-0.0, "-0"),
        (0.0001, "0.0001"),
        (1e-5, "1E-05"),
        (1e16, "10000000000000000"),
        (1e17, "1E+17"),
        (123456789.123, "123456789.123"),
        (5e-324, "5E-324"),
        (1.7976931348623157e308, "1.7976931348623157E+308"),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (Single(0.10000000149011612), "0.1"),
        (Single(16777216.0), "16777216"),
        (Single(1e9), "1E+09"),
        (Single(3.4028234663852886e38), "3.4028235E+38"),
        (Decimal("1.50"), "1.50"),
        (Decimal("0.0000001"), "0.0000001"),
        (Decimal("-0.00"), "0.00"),
    ],
)
def test_without_a_format_the_text_is_the_shortest_that_gives_the_number_again(value, text):
    assert format_number(value, None) == text
    assert format_number(value, "") == text


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (-5, "D4", "-0005"),
        (42, "D", "42"),
        (42, "d0", "42"),
        (UInt32(42), "D5", "00042"),
        (255, "X2", "FF"),
        (12, "x8", "0000000c"),
        (-1, "X", "FFFFFFFF"),
        (SByte(-1), "X", "FF"),
        (Byte(200), "x2", "c8"),
        (Int16(-1), "x", "ffff"),
        (Int64(-1), "X", "F" * 16),
        (1234, "N0", "1,234"),
        (Int64(1234567890123), "N0", "1,234,567,890,123"),
        (12345, "G3", "1.23E+04"),
        (12345, "g3", "1.23e+04"),
        (1234, "E1", "1.2E+003"),
        (0, "E1", "0.0E+000"),
        (5, "F2", "5.00"),
        (-3, "C", "(¤3.00)"),
        (1234, "C0", "¤1,234"),
        (1, "P", "100.00 %"),
    ],
)
def test_standard_formats_of_integers(value, format, text):
    assert format_number(value, format) == text


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (1234567.891, "N2", "1,234,567.89"),
        (3.14159, "F2", "3.14"),
        (1e21, "F0", "1000000000000000000000"),
        (2.0**80, "F1", "1208925819614629174706176.0"),
        (12345.6789, "G4", "1.235E+04"),
        (0.00012, "G2", "0.00012"),
        (1e-5, "G", "1E-05"),
        (0.1, "G17", "0.10000000000000001"),
        (0.1, "R", "0.1"),
        (1e17, "r", "1e+17"),
        (12345.678, "E2", "1.23E+004"),
        (1.5, "e3", "1.500e+000"),
        (100.0, "E0", "1E+002"),
        (0.0, "E", "0.000000E+000"),
        (0.5, "P", "50.00 %"),
        (-0.5, "P1", "-50.0 %"),
        (-0.001, "F2", "-0.00"),
        (math.nan, "F2", "NaN"),
        (-math.inf, "0.0", "-Infinity"),
    ],
)
def test_standard_formats_of_doubles(value, format, text):
    assert format_number(value, format) == text


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (Decimal("2.125"), "F2", "2.13"),
        (Decimal("-2.125"), "F2", "-2.13"),
        (Decimal("1234.5"), "G4", "1235"),
        (Decimal("0.00"), "G", "0.00"),
        (Decimal("1.500"), "G0", "1.5"),
        (Decimal("0.00001"), "G0", "1E-05"),
        (Decimal("-0.001"), "F2", "0.00"),
        (Decimal("79228162514264337593543950335"), "N0", "79,228,162,514,264,337,593,543,950,335"),
    ],
)
def test_decimals_are_rounded_half_away_from_zero(value, format, text):
    assert format_number(value, format) == text


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (2.5, "F0", "2"),
        (3.5, "F0", "4"),
        (0.125, "F2", "0.12"),
        (1234.5, "G4", "1234"),
        (2.675, "F2", "2.67"),
    ],
)
def test_doubles_are_rounded_from_their_exact_value_half_to_even(value, format, text):
    assert format_number(value, format) == text


@pytest.mark.parametrize(
    ("value", "format"), [(15, "B"), (123456, "R"), (1.5, "D"), (1.5, "X"), (Decimal(1), "R"), (1, "Q2")]
)
def test_a_format_letter_that_the_type_does_not_have_is_refused(value, format):
    with pytest.raises(FormatException, match="Format specifier was invalid"):
        format_number(value, format)


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (0.00012, "0.######", "0.00012"),
        (1234.5, "#,##0.00", "1,234.50"),
        (5, "000", "005"),
        (0.5, "#.##", ".5"),
        (0, "#", ""),
        (1, "00.00", "01.00"),
        (1234, "0,0", "1,234"),
        (1000000, "#,#", "1,000,000"),
        (12345678, "(###) ###-####", "(1) 234-5678"),
        (5551234567, "(###) ###-####", "(555) 123-4567"),
        (123.456, "000.0000", "123.4560"),
        (1234.5678, ".##", "1234.57"),
        (1, ".0", "1.0"),
        (0.4, "#.", ""),
        (99.995, "0.00", "100.00"),
        (2.5, "0", "3"),
        (1.2, "0.0.0", "1.20"),
        (123456789012345678.0, "0", "123456789012346000"),
        (12, "text", "text"),
    ],
)
def test_placeholders_take_digits(value, format, text):
    assert format_number(value, format) == text


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (75, "\\#0", "#75"),
        (12, "'x'0\"y\"", "x12y"),
        (12, "'x'00\"y\"", "x12y"),
        (12, "0'", "12"),
        (12, "0\\", "12"),
        (5, "'#'0", "#5"),
    ],
)
def test_quoted_and_escaped_text_is_literal(value, format, text):
    assert format_number(value, format) == text


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (0.1234, "0.0%", "12.3%"),
        (0.999, "#%", "100%"),
        (0.0123, "0.0\u2030", "12.3\u2030"),
        (1234567, "#,##0,", "1,235"),
        (1234567, "0,,", "1"),
        (1234567, "#,##0.0,", "1,234,567.0"),
    ],
)
def test_percent_and_trailing_commas_scale(value, format, text):
    assert format_number(value, format) == text


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (12345, "0.00E+0", "1.23E+4"),
        (0.00012, "0.00E0", "1.20E-4"),
        (12345, "##0.0E+00", "123.5E+02"),
        (0, "0.0E+0", "0.0E+0"),
        (5, "0E", "5E"),
        (5, "0e-00", "5e00"),
    ],
)
def test_exponents(value, format, text):
    assert format_number(value, format) == text


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (5, "0;(0);zero", "5"),
        (-5, "0;(0);zero", "(5)"),
        (0, "0;(0);zero", "zero"),
        (-5, "0;(0)", "(5)"),
        (0, "0;(0)", "0"),
        (-5, "0.##;;z", "-5"),
        (0.001, "0.0;;tiny", "tiny"),
        (-0.1, "0", "-0"),
        (Decimal("-0.1"), "0", "0"),
        (-123.456, "#.#", "-123.5"),
    ],
)
def test_sections_for_positive_negative_and_zero(value, format, text):
    assert format_number(value, format) == text


def test_a_precision_beyond_two_digits_is_a_custom_format():
    assert format_number(5, "D100") == "D105"
    assert format_number(5, "D0003") == "005"


@given(some.floats(allow_nan=False))
def test_the_text_of_a_double_reads_back(number):
    assert parse_double(format_number(number, None)) == number


@given(some.floats(width=32, allow_nan=False))
def test_the_text_of_a_float_reads_back(number):
    text = format_number(Single(number), None)
    assert parse_single(text) == number
    assert len(text.partition("E")[0].strip("-").replace(".", "").strip("0")) <= 9


@given(some.decimals(-(10**27), 10**27, places=1))
def test_the_text_of_a_decimal_reads_back_with_its_scale(number):
    assert str(parse_decimal(format_number(number, None))) == str(number if number else abs(number))


@given(some.integers(-(2**63), 2**63 - 1))
def test_grouping_changes_nothing_but_separators(number):
    assert format_number(Int64(number), "N0").replace(",", "") == str(number)
    assert format_number(Int64(number), "#,##0").replace(",", "") == str(number)


@given(some.one_of(some.floats(), some.integers(-(2**31), 2**31 - 1)), some.text("0#.,;%E+-'\\\"e x\u2030"))
def test_every_custom_format_gives_a_text(number, format):
    assert isinstance(format_number(number, f"#{format}"), str)
