"""Unary and binary operators, predefined ones by overload resolution (C# 12.4, 12.9 - 12.14)."""

from __future__ import annotations

from dataclasses import dataclass

from fastgw.expr import bound
from fastgw.expr.binder import constants, conversions, user_operators
from fastgw.expr.binder.access import null_test
from fastgw.expr.binder.betterness import better_conversion
from fastgw.expr.binder.operands import Function, faulty, is_faulty
from fastgw.expr.binder.predefined import (
    BOOL,
    DECIMAL,
    DOUBLE,
    FLOAT,
    INT,
    LONG,
    OBJECT,
    STRING,
    UINT,
    ULONG,
    element_type,
    is_enum,
    nullable,
    number_kind,
    underlying,
)
from fastgw.expr.binder.relations import casts_down, is_reference_type, is_subtype
from fastgw.expr.binder.session import Session
from fastgw.expr.binder.standard_conversions import widens
from fastgw.expr.types import NULL, VOID, NamedType, NullableType, SpecialType, Type, TypeParameter

ARITHMETIC = frozenset("+-*/%")
BITWISE = frozenset("&|^")
SHIFTS = frozenset({"<<", ">>"})
EQUALITY = frozenset({"==", "!="})
RELATIONAL = frozenset({"<", ">", "<=", ">="})
_NUMERIC = (INT, UINT, LONG, ULONG, FLOAT, DOUBLE, DECIMAL)
_INTEGRAL = (INT, UINT, LONG, ULONG)
# A constant may be added to itself again and again; C#'s own limit is that of an int.
LONGEST_CONSTANT = 512 * 1024
_CHARACTERS_PER_WORK = 1_000


@dataclass(frozen=True, slots=True)
class _Signature:
    """A predefined operator: what it takes, and the type it computes in (`operands` of the tree)."""

    left: Type
    right: Type
    operands: NamedType
    result: Type
    lifted: bool = False


# ---------------------------------------------------------------- binary


def binary(session: Session, operator: str, left: bound.Expr, right: bound.Expr, start: int) -> bound.Expr:
    """`left operator right`, for all but `&& || ??`; reports an error where none fits."""
    left, right = conversions.value(session, left), conversions.value(session, right)
    end = right.end
    if is_faulty(left) or is_faulty(right):
        return faulty(start, end)
    fast = _same_kind(operator, left, right)
    if fast is not None:
        return _make(session, operator, left, right, fast, start, end)
    if not _is_usable(left) or not _is_usable(right):
        return refuse(session, operator, left, right, start, end)
    if operator in EQUALITY and NULL in (left.type, right.type):
        return _null_test(session, operator, left, right, start, end)
    called = user_operators.binary(session, operator, left, right, start, end)
    if called is not None:
        return called
    signatures = [
        one
        for one in _signatures(operator, left, right)
        if conversions.implicit(left, one.left) is not None
        and conversions.implicit(right, one.right) is not None
    ]
    best = _best(signatures, left, right)
    if best is not None:
        return _make(session, operator, left, right, best, start, end)
    if signatures:
        message = f"Operator '{operator}' is ambiguous on operands of type '{left.type}' and '{right.type}'"
        session.report("CS0034", message, start)
        return faulty(start, end)
    if operator in EQUALITY and _are_references(left.type, right.type):
        return _make(session, operator, left, right, _Signature(OBJECT, OBJECT, OBJECT, BOOL), start, end)
    return refuse(session, operator, left, right, start, end)


def refuse(
    session: Session, operator: str, left: bound.Expr, right: bound.Expr, start: int, end: int
) -> bound.Expr:
    """Report that the operator takes no such operands."""
    first, second = conversions.describe(left), conversions.describe(right)
    message = f"Operator '{operator}' cannot be applied to operands of type '{first}' and '{second}'"
    session.report("CS0019", message, start)
    return faulty(start, end)


def _is_usable(operand: bound.Expr) -> bool:
    return not isinstance(operand, Function) and operand.type is not VOID


def _same_kind(operator: str, left: bound.Expr, right: bound.Expr) -> _Signature | None:
    """The common cases without a search: both operands string, bool, int, double, ..., of one type."""
    type = left.type
    if type != right.type or not isinstance(type, NamedType):
        return None
    if type == STRING:
        result = STRING if operator == "+" else BOOL
        fits = operator == "+" or operator in EQUALITY
        return _Signature(STRING, STRING, STRING, result) if fits else None
    if type == BOOL:
        return _Signature(BOOL, BOOL, BOOL, BOOL) if operator in EQUALITY or operator in BITWISE else None
    if type not in _NUMERIC or operator in SHIFTS:
        return None
    if operator in BITWISE and type not in _INTEGRAL:
        return None
    return _numeric(operator, type)


def _numeric(operator: str, type: NamedType) -> _Signature:
    compares = operator in EQUALITY or operator in RELATIONAL
    return _Signature(type, type, type, BOOL if compares else type)


def _signatures(operator: str, left: bound.Expr, right: bound.Expr) -> list[_Signature]:
    """The predefined operators that might take the operands."""
    found: list[_Signature] = []
    if operator in SHIFTS:
        found = [_Signature(type, INT, type, type) for type in _INTEGRAL]
    elif operator in BITWISE:
        found = [_numeric(operator, type) for type in _INTEGRAL]
        found.append(_Signature(BOOL, BOOL, BOOL, BOOL))
    else:
        found = [_numeric(operator, type) for type in _NUMERIC]
        if operator in EQUALITY:
            found.append(_Signature(BOOL, BOOL, BOOL, BOOL))
    found.extend(_of_enums(operator, left, right))
    if any(isinstance(one.type, NullableType) or one.type is NULL for one in (left, right)):
        found.extend([_lift(one) for one in found])
    if operator in EQUALITY:
        found.append(_Signature(STRING, STRING, STRING, BOOL))
    if operator == "+":
        found.append(_Signature(STRING, STRING, STRING, STRING))
        found.append(_Signature(STRING, OBJECT, STRING, STRING))
        found.append(_Signature(OBJECT, STRING, STRING, STRING))
    return found


def _of_enums(operator: str, left: bound.Expr, right: bound.Expr) -> list[_Signature]:
    found: list[_Signature] = []
    for type in dict.fromkeys((element_type(left.type), element_type(right.type))):
        if not is_enum(type) or not isinstance(type, NamedType):
            continue
        number = underlying(type)
        if operator in EQUALITY or operator in RELATIONAL:
            found.append(_Signature(type, type, number, BOOL))
        elif operator in BITWISE:
            found.append(_Signature(type, type, number, type))
        elif operator == "+":
            found.append(_Signature(type, number, number, type))
            found.append(_Signature(number, type, number, type))
        elif operator == "-":
            found.append(_Signature(type, type, number, number))
            found.append(_Signature(type, number, number, type))
            # Not in the specification, but in the compiler.
            found.append(_Signature(number, type, number, type))
    return found


def _lift(one: _Signature) -> _Signature:
    result = one.result if one.operands != one.result and one.result == BOOL else nullable(one.result)
    if one.operands == BOOL and one.result == BOOL:
        # & | ^ on bool? are three-valued, == and != are not; _make tells them apart by the operator.
        result = nullable(BOOL)
    return _Signature(nullable(one.left), nullable(one.right), one.operands, result, lifted=True)


def _best(signatures: list[_Signature], left: bound.Expr, right: bound.Expr) -> _Signature | None:
    best: _Signature | None = None
    for one in signatures:
        if best is None or _better(one, best, left, right) > 0:
            best = one
    if best is None:
        return None
    if all(one is best or _better(best, one, left, right) > 0 for one in signatures):
        return best
    return None


def _better(one: _Signature, other: _Signature, left: bound.Expr, right: bound.Expr) -> int:
    first = better_conversion(left, one.left, other.left)
    second = better_conversion(right, one.right, other.right)
    if first >= 0 and second >= 0:
        return first or second
    return -1 if first <= 0 and second <= 0 else 0


def _are_references(left: Type, right: Type) -> bool:
    """Whether `==` may compare identities: references of which one could be the other (C# 12.12.7)."""
    if not is_reference_type(left) or not is_reference_type(right):
        # A type parameter may be compared with null only, which is decided before.
        return False
    return is_subtype(left, right) or is_subtype(right, left) or casts_down(left, right)


def _null_test(
    session: Session, operator: str, left: bound.Expr, right: bound.Expr, start: int, end: int
) -> bound.Expr:
    """`x == null`: by identity for references and nullable values alike."""
    if left.type is NULL and right.type is NULL:
        return bound.Constant(BOOL, start, end, operator == "==")
    other = right if left.type is NULL else left
    if isinstance(other.type, (NullableType, TypeParameter)) or is_reference_type(other.type):
        if is_reference_type(other.type) and user_operators.declares(other.type, operator):
            called = user_operators.binary(session, operator, left, right, start, end)
            if called is not None:
                return called
        return null_test(operator, other, start, end)
    if isinstance(other.type, SpecialType):
        return refuse(session, operator, left, right, start, end)
    is_predefined = number_kind(other.type) is not None or other.type == BOOL or is_enum(other.type)
    if is_predefined or user_operators.declares(other.type, operator):
        # A value is never null: the comparison is legal and its result is known, but the value is computed.
        wide = nullable(other.type)
        value = bound.Convert(wide, other.start, other.end, "none", other)
        null = bound.Constant(OBJECT, start, end, None)
        return bound.Binary(BOOL, start, end, operator, value, null, OBJECT)
    return refuse(session, operator, left, right, start, end)


def _make(
    session: Session,
    operator: str,
    left: bound.Expr,
    right: bound.Expr,
    chosen: _Signature,
    start: int,
    end: int,
) -> bound.Expr:
    """The node of a chosen operator; a constant where both operands are."""
    if chosen.operands == STRING and operator == "+":
        return _concatenation(session, left, right, start, end)
    if chosen.operands != OBJECT:
        left = conversions.convert(session, left, chosen.left)
        right = conversions.convert(session, right, chosen.right)
        if is_enum(element_type(chosen.left)):
            left = to_underlying(session, left)
        if is_enum(element_type(chosen.right)):
            right = to_underlying(session, right)
    result = chosen.result
    if operator in EQUALITY or operator in RELATIONAL:
        result = BOOL
    computed: Type = result
    if is_enum(element_type(result)):
        computed = nullable(chosen.operands) if chosen.lifted else chosen.operands
    made = _fold(session, operator, left, right, chosen, computed, start, end)
    if made is None:
        checked = session.overflow is True and operator in ARITHMETIC
        made = bound.Binary(
            computed, start, end, operator, left, right, chosen.operands, checked, chosen.lifted
        )
    return made if computed == result else conversions.cast(session, made, result, start)


def to_underlying(session: Session, operand: bound.Expr) -> bound.Expr:
    """An enum value, perhaps nullable, as its number."""
    type: Type = underlying(element_type(operand.type))
    if isinstance(operand.type, NullableType):
        type = nullable(type)
    if isinstance(operand, bound.Convert) and operand.kind == "numeric" and operand.operand.type == type:
        # `a | b | c`: what was made an enum value by the operator before is its number again.
        return operand.operand
    return conversions.cast(session, operand, type, operand.start)


def _fold(
    session: Session,
    operator: str,
    left: bound.Expr,
    right: bound.Expr,
    chosen: _Signature,
    type: Type,
    start: int,
    end: int,
) -> bound.Expr | None:
    if chosen.lifted or chosen.operands == OBJECT:
        return None
    kind = chosen.operands.definition.keyword or ""
    is_division = operator in "/%" and kind not in ("float", "double")
    if is_division and isinstance(right, bound.Constant) and right.value == 0:
        session.report("CS0020", "Division by constant zero", start)
        return faulty(start, end)
    if not isinstance(left, bound.Constant) or not isinstance(right, bound.Constant):
        return None
    try:
        value = constants.binary(
            operator, kind, left.value, right.value, checked=session.overflow is not False
        )
    except constants.ConstantOverflow:
        session.report("CS0220", "The operation overflows at compile time in checked mode", start)
        return faulty(start, end)
    return bound.Constant(type, start, end, value)


def _concatenation(session: Session, left: bound.Expr, right: bound.Expr, start: int, end: int) -> bound.Expr:
    """`+` of strings: constants are joined, chains are flattened, null is empty text."""
    texts = [_constant_text(one) for one in (left, right)]
    if texts[0] is not None and texts[1] is not None:
        length = len(texts[0]) + len(texts[1])
        # What stands in the text itself is no more than that; constants that are named may be many times it.
        session.spend_more(max(0, length - (end - start)) // _CHARACTERS_PER_WORK, start)
        if length > LONGEST_CONSTANT:
            message = f"Length of String constant resulting from concatenation exceeds {LONGEST_CONSTANT}"
            session.report("CS8095", message, start)
            return faulty(start, end)
        return bound.Constant(STRING, start, end, texts[0] + texts[1])
    parts: list[bound.Expr] = []
    for one in (left, right):
        if one.type is NULL:
            one = bound.Constant(STRING, one.start, one.end, None)
        # Only a chain on the left is one concatenation with this; on the right it has its own parentheses,
        # but its parts come in the same order.
        parts.extend(one.parts if isinstance(one, bound.Concat) else [one])
    return bound.Concat(STRING, start, end, tuple(parts))


def _constant_text(operand: bound.Expr) -> str | None:
    if operand.type is NULL:
        return ""
    if isinstance(operand, bound.Constant) and operand.type == STRING:
        return operand.value or ""
    return None


# ---------------------------------------------------------------- logic


def logical(session: Session, operator: str, left: bound.Expr, right: bound.Expr, start: int) -> bound.Expr:
    """`&&` and `||` (C# 12.14); only bool has them here."""
    left, right = conversions.value(session, left), conversions.value(session, right)
    end = right.end
    if is_faulty(left) or is_faulty(right):
        return faulty(start, end)
    for one in (left, right):
        if isinstance(one, Function) or conversions.implicit(one, BOOL) is None:
            return refuse(session, operator, left, right, start, end)
    left, right = conversions.convert(session, left, BOOL), conversions.convert(session, right, BOOL)
    if isinstance(left, bound.Constant) and isinstance(right, bound.Constant):
        value = constants.binary(operator, "bool", left.value, right.value, checked=True)
        return bound.Constant(BOOL, start, end, value)
    return bound.Binary(BOOL, start, end, operator, left, right, BOOL)


# ---------------------------------------------------------------- unary

_UNARY: dict[str, tuple[NamedType, ...]] = {
    "+": _NUMERIC,
    "-": (INT, LONG, FLOAT, DOUBLE, DECIMAL),
    "~": _INTEGRAL,
    "!": (BOOL,),
}


def unary(session: Session, operator: str, operand: bound.Expr, start: int) -> bound.Expr:
    """`+ - ! ~` (C# 12.9)."""
    operand = conversions.value(session, operand)
    end = operand.end
    if is_faulty(operand):
        return operand
    if _is_usable(operand) and operand.type is not NULL:
        called = user_operators.unary(session, operator, operand, start, end)
        if called is not None:
            return called
        if operator == "~" and is_enum(element_type(operand.type)):
            number = _apply_unary(session, operator, to_underlying(session, operand), start, end)
            return number if is_faulty(number) else conversions.cast(session, number, operand.type, start)
        kind = number_kind(element_type(operand.type))
        # -ulong converts to float, double and decimal alike; C# refuses it.
        if not (operator == "-" and kind == "ulong"):
            type = _unary_type(operator, operand, kind)
            if type is not None:
                converted = conversions.convert(session, operand, type)
                return _apply_unary(session, operator, converted, start, end)
    shown = conversions.describe(operand)
    message = f"Operator '{operator}' cannot be applied to operand of type '{shown}'"
    session.report("CS0023", message, start)
    return faulty(start, end)


def _unary_type(operator: str, operand: bound.Expr, kind: str | None) -> Type | None:
    """The first type in order of size that the operand converts to: C#'s best operator."""
    lifted = isinstance(operand.type, NullableType)
    for type in _UNARY[operator]:
        into = type.definition.keyword or ""
        same = element_type(operand.type) == type
        if same or (kind is not None and into != "bool" and widens(kind, into)):
            return nullable(type) if lifted else type
    return None


def _apply_unary(session: Session, operator: str, operand: bound.Expr, start: int, end: int) -> bound.Expr:
    lifted = isinstance(operand.type, NullableType)
    if isinstance(operand, bound.Constant) and operand.value is not None:
        kind = operand.type.definition.keyword if isinstance(operand.type, NamedType) else None
        try:
            checked = session.overflow is not False
            value = constants.unary(operator, kind or "", operand.value, checked=checked)
        except constants.ConstantOverflow:
            session.report("CS0220", "The operation overflows at compile time in checked mode", start)
            return faulty(start, end)
        return bound.Constant(operand.type, start, end, value)
    if operator == "+":
        return operand
    checked = session.overflow is True and operator == "-"
    return bound.Unary(operand.type, start, end, operator, operand, checked, lifted)
