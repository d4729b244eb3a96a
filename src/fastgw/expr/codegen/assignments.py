"""Assignments, compound assignments, `++`, `--` and deconstruction."""

from __future__ import annotations

import ast

from fastgw.expr import bound
from fastgw.expr.codegen import tree
from fastgw.expr.codegen.places import place_of
from fastgw.expr.codegen.strings import write_replacement
from fastgw.expr.codegen.writer import Writer, expression


@expression(bound.Assign)
def write_assign(writer: Writer, node: bound.Assign) -> ast.expr:
    """The target's parts, the value, the assignment."""
    place = place_of(writer, node.target, once=True)
    return tree.in_turn(*place.prepare, place.write(writer.expr(node.value)))


@expression(bound.Update)
def write_update(writer: Writer, node: bound.Update) -> ast.expr:
    """The new value is computed from the old one, which is read once."""
    place = place_of(writer, node.target)
    if not node.gives_old:
        writer.bind(node.key, place.read)
        return tree.in_turn(*place.prepare, place.write(writer.expr(node.value)))
    old = writer.temp()
    writer.bind(node.key, lambda: tree.name(old))
    kept = tree.keep(old, place.read())
    return tree.in_turn(*place.prepare, kept, place.write(writer.expr(node.value)), tree.name(old))


@expression(bound.Deconstruct)
def write_deconstruct(writer: Writer, node: bound.Deconstruct) -> ast.expr:
    """All parts of the targets, then the tuple, then all values, then the assignments."""
    places = [None if one is None else place_of(writer, one) for one in node.targets]
    prepare = [part for place in places if place is not None for part in place.prepare]
    first, again = writer.held(writer.expr(node.source))
    writer.bind(node.key, again)
    kept = []
    stores = []
    for place, value in zip(places, node.values, strict=True):
        part = writer.temp()
        kept.append(tree.keep(part, writer.expr(value)))
        if place is not None:
            stores.append(place.write(tree.name(part)))
    return tree.in_turn(*prepare, first, *kept, *stores, again())


def write_assignment_statement(writer: Writer, node: bound.Assign | bound.Update) -> None:
    """An assignment whose value nobody wants."""
    if isinstance(node.target, bound.Local):
        variable = node.target.variable
        if isinstance(node, bound.Update):
            writer.bind(node.key, lambda: writer.load(variable))
        key = node.key if isinstance(node, bound.Update) else None
        writer.emit(writer.set(variable, write_replacement(writer, node.value, variable, key)))
        return
    place = place_of(writer, node.target, once=isinstance(node, bound.Assign))
    if isinstance(node, bound.Update):
        writer.bind(node.key, place.read)
    steps = place.steps(writer.expr(node.value))
    writer.emit(*(ast.Expr(one) for one in (*place.prepare, *steps)))
