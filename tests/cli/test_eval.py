"""`fastgw eval`: what it prints, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fastgw.cli import cli


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["eval", *arguments])


def evaluated(*arguments: str) -> dict[str, Any]:
    found = invoke(*arguments)
    result: dict[str, Any] = json.loads(found.stdout)
    assert found.exit_code == (1 if "error" in result else 0), found.output
    return result


def written(path: Path, content: object) -> str:
    path.write_text(json.dumps(content))
    return str(path)


@pytest.mark.parametrize(
    ("expression", "type", "value"),
    [
        ("1 + 1", "System.Int32", 2),
        ("@(1 + 1)", "System.Int32", 2),
        (" @{ return 1; } ", "System.Int32", 1),
        ('"a"', "System.String", "a"),
        ('"\\ud83d\\ude00"', "System.String", "\U0001f600"),
        ("'a'", "System.Char", "a"),
        ("null", None, None),
        ("true", "System.Boolean", True),
        ("18446744073709551615", "System.UInt64", 18446744073709551615),
        ("(byte)5", "System.Byte", 5),
        ("0.1 + 0.2", "System.Double", 0.30000000000000004),
        ("0.1f", "System.Single", 0.1),
        ("0 / 0.0", "System.Double", "NaN"),
        ("-1 / 0.0", "System.Double", "-Infinity"),
        ("12.50m", "System.Decimal", "12.50"),
        ("DayOfWeek.Monday", "System.DayOfWeek", "Monday"),
        ("(DayOfWeek)42", "System.DayOfWeek", "42"),
        ("new DateTime(2024, 3, 5)", "System.DateTime", "2024-03-05T00:00:00.0000000"),
        ("TimeSpan.FromSeconds(90)", "System.TimeSpan", "00:01:30"),
        ("Guid.Empty", "System.Guid", "00000000-0000-0000-0000-000000000000"),
        ("new byte[] {1, 2}", "System.Byte[]", "AQI="),
        ('JObject.Parse("{ \\"a\\": [1, null] }")', "Newtonsoft.Json.Linq.JObject", '{"a":[1,null]}'),
        ('JObject.Parse("{ \\"a\\": \\"x\\" }")["a"]', "Newtonsoft.Json.Linq.JValue", '"x"'),
        ('XElement.Parse("<a> <b/> </a>")', "System.Xml.Linq.XElement", "<a><b /></a>"),
        ("typeof(string)", "System.Type", "System.String"),
    ],
)
def test_simple_values(expression: str, type: str | None, value: object) -> None:
    assert evaluated(expression) == {"type": type, "value": value}


def of(type: str, value: object) -> dict[str, object]:
    return {"type": type, "value": value}


ONE = of("System.Int32", 1)
X = of("System.String", "x")
NULL = {"type": None, "value": None}
PAIR = of("System.Collections.Generic.KeyValuePair<System.String,System.Int32>", [X, ONE])


@pytest.mark.parametrize(
    ("expression", "type", "value"),
    [
        ('new object[] {1, "x", null}', "System.Object[]", [ONE, X, NULL]),
        ("new List<int> {1}", "System.Collections.Generic.List<System.Int32>", [ONE]),
        ("new[] {0}.Select(n => n + 1)", "System.Collections.Generic.IEnumerable<System.Int32>", [ONE]),
        (
            'new Dictionary<string, int> { {"x", 1} }',
            "System.Collections.Generic.Dictionary<System.String,System.Int32>",
            [PAIR],
        ),
        ('Tuple.Create(1, "x")', "System.Tuple<System.Int32,System.String>", [ONE, X]),
        ('(1, "x")', "System.ValueTuple<System.Int32,System.String>", [ONE, X]),
        ('new { a = 1, b = "x" }', "anonymous", {"a": ONE, "b": X}),
        ("new int[1, 2]", "System.Int32[,]", [of("System.Int32", 0)] * 2),
    ],
)
def test_nested_values(expression: str, type: str, value: object) -> None:
    assert evaluated(expression) == {"type": type, "value": value}


def test_errors_of_compilation_say_where() -> None:
    assert evaluated("@{\n  return nothing;\n}") == {
        "error": "compile",
        "exception": None,
        "message": "The name 'nothing' does not exist in the current context",
        "code": "CS0103",
        "line": 2,
        "column": 10,
    }


def test_errors_of_evaluation_say_what() -> None:
    assert evaluated("((string)null).Length") == {
        "error": "runtime",
        "exception": "System.NullReferenceException",
        "message": "Object reference not set to an instance of an object.",
    }


@pytest.mark.parametrize(
    ("source", "exception"),
    [
        ("new[] {1, 0}.Select(n => 1 / n)", "System.DivideByZeroException"),
        ("@{ var l = new List<object>(); l.Add(l); return l; }", "System.StackOverflowException"),
        ("Enumerable.Range(0, int.MaxValue).Where(n => n < 0)", "System.TimeoutException"),
    ],
)
def test_what_fails_while_it_is_shown_is_an_error_too(source: str, exception: str) -> None:
    assert evaluated(source)["exception"] == exception


def test_traces_are_shown() -> None:
    assert evaluated('@{ context.Trace("a"); context.Trace("b"); return 1; }') == {
        **ONE,
        "traces": ["a", "b"],
    }
    assert evaluated('@{ context.Trace("a"); throw new Exception("b"); }')["traces"] == ["a"]


def test_a_context_from_a_file(tmp_path: Path) -> None:
    record = {"variables": {"n": {"type": "System.Int32", "value": 5}}}
    assert (
        evaluated("--context", written(tmp_path / "c.json", record), '(int)context.Variables["n"]')["value"]
        == 5
    )
    assert evaluated("context.Request.Method")["value"] == "GET"


def test_a_batch_has_a_line_for_each_case(tmp_path: Path) -> None:
    cases = [
        {"id": "a", "kind": "expression", "source": '(int)context.Variables["n"] // n', "context": "c"},
        {"id": "b", "kind": "statement", "source": "return nothing;", "context": "c"},
        {"id": "d", "kind": "expression", "source": "new[] {1}[1]"},
    ]
    contexts = [{"id": "c", "variables": {"n": {"type": "System.Int32", "value": 5}}}]
    found = invoke(
        "--batch",
        written(tmp_path / "cases.json", cases),
        "--contexts",
        written(tmp_path / "c.json", contexts),
    )
    assert found.exit_code == 0
    lines = [json.loads(line) for line in found.stdout.splitlines()]
    assert [(one["id"], one.get("value"), one.get("error"), one.get("exception")) for one in lines] == [
        ("a", 5, None, None),
        ("b", None, "compile", None),
        ("d", None, "runtime", "System.IndexOutOfRangeException"),
    ]


def test_contexts_beside_the_cases_are_found(tmp_path: Path) -> None:
    case = {"id": "a", "kind": "expression", "source": '(int)context.Variables["n"]', "context": "c"}
    cases = written(tmp_path / "cases.json", [case])
    missing = invoke("--batch", cases)
    assert missing.exit_code == 2
    assert "case a needs the context c" in missing.stderr
    contexts = [{"id": "c", "variables": {"n": {"type": "System.Int32", "value": 5}}}]
    written(tmp_path / "contexts.json", contexts)
    assert json.loads(invoke("--batch", cases).stdout)["value"] == 5
    other = [{"id": "c", "variables": {"n": {"type": "System.Int32", "value": 6}}}]
    named = invoke("--batch", cases, "--contexts", written(tmp_path / "other.json", other))
    assert json.loads(named.stdout)["value"] == 6


def test_contexts_are_fresh_for_each_case(tmp_path: Path) -> None:
    change = '((JObject)context.Variables["o"])["n"] = 2; return (int)((JObject)context.Variables["o"])["n"];'
    read = 'return (int)((JObject)context.Variables["o"])["n"];'
    cases = [
        {"id": str(at), "kind": "statement", "source": one, "context": "c"}
        for at, one in enumerate((change, read))
    ]
    variable = {"type": "Newtonsoft.Json.Linq.JObject", "value": {"n": 1}}
    found = invoke(
        "--batch",
        written(tmp_path / "cases.json", cases),
        "--contexts",
        written(tmp_path / "c.json", [{"id": "c", "variables": {"o": variable}}]),
    )
    assert [json.loads(line)["value"] for line in found.stdout.splitlines()] == [2, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "EXPRESSION or --batch"),
        (["1", "--batch", "FILE"], "EXPRESSION or --batch"),
        (["1", "--context", "FILE"], "no JSON object"),
        (["1", "--context", "missing.json"], "does not exist"),
        (["--batch", "BROKEN"], "no JSON"),
        (["--batch", "CASES"], "needs the context c"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], message: str, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    files = {
        "FILE": written(tmp_path / "list.json", []),
        "BROKEN": str(tmp_path / "broken.json"),
        "CASES": written(
            tmp_path / "c.json", [{"id": "a", "kind": "expression", "source": "1", "context": "c"}]
        ),
    }
    found = invoke(*(files.get(one, one) for one in arguments))
    assert found.exit_code == 2
    assert message in " ".join(found.stderr.replace("│", " ").split())
