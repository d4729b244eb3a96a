"""Conversions between numbers, characters and enums, unchecked and checked."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

from fastgw.expr.runtime import decimals
from fastgw.expr.runtime.arithmetic import INTEGRALS, Integral, to_single
from fastgw.expr.runtime.errors import OverflowException
from fastgw.expr.runtime.values import Char, EnumValue
from fastgw.expr.types import TypeDefinition

_Convert = Callable[[Any], Any]

# A double and a float carry this many digits into a decimal.
_DOUBLE_TO_DECIMAL = 15
_SINGLE_TO_DECIMAL = 7

_NAMES = {
    "sbyte": "a signed byte",
    "byte": "an unsigned byte",
    "short": "an Int16",
    "ushort": "a UInt16",
    "int": "an Int32",
    "uint": "a UInt32",
    "long": "an Int64",
    "ulong": "a UInt64",
    "char": "a character",
}


@cache
def converter(source: str, target: str, checked: bool = False) -> _Convert:
    """What converts from one predefined type to another; both named by their keywords.

    With `checked` it raises OverflowException where the value does not fit; to and from decimal always.
    """
    if target == "double":
        return _from_decimal if source == "decimal" else _char_or(float, source)
    if target == "float":
        if source == "decimal":
            return lambda value: to_single(_from_decimal(value))
        return _char_or(to_single, source)
    if target == "decimal":
        if source in ("double", "float"):
            digits = _DOUBLE_TO_DECIMAL if source == "double" else _SINGLE_TO_DECIMAL
            return lambda value: _to_decimal(value, digits)
        return _char_or(Decimal, source)
    integral = INTEGRALS["ushort" if target == "char" else target]
    make: _Convert = _make_char if target == "char" else integral.python
    if source == "decimal":
        return lambda value: make(_whole(value, integral, _NAMES[target]))
    if source in ("double", "float"):
        cut = _checked_float(integral) if checked else _unchecked_float(target, integral)
        return lambda value: make(cut(value))
    place = integral.check if checked else integral.wrap
    if source == "char":
        return lambda value: make(place(ord(value)))
    return lambda value: make(place(value))


@cache
def to_enum(definition: TypeDefinition) -> _Convert:
    """What makes values of an enum from its underlying integers."""
    return lambda number: EnumValue(definition, int(number))


def _char_or(make: _Convert, source: str) -> _Convert:
    return (lambda value: make(ord(value))) if source == "char" else make


def _make_char(code: int) -> Char:
    return Char(chr(code))


def _from_decimal(value: Decimal) -> float:
    """The nearest double but for the last bit: digits and power of ten are rounded apart, as .NET does."""
    exponent = value.as_tuple().exponent
    scale = -exponent if isinstance(exponent, int) else 0
    digits = int(value.scaleb(scale, decimals.EXACT))
    low, high = abs(digits) & 0xFFFFFFFFFFFFFFFF, abs(digits) >> 64
    found = (float(low) + float(high) * 18446744073709551616.0) / float(10**scale)
    return -found if value.is_signed() else found


def _to_decimal(value: float, digits: int) -> Decimal:
    if not math.isfinite(value):
        raise OverflowException("Value was either too large or too small for a Decimal.")
    rounded = Decimal(f"{value:.{digits - 1}e}")
    if not rounded or rounded.adjusted() < -decimals.MOST_SCALE - 1:
        return Decimal(0)
    # No zeros at the end: a double has no scale to keep.
    return decimals.fit(decimals.fit(rounded).normalize(decimals.EXACT))


def _whole(value: Decimal, integral: Integral, name: str) -> int:
    found = int(value)
    if integral.low <= found <= integral.high:
        return found
    raise OverflowException(f"Value was either too large or too small for {name}.")


def _checked_float(integral: Integral) -> Callable[[float], int]:
    def cut(value: float) -> int:
        if not math.isfinite(value):
            raise OverflowException
        return integral.check(int(value))

    return cut


def _unchecked_float(target: str, integral: Integral) -> Callable[[float], int]:
    """What the processor gives outside the range: its "indefinite" value, cut to the target (x64)."""
    if target == "ulong":
        return _to_unsigned_long
    # 32-bit and smaller targets but uint go through a 32-bit conversion.
    wide = INTEGRALS["long" if target in ("long", "uint") else "int"]

    def cut(value: float) -> int:
        found = int(value) if math.isfinite(value) else wide.low
        return integral.wrap(found if wide.low <= found <= wide.high else wide.low)

    return cut


def _to_unsigned_long(value: float) -> int:
    if not math.isfinite(value) or not -(2.0**63) <= value < 2.0**64:
        return 0 if value >= 2.0**64 else 1 << 63
    return INTEGRALS["ulong"].wrap(int(value))
