"""The clock of expressions: the system's, unless it is replaced."""

from __future__ import annotations

import time

from fastgw.expr.library import clock
from tests.expr.library.net_cases import NOON, clock_at


def test_it_counts_ticks_since_the_first_day_of_the_calendar() -> None:
    seconds = (clock.utc_now_ticks() - clock.UNIX_EPOCH_TICKS) / 10_000_000
    assert abs(seconds - time.time()) < 5


def test_it_can_be_stopped_and_goes_on() -> None:
    with clock_at(NOON):
        assert clock.utc_now_ticks() == NOON
    assert clock.utc_now_ticks() != NOON


def test_none_stands_for_the_system() -> None:
    before = clock.replace(lambda: 5)
    clock.replace(None)
    assert clock.utc_now_ticks() > clock.UNIX_EPOCH_TICKS
    clock.replace(before)
