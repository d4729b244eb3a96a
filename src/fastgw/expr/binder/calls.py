"""Calls of methods, delegates, local functions and constructors (C# 12.8.9, 12.8.16.2)."""

from __future__ import annotations

from typing import cast

from fastgw.expr import bound, nodes
from fastgw.expr.binder import access, conversions, overloads
from fastgw.expr.binder.arguments import bind_arguments, build
from fastgw.expr.binder.groups import MethodGroup
from fastgw.expr.binder.members import Candidate, invoke_of, type_arguments
from fastgw.expr.binder.operands import METHOD_GROUP, Argument, faulty, is_faulty
from fastgw.expr.binder.overloads import Call, Failure, Form
from fastgw.expr.binder.predefined import is_delegate
from fastgw.expr.binder.session import Session
from fastgw.expr.types import Method


def invocation(session: Session, node: nodes.Invocation) -> bound.Expr:
    """`target(arguments)`."""
    target = node.target
    if isinstance(target, nodes.Member):
        operand = access.member(session, target, invoked=True)
    elif isinstance(target, nodes.Name):
        operand = access.name(session, target, invoked=True)
    else:
        operand = session.expression(target)
    arguments = bind_arguments(session, node.arguments)
    if isinstance(operand, MethodGroup):
        return call_group(session, operand, arguments, node)
    operand = conversions.value(session, operand)
    if is_faulty(operand):
        return operand
    invoke = invoke_of(operand.type)
    if invoke is not None:
        return _invoke(session, operand, invoke, arguments, node)
    return session.refuse("CS0149", "Method name expected", node)


def _invoke(
    session: Session, operand: bound.Expr, invoke: Candidate, arguments: list[Argument], node: nodes.Node
) -> bound.Expr:
    """A call of a delegate."""
    call = Call(str(operand.type), "delegate", node.start)
    form = overloads.resolve(session, [invoke], arguments, (), call)
    if form is None:
        return faulty(node.start, node.end)
    values, _ = build(session, form, arguments, node.start, node.end)
    return bound.Invoke(form.returns, node.start, node.end, operand, values)


def call_group(
    session: Session, group: MethodGroup, arguments: list[Argument], node: nodes.Node
) -> bound.Expr:
    """A call of the best method of a group; extension methods are asked where no member fits."""
    if group.receiver is not None and is_faulty(group.receiver):
        return faulty(node.start, node.end)
    failures: list[Failure] = []
    forms: list[Form] = []
    for candidate in group.usable():
        found = overloads.fit(candidate, arguments, group.types)
        if isinstance(found, Form):
            forms.append(found)
        else:
            failures.append(found)
    call = Call(group.name, "method", group.name_start)
    if forms:
        best = overloads.choose(forms, arguments)
        if best is None:
            overloads.report_ambiguous(session, forms, arguments, call)
            return faulty(node.start, node.end)
        return _call(session, group, best, arguments, node)
    extended = call_extension(session, group, arguments, node, quietly=bool(group.candidates))
    if extended is not None:
        return extended
    if _report_mismatch(session, group, arguments, node):
        return faulty(node.start, node.end)
    if not failures:
        tried = [overloads.fit(one, arguments, group.types) for one in group.candidates]
        failures = [one for one in tried if isinstance(one, Failure)]
    overloads.explain(session, failures, arguments, call)
    return faulty(node.start, node.end)


def call_extension(
    session: Session, group: MethodGroup, arguments: list[Argument], node: nodes.Node, *, quietly: bool
) -> bound.Expr | None:
    """A call of an extension method; None where none fits and nothing was reported (`quietly`)."""
    receiver = group.receiver
    if receiver is None:
        return None
    extended = [Argument(receiver, "", None, receiver.start), *arguments]
    forms: list[Form] = []
    failures: list[Failure] = []
    for candidate in group.extensions():
        found = overloads.fit(candidate, extended, group.types)
        if isinstance(found, Failure):
            failures.append(found)
        elif _takes_receiver(found, receiver):
            forms.append(found)
    call = Call(group.name, "method", group.name_start, skipped=1)
    if forms:
        best = overloads.choose(forms, extended)
        if best is None:
            overloads.report_ambiguous(session, forms, extended, call)
            return faulty(node.start, node.end)
        values, order = build(session, best, extended, node.start, node.end)
        return _finish(best, None, values, order, node)
    if quietly:
        return None
    _report_no_extension(session, group, failures, receiver, extended, call)
    return faulty(node.start, node.end)


def _report_mismatch(
    session: Session, group: MethodGroup, arguments: list[Argument], node: nodes.Node
) -> bool:
    """Say that an instance method is called on a type, or a static one on a value, if that is the mistake."""
    for candidate in group.candidates:
        if isinstance(overloads.fit(candidate, arguments, group.types), Form):
            if candidate.is_static:
                message = (
                    f"Member '{candidate}' cannot be accessed with an instance reference; "
                    "qualify it with a type name instead"
                )
                session.report("CS0176", message, node.start)
            else:
                message = (
                    "An object reference is required for the non-static field, method, or property "
                    f"'{candidate}'"
                )
                session.report("CS0120", message, node.start)
            return True
    return False


def _takes_receiver(form: Form, receiver: bound.Expr) -> bool:
    """The receiver of an extension converts by identity, reference or boxing only (C# 12.8.9.3)."""
    found = conversions.implicit(receiver, form.type_for(0))
    return found is not None and found.kind in ("identity", "up", "faulty", "untyped")


def _could_take(failure: Failure, receiver: bound.Expr) -> bool:
    found = overloads.fit_receiver(failure.candidate, receiver)
    return found is not None and _takes_receiver(found, receiver)


def _report_no_extension(
    session: Session,
    group: MethodGroup,
    failures: list[Failure],
    receiver: bound.Expr,
    arguments: list[Argument],
    call: Call,
) -> None:
    taking = [one for one in failures if _could_take(one, receiver)]
    if taking:
        overloads.explain(session, taking, arguments, call)
    elif not any(is_faulty(one.value) for one in arguments):
        candidate = failures[0].candidate if failures else group.extensions()[0]
        wanted = candidate.parameters[0].type
        message = (
            f"'{receiver.type}' does not contain a definition for '{group.name}' and the best extension "
            f"method overload '{candidate}' requires a receiver of type '{wanted}'"
        )
        session.report("CS1929", message, group.name_start)


def _call(
    session: Session, group: MethodGroup, form: Form, arguments: list[Argument], node: nodes.Node
) -> bound.Expr:
    candidate, receiver = form.candidate, group.receiver
    if candidate.is_static:
        receiver = None
    values, order = build(session, form, arguments, node.start, node.end)
    return _finish(form, receiver, values, order, node)


def _finish(
    form: Form,
    receiver: bound.Expr | None,
    values: tuple[bound.Expr, ...],
    order: tuple[int, ...],
    node: nodes.Node,
) -> bound.Expr:
    start, end = node.start, node.end
    member = form.candidate.member
    if isinstance(member, bound.LocalFunction):
        return bound.CallLocal(form.returns, start, end, member, values, order, form.types)
    method = cast("Method", member)
    if receiver is not None and is_delegate(receiver.type) and method.name == "Invoke":
        return bound.Invoke(form.returns, start, end, receiver, values)
    types = type_arguments(form.candidate.declared, form.types) if method.wants_types else ()
    return bound.Call(form.returns, start, end, method, receiver, values, types, order)


def call_candidates(
    session: Session,
    candidates: tuple[Candidate, ...],
    receiver: bound.Expr,
    arguments: list[Argument],
    node: nodes.Node,
) -> bound.Expr:
    """A call that no name in the source stands for: the Add of a collection initialiser."""
    name = candidates[0].name
    group = MethodGroup(
        METHOD_GROUP, node.start, node.end, session, name, candidates, receiver, name_start=node.start
    )
    return call_group(session, group, arguments, node)
