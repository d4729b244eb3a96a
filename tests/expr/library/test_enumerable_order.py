"""Enumerable: OrderBy and ThenBy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastgw.expr.library import enumerable_elements as one
from fastgw.expr.library.collections_list import List
from fastgw.expr.library.core import INT32, OBJECT, STRING
from fastgw.expr.library.string_comparer import StringComparer
from fastgw.expr.library.string_search import ORDINAL
from fastgw.expr.library.system_object import PlainObject
from fastgw.expr.runtime.arrays import array_of
from fastgw.expr.runtime.errors import ArgumentException, InvalidOperationException
from fastgw.expr.runtime.meter import meter
from tests.expr.library.members import definition

INT, TEXT, ANY = INT32.type, STRING.type, OBJECT.type


@pytest.fixture(autouse=True)
def _fresh_meter():
    meter.restart()


def ordering(name):
    """OrderBy and its sisters: the function takes the comparer or not."""
    return definition("System.Linq.Enumerable").methods[name][0].function


order_by, order_by_descending = ordering("OrderBy"), ordering("OrderByDescending")
then_by, then_by_descending = ordering("ThenBy"), ordering("ThenByDescending")


def same(x):
    return x


def test_strings_are_ordered_by_culture():
    source = array_of(TEXT, ["b", "A", "a", "B", None])
    assert list(order_by((TEXT, TEXT), source, same)) == [None, "a", "A", "b", "B"]
    ordinal = StringComparer(ORDINAL)
    assert list(order_by((TEXT, TEXT), source, same, ordinal)) == [None, "A", "B", "a", "b"]


def test_later_keys_decide_between_equal_ones():
    source = array_of(TEXT, ["bb", "a", "cc"])
    query = then_by_descending((TEXT, TEXT), order_by((TEXT, INT), source, len), same)
    assert list(query) == ["a", "cc", "bb"]
    query = then_by((TEXT, TEXT), order_by_descending((TEXT, INT), source, len), same)
    assert list(query) == ["bb", "cc", "a"]
    assert one.first(query) == "bb"
    assert one.last(query) == "a"


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers()), max_size=30))
def test_ordering_is_stable_both_ways(rows):
    source = array_of(ANY, rows)
    up = then_by_descending((ANY, INT), order_by((ANY, INT), source, lambda r: r[0]), lambda r: r[1])
    expected = sorted(rows, key=lambda r: (r[0], -r[1]))
    assert list(up) == expected
    # The same with comparisons, instead of Python's own order.
    slow = then_by_descending((ANY, ANY), order_by((ANY, ANY), source, lambda r: r[0]), lambda r: r[1])
    assert list(slow) == expected
    if rows:
        assert one.first(up) is one.first(slow)
        assert one.first(up) is next(iter(up))
        assert one.last(up) is list(up)[-1]


def test_a_source_is_read_when_the_result_is_enumerated():
    made = List(INT, [3, 1])
    query = order_by((INT, INT), made, same)
    made.net_add(2)
    assert list(query) == [1, 2, 3]
    assert one.count(query) == 3


def test_what_has_no_order_cannot_be_ordered():
    source = array_of(ANY, [PlainObject(), PlainObject()])
    query = order_by((ANY, ANY), source, same)
    with pytest.raises(InvalidOperationException, match="Failed to compare two elements in the array"):
        list(query)
    with pytest.raises(ArgumentException, match="At least one object must implement IComparable"):
        one.first(query)
    assert len(list(order_by((ANY, ANY), array_of(ANY, [PlainObject()]), same))) == 1
