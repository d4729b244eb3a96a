"""Whole numbers in base 2, 8, 10 and 16, for Convert.ToInt32(text, 16) and Convert.ToString(number, 2).

In the bases other than 10 a number is its bits: `ffffffff` is the int -1.
"""

from __future__ import annotations

import re
from typing import Any

from fastgw.expr.library.parsing import too_large
from fastgw.expr.runtime.arithmetic import INTEGRALS
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentOutOfRangeException,
    FormatException,
    OverflowException,
)

_DIGITS = {
    2: re.compile("[01]*"),
    8: re.compile("[0-7]*"),
    10: re.compile("[0-9]*"),
    16: re.compile("[0-9a-fA-F]*"),
}


def _check_base(base: int) -> None:
    if base not in _DIGITS:
        raise ArgumentException("Invalid Base.")


def read_digits(text: str | None, base: int, keyword: str) -> Any:
    """A value of the integer type of this keyword; null gives 0.

    Raises ArgumentException, ArgumentOutOfRangeException, FormatException and OverflowException.
    """
    _check_base(base)
    integral = INTEGRALS[keyword]
    if text is None:
        return integral.python(0)
    if not text:
        raise ArgumentOutOfRangeException(
            "Index was out of range. Must be non-negative and less than the size of the collection."
        )
    at = 1 if text[0] in "+-" else 0
    if text[0] == "-" and base != 10:
        raise ArgumentException("String cannot contain a minus sign if the base is not 10.")
    if text[0] == "-" and integral.low == 0:
        raise OverflowException(
            "The string was being parsed as an unsigned number and could not have a negative sign."
        )
    if base == 16 and text[at : at + 2] in ("0x", "0X"):
        at += 2
    found = _DIGITS[base].match(text, at)
    digits = found.group() if found else ""
    if not digits:
        raise FormatException("Could not find any recognizable digits.")
    if at + len(digits) < len(text):
        raise FormatException("Additional non-parsable characters are at the end of the string.")
    digits = digits.lstrip("0") or "0"
    # More digits than 64 bits have are too large for every type.
    number = int(digits, base) if len(digits) <= 64 else 1 << 64
    if text[0] == "-":
        number = -number
    elif base != 10 and number < 1 << integral.bits:
        number = integral.wrap(number)
    if not integral.low <= number <= integral.high:
        raise too_large(keyword)
    return integral.python(number)


def write_digits(value: int, base: int, keyword: str) -> str:
    """The digits of a value of that type, in small letters. Raises ArgumentException."""
    _check_base(base)
    if base == 10:
        return int.__repr__(value)
    return format(int(value) & ((1 << INTEGRALS[keyword].bits) - 1), {2: "b", 8: "o", 16: "x"}[base])
