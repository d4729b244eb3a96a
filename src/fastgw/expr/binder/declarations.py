"""Declarations of locals and constants (C# 13.6)."""

from __future__ import annotations

from fastgw.expr import bound, nodes
from fastgw.expr.binder import conversions, type_names
from fastgw.expr.binder.creation import array_of
from fastgw.expr.binder.operands import Function, Untyped, faulty, is_faulty
from fastgw.expr.binder.scopes import ConstantSymbol
from fastgw.expr.binder.session import Session
from fastgw.expr.types import FAULTY, NULL, VOID, ArrayType, NamedType, SpecialType, Type


def bind_declaration(session: Session, node: nodes.Declaration) -> bound.Stmt:
    """`T a = 1, b;`, `var x = e;`, `const T c = 1;`: one Declare, or a Block of several."""
    found = declare_all(session, node)
    if len(found) == 1:
        return found[0]
    return bound.Block(node.start, node.end, tuple(found))


def declare_all(session: Session, node: nodes.Declaration, *, readonly: str = "") -> list[bound.Declare]:
    """The variables of a declaration; constants leave nothing but their name."""
    if type_names.is_var(node.type):
        return _declare_implicit(session, node, readonly)
    type = type_names.resolve(session, node.type)
    if isinstance(type, NamedType) and type.definition.kind == "static":
        message = f"Cannot declare a variable of static type '{type}'"
        session.report("CS0723", message, node.type.start)
        type = FAULTY
    if node.constant:
        for one in node.declarators:
            _declare_constant(session, type, one)
        return []
    return [_declare(session, type, one, readonly) for one in node.declarators]


def _declare(session: Session, type: Type, node: nodes.Declarator, readonly: str) -> bound.Declare:
    # The name is in scope in its own initialiser, where the flow analysis finds it unassigned.
    variable = session.variable(node.name, type, node.start, readonly=readonly)
    if node.value is None:
        return bound.Declare(node.start, node.end, variable, None)
    return bound.Declare(node.start, node.end, variable, _initial(session, type, node.value))


def _initial(session: Session, type: Type, node: nodes.Expr) -> bound.Expr:
    if isinstance(node, nodes.ArrayInitializer):
        if isinstance(type, ArrayType):
            return array_of(session, type, node, node)
        if type is not FAULTY:
            message = (
                "Can only use array initializer expressions to assign to array types. "
                "Try using a new expression instead."
            )
            session.report("CS0622", message, node.start)
        return faulty(node.start, node.end)
    operand = conversions.unless_literal(session, session.expression(node))
    return conversions.convert(session, operand, type, node.start)


def _declare_implicit(session: Session, node: nodes.Declaration, readonly: str) -> list[bound.Declare]:
    if node.constant:
        session.report("CS0822", "Implicitly-typed variables cannot be constant", node.start)
    if len(node.declarators) > 1:
        message = "Implicitly-typed variables cannot have multiple declarators"
        session.report("CS0819", message, node.start)
    return [_declare_var(session, one, readonly) for one in node.declarators]


def _declare_var(session: Session, node: nodes.Declarator, readonly: str) -> bound.Declare:
    value = _inferred(session, node)
    type = value.type if not isinstance(value.type, SpecialType) else FAULTY
    variable = session.variable(node.name, type, node.start, readonly=readonly)
    return bound.Declare(node.start, node.end, variable, value)


def _inferred(session: Session, node: nodes.Declarator) -> bound.Expr:
    """The value that gives a `var` its type."""
    if node.value is None:
        return session.refuse("CS0818", "Implicitly-typed variables must be initialized", node)
    if isinstance(node.value, nodes.ArrayInitializer):
        message = "Cannot initialize an implicitly-typed variable with an array initializer"
        return session.refuse("CS0820", message, node)
    operand = conversions.bind_value(session, node.value)
    if is_faulty(operand):
        return operand
    if isinstance(operand, (Function, Untyped)) or operand.type in (NULL, VOID):
        shown = conversions.describe(operand)
        return session.refuse("CS0815", f"Cannot assign {shown} to an implicitly-typed variable", node)
    return operand


def _declare_constant(session: Session, type: Type, node: nodes.Declarator) -> None:
    if node.value is None:
        session.report("CS0145", "A const field requires a value to be provided", node.start)
        faulty_value = bound.Constant(FAULTY, node.start, node.end, None)
        session.declare(node.name, ConstantSymbol(faulty_value), node.start)
        return
    value = _initial(session, type, node.value)
    if not isinstance(value, bound.Constant):
        if not is_faulty(value) and type is not FAULTY:
            message = f"The expression being assigned to '{node.name}' must be constant"
            session.report("CS0133", message, node.value.start)
        value = bound.Constant(FAULTY, node.start, node.end, None)
    session.declare(node.name, ConstantSymbol(value), node.start)
