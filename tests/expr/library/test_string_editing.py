"""Substring, Insert, Remove, Replace, padding, trimming, case, normal forms."""

from __future__ import annotations

import pytest

from fastgw.expr.library import string_editing as editing
from fastgw.expr.library.parsing import WHITE
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    Exhausted,
)
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import Char

from .members import array, method, value

STRING = "System.String"


def test_parts():
    assert editing.substring_from("hello", 2) == "llo"
    assert editing.substring_from("hello", 5) == ""
    assert editing.substring("hello", 1, 3) == "ell"
    assert editing.substring("日本語", 1, 1) == "本"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: editing.substring("hello", 2, 9),
            "Index and length must refer to a location within the string. (Parameter 'length')",
        ),
        (
            lambda: editing.substring_from("hello", -1),
            "StartIndex cannot be less than zero. (Parameter 'startIndex')",
        ),
        (
            lambda: editing.substring_from("abc", 10),
            "startIndex cannot be larger than length of string. (Parameter 'startIndex')",
        ),
        (lambda: editing.pad_left("a", -1), "Non-negative number required. (Parameter 'totalWidth')"),
        (
            lambda: editing.insert("abc", 9, "x"),
            "Specified argument was out of the range of valid values. (Parameter 'startIndex')",
        ),
        (
            lambda: editing.to_char_array_part("abc", 1, 9),
            "Index was out of range. Must be non-negative and less than the size of the collection. "
            "(Parameter 'startIndex')",
        ),
    ],
)
def test_places_outside_the_string_are_refused(call, message):
    with pytest.raises(ArgumentOutOfRangeException) as raised:
        call()
    assert raised.value.message == message


def test_insert_and_remove():
    assert editing.insert("hello", 2, "--") == "he--llo"
    assert editing.remove_from("hello", 2) == "he"
    assert editing.remove("hello", 1, 2) == "hlo"
    for call in (lambda: editing.remove_from("hello", 5), lambda: editing.remove("hello", 4, 2)):
        with pytest.raises(ArgumentOutOfRangeException):
            call()
    with pytest.raises(ArgumentNullException):
        editing.insert("a", 0, None)


def test_replace():
    assert editing.replace_character("hello", Char("l"), Char("L")) == "heLLo"
    assert editing.replace_ordinal("hello", "l", "") == "heo"
    assert editing.replace_ordinal("hello", "l", None) == "heo"
    assert editing.replace_ordinal("aaa", "aa", "b") == "ba"
    with pytest.raises(ArgumentException, match="String cannot be of zero length"):
        editing.replace_ordinal("a", "", "b")
    with pytest.raises(ArgumentNullException):
        editing.replace_ordinal("a", None, "b")


def test_replace_without_case():
    ignore = value("System.StringComparison", "OrdinalIgnoreCase")
    assert editing.replace_by("aBAb", "ab", "-", ignore) == "--"
    culture = value("System.StringComparison", "CurrentCulture")
    assert editing.replace_by("ae\u0301a", "é", "-", culture) == "a-a"


def test_what_grows_is_counted():
    for call in (
        lambda: editing.pad_right("a", 2**31 - 1),
        lambda: editing.replace_ordinal("a" * 10_000, "a", "b" * 10_000),
    ):
        meter.restart()
        with pytest.raises(Exhausted):
            call()
    meter.restart()


def test_padding():
    assert editing.pad_left_with("7", 3, Char("0")) == "007"
    assert editing.pad_right("7", 3) == "7  "
    assert editing.pad_left("long", 2) == "long"


def test_trimming():
    assert editing.trim(f"{WHITE}pad{WHITE}") == "pad"
    assert editing.trim("\u200bpad") == "\u200bpad"
    assert editing.trim_end_character("path///", Char("/")) == "path"
    assert editing.trim_start_characters("aabc", array(Char("a"), Char("b"), of="char")) == "c"
    assert editing.trim_characters(" x ", array(of="char")) == "x"
    assert editing.trim_end_characters(" x ", None) == " x"


def test_case_maps_one_character_to_one():
    upper, lower = method(STRING, "ToUpperInvariant"), method(STRING, "ToLower")
    assert upper("straße") == "STRAßE"
    assert lower("İ") == "İ"
    assert lower("ΑΣ") == "ας".replace("ς", "σ")
    assert upper("ı") == "ı"
    assert upper("\ud801\udc28") == "\ud801\udc00"


def test_normal_forms():
    assert editing.normalize("e\u0301") == "é"
    assert editing.normalize_in("é", value("System.Text.NormalizationForm", "FormD")) == "e\u0301"
    assert editing.is_normalized("é")
    assert not editing.is_normalized_in("é", value("System.Text.NormalizationForm", "FormD"))
    with pytest.raises(ArgumentException, match="Invalid Unicode code point found at index 1"):
        editing.normalize("é\ud800")


def test_characters_out():
    found = editing.to_char_array_part("abcd", 1, 2)
    assert found.items == ["b", "c"]
    assert {type(one) for one in found.items} == {Char}
    target = array(*map(Char, "....."), of="char")
    editing.copy_characters("abc", 1, target, 2, 2)
    assert "".join(target.items) == "..bc."
    with pytest.raises(ArgumentOutOfRangeException):
        editing.copy_characters("abc", 1, target, 4, 2)
