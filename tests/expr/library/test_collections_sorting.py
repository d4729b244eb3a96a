"""The sort of Array.Sort and List<T>.Sort."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastgw.expr.library.collections_sorting import _Sorter, search, sort
from fastgw.expr.library.core import INT32, OBJECT
from fastgw.expr.library.system_object import PlainObject
from fastgw.expr.runtime.errors import ArgumentException, InvalidOperationException
from fastgw.expr.runtime.meter import meter


@pytest.fixture(autouse=True)
def _fresh_meter():
    meter.restart()


def by_first(a, b):
    return a[0] - b[0]


@given(st.lists(st.integers(0, 20), max_size=120))
def test_the_result_is_in_order_and_items_follow_their_keys(values):
    keys = list(values)
    items = list(enumerate(values))
    sort(keys, lambda a, b: a - b, INT32.type, items)
    assert keys == sorted(values)
    assert [value for _, value in items] == keys
    assert sorted(at for at, _ in items) == list(range(len(values)))


@given(st.lists(st.integers(0, 50), min_size=20, max_size=120))
def test_the_heap_sort_behind_it_sorts_too(values):
    keys, items = list(values), list(values)
    _Sorter(keys, lambda a, b: a - b, items)._part(0, len(keys) - 1, 0)
    assert keys == items == sorted(values)


def test_up_to_sixteen_elements_keep_the_order_of_equal_ones_but_for_three():
    pairs = [(1, at) for at in range(16)]
    shuffled = list(pairs)
    sort(shuffled, by_first, OBJECT.type)
    assert shuffled == pairs
    # Three are ordered by three exchanges: the last one goes to the front, the first one to its place.
    three = [(1, "a"), (1, "b"), (0, "c")]
    sort(three, by_first, OBJECT.type)
    assert three == [(0, "c"), (1, "b"), (1, "a")]


@given(st.lists(st.integers(), max_size=60))
def test_a_comparison_that_contradicts_itself_ends(values):
    sort(list(values), lambda a, b: 1, OBJECT.type)
    sort(list(values), lambda a, b: -1, OBJECT.type)


def test_what_a_comparison_raises_stands_inside():
    with pytest.raises(InvalidOperationException) as caught:
        sort([PlainObject(), PlainObject()], None, OBJECT.type)
    assert caught.value.message == "Failed to compare two elements in the array."
    assert isinstance(caught.value.inner, ArgumentException)


def test_binary_search_in_a_part():
    assert search([9, 1, 3, 5, 0], 1, 3, 5, None) == 3
    assert search([9, 1, 3, 5, 0], 1, 3, 9, None) == ~4
