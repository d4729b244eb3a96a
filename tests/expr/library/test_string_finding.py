"""Contains, StartsWith, IndexOf, LastIndexOf: ordinal, by culture, and in parts."""

from __future__ import annotations

import pytest

from fastgw.expr.library import string_finding as finding
from fastgw.expr.runtime.errors import ArgumentNullException, ArgumentOutOfRangeException
from fastgw.expr.runtime.values import Char

from .members import array, value

COMPARISON = "System.StringComparison"


def test_contains_is_ordinal():
    assert finding.contains("hello", "ell")
    assert not finding.contains("hello", "ELL")
    assert finding.contains("hello", "")
    assert finding.contains_by("hello", "ELL", value(COMPARISON, "OrdinalIgnoreCase"))
    with pytest.raises(ArgumentNullException):
        finding.contains("hello", None)


def test_beginning_and_end_go_by_culture():
    assert finding.starts_with("Hello", "He")
    assert not finding.starts_with("Hello", "he")
    assert finding.starts_with("abc", "")
    assert finding.starts_with("\u200bHello", "He")
    assert finding.starts_with("e\u0301t", "é")
    assert not finding.starts_with("e\u0301t", "e")
    assert finding.ends_with_by("Hello", "LO", value(COMPARISON, "InvariantCultureIgnoreCase"))
    assert finding.ends_with("été", "e\u0301")


@pytest.mark.parametrize(("text", "found"), [("l", 2), ("z", -1), ("", 0), ("lo", 3)])
def test_the_first_place(text, found):
    assert finding.index_of("hello", text) == found


@pytest.mark.parametrize(("text", "found"), [("l", 3), ("zz", -1), ("", 4), ("he", 0)])
def test_the_last_place(text, found):
    assert finding.last_index_of("hello", text) == found


def test_places_without_case():
    ignore = value(COMPARISON, "OrdinalIgnoreCase")
    assert finding.index_of_by("Hello", "LL", ignore) == 2
    assert finding.last_index_of_by("abcB", "B", ignore) == 3
    assert finding.index_of_by("abc", "C", value(COMPARISON, "CurrentCultureIgnoreCase")) == 2


def test_places_in_a_part():
    assert finding.index_of_from("ababa", "a", 1) == 2
    assert finding.index_of_within("ababa", "a", 1, 1) == -1
    assert finding.index_of_character_within("ababa", Char("b"), 2, 3) == 3
    assert finding.last_index_of_from("ababa", "a", 3) == 2
    assert finding.last_index_of_within("ababa", "b", 3, 1) == 3
    assert finding.last_index_of_character_from("ababa", Char("b"), 2) == 1
    assert finding.last_index_of_character_within("ababa", Char("a"), 3, 2) == 2


def test_a_place_found_by_culture_is_counted_in_code_units():
    assert finding.index_of("xe\u0301y", "é") == 1
    assert finding.index_of("xéy", "y") == 2
    assert finding.index_of("a\u00adb", "ab") == 0


@pytest.mark.parametrize(("start", "count"), [(-1, 0), (6, 0), (0, 6), (3, -1)])
def test_a_part_outside_the_string_is_refused(start, count):
    with pytest.raises(ArgumentOutOfRangeException):
        finding.index_of_within("hello", "l", start, count)


def test_any_of_some_characters():
    some = array(*map(Char, "xlo"), of="char")
    assert finding.index_of_any("hello", some) == 2
    assert finding.index_of_any_from("hello", some, 3) == 3
    assert finding.last_index_of_any("hello", some) == 4
    assert finding.last_index_of_any_within("hello", some, 3, 1) == 3
    assert finding.last_index_of_any_from("", some, 0) == -1
    with pytest.raises(ArgumentNullException):
        finding.index_of_any("hello", None)
