"""Enumerable: GroupBy, ToLookup, Join and GroupJoin."""

from __future__ import annotations

import pytest

from fastgw.expr.library import enumerable_elements as one
from fastgw.expr.library import enumerable_groups as groups
from fastgw.expr.library import grouping
from fastgw.expr.library.core import CHAR, INT32, STRING
from fastgw.expr.library.string_comparer import StringComparer
from fastgw.expr.library.string_search import ORDINAL_IGNORE_CASE
from fastgw.expr.runtime.arrays import array_of
from fastgw.expr.runtime.errors import ArgumentNullException
from fastgw.expr.runtime.text import type_notation
from fastgw.expr.runtime.values import Char

INT, TEXT = INT32.type, STRING.type


def ints(*items):
    return array_of(INT, list(items))


def texts(*items):
    return array_of(TEXT, list(items))


def shown(query):
    return [(group.key, list(group)) for group in query]


def test_groups_come_in_the_order_of_their_keys_first_appearance():
    source = texts("apple", "banana", "avocado")
    query = groups.group_by((TEXT, CHAR.type), source, lambda s: Char(s[0]))
    assert shown(query) == [("a", ["apple", "avocado"]), ("b", ["banana"])]
    first = one.first(query)
    assert type_notation(first.net_type()) == "System.Linq.IGrouping<System.Char,System.String>"
    assert one.element_at(first, 1) == "avocado"


def test_null_is_a_key_and_a_comparer_decides_which_are_equal():
    source = texts("a", None, "A", None)
    query = groups.group_by((TEXT, TEXT), source, lambda s: s, StringComparer(ORDINAL_IGNORE_CASE))
    assert shown(query) == [("a", ["a", "A"]), (None, [None, None])]


def test_elements_and_results_of_groups():
    source = ints(1, 2, 3, 4)
    elements = groups.group_elements_by((INT, INT, TEXT), source, lambda x: x % 2, str)
    assert shown(elements) == [(1, ["1", "3"]), (0, ["2", "4"])]
    results = groups.group_into((INT, INT, TEXT), source, lambda x: x % 2, lambda k, g: f"{k}={max(g)}")
    assert list(results) == ["1=3", "0=4"]
    both = groups.group_elements_into(
        (INT, INT, TEXT, TEXT), source, lambda x: x % 2, str, lambda k, g: "+".join(g)
    )
    assert list(both) == ["1+3", "2+4"]


def test_a_query_groups_when_it_is_enumerated_and_a_lookup_at_once():
    seen = []
    query = groups.group_by((INT, INT), ints(1), lambda x: seen.append(x) or x)
    assert seen == []
    list(query)
    assert seen == [1]
    groups.to_lookup((INT, INT), ints(2), lambda x: seen.append(x) or x)
    assert seen == [1, 2]


def test_a_lookup_has_an_empty_group_for_every_other_key():
    lookup = groups.to_lookup_of((TEXT, INT, TEXT), texts("x", "yy"), len, str.upper)
    assert list(lookup.find(2)) == ["YY"]
    assert list(lookup.find(9)) == []
    assert grouping.contains(lookup, 1)
    assert not grouping.contains(lookup, 9)
    assert len(lookup) == 2


def test_join_follows_the_outer_elements_and_null_joins_nothing():
    outer, inner = texts("a", None, "b", "c"), texts("b1", "a1", None, "b2")
    key = lambda s: s and s[0]  # noqa: E731
    types = (TEXT, TEXT, TEXT, TEXT)
    pairs = groups.join(types, outer, inner, key, key, lambda o, i: f"{o}:{i}")
    assert list(pairs) == ["a:a1", "b:b1", "b:b2"]
    joined = groups.group_join(types, outer, inner, key, key, lambda o, many: f"{o}:{len(many)}")
    assert list(joined) == ["a:1", "None:0", "b:2", "c:0"]


def test_the_inner_sequence_is_not_read_for_nothing():
    def never(_):
        raise AssertionError

    assert list(groups.join((INT,) * 4, ints(), ints(1), never, never, never)) == []


def test_arguments_are_checked_at_the_call():
    with pytest.raises(ArgumentNullException) as caught:
        groups.join((INT,) * 4, ints(), ints(), str, None, None)
    assert caught.value.parameter == "innerKeySelector"
    with pytest.raises(ArgumentNullException) as caught:
        groups.group_elements_into((INT,) * 4, ints(), str, str, None)
    assert caught.value.parameter == "resultSelector"
