"""retry: how long it waits, how often it runs, and what becomes of errors (spec/policies/control-flow.md)."""

from __future__ import annotations

import random
from typing import Any

import pytest

from fastgw._core import Verdict
from fastgw.policies.flow.retry import Attempts
from tests.policies.running import Ran


def waits(
    count: int, interval: int, longest: int | None, delta: int | None, fast: bool = False
) -> list[float]:
    attempts = Attempts(True, count, interval, longest, delta, fast)
    found = []
    while (wait := attempts.again(None)) is not None:
        found.append(wait)
    return found


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((3, 5, None, None), [5, 5, 5]),
        ((3, 5, 2, None), [2, 2, 2]),
        ((4, 1, None, 2), [1, 3, 5, 7]),
        ((3, 0, None, None), [0, 0, 0]),
        ((1, 5, None, None), [5]),
        ((3, 5, None, None, True), [0, 5, 5]),
        ((3, 1, None, 2, True), [0, 3, 5]),
    ],
)
def test_the_wait_before_each_retry(given: Any, expected: list[float]) -> None:
    assert waits(*given) == expected


@pytest.mark.parametrize("factor", [0.8, 1.0, 1.2])
def test_with_a_cap_the_wait_grows_twofold_up_to_it(monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: factor)
    expected = [min(100.0, 10 + (2**n - 1) * 10 * factor) for n in range(6)]
    assert waits(6, 10, 100, 10) == pytest.approx(expected)
    if factor == 1.0:
        assert waits(5, 10, 100, 10) == [10, 20, 40, 80, 100]


def test_without_a_true_condition_there_is_no_retry() -> None:
    assert Attempts(False, 5, 1, None, None, False).again(None) is None


# What runs, with expressions that are evaluated on a real exchange.

COUNT = """<set-variable name="n" value="@(context.Variables.GetValueOrDefault<int>("n", 0) + 1)" />"""
FAIL = """<set-variable name="x" value="@(int.Parse("x"))" />"""


def test_children_run_once_more_than_there_are_retries() -> None:
    ran = Ran(f"""<retry condition="@(true)" count="3" interval="2">{COUNT}</retry>""")
    assert (ran.verdict, ran.variable("n"), ran.waits) == (Verdict.DONE, 4, [2, 2, 2])


def test_the_condition_is_asked_after_each_run() -> None:
    condition = """@((int) context.Variables["n"] < 3)"""
    ran = Ran(f"""<retry condition='{condition}' count="50" interval="0">{COUNT}</retry>{COUNT}""")
    assert (ran.verdict, ran.variable("n"), len(ran.regions)) == (Verdict.DONE, 4, 0)


def test_an_error_is_forgotten_while_the_condition_holds() -> None:
    failing = f"""<choose><when condition="@((int) context.Variables["n"] < 3)">{FAIL}</when></choose>"""
    ran = Ran(
        f"""<retry condition="@(context.LastError != null)" count="5" interval="1">{COUNT}{failing}</retry>"""
    )
    assert (ran.verdict, ran.variable("n"), ran.waits) == (Verdict.DONE, 3, [1, 1])
    assert ran.exchange.error is None


@pytest.mark.parametrize(("condition", "runs"), [("true", 3), ("false", 1)])
def test_an_error_goes_on_with_its_own_site_when_there_is_no_retry_left(condition: str, runs: int) -> None:
    ran = Ran(f"""<retry condition="{condition}" count="2" interval="0">{COUNT}{FAIL}</retry>{COUNT}""")
    error = ran.exchange.error
    assert error is not None
    assert (ran.verdict, ran.variable("n")) == (Verdict.FAILED, runs)
    assert (error.source, error.path) == ("set-variable", "retry[1]/set-variable[2]")
    assert error.reason == "ExpressionValueEvaluationFailure"


def test_a_condition_that_throws_is_the_error_of_retry() -> None:
    ran = Ran(f"""<retry condition="@(int.Parse("x") > 0)" count="2" interval="0">{COUNT}</retry>""")
    error = ran.exchange.error
    assert error is not None
    assert (ran.verdict, ran.variable("n"), len(ran.regions)) == (Verdict.FAILED, 1, 0)
    assert (error.source, error.path) == ("retry", "retry[1]")


def test_nested_retries_begin_anew_each_time() -> None:
    inner = f"""<retry condition="true" count="2" interval="0">{COUNT}</retry>"""
    ran = Ran(f"""<retry condition="true" count="3" interval="0">{inner}</retry>""")
    assert ran.variable("n") == 4 * 3


def test_an_error_that_the_inner_one_gives_up_is_retried_by_the_outer_one() -> None:
    inner = f"""<retry condition="true" count="1" interval="0">{COUNT}{FAIL}</retry>"""
    ran = Ran(f"""<retry condition="true" count="2" interval="0">{inner}</retry>""")
    assert (ran.verdict, ran.variable("n"), len(ran.regions)) == (Verdict.FAILED, 6, 0)


def nested(levels: int, inner: str, attributes: str = "interval='0'") -> str:
    for _ in range(levels):
        inner = f"<retry condition='@(true)' count='50' {attributes}>{inner}</retry>"
    return inner


@pytest.mark.parametrize("levels", [3, 4, 8])
@pytest.mark.parametrize("attributes", ["interval='0'", "interval='1'"])
def test_retries_within_retries_have_a_common_bound(levels: int, attributes: str) -> None:
    ran = Ran(nested(levels, COUNT, attributes))
    assert ran.failure == ("RetryLimitExceeded", 500, "")
    assert ran.exchange.error is not None
    assert (
        ran.exchange.error.message == "The retries of one request go round 10000 times at most, all together."
    )
    assert ran.regions == []
    assert len(ran.waits) == (200 if attributes == "interval='0'" else 10000)
    assert 9800 < ran.variable("n") <= 10001


def test_two_levels_of_the_most_retries_are_within_the_bound() -> None:
    ran = Ran(nested(2, COUNT))
    assert ran.passed
    assert ran.variable("n") == 51 * 51


def test_an_answer_inside_ends_the_pipeline() -> None:
    ran = Ran(f"""<retry condition="true" count="2" interval="0">{COUNT}<return-response /></retry>{COUNT}""")
    assert (ran.verdict, ran.variable("n")) == (Verdict.ANSWERED, 1)


@pytest.mark.parametrize(
    "attributes",
    [
        """count="@(0)" interval="1" """,
        """count="@(51)" interval="1" """,
        """count="1" interval="@(-1)" """,
        """count="1" interval="@(2147484)" """,
        """count="1" interval="1" delta="@(long.MaxValue)" """,
        """count="1" interval="1" max-interval="@(int.MaxValue)" delta="1" """,
    ],
)
def test_numbers_that_expressions_give_have_the_same_bounds(attributes: str) -> None:
    ran = Ran(f"""<retry condition="true" {attributes}>{COUNT}</retry>""")
    assert ran.verdict == Verdict.FAILED
    assert ran.variable("n") is None
    assert ran.exchange.error is not None
    assert ran.exchange.error.source == "retry"


def test_attributes_are_evaluated_once() -> None:
    count = """@(3 - context.Variables.GetValueOrDefault<int>("n", 0))"""
    ran = Ran(f"""<retry condition="true" count='{count}' interval="0">{COUNT}</retry>""")
    assert ran.variable("n") == 4


def test_a_policy_that_refuses_is_retried_too() -> None:
    check = """<check-header name="x" failed-check-httpcode="401" failed-check-error-message="no"
                ignore-case="true" />"""
    ran = Ran(f"""<retry condition="true" count="2" interval="0">{COUNT}{check}</retry>""")
    assert (ran.verdict, ran.variable("n"), ran.exchange.error_status) == (Verdict.FAILED, 3, 401)
