"""Character classes: what they contain, unit by unit."""

from __future__ import annotations

import unicodedata

import pytest
import regex

from fastgw.expr.library import regex_classes as classes
from fastgw.expr.library.regex_blocks import BLOCKS
from fastgw.expr.library.regex_engine import program
from fastgw.expr.runtime.meter import meter

UNITS = [chr(code) for code in range(0x10000)]


def members(pattern: str, options: int = 0, within: list[str] = UNITS) -> set[str]:
    compiled = program(pattern, options)
    found = set()
    for unit in within:
        meter.restart()
        if next(compiled.matches(unit, 0, None), None):
            found.add(unit)
    return found


def units_of(*categories: str) -> set[str]:
    return {unit for unit in UNITS if unicodedata.category(unit) in categories}


def assigned(units: set[str]) -> set[str]:
    """Without what newer versions of Unicode have added."""
    return {unit for unit in units if unicodedata.category(unit) != "Cn"}


def test_words_are_letters_marks_digits_and_connectors() -> None:
    words = units_of("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Nd", "Pc")
    assert len(assigned(members(r"^\w$")) ^ words) < 40


def test_digits_are_decimal_digits_of_all_scripts() -> None:
    assert assigned(members(r"^\d$")) == units_of("Nd")


def test_white_space_is_what_char_is_white_space_says() -> None:
    expected = units_of("Zs", "Zl", "Zp") | set("\t\n\v\f\r\x85")
    assert members(r"^\s$") == expected


def test_words_of_ecmascript_are_ascii_and_one_more() -> None:
    assert members(r"^\w$", 256) == set(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz\u0130"
    )


@pytest.mark.parametrize("name", ["IsBasicLatin", "IsGreek", "IsHighSurrogates", "IsSpecials"])
def test_blocks_are_ranges(name: str) -> None:
    first, last = BLOCKS[name]
    expected = {chr(code) for code in range(first, last + 1)}
    near = [chr(code) for code in range(max(0, first - 5), min(0xFFFF, last + 5) + 1)]
    assert members(rf"\p{{{name}}}", within=near) == expected
    assert members(rf"\P{{{name}}}", within=near) == set(near) - expected


@pytest.mark.parametrize(
    "pattern", [r"[\s\S]", r"[\d\D]", r"[\w\W]", r"[\p{Lu}\P{Lu}]", r"[^\s\S]", r"[^\W\w]"]
)
def test_a_class_and_its_complement_are_everything(pattern: str) -> None:
    """The library alone takes the negation of everything for everything."""
    some = UNITS[:1000]
    assert members(pattern, within=some) == (set() if pattern.startswith("[^") else set(some))


@pytest.mark.parametrize(
    ("pattern", "taken", "not_taken"),
    [
        ("k", "kK\u212a", "x"),
        ("\u212a", "kK\u212a", "x"),
        ("s", "sS", "\u017f"),
        ("i", "iI", "\u0130\u0131"),
        ("\u00df", "\u00df\u1e9e", "sS"),
        ("[A-C]", "abcABC", "dD"),
        ("[^a]", "b", "aA"),
        (r"\p{Lu}", "aA\u01c5", "1"),
        (r"\P{Ll}", "1", "aA\u01c5"),
        ("[A-Z-[k]]", "aJ", "kK"),
        ("[\u03a3]", "\u03a3\u03c3", "\u03c2"),
    ],
)
def test_case_is_that_of_net(pattern: str, taken: str, not_taken: str) -> None:
    assert members(pattern, 1, list(taken + not_taken)) == set(taken)


def test_every_character_can_be_escaped() -> None:
    for unit in UNITS[::7]:
        assert regex.fullmatch(classes.escaped(unit), unit), hex(ord(unit))
        assert regex.fullmatch(f"[{classes.escaped(unit)}]", unit, regex.VERSION1), hex(ord(unit))


def test_complements() -> None:
    assert classes.complement([(0, 5), (4, 9), (20, 0xFFFF)]) == [(10, 19)]
    assert classes.complement([]) == [(0, 0xFFFF)]
