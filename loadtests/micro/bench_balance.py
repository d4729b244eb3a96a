"""What a breaker and a balancer add to a request: `python -m loadtests.micro.bench_balance`.

Measured through `Attempt`, the door for Python; the gateway makes the same calls without it. The row "nothing
chosen" is what that door costs for as many calls. The last line is how long it takes until another process
sees a trip.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from multiprocessing.connection import Connection

from fastgw._balance import Algorithm, Attempt, Balancer
from fastgw._core import Breaker, BreakerRule
from fastgw._member import Member
from fastgw._shared import Segment
from loadtests.micro.timing import cost, table

STEPS = 20_000
TRIPS = 200
FORK = multiprocessing.get_context("fork")
"""Only a forked process shares a segment."""
PATIENCE_SECONDS = 10.0
"""How long one process waits for the other before the bench gives up."""


class Workload:
    """A balancer over `count` members, each with one breaker, and requests that all succeed."""

    def __init__(self, count: int, algorithm: Algorithm = Algorithm.ROUND_ROBIN) -> None:
        segment = Segment(seats=8)
        rule = BreakerRule(
            name="default", percentage=50, reasons=frozenset({"timeout"}), statuses=((500, 599),)
        )
        members = [
            Member(segment, slot, f"member-{slot}", None, (Breaker(segment, slot, rule),))
            for slot in range(count)
        ]
        self.balancer = Balancer(segment, 0, "bench", members, algorithm=algorithm)
        self._attempt = Attempt()

    def run(self, steps: int) -> None:
        """Choose, judge and release `steps` times; RuntimeError when no member was chosen."""
        attempt, balancer = self._attempt, self.balancer
        choose, judge, release = attempt.try_choose, attempt.try_judge, attempt.try_release
        # A clock that goes on, and that costs nothing: 10 us a request.
        now = time.monotonic()
        for _ in range(steps):
            if choose(balancer, now) < 0:
                raise RuntimeError("a member should have been chosen")
            judge(200, now)
            release(now)
            now += 1e-5


class Idle(Workload):
    """As many calls through the door, none of which has anything to do."""

    def run(self, steps: int) -> None:
        """Judge and release `steps` times what was never chosen."""
        attempt = Attempt()
        judge, release = attempt.try_judge, attempt.try_release
        now = time.monotonic()
        for _ in range(steps):
            judge(200, now)
            judge(200, now)
            release(now)
            now += 1e-5


def trip_delays(trips: int) -> list[float]:
    """Seconds from just before a breaker is tripped until another process is refused, `trips` times.

    Raises TimeoutError when the other process does not see a trip.
    """
    breaker = Breaker(Segment(seats=2), 0, BreakerRule(name="default", count=1, trip=600_000))
    here, there = FORK.Pipe()
    watcher = FORK.Process(target=_watch, args=(breaker, trips, there), daemon=True)
    watcher.start()
    try:
        return [_one_delay(breaker, here) for _ in range(trips)]
    finally:
        watcher.kill()
        watcher.join()


def _one_delay(breaker: Breaker, pipe: Connection) -> float:
    """Trip once the other process watches, wait until it has seen that, close again."""
    _answer(pipe)
    ticket = breaker.try_admit(_now(), 0.0, 0)[1]
    began = time.monotonic()
    if breaker.try_report(ticket, _now(), True, False, -1, 0.0) != "opened":
        raise RuntimeError("the breaker should have tripped")
    delay = _answer(pipe) - began
    breaker.reset(_now())
    pipe.send(0.0)
    return delay


def _watch(breaker: Breaker, trips: int, pipe: Connection) -> None:
    """The other process: ask without a pause, and tell when the breaker refuses."""
    for _ in range(trips):
        pipe.send(0.0)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while breaker.try_admit(_now(), 0.0, 0)[0] != "refuse":
            if time.monotonic() > deadline:
                return
        pipe.send(time.monotonic())
        _answer(pipe)


def _answer(pipe: Connection) -> float:
    if not pipe.poll(PATIENCE_SECONDS):
        raise TimeoutError("the other process did not answer")
    answer: float = pipe.recv()
    return answer


def _now() -> int:
    """The time in milliseconds, as breakers are told it; the same clock in all processes."""
    return int(time.monotonic() * 1000)


def main() -> None:
    """Print both figures."""
    print(
        table(
            "choose, judge, release",
            [
                ("nothing chosen", cost(Idle(1).run, STEPS)),
                ("1 member", cost(Workload(1).run, STEPS)),
                ("2 members, round-robin", cost(Workload(2).run, STEPS)),
                ("30 members, round-robin", cost(Workload(30).run, STEPS)),
                ("30 members, least-requests", cost(Workload(30, Algorithm.LEAST_REQUESTS).run, STEPS)),
                ("30 members, p2c-ewma", cost(Workload(30, Algorithm.P2C_EWMA).run, STEPS)),
            ],
        )
    )
    delays = [delay * 1e6 for delay in trip_delays(TRIPS)]
    median, most = statistics.median(delays), max(delays)
    print(f"until another process sees a trip: median {median:.1f} us, at most {most:.1f} us, {TRIPS} trips")


if __name__ == "__main__":
    main()
