"""Members of the integer types, Single, Double and Boolean: constants, Parse, ToString, CompareTo, ...

What all these types have in common is declared in one loop, with the names and the order of .NET.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

from fastgw.expr.library.core import (
    BOOLEAN,
    BYTE,
    DOUBLE,
    INT16,
    INT32,
    INT64,
    SBYTE,
    SINGLE,
    UINT16,
    UINT32,
    UINT64,
)
from fastgw.expr.library.declare import Declared
from fastgw.expr.library.number_formats import format_number
from fastgw.expr.library.parsing import (
    parse_boolean,
    parse_double,
    parse_integer,
    parse_single,
    read_boolean,
    read_double,
    read_single,
    try_integer,
)
from fastgw.expr.runtime.arithmetic import INTEGRALS
from fastgw.expr.runtime.errors import ArgumentException
from fastgw.expr.runtime.objects import compare, equals, hash_of, to_text
from fastgw.expr.runtime.values import Single

# These compare by subtraction, which nothing but the number of CompareTo shows.
_SMALL = ("sbyte", "byte", "short", "ushort")


def _difference(left: int, right: int) -> int:
    return int(left) - int(right)


def declare_common(
    declared: Declared,
    parse: Callable[[str | None], Any],
    try_parse: Callable[[str | None], tuple[bool, Any]],
) -> None:
    """What every primitive type has: CompareTo, Equals, GetHashCode, Parse, ToString, TryParse."""
    keyword = declared.definition.keyword
    name = declared.definition.name
    python = declared.definition.python[0]
    order: Callable[[Any, Any], int] = _difference if keyword in _SMALL else compare

    def compare_to_object(this: Any, value: Any) -> int:
        if value is None:
            return 1
        if type(value) is not python:
            raise ArgumentException(f"Object must be of type {name}.")
        return order(this, value)

    declared.method("int CompareTo(object value)")(compare_to_object)
    declared.method(f"int CompareTo({keyword} value)")(order)
    declared.method("bool Equals(object obj)")(equals)
    declared.method(f"bool Equals({keyword} obj)")(equals)
    declared.method("int GetHashCode()")(hash_of)
    declared.method(f"static {keyword} Parse(string s)")(parse)
    declared.method("string ToString()")(to_text)
    declared.method(f"static bool TryParse(string s, out {keyword} result)")(try_parse)


def _declare_integer(declared: Declared) -> None:
    keyword = declared.definition.keyword
    if keyword is None:
        raise TypeError(declared.definition.name)
    integral = INTEGRALS[keyword]
    declare_common(
        declared, lambda text: parse_integer(text, keyword), lambda text: try_integer(text, keyword)
    )
    declared.method("string ToString(string format)")(format_number)
    declared.value(f"{keyword} MaxValue", integral.python(integral.high), constant=True)
    declared.value(f"{keyword} MinValue", integral.python(integral.low), constant=True)


for _declared in (SBYTE, BYTE, INT16, UINT16, INT32, UINT32, INT64, UINT64):
    _declare_integer(_declared)


# ---------------------------------------------------------------- double and float


def _try_double(text: str | None) -> tuple[bool, float]:
    value = None if text is None else read_double(text)
    return (False, 0.0) if value is None else (True, value)


def _try_single(text: str | None) -> tuple[bool, Single]:
    value = None if text is None else read_single(text)
    return (False, Single(0.0)) if value is None else (True, value)


def _is_negative(value: float) -> bool:
    return math.copysign(1.0, value) < 0


_LEAST_NORMAL = {"double": sys.float_info.min, "float": 2.0**-126}


def _declare_floating(declared: Declared, python: type[float], epsilon: float, most: float) -> None:
    keyword = declared.definition.keyword or ""
    normal = _LEAST_NORMAL[keyword]
    declared.method("string ToString(string format)")(format_number)
    tests: dict[str, Callable[[float], bool]] = {
        "IsFinite": math.isfinite,
        "IsInfinity": math.isinf,
        "IsNaN": math.isnan,
        "IsNegative": _is_negative,
        "IsNegativeInfinity": lambda value: value == -math.inf,
        "IsNormal": lambda value: math.isfinite(value) and abs(value) >= normal,
        "IsPositiveInfinity": lambda value: value == math.inf,
        "IsSubnormal": lambda value: 0 < abs(value) < normal,
    }
    for name, test in tests.items():
        declared.method(f"static bool {name}({keyword} {keyword[0]})")(test)
    constants = {
        "Epsilon": epsilon,
        "MaxValue": most,
        "MinValue": -most,
        "NaN": math.nan,
        "NegativeInfinity": -math.inf,
        "PositiveInfinity": math.inf,
    }
    for name, value in constants.items():
        declared.value(f"{keyword} {name}", python(value), constant=True)


declare_common(DOUBLE, parse_double, _try_double)
_declare_floating(DOUBLE, float, 5e-324, sys.float_info.max)
declare_common(SINGLE, parse_single, _try_single)
_declare_floating(SINGLE, Single, 2.0**-149, (2 - 2.0**-23) * 2.0**127)


# ---------------------------------------------------------------- bool


def _try_boolean(text: str | None) -> tuple[bool, bool]:
    value = None if text is None else read_boolean(text)
    return (False, False) if value is None else (True, value)


declare_common(BOOLEAN, parse_boolean, _try_boolean)
BOOLEAN.value("string FalseString", "False")
BOOLEAN.value("string TrueString", "True")
