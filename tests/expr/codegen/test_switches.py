"""`switch` in all its forms."""

# ruff: noqa: E501 (one case stands on one line)

from __future__ import annotations

import pytest

from tests.expr.running import text

CASES = 'string F(object o) {{ {0} }} return F(1) + F(5) + F("x") + F(null);'


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('switch (3) { case 1: return "a"; case 2: case 3: return "b"; default: return "c"; }', "string b"),
        (
            'var r = ""; switch (1) { case 1: r += "one"; goto case 2; case 2: r += "two"; break; default: r = "no"; break; } return r;',
            "string onetwo",
        ),
        ("var r = 0; switch (1) { case 1: r++; goto default; default: r += 10; break; } return r;", "int 11"),
        ("int n = 0; switch (1) { case 1: if (++n < 5) goto case 1; break; } return n;", "int 5"),
        (
            "int n = 0; foreach (var i in new[] {1, 2, 3}) { switch (i) { case 1: goto case 3; case 2: continue; case 3: n += i; break; } n += 100; } return n;",
            "int 204",
        ),
        ('switch ("a") { default: return 1; case "a": return 2; }', "int 2"),
        ("switch (5) { default: return 1; case 6: return 2; }", "int 1"),
        ('switch ("b") { case "a": default: return 1; case "b": return 2; }', "int 2"),
        ("switch ('x') { case 'x': return true; default: return false; }", "bool True"),
        (
            'string s = null; switch (s) { case null: return 1; case "a": return 2; default: return 3; }',
            "int 1",
        ),
        ("int? n = null; switch (n) { case 1: return 1; case null: return 2; default: return 3; }", "int 2"),
        (
            'switch (DayOfWeek.Sunday) { case DayOfWeek.Saturday: case DayOfWeek.Sunday: return "weekend"; default: return "work"; }',
            "string weekend",
        ),
        (
            "int r = 0; switch (1) { case 1: int x = 5; r = x; break; case 2: x = 7; r = x; break; } return r;",
            "int 5",
        ),
        ("int r = 0; switch (9) { case 1: r = 1; break; } return r;", "int 0"),
        (
            "int n = 0; int V() { n++; return 2; } switch (V()) { case 1: case 2: case 3: break; } return n;",
            "int 1",
        ),
        ("int x = 1; switch (x) { case 1: x = 2; break; case 2: x = 3; break; } return x;", "int 2"),
        ("switch (1) { case 1: { if (true) break; } } return 7;", "int 7"),
        ("bool b = true; switch (1) { case 1: while (b) { break; } return 1; } return 0;", "int 1"),
    ],
)
def test_switches(source: str, found: str) -> None:
    assert text(source) == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (
            'switch (o) { case int i when i > 3: return "big"; case int i: return "int" + i; case string s: return s; default: return "?"; }',
            "int1bigx?",
        ),
        (
            'switch (o) { case 5: return "five"; case string s when s.Length == 1: return s + s; case null: return "null"; default: return "?"; }',
            "?fivexxnull",
        ),
        ('switch (o) { case int i when i > 3: default: return "d"; case int i: return "i"; }', "iddd"),
        ('switch (o) { case var v when v == null: return "n"; case var v: return "v"; } return "z";', "vvvn"),
    ],
)
def test_patterns(body: str, found: str) -> None:
    assert text(CASES.format(body)) == f"string {found}"
