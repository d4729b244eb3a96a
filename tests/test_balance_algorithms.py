"""The algorithms beside turns, and how a member that came back grows: least requests, P2C, slow start, ramp.

Where chance decides, its seed is fixed and the bounds are far from what is expected.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from fastgw._balance import Algorithm, Attempt, seed
from fastgw._core import Outcome
from tests.balancers import NOW, Scene, milliseconds, release, trips_at_once

DECAY = 10.0  # seconds until an average has lost two thirds
SLOW_START = 30.0
RAMP = 10.0
OUT = 10.0


@pytest.fixture(autouse=True)
def chance() -> None:
    seed(20_240_229)


# ---------------------------------------------------------------- least requests


def least(weights: tuple[int, ...] = (1, 1, 1), **options: Any) -> Scene:
    return Scene(weights, algorithm=Algorithm.LEAST_REQUESTS, **options)


def test_the_member_with_the_fewest_requests_in_flight_is_chosen() -> None:
    scene = least()
    held = {
        number: [scene.choose(preferred=number) for _ in range(count)]
        for number, count in enumerate((4, 1, 2))
    }
    assert scene.call() == 1
    held[1] += [scene.choose() for _ in range(3)]
    assert scene.seen("inFlight") == [4, 3, 3]
    release(held[0])
    assert scene.calls(5) == [0] * 5


@pytest.mark.parametrize("weights", [(1, 1, 1), (3, 1), (5, 3, 2)])
def test_requests_in_flight_are_spread_by_weight(weights: tuple[int, ...]) -> None:
    scene = least(weights)
    held = [scene.choose() for _ in range(20 * sum(weights))]
    assert scene.seen("inFlight") == [20 * weight for weight in weights]
    release(held)


def test_requests_of_other_processes_count() -> None:
    scene = least((1, 1))
    other = Attempt()
    scene.segment.seat = 1
    other.try_choose(scene.another(), NOW, preferred=0)
    scene.segment.seat = 0
    assert scene.calls(5) == [1] * 5


def test_equals_take_turns() -> None:
    assert least((1, 1, 1, 1)).shares(2000) == dict.fromkeys(range(4), 500)


@pytest.mark.parametrize("out", [0, 1, 2, 3])
def test_equals_take_turns_when_one_is_out(out: int) -> None:
    scene = least((1, 1, 1, 1), rules=[trips_at_once()])
    scene.trip(out)
    shares = scene.shares(1200)
    # Rotation must not give the neighbour of an absent member two turns out of each round.
    assert shares == {number: 400 for number in range(4) if number != out}


# ---------------------------------------------------------------- the better of two


def p2c(weights: tuple[int, ...] = (1, 1, 1), **options: Any) -> Scene:
    return Scene(weights, algorithm=Algorithm.P2C_EWMA, **options)


def deal(
    scene: Scene,
    count: int,
    takes: Callable[[int], float],
    outcome: Callable[[int], int] = lambda member: 200,
) -> Counter[int]:
    """Requests a millisecond apart, each answered after what its member takes; how many each gets."""
    chosen: Counter[int] = Counter()
    under_way: list[tuple[float, int, Attempt]] = []
    for number in range(count):
        now = NOW + number / 1000
        while under_way and under_way[0][0] <= now:
            over, _, attempt = heapq.heappop(under_way)
            assert attempt.member
            attempt.try_judge(outcome(int(attempt.member.id)), over)
            attempt.try_release(over)
        attempt = scene.choose(now)
        assert attempt.member
        member = int(attempt.member.id)
        chosen[member] += 1
        heapq.heappush(under_way, (now + takes(member), number, attempt))
    return chosen


def test_members_that_are_alike_get_alike() -> None:
    shares = deal(p2c(), 3000, lambda member: 0.01)
    assert all(850 < count < 1150 for count in shares.values())


def test_a_slow_member_gets_far_less() -> None:
    shares = deal(p2c(), 2000, lambda member: 0.5 if member == 1 else 0.01)
    assert 1 <= shares[1] < 40
    assert abs(shares[0] - shares[2]) < 300


def test_a_slow_member_is_tried_again_when_its_average_has_faded() -> None:
    scene = p2c((1, 1))
    scene.call(preferred=1, takes=1.0)
    held = [scene.choose(NOW + 100 + number / 8) for number in range(20)]
    chosen = {attempt.member.id for attempt in held if attempt.member}
    assert chosen == {"0", "1"}


def test_a_member_of_whom_nothing_is_known_gets_its_share() -> None:
    scene = p2c((1, 1, 1))
    for number in range(50):
        scene.call(NOW - 1 + number / 100, preferred=number % 2, takes=0.02)
    shares = deal(scene, 900, lambda member: 0.02)
    assert 200 < shares[2] < 420


def test_a_member_of_whom_nothing_is_known_is_not_flooded() -> None:
    scene = p2c((1, 1, 1))
    for number in range(50):
        scene.call(NOW - 1 + number / 100, preferred=number % 2, takes=0.02)
    held = [scene.choose() for _ in range(90)]
    in_flight = scene.seen("inFlight")
    assert all(20 <= count <= 40 for count in in_flight)
    release(held)


def test_requests_in_flight_count_against_a_member() -> None:
    scene = p2c((1, 1))
    held = [scene.choose(preferred=0) for _ in range(10)]
    assert scene.calls(20) == [1] * 20
    release(held)


def test_weights_count_for_a_member() -> None:
    scene = p2c((3, 1))
    held = [scene.choose() for _ in range(80)]
    assert scene.seen("inFlight") == [60, 20]
    release(held)


@pytest.mark.parametrize("outcome", [500, Outcome.CONNECTION_FAILURE, Outcome.TIMED_OUT])
def test_failing_fast_is_not_attractive(outcome: int) -> None:
    shares = deal(
        p2c(rules=[trips_at_once(count=10**6)]),
        1000,
        lambda member: 0.001 if member == 0 else 0.02,
        lambda member: outcome if member == 0 else 200,
    )
    assert shares[0] < 50


def test_a_failure_counts_as_a_second_or_what_it_took() -> None:
    scene = p2c((1, 1), rules=[trips_at_once(count=10)])
    scene.call(preferred=0, outcome=500, takes=0.125)
    scene.call(preferred=1, outcome=500, takes=2.5)
    assert scene.member(0).state(milliseconds(NOW + 0.125))["latency"] == pytest.approx(1.0)
    assert scene.member(1).state(milliseconds(NOW + 2.5))["latency"] == pytest.approx(2.5)


@pytest.mark.parametrize(("outcome", "seconds"), [(404, 0.125), (499, 0.125), (500, 1.0), (503, 1.0)])
def test_a_server_error_is_slow_even_where_no_rule_calls_it_a_failure(outcome: int, seconds: float) -> None:
    scene = p2c((1, 1))
    scene.call(preferred=0, outcome=outcome, takes=0.125)
    assert scene.member(0).state(milliseconds(NOW + 0.125))["latency"] == pytest.approx(seconds)


def latency(scene: Scene, now: float) -> float:
    found = scene.member(0).state(milliseconds(now))["latency"]
    assert isinstance(found, float)
    return found


def test_a_higher_sample_counts_at_once_and_a_lower_one_by_the_time_since() -> None:
    scene = p2c((1, 1))
    scene.call(NOW, preferred=0, takes=0.25)
    assert latency(scene, NOW + 0.25) == pytest.approx(0.25)
    scene.call(NOW, preferred=0, takes=0.5)
    assert latency(scene, NOW + 0.5) == pytest.approx(0.5)
    scene.call(NOW + 0.375, preferred=0, takes=0.125)
    # At the same moment: none of the old one has gone.
    assert latency(scene, NOW + 0.5) == pytest.approx(0.5)
    scene.call(NOW + 0.375 + DECAY, preferred=0, takes=0.125)
    kept = math.exp(-1)
    assert latency(scene, NOW + 0.5 + DECAY) == pytest.approx(0.5 * kept + 0.125 * (1 - kept), rel=1e-5)


def test_an_average_fades() -> None:
    scene = p2c((1, 1))
    scene.call(preferred=0, takes=1.0)
    for periods in (1, 2, 5):
        assert latency(scene, NOW + 1 + periods * DECAY) == pytest.approx(math.exp(-periods), rel=1e-5)


def test_the_clock_of_another_process_may_be_a_moment_behind() -> None:
    scene = p2c((1, 1))
    scene.call(preferred=0, takes=1.0)
    # Written at NOW + 1; a process that read the clock a moment before does not take the average for gone.
    assert latency(scene, NOW + 0.875) == pytest.approx(1.0, rel=0.05)
    scene.call(NOW + 0.75, preferred=0, takes=0.125)
    assert latency(scene, NOW + 1) == pytest.approx(1.0, rel=0.05)


@pytest.mark.parametrize("days", [1, 24, 25, 30, 40, 49])
def test_an_average_of_long_ago_is_gone(days: int) -> None:
    scene = p2c((1, 1))
    scene.call(preferred=0, takes=1.0)
    assert latency(scene, NOW + 1 + days * 86_400) == pytest.approx(0.0, abs=1e-9)


def test_the_average_outlives_the_wrap_of_its_clock() -> None:
    wrap = 2**32 / 1000
    scene = p2c((1, 1))
    scene.call(wrap - 1, preferred=0, takes=0.5)
    assert latency(scene, wrap + 0.5) == pytest.approx(0.5 * math.exp(-0.1), rel=1e-3)


@pytest.mark.parametrize("left", [1, 2])
def test_only_members_that_are_there_are_drawn(left: int) -> None:
    scene = p2c((1, 1, 1), rules=[trips_at_once()])
    scene.trip(*range(3 - left))
    assert set(scene.calls(100)) == set(range(3 - left, 3))


# ---------------------------------------------------------------- slow start

COUNT = 4000


def shares_after(scene: Scene, seconds: float) -> float:
    """The share of member 0 so long after it came back at NOW + OUT."""
    return scene.shares(COUNT, NOW + OUT + seconds)[0] / COUNT


def came_back_by_a_trial(**options: Any) -> Scene:
    scene = Scene((1, 1), rules=[trips_at_once()], slow_start=int(SLOW_START * 1000), **options)
    scene.trip(0)
    assert scene.call(NOW + OUT, preferred=0) == 0
    return scene


def came_back_by_reset(**options: Any) -> Scene:
    rule = trips_at_once(reset=True)
    scene = Scene((1, 1), rules=[rule], slow_start=int(SLOW_START * 1000), **options)
    scene.trip(0)
    assert scene.call(NOW + OUT, preferred=0) == 0
    return scene


def came_back_to_health(**options: Any) -> Scene:
    scene = Scene((1, 1), slow_start=int(SLOW_START * 1000), **options)
    scene.health(False, 0)
    scene.health(True, 0, now=NOW + OUT)
    return scene


@pytest.mark.parametrize("came_back", [came_back_by_a_trial, came_back_by_reset, came_back_to_health])
@pytest.mark.parametrize(
    ("seconds", "weight"), [(0.0, 0.1), (1.5, 0.1), (7.5, 0.25), (15.0, 0.5), (30.0, 1.0), (3000.0, 1.0)]
)
def test_a_member_that_came_back_grows_from_a_tenth(
    came_back: Callable[[], Scene], seconds: float, weight: float
) -> None:
    # The rest of its turns goes on to the other one, whose weight is 1.
    assert shares_after(came_back(), seconds) == pytest.approx(weight / (1 + weight), abs=0.03)


@pytest.mark.parametrize("algorithm", [Algorithm.LEAST_REQUESTS, Algorithm.P2C_EWMA])
def test_a_member_that_came_back_gets_a_tenth_of_the_requests_in_flight(algorithm: Algorithm) -> None:
    scene = came_back_to_health(algorithm=algorithm)
    held = [scene.choose(NOW + OUT) for _ in range(220)]
    assert scene.seen("inFlight")[0] == pytest.approx(20, abs=2)
    release(held)
    held = [scene.choose(NOW + OUT + SLOW_START) for _ in range(220)]
    assert scene.seen("inFlight")[0] == pytest.approx(110, abs=2)
    release(held)


def test_nobody_starts_slowly_when_the_gateway_does() -> None:
    assert Scene((1, 1), slow_start=30_000).shares(200, 5.0) == {0: 100, 1: 100}


def test_without_slow_start_a_member_comes_back_at_once() -> None:
    scene = Scene((1, 1), rules=[trips_at_once()])
    scene.trip(0)
    scene.call(NOW + OUT, preferred=0)
    assert scene.shares(200, NOW + OUT) == {0: 100, 1: 100}


def test_a_member_alone_does_not_start_slowly() -> None:
    scene = came_back_by_a_trial()
    scene.trip(1, now=NOW + OUT)
    assert set(scene.calls(100, NOW + OUT)) == {0}


def test_when_all_came_back_none_is_refused() -> None:
    scene = Scene((1, 1), slow_start=30_000)
    scene.health(False, 0, 1)
    scene.health(True, 0, 1, now=NOW + 1)
    shares = scene.shares(1000, NOW + 1)
    assert shares[0] + shares[1] == 1000
    assert 400 < shares[0] < 600


# ---------------------------------------------------------------- the ramp of a breaker


def ramping(weights: tuple[int, ...] = (1, 1), **options: Any) -> Scene:
    """Member 0 has begun its ramp at NOW + OUT."""
    scene = Scene(weights, rules=[trips_at_once(ramp=int(RAMP * 1000))], **options)
    scene.trip(0)
    assert scene.call(NOW + OUT, preferred=0) == 0
    assert scene.breaker_states(NOW + OUT)[0] == ["ramping"]
    return scene


@pytest.mark.parametrize("algorithm", list(Algorithm), ids=lambda one: one.name.lower())
def test_requests_that_a_ramp_refuses_go_to_others(algorithm: Algorithm) -> None:
    scene = ramping((1, 1, 1), algorithm=algorithm)
    assert set(scene.calls(300, NOW + OUT)) == {1, 2}
    shares = scene.shares(COUNT, NOW + OUT + RAMP / 4)
    assert 0 < shares[0] < 0.2 * COUNT
    assert sum(shares.values()) == COUNT
    assert shares[-1] == 0


@pytest.mark.parametrize(("part", "share"), [(0.25, 0.2), (0.5, 1 / 3), (1.0, 0.5)])
def test_a_ramp_lets_a_growing_share_of_the_turns_through(part: float, share: float) -> None:
    assert shares_after(ramping(), part * RAMP) == pytest.approx(share, abs=0.03)


def test_a_ramp_without_others_refuses() -> None:
    scene = ramping((1,))
    shares = scene.shares(COUNT, NOW + OUT + RAMP / 4)
    assert shares[0] / COUNT == pytest.approx(0.25, abs=0.03)
    refused = next(
        attempt
        for attempt in (scene.choose(NOW + OUT + RAMP / 4) for _ in range(100))
        if attempt.member is None
    )
    assert (refused.status, refused.remaining) == (503, 0)


def test_a_failure_in_the_ramp_counts() -> None:
    scene = ramping()
    assert scene.call(NOW + OUT + RAMP, preferred=0, outcome=500) == 0
    assert set(scene.calls(10, NOW + OUT + RAMP)) == {1}
