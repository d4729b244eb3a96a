"""Object creation, arrays, anonymous types (C# 12.8.16)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from fastgw.expr import bound, nodes
from fastgw.expr.binder import access, betterness, conversions, overloads, type_names
from fastgw.expr.binder.arguments import bind_arguments, build
from fastgw.expr.binder.expressions import inferred_name
from fastgw.expr.binder.initializers import effects_of
from fastgw.expr.binder.members import constructors_of, type_arguments
from fastgw.expr.binder.operands import Argument, Function, faulty, is_faulty
from fastgw.expr.binder.overloads import Call
from fastgw.expr.binder.predefined import INT, OBJECT, is_delegate
from fastgw.expr.binder.session import Session
from fastgw.expr.types import (
    FAULTY,
    NULL,
    VOID,
    AnonymousType,
    ArrayType,
    Method,
    NamedType,
    NullableType,
    Type,
    is_value_type,
)


def bind_new(session: Session, node: nodes.New) -> bound.Expr:
    """`new T(arguments) { initialiser }`."""
    type = type_names.resolve(session, node.type)
    arguments = bind_arguments(session, node.arguments or ())
    if type is FAULTY:
        return faulty(node.start, node.end)
    if is_delegate(type):
        return _delegate(session, type, arguments, node)
    if isinstance(type, NullableType):
        return _nullable(session, type, arguments, node)
    if not isinstance(type, NamedType):
        return session.refuse("CS0304", f"Cannot create an instance of the type '{type}'", node)
    if type.definition.kind == "static":
        message = f"Cannot create an instance of the static class '{type}'"
        return session.refuse("CS0712", message, node)
    if type.definition.kind == "interface":
        message = f"Cannot create an instance of the abstract class or interface '{type}'"
        return session.refuse("CS0144", message, node)
    made = _construct(session, type, arguments, node)
    if node.initializer is None or is_faulty(made):
        return made
    return _initialised(session, made, node.initializer, node)


def _construct(session: Session, type: NamedType, arguments: list[Argument], node: nodes.New) -> bound.Expr:
    start, end = node.start, node.end
    candidates = list(constructors_of(type))
    if is_value_type(type) and not arguments and not any(not one.parameters for one in candidates):
        return conversions.default_value(type, start, end)
    if not candidates:
        count = len(arguments)
        message = f"'{type}' does not contain a constructor that takes {count} arguments"
        return session.refuse("CS1729", message, node.type)
    call = Call(str(type), "constructor", node.type.start)
    form = overloads.resolve(session, candidates, arguments, (), call)
    if form is None:
        return faulty(start, end)
    values, order = build(session, form, arguments, start, end)
    method = cast("Method", form.candidate.member)
    types = type_arguments(type) if method.wants_types else ()
    return bound.New(type, start, end, method, values, types, order)


def _initialised(
    session: Session,
    made: bound.Expr,
    initializer: nodes.ObjectInitializer | nodes.CollectionInitializer,
    node: nodes.New,
) -> bound.Expr:
    variable = session.hidden("new", made.type)
    target = bound.Local(made.type, node.start, node.start, variable)
    effects = effects_of(session, target, initializer)
    if not isinstance(made, bound.New):
        if effects:
            message = f"Values of '{made.type}' cannot be changed by an initialiser"
            return session.refuse("CS0131", message, node)
        return made
    if any(is_faulty(one) for one in effects):
        return faulty(node.start, node.end)
    return bound.New(
        made.type,
        made.start,
        made.end,
        made.constructor,
        made.arguments,
        made.types,
        made.order,
        variable,
        tuple(effects),
    )


def _delegate(session: Session, type: Type, arguments: list[Argument], node: nodes.New) -> bound.Expr:
    """`new Func<int>(f)`: a conversion of its one argument."""
    if len(arguments) != 1 or arguments[0].mode:
        return session.refuse("CS0149", "Method name expected", node)
    return conversions.convert(session, arguments[0].value, type)


def _nullable(session: Session, type: NullableType, arguments: list[Argument], node: nodes.New) -> bound.Expr:
    """`new int?()` is null, `new int?(5)` is 5."""
    if not arguments:
        return bound.Constant(type, node.start, node.end, None)
    value = conversions.convert(session, arguments[0].value, type.element)
    return conversions.convert(session, value, type)


# ---------------------------------------------------------------- arrays


def bind_new_array(session: Session, node: nodes.NewArray) -> bound.Expr:
    """`new T[n]`, `new T[] {…}`, `new[] {…}`."""
    if node.type is None:
        return _implicit_array(session, cast("nodes.ArrayInitializer", node.initializer), node)
    type = type_names.resolve(session, node.type)
    sizes = tuple(access.index_of(session, conversions.bind_value(session, one)) for one in node.sizes)
    if type is FAULTY or any(is_faulty(one) for one in sizes):
        return faulty(node.start, node.end)
    if node.initializer is None:
        return bound.NewArray(type, node.start, node.end, sizes, None)
    made = array_of(session, cast("ArrayType", type), node.initializer, node)
    if sizes and isinstance(made, bound.NewArray):
        _check_sizes(session, sizes, made, node)
    return made


def _check_sizes(
    session: Session, sizes: tuple[bound.Expr, ...], made: bound.NewArray, node: nodes.NewArray
) -> None:
    counts = [one.value for one in made.sizes if isinstance(one, bound.Constant)] or [
        len(made.elements or ())
    ]
    for size, count, written in zip(sizes, counts, node.sizes, strict=False):
        if not isinstance(size, bound.Constant):
            session.report("CS0150", "A constant value is expected", written.start)
        elif size.value != count:
            message = f"An array initializer of length '{size.value}' is expected"
            session.report("CS0847", message, node.start)


def array_of(
    session: Session, type: ArrayType, initializer: nodes.ArrayInitializer, node: nodes.Node
) -> bound.Expr:
    """An array of a known type from its initialiser, nested for several dimensions."""
    elements: list[bound.Expr] = []
    counts: list[int] = []
    if not _collect(session, type, initializer, 0, counts, elements):
        return faulty(node.start, node.end)
    if any(is_faulty(one) for one in elements):
        return faulty(node.start, node.end)
    counts.extend([0] * (type.rank - len(counts)))
    sizes: tuple[bound.Expr, ...] = ()
    if type.rank > 1:
        sizes = tuple(bound.Constant(INT, node.start, node.end, one) for one in counts)
    return bound.NewArray(type, node.start, node.end, sizes, tuple(elements))


def _collect(
    session: Session,
    type: ArrayType,
    initializer: nodes.ArrayInitializer,
    depth: int,
    counts: list[int],
    elements: list[bound.Expr],
) -> bool:
    """The elements of one dimension, in row-major order; False after an error about the shape."""
    if depth == len(counts):
        counts.append(len(initializer.elements))
    elif counts[depth] != len(initializer.elements):
        message = f"An array initializer of length '{counts[depth]}' is expected"
        session.report("CS0847", message, initializer.start)
        return False
    for one in initializer.elements:
        if depth + 1 < type.rank:
            if not isinstance(one, nodes.ArrayInitializer):
                session.report("CS0846", "A nested array initializer is expected", one.start)
                return False
            if not _collect(session, type, one, depth + 1, counts, elements):
                return False
        elif isinstance(one, nodes.ArrayInitializer):
            message = (
                "Array initializers can only be used in a variable or field initializer. "
                "Try using a new expression instead."
            )
            session.report("CS0623", message, one.start)
            return False
        else:
            elements.append(conversions.convert(session, session.expression(one), type.element, one.start))
    return True


def _implicit_array(
    session: Session, initializer: nodes.ArrayInitializer, node: nodes.NewArray
) -> bound.Expr:
    """`new[] {…}`: the best common type of the elements."""
    if node.rank > 1:
        return _implicit_matrix(session, initializer, node)
    values = [conversions.unless_literal(session, session.expression(one)) for one in initializer.elements]
    if any(is_faulty(one) for one in values):
        return faulty(node.start, node.end)
    type = betterness.best_common_type(values)
    if type is None:
        return session.refuse("CS0826", "No best type found for implicitly-typed array", node)
    elements = tuple(
        conversions.convert(session, one, type, written.start)
        for one, written in zip(values, initializer.elements, strict=True)
    )
    if any(is_faulty(one) for one in elements):
        return faulty(node.start, node.end)
    return bound.NewArray(ArrayType(type), node.start, node.end, (), elements)


def _implicit_matrix(
    session: Session, initializer: nodes.ArrayInitializer, node: nodes.NewArray
) -> bound.Expr:
    """`new[,] {…}`: the best common type of the innermost elements."""
    with session.attempt():
        # Only for their types; the array of that type binds them again.
        values = [conversions.bind_value(session, one) for one in _leaves(initializer)]
    type = betterness.best_common_type(values)
    if type is None:
        return session.refuse("CS0826", "No best type found for implicitly-typed array", node)
    return array_of(session, ArrayType(OBJECT if type is FAULTY else type, node.rank), initializer, node)


def _leaves(initializer: nodes.ArrayInitializer) -> Iterator[nodes.Expr]:
    for one in initializer.elements:
        if isinstance(one, nodes.ArrayInitializer):
            yield from _leaves(one)
        else:
            yield one


# ---------------------------------------------------------------- anonymous types


def bind_anonymous(session: Session, node: nodes.NewAnonymous) -> bound.Expr:
    """`new { a = 1, b, x.Y }` (C# 12.8.16.7)."""
    members: list[tuple[str, Type]] = []
    values: list[bound.Expr] = []
    for written, value in node.members:
        name = written or inferred_name(value)
        if name is None:
            message = (
                "Invalid anonymous type member declarator. Anonymous type members must be declared with a "
                "member assignment, simple name or member access."
            )
            return session.refuse("CS0746", message, value)
        operand = conversions.bind_value(session, value)
        if isinstance(operand, Function) or operand.type in (NULL, VOID):
            shown = conversions.describe(operand)
            message = f"Cannot assign '{shown}' to anonymous type property"
            return session.refuse("CS0828", message, value)
        if any(name == other for other, _ in members):
            message = "An anonymous type cannot have multiple properties with the same name"
            return session.refuse("CS0833", message, value)
        members.append((name, operand.type))
        values.append(operand)
    if any(is_faulty(one) for one in values):
        return faulty(node.start, node.end)
    type = AnonymousType(tuple(members))
    return bound.NewAnonymous(type, node.start, node.end, tuple(values))
