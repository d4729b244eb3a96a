"""The circuit breaker: its table, when it trips, what it does while it is open, clocks and numbers.

Every example runs against the compiled breaker and its twin. How it comes back is in `test_breaker_recovery`,
any sequence of events in `test_breaker_twin`, several processes in `test_breaker_processes`.
"""

from __future__ import annotations

from typing import Any

import pytest

from fastgw import _core
from tests.breakers import NOW, Make, admit, both, call, calls, compiled, report, seen, tripped
from tests.oracle import breaker as twin

PERIODS = 4096

# ---------------------------------------------------------------- the table

TABLE = {
    (state.name, event.name): (following.name, action.name)
    for (state, event), (following, action) in _core.TRANSITIONS.items()
}
STATES = [state.name for state in _core.State]


@pytest.mark.parametrize("pair", sorted(TABLE.keys() | twin.TABLE.keys()), ids="-".join)
def test_table_is_that_of_the_twin(pair: tuple[str, str]) -> None:
    assert TABLE.get(pair) == twin.TABLE.get(pair)


def test_table_names_every_state_event_and_action() -> None:
    assert {state for state, _ in TABLE} == set(STATES)
    assert {event for _, event in TABLE} == {event.name for event in _core.Event}
    assert {action for _, action in TABLE.values()} == {action.name for action in _core.Action}


@pytest.mark.parametrize("state", STATES)
def test_state_can_be_left_and_reached(state: str) -> None:
    moves = {(before, following) for (before, _), (following, _) in TABLE.items() if before != following}
    assert any(before == state for before, _ in moves)
    reached = {"CLOSED"}
    while more := {following for before, following in moves if before in reached} - reached:
        reached |= more
    assert state in reached


@pytest.mark.parametrize("state", STATES)
def test_state_meets_admission_late_outcomes_and_a_reset(state: str) -> None:
    """These come from outside at any time."""
    assert {(state, event) for event in ("ADMIT", "LATE", "RESET")} <= TABLE.keys()


# ---------------------------------------------------------------- when it trips


@both
def test_nth_failure_within_the_interval_trips(make: Make) -> None:
    breaker = make(count=3, interval=10_000)
    assert calls(breaker, 3, NOW, failed=True) == ["", "", "opened"]
    assert seen(breaker, NOW, "state", "trips") == ("open", 1)


@both
def test_count_judges_failures_and_not_their_share(make: Make) -> None:
    breaker = make(count=3)
    for failed in (True, False, False, True, False):
        assert call(breaker, NOW, failed=failed) == ""
    calls(breaker, 100, NOW)
    assert call(breaker, NOW, failed=True) == "opened"


@both
def test_percentage_needs_the_minimum_of_requests(make: Make) -> None:
    breaker = make(percentage=50, min_requests=10)
    assert calls(breaker, 9, NOW, failed=True) == [""] * 9
    assert call(breaker, NOW, failed=True) == "opened"


@both
def test_percentage_is_judged_when_a_request_fails(make: Make) -> None:
    breaker = make(percentage=50, min_requests=10)
    calls(breaker, 9, NOW, failed=True)
    assert call(breaker, NOW) == "", "a success trips nothing, though 9 of 10 have failed"
    assert call(breaker, NOW, failed=True) == "opened"


@both
@pytest.mark.parametrize(("percentage", "successes"), [(50, 5), (1, 495), (100, 0), (33, 10)])
def test_percentage_trips_when_its_share_is_reached(make: Make, percentage: int, successes: int) -> None:
    breaker = make(percentage=percentage, min_requests=1)
    calls(breaker, successes, NOW)
    while True:
        share = seen(breaker, NOW, "failures") + 1, seen(breaker, NOW, "requests") + 1
        reached = share[0] * 100 >= percentage * share[1]
        assert call(breaker, NOW, failed=True) == ("opened" if reached else "")
        if reached:
            break
    assert share[0] <= max(1, successes + 1)


@both
@pytest.mark.parametrize(("later", "event"), [(9_999, "opened"), (10_000, "")])
def test_sliding_window_forgets_what_is_an_interval_old(make: Make, later: int, event: str) -> None:
    breaker = make(count=3, interval=10_000)
    calls(breaker, 2, NOW, failed=True)
    assert call(breaker, NOW + later, failed=True) == event


@both
def test_window_slides_over_what_would_be_the_edge_of_a_fixed_one(make: Make) -> None:
    breaker = make(count=3, interval=10_000)
    calls(breaker, 2, NOW + 9_900, failed=True)
    assert call(breaker, NOW + 10_100, failed=True) == "opened"


@both
def test_window_forgets_bucket_by_bucket(make: Make) -> None:
    breaker = make(count=1000, interval=10_000)
    for second in range(10):
        call(breaker, NOW + second * 1000, failed=True, slow=True)
    left = [seen(breaker, NOW + second * 1000, "requests", "failures", "slow") for second in range(9, 21)]
    assert left == [(n, n, n) for n in (10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0)]


@both
@pytest.mark.parametrize("interval", [1, 5, 10, 19, 86_400_000])
def test_interval_of_any_length_counts_what_comes_at_once(make: Make, interval: int) -> None:
    breaker = make(count=3, interval=interval)
    assert calls(breaker, 3, NOW, failed=True) == ["", "", "opened"]


@both
def test_consecutive_failures_trip(make: Make) -> None:
    breaker = make(consecutive=3)
    calls(breaker, 2, NOW, failed=True)
    call(breaker, NOW)
    assert calls(breaker, 3, NOW, failed=True) == ["", "", "opened"]


@both
def test_consecutive_failures_need_no_interval(make: Make) -> None:
    breaker = make(consecutive=3, interval=1000)
    events = [call(breaker, NOW + hour * 3_600_000, failed=True) for hour in range(3)]
    assert events == ["", "", "opened"]


@both
def test_slow_calls_trip_though_they_succeed(make: Make) -> None:
    breaker = make(slow_percentage=80, min_requests=5)
    call(breaker, NOW)
    assert calls(breaker, 4, NOW, slow=True) == ["", "", "", "opened"]


@both
def test_slow_calls_need_the_minimum_of_requests(make: Make) -> None:
    breaker = make(slow_percentage=1, min_requests=10)
    assert calls(breaker, 10, NOW, slow=True) == [""] * 9 + ["opened"]


@both
def test_slow_calls_are_no_failures_and_failures_not_slow(make: Make) -> None:
    breaker = make(count=3, slow_percentage=50, min_requests=1)
    call(breaker, NOW)
    call(breaker, NOW)
    calls(breaker, 2, NOW, failed=True)
    assert call(breaker, NOW, slow=True) == "", "one of five is slow"
    assert seen(breaker, NOW, "requests", "failures", "slow") == (5, 2, 1)


@both
@pytest.mark.parametrize(
    "outcomes",
    {"in-a-row": "FFF", "slow": "ssss", "count": "FsFsFsFssF", "percentage": "FFsF"}.values(),
    ids=["in-a-row", "slow", "count", "percentage"],
)
def test_any_trigger_trips_by_itself(make: Make, outcomes: str) -> None:
    """F: failed, S: failed and slow, s: slow, o: neither."""
    breaker = make(consecutive=3, count=5, percentage=75, slow_percentage=90, min_requests=4)
    events = [call(breaker, NOW, failed=letter in "FS", slow=letter in "sS") for letter in outcomes]
    assert events == [""] * (len(outcomes) - 1) + ["opened"]


@both
def test_rule_without_a_trigger_never_trips(make: Make) -> None:
    breaker = make()
    assert set(calls(breaker, 1000, NOW, failed=True, slow=True)) == {""}


# ---------------------------------------------------------------- while it is open


@both
def test_open_refuses_everything_until_its_time_is_over(make: Make) -> None:
    breaker = tripped(make)
    for at in (NOW, NOW + 1, NOW + 9_999):
        assert admit(breaker, at)[0] == "refuse"
        assert seen(breaker, at, "state", "remaining") == ("open", NOW + 10_000 - at)
    assert seen(breaker, NOW, "refused") == 3
    assert admit(breaker, NOW + 10_000)[0] == "trial"


@both
def test_open_has_no_counts(make: Make) -> None:
    breaker = make(count=3)
    calls(breaker, 3, NOW, failed=True, slow=True)
    assert seen(breaker, NOW, "requests", "failures", "slow") == (0, 0, 0)


@both
@pytest.mark.parametrize(
    ("values", "retry_after", "open_for"),
    {
        "accepted": ({"accept_retry_after": True}, 3_000, 3_000),
        "longer-than-the-trip": ({"accept_retry_after": True}, 86_400_000, 86_400_000),
        "no-time-at-all": ({"accept_retry_after": True}, 0, 10_000),
        "none-given": ({"accept_retry_after": True}, -1, 10_000),
        "not-accepted": ({}, 3_000, 10_000),
        "above-the-cap": ({"accept_retry_after": True, "max_retry_after": 20_000}, 86_400_000, 20_000),
        "below-the-cap": ({"accept_retry_after": True, "max_retry_after": 20_000}, 3_000, 3_000),
        "cap-is-not-for-the-trip": ({"accept_retry_after": True, "max_retry_after": 1_000}, -1, 10_000),
        "absurd": ({"accept_retry_after": True}, 2**62, 366 * 86_400_000),
        "absurd-cap": ({"accept_retry_after": True, "max_retry_after": 2**60}, 2**62, 366 * 86_400_000),
    }.values(),
)
def test_retry_after_of_the_failing_response(
    make: Make, values: dict[str, Any], retry_after: int, open_for: int
) -> None:
    breaker = make(count=1, trip=10_000, **values)
    call(breaker, NOW, failed=True, retry_after=retry_after)
    assert seen(breaker, NOW, "remaining") == open_for


@both
def test_retry_after_of_a_slow_success_is_not_taken(make: Make) -> None:
    breaker = make(slow_percentage=1, min_requests=1, trip=10_000, accept_retry_after=True)
    assert call(breaker, NOW, slow=True, retry_after=3_000) == "opened"
    assert seen(breaker, NOW, "remaining") == 10_000


@both
def test_retry_after_of_a_failed_trial_is_taken(make: Make) -> None:
    breaker = tripped(make, accept_retry_after=True)
    call(breaker, NOW + 10_000, failed=True, retry_after=2_500)
    assert seen(breaker, NOW + 10_000, "state", "remaining") == ("open", 2_500)


# ---------------------------------------------------------------- clocks and numbers


@both
def test_clock_that_jumps_back_opens_nothing_and_loses_nothing(make: Make) -> None:
    breaker = tripped(make)
    assert admit(breaker, NOW - 500_000)[0] == "refuse"
    assert seen(breaker, NOW - 500_000, "state", "remaining") == ("open", 510_000)
    assert admit(breaker, NOW + 10_000)[0] == "trial"


@both
def test_outcomes_of_a_clock_a_little_behind_are_counted(make: Make) -> None:
    breaker = make(count=3, interval=10_000)
    assert [call(breaker, NOW - back, failed=True) for back in (0, 1_500, 3_000)] == ["", "", "opened"]


@both
def test_clock_that_jumps_far_ahead_leaves_nothing_stuck(make: Make) -> None:
    years = 10 * 366 * 86_400_000
    breaker = make(count=2, trip=10_000)
    call(breaker, NOW, failed=True)
    assert call(breaker, NOW + years, failed=True) == "", "the first failure is long forgotten"
    assert call(breaker, NOW + years, failed=True) == "opened"
    assert admit(breaker, NOW + 2 * years)[0] == "trial"
    assert admit(breaker, NOW + 2 * years)[0] == "refuse"


@both
def test_periods_wrap_around_and_the_machine_goes_on(make: Make) -> None:
    breaker = make(count=1, trip=1)
    now = NOW
    for _ in range(PERIODS):
        assert call(breaker, now, failed=True) == "opened"
        verdict, ticket = admit(breaker, now + 1)
        assert verdict == "trial"
        now += 1
        assert report(breaker, ticket, now) == "closed"
    assert seen(breaker, now, "state", "trips", "requests") == ("closed", PERIODS, 0)


@both
def test_ticket_fits_no_period_but_its_own(make: Make) -> None:
    breaker = make(count=1)
    _, ticket = admit(breaker, NOW)
    for _ in range(PERIODS - 1):
        breaker.reset(NOW)
        assert report(breaker, ticket, NOW, failed=True) == ""
    assert seen(breaker, NOW, "requests", "trips") == (0, 0)


@both
def test_counts_of_an_earlier_period_never_come_back(make: Make) -> None:
    breaker = make(count=3, consecutive=3, interval=3_600_000)
    calls(breaker, 2, NOW, failed=True, slow=True)
    for _ in range(PERIODS - 1):
        breaker.reset(NOW)
        assert seen(breaker, NOW, "requests", "failures", "slow") == (0, 0, 0)


# ---------------------------------------------------------------- what is told of the last trip


@pytest.mark.parametrize(
    ("trigger", "values", "outcomes"),
    [
        ("count", {"count": 2}, [{"failed": True}] * 2),
        ("percentage", {"percentage": 50, "min_requests": 4}, [{}] * 2 + [{"failed": True}] * 2),
        ("consecutive", {"consecutive": 3}, [{}] + [{"failed": True}] * 3),
        ("slow calls", {"slow_percentage": 50, "min_requests": 2}, [{"failed": True}, {"slow": True}]),
    ],
)
def test_last_trip_says_what_caused_it(
    trigger: str, values: dict[str, int], outcomes: list[dict[str, bool]]
) -> None:
    breaker = compiled(**values)
    assert seen(breaker, NOW, "last_trip") is None
    events = [call(breaker, NOW, **outcome) for outcome in outcomes]
    assert events == [""] * (len(outcomes) - 1) + ["opened"]
    assert seen(breaker, NOW + 700, "last_trip") == {
        "age": 700,
        "trigger": trigger,
        "outcome": "500" if "failed" in outcomes[-1] else "200",
        "failures": sum("failed" in outcome for outcome in outcomes),
        "requests": len(outcomes),
    }


def test_last_trip_by_a_trial_counts_no_window() -> None:
    breaker = tripped(compiled)
    call(breaker, NOW + 10_000, failed=True)
    told = {"age": 0, "trigger": "trial", "outcome": "500", "failures": 0, "requests": 0}
    assert seen(breaker, NOW + 10_000, "last_trip") == told
