"""HashSet<T>, and the members of ISet<T>, which nothing else implements.

The enumeration of .NET's class is kept: in order of insertion, where a new element takes the place of the
one that was removed last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fastgw.expr.library.array_copying import copy_into
from fastgw.expr.library.arrays import AnyArray, negative
from fastgw.expr.library.collections_comparers import DEFAULT_EQUALITY, keys_of
from fastgw.expr.library.collections_elements import KEY_BYTES, collect, elements, key_set, more_room
from fastgw.expr.library.collections_enumerators import get_enumerator
from fastgw.expr.library.collections_interfaces import count
from fastgw.expr.library.collections_protocol import MISSING, Collection, EqualityComparer, modified
from fastgw.expr.library.core import EQUALITY_COMPARER_OF, OBJECT, SET_OF
from fastgw.expr.library.declare import define
from fastgw.expr.runtime.defaults import default_of
from fastgw.expr.runtime.errors import ArgumentException, ArgumentNullException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.types import NamedType, Type

Types = tuple[Type, ...]


class HashSet(Collection):
    """A HashSet<T>.

    `places` leads from an element (made a key by `make_key`, where there is one) to its place in `slots`;
    `free` are places that nothing stands in, `room` what has been reserved.
    """

    __slots__ = ("comparer", "element", "free", "make_key", "places", "room", "slots", "version")

    net_read_only = False

    def __init__(self, element: Type, comparer: Any = None) -> None:
        self.element = element
        self.comparer = comparer
        self.make_key = keys_of(element, comparer)
        self.places: dict[Any, int] = {}
        self.slots: list[Any] = []
        self.free: list[int] = []
        self.version = 0
        self.room = 0

    def __iter__(self) -> Iterator[Any]:
        return self._walk(self.version)

    def __len__(self) -> int:
        return len(self.places)

    def _walk(self, version: int) -> Iterator[Any]:
        if self.version != version:
            raise modified()
        for item in self.slots:
            if item is not MISSING:
                yield item
                if self.version != version:
                    raise modified()

    def net_type(self) -> Type:
        """HashSet<T>."""
        return NamedType(HASH_SET.definition, (self.element,))

    def key(self, item: Any) -> Any:
        """The key of `places` for an element."""
        return item if self.make_key is None else self.make_key(item)

    def keys_in(self, other: Any) -> set[Any]:
        """The keys of the elements of any enumerable. Raises ArgumentNullException."""
        if other is None:
            raise ArgumentNullException(parameter="other")
        return key_set(other, self.make_key)

    def net_contains(self, item: Any) -> bool:
        """Whether `item` is in the set."""
        return self.key(item) in self.places

    def net_add(self, item: Any) -> None:
        """ICollection<T>.Add."""
        self.add(item)

    def add(self, item: Any) -> bool:
        """Add an element; whether it is new."""
        key = self.key(item)
        if key in self.places:
            return False
        if self.free:
            at = self.free.pop()
            self.slots[at] = item
        else:
            at = len(self.slots)
            if at >= self.room:
                self.room = more_room(self.room, KEY_BYTES)
            self.slots.append(item)
        self.places[key] = at
        self.version += 1
        return True

    def net_remove(self, item: Any) -> bool:
        """Remove an element; whether it was there."""
        return self.remove_key(self.key(item))

    def remove_key(self, key: Any) -> bool:
        """Remove the element of a key; whether it was there."""
        at = self.places.pop(key, None)
        if at is None:
            return False
        self.slots[at] = MISSING
        self.version += 1
        if self.places:
            self.free.append(at)
        else:
            self.slots.clear()
            self.free.clear()
        return True

    def remove_if(self, test: Callable[[Any], bool]) -> int:
        """Remove the elements, in order, that pass the test; how many there were."""
        meter.spend(len(self.slots))
        found = 0
        for item in list(self.slots):
            if item is not MISSING and test(item):
                found += self.net_remove(item)
        return found

    def net_clear(self) -> None:
        """Remove everything."""
        if self.slots:
            self.places.clear()
            self.slots.clear()
            self.free.clear()
            self.version += 1


HASH_SET = define(
    "System.Collections.Generic.HashSet<T>",
    "class",
    interfaces=("ISet<T>", "IReadOnlyCollection<T>"),
    python=(HashSet,),
)


@HASH_SET.constructor("()", wants_types=True)
def new_set(types: Types) -> HashSet:
    """`new HashSet<T>()`."""
    return HashSet(types[0])


@HASH_SET.constructor("(int capacity)", wants_types=True)
def new_set_with_room(types: Types, capacity: int) -> HashSet:
    """`new HashSet<T>(capacity)`. Raises ArgumentOutOfRangeException."""
    return new_set_with_room_by(types, capacity, None)


@HASH_SET.constructor("(int capacity, IEqualityComparer<T> comparer)", wants_types=True)
def new_set_with_room_by(types: Types, capacity: int, comparer: Any) -> HashSet:
    """`new HashSet<T>(capacity, comparer)`. Raises ArgumentOutOfRangeException."""
    if capacity < 0:
        raise negative("capacity")
    return HashSet(types[0], comparer)


@HASH_SET.constructor("(IEqualityComparer<T> comparer)", wants_types=True)
def new_set_by(types: Types, comparer: Any) -> HashSet:
    """`new HashSet<T>(comparer)`; null means the default one."""
    return HashSet(types[0], comparer)


@HASH_SET.constructor("(IEnumerable<T> collection)", wants_types=True)
def new_set_of(types: Types, collection: Any) -> HashSet:
    """`new HashSet<T>(collection)`. Raises ArgumentNullException."""
    return new_set_of_by(types, collection, None)


@HASH_SET.constructor("(IEnumerable<T> collection, IEqualityComparer<T> comparer)", wants_types=True)
def new_set_of_by(types: Types, collection: Any, comparer: Any) -> HashSet:
    """`new HashSet<T>(collection, comparer)`. Raises ArgumentNullException."""
    if collection is None:
        raise ArgumentNullException(parameter="collection")
    made = HashSet(types[0], comparer)
    for item in elements(collection):
        made.add(item)
    return made


def union_with(this: HashSet, other: Any) -> None:
    """Add all of `other`. Raises ArgumentNullException."""
    if other is None:
        raise ArgumentNullException(parameter="other")
    for item in elements(other):
        this.add(item)


def intersect_with(this: HashSet, other: Any) -> None:
    """Keep only what is in `other` too. Raises ArgumentNullException."""
    kept = this.keys_in(other)
    this.remove_if(lambda item: this.key(item) not in kept)


def except_with(this: HashSet, other: Any) -> None:
    """Remove all of `other`. Raises ArgumentNullException."""
    if other is None:
        raise ArgumentNullException(parameter="other")
    if other is this:
        this.net_clear()
        return
    for item in elements(other):
        this.net_remove(item)


def symmetric_except_with(this: HashSet, other: Any) -> None:
    """Remove what is in both, add what is only in `other`. Raises ArgumentNullException."""
    if other is None:
        raise ArgumentNullException(parameter="other")
    if other is this:
        this.net_clear()
        return
    added = set()
    common = set()
    for item in elements(other):
        key = this.key(item)
        if this.add(item):
            added.add(key)
        elif key not in added:
            common.add(key)
    this.remove_if(lambda item: this.key(item) in common)


def is_subset_of(this: HashSet, other: Any) -> bool:
    """Whether all of it is in `other`. Raises ArgumentNullException."""
    return this.places.keys() <= this.keys_in(other)


def is_proper_subset_of(this: HashSet, other: Any) -> bool:
    """Whether all of it is in `other`, and there is more. Raises ArgumentNullException."""
    return this.places.keys() < this.keys_in(other)


def is_superset_of(this: HashSet, other: Any) -> bool:
    """Whether it has all of `other`. Raises ArgumentNullException."""
    return this.places.keys() >= this.keys_in(other)


def is_proper_superset_of(this: HashSet, other: Any) -> bool:
    """Whether it has all of `other`, and more. Raises ArgumentNullException."""
    return this.places.keys() > this.keys_in(other)


def overlaps(this: HashSet, other: Any) -> bool:
    """Whether it has something of `other`. Raises ArgumentNullException."""
    if other is None:
        raise ArgumentNullException(parameter="other")
    return any(this.net_contains(item) for item in elements(other)) if this.places else False


def set_equals(this: HashSet, other: Any) -> bool:
    """Whether both have the same elements. Raises ArgumentNullException."""
    return this.places.keys() == this.keys_in(other)


for _set in (SET_OF, HASH_SET):
    _set.method("bool Add(T item)")(HashSet.add)
    _set.method("void UnionWith(IEnumerable<T> other)")(union_with)
    _set.method("void IntersectWith(IEnumerable<T> other)")(intersect_with)
    _set.method("void ExceptWith(IEnumerable<T> other)")(except_with)
    _set.method("void SymmetricExceptWith(IEnumerable<T> other)")(symmetric_except_with)
    _set.method("bool IsSubsetOf(IEnumerable<T> other)")(is_subset_of)
    _set.method("bool IsProperSubsetOf(IEnumerable<T> other)")(is_proper_subset_of)
    _set.method("bool IsSupersetOf(IEnumerable<T> other)")(is_superset_of)
    _set.method("bool IsProperSupersetOf(IEnumerable<T> other)")(is_proper_superset_of)
    _set.method("bool Overlaps(IEnumerable<T> other)")(overlaps)
    _set.method("bool SetEquals(IEnumerable<T> other)")(set_equals)

HASH_SET.property("int Count")(count)
HASH_SET.method("void Clear()")(HashSet.net_clear)
HASH_SET.method("bool Contains(T item)")(HashSet.net_contains)
HASH_SET.method("bool Remove(T item)")(HashSet.net_remove)
HASH_SET.method("IEnumerator<T> GetEnumerator()", wants_types=True)(get_enumerator)


@HASH_SET.property("IEqualityComparer<T> Comparer")
def comparer(this: HashSet) -> Any:
    """The comparer of the elements."""
    return DEFAULT_EQUALITY if this.comparer is None else this.comparer


@HASH_SET.method("int RemoveWhere(Predicate<T> match)")
def remove_where(this: HashSet, match: Callable[[Any], bool] | None) -> int:
    """Remove the elements that match; how many there were. Raises ArgumentNullException."""
    if match is None:
        raise ArgumentNullException(parameter="match")
    return this.remove_if(match)


@HASH_SET.method("bool TryGetValue(T equalValue, out T actualValue)")
def try_get_value(this: HashSet, equal_value: Any) -> tuple[bool, Any]:
    """The element of the set that equals a value; default(T) where there is none."""
    at = this.places.get(this.key(equal_value))
    if at is None:
        return False, default_of(this.element)
    return True, this.slots[at]


@HASH_SET.method("int EnsureCapacity(int capacity)")
def ensure_capacity(this: HashSet, capacity: int) -> int:
    """The room there is. Raises ArgumentOutOfRangeException."""
    if capacity < 0:
        raise negative("capacity")
    return max(capacity, len(this))


@HASH_SET.method("void TrimExcess()")
def trim_excess(this: HashSet) -> None:
    """Give up free places."""
    this.slots[:] = [item for item in this.slots if item is not MISSING]
    this.free.clear()
    for at, item in enumerate(this.slots):
        this.places[this.key(item)] = at
    this.version += 1


@HASH_SET.method("void CopyTo(T[] array)")
def copy_to_start(this: HashSet, array: AnyArray | None) -> None:
    """Copy everything. Raises ArgumentNullException and ArgumentException."""
    copy_into(collect(this), array, 0)


@HASH_SET.method("void CopyTo(T[] array, int arrayIndex)")
def copy_to(this: HashSet, array: AnyArray | None, array_index: int) -> None:
    """Copy everything. Raises ArgumentNullException, ArgumentOutOfRangeException and ArgumentException."""
    copy_into(collect(this), array, array_index)


@HASH_SET.method("void CopyTo(T[] array, int arrayIndex, int count)")
def copy_some_to(this: HashSet, array: AnyArray | None, array_index: int, count: int) -> None:
    """Copy the first `count`; the exceptions of CopyTo."""
    if array is None:
        raise ArgumentNullException(parameter="array")
    if array_index < 0:
        raise negative("arrayIndex")
    if count < 0:
        raise negative("count")
    if count > len(array) - array_index:
        raise ArgumentException(
            "Destination array is not long enough to copy all the items in the collection."
        )
    copy_into(collect(this)[:count], array, array_index)


class SetComparer(EqualityComparer):
    """HashSet<T>.CreateSetComparer: sets are equal that have the same elements."""

    __slots__ = ()

    def equals(self, a: Any, b: Any) -> bool:
        """Whether both have the same elements."""
        if a is None or b is None:
            return a is b
        return set_equals(a, b)

    def hash(self, a: Any) -> int:
        """One hash for all sets of a size."""
        return len(a)

    def net_type(self) -> Type:
        """IEqualityComparer<HashSet<T>>: the element type makes no difference."""
        element = NamedType(HASH_SET.definition, (OBJECT.type,))
        return NamedType(EQUALITY_COMPARER_OF.definition, (element,))


@HASH_SET.method("static IEqualityComparer<HashSet<T>> CreateSetComparer()")
def create_set_comparer() -> SetComparer:
    """A comparer of sets by their elements."""
    return SetComparer()
