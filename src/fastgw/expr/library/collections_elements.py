"""How the library goes through what policies give it: every element costs a step, copies are reserved.

`elements` is the one door to the elements of an enumerable, `collect` makes a list of them, `view` gives
access by index where the enumerable has it. A lazy query is a `LazySequence`, mostly a `Sequence`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, ClassVar, Protocol

from fastgw.expr.library.core import ENUMERABLE_OF
from fastgw.expr.runtime.errors import Exhausted, NullReferenceException
from fastgw.expr.runtime.iteration import characters
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import Array, Byte, ByteArray, NetObject
from fastgw.expr.types import NamedType, Type, TypeDefinition

# Steps are spent for so many elements at once: small against the budget of an expression, and large
# enough that counting costs nearly nothing.
_CHUNK = 64
_COPIED = 1024
# To begin an enumeration takes three nested calls for each query; Python allows a thousand in all.
_MOST_DEPTH = 200
# What an element of a list takes up: the reference, and a small number that nothing else may hold. A key of
# a set or dictionary has a hash and spare room besides.
ELEMENT_BYTES = 48
KEY_BYTES = 128


class View(Protocol):
    """Elements by index; its length and elements may change with what it looks at."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Any: ...


class Indexed(NetObject):
    """A collection whose elements stand in a Python list, `items`, that is never replaced by another."""

    __slots__ = ()

    items: list[Any]


class LazySequence(NetObject):
    """A lazy sequence: every enumeration begins it anew.

    `sources` are what it goes through: Python's iterators call each other without limit, so a query that is
    stacked too high must be refused when it is made. Raises Exhausted.
    """

    __slots__ = ("depth", "element")

    definition: ClassVar[TypeDefinition] = ENUMERABLE_OF.definition

    def __init__(self, element: Type, *sources: Any) -> None:
        self.element = element
        self.depth = 1
        for one in sources:
            if isinstance(one, LazySequence) and one.depth >= self.depth:
                self.depth = one.depth + 1
        if self.depth > _MOST_DEPTH:
            raise Exhausted("The expression has stacked too many queries.")

    @abstractmethod
    def start(self) -> Iterator[Any]:
        """Begin an enumeration."""

    def view(self) -> View | None:
        """Access by index, where there is any at this moment."""
        return None

    def __iter__(self) -> Iterator[Any]:
        return self.start()

    def net_type(self) -> Type:
        """IEnumerable<T>, whatever private class .NET uses."""
        return NamedType(self.definition, (self.element,))


class Sequence(LazySequence):
    """A lazy sequence made of functions: `begin` starts an enumeration, `indexed` looks for a view.

    One that has neither sources nor a view is a source itself: a step is spent for each of its elements.
    """

    __slots__ = ("begin", "indexed", "is_source")

    def __init__(
        self,
        element: Type,
        begin: Callable[[], Iterator[Any]],
        *sources: Any,
        indexed: Callable[[], View | None] | None = None,
    ) -> None:
        super().__init__(element, *sources)
        self.begin = begin
        self.indexed = indexed
        self.is_source = not sources and indexed is None

    def start(self) -> Iterator[Any]:
        """Begin an enumeration."""
        return _each(self.begin()) if self.is_source else self.begin()

    def view(self) -> View | None:
        """Access by index, where there is any at this moment."""
        return None if self.indexed is None else self.indexed()


class BytesView:
    """The elements of a byte[] as Bytes."""

    __slots__ = ("data",)

    def __init__(self, data: bytearray) -> None:
        self.data = data

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> Byte:
        return Byte(self.data[index])


def elements(source: Any) -> Iterator[Any]:
    """The elements of an enumerable from its beginning; each costs a step.

    Raises NullReferenceException for null, as `foreach` does.
    """
    if isinstance(source, LazySequence):
        # What it is made from has been spent for.
        return source.start()
    if type(source) is str:
        meter.spend(len(source))
        return characters(source)
    if source is None:
        raise NullReferenceException
    try:
        size = len(source)
    except TypeError:
        return _each(iter(source))
    if size <= _CHUNK:
        meter.spend(size)
        return iter(source)
    return _in_chunks(iter(source), size)


def _each(iterator: Iterator[Any]) -> Iterator[Any]:
    spend = meter.spend
    for item in iterator:
        spend()
        yield item


def _in_chunks(iterator: Iterator[Any], size: int) -> Iterator[Any]:
    for _ in range(0, size, _CHUNK):
        meter.spend(_CHUNK)
        yield from islice(iterator, _CHUNK)
    # A collection that has changed raises behind its last element.
    yield from iterator


def collect(source: Any) -> list[Any]:
    """All elements of an enumerable, as a new list."""
    if isinstance(source, (Array, Indexed)):
        meter.spend(len(source.items))
        reserve(len(source.items))
        return list(source.items)
    iterator = elements(source)
    found: list[Any] = []
    while chunk := list(islice(iterator, _COPIED)):
        reserve(len(chunk))
        found += chunk
    return found


def reserve(count: int) -> None:
    """Use up the bytes of a list of so many elements. Raises Exhausted."""
    meter.reserve(count * ELEMENT_BYTES)


def key_set(source: Any, make_key: Callable[[Any], Any] | None) -> set[Any]:
    """The keys of all elements; `make_key` None: they are keys themselves."""
    found: set[Any] = set()
    for item in elements(source):
        add_key(found, item if make_key is None else make_key(item))
    return found


def add_key(keys: set[Any], key: Any) -> None:
    """Put a key into a set that may become large, and only grows."""
    reserve_for(len(keys), KEY_BYTES)
    keys.add(key)


def reserve_for(size: int, element_bytes: int = ELEMENT_BYTES) -> None:
    """Reserve before one more element goes to `size` others: at each power of two, for as many again."""
    if not size & (size - 1):
        meter.reserve((size or 1) * element_bytes)


def more_room(room: int, element_bytes: int = ELEMENT_BYTES) -> int:
    """Twice the room, reserved: for what may shrink in between, and keeps in mind what room it has had."""
    meter.reserve((room or 1) * element_bytes)
    return 2 * room or 1


def view(source: Any) -> View | None:
    """Access to the elements by index, or None where the enumerable has none."""
    if isinstance(source, (Array, Indexed)):
        return source.items
    if isinstance(source, LazySequence):
        return source.view()
    if isinstance(source, ByteArray):
        return BytesView(source.data)
    return None


def between(source: View, start: int, stop: int) -> Iterator[Any]:
    """The elements from `start` to before `stop`, as far as there are any when each one's turn comes."""
    spend = meter.spend
    at = start
    while at < stop and at < len(source):
        spend()
        yield source[at]
        at += 1
