"""Receivers and arguments of calls: their order, the test for null, `out` and `ref`.

C# evaluates the receiver, then the arguments, then tests the receiver for null. Where the arguments can
neither fail nor do anything, the test comes first, which is cheaper and makes no difference.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from fastgw.expr import bound
from fastgw.expr.codegen import tree
from fastgw.expr.codegen.expressions import checked_not_null, needs_check, not_null
from fastgw.expr.codegen.nullness import is_plain
from fastgw.expr.codegen.places import Place, place_of
from fastgw.expr.codegen.writer import Writer
from fastgw.expr.types import VOID, ParameterInfo

# Makes the call of the receiver, where there is one, and the arguments.
Caller = Callable[[list[ast.expr]], ast.expr]
_Read = Callable[[], ast.expr]

_REFERENCES = ("out", "ref")


def with_arguments(
    writer: Writer,
    receiver: bound.Expr | None,
    arguments: tuple[bound.Expr, ...],
    caller: Caller,
    order: tuple[int, ...] = (),
    null_receiver: bool = False,
) -> ast.expr:
    """A call without `out` and `ref` parameters; `order` is that of evaluation, where it is not the usual."""
    checked = receiver is not None and not null_receiver and needs_check(writer, receiver)
    plain = all(map(is_plain, arguments))
    if plain or (not checked and list(order) == sorted(order)):
        values = _first(writer, receiver, null_receiver)
        return caller([*values, *writer.exprs(arguments)])
    before: list[ast.expr] = []
    reads: list[_Read] = []
    if receiver is not None:
        reads.append(_keep_receiver(writer, receiver, before, checked))
    slots: list[_Read] = [lambda: tree.constant(None)] * len(arguments)
    for at in order or range(len(arguments)):
        slots[at] = _keep(writer, arguments[at], before)
    return tree.in_turn(*before, caller([one() for one in (*reads, *slots)]))


def with_references(
    writer: Writer,
    node: bound.Call | bound.CallLocal | bound.New,
    parameters: tuple[ParameterInfo, ...],
    caller: Caller,
) -> ast.expr:
    """A call that may have `out` and `ref` parameters.

    The function returns a tuple then: its result, unless it is void, and a value for each such parameter.
    """
    receiver = node.receiver if isinstance(node, bound.Call) else None
    null_receiver = isinstance(node, bound.Call) and node.method.null_receiver
    if not any(one.modifier in _REFERENCES for one in parameters):
        return with_arguments(writer, receiver, node.arguments, caller, node.order, null_receiver)
    before: list[ast.expr] = []
    places: dict[int, Place] = {}
    slots: dict[int, _Read] = {}
    passed = [
        one for one, to in zip(node.arguments, parameters, strict=True) if to.modifier not in _REFERENCES
    ]
    plain = all(map(is_plain, passed))
    checked = receiver is not None and not null_receiver and needs_check(writer, receiver)
    values: list[ast.expr] = []
    if plain:
        values += _first(writer, receiver, null_receiver)
    elif receiver is not None:
        values.append(_keep_receiver(writer, receiver, before, checked)())
    for at in node.order or range(len(parameters)):
        argument, modifier = node.arguments[at], parameters[at].modifier
        if modifier in _REFERENCES:
            places[at] = place_of(writer, argument)
            before.extend(places[at].prepare)
            if modifier == "ref":
                slots[at] = places[at].read
        elif plain:
            slots[at] = _just(writer.expr(argument))
        else:
            slots[at] = _keep(writer, argument, before)
    result = writer.temp()
    done = tree.keep(result, caller([*values, *(slots[at]() for at in sorted(slots))]))
    start = 0 if node.type is VOID else 1
    stores = [
        places[at].write(tree.item(tree.name(result), index))
        for index, at in enumerate(sorted(places), start)
    ]
    last = tree.item(tree.name(result), 0) if start else tree.constant(None)
    return tree.in_turn(*before, done, *stores, last)


def _first(writer: Writer, receiver: bound.Expr | None, null_receiver: bool) -> list[ast.expr]:
    if receiver is None:
        return []
    return [writer.expr(receiver) if null_receiver else not_null(writer, receiver)]


def _keep_receiver(writer: Writer, node: bound.Expr, before: list[ast.expr], checked: bool) -> _Read:
    """The receiver in a name of its own, tested when it is read."""
    identifier = writer.temp()
    before.append(tree.keep(identifier, writer.expr(node)))
    if checked:
        return lambda: checked_not_null(writer, tree.name(identifier))
    return lambda: tree.name(identifier)


def _keep(writer: Writer, node: bound.Expr, before: list[ast.expr]) -> _Read:
    """An argument in a name of its own; what cannot change is written where it is read."""
    value = writer.expr(node)
    if isinstance(node, (bound.Constant, bound.Context, bound.TypeOf, bound.Lambda)):
        return _just(value)
    identifier = writer.temp()
    before.append(tree.keep(identifier, value))
    return lambda: tree.name(identifier)


def _just(value: ast.expr) -> _Read:
    return lambda: value
