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
from fastgw.expr.codegen.writer import Head, Home, NotSupported, Unit, Writer, expression
from fastgw.expr.errors import too_complex
from fastgw.expr.runtime.closures import Box, made_closure
from fastgw.expr.runtime.meter import meter
from fastgw.expr.types import VOID, Type, TypeParameter

# A generic function that calls itself with ever larger types would never be done.
MOST_INSTANCES = 50
# Characters of the functions written for type arguments, counted for each: functions in each other multiply.
_MOST_INSTANTIATED = 50_000


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
        if writer.repeated:
            return tree.call(writer.known(made_closure), tree.name(identifier))
    return tree.name(identifier)


def write_local_functions(writer: Writer, functions: tuple[bound.LocalFunction, ...]) -> None:
    """The local functions of a block, at its head: each may call all of them.

    A generic one is written there when its first call with certain type arguments is.
    """
    unit = writer.unit
    plain = [one for one in functions if not one.method.type_parameters]
    boxed = [one for one in plain if one in unit.analysis.boxed_functions]
    for one in boxed:
        writer.emit(tree.assign(unit.name_of(one), tree.call(writer.known(Box))))
    if len(plain) < len(functions):
        head = Head(writer, writer.repeated, writer.statements, ast.Pass(), ast.Pass())
        writer.emit(head.boxes, head.functions)
        unit.homes.update((one, Home(head)) for one in functions if one.method.type_parameters)
    for one in plain:
        identifier = unit.fresh("f", one.name) if one in boxed else unit.name_of(one)
        writer.emit(_local_function(writer, identifier, one))
        if writer.repeated:
            writer.emit(_counted(unit, identifier))
        if one in boxed:
            writer.emit(tree.assign_attribute(tree.name(unit.name_of(one)), "value", tree.name(identifier)))


def local_function(
    writer: Writer, function: bound.LocalFunction, types: tuple[Type, ...], offset: int
) -> ast.expr:
    """A local function as a value; `types` are the type arguments of a generic one."""
    if function.method.type_parameters:
        arguments = tuple(writer.closed(one, offset) for one in types)
        found = tree.name(_instance(writer, function, arguments, offset))
    else:
        found = tree.name(writer.unit.name_of(function))
    return tree.attribute(found, "value") if function in writer.unit.analysis.boxed_functions else found


def _instance(writer: Writer, function: bound.LocalFunction, types: tuple[Type, ...], offset: int) -> str:
    """The name of a generic local function for these type arguments, or of its box."""
    unit = writer.unit
    home = unit.homes[function]
    found = home.instances.get(types)
    if found is None:
        if len(home.instances) == MOST_INSTANCES:
            message = f"calling '{function.name}' with more than {MOST_INSTANCES} lists of type arguments"
            raise NotSupported(message, offset)
        found = home.instances[types] = unit.fresh("f", function.name)
        _write_instance(unit, home.head, found, function, types)
    if function in unit.analysis.boxed_functions:
        at: Writer | None = writer
        while at is not None and at is not home.head.writer:
            at.boxes.add(found)
            at = at.outer
    return found


def _write_instance(
    unit: Unit, head: Head, identifier: str, function: bound.LocalFunction, types: tuple[Type, ...]
) -> None:
    """Write a generic local function for these type arguments to the head of its block."""
    start, end = _extent(function)
    unit.instantiated += end - start
    if unit.instantiated > _MOST_INSTANTIATED:
        raise too_complex(start)
    # The functions inside it are its own, and so are their homes while it is written.
    homes = dict(unit.homes)
    mapping = dict(zip(function.method.type_parameters, types, strict=True))
    if function in unit.analysis.boxed_functions:
        head.insert(head.boxes, tree.assign(identifier, tree.call(unit.known(Box))))
        name = unit.fresh("f", function.name)
        made = _local_function(head.writer, name, function, mapping)
        kept = tree.assign_attribute(tree.name(identifier), "value", tree.name(name))
        head.insert(head.functions, made, kept)
    else:
        head.insert(head.functions, _local_function(head.writer, identifier, function, mapping))
    if head.repeated:
        head.insert(head.functions, _counted(unit, identifier))
    unit.homes = homes


def _counted(unit: Unit, identifier: str) -> ast.stmt:
    """Count a function that each round makes anew, or its box."""
    return ast.Expr(tree.call(unit.known(made_closure), tree.name(identifier)))


def _extent(function: bound.LocalFunction) -> tuple[int, int]:
    """The offsets of a local function's body."""
    statements = function.body.statements
    return (statements.start, statements.end) if statements else (0, 0)


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
    tree.locate(made, writer.unit.positions.place(*_extent(function)))
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
    boxes += sorted(inner.boxes)
    return tree.function(identifier, [unit.name_of(one) for one in parameters], inner.statements, boxes)
