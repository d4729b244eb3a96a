"""Casts from object, an interface or a base class down, and unboxing."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from fastgw.expr.runtime.arithmetic import INTEGRALS
from fastgw.expr.runtime.errors import InvalidCastException, InvalidOperationException, NullReferenceException
from fastgw.expr.runtime.objects import type_of
from fastgw.expr.runtime.text import type_name
from fastgw.expr.runtime.type_tests import tester
from fastgw.expr.runtime.values import EnumValue
from fastgw.expr.types import NamedType, NullableType, Type, can_be_null


@lru_cache(maxsize=4096)
def caster(type: Type) -> Callable[[Any], Any]:
    """What casts a value to the type: null stays null where the type has it.

    The result raises NullReferenceException for null of a value type, InvalidCastException for what is
    not of the type.
    """
    test = tester(type)

    return lambda value: value if test(value) else cast_failed(value, type)


def cast(value: Any, type: Type) -> Any:
    """`(T)value`. Raises as `caster` says."""
    return value if tester(type)(value) else cast_failed(value, type)


def cast_failed(value: Any, type: Type) -> Any:
    """The cast of a value that is not of the type: null, an enum and its integer, or an exception."""
    if value is None:
        if can_be_null(type):
            return None
        raise NullReferenceException
    element = type.element if isinstance(type, NullableType) else type
    if isinstance(element, NamedType):
        # An enum is unboxed as its underlying type, and the other way round.
        definition = element.definition
        if isinstance(value, EnumValue):
            integral = INTEGRALS.get(definition.keyword or "")
            if integral is not None and value.definition.underlying == element:
                return integral.python(value.value)
        elif definition.kind == "enum" and definition.underlying == type_of(value):
            return EnumValue(definition, int(value))
    raise InvalidCastException(
        f"Unable to cast object of type '{type_name(type_of(value))}' to type '{type_name(type)}'."
    )


def null_reference(*_values: Any) -> Any:
    """What generated code calls where a member of null is used."""
    raise NullReferenceException


def no_value(*_values: Any) -> Any:
    """What generated code calls where a null of a nullable type is taken as its element."""
    raise InvalidOperationException("Nullable object must have a value.")
