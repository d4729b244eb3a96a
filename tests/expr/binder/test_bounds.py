"""What is long, deep or asks for much work: bound in time, or refused; never more than Python's stack."""

from __future__ import annotations

import time

import pytest

from fastgw.expr.binder import session
from tests.expr.binder.binding import codes, result

SECONDS = 20.0


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("+".join(["context.Variables.Count"] * 2000), "int"),
        ("+".join(['"a" + context.Variables.Count'] * 1000), "string"),
        ("&&".join(["context.Tracing"] * 2000), "bool"),
        ("|".join(["RegexOptions.None"] * 500), "RegexOptions"),
        ("new StringBuilder()" + '.Append("a")' * 1000, "StringBuilder"),
        ("new[] {1}" + ".Select(x => x + 1)" * 200, "IEnumerable<int>"),
        ("".join(f"context.Tracing ? {n} : " for n in range(150)) + "0", "int"),
        (
            "".join(f"if (context.Tracing) {{ return {n}; }} else " for n in range(150)) + "{ return 0; }",
            "int",
        ),
        ("(" * 150 + "1" + ")" * 150, "int"),
        ("Math.Abs(" * 100 + "1" + ")" * 100, "int"),
        ("{" * 150 + "return 1;" + "}" * 150, "int"),
        ('"a"' + ' ?? "a"' * 150, "string"),
        ("object x; " + "x = " * 150 + "1; return x;", "object"),
        ("int x = 0; " + "x++; " * 5000 + "return x;", "int"),
        ("return new[] {" + "1, " * 10_000 + "2};", "int[]"),
    ],
    ids=lambda text: text[:20],
)
def test_what_is_long_is_bound_in_time(source: str, found: str) -> None:
    start = time.perf_counter()
    assert result(source) == found
    assert time.perf_counter() - start < SECONDS


@pytest.mark.parametrize(
    "call",
    ["Sum(x{n} => {inner})", "Aggregate(0, (a{n}, x{n}) => {inner})", "Select(x{n} => {inner}).Count()"],
)
def test_nested_lambdas_are_not_bound_once_for_each_pair_of_overloads(call: str) -> None:
    start = time.perf_counter()
    inner = "1"
    for n in range(20):
        inner = "new[] {1}." + call.format(n=n, inner=inner)
    assert result(inner) == "int"
    assert time.perf_counter() - start < SECONDS


def test_too_much_work_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "MOST_WORK", 100)
    assert result("+".join(["context.Variables.Count"] * 20)) == "int"
    assert codes("+".join(["context.Variables.Count"] * 200)) == ["CS8078"]


def test_deep_nesting_is_refused_where_it_is_too_deep() -> None:
    source = "new[] {1}[" * 190 + "0" + "]" * 190
    assert codes(source) in ([], ["CS8078"])
