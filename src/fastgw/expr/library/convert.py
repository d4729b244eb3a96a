"""System.Convert: ToInt32 and its like from every type, other bases, Base64."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from fastgw.expr.library import base64_text, convertible, enums  # noqa: F401 (the enums that signatures name)
from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.declare import define
from fastgw.expr.library.digits import read_digits, write_digits
from fastgw.expr.runtime.arithmetic import INTEGRALS
from fastgw.expr.runtime.errors import ArgumentException, ArgumentNullException, ArgumentOutOfRangeException
from fastgw.expr.runtime.iteration import characters
from fastgw.expr.runtime.objects import to_text
from fastgw.expr.runtime.values import Array, ByteArray, Char, EnumValue, Single

CONVERT = define("System.Convert", "static")

# The types that everything converts from, in .NET's order.
_SOURCES = (
    "bool",
    "byte",
    "char",
    "DateTime",
    "decimal",
    "double",
    "short",
    "int",
    "long",
    "object",
    "sbyte",
    "float",
    "string",
    "ushort",
    "uint",
    "ulong",
)


def _declare(returns: str, name: str, convert: Callable[[Any], Any], empty: Any) -> None:
    """One target from all sources; a null object or string gives `empty`."""

    def convert_value(value: Any) -> Any:
        return empty if value is None else convert(value)

    for source in _SOURCES:
        CONVERT.method(f"static {returns} {name}({source} value)")(convert_value)


def _declare_integer(keyword: str) -> None:
    name = f"To{convertible.integral_name(keyword)}"
    _declare(
        keyword,
        name,
        lambda value: convertible.to_integer(value, keyword),
        INTEGRALS[keyword].python(0),
    )

    @CONVERT.method(f"static {keyword} {name}(string value, int fromBase)")
    def from_base(value: str | None, base: int) -> Any:
        return read_digits(value, base, keyword)


for _keyword in INTEGRALS:
    _declare_integer(_keyword)

_declare("bool", "ToBoolean", convertible.to_boolean, False)
_declare("double", "ToDouble", convertible.to_double, 0.0)
_declare("float", "ToSingle", convertible.to_float, Single(0.0))
_declare("decimal", "ToDecimal", convertible.to_decimal, Decimal(0))
_declare("DateTime", "ToDateTime", convertible.to_date_time, DateTime(0))


def to_character(value: Any) -> Char:
    """Convert.ToChar. Raises FormatException, OverflowException and InvalidCastException."""
    return Char("\0") if value is None else convertible.to_character(value)


for _source in _SOURCES:
    if _source != "string":
        CONVERT.method(f"static char ToChar({_source} value)")(to_character)


@CONVERT.method("static char ToChar(string value)")
def text_to_character(value: str | None) -> Char:
    """The only character of a text. Raises ArgumentNullException and FormatException."""
    if value is None:
        raise ArgumentNullException(parameter="value")
    return convertible.to_character(value)


# ---------------------------------------------------------------- ToString

for _source in _SOURCES:
    if _source != "string":
        CONVERT.method(f"static string ToString({_source} value)")(to_text)


@CONVERT.method("static string ToString(string value)")
def text_to_text(value: str | None) -> str | None:
    """The text itself; null stays null."""
    return value


def _declare_base(keyword: str) -> None:
    @CONVERT.method(f"static string ToString({keyword} value, int toBase)")
    def to_base(value: int, base: int) -> str:
        return write_digits(value, base, keyword)


for _keyword in ("byte", "short", "int", "long"):
    _declare_base(_keyword)


@CONVERT.method("static bool IsDBNull(object value)")
def is_db_null(value: Any) -> bool:
    """Whether it is DBNull.Value, which no expression can have."""
    return False


# ---------------------------------------------------------------- Base64


def _part(data: ByteArray | None, offset: int, length: int, parameter: str) -> bytearray:
    if data is None:
        raise ArgumentNullException(parameter=parameter)
    if length < 0:
        raise ArgumentOutOfRangeException(
            "Index was out of range. Must be non-negative and less than the size of the collection.",
            parameter="length",
        )
    if offset < 0:
        raise ArgumentOutOfRangeException("Value must be positive.", parameter="offset")
    if offset > len(data) - length:
        raise ArgumentOutOfRangeException(
            "Offset and length must refer to a position in the string.", parameter="offset"
        )
    return data.data[offset : offset + length]


def _breaks_lines(options: EnumValue) -> bool:
    if options.value not in (0, 1):
        raise ArgumentException(f"Illegal enum value: {options.value}.", parameter="options")
    return options.value == 1


@CONVERT.method("static string ToBase64String(byte[] inArray)")
def to_base64(data: ByteArray | None) -> str:
    """Bytes as text. Raises ArgumentNullException and Exhausted."""
    if data is None:
        raise ArgumentNullException(parameter="inArray")
    return base64_text.encode(data.data)


@CONVERT.method("static string ToBase64String(byte[] inArray, Base64FormattingOptions options)")
def to_base64_lines(data: ByteArray | None, options: EnumValue) -> str:
    """As `to_base64`, in lines if wanted. Also raises ArgumentException."""
    if data is None:
        raise ArgumentNullException(parameter="inArray")
    return base64_text.encode(data.data, _breaks_lines(options))


@CONVERT.method("static string ToBase64String(byte[] inArray, int offset, int length)")
def to_base64_part(data: ByteArray | None, offset: int, length: int) -> str:
    """As `to_base64`, of a part. Also raises ArgumentOutOfRangeException."""
    return base64_text.encode(_part(data, offset, length, "inArray"))


@CONVERT.method(
    "static string ToBase64String(byte[] inArray, int offset, int length, Base64FormattingOptions options)"
)
def to_base64_part_lines(data: ByteArray | None, offset: int, length: int, options: EnumValue) -> str:
    """As `to_base64_part`, in lines if wanted. Also raises ArgumentException."""
    return base64_text.encode(_part(data, offset, length, "inArray"), _breaks_lines(options))


@CONVERT.method("static byte[] FromBase64String(string s)")
def from_base64(text: str | None) -> ByteArray:
    """Text as bytes. Raises ArgumentNullException, FormatException and Exhausted."""
    if text is None:
        raise ArgumentNullException(parameter="s")
    return ByteArray(base64_text.decode(text))


@CONVERT.method("static byte[] FromBase64CharArray(char[] inArray, int offset, int length)")
def from_base64_characters(characters: Array | None, offset: int, length: int) -> ByteArray:
    """As `from_base64`, of some characters. Also raises ArgumentOutOfRangeException."""
    if characters is None:
        raise ArgumentNullException(parameter="inArray")
    if length < 0:
        raise ArgumentOutOfRangeException(
            "Index was out of range. Must be non-negative and less than the size of the collection.",
            parameter="length",
        )
    if offset < 0:
        raise ArgumentOutOfRangeException("Value must be positive.", parameter="offset")
    if offset > len(characters) - length:
        raise ArgumentOutOfRangeException(
            "Offset and length must refer to a position in the string.", parameter="offset"
        )
    return ByteArray(base64_text.decode("".join(characters.items[offset : offset + length])))


def _write(text: str, target: Array | None, offset: int) -> int:
    if target is None:
        raise ArgumentNullException(parameter="outArray")
    if offset < 0:
        raise ArgumentOutOfRangeException("Value must be positive.", parameter="offsetOut")
    if offset > len(target) - len(text):
        raise ArgumentOutOfRangeException(
            "Either offset did not refer to a position in the string, or there is an insufficient length of "
            "destination character array.",
            parameter="offsetOut",
        )
    target.items[offset : offset + len(text)] = characters(text)
    return len(text)


@CONVERT.method(
    "static int ToBase64CharArray(byte[] inArray, int offsetIn, int length, char[] outArray, int offsetOut)"
)
def to_base64_characters(
    data: ByteArray | None, offset: int, length: int, characters: Array | None, to: int
) -> int:
    """As `to_base64_part`, into an array; how many characters. Also raises ArgumentOutOfRangeException."""
    return _write(base64_text.encode(_part(data, offset, length, "inArray")), characters, to)


@CONVERT.method(
    "static int ToBase64CharArray(byte[] inArray, int offsetIn, int length, char[] outArray, int offsetOut, "
    "Base64FormattingOptions options)"
)
def to_base64_characters_lines(
    data: ByteArray | None, offset: int, length: int, characters: Array | None, to: int, options: EnumValue
) -> int:
    """As `to_base64_characters`, in lines if wanted. Also raises ArgumentException."""
    text = base64_text.encode(_part(data, offset, length, "inArray"), _breaks_lines(options))
    return _write(text, characters, to)
