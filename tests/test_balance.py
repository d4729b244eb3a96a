"""Who gets a request: turns, weights, priorities, breakers and health.

Sources: spec/resilience.md section 3, design section 11. `test_balance_twin.py` has any sequence of events,
`test_balance_processes.py` several processes.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastgw._balance import Algorithm, Attempt, Balancer, seed
from fastgw._member import Member
from fastgw._schedule import smooth_schedule
from fastgw._shared import Segment
from tests.balancers import NOW, Scene, release, trips_at_once
from tests.oracle.balance import smooth_row

OUT = 10.0  # seconds that a tripped member is out
ALGORITHMS = pytest.mark.parametrize("algorithm", list(Algorithm), ids=lambda one: one.name.lower())


# ---------------------------------------------------------------- turns and weights


def test_round_robin_gives_each_exactly_the_same() -> None:
    assert Scene((1, 1, 1, 1)).shares(2000) == {0: 500, 1: 500, 2: 500, 3: 500}


@pytest.mark.parametrize("weights", [(3, 1), (5, 1, 1), (7, 2, 1), (100, 60, 40), (1, 99)])
def test_shares_are_exactly_the_weights(weights: tuple[int, ...]) -> None:
    shares = Scene(weights).shares(10 * sum(weights))
    assert shares == {number: 10 * weight for number, weight in enumerate(weights)}


def test_heavy_members_are_spread_over_the_round() -> None:
    assert bytes(Scene((5, 1, 1)).calls(14)) == bytes([0, 0, 1, 0, 2, 0, 0] * 2)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=8).filter(any))
def test_the_row_is_that_of_smooth_weighted_round_robin(weights: list[int]) -> None:
    assert list(smooth_schedule(weights)) == smooth_row(weights)


def test_without_any_weight_the_row_is_empty() -> None:
    assert smooth_schedule([0, 0]) == b""


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=255).filter(any))
def test_big_weights_are_scaled_and_nobody_vanishes(weights: list[int]) -> None:
    row = Counter(smooth_schedule(weights))
    assert set(row) == {number for number, weight in enumerate(weights) if weight}
    # Rounding down, and rounding up to one, moves a share by no more than an entry for each member.
    assert sum(row.values()) <= 4096 + len(weights)
    for number, entries in row.items():
        share = weights[number] / sum(weights)
        assert abs(entries / sum(row.values()) - share) <= (len(weights) + 1) / min(4096, sum(weights))


@pytest.mark.parametrize("out", [0, 1, 2])
def test_those_who_are_left_share_what_an_absent_one_would_have_got(out: int) -> None:
    scene = Scene((1, 1, 1), rules=[trips_at_once()])
    scene.trip(out)
    assert scene.shares(2000) == {number: 1000 for number in range(3) if number != out}


@pytest.mark.parametrize("out", [(0,), (1,), (2,), (3,), (0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)])
def test_those_who_are_left_keep_their_proportions(out: tuple[int, ...]) -> None:
    weights = (4, 3, 2, 1)
    scene = Scene(weights, rules=[trips_at_once()])
    scene.trip(*out)
    left = [number for number in range(4) if number not in out]
    total = sum(weights[number] for number in left)
    assert scene.shares(20 * total) == {number: 20 * weights[number] for number in left}


def test_a_member_that_comes_back_has_its_turns_again() -> None:
    scene = Scene((1, 1, 1), rules=[trips_at_once()])
    scene.trip(0)
    scene.calls(10)
    assert scene.call(NOW + OUT) == 0 or scene.call(NOW + OUT) == 0  # the trial
    assert scene.shares(300, NOW + OUT) == {0: 100, 1: 100, 2: 100}


@ALGORITHMS
def test_weight_zero_is_for_when_nobody_else_of_the_priority_is_there(algorithm: Algorithm) -> None:
    scene = Scene((1, 0, 1, 0), rules=[trips_at_once()], algorithm=algorithm)
    assert set(scene.calls(200)) == {0, 2}
    scene.trip(0)
    assert set(scene.calls(100)) == {2}
    scene.trip(2)
    assert set(scene.calls(100)) == {1, 3}


@ALGORITHMS
def test_load_does_not_bring_weight_zero_in(algorithm: Algorithm) -> None:
    scene = Scene((1, 0, 0), algorithm=algorithm)
    held = [scene.choose() for _ in range(300)]
    assert {attempt.member.id for attempt in held if attempt.member} == {"0"}


def test_weight_zero_comes_before_a_later_priority() -> None:
    scene = Scene((1, 0, 1), priorities=(1, 1, 2), rules=[trips_at_once()])
    scene.trip(0)
    assert set(scene.calls(20)) == {1}


@pytest.mark.parametrize("weights", [(1, 0, 0), (1, 1, 0, 0), (1, 1, 1, 0, 0), (2, 1, 0, 0, 0)])
def test_members_of_weight_zero_share_alike(weights: tuple[int, ...]) -> None:
    scene = Scene(weights, rules=[trips_at_once()])
    scene.trip(*(number for number, weight in enumerate(weights) if weight))
    idle = [number for number, weight in enumerate(weights) if not weight]
    assert scene.shares(100 * len(idle)) == dict.fromkeys(idle, 100)


def test_a_trial_is_not_made_on_weight_zero_while_another_is_there() -> None:
    scene = Scene((1, 0, 1), rules=[trips_at_once()])
    scene.trip(1)
    scene.trip(2, now=NOW + 5)
    assert set(scene.calls(10, NOW + OUT)) == {0}


# ---------------------------------------------------------------- one row for all


@pytest.mark.parametrize("weights", [(1, 1, 1), (5, 3, 2)])
def test_two_workers_deal_one_row(weights: tuple[int, ...]) -> None:
    scene = Scene(weights)
    workers = [scene.balancer, scene.another()]
    attempt = Attempt()
    shuffled = random.Random(1)
    dealt = [attempt.try_choose(shuffled.choice(workers), NOW) for _ in range(2000)]
    assert bytes(dealt) == (smooth_schedule(weights) * 2000)[:2000]


def test_balancers_of_their_own_slots_have_rows_of_their_own() -> None:
    segment = Segment(seats=1)
    members = [Member(segment, slot, str(slot), None) for slot in range(2)]
    one, two = (Balancer(segment, slot, "backend", members) for slot in range(2))
    attempt = Attempt()
    assert [attempt.try_choose(balancer, NOW) for balancer in (one, one, two, two)] == [0, 1, 0, 1]


# ---------------------------------------------------------------- priorities


def test_a_later_priority_waits_until_all_of_an_earlier_one_are_out() -> None:
    scene = Scene((1, 1, 1, 1), priorities=(2, 1, 1, 3), rules=[trips_at_once()])
    assert scene.shares(100) == {1: 50, 2: 50}
    scene.trip(1)
    assert set(scene.calls(100)) == {2}
    scene.trip(2)
    assert set(scene.calls(100)) == {0}
    scene.trip(0)
    assert set(scene.calls(100)) == {3}
    scene.trip(3)
    assert set(scene.calls(100)) == {-1}


@ALGORITHMS
def test_an_earlier_priority_is_used_again_when_it_is_back(algorithm: Algorithm) -> None:
    scene = Scene((1, 1), priorities=(1, 2), rules=[trips_at_once()], algorithm=algorithm)
    scene.trip(0)
    assert set(scene.calls(10, NOW + OUT - 0.125)) == {1}
    assert set(scene.calls(10, NOW + OUT)) == {0}


def test_while_the_trial_is_under_way_the_later_priority_helps_out() -> None:
    scene = Scene((1, 1), priorities=(1, 2), rules=[trips_at_once()])
    scene.trip(0)
    trial = scene.choose(NOW + OUT)
    assert trial.member is scene.member(0)
    assert set(scene.calls(10, NOW + OUT)) == {1}


@pytest.mark.parametrize("weights", [(1, 1), (1, 1, 1, 1), (3, 1)])
@pytest.mark.parametrize("earlier", [1, 2])
def test_members_of_a_later_priority_keep_their_shares(weights: tuple[int, ...], earlier: int) -> None:
    rest = range(earlier, earlier + len(weights))
    scene = Scene(
        (1,) * earlier + weights, priorities=[1] * earlier + [2] * len(weights), rules=[trips_at_once()]
    )
    scene.trip(*range(earlier))
    assert scene.shares(100 * sum(weights)) == {
        number: 100 * weight for number, weight in zip(rest, weights, strict=True)
    }


# ---------------------------------------------------------------- breakers


@ALGORITHMS
def test_an_open_member_gets_nothing(algorithm: Algorithm) -> None:
    scene = Scene((1, 1, 1), rules=[trips_at_once()], algorithm=algorithm)
    scene.trip(1)
    assert set(scene.calls(200, NOW + OUT - 0.125)) == {0, 2}


@ALGORITHMS
def test_a_member_whose_time_is_over_gets_exactly_one_trial(algorithm: Algorithm) -> None:
    scene = Scene((1, 1, 1), rules=[trips_at_once()], algorithm=algorithm)
    scene.trip(1)
    attempts = [scene.choose(NOW + OUT) for _ in range(64)]
    chosen = Counter(int(attempt.member.id) for attempt in attempts if attempt.member)
    assert chosen[1] == 1
    assert chosen[0] + chosen[2] == 63
    if algorithm is Algorithm.ROUND_ROBIN:
        assert abs(chosen[0] - chosen[2]) <= 1
    # What the others do does not decide the trial.
    for attempt in attempts:
        attempt.try_judge(500 if attempt.member is scene.member(1) else 200, NOW + OUT)
    assert scene.breaker_states(NOW + OUT) == [["closed"], ["open"], ["closed"]]


def test_every_member_that_is_due_gets_a_trial() -> None:
    scene = Scene((1, 1, 1), rules=[trips_at_once()])
    scene.trip(0, 1)
    chosen = [scene.choose(NOW + OUT) for _ in range(10)]
    shares = Counter(attempt.member.id for attempt in chosen if attempt.member)
    assert shares == {"0": 1, "1": 1, "2": 8}


def test_a_successful_trial_brings_the_member_back() -> None:
    scene = Scene((1, 1), rules=[trips_at_once()])
    scene.trip(0)
    scene.calls(2, NOW + OUT)
    assert scene.breaker_states(NOW + OUT) == [["closed"], ["closed"]]
    assert scene.shares(100, NOW + OUT) == {0: 50, 1: 50}


def test_a_trial_without_an_outcome_is_free_again() -> None:
    scene = Scene((1,), rules=[trips_at_once()])
    scene.trip(0)
    trial = scene.choose(NOW + OUT)
    assert scene.call(NOW + OUT) == -1
    trial.try_release(NOW + OUT)
    assert scene.choose(NOW + OUT).member is not None


def test_a_trial_is_free_again_a_second_after_its_call_should_have_ended() -> None:
    scene = Scene((1,), rules=[trips_at_once()])
    scene.trip(0)
    scene.choose(NOW + OUT, patience=5.0)
    assert scene.call(NOW + OUT + 5.875) == -1
    assert scene.call(NOW + OUT + 6) == 0


def test_with_recovery_reset_a_member_is_back_for_everyone() -> None:
    scene = Scene((1, 1), rules=[trips_at_once(reset=True)])
    scene.trip(0)
    held = [scene.choose(NOW + OUT) for _ in range(10)]
    assert Counter(attempt.member.id for attempt in held if attempt.member) == {"0": 5, "1": 5}


@ALGORITHMS
@pytest.mark.parametrize("count", [1, 3])
def test_when_all_are_open_the_refusal_names_the_shortest_time(algorithm: Algorithm, count: int) -> None:
    scene = Scene((1,) * count, rules=[trips_at_once()], algorithm=algorithm)
    for number in range(count):
        scene.trip(number, now=NOW + count - number)
    refused = scene.choose(NOW + 5)
    assert (refused.member, refused.status, refused.remaining) == (None, 503, 6000)


def test_a_trial_under_way_counts_as_a_second() -> None:
    scene = Scene((1, 1), rules=[trips_at_once()])
    scene.trip(0)
    scene.trip(1, now=NOW + OUT)
    scene.choose(NOW + OUT)
    assert scene.choose(NOW + OUT).remaining == 1000


@pytest.mark.parametrize(("pool", "rule", "status"), [(0, 429, 429), (0, 503, 503), (502, 429, 502)])
def test_a_refusal_has_the_status_of_the_pool_or_of_the_rule(pool: int, rule: int, status: int) -> None:
    scene = Scene((1, 1), rules=[trips_at_once(failure_status=rule)], failure_status=pool)
    scene.trip(0, 1)
    assert scene.choose().status == status


def test_a_refusal_has_the_status_of_the_rule_that_is_open() -> None:
    scene = Scene((1,), rules=[trips_at_once(failure_status=429), trips_at_once(failure_status=504)])
    scene.trip(0, rule=1)
    assert scene.choose().status == 504


def test_any_rule_refuses_and_the_longest_counts() -> None:
    scene = Scene((1,), rules=[trips_at_once(), trips_at_once(trip=20_000)])
    scene.trip(0, rule=0)
    assert scene.choose().remaining == 10_000
    scene.trip(0, rule=1)
    assert scene.choose().remaining == 20_000
    assert scene.call(NOW + 19) == -1
    assert scene.call(NOW + 20) == 0


def test_of_the_rules_of_one_member_all_judge() -> None:
    other = trips_at_once(statuses=((429, 429),))
    scene = Scene((1,), rules=[trips_at_once(), other])
    scene.call(outcome=429)
    assert scene.breaker_states() == [["closed", "open"]]


@pytest.mark.parametrize("count", [1, 2])
def test_a_trial_of_one_rule_is_given_back_when_another_refuses(count: int) -> None:
    scene = Scene((1,) * count, rules=[trips_at_once(), trips_at_once(trip=20_000)])
    for number in range(count):
        scene.trip(number, rule=0)
        scene.trip(number, rule=1)
    assert scene.calls(3, NOW + 15) == [-1, -1, -1]
    # Were the first rule's trial still held, the member would be out although both times are over.
    assert 0 in scene.calls(count, NOW + 20)
    assert scene.breaker_states(NOW + 20)[0] == ["closed", "closed"]


def test_a_member_that_is_tripped_between_is_passed_over() -> None:
    scene = Scene((1, 1), rules=[trips_at_once()])
    assert scene.call(outcome=500) == 0
    assert scene.calls(4) == [1, 1, 1, 1]


def test_a_member_without_breakers_is_always_there() -> None:
    scene = Scene((1, 1))
    assert scene.shares(200, outcome=500) == {0: 100, 1: 100}


# ---------------------------------------------------------------- health


@ALGORITHMS
def test_a_sick_member_gets_nothing_while_another_is_well(algorithm: Algorithm) -> None:
    scene = Scene((1, 1, 1), algorithm=algorithm)
    scene.health(False, 0)
    assert set(scene.calls(100)) == {1, 2}
    scene.health(False, 1)
    assert set(scene.calls(100)) == {2}


def test_when_all_are_sick_all_are_used() -> None:
    scene = Scene((1, 1, 2))
    scene.health(False, 0, 1, 2)
    assert scene.shares(400) == {0: 100, 1: 100, 2: 200}


def test_health_never_takes_out_the_only_member() -> None:
    scene = Scene((1,))
    scene.health(False, 0)
    assert scene.calls(5) == [0] * 5


def test_an_open_breaker_counts_even_when_all_are_sick() -> None:
    scene = Scene((1, 1), rules=[trips_at_once()])
    scene.health(False, 0, 1)
    scene.trip(0)
    assert set(scene.calls(20)) == {1}
    scene.trip(1)
    assert scene.call() == -1


def test_the_last_well_member_being_open_brings_sick_ones_back() -> None:
    scene = Scene((1, 1), rules=[trips_at_once()])
    scene.health(False, 0)
    scene.trip(1)
    assert set(scene.calls(20)) == {0}


def test_a_well_member_of_a_later_priority_comes_before_a_sick_one() -> None:
    scene = Scene((1, 1), priorities=(1, 2))
    scene.health(False, 0)
    assert set(scene.calls(20)) == {1}
    scene.health(False, 1)
    assert set(scene.calls(20)) == {0}


def test_health_changes_after_so_many_equal_results_in_a_row() -> None:
    scene = Scene((1, 1))
    member = scene.member(0)
    results = [False, False, True, False, False, False, True, False, True, True]
    changes = [member.checked(healthy, 2 if healthy else 3, 1) for healthy in results]
    assert changes == [False] * 5 + [True] + [False] * 3 + [True]
    assert scene.seen("healthy") == [True, True]


# ---------------------------------------------------------------- sessions


@ALGORITHMS
def test_a_session_stays_on_its_member(algorithm: Algorithm) -> None:
    scene = Scene((1, 1, 1), algorithm=algorithm)
    assert set(scene.calls(50, preferred=2)) == {2}


def test_a_session_does_not_take_the_turn_of_others() -> None:
    scene = Scene((1, 1, 1))
    assert [scene.call(), scene.call(preferred=0), scene.call()] == [0, 0, 1]


def test_a_session_stays_even_on_a_later_priority_or_weight_zero() -> None:
    scene = Scene((1, 0, 1), priorities=(1, 1, 2))
    assert scene.call(preferred=1) == 1
    assert scene.call(preferred=2) == 2


def test_a_session_goes_elsewhere_while_its_member_is_out_or_sick() -> None:
    scene = Scene((1, 1, 1), rules=[trips_at_once()])
    scene.trip(2)
    assert set(scene.calls(20, preferred=2)) == {0, 1}
    scene.health(False, 1)
    assert set(scene.calls(20, preferred=1)) == {0}


def test_a_session_may_make_the_trial_of_its_member() -> None:
    scene = Scene((1, 1, 1), rules=[trips_at_once()])
    scene.trip(2)
    assert scene.call(NOW + OUT, preferred=2) == 2
    assert scene.breaker_states(NOW + OUT)[2] == ["closed"]


@pytest.mark.parametrize("preferred", [-2, 3, 255, 10**6])
def test_a_member_that_there_is_not_is_as_good_as_none(preferred: int) -> None:
    scene = Scene((1, 1, 1))
    assert scene.calls(3, preferred=preferred) == [0, 1, 2]


# ---------------------------------------------------------------- in flight, limits


def test_requests_in_flight_are_counted_until_their_release() -> None:
    scene = Scene((1, 1))
    held = [scene.choose() for _ in range(5)]
    assert scene.seen("inFlight") == [3, 2]
    for attempt in held:
        attempt.try_judge(200, NOW)
    assert scene.seen("inFlight") == [3, 2]
    release(held)
    release(held)  # a second time changes nothing
    assert (scene.seen("inFlight"), scene.seen("chosen")) == ([0, 0], [3, 2])


def test_a_refused_request_is_not_in_flight() -> None:
    scene = Scene((1,), rules=[trips_at_once()])
    scene.trip(0)
    refused = scene.choose()
    refused.try_release(NOW)
    assert (scene.seen("inFlight"), scene.seen("chosen")) == ([0], [0])


def test_an_outcome_counts_once() -> None:
    scene = Scene((1,), rules=[trips_at_once(count=2)])
    attempt = scene.choose()
    assert attempt.try_judge(500, NOW)
    assert not attempt.try_judge(500, NOW)
    assert scene.breaker_states() == [["closed"]]


def test_an_attempt_may_serve_one_request_after_the_other() -> None:
    one, two = Scene((1,) * 200), Scene((1, 1), rules=[trips_at_once()])
    attempt = Attempt()
    for _ in range(200):
        attempt.try_choose(one.balancer, NOW)
        attempt.try_release(NOW)
    two.trip(0)
    assert attempt.try_choose(two.balancer, NOW) == 1
    assert attempt.tries == 1


def test_a_balancer_has_1_to_255_members() -> None:
    assert Scene((1,) * 255).shares(510) == dict.fromkeys(range(255), 2)
    for count in (0, 256):
        with pytest.raises(ValueError, match="1 to 255"):
            Scene((1,) * count)


def test_a_member_has_at_most_15_breakers() -> None:
    scene = Scene((1,), rules=[trips_at_once()] * 15)
    scene.trip(0, rule=14)
    assert scene.call() == -1
    with pytest.raises(ValueError, match="15"):
        Scene((1,), rules=[trips_at_once()] * 16)


def test_the_state_names_members_and_rules() -> None:
    scene = Scene(
        (1, 1), priorities=(2, 1), rules=[trips_at_once(name="first"), trips_at_once(name="second")]
    )
    state = scene.balancer.state(1_000_000)
    assert state["id"] == "backend"
    assert [member["id"] for member in state["members"]] == ["1", "0"]
    assert [breaker["rule"] for breaker in state["members"][0]["breakers"]] == ["first", "second"]


def test_chance_is_repeatable_with_a_seed() -> None:
    rows = []
    for _ in range(2):
        seed(42)
        rows.append(Scene((1, 1, 1), algorithm=Algorithm.P2C_EWMA).calls(50))
    assert rows[0] == rows[1]
