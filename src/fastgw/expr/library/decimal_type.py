"""Members of System.Decimal: constants, arithmetic as methods, rounding, Parse, conversions, constructors."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from fastgw.expr.library.core import DECIMAL, INT32
from fastgw.expr.library.number_formats import format_number
from fastgw.expr.library.numbers import declare_common
from fastgw.expr.library.parsing import parse_decimal, try_decimal
from fastgw.expr.library.rounding import check_places, mode_of
from fastgw.expr.runtime import decimals
from fastgw.expr.runtime.errors import ArgumentException, ArgumentNullException, ArgumentOutOfRangeException
from fastgw.expr.runtime.numeric_casts import converter
from fastgw.expr.runtime.objects import compare
from fastgw.expr.runtime.values import Array, EnumValue, Int64

declare_common(DECIMAL, parse_decimal, try_decimal)
DECIMAL.method("string ToString(string format)")(format_number)

DECIMAL.value("decimal MaxValue", decimals.MAX_VALUE, constant=True)
DECIMAL.value("decimal MinusOne", Decimal(-1), constant=True)
DECIMAL.value("decimal MinValue", decimals.MIN_VALUE, constant=True)
DECIMAL.value("decimal One", Decimal(1), constant=True)
DECIMAL.value("decimal Zero", Decimal(0), constant=True)

_OPERATIONS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "Add": decimals.add,
    "Divide": decimals.divide,
    "Multiply": decimals.multiply,
    "Remainder": decimals.remainder,
    "Subtract": decimals.subtract,
}
for _name, _operation in _OPERATIONS.items():
    DECIMAL.method(f"static decimal {_name}(decimal d1, decimal d2)")(_operation)

DECIMAL.method("static int Compare(decimal d1, decimal d2)")(compare)


@DECIMAL.method("static bool Equals(decimal d1, decimal d2)")
def equal(left: Decimal, right: Decimal) -> bool:
    """Whether both are the same number; the scale does not count."""
    return left == right


DECIMAL.method("static decimal Negate(decimal d)")(decimals.negate)


@DECIMAL.method("static decimal Ceiling(decimal d)")
def ceiling(value: Decimal) -> Decimal:
    """The next whole number upwards."""
    return decimals.rounded(value, 0, decimals.UP)


@DECIMAL.method("static decimal Floor(decimal d)")
def floor(value: Decimal) -> Decimal:
    """The next whole number downwards."""
    return decimals.rounded(value, 0, decimals.DOWN)


@DECIMAL.method("static decimal Truncate(decimal d)")
def truncate(value: Decimal) -> Decimal:
    """The whole part."""
    return decimals.rounded(value, 0, decimals.TO_ZERO)


@DECIMAL.method("static decimal Round(decimal d)")
def round_whole(value: Decimal) -> Decimal:
    """The nearest whole number, half to even."""
    return decimals.rounded(value)


@DECIMAL.method("static decimal Round(decimal d, int decimals)")
def round_places(value: Decimal, places: int) -> Decimal:
    """At most that many decimals, half to even. Raises ArgumentOutOfRangeException."""
    check_places(places)
    return decimals.rounded(value, places)


@DECIMAL.method("static decimal Round(decimal d, int decimals, MidpointRounding mode)")
def round_places_mode(value: Decimal, places: int, mode: EnumValue) -> Decimal:
    """At most that many decimals. Raises ArgumentOutOfRangeException and ArgumentException."""
    check_places(places)
    return decimals.rounded(value, places, mode_of(mode))


@DECIMAL.method("static decimal Round(decimal d, MidpointRounding mode)")
def round_mode(value: Decimal, mode: EnumValue) -> Decimal:
    """The nearest whole number. Raises ArgumentException."""
    return decimals.rounded(value, 0, mode_of(mode))


# ---------------------------------------------------------------- conversions

for _keyword, _suffix in (
    ("byte", "Byte"),
    ("double", "Double"),
    ("short", "Int16"),
    ("int", "Int32"),
    ("long", "Int64"),
    ("sbyte", "SByte"),
    ("float", "Single"),
    ("ushort", "UInt16"),
    ("uint", "UInt32"),
    ("ulong", "UInt64"),
):
    DECIMAL.method(f"static {_keyword} To{_suffix}(decimal d)")(converter("decimal", _keyword))

for _keyword in ("double", "int", "long", "float", "uint", "ulong"):
    DECIMAL.constructor(f"({_keyword} value)")(converter(_keyword, "decimal"))


@DECIMAL.constructor("(int lo, int mid, int hi, bool isNegative, byte scale)")
def from_parts(low: int, middle: int, high: int, is_negative: bool, scale: int) -> Decimal:
    """A decimal of its 96 bits. Raises ArgumentOutOfRangeException."""
    if scale > decimals.MOST_SCALE:
        raise ArgumentOutOfRangeException(
            "Decimal's scale value must be between 0 and 28, inclusive.", parameter="scale"
        )
    mask = 2**32 - 1
    coefficient = (high & mask) << 64 | (middle & mask) << 32 | low & mask
    return decimals.make(is_negative, coefficient, scale)


@DECIMAL.constructor("(int[] bits)")
def from_bits(bits: Array | None) -> Decimal:
    """A decimal of what GetBits gives. Raises ArgumentNullException and ArgumentException."""
    if bits is None:
        raise ArgumentNullException(parameter="bits")
    if len(bits.items) == 4:
        low, middle, high, flags = bits.items
        scale = flags >> 16 & 0xFF
        if flags & 0x7F00FFFF == 0 and scale <= decimals.MOST_SCALE:
            return from_parts(low, middle, high, flags < 0, scale)
    raise ArgumentException(
        "Decimal byte array constructor requires an array of length four containing valid decimal bytes."
    )


@DECIMAL.method("static int[] GetBits(decimal d)")
def get_bits(value: Decimal) -> Array:
    """The 96 bits in three ints, then scale and sign."""
    is_negative, coefficient, scale = decimals.parts(value)
    words: list[Any] = [coefficient >> shift & 0xFFFFFFFF for shift in (0, 32, 64)]
    words.append(scale << 16 | (0x80000000 if is_negative else 0))
    return Array(INT32.type, [word - 2**32 if word >= 2**31 else word for word in words])


@DECIMAL.method("static decimal FromOACurrency(long cy)")
def from_currency(value: int) -> Decimal:
    """Ten-thousandths as decimal, without zeros at the end."""
    amount = decimals.EXACT.scaleb(Decimal(int(value)), -4)
    return decimals.fit(amount.normalize(context=decimals.EXACT))


@DECIMAL.method("static long ToOACurrency(decimal value)")
def to_currency(value: Decimal) -> Int64:
    """Ten-thousandths, half to even. Raises OverflowException."""
    scaled = decimals.multiply(decimals.rounded(value, 4), Decimal(10_000))
    return Int64(converter("decimal", "long")(decimals.rounded(scaled)))
