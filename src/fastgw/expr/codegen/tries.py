"""`try`, `catch`, `when`, `finally`. Only exceptions of .NET are caught: what ends an expression passes."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from fastgw.expr import bound
from fastgw.expr.codegen import tree
from fastgw.expr.codegen.functions import make_boxes
from fastgw.expr.codegen.outline import must_move
from fastgw.expr.codegen.statements import written
from fastgw.expr.codegen.writer import NotSupported, Writer, statement
from fastgw.expr.runtime.closures import uncoupled
from fastgw.expr.runtime.errors import NetException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.types import NamedType


@statement(bound.Try)
def write_try(writer: Writer, node: bound.Try) -> None:
    """Python's `try`; with filters the handlers are chosen inside one."""
    body = tree.filled(written(writer, node.body))
    last = written(writer, node.finally_body)
    writer.unit.is_outlined |= must_move(last)
    if any(one.condition is not None for one in node.catches):
        handlers = [_filtered(writer, node.catches)]
    else:
        handlers = [_handler(writer, one) for one in node.catches]
    if not handlers and not last:
        writer.emit(*body)
        return
    if last:
        handlers.append(_ending(writer))
    writer.emit(ast.Try(body, handlers, [], last))


def _ending(writer: Writer) -> ast.ExceptHandler:
    """What ends an expression goes on; the meter is used up, so that no `finally` can go far.

    Without that, a function that calls itself in `finally` would run again at each level of a recursion
    that was too deep.
    """
    none: list[ast.stmt] = [
        tree.assign_attribute(writer.known(meter, "meter"), "steps_left", tree.constant(-1)),
        tree.assign_attribute(writer.known(meter, "meter"), "steps_later", tree.constant(0)),
    ]
    ended = tree.negation(
        tree.call(writer.known(isinstance), tree.name(caught := writer.temp()), writer.known(NetException))
    )
    return ast.ExceptHandler(writer.known(Exception), caught, [tree.when(ended, none), ast.Raise(None, None)])


def _handler(writer: Writer, node: bound.Catch) -> ast.ExceptHandler:
    caught = writer.temp() if node.variable is not None else None
    with writer.collected() as body:
        make_boxes(writer, node)
        if node.variable is not None and caught is not None:
            writer.emit(_take(writer, node.variable, caught))
        writer.stmt(node.body)
    return ast.ExceptHandler(_exceptions(writer, node), caught, tree.filled(body))


def _filtered(writer: Writer, catches: Sequence[bound.Catch]) -> ast.ExceptHandler:
    """The first clause whose type and filter fit; a filter that fails itself does not fit (C# 13.11)."""
    caught, number = writer.temp(), writer.temp()
    with writer.collected() as body:
        writer.emit(tree.assign(number, tree.constant(-1)))
        for at, one in enumerate(catches):
            fits: ast.expr = tree.call(writer.known(isinstance), tree.name(caught), _exceptions(writer, one))
            if at:
                fits = tree.all_of(tree.compare(tree.name(number), ast.Lt(), tree.constant(0)), fits)
            with writer.collected() as chosen:
                make_boxes(writer, one)
                if one.variable is not None:
                    writer.emit(_take(writer, one.variable, caught))
                take: ast.stmt = tree.assign(number, tree.constant(at))
                if one.condition is None:
                    writer.emit(take)
                else:
                    with writer.collected() as tested:
                        condition = writer.expr(one.condition)
                        writer.emit(tree.when(condition, [take]))
                    ignored = ast.ExceptHandler(writer.known(NetException), None, [ast.Pass()])
                    writer.emit(ast.Try(tested, [ignored], [], []))
            writer.emit(tree.when(fits, chosen))
        tail: list[ast.stmt] = [ast.Raise(None, None)]
        for at in range(len(catches) - 1, -1, -1):
            test = tree.compare(tree.name(number), ast.Eq(), tree.constant(at))
            tail = [tree.when(test, written(writer, catches[at].body), tail)]
        writer.emit(*tail)
    return ast.ExceptHandler(writer.known(NetException), caught, body)


def _take(writer: Writer, variable: bound.Variable, name: str) -> ast.stmt:
    return writer.set(variable, tree.call(writer.known(uncoupled), tree.name(name)))


def _exceptions(writer: Writer, node: bound.Catch) -> ast.expr:
    """The Python classes that a clause catches."""
    if node.type is None:
        return writer.known(NetException)
    if isinstance(node.type, NamedType):
        python = node.type.definition.python
        if python and all(issubclass(one, NetException) for one in python):
            return writer.known(python[0]) if len(python) == 1 else tree.tuple_of(*map(writer.known, python))
    raise NotSupported(f"catching '{node.type}'", node.body.start)
