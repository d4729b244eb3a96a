"""ToString of numbers: the standard formats C D E F G N P R X, and the shortest text without a format.

Custom formats are in custom_formats.py. Always the invariant culture: `.` and `,`, groups of three, two
decimals where a format has no precision, `¤` as currency sign, negative amounts in parentheses.

A double or float is rounded from its exact value, half to even; integers and decimals half away from zero
(the runtimes differ for historical reasons; expressions.md 5.1 and the number-format cases).
"""

from __future__ import annotations

import math
from decimal import Decimal

from fastgw.expr.library.custom_formats import Digits, format_custom
from fastgw.expr.runtime.errors import FormatException
from fastgw.expr.runtime.number_text import decimal_text, double_text, single_text
from fastgw.expr.runtime.values import Byte, Int16, SByte, Single, UInt16, UInt32

# Custom formats see that many significant digits of a double and a float.
_DOUBLE_CUSTOM_DIGITS, _SINGLE_CUSTOM_DIGITS = 15, 7

_BITS: dict[type, int] = {SByte: 8, Byte: 8, Int16: 16, UInt16: 16, int: 32, UInt32: 32}

Number = int | float | Decimal


def format_number(value: Number, format: str | None) -> str:
    """`value` in the given format; None and "" stand for the general one.

    Raises FormatException for a format letter that the type does not have.
    """
    # A null character ends a format, whatever follows it.
    format = format.partition("\0")[0] if format else ""
    if not format:
        return number_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return number_text(value)
    letter, precision = _specifier(format)
    if not letter:
        return format_custom(_custom_digits(value), format)
    if isinstance(value, float):
        return _format_floating(value, letter, precision)
    if isinstance(value, Decimal):
        return _format_decimal(value, letter, precision)
    return _format_integer(value, letter, precision)


def number_text(value: Number) -> str:
    """ToString() without a format: the shortest text that gives the same number again."""
    if isinstance(value, float):
        return single_text(value) if isinstance(value, Single) else double_text(value)
    if isinstance(value, Decimal):
        return decimal_text(value)
    return int.__repr__(value)


def _specifier(format: str) -> tuple[str, int]:
    """Letter and precision (-1: none) of a standard format; a custom format gives no letter."""
    letter, digits = format[0], format[1:]
    if not ("A" <= letter <= "Z" or "a" <= letter <= "z"):
        return "", -1
    if not digits:
        return letter, -1
    # Two digits are the most, however many zeros stand before them.
    if digits.isascii() and digits.isdigit() and len(digits.lstrip("0")) <= 2:
        return letter, int(digits)
    return "", -1


def _bad_format() -> FormatException:
    return FormatException("Format specifier was invalid.")


# ---------------------------------------------------------------- digits of a number


def _integer_digits(value: int) -> Digits:
    text = int.__repr__(abs(value)) if value else ""
    return Digits(value < 0, text, len(text), is_floating=False)


def _decimal_digits(value: Decimal) -> Digits:
    sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    return Digits(bool(sign), text, len(text) + int(exponent), is_floating=False)


def _floating_digits(value: float, text: str) -> Digits:
    """From what Python's `e` format gives, which rounds the exact value half to even."""
    mantissa, _, exponent = text.lstrip("-").partition("e")
    digits = mantissa.replace(".", "").rstrip("0")
    scale = int(exponent) + 1 if digits else 0
    return Digits(math.copysign(1, value) < 0, digits, scale, is_floating=True)


def _custom_digits(value: Number) -> Digits:
    if isinstance(value, float):
        most = _SINGLE_CUSTOM_DIGITS if isinstance(value, Single) else _DOUBLE_CUSTOM_DIGITS
        return _floating_digits(value, f"{float(value):.{most - 1}e}")
    if isinstance(value, Decimal):
        return _decimal_digits(value)
    return _integer_digits(value)


# ---------------------------------------------------------------- the standard formats


def _format_integer(value: int, letter: str, precision: int) -> str:
    kind = letter.upper()
    if kind == "D" or (kind == "G" and precision < 1):
        return ("-" if value < 0 else "") + int.__repr__(abs(value)).rjust(max(precision, 0), "0")
    if kind == "X":
        bits = _BITS.get(type(value), 64)
        text = f"{int(value) & ((1 << bits) - 1):{letter}}"
        return text.rjust(max(precision, 0), "0")
    number = _integer_digits(value)
    if kind == "G":
        return _general(number.rounded(precision), precision, chr(ord(letter) - 2))
    return _standard(number, letter, precision)


def _format_decimal(value: Decimal, letter: str, precision: int) -> str:
    number = _decimal_digits(value)
    if letter in "Gg":
        if precision == -1:
            return decimal_text(value)
        if precision < 1:
            precision = len(number.digits)
        return _general(number.rounded(precision), precision, chr(ord(letter) - 2))
    return _standard(number, letter, precision)


def _format_floating(value: float, letter: str, precision: int) -> str:
    kind = letter.upper()
    plain = float(value)
    if kind == "R" or (kind == "G" and precision < 1):
        # G with precision 0 stands for the shortest text as well.
        text = number_text(value)
        return text.lower() if letter.islower() else text
    if kind == "G":
        number = _floating_digits(plain, f"{plain:.{precision - 1}e}")
        return _general(number, precision, chr(ord(letter) - 2))
    if kind == "E":
        number = _floating_digits(plain, f"{plain:.{6 if precision < 0 else precision}e}")
        return _standard(number, letter, precision)
    if kind not in "CFNP":
        raise _bad_format()
    places = (2 if precision < 0 else precision) + (2 if kind == "P" else 0)
    whole, _, fraction = f"{abs(plain):.{places}f}".partition(".")
    digits = (whole.lstrip("0") + fraction).lstrip("0")
    scale = len(digits) - len(fraction) if digits else 0
    number = Digits(math.copysign(1, plain) < 0, digits, scale, is_floating=True)
    return _standard(number, letter, precision)


def _standard(number: Digits, letter: str, precision: int) -> str:
    """C, E, F, N and P; the digits of a floating-point number are rounded already."""
    kind = letter.upper()
    if kind == "E":
        return _exponential(number, letter, 6 if precision < 0 else precision)
    if kind not in "CFNP":
        raise _bad_format()
    places = 2 if precision < 0 else precision
    if kind == "P":
        number = Digits(number.is_negative, number.digits, number.scale + 2, number.is_floating)
    number = number.rounded(number.scale + places)
    text = _fixed(number, places, grouped=kind != "F")
    if kind == "C":
        return f"(¤{text})" if number.is_negative else f"¤{text}"
    sign = "-" if number.is_negative else ""
    return f"{sign}{text} %" if kind == "P" else sign + text


def _fixed(number: Digits, places: int, grouped: bool) -> str:
    whole, fraction = number.parts()
    whole = whole or "0"
    if grouped:
        whole = f"{int(whole):,}" if len(whole) < 4000 else whole
    return f"{whole}.{fraction.ljust(places, '0')[:places]}" if places else whole


def _exponential(number: Digits, letter: str, places: int) -> str:
    number = number.rounded(places + 1)
    digits = number.digits.ljust(places + 1, "0")
    mantissa = f"{digits[0]}.{digits[1:]}" if places else digits
    exponent = number.scale - 1 if number.digits else 0
    return f"{'-' if number.is_negative else ''}{mantissa}{letter}{exponent:+04d}"


def _general(number: Digits, most: int, letter: str) -> str:
    """Plain notation where it stays within `most` digits, else with an exponent of at least two digits."""
    sign = "-" if number.is_negative else ""
    if -4 < number.scale <= most:
        whole, fraction = number.parts()
        return f"{sign}{whole or '0'}.{fraction}" if fraction else sign + (whole or "0")
    mantissa = f"{number.digits[0]}.{number.digits[1:]}" if len(number.digits) > 1 else number.digits
    return f"{sign}{mantissa}{letter}{number.scale - 1:+03d}"
