"""Object and collection initialisers: their effects on the new object, in order (C# 12.8.16.3, 12.8.16.4)."""

from __future__ import annotations

from fastgw.expr import bound, nodes
from fastgw.expr.binder import access, conversions, suggestions
from fastgw.expr.binder.calls import call_candidates, call_extension
from fastgw.expr.binder.groups import MethodGroup
from fastgw.expr.binder.members import (
    Candidate,
    extensions_of,
    member_names,
    methods_of,
    property_of,
    type_arguments,
)
from fastgw.expr.binder.operands import METHOD_GROUP, Argument, faulty, is_faulty
from fastgw.expr.binder.predefined import ENUMERABLE
from fastgw.expr.binder.relations import is_subtype
from fastgw.expr.binder.session import Session

_Initializer = nodes.ObjectInitializer | nodes.CollectionInitializer


def effects_of(session: Session, target: bound.Expr, initializer: _Initializer) -> list[bound.Expr]:
    """What the initialiser does to the target: assignments and calls of Add."""
    if isinstance(initializer, nodes.ObjectInitializer):
        return _assignments(session, target, initializer)
    return _additions(session, target, initializer)


def _assignments(
    session: Session, target: bound.Expr, initializer: nodes.ObjectInitializer
) -> list[bound.Expr]:
    effects: list[bound.Expr] = []
    for place, value in initializer.entries:
        if isinstance(place, str):
            node = value if isinstance(value, nodes.Node) else initializer
            member = _member(session, target, place, node, sets=not _is_initializer(value))
        else:
            member = _element(session, target, place, initializer, sets=not _is_initializer(value))
        if isinstance(value, (nodes.ObjectInitializer, nodes.CollectionInitializer)):
            effects.extend([member] if is_faulty(member) else effects_of(session, member, value))
            continue
        operand = conversions.unless_literal(session, session.expression(value))
        if is_faulty(member):
            effects.append(member)
            continue
        converted = conversions.convert(session, operand, member.type)
        if is_faulty(converted):
            effects.append(converted)
        else:
            effects.append(bound.Assign(member.type, value.start, value.end, member, converted))
    return effects


def _is_initializer(value: nodes.Node) -> bool:
    return isinstance(value, (nodes.ObjectInitializer, nodes.CollectionInitializer))


def _member(session: Session, target: bound.Expr, name: str, node: nodes.Node, *, sets: bool) -> bound.Expr:
    found = property_of(target.type, name)
    if found is None or found.property.is_static:
        hint = suggestions.close(session, name, lambda: member_names(target.type))
        message = f"'{target.type}' does not contain a definition for '{name}'{hint}"
        return session.refuse("CS0117", message, node)
    if sets and found.property.setter is None:
        message = f"Property or indexer '{found.owner}.{name}' cannot be assigned to -- it is read only"
        return session.refuse("CS0200", message, node)
    types = type_arguments(found.owner)
    return bound.Get(found.type, node.start, node.end, found.property, target, types)


def _element(
    session: Session,
    target: bound.Expr,
    written: tuple[nodes.Argument, ...],
    node: nodes.Node,
    *,
    sets: bool,
) -> bound.Expr:
    member = access.element_of(session, target, written, node)
    if sets and isinstance(member, bound.GetIndex) and member.indexer.setter is None:
        message = f"Property or indexer '{target.type}.this[]' cannot be assigned to -- it is read only"
        return session.refuse("CS0200", message, node)
    return member


def _additions(
    session: Session, target: bound.Expr, initializer: nodes.CollectionInitializer
) -> list[bound.Expr]:
    if not initializer.elements:
        return []
    if not is_subtype(target.type, ENUMERABLE):
        message = (
            f"Cannot initialize type '{target.type}' with a collection initializer because it does not "
            "implement 'System.Collections.IEnumerable'"
        )
        return [session.refuse("CS1922", message, initializer)]
    methods = methods_of(target.type, "Add")
    effects: list[bound.Expr] = []
    for element in initializer.elements:
        arguments = []
        for one in element:
            operand = conversions.unless_literal(session, session.expression(one))
            arguments.append(Argument(operand, "", None, one.start))
        node = nodes.Node(element[0].start, element[-1].end) if element else initializer
        effects.append(_add(session, target, methods, arguments, node))
    return effects


def _add(
    session: Session,
    target: bound.Expr,
    methods: tuple[Candidate, ...],
    arguments: list[Argument],
    node: nodes.Node,
) -> bound.Expr:
    if methods:
        return call_candidates(session, methods, target, arguments, node)
    if extensions_of("Add"):
        group = MethodGroup(
            METHOD_GROUP, node.start, node.end, session, "Add", (), target, name_start=node.start
        )
        return call_extension(session, group, arguments, node, quietly=False) or faulty(node.start, node.end)
    message = (
        f"'{target.type}' does not contain a definition for 'Add' and no accessible extension method 'Add' "
        f"accepting a first argument of type '{target.type}' could be found"
    )
    return session.refuse("CS1061", message, node)
