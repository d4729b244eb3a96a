"""Members of JContainer, JProperty, JArray, JConstructor, JValue and JRaw."""

from __future__ import annotations

from typing import Any

from fastgw.expr.library.collections_elements import Sequence
from fastgw.expr.library.collections_enumerators import Enumerator, get_enumerator
from fastgw.expr.library.collections_interfaces import copy_to
from fastgw.expr.library.json import reading, tokens
from fastgw.expr.library.json.containers import JArray, JConstructor, JContainer
from fastgw.expr.library.json.definitions import ARRAY, CONSTRUCTOR, CONTAINER, PROPERTY, RAW, VALUE
from fastgw.expr.library.json.objects import JProperty, type_of_token
from fastgw.expr.library.json.serializing import from_object
from fastgw.expr.library.json.token_members import get_item, sequence, set_item
from fastgw.expr.library.json.tokens import KIND_NAMES, JRaw, JToken, JValue, known
from fastgw.expr.runtime.errors import ArgumentException
from fastgw.expr.runtime.values import Array, Char, Int64

# ---------------------------------------------------------------- JContainer

CONTAINER.property("int Count")(len)
CONTAINER.method("void Add(object content)")(lambda this, content: this.add(content))
CONTAINER.method("void AddFirst(object content)")(lambda this, content: this.add_content(0, content))
CONTAINER.method("void RemoveAll()")(lambda this: this.clear())
CONTAINER.method("void ReplaceAll(object content)")(lambda this, content: this.replace_all(content))
CONTAINER.method("void Merge(object content)")(lambda this, content: this.merge(content))


@CONTAINER.method("IEnumerable<JToken> Descendants()")
def descendants(this: JContainer) -> Sequence:
    """All tokens below it."""
    return sequence(lambda: this.descendants(False))


@CONTAINER.method("IEnumerable<JToken> DescendantsAndSelf()")
def descendants_and_self(this: JContainer) -> Sequence:
    """Itself, and all tokens below it."""
    return sequence(lambda: this.descendants(True))


# ---------------------------------------------------------------- JProperty

PROPERTY.attribute("string Name", "name", never_null=True)
PROPERTY.property("JToken Value", setter=lambda this, value: this.set_value(value), attribute="value")(
    lambda this: this.value
)
PROPERTY.constructor("(JProperty other)")(lambda other: known(other, "other").clone())
PROPERTY.constructor("(string name, object content)")(JProperty.of)


@PROPERTY.constructor("(string name, params object[] content)")
def new_property(name: str | None, content: Array | None) -> JProperty:
    """A property; several values become an array."""
    return JProperty.of(name, content)


# ---------------------------------------------------------------- JArray

ARRAY.constructor("()")(JArray)
ARRAY.constructor("(params object[] content)")(JArray.of)
ARRAY.constructor("(object content)")(JArray.of)
ARRAY.indexer("JToken this[object key]", setter=set_item)(get_item)
ARRAY.indexer("JToken this[int index]", setter=lambda this, index, value: this.set_at(index, value))(
    lambda this, index: this.get(index)
)
ARRAY.method("static JArray Parse(string json)")(reading.parse_array)
ARRAY.method("void Add(JToken item)")(lambda this, item: this.insert(len(this), item))
ARRAY.method("void Clear()")(lambda this: this.clear())
ARRAY.method("bool Contains(JToken item)")(lambda this, item: this.index_of(item) >= 0)
ARRAY.method("int IndexOf(JToken item)")(lambda this, item: this.index_of(item))
ARRAY.method("void Insert(int index, JToken item)")(lambda this, index, item: this.insert(index, item))
ARRAY.method("bool Remove(JToken item)")(lambda this, item: this.remove_item(item))
ARRAY.method("void RemoveAt(int index)")(lambda this, index: this.remove_at(index))
ARRAY.method("void CopyTo(JToken[] array, int arrayIndex)")(copy_to)
ARRAY.property("bool IsReadOnly")(lambda this: False)


@ARRAY.method("IEnumerator<JToken> GetEnumerator()")
def array_enumerator(this: JArray) -> Enumerator:
    """An enumerator of the items."""
    return get_enumerator((type_of_token(),), this)


@ARRAY.constructor("(JArray other)")
def copy_of_array(other: JArray | None) -> JToken:
    """A deep copy."""
    return known(other, "other").clone()  # type: ignore[no-any-return]


@ARRAY.method("static JArray FromObject(object o)")
def array_from_object(value: Any) -> JToken:
    """An array that says what an object says. Raises ArgumentException where that is no array."""
    token = from_object(known(value, "o"))
    if not isinstance(token, JArray):
        raise ArgumentException(f"Object serialized to {KIND_NAMES[token.kind]}. JArray instance expected.")
    return token


# ---------------------------------------------------------------- JConstructor

CONSTRUCTOR.property("string Name", setter=lambda this, name: setattr(this, "name", name), attribute="name")(
    lambda this: this.name
)
CONSTRUCTOR.constructor("()")(JConstructor)
CONSTRUCTOR.indexer("JToken this[object key]", setter=set_item)(get_item)


@CONSTRUCTOR.constructor("(JConstructor other)")
def copy_of_constructor(other: JConstructor | None) -> JToken:
    """A deep copy."""
    return known(other, "other").clone()  # type: ignore[no-any-return]


@CONSTRUCTOR.constructor("(string name)")
def new_constructor(name: str | None) -> JConstructor:
    """A constructor without arguments. Raises ArgumentNullException, ArgumentException."""
    if not known(name, "name"):
        raise ArgumentException("Constructor name cannot be empty.", parameter="name")
    return JConstructor(name)


@CONSTRUCTOR.constructor("(string name, object content)")
@CONSTRUCTOR.constructor("(string name, params object[] content)")
def new_constructor_with(name: str | None, content: Any) -> JConstructor:
    """A constructor with arguments. Raises what adding them raises."""
    found = new_constructor(name)
    found.add(content)
    return found


# ---------------------------------------------------------------- JValue

VALUE.property("object Value", setter=lambda this, value: this.set_value(value), attribute="value")(
    lambda this: this.value
)
VALUE.constructor("(JValue other)")(lambda other: known(other, "other").clone())
VALUE.constructor("(long value)")(lambda value: JValue(Int64(value)))
for _name in (
    "ulong",
    "decimal",
    "double",
    "float",
    "bool",
    "DateTime",
    "DateTimeOffset",
    "Guid",
    "TimeSpan",
):
    VALUE.constructor(f"({_name} value)")(JValue)
VALUE.constructor("(object value)")(JValue)
VALUE.method("int CompareTo(JValue obj)")(lambda this, other: this.net_compare(other))
VALUE.method("bool Equals(JValue other)")(lambda this, other: this == other)
VALUE.method("bool Equals(object obj)")(lambda this, other: this == other)
VALUE.method("int GetHashCode()")(hash)
VALUE.method("string ToString(string format)")(lambda this, format: this.net_format(format))
VALUE.method("static JValue CreateComment(string value)")(lambda value: JValue(value, tokens.COMMENT))
VALUE.method("static JValue CreateString(string value)")(lambda value: JValue(value, tokens.STRING))
VALUE.method("static JValue CreateNull()")(lambda: JValue(None, tokens.NULL))
VALUE.method("static JValue CreateUndefined()")(lambda: JValue(None, tokens.UNDEFINED))


@VALUE.constructor("(char value)")
def value_of_character(value: Char) -> JValue:
    """A string token whose value is the character."""
    return JValue(value, tokens.STRING)


@VALUE.constructor("(string value)")
def value_of_text(value: str | None) -> JValue:
    """A string token, of a null string too."""
    return JValue(value, tokens.STRING)


@VALUE.constructor("(Uri value)")
def value_of_uri(value: Any) -> JValue:
    """A Uri token, or a null token."""
    return JValue(value, tokens.NULL if value is None else tokens.URI)


RAW.constructor("(JRaw other)")(lambda other: known(other, "other").clone())
RAW.constructor("(object rawJson)")(JRaw)
