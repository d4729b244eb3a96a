"""List<T>."""

from __future__ import annotations

import pytest

from fastgw.expr.library import collections_list as members
from fastgw.expr.library import collections_list_search as searching
from fastgw.expr.library.collections_list import List
from fastgw.expr.library.core import INT32, STRING
from fastgw.expr.runtime.arrays import array_of
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    Exhausted,
    InvalidOperationException,
)
from fastgw.expr.runtime.meter import meter

INT = INT32.type


@pytest.fixture(autouse=True)
def _fresh_meter():
    meter.restart()


def numbers(*items):
    return List(INT, list(items))


def test_elements_are_added_inserted_and_removed_by_value_and_place():
    made = numbers(1, 2, 3)
    made.net_add(4)
    made.net_insert(0, 0)
    assert made.net_remove(2)
    made.net_remove_at(0)
    assert made.items == [1, 3, 4]


def test_an_index_outside_raises_argument_out_of_range():
    message = (
        "Index was out of range. Must be non-negative and less than the size of the collection. "
        "(Parameter 'index')"
    )
    for index in (-1, 0):
        with pytest.raises(ArgumentOutOfRangeException) as caught:
            numbers().net_element(index)
        assert caught.value.message == message


@pytest.mark.parametrize(
    "change",
    [
        lambda made: made.net_add(9),
        lambda made: made.net_remove(1),
        lambda made: made.net_set_element(0, 9),
        lambda made: made.net_clear(),
        lambda made: members.reverse(made),
        lambda made: searching.sort_list(made),
    ],
)
def test_a_change_ends_an_enumeration_with_an_exception(change):
    made = numbers(1, 2, 3)
    walk = iter(made)
    next(walk)
    change(made)
    with pytest.raises(InvalidOperationException, match="Collection was modified"):
        next(walk)


def test_a_change_between_get_enumerator_and_move_next_counts_too():
    made = numbers(1)
    walk = iter(made)
    made.net_add(2)
    with pytest.raises(InvalidOperationException):
        next(walk)


def test_for_each_notices_changes():
    made = numbers(1, 2)
    with pytest.raises(InvalidOperationException):
        members.for_each(made, lambda one: made.net_add(one))


def test_searches_with_a_predicate():
    made = numbers(1, 2, 3)
    assert searching.find(made, lambda x: x > 1) == 2
    assert searching.find(made, lambda x: x > 5) == 0
    assert searching.find_last(made, lambda x: x < 3) == 2
    assert searching.find_index(made, lambda x: x == 3) == 2
    assert searching.find_last_index(made, lambda x: x == 9) == -1
    assert searching.find_all(made, lambda x: x > 1).items == [2, 3]
    assert searching.exists(made, lambda x: x == 3)
    assert searching.true_for_all(made, lambda x: x > 0)
    with pytest.raises(ArgumentNullException):
        searching.exists(made, None)


def test_a_predicate_that_changes_the_list_does_no_harm():
    made = numbers(1, 2, 3)
    assert searching.find_index(made, lambda x: made.net_clear() or x == 3) == 2


def test_places_of_a_value():
    made = List(STRING.type, ["a", "b", "a"])
    assert made.net_index_of("a") == 0
    assert searching.index_of_from(made, "a", 1) == 2
    assert searching.last_index_of(made, "a") == 2
    assert searching.last_index_of_from(made, "a", 1) == 0
    assert searching.last_index_of(List(INT, []), 1) == -1
    with pytest.raises(ArgumentOutOfRangeException):
        searching.index_of_within(made, "a", 1, 5)


def test_parts_are_checked():
    made = numbers(1, 2, 3)
    assert members.get_range(made, 1, 2).items == [2, 3]
    members.remove_range(made, 0, 2)
    assert made.items == [3]
    with pytest.raises(ArgumentException, match="Offset and length were out of bounds"):
        members.get_range(made, 0, 2)
    with pytest.raises(ArgumentOutOfRangeException, match="Non-negative number required"):
        members.get_range(made, -1, 1)


def test_remove_all_says_how_many():
    made = numbers(1, 2, 3, 4)
    assert members.remove_all(made, lambda x: x % 2 == 0) == 2
    assert made.items == [1, 3]


def test_a_list_can_be_added_to_itself():
    made = numbers(1, 2)
    members.add_range(made, made)
    members.insert_range(made, 1, made)
    assert made.items == [1, 1, 2, 1, 2, 2, 1, 2]


def test_sorting_by_a_delegate():
    made = numbers(3, 1, 2)
    searching.sort_list_with(made, lambda a, b: b - a)
    assert made.items == [3, 2, 1]


def test_binary_search_gives_the_complement_of_where_a_value_belongs():
    assert searching.binary_search(numbers(1, 3, 5), 3) == 1
    assert searching.binary_search(numbers(1, 3, 5), 4) == ~2


def test_capacity_doubles_from_four():
    made = numbers()
    assert members.capacity(made) == 0
    for at in range(5):
        made.net_add(at)
    assert members.capacity(made) == 8


def test_copying_checks_the_room():
    target = array_of(INT, [0, 0, 0])
    searching.copy_to(numbers(1, 2), target, 1)
    assert target.items == [0, 1, 2]
    with pytest.raises(ArgumentException, match="Destination array was not long enough"):
        searching.copy_to(numbers(1, 2), target, 2)


def test_a_list_that_keeps_doubling_uses_up_the_memory():
    made = numbers(1)

    def double():
        for _ in range(60):
            members.add_range(made, made)

    with pytest.raises(Exhausted):
        double()
