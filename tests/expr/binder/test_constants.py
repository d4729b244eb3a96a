"""Constants: folded as C# folds them, and judged while they are (C# 12.23)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from fastgw.expr import bound
from fastgw.expr.runtime.values import Byte, Char, EnumValue, Int64, Single, UInt32, UInt64
from tests.expr.binder.binding import codes, result, returned


def constant(source: str) -> Any:
    value = returned(source if source.endswith(";") else f"return {source};")
    assert isinstance(value, bound.Constant), type(value)
    return value.value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1 + 2 * 3", 6 + 1),
        ("-7 / 2", -3),
        ("-7 % 3", -1),
        ("7 % -3", 1),
        ("1 << 33", 2),
        ("1L << 33", Int64(2**33)),
        ("-5 >> 1", -3),
        ("0xF0 & 0x3C", 0x30),
        ("~5", -6),
        ("1u + 1", UInt32(2)),
        ("2147483648 + 1", UInt32(2**31 + 1)),
        ("1 + 1L", Int64(2)),
        ("18446744073709551615 - 1", UInt64(2**64 - 2)),
        ("'a' + 1", 98),
        ("(char)('a' + 1)", Char("b")),
        ("(byte)200", Byte(200)),
        ("(int)3.99", 3),
        ("(int)-3.99", -3),
        ("(int)'A'", 65),
        ("1.5 + 1", 2.5),
        ("0.1f + 0.2f", Single(0.30000001192092896)),
        ("1m + 0.50m", Decimal("1.50")),
        ("7.0 / 2", 3.5),
        ("1 / 2 * 2.0", 0.0),
        ("1 == 1L", True),
        ("1.5m == 1.50m", True),
        ("'a' < 'b'", True),
        ("true ^ true", False),
        ("true && !false", True),
        ('"a" + "b" + null', "ab"),
        ('"a" == "a"', True),
        ("true ? 1 : 2", 1),
        ("sizeof(int) + sizeof(long)", 12),
        ("unchecked(int.MaxValue + 1)", -(2**31)),
        ("unchecked((byte)300)", Byte(44)),
        ("default(int)", 0),
        ("default(string)", None),
        ("const int a = 5, b = a * 2; return b;", 10),
        ('const string s = "x"; return s + s;', "xx"),
        ("null == null", True),
    ],
)
def test_constants_are_folded(source: str, value: Any) -> None:
    found = constant(source)
    assert type(found) is type(value)
    assert found == value


def test_decimals_keep_their_scale() -> None:
    assert str(constant("1.10m + 2.20m")) == "3.30"


def test_enum_constants_are_enum_values() -> None:
    for source, number in (
        ("DayOfWeek.Monday + 1", 2),
        ("(DayOfWeek)3", 3),
        ("RegexOptions.IgnoreCase | RegexOptions.Multiline", 3),
    ):
        value = constant(source)
        assert isinstance(value, EnumValue)
        assert value.value == number
    assert constant("DayOfWeek.Friday - DayOfWeek.Monday") == 4
    assert constant("DayOfWeek.Friday == DayOfWeek.Monday") is False


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("int.MaxValue + 1", "CS0220"),
        ("long.MinValue - 1", "CS0220"),
        ("-(int.MinValue)", "CS0220"),
        ("checked(int.MaxValue + 1)", "CS0220"),
        ("79228162514264337593543950335m + 1m", "CS0220"),
        ("1 / 0", "CS0020"),
        ("1 % 0", "CS0020"),
        ("1m / 0m", "CS0020"),
        ("int i = 5; return i / 0;", "CS0020"),
        ("unchecked(1 / 0)", "CS0020"),
        ("(byte)300", "CS0221"),
        ("(sbyte)200", "CS0221"),
        ("(int)1e20", "CS0221"),
        ("(uint)-1", "CS0221"),
        ("(int)79228162514264337593543950335m", "CS0031"),
        ("byte b = 256; return b;", "CS0031"),
        ("uint u = -1; return u;", "CS0031"),
        ("decimal d = 1.5; return d;", "CS0664"),
        ("float f = 1.5; return f;", "CS0664"),
        ('const int n = int.Parse("1"); return n;', "CS0133"),
        ('const string s = $"{1}"; return s;', "CS0133"),
        ("const var x = 5; return x;", "CS0822"),
        ("const int x; return x;", "CS0145"),
    ],
)
def test_constants_that_do_not_fit_are_refused(source: str, code: str) -> None:
    assert codes(source) == [code]


@pytest.mark.parametrize(
    ("source", "type"),
    [
        ("byte b = 255; return b;", "byte"),
        ("sbyte b = -128; return b;", "sbyte"),
        ("ulong u = 5; return u;", "ulong"),
        ("const int a = 5; byte b = a; return b;", "byte"),
        ("byte? b = 5; return b;", "byte?"),
        ("const long a = 5; ulong b = a; return b;", "ulong"),
        ("DayOfWeek d = 0; return d;", "DayOfWeek"),
        ("DayOfWeek? d = 0; return d;", "DayOfWeek?"),
        ("1 / 0.0", "double"),
    ],
)
def test_constants_convert_where_they_fit(source: str, type: str) -> None:
    assert result(source) == type


def test_what_is_no_constant_is_left_to_run_time() -> None:
    for source in ('"a" + 1', '1 + int.Parse("1")', "(object)1 == (object)1"):
        assert not isinstance(returned(f"return {source};"), bound.Constant)
