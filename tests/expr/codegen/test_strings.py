"""Concatenation and interpolation."""

from __future__ import annotations

import pytest

from tests.expr.running import text


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('string s = null; return s + "x" + s;', "x"),
        ('int n = 5; return "n=" + n;', "n=5"),
        ('long n = 5; return "n=" + n;', "n=5"),
        ('bool b = true; return "" + b;', "True"),
        ('double d = 1e16; return "" + d + 0.1;', "100000000000000000.1"),
        ('decimal d = 1.50m; return "" + d;', "1.50"),
        ("char c = 'x'; return c + \"y\" + 'z';", "xyz"),
        ('int? n = null; return "[" + n + "]";', "[]"),
        ('object o = 5; return "" + o;', "5"),
        ('DayOfWeek d = DayOfWeek.Monday; return "" + d;', "Monday"),
        ('var l = new List<int>(); return "" + l;', "System.Collections.Generic.List`1[System.Int32]"),
        ('int a = 1; return a + 2 + "3" + a + 2;', "3312"),
        ('var s = ""; return s + s;', ""),
        ("var a = \"a\"; return a + a + a + a + a + a + a + a + a + a + 1 + 'c';", "aaaaaaaaaa1c"),
    ],
)
def test_concatenation(source: str, found: str) -> None:
    assert text(source) == f"string {found}"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('int n = 5; return $"{n}";', "5"),
        ('int n = 5; return $"[{n,3}|{n,-3}|{n:D3}|{n,5:D3}]";', "[  5|5  |005|  005]"),
        ('string s = null; return $"[{s}|{s,2}]";', "[|  ]"),
        ('double d = 1.5; return $"{d:F2} {d}";', "1.50 1.5"),
        ('return $"{{x}} {1 + 1}";', "{x} 2"),
        ('bool b = true; return $"{(b ? "y" : "n")}";', "y"),
        ('DateTime d = new DateTime(2024, 3, 5); return $"{d:yyyy-MM-dd}";', "2024-03-05"),
        ('return $@"a""{\'x\'}";', 'a"x'),
        ('int? n = null; return $"[{n:D3}]";', "[]"),
        ('return $"{"x",3}";', "  x"),
    ],
)
def test_interpolation(source: str, found: str) -> None:
    assert text(source) == f"string {found}"


def test_a_string_of_all_ways_to_be_long_is_right() -> None:
    source = 'var s = "x"; for (int i = 0; i < 12; i++) s += s; return s.Length + $"{s}{s}".Length;'
    assert text(source) == "int 12288"
