"""Numbers in JSON text, as Json.NET reads them."""

from __future__ import annotations

import re

from fastgw.expr.library.json.tokens import FLOAT, INTEGER, BigInteger
from fastgw.expr.runtime.values import Int64

_INTEGER = re.compile(r"-?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_HEXADECIMAL = re.compile(r"0[xX][0-9a-fA-F]{1,16}")
_OCTAL = re.compile(r"0*[0-7]{1,22}")
# More than any integer type holds, and more than Json.NET reads (380 characters).
_MOST_DIGITS = 400
_MANY = int("1" * _MOST_DIGITS)
_LEAST_LONG = -(2**63)
_MOST_LONG = 2**63 - 1


def is_other_base(text: str) -> bool:
    """Whether a number is hexadecimal or octal: a zero with something behind it that is no fraction."""
    return len(text) > 1 and text[0] == "0" and text[1] not in ".eE"


def read_other_base(text: str, bits: int = 64) -> int | None:
    """A hexadecimal or octal integer of so many bits, two's complement; None where it is none."""
    if _HEXADECIMAL.fullmatch(text):
        found = int(text, 16)
    elif _OCTAL.fullmatch(text):
        found = int(text, 8)
    else:
        return None
    if found >= 1 << bits:
        return None
    return found - (1 << bits) if found >= 1 << bits - 1 else found


def whole(text: str) -> int:
    """The integer of decimal digits; one of very many digits is only as large as it needs to be."""
    if len(text) <= _MOST_DIGITS:
        return int(text)
    return -_MANY if text[0] == "-" else _MANY


def read_integer(text: str) -> str | None:
    """The text where it is a decimal integer, else None."""
    return text if not is_other_base(text) and _INTEGER.fullmatch(text) else None


def read_number(text: str) -> tuple[int, Int64 | BigInteger | float] | None:
    """The JTokenType and value of a number; None where it is none."""
    if is_other_base(text):
        integer = read_other_base(text)
        return None if integer is None else (INTEGER, Int64(integer))
    if _INTEGER.fullmatch(text):
        integer = whole(text)
        fits = _LEAST_LONG <= integer <= _MOST_LONG
        return INTEGER, Int64(integer) if fits else BigInteger(integer)
    number = read_double(text)
    return None if number is None else (FLOAT, number)


def read_double(text: str) -> float | None:
    """A number with or without fraction and exponent; None where it is none."""
    return float(text) if _FLOAT.fullmatch(text) else None
