"""Expressions that are no calls, accesses or creations: literals, operators, casts, `?:`, `??`, ..."""

from __future__ import annotations

from dataclasses import replace

from fastgw.expr import bound, nodes
from fastgw.expr.binder import (
    betterness,
    constants,
    conversions,
    operators,
    standard_conversions,
    type_names,
)
from fastgw.expr.binder.lambdas import LambdaOperand
from fastgw.expr.binder.operands import (
    TUPLE,
    Function,
    TypeOperand,
    TypeOrValue,
    Untyped,
    faulty,
    is_faulty,
)
from fastgw.expr.binder.predefined import (
    BOOL,
    EXCEPTION,
    INT,
    KEYWORDS,
    STRING,
    TYPE,
    element_type,
    full_text,
    is_enum,
    nullable,
    number_kind,
    underlying,
)
from fastgw.expr.binder.relations import casts_down, is_subtype
from fastgw.expr.binder.session import Session
from fastgw.expr.binder.tuples import TupleLiteral
from fastgw.expr.types import (
    FAULTY,
    NEVER,
    NULL,
    VOID,
    Type,
    TypeParameter,
    can_be_null,
)

_SIZES = {
    "sbyte": 1,
    "byte": 1,
    "short": 2,
    "ushort": 2,
    "char": 2,
    "int": 4,
    "uint": 4,
    "long": 8,
    "ulong": 8,
}
_SIZES.update({"float": 4, "double": 8, "decimal": 16, "bool": 1})


def bind_literal(session: Session, node: nodes.Literal) -> bound.Expr:
    """A literal: a constant, or null without a type."""
    if node.kind == "null":
        return bound.Constant(NULL, node.start, node.end, None)
    type = KEYWORDS[node.kind]
    value = node.value
    if node.kind == "char":
        value = constants.represent("char", ord(value))
    elif number_kind(type):
        value = constants.represent(node.kind, value)
    return bound.Constant(type, node.start, node.end, value)


def bind_parenthesized(session: Session, node: nodes.Parenthesized) -> bound.Expr:
    """`(e)`: e."""
    return session.expression(node.value)


def bind_unary(session: Session, node: nodes.Unary) -> bound.Expr:
    """`+ - ! ~`; `++` and `--` are assignments."""
    if node.operator in ("++", "--"):
        from fastgw.expr.binder.assignments import step

        return step(session, node.operator, node.operand, node, gives_old=False)
    return operators.unary(session, node.operator, session.expression(node.operand), node.start)


def bind_binary(session: Session, node: nodes.Binary) -> bound.Expr:
    """A binary operator."""
    left = session.expression(node.left)
    if node.operator == "??":
        return _coalesce(session, left, node)
    right = session.expression(node.right)
    if node.operator in ("&&", "||"):
        return operators.logical(session, node.operator, left, right, node.start)
    return operators.binary(session, node.operator, left, right, node.start)


def _coalesce(session: Session, left: bound.Expr, node: nodes.Binary) -> bound.Expr:
    """`left ?? right` (C# 12.15)."""
    left = conversions.value(session, left)
    right = conversions.unless_literal(session, session.expression(node.right))
    start, end = node.start, node.end
    if is_faulty(left) or is_faulty(right):
        return faulty(start, end)
    type = left.type
    usable = not isinstance(left, Function) and can_be_null(type) and type not in (NULL, VOID)
    if not usable:
        if type is NULL and not isinstance(right, Function):
            right = conversions.value(session, right)
        if type is NULL and conversions.implicit(left, right.type) is not None:
            return bound.Coalesce(
                right.type, start, end, conversions.convert(session, left, nullable(right.type)), right
            )
        return operators.refuse(session, "??", left, right, start, end)
    inner = element_type(type)
    for result in dict.fromkeys((inner, type)):
        if conversions.implicit(right, result) is not None:
            return bound.Coalesce(result, start, end, left, conversions.convert(session, right, result))
    result = right.natural() or FAULTY if isinstance(right, Untyped) else right.type
    if result not in (NULL, VOID, FAULTY, NEVER) and conversions.exists(inner, result):
        key = object()
        value = bound.Placeholder(inner, left.start, left.end, key)
        converted = conversions.convert(session, value, result)
        wide = nullable(result)
        if wide != result:
            converted = bound.Convert(wide, left.start, left.end, "none", converted)
        first = bound.NullConditional(wide, left.start, left.end, left, converted, key)
        return bound.Coalesce(result, start, end, first, conversions.convert(session, right, result))
    return operators.refuse(session, "??", left, right, start, end)


def bind_conditional(session: Session, node: nodes.Conditional) -> bound.Expr:
    """`c ? a : b`; chains of them are walked, not recursed into (C# 12.18)."""
    chain: list[tuple[nodes.Conditional, bound.Expr, bound.Expr]] = []
    at: nodes.Expr = node
    while isinstance(at, nodes.Conditional):
        condition = bind_condition(session, at.condition)
        chosen = conversions.unless_literal(session, session.expression(at.if_true))
        chain.append((at, condition, chosen))
        at = at.if_false
    result = conversions.unless_literal(session, session.expression(at))
    for one, condition, chosen in reversed(chain):
        result = _choose(session, one, condition, chosen, result)
    return result


def _choose(
    session: Session,
    node: nodes.Conditional,
    condition: bound.Expr,
    if_true: bound.Expr,
    if_false: bound.Expr,
) -> bound.Expr:
    start, end = node.start, node.end
    if is_faulty(if_true) or is_faulty(if_false) or is_faulty(condition):
        return faulty(start, end)
    type = betterness.conditional_type(if_true, if_false)
    if type is None:
        first, second = conversions.describe(if_true), conversions.describe(if_false)
        message = (
            "Type of conditional expression cannot be determined because there is no implicit conversion "
            f"between '{first}' and '{second}'"
        )
        return session.refuse("CS0173", message, node)
    if_true = conversions.convert(session, if_true, type)
    if_false = conversions.convert(session, if_false, type)
    if isinstance(condition, bound.Constant):
        chosen = if_true if condition.value else if_false
        if isinstance(if_true, bound.Constant) and isinstance(if_false, bound.Constant):
            return replace(chosen, start=start, end=end)
    return bound.Conditional(type, start, end, condition, if_true, if_false)


def bind_condition(session: Session, node: nodes.Expr) -> bound.Expr:
    """A condition: something that converts to bool."""
    operand = session.expression(node)
    return conversions.convert(session, operand, BOOL, node.start)


def bind_cast(session: Session, node: nodes.Cast) -> bound.Expr:
    """`(T)e`."""
    type = type_names.resolve(session, node.type)
    operand = conversions.unless_literal(session, session.expression(node.value))
    if type is FAULTY or is_faulty(operand):
        return faulty(node.start, node.end)
    if isinstance(operand, (LambdaOperand, TupleLiteral)):
        return operand.converted(type)
    if isinstance(operand, Function) and not operand.converts(type):
        message = f"Cannot convert type 'method' to '{full_text(type)}'"
        return session.refuse("CS0030", message, node)
    found = conversions.cast(session, operand, type, node.start)
    # A cast of an int constant to int is a new constant, `(object)null` no longer the bare null.
    return found if is_faulty(found) else replace(found, start=node.start, end=node.end)


def bind_as(session: Session, node: nodes.As) -> bound.Expr:
    """`e as T` (C# 12.12.13)."""
    operand = conversions.value(session, session.expression(node.value))
    type = type_names.resolve(session, node.type)
    if type is FAULTY or is_faulty(operand):
        return faulty(node.start, node.end)
    if isinstance(type, TypeParameter) or not can_be_null(type):
        message = (
            "The as operator must be used with a reference type or nullable type "
            f"('{type}' is a non-nullable value type)"
        )
        return session.refuse("CS0077", message, node)
    if isinstance(operand, Function) or operand.type is VOID:
        shown = conversions.describe(operand)
        message = f"The first operand of an 'as' operator may not be a {shown}"
        return session.refuse("CS8116", message, node)
    if operand.type is NULL:
        return bound.Constant(type, node.start, node.end, None)
    widened = standard_conversions.implicit(operand.type, type)
    if widened is not None and widened.kind in ("wrap", "lifted"):
        # `5 as long?` is the implicit conversion: no test is left to make.
        return conversions.apply(session, operand, widened, type)
    if not may_be(operand.type, type):
        message = (
            f"Cannot convert type '{full_text(operand.type)}' to '{full_text(type)}' via a reference "
            "conversion, boxing conversion, unboxing conversion, wrapping conversion, or null type conversion"
        )
        return session.refuse("CS0039", message, node)
    return bound.As(type, node.start, node.end, operand)


def may_be(source: Type, target: Type) -> bool:
    """Whether a value of one type can be tested for another: up, down, boxed or nullable (C# 12.12.12)."""
    source_element, target_element = element_type(source), element_type(target)
    return (
        source_element == target_element
        or is_subtype(source, target)
        or casts_down(source, target)
        or casts_down(source, target_element)
        or isinstance(source, TypeParameter)
        or isinstance(target, TypeParameter)
    )


def bind_throw(session: Session, node: nodes.ThrowExpr) -> bound.Expr:
    """`throw e` as an expression."""
    return bound.ThrowExpr(NEVER, node.start, node.end, thrown(session, node.value))


def thrown(session: Session, node: nodes.Expr) -> bound.Expr:
    """The value of a throw: an exception, or null."""
    operand = conversions.value(session, session.expression(node))
    if is_faulty(operand):
        return operand
    fits = operand.type is NULL or (not isinstance(operand, Function) and is_subtype(operand.type, EXCEPTION))
    if not fits:
        message = "The type caught or thrown must be derived from System.Exception"
        return session.refuse("CS0155", message, node)
    return conversions.convert(session, operand, EXCEPTION)


def bind_typeof(session: Session, node: nodes.TypeOf) -> bound.Expr:
    """`typeof(T)`."""
    type = type_names.resolve(session, node.type, allow_void=True)
    if type is FAULTY:
        return faulty(node.start, node.end)
    return bound.TypeOf(TYPE, node.start, node.end, type)


def bind_default(session: Session, node: nodes.DefaultOf) -> bound.Expr:
    """`default(T)`."""
    type = type_names.resolve(session, node.type)
    if type is FAULTY:
        return faulty(node.start, node.end)
    return conversions.default_value(type, node.start, node.end)


def bind_sizeof(session: Session, node: nodes.SizeOf) -> bound.Expr:
    """`sizeof(T)` of a predefined type: a constant (C# 12.8.18)."""
    type = type_names.resolve(session, node.type)
    if type is FAULTY:
        return faulty(node.start, node.end)
    inner = underlying(type) if is_enum(type) else type
    keyword = number_kind(inner) or ("bool" if inner == BOOL else "")
    if keyword not in _SIZES:
        reason = "therefore sizeof can only be used in an unsafe context"
        message = f"'{type}' does not have a predefined size, {reason}"
        return session.refuse("CS0233", message, node)
    return bound.Constant(INT, node.start, node.end, _SIZES[keyword])


def bind_nameof(session: Session, node: nodes.NameOf) -> bound.Expr:
    """`nameof(a.b)`: the last name, which must exist (C# 12.8.22)."""
    value = node.value
    if not isinstance(value, (nodes.Name, nodes.Member)):
        return session.refuse("CS8081", "Expression does not have a name.", value)
    outer, session.naming = session.naming, True
    operand = session.expression(value)
    session.naming = outer
    if is_faulty(operand):
        return operand
    return bound.Constant(STRING, node.start, node.end, value.name)


def bind_checked(session: Session, node: nodes.Checked) -> bound.Expr:
    """`checked(e)`, `unchecked(e)`."""
    outer, session.overflow = session.overflow, node.checked
    operand = session.expression(node.value)
    session.overflow = outer
    return operand


def bind_interpolated(session: Session, node: nodes.Interpolated) -> bound.Expr:
    """`$"…"`."""
    parts: list[str | tuple[bound.Expr, int | None, str | None]] = []
    failed = False
    for part in node.parts:
        if isinstance(part, str):
            parts.append(part)
            continue
        value = conversions.value(session, session.expression(part.value))
        if isinstance(value, Function) or value.type is VOID:
            value = conversions.convert(session, value, KEYWORDS["object"])
        elif value.type is NULL:
            value = bound.Constant(KEYWORDS["object"], value.start, value.end, None)
        alignment = _alignment(session, part)
        failed = failed or is_faulty(value)
        parts.append((value, alignment, part.format))
    if failed:
        return faulty(node.start, node.end)
    return bound.Interpolated(STRING, node.start, node.end, tuple(parts))


def _alignment(session: Session, hole: nodes.Hole) -> int | None:
    if hole.alignment is None:
        return None
    operand = conversions.convert(session, session.expression(hole.alignment), INT)
    if isinstance(operand, bound.Constant):
        return int(operand.value)
    if not is_faulty(operand):
        session.report("CS0150", "A constant value is expected", hole.alignment.start)
    return None


def bind_tuple(session: Session, node: nodes.Tuple) -> bound.Expr:
    """`(a, n: b)`: a tuple literal, with the names that C# 7.1 infers from simple names and members."""
    parts: list[bound.Expr] = []
    names: list[str | None] = []
    for name, value in node.elements:
        parts.append(conversions.unless_literal(session, session.expression(value)))
        names.append(name)
    if any(is_faulty(one) for one in parts):
        return faulty(node.start, node.end)
    for one in parts:
        if one.type is VOID:
            return session.refuse("CS8210", "A tuple may not contain a value of type 'void'.", node)
    return TupleLiteral(TUPLE, node.start, node.end, session, tuple(parts), _with_inferred(node, names))


def _with_inferred(node: nodes.Tuple, names: list[str | None]) -> tuple[str | None, ...]:
    """Names from the parts themselves where none is written, unless two parts would have the same."""
    inferred = [name or inferred_name(value) for name, (_, value) in zip(names, node.elements, strict=True)]
    return tuple(
        written or (name if name and inferred.count(name) == 1 and not _is_reserved(name) else None)
        for written, name in zip(names, inferred, strict=True)
    )


def _is_reserved(name: str) -> bool:
    return (name.startswith("Item") and name[4:].isdigit()) or name in ("Rest", "ToString", "Equals")


def inferred_name(node: nodes.Expr) -> str | None:
    """The name that a member of an anonymous type or tuple takes from its value: `x`, `a.x`, `a?.x`."""
    match node:
        case nodes.Name(name=name):
            return name
        case nodes.Member(name=name):
            return name
        case nodes.NullConditional(access=access):
            return inferred_name(access)
    return None


def as_type(operand: bound.Expr) -> Type | None:
    """The type that an operand names, or None."""
    if isinstance(operand, (TypeOperand, TypeOrValue)):
        return operand.named
    return None


def bind_misplaced(session: Session, node: nodes.Expr) -> bound.Expr:
    """An initialiser, declaration or discard where a value is wanted."""
    return session.refuse("CS1525", "Invalid expression term", node)
