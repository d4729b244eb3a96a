"""Numbers, booleans and characters from text, as Parse and TryParse of .NET read them.

The styles are the defaults of each type: integers take blanks around and a sign before the digits; decimals
also a sign behind them, a point and thousands separators; double and float an exponent instead of the sign
behind. All in the invariant culture. The readers give None for text that is no number; the parsers raise.
"""

from __future__ import annotations

import math
import re
import struct
from decimal import Decimal

from fastgw.expr.runtime import decimals
from fastgw.expr.runtime.arithmetic import INTEGRALS, to_single
from fastgw.expr.runtime.errors import ArgumentNullException, FormatException, OverflowException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import Char, Single

# What numbers may have around them; after them also null characters.
_BLANK = r"[\t-\r ]*"
_INTEGER = re.compile(rf"{_BLANK}([+-]?)([0-9]+){_BLANK}\0*")
_UNSIGNED = r"(?=\.?[0-9])([0-9][0-9,]*)?(?:\.([0-9]*))?"
_DECIMAL = re.compile(rf"{_BLANK}([+-]?){_UNSIGNED}{_BLANK}(?:([+-]){_BLANK})?\0*")
_FLOATING = re.compile(rf"{_BLANK}([+-]?){_UNSIGNED}(?:[eE]([+-]?[0-9]+))?{_BLANK}\0*")

# The digits of the largest 64-bit number; more digits are too large for every type.
_MOST_DIGITS = 20
# What a digit takes up until a decimal has been cut to its size.
_DIGIT_BYTES = 8

WHITE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029"
    "\u202f\u205f\u3000"
)
"""Every character that Char.IsWhiteSpace names, and so Trim removes."""

TYPE_NAMES = {
    "sbyte": "a signed byte",
    "byte": "an unsigned byte",
    "short": "an Int16",
    "ushort": "a UInt16",
    "int": "an Int32",
    "uint": "a UInt32",
    "long": "an Int64",
    "ulong": "a UInt64",
    "char": "a character",
    "decimal": "a Decimal",
}
"""How messages name the types, by keyword."""


def malformed() -> FormatException:
    """What text raises that is no number."""
    return FormatException("Input string was not in a correct format.")


def too_large(keyword: str) -> OverflowException:
    """What a number raises that its type cannot hold."""
    return OverflowException(f"Value was either too large or too small for {TYPE_NAMES[keyword]}.")


# ---------------------------------------------------------------- integers


def read_integer(text: str) -> int | None:
    """The whole number in `text`, of any size (capped far beyond 64 bits), or None."""
    found = _INTEGER.fullmatch(text)
    if found is None:
        return None
    sign, digits = found.groups()
    digits = digits.lstrip("0") or "0"
    number = int(digits) if len(digits) <= _MOST_DIGITS else 10**_MOST_DIGITS
    return -number if sign == "-" else number


def parse_integer(text: str | None, keyword: str) -> int:
    """`int.Parse` and its like: a value of the type named by `keyword`.

    Raises ArgumentNullException, FormatException and OverflowException.
    """
    if text is None:
        raise ArgumentNullException(parameter="s")
    number = read_integer(text)
    if number is None:
        raise malformed()
    integral = INTEGRALS[keyword]
    if not integral.low <= number <= integral.high:
        raise too_large(keyword)
    return integral.python(number)


def try_integer(text: str | None, keyword: str) -> tuple[bool, int]:
    """`int.TryParse` and its like."""
    number = None if text is None else read_integer(text)
    integral = INTEGRALS[keyword]
    if number is None or not integral.low <= number <= integral.high:
        return False, integral.python(0)
    return True, integral.python(number)


# ---------------------------------------------------------------- decimal, double, float


def read_decimal(text: str) -> Decimal | None:
    """The decimal in `text`, or None; its scale is that of the text. Raises OverflowException, Exhausted."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        return None
    sign, whole, fraction, sign_behind = found.groups()
    if sign and sign_behind:
        return None
    meter.reserve(_DIGIT_BYTES * len(text))
    number = decimals.fit(Decimal(f"{(whole or '0').replace(',', '')}.{fraction or ''}"))
    return number.copy_negate() if "-" in (sign, sign_behind) else number


def parse_decimal(text: str | None) -> Decimal:
    """decimal.Parse. Raises ArgumentNullException, FormatException and OverflowException."""
    if text is None:
        raise ArgumentNullException(parameter="s")
    number = read_decimal(text)
    if number is None:
        raise malformed()
    return number


def try_decimal(text: str | None) -> tuple[bool, Decimal]:
    """decimal.TryParse."""
    try:
        number = None if text is None else read_decimal(text)
    except OverflowException:
        number = None
    return (False, Decimal(0)) if number is None else (True, number)


def _floating_text(text: str) -> str | None:
    """The number in `text` as Python writes it, or None; too large numbers are infinite, as in .NET."""
    found = _FLOATING.fullmatch(text)
    if found is not None:
        sign, whole, fraction, exponent = found.groups()
        return f"{sign}{(whole or '0').replace(',', '')}.{fraction or '0'}e{exponent or '0'}"
    named = text.strip(WHITE).lower()
    if named in ("infinity", "+infinity"):
        return "inf"
    if named == "-infinity":
        return "-inf"
    return "nan" if named in ("nan", "+nan", "-nan") else None


def read_double(text: str) -> float | None:
    """The double next to the number in `text`, or None."""
    number = _floating_text(text)
    return None if number is None else float(number)


def read_single(text: str) -> Single | None:
    """The float next to the number in `text`, or None."""
    number = _floating_text(text)
    if number is None:
        return None
    double = float(number)
    if math.isfinite(double) and double:
        double = _to_odd(double, number)
    return to_single(double)


def _to_odd(double: float, number: str) -> float:
    """`double` rounded to odd instead of to even, so that rounding it again to 32 bits is exact."""
    (bits,) = struct.unpack("<Q", struct.pack("<d", double))
    if bits & 1:
        return double
    exact = Decimal(number)
    if exact == double:
        return double
    return math.nextafter(double, math.inf if exact > double else -math.inf)


def parse_double(text: str | None) -> float:
    """double.Parse. Raises ArgumentNullException and FormatException."""
    if text is None:
        raise ArgumentNullException(parameter="s")
    number = read_double(text)
    if number is None:
        raise malformed()
    return number


def parse_single(text: str | None) -> Single:
    """float.Parse. Raises ArgumentNullException and FormatException."""
    if text is None:
        raise ArgumentNullException(parameter="s")
    number = read_single(text)
    if number is None:
        raise malformed()
    return number


# ---------------------------------------------------------------- bool and char


def read_boolean(text: str) -> bool | None:
    """`true` or `false` in any case, with blanks and null characters around, or None."""
    return {"true": True, "false": False}.get(text.strip(WHITE + "\0").lower())


def parse_boolean(text: str | None) -> bool:
    """bool.Parse. Raises ArgumentNullException and FormatException."""
    if text is None:
        raise ArgumentNullException(parameter="value")
    value = read_boolean(text)
    if value is None:
        raise FormatException(f"String '{text}' was not recognized as a valid Boolean.")
    return value


def parse_character(text: str | None) -> Char:
    """char.Parse. Raises ArgumentNullException and FormatException."""
    if text is None:
        raise ArgumentNullException(parameter="s")
    if len(text) != 1:
        raise FormatException("String must be exactly one character long.")
    return Char(text)
