"""Arguments of calls: bound before overload resolution, converted and put in order after it (C# 12.6.2)."""

from __future__ import annotations

from fastgw.expr import bound, nodes
from fastgw.expr.binder import constants, conversions
from fastgw.expr.binder.operands import Argument, OutVariable, is_faulty
from fastgw.expr.binder.overloads import Form
from fastgw.expr.binder.predefined import number_kind
from fastgw.expr.binder.scopes import LocalSymbol
from fastgw.expr.binder.session import Session
from fastgw.expr.binder.type_names import is_var, resolve
from fastgw.expr.types import FAULTY, ParameterInfo, Type


def bind_arguments(session: Session, arguments: tuple[nodes.Argument, ...]) -> list[Argument]:
    """The arguments as operands, in the order written."""
    return [_bind_argument(session, one) for one in arguments]


def _bind_argument(session: Session, node: nodes.Argument) -> Argument:
    value = node.value
    if isinstance(value, nodes.Discard):
        operand: bound.Expr = OutVariable(FAULTY, value.start, value.end, None, False)
    elif isinstance(value, nodes.OutDeclaration):
        operand = declare_out(session, value)
    elif node.mode:
        operand = _reference(session, value, node.mode)
    else:
        # Tuple literals and lambdas stay as they are until the parameter is known.
        operand = conversions.unless_literal(session, session.expression(value))
    return Argument(operand, node.mode, node.name, value.start)


def declare_out(session: Session, node: nodes.OutDeclaration) -> bound.Expr:
    """`out T x`: the variable comes into scope here; that of `var` gets its type from the parameter."""
    typed = not is_var(node.type)
    type = resolve(session, node.type) if typed else FAULTY
    variable = None if node.name == "_" else session.variable(node.name, type, node.start)
    return OutVariable(type, node.start, node.end, variable, typed)


def _reference(session: Session, node: nodes.Expr, mode: str) -> bound.Expr:
    """A variable behind `ref` or `out`."""
    if isinstance(node, nodes.Name) and node.name == "_" and session.scope.lookup("_") is None:
        return OutVariable(FAULTY, node.start, node.end, None, False)
    operand = conversions.bind_value(session, node)
    match operand:
        case bound.Local(variable=variable):
            session.use(variable, assigns=True)
            symbol = session.scope.lookup(variable.name)
            if isinstance(symbol, LocalSymbol) and symbol.readonly:
                message = (
                    f"Cannot use '{variable.name}' as a ref or out value because it is a '{symbol.readonly}'"
                )
                return session.refuse("CS1657", message, node)
            return operand
        case bound.GetElement():
            return operand
        case bound.Get() | bound.GetIndex():
            message = "A property or indexer may not be passed as an out or ref parameter"
            return session.refuse("CS0206", message, node)
    if is_faulty(operand):
        return operand
    message = "A ref or out value must be an assignable variable"
    return session.refuse("CS1510", message, node)


def build(
    session: Session, form: Form, arguments: list[Argument], start: int, end: int
) -> tuple[tuple[bound.Expr, ...], tuple[int, ...]]:
    """The arguments complete and converted, by parameter; and the order of evaluation where it differs."""
    parameters = form.candidate.parameters
    values: list[bound.Expr | None] = [None] * len(parameters)
    rest: list[bound.Expr] = []
    last = len(parameters) - 1
    for at, argument in enumerate(arguments):
        converted = _convert(session, form, at, argument)
        if form.expanded and form.placed[at] == last:
            rest.append(converted)
        else:
            values[form.placed[at]] = converted
    if form.expanded:
        values[last] = bound.NewArray(form.parameters[last], start, end, (), tuple(rest))
    for at, parameter in enumerate(parameters):
        if values[at] is None:
            values[at] = default_argument(parameter, form.parameters[at], start, end)
    return tuple(one for one in values if one is not None), _order(form, len(parameters))


def _convert(session: Session, form: Form, at: int, argument: Argument) -> bound.Expr:
    operand, type = argument.value, form.type_for(at)
    if isinstance(operand, OutVariable):
        if operand.variable is not None and not operand.is_typed:
            operand.variable.type = type
        return bound.OutTarget(type, operand.start, operand.end, operand.variable)
    if argument.mode:
        return operand
    return conversions.convert(session, operand, type)


def _order(form: Form, count: int) -> tuple[int, ...]:
    written = list(dict.fromkeys(form.placed))
    if written == sorted(written):
        return ()
    return (*written, *(at for at in range(count) if at not in written))


def default_argument(parameter: ParameterInfo, type: Type, start: int, end: int) -> bound.Expr:
    """What an optional parameter gets when the caller gives nothing."""
    if parameter.default is None:
        return conversions.default_value(type, start, end)
    kind = number_kind(type)
    value = parameter.default
    if kind is not None and not isinstance(value, str):
        value = constants.represent(kind, value)
    return bound.Constant(type, start, end, value)
