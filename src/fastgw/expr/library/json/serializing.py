"""Objects to tokens: JToken.FromObject and JsonConvert.SerializeObject (Json.NET 13, default settings).

Anonymous types, dictionaries, sequences, tuples, primitives, tokens and XML; of any other object the
properties that the library declares.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastgw.expr.library.collections_elements import elements
from fastgw.expr.library.collections_protocol import ReadOnlyDictionary
from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.date_time_offset import DateTimeOffset
from fastgw.expr.library.json.containers import JArray
from fastgw.expr.library.json.dates import iso_text
from fastgw.expr.library.json.objects import JObject, JProperty
from fastgw.expr.library.json.tokens import NULL, STRING, JToken, JValue, check_nesting, kind_of
from fastgw.expr.library.json.writing import write
from fastgw.expr.library.key_value_pair import KeyValuePair
from fastgw.expr.runtime.anonymous import Anonymous
from fastgw.expr.runtime.arithmetic import INTEGRALS
from fastgw.expr.runtime.errors import ArgumentException, JsonSerializationException, NotSupportedException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.objects import to_text, type_of
from fastgw.expr.runtime.text import type_name
from fastgw.expr.runtime.tuples import ValueTuple
from fastgw.expr.runtime.values import ByteArray, Char, EnumValue, NetObject
from fastgw.expr.types import NamedType, Property, Type

_MEMBER_BYTES = 64


def serialize(value: Any, indented: bool) -> str:
    """JsonConvert.SerializeObject. Raises JsonSerializationException, NotSupportedException."""
    return write(value if isinstance(value, JToken) else from_object(value), indented)


def from_object(value: Any) -> JToken:
    """A token that says what a value says; nothing is shared with it.

    Raises JsonSerializationException, NotSupportedException.
    """
    return _Serializer().token(value)


class _Serializer:
    """Makes tokens of one value; `path` are the values it is inside of."""

    __slots__ = ("path",)

    def __init__(self) -> None:
        self.path: list[Any] = []

    def token(self, value: Any, name: str | None = None) -> JToken:
        """The token of a value; `name` is that of the property it is in."""
        if isinstance(value, JToken):
            return value.clone()
        if value is None:
            return JValue(None, NULL)
        if isinstance(value, Char):
            return JValue(str(value), STRING)
        if type(value) is EnumValue:
            return JValue(_underlying(value))
        if not isinstance(value, NetObject) or isinstance(value, (DateTime, DateTimeOffset, ByteArray)):
            return self._primitive(value)
        if any(one is value for one in self.path):
            where = f" for property '{name}'" if name is not None else ""
            raise JsonSerializationException(
                f"Self referencing loop detected{where} with type '{type_name(type_of(value))}'. Path ''."
            )
        check_nesting(len(self.path))
        self.path.append(value)
        try:
            return self._object(value)
        finally:
            self.path.pop()

    def _primitive(self, value: Any) -> JToken:
        if callable(value):
            raise NotSupportedException("Serializing delegates is not supported on this platform.")
        if isinstance(value, Type):
            return JValue(type_name(value), STRING)
        return JValue(value)

    def _object(self, value: NetObject) -> JToken:
        if isinstance(value, Anonymous):
            return self._members(list(value.items()))
        if isinstance(value, ReadOnlyDictionary):
            return self._members([(key_text(one.key), one.value) for one in elements(value)])
        if isinstance(value, KeyValuePair):
            return self._members([("Key", value.key), ("Value", value.value)])
        if isinstance(value, ValueTuple):
            return self._members([(f"Item{at + 1}", one) for at, one in enumerate(value.parts)])
        if hasattr(type(value), "__iter__"):
            return self._array(value)
        try:
            return JValue(value, kind_of(value))
        except ArgumentException:
            # Not at the head: of all that is written, hardly anything is XML.
            from fastgw.expr.library.json.xml_tokens import from_xml

            return from_xml(value) or self._members(_properties(value))

    def _array(self, value: Any) -> JToken:
        found = []
        for one in elements(value):
            meter.reserve(_MEMBER_BYTES)
            found.append(self.token(one))
        return JArray.of_tokens(found)

    def _members(self, members: list[tuple[str, Any]]) -> JToken:
        meter.spend(len(members))
        meter.reserve(_MEMBER_BYTES * len(members))
        found = JObject()
        for name, value in members:
            made = JProperty(name, self.token(value, name))
            made.parent = found
            found.members[name] = made
        return found


def _underlying(value: EnumValue) -> Any:
    """The number of an enum's value, as its integer type."""
    underlying = value.definition.underlying
    keyword = underlying.definition.keyword if isinstance(underlying, NamedType) else None
    return INTEGRALS[keyword or "int"].python(value.value)


def key_text(key: Any) -> str:
    """The name of the property for a dictionary's key."""
    if isinstance(key, (DateTime, DateTimeOffset)):
        return iso_text(key)
    return to_text(key)


def _properties(value: NetObject) -> list[tuple[str, Any]]:
    """The public properties that the library declares for an object, those of its own type first."""
    found: dict[str, Any] = {}
    kind: Type | None = type_of(value)
    types: list[Type] = []
    while isinstance(kind, NamedType):
        types.append(kind)
        kind = kind.definition.base
    for one in list(types):
        if isinstance(one, NamedType):
            types += one.definition.interfaces
    for one in types:
        if isinstance(one, NamedType):
            for name, declared in one.definition.properties.items():
                if not declared.is_static and name not in found:
                    found[name] = _read(declared, value)
    return list(found.items())


def _read(declared: Property, value: NetObject) -> Any:
    getter: Callable[[Any], Any] = declared.getter
    return getter(value)
