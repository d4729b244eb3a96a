"""JProperty and JObject (Newtonsoft.Json.Linq of Json.NET 13)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeVar, cast

from fastgw.expr.library.collections_protocol import DictionaryCollection
from fastgw.expr.library.core import STRING
from fastgw.expr.library.declare import type_of_text
from fastgw.expr.library.json.containers import (
    JArray,
    JContainer,
    adopt,
    copy_held,
    copy_raw,
    from_content,
    is_multi_content,
    shown_key,
    use_object_class,
)
from fastgw.expr.library.json.positions import Position, path_of
from fastgw.expr.library.json.tokens import (
    COMMENT,
    NULL,
    OBJECT,
    PROPERTY,
    JToken,
    JValue,
    check_nesting,
    known,
)
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentOutOfRangeException,
    JsonException,
    NotImplementedException,
)
from fastgw.expr.runtime.meter import meter
from fastgw.expr.types import Type

_Default = TypeVar("_Default")
_MISSING = object()


class JProperty(JContainer):
    """Newtonsoft.Json.Linq.JProperty: a name and one value, which is its only child."""

    __slots__ = ("name", "value")

    kind = PROPERTY
    full_name = "Newtonsoft.Json.Linq.JProperty"

    def __init__(self, name: str, value: JToken) -> None:
        """Around a token that nobody else has, which becomes its value."""
        self.name = name
        self.value = value
        self.parent = None
        self.at = 0
        self.version = 0
        value.parent = self

    @classmethod
    def of(cls, name: str | None, content: Any) -> JProperty:
        """new JProperty(name, content): several of them are an array. Raises what `add` raises."""
        found = cls(known(name, "name"), JValue(None, NULL))
        token = JArray.of(content) if is_multi_content(content) else from_content(content)
        child = found._as_child(token)
        found.validate(child, None)
        child.parent = found
        child.at = 0
        found.value = child
        return found

    @property
    def key(self) -> str:
        """The name: an object's property is what a KeyValuePair of the object is made from."""
        return self.name

    def set_value(self, value: JToken | None) -> None:
        """Value = value. Raises ArgumentException for what cannot be one."""
        self.set_at(0, value)

    def __len__(self) -> int:
        """Count."""
        return 1

    def child(self, index: int) -> JToken:
        """The value. Raises ArgumentOutOfRangeException."""
        if index:
            raise ArgumentOutOfRangeException
        return self.value

    def index_of(self, item: JToken | None) -> int:
        """0 for the value, else -1."""
        return 0 if item is not None and item is self.value else -1

    def _put(self, index: int, item: JToken) -> None:
        self.value = item

    def insert(self, index: int, item: JToken | None, trusted: bool = False) -> None:
        """Raises JsonException: a property has its one value."""
        if item is None or item.kind != COMMENT:
            raise JsonException(f"{self.full_name} cannot have multiple values.")

    def remove_at(self, index: int) -> None:
        """Raises JsonException."""
        raise self._fixed()

    def remove_item(self, item: JToken | None) -> bool:
        """Raises JsonException."""
        raise self._fixed()

    def clear(self) -> None:
        """Raises JsonException."""
        raise self._fixed()

    def set_at(self, index: int, item: JToken | None) -> None:
        """Put another value in. Raises ArgumentOutOfRangeException and ArgumentException."""
        if index:
            raise ArgumentOutOfRangeException
        super().set_at(0, item)

    def _fixed(self) -> JsonException:
        return JsonException(f"Cannot add or remove items from {self.full_name}.")

    def merge_item(self, content: Any, depth: int) -> None:
        """Take on another property's value, unless it is null."""
        if isinstance(content, JProperty) and content.value.kind != NULL:
            self.set_value(content.value)

    def clone(self, depth: int = 0) -> JToken:
        """A deep copy."""
        check_nesting(depth)
        return JProperty(self.name, self.value.clone(depth + 1))

    def deep_equals(self, other: JToken, depth: int = 0) -> bool:
        """Whether the other is a property with the same name and an equal value."""
        return (
            isinstance(other, JProperty)
            and self.name == other.name
            and self.value.deep_equals(other.value, depth + 1)
        )


class JObject(JContainer, DictionaryCollection):
    """Newtonsoft.Json.Linq.JObject.

    `members` has, by name, the properties; for those that nobody has looked at yet their raw values.
    `order` are the names in order for `version`, made when somebody asks for a property by its place.
    """

    __slots__ = ("members", "order")

    kind = OBJECT
    full_name = "Newtonsoft.Json.Linq.JObject"

    members: dict[str, Any]
    order: list[str] | None

    def __init__(self, members: dict[str, Any] | None = None) -> None:
        """Around a dictionary of raw values, which it takes over."""
        self.members = {} if members is None else members
        self.order = None
        self.parent = None
        self.at = 0
        self.version = 0

    @classmethod
    def of(cls, content: Any) -> JObject:
        """new JObject(content). Raises what `add` raises."""
        found = cls()
        found.add(content)
        return found

    def __len__(self) -> int:
        """Count."""
        return len(self.members)

    def property(self, name: str | None) -> JProperty | None:
        """The property of that name, or None."""
        found = self.members.get(name, _MISSING)  # type: ignore[arg-type]
        if type(found) is JProperty:
            return found
        if name is None or found is _MISSING:
            return None
        made = JProperty(name, adopt(found, None))
        made.parent = self
        self.members[name] = made
        return made

    def property_where(self, name: str | None, matches: Callable[[str, str], bool]) -> JProperty | None:
        """The property of that name, or the first one whose name matches it."""
        if name is None:
            return None
        found = self.property(name)
        if found is None:
            meter.spend(len(self.members))
            other = next((one for one in self.members if matches(one, name)), None)
            found = None if other is None else self.property(other)
        return found

    def value_of(self, name: str) -> JToken | None:
        """`this[string name]`: the value, or None."""
        found = self.property(known(name, "propertyName"))
        return None if found is None else found.value

    def set_value_of(self, name: str, value: JToken | None) -> None:
        """`this[string name] = value`: replaces the value, or adds a property at the end."""
        found = self.property(known(name, "propertyName"))
        if found is None:
            self.add_property(name, value)
        else:
            found.set_value(value)

    def add_property(self, name: str | None, value: JToken | None) -> None:
        """Add(name, value). Raises ArgumentException where the name is there already."""
        self.insert(len(self.members), JProperty.of(name, value))

    def get_item(self, key: Any) -> JToken | None:
        """`this[object key]`. Raises ArgumentException for what is no string."""
        if type(known(key, "key")) is not str:
            raise ArgumentException(
                f"Accessed JObject values with invalid key value: {shown_key(key)}."
                " Object property name expected."
            )
        return self.value_of(key)

    def set_item(self, key: Any, value: JToken | None) -> None:
        """`this[object key] = value`. Raises ArgumentException for what is no string."""
        if type(known(key, "key")) is not str:
            raise ArgumentException(
                f"Set JObject values with invalid key value: {shown_key(key)}. Object property name expected."
            )
        self.set_value_of(key, value)

    def _names(self) -> list[str]:
        """The names in order."""
        if self.order is None:
            meter.spend(len(self.members) >> 4)
            self.order = list(self.members)
        return self.order

    def child(self, index: int) -> JToken:
        """The property at a place that exists."""
        found = cast("JProperty", self.property(self._names()[index]))
        found.at = index
        return found

    def index_of(self, item: JToken | None) -> int:
        """The place of a property, compared by identity, or -1."""
        if not isinstance(item, JProperty) or item.parent is not self:
            return -1
        names = self._names()
        if not (item.at < len(names) and names[item.at] == item.name):
            meter.spend(len(names) >> 4)
            for at, name in enumerate(names):
                found = self.members[name]
                if type(found) is JProperty:
                    found.at = at
        return item.at

    def validate(self, item: JToken, existing: JToken | None) -> None:
        """Only properties, each name once. Raises ArgumentException."""
        if not isinstance(item, JProperty):
            raise ArgumentException(f"Can not add {item.full_name} to {self.full_name}.")
        if isinstance(existing, JProperty) and existing.name == item.name:
            return
        if item.name in self.members:
            raise ArgumentException(
                f"Can not add property {item.name} to {self.full_name}."
                " Property with the same name already exists on object."
            )

    def insert(self, index: int, item: JToken | None, trusted: bool = False) -> None:
        """Insert a property; comments are left out. Raises ArgumentException."""
        if item is None or item.kind != COMMENT:
            super().insert(index, item, trusted)

    def _place(self, index: int, item: JToken) -> None:
        # `validate` lets nothing else through.
        new = cast("JProperty", item)
        if index == len(self.members):
            self.members[new.name] = new
            if self.order is not None:
                self.order.append(new.name)
            return
        pairs = self._pairs()
        pairs.insert(index, (new.name, new))
        self._rebuild(pairs)

    def _put(self, index: int, item: JToken) -> None:
        new = cast("JProperty", item)
        pairs = self._pairs()
        pairs[index] = (new.name, new)
        self._rebuild(pairs)

    def _take(self, index: int) -> None:
        del self.members[self._names()[index]]
        self.order = None

    def _drop_all(self) -> None:
        for one in self.members.values():
            if type(one) is JProperty:
                one.parent = None
        self.members = {}
        self.order = None

    def _pairs(self) -> list[tuple[str, Any]]:
        meter.spend(len(self.members) >> 4)
        return list(self.members.items())

    def properties(self) -> Iterator[JProperty]:
        """The properties; raises InvalidOperationException when they have changed meanwhile."""
        return cast("Iterator[JProperty]", iter(self))

    def _rebuild(self, pairs: list[tuple[str, Any]]) -> None:
        self.members = dict(pairs)
        self.order = None

    def remove_named(self, name: str | None) -> bool:
        """Remove(name); whether it was there."""
        found = self.property(name)
        if found is None:
            return False
        del self.members[found.name]
        self.order = None
        found.parent = None
        self.version += 1
        return True

    def merge_item(self, content: Any, depth: int) -> None:
        """Take on another object's properties: containers of one type are merged, nulls left out."""
        if not isinstance(content, JObject):
            return
        for other in list(content.properties()):
            theirs = other.value
            mine = self.property(other.name)
            if mine is None:
                self.add_property(other.name, theirs)
            elif isinstance(mine.value, JContainer) and mine.value.kind == theirs.kind:
                mine.value.merge(theirs, depth + 1)
            elif theirs.kind != NULL:
                mine.set_value(theirs)

    def clone(self, depth: int = 0) -> JToken:
        """A deep copy."""
        check_nesting(depth)
        meter.spend(len(self.members))
        meter.reserve(64 * len(self.members))
        copy = JObject()
        for name, one in self.members.items():
            held = copy_held(one.value, depth + 1) if type(one) is JProperty else copy_raw(one)
            if isinstance(held, JToken):
                held = JProperty(name, held)
                held.parent = copy
            copy.members[name] = held
        return copy

    def deep_equals(self, other: JToken, depth: int = 0) -> bool:
        """Whether the other is an object with equal properties, in any order."""
        if self is other:
            return True
        if not isinstance(other, JObject) or len(self.members) != len(other.members):
            return False
        check_nesting(depth)
        meter.spend(len(self.members))
        for name in self.members:
            mine, theirs = self.property(name), other.property(name)
            if mine is None or theirs is None or not mine.value.deep_equals(theirs.value, depth + 1):
                return False
        return True

    # What IDictionary<string, JToken> and ICollection<T> ask for (collections_protocol.py).

    def net_get(self, key: Any, default: _Default) -> JToken | _Default:
        """The value of a name, or `default`."""
        found = self.property(key)
        return default if found is None else found.value

    def net_pair_types(self) -> tuple[Type, Type]:
        """string and JToken."""
        return STRING.type, type_of_token()

    def net_set_item(self, key: Any, value: Any) -> None:
        """`this[key] = value`."""
        self.set_value_of(key, value)

    def net_add_item(self, key: Any, value: Any) -> None:
        """Add(key, value). Raises ArgumentException."""
        self.add_property(key, value)

    def net_remove_key(self, key: Any) -> bool:
        """Remove(key)."""
        return self.remove_named(key)

    def net_values(self) -> Any:
        """Raises NotImplementedException, as Json.NET does."""
        raise NotImplementedException

    def net_contains(self, item: Any) -> bool:
        """Whether it has this child, or this pair with the very same value."""
        if item is None or isinstance(item, JToken):
            return self.index_of(item) >= 0
        found = self.property(item.key)
        return found is not None and found.value is item.value

    def net_add(self, item: Any) -> None:
        """Add a child, or a pair."""
        if item is None or isinstance(item, JToken):
            self.add(item)
        else:
            self.add_property(item.key, item.value)

    def net_remove(self, item: Any) -> bool:
        """Remove a child, or a pair with the very same value."""
        if item is None or isinstance(item, JToken):
            return self.remove_item(item)
        return self.net_contains(item) and self.remove_named(item.key)

    def net_clear(self) -> None:
        """Remove all properties."""
        self.clear()


@cache
def type_of_token() -> Type:
    """JToken, as a type of the language."""
    return type_of_text("JToken")


def path_of_token(token: JToken) -> str:
    """Path: where a token stands in its document."""
    positions: list[Position] = []
    below: JToken | None = None
    current: JToken | None = token if token.parent is not None else None
    while current is not None:
        meter.spend()
        if isinstance(current, JProperty):
            positions.append(Position("Object", current.name))
        elif below is not None and not isinstance(current, JObject) and isinstance(current, JContainer):
            positions.append(Position("Array", index=current.index_of(below)))
        below, current = current, current.parent
    return path_of(reversed(positions))


use_object_class(JObject)
