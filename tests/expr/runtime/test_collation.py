"""Strings sort as people expect, not by code unit."""

from __future__ import annotations

from functools import cmp_to_key

import pytest

from fastgw.expr.runtime.collation import compare_text, sort_key


@pytest.mark.parametrize(
    "ordered",
    [
        ["a", "A", "b", "B"],
        ["apple", "Banana", "cherry"],
        ["_", "-", "1", "a"],
        ["x-1", "x1", "xa"],
        ["co-op", "coop"],
        ["resume", "résumé", "resumes"],
        ["Strasse", "straße", "strasze"],
        ["ae", "æ", "af"],
        ["z", "я", "漢"],
        ["", "a", "aa"],
        ["9", "10"][::-1],
    ],
)
def test_order(ordered: list[str]) -> None:
    assert sorted(set(ordered), key=cmp_to_key(compare_text)) == ordered


def test_case_decides_last_and_only_where_it_counts() -> None:
    assert compare_text("a", "A") == -1
    assert compare_text("ab", "Aa") == 1
    assert compare_text("a", "A", ignore_case=True) == 0
    assert compare_text("é", "É", ignore_case=True) == 0


def test_control_characters_do_not_count() -> None:
    assert compare_text("a\0b", "ab") == 0
    assert compare_text("a\u00adé", "aé") == 0


def test_one_order_for_ascii_and_for_the_rest() -> None:
    texts = ["a", "A", "b1", "B-1", "b_", "", "Z z", "zz"]
    for left in texts:
        for right in texts:
            one, other = sort_key(left), sort_key(right)
            assert compare_text(left, right) == (one > other) - (one < other)
