"""What processes hold in the shared segment: never more than may be, and nothing once a process is gone."""

from __future__ import annotations

import multiprocessing
import os
from typing import Any

import pytest

from fastgw._core import seat_died
from fastgw._shared import Segment

PLACES = 8192
"""Of the table of a process; names this far apart want the same places."""
PROBES = 16
OVERFULL = PROBES * PLACES


def test_as_many_are_held_as_may_be_and_no_more() -> None:
    segment = Segment(seats=1)
    assert [segment.take(7, 2) for _ in range(3)] == [True, True, False]
    assert segment.held(7) == 2
    segment.give(7)
    assert segment.take(7, 2) is True
    assert segment.take(8, 1) is True


def test_all_processes_are_counted_together() -> None:
    segment = Segment(seats=3)
    for seat in range(3):
        segment.seat = seat
        assert segment.take(7, 3) is True
    assert segment.take(7, 3) is False
    assert segment.held(7) == 3


def test_what_a_process_held_ends_with_it() -> None:
    segment = Segment(seats=2)
    segment.take(7, 5)
    segment.seat = 1
    segment.take(7, 5)
    seat_died(segment, 0, 1)
    assert segment.held(7) == 1
    assert segment.take(7, 2) is True


def test_limits_of_one_name_may_differ() -> None:
    segment = Segment(seats=1)
    assert segment.take(7, 1) is True
    assert segment.take(7, 1) is False
    assert segment.take(7, 2) is True


def test_giving_what_is_not_held_changes_nothing() -> None:
    segment = Segment(seats=1)
    segment.give(7)
    assert segment.held(7) == 0
    assert segment.take(7, 1) is True


@pytest.mark.parametrize("name", [0, 1, 2**64 - 1])
def test_every_name_of_64_bits_can_be_held(name: int) -> None:
    segment = Segment(seats=2)
    segment.seat = 1
    assert segment.take(name, 1) is True
    assert segment.take(name, 1) is False


def test_where_there_is_no_place_left_a_process_counts_for_itself() -> None:
    segment = Segment(seats=2)
    for number in range(PROBES):
        assert segment.take(number * PLACES, 1) is True
    assert segment.take(OVERFULL, 2) is None
    assert segment.take(OVERFULL, 2) is None
    assert segment.take(OVERFULL, 2) is False
    segment.seat = 1
    assert segment.take(OVERFULL, 3) is True
    segment.give(OVERFULL)
    segment.give(OVERFULL)
    segment.give(OVERFULL)
    assert segment.held(OVERFULL) == 0


def test_a_place_is_free_again_once_nothing_is_held_in_it() -> None:
    segment = Segment(seats=1)
    for number in range(PROBES):
        segment.take(number * PLACES, 1)
    segment.give(3 * PLACES)
    assert segment.take(OVERFULL, 1) is True
    assert [segment.held(number * PLACES) for number in range(PROBES)] == [1] * 3 + [0] + [1] * 12


def _hammer(segment: Segment, seat: int, inside: Any, most: int, highest: Any) -> None:
    segment.seat = seat
    entered = 0
    while entered < 2000:
        if segment.take(7, most):
            entered += 1
            with inside.get_lock():
                inside.value += 1
                highest.value = max(highest.value, inside.value)
            with inside.get_lock():
                inside.value -= 1
            segment.give(7)
        else:
            os.sched_yield()


def test_processes_at_the_same_time_never_hold_too_many() -> None:
    fork = multiprocessing.get_context("fork")
    segment = Segment(seats=4)
    inside, highest = fork.Value("i", 0), fork.Value("i", 0)
    processes = [fork.Process(target=_hammer, args=(segment, seat, inside, 2, highest)) for seat in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert 1 <= highest.value <= 2
    segment.seat = 3
    assert segment.held(7) == 0
