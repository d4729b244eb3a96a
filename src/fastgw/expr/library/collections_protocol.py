"""How the members of the collection interfaces reach every collection: a small protocol of Python methods.

The members of IEnumerable<T>, ICollection<T>, IList<T>, IDictionary<K, V>, ... are declared once, on the
interfaces (`collections_interfaces.py`, `collections_dictionaries.py`), and call the methods below on the
receiver. A run-time class that implements an interface inherits the class of its row and writes what has no
default; all of them are mixins without slots, so that they go beside any other base. Arrays need nothing:
the interface members know them.

| interface | inherit | write |
|---|---|---|
| IEnumerable<T> | - | `__iter__`: begins anew at each call |
| IReadOnlyCollection<T> | Collection | `__iter__`, `__len__` |
| ICollection<T> | Collection | the same, and `net_add`, `net_remove`, `net_clear` |
| IReadOnlyList<T> | ListCollection | `__iter__`, `__len__`, `net_element` |
| IList<T> | ListCollection | as ICollection<T>, `net_set_element`, `net_insert`, `net_remove_at` |
| IReadOnlyDictionary<K, V> | ReadOnlyDictionary | `__iter__`, `__len__`, `net_get`, `net_pair_types` |
| IDictionary<K, V> | DictionaryCollection | also `net_set_item`, `net_add_item`, `net_remove_key` |
| IEqualityComparer<T> | EqualityComparer | `equals(a, b) -> bool`, `hash(a) -> int`; perhaps `key(a)` |
| IComparer<T> | Comparer | `compare(a, b) -> int` |

Everything else has a default here, which a class overrides where it can do better. The enumeration of a
dictionary gives KeyValuePairs; `net_clear` is due wherever something can be removed. An equality comparer
that can make a key of a Python dict from a value (equal keys for equal values, and only for them; null gives
None) offers it as `key(a)`: it saves a call of `hash` and some of `equals` for each element.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from fastgw.expr.runtime.errors import (
    ArgumentNullException,
    InvalidOperationException,
    KeyNotFoundException,
    NotSupportedException,
)
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.objects import equals, to_text
from fastgw.expr.runtime.values import NetObject

if TYPE_CHECKING:
    from fastgw.expr.types import Type

MISSING: Any = object()
"""What no collection holds: the default to give to `net_get`."""


def modified() -> InvalidOperationException:
    """What MoveNext raises after its collection was changed."""
    return InvalidOperationException("Collection was modified; enumeration operation may not execute.")


def read_only() -> NotSupportedException:
    """What a change of a collection raises that cannot be changed."""
    return NotSupportedException("Collection is read-only.")


def key_missing(key: Any) -> KeyNotFoundException:
    """What the indexer of a dictionary raises for a key that it does not have."""
    return KeyNotFoundException(f"The given key '{to_text(key)}' was not present in the dictionary.")


def key_null() -> ArgumentNullException:
    """What every dictionary raises for a null key."""
    return ArgumentNullException(parameter="key")


class Collection(NetObject):
    """ICollection<T> and IReadOnlyCollection<T>; read-only unless a subclass says otherwise."""

    __slots__ = ()

    net_read_only: ClassVar[bool] = True

    @abstractmethod
    def __iter__(self) -> Iterator[Any]: ...

    @abstractmethod
    def __len__(self) -> int: ...

    def net_contains(self, item: Any) -> bool:
        """Whether an element equals `item`."""
        meter.spend(len(self))
        return any(equals(one, item) for one in self)

    def net_add(self, item: Any) -> None:
        """Raises NotSupportedException where nothing can be added."""
        raise read_only()

    def net_remove(self, item: Any) -> bool:
        """Remove the first element that equals `item`; whether there was one."""
        raise read_only()

    def net_clear(self) -> None:
        """Remove everything."""
        raise read_only()


class ListCollection(Collection):
    """IList<T> and IReadOnlyList<T>."""

    __slots__ = ()

    @abstractmethod
    def net_element(self, index: int) -> Any:
        """The element at `index`. Raises ArgumentOutOfRangeException."""

    def net_set_element(self, index: int, value: Any) -> None:
        """Replace the element at `index`. Raises ArgumentOutOfRangeException."""
        raise read_only()

    def net_index_of(self, item: Any) -> int:
        """The place of the first element that equals `item`, or -1."""
        meter.spend(len(self))
        return next((at for at, one in enumerate(self) if equals(one, item)), -1)

    def net_insert(self, index: int, item: Any) -> None:
        """Put `item` before the element at `index`. Raises ArgumentOutOfRangeException."""
        raise read_only()

    def net_remove_at(self, index: int) -> None:
        """Remove the element at `index`. Raises ArgumentOutOfRangeException."""
        raise read_only()


class ReadOnlyDictionary(Collection):
    """IReadOnlyDictionary<K, V>."""

    __slots__ = ()

    @abstractmethod
    def net_get(self, key: Any, default: Any) -> Any:
        """The value of `key`, or `default` where there is none. Raises ArgumentNullException for null."""

    @abstractmethod
    def net_pair_types(self) -> tuple[Type, Type]:
        """The types of keys and values."""

    def net_item(self, key: Any) -> Any:
        """The value of `key`. Raises KeyNotFoundException."""
        value = self.net_get(key, MISSING)
        if value is MISSING:
            raise key_missing(key)
        return value

    def net_keys(self) -> Any:
        """The keys, as a Collection."""
        return DictionaryPart(self, True)

    def net_values(self) -> Any:
        """The values, as a Collection."""
        return DictionaryPart(self, False)

    def net_iter_keys(self) -> Iterator[Any]:
        """The keys in order."""
        return (pair.key for pair in self)

    def net_iter_values(self) -> Iterator[Any]:
        """The values in the order of the keys."""
        return (pair.value for pair in self)

    def net_contains(self, item: Any) -> bool:
        """Whether the dictionary has this KeyValuePair."""
        found = self.net_get(item.key, MISSING)
        return found is not MISSING and equals(found, item.value)


class DictionaryCollection(ReadOnlyDictionary):
    """IDictionary<K, V>."""

    __slots__ = ()

    net_read_only: ClassVar[bool] = False

    @abstractmethod
    def net_set_item(self, key: Any, value: Any) -> None:
        """Set the value of `key`, new or not. Raises ArgumentNullException for null."""

    @abstractmethod
    def net_add_item(self, key: Any, value: Any) -> None:
        """Set the value of a new key. Raises ArgumentException where it is there already."""

    @abstractmethod
    def net_remove_key(self, key: Any) -> bool:
        """Remove a key; whether it was there."""

    def net_add(self, item: Any) -> None:
        """Add a KeyValuePair."""
        self.net_add_item(item.key, item.value)

    def net_remove(self, item: Any) -> bool:
        """Remove a KeyValuePair: the key only where it has this value."""
        return self.net_contains(item) and self.net_remove_key(item.key)


class DictionaryPart(Collection):
    """The keys or the values of a dictionary: a live view of it."""

    __slots__ = ("dictionary", "is_keys")

    def __init__(self, dictionary: ReadOnlyDictionary, is_keys: bool) -> None:
        self.dictionary = dictionary
        self.is_keys = is_keys

    def __iter__(self) -> Iterator[Any]:
        return self.dictionary.net_iter_keys() if self.is_keys else self.dictionary.net_iter_values()

    def __len__(self) -> int:
        return len(self.dictionary)

    def net_contains(self, item: Any) -> bool:
        """Whether the dictionary has the key, or some key has the value."""
        if self.is_keys:
            return self.dictionary.net_get(item, MISSING) is not MISSING
        return super().net_contains(item)

    def net_add(self, item: Any) -> None:
        """Raises NotSupportedException."""
        raise self._fixed()

    def net_remove(self, item: Any) -> bool:
        """Raises NotSupportedException."""
        raise self._fixed()

    def net_clear(self) -> None:
        """Raises NotSupportedException."""
        raise self._fixed()

    def element_type(self) -> Type:
        """K or V."""
        return self.dictionary.net_pair_types()[0 if self.is_keys else 1]

    def _fixed(self) -> NotSupportedException:
        which = "key" if self.is_keys else "value"
        return NotSupportedException(
            f"Mutating a {which} collection derived from a dictionary is not allowed."
        )

    def net_type(self) -> Type:
        """Dictionary<K, V>.KeyCollection or .ValueCollection."""
        from fastgw.expr.library.collections_dictionary import part_type

        return part_type(self.is_keys, self.dictionary.net_pair_types())


class EqualityComparer(NetObject):
    """IEqualityComparer<T>. Inheriting it is convenience: the two methods are what counts."""

    __slots__ = ()

    @abstractmethod
    def equals(self, a: Any, b: Any) -> bool:
        """Whether both are equal; either may be null."""

    @abstractmethod
    def hash(self, a: Any) -> int:
        """GetHashCode: the same for equal values; `a` is not null."""


class Comparer(NetObject):
    """IComparer<T>. Inheriting it is convenience: the method is what counts."""

    __slots__ = ()

    @abstractmethod
    def compare(self, a: Any, b: Any) -> int:
        """Negative, 0 or positive; either may be null."""


class ComparedKey:
    """A value in a Python dict, by an IEqualityComparer<T>."""

    __slots__ = ("code", "comparer", "value")

    def __init__(self, value: Any, comparer: EqualityComparer) -> None:
        self.value = value
        self.comparer = comparer
        self.code = 0 if value is None else comparer.hash(value)

    def __hash__(self) -> int:
        return self.code

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, ComparedKey)
            and self.code == other.code
            and bool(self.comparer.equals(other.value, self.value))
        )
