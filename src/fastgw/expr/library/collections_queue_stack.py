"""Queue<T> and Stack<T>."""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from collections.abc import Iterator
from typing import Any

from fastgw.expr.library.arrays import AnyArray, negative, new_array
from fastgw.expr.library.collections_elements import collect, more_room
from fastgw.expr.library.collections_enumerators import get_enumerator
from fastgw.expr.library.collections_interfaces import contains, copy_to, count
from fastgw.expr.library.collections_protocol import Collection, modified
from fastgw.expr.library.declare import Declared, define
from fastgw.expr.runtime.defaults import default_of
from fastgw.expr.runtime.errors import ArgumentNullException, InvalidOperationException
from fastgw.expr.types import NamedType, Type

Types = tuple[Type, ...]


class _Line(Collection):
    """What both have: elements in a row, one end of which is next."""

    __slots__ = ("element", "items", "room", "version")

    def __init__(self, element: Type, items: list[Any]) -> None:
        self.element = element
        self.items: deque[Any] = deque(items)
        self.version = 0
        self.room = len(items)

    def __iter__(self) -> Iterator[Any]:
        return _walk(self, self.version)

    def __len__(self) -> int:
        return len(self.items)

    @abstractmethod
    def in_order(self) -> Iterator[Any]:
        """The elements as an enumeration gives them: the next one first."""

    def push(self, item: Any) -> None:
        """Enqueue or Push."""
        if len(self.items) >= self.room:
            self.room = more_room(self.room)
        self.items.append(item)
        self.version += 1

    @abstractmethod
    def top(self) -> Any:
        """What leaves next; there is something."""

    @abstractmethod
    def pop(self) -> Any:
        """Take out what leaves next; there is something."""

    def net_clear(self) -> None:
        """Remove everything."""
        self.items.clear()
        self.version += 1


class Queue(_Line):
    """A Queue<T>: the first element leaves first."""

    __slots__ = ()

    def in_order(self) -> Iterator[Any]:
        """From the first to the last."""
        return iter(self.items)

    def top(self) -> Any:
        """The first element."""
        return self.items[0]

    def pop(self) -> Any:
        """Take out the first element."""
        self.version += 1
        return self.items.popleft()

    def net_type(self) -> Type:
        """Queue<T>."""
        return NamedType(QUEUE.definition, (self.element,))


class Stack(_Line):
    """A Stack<T>: the last element leaves first."""

    __slots__ = ()

    def in_order(self) -> Iterator[Any]:
        """From the last to the first."""
        return iter(reversed(self.items))

    def top(self) -> Any:
        """The last element."""
        return self.items[-1]

    def pop(self) -> Any:
        """Take out the last element."""
        self.version += 1
        return self.items.pop()

    def net_type(self) -> Type:
        """Stack<T>."""
        return NamedType(STACK.definition, (self.element,))


def _walk(this: _Line, version: int) -> Iterator[Any]:
    if this.version != version:
        raise modified()
    for item in this.in_order():
        yield item
        if this.version != version:
            raise modified()


_INTERFACES = ("IReadOnlyCollection<T>", "System.Collections.ICollection")
QUEUE = define("System.Collections.Generic.Queue<T>", "class", interfaces=_INTERFACES)
STACK = define("System.Collections.Generic.Stack<T>", "class", interfaces=_INTERFACES)
QUEUE.represent(Queue)
STACK.represent(Stack)


def to_array(this: _Line) -> AnyArray:
    """The elements as an enumeration gives them."""
    return new_array(this.element, collect(this))


def trim_excess(this: _Line) -> None:
    """Nothing that could be seen."""


def _declare(declared: Declared, made: type[_Line], add: str, take: str, empty: str) -> None:
    """Declare what both have, under their own names."""

    def new(types: Types) -> _Line:
        return made(types[0], [])

    def new_with_room(types: Types, capacity: int) -> _Line:
        if capacity < 0:
            raise negative("capacity")
        return made(types[0], [])

    def new_of(types: Types, collection: Any) -> _Line:
        if collection is None:
            raise ArgumentNullException(parameter="collection")
        return made(types[0], collect(collection))

    def top(this: _Line) -> Any:
        if not this.items:
            raise InvalidOperationException(empty)
        return this.top()

    def pop(this: _Line) -> Any:
        if not this.items:
            raise InvalidOperationException(empty)
        return this.pop()

    def try_top(this: _Line) -> tuple[bool, Any]:
        return (True, this.top()) if this.items else (False, default_of(this.element))

    def try_pop(this: _Line) -> tuple[bool, Any]:
        return (True, this.pop()) if this.items else (False, default_of(this.element))

    declared.constructor("()", wants_types=True)(new)
    declared.constructor("(int capacity)", wants_types=True)(new_with_room)
    declared.constructor("(IEnumerable<T> collection)", wants_types=True)(new_of)
    declared.property("int Count")(count)
    declared.method(f"void {add}(T item)")(made.push)
    declared.method(f"T {take}()")(pop)
    declared.method("T Peek()")(top)
    declared.method(f"bool Try{take}(out T result)")(try_pop)
    declared.method("bool TryPeek(out T result)")(try_top)
    declared.method("void Clear()")(made.net_clear)
    declared.method("bool Contains(T item)")(contains)
    declared.method("void CopyTo(T[] array, int arrayIndex)")(copy_to)
    declared.method("T[] ToArray()")(to_array)
    declared.method("void TrimExcess()")(trim_excess)
    declared.method("IEnumerator<T> GetEnumerator()", wants_types=True)(get_enumerator)


_declare(QUEUE, Queue, "Enqueue", "Dequeue", "Queue empty.")
_declare(STACK, Stack, "Push", "Pop", "Stack empty.")
