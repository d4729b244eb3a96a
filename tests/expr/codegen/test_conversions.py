"""Conversions, `is` and `as` in generated code."""

from __future__ import annotations

import pytest

from tests.expr.running import failure, text


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("int a = 5; long b = a; return b;", "long 5"),
        ("int a = 5; double b = a; return b / 2;", "double 2.5"),
        ("long a = 5000000000; return (int)a;", "int 705032704"),
        ("int a = 300; return (byte)a;", "byte 44"),
        ("int a = 65; return (char)a;", "char A"),
        ("char a = 'A'; int b = a; return b;", "int 65"),
        ("char a = 'A'; long b = a; return b;", "long 65"),
        ("byte a = 5; int b = a; return b;", "int 5"),
        ("double a = -3.99; return (int)a;", "int -3"),
        ("float a = 1.5f; double b = a; return b;", "double 1.5"),
        ("double a = 0.1; return (float)a;", "float 0.1"),
        ("decimal a = 1.50m; return (double)a;", "double 1.5"),
        ("int a = 3; decimal b = a; return b;", "decimal 3"),
        ("int a = 3; return (DayOfWeek)a;", "DayOfWeek Wednesday"),
        ("DayOfWeek a = DayOfWeek.Friday; return (int)a;", "int 5"),
        ("DayOfWeek a = DayOfWeek.Friday; return (byte)a;", "byte 5"),
        ("DayOfWeek a = DayOfWeek.Friday; return (double)a;", "double 5"),
        ("int? a = 5; long? b = a; return b;", "long 5"),
        ("int? a = null; long? b = a; return b;", "null"),
        ("int? a = 5; return (int)a;", "int 5"),
        ("object a = 5; return (int)a;", "int 5"),
        ("object a = null; return (int?)a;", "null"),
        ("object a = 5; return (int?)a;", "int 5"),
        ('object a = "x"; return (string)a;', "string x"),
        ("object a = null; return (string)a;", "null"),
        ('object a = new[] {"x"}; return ((object[])a).Length;', "int 1"),
        ("object a = new List<int> {1}; return ((IEnumerable<int>)a).Count();", "int 1"),
        ("object a = (Func<int>)(() => 7); return ((Func<int>)a)();", "int 7"),
        ('object a = (1, "x"); return (((int, string))a).Item2;', "string x"),
        ("object a = DayOfWeek.Friday; return (int)a;", "int 5"),
    ],
)
def test_conversions(source: str, found: str) -> None:
    assert text(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('object a = "5"; return (int)a;', "InvalidCastException"),
        ("object a = 5; return (long)a;", "InvalidCastException"),
        ("object a = null; return (int)a;", "NullReferenceException"),
        ("int? a = null; return (int)a;", "InvalidOperationException"),
        ("object a = 5; return (string)a;", "InvalidCastException"),
        ("object a = new[] {1}; return (object[])a;", "InvalidCastException"),
        ("object a = new List<int>(); return (List<string>)a;", "InvalidCastException"),
        ("object a = (Func<int>)(() => 7); return (Func<string>)a;", "InvalidCastException"),
        ("decimal a = 1e20m; return (long)a;", "OverflowException"),
        ("double a = 1e30; return (decimal)a;", "OverflowException"),
    ],
)
def test_conversions_that_fail(source: str, found: str) -> None:
    assert failure(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("object a = 5; return a is int;", "bool True"),
        ("object a = 5; return a is long;", "bool False"),
        ("object a = null; return a is object;", "bool False"),
        ("object a = 5; return a is object;", "bool True"),
        ("object a = 5; return a is int n ? n + 1 : 0;", "int 6"),
        ('object a = "x"; return a is int n ? n + 1 : 0;', "int 0"),
        ('object a = "x"; return a is "x";', "bool True"),
        ("object a = 1L; return a is 1;", "bool False"),
        ("object a = null; return a is null;", "bool True"),
        ("int a = 1; return a is 1;", "bool True"),
        ("int? a = null; return a is int;", "bool False"),
        ("int? a = 3; return a is int n && n == 3;", "bool True"),
        ("object a = 5; return a is var x && (int)x == 5;", "bool True"),
        ("object a = new List<int>(); return a is IEnumerable<int>;", "bool True"),
        ("object a = new List<string>(); return a is IEnumerable<object>;", "bool True"),
        ("object a = new List<int>(); return a is List<string>;", "bool False"),
        ("object a = new string[0]; return a is object[];", "bool True"),
        ("object a = DayOfWeek.Monday; return a is DayOfWeek;", "bool True"),
        ("object a = DayOfWeek.Monday; return a is Enum;", "bool True"),
        ("object a = 5; return a as string;", "null"),
        ('object a = "x"; return a as string;', "string x"),
        ("object a = 5; return a as int?;", "int 5"),
        ('object a = "x"; return a as IEnumerable<char> != null;', "bool True"),
    ],
)
def test_tests_of_types(source: str, found: str) -> None:
    assert text(source) == found
