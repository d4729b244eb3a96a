"""Calls of methods, constructors, properties, indexers, delegates and local functions."""

from __future__ import annotations

import ast

from fastgw.expr import bound
from fastgw.expr.codegen import tree
from fastgw.expr.codegen.arguments import with_arguments, with_references
from fastgw.expr.codegen.expressions import counted, not_null, value_of
from fastgw.expr.codegen.functions import local_function
from fastgw.expr.codegen.nullness import has_items, is_array
from fastgw.expr.codegen.writer import NotSupported, Writer, expression
from fastgw.expr.runtime.arrays import (
    array_of,
    get_element,
    get_multi,
    is_byte,
    new_array,
    new_multi_array,
    out_of_range,
)
from fastgw.expr.runtime.closures import bind, bind_any
from fastgw.expr.runtime.values import Array


@expression(bound.Call)
def write_call(writer: Writer, node: bound.Call) -> ast.expr:
    """A call of the method's function, or of an attribute of the receiver."""
    method = node.method
    leading = [writer.types(node.types, node.start)] if method.wants_types else []
    parameters = method.parameters
    if method.attribute is not None:
        attribute = method.attribute
        return with_references(
            writer,
            node,
            parameters,
            lambda values: tree.call(tree.attribute(values[0], attribute), *values[1:]),
        )
    function = writer.known(method.function, method.name)
    return with_references(writer, node, parameters, lambda values: tree.call(function, *leading, *values))


@expression(bound.CallLocal)
def write_call_local(writer: Writer, node: bound.CallLocal) -> ast.expr:
    """A call of a Python function of the same unit."""
    function = local_function(writer, node.function, node.types, node.start)
    return with_references(
        writer, node, node.function.method.parameters, lambda values: tree.call(function, *values)
    )


@expression(bound.New)
def write_new(writer: Writer, node: bound.New) -> ast.expr:
    """A constructor call; initialisers work on the kept object."""
    constructor = node.constructor
    leading = [writer.types(node.types, node.start)] if constructor.wants_types else []
    function = writer.known(constructor.function, constructor.name)
    made = counted(
        writer,
        with_references(
            writer, node, constructor.parameters, lambda values: tree.call(function, *leading, *values)
        ),
    )
    if node.target is None or not node.effects:
        return made
    kept = writer.store(node.target, made)
    return tree.in_turn(kept, *writer.exprs(node.effects), writer.load(node.target))


@expression(bound.Get)
def write_get(writer: Writer, node: bound.Get) -> ast.expr:
    """An attribute, a known value or a call of the getter."""
    property = node.property
    if node.receiver is None:
        if property.value is not None:
            return value_of(writer, property.value)
        return tree.call(writer.known(property.getter, property.name))
    receiver = not_null(writer, node.receiver)
    if property.attribute is not None:
        return tree.attribute(receiver, property.attribute)
    return tree.call(writer.known(property.getter, property.name), receiver)


@expression(bound.GetIndex)
def write_get_index(writer: Writer, node: bound.GetIndex) -> ast.expr:
    """A call of the indexer's getter."""
    getter = writer.known(node.indexer.getter)
    return with_arguments(writer, node.receiver, node.arguments, lambda values: tree.call(getter, *values))


@expression(bound.GetElement)
def write_get_element(writer: Writer, node: bound.GetElement) -> ast.expr:
    """An element; by a constant index inline."""
    array, index = node.array, node.indices[0]
    if not is_array(array.type):
        return tree.call(writer.known(get_multi), writer.expr(array), *writer.exprs(node.indices))
    if isinstance(index, bound.Constant) and index.value >= 0 and has_items(writer.seen(array.type)):
        first, again = writer.held(tree.attribute(not_null(writer, array), "items"))
        test = tree.compare(tree.call(writer.known(len), first), ast.Gt(), tree.constant(int(index.value)))
        return tree.choose(test, tree.item(again(), int(index.value)), tree.call(writer.known(out_of_range)))
    return tree.call(writer.known(get_element), writer.expr(array), writer.expr(index))


@expression(bound.Invoke)
def write_invoke(writer: Writer, node: bound.Invoke) -> ast.expr:
    """A call of a delegate."""
    return with_arguments(
        writer, node.target, node.arguments, lambda values: tree.call(values[0], *values[1:])
    )


@expression(bound.MethodGroup)
def write_method_group(writer: Writer, node: bound.MethodGroup) -> ast.expr:
    """A function as it is, or bound to its receiver."""
    method = node.method
    if isinstance(method, bound.LocalFunction):
        return local_function(writer, method, node.types, node.start)
    if any(one.modifier in ("out", "ref") for one in method.parameters):
        raise NotSupported(f"'{method.name}' as a delegate", node.start)
    if method.attribute is not None and node.receiver is not None:
        return tree.attribute(not_null(writer, node.receiver), method.attribute)
    function: ast.expr = writer.known(method.function, method.name)
    if method.wants_types:
        types = writer.types(node.types, node.start)
        function = tree.call(writer.known(bind_any), function, types)
    if node.receiver is None:
        return function
    bound_by = bind_any if method.is_extension or method.null_receiver else bind
    return tree.call(writer.known(bound_by), function, writer.expr(node.receiver))


@expression(bound.NewArray)
def write_new_array(writer: Writer, node: bound.NewArray) -> ast.expr:
    """An array of its elements, or of defaults."""
    element = writer.closed(node.array_type.element, node.start)
    type = writer.type(element, node.start)
    if node.array_type.rank > 1:
        sizes = tree.tuple_of(*writer.exprs(node.sizes))
        items = [] if node.elements is None else [tree.list_of(*writer.exprs(node.elements))]
        return tree.call(writer.known(new_multi_array), type, sizes, *items)
    if node.elements is None:
        return tree.call(writer.known(new_array), type, writer.expr(node.sizes[0]))
    elements = tree.list_of(*writer.exprs(node.elements))
    # What stands in the source once and runs once needs no counting.
    make = array_of if writer.repeated or is_byte(element) else Array
    return tree.call(writer.known(make), type, elements)
