"""default(T): what `new T[n]`, `FirstOrDefault` and `default(T)` give."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from fastgw.expr.runtime.tuples import ValueTuple
from fastgw.expr.runtime.values import (
    Byte,
    Char,
    EnumValue,
    Int16,
    Int64,
    SByte,
    Single,
    UInt16,
    UInt32,
    UInt64,
)
from fastgw.expr.types import NamedType, TupleType, Type

_PRIMITIVES: dict[type, Any] = {
    bool: False,
    Char: Char("\0"),
    SByte: SByte(0),
    Byte: Byte(0),
    Int16: Int16(0),
    UInt16: UInt16(0),
    int: 0,
    UInt32: UInt32(0),
    Int64: Int64(0),
    UInt64: UInt64(0),
    Single: Single(0.0),
    float: 0.0,
    Decimal: Decimal(0),
}


def default_of(type: Type) -> Any:
    """The default value of a type: null for classes, interfaces, nullable types and type parameters.

    That of a library's struct is what the class method `net_default(arguments)` of its Python class gives, or
    the constructor without parameters, which every struct has.
    """
    if isinstance(type, NamedType):
        definition = type.definition
        if definition.kind == "enum":
            return EnumValue(definition, 0)
        if definition.kind == "struct" and definition.python:
            python = definition.python[0]
            if python in _PRIMITIVES:
                return _PRIMITIVES[python]
            factory = getattr(python, "net_default", None)
            return _constructed(type) if factory is None else factory(type.arguments)
    elif isinstance(type, TupleType):
        return ValueTuple(tuple(map(default_of, type.elements)), type)
    return None


def _constructed(type: NamedType) -> Any:
    for constructor in type.definition.constructors:
        if not constructor.parameters:
            types = (type.arguments,) if constructor.wants_types else ()
            return constructor.function(*types)
    raise TypeError(f"the struct {type} has no default")
