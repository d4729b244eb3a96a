"""Offsets to lines and columns."""

from __future__ import annotations

import pytest

from fastgw.expr.source import Source


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("", 0, (1, 1)),
        ("abc", 0, (1, 1)),
        ("abc", 2, (1, 3)),
        ("abc", 3, (1, 4)),
        ("a\nb", 1, (1, 2)),
        ("a\nb", 2, (2, 1)),
        ("a\r\nb", 3, (2, 1)),
        ("a\rb", 2, (2, 1)),
        ("a\n\r\n\rb", 5, (4, 1)),
        ("a\n", 2, (2, 1)),
        ("😀x", 1, (1, 2)),
    ],
)
def test_lines_end_in_any_of_three_ways_and_columns_begin_with_one(
    text: str, offset: int, place: tuple[int, int]
) -> None:
    assert Source(text).place(offset) == place


def test_an_offset_outside_the_text_is_taken_for_its_nearest_end() -> None:
    source = Source("a\nbc")
    assert source.place(99) == (2, 3)
    assert source.place(-1) == (1, 1)
