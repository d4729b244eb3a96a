"""Records of breaker rules become rules: defaults, units, and failures (spec/resilience.md section 1)."""

from __future__ import annotations

from typing import Any

import pytest

from fastgw._core import BreakerRule, Outcome
from fastgw.model import BreakerRule as RuleRecord
from fastgw.snapshot.balancers import breaker_rule
from tests.balancers import failures_of

SERVER_ERRORS = set(range(500, 600))
CONNECTION, TIMED_OUT = Outcome.CONNECTION_FAILURE, Outcome.TIMED_OUT


def rule(**values: Any) -> BreakerRule:
    return breaker_rule(RuleRecord.model_validate(values))


def test_a_rule_without_values_has_the_defaults() -> None:
    found = rule()
    assert found.arguments == {
        "name": "default",
        "count": 0,
        "percentage": 50,
        "min_requests": 10,
        "interval": 60_000,
        "consecutive": 0,
        "slow_percentage": 0,
        "slow_call": 0,
        "trip": 60_000,
        "max_trip": 0,
        "accept_retry_after": False,
        "max_retry_after": 0,
        "reset": False,
        "ramp": 0,
        "statuses": ((500, 599),),
        "reasons": frozenset({"backendconnectionfailure", "timeout"}),
        "failure_status": 503,
    }
    assert failures_of(found) == {*SERVER_ERRORS, CONNECTION, TIMED_OUT}


def test_a_rule_has_the_values_of_its_record() -> None:
    found = rule(
        name="mine",
        failure_condition={
            "percentage": 30,
            "min_requests": 7,
            "interval": 12.5,
            "consecutive_count": 4,
            "slow_call": {"duration": 1.5, "percentage": 80},
            "status_code_ranges": [{"min": 429, "max": 429}],
            "error_reasons": ["TIMEOUT"],
        },
        trip_duration=20.0,
        max_trip_duration=40.0,
        accept_retry_after=True,
        max_retry_after=90.0,
        ramp_duration=10.0,
        failure_response={"status_code": 429},
    )
    assert found.arguments == {
        "name": "mine",
        "count": 0,
        "percentage": 30,
        "min_requests": 7,
        "interval": 12_500,
        "consecutive": 4,
        "slow_percentage": 80,
        "slow_call": 1500,
        "trip": 20_000,
        "max_trip": 40_000,
        "accept_retry_after": True,
        "max_retry_after": 90_000,
        "reset": False,
        "ramp": 10_000,
        "statuses": ((429, 429),),
        "reasons": frozenset({"timeout"}),
        "failure_status": 429,
    }


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"count": 3}, (3, 0, 0, 0)),
        ({"percentage": 1}, (0, 1, 0, 0)),
        ({"consecutive_count": 5}, (0, 0, 5, 0)),
        ({"slow_call": {"duration": 2.0, "percentage": 60}}, (0, 0, 0, 60)),
        ({"interval": 5.0}, (0, 50, 0, 0)),
        ({"count": 3, "consecutive_count": 5}, (3, 0, 5, 0)),
    ],
)
def test_only_the_measures_that_are_given_trip(condition: dict[str, Any], expected: tuple[int, ...]) -> None:
    found = rule(failure_condition=condition)
    assert (found.count, found.percentage, found.consecutive, found.slow_percentage) == expected


@pytest.mark.parametrize(
    ("ranges", "reasons", "expected"),
    [
        ([], ["Timeout"], {TIMED_OUT}),
        ([], ["bAcKeNdCoNnEcTiOnFaIlUrE"], {CONNECTION}),
        ([(429, 429)], [], {429}),
        ([(500, 501), (501, 502)], ["timeout"], {500, 501, 502, TIMED_OUT}),
        ([], ["Server Errors"], {*SERVER_ERRORS, CONNECTION, TIMED_OUT}),
        ([], ["OperationNotFound", "unheard of"], set()),
    ],
)
def test_what_is_given_replaces_the_default_failures(
    ranges: list[tuple[int, int]], reasons: list[str], expected: set[int]
) -> None:
    statuses = [{"min": low, "max": high} for low, high in ranges]
    condition = {"status_code_ranges": statuses, "error_reasons": reasons}
    assert failures_of(rule(failure_condition=condition)) == expected


def test_recovery_reset_has_no_trial() -> None:
    assert rule(recovery="reset").arguments["reset"] is True


def test_a_duration_below_a_millisecond_is_one() -> None:
    assert rule(trip_duration=0.0001).trip == 1
