"""List<T>: the class and its members, but for searching, sorting and copying (`collections_list_search`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fastgw.expr.library.arrays import AnyArray, index_beyond, negative, new_array
from fastgw.expr.library.collections_comparers import first_place
from fastgw.expr.library.collections_elements import Indexed, collect, elements, more_room, reserve
from fastgw.expr.library.collections_enumerators import get_enumerator
from fastgw.expr.library.collections_interfaces import count
from fastgw.expr.library.collections_protocol import ListCollection, modified
from fastgw.expr.library.declare import define
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
)
from fastgw.expr.runtime.meter import meter
from fastgw.expr.types import NamedType, Type


class List(Indexed, ListCollection):
    """A List<T>: `items` in order; `version` counts its changes.

    `capacity` is the room that .NET would have made, `room` what has been reserved.
    """

    __slots__ = ("capacity", "element", "items", "room", "version")

    net_read_only = False

    def __init__(self, element: Type, items: list[Any]) -> None:
        self.element = element
        self.items = items
        self.version = 0
        self.room = self.capacity = len(items)

    def __iter__(self) -> Iterator[Any]:
        return _walk(self, self.version)

    def __len__(self) -> int:
        return len(self.items)

    def net_type(self) -> Type:
        """List<T>."""
        return NamedType(LIST.definition, (self.element,))

    def net_contains(self, item: Any) -> bool:
        """Whether an element equals `item`."""
        return self.net_index_of(item) >= 0

    def net_index_of(self, item: Any) -> int:
        """The place of the first element that equals `item`, or -1."""
        return first_place(self.items, item, 0, len(self.items), self.element)

    def net_add(self, item: Any) -> None:
        """Add an element at the end."""
        items = self.items
        if len(items) >= self.room:
            self.room = more_room(self.room)
        items.append(item)
        self.version += 1

    def net_remove(self, item: Any) -> bool:
        """Remove the first element that equals `item`; whether there was one."""
        at = self.net_index_of(item)
        if at < 0:
            return False
        self.net_remove_at(at)
        return True

    def net_clear(self) -> None:
        """Remove everything."""
        self.items.clear()
        self.version += 1

    def net_element(self, index: int) -> Any:
        """The element at `index`. Raises ArgumentOutOfRangeException."""
        items = self.items
        if 0 <= index < len(items):
            return items[index]
        raise index_beyond()

    def net_set_element(self, index: int, value: Any) -> None:
        """Replace the element at `index`. Raises ArgumentOutOfRangeException."""
        if not 0 <= index < len(self.items):
            raise index_beyond()
        self.items[index] = value
        self.version += 1

    def net_insert(self, index: int, item: Any) -> None:
        """Put `item` before the element at `index`. Raises ArgumentOutOfRangeException."""
        if not 0 <= index <= len(self.items):
            raise _not_within()
        if len(self.items) >= self.room:
            self.room = more_room(self.room)
        self.items.insert(index, item)
        self.version += 1

    def net_remove_at(self, index: int) -> None:
        """Remove the element at `index`. Raises ArgumentOutOfRangeException."""
        if not 0 <= index < len(self.items):
            raise index_beyond()
        del self.items[index]
        self.version += 1

    def check_range(self, index: int, count: int) -> None:
        """Raise what a part raises that the list does not have."""
        if index < 0:
            raise negative("index")
        if count < 0:
            raise negative("count")
        if len(self.items) - index < count:
            raise ArgumentException(
                "Offset and length were out of bounds for the array or count is greater than the number of "
                "elements from index to the end of the source collection."
            )


def _walk(this: List, version: int) -> Iterator[Any]:
    if this.version != version:
        raise modified()
    for item in this.items:
        yield item
        if this.version != version:
            raise modified()


def _not_within() -> ArgumentOutOfRangeException:
    return ArgumentOutOfRangeException("Index must be within the bounds of the List.", parameter="index")


LIST = define(
    "System.Collections.Generic.List<T>",
    "class",
    interfaces=("IList<T>", "IReadOnlyList<T>", "System.Collections.IList"),
    python=(List,),
)


@LIST.constructor("()", wants_types=True)
def new_list(types: tuple[Type, ...]) -> List:
    """`new List<T>()`."""
    return List(types[0], [])


@LIST.constructor("(int capacity)", wants_types=True)
def new_list_with_room(types: tuple[Type, ...], capacity: int) -> List:
    """`new List<T>(capacity)`. Raises ArgumentOutOfRangeException."""
    if capacity < 0:
        raise negative("capacity")
    made = List(types[0], [])
    made.capacity = capacity
    return made


@LIST.constructor("(IEnumerable<T> collection)", wants_types=True)
def new_list_of(types: tuple[Type, ...], collection: Any) -> List:
    """`new List<T>(collection)`. Raises ArgumentNullException."""
    if collection is None:
        raise ArgumentNullException(parameter="collection")
    return List(types[0], collect(collection))


LIST.property("int Count")(count)
LIST.indexer("T this[int index]", setter=List.net_set_element)(List.net_element)
LIST.method("void Add(T item)")(List.net_add)
LIST.method("void Clear()")(List.net_clear)
LIST.method("bool Contains(T item)")(List.net_contains)
LIST.method("int IndexOf(T item)")(List.net_index_of)
LIST.method("void Insert(int index, T item)")(List.net_insert)
LIST.method("bool Remove(T item)")(List.net_remove)
LIST.method("void RemoveAt(int index)")(List.net_remove_at)
LIST.method("IEnumerator<T> GetEnumerator()", wants_types=True)(get_enumerator)


def _set_capacity(this: List, value: int) -> None:
    if value < len(this.items):
        raise ArgumentOutOfRangeException("capacity was less than the current size.", parameter="value")
    this.capacity = value


@LIST.property("int Capacity", setter=_set_capacity)
def capacity(this: List) -> int:
    """What the list holds without growing: 4, then doubled whenever it was too little."""
    while this.capacity < len(this.items):
        this.capacity = max(4, 2 * this.capacity)
    return this.capacity


@LIST.method("void TrimExcess()")
def trim_excess(this: List) -> None:
    """Give up spare room where it is more than a tenth."""
    if len(this.items) < int(capacity(this) * 0.9):
        this.capacity = len(this.items)


@LIST.method("void AddRange(IEnumerable<T> collection)")
def add_range(this: List, collection: Any) -> None:
    """Add elements at the end. Raises ArgumentNullException."""
    if collection is None:
        raise ArgumentNullException(parameter="collection")
    this.items += collect(collection)
    this.version += 1


@LIST.method("void InsertRange(int index, IEnumerable<T> collection)")
def insert_range(this: List, index: int, collection: Any) -> None:
    """Put elements before the one at `index`. Raises ArgumentNullException, ArgumentOutOfRangeException."""
    if collection is None:
        raise ArgumentNullException(parameter="collection")
    if not 0 <= index <= len(this.items):
        raise index_beyond()
    this.items[index:index] = collect(collection)
    this.version += 1


@LIST.method("List<T> GetRange(int index, int count)")
def get_range(this: List, index: int, count: int) -> List:
    """A part as a new list. Raises ArgumentOutOfRangeException and ArgumentException."""
    this.check_range(index, count)
    reserve(count)
    return List(this.element, this.items[index : index + count])


@LIST.method("void RemoveRange(int index, int count)")
def remove_range(this: List, index: int, count: int) -> None:
    """Remove a part. Raises ArgumentOutOfRangeException and ArgumentException."""
    this.check_range(index, count)
    if count > 0:
        del this.items[index : index + count]
        this.version += 1


@LIST.method("int RemoveAll(Predicate<T> match)")
def remove_all(this: List, match: Callable[[Any], bool] | None) -> int:
    """Remove the elements that match; how many there were. Raises ArgumentNullException."""
    if match is None:
        raise ArgumentNullException(parameter="match")
    meter.spend(len(this.items))
    kept = [item for item in this.items if not match(item)]
    removed = len(this.items) - len(kept)
    if removed:
        this.items[:] = kept
        this.version += 1
    return removed


@LIST.method("void ForEach(Action<T> action)")
def for_each(this: List, action: Callable[[Any], object] | None) -> None:
    """Call `action` for each element. Raises ArgumentNullException, InvalidOperationException on a change."""
    if action is None:
        raise ArgumentNullException(parameter="action")
    for item in elements(this):
        action(item)


@LIST.method("List<TOutput> ConvertAll<TOutput>(Converter<T, TOutput> converter)", wants_types=True)
def convert_all(types: tuple[Type, ...], this: List, converter: Callable[[Any], Any] | None) -> List:
    """A new list of what `converter` makes. Raises ArgumentNullException."""
    if converter is None:
        raise ArgumentNullException(parameter="converter")
    meter.spend(len(this.items))
    reserve(len(this.items))
    return List(types[1], list(map(converter, this.items)))


@LIST.method("void Reverse()")
def reverse(this: List) -> None:
    """Turn the order around."""
    meter.spend(len(this.items))
    this.items.reverse()
    this.version += 1


@LIST.method("void Reverse(int index, int count)")
def reverse_part(this: List, index: int, count: int) -> None:
    """Turn the order of a part around. Raises ArgumentOutOfRangeException and ArgumentException."""
    this.check_range(index, count)
    this.items[index : index + count] = this.items[index : index + count][::-1]
    this.version += 1


@LIST.method("T[] ToArray()")
def to_array(this: List) -> AnyArray:
    """A new array."""
    meter.spend(len(this.items))
    return new_array(this.element, list(this.items))
