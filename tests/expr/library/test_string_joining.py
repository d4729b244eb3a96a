"""Concat, Join and Split."""

from __future__ import annotations

import itertools

import pytest

from fastgw.expr.library import string_joining as joining
from fastgw.expr.runtime.errors import ArgumentNullException, ArgumentOutOfRangeException, Exhausted
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import Char

from .members import array, value

OPTIONS = "System.StringSplitOptions"


def strings(*items):
    return array(*items, of="string")


def characters(text):
    return array(*map(Char, text), of="char")


def test_concat_writes_each_value_as_text():
    assert joining.concat(None, "a") == "a"
    assert joining.concat(Char("a"), 1, True) == "a1True"
    assert joining.concat_sequence(strings("x", None, "y")) == "xy"
    with pytest.raises(ArgumentNullException):
        joining.concat_sequence(None)


def test_join_puts_a_separator_between():
    assert joining.join_strings(",", strings("a", "b")) == "a,b"
    assert joining.join("/", array(1, True, None, "x", of="object")) == "1/True//x"
    assert joining.join(None, [1, 2]) == "12"
    assert joining.join_part("-", strings("a", "b", "c"), 1, 2) == "b-c"


def test_join_of_null_is_refused():
    with pytest.raises(ArgumentNullException) as raised:
        joining.join_strings(",", None)
    assert raised.value.message == "Value cannot be null. (Parameter 'value')"
    with pytest.raises(ArgumentOutOfRangeException):
        joining.join_part(",", strings("a"), 1, 1)


def test_an_endless_sequence_comes_to_an_end():
    meter.restart()
    with pytest.raises(Exhausted):
        joining.concat_sequence(itertools.repeat(""))
    meter.restart()


@pytest.mark.parametrize(
    ("text", "separators", "parts"),
    [
        ("a,b,c", ",", ["a", "b", "c"]),
        ("a,,c", ",", ["a", "", "c"]),
        ("", ",", [""]),
        ("x", ",", ["x"]),
        ("one two  three", "", ["one", "two", "", "three"]),
        ("a-b_c", "-_", ["a", "b", "c"]),
        ("a\tb\u3000c", "", ["a", "b", "c"]),
    ],
)
def test_split_at_characters_keeps_empty_parts(text, separators, parts):
    assert joining.split(text, characters(separators)).items == parts


@pytest.mark.parametrize(
    ("text", "separators", "parts"),
    [
        ("a,,c", ",", ["a", "c"]),
        ("a, b;c", ",; ", ["a", "b", "c"]),
        (",,", ",", []),
        ("", ",", []),
        ("x", ",", ["x"]),
        (" ", ",", [" "]),
    ],
)
def test_empty_parts_can_be_left_out(text, separators, parts):
    remove = value(OPTIONS, "RemoveEmptyEntries")
    assert joining.split_characters(text, characters(separators), remove).items == parts


@pytest.mark.parametrize(
    ("count", "option", "parts"),
    [
        (0, "None", []),
        (1, "None", [",a,,b,"]),
        (2, "None", ["", "a,,b,"]),
        (9, "None", ["", "a", "", "b", ""]),
        (1, "RemoveEmptyEntries", [",a,,b,"]),
        (2, "RemoveEmptyEntries", ["a", "b,"]),
        (3, "RemoveEmptyEntries", ["a", "b"]),
    ],
)
def test_the_last_of_a_number_of_parts_has_the_rest(count, option, parts):
    assert joining.split_character_count(",a,,b,", Char(","), count, value(OPTIONS, option)).items == parts


def test_split_at_strings_takes_the_first_that_matches():
    none = value(OPTIONS, "None")
    assert joining.split_strings("a::b::c", strings("::"), none).items == ["a", "b", "c"]
    assert joining.split_strings("a<=b<c", strings("<", "<="), none).items == ["a", "=b", "c"]
    assert joining.split_strings("a<=b<c", strings("<=", "<"), none).items == ["a", "b", "c"]
    assert joining.split_strings("a b", strings(), none).items == ["a", "b"]
    assert joining.split_strings("a b", strings("", None), none).items == ["a b"]
    assert joining.split_string("a.b", ".", none).items == ["a", "b"]
    assert joining.split_string("a b", None, none).items == ["a b"]


def test_a_negative_count_is_refused():
    with pytest.raises(ArgumentOutOfRangeException):
        joining.split_characters_count("a", characters(","), -1)


def test_many_separators_for_a_long_text_are_counted():
    meter.restart()
    many = strings(*(f"x{number}" for number in range(1000)))
    with pytest.raises(Exhausted):
        joining.split_strings("y" * 1_000_000, many, value(OPTIONS, "None"))
    meter.restart()


def test_separators_with_a_meaning_in_patterns_are_text():
    assert joining.split("a]b^c\\d-e", characters("]^\\-")).items == ["a", "b", "c", "d", "e"]
    assert joining.split_strings("a.*b", strings(".*", "|"), value(OPTIONS, "None")).items == ["a", "b"]
