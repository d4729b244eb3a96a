"""docs/expressions.md states the limits and the members that there are."""

from __future__ import annotations

import re

import pytest

from fastgw.expr.binder.operators import LONGEST_CONSTANT
from fastgw.expr.codegen.functions import MOST_INSTANCES
from fastgw.expr.engine import load_library
from fastgw.expr.library.declare import find
from fastgw.expr.parser import MOST_CHARACTERS, MOST_TOKENS
from fastgw.expr.parser.cursor import MAX_NESTING
from fastgw.expr.runtime.meter import Meter
from fastgw.expr.types import MOST_PARTS
from tests.docs.blocks import quoted, rows, sections

TEXTS = sections("docs/expressions.md")


def test_the_limits_are_the_real_ones() -> None:
    meter = Meter()
    assert {cells[0]: cells[1] for cells in rows(TEXTS["Limits"], "limit")} == {
        "steps": f"{meter.most_steps:,}",
        "processor time": f"{meter.most_seconds:g} s",
        "regular expressions": f"{meter.match_seconds:g} s",
        "values built": f"{meter.most_bytes // 2**20} MiB",
    }


def test_the_limits_of_what_is_compiled_are_the_real_ones() -> None:
    assert {cells[0]: cells[1] for cells in rows(TEXTS["Limits"], "when compiled")} == {
        "length": f"{MOST_CHARACTERS // 1024} Ki characters",
        "words and signs": f"{MOST_TOKENS:,}",
        "nesting": str(MAX_NESTING),
        "generic local functions": str(MOST_INSTANCES),
        "constant strings": f"{LONGEST_CONSTANT // 1024} Ki characters",
        "parts of a type": f"{MOST_PARTS:,}",
    }


def properties() -> set[str]:
    load_library()
    found = find("IExpressionContext", 0)
    assert found is not None
    return {f"context.{name}" for name in found.properties}


def test_every_member_of_the_context_is_described() -> None:
    described = {
        name.partition("(")[0]
        for cells in rows(TEXTS["What they see"], "member")
        for name in quoted(cells[0])
    }
    # The last two are always null and stand under the differences; the trace is a method.
    assert described == properties() - {"context.Workspace", "context.Backend"} | {"context.Trace"}


@pytest.mark.parametrize("interface", ["IRequest", "IResponse"])
def test_what_is_described_of_a_message_exists(interface: str) -> None:
    found = find(interface, 0)
    assert found is not None
    row = next(
        cells for cells in rows(TEXTS["What they see"], "member") if cells[0] == f"`context.{interface[1:]}`"
    )
    named = {name for name in quoted(row[1]) if re.fullmatch(r"[A-Z]\w+", name)}
    assert named
    assert named <= set(found.properties)
