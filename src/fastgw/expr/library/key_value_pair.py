"""KeyValuePair<K, V>: what the enumeration of a dictionary gives."""

from __future__ import annotations

from typing import Any

from fastgw.expr.library.core import KEY_VALUE_PAIR
from fastgw.expr.library.declare import define
from fastgw.expr.runtime.defaults import default_of
from fastgw.expr.runtime.objects import equal_parts, hash_parts, join_parts
from fastgw.expr.runtime.values import NetObject
from fastgw.expr.types import NamedType, Type


class KeyValuePair(NetObject):
    """A key and its value; immutable. `types` are the type arguments."""

    __slots__ = ("key", "types", "value")

    def __init__(self, key: Any, value: Any, types: tuple[Type, ...]) -> None:
        self.key = key
        self.value = value
        self.types = types

    @classmethod
    def net_default(cls, arguments: tuple[Type, ...]) -> KeyValuePair:
        """default(KeyValuePair<K, V>)."""
        return cls(default_of(arguments[0]), default_of(arguments[1]), arguments)

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is KeyValuePair
            and self.types == other.types
            and equal_parts((self.key, self.value), (other.key, other.value))
        )

    def __hash__(self) -> int:
        return hash_parts((self.key, self.value))

    def net_type(self) -> Type:
        """KeyValuePair<K, V>."""
        return NamedType(KEY_VALUE_PAIR.definition, self.types)

    def net_text(self) -> str:
        """`[key, value]`."""
        return join_parts("[", (self.key, self.value), "]")


KEY_VALUE_PAIR.represent(KeyValuePair)
KEY_VALUE_PAIR.attribute("TKey Key", "key")
KEY_VALUE_PAIR.attribute("TValue Value", "value")
_CREATOR = define("System.Collections.Generic.KeyValuePair", "static")


@KEY_VALUE_PAIR.constructor("(TKey key, TValue value)", wants_types=True)
def new_pair(types: tuple[Type, ...], key: Any, value: Any) -> KeyValuePair:
    """`new KeyValuePair<K, V>(key, value)`."""
    return KeyValuePair(key, value, types)


@KEY_VALUE_PAIR.method("void Deconstruct(out TKey key, out TValue value)")
def deconstruct(this: KeyValuePair) -> tuple[Any, Any]:
    """`var (key, value) = pair`."""
    return this.key, this.value


@KEY_VALUE_PAIR.method("string ToString()")
def pair_text(this: Any) -> str:
    """`[key, value]`; what a JObject enumerates has the members of a pair, but is none."""
    return KeyValuePair.net_text(this)


@_CREATOR.method(
    "static KeyValuePair<TKey, TValue> Create<TKey, TValue>(TKey key, TValue value)", wants_types=True
)
def create(types: tuple[Type, ...], key: Any, value: Any) -> KeyValuePair:
    """`KeyValuePair.Create(key, value)`."""
    return KeyValuePair(key, value, types)
