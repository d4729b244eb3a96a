"""Assignments as expressions and statements."""

from __future__ import annotations

import pytest

from tests.expr.running import text


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("int a, b; a = b = 5; return a + b;", "int 10"),
        ("int x = 5; return x++ + ++x;", "int 12"),
        ("int x = 3; int y = x--; return x * 10 + y;", "int 23"),
        ("int x = 5; x += x++; return x;", "int 10"),
        ("int x = 5; x -= 2; x *= 4; x /= 5; x <<= 3; x |= 1; x ^= 3; x &= 27; x %= 7; return x;", "int 4"),
        ("string s = \"a\"; s += 1; s += 'c'; s += null; s += true; return s;", "string a1cTrue"),
        ("var a = new[] {1, 2}; a[0]++; a[1] += 5; return a[0] * 10 + a[1];", "int 27"),
        ("var a = new[] {1, 2}; var i = 0; a[i++] += 5; return a[0] * 10 + i;", "int 61"),
        ("var a = new[] {5}; return a[0]++ * 10 + a[0];", "int 56"),
        ('var d = new Dictionary<string, int> {{"a", 1}}; d["a"]++; d["a"] += 5; return d["a"];', "int 7"),
        ('var d = new Dictionary<string, int>(); return (d["a"] = 3) + d["a"];', "int 6"),
        ("var l = new List<int> {1}; return l[0]++ + l[0];", "int 3"),
        ("int a = 1, b = 2; (a, b) = (b, a); return a * 10 + b;", "int 21"),
        ("var a = new[] {1, 2}; var i = 0; (a[i], i) = (7, 1); return a[0] * 10 + i;", "int 71"),
        ('var (a, b) = (1, "x"); return b + a;', "string x1"),
        ("(int a, _) = (1, 2); return a;", "int 1"),
        ("long a; int b; (a, b) = (1, 2); return a + b;", "long 3"),
        ('string s = null; return (s = "x").Length + s.Length;', "int 2"),
        ("int? a = null; a = 5; return a;", "int 5"),
        ("int i = 0; if ((i = 5) > 3 && i++ == 5) return i; return 0;", "int 6"),
    ],
)
def test_assignments(source: str, found: str) -> None:
    assert text(source) == found
