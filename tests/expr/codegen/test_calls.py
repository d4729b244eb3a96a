"""Calls: receivers, order of evaluation, named, optional, `out` and `ref` arguments, initialisers, arrays."""

# ruff: noqa: E501 (one case stands on one line)

from __future__ import annotations

import pytest

from tests.expr.running import failure, text

LOG = 'var log = ""; Func<string, string> f = s => { log += s; return s; }; '


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('var s = "abc"; return s.Substring(1, 1);', "string b"),
        ('var s = "abc"; return s.Length;', "int 3"),
        ('var s = "abc"; return s[1];', "char b"),
        ('int n; return int.TryParse("5", out n) ? n : -1;', "int 5"),
        ('return int.TryParse("5", out var n) ? n : -1;', "int 5"),
        ('return int.TryParse("5", out int n) ? n : -1;', "int 5"),
        ('return int.TryParse("x", out _);', "bool False"),
        ('var a = new int[2]; int.TryParse("7", out a[1]); return a[1];', "int 7"),
        (
            "void Set(out int x, ref int y) { x = 1; y += 2; } int p, q = 5; Set(out p, ref q); return p * 10 + q;",
            "int 17",
        ),
        ("int Set(out int x) { x = 1; return 2; } int p; return Set(out p) * 10 + p;", "int 21"),
        ("int Sub(int a, int b) { return a - b; } return Sub(b: 1, a: 10);", "int 9"),
        ("int Sub(int a, int b = 3) => a - b; return Sub(10);", "int 7"),
        ("int Sum(params int[] a) => a.Sum(); return Sum() + Sum(1, 2) + Sum(new[] {4});", "int 7"),
        ("int? n = null; return n.ToString() + n.HasValue;", "string False"),
        ('Func<string, int> f = int.Parse; return f("5");', "int 5"),
        ('Func<string> f = "abc".ToUpper; return f();', "string ABC"),
        ("int Twice(int n) => n * 2; Func<int, int> f = Twice; return f(4);", "int 8"),
        ("Func<int, bool> f = new List<int> {1}.Contains; return f(1);", "bool True"),
        ("Func<int> f = new[] {1, 2}.Count; return f();", "int 2"),
    ],
)
def test_calls(source: str, found: str) -> None:
    assert text(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (LOG + 'string.Concat(f("a"), f("b"), f("c")); return log;', "string abc"),
        (
            LOG + 'string Join(string x, string y) => x + y; Join(y: f("a"), x: f("b")); return log;',
            "string ab",
        ),
        (LOG + 'string Join(string x, string y) => x + y; return Join(y: f("a"), x: f("b"));', "string ba"),
        (LOG + 'f("a").Replace(f("b"), f("c")); return log;', "string abc"),
        (LOG + 'var d = new Dictionary<string, string>(); d[f("a")] = f("b"); return log;', "string ab"),
        (
            LOG
            + 'var d = new Dictionary<string, string> { {f("a"), f("b")}, {f("c"), f("d")} }; return log;',
            "string abcd",
        ),
        (LOG + 'int n; int.TryParse(f("1"), out n); return log + n;', "string 11"),
        ("var i = 1; var a = new[] {i++, i++, i}; return a[0] * 100 + a[1] * 10 + a[2];", "int 123"),
        ("var i = 0; var a = new int[3]; a[i++] = i++; return a[0] * 10 + i;", "int 12"),
        ("var i = 5; return i + (i = 1) + i;", "int 7"),
        ('var s = "ab"; return s.Replace("a", s = "x") + s;', "string xbx"),
    ],
)
def test_the_order_of_evaluation(source: str, found: str) -> None:
    assert text(source) == found


def test_arguments_are_evaluated_before_the_receiver_is_tested() -> None:
    assert failure('string s = null; return s.Substring(int.Parse("x"));') == "FormatException"
    assert failure("string s = null; return s.Substring(1);") == "NullReferenceException"
    assert failure('int[] a = null; return a[int.Parse("x")];') == "FormatException"
    assert failure('Func<int, int> f = null; return f(int.Parse("x"));') == "FormatException"
    assert failure('int[] a = null; a[0] = int.Parse("x"); return 1;') == "FormatException"
    assert failure('JObject a = null; a["x"] = int.Parse("x"); return 1;') == "FormatException"
    assert failure("int[] a = null; a[0] = 1; return 1;") == "NullReferenceException"
    assert failure('JObject a = null; a["x"] = 1; return 1;') == "NullReferenceException"


@pytest.mark.parametrize(
    "source",
    [
        "string s = null; return s.Length;",
        "string s = null; return s[0];",
        "string s = null; return s.Trim();",
        "int[] a = null; return a[0];",
        "int[,] a = null; return a[0, 0];",
        "Func<int> f = null; return f();",
        "List<int> l = null; l.Add(1); return 1;",
        "Exception e = null; throw e;",
        "string s = null; Func<string> f = s.Trim; return f();",
        "var a = new { x = 1 }; a = null; return a.x;",
        "int[] a = null; foreach (var x in a) { } return 1;",
    ],
)
def test_null_raises(source: str) -> None:
    assert failure(source) == "NullReferenceException"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("return new[] {1, 2, 3}[2];", "int 3"),
        ("var a = new int[2, 3]; a[1, 2] = 5; a[0, 1] += 2; return a[1, 2] * 10 + a[0, 1];", "int 52"),
        ("var a = new[,] { {1, 2}, {3, 4} }; return a[1, 0];", "int 3"),
        ("var a = new int[2][]; a[0] = new[] {7}; return a[0][0];", "int 7"),
        ("var a = new byte[] {250}; a[0] += 10; return a[0];", "byte 4"),
        ('var a = new string[1]; return a[0] ?? "none";', "string none"),
        ('return new { a = 1, b = new { c = "x" } }.b.c;', "string x"),
        ('return (1, ("x", 2)).Item2.Item1;', "string x"),
        ('var t = (n: 1, s: "x"); return t.s + t.n;', "string x1"),
        ("return new List<int> {1, 2} [1];", "int 2"),
        ('return new Dictionary<string, int> { ["a"] = 1, ["b"] = 2 }.Count;', "int 2"),
        ("return default(int) + default(DateTime).Year;", "int 1"),
        ('return default(string) ?? "none";', "string none"),
    ],
)
def test_new_values(source: str, found: str) -> None:
    assert text(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("var a = new[] {1}; return a[1];", "IndexOutOfRangeException"),
        ("var a = new[] {1}; int i = -1; return a[i];", "IndexOutOfRangeException"),
        ("var a = new[] {1}; a[1] = 0; return 1;", "IndexOutOfRangeException"),
        ("var a = new int[1, 1]; return a[0, 1];", "IndexOutOfRangeException"),
        ("int n = -1; return new int[n];", "OverflowException"),
        ("object[] a = new string[1]; a[0] = 1; return 1;", "ArrayTypeMismatchException"),
    ],
)
def test_array_faults(source: str, found: str) -> None:
    assert failure(source) == found
