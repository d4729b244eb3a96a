"""Reading as a type: JsonConvert.DeserializeObject and JToken.ToObject<T> (Json.NET 13, default settings).

Types that can be read: primitives and their nullable forms, enums, strings, dates, Guid, Uri, byte[], tokens,
object, arrays, and the collections that .NET makes of arrays and objects.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastgw.expr.library.arrays import new_array
from fastgw.expr.library.collections_dictionary import Dictionary
from fastgw.expr.library.collections_hash_set import HashSet
from fastgw.expr.library.collections_list import List
from fastgw.expr.library.collections_queue_stack import Queue, Stack
from fastgw.expr.library.convertible import change_type
from fastgw.expr.library.enum_text import parse_enum
from fastgw.expr.library.json import reader as kinds
from fastgw.expr.library.json import typed_reading as typed
from fastgw.expr.library.json.containers import JArray
from fastgw.expr.library.json.conversions import TARGETS
from fastgw.expr.library.json.definitions import TOKEN
from fastgw.expr.library.json.generic_values import name_of
from fastgw.expr.library.json.objects import JObject
from fastgw.expr.library.json.positions import message_with_place
from fastgw.expr.library.json.reader import JsonTextReader
from fastgw.expr.library.json.reading import Reader, charged, read_token, strict
from fastgw.expr.library.json.token_reader import TokenReader
from fastgw.expr.library.json.tokens import COMMENT, NULL, STRING, UNDEFINED, BigInteger, JToken, JValue
from fastgw.expr.library.key_value_pair import KeyValuePair
from fastgw.expr.library.uri import uri_of_text
from fastgw.expr.library.uri_parsing import RELATIVE_OR_ABSOLUTE
from fastgw.expr.runtime.defaults import default_of
from fastgw.expr.runtime.errors import (
    InvalidCastException,
    JsonReaderException,
    JsonSerializationException,
    JsonWriterException,
    NetException,
)
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.objects import to_text, type_of
from fastgw.expr.runtime.text import type_name
from fastgw.expr.runtime.type_tests import tester
from fastgw.expr.runtime.values import EnumValue
from fastgw.expr.types import ArrayType, NamedType, NullableType, Type, can_be_null

_GENERIC = "System.Collections.Generic."
_LISTS = {f"{_GENERIC}{name}" for name in ("List", "IList", "ICollection", "IEnumerable")} | {
    f"{_GENERIC}IReadOnlyList",
    f"{_GENERIC}IReadOnlyCollection",
}
_MAKERS: dict[str, Callable[[Type, list[Any]], Any]] = {
    **dict.fromkeys(_LISTS, List),
    f"{_GENERIC}Queue": Queue,
    f"{_GENERIC}Stack": Stack,
}
_SETS = (f"{_GENERIC}HashSet", f"{_GENERIC}ISet")
_DICTIONARIES = {f"{_GENERIC}{name}" for name in ("Dictionary", "IDictionary", "IReadOnlyDictionary")}
_UNTYPED_LISTS = {f"System.Collections.{name}" for name in ("IEnumerable", "ICollection", "IList")}
# What the reader is asked for; other types take any token and convert it.
_WANTED = {
    **dict.fromkeys(("int", "short", "byte"), typed.INT32),
    **dict.fromkeys(("double", "float"), typed.DOUBLE),
    "decimal": typed.DECIMAL,
    "bool": typed.BOOLEAN_VALUE,
    "string": typed.STRING_VALUE,
    "DateTime": typed.DATE_TIME,
    "DateTimeOffset": typed.DATE_TIME_OFFSET,
}
_JSON_KINDS = {
    "object": 'JSON object (e.g. {"name":"value"})',
    "array": "JSON array (e.g. [1,2,3])",
    "value": "JSON primitive value (e.g. string, number, boolean, null)",
}
_WORDS = (COMMENT, kinds.PROPERTY_NAME)


def of_text(text: str | None, type: Type | None) -> Any:
    """JsonConvert.DeserializeObject; with no type an object or array is a token, and a value itself.

    Raises ArgumentNullException, JsonReaderException, JsonSerializationException, JsonWriterException.
    """
    text = charged(text, "value")
    if type is None or _is_object(type) or _is_token(type):
        raw = strict(text)
        if raw is not None:
            found = JObject(raw) if isinstance(raw, dict) else JArray(raw)
            if type is None or _is_object(type) or tester(type)(found):
                return found
    deserializer = _Deserializer(JsonTextReader(text))
    value = deserializer.root(type)
    while deserializer.reader.read():
        if deserializer.reader.token != COMMENT:
            raise deserializer.error(
                "Additional text found in JSON string after finishing deserializing object."
            )
    return value


def of_token(token: JToken, type: Type) -> Any:
    """JToken.ToObject. Raises what `of_text` raises but for what is about text."""
    return _Deserializer(TokenReader(token)).root(type)


def _is_object(type: Type) -> bool:
    return isinstance(type, NamedType) and type.definition.keyword == "object"


def _element(type: Type) -> Type:
    return type.element if isinstance(type, NullableType) else type


def _full_name(type: Type) -> str:
    return type.definition.full_name if isinstance(type, NamedType) else ""


def _is_token(type: Type) -> bool:
    definition = type.definition if isinstance(type, NamedType) else None
    while definition is not None and definition is not TOKEN.definition:
        base = definition.base
        definition = base.definition if isinstance(base, NamedType) else None
    return definition is not None


def _is_byte_array(type: Type) -> bool:
    return isinstance(type, ArrayType) and name_of(type.element) == "byte" and type.rank == 1


class _Deserializer:
    """Reads values of types from a reader."""

    __slots__ = ("reader",)

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def error(self, message: str, inner: NetException | None = None) -> JsonSerializationException:
        """The exception for what does not fit here."""
        line, position = self.reader.place or (None, None)
        path = self.reader.path
        return JsonSerializationException(
            message_with_place(message, path, line, position), inner, line or 0, position or 0, path
        )

    def root(self, type: Type | None) -> Any:
        """The whole value."""
        if not self.read_for(type):
            if type is not None and not can_be_null(type):
                raise self.error(f"No JSON content found and type '{type_name(type)}' is not nullable.")
            return None
        return self.value(type)

    def read_for(self, type: Type | None) -> bool:
        """Read the next token as the type likes it; False where nothing is left."""
        element = None if type is None else _element(type)
        wanted = None if element is None else _WANTED.get(name_of(element))
        if element is not None and _is_byte_array(element):
            wanted = typed.BYTE_ARRAY
        if wanted is None:
            if not self.reader.read_past_comments():
                return False
            if element is not None and self.reader.token == UNDEFINED and name_of(element) == "long":
                raise self.reader.error(f"An undefined token is not a valid {type_name(element)}.")
            return True
        if isinstance(self.reader, JsonTextReader):
            typed.read_text_as(self.reader, wanted)
        else:
            typed.read_token_as(self.reader, wanted)
        return self.reader.token != kinds.NO_TOKEN

    def value(self, type: Type | None) -> Any:
        """The value that begins with the current token."""
        meter.spend()
        reader = self.reader
        if type is not None and _is_token(type):
            return self.token(type)
        token = reader.token
        if token == kinds.START_OBJECT:
            return self.object(type)
        if token == kinds.START_ARRAY:
            return self.array(type)
        if token == kinds.START_CONSTRUCTOR:
            return self.converted(reader.value, type)
        if token in _WORDS or token in kinds.TOKEN_NAMES:
            raise self.error(f"Unexpected token while deserializing object: {kinds.token_name(token)}.")
        if token == STRING and reader.value == "" and isinstance(type, NullableType):
            return None
        return self.converted(None if token in (NULL, UNDEFINED) else reader.value, type)

    def token(self, type: Type | None) -> JToken | None:
        """The value as a token. Raises JsonSerializationException where that is of another type."""
        reader = self.reader
        name = JToken.full_name if type is None else type_name(type)
        if reader.token == NULL and name not in (JToken.full_name, JValue.full_name):
            return None
        found = read_token(reader, self._unfinished, keep_comments=True)
        if type is not None and not tester(type)(found):
            raise self.error(
                f"Deserialized JSON type '{found.full_name}' is not compatible with expected type '{name}'."
            )
        return found

    def _unfinished(self, outer: JToken) -> NetException:
        return JsonWriterException(message_with_place("Unexpected end when reading token.", ""), path="")

    # ------------------------------------------------------------ objects and arrays

    def object(self, type: Type | None) -> Any:
        """What an object gives: a token, a dictionary or a pair."""
        if type is None or _is_object(type):
            return self.token(None)
        name = _full_name(_element(type))
        if isinstance(type, NamedType):
            if name in _DICTIONARIES and len(type.arguments) == 2:
                return self.dictionary(type)
            if name == f"{_GENERIC}KeyValuePair" and len(type.arguments) == 2:
                return self.pair(type)
        raise self.error(self._wrong("object", type))

    def dictionary(self, type: NamedType) -> Any:
        """A dictionary; the last one of a key counts."""
        key_type, value_type = type.arguments
        found = Dictionary((key_type, value_type))
        reader = self.reader
        while reader.read():
            if reader.token == kinds.END_OBJECT:
                return found
            if reader.token == COMMENT:
                continue
            key = self.key(reader.value, key_type)
            if not self.read_for(value_type):
                break
            meter.reserve(64)
            found.net_set_item(key, self.value(value_type))
        raise self.error("Unexpected end when deserializing object.")

    def key(self, name: str, type: Type) -> Any:
        """A name as a key."""
        try:
            return self.converted(name, type)
        except JsonSerializationException as error:
            raise self.error(
                f"Could not convert string '{name}' to dictionary key type '{type_name(type)}'."
                " Create a TypeConverter to convert from the string to the key type object.",
                error,
            ) from error

    def pair(self, type: NamedType) -> Any:
        """A KeyValuePair from an object with `Key` and `Value`."""
        key_type, value_type = type.arguments
        key, value = default_of(key_type), default_of(value_type)
        reader = self.reader
        while reader.read():
            if reader.token == kinds.END_OBJECT:
                return KeyValuePair(key, value, type.arguments)
            if reader.token == COMMENT:
                continue
            name = reader.value.lower()
            wanted = {"key": key_type, "value": value_type}.get(name)
            if not self.read_for(wanted):
                break
            found = self.value(wanted)
            if name == "key":
                key = found
            elif name == "value":
                value = found
        raise self.error("Unexpected end when deserializing object.")

    def array(self, type: Type | None) -> Any:
        """What an array gives: a token, an array or a collection."""
        if type is None or _is_object(type):
            return self.token(None)
        if isinstance(type, ArrayType) and type.rank == 1:
            return new_array(type.element, self.items(type.element))
        name = _full_name(type)
        if isinstance(type, NamedType):
            if len(type.arguments) == 1:
                (element,) = type.arguments
                if name in _MAKERS:
                    return _MAKERS[name](element, self.items(element))
                if name in _SETS:
                    return self._set(element)
            if name in _UNTYPED_LISTS:
                element = _object_type()
                return List(element, self.items(element))
        raise self.error(self._wrong("array", type))

    def _set(self, element: Type) -> Any:
        found = HashSet(element)
        for one in self.items(element):
            found.net_add(one)
        return found

    def items(self, element: Type) -> list[Any]:
        """The items of an array that has begun."""
        found: list[Any] = []
        while self.read_for(element):
            if self.reader.token == kinds.END_ARRAY:
                return found
            meter.reserve(16)
            found.append(self.value(element))
        raise self.error("Unexpected end when deserializing array.")

    def _wrong(self, found: str, type: Type) -> str:
        """The message for an object or array where the type wants something else."""
        example = '{"name":"value"}' if found == "object" else "[1,2,3]"
        name = _full_name(_element(type))
        if isinstance(type, ArrayType) or name in _MAKERS or name in _SETS or name in _UNTYPED_LISTS:
            wanted = "array"
        elif name_of(_element(type)) in TARGETS or (
            isinstance(_element(type), NamedType) and _element(type).definition.kind == "enum"  # type: ignore[attr-defined]
        ):
            wanted = "value"
        else:
            wanted = "object"
        if found == wanted:
            return (
                f"Could not create an instance of type {type_name(type)}. Type is an interface or abstract"
                " class and cannot be instantiated."
            )
        needed = _JSON_KINDS[wanted]
        if found == "object":
            change = (
                "so that it is a normal .NET type (e.g. not a primitive type like integer, not a collection"
                " type like an array or List<T>) that can be deserialized from a JSON object."
                " JsonObjectAttribute can also be added to the type to force it to deserialize from a JSON"
                " object."
            )
        else:
            change = (
                "to an array or a type that implements a collection interface (e.g. ICollection, IList) like"
                " List<T> that can be deserialized from a JSON array. JsonArrayAttribute can also be added to"
                " the type to force it to deserialize from a JSON array."
            )
        return (
            f"Cannot deserialize the current JSON {found} (e.g. {example}) into type '{type_name(type)}'"
            f" because the type requires a {needed} to deserialize correctly.\n"
            f"To fix this error either change the JSON to a {needed} or change the deserialized type"
            f" {change}\n"
        )

    # ------------------------------------------------------------ values

    def converted(self, value: Any, type: Type | None) -> Any:
        """A value as the type. Raises JsonSerializationException."""
        if type is None or _is_object(type):
            return value
        if value is None and can_be_null(type):
            return None
        element = _element(type)
        if value is not None and type_of(value) == element:
            return value
        try:
            return _changed(value, element)
        except JsonReaderException:
            raise
        except NetException as error:
            raise self.error(
                f"Error converting value {_shown(value)} to type '{type_name(type)}'.", error
            ) from error


def _shown(value: Any) -> str:
    """How messages show a value."""
    if value is None:
        return "{null}"
    return f'"{value}"' if isinstance(value, str) else to_text(value)


def _changed(value: Any, type: Type) -> Any:
    """A value that is not of the type as the type. Raises what converting raises."""
    if value is None:
        raise InvalidCastException("Null object cannot be converted to a value type.")
    if isinstance(type, NamedType) and type.definition.kind == "enum":
        if isinstance(value, str):
            return parse_enum(type.definition, value, True)
        if isinstance(value, int):
            return EnumValue(type.definition, int(value))
    name = name_of(type)
    target = TARGETS.get("byte[]" if _is_byte_array(type) else name)
    if target is not None and (isinstance(value, str) or type_of(value) == type):
        if name == "DateTime":
            return typed.read_date(value)
        if name == "Uri":
            return uri_of_text(value, RELATIVE_OR_ABSOLUTE)
        if name in ("Guid", "Uri", "TimeSpan", "DateTimeOffset", "") or type_of(value) == type:
            return target.change(value)
    if target is not None and isinstance(value, BigInteger):
        return target.change(value)
    if target is None or name in ("Guid", "Uri", "TimeSpan", "DateTimeOffset", ""):
        raise InvalidCastException(
            f"Could not cast or convert from {type_name(type_of(value))} to {type_name(type)}."
        )
    return change_type(value, type_name(type))


def _object_type() -> Type:
    from fastgw.expr.library.core import OBJECT

    return OBJECT.type
