"""Loops: `while`, `do`, `for`, `foreach` (C# 13.9)."""

from __future__ import annotations

from fastgw.expr import bound, nodes
from fastgw.expr.binder import conversions, deconstruction, type_names
from fastgw.expr.binder.expressions import bind_condition
from fastgw.expr.binder.lambdas import NOT_A_STATEMENT, is_statement_expression
from fastgw.expr.binder.members import methods_of
from fastgw.expr.binder.operands import Function, Untyped, is_faulty
from fastgw.expr.binder.predefined import CHAR, ENUMERABLE, OBJECT, STRING
from fastgw.expr.binder.relations import element_of_enumerable, is_subtype
from fastgw.expr.binder.session import Session
from fastgw.expr.binder.statements import embedded
from fastgw.expr.types import FAULTY, NULL, ArrayType, NamedType, SpecialType, Type


def bind_while(session: Session, node: nodes.While) -> bound.Stmt:
    """`while (condition) body`."""
    with session.scoped("loop"):
        condition = bind_condition(session, node.condition)
        body = embedded(session, node.body)
    return bound.Loop(node.start, node.end, condition, body)


def bind_do(session: Session, node: nodes.DoWhile) -> bound.Stmt:
    """`do body while (condition);`."""
    with session.scoped("loop"):
        body = embedded(session, node.body)
        condition = bind_condition(session, node.condition)
    return bound.Loop(node.start, node.end, condition, body, test_first=False)


def bind_for(session: Session, node: nodes.For) -> bound.Stmt:
    """`for (initialisers; condition; updates) body`: the loop's variables are shared by all rounds."""
    with session.scoped():
        before: list[bound.Stmt] = []
        for one in node.initializers:
            statement = session.statement(one)
            if isinstance(one, nodes.Declaration) and isinstance(statement, bound.Block):
                before.extend(statement.statements)
            else:
                before.append(statement)
        with session.scoped("loop"):
            condition = None if node.condition is None else bind_condition(session, node.condition)
            body = embedded(session, node.body)
            updates = tuple(_update(session, one) for one in node.updates)
    loop = bound.Loop(node.start, node.end, condition, body, updates)
    return bound.Block(node.start, node.end, (*before, loop)) if before else loop


def _update(session: Session, node: nodes.Expr) -> bound.Expr:
    before = len(session.errors)
    operand = session.expression(node)
    refused = not is_statement_expression(node) or isinstance(operand, Untyped)
    if refused and len(session.errors) == before:
        session.report("CS0201", NOT_A_STATEMENT, node.start)
    return operand


def bind_foreach(session: Session, node: nodes.ForEach) -> bound.Stmt:
    """`foreach (T x in source) body`: a new variable in each round, an explicit type casts each element."""
    start, end = node.start, node.end
    key = object()
    with session.scoped():
        source = conversions.bind_value(session, node.source)
        type = _element_type(session, source, node.source)
        with session.scoped("loop"):
            element: bound.Expr = bound.Placeholder(type, node.source.start, node.source.end, key)
            variable: bound.Variable | None = None
            taken: bound.Expr | None = None
            if not isinstance(node.name, str):
                taken = deconstruction.element(session, node.name, element, node.name)
            else:
                if not type_names.is_var(node.type):
                    wanted = type_names.resolve(session, node.type)
                    element = conversions.cast(session, element, wanted, node.start)
                    type = wanted
                variable = session.variable(
                    node.name, type, node.start, readonly="foreach iteration variable"
                )
            body = embedded(session, node.body)
    return bound.ForEach(start, end, variable, source, element, body, key, taken)


def _element_type(session: Session, source: bound.Expr, node: nodes.Expr) -> Type:
    """What enumeration of the source gives (C# 13.9.5.2)."""
    if is_faulty(source):
        return FAULTY
    if source.type is NULL:
        session.report("CS0186", "Use of null is not valid in this context", node.start)
        return FAULTY
    if not isinstance(source, Function) and not isinstance(source.type, SpecialType):
        found = enumerated(source.type)
        if found is not None:
            return found
    shown = conversions.describe(source)
    message = (
        f"foreach statement cannot operate on variables of type '{shown}' because '{shown}' does not contain "
        "a public instance definition for 'GetEnumerator'"
    )
    session.report("CS1579", message, node.start)
    return FAULTY


def enumerated(type: Type) -> Type | None:
    """The type of the elements that foreach takes from a type, None where it takes none."""
    if isinstance(type, ArrayType):
        return type.element
    if type == STRING:
        return CHAR
    for one in methods_of(type, "GetEnumerator"):
        if not one.parameters and isinstance(one.returns, NamedType):
            return one.returns.arguments[0] if one.returns.arguments else OBJECT
    found = element_of_enumerable(type)
    if found is not None:
        return found
    return OBJECT if is_subtype(type, ENUMERABLE) else None
