"""Deconstruction: `var (a, b) = e`, `(a, b) = (b, a)`, `foreach (var (k, v) in d)` (C# 12.21.2)."""

from __future__ import annotations

from dataclasses import dataclass

from fastgw.expr import bound, nodes
from fastgw.expr.binder import conversions, type_names
from fastgw.expr.binder.assignments import bind_target, is_discard
from fastgw.expr.binder.members import methods_of, property_of, type_arguments
from fastgw.expr.binder.operands import Untyped, faulty, is_faulty
from fastgw.expr.binder.predefined import element_type
from fastgw.expr.binder.session import Session
from fastgw.expr.binder.tuples import TupleLiteral
from fastgw.expr.types import FAULTY, SpecialType, TupleType, Type


@dataclass(slots=True)
class _Target:
    """A place for one part: an expression to assign to, a new variable, a discard or a list of such."""

    node: nodes.Node
    value: bound.Expr | None = None
    declared: str | None = None
    type: Type | None = None
    nested: list[_Target] | None = None


def deconstruct(
    session: Session,
    target: nodes.Tuple | nodes.DeconstructionDeclaration,
    value: nodes.Expr,
    node: nodes.Node,
) -> bound.Expr:
    """`target = value`."""
    targets = _targets(session, target)
    source = conversions.unless_literal(session, session.expression(value))
    return assign_parts(session, targets, source, node)


def element(
    session: Session,
    target: nodes.Tuple | nodes.DeconstructionDeclaration,
    source: bound.Expr,
    node: nodes.Node,
) -> bound.Expr:
    """The deconstruction of a foreach element, which `source` stands for."""
    return assign_parts(session, _targets(session, target), source, node)


def _targets(session: Session, node: nodes.Tuple | nodes.DeconstructionDeclaration) -> list[_Target]:
    if isinstance(node, nodes.DeconstructionDeclaration):
        return [_Target(node, declared=name) for name in node.names]
    return [_target(session, value) for _, value in node.elements]


def _target(session: Session, node: nodes.Expr) -> _Target:
    if is_discard(session, node):
        return _Target(node)
    if isinstance(node, nodes.OutDeclaration):
        name = None if node.name == "_" else node.name
        typed = not type_names.is_var(node.type)
        return _Target(node, declared=name, type=type_names.resolve(session, node.type) if typed else None)
    if isinstance(node, (nodes.Tuple, nodes.DeconstructionDeclaration)):
        return _Target(node, nested=_targets(session, node))
    value = bind_target(session, node)
    if isinstance(value, bound.GetMember):
        message = "An element of a tuple cannot be the target of a deconstruction"
        value = session.refuse("CS0131", message, node)
    return _Target(node, value=value)


def assign_parts(
    session: Session, targets: list[_Target], source: bound.Expr, node: nodes.Node
) -> bound.Expr:
    """The Deconstruct node; nested targets are flattened into one list."""
    start, end = node.start, node.end
    key = object()
    if is_faulty(source):
        _declare_faulty(session, targets)
        return source
    if isinstance(source, TupleLiteral):
        made = _literal(session, targets, source)
    else:
        made = conversions.value(session, source)
    whole: bound.Expr = bound.Placeholder(made.type, made.start, made.end, key)
    flat: list[bound.Expr | None] = []
    values: list[bound.Expr] = []
    if is_faulty(made) or not _assign(session, targets, whole, flat, values, node):
        _declare_faulty(session, targets)
        return faulty(start, end)
    if any(is_faulty(one) for one in values):
        return faulty(start, end)
    type = TupleType(tuple(one.type for one in values))
    return bound.Deconstruct(type, start, end, tuple(flat), made, tuple(values), key)


def _literal(session: Session, targets: list[_Target], source: TupleLiteral) -> bound.Expr:
    """A tuple literal on the right: its parts take the types of the targets."""
    if len(targets) != len(source.parts):
        natural = source.natural()
        return faulty(source.start, source.end) if natural is None else source.converted(natural)
    values: list[bound.Expr] = []
    for target, part in zip(targets, source.parts, strict=True):
        if target.nested is not None and isinstance(part, TupleLiteral):
            values.append(_literal(session, target.nested, part))
            continue
        wanted = target.value.type if target.value is not None else target.type
        if wanted is None or wanted is FAULTY:
            type = part.natural() if isinstance(part, Untyped) else part.type
            if type is None or isinstance(type, SpecialType):
                message = (
                    f"Cannot infer the type of implicitly-typed deconstruction variable '{target.declared}'."
                )
                session.report("CS8130", message, part.start)
                return faulty(source.start, source.end)
            wanted = type
        values.append(conversions.convert(session, part, wanted))
    if any(is_faulty(one) for one in values):
        return faulty(source.start, source.end)
    type = TupleType(tuple(one.type for one in values))
    return bound.NewTuple(type, source.start, source.end, tuple(values))


def _assign(
    session: Session,
    targets: list[_Target],
    whole: bound.Expr,
    flat: list[bound.Expr | None],
    values: list[bound.Expr],
    node: nodes.Node,
) -> bool:
    parts = parts_of(whole, len(targets))
    if parts is None:
        if isinstance(whole.type, TupleType):
            count = len(whole.type.elements)
            message = f"Cannot deconstruct a tuple of '{count}' elements into '{len(targets)}' variables."
            session.report("CS8132", message, node.start)
        else:
            message = (
                f"No suitable 'Deconstruct' instance or extension method was found for type '{whole.type}', "
                f"with {len(targets)} out parameters and a void return type."
            )
            session.report("CS8129", message, node.start)
        return False
    for target, part in zip(targets, parts, strict=True):
        if target.nested is not None:
            if not _assign(session, target.nested, part, flat, values, target.node):
                return False
            continue
        place = _place(session, target, part)
        flat.append(place)
        values.append(part if place is None else conversions.convert(session, part, place.type))
    return True


def _place(session: Session, target: _Target, part: bound.Expr) -> bound.Expr | None:
    if target.value is not None:
        return target.value
    if target.declared is None or target.declared == "_":
        return None
    type = part.type if target.type is None else target.type
    variable = session.variable(target.declared, type, target.node.start)
    return bound.Local(type, target.node.start, target.node.end, variable)


def _declare_faulty(session: Session, targets: list[_Target]) -> None:
    for target in targets:
        if target.nested is not None:
            _declare_faulty(session, target.nested)
        elif target.declared and session.scope.lookup(target.declared) is None:
            session.variable(target.declared, FAULTY, target.node.start)


def parts_of(whole: bound.Expr, count: int) -> list[bound.Expr] | None:
    """The parts that a value comes apart into: elements of a tuple, key and value of a pair, items."""
    type = element_type(whole.type)
    if isinstance(type, TupleType):
        if len(type.elements) != count:
            return None
        return [
            bound.GetMember(one, whole.start, whole.end, whole, at) for at, one in enumerate(type.elements)
        ]
    names = _deconstructed(type, count)
    if names is None:
        return None
    parts: list[bound.Expr] = []
    for name in names:
        found = property_of(type, name)
        if found is None:
            return None
        types = type_arguments(found.owner)
        parts.append(bound.Get(found.type, whole.start, whole.end, found.property, whole, types))
    return parts


def _deconstructed(type: Type, count: int) -> list[str] | None:
    """The properties that the Deconstruct of a type copies: its out parameters name them.

    Every such method of the library belongs to an immutable value: KeyValuePair and Tuple.
    """
    for one in methods_of(type, "Deconstruct"):
        if len(one.parameters) == count and all(each.modifier == "out" for each in one.parameters):
            return [each.name[:1].upper() + each.name[1:] for each in one.parameters]
    items = [f"Item{at + 1}" for at in range(count)]
    if all(property_of(type, name) for name in items) and property_of(type, f"Item{count + 1}") is None:
        return items
    return None
