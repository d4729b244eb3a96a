"""`Value<T>` and `ToObject<T>`: tokens as any type that a policy names (Json.NET 13)."""

from __future__ import annotations

from typing import Any

from fastgw.expr.library.convertible import change_type
from fastgw.expr.library.json import tokens
from fastgw.expr.library.json.conversions import TARGETS, convert, to_string
from fastgw.expr.library.json.tokens import JToken, JValue
from fastgw.expr.runtime.defaults import default_of
from fastgw.expr.runtime.errors import ArgumentException, InvalidCastException, NetException
from fastgw.expr.runtime.text import type_name
from fastgw.expr.runtime.type_tests import tester
from fastgw.expr.runtime.values import EnumValue
from fastgw.expr.types import NamedType, NullableType, Type, can_be_null

# Tokens implement these, but as such Json.NET gives the value and not the token.
_OF_VALUES = ("System.IComparable", "System.IFormattable")


def name_of(type: Type) -> str:
    """How conversions.TARGETS and signatures name a type: `int`, `DateTime`."""
    return (type.definition.keyword or type.definition.name) if isinstance(type, NamedType) else ""


def value_as(token: JToken | None, type: Type) -> Any:
    """`token.Value<T>()`: the token itself, its value, or the value converted.

    Raises InvalidCastException, and what System.Convert raises.
    """
    if token is None:
        return default_of(type)
    test = tester(type)
    is_named = isinstance(type, NamedType)
    if test(token) and not (is_named and type.definition.full_name in _OF_VALUES):  # type: ignore[attr-defined]
        return token
    if not isinstance(token, JValue):
        raise InvalidCastException(f"Cannot cast {token.full_name} to {JToken.full_name}.")
    value = token.value
    if value is None:
        if not can_be_null(type):
            raise InvalidCastException("Null object cannot be converted to a value type.")
        return None
    if test(value):
        return value
    return change_type(value, type_name(type.element if isinstance(type, NullableType) else type))


def to_object(token: JToken, type: Type) -> Any:
    """`token.ToObject<T>()`. Raises ArgumentException and what reading the token as T raises."""
    nullable = isinstance(type, NullableType)
    element = type.element if isinstance(type, NullableType) else type
    if isinstance(element, NamedType):
        if element.definition.kind == "enum":
            if token.kind == tokens.STRING:
                return _enum_of_text(token, type, element)
            if token.kind == tokens.INTEGER and isinstance(token, JValue) and token.value is not None:
                return EnumValue(element.definition, int(getattr(token.value, "value", token.value)))
        target = TARGETS.get(name_of(element))
        if target is not None:
            return convert(token, target, nullable or target.is_reference)
    from fastgw.expr.library.json.deserializing import of_token

    return of_token(token, type)


def _enum_of_text(token: JToken, type: Type, element: NamedType) -> Any:
    from fastgw.expr.library.json.deserializing import of_token

    try:
        return of_token(token, type)
    except NetException as error:
        raise ArgumentException(
            f"Could not convert '{to_string(token)}' to {element.definition.name}.", error
        ) from error
