"""System.Decimal: a whole number below 2**96, a sign and a scale of 0 to 28, on Python's decimal.Decimal.

Results are computed exactly and then rounded half to even to what fits; the scale of a result is part of it
(`1.10m + 2.20m` is `3.30`). What does not fit raises OverflowException.

Python's operators and abs() on Decimal round to the digits of the thread's context: nothing here uses them.
"""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Context,
    Decimal,
)

from fastgw.expr.runtime.errors import DivideByZeroException, OverflowException

MAX_COEFFICIENT = 2**96 - 1
MOST_SCALE = 28
MAX_VALUE = Decimal(MAX_COEFFICIENT)
MIN_VALUE = MAX_VALUE.copy_negate()

# Wide enough for every exact sum and product of two decimals; nothing traps.
EXACT = Context(prec=128, rounding=ROUND_HALF_EVEN, Emin=-999_999, Emax=999_999, traps=[])

TO_EVEN, AWAY_FROM_ZERO, TO_ZERO, DOWN, UP = (
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_CEILING,
)


def overflow() -> OverflowException:
    """What every result raises that does not fit."""
    return OverflowException("Value was either too large or too small for a Decimal.")


def parts(value: Decimal) -> tuple[bool, int, int]:
    """Sign (True: negative), coefficient and scale."""
    sign, digits, exponent = value.as_tuple()
    return bool(sign), int("".join(map(str, digits))), -int(exponent)


def make(is_negative: bool, coefficient: int, scale: int) -> Decimal:
    """A decimal of its parts. Raises OverflowException when the coefficient needs more than 96 bits."""
    if coefficient > MAX_COEFFICIENT:
        raise overflow()
    return EXACT.scaleb(Decimal(-coefficient if is_negative else coefficient), -scale)


def fit(value: Decimal) -> Decimal:
    """An exact result as the decimal next to it. Raises OverflowException."""
    if value.adjusted() > MOST_SCALE:
        raise overflow()
    exponent = int(value.as_tuple().exponent)
    if exponent > 0:
        value = value.quantize(Decimal(1), context=EXACT)
        exponent = 0
    if exponent >= -MOST_SCALE and len(value.as_tuple().digits) <= MOST_SCALE:
        return value
    scale = min(-exponent, MOST_SCALE)
    while True:
        rounded = value.quantize(Decimal((0, (1,), -scale)), rounding=ROUND_HALF_EVEN, context=EXACT)
        if EXACT.scaleb(rounded, scale).copy_abs() <= MAX_COEFFICIENT:
            return rounded
        if scale == 0:
            raise overflow()
        scale -= 1


def add(left: Decimal, right: Decimal) -> Decimal:
    """`left + right`. Raises OverflowException."""
    return fit(EXACT.add(left, right))


def subtract(left: Decimal, right: Decimal) -> Decimal:
    """`left - right`. Raises OverflowException."""
    return fit(EXACT.subtract(left, right))


def multiply(left: Decimal, right: Decimal) -> Decimal:
    """`left * right`. Raises OverflowException."""
    return fit(EXACT.multiply(left, right))


def divide(left: Decimal, right: Decimal) -> Decimal:
    """`left / right`, with as many digits as fit and no zeros that division added.

    Raises DivideByZeroException and OverflowException.
    """
    if not right:
        raise DivideByZeroException()
    negative, dividend, scale = parts(left)
    other, divisor, other_scale = parts(right)
    negative = negative != other
    scale -= other_scale
    quotient, rest = divmod(dividend, divisor)
    if rest == 0:
        if scale < 0:
            quotient, scale = quotient * 10**-scale, 0
        return make(negative, quotient, scale)
    # The largest scale whose truncated quotient still fits into 96 bits.
    wanted = MOST_SCALE
    while wanted >= 0:
        quotient, rest = divmod(dividend * 10 ** (wanted - scale), divisor)
        if rest * 2 > divisor or (rest * 2 == divisor and quotient & 1):
            quotient += 1
        if quotient <= MAX_COEFFICIENT:
            break
        wanted -= max(1, len(str(quotient)) - 29)
    else:
        raise overflow()
    while wanted > 0 and quotient % 10 == 0:
        quotient //= 10
        wanted -= 1
    return make(negative, quotient, wanted)


def remainder(left: Decimal, right: Decimal) -> Decimal:
    """`left % right`, with the sign of the dividend. Raises DivideByZeroException."""
    if not right:
        raise DivideByZeroException()
    if left.copy_abs() < right.copy_abs():
        return left
    negative, dividend, scale = parts(left)
    _, divisor, other_scale = parts(right)
    common = max(scale, other_scale)
    rest = (dividend * 10 ** (common - scale)) % (divisor * 10 ** (common - other_scale))
    return make(negative, rest, common)


def negate(value: Decimal) -> Decimal:
    """`-value`; the scale stays."""
    return value.copy_negate() if value else value


def rounded(value: Decimal, places: int = 0, rounding: str = TO_EVEN) -> Decimal:
    """`value` with at most that many decimals; one that has fewer stays as it is."""
    if -int(value.as_tuple().exponent) <= places:
        return value
    return value.quantize(Decimal((0, (1,), -places)), rounding=rounding, context=EXACT)
