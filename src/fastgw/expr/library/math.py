"""System.Math. Where Python raises for a result that is no number, .NET gives NaN or an infinity."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from fastgw.expr.library import enums  # noqa: F401 (the enums that signatures name)
from fastgw.expr.library.declare import define
from fastgw.expr.library.rounding import check_mode, check_places, mode_of
from fastgw.expr.runtime import decimals
from fastgw.expr.runtime.arithmetic import INTEGRALS, quotient
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentOutOfRangeException,
    ArithmeticException,
    OverflowException,
)
from fastgw.expr.runtime.objects import to_text
from fastgw.expr.runtime.values import EnumValue, Int64

MATH = define("System.Math", "static")
MATH.value("double E", math.e, constant=True)
MATH.value("double PI", math.pi, constant=True)

_NUMBERS = (
    "byte",
    "decimal",
    "double",
    "short",
    "int",
    "long",
    "sbyte",
    "float",
    "ushort",
    "uint",
    "ulong",
)
_SIGNED = ("decimal", "double", "short", "int", "long", "sbyte", "float")


# ---------------------------------------------------------------- functions of real numbers


def _function(name: str, function: Callable[[float], float]) -> None:
    """Declare a function of one double; outside its domain it is NaN, beyond the range infinite."""

    def safe(value: float) -> float:
        try:
            return function(value)
        except ValueError:
            return math.nan
        except OverflowError:
            # Only growing functions overflow: Exp upwards, Sinh to both sides, Cosh upwards.
            return -math.inf if name == "Sinh" and value < 0 else math.inf

    MATH.method(f"static double {name}(double d)")(safe)


def _logarithm(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda value: -math.inf if value == 0 else function(value)


def _atanh(value: float) -> float:
    return math.copysign(math.inf, value) if abs(value) == 1 else math.atanh(value)


for _name, _real in {
    "Acos": math.acos,
    "Acosh": math.acosh,
    "Asin": math.asin,
    "Asinh": math.asinh,
    "Atan": math.atan,
    "Atanh": _atanh,
    "Cbrt": math.cbrt,
    "Cos": math.cos,
    "Cosh": math.cosh,
    "Exp": math.exp,
    "Log": _logarithm(math.log),
    "Log10": _logarithm(math.log10),
    "Log2": _logarithm(math.log2),
    "Sin": math.sin,
    "Sinh": math.sinh,
    "Sqrt": math.sqrt,
    "Tan": math.tan,
    "Tanh": math.tanh,
}.items():
    _function(_name, _real)

MATH.method("static double Atan2(double y, double x)")(math.atan2)
MATH.method("static double CopySign(double x, double y)")(math.copysign)
MATH.method("static double BitDecrement(double x)")(lambda value: math.nextafter(value, -math.inf))
MATH.method("static double BitIncrement(double x)")(lambda value: math.nextafter(value, math.inf))


@MATH.method("static double Log(double a, double newBase)")
def log(value: float, base: float) -> float:
    """The logarithm to a base; NaN where there is none."""
    if math.isnan(value) or math.isnan(base) or base == 1:
        return math.nan
    if value != 1 and (base == 0 or base == math.inf):
        return math.nan
    if value < 0 or base < 0:
        return math.nan
    above = -math.inf if value == 0 else math.log(value)
    below = -math.inf if base == 0 else math.log(base)
    return above / below


@MATH.method("static double Pow(double x, double y)")
def power(base: float, exponent: float) -> float:
    """`base` to the power of `exponent`; NaN for roots of negative numbers."""
    try:
        return math.pow(base, exponent)
    except ValueError:
        # Either zero to a negative power or no real number.
        if base != 0:
            return math.nan
        is_odd = exponent % 2 == 1
        return math.copysign(math.inf, base) if is_odd else math.inf
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf


@MATH.method("static double IEEERemainder(double x, double y)")
def ieee_remainder(left: float, right: float) -> float:
    """What is left after the nearest whole quotient."""
    try:
        return math.remainder(left, right)
    except ValueError:
        return math.nan


@MATH.method("static double FusedMultiplyAdd(double x, double y, double z)")
def fused_multiply_add(left: float, right: float, added: float) -> float:
    """`left * right + added`, rounded once."""
    if not (math.isfinite(left) and math.isfinite(right) and math.isfinite(added)):
        return left * right + added
    exact = Fraction(left) * Fraction(right) + Fraction(added)
    if exact == 0:
        return left * right + added
    try:
        return float(exact)
    except OverflowError:
        return math.copysign(math.inf, exact)


@MATH.method("static int ILogB(double x)")
def integer_logarithm(value: float) -> int:
    """The exponent to base 2."""
    if value == 0:
        return -(2**31)
    return math.frexp(value)[1] - 1 if math.isfinite(value) else 2**31 - 1


@MATH.method("static double ScaleB(double x, int n)")
def scale(value: float, exponent: int) -> float:
    """`value` times two to the power of `exponent`."""
    try:
        return math.ldexp(value, exponent)
    except OverflowError:
        return math.copysign(math.inf, value)


# ---------------------------------------------------------------- Abs, Sign, Max, Min, Clamp


def _absolute(keyword: str) -> Callable[[Any], Any]:
    if keyword == "decimal":
        return Decimal.copy_abs
    if keyword in ("double", "float"):
        return lambda value: type(value)(math.fabs(value))
    integral = INTEGRALS[keyword]

    def absolute(value: int) -> int:
        if value == integral.low:
            raise OverflowException("Negating the minimum value of a twos complement number is invalid.")
        return integral.python(abs(value))

    return absolute


def sign(value: Any) -> int:
    """-1, 0 or 1. Raises ArithmeticException for NaN."""
    if value != value:
        raise ArithmeticException("Function does not accept floating point Not-a-Number values.")
    return int(value > 0) - int(value < 0)


for _keyword in _SIGNED:
    MATH.method(f"static {_keyword} Abs({_keyword} value)")(_absolute(_keyword))
    MATH.method(f"static int Sign({_keyword} value)")(sign)


def largest(left: Any, right: Any) -> Any:
    """The larger one; NaN where one is, and 0 before -0."""
    if left > right or left != left:
        return left
    return left if left == right and isinstance(left, float) and math.copysign(1, right) < 0 else right


def smallest(left: Any, right: Any) -> Any:
    """The smaller one; NaN where one is, and -0 before 0."""
    if left < right or left != left:
        return left
    return left if left == right and isinstance(left, float) and math.copysign(1, left) < 0 else right


def clamp(value: Any, least: Any, most: Any) -> Any:
    """The value, or the end of the range that it is beyond. Raises ArgumentException."""
    if least > most:
        raise ArgumentException(f"'{to_text(least)}' cannot be greater than {to_text(most)}.")
    return least if value < least else most if value > most else value


for _keyword in _NUMBERS:
    MATH.method(f"static {_keyword} Max({_keyword} val1, {_keyword} val2)")(largest)
    MATH.method(f"static {_keyword} Min({_keyword} val1, {_keyword} val2)")(smallest)
    MATH.method(f"static {_keyword} Clamp({_keyword} value, {_keyword} min, {_keyword} max)")(clamp)


@MATH.method("static double MaxMagnitude(double x, double y)")
def largest_magnitude(left: float, right: float) -> float:
    """The one farther from zero; NaN where one is."""
    if abs(left) == abs(right):
        return right if left < 0 or (left == 0 and math.copysign(1, left) < 0) else left
    return left if abs(left) > abs(right) or math.isnan(left) else right


@MATH.method("static double MinMagnitude(double x, double y)")
def smallest_magnitude(left: float, right: float) -> float:
    """The one nearer to zero; NaN where one is."""
    if abs(left) == abs(right):
        return left if left < 0 or (left == 0 and math.copysign(1, left) < 0) else right
    return left if abs(left) < abs(right) or math.isnan(left) else right


# ---------------------------------------------------------------- integers


@MATH.method("static long BigMul(int a, int b)")
def big_product(left: int, right: int) -> Int64:
    """The whole product."""
    return Int64(left * right)


@MATH.method("static int DivRem(int a, int b, out int result)")
def divide(left: int, right: int) -> tuple[int, int]:
    """Quotient and remainder. Raises DivideByZeroException and OverflowException."""
    found = quotient(left, right, 2**31 - 1)
    return found, left - found * right


@MATH.method("static long DivRem(long a, long b, out long result)")
def divide_long(left: int, right: int) -> tuple[Int64, Int64]:
    """Quotient and remainder. Raises DivideByZeroException and OverflowException."""
    found = quotient(left, right, 2**63 - 1)
    return Int64(found), Int64(left - found * right)


# ---------------------------------------------------------------- rounding


def _whole(function: Callable[[float], int]) -> Callable[[float], float]:
    """A rounding function that keeps infinities, NaN and the sign of zero."""

    def rounded(value: float) -> float:
        if not math.isfinite(value):
            return value
        return math.copysign(float(function(value)), value)

    return rounded


def _away_from_zero(value: float) -> int:
    fraction, whole = math.modf(value)
    return int(whole) + (int(math.copysign(1, value)) if abs(fraction) >= 0.5 else 0)


# By the number of the MidpointRounding.
_ROUNDINGS = (
    _whole(round),
    _whole(_away_from_zero),
    _whole(math.trunc),
    _whole(math.floor),
    _whole(math.ceil),
)
_TO_EVEN, _, _TO_ZERO, _DOWN, _UP = _ROUNDINGS

# From here on a double has no decimals.
_WHOLE_FROM = 1e16
_MOST_PLACES = 15

for _name, _rounding, _direction in (
    ("Ceiling", _UP, decimals.UP),
    ("Floor", _DOWN, decimals.DOWN),
    ("Truncate", _TO_ZERO, decimals.TO_ZERO),
    ("Round", _TO_EVEN, decimals.TO_EVEN),
):
    MATH.method(f"static decimal {_name}(decimal d)")(
        lambda value, direction=_direction: decimals.rounded(value, 0, direction)
    )
    MATH.method(f"static double {_name}(double d)")(_rounding)


def _round(value: float, places: int, rounding: Callable[[float], float]) -> float:
    if not 0 <= places <= _MOST_PLACES:
        raise ArgumentOutOfRangeException(
            "Rounding digits must be between 0 and 15, inclusive.", parameter="digits"
        )
    if not abs(value) < _WHOLE_FROM:
        return value
    power_of_ten = 10.0**places
    return rounding(value * power_of_ten) / power_of_ten


@MATH.method("static double Round(double value, int digits)")
def round_places(value: float, places: int) -> float:
    """That many decimals, half to even, in double arithmetic. Raises ArgumentOutOfRangeException."""
    return _round(value, places, _TO_EVEN)


@MATH.method("static double Round(double value, int digits, MidpointRounding mode)")
def round_places_mode(value: float, places: int, mode: EnumValue) -> float:
    """That many decimals. Raises ArgumentOutOfRangeException and ArgumentException."""
    check_mode(mode)
    return _round(value, places, _ROUNDINGS[mode.value])


@MATH.method("static double Round(double value, MidpointRounding mode)")
def round_mode(value: float, mode: EnumValue) -> float:
    """A whole number. Raises ArgumentException."""
    check_mode(mode)
    return _ROUNDINGS[mode.value](value)


@MATH.method("static decimal Round(decimal d, int decimals)")
def round_decimal(value: Decimal, places: int) -> Decimal:
    """At most that many decimals, half to even. Raises ArgumentOutOfRangeException."""
    check_places(places)
    return decimals.rounded(value, places)


@MATH.method("static decimal Round(decimal d, int decimals, MidpointRounding mode)")
def round_decimal_mode(value: Decimal, places: int, mode: EnumValue) -> Decimal:
    """At most that many decimals. Raises ArgumentOutOfRangeException and ArgumentException."""
    check_places(places)
    return decimals.rounded(value, places, mode_of(mode))


@MATH.method("static decimal Round(decimal d, MidpointRounding mode)")
def round_decimal_whole(value: Decimal, mode: EnumValue) -> Decimal:
    """A whole number. Raises ArgumentException."""
    return decimals.rounded(value, 0, mode_of(mode))
