"""Lambdas and local functions: Python functions before the statement that makes them.

A lambda that takes nothing from around it is made once, beside the expression's own function. Each call
spends a step, so that neither recursion nor a query over a long sequence is free; how deep calls may nest is
Python's own limit, which no policy can catch.
"""

from __future__ import annotations

import ast

from fastgw.expr import bound
from fastgw.expr.codegen import tree
from fastgw.expr.codegen.analysis import BodyFacts
from fastgw.expr.codegen.writer import Home, NotSupported, Writer, expression
from fastgw.expr.runtime.closures import Box
from fastgw.expr.runtime.meter import meter
from fastgw.expr.types import VOID, Type, TypeParameter

# A generic function that calls itself with ever larger types would never be done.
_MOST_INSTANCES = 50


@expression(bound.Lambda)
def write_lambda(writer: Writer, node: bound.Lambda) -> ast.expr:
    """The name of a function that is written before the statement."""
    identifier = writer.unit.fresh("f", "lambda")
    made = _function(writer, identifier, node.body, node.body.parameters, [])
    tree.locate(made, writer.unit.positions.place(node.start, node.end))
    if writer.unit.analysis.stands_alone(node.body):
        writer.unit.functions.append(made)
    else:
        writer.emit(made)
    return tree.name(identifier)


def write_local_functions(writer: Writer, functions: tuple[bound.LocalFunction, ...]) -> None:
    """The local functions of a block, at its head: each may call all of them.

    A generic one is written there when its first call with certain type arguments is.
    """
    unit = writer.unit
    boxed = [one for one in functions if one in unit.analysis.boxed_functions]
    for one in boxed:
        writer.emit(tree.assign(unit.name_of(one), tree.call(writer.known(Box))))
    for one in functions:
        if one.method.type_parameters:
            unit.homes[one] = Home(writer, writer.statements, len(writer.statements))
            continue
        identifier = unit.fresh("f", one.name) if one in boxed else unit.name_of(one)
        writer.emit(_local_function(writer, identifier, one))
        if one in boxed:
            writer.emit(tree.assign_attribute(tree.name(unit.name_of(one)), "value", tree.name(identifier)))


def local_function(
    writer: Writer, function: bound.LocalFunction, types: tuple[Type, ...], offset: int
) -> ast.expr:
    """A local function as a value; `types` are the type arguments of a generic one."""
    if function.method.type_parameters:
        return tree.name(
            _instance(writer, function, tuple(writer.closed(one, offset) for one in types), offset)
        )
    found = tree.name(writer.unit.name_of(function))
    return tree.attribute(found, "value") if function in writer.unit.analysis.boxed_functions else found


def _instance(writer: Writer, function: bound.LocalFunction, types: tuple[Type, ...], offset: int) -> str:
    """The name of a generic local function for these type arguments."""
    unit = writer.unit
    home = unit.homes[function]
    found = home.instances.get(types)
    if found is not None:
        return found
    if function in unit.analysis.boxed_functions or len(home.instances) == _MOST_INSTANCES:
        raise NotSupported(f"this use of the generic local function '{function.name}'", offset)
    found = home.instances[types] = unit.fresh("f", function.name)
    # The functions inside it are its own, and so are their homes while it is written.
    homes = dict(unit.homes)
    mapping = dict(zip(function.method.type_parameters, types, strict=True))
    made = _local_function(home.writer, found, function, mapping)
    unit.homes = homes
    home.statements.insert(home.at, made)
    return found


def _local_function(
    writer: Writer,
    identifier: str,
    function: bound.LocalFunction,
    mapping: dict[TypeParameter, Type] | None = None,
) -> ast.FunctionDef:
    body = function.body
    pairs = list(zip(body.parameters, function.method.parameters, strict=True))
    references = [variable for variable, parameter in pairs if parameter.modifier in ("out", "ref")]
    taken = [variable for variable, parameter in pairs if parameter.modifier != "out"]
    made = _function(writer, identifier, body, taken, references, mapping)
    start, end = (body.statements.start, body.statements.end) if body.statements else (0, 0)
    tree.locate(made, writer.unit.positions.place(start, end))
    return made


def make_boxes(writer: Writer, scope: object) -> None:
    """New boxes for the captured variables of a scope that is entered."""
    for variable in writer.unit.analysis.boxes_of(scope):
        writer.emit(tree.assign(writer.unit.name_of(variable), tree.call(writer.known(Box))))


def spend_step(writer: Writer) -> list[ast.stmt]:
    """`meter.steps_left -= 1`, and the next slice, or the end, where none is left."""
    left = tree.attribute(writer.known(meter, "meter"), "steps_left")
    over = tree.compare(left, ast.Lt(), tree.constant(0))
    return [
        tree.decrease(writer.known(meter, "meter"), "steps_left"),
        tree.when(over, [ast.Expr(tree.call(tree.attribute(writer.known(meter, "meter"), "refill")))]),
    ]


def _function(
    writer: Writer,
    identifier: str,
    body: bound.Body,
    parameters: list[bound.Variable],
    references: list[bound.Variable],
    mapping: dict[TypeParameter, Type] | None = None,
) -> ast.FunctionDef:
    unit = writer.unit
    inner = Writer(unit, body, repeated=True, outer=writer)
    inner.references = references
    inner.mapping.update(mapping or {})
    facts: BodyFacts = unit.analysis.bodies[body]
    outside = sorted(
        unit.name_of(one) for one in facts.assigned if one in facts.free and one not in unit.analysis.boxed
    )
    if outside:
        inner.emit(ast.Nonlocal(outside))
    inner.emit(*spend_step(inner))
    if body.statements is not None:
        inner.stmt(body.statements)
    if references and body.returns is VOID:
        inner.emit(ast.Return(tree.tuple_of(*map(inner.load, references))))
    boxes = [unit.name_of(one) for one in unit.analysis.boxes_in(body)]
    return tree.function(identifier, [unit.name_of(one) for one in parameters], inner.statements, boxes)
