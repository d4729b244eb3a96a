"""choose: which statements run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compiler.support import Bench
from tests.policies.rehearsing import case_of, run_case, snapshot_of

CHOOSE = """<choose>
  <when condition="@(a)"><set-method>A</set-method></when>
  <when condition="@(b)"><set-method>B</set-method><set-method>B2</set-method></when>
  <otherwise><set-method>C</set-method></otherwise>
</choose><set-method>END</set-method>"""


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (True, True, [b"A", b"END"]),
        (True, False, [b"A", b"END"]),
        (False, True, [b"B", b"B2", b"END"]),
        (False, False, [b"C", b"END"]),
    ],
)
def test_the_first_true_branch_runs_and_no_other_condition_is_asked(
    a: bool, b: bool, expected: list[bytes]
) -> None:
    steps = Bench().inbound(CHOOSE)
    exchange = {"@(a)": a} if a else {"@(a)": a, "@(b)": b}
    at, ran = 0, []
    while at < len(steps):
        op, operands, _ = steps[at]
        at += 1
        if op.name == "JUMP":
            at = operands[0]
        elif op.name == "JUMP_UNLESS":
            at = at if operands[0](exchange) else operands[1]
        else:
            ran.append(operands[0])
    assert ran == expected


@pytest.mark.parametrize(
    ("made", "asked", "status"),
    [
        (
            "@{ return null; }",
            "context.Variables.GetValueOrDefault&lt;string&gt;(&quot;v&quot;) != null",
            200,
        ),
        ("@{ return null; }", "(string)context.Variables[&quot;v&quot;] == &quot;a&quot;", 200),
        ("@(&quot;\xe4&quot;)", "(string)context.Variables[&quot;v&quot;] == &quot;\xe4&quot;", 401),
        ("@(1)", "context.Variables.GetValueOrDefault&lt;bool&gt;(&quot;v&quot;)", 500),
        ("@(true)", "context.Variables.GetValueOrDefault&lt;bool&gt;(&quot;v&quot;)", 401),
    ],
)
def test_conditions_that_the_core_cannot_decide_are_evaluated(
    tmp_path: Path, made: str, asked: str, status: int
) -> None:
    refuse = '<return-response><set-status code="401" reason="No" /></return-response>'
    snapshot = snapshot_of(
        tmp_path,
        inbound=f'<set-variable name="v" value="{made}" />'
        f'<choose><when condition="@({asked})">{refuse}</when></choose>',
    )
    outcome = run_case(case_of({"status": 200}), snapshot)
    assert outcome.status == status
    if status == 500:
        assert outcome.error is not None
        assert "Unable to cast" in str(outcome.error["message"])
