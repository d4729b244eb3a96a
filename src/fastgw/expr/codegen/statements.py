"""Statements without jumps of their own: blocks, declarations, conditions, return, throw, using."""

from __future__ import annotations

import ast

from fastgw.expr import bound
from fastgw.expr.codegen import tree
from fastgw.expr.codegen.assignments import write_assignment_statement
from fastgw.expr.codegen.functions import make_boxes, write_local_functions
from fastgw.expr.codegen.jumps import write_labelled
from fastgw.expr.codegen.writer import Writer, statement
from fastgw.expr.runtime.closures import thrown
from fastgw.expr.runtime.disposal import dispose
from fastgw.expr.types import VOID


@statement(bound.Block)
def write_block(writer: Writer, node: bound.Block) -> None:
    """Boxes, local functions, then the statements."""
    make_boxes(writer, node)
    write_local_functions(writer, node.functions)
    if writer.unit.analysis.has_labels(node):
        write_labelled(writer, node)
        return
    for one in node.statements:
        writer.stmt(one)


def written(writer: Writer, node: bound.Stmt | None) -> list[ast.stmt]:
    """A statement as a list of its own."""
    with writer.collected() as found:
        if node is not None:
            writer.stmt(node)
    return found


@statement(bound.Declare)
def write_declare(writer: Writer, node: bound.Declare) -> None:
    """An assignment; without a value nobody reads it before it is assigned.

    What closures assign must exist in the function that declares it, though, for Python to find it there.
    """
    if node.value is not None:
        writer.emit(writer.set(node.variable, writer.expr(node.value)))
    elif node.variable in writer.unit.analysis.captured:
        writer.emit(writer.set(node.variable, tree.constant(None)))


@statement(bound.Evaluate)
def write_evaluate(writer: Writer, node: bound.Evaluate) -> None:
    """An expression for its effect."""
    if isinstance(node.value, (bound.Assign, bound.Update)):
        write_assignment_statement(writer, node.value)
    else:
        writer.emit(ast.Expr(writer.expr(node.value)))


@statement(bound.If)
def write_if(writer: Writer, node: bound.If) -> None:
    """`if`; an `else if` chain is written from its end, since it is nested as deep as it is long."""
    links = [node]
    while isinstance(links[-1].otherwise, bound.If):
        links.append(links[-1].otherwise)
    tail = written(writer, links[-1].otherwise)
    for link in reversed(links):
        with writer.collected() as found:
            test = writer.expr(link.condition)
            made = tree.when(test, written(writer, link.then), tail)
            tree.locate(made, writer.unit.positions.place(link.start, link.end))
            writer.emit(made)
        tail = found
    writer.emit(*tail)


@statement(bound.Return)
def write_return(writer: Writer, node: bound.Return) -> None:
    """The result; with it the values of `ref` and `out` parameters."""
    value = None if node.value is None else writer.expr(node.value)
    if value is not None and node.value is not None and writer.finish is not None:
        value = writer.finish(writer, value, node.value)
    if value is not None and writer.body.returns is VOID:
        writer.emit(ast.Expr(value))
        value = None
    if writer.references:
        value = tree.tuple_of(*([] if value is None else [value]), *map(writer.load, writer.references))
    writer.emit(ast.Return(value))


@statement(bound.Throw)
def write_throw(writer: Writer, node: bound.Throw) -> None:
    """`raise`."""
    if node.value is None:
        writer.emit(ast.Raise(None, None))
        return
    value = writer.expr(node.value)
    if not isinstance(node.value, bound.New):
        value = tree.call(writer.known(thrown), value)
    writer.emit(ast.Raise(value, None))


@statement(bound.Using)
def write_using(writer: Writer, node: bound.Using) -> None:
    """`try`/`finally` for each variable, the first one outermost."""
    make_boxes(writer, node)
    _write_resources(writer, node, 0)


def _write_resources(writer: Writer, node: bound.Using, at: int) -> None:
    if at == len(node.variables):
        writer.stmt(node.body)
        return
    variable, value = node.variables[at]
    writer.emit(writer.set(variable, writer.expr(value)))
    with writer.collected() as body:
        _write_resources(writer, node, at + 1)
    disposal = ast.Expr(tree.call(writer.known(dispose), writer.load(variable)))
    writer.emit(ast.Try(tree.filled(body), [], [], [disposal]))
