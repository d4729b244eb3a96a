"""Arrays: elements, bounds, types, size."""

from __future__ import annotations

import pytest

from fastgw.expr.engine import load_library
from fastgw.expr.library.declare import type_of_text
from fastgw.expr.runtime import arrays
from fastgw.expr.runtime.errors import (
    ArrayTypeMismatchException,
    Exhausted,
    IndexOutOfRangeException,
    NullReferenceException,
    OverflowException,
)
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import Array, Byte, ByteArray

load_library()

INT, BYTE, STRING, OBJECT = map(type_of_text, ("int", "byte", "string", "object"))


def test_new_arrays_hold_defaults() -> None:
    assert list(arrays.new_array(INT, 2)) == [0, 0]
    assert list(arrays.new_array(STRING, 2)) == [None, None]
    assert isinstance(arrays.new_array(BYTE, 2), ByteArray)


def test_a_negative_size_overflows() -> None:
    with pytest.raises(OverflowException):
        arrays.new_array(INT, -1)
    with pytest.raises(OverflowException):
        arrays.new_multi_array(INT, (2, -1))


def test_large_arrays_are_refused_before_they_are_made() -> None:
    meter.restart()
    with pytest.raises(Exhausted):
        arrays.new_array(INT, 2**31 - 1)
    meter.restart()
    with pytest.raises(Exhausted):
        arrays.new_multi_array(INT, (2**20, 2**20))
    meter.restart()


@pytest.mark.parametrize("index", [-1, 2])
def test_an_index_outside_raises(index: int) -> None:
    array = Array(INT, [1, 2])
    with pytest.raises(IndexOutOfRangeException):
        arrays.get_element(array, index)
    with pytest.raises(IndexOutOfRangeException):
        arrays.set_element(array, index, 5)


def test_elements_of_null_raise() -> None:
    with pytest.raises(NullReferenceException):
        arrays.get_element(None, 0)
    with pytest.raises(NullReferenceException):
        arrays.set_element(None, 0, 1)


def test_elements_of_byte_arrays_are_bytes() -> None:
    array = arrays.array_of(BYTE, [Byte(7)])
    assert type(arrays.get_element(array, 0)) is Byte
    assert arrays.set_element(array, 0, Byte(9)) == 9
    assert list(array) == [9]


def test_an_array_takes_only_its_own_element_type() -> None:
    array = Array(STRING, ["a"])
    assert arrays.set_reference(array, 0, "b") == "b"
    assert arrays.set_reference(array, 0, None) is None
    with pytest.raises(ArrayTypeMismatchException):
        arrays.set_reference(array, 0, 1)
    assert arrays.set_reference(Array(OBJECT, [None]), 0, 1) == 1


def test_several_dimensions() -> None:
    array = arrays.new_multi_array(INT, (2, 3))
    arrays.set_multi(array, 1, 2, 7)
    assert arrays.get_multi(array, 1, 2) == 7
    assert list(array) == [0, 0, 0, 0, 0, 7]
    assert len(array) == 6
    assert str(array.net_type()) == "int[,]"
    with pytest.raises(IndexOutOfRangeException):
        arrays.get_multi(array, 2, 0)
    with pytest.raises(IndexOutOfRangeException):
        arrays.get_multi(array, 0, -1)
