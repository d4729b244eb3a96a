"""forward-request: its options, and a computed timeout."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastgw._program import ForwardOptions
from tests.compiler.support import Bench
from tests.policies.rehearsing import rehearse


def options(attributes: str) -> ForwardOptions:
    text = f"<policies><backend><forward-request {attributes} /></backend></policies>"
    (step,) = Bench().programs(text).backend.steps
    found = step.operands[0]
    assert isinstance(found, ForwardOptions)
    return found


def test_the_default_timeout_is_300_seconds() -> None:
    assert options("").timeout_ms == 300_000


def test_a_timeout_in_seconds_becomes_milliseconds() -> None:
    assert options("timeout='2'").timeout_ms == 2000
    assert options("timeout-ms='2'").timeout_ms == 2


def test_a_computed_timeout_must_be_a_whole_number_that_is_not_negative() -> None:
    timeout = options("timeout='@(t)'").timeout_ms
    assert callable(timeout)
    assert timeout({"@(t)": 3}) == 3000
    for bad in (-1, None, "3", 2**40):
        with pytest.raises(ValueError, match="timeout"):
            timeout({"@(t)": bad})


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        ('timeout="@(0 - 1)"', "The timeout of forward-request must be a whole number that is not negative."),
        (
            'continue-timeout="@(0 - 1)"',
            "The continue-timeout of forward-request must be a whole number that is not negative.",
        ),
        ('timeout="@(int.Parse(&quot;x&quot;))"', "was not in a correct format."),
        ('follow-redirects="@(((string) null).Length == 1)"', "Object reference not set to an instance"),
    ],
)
def test_what_cannot_be_computed_is_told_as_of_any_expression(
    tmp_path: Path, attribute: str, message: str
) -> None:
    outcome = rehearse(tmp_path, backend=f"<forward-request {attribute} />")
    assert (outcome.status, outcome.calls) == (500, [])
    assert outcome.error is not None
    assert (outcome.error["source"], outcome.error["reason"], outcome.error["path"]) == (
        "forward-request",
        "ExpressionValueEvaluationFailure",
        "forward-request[1]",
    )
    assert (outcome.error["message"] or "").startswith("Expression evaluation failed. ")
    assert message.rstrip(".") in (outcome.error["message"] or "")
