"""What can be assigned: variables, properties, indexers, elements of arrays.

A place evaluates its receiver and indices once, then it can be read and written. The order is C#'s: receiver
and indices, then the value, then the test of the receiver for null.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from fastgw.expr import bound
from fastgw.expr.codegen import tree
from fastgw.expr.codegen.expressions import checked_not_null, needs_check
from fastgw.expr.codegen.nullness import is_array, is_plain
from fastgw.expr.codegen.writer import NotSupported, Writer
from fastgw.expr.runtime.arrays import (
    get_element,
    get_multi,
    set_element,
    set_multi,
    set_reference,
)
from fastgw.expr.types import ArrayType, can_be_null

_Read = Callable[[], ast.expr]


class Place:
    """A place to assign to.

    `prepare` are the expressions that must be evaluated first, in order; empty where none has to be.
    `steps` gives the expressions that assign a value; the last one's value is the assigned one, unless
    `result` names it.
    """

    def __init__(
        self,
        prepare: list[ast.expr],
        read: _Read,
        steps: Callable[[ast.expr], list[ast.expr]],
        result: str = "",
    ) -> None:
        self.prepare = prepare
        self.read = read
        self.steps = steps
        self._result = result

    def write(self, value: ast.expr) -> ast.expr:
        """An expression that assigns and gives the assigned value."""
        result = [tree.name(self._result)] if self._result else []
        return tree.in_turn(*self.steps(value), *result)


def place_of(writer: Writer, target: bound.Expr, *, once: bool = False) -> Place:
    """The place that an assignable expression names.

    `once`: it is written once and not read, and nothing else is evaluated between its parts and the value, so
    that nothing has to be kept.
    """
    match target:
        case bound.Local(variable=variable):
            return _variable(writer, variable)
        case bound.OutTarget(variable=None):
            return Place([], lambda: tree.constant(None), lambda value: [value])
        case bound.OutTarget(variable=bound.Variable() as variable):
            return _variable(writer, variable)
        case bound.Get():
            return _property(writer, target)
        case bound.GetIndex():
            return _indexer(writer, target)
        case bound.GetElement():
            return _element(writer, target, once)
    raise NotSupported(f"{type(target).__name__} cannot be assigned", target.start)


def _variable(writer: Writer, variable: bound.Variable) -> Place:
    return Place([], lambda: writer.load(variable), lambda value: [writer.store(variable, value)])


def _kept(writer: Writer, node: bound.Expr, prepare: list[ast.expr]) -> _Read:
    """A part of a place, evaluated once; constants need no evaluation."""
    value = writer.expr(node)
    if is_plain(node) and isinstance(value, (ast.Constant, ast.Name)) and not isinstance(node, bound.Local):
        _, again = writer.held(value)
        return again
    identifier = writer.temp()
    prepare.append(tree.keep(identifier, value))
    return lambda: tree.name(identifier)


def _property(writer: Writer, target: bound.Get) -> Place:
    property, receiver = target.property, target.receiver
    if property.setter is None:
        raise NotSupported(f"'{property.name}' cannot be assigned", target.start)
    setter, getter = writer.known(property.setter), writer.known(property.getter)
    prepare: list[ast.expr] = []
    result = writer.temp()

    def arguments(again: _Read | None) -> list[ast.expr]:
        if again is None or receiver is None:
            return []
        return [checked_not_null(writer, again()) if needs_check(writer, receiver) else again()]

    again = None if receiver is None else _kept(writer, receiver, prepare)

    def steps(value: ast.expr) -> list[ast.expr]:
        stored = tree.call(setter, *arguments(again), tree.name(result))
        return [tree.keep(result, value), stored]

    return Place(prepare, lambda: tree.call(getter, *arguments(again)), steps, result)


def _indexer(writer: Writer, target: bound.GetIndex) -> Place:
    indexer, receiver = target.indexer, target.receiver
    if indexer.setter is None:
        raise NotSupported("the indexer cannot be assigned", target.start)
    setter, getter = writer.known(indexer.setter), writer.known(indexer.getter)
    prepare: list[ast.expr] = []
    again = _kept(writer, receiver, prepare)
    indices = [_kept(writer, one, prepare) for one in target.arguments]
    result = writer.temp()

    def arguments() -> list[ast.expr]:
        first = checked_not_null(writer, again()) if needs_check(writer, receiver) else again()
        return [first, *(one() for one in indices)]

    def steps(value: ast.expr) -> list[ast.expr]:
        return [tree.keep(result, value), tree.call(setter, *arguments(), tree.name(result))]

    return Place(prepare, lambda: tree.call(getter, *arguments()), steps, result)


def _element(writer: Writer, target: bound.GetElement, once: bool) -> Place:
    array = target.array
    several = not is_array(array.type)
    narrow = isinstance(array.type, ArrayType) and can_be_null(array.type.element)
    getter = writer.known(get_multi if several else get_element)
    setter = writer.known(set_multi if several else set_reference if narrow else set_element)
    if once:
        parts = [writer.expr(array), *writer.exprs(target.indices)]
        return Place([], lambda: tree.constant(None), lambda value: [tree.call(setter, *parts, value)])
    prepare: list[ast.expr] = []
    reads = [_kept(writer, one, prepare) for one in (array, *target.indices)]

    def steps(value: ast.expr) -> list[ast.expr]:
        return [tree.call(setter, *(one() for one in reads), value)]

    return Place(prepare, lambda: tree.call(getter, *(one() for one in reads)), steps)
