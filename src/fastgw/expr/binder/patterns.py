"""Patterns of `is` and `case` (C# 11.2): constants, types, declarations, var."""

from __future__ import annotations

from fastgw.expr import bound, nodes
from fastgw.expr.binder import conversions, type_names
from fastgw.expr.binder.expressions import as_type, may_be
from fastgw.expr.binder.operands import Function, faulty, is_faulty
from fastgw.expr.binder.predefined import BOOL, OBJECT
from fastgw.expr.binder.session import Session
from fastgw.expr.runtime.values import EnumValue
from fastgw.expr.types import FAULTY, NULL, VOID, NullableType, Type


def bind_is(session: Session, node: nodes.Is) -> bound.Expr:
    """`value is pattern`."""
    operand = conversions.value(session, session.expression(node.value))
    if not is_faulty(operand) and (isinstance(operand, Function) or operand.type is VOID):
        shown = conversions.describe(operand)
        operand = session.refuse(
            "CS0837", f"The first operand of an 'is' operator may not be a {shown}", node
        )
    if operand.type is NULL:
        operand = bound.Constant(OBJECT, operand.start, operand.end, None)
    return test(session, operand, node.pattern, node, in_case=False)


def test(
    session: Session, operand: bound.Expr, pattern: nodes.Pattern, node: nodes.Node, *, in_case: bool
) -> bound.Expr:
    """The test of an operand against a pattern, as a bool expression that declares the pattern's variable."""
    match pattern:
        case nodes.TypePattern(type=written):
            return _type_test(session, operand, type_names.resolve(session, written), node)
        case nodes.DeclarationPattern():
            return _declaration(session, operand, pattern, node)
        case nodes.ConstantPattern(value=value):
            if not in_case:
                found = _as_type(session, value)
                if found is not None:
                    return _type_test(session, operand, found, node)
            return _constant(session, operand, value, node)
    raise TypeError(pattern)


def _as_type(session: Session, node: nodes.Expr) -> Type | None:
    """The type that a name behind `is` means: types come before constants there."""
    if not isinstance(node, (nodes.Name, nodes.Member, nodes.PredefinedType)):
        return None
    with session.attempt():
        return as_type(session.expression(node))


def _type_test(session: Session, operand: bound.Expr, type: Type, node: nodes.Node) -> bound.Expr:
    """`e is T`: legal for any two types, if only to be false."""
    if type is FAULTY or is_faulty(operand):
        return faulty(node.start, node.end)
    return bound.IsType(BOOL, node.start, node.end, operand, type)


def _declaration(
    session: Session, operand: bound.Expr, pattern: nodes.DeclarationPattern, node: nodes.Node
) -> bound.Expr:
    start, end = node.start, node.end
    if type_names.is_var(pattern.type):
        variable = _variable(session, pattern, operand.type)
        return faulty(start, end) if is_faulty(operand) else bound.IsVar(BOOL, start, end, operand, variable)
    type = type_names.resolve(session, pattern.type)
    variable = _variable(session, pattern, type)
    if type is FAULTY or is_faulty(operand):
        return faulty(start, end)
    if isinstance(type, NullableType):
        message = (
            f"It is not legal to use nullable type '{type}' in a pattern; use the underlying type "
            f"'{type.element}' instead."
        )
        return session.refuse("CS8116", message, pattern)
    if not may_be(operand.type, type):
        message = f"An expression of type '{operand.type}' cannot be handled by a pattern of type '{type}'."
        return session.refuse("CS8121", message, pattern)
    return bound.IsType(BOOL, start, end, operand, type, variable)


def _variable(session: Session, pattern: nodes.DeclarationPattern, type: Type) -> bound.Variable | None:
    if pattern.name is None or pattern.name == "_":
        return None
    return session.variable(pattern.name, type, pattern.start)


def _constant(session: Session, operand: bound.Expr, value: nodes.Expr, node: nodes.Node) -> bound.Expr:
    constant = pattern_constant(session, operand, value)
    if constant is None:
        return faulty(node.start, node.end)
    return bound.IsConstant(BOOL, node.start, node.end, operand, constant)


def pattern_constant(session: Session, operand: bound.Expr, value: nodes.Expr) -> bound.Constant | None:
    """The constant of a pattern, converted to the type of what is tested; None after an error."""
    found = conversions.value(session, session.expression(value))
    if is_faulty(found) or is_faulty(operand):
        return None
    # What is tested may be nullable: its value is compared, or its null.
    target = operand.type
    if isinstance(target, NullableType) and found.type is not NULL:
        target = target.element
    if not isinstance(found, bound.Constant):
        session.report("CS0150", "A constant value is expected", value.start)
        return None
    if found.type is NULL:
        converted = conversions.convert(session, found, target)
        if is_faulty(converted):
            return None
        return bound.Constant(target, found.start, found.end, None)
    converted = conversions.convert(session, found, target)
    if is_faulty(converted):
        return None
    # Boxed or converted upwards, the constant itself is what object.Equals compares with.
    return converted if isinstance(converted, bound.Constant) else found


def constant_key(constant: bound.Constant) -> object:
    """What tells the constants of case labels apart."""
    value = constant.value
    if isinstance(value, EnumValue):
        return (EnumValue, value.value)
    return (type(value), value)
