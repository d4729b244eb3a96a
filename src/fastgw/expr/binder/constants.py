"""Compile-time constants: conversion and arithmetic (C# 12.23), by the functions that run-time code uses.

Values are those of runtime/values.py. Arithmetic is checked against the range of its type: a constant that
overflows is an error unless it stands in `unchecked`.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from fastgw.expr.binder.predefined import NUMBERS, is_enum, number_kind, underlying
from fastgw.expr.runtime import arithmetic, decimals, numeric_casts
from fastgw.expr.runtime.arithmetic import INTEGRALS, Integral
from fastgw.expr.runtime.errors import DivideByZeroException, OverflowException
from fastgw.expr.runtime.values import Char, EnumValue
from fastgw.expr.types import NamedType, Type


class ConstantOverflow(Exception):
    """A constant does not fit; the caller knows the message for its place."""


class ConstantDivision(Exception):
    """A constant is divided by the integer or decimal constant zero."""


def range_of(kind: str) -> Integral:
    """Range and bits of an integer type or char."""
    return INTEGRALS["ushort" if kind == "char" else kind]


def is_integral(kind: str | None) -> bool:
    """Whether the keyword names an integer type or char."""
    return kind in INTEGRALS or kind == "char"


def plain(value: Any) -> Any:
    """A constant number, char or enum value as what Python computes with."""
    if isinstance(value, EnumValue):
        return value.value
    return ord(value) if isinstance(value, Char) else value


def typed(type: Type, value: Any) -> Any:
    """A plain number as a value of a numeric or enum type that it fits; other values as they are."""
    if is_enum(type):
        return EnumValue(type.definition, int(value))
    kind = number_kind(type)
    return represent(kind, value) if kind else value


def represent(kind: str, value: Any) -> Any:
    """A plain number as a value of the numeric type `kind`, which it fits."""
    if kind in INTEGRALS:
        return INTEGRALS[kind].python(value)
    if kind == "char":
        return Char(chr(value))
    if kind == "float":
        return arithmetic.to_single(float(value))
    return float(value) if kind == "double" else Decimal(value)


def default_value(type: Type) -> Any:
    """Zero of a number, char or enum, false of bool: None for every other type."""
    kind = number_kind(type)
    if kind is not None:
        return represent(kind, 0)
    if is_enum(type):
        return typed(type, 0)
    return False if isinstance(type, NamedType) and type.definition.keyword == "bool" else None


def convert(value: Any, target: Type, *, checked: bool) -> Any:
    """A constant number, char or enum value as a constant of another such type.

    Raises ConstantOverflow where it does not fit and `checked` (decimal to integer: always).
    """
    kind = number_kind(underlying(target) if is_enum(target) else target) or "int"
    try:
        number = numeric_casts.converter(_kind_of(value), kind, checked)(_unless_char(value))
    except OverflowException:
        raise ConstantOverflow from None
    return typed(target, number) if is_enum(target) else number


def _unless_char(value: Any) -> Any:
    """An enum value as its integer, anything else as it is."""
    return value.value if isinstance(value, EnumValue) else value


_KINDS: dict[type, str] = {one.definition.python[0]: keyword for keyword, one in NUMBERS.items()}


def _kind_of(value: Any) -> str:
    # An enum's integer is a plain int, whatever its size; `long` holds all but the largest ulong ones.
    return "long" if isinstance(value, EnumValue) else _KINDS[type(value)]


# ---------------------------------------------------------------- operators


def unary(operator: str, kind: str, value: Any, *, checked: bool) -> Any:
    """`+ - ~ !` on a constant of the type `kind` (a numeric keyword or bool). Raises ConstantOverflow."""
    if operator == "!":
        return not value
    number = plain(value)
    if operator == "+":
        return represent(kind, number)
    if operator == "~":
        return _finish(kind, ~int(number), checked=False)
    return decimals.negate(number) if kind == "decimal" else _finish(kind, -number, checked)


def binary(operator: str, kind: str, left: Any, right: Any, *, checked: bool) -> Any:
    """An operator on two constants of the type `kind`: a numeric keyword, bool or string.

    Raises ConstantOverflow and ConstantDivision.
    """
    if operator in _COMPARISONS:
        if kind == "char":
            left, right = ord(left), ord(right)
        return _COMPARISONS[operator](left, right)
    if kind == "string":
        return (left or "") + (right or "")
    if kind == "bool":
        return _LOGIC[operator](left, right)
    try:
        if kind == "decimal":
            return _DECIMAL[operator](left, right)
        if kind in ("float", "double"):
            return represent(kind, _FLOATING[operator](float(left), float(right)))
        return _finish(kind, _integer(operator, kind, int(left), int(right)), checked)
    except DivideByZeroException:
        raise ConstantDivision from None
    except OverflowException:
        raise ConstantOverflow from None


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
_LOGIC: dict[str, Callable[[bool, bool], bool]] = {
    "&": lambda a, b: a and b,
    "|": lambda a, b: a or b,
    "^": lambda a, b: a is not b,
    "&&": lambda a, b: a and b,
    "||": lambda a, b: a or b,
}
_FLOATING: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": arithmetic.divide_float,
    "%": arithmetic.remainder_float,
}
_DECIMAL: dict[str, Callable[[Any, Any], Any]] = {
    "+": decimals.add,
    "-": decimals.subtract,
    "*": decimals.multiply,
    "/": decimals.divide,
    "%": decimals.remainder,
}


def _finish(kind: str, value: Any, checked: bool) -> Any:
    if kind in INTEGRALS:
        integral = INTEGRALS[kind]
        if not integral.low <= value <= integral.high:
            if checked:
                raise ConstantOverflow
            value = integral.wrap(value)
    return represent(kind, value)


def _integer(operator: str, kind: str, left: int, right: int) -> int:
    integral = INTEGRALS[kind]
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return arithmetic.quotient(left, right, integral.high)
        case "%":
            return arithmetic.remainder(left, right, integral.low)
        case "<<":
            # Shifts never overflow: bits that leave are lost.
            return integral.wrap(left << (right & (integral.bits - 1)))
        case ">>":
            return left >> (right & (integral.bits - 1))
        case "&":
            return left & right
        case "|":
            return left | right
    return left ^ right
