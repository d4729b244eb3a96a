"""System.Char: classes, case, code points."""

from __future__ import annotations

import pytest

from fastgw.expr.library import characters
from fastgw.expr.runtime.errors import ArgumentException, ArgumentOutOfRangeException
from fastgw.expr.runtime.values import Char

from .members import method

CHAR = "System.Char"


@pytest.mark.parametrize(
    ("name", "yes", "no"),
    [
        ("IsDigit", "5٣", "a½"),
        ("IsNumber", "5½Ⅷ", "a"),
        ("IsLetter", "aéß語", "5_"),
        ("IsLetterOrDigit", "a5", "_½"),
        ("IsWhiteSpace", " \t\x85\u3000", "\u200b_"),
        ("IsUpper", "AÉ", "a5"),
        ("IsLower", "aß", "A5"),
        ("IsPunctuation", "_-.(", "+a"),
        ("IsSymbol", "+$^", "_a"),
        ("IsControl", "\0\x85", " "),
        ("IsSeparator", " \u2028", "\t"),
        ("IsSurrogate", "\ud800\udc00", "a"),
    ],
)
def test_classes_are_those_of_unicode(name, yes, no):
    test = method(CHAR, name, "char")
    assert all(test(Char(one)) for one in yes)
    assert not any(test(Char(one)) for one in no)


def test_a_character_of_a_text_may_be_a_pair_of_surrogates():
    text = "x\ud835\udc00"
    assert method(CHAR, "IsUpper", "string", "int")(text, 1)
    assert not method(CHAR, "IsUpper", "char")(Char("\ud835"))
    assert method(CHAR, "IsHighSurrogate", "string", "int")(text, 1)
    assert characters.is_surrogate_pair_at(text, 1)
    with pytest.raises(ArgumentOutOfRangeException):
        method(CHAR, "IsDigit", "string", "int")("a", 1)


def test_case():
    assert characters.upper(Char("i")) == "I"
    assert type(characters.upper(Char("ß"))) is Char
    assert characters.upper(Char("ß")) == "ß"
    assert characters.lower(Char("É")) == "é"


def test_code_points():
    assert characters.from_utf32(0x1F600) == "\ud83d\ude00"
    assert characters.to_utf32(Char("\ud83d"), Char("\ude00")) == 0x1F600
    assert characters.to_utf32_at("a\ud83d\ude00", 1) == 0x1F600
    with pytest.raises(ArgumentOutOfRangeException):
        characters.from_utf32(0xD800)
    with pytest.raises(ArgumentException, match="Found a low surrogate char"):
        characters.to_utf32_at("a\ude00", 1)


def test_numeric_values():
    assert characters.numeric_value(Char("7")) == 7.0
    assert characters.numeric_value(Char("½")) == 0.5
    assert characters.numeric_value(Char("a")) == -1.0


def test_order_is_by_code():
    assert characters.compare_to(Char("a"), Char("c")) == -2
    assert characters.compare_to_object(Char("a"), None) == 1
    with pytest.raises(ArgumentException, match="Object must be of type Char"):
        characters.compare_to_object(Char("a"), "a")


def test_the_text_of_a_character_is_a_string():
    assert type(method(CHAR, "ToString")(Char("a"))) is str
