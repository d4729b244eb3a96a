"""A whole expression: its scope, its result, and the errors of all stages."""

from __future__ import annotations

from fastgw.expr import bound, nodes
from fastgw.expr.binder import (
    conversions,
    flow,
    members,
    reachability,
    relations,
    standard_conversions,
    user_conversions,
)
from fastgw.expr.binder.dispatch import EXPRESSIONS, STATEMENTS
from fastgw.expr.binder.local_functions import finish_returns
from fastgw.expr.binder.operands import Untyped
from fastgw.expr.binder.predefined import OBJECT
from fastgw.expr.binder.scopes import ContextSymbol
from fastgw.expr.binder.session import Return, Session
from fastgw.expr.binder.statements import bind_list
from fastgw.expr.errors import CompileError, CompileErrors, too_complex
from fastgw.expr.library import declare
from fastgw.expr.types import NULL, VOID, NamedType, SpecialType, Type, TypeTooComplex, can_be_null

_CACHES = (
    members.property_of,
    members.methods_of,
    members.indexers_of,
    members.constructors_of,
    relations.interfaces_of,
    relations.derives,
    relations.is_subtype,
    relations.casts_down,
    standard_conversions.implicit,
    standard_conversions.explicit,
    user_conversions.find,
)


def bind(
    tree: nodes.Expr | nodes.Block,
    context_type: NamedType,
    wanted: Type | None = None,
    errors: CompileErrors | None = None,
) -> bound.Program:
    """The bound tree of an expression or of a block of statements.

    `wanted` is the type that the result is converted to, implicitly; None takes any value. Raises
    CompileError: the first in the text; `errors`, where given, gets all that were found.
    """
    _forget_older_library()
    session = Session(context_type, EXPRESSIONS, STATEMENTS)
    session.scope.symbols["context"] = ContextSymbol()
    try:
        program = _bind(session, tree, wanted)
        if not len(session.errors):
            flow.check(session, program)
    except RecursionError:
        raise too_complex(tree.start) from None
    except TypeTooComplex as refused:
        raise CompileError(str(refused), session.last_start) from None
    if errors is not None:
        for error in session.errors:
            errors.add(error)
    for error in session.errors:
        raise error
    return program


_known = [-1]


def _forget_older_library() -> None:
    """Drop what was looked up before more of the library was declared."""
    now = declare.generation()
    if _known[0] != now:
        _known[0] = now
        for cache in _CACHES:
            cache.cache_clear()


def _bind(session: Session, tree: nodes.Expr | nodes.Block, wanted: Type | None) -> bound.Program:
    start, end = tree.start, tree.end
    if isinstance(tree, nodes.Block):
        with session.scoped():
            block = bind_list(session, tree.statements, start, end)
        if reachability.falls_through(block):
            session.report("CS0161", "not all code paths return a value", start)
    else:
        operand = conversions.unless_literal(session, session.expression(tree))
        statement = bound.Return(start, end, None)
        session.function.returns.append(Return(statement, operand))
        block = bound.Block(start, end, (statement,))
    result = _result_type(session.function.returns) if wanted is None else wanted
    finish_returns(session, session.function, result)
    body = session.function.body
    body.returns = result
    body.statements = block
    return bound.Program(body, result)


def _result_type(returns: list[Return]) -> Type:
    """The type of what is returned: the one type that all have, but for null; else object."""
    types: set[Type] = set()
    for one in returns:
        if one.value is None:
            return OBJECT
        type = one.value.natural() if isinstance(one.value, Untyped) else one.value.type
        if type is None or type is VOID or (isinstance(type, SpecialType) and type is not NULL):
            return OBJECT
        types.add(type)
    with_null = NULL in types
    types.discard(NULL)
    if len(types) != 1:
        return OBJECT
    only = types.pop()
    return only if can_be_null(only) or not with_null else OBJECT
