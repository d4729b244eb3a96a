"""Searching by culture."""

from __future__ import annotations

import pytest

from fastgw.expr.library import linguistic
from fastgw.expr.runtime.errors import Exhausted
from fastgw.expr.runtime.meter import meter


@pytest.mark.parametrize(
    ("text", "value", "found"),
    [
        ("xé", "e\u0301", (1, 1)),
        ("xe\u0301", "é", (1, 2)),
        ("e\u0301", "e", (-1, 0)),
        ("a\u00adb", "ab", (0, 3)),
        ("x\ud83d\ude00y", "y", (3, 1)),
        ("été", "", (0, 0)),
        ("abc", "é", (-1, 0)),
    ],
)
def test_letters_are_found_in_both_spellings(text, value, found):
    assert linguistic.find(text, value) == found


def test_the_last_place_and_case():
    assert linguistic.find("éÉé", "é", last=True) == (2, 1)
    assert linguistic.find("xÉ", "é", ignore_case=True) == (1, 1)
    assert linguistic.find("abAB", "ab", ignore_case=True, last=True) == (2, 2)


def test_beginning_and_end():
    assert linguistic.starts_with("\u200babc", "ab")
    assert not linguistic.starts_with("\u200babc", "AB")
    assert linguistic.ends_with("abÉ", "é", ignore_case=True)
    assert linguistic.ends_with("abé", "")


def test_long_texts_are_counted():
    meter.restart()
    with pytest.raises(Exhausted):
        linguistic.find("é" * 6_000_000, "x")
    meter.restart()
