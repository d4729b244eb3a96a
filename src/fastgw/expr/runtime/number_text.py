"""Numbers as ToString() writes them without a format, under the invariant culture."""

from __future__ import annotations

import math
import struct
from decimal import Decimal

# The most significant digits that tell apart any two values (the runtime's SinglePrecision and
# DoublePrecision); from one digit more before the point on, the scientific form is used.
_DOUBLE_DIGITS = 17
_SINGLE_DIGITS = 9
# The smallest position of the point that is still written without exponent: 0.0001.
_LEAST_POINT = -3


def double_text(value: float) -> str:
    """The shortest text that reads back as the same double: `0.1`, `1E-05`, `1E+17`."""
    return _general(value, repr(value), _DOUBLE_DIGITS)


def single_text(value: float) -> str:
    """The shortest text that reads back as the same 32-bit number."""
    return _general(value, _shortest_single(value), _SINGLE_DIGITS)


def decimal_text(value: Decimal) -> str:
    """All digits and zeros of the scale: `12.50`; a zero has no sign."""
    text = format(value, "f")
    return text[1:] if text[0] == "-" and not value else text


def _general(value: float, shortest: str, most_digits: int) -> str:
    """`shortest`, in Python's notation, as .NET arranges it."""
    if not math.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    exact = Decimal(shortest)
    minus = "-" if exact.is_signed() else ""
    if not value:
        return f"{minus}0"
    text = "".join(map(str, exact.normalize().as_tuple().digits))
    point = exact.adjusted() + 1
    if point > max(len(text), most_digits) or point < _LEAST_POINT:
        tail = f".{text[1:]}" if len(text) > 1 else ""
        return f"{minus}{text[0]}{tail}E{'-' if point < 1 else '+'}{abs(point - 1):02}"
    if point <= 0:
        return f"{minus}0.{'0' * -point}{text}"
    if point >= len(text):
        return f"{minus}{text}{'0' * (point - len(text))}"
    return f"{minus}{text[:point]}.{text[point:]}"


def _shortest_single(value: float) -> str:
    """The shortest decimal text of a 32-bit number."""
    if not math.isfinite(value):
        return repr(value)
    packed = struct.pack("<f", value)
    for digits in range(1, _SINGLE_DIGITS):
        text = f"{value:.{digits}g}"
        # A rounded-up text of the largest numbers lies beyond the range of 32 bits.
        if abs(float(text)) < 3.4028235677973366e38 and struct.pack("<f", float(text)) == packed:
            return text
    return f"{value:.{_SINGLE_DIGITS}g}"
