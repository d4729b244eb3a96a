"""System.BitConverter: numbers as bytes and back, little-endian as on every machine of the service."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from fastgw.expr.library.declare import define
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
)
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import (
    ByteArray,
    Char,
    Int16,
    Int64,
    Single,
    UInt16,
    UInt32,
    UInt64,
)

BIT_CONVERTER = define("System.BitConverter", "static")
BIT_CONVERTER.value("bool IsLittleEndian", True)

# Keyword, what the To... method is called, struct's letter, and what makes the value.
_TYPES: tuple[tuple[str, str, str, Callable[[Any], Any]], ...] = (
    ("bool", "Boolean", "?", bool),
    ("char", "Char", "H", lambda code: Char(chr(code))),
    ("double", "Double", "d", float),
    ("short", "Int16", "h", Int16),
    ("int", "Int32", "i", int),
    ("long", "Int64", "q", Int64),
    ("float", "Single", "f", Single),
    ("ushort", "UInt16", "H", UInt16),
    ("uint", "UInt32", "I", UInt32),
    ("ulong", "UInt64", "Q", UInt64),
)


def _check(value: ByteArray | None, start: int, size: int) -> ByteArray:
    """Raises ArgumentNullException, ArgumentOutOfRangeException and ArgumentException."""
    if value is None:
        raise ArgumentNullException(parameter="value")
    if not 0 <= start < len(value):
        raise ArgumentOutOfRangeException(
            "Index was out of range. Must be non-negative and less than the size of the collection.",
            parameter="startIndex",
        )
    if start > len(value) - size:
        raise ArgumentException(
            "Destination array is not long enough to copy all the items in the collection. Check array index "
            "and length.",
            parameter="value",
        )
    return value


def _declare(keyword: str, name: str, letter: str, make: Callable[[Any], Any]) -> None:
    packer = struct.Struct("<" + letter)

    def get_bytes(value: Any) -> ByteArray:
        return ByteArray(packer.pack(ord(value) if keyword == "char" else value))

    def to_value(value: ByteArray | None, start: int) -> Any:
        return make(packer.unpack_from(_check(value, start, packer.size).data, start)[0])

    BIT_CONVERTER.method(f"static byte[] GetBytes({keyword} value)")(get_bytes)
    BIT_CONVERTER.method(f"static {keyword} To{name}(byte[] value, int startIndex)")(to_value)


for _type in _TYPES:
    _declare(*_type)


def _reinterpret(source: str, target: str, make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: make(struct.unpack("<" + target, struct.pack("<" + source, value))[0])


BIT_CONVERTER.method("static long DoubleToInt64Bits(double value)")(_reinterpret("d", "q", Int64))
BIT_CONVERTER.method("static double Int64BitsToDouble(long value)")(_reinterpret("q", "d", float))
BIT_CONVERTER.method("static int SingleToInt32Bits(float value)")(_reinterpret("f", "i", int))
BIT_CONVERTER.method("static float Int32BitsToSingle(int value)")(_reinterpret("i", "f", Single))


@BIT_CONVERTER.method("static string ToString(byte[] value)")
def to_string(value: ByteArray | None) -> str:
    """`01-AB-FF`. Raises ArgumentNullException and Exhausted."""
    if value is None:
        raise ArgumentNullException(parameter="value")
    meter.reserve(3 * len(value))
    return value.data.hex("-").upper()


@BIT_CONVERTER.method("static string ToString(byte[] value, int startIndex)")
def to_string_from(value: ByteArray | None, start: int) -> str:
    """As `to_string`, from a place on. Also raises ArgumentOutOfRangeException."""
    return to_string_part(value, start, 0 if value is None else len(value) - start)


@BIT_CONVERTER.method("static string ToString(byte[] value, int startIndex, int length)")
def to_string_part(value: ByteArray | None, start: int, length: int) -> str:
    """As `to_string`, of a part. Also raises ArgumentOutOfRangeException and ArgumentException."""
    if value is None:
        raise ArgumentNullException(parameter="value")
    if start < 0 or (start >= len(value) and start > 0):
        raise ArgumentOutOfRangeException("StartIndex cannot be less than zero.", parameter="startIndex")
    if length < 0:
        raise ArgumentOutOfRangeException("Value must be positive.", parameter="length")
    if start > len(value) - length:
        raise ArgumentException(
            "Offset and length were out of bounds for the array or count is greater than the number of "
            "elements from index to the end of the source collection.",
            parameter="value",
        )
    return to_string(ByteArray(value.data[start : start + length]))
