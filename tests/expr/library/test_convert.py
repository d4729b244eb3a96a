"""System.Convert."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fastgw.expr.library import convert
from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.guid import EMPTY
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    FormatException,
    InvalidCastException,
    OverflowException,
)
from fastgw.expr.runtime.values import Byte, ByteArray, Char, Int16, Int64, SByte, Single, UInt32

from .members import array, definition, method, value

CONVERT = "System.Convert"


@pytest.mark.parametrize(
    ("source", "given", "result"),
    [
        ("string", None, 0),
        ("object", None, 0),
        ("double", 2.5, 2),
        ("double", 3.5, 4),
        ("double", -2.5, -2),
        ("decimal", Decimal("2.5"), 2),
        ("bool", True, 1),
        ("char", Char("A"), 65),
        ("string", " 42 ", 42),
        ("object", Int64(7), 7),
        ("object", "7", 7),
    ],
)
def test_to_int_from_every_type(source, given, result):
    found = method(CONVERT, "ToInt32", source)(given)
    assert found == result
    assert type(found) is int


def test_an_enum_converts_as_its_number():
    assert method(CONVERT, "ToInt32", "object")(value("System.StringComparison", "Ordinal")) == 4


@pytest.mark.parametrize(
    ("target", "source", "given", "message"),
    [
        ("ToInt32", "long", Int64(3000000000), "Value was either too large or too small for an Int32."),
        ("ToInt16", "string", "70000", "Value was either too large or too small for an Int16."),
        ("ToByte", "int", 300, "Value was either too large or too small for an unsigned byte."),
        ("ToInt64", "double", 1e19, "Arithmetic operation resulted in an overflow."),
        ("ToChar", "int", 70000, "Value was either too large or too small for a character."),
        ("ToDecimal", "double", 1e30, "Value was either too large or too small for a Decimal."),
    ],
)
def test_what_does_not_fit_overflows(target, source, given, message):
    with pytest.raises(OverflowException) as raised:
        method(CONVERT, target, source)(given)
    assert raised.value.message == message


@pytest.mark.parametrize(
    ("target", "given", "message"),
    [
        ("ToBoolean", Char("t"), "Invalid cast from 'Char' to 'Boolean'."),
        ("ToChar", True, "Invalid cast from 'Boolean' to 'Char'."),
        ("ToInt32", DateTime(0), "Invalid cast from 'DateTime' to 'Int32'."),
        ("ToInt32", EMPTY, "Unable to cast object of type 'System.Guid' to type 'System.IConvertible'."),
    ],
)
def test_conversions_that_do_not_exist(target, given, message):
    with pytest.raises(InvalidCastException) as raised:
        method(CONVERT, target, "object")(given)
    assert raised.value.message == message


def test_to_boolean():
    to_boolean = method(CONVERT, "ToBoolean", "object")
    assert to_boolean(None) is False
    assert to_boolean(2) is True
    assert to_boolean("true") is True
    with pytest.raises(FormatException, match="String 'yes' was not recognized as a valid Boolean"):
        to_boolean("yes")


def test_results_have_the_type_they_are_converted_to():
    assert type(method(CONVERT, "ToUInt32", "string")("7")) is UInt32
    assert type(method(CONVERT, "ToSingle", "string")("1.5")) is Single
    assert type(method(CONVERT, "ToByte", "string")(None)) is Byte
    assert method(CONVERT, "ToDouble", "decimal")(Decimal("2.5")) == 2.5
    assert str(method(CONVERT, "ToDecimal", "string")("1.50")) == "1.50"


def test_to_char():
    assert convert.to_character(65) == "A"
    assert convert.text_to_character("x") == "x"
    with pytest.raises(ArgumentNullException):
        convert.text_to_character(None)


def test_to_string():
    assert method(CONVERT, "ToString", "object")(None) == ""
    assert convert.text_to_text(None) is None
    assert method(CONVERT, "ToString", "decimal")(Decimal("1.0")) == "1.0"


def test_to_date_time():
    assert method(CONVERT, "ToDateTime", "string")("2024-03-05") == DateTime(638451936000000000)
    assert method(CONVERT, "ToDateTime", "string")(None) == DateTime(0)
    with pytest.raises(InvalidCastException):
        method(CONVERT, "ToDateTime", "object")(5)


@pytest.mark.parametrize(
    ("keyword", "text", "base", "number"),
    [
        ("int", "ff", 16, 255),
        ("int", "0xFF", 16, 255),
        ("int", "101", 2, 5),
        ("int", "-7", 10, -7),
        ("int", "ffffffff", 16, -1),
        ("int", "777", 8, 511),
        ("short", "ffff", 16, -1),
        ("sbyte", "80", 16, -128),
        ("byte", "11", 2, 3),
        ("long", "f" * 16, 16, -1),
        ("uint", "ffffffff", 16, 2**32 - 1),
        ("int", None, 2, 0),
        ("int", "0" * 100 + "1", 2, 1),
    ],
)
def test_from_a_base(keyword, text, base, number):
    name = {"int": "ToInt32", "short": "ToInt16", "sbyte": "ToSByte", "byte": "ToByte", "long": "ToInt64"}
    assert method(CONVERT, name.get(keyword, "ToUInt32"), "string", "int")(text, base) == number


@pytest.mark.parametrize(
    ("text", "base", "error"),
    [
        ("12", 2, FormatException),
        ("x", 16, FormatException),
        ("0x", 16, FormatException),
        ("", 16, ArgumentOutOfRangeException),
        ("-1", 16, ArgumentException),
        ("1ffffffff", 16, OverflowException),
        ("1", 7, ArgumentException),
        (" 1", 10, FormatException),
        ("f" * 1000, 16, OverflowException),
    ],
)
def test_text_that_is_no_number_of_the_base(text, base, error):
    with pytest.raises(error):
        method(CONVERT, "ToInt32", "string", "int")(text, base)


def test_to_a_base():
    to_text = method(CONVERT, "ToString", "int", "int")
    assert to_text(10, 2) == "1010"
    assert to_text(-1, 16) == "ffffffff"
    assert to_text(-8, 10) == "-8"
    assert method(CONVERT, "ToString", "short", "int")(Int16(-1), 8) == "177777"
    with pytest.raises(ArgumentException, match="Invalid Base"):
        to_text(1, 3)


def test_base64():
    assert convert.to_base64(ByteArray(b"user:pass")) == "dXNlcjpwYXNz"
    assert convert.to_base64(ByteArray(b"")) == ""
    assert convert.to_base64_part(ByteArray(b"xaby"), 1, 2) == "YWI="
    lines = convert.to_base64_lines(
        ByteArray(bytes(60)), value("System.Base64FormattingOptions", "InsertLineBreaks")
    )
    assert lines == "A" * 76 + "\r\n" + "A" * 4
    characters = array(*map(Char, "......"), of="char")
    assert convert.to_base64_characters(ByteArray(b"ab"), 0, 2, characters, 1) == 4
    assert "".join(characters.items) == ".YWI=."
    assert convert.from_base64_characters(characters, 1, 4).data == b"ab"


@pytest.mark.parametrize(
    ("text", "data"),
    [("", b""), ("aGVsbG8=", b"hello"), (" aGVs\r\n\tbG8 = ", b"hello"), ("+/+/", b"\xfb\xff\xbf")],
)
def test_base64_ignores_blanks(text, data):
    assert convert.from_base64(text).data == data


@pytest.mark.parametrize(
    "text", ["***", "aGk", "aGVs-G8_", "aGk===", "=aGk", "aG=k", "aGkä", "a===", "aGk=aGk="]
)
def test_other_text_is_no_base64(text):
    with pytest.raises(FormatException, match="The input is not a valid Base-64 string"):
        convert.from_base64(text)


def test_every_conversion_takes_every_primitive_type():
    methods = definition(CONVERT).methods
    for name in ("ToBoolean", "ToDouble", "ToSingle", "ToDecimal", "ToDateTime", "ToChar"):
        assert len(methods[name]) == 16
    for name in ("ToByte", "ToSByte", "ToInt16", "ToUInt16", "ToInt32", "ToUInt32", "ToInt64", "ToUInt64"):
        assert len(methods[name]) == 17
    assert type(method(CONVERT, "ToSByte", "bool")(True)) is SByte
