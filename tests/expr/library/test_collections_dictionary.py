"""Dictionary<K, V> and KeyValuePair<K, V>."""

from __future__ import annotations

import math

import pytest

from fastgw.expr.library import collections_dictionary as members
from fastgw.expr.library.collections_dictionary import Dictionary
from fastgw.expr.library.core import DOUBLE, INT32, OBJECT, STRING
from fastgw.expr.library.key_value_pair import KeyValuePair
from fastgw.expr.library.string_comparer import STRING_COMPARER, StringComparer
from fastgw.expr.library.string_search import ORDINAL_IGNORE_CASE
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    InvalidOperationException,
    KeyNotFoundException,
    NotSupportedException,
)
from fastgw.expr.runtime.objects import equals, hash_of, to_text
from fastgw.expr.runtime.text import type_name
from fastgw.expr.runtime.values import Int64

TYPES = (STRING.type, INT32.type)


def counts(**pairs):
    made = Dictionary(TYPES)
    for key, value in pairs.items():
        made.net_add_item(key, value)
    return made


def test_a_missing_key_is_named():
    with pytest.raises(KeyNotFoundException) as caught:
        counts(a=1).net_item("z")
    assert caught.value.message == "The given key 'z' was not present in the dictionary."


def test_a_key_cannot_be_added_twice():
    with pytest.raises(ArgumentException) as caught:
        counts(a=1).net_add_item("a", 2)
    assert caught.value.message == "An item with the same key has already been added. Key: a"


def test_null_is_no_key():
    made = counts()
    for use in (
        lambda: made.net_item(None),
        lambda: members.contains_key(made, None),
        lambda: made.net_set_item(None, 1),
        lambda: made.net_remove_key(None),
    ):
        with pytest.raises(ArgumentNullException) as caught:
            use()
        assert caught.value.parameter == "key"


def test_setting_replaces_the_value_and_keeps_the_place():
    made = counts(a=1, b=2)
    made.net_set_item("a", 3)
    assert [(pair.key, pair.value) for pair in made] == [("a", 3), ("b", 2)]


def test_a_new_key_takes_the_place_that_was_freed_last():
    made = counts(a=1, b=2, c=3, d=4)
    made.net_remove_key("b")
    made.net_remove_key("c")
    made.net_add_item("x", 5)
    assert list(made.net_keys()) == ["a", "x", "d"]
    members.trim_excess(made)
    made.net_add_item("y", 6)
    assert list(made.net_keys()) == ["a", "x", "d", "y"]
    assert list(made.net_values()) == [1, 5, 4, 6]
    assert made.net_item("d") == 4


def test_setting_a_key_ends_an_enumeration_and_removing_one_does_not():
    made = counts(a=1, b=2, c=3)
    seen = []
    for pair in made:
        seen.append(pair.key)
        made.net_remove_key(pair.key)
    assert seen == ["a", "b", "c"]
    made = counts(a=1)
    walk = iter(made.net_keys())
    made.net_set_item(next(walk) + "x", 1)
    with pytest.raises(InvalidOperationException, match="Collection was modified"):
        next(walk)


def test_clearing_ends_an_enumeration():
    made = counts(a=1, b=2)
    seen = []
    for pair in made:
        seen.append(pair.key)
        made.net_clear()
    assert seen == ["a"]


def test_a_comparer_decides_which_keys_are_equal_and_the_first_spelling_stays():
    made = Dictionary(TYPES, StringComparer(ORDINAL_IGNORE_CASE))
    made.net_set_item("Key", 1)
    made.net_set_item("KEY", 2)
    assert [(pair.key, pair.value) for pair in made] == [("Key", 2)]
    assert members.comparer(made).net_type().definition is STRING_COMPARER.definition


def test_keys_of_static_type_object_keep_their_types_apart():
    made = Dictionary((OBJECT.type, INT32.type))
    for at, key in enumerate((1, Int64(1), True, "1", 1.0)):
        made.net_add_item(key, at)
    assert len(made) == 5
    assert made.net_item(Int64(1)) == 1


def test_nan_is_a_key_like_any_other():
    made = Dictionary((DOUBLE.type, INT32.type))
    made.net_add_item(math.nan, 1)
    assert made.net_item(-math.nan) == 1


def test_try_get_value_gives_the_default_for_a_missing_key():
    assert members.try_get_value(TYPES, counts(a=1), "a") == (True, 1)
    assert members.try_get_value(TYPES, counts(a=1), "b") == (False, 0)
    assert members.remove_and_get(counts(), "b") == (False, 0)
    assert members.try_add(counts(a=1), "a", 2) is False


def test_keys_and_values_are_live_and_cannot_be_changed():
    made = counts(a=1)
    keys, values = made.net_keys(), made.net_values()
    made.net_add_item("b", 2)
    assert list(keys) == ["a", "b"]
    assert list(values) == [1, 2]
    assert keys.net_contains("b")
    assert values.net_contains(2)
    assert not values.net_contains(Int64(2))
    with pytest.raises(NotSupportedException):
        keys.net_add("c")
    assert type_name(keys.net_type()).endswith("KeyCollection`2[System.String,System.Int32]")


def test_a_copy_takes_pairs_from_any_dictionary():
    copied = members.new_dictionary_like(TYPES, counts(a=1))
    assert copied.net_item("a") == 1
    with pytest.raises(ArgumentNullException):
        members.new_dictionary_like(TYPES, None)


def test_a_pair_is_a_value():
    pair = KeyValuePair("k", 5, TYPES)
    assert to_text(pair) == "[k, 5]"
    assert equals(pair, KeyValuePair("k", 5, TYPES))
    assert hash_of(pair) == hash_of(KeyValuePair("k", 5, TYPES))
    assert not equals(pair, KeyValuePair("k", Int64(5), TYPES))
    assert to_text(KeyValuePair(None, None, TYPES)) == "[, ]"


def test_a_pair_is_removed_only_with_its_value():
    made = counts(a=1)
    assert not made.net_remove(KeyValuePair("a", 2, TYPES))
    assert made.net_remove(KeyValuePair("a", 1, TYPES))
