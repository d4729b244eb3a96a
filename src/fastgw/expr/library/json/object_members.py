"""Members of JObject."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastgw.expr.library.collections_elements import Sequence
from fastgw.expr.library.collections_enumerators import Enumerator, get_enumerator
from fastgw.expr.library.core import KEY_VALUE_PAIR
from fastgw.expr.library.json import reading
from fastgw.expr.library.json.definitions import OBJECT, PROPERTY, JEnumerable
from fastgw.expr.library.json.objects import JObject, JProperty
from fastgw.expr.library.json.serializing import from_object
from fastgw.expr.library.json.token_members import get_item, set_item, tokens_of
from fastgw.expr.library.json.tokens import KIND_NAMES, JToken, known
from fastgw.expr.library.string_search import rules_of
from fastgw.expr.runtime.errors import ArgumentException
from fastgw.expr.runtime.values import EnumValue
from fastgw.expr.types import NamedType

_ORDINAL = 4

OBJECT.constructor("()")(JObject)
OBJECT.constructor("(params object[] content)")(JObject.of)
OBJECT.constructor("(object content)")(JObject.of)
OBJECT.indexer("JToken this[object key]", setter=set_item)(get_item)
OBJECT.indexer(
    "JToken this[string propertyName]", setter=lambda this, name, value: this.set_value_of(name, value)
)(lambda this, name: this.value_of(name))
OBJECT.method("static JObject Parse(string json)")(reading.parse_object)
OBJECT.method("void Add(string propertyName, JToken value)")(
    lambda this, name, value: this.add_property(name, value)
)
OBJECT.method("JProperty Property(string name)")(lambda this, name: this.property(name))
OBJECT.method("bool Remove(string propertyName)")(lambda this, name: this.remove_named(name))


@OBJECT.constructor("(JObject other)")
def copy_of(other: JObject | None) -> JToken:
    """A deep copy."""
    return known(other, "other").clone()  # type: ignore[no-any-return]


def _matches(comparison: EnumValue) -> Callable[[str, str], bool]:
    return rules_of(comparison).equals


def find(this: JObject, name: str | None, comparison: EnumValue) -> JProperty | None:
    """The property of a name, or the first whose name equals it under a comparison."""
    if comparison.value == _ORDINAL:
        return this.property(name)
    return this.property_where(name, _matches(comparison))


OBJECT.method("JProperty Property(string name, StringComparison comparison)")(find)


@OBJECT.method("JToken GetValue(string propertyName)")
def get_value(this: JObject, name: str | None) -> JToken | None:
    """The value of a property, or null."""
    found = this.property(name)
    return None if found is None else found.value


@OBJECT.method("JToken GetValue(string propertyName, StringComparison comparison)")
def get_value_by(this: JObject, name: str | None, comparison: EnumValue) -> JToken | None:
    """The value of the property whose name equals, or null."""
    found = find(this, name, comparison)
    return None if found is None else found.value


@OBJECT.method("bool TryGetValue(string propertyName, out JToken value)")
def try_get_value(this: JObject, name: str | None) -> tuple[bool, JToken | None]:
    """Whether there is such a property, and its value."""
    found = this.property(name)
    return (False, None) if found is None else (True, found.value)


@OBJECT.method("bool TryGetValue(string propertyName, StringComparison comparison, out JToken value)")
def try_get_value_by(this: JObject, name: str | None, comparison: EnumValue) -> tuple[bool, JToken | None]:
    """Whether there is a property whose name equals, and its value."""
    found = find(this, name, comparison)
    return (False, None) if found is None else (True, found.value)


@OBJECT.method("bool ContainsKey(string propertyName)")
def contains_key(this: JObject, name: str | None) -> bool:
    """Whether there is such a property. Raises ArgumentNullException."""
    return known(name, "propertyName") in this.members


@OBJECT.method("IEnumerable<JProperty> Properties()")
def properties(this: JObject) -> Sequence:
    """The properties."""
    return Sequence(PROPERTY.type, this.properties)


@OBJECT.method("JEnumerable<JToken> PropertyValues()")
def property_values(this: JObject) -> JEnumerable:
    """The values of the properties."""
    return tokens_of(lambda: (one.value for one in this.properties()))


@OBJECT.method("IEnumerator<KeyValuePair<string, JToken>> GetEnumerator()")
def object_enumerator(this: JObject) -> Enumerator:
    """An enumerator of names and values; properties have the members of a KeyValuePair."""
    pair = NamedType(KEY_VALUE_PAIR.definition, this.net_pair_types())
    return get_enumerator((pair,), this)


@OBJECT.method("static JObject FromObject(object o)")
def object_from_object(value: Any) -> JToken:
    """An object that says what an object says. Raises ArgumentException where that is none."""
    token = from_object(known(value, "o"))
    if not isinstance(token, JObject):
        raise ArgumentException(f"Object serialized to {KIND_NAMES[token.kind]}. JObject instance expected.")
    return token
