"""Operators in generated code, with operands that are no constants."""

# ruff: noqa: E501 (one case stands on one line)

from __future__ import annotations

import pytest

from tests.expr.running import failure, text

INT = "int a = {0}, b = {1}; return a {2} b;"


@pytest.mark.parametrize(
    ("left", "operator", "right", "found"),
    [
        ("2147483647", "+", "1", "int -2147483648"),
        ("-2147483648", "-", "1", "int 2147483647"),
        ("1000000", "*", "1000000", "int -727379968"),
        ("-7", "/", "2", "int -3"),
        ("-7", "%", "3", "int -1"),
        ("12", "&", "10", "int 8"),
        ("12", "|", "3", "int 15"),
        ("12", "^", "10", "int 6"),
        ("1", "<<", "33", "int 2"),
        ("1", "<<", "31", "int -2147483648"),
        ("-5", ">>", "1", "int -3"),
        ("5", ">>", "32", "int 5"),
        ("3", "<", "4", "bool True"),
        ("3", ">=", "4", "bool False"),
        ("3", "==", "3", "bool True"),
        ("3", "!=", "3", "bool False"),
    ],
)
def test_int(left: str, operator: str, right: str, found: str) -> None:
    assert text(INT.format(left, right, operator)) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("uint a = 0; return a - 1;", "uint 4294967295"),
        ("uint a = 0, b = 1; return a - b;", "uint 4294967295"),
        ("uint a = 4000000000, b = 2; return a * b;", "uint 3705032704"),
        ("uint a = 1; return ~a;", "uint 4294967294"),
        ("uint a = 5; return -a;", "long -5"),
        ("ulong a = 0, b = 1; return a - b;", "ulong 18446744073709551615"),
        ("long a = 9223372036854775807, b = 1; return a + b;", "long -9223372036854775808"),
        ("long a = 1; return a << 64;", "long 1"),
        ("long a = -9; return a / 2;", "long -4"),
        ("byte a = 200, b = 100; return a + b;", "int 300"),
        ("byte a = 250; a += 10; return a;", "byte 4"),
        ("short a = 32767; a++; return a;", "short -32768"),
        ("char a = 'a'; a++; return a;", "char b"),
        ("char a = 'a', b = 'b'; return a + b;", "int 195"),
        ("char a = 'a'; return a == 'a' && a < 'b';", "bool True"),
        ("int a = -2147483648; return -a;", "int -2147483648"),
        ("int a = 5; return ~a;", "int -6"),
        ("int a = 5; return +a;", "int 5"),
        ("bool a = false; return !a;", "bool True"),
        ("bool a = true, b = true; return a ^ b;", "bool False"),
    ],
)
def test_other_integers(source: str, found: str) -> None:
    assert text(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("double a = 1, b = 0; return a / b;", "double Infinity"),
        ("double a = 0, b = 0; return a / b;", "double NaN"),
        ("double a = 5.5, b = 2; return a % b;", "double 1.5"),
        ("double a = 0.0 / 0.0; return a == a;", "bool False"),
        ("double a = 0.1, b = 0.2; return a + b;", "double 0.30000000000000004"),
        ("float a = 0.1f, b = 0.2f; return a + b;", "float 0.3"),
        ("float a = 16777216; return a + 1;", "float 16777216"),
        ("decimal a = 1.10m, b = 2.20m; return a + b;", "decimal 3.30"),
        ("decimal a = 1, b = 3; return a / b;", "decimal 0.3333333333333333333333333333"),
        ("decimal a = 1.50m; return -a;", "decimal -1.50"),
        ("decimal a = 5.5m; return a % 2;", "decimal 1.5"),
    ],
)
def test_floating_and_decimal(source: str, found: str) -> None:
    assert text(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("int a = 0; return 1 / a;", "DivideByZeroException"),
        ("int a = 0; return 1 % a;", "DivideByZeroException"),
        ("int a = -2147483648, b = -1; return a / b;", "OverflowException"),
        ("decimal a = 0; return 1 / a;", "DivideByZeroException"),
        ("decimal a = 79228162514264337593543950335m; return a + 1;", "OverflowException"),
        ("int a = 2147483647; return checked(a + 1);", "OverflowException"),
        ("int a = 46341; return checked(a * a);", "OverflowException"),
        ("int a = -2147483648; return checked(-a);", "OverflowException"),
        ("uint a = 0, b = 1; return checked(a - b);", "OverflowException"),
        ("byte a = 255; checked { a++; } return a;", "OverflowException"),
        ("int a = 300; return checked((byte)a);", "OverflowException"),
    ],
)
def test_what_raises(source: str, found: str) -> None:
    assert failure(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("int? a = null; return a + 1;", "null"),
        ("int? a = 1, b = null; return a * b;", "null"),
        ("int? a = 3; return a * 2;", "int 6"),
        ("int? a = null; return a < 1;", "bool False"),
        ("int? a = null; return a >= 1;", "bool False"),
        ("int? a = null; return a == null;", "bool True"),
        ("int? a = null, b = null; return a == b;", "bool True"),
        ("int? a = 1; int b = 1; return a == b;", "bool True"),
        ("int? a = null; return -a;", "null"),
        ("bool? a = null; return a & false;", "bool False"),
        ("bool? a = null; return a & true;", "null"),
        ("bool? a = null; return a | true;", "bool True"),
        ("bool? a = null; return !a;", "null"),
        ("return (long?)(int?)5 + (-(int?)3) + ~(int?)0;", "long 1"),
        ("return !(bool?)true == false;", "bool True"),
        ("return ((int?)5 ?? 6) + ((int?)5).Value;", "int 10"),
        ("return (object)5 == null || (int?)5 == null;", "bool False"),
        ("int? a = null; a++; return a;", "null"),
        ("int? a = 2147483647; a++; return a;", "int -2147483648"),
        ("DayOfWeek? a = DayOfWeek.Monday; return a == DayOfWeek.Monday;", "bool True"),
    ],
)
def test_lifted(source: str, found: str) -> None:
    assert text(source) == found


def test_both_operands_of_a_lifted_operator_are_evaluated() -> None:
    source = "int n = 0; int? a = null; Func<int?> f = () => { n++; return 1; }; var x = a + f(); return n;"
    assert text(source) == "int 1"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('object a = "x", b = "x"; return a == b;', "bool True"),
        ('string a = "x"; object b = a; return a == (string)b;', "bool True"),
        ("object a = 1, b = 1; return a.Equals(b);", "bool True"),
        ("object a = 1; return a == (object)1;", "bool False"),
        ("object a = 1; object b = a; return a == b;", "bool True"),
        ("var a = new[] {1}; return a == new[] {1};", "bool False"),
        ("var a = new[] {1}; var b = a; return a == b;", "bool True"),
        ("Func<int> a = () => 1; var b = a; return a == b;", "bool True"),
        ('return typeof(string) == "x".GetType();', "bool True"),
        ("DayOfWeek a = DayOfWeek.Monday; return a == DayOfWeek.Monday;", "bool True"),
        ("DayOfWeek a = DayOfWeek.Monday; return a < DayOfWeek.Tuesday;", "bool True"),
        ("DayOfWeek a = DayOfWeek.Monday; return a + 1;", "DayOfWeek Tuesday"),
        ("DayOfWeek a = DayOfWeek.Tuesday; return a - DayOfWeek.Monday;", "int 1"),
        ("DayOfWeek a = DayOfWeek.Monday; a++; return a;", "DayOfWeek Tuesday"),
    ],
)
def test_equality(source: str, found: str) -> None:
    assert text(source) == found


@pytest.mark.parametrize("value", ["world", "w", ""])
def test_a_variable_is_not_identical_to_a_literal(value: str) -> None:
    # The empty string is one object in .NET as well.
    assert text(f'context.Variables["v"] == "{value}"', v="".join([*value])) == f"bool {value == ''}"
    assert text(f'(string)context.Variables["v"] == "{value}"', v=value) == "bool True"


def test_logic_stops_early() -> None:
    source = "int n = 0; Func<bool> f = () => { n++; return true; }; var x = false && f() || true || f(); return n;"
    assert text(source) == "int 0"
    source = (
        "int n = 0; Func<bool> f = () => { n++; return true; }; var x = false & f() | true | f(); return n;"
    )
    assert text(source) == "int 2"
