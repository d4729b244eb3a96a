"""System.Linq.Enumerable, but for ordering, grouping and numbers."""

from __future__ import annotations

import pytest

from fastgw.expr.engine import load_library
from fastgw.expr.library import enumerable_conversion as conversion
from fastgw.expr.library import enumerable_elements as one
from fastgw.expr.library import enumerable_parts as parts
from fastgw.expr.library import enumerable_projection as projection
from fastgw.expr.library import enumerable_sets as sets
from fastgw.expr.library.collections_dictionary import Dictionary
from fastgw.expr.library.collections_hash_set import HashSet
from fastgw.expr.library.collections_list import List
from fastgw.expr.library.core import CHAR, ENUMERABLE_OF, INT32, OBJECT, STRING
from fastgw.expr.library.string_comparer import StringComparer
from fastgw.expr.library.string_search import ORDINAL_IGNORE_CASE
from fastgw.expr.runtime.arrays import array_of
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    Exhausted,
    InvalidCastException,
    InvalidOperationException,
    NullReferenceException,
)
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.objects import type_of
from fastgw.expr.runtime.text import type_notation
from fastgw.expr.runtime.values import Array, Byte, ByteArray, Char, Int64
from fastgw.expr.types import NamedType

INT, TEXT, ANY = INT32.type, STRING.type, OBJECT.type
IGNORE_CASE = StringComparer(ORDINAL_IGNORE_CASE)
load_library()


@pytest.fixture(autouse=True)
def _fresh_meter():
    meter.restart()


def ints(*items):
    return array_of(INT, list(items))


def texts(*items):
    return array_of(TEXT, list(items))


def lazy(*items):
    """The same elements, without access by index."""
    return projection.where((INT,), ints(*items), lambda _: True)


def test_select_and_where():
    assert list(projection.select((INT, INT), ints(1, 2, 3), lambda x: x * x)) == [1, 4, 9]
    assert list(projection.where((INT,), ints(1, 2, 3, 4), lambda x: x % 2 == 0)) == [2, 4]
    assert list(projection.select_at((TEXT, TEXT), texts("a", "b"), lambda s, at: s + str(at))) == [
        "a0",
        "b1",
    ]
    assert list(projection.where_at((TEXT,), texts("a", "b"), lambda s, at: at == 1)) == ["b"]


def test_select_many():
    types = (TEXT, TEXT)
    split = lambda s: texts(*s.split(","))  # noqa: E731
    assert list(projection.select_many(types, texts("a,b", "c"), split)) == ["a", "b", "c"]
    assert list(projection.select_many_at(types, texts("a", "b"), lambda s, at: texts(*[s] * at))) == ["b"]
    pairs = projection.select_many_pairs(
        (INT, TEXT, TEXT), ints(1, 2), lambda x: texts("a", "b"), lambda x, s: s + str(x)
    )
    assert list(pairs) == ["a1", "b1", "a2", "b2"]
    with pytest.raises(NullReferenceException):
        list(projection.select_many(types, texts("a"), lambda s: None))


def test_a_query_runs_anew_each_time_and_sees_changes():
    seen = []
    made = List(INT, [1, 2, 3])
    query = projection.select((INT, INT), made, lambda x: seen.append(x) or x)
    assert seen == []
    assert one.first(query) == 1
    assert seen == [1]
    made.net_add(4)
    assert conversion.to_list((INT,), query).items == [1, 2, 3, 4]
    assert seen == [1, 1, 2, 3, 4]


def test_null_arguments_are_noticed_at_the_call_and_named_as_in_net():
    cases = [
        (lambda: projection.where((INT,), None, bool), "source"),
        (lambda: projection.select((INT, INT), ints(), None), "selector"),
        (lambda: projection.select_many_pairs((INT,) * 3, ints(), None, None), "collectionSelector"),
        (lambda: projection.concat((INT,), ints(), None), "second"),
        (lambda: one.aggregate(ints(), None), "func"),
        (lambda: conversion.to_dictionary((INT, INT), ints(), None), "keySelector"),
    ]
    for call, name in cases:
        with pytest.raises(ArgumentNullException) as caught:
            call()
        assert caught.value.message == f"Value cannot be null. (Parameter '{name}')"


@pytest.mark.parametrize("source", [ints, lazy])
def test_one_element(source):
    many, only, none = source(5, 6), source(7), source()
    assert (one.first(many), one.last(many), one.single(only)) == (5, 6, 7)
    assert one.first_match(many, lambda x: x > 5) == 6
    assert one.last_match(many, lambda x: x < 6) == 5
    assert one.single_match(many, lambda x: x == 6) == 6
    assert one.first_or_default((INT,), none) == 0
    assert one.last_or_default((TEXT,), none) is None
    assert one.single_or_default((INT,), none) == 0
    assert one.first_match_or_default((INT,), many, lambda x: x > 9) == 0
    assert one.last_match_or_default((INT,), many, lambda x: x > 9) == 0
    assert one.single_match_or_default((INT,), many, lambda x: x > 9) == 0
    assert one.element_at(many, 1) == 6
    assert one.element_at_or_default((INT,), many, 5) == 0
    assert one.element_at_or_default((INT,), many, -1) == 0
    for call, message in [
        (lambda: one.first(none), "Sequence contains no elements"),
        (lambda: one.last(none), "Sequence contains no elements"),
        (lambda: one.single(none), "Sequence contains no elements"),
        (lambda: one.single(many), "Sequence contains more than one element"),
        (lambda: one.single_or_default((INT,), many), "Sequence contains more than one element"),
        (lambda: one.first_match(many, lambda x: False), "Sequence contains no matching element"),
        (lambda: one.last_match(many, lambda x: False), "Sequence contains no matching element"),
        (lambda: one.single_match(many, lambda x: True), "Sequence contains more than one matching element"),
        (lambda: one.aggregate(none, max), "Sequence contains no elements"),
    ]:
        with pytest.raises(InvalidOperationException) as caught:
            call()
        assert caught.value.message == message
    with pytest.raises(ArgumentOutOfRangeException):
        one.element_at(many, 2)


def test_selectors_run_only_for_the_elements_that_are_wanted():
    seen = []
    query = projection.select((INT, INT), ints(1, 2, 3), lambda x: seen.append(x) or x)
    assert one.last(query) == 3
    assert one.element_at(query, 1) == 2
    assert list(parts.skip((INT,), query, 2)) == [3]
    assert seen == [3, 2, 3]
    assert one.count(query) == 3
    assert seen == [3, 2, 3, 1, 2, 3]


def test_parts():
    for source in (ints(1, 2, 3, 4), lazy(1, 2, 3, 4)):
        assert list(parts.take((INT,), parts.skip((INT,), source, 1), 2)) == [2, 3]
        assert list(parts.take((INT,), source, 0)) == []
        assert list(parts.take((INT,), source, -1)) == []
        assert list(parts.take((INT,), source, 9)) == [1, 2, 3, 4]
        assert list(parts.skip((INT,), source, -1)) == [1, 2, 3, 4]
        assert list(parts.skip((INT,), source, 9)) == []
        assert list(parts.take_last((INT,), source, 2)) == [3, 4]
        assert list(parts.skip_last((INT,), source, 3)) == [1]
        assert list(parts.skip_last((INT,), source, 0)) == [1, 2, 3, 4]
        assert list(parts.skip_while((INT,), source, lambda x: x < 3)) == [3, 4]
        assert list(parts.take_while((INT,), source, lambda x: x < 3)) == [1, 2]
        assert list(parts.skip_while_at((INT,), source, lambda x, at: at < 3)) == [4]
        assert list(parts.take_while_at((INT,), source, lambda x, at: at < 3)) == [1, 2, 3]
        assert one.count(parts.skip((INT,), source, 1)) == 3
        assert one.last(parts.take((INT,), source, 2)) == 2


def test_take_does_not_look_at_the_next_element():
    seen = []
    source = projection.where((INT,), ints(1, 2, 3), lambda x: seen.append(x) or True)
    assert list(parts.take((INT,), source, 2)) == [1, 2]
    assert seen == [1, 2]


def test_range_and_repeat_take_no_room():
    most = 2**31 - 1
    assert one.count(parts.range_of(0, most)) == most
    assert one.last(parts.range_of(0, most)) == most - 1
    assert one.element_at(parts.skip((INT,), parts.range_of(5, 2_000_000_000), 1_000_000), 7) == 1_000_012
    assert one.first(parts.repeat((TEXT,), "x", most)) == "x"
    assert list(parts.range_of(3, 4)) == [3, 4, 5, 6]
    for start, count in ((0, -1), (2, most)):
        with pytest.raises(ArgumentOutOfRangeException) as caught:
            parts.range_of(start, count)
        assert caught.value.parameter == "count"


@pytest.mark.parametrize(
    "use",
    [
        lambda: conversion.to_array((INT,), parts.range_of(0, 2**31 - 1)),
        lambda: conversion.to_list((INT,), parts.repeat((INT,), 1, 2**31 - 1)),
        lambda: one.contains(parts.range_of(0, 2**31 - 1), -1),
        lambda: list(projection.of_type((TEXT,), parts.range_of(0, 2**31 - 1))),
        lambda: one.count(sets.distinct((INT,), parts.range_of(0, 2**31 - 1))),
        lambda: one.sequence_equal(parts.range_of(0, 2**31 - 1), parts.range_of(0, 2**31 - 1)),
        lambda: list(projection.reverse((INT,), parts.range_of(0, 2**31 - 1))),
    ],
)
def test_endless_sources_use_up_the_budget(use):
    meter.steps_left, meter.steps_later = 200_000, 0
    with pytest.raises(Exhausted):
        use()


def test_chains_that_double_use_up_the_budget():
    meter.steps_left, meter.steps_later = 200_000, 0
    chain = ints(1)
    for _ in range(60):
        chain = projection.concat((INT,), chain, chain)
    with pytest.raises(Exhausted):
        one.count(chain)


def test_a_query_cannot_be_stacked_without_limit():
    def stack(query):
        for _ in range(10_000):
            query = projection.where((INT,), query, lambda x: True)

    with pytest.raises(Exhausted):
        stack(ints(1))
    chain = ints()
    for at in range(10_000):
        chain = projection.append((INT,), chain, at)
        chain = projection.prepend((INT,), chain, at)
        chain = projection.concat((INT,), chain, ints(at))
    assert one.count(chain) == 30_000


def test_append_prepend_concat_reverse_default():
    chain = projection.concat((INT,), projection.append((INT,), ints(1), 2), ints(3))
    chain = projection.prepend((INT,), projection.append((INT,), chain, 4), 0)
    assert list(chain) == [0, 1, 2, 3, 4]
    assert list(projection.reverse((INT,), chain)) == [4, 3, 2, 1, 0]
    assert list(projection.or_default((INT,), ints(), 9)) == [9]
    assert list(projection.or_default((INT,), ints(1), 9)) == [1]
    assert list(projection.default_if_empty((INT,), ints())) == [0]


def test_zip_goes_as_far_as_both():
    assert list(
        projection.zip_with((INT, TEXT, TEXT), ints(1, 2, 3), texts("a", "b"), lambda n, s: str(n) + s)
    ) == ["1a", "2b"]
    (pair,) = projection.zip_tuples((INT, TEXT), ints(1), texts("a", "b"))
    assert pair.net_text() == "(1, a)"


def test_cast_and_of_type_look_at_run_time_types():
    mixed = array_of(ANY, [1, "a", Int64(2), 3, None])
    assert list(projection.of_type((INT,), mixed)) == [1, 3]
    with pytest.raises(InvalidCastException) as caught:
        list(projection.cast((INT,), mixed))
    assert caught.value.message == "Unable to cast object of type 'System.String' to type 'System.Int32'."
    source = ints(1)
    assert projection.cast((INT,), source) is source
    with pytest.raises(NullReferenceException):
        list(projection.cast((INT,), array_of(ANY, [None])))


def test_set_operations_keep_the_first_of_equal_elements():
    assert list(sets.distinct((INT,), ints(1, 2, 2, 3, 1))) == [1, 2, 3]
    assert list(sets.union((INT,), ints(1, 2), ints(2, 3))) == [1, 2, 3]
    assert list(sets.intersect((INT,), ints(1, 2, 2), ints(2, 3))) == [2]
    assert list(sets.except_((INT,), ints(1, 2, 1, 3), ints(2))) == [1, 3]
    assert list(sets.distinct_by((TEXT,), texts("a", "A", None, None), IGNORE_CASE)) == ["a", None]
    mixed = array_of(ANY, [1, Int64(1), True, "1", 1])
    assert list(sets.distinct((ANY,), mixed)) == [1, Int64(1), True, "1"]


def test_contains_asks_the_collection_itself():
    made = HashSet(TEXT, IGNORE_CASE)
    made.add("a")
    assert one.contains(made, "A")
    assert not one.contains_by(made, "A", None)
    assert one.contains_by(texts("a", "B"), "b", IGNORE_CASE)
    assert not one.contains(array_of(ANY, [Int64(1)]), 1)


def test_sequence_equal():
    assert one.sequence_equal(ints(1, 2), List(INT, [1, 2]))
    assert not one.sequence_equal(ints(1, 2), lazy(1))
    assert not one.sequence_equal(lazy(1), ints(1, 2))
    assert one.sequence_equal_by(texts("a"), texts("A"), IGNORE_CASE)


def test_any_all_count_aggregate():
    assert one.has_any(ints(1))
    assert not one.has_any(lazy())
    assert one.any_match(ints(1, 2), lambda x: x > 1)
    assert one.all_match(ints(), lambda x: False)
    assert one.count_matches(ints(1, 2, 3), lambda x: x > 1) == 2
    assert type(one.long_count(ints(1))) is Int64
    assert one.aggregate(ints(1, 2, 3), lambda a, b: a * b) == 6
    assert one.aggregate_from(texts("a", "b"), "", lambda a, s: a + s) == "ab"
    assert one.aggregate_into(ints(1, 2), 0, lambda a, b: a + b, str) == "3"


def test_strings_are_sequences_of_characters():
    assert [type(c) for c in projection.where((CHAR.type,), "ab", lambda c: True)] == [Char, Char]
    assert one.first("ab") == Char("a")
    assert type(one.last("ab")) is Char
    assert one.count("abc") == 3
    made = conversion.to_array((CHAR.type,), projection.reverse((CHAR.type,), "abc"))
    assert made.items == ["c", "b", "a"]


def test_byte_arrays_are_sequences_of_bytes():
    source = ByteArray(b"\x01\x02")
    assert type(one.first(source)) is Byte
    assert type(one.last(source)) is Byte
    assert one.element_at(source, 1) == 2
    made = conversion.to_array((INT32.type,), projection.select((INT, INT), source, int))
    assert type(made) is Array
    assert type(conversion.to_array((type_of(Byte(1)),), source)) is ByteArray


def test_results_know_their_types():
    query = projection.select((INT, TEXT), ints(1), str)
    assert type_notation(query.net_type()) == "System.Collections.Generic.IEnumerable<System.String>"
    assert query.net_type() == NamedType(ENUMERABLE_OF.definition, (TEXT,))
    assert type_notation(conversion.to_list((TEXT,), query).net_type()).endswith("List<System.String>")
    assert type_notation(conversion.to_hash_set((TEXT,), query).net_type()).endswith("HashSet<System.String>")


def test_to_dictionary():
    made = conversion.to_dictionary((INT, TEXT), ints(1, 2), lambda x: f"k{x}")
    assert type(made) is Dictionary
    assert made.net_item("k2") == 2
    assert type_notation(made.net_type()).endswith("Dictionary<System.String,System.Int32>")
    with pytest.raises(ArgumentException, match="already been added"):
        conversion.to_dictionary((TEXT, TEXT), texts("a", "a"), lambda s: s)
    made = conversion.to_dictionary_of((INT, INT, TEXT), ints(1), lambda x: x, str)
    assert made.net_item(1) == "1"


def test_a_change_of_the_source_while_a_query_runs_is_noticed():
    made = List(INT, [1, 2])
    query = projection.where((INT,), made, lambda x: made.net_add(x) or True)
    with pytest.raises(InvalidOperationException, match="Collection was modified"):
        list(query)
