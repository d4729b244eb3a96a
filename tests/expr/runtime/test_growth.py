"""Strings and objects that generated code builds are counted."""

from __future__ import annotations

import pytest

from fastgw.expr.runtime.errors import Exhausted
from fastgw.expr.runtime.growth import aligned, counted, join, made
from fastgw.expr.runtime.meter import meter


def test_small_strings_count_with_an_eighth_and_large_ones_whole() -> None:
    meter.restart()
    counted("x" * 800)
    assert meter.most_bytes - meter.bytes_left == 100
    counted("x" * 2_000_000)
    assert meter.most_bytes - meter.bytes_left == 2_000_100
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
