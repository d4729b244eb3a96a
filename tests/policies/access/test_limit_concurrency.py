"""limit-concurrency: who gets in, and when the next one does (spec/policies/access.md)."""

from __future__ import annotations

import pytest

from fastgw._core import Verdict
from fastgw._shared import Segment
from fastgw.policies.access import limit_concurrency
from fastgw.policies.access.limit_concurrency import ConcurrencyLimit, name_of
from tests.policies.running import Ran, Snapshot

FULL = ("ConcurrencyLimitExceeded", 429, "Concurrency limit exceeded")
FAIL = """<set-variable name="x" value="@(int.Parse("x"))" />"""
RETURN = "<return-response />"


def limit(inner: str, most: int = 1, key: str = "k") -> str:
    return f"<limit-concurrency key='{key}' max-count=\"{most}\">{inner}</limit-concurrency>"


def held(ran: Ran) -> int:
    segment: Segment = ran.exchange.snapshot.segment
    return segment.held(name_of(segment.key, "orders", "k"))


def test_the_slot_is_given_back_at_the_end() -> None:
    ran = Ran(limit("<set-method>POST</set-method>") * 2)
    assert ran.passed
    assert held(ran) == 0


def test_who_is_too_many_is_refused_and_its_children_do_not_run() -> None:
    ran = Ran(limit(limit('<set-variable name="inner" value="1" />')))
    assert ran.failure == FULL
    assert ran.variable("inner") is None
    assert ran.exchange.error is not None
    assert (ran.exchange.error.source, ran.exchange.error.path) == (
        "limit-concurrency",
        "limit-concurrency[1]/limit-concurrency[1]",
    )
    assert held(ran) == 0


def test_an_error_gives_the_slot_back() -> None:
    ran = Ran(limit(FAIL))
    assert ran.failure[0] == "ExpressionValueEvaluationFailure"
    assert held(ran) == 0


def test_an_answer_keeps_the_slot_until_the_request_is_over() -> None:
    ran = Ran(limit(RETURN))
    assert ran.verdict == Verdict.ANSWERED
    assert held(ran) == 1
    for region, _ in ran.regions:
        region.release()
    assert held(ran) == 0


def test_retries_take_the_slot_anew() -> None:
    ran = Ran(f"""<retry condition="true" count="3" interval="0">{limit(FAIL)}</retry>""")
    assert ran.failure[0] == "ExpressionValueEvaluationFailure"
    assert held(ran) == 0


@pytest.mark.parametrize(
    ("key", "passes"), [("k", False), ('@("k")', False), ("other", True), ("@(null)", True)]
)
def test_keys_are_groups(key: str, passes: bool) -> None:
    snapshot = Snapshot()
    snapshot.segment.take(name_of(snapshot.segment.key, "orders", "k"), 9)
    ran = Ran(limit("<set-method>POST</set-method>", key=key), snapshot=snapshot)
    assert ran.passed is passes


def test_another_api_is_another_group() -> None:
    assert name_of(b"s", "orders", "k") != name_of(b"s", "stock", "k")
    assert name_of(b"s", "a 1", "b") != name_of(b"s", "a", "1 b")
    assert name_of(b"s", "orders", "k") != name_of(b"t", "orders", "k")


def test_where_there_is_no_place_the_worker_counts_alone_and_says_so_once_a_minute(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = Snapshot()
    segment = snapshot.segment
    first = name_of(segment.key, "orders", "k")
    for number in range(1, 17):
        segment.take((first + number * 8192) % 2**64, 1)
    monkeypatch.setattr(limit_concurrency, "_WARNING", limit_concurrency._Warning())
    ran = Ran(limit(limit(limit(RETURN, 2), 2), 2), snapshot=snapshot)
    assert ran.failure == FULL
    assert capfd.readouterr().err.count("too many keys") == 1


def test_a_listing_shows_the_key_and_the_limit() -> None:
    ran = Ran(limit("<set-method>POST</set-method>", 7))
    program = ran.exchange.route.inbound  # type: ignore[union-attr]
    assert ran.bench.lines(program)[0].startswith('   0 ENTER <ConcurrencyLimit> key="k" max-count=7')
    assert isinstance(program.steps[0].operands[0], ConcurrencyLimit)
