"""Members of System.Object, which everything has, and of System.Type, the value of typeof and GetType()."""

from __future__ import annotations

from typing import Any

from fastgw.expr.library.core import OBJECT, TYPE
from fastgw.expr.runtime.objects import equals, hash_of, to_text, type_of
from fastgw.expr.runtime.text import simple_name, type_name
from fastgw.expr.runtime.values import NetObject
from fastgw.expr.types import ArrayType, NamedType, NullableType, TupleType, Type, is_value_type


class PlainObject(NetObject):
    """`new object()`: nothing but an identity."""

    __slots__ = ()

    def net_type(self) -> Type:
        """System.Object."""
        return OBJECT.type


OBJECT.constructor("()")(PlainObject)


# ---------------------------------------------------------------- System.Object

OBJECT.method("string ToString()")(to_text)
OBJECT.method("int GetHashCode()")(hash_of)
OBJECT.method("Type GetType()")(type_of)
OBJECT.method("bool Equals(object obj)")(equals)
OBJECT.method("static bool Equals(object objA, object objB)")(equals)


@OBJECT.method("static bool ReferenceEquals(object objA, object objB)")
def reference_equals(left: Any, right: Any) -> bool:
    """Whether both are the same object; values of structs are boxed apart, so they never are."""
    return left is right and (left is None or not is_value_type(type_of(left)))


# ---------------------------------------------------------------- System.Type

_PRIMITIVES = frozenset(
    ("bool", "char", "sbyte", "byte", "short", "ushort", "int", "uint", "long", "ulong", "float", "double")
)


def _kind(type: Type) -> str:
    if isinstance(type, NamedType):
        return type.definition.kind
    return "struct" if isinstance(type, (NullableType, TupleType)) else "class"


@TYPE.property("string FullName")
def full_name(this: Type) -> str:
    """The name with its namespace."""
    return type_name(this)


@TYPE.property("bool IsArray")
def is_array(this: Type) -> bool:
    """Whether it is an array type."""
    return isinstance(this, ArrayType)


@TYPE.property("bool IsClass")
def is_class(this: Type) -> bool:
    """Whether it is a class; arrays and delegates are."""
    return _kind(this) in ("class", "delegate", "static")


@TYPE.property("bool IsEnum")
def is_enum(this: Type) -> bool:
    """Whether it is an enum."""
    return _kind(this) == "enum"


@TYPE.property("bool IsGenericType")
def is_generic_type(this: Type) -> bool:
    """Whether it has type arguments."""
    return isinstance(this, (NullableType, TupleType)) or (
        isinstance(this, NamedType) and bool(this.arguments)
    )


@TYPE.property("bool IsInterface")
def is_interface(this: Type) -> bool:
    """Whether it is an interface."""
    return _kind(this) == "interface"


@TYPE.property("bool IsPrimitive")
def is_primitive(this: Type) -> bool:
    """Whether it is bool, char or a number other than decimal."""
    return isinstance(this, NamedType) and this.definition.keyword in _PRIMITIVES


@TYPE.property("bool IsValueType")
def is_value(this: Type) -> bool:
    """Whether it is a struct or an enum."""
    return is_value_type(this)


@TYPE.property("string Name")
def name(this: Type) -> str:
    """The name without its namespace: `String`, `List`1`, `Int32[]`."""
    return simple_name(this)


@TYPE.property("string Namespace")
def namespace(this: Type) -> str:
    """The namespace."""
    if isinstance(this, ArrayType):
        return namespace(this.element)
    return this.definition.namespace if isinstance(this, NamedType) else "System"


@TYPE.method("bool Equals(Type o)")
def equals_type(this: Type, other: Type | None) -> bool:
    """Whether both are the same type."""
    return this == other


TYPE.operator("bool operator ==(Type left, Type right)")(lambda left, right: left == right)
TYPE.operator("bool operator !=(Type left, Type right)")(lambda left, right: left != right)
TYPE.method("string ToString()")(type_name)
