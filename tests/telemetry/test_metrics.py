"""Metrics in process: series, sums, and the bound on how many there are."""

from __future__ import annotations

import math

import pytest

from fastgw.telemetry.metrics import LONGEST_TEXT, Metrics, Series

ONE = (("API ID", "orders"),)


def test_values_of_a_series_are_added_up() -> None:
    metrics = Metrics()
    metrics.add("shop", "orders", ONE, 1.5)
    metrics.add("shop", "orders", ONE, 2)
    metrics.add("shop", "orders", (("API ID", "other"),), 1)
    metrics.add("else", "orders", ONE, 1)
    assert metrics.snapshot() == (
        Series("shop", "orders", ONE, 3.5, 2),
        Series("shop", "orders", (("API ID", "other"),), 1.0, 1),
        Series("else", "orders", ONE, 1.0, 1),
    )


def test_a_series_too_many_is_dropped_and_counted() -> None:
    metrics = Metrics(most=2)
    for number in range(5):
        metrics.add("n", "m", (("d", str(number)),), 1)
    metrics.add("n", "m", (("d", "1"),), 1)
    assert [one.count for one in metrics.snapshot()] == [1, 2]
    assert metrics.dropped == 3


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_is_dropped(value: float) -> None:
    metrics = Metrics()
    metrics.add("n", "m", ONE, value)
    assert metrics.snapshot() == ()
    assert metrics.dropped == 1


def test_long_texts_are_cut() -> None:
    metrics = Metrics()
    metrics.add("n", "m", (("d", "x" * 1000),), 1)
    assert metrics.snapshot()[0].dimensions == (("d", "x" * LONGEST_TEXT),)


def test_it_can_be_emptied() -> None:
    metrics = Metrics(most=1)
    metrics.add("n", "m", ONE, 1)
    metrics.add("n", "m", (), 1)
    metrics.clear()
    assert (metrics.snapshot(), metrics.dropped) == ((), 0)
