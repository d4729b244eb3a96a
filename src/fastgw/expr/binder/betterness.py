"""Which of two conversions or types is better, and the best common type (C# 12.6.4.5, 12.6.3.15)."""

from __future__ import annotations

from collections.abc import Iterable

from fastgw.expr import bound
from fastgw.expr.binder import conversions
from fastgw.expr.binder.members import invoke_of
from fastgw.expr.binder.operands import Function, OutVariable, Untyped
from fastgw.expr.binder.predefined import (
    BYTE,
    INT,
    LONG,
    SBYTE,
    SHORT,
    UINT,
    ULONG,
    USHORT,
    element_type,
)
from fastgw.expr.types import FAULTY, VOID, SpecialType, Type

_UNSIGNED_WORSE: dict[Type, tuple[Type, ...]] = {
    SBYTE: (BYTE, USHORT, UINT, ULONG),
    SHORT: (USHORT, UINT, ULONG),
    INT: (UINT, ULONG),
    LONG: (ULONG,),
}


def better_conversion(operand: bound.Expr, one: Type, other: Type) -> int:
    """1 where the conversion of the operand to `one` is better, -1 where that to `other` is, else 0."""
    if one == other:
        return 0
    if isinstance(operand, OutVariable):
        return 0
    first, second = _matches_exactly(operand, one), _matches_exactly(operand, other)
    if first != second:
        return 1 if first else -1
    return better_target(one, other, operand)


def better_target(one: Type, other: Type, operand: bound.Expr | None = None) -> int:
    """1 where `one` is the better type to convert to, -1 where `other` is, else 0."""
    to_other, to_one = conversions.exists(one, other), conversions.exists(other, one)
    if to_other != to_one:
        return 1 if to_other else -1
    found = _better_delegate(one, other, operand)
    if found:
        return found
    if element_type(other) in _UNSIGNED_WORSE.get(element_type(one), ()):
        return 1
    if element_type(one) in _UNSIGNED_WORSE.get(element_type(other), ()):
        return -1
    return 0


def _matches_exactly(operand: bound.Expr, target: Type) -> bool:
    if not isinstance(operand, Function):
        source = operand.natural() if isinstance(operand, Untyped) else operand.type
        return source == target
    invoke = invoke_of(target)
    if invoke is None or invoke.returns is VOID:
        return False
    inferred = operand.returns(tuple(one.type for one in invoke.parameters))
    return inferred is not None and inferred == invoke.returns


def _better_delegate(one: Type, other: Type, operand: bound.Expr | None) -> int:
    """A delegate that returns something better, for lambdas and method groups."""
    if not isinstance(operand, Function):
        return 0
    first, second = invoke_of(one), invoke_of(other)
    if first is None or second is None:
        return 0
    if [each.type for each in first.parameters] != [each.type for each in second.parameters]:
        return 0
    if first.returns is VOID or second.returns is VOID:
        return (first.returns is not VOID) - (second.returns is not VOID)
    return better_target(first.returns, second.returns)


def best_common_type(operands: Iterable[bound.Expr]) -> Type | None:
    """The type among those of the operands that all others convert to (implicitly typed arrays, lambdas)."""
    types: list[Type] = []
    for operand in operands:
        type = operand.natural() if isinstance(operand, Untyped) else operand.type
        if type is FAULTY:
            return FAULTY
        if type is not None and not isinstance(type, SpecialType) and type not in types:
            types.append(type)
    return best_type(types)


def best_type(types: list[Type]) -> Type | None:
    """The one type that all others convert to, or None."""
    best: Type | None = None
    for type in types:
        if best is None:
            best = type
        elif conversions.exists(best, type):
            if conversions.exists(type, best) and type != best:
                return None
            best = type
        elif not conversions.exists(type, best):
            # Neither leads to the other; a later type may still take both.
            return next((one for one in types if all(conversions.exists(each, one) for each in types)), None)
    return best


def conditional_type(if_true: bound.Expr, if_false: bound.Expr) -> Type | None:
    """The type of `c ? a : b`: that of a branch to which the other one converts (C# 12.18)."""
    first = if_true.natural() if isinstance(if_true, Untyped) else if_true.type
    second = if_false.natural() if isinstance(if_false, Untyped) else if_false.type
    candidates: list[Type] = []
    for type, other in ((first, if_false), (second, if_true)):
        if type is FAULTY:
            return FAULTY
        if type is None or isinstance(type, SpecialType) or type in candidates:
            continue
        if conversions.implicit(other, type) is not None:
            candidates.append(type)
    return best_type(candidates)
