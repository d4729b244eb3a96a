"""Assignments: simple, compound, `++` and `--`, deconstruction (C# 12.21, 12.8.15, 12.9.6)."""

from __future__ import annotations

from fastgw.expr import bound, nodes
from fastgw.expr.binder import constants, conversions, operators, standard_conversions, tuple_members
from fastgw.expr.binder.members import indexers_of
from fastgw.expr.binder.operands import METHOD_GROUP, Function, is_faulty
from fastgw.expr.binder.predefined import (
    INT,
    element_type,
    is_delegate,
    is_enum,
    nullable,
    number_kind,
)
from fastgw.expr.binder.scopes import ConstantSymbol, ContextSymbol, LocalSymbol
from fastgw.expr.binder.session import Session
from fastgw.expr.types import NamedType, Type


def bind_assignment(session: Session, node: nodes.Assignment) -> bound.Expr:
    """`target operator value`."""
    if isinstance(node.target, (nodes.Tuple, nodes.DeconstructionDeclaration)):
        from fastgw.expr.binder.deconstruction import deconstruct

        return deconstruct(session, node.target, node.value, node)
    if is_discard(session, node.target) and node.operator == "=":
        return conversions.typed_value(session, node.value)
    target = bind_target(session, node.target)
    value = conversions.unless_literal(session, session.expression(node.value))
    if is_faulty(target):
        return target
    if node.operator != "=":
        return _compound(session, node, target, value)
    converted = conversions.convert(session, value, target.type)
    if is_faulty(converted):
        return converted
    if isinstance(target, bound.GetMember):
        return tuple_members.assign(target, converted)
    return bound.Assign(target.type, node.start, node.end, target, converted)


def bind_postfix(session: Session, node: nodes.Postfix) -> bound.Expr:
    """`x++`, `x--`."""
    return step(session, node.operator, node.operand, node, gives_old=True)


def is_discard(session: Session, node: nodes.Expr) -> bool:
    """Whether a target is `_` and no local has that name."""
    if isinstance(node, nodes.Discard):
        return True
    return isinstance(node, nodes.Name) and node.name == "_" and session.scope.lookup("_") is None


def bind_target(session: Session, node: nodes.Expr) -> bound.Expr:
    """What an assignment writes to: a variable, array element, property or indexer that can be set."""
    while isinstance(node, nodes.Parenthesized):
        node = node.value
    if isinstance(node, nodes.Name):
        refused = _readonly(session, node)
        if refused is not None:
            return refused
    operand = session.expression(node)
    if not isinstance(operand, Function):
        operand = conversions.value(session, operand)
    if is_faulty(operand):
        return operand
    match operand:
        case bound.Local(variable=variable) if isinstance(node, nodes.Name):
            session.use(variable, assigns=True)
            return operand
        case bound.GetElement() if isinstance(node, nodes.ElementAccess):
            return operand
        case bound.Get() if isinstance(node, nodes.Member):
            if operand.property.setter is None:
                owner = NamedType(operand.property.declaring, operand.types)
                shown = f"{owner}.{operand.property.name}"
                return session.refuse("CS0200", _read_only(shown), node)
            return operand
        case bound.GetIndex() if isinstance(node, nodes.ElementAccess):
            if operand.indexer.setter is None:
                shown = _indexer_text(operand)
                return session.refuse("CS0200", _read_only(shown), node)
            return operand
        case bound.GetMember() if isinstance(node, nodes.Member) and tuple_members.is_assignable(operand):
            return _tuple_element(session, node, operand)
        case bound.GetMember(receiver=receiver):
            return session.refuse("CS0200", _read_only(f"{receiver.type}.{_text(node)}"), node)
    if operand.type is METHOD_GROUP:
        message = f"Cannot assign to '{_text(node)}' because it is a 'method group'"
        return session.refuse("CS1656", message, node)
    message = "The left-hand side of an assignment must be a variable, property or indexer"
    return session.refuse("CS0131", message, node)


def _tuple_element(session: Session, node: nodes.Member, operand: bound.GetMember) -> bound.Expr:
    """The element of a tuple variable, which must be one that can be assigned itself."""
    written: nodes.Expr = node
    while isinstance(written, nodes.Member):
        written = written.target
    if isinstance(written, nodes.Name):
        refused = _readonly(session, written)
        if refused is not None:
            return refused
    root: bound.Expr = operand
    while isinstance(root, bound.GetMember):
        root = root.receiver
    if isinstance(root, bound.Local):
        session.use(root.variable, assigns=True)
    return operand


def _read_only(shown: str) -> str:
    return f"Property or indexer '{shown}' cannot be assigned to -- it is read only"


def _indexer_text(operand: bound.GetIndex) -> str:
    for one in indexers_of(operand.receiver.type):
        if one.member is operand.indexer:
            return str(one)
    return f"{operand.receiver.type}.this[]"


def _text(node: nodes.Expr) -> str:
    return node.name if isinstance(node, (nodes.Name, nodes.Member)) else "expression"


def _readonly(session: Session, node: nodes.Name) -> bound.Expr | None:
    symbol = session.scope.lookup(node.name)
    match symbol:
        case LocalSymbol(readonly=reason) if reason:
            message = f"Cannot assign to '{node.name}' because it is a '{reason}'"
            return session.refuse("CS1656", message, node)
        case ConstantSymbol() | ContextSymbol():
            message = "The left-hand side of an assignment must be a variable, property or indexer"
            return session.refuse("CS0131", message, node)
    return None


def _compound(session: Session, node: nodes.Assignment, target: bound.Expr, value: bound.Expr) -> bound.Expr:
    """`x op= y`: x = (T)(x op y), where y alone would convert to T as well (C# 12.21.4)."""
    operator = node.operator[:-1]
    key = object()
    start, end = node.start, node.end
    old = _old_value(target, key)
    if is_delegate(target.type):
        return operators.refuse(session, node.operator, target, value, start, end)
    with session.attempt() as errors:
        result = operators.binary(session, operator, old, value, start)
    for error in errors:
        # The operator that the author wrote has the equals sign.
        message = error.message.replace(f"Operator '{operator}' ", f"Operator '{node.operator}' ")
        session.report(error.code, message, error.offset)
    if is_faulty(result):
        return result
    if conversions.implicit(result, target.type) is None:
        fits = operator in operators.SHIFTS or conversions.implicit(value, target.type) is not None
        explicit = standard_conversions.explicit(result.type, target.type)
        if not isinstance(result, bound.Call) and fits and explicit is not None:
            changed = conversions.apply(session, result, explicit, target.type)
            return _update(target, changed, key, start, end)
    changed = conversions.convert(session, result, target.type, node.value.start)
    if is_faulty(changed):
        return changed
    return _update(target, changed, key, start, end)


def _old_value(target: bound.Expr, key: object) -> bound.Expr:
    """What stands for the value before the assignment; of a tuple's element the element itself."""
    if isinstance(target, bound.GetMember):
        return target
    return bound.Placeholder(target.type, target.start, target.end, key)


def _update(
    target: bound.Expr, value: bound.Expr, key: object, start: int, end: int, *, gives_old: bool = False
) -> bound.Expr:
    if isinstance(target, bound.GetMember):
        return tuple_members.update(target, value, gives_old=gives_old)
    return bound.Update(target.type, start, end, target, value, key, gives_old)


def step(
    session: Session, operator: str, operand: nodes.Expr, node: nodes.Expr, *, gives_old: bool
) -> bound.Expr:
    """`++` and `--` on numbers, char and enums, also nullable (C# 12.8.15)."""
    target = _step_target(session, operand)
    if is_faulty(target):
        return target
    start, end = node.start, node.end
    inner = element_type(target.type)
    kind = number_kind(inner)
    if kind is None and not is_enum(inner):
        message = f"Operator '{operator}' cannot be applied to operand of type '{target.type}'"
        return session.refuse("CS0023", message, node)
    key = object()
    old = _old_value(target, key)
    if is_enum(inner):
        old = operators.to_underlying(session, old)
    wide = _step_type(element_type(old.type))
    if wide != element_type(old.type):
        old = conversions.convert(
            session, old, nullable(wide) if old.type != element_type(old.type) else wide
        )
    one = bound.Constant(wide, start, end, constants.typed(wide, 1))
    changed = operators.binary(session, operator[0], old, one, start)
    changed = conversions.cast(session, changed, target.type, start)
    if is_faulty(changed):
        return changed
    return _update(target, changed, key, start, end, gives_old=gives_old)


def _step_target(session: Session, node: nodes.Expr) -> bound.Expr:
    with session.attempt() as errors:
        target = bind_target(session, node)
    for error in errors:
        if error.code == "CS0131":
            message = (
                "The operand of an increment or decrement operator must be a variable, property or indexer"
            )
            session.report("CS1059", message, error.offset)
        else:
            session.errors.add(error)
    return target


def _step_type(type: Type) -> Type:
    """Small integers and char step as int does, then wrap; the others in their own type."""
    small = ("sbyte", "byte", "short", "ushort", "char")
    return INT if number_kind(type) in small else type
