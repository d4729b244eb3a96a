"""Integers and floating-point numbers as C# computes with them.

Python's integers have no end and its division rounds down; here is what makes them those of .NET. The
operands are values of one type, results are plain int or float: the caller makes them Int64, Single, ...
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any

from fastgw.expr.runtime.errors import DivideByZeroException, OverflowException
from fastgw.expr.runtime.values import Byte, Int16, Int64, SByte, Single, UInt16, UInt32, UInt64


@dataclass(frozen=True, slots=True)
class Integral:
    """An integer type: its range and the Python class of its values."""

    bits: int
    low: int
    high: int
    python: type[int]

    def wrap(self, value: int) -> int:
        """`value` cut to the bits of the type (unchecked)."""
        value &= (1 << self.bits) - 1
        return value - (1 << self.bits) if value > self.high else value

    def check(self, value: int) -> int:
        """`value` where the type holds it; raises OverflowException."""
        if self.low <= value <= self.high:
            return value
        raise OverflowException


def _integral(bits: int, signed: bool, python: type[int]) -> Integral:
    if signed:
        return Integral(bits, -(1 << bits - 1), (1 << bits - 1) - 1, python)
    return Integral(bits, 0, (1 << bits) - 1, python)


# By the keyword of the type.
INTEGRALS = {
    "sbyte": _integral(8, True, SByte),
    "byte": _integral(8, False, Byte),
    "short": _integral(16, True, Int16),
    "ushort": _integral(16, False, UInt16),
    "int": _integral(32, True, int),
    "uint": _integral(32, False, UInt32),
    "long": _integral(64, True, Int64),
    "ulong": _integral(64, False, UInt64),
}


def wrap_int(value: int) -> int:
    """`value` cut to 32 bits, as int arithmetic does."""
    return (value + 0x80000000 & 0xFFFFFFFF) - 0x80000000


def overflow(*_values: Any) -> Any:
    """What generated code calls where checked arithmetic leaves its range."""
    raise OverflowException


def quotient(left: int, right: int, high: int) -> int:
    """`left / right` rounded toward zero; `high` is the largest value of the type.

    Raises DivideByZeroException, and OverflowException for the smallest value divided by -1.
    """
    if not right:
        raise DivideByZeroException
    found = abs(left) // abs(right)
    if (left < 0) is not (right < 0):
        return -found
    if found > high:
        raise OverflowException
    return found


def remainder(left: int, right: int, low: int) -> int:
    """`left % right` with the sign of `left`; `low` is the smallest value of the type.

    Raises DivideByZeroException, and OverflowException for the smallest value and -1, as x64 does.
    """
    if not right:
        raise DivideByZeroException
    if right == -1 and left == low < 0:
        raise OverflowException
    found = abs(left) % abs(right)
    return -found if left < 0 else found


def divide_float(left: float, right: float) -> float:
    """`left / right`; division by zero gives an infinity or NaN."""
    if right:
        return left / right
    if not left or left != left or right != right:
        return math.nan if right == right else right
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def remainder_float(left: float, right: float) -> float:
    """`left % right` with the sign of `left`; NaN for a zero divisor or an infinite dividend."""
    if not right or math.isinf(left):
        return math.nan
    return math.fmod(left, right)


_SINGLE = struct.Struct("<f")


def to_single(value: float) -> Single:
    """`value` rounded to 32 bits; too large becomes infinite."""
    try:
        return Single(_SINGLE.unpack(_SINGLE.pack(value))[0])
    except OverflowError:
        return Single(math.copysign(math.inf, value))


def and_bool(left: bool | None, right: bool | None) -> bool | None:
    """`&` on bool?: false where either is false, else null where either is null."""
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def or_bool(left: bool | None, right: bool | None) -> bool | None:
    """`|` on bool?: true where either is true, else null where either is null."""
    if left or right:
        return True
    return None if left is None or right is None else False
