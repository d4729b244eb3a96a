"""Arrays, as all of the library makes them and takes them apart. Their members stand in array_*.py.

There are two classes: Array, and ByteArray for byte[]. Whoever takes an array takes both.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastgw.expr.library.core import BYTE
from fastgw.expr.runtime.arrays import array_of
from fastgw.expr.runtime.errors import ArgumentOutOfRangeException
from fastgw.expr.runtime.values import Array, Byte, ByteArray
from fastgw.expr.types import Type

AnyArray = Array | ByteArray
ARRAYS = (Array, ByteArray)


def new_array(element: Type, items: Iterable[Any]) -> AnyArray:
    """An array with these elements; a list that is given becomes the array's own."""
    return array_of(element, items if type(items) is list else list(items))


def element_type(array: AnyArray) -> Type:
    """The T of a T[]."""
    return array.element if isinstance(array, Array) else BYTE.type


def slots(array: AnyArray) -> Any:
    """What the elements stand in: a list, or a bytearray (whose elements are plain ints)."""
    return array.items if isinstance(array, Array) else array.data


def items_of(array: AnyArray) -> list[Any]:
    """The elements: the array's own list, or a new one of Bytes."""
    return array.items if isinstance(array, Array) else [Byte(one) for one in array.data]


def negative(parameter: str) -> ArgumentOutOfRangeException:
    """What a negative length or index raises."""
    return ArgumentOutOfRangeException("Non-negative number required.", parameter=parameter)


def index_beyond(parameter: str = "index") -> ArgumentOutOfRangeException:
    """What an index outside of a collection raises."""
    return ArgumentOutOfRangeException(
        "Index was out of range. Must be non-negative and less than the size of the collection.",
        parameter=parameter,
    )


def count_beyond() -> ArgumentOutOfRangeException:
    """What a count beyond the end of a collection raises."""
    return ArgumentOutOfRangeException(
        "Count must be positive and count must refer to a location within the string/array/collection.",
        parameter="count",
    )
