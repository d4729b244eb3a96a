"""Dictionary<K, V>; and the members of IDictionary<K, V> and IReadOnlyDictionary<K, V>.

The enumeration of .NET's class is kept: in order of insertion, where a new key takes the place of the one
that was removed last.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastgw.expr.library.arrays import negative
from fastgw.expr.library.collections_comparers import DEFAULT_EQUALITY, keys_of
from fastgw.expr.library.collections_elements import ELEMENT_BYTES, KEY_BYTES, elements, more_room
from fastgw.expr.library.collections_enumerators import Enumerator
from fastgw.expr.library.collections_interfaces import copy_to, count
from fastgw.expr.library.collections_protocol import (
    MISSING,
    DictionaryCollection,
    ReadOnlyDictionary,
    key_missing,
    key_null,
    modified,
)
from fastgw.expr.library.core import DICTIONARY_OF, KEY_VALUE_PAIR, READ_ONLY_DICTIONARY_OF
from fastgw.expr.library.declare import define
from fastgw.expr.library.key_value_pair import KeyValuePair
from fastgw.expr.runtime.defaults import default_of
from fastgw.expr.runtime.errors import ArgumentException, ArgumentNullException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.objects import equals, to_text
from fastgw.expr.types import NamedType, Type

Types = tuple[Type, ...]


class Dictionary(DictionaryCollection):
    """A Dictionary<K, V>.

    `places` leads from a key (made by `make_key`, where there is one) to its place in the lists `keys` and
    `values`; `free` are places that nothing stands in, `room` what has been reserved.
    """

    __slots__ = ("comparer", "free", "keys", "make_key", "places", "room", "types", "values", "version")

    def __init__(self, types: Types, comparer: Any = None) -> None:
        self.types = types
        self.comparer = comparer
        self.make_key = keys_of(types[0], comparer)
        self.places: dict[Any, int] = {}
        self.keys: list[Any] = []
        self.values: list[Any] = []
        self.free: list[int] = []
        self.version = 0
        self.room = 0

    def __iter__(self) -> Iterator[KeyValuePair]:
        types = self.types
        return (KeyValuePair(self.keys[at], self.values[at], types) for at in self.walk(self.version))

    def __len__(self) -> int:
        return len(self.places)

    def walk(self, version: int) -> Iterator[int]:
        """The places in use, in order. Raises InvalidOperationException once a key was set meanwhile."""
        if self.version != version:
            raise modified()
        for at, key in enumerate(self.keys):
            if key is not MISSING:
                yield at
                if self.version != version:
                    raise modified()

    def net_type(self) -> Type:
        """Dictionary<K, V>."""
        return NamedType(DICTIONARY.definition, self.types)

    def net_pair_types(self) -> tuple[Type, Type]:
        """K and V."""
        return self.types[0], self.types[1]

    def net_iter_keys(self) -> Iterator[Any]:
        """The keys in order."""
        return (self.keys[at] for at in self.walk(self.version))

    def net_iter_values(self) -> Iterator[Any]:
        """The values in the order of the keys."""
        return (self.values[at] for at in self.walk(self.version))

    def place(self, key: Any) -> int | None:
        """Where a key is. Raises ArgumentNullException for null."""
        if key is None:
            raise key_null()
        return self.places.get(key if self.make_key is None else self.make_key(key))

    def net_get(self, key: Any, default: Any) -> Any:
        """The value of `key`, or `default`."""
        at = self.place(key)
        return default if at is None else self.values[at]

    def net_item(self, key: Any) -> Any:
        """The value of `key`. Raises KeyNotFoundException."""
        at = self.place(key)
        if at is None:
            raise key_missing(key)
        return self.values[at]

    def net_set_item(self, key: Any, value: Any) -> None:
        """Set the value of `key`, new or not."""
        at = self.place(key)
        if at is None:
            self._insert(key, value)
        else:
            self.values[at] = value
            self.version += 1

    def net_add_item(self, key: Any, value: Any) -> None:
        """Set the value of a new key. Raises ArgumentException where it is there already."""
        if self.place(key) is not None:
            raise ArgumentException(f"An item with the same key has already been added. Key: {to_text(key)}")
        self._insert(key, value)

    def _insert(self, key: Any, value: Any) -> None:
        if self.free:
            at = self.free.pop()
            self.keys[at] = key
            self.values[at] = value
        else:
            at = len(self.keys)
            if at >= self.room:
                self.room = more_room(self.room, KEY_BYTES + ELEMENT_BYTES)
            self.keys.append(key)
            self.values.append(value)
        self.places[key if self.make_key is None else self.make_key(key)] = at
        self.version += 1

    def net_remove_key(self, key: Any) -> bool:
        """Remove a key; whether it was there. An enumeration may go on."""
        return self.take(key) is not MISSING

    def take(self, key: Any) -> Any:
        """Remove a key and give its value; MISSING where it was not there."""
        at = self.place(key)
        if at is None:
            return MISSING
        del self.places[key if self.make_key is None else self.make_key(key)]
        value = self.values[at]
        self.keys[at] = MISSING
        self.values[at] = None
        self.free.append(at)
        return value

    def net_clear(self) -> None:
        """Remove everything. An enumeration ends."""
        self.places.clear()
        self.keys.clear()
        self.values.clear()
        self.free.clear()


DICTIONARY = define(
    "System.Collections.Generic.Dictionary<TKey, TValue>",
    "class",
    interfaces=(
        "IDictionary<TKey, TValue>",
        "IReadOnlyDictionary<TKey, TValue>",
        "System.Collections.ICollection",
    ),
    python=(Dictionary,),
)
_PARTS = tuple(
    define(
        f"System.Collections.Generic.Dictionary.{which}Collection<TKey, TValue>",
        "class",
        interfaces=(
            f"ICollection<T{which}>",
            f"IReadOnlyCollection<T{which}>",
            "System.Collections.ICollection",
        ),
    )
    for which in ("Key", "Value")
)


def part_type(is_keys: bool, types: tuple[Type, Type]) -> Type:
    """The type of `Keys` or `Values`."""
    return NamedType(_PARTS[0 if is_keys else 1].definition, types)


for _part, _element in zip(_PARTS, ("TKey", "TValue"), strict=True):
    _part.property("int Count")(count)
    _part.method(f"void CopyTo({_element}[] array, int index)")(copy_to)
    _part.method(f"IEnumerator<{_element}> GetEnumerator()")(
        lambda this: Enumerator(this.element_type(), this)
    )


@DICTIONARY.constructor("()", wants_types=True)
def new_dictionary(types: Types) -> Dictionary:
    """`new Dictionary<K, V>()`."""
    return Dictionary(types)


@DICTIONARY.constructor("(IEqualityComparer<TKey> comparer)", wants_types=True)
def new_dictionary_by(types: Types, comparer: Any) -> Dictionary:
    """`new Dictionary<K, V>(comparer)`; null means the default one."""
    return Dictionary(types, comparer)


@DICTIONARY.constructor("(int capacity)", wants_types=True)
def new_dictionary_with_room(types: Types, capacity: int) -> Dictionary:
    """`new Dictionary<K, V>(capacity)`. Raises ArgumentOutOfRangeException."""
    return new_dictionary_with_room_by(types, capacity, None)


@DICTIONARY.constructor("(int capacity, IEqualityComparer<TKey> comparer)", wants_types=True)
def new_dictionary_with_room_by(types: Types, capacity: int, comparer: Any) -> Dictionary:
    """`new Dictionary<K, V>(capacity, comparer)`. Raises ArgumentOutOfRangeException."""
    if capacity < 0:
        raise negative("capacity")
    return Dictionary(types, comparer)


@DICTIONARY.constructor("(IDictionary<TKey, TValue> dictionary)", wants_types=True)
def new_dictionary_like(types: Types, dictionary: Any) -> Dictionary:
    """A copy. Raises ArgumentNullException."""
    return _filled(types, dictionary, None, "dictionary")


@DICTIONARY.constructor(
    "(IDictionary<TKey, TValue> dictionary, IEqualityComparer<TKey> comparer)", wants_types=True
)
def new_dictionary_like_by(types: Types, dictionary: Any, comparer: Any) -> Dictionary:
    """A copy with a comparer. Raises ArgumentNullException and ArgumentException."""
    return _filled(types, dictionary, comparer, "dictionary")


@DICTIONARY.constructor("(IEnumerable<KeyValuePair<TKey, TValue>> collection)", wants_types=True)
def new_dictionary_of(types: Types, collection: Any) -> Dictionary:
    """From pairs. Raises ArgumentNullException and ArgumentException."""
    return _filled(types, collection, None, "collection")


@DICTIONARY.constructor(
    "(IEnumerable<KeyValuePair<TKey, TValue>> collection, IEqualityComparer<TKey> comparer)",
    wants_types=True,
)
def new_dictionary_of_by(types: Types, collection: Any, comparer: Any) -> Dictionary:
    """From pairs, with a comparer. Raises ArgumentNullException and ArgumentException."""
    return _filled(types, collection, comparer, "collection")


def _filled(types: Types, pairs: Any, comparer: Any, parameter: str) -> Dictionary:
    if pairs is None:
        raise ArgumentNullException(parameter=parameter)
    made = Dictionary(types, comparer)
    for pair in elements(pairs):
        made.net_add_item(pair.key, pair.value)
    return made


def contains_key(this: ReadOnlyDictionary, key: Any) -> bool:
    """ContainsKey. Raises ArgumentNullException."""
    return this.net_get(key, MISSING) is not MISSING


def try_get_value(types: Types, this: ReadOnlyDictionary, key: Any) -> tuple[bool, Any]:
    """TryGetValue: whether the key is there, and its value or default(V). Raises ArgumentNullException."""
    value = this.net_get(key, MISSING)
    if value is MISSING:
        return False, default_of(types[1])
    return True, value


def item(this: ReadOnlyDictionary, key: Any) -> Any:
    """The getter of `this[key]`. Raises ArgumentNullException and KeyNotFoundException."""
    return this.net_item(key)


def set_item(this: DictionaryCollection, key: Any, value: Any) -> None:
    """The setter of `this[key]`. Raises ArgumentNullException."""
    this.net_set_item(key, value)


def add_item(this: DictionaryCollection, key: Any, value: Any) -> None:
    """Add(key, value). Raises ArgumentNullException and ArgumentException."""
    this.net_add_item(key, value)


def remove_key(this: DictionaryCollection, key: Any) -> bool:
    """Remove(key): whether it was there. Raises ArgumentNullException."""
    return this.net_remove_key(key)


def keys(this: ReadOnlyDictionary) -> Any:
    """Keys: a live view."""
    return this.net_keys()


def values(this: ReadOnlyDictionary) -> Any:
    """Values: a live view, in the order of the keys."""
    return this.net_values()


READ_ONLY_DICTIONARY_OF.indexer("TValue this[TKey key]")(item)
READ_ONLY_DICTIONARY_OF.property("IEnumerable<TKey> Keys")(keys)
READ_ONLY_DICTIONARY_OF.property("IEnumerable<TValue> Values")(values)
READ_ONLY_DICTIONARY_OF.method("bool ContainsKey(TKey key)")(contains_key)
READ_ONLY_DICTIONARY_OF.method("bool TryGetValue(TKey key, out TValue value)", wants_types=True)(
    try_get_value
)

DICTIONARY_OF.indexer("TValue this[TKey key]", setter=set_item)(item)
DICTIONARY_OF.property("ICollection<TKey> Keys")(keys)
DICTIONARY_OF.property("ICollection<TValue> Values")(values)
DICTIONARY_OF.method("bool ContainsKey(TKey key)")(contains_key)
DICTIONARY_OF.method("bool TryGetValue(TKey key, out TValue value)", wants_types=True)(try_get_value)
DICTIONARY_OF.method("void Add(TKey key, TValue value)")(add_item)
DICTIONARY_OF.method("bool Remove(TKey key)")(remove_key)

DICTIONARY.indexer("TValue this[TKey key]", setter=Dictionary.net_set_item)(Dictionary.net_item)
DICTIONARY.property("int Count")(count)
DICTIONARY.property("System.Collections.Generic.Dictionary.KeyCollection<TKey, TValue> Keys")(keys)
DICTIONARY.property("System.Collections.Generic.Dictionary.ValueCollection<TKey, TValue> Values")(values)
DICTIONARY.method("void Add(TKey key, TValue value)")(Dictionary.net_add_item)
DICTIONARY.method("void Clear()")(Dictionary.net_clear)
DICTIONARY.method("bool ContainsKey(TKey key)")(contains_key)
DICTIONARY.method("bool Remove(TKey key)")(Dictionary.net_remove_key)
DICTIONARY.method("bool TryGetValue(TKey key, out TValue value)", wants_types=True)(try_get_value)


@DICTIONARY.method("IEnumerator<KeyValuePair<TKey, TValue>> GetEnumerator()")
def pair_enumerator(this: Dictionary) -> Enumerator:
    """A new enumerator, before the first pair."""
    return Enumerator(NamedType(KEY_VALUE_PAIR.definition, this.types), this)


@DICTIONARY.property("IEqualityComparer<TKey> Comparer")
def comparer(this: Dictionary) -> Any:
    """The comparer of the keys."""
    return DEFAULT_EQUALITY if this.comparer is None else this.comparer


@DICTIONARY.method("bool ContainsValue(TValue value)")
def contains_value(this: Dictionary, value: Any) -> bool:
    """Whether some key has the value."""
    meter.spend(len(this))
    return any(equals(one, value) for one in this.net_iter_values())


@DICTIONARY.method("bool Remove(TKey key, out TValue value)")
def remove_and_get(this: Dictionary, key: Any) -> tuple[bool, Any]:
    """Remove a key: whether it was there, and its value or default(V). Raises ArgumentNullException."""
    value = this.take(key)
    if value is MISSING:
        return False, default_of(this.types[1])
    return True, value


@DICTIONARY.method("bool TryAdd(TKey key, TValue value)")
def try_add(this: Dictionary, key: Any, value: Any) -> bool:
    """Set the value of a new key; whether it is new. Raises ArgumentNullException."""
    if this.place(key) is not None:
        return False
    this.net_add_item(key, value)
    return True


@DICTIONARY.method("int EnsureCapacity(int capacity)")
def ensure_capacity(this: Dictionary, capacity: int) -> int:
    """The room there is. Raises ArgumentOutOfRangeException."""
    if capacity < 0:
        raise negative("capacity")
    return max(capacity, len(this))


@DICTIONARY.method("void TrimExcess()")
def trim_excess(this: Dictionary) -> None:
    """Give up free places."""
    kept = list(this.walk(this.version))
    this.keys[:] = [this.keys[at] for at in kept]
    this.values[:] = [this.values[at] for at in kept]
    this.free.clear()
    moved = {old: new for new, old in enumerate(kept)}
    for key, old in this.places.items():
        this.places[key] = moved[old]
    this.version += 1
