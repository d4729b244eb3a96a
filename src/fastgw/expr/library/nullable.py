"""System.Nullable<T>, which is `T?`, and the static class System.Nullable.

A value of `T?` is a value of T or null. The members of `T?` are declared on the definition of one type
parameter; their functions take the value or None as receiver, which is therefore never checked for null.
"""

from __future__ import annotations

from typing import Any

from fastgw.expr.library.declare import define
from fastgw.expr.runtime.defaults import default_of
from fastgw.expr.runtime.errors import ArgumentNullException, InvalidOperationException
from fastgw.expr.runtime.objects import compare, equals, hash_of, to_text
from fastgw.expr.types import NullableType, Type

NULLABLE_OF = define("System.Nullable<T>", "struct", base="System.ValueType")
NULLABLE = define("System.Nullable", "static")


@NULLABLE_OF.constructor("(T value)")
def new(value: Any) -> Any:
    """The value itself."""
    return value


@NULLABLE_OF.property("bool HasValue")
def has_value(this: Any) -> bool:
    """Whether there is a value."""
    return this is not None


@NULLABLE_OF.property("T Value")
def value_of(this: Any) -> Any:
    """The value. Raises InvalidOperationException for null."""
    if this is None:
        raise InvalidOperationException("Nullable object must have a value.")
    return this


@NULLABLE_OF.method("T GetValueOrDefault()", wants_types=True, null_receiver=True)
def get_value_or_default(types: tuple[Type], this: Any) -> Any:
    """The value, or the default value of T."""
    return default_of(types[0]) if this is None else this


@NULLABLE_OF.method("T GetValueOrDefault(T defaultValue)", null_receiver=True)
def get_value_or(this: Any, default: Any) -> Any:
    """The value, or `default`."""
    return default if this is None else this


NULLABLE_OF.method("bool Equals(object other)", null_receiver=True)(equals)
NULLABLE_OF.method("int GetHashCode()", null_receiver=True)(hash_of)
NULLABLE_OF.method("string ToString()", null_receiver=True)(to_text)

NULLABLE.method("static int Compare<T>(T? n1, T? n2)")(compare)
NULLABLE.method("static bool Equals<T>(T? n1, T? n2)")(equals)


@NULLABLE.method("static Type GetUnderlyingType(Type nullableType)")
def get_underlying_type(type: Type | None) -> Type | None:
    """T of `T?`, or null for another type. Raises ArgumentNullException."""
    if type is None:
        raise ArgumentNullException(parameter="nullableType")
    return type.element if isinstance(type, NullableType) else None
