"""Numbers, booleans and characters from text."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from fastgw.expr.library import parsing
from fastgw.expr.runtime.errors import ArgumentNullException, FormatException, OverflowException
from fastgw.expr.runtime.values import Byte, Int64, Single, UInt32


@pytest.mark.parametrize(
    ("text", "number"),
    [(" 42 ", 42), ("-7", -7), ("+7", 7), ("007", 7), ("\t5\n", 5), ("5\0\0", 5), ("-0", 0)],
)
def test_an_integer_has_blanks_around_and_a_sign_before_its_digits(text, number):
    assert parsing.parse_integer(text, "int") == number


@pytest.mark.parametrize("text", ["", "abc", "1,000", "1.0", "- 5", "5-", "0x5", "1e3", "٣", "5\0x", "+-5"])
def test_other_text_is_no_integer(text):
    with pytest.raises(FormatException, match="Input string was not in a correct format"):
        parsing.parse_integer(text, "int")
    assert parsing.try_integer(text, "int") == (False, 0)


@pytest.mark.parametrize(
    ("text", "keyword", "message"),
    [
        ("99999999999", "int", "Value was either too large or too small for an Int32."),
        ("9223372036854775808", "long", "Value was either too large or too small for an Int64."),
        ("256", "byte", "Value was either too large or too small for an unsigned byte."),
        ("-1", "uint", "Value was either too large or too small for a UInt32."),
        ("9" * 10_000, "ulong", "Value was either too large or too small for a UInt64."),
    ],
)
def test_an_integer_beyond_its_type_overflows(text, keyword, message):
    with pytest.raises(OverflowException) as raised:
        parsing.parse_integer(text, keyword)
    assert raised.value.message == message
    assert parsing.try_integer(text, keyword)[0] is False


def test_an_integer_has_the_type_it_was_read_for():
    assert type(parsing.parse_integer("1", "int")) is int
    assert type(parsing.parse_integer("1", "long")) is Int64
    assert type(parsing.try_integer("x", "byte")[1]) is Byte
    assert type(parsing.try_integer("1", "uint")[1]) is UInt32


def test_null_is_no_number():
    for parse in (lambda: parsing.parse_integer(None, "int"), lambda: parsing.parse_double(None)):
        with pytest.raises(ArgumentNullException) as raised:
            parse()
        assert raised.value.message == "Value cannot be null. (Parameter 's')"
    assert parsing.try_integer(None, "int") == (False, 0)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3.5", 3.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1,234.5", 1234.5),
        ("1,2,,3", 123.0),
        (" -1.5E-2 ", -0.015),
        ("1e400", math.inf),
        ("Infinity", math.inf),
        ("-infinity", -math.inf),
    ],
)
def test_a_double_may_have_point_thousands_and_exponent(text, number):
    assert parsing.parse_double(text) == number


def test_not_a_number_and_negative_zero_can_be_read():
    assert math.isnan(parsing.parse_double("NaN"))
    assert math.copysign(1, parsing.parse_double("-0")) == -1


@pytest.mark.parametrize("text", ["", ".", "abc", "1e", "e5", ",1", "1-", "1.2.3", "$5", "(5)", "1.5,0"])
def test_other_text_is_no_double(text):
    with pytest.raises(FormatException):
        parsing.parse_double(text)
    assert parsing.read_single(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.1", 0.10000000149011612),
        ("16777217", 16777216.0),
        ("16777217.0000000000000001", 16777218.0),
        ("3.4028235e38", 3.4028234663852886e38),
        ("1e39", math.inf),
    ],
)
def test_a_float_is_rounded_once(text, number):
    found = parsing.parse_single(text)
    assert type(found) is Single
    assert found == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12.340", "12.340"),
        ("1.500", "1.500"),
        ("5-", "-5"),
        (" 1,000.50 - ", "-1000.50"),
        ("1.", "1"),
        ("0." + "0" * 27 + "5", "0.0000000000000000000000000005"),
    ],
)
def test_a_decimal_keeps_its_scale(text, number):
    assert format(parsing.parse_decimal(text), "f") == number


@pytest.mark.parametrize("text", ["", "1e3", "-5-", "(5)", "NaN", "1..2"])
def test_other_text_is_no_decimal(text):
    with pytest.raises(FormatException):
        parsing.parse_decimal(text)


def test_a_decimal_that_does_not_fit_overflows():
    with pytest.raises(OverflowException) as raised:
        parsing.parse_decimal("79228162514264337593543950336")
    assert raised.value.message == "Value was either too large or too small for a Decimal."
    assert parsing.try_decimal("1" + "0" * 40) == (False, Decimal(0))


@pytest.mark.parametrize(("text", "value"), [("true", True), ("True", True), (" FALSE \0", False)])
def test_a_boolean_in_any_case(text, value):
    assert parsing.parse_boolean(text) is value


@pytest.mark.parametrize("text", ["1", "yes", "", "truee"])
def test_other_text_is_no_boolean(text):
    with pytest.raises(FormatException) as raised:
        parsing.parse_boolean(text)
    assert raised.value.message == f"String '{text}' was not recognized as a valid Boolean."


def test_a_character_is_a_text_of_one():
    assert parsing.parse_character("q") == "q"
    for text in ("", "ab"):
        with pytest.raises(FormatException, match="String must be exactly one character long"):
            parsing.parse_character(text)


@pytest.mark.parametrize("text", ["0" * 200_000 + "x", " " * 200_000 + "x", "1" + " " * 200_000 + "x"])
def test_long_text_that_is_no_number_is_refused_quickly(text):
    assert parsing.read_integer(text) is None
    assert parsing.read_decimal(text) is None
    assert parsing.read_double(text) is None
