"""Another attempt: when it may be made, on whom, and how many there may be; and what counts as a failure.

Sources: spec/resilience.md section 3.2; the keys `retry` and `circuitBreaker` of docs/configuration.md.
"""

from __future__ import annotations

from typing import Any

import pytest

from fastgw._balance import Algorithm, Attempt, RetryRule
from fastgw._core import BreakerRule, Outcome
from tests.balancers import NOW, Scene, failures_of, milliseconds, trips_at_once

REFUSED_CONNECTION = frozenset({"backendconnectionfailure"})
ALGORITHMS = pytest.mark.parametrize("algorithm", list(Algorithm), ids=lambda one: one.name.lower())


def scene_of(weights: tuple[int, ...] = (1, 1, 1), *, count: int = 10, **options: Any) -> Scene:
    return Scene(weights, retry=RetryRule(count, ((500, 599),), REFUSED_CONNECTION), **options)


def retried(scene: Scene, attempts: int, now: float = NOW, *, outcome: int = 503, **how: Any) -> list[int]:
    """The members of one request, each of whose attempts fails."""
    attempt = Attempt()
    chosen = [attempt.try_choose(scene.balancer, now, **how)]
    while True:
        attempt.try_judge(outcome, now)
        if len(chosen) == attempts or not attempt.try_retry(outcome, now):
            break
        attempt.try_release(now)
        chosen.append(attempt.try_choose(scene.balancer, now, again=True))
    attempt.try_release(now)
    return chosen


# ---------------------------------------------------------------- on whom


@ALGORITHMS
def test_no_member_is_tried_twice_while_another_is_there(algorithm: Algorithm) -> None:
    for _ in range(20):
        assert sorted(retried(scene_of((1, 1, 1, 1), algorithm=algorithm), 4)) == [0, 1, 2, 3]


@ALGORITHMS
def test_when_all_were_tried_they_are_tried_again(algorithm: Algorithm) -> None:
    chosen = retried(scene_of((1, 1), algorithm=algorithm), 10)
    assert len(chosen) == 10
    assert set(chosen) == {0, 1}


def test_a_single_member_may_be_tried_again() -> None:
    assert retried(scene_of((1,)), 3) == [0, 0, 0]


def test_a_retry_goes_to_a_later_priority_rather_than_to_the_same_member() -> None:
    scene = scene_of((1, 1, 1), priorities=(1, 2, 3))
    assert retried(scene, 3) == [0, 1, 2]


def test_a_retry_goes_to_the_same_member_rather_than_to_a_sick_one() -> None:
    scene = scene_of((1, 1))
    scene.health(False, 1)
    assert retried(scene, 3) == [0, 0, 0]


def test_a_retry_leaves_the_member_of_the_session() -> None:
    scene = scene_of((1, 1, 1))
    attempt = Attempt()
    assert attempt.try_choose(scene.balancer, NOW, preferred=1) == 1
    attempt.try_release(NOW)
    assert attempt.try_choose(scene.balancer, NOW, preferred=1, again=True) != 1


def test_a_member_that_the_first_attempt_tripped_is_not_tried_again() -> None:
    scene = scene_of((1, 1), rules=[trips_at_once()])
    assert retried(scene, 3) == [0, 1]
    assert scene.call() == -1


def test_the_next_request_begins_anew() -> None:
    scene = scene_of((1, 1))
    attempt = Attempt()
    for _ in range(2):
        attempt.try_choose(scene.balancer, NOW)
        attempt.try_release(NOW)
        attempt.try_choose(scene.balancer, NOW, again=True)
        attempt.try_release(NOW)
        assert attempt.tries == 2
    assert scene.seen("chosen") == [2, 2]


# ---------------------------------------------------------------- whether


@pytest.mark.parametrize("count", [1, 2, 5])
def test_there_are_at_most_count_further_attempts(count: int) -> None:
    assert len(retried(scene_of((1,) * 8, count=count), 20)) == count + 1


def test_without_a_rule_there_is_no_retry() -> None:
    assert len(retried(Scene((1, 1)), 5)) == 1


def test_there_is_no_retry_when_nobody_would_admit_it() -> None:
    scene = scene_of((1, 1), rules=[trips_at_once()])
    attempt = scene.choose()
    scene.trip(0, 1)
    assert not attempt.try_retry(503, NOW)
    # A trial is due, but another request may take it: the answer that is there is better than a refusal.
    assert not attempt.try_retry(503, NOW + 10)
    scene.member(1).breakers[0].reset(milliseconds(NOW + 10))
    assert attempt.try_retry(503, NOW + 10)


@pytest.mark.parametrize(
    ("outcome", "again"),
    [
        (199, False),
        (200, False),
        (428, False),
        (429, True),
        (430, False),
        (499, False),
        (502, True),
        (504, True),
        (505, False),
        (599, False),
        (600, False),
        (999, False),
        (Outcome.CONNECTION_FAILURE, False),
        (Outcome.TIMED_OUT, False),
    ],
)
def test_statuses_in_a_range_are_tried_again(outcome: int, again: bool) -> None:
    scene = Scene((1, 1), retry=RetryRule(1, ((502, 504), (429, 429))))
    assert scene.choose().try_retry(outcome, NOW) is again


EVERYTHING = (200, 499, 500, 599, Outcome.CONNECTION_FAILURE, Outcome.TIMED_OUT)


@pytest.mark.parametrize(
    ("reasons", "again"),
    [
        (set(), set()),
        ({"backendconnectionfailure"}, {Outcome.CONNECTION_FAILURE}),
        # A timeout has used up the time of the call.
        ({"timeout"}, set()),
        ({"server errors"}, {500, 599, Outcome.CONNECTION_FAILURE}),
    ],
    ids=["nothing", "connection", "timeout", "server-errors"],
)
def test_reasons_that_are_tried_again(reasons: set[str], again: set[int]) -> None:
    scene = Scene((1, 1), retry=RetryRule(1, (), frozenset(reasons)))
    assert {outcome for outcome in EVERYTHING if scene.choose().try_retry(outcome, NOW)} == again


# ---------------------------------------------------------------- Retry-After


@pytest.mark.parametrize(("retry_after", "again"), [(-1, True), (0, True), (1, False), (30_000, False)])
def test_a_member_alone_that_asks_to_be_left_alone_is(retry_after: int, again: bool) -> None:
    assert scene_of((1,)).choose().try_retry(503, NOW, retry_after) is again


def test_another_member_is_asked_instead() -> None:
    scene = scene_of((1, 1))
    attempt = scene.choose()
    assert attempt.try_retry(503, NOW, 30_000)
    attempt.try_release(NOW)
    assert attempt.try_choose(scene.balancer, NOW, again=True) == 1


@pytest.mark.parametrize("state", ["open", "sick"])
def test_one_that_cannot_be_asked_brings_nobody_back(state: str) -> None:
    scene = scene_of((1, 1), rules=[trips_at_once(count=2)] if state == "sick" else [trips_at_once()])
    if state == "sick":
        scene.health(False, 1)
    else:
        scene.trip(1)
    attempt = scene.choose()
    if attempt.try_retry(503, NOW, 30_000):
        attempt.try_release(NOW)
        assert attempt.try_choose(scene.balancer, NOW, again=True) == 1


def test_who_asked_to_be_left_alone_is_so_for_the_whole_request() -> None:
    scene = scene_of((1, 1))
    attempt = scene.choose()
    assert attempt.try_retry(503, NOW, 30_000)
    attempt.try_release(NOW)
    for _ in range(3):
        assert attempt.try_choose(scene.balancer, NOW, again=True) == 1
        if not attempt.try_retry(503, NOW):
            break
        attempt.try_release(NOW)


# ---------------------------------------------------------------- the budget


def allowed(attempt: Attempt, now: float = NOW) -> int:
    """How many retries the backend's budget still has."""
    count = 0
    while count < 100_000 and attempt.try_retry(503, now):
        count += 1
    return count


@pytest.mark.parametrize(("requests", "retries"), [(1, 100), (500, 200), (5000, 1100)])
def test_the_budget_is_a_fifth_of_the_requests_and_ten_a_second(requests: int, retries: int) -> None:
    scene = scene_of((1, 1))
    scene.calls(requests - 1)
    assert allowed(scene.choose()) == retries


def test_attempts_that_are_retries_do_not_make_room_for_more() -> None:
    scene = scene_of((1, 1), count=1)
    attempts = sum(len(retried(scene, 2)) for _ in range(1000))
    assert attempts - 1000 == 300


def test_what_was_ten_seconds_ago_no_longer_counts() -> None:
    scene = scene_of((1, 1))
    scene.calls(499)
    attempt = scene.choose()
    assert allowed(attempt) == 200
    assert allowed(attempt, NOW + 9) == 0
    # The requests are forgotten, too.
    assert allowed(attempt, NOW + 10) == 100


def test_all_workers_share_the_budget() -> None:
    scene = scene_of((1, 1))
    attempts = [scene.choose(), Attempt()]
    attempts[1].try_choose(scene.another(), NOW)
    assert sum(allowed(attempt) for attempt in attempts) == 100


def test_what_is_not_retried_costs_nothing() -> None:
    scene = scene_of((1, 1), count=1)
    attempt = scene.choose()
    assert not any(attempt.try_retry(200, NOW) for _ in range(500))
    attempt.try_release(NOW)
    attempt.try_choose(scene.balancer, NOW, again=True)
    assert not any(attempt.try_retry(503, NOW) for _ in range(500))
    assert allowed(scene.choose()) == 100


# ---------------------------------------------------------------- what a breaker takes for a failure


CONNECTION, TIMED_OUT = Outcome.CONNECTION_FAILURE, Outcome.TIMED_OUT


@pytest.mark.parametrize(
    ("statuses", "reasons", "failures"),
    [
        (((500, 599),), set(), set(range(500, 600))),
        (((429, 429), (503, 504)), set(), {429, 503, 504}),
        (((200, 200),), set(), {200}),
        (((200, 599),), set(), set(range(200, 600))),
        ((), {"backendconnectionfailure"}, {CONNECTION}),
        ((), {"timeout"}, {TIMED_OUT}),
        ((), {"server errors"}, {*range(500, 600), CONNECTION, TIMED_OUT}),
        (((429, 429),), {"timeout", "somethingelse"}, {429, TIMED_OUT}),
        ((), set(), set()),
    ],
)
def test_what_a_rule_takes_for_a_failure(
    statuses: tuple[tuple[int, int], ...], reasons: set[str], failures: set[int]
) -> None:
    rule = BreakerRule(name="rule", statuses=statuses, reasons=frozenset(reasons))
    assert failures_of(rule) == failures


@pytest.mark.parametrize(("takes", "trips"), [(2.0, False), (2.125, True)])
def test_a_call_is_slow_when_its_answer_takes_longer_than_the_rule_says(takes: float, trips: bool) -> None:
    rule = BreakerRule(name="slow", slow_percentage=100, slow_call=2000, min_requests=1)
    scene = Scene((1,), rules=[rule])
    scene.call(takes=takes)
    assert scene.breaker_states(NOW + takes) == [["open" if trips else "closed"]]
