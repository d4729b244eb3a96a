"""Conversions of operands: whether there is one, what it makes of the tree, and what to say if there is none.

What depends on types alone is in `standard_conversions` and `user_conversions`; here the operand counts too:
constants, null, lambdas, method groups, tuple literals.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast as cast_to

from fastgw.expr import bound, nodes
from fastgw.expr.binder import constants, standard_conversions, user_conversions
from fastgw.expr.binder.lifting import lift
from fastgw.expr.binder.operands import (
    Function,
    NamespaceOperand,
    OutVariable,
    TypeOperand,
    TypeOrValue,
    Untyped,
    faulty,
    is_faulty,
)
from fastgw.expr.binder.predefined import (
    DECIMAL,
    DOUBLE,
    FLOAT,
    INT,
    LONG,
    ULONG,
    element_type,
    full_text,
    is_enum,
    number_kind,
)
from fastgw.expr.binder.session import Session
from fastgw.expr.binder.standard_conversions import (
    CONSTANT,
    NEVER_TO,
    NOTHING,
    NULL_TO,
    UNTYPED,
    Conversion,
    UserConversion,
)
from fastgw.expr.types import (
    FAULTY,
    NEVER,
    NULL,
    VOID,
    NullableType,
    SpecialType,
    TupleType,
    Type,
    TypeParameter,
    can_be_null,
)

# ---------------------------------------------------------------- which conversion


def implicit(operand: bound.Expr, target: Type) -> Conversion | None:
    """The implicit conversion of an operand to a type, or None (C# 10.2)."""
    if isinstance(operand, Untyped):
        return UNTYPED if operand.converts(target) else None
    source = operand.type
    if isinstance(source, SpecialType):
        return _of_special(operand, source, target)
    found = standard_conversions.implicit(source, target)
    if found is not None:
        return found
    if isinstance(operand, bound.Constant):
        found = _of_constant(operand, target)
        if found is not None:
            return found
    return user_conversions.find(source, target, explicitly=False)


def explicit(operand: bound.Expr, target: Type) -> Conversion | None:
    """The conversion that a cast of the operand to a type makes, or None (C# 10.3)."""
    found = implicit(operand, target)
    if found is not None or isinstance(operand, Untyped) or isinstance(operand.type, SpecialType):
        return found
    return standard_conversions.explicit(operand.type, target) or user_conversions.find(
        operand.type, target, explicitly=True
    )


def exists(source: Type, target: Type) -> bool:
    """Whether any value of one type converts implicitly to another."""
    if isinstance(source, SpecialType):
        return source is FAULTY or source == target
    return (
        standard_conversions.implicit(source, target) is not None
        or user_conversions.find(source, target, explicitly=False) is not None
    )


def _of_special(operand: bound.Expr, source: SpecialType, target: Type) -> Conversion | None:
    if source is NULL:
        return (
            NULL_TO if can_be_null(target) and not isinstance(target, (TypeParameter, SpecialType)) else None
        )
    if source is NEVER:
        return NEVER_TO
    return NOTHING if is_faulty(operand) or (source is FAULTY and target is FAULTY) else None


def _of_constant(operand: bound.Constant, target: Type) -> Conversion | None:
    """Int constants to smaller types and a zero to enums (C# 10.2.4, 10.2.11)."""
    kind = number_kind(operand.type)
    if kind is None or operand.value is None:
        return None
    inner = element_type(target)
    fits = False
    if is_enum(inner):
        fits = constants.is_integral(kind) and kind != "char" and operand.value == 0
    else:
        into = number_kind(inner)
        if into is not None and into != "char" and constants.is_integral(into):
            limits = constants.range_of(into)
            allowed = operand.type == INT or (operand.type == LONG and inner == ULONG)
            fits = allowed and limits.low <= operand.value <= limits.high
    if not fits:
        return None
    return Conversion("wrap", (CONSTANT,)) if isinstance(target, NullableType) else CONSTANT


# ---------------------------------------------------------------- what it makes


def apply(session: Session, operand: bound.Expr, conversion: Conversion, target: Type) -> bound.Expr:
    """The operand converted; constants stay constants where C# says so."""
    start, end = operand.start, operand.end
    match conversion.kind:
        case "identity":
            return operand
        case "up":
            if isinstance(operand, bound.Constant) and operand.value is None:
                return bound.Constant(target, start, end, None)
            return bound.Convert(target, start, end, "none", operand)
        case "null":
            return bound.Constant(target, start, end, None)
        case "faulty":
            return faulty(start, end)
        case "never":
            return replace(operand, type=target)
        case "untyped":
            return cast_to("Untyped", operand).converted(target)
        case "numeric" | "constant":
            return _numeric(session, operand, target)
        case "cast":
            return bound.Convert(target, start, end, "cast", operand)
        case "wrap":
            return _wrapped(session, operand, conversion.inner[0], target)
        case "unwrap":
            value = bound.Convert(element_type(operand.type), start, end, "unwrap", operand)
            return apply(session, value, conversion.inner[0], target)
        case "lifted":
            return _lifted(session, operand, conversion.inner[0], target)
        case "tuple":
            return _tuple(session, operand, conversion, target)
    return _user(session, operand, conversion, target)


def _numeric(session: Session, operand: bound.Expr, target: Type) -> bound.Expr:
    start, end = operand.start, operand.end
    if not isinstance(operand, bound.Constant):
        return bound.Convert(target, start, end, "numeric", operand, checked=session.overflow is True)
    try:
        value = constants.convert(operand.value, target, checked=session.overflow is not False)
    except constants.ConstantOverflow:
        shown = constant_text(operand)
        if operand.type == DECIMAL or target == DECIMAL:
            session.report("CS0031", f"Constant value '{shown}' cannot be converted to a '{target}'", start)
        else:
            session.report(
                "CS0221",
                f"Constant value '{shown}' cannot be converted to a '{target}' "
                "(use 'unchecked' syntax to override)",
                start,
            )
        return faulty(start, end)
    return bound.Constant(target, start, end, value)


def _wrapped(session: Session, operand: bound.Expr, inner: Conversion, target: Type) -> bound.Expr:
    """T to U?; a constant that does not fit U is no error here: `(byte?)300` is computed at run time."""
    overflow = session.overflow
    if overflow is None and inner.kind == "numeric":
        session.overflow = False
    value = apply(session, operand, inner, element_type(target))
    session.overflow = overflow
    return bound.Convert(target, operand.start, operand.end, "none", value)


def _lifted(session: Session, operand: bound.Expr, inner: Conversion, target: Type) -> bound.Expr:
    start, end = operand.start, operand.end
    if inner.kind == "numeric":
        checked = session.overflow is True
        return bound.Convert(target, start, end, "numeric", operand, checked, lifted=True)
    key = object()
    value = bound.Placeholder(element_type(operand.type), start, end, key)
    converted = apply(session, value, inner, element_type(target))
    return bound.NullConditional(
        target, start, end, operand, bound.Convert(target, start, end, "none", converted), key
    )


def _tuple(session: Session, operand: bound.Expr, conversion: Conversion, target: Type) -> bound.Expr:
    start, end = operand.start, operand.end
    source, into = cast_to("TupleType", operand.type), cast_to("TupleType", target)
    if isinstance(operand, bound.NewTuple):
        parts: tuple[bound.Expr, ...] = operand.values
        return bound.NewTuple(target, start, end, _convert_parts(session, parts, conversion, into))
    key = object()
    whole = bound.Placeholder(source, start, end, key)
    parts = tuple(bound.GetMember(type, start, end, whole, at) for at, type in enumerate(source.elements))
    made = bound.NewTuple(target, start, end, _convert_parts(session, parts, conversion, into))
    # A tuple is never null: NullConditional only gives the value a name here.
    return bound.NullConditional(target, start, end, operand, made, key)


def _convert_parts(
    session: Session, parts: tuple[bound.Expr, ...], conversion: Conversion, target: TupleType
) -> tuple[bound.Expr, ...]:
    each = zip(parts, conversion.inner, target.elements, strict=True)
    return tuple(apply(session, part, inner, type) for part, inner, type in each)


def _user(session: Session, operand: bound.Expr, conversion: Conversion, target: Type) -> bound.Expr:
    user = cast_to("UserConversion", conversion.user)
    argument = apply(session, operand, user.before, user.parameter)
    method = lift(user.method) if user.lifted else user.method
    called = bound.Call(user.result, operand.start, operand.end, method, None, (argument,))
    return apply(session, called, user.after, target)


# ---------------------------------------------------------------- values and demands


def value(session: Session, operand: bound.Expr) -> bound.Expr:
    """The operand as a value: names of types and namespaces are refused, tuple literals get their type.

    Null, lambdas and method groups stay as they are: what is asked of them next decides.
    """
    match operand:
        case TypeOrValue():
            return operand.value
        case TypeOperand():
            message = f"'{operand.named}' is a type, which is not valid in the given context"
            session.report("CS0119", message, operand.start)
        case NamespaceOperand():
            message = f"'{operand.name}' is a namespace but is used like a variable"
            session.report("CS0118", message, operand.start)
        case OutVariable():
            session.report("CS1525", "Invalid expression term 'out'", operand.start)
        case Untyped():
            natural = operand.natural()
            return operand if natural is None else operand.converted(natural)
        case _:
            return operand
    return faulty(operand.start, operand.end)


def unless_literal(session: Session, operand: bound.Expr) -> bound.Expr:
    """The same, but tuple literals stay as they are for whom knows what to make of them."""
    return operand if isinstance(operand, Untyped) else value(session, operand)


def bind_value(session: Session, node: nodes.Expr) -> bound.Expr:
    """An expression as a value."""
    return value(session, session.expression(node))


def typed_value(session: Session, node: nodes.Expr) -> bound.Expr:
    """An expression as a value that has a type of its own: no null, lambda, method group or void."""
    operand = bind_value(session, node)
    if isinstance(operand, Function):
        session.report("CS0815", f"Cannot use a {operand.type} as a value here", node.start)
    elif operand.type is NULL:
        session.report("CS0815", "Cannot use <null> as a value here", node.start)
    elif operand.type is VOID:
        session.report("CS0029", "Cannot implicitly convert type 'void' to 'object'", node.start)
    else:
        return operand
    return faulty(node.start, node.end)


def convert(session: Session, operand: bound.Expr, target: Type, start: int | None = None) -> bound.Expr:
    """The operand implicitly converted; where that cannot be, an error at `start` (or the operand)."""
    if not isinstance(operand, Untyped):
        operand = value(session, operand)
    conversion = implicit(operand, target)
    if conversion is not None:
        return apply(session, operand, conversion, target)
    if not is_faulty(operand) and target is not FAULTY:
        _report_implicit(session, operand, target, operand.start if start is None else start)
    return faulty(operand.start, operand.end)


def cast(session: Session, operand: bound.Expr, target: Type, start: int) -> bound.Expr:
    """The operand explicitly converted, or an error."""
    if not isinstance(operand, Untyped):
        operand = value(session, operand)
    conversion = explicit(operand, target)
    if conversion is not None:
        if isinstance(operand, bound.Constant):
            operand = replace(operand, start=start)
        return apply(session, operand, conversion, target)
    if is_faulty(operand) or target is FAULTY:
        pass
    elif isinstance(operand, Untyped):
        operand.converted(target)
    elif operand.type is NULL:
        _report_null(session, target, start)
    else:
        message = f"Cannot convert type '{full_text(operand.type)}' to '{full_text(target)}'"
        session.report("CS0030", message, start)
    return faulty(operand.start, operand.end)


def _report_implicit(session: Session, operand: bound.Expr, target: Type, start: int) -> None:
    if isinstance(operand, Untyped):
        operand.converted(target)
        return
    source = operand.type
    if source is NULL:
        _report_null(session, target, start)
        return
    if isinstance(operand, bound.Constant):
        into = number_kind(target)
        if source == DOUBLE and target in (DECIMAL, FLOAT):
            suffix = "M" if target == DECIMAL else "F"
            session.report(
                "CS0664",
                f"Literal of type double cannot be implicitly converted to type '{target}'; "
                f"use an '{suffix}' suffix to create a literal of this type",
                start,
            )
            return
        if source == INT and constants.is_integral(into) and into != "char":
            shown = constant_text(operand)
            session.report("CS0031", f"Constant value '{shown}' cannot be converted to a '{target}'", start)
            return
    message = f"Cannot implicitly convert type '{full_text(source)}' to '{full_text(target)}'"
    if explicit(operand, target) is not None:
        hint = "An explicit conversion exists (are you missing a cast?)"
        session.report("CS0266", f"{message}. {hint}", start)
    else:
        session.report("CS0029", message, start)


def _report_null(session: Session, target: Type, start: int) -> None:
    reason = "it is a non-nullable value type"
    session.report("CS0037", f"Cannot convert null to '{target}' because {reason}", start)


def constant_text(operand: bound.Constant) -> str:
    """A constant as messages show it."""
    from fastgw.expr.runtime.objects import to_text

    return to_text(operand.value) if operand.value is not None else "null"


def default_value(type: Type, start: int, end: int) -> bound.Expr:
    """default(T): a constant where it is one."""
    found = constants.default_value(type)
    if found is not None or (can_be_null(type) and not isinstance(type, TypeParameter)):
        return bound.Constant(type, start, end, found)
    return bound.Default(type, start, end)


def describe(operand: bound.Expr) -> str:
    """An operand's type as messages about operators show it."""
    return operand.text() if isinstance(operand, Untyped) else str(operand.type)
