"""Tokens with children: JContainer, JArray and JConstructor (Newtonsoft.Json.Linq of Json.NET 13).

What was parsed is held as plain Python values (dict, list, str, int, float, bool, None) until somebody looks
at it: `adopt` makes the token of such a raw value, which then lives in its place. Raw values are never
deeper than the parser allows (64), so functions over them may recurse.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from fastgw.expr.library.collections_protocol import ListCollection, modified
from fastgw.expr.library.json.dates import may_be_date, parse_date
from fastgw.expr.library.json.tokens import (
    ARRAY,
    BOOLEAN,
    CONSTRUCTOR,
    FLOAT,
    INTEGER,
    NULL,
    PROPERTY,
    STRING,
    BigInteger,
    JToken,
    JValue,
    check_nesting,
    known,
)
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentOutOfRangeException,
    Exhausted,
)
from fastgw.expr.runtime.growth import size_of
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import ByteArray, Int64, NetObject

RAW_CLASSES = frozenset((dict, list, str, int, float, bool, type(None)))
_LEAST_LONG = -(2**63)
_MOST_LONG = 2**63 - 1
_MOST_NESTED_CONTENT = 100
_NO_INDEX = "Index was out of range. Must be non-negative and less than the size of the collection."


def adopt(raw: Any, parent: JContainer | None, at: int = 0) -> JToken:
    """The token of a raw value; containers take the raw container over."""
    kind = type(raw)
    token: JToken
    if kind is str:
        date = parse_date(raw)
        token = JValue(raw, STRING) if date is None else JValue(date)
    elif kind is dict:
        token = _object_class(raw)
    elif kind is int:
        token = JValue(Int64(raw) if _LEAST_LONG <= raw <= _MOST_LONG else BigInteger(raw), INTEGER)
    elif kind is list:
        token = JArray(raw)
    elif kind is float:
        token = JValue(raw, FLOAT)
    elif raw is None:
        token = JValue(None, NULL)
    else:
        token = JValue(raw, BOOLEAN)
    token.parent = parent
    token.at = at
    return token


_object_class: Any = None


def use_object_class(cls: Any) -> None:
    """Tell what objects are made of; objects.py needs this module and does so when it is loaded."""
    global _object_class
    _object_class = cls


def copy_raw(raw: Any) -> Any:
    """A copy of a raw value."""
    kind = type(raw)
    if kind is str:
        # It is shared, but counts: what is written from the copy is as long.
        meter.reserve(size_of(raw))
        return raw
    if kind is dict:
        return {name: copy_raw(one) for name, one in raw.items()}
    if kind is list:
        return [copy_raw(one) for one in raw]
    return raw


def copy_held(token: JToken, depth: int) -> Any:
    """A copy of a child, to be held: raw where a raw value says the same, else a token without parent."""
    if type(token) is JValue:
        value = token.value
        kind = type(value)
        if kind is Int64:
            return int(value)
        if kind is bool or (value is None and token.kind == NULL):
            return value
        if kind is str and token.kind == STRING and not may_be_date(value):
            meter.reserve(size_of(value))
            return value
    return token.clone(depth)


def is_multi_content(content: Any) -> bool:
    """Whether content stands for several children: enumerable, but no string, token or byte[]."""
    return isinstance(content, NetObject) and (
        hasattr(type(content), "__iter__") and not isinstance(content, (JToken, ByteArray))
    )


def from_content(content: Any) -> JToken:
    """A token as it is, a value as JValue. Raises ArgumentException where JSON has no such value."""
    return content if isinstance(content, JToken) else JValue(content)


def out_of_range(message: str) -> ArgumentOutOfRangeException:
    """For an index that a container does not have."""
    return ArgumentOutOfRangeException(message, parameter="index")


class JContainer(JToken, ListCollection):
    """Newtonsoft.Json.Linq.JContainer. `version` counts changes, for enumerations to notice them.

    Subclasses hold the children, by `_place`, `_put`, `_take` and `_drop_all`.
    """

    __slots__ = ("version",)

    full_name: ClassVar[str] = "Newtonsoft.Json.Linq.JContainer"
    net_read_only: ClassVar[bool] = False
    version: int

    def __len__(self) -> int:
        """Count."""
        raise TypeError(f"{self.full_name} is abstract")

    def __bool__(self) -> bool:
        return True

    def child(self, index: int) -> JToken:
        """The child at a place that exists."""
        raise TypeError(f"{self.full_name} is abstract")

    def index_of(self, item: JToken | None) -> int:
        """The place of a child, compared by identity, or -1."""
        raise TypeError(f"{self.full_name} is abstract")

    def _place(self, index: int, item: JToken) -> None:
        """Insert a child that was validated."""
        raise TypeError(f"{self.full_name} is abstract")

    def _put(self, index: int, item: JToken) -> None:
        """Put another child in the place of one, both validated."""
        raise TypeError(f"{self.full_name} is abstract")

    def _take(self, index: int) -> None:
        """Remove the child at a place that exists."""
        raise TypeError(f"{self.full_name} is abstract")

    def _drop_all(self) -> None:
        """Remove all children."""
        raise TypeError(f"{self.full_name} is abstract")

    def validate(self, item: JToken, existing: JToken | None) -> None:
        """Refuse what cannot be a child here, in place of `existing` if any. Raises ArgumentException."""
        if item.kind == PROPERTY:
            raise ArgumentException(f"Can not add {item.full_name} to {self.full_name}.")

    def has_values(self) -> bool:
        """HasValues: whether it has children."""
        return len(self) > 0

    def get(self, index: int) -> JToken:
        """`this[int index]`. Raises ArgumentOutOfRangeException."""
        if not 0 <= index < len(self):
            raise out_of_range(_NO_INDEX)
        return self.child(index)

    def __iter__(self) -> Iterator[JToken]:
        """The children; raises InvalidOperationException when they have changed meanwhile."""
        version = self.version
        at = 0
        while True:
            if self.version != version:
                raise modified()
            if at >= len(self):
                return
            yield self.child(at)
            at += 1

    def first(self) -> JToken | None:
        """The first child, or None."""
        return self.child(0) if len(self) else None

    def last(self) -> JToken | None:
        """The last child, or None."""
        return self.child(len(self) - 1) if len(self) else None

    def neighbour(self, item: JToken, offset: int) -> JToken | None:
        """The child beside another one, or None."""
        at = self.index_of(item) + offset
        return self.child(at) if 0 <= at < len(self) else None

    def descendants(self, with_self: bool) -> Iterator[JToken]:
        """All tokens below it in the order of the document; itself first if asked for."""
        if with_self:
            yield self
        levels: list[Iterator[JToken]] = [iter(self)]
        while levels:
            for one in levels[-1]:
                meter.spend()
                yield one
                if isinstance(one, JContainer):
                    levels.append(iter(one))
                    break
            else:
                levels.pop()

    def _as_child(self, item: JToken | None, trusted: bool = False) -> JToken:
        """The token that may become a child: a copy of one that is somewhere already, or around this."""
        if item is None:
            return JValue(None, NULL)
        if trusted:
            return item
        if item.parent is not None or item is self or (item.has_values() and self.root() is item):
            return item.clone()
        return item

    def insert(self, index: int, item: JToken | None, trusted: bool = False) -> None:
        """Insert a child. Raises ArgumentOutOfRangeException and what `validate` raises."""
        if index > len(self):
            raise out_of_range("Index must be within the bounds of the List.")
        child = self._as_child(item, trusted)
        self.validate(child, None)
        if index < 0:
            raise out_of_range(_NO_INDEX)
        self._place(index, child)
        child.parent = self
        child.at = index
        self.version += 1

    def _checked(self, index: int) -> int:
        if index < 0:
            raise out_of_range("Index is less than 0.")
        if index >= len(self):
            raise out_of_range("Index is equal to or greater than Count.")
        return index

    def remove_at(self, index: int) -> None:
        """Remove a child. Raises ArgumentOutOfRangeException."""
        item = self.child(self._checked(index))
        self._take(index)
        item.parent = None
        self.version += 1

    def remove_item(self, item: JToken | None) -> bool:
        """Remove a child; whether it was one."""
        at = self.index_of(item)
        if at < 0:
            return False
        self.remove_at(at)
        return True

    def set_at(self, index: int, item: JToken | None) -> None:
        """Put another child in a place. Raises ArgumentOutOfRangeException and what `validate` raises."""
        existing = self.child(self._checked(index))
        if is_unchanged(existing, item):
            return
        child = self._as_child(item)
        self.validate(child, existing)
        self._put(index, child)
        child.parent = self
        child.at = index
        existing.parent = None
        self.version += 1

    def replace_item(self, existing: JToken, replacement: JToken | None) -> None:
        """Put another child in the place of one."""
        if existing.parent is self:
            self.set_at(self.index_of(existing), replacement)

    def clear(self) -> None:
        """Remove all children."""
        self._drop_all()
        self.version += 1

    def add(self, content: Any) -> None:
        """Add(object): a token, a value, or several of them. Raises what `insert` raises."""
        self.add_content(len(self), content)

    def add_content(self, index: int, content: Any, depth: int = 0) -> None:
        """Insert content. Several of them, nested too, each count one place further, as in Json.NET."""
        if not is_multi_content(content):
            self.insert(index, from_content(content))
            return
        if depth > _MOST_NESTED_CONTENT:
            raise Exhausted("The expression adds content that is nested too deeply.")
        for offset, one in enumerate(content):
            meter.spend()
            self.add_content(index + offset, one, depth + 1)

    def replace_all(self, content: Any) -> None:
        """ReplaceAll."""
        self.clear()
        self.add(content)

    def merge(self, content: Any, depth: int = 0) -> None:
        """Merge with the default settings. Raises ArgumentException where content is nothing to merge."""
        check_nesting(depth)
        if content is None:
            return
        if not isinstance(content, JToken) and not is_multi_content(content):
            from fastgw.expr.runtime.objects import type_of
            from fastgw.expr.runtime.text import type_name

            raise ArgumentException(
                f"Could not determine JSON object type for type {type_name(type_of(content))}.",
                parameter="content",
            )
        self.merge_item(content, depth)

    def merge_item(self, content: Any, depth: int) -> None:
        """What `merge` does in this class: arrays and constructors take on the other's children."""
        if is_multi_content(content) or isinstance(content, type(self)):
            for one in list(content):
                self.add(from_content(one))

    def _same_children(self, other: JContainer, depth: int) -> bool:
        check_nesting(depth)
        if self is other:
            return True
        count = len(self)
        if count != len(other):
            return False
        meter.spend(count)
        return all(self.child(at).deep_equals(other.child(at), depth + 1) for at in range(count))

    # What IList<JToken> asks for (collections_protocol.py).

    def net_contains(self, item: Any) -> bool:
        """Whether it has this very child."""
        return self.index_of(item) >= 0

    def net_add(self, item: Any) -> None:
        """Add a child at the end."""
        self.add(item)

    def net_remove(self, item: Any) -> bool:
        """Remove this very child; whether it was one."""
        return self.remove_item(item)

    def net_clear(self) -> None:
        """Remove all children."""
        self.clear()

    def net_element(self, index: int) -> Any:
        """The child at `index`. Raises ArgumentOutOfRangeException."""
        return self.get(index)

    def net_set_element(self, index: int, value: Any) -> None:
        """Replace the child at `index`. Raises ArgumentOutOfRangeException."""
        self.set_at(index, value)

    def net_index_of(self, item: Any) -> int:
        """The place of this very child, or -1."""
        return self.index_of(item)

    def net_insert(self, index: int, item: Any) -> None:
        """Insert a child. Raises ArgumentOutOfRangeException."""
        self.insert(index, item)

    def net_remove_at(self, index: int) -> None:
        """Remove the child at `index`. Raises ArgumentOutOfRangeException."""
        self.remove_at(index)


def is_unchanged(existing: JToken, item: JToken | None) -> bool:
    """Whether a new token says what the old one says already: then the old one stays."""
    if not isinstance(existing, JValue):
        return False
    return existing.kind == NULL if item is None else existing == item


class _List(JContainer):
    """What JArray and JConstructor have in common: a list of children."""

    __slots__ = ("items",)

    items: list[Any]

    def __init__(self, items: list[Any] | None = None) -> None:
        """Around a list of raw values, which it takes over."""
        self.items = [] if items is None else items
        self.parent = None
        self.at = 0
        self.version = 0

    def __len__(self) -> int:
        """Count."""
        return len(self.items)

    def child(self, index: int) -> JToken:
        """The child at a place that exists."""
        item = self.items[index]
        if type(item) in RAW_CLASSES:
            item = self.items[index] = adopt(item, self, index)
        return item  # type: ignore[no-any-return]

    def index_of(self, item: JToken | None) -> int:
        """The place of a child, compared by identity, or -1."""
        if item is None or item.parent is not self:
            return -1
        items = self.items
        if not (item.at < len(items) and items[item.at] is item):
            meter.spend(len(items) >> 6)
            # Everybody's hint is put right at once, so that walking along the neighbours stays cheap.
            for at, one in enumerate(items):
                if type(one) not in RAW_CLASSES:
                    one.at = at
        return item.at

    def _place(self, index: int, item: JToken) -> None:
        self.items.insert(index, item)

    def _put(self, index: int, item: JToken) -> None:
        self.items[index] = item

    def _take(self, index: int) -> None:
        del self.items[index]

    def _drop_all(self) -> None:
        for one in self.items:
            if type(one) not in RAW_CLASSES:
                one.parent = None
        self.items = []

    def _copy_children(self, other: _List, depth: int) -> None:
        check_nesting(depth)
        meter.spend(len(other.items))
        meter.reserve(16 * len(other.items))
        for at, one in enumerate(other.items):
            copy = copy_raw(one) if type(one) in RAW_CLASSES else copy_held(one, depth + 1)
            if isinstance(copy, JToken):
                copy.parent = self
                copy.at = at
            self.items.append(copy)


class JArray(_List):
    """Newtonsoft.Json.Linq.JArray."""

    __slots__ = ()

    kind = ARRAY
    full_name = "Newtonsoft.Json.Linq.JArray"

    @classmethod
    def of(cls, content: Any) -> JArray:
        """new JArray(content). Raises what `add` raises."""
        array = cls()
        array.add(content)
        return array

    @classmethod
    def of_tokens(cls, tokens: Iterable[JToken]) -> JArray:
        """An array that takes over tokens nobody else has."""
        array = cls()
        for at, one in enumerate(tokens):
            one.parent = array
            one.at = at
            array.items.append(one)
        return array

    def get_item(self, key: Any) -> JToken | None:
        """`this[object key]`. Raises ArgumentException for what is no int, ArgumentOutOfRangeException."""
        if type(known(key, "key")) is not int:
            raise ArgumentException(
                f"Accessed JArray values with invalid key value: {shown_key(key)}."
                " Int32 array index expected."
            )
        return self.get(key)

    def set_item(self, key: Any, value: JToken | None) -> None:
        """`this[object key] = value`. Raises ArgumentException, ArgumentOutOfRangeException."""
        if type(known(key, "key")) is not int:
            raise ArgumentException(
                f"Set JArray values with invalid key value: {shown_key(key)}. Int32 array index expected."
            )
        self.set_at(key, value)

    def clone(self, depth: int = 0) -> JToken:
        """A deep copy."""
        copy = JArray()
        copy._copy_children(self, depth)
        return copy

    def deep_equals(self, other: JToken, depth: int = 0) -> bool:
        """Whether the other is an array with equal items."""
        return isinstance(other, JArray) and self._same_children(other, depth)


class JConstructor(_List):
    """Newtonsoft.Json.Linq.JConstructor: `new Date(1)`."""

    __slots__ = ("name",)

    kind = CONSTRUCTOR
    full_name = "Newtonsoft.Json.Linq.JConstructor"

    def __init__(self, name: str | None = None) -> None:
        super().__init__()
        self.name = name

    def get_item(self, key: Any) -> JToken | None:
        """`this[object key]`. Raises ArgumentException for what is no int, ArgumentOutOfRangeException."""
        if type(known(key, "key")) is not int:
            raise ArgumentException(
                f"Accessed JConstructor values with invalid key value: {shown_key(key)}."
                " Argument position index expected."
            )
        return self.get(key)

    def set_item(self, key: Any, value: JToken | None) -> None:
        """`this[object key] = value`. Raises ArgumentException, ArgumentOutOfRangeException."""
        if type(known(key, "key")) is not int:
            raise ArgumentException(
                f"Set JConstructor values with invalid key value: {shown_key(key)}."
                " Argument position index expected."
            )
        self.set_at(key, value)

    def merge_item(self, content: Any, depth: int) -> None:
        """Take on another constructor's name and arguments."""
        if isinstance(content, JConstructor):
            if content.name is not None:
                self.name = content.name
            super().merge_item(content, depth)

    def clone(self, depth: int = 0) -> JToken:
        """A deep copy."""
        copy = JConstructor(self.name)
        copy._copy_children(self, depth)
        return copy

    def deep_equals(self, other: JToken, depth: int = 0) -> bool:
        """Whether the other is a constructor of the same name with equal arguments."""
        return (
            isinstance(other, JConstructor) and self.name == other.name and self._same_children(other, depth)
        )


def shown_key(key: Any) -> str:
    """How messages show a key that an indexer does not take: strings in quotes."""
    from fastgw.expr.runtime.objects import to_text

    return f'"{key}"' if type(key) is str else to_text(key)
