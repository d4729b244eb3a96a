"""Local functions: known in the whole block, bound where they stand (C# 13.6.4)."""

from __future__ import annotations

from typing import Any, cast

from fastgw.expr import bound, nodes
from fastgw.expr.binder import conversions, reachability, type_names
from fastgw.expr.binder.lambdas import NOT_A_STATEMENT, is_statement_expression
from fastgw.expr.binder.operands import Untyped, is_faulty
from fastgw.expr.binder.scopes import FunctionSymbol, LocalSymbol, Scope
from fastgw.expr.binder.session import Function, Session
from fastgw.expr.errors import too_complex
from fastgw.expr.types import (
    FAULTY,
    VOID,
    ArrayType,
    Method,
    ParameterInfo,
    Type,
    TypeParameter,
)

MOST_TYPE_PARAMETERS = 32
"""Of one function. Inferring them takes time with more than the square of their number."""


def declare(session: Session, node: nodes.LocalFunction) -> bound.LocalFunction:
    """The signature of a local function, with its name in the scope at hand."""
    if len(node.type_parameters) > MOST_TYPE_PARAMETERS:
        raise too_complex(node.start)
    types = tuple(TypeParameter(one) for one in node.type_parameters)
    outer = session.scope
    # Its type parameters and parameters are in scope within it only.
    session.scope = Scope(outer, outer.body)
    session.scope.types = {one.name: one for one in types}
    returns = type_names.resolve(session, node.returns, allow_void=True)
    parameters = tuple(_parameter(session, one) for one in node.parameters)
    session.scope = outer
    _check_order(session, node, parameters)
    method = Method(node.name, None, parameters, returns, _not_called, types, is_static=True)
    body = bound.Body([], returns, session.body)
    function = bound.LocalFunction(node.name, method, body, types)
    session.declare(node.name, FunctionSymbol(function), node.start)
    return function


def _not_called(*_arguments: Any) -> Any:
    raise TypeError("local functions are called by generated code")


def _parameter(session: Session, node: nodes.Parameter) -> ParameterInfo:
    type = type_names.resolve(session, cast("nodes.TypeNode", node.type))
    if node.modifier == "params" and not isinstance(type, ArrayType) and type is not FAULTY:
        message = "The params parameter must be a single dimensional array"
        session.report("CS0225", message, node.start)
    if node.default is None:
        return ParameterInfo(node.name, type, node.modifier)
    default = _default(session, node, node.default, type)
    return ParameterInfo(node.name, type, node.modifier, True, default)


def _default(session: Session, node: nodes.Parameter, written: nodes.Expr, type: Type) -> Any:
    value = conversions.convert(session, session.expression(written), type, written.start)
    # Of a nullable parameter the constant stands inside the conversion.
    while isinstance(value, bound.Convert) and value.kind == "none":
        value = value.operand
    if isinstance(value, bound.Constant):
        return value.value
    if not is_faulty(value) and not isinstance(value, bound.Default):
        message = f"Default parameter value for '{node.name}' must be a compile-time constant"
        session.report("CS1736", message, written.start)
    return None


def _check_order(session: Session, node: nodes.LocalFunction, parameters: tuple[ParameterInfo, ...]) -> None:
    optional = False
    for at, one in enumerate(parameters):
        if one.modifier == "params" and at != len(parameters) - 1:
            message = "A params parameter must be the last parameter in a formal parameter list"
            session.report("CS0231", message, node.parameters[at].start)
        if optional and not one.has_default and one.modifier != "params":
            message = "Optional parameters must appear after all required parameters"
            session.report("CS1737", message, node.parameters[at].start)
        optional = optional or one.has_default


def bind_body(session: Session, function: bound.LocalFunction, node: nodes.LocalFunction) -> None:
    """The statements of a local function."""
    state = Function(function.body)
    outer = Scope(session.scope, session.scope.body)
    outer.types = {one.name: one for one in function.type_parameters}
    returns = function.body.returns
    with session.entering(state, outer, session.overflow):
        for parameter, written in zip(function.method.parameters, node.parameters, strict=True):
            variable = bound.Variable(
                parameter.name,
                parameter.type,
                function.body,
                by_reference=parameter.modifier in ("ref", "out"),
            )
            session.declare(parameter.name, LocalSymbol(variable), written.start)
            function.body.parameters.append(variable)
        if isinstance(node.body, nodes.Block):
            statement = session.block(node.body)
            function.body.statements = statement
            finish_returns(session, state, returns)
            if returns is not VOID and reachability.falls_through(statement):
                message = f"'{_signature(function)}': not all code paths return a value"
                session.report("CS0161", message, node.start)
        else:
            function.body.statements = _expression_body(session, node.body, returns)


def _signature(function: bound.LocalFunction) -> str:
    shown = ", ".join(str(one.type) for one in function.method.parameters)
    return f"{function.name}({shown})"


def _expression_body(session: Session, node: nodes.Expr, returns: Type) -> bound.Block:
    start, end = node.start, node.end
    operand = conversions.unless_literal(session, session.expression(node))
    if returns is VOID:
        if not is_statement_expression(node) or isinstance(operand, Untyped):
            session.report("CS0201", NOT_A_STATEMENT, start)
        return bound.Block(start, end, (bound.Evaluate(start, end, operand),))
    value = conversions.convert(session, operand, returns, start)
    return bound.Block(start, end, (bound.Return(start, end, value),))


def finish_returns(session: Session, state: Function, returns: Type) -> None:
    """Convert what a function returns to its return type."""
    for one in state.returns:
        start = one.statement.start
        if one.value is None:
            if returns is not VOID:
                message = f"An object of a type convertible to '{returns}' is required"
                session.report("CS0126", message, start)
        elif returns is VOID:
            if not is_faulty(one.value):
                message = (
                    "Since this function returns void, a return keyword must not be followed by an object "
                    "expression"
                )
                session.report("CS0127", message, start)
        else:
            one.statement.complete(conversions.convert(session, one.value, returns))
