"""System.Array, for arrays of references, of bytes and of several dimensions."""

from __future__ import annotations

import pytest

from fastgw.expr.library import array_members as members
from fastgw.expr.library import array_searching as searching
from fastgw.expr.library import collections_interfaces as interfaces
from fastgw.expr.library.array_copying import copy
from fastgw.expr.library.core import BYTE, INT32, INT64, OBJECT, STRING
from fastgw.expr.library.string_comparer import StringComparer
from fastgw.expr.library.string_search import ORDINAL
from fastgw.expr.runtime.arrays import array_of, new_multi_array
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    ArrayTypeMismatchException,
    IndexOutOfRangeException,
    InvalidCastException,
    NotSupportedException,
    RankException,
)
from fastgw.expr.runtime.values import Array, Byte, ByteArray, Int64

INT, TEXT, ANY = INT32.type, STRING.type, OBJECT.type


def ints(*items):
    return array_of(INT, list(items))


def octets(*items):
    return array_of(BYTE.type, list(items))


def shown(array):
    return list(array.items if isinstance(array, Array) else array.data)


@pytest.mark.parametrize("of", [ints, octets])
def test_searching_and_ordering(of):
    array = of(3, 1, 2)
    value = Byte if of is octets else int
    assert searching.index_of(array, value(2)) == 2
    assert searching.index_of(array, "x") == -1
    assert searching.last_index_of(array, value(3)) == 0
    assert searching.find_index(array, lambda x: x == 1) == 1
    assert searching.exists(array, lambda x: type(x) is value)
    assert searching.find(array, lambda x: x < 3) == 1
    assert searching.find(array, lambda x: x > 3) == 0
    assert searching.find_last(array, lambda x: x < 3) == 2
    assert shown(searching.find_all(array, lambda x: x > 1)) == [3, 2]
    assert searching.true_for_all(array, lambda x: x > 0)
    searching.sort_all(array)
    assert shown(array) == [1, 2, 3]
    assert searching.binary_search(array, value(2)) == 1
    searching.reverse(array)
    assert shown(array) == [3, 2, 1]
    searching.sort_with(array, lambda a, b: a - b)
    searching.reverse_part(array, 1, 2)
    assert shown(array) == [1, 3, 2]


@pytest.mark.parametrize("of", [ints, octets])
def test_filling_copying_and_resizing(of):
    array = of(1, 2, 3, 4)
    copy(array, 0, array, 1, 3)
    assert shown(array) == [1, 1, 2, 3]
    members.clear(array, 1, 2)
    assert shown(array) == [1, 0, 0, 3]
    members.fill_part(array, 9, 2, 2)
    assert shown(array) == [1, 0, 9, 9]
    element = BYTE.type if of is octets else INT
    (longer,) = members.resize((element,), array, 5)
    assert shown(longer) == [1, 0, 9, 9, 0]
    assert members.resize((element,), longer, 5) == (longer,)
    twin = members.clone(array)
    assert twin is not array
    assert shown(twin) == shown(array)
    assert type(twin) is type(array)


def test_null_and_places_outside_are_refused():
    with pytest.raises(ArgumentNullException) as caught:
        searching.index_of(None, 1)
    assert caught.value.parameter == "array"
    with pytest.raises(IndexOutOfRangeException):
        members.clear(ints(1), 0, 2)
    with pytest.raises(ArgumentException, match="Source array was not long enough"):
        copy(ints(1), 0, ints(1, 2), 0, 2)
    with pytest.raises(ArgumentException, match="Destination array was not long enough"):
        copy(ints(1, 2), 0, ints(1), 0, 2)
    with pytest.raises(ArgumentOutOfRangeException) as caught:
        members.create_instance(INT, -1)
    assert caught.value.message == "Non-negative number required. (Parameter 'length')"


def test_copying_between_types_boxes_and_unboxes():
    target = array_of(ANY, [None, None])
    copy(ints(1, 2), 0, target, 0, 2)
    assert target.items == [1, 2]
    back = ints(0, 0)
    copy(target, 0, back, 0, 2)
    assert back.items == [1, 2]
    with pytest.raises(InvalidCastException):
        copy(array_of(ANY, ["x"]), 0, back, 0, 1)
    with pytest.raises(ArrayTypeMismatchException):
        copy(array_of(INT64.type, [Int64(1)]), 0, octets(0), 0, 1)


def test_keys_and_items_are_sorted_together():
    keys, items = array_of(TEXT, ["b", "A", "a"]), ints(1, 2, 3)
    searching.sort_both(keys, items)
    assert (keys.items, items.items) == (["a", "A", "b"], [3, 2, 1])
    searching.sort_both(keys, items, StringComparer(ORDINAL))
    assert keys.items == ["A", "a", "b"]


def test_arrays_of_several_dimensions():
    grid = new_multi_array(INT, (2, 3))
    assert (len(grid), members.rank(grid)) == (6, 2)
    assert [members.get_length(grid, at) for at in (0, 1)] == [2, 3]
    assert members.get_upper_bound(grid, 1) == 2
    members._set_value(grid, 5, 1, 2)
    assert members._get_value(grid, 1, 2) == 5
    with pytest.raises(IndexOutOfRangeException):
        members.get_length(grid, 2)
    with pytest.raises(ArgumentException, match="Array was not a one-dimensional array"):
        members._get_value(grid, 1)
    with pytest.raises(RankException):
        copy(grid, 0, ints(1), 0, 1)
    assert members.clone(grid).items == grid.items


def test_values_are_set_only_where_they_fit():
    array = ints(1)
    members._set_value(array, None, 0)
    assert array.items == [0]
    with pytest.raises(InvalidCastException, match="Object cannot be stored in an array of this type"):
        members._set_value(array, "x", 0)


@pytest.mark.parametrize("array", [ints(1, 2), octets(1, 2)])
def test_as_a_list_an_array_can_be_set_but_neither_grow_nor_shrink(array):
    value = Byte if isinstance(array, ByteArray) else int
    interfaces.set_element(array, 0, 7)
    assert interfaces.element(array, 0) == 7
    assert type(interfaces.element(array, 0)) is value
    assert interfaces.contains(array, value(2))
    assert interfaces.index_of(array, value(2)) == 1
    assert interfaces.is_read_only(array)
    for change in (
        lambda: interfaces.add(array, 1),
        lambda: interfaces.remove(array, 1),
        lambda: interfaces.insert(array, 0, 1),
        lambda: interfaces.remove_at(array, 0),
    ):
        with pytest.raises(NotSupportedException, match="Collection was of a fixed size"):
            change()
    with pytest.raises(ArgumentOutOfRangeException):
        interfaces.element(array, 2)
