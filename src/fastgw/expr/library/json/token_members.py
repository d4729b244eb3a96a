"""Members of JToken and IJEnumerable<T>, and the conversions that JToken declares."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fastgw.expr.library.collections_elements import Sequence
from fastgw.expr.library.json import reading, writing
from fastgw.expr.library.json.containers import JContainer
from fastgw.expr.library.json.conversions import TARGETS, Target, convert
from fastgw.expr.library.json.definitions import (
    COMPARER,
    ENUMERABLE,
    ENUMERABLE_STRUCT,
    TOKEN,
    JEnumerable,
    TokenComparer,
)
from fastgw.expr.library.json.generic_values import to_object, value_as
from fastgw.expr.library.json.objects import path_of_token, type_of_token
from fastgw.expr.library.json.path_parsing import parse_path
from fastgw.expr.library.json.paths import evaluate, select_one
from fastgw.expr.library.json.serializing import from_object
from fastgw.expr.library.json.tokens import NULL, STRING, URI, JToken, JValue, known
from fastgw.expr.runtime.errors import InvalidOperationException
from fastgw.expr.runtime.type_tests import tester
from fastgw.expr.runtime.values import EnumValue, Int64
from fastgw.expr.types import Type

TOKEN.attribute("JTokenType Type", "type_value")
TOKEN.attribute("JContainer Parent", "parent")
TOKEN.property("bool HasValues")(lambda this: this.has_values())
TOKEN.property("JToken Root", never_null=True)(lambda this: this.root())
TOKEN.property("JToken Next")(lambda this: this.next())
TOKEN.property("JToken Previous")(lambda this: this.previous())
TOKEN.property("JToken First")(lambda this: this.first())
TOKEN.property("JToken Last")(lambda this: this.last())
TOKEN.property("string Path", never_null=True)(path_of_token)
TOKEN.method("JToken DeepClone()")(lambda this: this.clone())
TOKEN.method("void AddBeforeSelf(object content)")(lambda this, content: this.add_beside(content, 0))
TOKEN.method("void AddAfterSelf(object content)")(lambda this, content: this.add_beside(content, 1))
TOKEN.method("void Remove()")(lambda this: this.remove())
TOKEN.method("void Replace(JToken value)")(lambda this, value: this.replace(value))
TOKEN.method("static JToken Parse(string json)")(reading.parse)

TOKEN.value("JTokenEqualityComparer EqualityComparer", TokenComparer())
COMPARER.constructor("()")(TokenComparer)


def sequence(start: Callable[[], Iterator[JToken]]) -> Sequence:
    """An IEnumerable<JToken>."""
    return Sequence(type_of_token(), start)


def tokens_of(start: Callable[[], Iterator[JToken]]) -> JEnumerable:
    """A JEnumerable<JToken>."""
    return JEnumerable(type_of_token(), start)


def get_item(this: JToken, key: Any) -> JToken | None:
    """`this[object key]`. Raises what the class of the token raises."""
    return this.get_item(key)


def set_item(this: JToken, key: Any, value: JToken | None) -> None:
    """`this[object key] = value`. Raises what `get_item` raises."""
    this.set_item(key, value)


TOKEN.indexer("JToken this[object key]", setter=set_item)(get_item)


@TOKEN.method("static bool DeepEquals(JToken t1, JToken t2)")
def deep_equals(left: JToken | None, right: JToken | None) -> bool:
    """Whether both say the same."""
    return left is right or (left is not None and right is not None and left.deep_equals(right))


@TOKEN.method("T Value<T>(object key)", wants_types=True)
def value_of(types: tuple[Type, ...], this: JToken, key: Any) -> Any:
    """The value under a key as T; the default of T where there is none."""
    return value_as(this.get_item(key), types[-1])


@TOKEN.method("JEnumerable<JToken> Children()")
def children(this: JToken) -> JEnumerable:
    """The children."""
    return tokens_of(lambda: iter(this))


@TOKEN.method("JEnumerable<T> Children<T>()", wants_types=True)
def children_of_type(types: tuple[Type, ...], this: JToken) -> JEnumerable:
    """The children that are T."""
    test = tester(types[-1])
    return JEnumerable(types[-1], lambda: filter(test, this))


@TOKEN.method("IEnumerable<T> Values<T>()", wants_types=True)
def values(types: tuple[Type, ...], this: JToken) -> Sequence:
    """The children as values. Raises InvalidOperationException on tokens that cannot have any."""
    if not isinstance(this, JContainer):
        raise InvalidOperationException(f"Cannot access child value on {this.full_name}.")
    element = types[-1]
    return Sequence(element, lambda: (value_as(one, element) for one in this))


@TOKEN.method("IEnumerable<JToken> Ancestors()")
def ancestors(this: JToken) -> Sequence:
    """The containers it is in, from the inside out."""
    return sequence(this.ancestors)


@TOKEN.method("IEnumerable<JToken> AncestorsAndSelf()")
def ancestors_and_self(this: JToken) -> Sequence:
    """Itself, and the containers it is in."""

    def start() -> Iterator[JToken]:
        yield this
        yield from this.ancestors()

    return sequence(start)


@TOKEN.method("IEnumerable<JToken> AfterSelf()")
def after_self(this: JToken) -> Sequence:
    """The tokens after it in its parent."""
    return sequence(lambda: this.siblings(1))


@TOKEN.method("IEnumerable<JToken> BeforeSelf()")
def before_self(this: JToken) -> Sequence:
    """The tokens before it in its parent."""
    return sequence(lambda: this.siblings(-1))


@TOKEN.method("string ToString()")
def to_text(this: JToken) -> str:
    """The JSON, indented; of a JValue its value's text."""
    return this.net_text()


@TOKEN.method("string ToString(Formatting formatting)")
def to_json(this: JToken, formatting: EnumValue) -> str:
    """The JSON."""
    return writing.write(this, formatting.value == 1)


@TOKEN.method("static JToken FromObject(object o)")
def token_from_object(value: Any) -> JToken:
    """A token that says what an object says. Raises ArgumentNullException, JsonSerializationException."""
    return from_object(known(value, "o"))


@TOKEN.method("T ToObject<T>()", wants_types=True)
def as_object(types: tuple[Type, ...], this: JToken) -> Any:
    """The token as T. Raises what the conversion raises."""
    return to_object(this, types[-1])


@TOKEN.method("object ToObject(Type objectType)")
def as_object_of(this: JToken, type: Type | None) -> Any:
    """The token as a type. Raises what the conversion raises."""
    return to_object(this, known(type, "type"))


@TOKEN.method("JToken SelectToken(string path)")
def select_token(this: JToken, path: str | None) -> JToken | None:
    """The token that a JSONPath leads to, or null. Raises JsonException."""
    return select_one(parse_path(path), this, False)


@TOKEN.method("JToken SelectToken(string path, bool errorWhenNoMatch)")
def select_token_strictly(this: JToken, path: str | None, strict: bool) -> JToken | None:
    """The token that a JSONPath leads to. Raises JsonException."""
    return select_one(parse_path(path), this, strict)


@TOKEN.method("IEnumerable<JToken> SelectTokens(string path)")
def select_tokens(this: JToken, path: str | None) -> Sequence:
    """The tokens that a JSONPath leads to. Raises JsonException."""
    return select_tokens_strictly(this, path, False)


@TOKEN.method("IEnumerable<JToken> SelectTokens(string path, bool errorWhenNoMatch)")
def select_tokens_strictly(this: JToken, path: str | None, strict: bool) -> Sequence:
    """The tokens that a JSONPath leads to. Raises JsonException, some of it when they are enumerated."""
    steps = parse_path(path)
    return sequence(lambda: evaluate(steps, this, this, strict))


@ENUMERABLE.indexer("IJEnumerable<JToken> this[object key]")
@ENUMERABLE_STRUCT.indexer("IJEnumerable<JToken> this[object key]")
def items_of_each(this: Any, key: Any) -> Any:
    """What each of the tokens has under a key."""
    from fastgw.expr.library.json.extension_members import values_under

    return this.get_item(key) if isinstance(this, JToken) else values_under(this, key)


# ---------------------------------------------------------------- conversions


def _declare_explicit(name: str, target: Target) -> None:
    """`(int)token`, `(int?)token`; types that can be null have one operator."""
    TOKEN.operator(f"explicit operator {name}(JToken value)")(
        lambda token: convert(token, target, target.is_reference)
    )
    if not target.is_reference:
        TOKEN.operator(f"explicit operator {name}?(JToken value)")(lambda token: convert(token, target, True))


for _name, _target in TARGETS.items():
    _declare_explicit(_name, _target)

# Integers of up to 64 bits become long, as the constructor that C# chooses for them takes it.
for _name in ("sbyte", "byte", "short", "ushort", "int", "uint", "long"):
    TOKEN.operator(f"implicit operator JToken({_name} value)")(lambda value: JValue(Int64(value)))
for _name in (
    "ulong",
    "float",
    "double",
    "decimal",
    "bool",
    "DateTime",
    "DateTimeOffset",
    "TimeSpan",
    "Guid",
):
    TOKEN.operator(f"implicit operator JToken({_name} value)")(JValue)
for _name in (
    *("sbyte?", "byte?", "short?", "ushort?", "int?", "uint?", "long?", "ulong?", "float?", "double?"),
    *("decimal?", "bool?", "DateTime?", "DateTimeOffset?", "TimeSpan?", "Guid?", "byte[]"),
):
    TOKEN.operator(f"implicit operator JToken({_name} value)")(JValue)


@TOKEN.operator("implicit operator JToken(string value)")
def of_text(value: str | None) -> JValue:
    """A string token, of a null string too: it is written as null, but its type is String."""
    return JValue(value, STRING)


@TOKEN.operator("implicit operator JToken(Uri value)")
def of_uri(value: Any) -> JValue:
    """A Uri token, or a null token."""
    return JValue(value, NULL if value is None else URI)
