"""Copying into arrays: Array.Copy, CopyTo and what all of them check."""

from __future__ import annotations

from typing import Any

from fastgw.expr.library.arrays import ARRAYS, AnyArray, element_type, items_of, slots
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    ArrayTypeMismatchException,
    InvalidCastException,
    RankException,
)
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.type_tests import tester
from fastgw.expr.types import Type, can_be_null, is_value_type


def copy_into(items: list[Any], array: AnyArray | None, index: int) -> None:
    """Put all `items` into an array from `index` on.

    Raises ArgumentNullException, ArgumentOutOfRangeException and ArgumentException.
    """
    if array is None:
        raise ArgumentNullException(parameter="destinationArray")
    _check_rank(array)
    if index < 0:
        raise _below("destinationIndex")
    if len(array) - index < len(items):
        raise _too_long("Destination", "destinationArray")
    slots(array)[index : index + len(items)] = items


def copy(
    source: AnyArray | None, source_index: int, target: AnyArray | None, target_index: int, count: int
) -> None:
    """Array.Copy; the two may be the same array.

    Raises ArgumentNullException, ArgumentOutOfRangeException, ArgumentException, RankException,
    ArrayTypeMismatchException and InvalidCastException.
    """
    if source is None:
        raise ArgumentNullException(parameter="sourceArray")
    if target is None:
        raise ArgumentNullException(parameter="destinationArray")
    _check_rank(source)
    _check_rank(target)
    if count < 0:
        raise ArgumentOutOfRangeException("Non-negative number required.", parameter="length")
    if source_index < 0:
        raise _below("sourceIndex")
    if target_index < 0:
        raise _below("destinationIndex")
    if len(source) - source_index < count:
        raise _too_long("Source", "sourceArray")
    if len(target) - target_index < count:
        raise _too_long("Destination", "destinationArray")
    meter.spend(count)
    taken = items_of(source)[source_index : source_index + count]
    from_type, to_type = element_type(source), element_type(target)
    if from_type != to_type:
        _check_elements(taken, from_type, to_type)
    slots(target)[target_index : target_index + count] = taken


def _check_elements(items: list[Any], from_type: Type, to_type: Type) -> None:
    # Boxing, unboxing and casts of references are allowed; one element that does not fit fails the rest.
    if is_value_type(from_type) and is_value_type(to_type):
        raise ArrayTypeMismatchException("Source array type cannot be assigned to destination array type.")
    fits = tester(to_type)
    null_fits = can_be_null(to_type)
    if not all(null_fits if item is None else fits(item) for item in items):
        raise InvalidCastException(
            "At least one element in the source array could not be cast down to the destination array type."
        )


def _check_rank(array: Any) -> None:
    if not isinstance(array, ARRAYS):
        raise RankException("Only single dimensional arrays are supported for the requested action.")


def _below(parameter: str) -> ArgumentOutOfRangeException:
    return ArgumentOutOfRangeException(
        "Number was less than the array's lower bound in the first dimension.", parameter=parameter
    )


def _too_long(which: str, parameter: str) -> ArgumentException:
    other = "destination" if which == "Destination" else "source"
    return ArgumentException(
        f"{which} array was not long enough. Check the {other} index, length, and the array's lower bounds.",
        parameter=parameter,
    )
