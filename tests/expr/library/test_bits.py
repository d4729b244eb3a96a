"""System.BitConverter."""

from __future__ import annotations

import pytest

from fastgw.expr.library import bits
from fastgw.expr.runtime.errors import ArgumentException, ArgumentNullException, ArgumentOutOfRangeException
from fastgw.expr.runtime.values import ByteArray, Char, Int64, Single, UInt16

from .members import method

CONVERTER = "System.BitConverter"


@pytest.mark.parametrize(
    ("keyword", "name", "given", "data"),
    [
        ("bool", "Boolean", True, b"\1"),
        ("char", "Char", Char("€"), b"\xac\x20"),
        ("int", "Int32", 258, b"\2\1\0\0"),
        ("long", "Int64", Int64(-1), b"\xff" * 8),
        ("ushort", "UInt16", UInt16(258), b"\2\1"),
        ("float", "Single", Single(1.0), b"\0\0\x80\x3f"),
        ("double", "Double", 1.0, b"\0\0\0\0\0\0\xf0\x3f"),
    ],
)
def test_numbers_are_little_endian(keyword, name, given, data):
    assert method(CONVERTER, "GetBytes", keyword)(given).data == data
    found = method(CONVERTER, f"To{name}", "byte[]", "int")(ByteArray(b"." + data), 1)
    assert found == given
    assert type(found) is type(given)


def test_too_few_bytes_are_refused():
    to_int = method(CONVERTER, "ToInt32", "byte[]", "int")
    with pytest.raises(ArgumentNullException):
        to_int(None, 0)
    with pytest.raises(ArgumentOutOfRangeException):
        to_int(ByteArray(bytes(4)), 4)
    with pytest.raises(ArgumentException):
        to_int(ByteArray(bytes(4)), 1)


def test_text_of_bytes():
    assert bits.to_string(ByteArray(b"\x01\xab\xff")) == "01-AB-FF"
    assert bits.to_string(ByteArray(b"")) == ""
    assert bits.to_string_from(ByteArray(b"\x01\xab\xff"), 1) == "AB-FF"
    assert bits.to_string_part(ByteArray(b"\x01\xab\xff"), 1, 1) == "AB"
    with pytest.raises(ArgumentException):
        bits.to_string_part(ByteArray(b"\x01"), 0, 2)


def test_bits_of_a_double():
    assert method(CONVERTER, "DoubleToInt64Bits", "double")(1.0) == 0x3FF0000000000000
    assert method(CONVERTER, "Int64BitsToDouble", "long")(Int64(0x3FF0000000000000)) == 1.0
