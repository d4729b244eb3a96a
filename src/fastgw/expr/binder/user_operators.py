"""Operators that classes and structs declare, also on nullable operands (C# 12.4.4 - 12.4.6, 12.4.8)."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from fastgw.expr import bound
from fastgw.expr.binder import overloads
from fastgw.expr.binder.arguments import build
from fastgw.expr.binder.lifting import lift
from fastgw.expr.binder.members import Candidate, candidate_of
from fastgw.expr.binder.operands import Argument, faulty
from fastgw.expr.binder.overloads import Form
from fastgw.expr.binder.predefined import element_type
from fastgw.expr.binder.relations import class_chain
from fastgw.expr.binder.session import Session
from fastgw.expr.types import Method, NamedType, NullableType, Type, can_be_null


def declares(type: Type, operator: str) -> bool:
    """Whether the type or a base declares the operator."""
    return any(
        isinstance(one, NamedType) and operator in one.definition.operators
        for one in class_chain(element_type(type))
    )


def binary(
    session: Session, operator: str, left: bound.Expr, right: bound.Expr, start: int, end: int
) -> bound.Expr | None:
    """A call of the best declared operator, or None where none takes the operands."""
    return _call(session, operator, [left, right], start, end)


def unary(session: Session, operator: str, operand: bound.Expr, start: int, end: int) -> bound.Expr | None:
    """A call of the best declared operator, or None where none takes the operand."""
    return _call(session, operator, [operand], start, end)


def _call(
    session: Session, operator: str, operands: list[bound.Expr], start: int, end: int
) -> bound.Expr | None:
    arguments = [Argument(one, "", None, one.start) for one in operands]
    lifts = any(isinstance(one.type, NullableType) for one in operands)
    forms: dict[int, Form] = {}
    for type in dict.fromkeys(element_type(one.type) for one in operands):
        for form in _of_type(type, operator, arguments, lifts=lifts):
            member = form.candidate.member
            forms.setdefault(id(member), form)
    if not forms:
        return None
    best = overloads.choose(list(forms.values()), arguments)
    if best is None:
        shown = " and ".join(f"'{one.type}'" for one in operands)
        message = f"Operator '{operator}' is ambiguous on operands of type {shown}"
        session.report("CS0034", message, start)
        return faulty(start, end)
    values, _ = build(session, best, arguments, start, end)
    member = cast("Method", best.candidate.member)
    return bound.Call(best.returns, start, end, member, None, values)


def _of_type(type: Type, operator: str, arguments: list[Argument], *, lifts: bool) -> list[Form]:
    """The operators that take the arguments, of the nearest class that has any (C# 12.4.6)."""
    for one in class_chain(type):
        if not isinstance(one, NamedType):
            continue
        found: list[Form] = []
        for method in one.definition.operators.get(operator, ()):
            if len(method.parameters) != len(arguments):
                continue
            candidates = [candidate_of(method, one)]
            if lifts and _can_lift(method):
                candidates.append(_lifted(method, one))
            fits = [overloads.fit(each, arguments) for each in candidates]
            found.extend(each for each in fits if isinstance(each, Form))
        if found:
            return found
    return []


def _can_lift(method: Method) -> bool:
    return not can_be_null(method.returns) and all(not can_be_null(one.type) for one in method.parameters)


def _lifted(method: Method, owner: NamedType) -> Candidate:
    return replace(candidate_of(lift(method), owner), owner=owner)
