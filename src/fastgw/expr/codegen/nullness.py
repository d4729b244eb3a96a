"""What can be said about values before they exist: null or not, without effect or not, how large."""

from __future__ import annotations

from fastgw.expr import bound
from fastgw.expr.runtime.arithmetic import INTEGRALS
from fastgw.expr.runtime.arrays import is_byte
from fastgw.expr.types import (
    ArrayType,
    NamedType,
    NullableType,
    Type,
    can_be_null,
)


def keyword_of(type: Type) -> str:
    """The keyword of a predefined type, "" for any other."""
    return (type.definition.keyword or "") if isinstance(type, NamedType) else ""


def underlying_of(type: Type) -> str:
    """The keyword of an enum's integer type, "" for what is no enum."""
    if isinstance(type, NamedType) and type.definition.kind == "enum":
        return keyword_of(type.definition.underlying) if type.definition.underlying else "int"
    return ""


def is_string(type: Type) -> bool:
    """Whether it is System.String."""
    return keyword_of(type) == "string"


def may_be_null(node: bound.Expr) -> bool:
    """Whether the value may be null at run time."""
    if not can_be_null(node.type):
        return False
    match node:
        case bound.Constant(value=value):
            return value is None
        case bound.Get(property=property):
            return not property.never_null
        case bound.Convert(kind=("none" | "cast"), operand=operand):
            return may_be_null(operand)
        case bound.Coalesce(right=right):
            return may_be_null(right)
        case bound.Conditional(if_true=if_true, if_false=if_false):
            return may_be_null(if_true) or may_be_null(if_false)
        case bound.Assign(value=value):
            return may_be_null(value)
        case bound.Binary(operator="+"):
            return not is_string(node.type)
        case (
            bound.Context()
            | bound.Concat()
            | bound.Interpolated()
            | bound.New()
            | bound.NewArray()
            | bound.NewAnonymous()
            | bound.Lambda()
            | bound.MethodGroup()
            | bound.TypeOf()
            | bound.ThrowExpr()
        ):
            return False
    return True


def is_plain(node: bound.Expr) -> bool:
    """Whether evaluation can neither fail nor have an effect, so that its moment does not matter."""
    match node:
        case (
            bound.Constant()
            | bound.Context()
            | bound.Local()
            | bound.Placeholder()
            | bound.Lambda()
            | bound.TypeOf()
            | bound.Default()
            | bound.OutTarget()
        ):
            return True
        case bound.Get(property=property, receiver=receiver):
            if receiver is None:
                return property.value is not None
            return property.attribute is not None and not may_be_null(receiver) and is_plain(receiver)
        case bound.Convert(kind="none", operand=operand):
            return is_plain(operand)
        case bound.NewArray(elements=elements) if elements is not None:
            return all(map(is_plain, elements))
        case bound.Concat(parts=parts):
            return all(is_plain(one) and is_string(one.type) for one in parts)
    return False


def bounds(node: bound.Expr) -> tuple[int, int] | None:
    """The least and greatest value that an expression of type int can have, as far as its form tells."""
    integral = INTEGRALS.get(keyword_of(node.type))
    if integral is None:
        return None
    match node:
        case bound.Constant(value=value):
            return int(value), int(value)
        case bound.Convert(kind="numeric", operand=operand, lifted=False):
            source = "ushort" if keyword_of(operand.type) == "char" else keyword_of(operand.type)
            if source in INTEGRALS and INTEGRALS[source].bits < integral.bits:
                return INTEGRALS[source].low, INTEGRALS[source].high
        case bound.Binary(operator=("+" | "-" | "*") as operator, left=left, right=right, lifted=False):
            found = result_bounds(operator, left, right)
            if found is not None and integral.low <= found[0] and found[1] <= integral.high:
                return found
    return integral.low, integral.high


def result_bounds(operator: str, left: bound.Expr, right: bound.Expr) -> tuple[int, int] | None:
    """The bounds of `left operator right` before it is cut to its type; operator one of `+ - *`."""
    first, second = bounds(left), bounds(right)
    if first is None or second is None:
        return None
    if operator == "+":
        return first[0] + second[0], first[1] + second[1]
    if operator == "-":
        return first[0] - second[1], first[1] - second[0]
    products = [one * other for one in first for other in second]
    return min(products), max(products)


def element_of(type: Type) -> Type:
    """T of T?, any other type itself."""
    return type.element if isinstance(type, NullableType) else type


def is_array(type: Type) -> bool:
    """Whether it is an array of one dimension."""
    return isinstance(type, ArrayType) and type.rank == 1


def has_items(type: Type) -> bool:
    """Whether it is an array of one dimension with a list of `items`, which all but byte[] have."""
    return isinstance(type, ArrayType) and type.rank == 1 and not type.is_open and not is_byte(type.element)
