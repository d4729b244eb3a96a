"""Assignments: what can be written, compound ones, steps, deconstruction (C# 12.21)."""

from __future__ import annotations

import pytest

from fastgw.expr import bound
from tests.expr.binder.binding import codes, program, result


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("5 = 6; return 1;", "CS0131"),
        ("const int c = 5; c = 6; return c;", "CS0131"),
        ("context = null; return 1;", "CS0131"),
        ("int.MaxValue = 5; return 1;", "CS0131"),
        ("DayOfWeek.Monday = 0; return 1;", "CS0131"),
        ('"a".Trim() = "b"; return 1;', "CS0131"),
        ("int x = 1; (x + 1) = 5; return x;", "CS0131"),
        ("int x = 1; (int)x = 5; return x;", "CS0131"),
        ('context.Request.Method = "x"; return 1;', "CS0200"),
        ('context.Request.Headers["a"] = null; return 1;', "CS0200"),
        ("\"a\"[0] = 'x'; return 1;", "CS0200"),
        ('"a".Length = 5; return 1;', "CS0200"),
        ('string.Empty = "a"; return 1;', "CS0200"),
        ("var o = new { a = 1 }; o.a = 5; return 1;", "CS0200"),
        ("foreach (var x in new[] {1}) { x = 2; } return 1;", "CS1656"),
        ("foreach (var x in new[] {1}) { x++; } return 1;", "CS1656"),
        ('using (var s = new StringReader("x")) { s = null; } return 1;', "CS1656"),
        ('"a".Trim = null; return 1;', "CS1656"),
        ("5++; return 1;", "CS1059"),
        ("const int c = 5; c++; return c;", "CS1059"),
        ('string s = "a"; s++; return s;', "CS0023"),
        ('int x = "a"; return x;', "CS0029"),
        ("int x; x = 5L; return x;", "CS0266"),
    ],
)
def test_what_cannot_be_assigned(source: str, code: str) -> None:
    assert codes(source) == [code]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("byte b = 5; b += 5; return b;", "byte"),
        ("byte b = 5; b += 300; return b;", "CS0266"),
        ("byte b = 5; int i = 3; b += i; return b;", "CS0266"),
        ("byte b = 5; b <<= 2; return b;", "byte"),
        ("char c = 'a'; c += (char)1; return c;", "char"),
        ("int x = 5; x += 1.5; return x;", "CS0266"),
        ("int x = 5; x += 5L; return x;", "CS0266"),
        ("double d = 1; d += 1; return d;", "double"),
        ("decimal d = 1; d *= 2; return d;", "decimal"),
        ("string s = null; s += 5; return s;", "string"),
        ('object o = 1; o += "x"; return o;', "object"),
        ('string s = "a"; s -= "b"; return s;', "CS0019"),
        ("int? n = null; n += 5; return n;", "int?"),
        ("bool b = true; b &= false; b |= true; b ^= true; return b;", "bool"),
        ("DayOfWeek d = 0; d += 1; return d;", "DayOfWeek"),
        ("RegexOptions r = 0; r |= RegexOptions.Multiline; return r;", "RegexOptions"),
        ("DateTime d = DateTime.Now; d += TimeSpan.Zero; return d;", "DateTime"),
        ("char c = 'a'; c++; return c;", "char"),
        ("byte b = 5; b++; return b;", "byte"),
        ("DayOfWeek d = 0; d++; return d;", "DayOfWeek"),
        ("int? n = 1; n++; return n;", "int?"),
        ("decimal d = 1; return d++;", "decimal"),
        ("int x; return x = 5;", "int"),
        ("long x; int y; x = y = 5; return x;", "long"),
        ("var a = new int[2]; a[0] += 5; a[1]++; return a;", "int[]"),
        ('var d = new Dictionary<string, int>(); d["a"] += 1; return d["a"]++;', "int"),
        ("_ = 5; return 1;", "int"),
    ],
)
def test_compound_assignments_and_steps(source: str, found: str) -> None:
    assert result(source) == found


def statements(source: str) -> tuple[bound.Stmt, ...]:
    body = program(source).body.statements
    assert body is not None
    return body.statements


def test_a_compound_assignment_names_its_target_once() -> None:
    update = statements("byte b = 5; b += 5; return b;")[1]
    assert isinstance(update, bound.Evaluate)
    assert isinstance(update.value, bound.Update)
    value = update.value.value
    # (byte)((int)old + 5)
    assert isinstance(value, bound.Convert)
    assert isinstance(value.operand, bound.Binary)
    assert isinstance(value.operand.left, bound.Convert)
    old = value.operand.left.operand
    assert isinstance(old, bound.Placeholder)
    assert old.key is update.value.key


def test_a_postfix_step_gives_the_old_value() -> None:
    for source, old in (("int x = 1; return x++;", True), ("int x = 1; return ++x;", False)):
        last = statements(source)[-1]
        assert isinstance(last, bound.Return)
        assert isinstance(last.value, bound.Update)
        assert last.value.gives_old is old


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('var (a, b) = (1, "x"); return b;', "string"),
        ("(int a, string b) = (1, null); return b;", "string"),
        ('int a; string b; (a, b) = (1, "x"); return a;', "int"),
        ("int a = 1, b = 2; (a, b) = (b, a); return a;", "int"),
        ("long a; (a, _) = (1, 2); return a;", "long"),
        ("var (a, _) = (1, 2); return a;", "int"),
        ('(var a, (var b, var c)) = (1, (2, "x")); return c;', "string"),
        ("var a = new int[2]; (a[0], a[1]) = (1, 2); return a;", "int[]"),
        ('var (k, v) = new KeyValuePair<string, int>("a", 1); return v;', "int"),
        ('var (a, b) = Tuple.Create(1, "x"); return b;', "string"),
        ('foreach (var (k, v) in new Dictionary<string, int>()) { return k; } return "";', "string"),
        ("foreach ((string k, int v) in new Dictionary<string, int>()) { return v; } return 0;", "int"),
        ('var (a, b, c) = (1, "x"); return a;', "CS8132"),
        ("var (a, b) = 5; return a;", "CS8129"),
        ("var (a, b) = (1, null); return a;", "CS8130"),
        ('(int a, int b) = (1, "x"); return a;', "CS0029"),
        ("int a; (a, 5) = (1, 2); return a;", "CS0131"),
    ],
)
def test_deconstruction(source: str, found: str) -> None:
    assert result(source) == found


def test_a_swap_reads_both_before_it_writes() -> None:
    last = statements("int a = 1, b = 2; (a, b) = (b, a); return a;")[2]
    assert isinstance(last, bound.Evaluate)
    assert isinstance(last.value, bound.Deconstruct)
    assert len(last.value.targets) == 2
    assert isinstance(last.value.source, bound.NewTuple)
