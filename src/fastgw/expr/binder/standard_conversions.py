"""Conversions that the language defines between two types, whatever the operand (C# 10.2, 10.3, 10.4)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from fastgw.expr.binder.predefined import is_enum, number_kind
from fastgw.expr.binder.relations import casts_down, is_subtype
from fastgw.expr.types import FAULTY, Method, NullableType, TupleType, Type

_CACHE = 8192

ConversionKind = Literal[
    # No change, or none that can be seen at run time: to a base class, interface or object; null.
    "identity",
    "up",
    "null",
    # An error was reported for the operand, or it never gives a value.
    "faulty",
    "never",
    # Between numbers, char and enums; an int constant to a smaller type or, where zero, an enum.
    "numeric",
    "constant",
    # From a base class or interface down, and unboxing.
    "cast",
    # T to U?, S? to T?, S? to T; `inner` converts between the elements.
    "wrap",
    "lifted",
    "unwrap",
    # Element by element.
    "tuple",
    # By an operator of a class or struct.
    "user",
    # Of a lambda, method group or tuple literal: the operand does it itself.
    "untyped",
]


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a value of one type becomes one of another."""

    kind: ConversionKind
    inner: tuple[Conversion, ...] = ()
    user: UserConversion | None = None


@dataclass(frozen=True, slots=True)
class UserConversion:
    """A conversion operator with the standard conversions before and after it.

    `lifted`: it is applied inside of a nullable value, null stays null.
    """

    method: Method
    parameter: Type
    result: Type
    before: Conversion
    after: Conversion
    lifted: bool = False


IDENTITY = Conversion("identity")
UP = Conversion("up")
NULL_TO = Conversion("null")
NOTHING = Conversion("faulty")
NEVER_TO = Conversion("never")
NUMERIC = Conversion("numeric")
CONSTANT = Conversion("constant")
CAST = Conversion("cast")
UNTYPED = Conversion("untyped")

_WIDENING: dict[str, frozenset[str]] = {
    "sbyte": frozenset({"short", "int", "long", "float", "double", "decimal"}),
    "byte": frozenset({"short", "ushort", "int", "uint", "long", "ulong", "float", "double", "decimal"}),
    "short": frozenset({"int", "long", "float", "double", "decimal"}),
    "ushort": frozenset({"int", "uint", "long", "ulong", "float", "double", "decimal"}),
    "int": frozenset({"long", "float", "double", "decimal"}),
    "uint": frozenset({"long", "ulong", "float", "double", "decimal"}),
    "long": frozenset({"float", "double", "decimal"}),
    "ulong": frozenset({"float", "double", "decimal"}),
    "char": frozenset({"ushort", "int", "uint", "long", "ulong", "float", "double", "decimal"}),
    "float": frozenset({"double"}),
    "double": frozenset(),
    "decimal": frozenset(),
}


def widens(source: str, target: str) -> bool:
    """Whether there is an implicit numeric conversion between two keywords (C# 10.2.3)."""
    return target in _WIDENING[source]


@lru_cache(maxsize=_CACHE)
def implicit(source: Type, target: Type) -> Conversion | None:
    """The standard implicit conversion, or None (C# 10.4.2; that of constants is in `conversions`)."""
    if source == target:
        return IDENTITY
    if FAULTY in (source, target):
        return NOTHING
    if is_subtype(source, target):
        return UP
    first, second = number_kind(source), number_kind(target)
    if first and second:
        return NUMERIC if widens(first, second) else None
    if isinstance(target, NullableType):
        if isinstance(source, NullableType):
            return _around("lifted", implicit(source.element, target.element))
        return _around("wrap", implicit(source, target.element))
    return _tuples(source, target, explicitly=False)


@lru_cache(maxsize=_CACHE)
def explicit(source: Type, target: Type) -> Conversion | None:
    """The standard explicit conversion, implicit ones included, or None (C# 10.4.3)."""
    found = implicit(source, target)
    if found is not None:
        return found
    if _is_number_or_enum(source) and _is_number_or_enum(target):
        return NUMERIC
    if casts_down(source, target):
        return CAST
    if isinstance(source, NullableType):
        if isinstance(target, NullableType):
            return _around("lifted", explicit(source.element, target.element))
        return _around("unwrap", explicit(source.element, target))
    if isinstance(target, NullableType):
        return _around("wrap", explicit(source, target.element))
    return _tuples(source, target, explicitly=True)


def _is_number_or_enum(type: Type) -> bool:
    return number_kind(type) is not None or is_enum(type)


def _around(kind: ConversionKind, inner: Conversion | None) -> Conversion | None:
    # Inside a nullable only values are converted: no boxing, no unboxing.
    if inner is None or inner.kind in ("up", "cast"):
        return None
    return Conversion(kind, (inner,))


def _tuples(source: Type, target: Type, *, explicitly: bool) -> Conversion | None:
    if not isinstance(source, TupleType) or not isinstance(target, TupleType):
        return None
    if len(source.elements) != len(target.elements):
        return None
    convert = explicit if explicitly else implicit
    inner = [convert(one, other) for one, other in zip(source.elements, target.elements, strict=True)]
    if any(one is None for one in inner):
        return None
    return Conversion("tuple", tuple(one for one in inner if one is not None))
