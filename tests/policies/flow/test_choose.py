"""choose: which statements run."""

from __future__ import annotations

import pytest

from tests.compiler.support import Bench

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
