"""The public door: what is compiled, what is given, what is raised."""

# ruff: noqa: E501 (one case stands on one line)

from __future__ import annotations

import re
import traceback
from typing import Any

import pytest

from fastgw.expr.engine import ExpressionFailed, ExpressionRefused, Origin, Wanted, compile_expression
from fastgw.expr.runtime.values import ByteArray, Int64
from tests.expr.running import context


def value(source: str, wanted: Wanted, **variables: Any) -> Any:
    return compile_expression(source, wanted)(context(**variables))


def refusals(source: str, wanted: Wanted = Wanted.OBJECT) -> list[tuple[str, int, str]]:
    with pytest.raises(ExpressionRefused) as caught:
        compile_expression(source, wanted)
    return [(one.code, one.offset, one.message) for one in caught.value.errors]


@pytest.mark.parametrize(
    "source", ["@(1 + 1)", "  @(1 + 1)\n", "@{ return 1 + 1; }", "@{\n// }\nreturn 2;\n}"]
)
def test_both_forms_with_blanks_around_them(source: str) -> None:
    assert value(source, Wanted.OBJECT) == 2


@pytest.mark.parametrize("source", ["", "1 + 1", "@", "@(", "@(1}", "(1)", "@[1]", "x @(1)"])
def test_anything_else_is_refused(source: str) -> None:
    with pytest.raises(ExpressionRefused):
        compile_expression(source, Wanted.OBJECT)


def test_errors_are_counted_in_the_whole_text_and_all_reported() -> None:
    assert refusals(" @(nothing + other)") == [
        ("CS0103", 3, "The name 'nothing' does not exist in the current context"),
        ("CS0103", 13, "The name 'other' does not exist in the current context"),
    ]


@pytest.mark.parametrize(
    "deep",
    [
        "(" * 3000 + "1" + ")" * 3000,
        "- " * 3000 + "context.Variables.Count",
        " + ".join(["context.Variables.Count"] * 3000),
        "context" + ".Request.Url.Host.Trim()" + ".Trim()" * 3000,
    ],
)
def test_an_expression_that_is_nested_too_deeply_is_refused(deep: str) -> None:
    assert len(refusals(f"@({deep})")) == 1


def test_long_chains_are_no_deep_nesting() -> None:
    assert value("@(" + " + ".join(['"a"', *["context.RequestId"] * 600]) + ")", Wanted.STRING).startswith(
        "a"
    )
    assert value("@(" + " && ".join(["context.Variables.Count < 5"] * 600) + ")", Wanted.BOOLEAN) is True
    links = " else ".join(f"if (n == {number}) {{ return {number}; }}" for number in range(60))
    assert value(f"@{{ int n = 59; {links} return -1; }}", Wanted.OBJECT) == 59


# ---------------------------------------------------------------- results


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('@("x")', "x"),
        ("@((string)null)", None),
        ('@(context.Variables.Count > 9 ? "x" : null)', None),
        ('@("\\ud83d\\ude00")', "\U0001f600"),
        ('@("\\ud83d" + context.Variables.Count)', "\ufffd0"),
        ("@('x')", "x"),
        ("@(5)", "5"),
        ("@(true)", "True"),
        ("@(12.50m)", "12.50"),
        ("@(1.0)", "1"),
        ("@(TimeSpan.FromSeconds(90))", "00:01:30"),
        ("@(DayOfWeek.Monday)", "Monday"),
        ("@(new byte[] {1, 2})", b"\x01\x02"),
        ("@((object)5)", "5"),
        ("@((object)null)", None),
        ("@{ object o = new byte[] {1}; return o; }", b"\x01"),
    ],
)
def test_text_places_take_strings_bytes_and_invariant_text(source: str, found: object) -> None:
    given = value(source, Wanted.STRING)
    assert given == found
    assert type(given) is type(found)


@pytest.mark.parametrize(("source", "found"), [("@(1 < 2)", True), ("@{ return false; }", False)])
def test_conditions_give_bool(source: str, found: bool) -> None:
    assert value(source, Wanted.BOOLEAN) is found


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ('@("true")', "CS0029"),
        ("@(1)", "CS0029"),
        ("@((bool?)true)", "CS0266"),
        ("@((object)true)", "CS0266"),
        ("@(null)", "CS0037"),
    ],
)
def test_conditions_are_checked_while_compiling(source: str, code: str) -> None:
    assert refusals(source, Wanted.BOOLEAN)[0][0] == code


@pytest.mark.parametrize(
    ("source", "found"),
    [("@(5)", 5), ("@(5L)", 5), ("@((byte)5)", 5), ('@("42")', 42), ('@(" -7 ")', -7), ("@((object)5)", 5)],
)
def test_integers(source: str, found: int) -> None:
    given = value(source, Wanted.INTEGER)
    assert given == found
    assert type(given) is int


@pytest.mark.parametrize("source", ["@(1.5)", "@(true)", "@(DateTime.Now)", "@(1m)"])
def test_what_is_no_integer_is_refused(source: str) -> None:
    assert refusals(source, Wanted.INTEGER)[0][0] == "CS0029"


@pytest.mark.parametrize(
    ("source", "exception"),
    [
        ('@("x")', "System.FormatException"),
        ('@("1.5")', "System.FormatException"),
        ('@("")', "System.FormatException"),
        ("@((string)null)", "System.InvalidCastException"),
        ("@((object)true)", "System.InvalidCastException"),
    ],
)
def test_text_that_is_no_integer_fails(source: str, exception: str) -> None:
    with pytest.raises(ExpressionFailed) as caught:
        value(source, Wanted.INTEGER)
    assert caught.value.exception == exception


def test_what_a_place_cannot_take_is_not_caught_by_the_policy() -> None:
    with pytest.raises(ExpressionFailed) as caught:
        value('@{ try { return "x"; } catch { return "5"; } }', Wanted.INTEGER)
    assert caught.value.exception == "System.FormatException"


@pytest.mark.parametrize("depth", [15, 21, 60])
@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("while (n < 99) { n++; ", " break; }"),
        ("for (int i{0} = 0; i{0} < 1; i{0}++) {{ n++; ", " }"),
        ("foreach (var c{0} in new[] {{ 1 }}) {{ n += c{0}; ", " }"),
        ("try { n++; ", " } finally { m++; }"),
        ("try { n++; ", " } catch (FormatException) { n = 0; }"),
        ("do { n++; ", " } while (false);"),
    ],
)
def test_blocks_nest_deeper_than_pythons(opening: str, closing: str, depth: int) -> None:
    begin = "".join(opening.format(at) if "{0}" in opening else opening for at in range(depth))
    source = f"@{{ int n = 0, m = 0; {begin} {closing * depth} return n + m; }}"
    assert value(source, Wanted.OBJECT) == depth * (2 if "finally" in closing else 1)


def test_jumps_lead_out_of_blocks_that_nest_deeply() -> None:
    depth = 30
    loops = "while (true) { " * depth
    assert value(f"@{{ {loops} return 7; {'}' * depth} }}", Wanted.OBJECT) == 7
    assert value(f"@{{ int n = 0; {loops} n++; {'break; }' * depth} return n; }}", Wanted.OBJECT) == 1
    tries = "try { " * depth
    ends = "} finally { n++; }" * depth
    source = f"@{{ int n = 0; foreach (var x in new[] {{1, 2, 3}}) {{ {tries} if (x == 2) continue; n += 100; {ends} }} return n; }}"
    assert value(source, Wanted.OBJECT) == 200 + 3 * depth


def test_bytes() -> None:
    assert value("@(new byte[] {1, 2})", Wanted.BYTES) == b"\x01\x02"
    assert value("@((object)new byte[0])", Wanted.BYTES) == b""
    assert refusals('@("x")', Wanted.BYTES)[0][0] == "CS0029"
    with pytest.raises(ExpressionFailed):
        value("@((object)1)", Wanted.BYTES)


def test_objects_stay_what_other_expressions_take() -> None:
    assert type(value("@(5L)", Wanted.OBJECT)) is Int64
    assert type(value("@(new byte[1])", Wanted.OBJECT)) is ByteArray
    assert value('@("\\ud83d\\ude00")', Wanted.OBJECT) == "\ud83d\ude00"


# ---------------------------------------------------------------- failures


def test_a_failure_has_the_wording_of_the_service_and_the_net_type() -> None:
    with pytest.raises(ExpressionFailed) as caught:
        value('@(int.Parse("x"))', Wanted.OBJECT)
    assert str(caught.value) == f"Expression evaluation failed. {caught.value.details}"
    assert caught.value.exception == "System.FormatException"
    assert not caught.value.internal


def test_a_fault_of_the_library_is_a_failure_too() -> None:
    with pytest.raises(ExpressionFailed) as caught:
        compile_expression("@(context.Request.Method)", Wanted.STRING)(object())
    assert caught.value.internal
    assert isinstance(caught.value.__cause__, AttributeError)
    assert caught.value.details == "Internal error: AttributeError."
    assert re.fullmatch(r"Internal error: AttributeError at \S+:\d+\.", caught.value.log_message or "")


def test_a_traceback_shows_the_line_of_the_policy() -> None:
    document = "<policies>\n  <set-body>@{\n    var é = 1; var zero = 0;\n    return 1 / zero;\n}</set-body>\n</policies>\n"
    start = document.index("@{")
    source = document[start : document.index("</set-body>")]
    origin = Origin("orders.xml", 2, start - document.index("\n"), document)
    expression = compile_expression(source, Wanted.OBJECT, origin)
    with pytest.raises(ExpressionFailed) as caught:
        expression(context())
    shown = "".join(traceback.format_exception(caught.value))
    assert "orders.xml#" in shown
    assert "line 4, in expression" in shown
    assert "    return 1 / zero;\n" in shown


def test_positions_point_at_the_failing_part() -> None:
    expression = compile_expression('@("abc".Substring(1) + int.Parse("x"))', Wanted.OBJECT)
    with pytest.raises(ExpressionFailed) as caught:
        expression(context())
    assert caught.value.__cause__ is not None
    frames = traceback.extract_tb(caught.value.__cause__.__traceback__)
    here = frames[0]
    line = '"abc".Substring(1) + int.Parse("x")'
    assert here.line == line
    assert here.colno is not None
    assert line[here.colno : here.end_colno] == 'int.Parse("x")'


def test_an_expression_can_be_evaluated_again_and_again() -> None:
    expression = compile_expression(
        "@{ var n = 0; for (int i = 0; i < 100; i++) n += i; return n; }", Wanted.OBJECT
    )
    found = context()
    assert {expression(found) for _ in range(100)} == {4950}
