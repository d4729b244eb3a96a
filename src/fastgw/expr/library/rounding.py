"""MidpointRounding and numbers of decimals, for Math and Decimal."""

from __future__ import annotations

from fastgw.expr.runtime import decimals
from fastgw.expr.runtime.errors import ArgumentException, ArgumentOutOfRangeException
from fastgw.expr.runtime.values import EnumValue

_MODES = (decimals.TO_EVEN, decimals.AWAY_FROM_ZERO, decimals.TO_ZERO, decimals.DOWN, decimals.UP)


def check_mode(rounding: EnumValue) -> None:
    """Raises ArgumentException for a number that no MidpointRounding has."""
    if not 0 <= rounding.value < len(_MODES):
        raise ArgumentException(
            f"The value '{rounding.value}' is not valid for this usage of the type MidpointRounding.",
            parameter="mode",
        )


def mode_of(rounding: EnumValue) -> str:
    """The rounding mode that a MidpointRounding names. Raises ArgumentException."""
    check_mode(rounding)
    return _MODES[rounding.value]


def check_places(places: int) -> None:
    """Raises ArgumentOutOfRangeException where a decimal cannot have that many decimals."""
    if not 0 <= places <= decimals.MOST_SCALE:
        raise ArgumentOutOfRangeException(
            "Decimal can only round to between 0 and 28 digits of precision.", parameter="decimals"
        )
