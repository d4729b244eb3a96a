"""One circuit breaker and several processes: what happens once must happen once among all of them.

The processes are real and start together. Time is still an argument, so nothing here waits for a breaker.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from fastgw._core import Breaker, BreakerRule, seat_died
from fastgw._shared import Segment
from tests.breakers import NOW, admit, call, report, seen

PROCESSES = 4
PATIENCE = 60.0  # seconds for what takes a fraction of one

# What a process does on its seat; it may tell something before it ends by calling its second argument.
Work = Callable[[int, Callable[[Any], None]], Any]


class Process(NamedTuple):
    pid: int
    told: int  # file descriptor


@contextmanager
def processes(segment: Segment, count: int, work: Work) -> Iterator[list[Process]]:
    """`count` processes on seats 0, 1, ... that begin their work when all of them are there."""
    wait, go = os.pipe()
    started: list[Process] = []
    try:
        for seat in range(count):
            told, tell = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.close(go)
                work_and_exit(segment, seat, work, wait, tell)
            os.close(tell)
            started.append(Process(pid, told))
        os.close(wait)
        os.close(go)
        yield started
    finally:
        for process in started:
            os.kill(process.pid, signal.SIGKILL)
            os.waitpid(process.pid, 0)
            os.close(process.told)


def work_and_exit(segment: Segment, seat: int, work: Work, wait: int, tell: int) -> None:
    """Of the forked process: it must never come back into the test."""
    code = 1
    try:
        segment.seat = seat
        os.read(wait, 1)
        result = work(seat, lambda value: send(tell, value))
        send(tell, result)
        code = 0
    except BaseException as error:
        sys.stderr.write(f"process on seat {seat}: {error!r}\n")
    finally:
        os._exit(code)


def send(tell: int, value: Any) -> None:
    data = json.dumps(value).encode() + b"\n"
    while data:
        data = data[os.write(tell, data) :]


def heard(process: Process) -> Any:
    """The next value that a process tells."""
    line = b""
    deadline = time.monotonic() + PATIENCE
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([process.told], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, "the process takes too long"
        read = os.read(process.told, 1)
        assert read, "the process has ended"
        line += read
    return json.loads(line)


def results(segment: Segment, work: Callable[[int], Any]) -> list[Any]:
    """What each of the processes returns, by seat."""
    with processes(segment, PROCESSES, lambda seat, tell: work(seat)) as started:
        return [heard(process) for process in started]


def flat(lists: list[list[Any]]) -> list[Any]:
    return [value for values in lists for value in values]


def end(process: Process) -> None:
    """Kill it as the system does, and wait until it is gone; `processes` may not find it again."""
    os.kill(process.pid, signal.SIGKILL)
    # It stays a zombie, whose number nobody else gets, until `processes` collects it.
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)


@pytest.fixture
def segment() -> Segment:
    segment = Segment(seats=PROCESSES + 1)
    segment.seat = PROCESSES
    segment.begin_breaker(0)
    return segment


def breaker_of(segment: Segment, **values: Any) -> Breaker:
    return Breaker(segment, 0, BreakerRule(name="rule", **values))


# ---------------------------------------------------------------- counting


@pytest.mark.parametrize(("short_of", "opened"), [(0, 1), (1, 0)], ids=["count-reached", "one-too-few"])
def test_failures_of_all_processes_count_and_trip_once(segment: Segment, short_of: int, opened: int) -> None:
    each = 2_500
    breaker = breaker_of(segment, count=PROCESSES * each + short_of, interval=10_000)

    def fail(seat: int) -> list[str]:
        """All over the window, so that buckets begin while others count in them."""
        return [event for n in range(each) if (event := call(breaker, NOW + n * 9_000 // each, failed=True))]

    events = flat(results(segment, fail))
    assert events == ["opened"] * opened
    assert seen(breaker, NOW + 9_000, "trips") == opened
    if not opened:
        assert seen(breaker, NOW + 9_000, "requests", "failures") == (PROCESSES * each, PROCESSES * each)


def test_failures_beyond_the_count_trip_no_second_time(segment: Segment) -> None:
    breaker = breaker_of(segment, count=100)

    def fail(seat: int) -> tuple[int, int, int]:
        """(outcomes that opened, outcomes in all, refusals)"""
        opened = reported = refused = 0
        for _ in range(5_000):
            verdict, ticket = admit(breaker, NOW)
            if verdict == "refuse":
                refused += 1
            else:
                reported += 1
                opened += report(breaker, ticket, NOW, failed=True) == "opened"
        return opened, reported, refused

    opened, reported, refused = (sum(column) for column in zip(*results(segment, fail), strict=True))
    assert opened == 1
    # Each process may have had one request under way when the circuit opened.
    assert 100 <= reported < 100 + PROCESSES
    assert seen(breaker, NOW, "state", "trips", "refused") == ("open", 1, refused)


def test_consecutive_failures_of_all_processes_are_one_row(segment: Segment) -> None:
    breaker = breaker_of(segment, consecutive=PROCESSES * 2_500)
    events = results(segment, lambda seat: [call(breaker, NOW, failed=True) for _ in range(2_500)])
    assert sorted(flat(events))[-2:] == ["", "opened"]


# ---------------------------------------------------------------- trials


def test_exactly_one_of_all_processes_gets_the_trial(segment: Segment) -> None:
    breaker = breaker_of(segment, count=1, trip=10_000)
    call(breaker, NOW, failed=True)

    def ask(seat: int) -> list[str]:
        return [admit(breaker, NOW + 10_000)[0] for _ in range(5_000)]

    verdicts = flat(results(segment, ask))
    assert verdicts.count("trial") == 1
    assert verdicts.count("refuse") == PROCESSES * 5_000 - 1


def test_each_lost_trial_is_taken_over_by_exactly_one(segment: Segment) -> None:
    """In round n all ask when the trial of round n - 1 is overdue; nobody waits for anybody."""
    breaker = breaker_of(segment, count=1, trip=1000)
    call(breaker, NOW, failed=True)

    def ask(seat: int) -> list[int]:
        now = [NOW + 1000 * n for n in range(1, 5_001)]
        return [at for at in now if breaker.try_admit(at, 0.5, at + 1000)[0] == "trial"]

    trials = sorted(flat(results(segment, ask)))
    assert trials == [NOW + 1000 * n for n in range(1, 5_001)]


def test_every_change_is_told_to_exactly_one(segment: Segment) -> None:
    """However trips, trials and closings of the processes meet: they alternate, so their numbers agree."""
    breaker = breaker_of(segment, count=3, trip=5, interval=1_000)

    def use(seat: int) -> dict[str, int]:
        told = {"opened": 0, "closed": 0, "trial": 0}
        for n in range(10_000):
            verdict, ticket = breaker.try_admit(NOW + n, 0.5, NOW + n + 10**6)
            if verdict == "refuse":
                continue
            event = report(breaker, ticket, NOW + n, failed=verdict == "allow")
            told["trial"] += verdict == "trial"
            if event:
                told[event] += 1
        return told

    told = results(segment, use)
    opened, closed, trials = (sum(one[name] for one in told) for name in ("opened", "closed", "trial"))
    still_open = seen(breaker, NOW, "state") == "open"
    assert opened > 100
    assert trials == closed == opened - still_open
    assert seen(breaker, NOW, "trips") == opened


# ---------------------------------------------------------------- processes that die


def test_trial_of_a_killed_process_is_free_at_once(segment: Segment) -> None:
    breaker = breaker_of(segment, count=1, trip=10_000)
    call(breaker, NOW, failed=True)
    now = NOW + 10_000

    def hold(seat: int, tell: Callable[[Any], None]) -> None:
        if seat == 1:
            tell(breaker.try_admit(now, 0.5, now + 300_000))
        signal.pause()

    with processes(segment, 2, hold) as started:
        verdict, ticket = heard(started[1])
        assert verdict == "trial"
        end(started[1])
        seat_died(segment, 0, now)
        assert admit(breaker, now)[0] == "refuse", "the process on another seat has died"
        seat_died(segment, 1, now)
        assert admit(breaker, now)[0] == "trial"
        assert report(breaker, ticket, now) == "", "nobody may speak for the dead"
        seat_died(segment, 1, now)
        assert admit(breaker, now)[0] == "refuse", "the trial is no longer that seat's"


def test_dead_seat_frees_its_trials_of_all_breakers_and_no_others(segment: Segment) -> None:
    rule = BreakerRule(name="rule", count=1, trip=10_000)
    breakers = []
    for slot in range(30):
        segment.begin_breaker(slot)
        breakers.append(Breaker(segment, slot, rule))
        call(breakers[-1], NOW, failed=True)
    now = NOW + 10_000
    for slot, breaker in enumerate(breakers[:20]):
        segment.seat = slot % 2
        assert admit(breaker, now)[0] == "trial"
    seat_died(segment, 0, now)
    verdicts = [admit(breaker, now)[0] for breaker in breakers]
    assert verdicts == ["trial", "refuse"] * 10 + ["trial"] * 10


def test_process_killed_at_any_moment_leaves_nothing_stuck(segment: Segment) -> None:
    rounds = 15
    for round_ in range(rounds):
        segment.begin_breaker(0)
        breaker = breaker_of(segment, count=2, trip=3, ramp=2)

        def use(seat: int, tell: Callable[[Any], None], breaker: Breaker = breaker) -> None:
            now = NOW
            while True:
                for _ in range(997):
                    now += 1
                    verdict, ticket = breaker.try_admit(now, 0.0, now + 10**9)
                    if verdict != "refuse":
                        report(breaker, ticket, now, failed=now % 5 < 3)
                tell(now)

        with processes(segment, 2, use) as started:
            for _ in range(round_ % 3 + 1):
                latest = max(heard(process) for process in started)
            for process in started:
                end(process)
        # Their clocks ran ahead of what they told by a pipe's length at most.
        now = latest + 10**8
        for seat in range(2):
            seat_died(segment, seat, now)
        verdict, ticket = admit(breaker, now)
        assert verdict in {"allow", "trial"}
        if verdict == "trial":
            assert report(breaker, ticket, now) == "closed"
        assert admit(breaker, now + 10)[0] == "allow"
        assert [call(breaker, now + 10**6, failed=True) for _ in range(2)] == ["", "opened"]
