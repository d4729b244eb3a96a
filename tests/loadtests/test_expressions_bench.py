"""The bench of expressions stays alive: each of its expressions compiles and has a value."""

from __future__ import annotations

import pytest

from fastgw.expr.engine import Wanted, compile_expression
from fastgw.expr.library.context.fixture import context_from
from loadtests.micro.bench_expressions import CONTEXT, EXPRESSIONS, workload


@pytest.mark.parametrize(("name", "wanted", "source"), EXPRESSIONS, ids=[one[0] for one in EXPRESSIONS])
def test_every_expression_has_a_value(name: str, wanted: Wanted, source: str) -> None:
    assert compile_expression(source, wanted)(context_from(CONTEXT)) is not None
    workload(source, wanted)(2)
