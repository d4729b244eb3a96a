"""No pattern and no text holds a worker: time, size and depth are bounded."""

from __future__ import annotations

import time

import pytest

from fastgw.expr.library import regex_engine as engine
from fastgw.expr.library.regex_engine import program
from fastgw.expr.runtime.errors import Exhausted, RegexMatchTimeoutException
from fastgw.expr.runtime.meter import meter


@pytest.fixture(autouse=True)
def _fresh_meter() -> None:
    meter.restart()


def first(pattern: str, text: str, options: int = 0, limit: float | None = None) -> bool:
    compiled = program(pattern, options)
    start = len(text) if compiled.from_right else 0
    return next(compiled.matches(text, start, limit), None) is not None


HOSTILE = [
    ("^(a+)+$", "a" * 40 + "b"),
    ("^(a|a|a)*$", "a" * 40 + "b"),
    ("^(a|aa)+$", "a" * 60 + "b"),
    (r"^(a*)(a*)(a*)(a*)(a*)\1\2\3\4\5b$", "a" * 80),
    (r"^(([\-.]|[_]+)?([a-zA-Z0-9]+))*@\w+[.]\w+$", "a" * 60 + "!"),
    ("(?=(a+)+b)a", "a" * 40 + "c"),
    ("(?<=(a+)+)c$", "a" * 40 + "d"),
    ("(.*)(.*)(.*)(.*)(.*)(.*)x", "a" * 300),
    ("(.*?a){20}", "a" * 19 + "b" * 40),
    ("(?:a?){40}a{40}", "a" * 39),
    ("((a{1,1000}){1,1000}){1,1000}b", "a" * 100),
    ("(?:(?:(?:a{0,100}){0,100}){0,100}){0,100}b", "a" * 100),
    ("(?>(a+)+)b", "a" * 3000),
    ("(?(?=(a+)+b)a|c)*$", "a" * 50),
    ("(?:.|\\n)*x", "ab\n" * 100_000),
]


@pytest.mark.parametrize(("pattern", "text"), HOSTILE, ids=[pattern for pattern, _ in HOSTILE])
@pytest.mark.parametrize("options", [0, 64])
def test_catastrophic_backtracking_ends_in_time(pattern: str, text: str, options: int) -> None:
    meter.seconds_left = 0.3
    began = time.process_time()
    try:
        first(pattern, text, options)
    except Exhausted:
        assert meter.seconds_left <= 0
    assert time.process_time() - began < 3


def test_the_seconds_are_those_of_the_evaluation() -> None:
    meter.seconds_left = 0.2

    def go_on() -> None:
        for _ in range(1000):
            first("^(a|a|a)*$", "a" * 14 + "b")

    with pytest.raises(Exhausted, match="matched regular expressions for too long"):
        go_on()
    with pytest.raises(Exhausted):
        first("a", "a")
    meter.restart()
    assert first("a", "a")


def test_a_regex_may_have_a_limit_of_its_own_that_policies_can_catch() -> None:
    with pytest.raises(RegexMatchTimeoutException, match="has timed out while trying to match"):
        first("^(a|a|a)*$", "a" * 40 + "b", limit=0.05)
    assert meter.seconds_left > 0


def test_the_limit_of_the_evaluation_wins() -> None:
    meter.seconds_left = 0.05
    with pytest.raises(Exhausted):
        first("^(a|a|a)*$", "a" * 40 + "b", limit=10)


@pytest.mark.parametrize(
    "pattern",
    [
        "a{2147483647}",
        "(?:(?:){1000000}){1000000}",
        "((a{1000}){1000}){1000}",
        "x" * (engine.LONGEST_PATTERN + 1),
        r"\b" * 5000,
        "(?:a*)*" * 3000,
        "(a)" * 1100,
    ],
    ids=lambda pattern: str(pattern[:20]),
)
def test_patterns_that_would_be_huge_are_refused(pattern: str) -> None:
    began = time.process_time()
    with pytest.raises(Exhausted):
        program(pattern, 0)
    assert time.process_time() - began < 3


def test_long_texts_cost_steps() -> None:
    meter.steps_left, meter.steps_later = 10_000, 0
    with pytest.raises(Exhausted):
        first("b", "a" * 1_000_000)


def test_patterns_are_kept_but_not_all() -> None:
    kept = program("kept", 0)
    assert program("kept", 0) is kept
    assert program("kept", 1) is not kept
    for number in range(300):
        program(f"other{number}", 0)
    assert program("kept", 0) is not kept


def test_matches_are_sought_when_they_are_asked_for() -> None:
    matches = program("a|b(c|c|c)*d", 0).matches("a" + "b" + "c" * 60, 0, None)
    assert next(matches).end == 1
    meter.seconds_left = 0.1
    with pytest.raises(Exhausted):
        next(matches)
