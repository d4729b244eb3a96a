"""Assignments to the elements of a tuple variable: `t.Item1 = 5`, `t.count++`.

Tuples never change at run time, so the variable gets a new tuple: `t = (5, t.Item2)`.
"""

from __future__ import annotations

from typing import cast

from fastgw.expr import bound
from fastgw.expr.types import TupleType


def is_assignable(target: bound.GetMember) -> bool:
    """Whether the element is one of a variable, or of a tuple in a variable's tuple."""
    receiver = target.receiver
    if not isinstance(receiver.type, TupleType):
        return False
    return isinstance(receiver, bound.Local) or (
        isinstance(receiver, bound.GetMember) and is_assignable(receiver)
    )


def assign(target: bound.GetMember, value: bound.Expr) -> bound.Expr:
    """`target = value`; the result is the value."""
    receiver, start, end = target.receiver, target.start, target.end
    type = cast("TupleType", receiver.type)
    parts = tuple(
        value if at == target.index else bound.GetMember(one, start, end, receiver, at)
        for at, one in enumerate(type.elements)
    )
    whole = bound.NewTuple(type, start, end, parts)
    if isinstance(receiver, bound.GetMember):
        changed = assign(receiver, whole)
    else:
        changed = bound.Assign(type, start, end, receiver, whole)
    return bound.GetMember(target.type, start, end, changed, target.index)


def update(target: bound.GetMember, value: bound.Expr, *, gives_old: bool) -> bound.Expr:
    """The same where `value` was computed from the element; `gives_old`: the result is what it was before."""
    changed = assign(target, value)
    if not gives_old:
        return changed
    both = TupleType((target.type, target.type))
    # The old value is read first, then the element is assigned; the first of the two is the result.
    pair = bound.NewTuple(both, target.start, target.end, (target, changed))
    return bound.GetMember(target.type, target.start, target.end, pair, 0)
