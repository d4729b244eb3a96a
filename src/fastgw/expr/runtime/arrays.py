"""Arrays: making them, their elements, and those of more than one dimension."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from math import prod
from typing import Any

from fastgw.expr.runtime.defaults import default_of
from fastgw.expr.runtime.errors import (
    ArrayTypeMismatchException,
    IndexOutOfRangeException,
    NullReferenceException,
    OverflowException,
)
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.type_tests import tester
from fastgw.expr.runtime.values import Array, Byte, ByteArray, Char, NetObject
from fastgw.expr.types import ArrayType, NamedType, Type

# What one element costs in a list, and an array. Strings and objects are counted when made, numbers,
# which are objects too, are not.
_ELEMENT = 8
_NUMBER = 40
_LARGE_NUMBER = 96
_OBJECT = 128


class MultiArray(NetObject):
    """An array of several dimensions; `items` are in row-major order."""

    __slots__ = ("element", "items", "sizes")

    def __init__(self, element: Type, sizes: tuple[int, ...], items: list[Any]) -> None:
        self.element = element
        self.sizes = sizes
        self.items = items

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def net_type(self) -> ArrayType:
        """T[,]."""
        return ArrayType(self.element, len(self.sizes))

    def place(self, indices: tuple[int, ...]) -> int:
        """Where in `items` an element is. Raises IndexOutOfRangeException."""
        found = 0
        for index, size in zip(indices, self.sizes, strict=True):
            if not 0 <= index < size:
                raise IndexOutOfRangeException
            found = found * size + index
        return found


def is_byte(type: Type) -> bool:
    """Whether arrays of this element type are ByteArrays."""
    return isinstance(type, NamedType) and Byte in type.definition.python


def _element_bytes(type: Type) -> int:
    """What an element takes up: the reference, and a number or short text that nothing else may hold."""
    python = type.definition.python if isinstance(type, NamedType) else ()
    return _LARGE_NUMBER if Char in python or Decimal in python else _NUMBER


def new_array(element: Type, size: int) -> Array | ByteArray:
    """`new T[size]`, filled with defaults. Raises OverflowException for a negative size, and Exhausted."""
    if size < 0:
        raise OverflowException
    if is_byte(element):
        meter.reserve(_OBJECT + size)
        return ByteArray(bytearray(size))
    meter.reserve(_OBJECT + _element_bytes(element) * size)
    return Array(element, [default_of(element)] * size)


def array_of(element: Type, items: list[Any]) -> Array | ByteArray:
    """An array of these elements."""
    meter.reserve(_OBJECT + _ELEMENT * len(items))
    return ByteArray(bytes(items)) if is_byte(element) else Array(element, items)


def new_multi_array(element: Type, sizes: tuple[int, ...], items: list[Any] | None = None) -> MultiArray:
    """`new T[n, m]`, of `items` or of defaults. Raises OverflowException for a negative size."""
    if min(sizes) < 0:
        raise OverflowException
    count = prod(sizes)
    meter.reserve(_OBJECT + _element_bytes(element) * count)
    return MultiArray(element, tuple(sizes), [default_of(element)] * count if items is None else items)


def out_of_range(*_values: Any) -> Any:
    """What generated code calls for an index that no element has."""
    raise IndexOutOfRangeException


def get_element(array: Any, index: int) -> Any:
    """`array[index]` of one dimension. Raises NullReferenceException and IndexOutOfRangeException."""
    if array is None:
        raise NullReferenceException
    if not 0 <= index < len(array):
        raise IndexOutOfRangeException
    return Byte(array.data[index]) if type(array) is ByteArray else array.items[index]


def set_element(array: Any, index: int, value: Any) -> Any:
    """`array[index] = value`, which is the result; the array's own element type must take the value.

    Raises NullReferenceException, IndexOutOfRangeException and ArrayTypeMismatchException.
    """
    if array is None:
        raise NullReferenceException
    if not 0 <= index < len(array):
        raise IndexOutOfRangeException
    if type(array) is ByteArray:
        array.data[index] = value
    else:
        array.items[index] = value
    return value


def set_reference(array: Any, index: int, value: Any) -> Any:
    """`set_element` for reference types, where the array may be of a narrower type than the code knows."""
    if array is not None and value is not None and not tester(array.element)(value):
        raise ArrayTypeMismatchException
    return set_element(array, index, value)


def get_multi(array: Any, *indices: int) -> Any:
    """`array[i, j]`. Raises NullReferenceException and IndexOutOfRangeException."""
    if array is None:
        raise NullReferenceException
    return array.items[array.place(indices)]


def set_multi(array: Any, *indices_and_value: Any) -> Any:
    """`array[i, j] = value`, which is the result. Raises NullReferenceException, IndexOutOfRangeException."""
    if array is None:
        raise NullReferenceException
    *indices, value = indices_and_value
    array.items[array.place(tuple(indices))] = value
    return value
