"""System.Tuple and System.ValueTuple.

Value tuples are the compiler's: `(1, "x")` is a runtime.tuples.ValueTuple, and its parts are taken by place.
Here are the classes Tuple<T1, ...>, up to seven parts, and the methods that make either kind.
"""

from __future__ import annotations

from typing import Any

from fastgw.expr.library.declare import Declared, define
from fastgw.expr.runtime.objects import (
    compare,
    compare_parts,
    equal_parts,
    equals,
    hash_parts,
    join_parts,
)
from fastgw.expr.runtime.tuples import ValueTuple
from fastgw.expr.runtime.values import NetObject
from fastgw.expr.types import NamedType, TupleType, Type

_MOST = 7

Types = tuple[Type, ...]


class Tuple(NetObject):
    """A System.Tuple of any size; immutable. `types` are the type arguments."""

    __slots__ = ("parts", "types")

    def __init__(self, types: Types, parts: tuple[Any, ...]) -> None:
        self.types = types
        self.parts = parts

    def __eq__(self, other: object) -> bool:
        return type(other) is Tuple and self.types == other.types and equal_parts(self.parts, other.parts)

    def __hash__(self) -> int:
        return hash_parts(self.parts)

    def net_compare(self, other: Tuple) -> int:
        """The order of the first part that differs."""
        return compare_parts(self.parts, other.parts)

    def net_type(self) -> Type:
        """Tuple<T1, ...>."""
        return NamedType(_TUPLES[len(self.types) - 1].definition, self.types)

    def net_text(self) -> str:
        """`(1, x)`."""
        return join_parts("(", self.parts, ")")


_TUPLE = define("System.Tuple", "static")
_VALUE_TUPLE = define("System.ValueTuple", "static")


def _new(types: Types, *parts: Any) -> Tuple:
    return Tuple(types, parts)


def _new_value(types: Types, *parts: Any) -> ValueTuple:
    return ValueTuple(parts, TupleType(types))


def _declare(size: int) -> Declared:
    """Tuple<T1, ...> of a size, and what makes tuples of that size."""
    names = [f"T{at + 1}" for at in range(size)]
    listed = ", ".join(names)
    parameters = ", ".join(f"{name} item{at + 1}" for at, name in enumerate(names))
    declared = define(f"System.Tuple<{listed}>", "class", interfaces=("IComparable",))
    declared.constructor(f"({parameters})", wants_types=True)(_new)
    for at, name in enumerate(names):
        declared.property(f"{name} Item{at + 1}")(_Item(at))
    _TUPLE.method(f"static Tuple<{listed}> Create<{listed}>({parameters})", wants_types=True)(_new)
    if size > 1:
        _VALUE_TUPLE.method(f"static ({listed}) Create<{listed}>({parameters})", wants_types=True)(_new_value)
        _declare_value(listed)
    return declared


def _declare_value(listed: str) -> None:
    """The members of value tuples of a size, but for their parts, which are the compiler's."""
    declared = define(
        f"System.ValueTuple<{listed}>",
        "struct",
        base="System.ValueType",
        interfaces=("IComparable", f"IComparable<({listed})>", f"IEquatable<({listed})>"),
        python=(ValueTuple,),
    )
    declared.method(f"int CompareTo(({listed}) other)")(compare)
    declared.method(f"bool Equals(({listed}) other)")(equals)


class _Item:
    """Reads one part."""

    __slots__ = ("at",)

    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(self, this: Tuple) -> Any:
        return this.parts[self.at]


_TUPLES = tuple(_declare(size) for size in range(1, _MOST + 1))
