"""Members of JsonConvert that the table of allowed types has: SerializeObject and DeserializeObject."""

from __future__ import annotations

from typing import Any

from fastgw.expr.library.json.definitions import JSON_CONVERT
from fastgw.expr.library.json.deserializing import of_text
from fastgw.expr.library.json.serializing import serialize
from fastgw.expr.runtime.values import EnumValue
from fastgw.expr.types import Type


@JSON_CONVERT.method("static string SerializeObject(object value)")
def serialize_object(value: Any) -> str:
    """The JSON of an object, compact. Raises JsonSerializationException."""
    return serialize(value, False)


@JSON_CONVERT.method("static string SerializeObject(object value, Formatting formatting)")
def serialize_object_formatted(value: Any, formatting: EnumValue) -> str:
    """The JSON of an object. Raises JsonSerializationException."""
    return serialize(value, formatting.value == 1)


@JSON_CONVERT.method("static object DeserializeObject(string value)")
def deserialize_object(text: str | None) -> Any:
    """A token for an object or array, the value for a value. Raises JsonException."""
    return of_text(text, None)


@JSON_CONVERT.method("static object DeserializeObject(string value, Type type)")
def deserialize_object_of(text: str | None, type: Type | None) -> Any:
    """The value as a type. Raises JsonException."""
    return of_text(text, type)


@JSON_CONVERT.method("static T DeserializeObject<T>(string value)", wants_types=True)
def deserialize_object_as(types: tuple[Type, ...], text: str | None) -> Any:
    """The value as T. Raises JsonException."""
    return of_text(text, types[-1])
