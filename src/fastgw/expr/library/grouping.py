"""IGrouping<K, T> and ILookup<K, T>: what GroupBy and ToLookup give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fastgw.expr.library.arrays import index_beyond, new_array
from fastgw.expr.library.collections_comparers import keys_of
from fastgw.expr.library.collections_elements import KEY_BYTES, Indexed, elements, reserve_for
from fastgw.expr.library.collections_interfaces import count
from fastgw.expr.library.collections_protocol import Collection, ListCollection
from fastgw.expr.library.declare import define
from fastgw.expr.runtime.meter import meter
from fastgw.expr.types import NamedType, Type


class Grouping(Indexed, ListCollection):
    """An IGrouping<K, T>: a key and the elements that have it. `types` are K and T."""

    __slots__ = ("items", "key", "types")

    def __init__(self, key: Any, types: tuple[Type, Type]) -> None:
        self.key = key
        self.types = types
        self.items = []

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def net_element(self, index: int) -> Any:
        """The element at `index`. Raises ArgumentOutOfRangeException."""
        if 0 <= index < len(self.items):
            return self.items[index]
        raise index_beyond()

    def net_type(self) -> Type:
        """IGrouping<K, T>, whatever private class .NET uses."""
        return NamedType(GROUPING.definition, self.types)


class Lookup(Collection):
    """An ILookup<K, T>: groupings in the order in which their keys came up."""

    __slots__ = ("groups", "make_key", "types")

    def __init__(self, types: tuple[Type, Type], comparer: Any) -> None:
        self.types = types
        self.make_key = keys_of(types[0], comparer)
        self.groups: dict[Any, Grouping] = {}

    def add(self, key: Any, item: Any) -> None:
        """Put an element into the group of a key; null is a key like any other."""
        own = key if self.make_key is None else self.make_key(key)
        group = self.groups.get(own)
        if group is None:
            # The group itself and its list, besides the key.
            meter.reserve(2 * KEY_BYTES)
            group = self.groups[own] = Grouping(key, self.types)
        else:
            reserve_for(len(group.items))
        group.items.append(item)

    def find(self, key: Any) -> Any:
        """The group of a key; an empty array where there is none."""
        group = self.groups.get(key if self.make_key is None else self.make_key(key))
        return new_array(self.types[1], []) if group is None else group

    def __iter__(self) -> Iterator[Grouping]:
        return iter(self.groups.values())

    def __len__(self) -> int:
        return len(self.groups)

    def net_type(self) -> Type:
        """ILookup<K, T>, whatever private class .NET uses."""
        return NamedType(LOOKUP.definition, self.types)


GROUPING = define(
    "System.Linq.IGrouping<out TKey, out TElement>", "interface", interfaces=("IEnumerable<TElement>",)
)
LOOKUP = define(
    "System.Linq.ILookup<TKey, TElement>",
    "interface",
    interfaces=("IEnumerable<IGrouping<TKey, TElement>>",),
)

GROUPING.attribute("TKey Key", "key")
LOOKUP.property("int Count")(count)
LOOKUP.indexer("IEnumerable<TElement> this[TKey key]")(Lookup.find)


@LOOKUP.method("bool Contains(TKey key)")
def contains(this: Lookup, key: Any) -> bool:
    """Whether a group has this key."""
    return (key if this.make_key is None else this.make_key(key)) in this.groups


def grouped(
    types: tuple[Type, Type],
    source: Any,
    key: Callable[[Any], Any],
    element: Callable[[Any], Any] | None,
    comparer: Any,
) -> Lookup:
    """Everything in `source` by its key; `types` are those of keys and elements."""
    lookup = Lookup(types, comparer)
    for item in elements(source):
        lookup.add(key(item), item if element is None else element(item))
    return lookup


def joinable(types: tuple[Type, Type], source: Any, key: Callable[[Any], Any], comparer: Any) -> Lookup:
    """Everything in `source` by its key, but for null: nothing joins on null."""
    lookup = Lookup(types, comparer)
    for item in elements(source):
        found = key(item)
        if found is not None:
            lookup.add(found, item)
    return lookup
