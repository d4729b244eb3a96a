"""`while`, `do`, `for` and `foreach`. Each round spends a step."""

from __future__ import annotations

import ast

from fastgw.expr import bound
from fastgw.expr.codegen import tree
from fastgw.expr.codegen.expressions import not_null
from fastgw.expr.codegen.functions import make_boxes, spend_step
from fastgw.expr.codegen.jumps import emit_loop
from fastgw.expr.codegen.nullness import has_items, is_string, keyword_of
from fastgw.expr.codegen.writer import Frame, Writer, statement
from fastgw.expr.runtime.iteration import characters, each
from fastgw.expr.types import NamedType, Type


@statement(bound.Loop)
def write_loop(writer: Writer, node: bound.Loop) -> None:
    """Python's `while`; what stands before the first round only, or before every other one, needs a flag.

    A flag is needed where a `continue` has to run the updates of a `for` or the test of a `do`.
    """
    frame = Frame(breaks=node, continues=node)
    with writer.looping(frame), writer.collected() as test:
        make_boxes(writer, node)
        condition = None if node.condition is None else writer.expr(node.condition)
    with writer.looping(frame), writer.collected() as updates:
        for update in node.updates:
            writer.stmt(bound.Evaluate(update.start, update.end, update))
    with writer.looping(frame), writer.collected() as body:
        writer.stmt(node.body)
    continued = node in writer.unit.analysis.continued
    leave: list[ast.stmt] = (
        [] if condition is None else [*test, tree.when(tree.negation(condition), [ast.Break()])]
    )
    step = spend_step(writer)
    if not continued or (node.test_first and not updates):
        if node.test_first and not test:
            emit_loop(
                writer, ast.While(condition or tree.constant(True), [*step, *body, *updates], []), frame
            )
        elif node.test_first:
            emit_loop(writer, tree.forever([*leave, *step, *body, *updates]), frame)
        else:
            emit_loop(writer, tree.forever([*step, *body, *leave]), frame)
        return
    first = writer.temp()
    begun: list[ast.stmt] = [tree.assign(first, tree.constant(False))]
    again = [*updates, *([] if node.test_first else leave)]
    head = [tree.when(tree.name(first), begun, again), *(leave if node.test_first else [])]
    writer.emit(tree.assign(first, tree.constant(True)))
    emit_loop(writer, tree.forever([*step, *head, *body]), frame)


@statement(bound.ForEach)
def write_for_each(writer: Writer, node: bound.ForEach) -> None:
    """Python's `for` over the elements."""
    source = elements(writer, not_null(writer, node.source), writer.seen(node.source.type))
    frame = Frame(breaks=node, continues=node)
    with writer.looping(frame), writer.collected() as body:
        taken = writer.temp()
        writer.bind(node.key, lambda: tree.name(taken))
        make_boxes(writer, node)
        if node.deconstruct is not None:
            writer.emit(ast.Expr(writer.expr(node.deconstruct)))
        elif node.variable is not None:
            if node.variable not in writer.unit.analysis.boxed and _is_element(node.element):
                taken = writer.unit.name_of(node.variable)
            else:
                writer.emit(writer.set(node.variable, writer.expr(node.element)))
        writer.stmt(node.body)
    target = ast.Name(taken, ast.Store())
    made = ast.For(target, source, [*spend_step(writer), *body], [], None)
    emit_loop(writer, made, frame)


def elements(writer: Writer, value: ast.expr, type: Type) -> ast.expr:
    """What Python's `for` goes through for an enumerable of the static type; characters are Chars."""
    if has_items(type):
        return tree.attribute(value, "items")
    if is_string(type):
        return tree.call(writer.known(characters), value)
    if isinstance(type, NamedType) and (type.definition.kind == "interface" or keyword_of(type) == "object"):
        return tree.call(writer.known(each), value)
    return value


def _is_element(node: bound.Expr) -> bool:
    """Whether an element goes into the variable as it is."""
    while isinstance(node, bound.Convert) and node.kind == "none":
        node = node.operand
    return isinstance(node, bound.Placeholder)
