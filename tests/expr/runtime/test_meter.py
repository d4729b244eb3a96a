"""Steps in slices, time between them, bytes; and that nothing goes on once they are used up."""

from __future__ import annotations

import pytest

from fastgw.expr.runtime import meter as module
from fastgw.expr.runtime.errors import Exhausted
from fastgw.expr.runtime.meter import Meter


def test_all_steps_may_be_spent_and_not_one_more() -> None:
    for most in (0, 1, 50_000, 50_001, 200_000):
        meter = Meter(most_steps=most)
        meter.spend(most)
        with pytest.raises(Exhausted):
            meter.spend()


def test_steps_are_spent_one_by_one_or_at_once() -> None:
    meter = Meter(most_steps=120_000)
    for _ in range(120_000):
        meter.spend()
    with pytest.raises(Exhausted):
        meter.spend()
    meter.restart()
    with pytest.raises(Exhausted):
        meter.spend(120_001)


def test_it_stays_exhausted_until_it_is_restarted() -> None:
    meter = Meter(most_steps=100_000)
    with pytest.raises(Exhausted):
        meter.spend(100_001)
    for _ in range(3):
        with pytest.raises(Exhausted):
            meter.spend()
    meter.restart()
    meter.spend(100_000)


def test_time_is_looked_at_between_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [10.0]
    monkeypatch.setattr(module, "thread_time", lambda: now[0])
    meter = Meter(most_steps=10_000_000, most_seconds=3.0)
    meter.spend(50_001)
    now[0] += 2.9
    meter.spend(50_000)
    now[0] += 0.2
    with pytest.raises(Exhausted, match="too long"):
        meter.spend(50_000)
    with pytest.raises(Exhausted):
        meter.spend()
    meter.restart()
    meter.spend(150_000)


def test_bytes_are_reserved_before_they_are_there() -> None:
    meter = Meter(most_bytes=100)
    meter.reserve(100)
    with pytest.raises(Exhausted, match="too large"):
        meter.reserve(1)
    with pytest.raises(Exhausted):
        meter.reserve(0)
    meter.restart()
    meter.reserve(100)


def test_the_limit_of_steps_can_be_changed() -> None:
    meter = Meter()
    meter.most_steps = 10
    assert meter.most_steps == 10
    meter.restart()
    with pytest.raises(Exhausted):
        meter.spend(11)
