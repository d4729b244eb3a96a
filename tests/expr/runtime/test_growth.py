"""Strings and objects that generated code builds are counted."""

from __future__ import annotations

import sys

import pytest

from fastgw.expr.runtime.errors import Exhausted
from fastgw.expr.runtime.growth import aligned, counted, derived, join, made, replaced
from fastgw.expr.runtime.meter import meter


@pytest.mark.parametrize("text", ["", "x" * 800, "x" * 2_000_000, "\u00e9" * 800, "\u4e00" * 800])
def test_strings_count_with_what_they_take_up(text: str) -> None:
    meter.restart()
    counted(text)
    assert meter.most_bytes - meter.bytes_left == sys.getsizeof(text)
    meter.restart()


def test_what_is_made_of_a_string_is_counted_where_it_is_another() -> None:
    meter.restart()
    text = "x" * 2000
    assert derived(text.strip(), text) is text
    assert meter.bytes_left == meter.most_bytes
    derived(text[1:], text)
    assert meter.most_bytes - meter.bytes_left == sys.getsizeof(text[1:])
    meter.restart()


def test_a_string_that_takes_the_place_of_another_counts_with_what_was_added() -> None:
    meter.restart()
    text = counted("".join(["x"] * 2000))
    text = replaced(text, f"{text}y")
    assert meter.most_bytes - meter.bytes_left == sys.getsizeof(text)
    kept = [text]
    text = replaced(text, f"{text}y")
    assert meter.most_bytes - meter.bytes_left == sys.getsizeof(text) + sys.getsizeof(kept[0])
    meter.restart()


def test_many_parts_are_counted_before_they_are_joined() -> None:
    meter.restart()
    assert join(("a", "b", "c")) == "abc"
    with pytest.raises(Exhausted):
        join(("x" * 10_000_000,) * 10)
    meter.restart()


@pytest.mark.parametrize(("width", "found"), [(3, "  x"), (-3, "x  "), (0, "x"), (1, "x")])
def test_alignment(width: int, found: str) -> None:
    assert aligned("x", width) == found


def test_alignment_is_counted_before_the_blanks_are_made() -> None:
    meter.restart()
    with pytest.raises(Exhausted):
        aligned("x", -2_000_000_000)
    meter.restart()


def test_objects_are_counted() -> None:
    meter.restart()
    value = object()
    assert made(value) is value
    assert meter.bytes_left < meter.most_bytes
    meter.restart()
