"""How the circuit breaker comes back: trial, time, ramp, by hand; and a trip time that grows.

Every example runs against the compiled breaker and its twin.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.breakers import NOW, TRIAL, Make, admit, both, call, calls, report, seen, tripped

# ---------------------------------------------------------------- half-open


@both
def test_half_open_admits_exactly_one_trial_of_64(make: Make) -> None:
    breaker = tripped(make)
    verdicts = [admit(breaker, NOW + 10_000)[0] for _ in range(64)]
    assert verdicts == ["trial"] + ["refuse"] * 63
    assert seen(breaker, NOW + 10_000, "state", "remaining") == ("half-open", 1000)


@both
def test_trial_that_succeeds_closes(make: Make) -> None:
    breaker = tripped(make, count=2, consecutive=1)
    assert call(breaker, NOW + 10_000) == "closed"
    assert seen(breaker, NOW + 10_000, "state", "remaining", "requests") == ("closed", 0, 0)
    assert {admit(breaker, NOW + 10_000)[0] for _ in range(64)} == {"allow"}


@both
@pytest.mark.parametrize("outcome", [{"failed": True}, {"slow": True}], ids=["failed", "slow"])
def test_trial_that_fails_or_is_slow_opens_for_the_full_time(make: Make, outcome: dict[str, bool]) -> None:
    breaker = tripped(make)
    _, ticket = admit(breaker, NOW + 10_000)
    assert report(breaker, ticket, NOW + 12_000, **outcome) == "opened"
    assert seen(breaker, NOW + 12_000, "state", "remaining", "trips") == ("open", 10_000, 2)


@both
def test_lost_trial_is_taken_over_when_its_time_is_over(make: Make) -> None:
    breaker = tripped(make)
    _, lost = admit(breaker, NOW + 10_000)
    assert admit(breaker, NOW + 10_000 + TRIAL - 1)[0] == "refuse"
    verdict, ticket = admit(breaker, NOW + 10_000 + TRIAL)
    assert verdict == "trial"
    assert report(breaker, lost, NOW + 10_000 + TRIAL, failed=True) == "", "the lost one has no say any more"
    assert report(breaker, ticket, NOW + 10_000 + TRIAL) == "closed"


@both
def test_cancelled_trial_frees_at_once(make: Make) -> None:
    breaker = tripped(make)
    _, ticket = admit(breaker, NOW + 10_000)
    breaker.try_cancel(ticket, NOW + 10_500)
    assert seen(breaker, NOW + 10_500, "remaining", "trips") == (0, 1)
    assert admit(breaker, NOW + 10_500)[0] == "trial"


@both
def test_cancelled_request_that_is_no_trial_changes_nothing(make: Make) -> None:
    breaker = make(count=2)
    _, ticket = admit(breaker, NOW)
    breaker.try_cancel(ticket, NOW)
    assert seen(breaker, NOW, "state", "requests", "failures") == ("closed", 0, 0)


@both
def test_cancelling_a_trial_of_before_does_not_free_the_present_one(make: Make) -> None:
    breaker = tripped(make)
    _, ticket = admit(breaker, NOW + 10_000)
    breaker.try_cancel(ticket, NOW + 10_000)
    admit(breaker, NOW + 10_000)
    breaker.try_cancel(ticket, NOW + 10_000)
    assert admit(breaker, NOW + 10_000)[0] == "refuse"


@both
@pytest.mark.parametrize("failed", [True, False], ids=["failure", "success"])
def test_late_outcome_of_an_older_period_never_counts(make: Make, failed: bool) -> None:
    breaker = make(count=2, consecutive=2, trip=10_000)
    old = [admit(breaker, NOW)[1] for _ in range(10)]
    calls(breaker, 2, NOW, failed=True)
    assert report(breaker, old.pop(), NOW, failed=failed) == ""
    assert seen(breaker, NOW, "state") == "open"
    _, trial = admit(breaker, NOW + 10_000)
    assert report(breaker, old.pop(), NOW + 10_000, failed=failed) == ""
    assert admit(breaker, NOW + 10_000)[0] == "refuse", "the trial is still under way"
    assert report(breaker, trial, NOW + 10_000) == "closed"
    for ticket in old:
        assert report(breaker, ticket, NOW + 10_000, failed=failed, slow=True) == ""
    assert seen(breaker, NOW + 10_000, "state", "requests", "slow") == ("closed", 0, 0)


# ---------------------------------------------------------------- recovery by time, by hand


@both
def test_recovery_reset_closes_fully_without_a_trial(make: Make) -> None:
    breaker = make(count=3, trip=10_000, reset=True)
    old = admit(breaker, NOW)[1]
    calls(breaker, 3, NOW, failed=True)
    assert admit(breaker, NOW + 9_999)[0] == "refuse"
    assert {admit(breaker, NOW + 10_000)[0] for _ in range(64)} == {"allow"}
    assert seen(breaker, NOW + 10_000, "state", "failures") == ("closed", 0)
    assert report(breaker, old, NOW + 10_000, failed=True) == ""
    assert calls(breaker, 3, NOW + 10_000, failed=True) == ["", "", "opened"]


@both
@pytest.mark.parametrize(("reset", "state"), [(False, "half-open"), (True, "closed")])
def test_state_shown_is_the_one_that_a_request_would_meet(make: Make, reset: bool, state: str) -> None:
    breaker = tripped(make, reset=reset)
    assert seen(breaker, NOW + 9_999, "state") == "open"
    assert seen(breaker, NOW + 10_000, "state", "remaining") == (state, 0)


def closed(make: Make, **values: Any) -> Any:
    return make(count=1, trip=10_000, **values)


def trying(make: Make, **values: Any) -> Any:
    breaker = tripped(make, NOW - 10_000, **values)
    admit(breaker, NOW)
    return breaker


def ramping(make: Make, **values: Any) -> Any:
    breaker = tripped(make, NOW - 10_000, **{"ramp": 1000, **values})
    assert call(breaker, NOW) == "closed"
    return breaker


@both
@pytest.mark.parametrize("state", [closed, tripped, trying, ramping])
def test_reset_by_hand_closes_from_every_state(make: Make, state: Callable[..., Any]) -> None:
    breaker = state(make)
    verdict, held = admit(breaker, NOW)
    breaker.reset(NOW)
    assert seen(breaker, NOW, "state", "streak", "remaining") == ("closed", 0, 0)
    if verdict == "allow":
        assert report(breaker, held, NOW, failed=True) == "", "it was admitted before the reset"
    assert admit(breaker, NOW)[0] == "allow"
    assert call(breaker, NOW, failed=True) == "opened"
    assert seen(breaker, NOW, "streak") == 1


# ---------------------------------------------------------------- a trip time that grows


def trip_again(breaker: Any, now: int, chance: float = 0.5) -> tuple[int, int]:
    """Let the trial after `now` fail: (when, for how long it is open)."""
    now += seen(breaker, now, "remaining")
    call(breaker, now, failed=True, chance=chance)
    return now, seen(breaker, now, "remaining")


@both
def test_trip_time_doubles_with_each_trip_in_a_row_up_to_its_cap(make: Make) -> None:
    breaker = tripped(make, max_trip=60_000)
    now, times = NOW, [seen(breaker, NOW, "remaining")]
    for _ in range(4):
        now, open_for = trip_again(breaker, now)
        times.append(open_for)
    assert times == [10_000, 20_000, 40_000, 60_000, 60_000]
    assert seen(breaker, now, "streak") == 5


@both
def test_trip_time_stays_as_it_is_without_a_cap(make: Make) -> None:
    breaker = tripped(make)
    now = NOW
    for _ in range(4):
        now, open_for = trip_again(breaker, now)
        assert open_for == 10_000


@both
@pytest.mark.parametrize(("chance", "open_for"), [(0.0, 18_000), (0.25, 19_000), (0.75, 21_000)])
def test_grown_trip_time_is_spread_by_a_tenth(make: Make, chance: float, open_for: int) -> None:
    assert trip_again(tripped(make, max_trip=60_000), NOW, chance)[1] == open_for
    assert trip_again(tripped(make, max_trip=20_000), NOW, chance)[1] == min(20_000, open_for)


@both
def test_trip_time_is_capped_however_long_the_streak(make: Make) -> None:
    breaker = tripped(make, max_trip=60_000)
    now = NOW
    for _ in range(200):
        now, open_for = trip_again(breaker, now)
    assert open_for == 60_000


@both
def test_accepted_retry_after_does_not_grow(make: Make) -> None:
    breaker = tripped(make, max_trip=60_000, accept_retry_after=True)
    call(breaker, NOW + 10_000, failed=True, retry_after=15_000)
    assert seen(breaker, NOW + 10_000, "streak", "remaining") == (2, 15_000)


@both
@pytest.mark.parametrize("recovery", [{"reset": True}, {"reset": False}, {"ramp": 3_000}], ids=str)
@pytest.mark.parametrize(("quiet", "streak"), [(0, 2), (59_999, 2), (60_000, 1)])
def test_streak_ends_after_a_quiet_interval(
    make: Make, recovery: dict[str, Any], quiet: int, streak: int
) -> None:
    """The interval begins when the breaker has closed, and with a ramp, when that has ended."""
    breaker = tripped(make, interval=60_000, max_trip=600_000, **recovery)
    call(breaker, NOW + 10_000)
    back = NOW + 10_000 + recovery.get("ramp", 0)
    assert admit(breaker, back)[0] == "allow"
    call(breaker, back + quiet, failed=True)
    assert seen(breaker, back + quiet, "streak") == streak


@both
@pytest.mark.parametrize(("elapsed", "streak"), [(59_999, 2), (60_000, 1)])
def test_quiet_interval_during_a_ramp_begins_with_the_ramp(make: Make, elapsed: int, streak: int) -> None:
    breaker = tripped(make, NOW - 10_000, interval=60_000, ramp=100_000)
    assert call(breaker, NOW) == "closed"
    _, ticket = admit(breaker, NOW + elapsed, 0.0)
    assert report(breaker, ticket, NOW + elapsed, failed=True) == "opened"
    assert seen(breaker, NOW + elapsed, "streak") == streak


# ---------------------------------------------------------------- ramp


@both
def test_ramp_lets_a_share_through_that_grows_from_none_to_all(make: Make) -> None:
    breaker = ramping(make)
    assert seen(breaker, NOW, "state") == "ramping"
    for elapsed, share in ((0, 0), (250, 25), (500, 50), (990, 99), (1000, 100)):
        verdicts = [admit(breaker, NOW + elapsed, chance / 100)[0] for chance in range(100)]
        assert verdicts == ["allow"] * share + ["refuse"] * (100 - share)
    assert seen(breaker, NOW + 1000, "state", "refused") == ("closed", 100 + 75 + 50 + 1)


@both
def test_ramp_refuses_before_it_began(make: Make) -> None:
    assert admit(ramping(make), NOW - 1, 0.0)[0] == "refuse"


@both
def test_ramp_trips_at_the_same_threshold(make: Make) -> None:
    breaker = ramping(make, max_trip=60_000)
    _, ticket = admit(breaker, NOW + 500, 0.0)
    assert report(breaker, ticket, NOW + 600, failed=True) == "opened"
    assert seen(breaker, NOW + 600, "state", "streak", "remaining") == ("open", 2, 20_000)


@both
def test_what_a_ramp_has_counted_stays_when_it_ends(make: Make) -> None:
    breaker = make(count=2, trip=10_000, ramp=1000)
    calls(breaker, 2, NOW - 10_000, failed=True)
    call(breaker, NOW)
    first, second = (admit(breaker, NOW + 900, 0.0)[1] for _ in range(2))
    assert report(breaker, first, NOW + 900, failed=True) == ""
    assert admit(breaker, NOW + 1000)[0] == "allow"
    assert seen(breaker, NOW + 1000, "state", "failures") == ("closed", 1)
    assert report(breaker, second, NOW + 1000, failed=True) == "opened", "it was admitted during the ramp"


@both
def test_recovery_reset_has_no_ramp(make: Make) -> None:
    breaker = tripped(make, reset=True, ramp=1000)
    assert admit(breaker, NOW + 10_000, 0.99)[0] == "allow"
