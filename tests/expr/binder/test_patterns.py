"""`is`, `as` and the switch statement (C# 11.2, 12.12.12, 12.12.13, 13.8.3)."""

# ruff: noqa: E501 (one case stands on one line)

from __future__ import annotations

import pytest

from fastgw.expr import bound
from tests.expr.binder.binding import codes, message, program, result, returned


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("5 is int", "bool"),
        ("5 is string", "bool"),
        ("2147483648 is int", "bool"),
        ("(object)5 is int?", "bool"),
        ("(object)5 is DayOfWeek.Monday", "bool"),
        ("DayOfWeek.Monday is DayOfWeek.Monday", "bool"),
        ("(object)5 is 5", "bool"),
        ('"a" is null', "bool"),
        ("null is string", "bool"),
        ("int? n = 5; return n is int x ? x : 0;", "int"),
        ("int? n = 5; return n is null;", "bool"),
        ("int? n = 5; return n is 5;", "bool"),
        ("(object)5 is var x && x != null", "bool"),
        ("new List<int>() is IEnumerable<string>", "bool"),
        ('context.Variables["a"] is JObject j ? (string)j["x"] : null', "string"),
        ('const string m = "a"; return "a" is m;', "bool"),
        ("object o = 1; return o is System.String s ? s : null;", "string"),
        ("5 is null", "CS0037"),
        ("5 is 6L", "CS0266"),
        ('5 is "x"', "CS0029"),
        ('string m = "a"; return "a" is m;', "CS0150"),
        ('"a" is int n', "CS8121"),
        ("(object)5 is Nope", "CS0103"),
        ("(x => x) is string", "CS0837"),
    ],
)
def test_is(source: str, found: str) -> None:
    assert result(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("null as string", "string"),
        ('(object)"a" as string', "string"),
        ("(object)5 as int?", "int?"),
        ("5 as object", "object"),
        ("5 as int?", "int?"),
        ("5 as IComparable", "IComparable"),
        ("new List<int>() as IEnumerable<string>", "IEnumerable<string>"),
        ('JToken.Parse("") as JArray', "JArray"),
        ("5 as long?", "long?"),
        ("5L as int?", "CS0039"),
        ("5 as string", "CS0039"),
        ('"5" as int', "CS0077"),
        ("new JObject() as JArray", "CS0039"),
        ("(x => x) as Func<int, int>", "CS8116"),
    ],
)
def test_as(source: str, found: str) -> None:
    assert result(source) == found


@pytest.mark.parametrize(
    ("sections", "code"),
    [
        ("case 1: return 1; case 1: return 2;", "CS0152"),
        ("case 1 + 1: return 1; case 2: return 2;", "CS0152"),
        ("default: return 1; default: return 2;", "CS0152"),
        ('case "a": return 1;', "CS0029"),
        ("case 5L: return 1;", "CS0266"),
        ("case null: return 1;", "CS0037"),
        ("case n: return 1;", "CS0150"),
        ("case string s: return 1;", "CS8121"),
        ("case 1: n = 2; case 2: return 1;", "CS0163"),
        ("case 1: n = 2;", "CS8070"),
        ("case 1: goto case 7;", "CS0159"),
        ("case 1: goto default;", "CS0159"),
        ("case 1: continue;", "CS0139"),
        ("case 1: int y = 5; break; case 2: int y = 6; break;", "CS0128"),
        ("case var x: return 1; case 2: return 2;", "CS8120"),
    ],
)
def test_switches_that_are_wrong(sections: str, code: str) -> None:
    assert codes(f"int n = 5; switch (n) {{ {sections} }} return 0;") == [code]


@pytest.mark.parametrize(
    "sections",
    [
        "case 1: return 1; case 2: case 3: return 2; default: return 3;",
        "case 1: case 2: return 1; case 3: goto case 1; default: goto case 2;",
        "case 1: goto default; default: return 1;",
        "case 1: int y = 5; return y; case 2: y = 6; return y;",
        "case 1: throw new Exception(); case 2: while (true) { }",
        "case int i when i > 3: return i; case int i: return 1;",
        "case 1 when n > 0: return 1; case 1: return 2;",
        "default: return 1; case 1: return 2;",
        "case 'a': return 1; case (byte)2: return 2;",
    ],
)
def test_switches_that_are_right(sections: str) -> None:
    assert codes(f"int n = 5; switch (n) {{ {sections} }} return 0;") == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (
            'object o = 5; switch (o) { case string s: return s; case int i: return "i"; case null: return "0"; default: return o.ToString(); }',
            "string",
        ),
        (
            'switch (context.Request.Method) { case "GET": return 1; case null: return 2; default: return 3; }',
            "int",
        ),
        ("int? n = 5; switch (n) { case null: return 1; case 5: return 2; } return 3;", "int"),
        ("switch (DayOfWeek.Monday) { case DayOfWeek.Monday: return 1; case 0: return 2; } return 3;", "int"),
        ("switch (context.Tracing) { case true: return 1; case false: return 2; }", "int"),
        ("switch (1) { case 1: return 1; }", "int"),
        ("switch (1) { case 2: return 1; }", "CS0161"),
        ("object o = 1; switch (o) { case object x: return 1; case int i: return i; } return 0;", "CS8120"),
        ("object o = 1; switch (o) { case int i: return i; case 5: return 0; } return 0;", "CS8120"),
        (
            "object o = 1; switch (o) { case string _: return 1; case int _: return 2; default: return 3; }",
            "int",
        ),
        ("switch (null) { default: return 1; }", "CS0815"),
        ("goto case 1; return 1;", "CS0153"),
    ],
)
def test_switch(source: str, found: str) -> None:
    assert result(source) == found


def test_a_fall_through_is_named_by_its_label() -> None:
    text = "int n = 1; switch (n) { case 1: n = 2; case 2: return 1; } return 0;"
    assert message(text) == "Control cannot fall through from one case label ('case 1:') to another"


def test_goto_case_leads_to_the_label_of_a_section() -> None:
    text = "int n = 1; switch (n) { case 1: goto case 2; case 2: return 1; default: return 0; }"
    body = program(text).body.statements
    assert body is not None
    switch = body.statements[1]
    assert isinstance(switch, bound.Switch)
    jump = switch.sections[0].body.statements[0]
    assert isinstance(jump, bound.Goto)
    assert [one.label is jump.target for one in switch.sections] == [False, True, False]
    assert switch.sections[2].label is None


def test_a_pattern_assigns_its_variable() -> None:
    found = returned("object o = 1; return o is int n;")
    assert isinstance(found, bound.IsType)
    assert found.variable is not None
    assert found.variable.name == "n"
