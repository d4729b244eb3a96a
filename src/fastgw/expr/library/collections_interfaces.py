"""The members of ICollection<T>, IList<T>, their read-only sisters and the interfaces without type parameter.

They work on every class that follows `collections_protocol`, and on arrays.
"""

from __future__ import annotations

from typing import Any

from fastgw.expr.library.array_copying import copy_into
from fastgw.expr.library.arrays import ARRAYS, AnyArray, index_beyond, slots
from fastgw.expr.library.collections_comparers import first_place
from fastgw.expr.library.collections_elements import collect
from fastgw.expr.library.collections_protocol import read_only
from fastgw.expr.library.core import (
    COLLECTION,
    COLLECTION_OF,
    LIST,
    LIST_OF,
    READ_ONLY_COLLECTION_OF,
    READ_ONLY_LIST_OF,
)
from fastgw.expr.runtime.errors import NotSupportedException
from fastgw.expr.runtime.values import Byte, ByteArray


def fixed_size() -> NotSupportedException:
    """What adding to an array and removing from it raises."""
    return NotSupportedException("Collection was of a fixed size.")


def index_in(array: AnyArray, item: Any, start: int, stop: int) -> int:
    """The first place from `start` to before `stop` of an element that equals `item`, or -1."""
    if isinstance(array, ByteArray):
        return array.data.find(item, start, stop) if type(item) is Byte else -1
    return first_place(array.items, item, start, stop, array.element)


def count(this: Any) -> int:
    """Count."""
    return len(this)


def is_read_only(this: Any) -> bool:
    """IsReadOnly; an array says so because it cannot grow."""
    return isinstance(this, ARRAYS) or this.net_read_only


def add(this: Any, item: Any) -> None:
    """ICollection<T>.Add. Raises NotSupportedException where nothing can be added."""
    if isinstance(this, ARRAYS):
        raise fixed_size()
    this.net_add(item)


def clear(this: Any) -> None:
    """ICollection<T>.Clear. Raises NotSupportedException where nothing can be removed."""
    if isinstance(this, ARRAYS):
        raise read_only()
    this.net_clear()


def contains(this: Any, item: Any) -> bool:
    """ICollection<T>.Contains."""
    if isinstance(this, ARRAYS):
        return index_in(this, item, 0, len(this)) >= 0
    return bool(this.net_contains(item))


def remove(this: Any, item: Any) -> bool:
    """ICollection<T>.Remove. Raises NotSupportedException where nothing can be removed."""
    if isinstance(this, ARRAYS):
        raise fixed_size()
    return bool(this.net_remove(item))


def copy_to(this: Any, array: AnyArray | None, index: int) -> None:
    """CopyTo. Raises ArgumentNullException, ArgumentOutOfRangeException and ArgumentException."""
    copy_into(collect(this), array, index)


def element(this: Any, index: int) -> Any:
    """The getter of `this[index]`. Raises ArgumentOutOfRangeException."""
    if isinstance(this, ARRAYS):
        held = slots(this)
        if not 0 <= index < len(held):
            raise index_beyond()
        return Byte(held[index]) if isinstance(this, ByteArray) else held[index]
    return this.net_element(index)


def set_element(this: Any, index: int, value: Any) -> None:
    """The setter of `this[index]`. Raises ArgumentOutOfRangeException."""
    if isinstance(this, ARRAYS):
        held = slots(this)
        if not 0 <= index < len(held):
            raise index_beyond()
        held[index] = value
    else:
        this.net_set_element(index, value)


def index_of(this: Any, item: Any) -> int:
    """IList<T>.IndexOf."""
    if isinstance(this, ARRAYS):
        return index_in(this, item, 0, len(this))
    return int(this.net_index_of(item))


def insert(this: Any, index: int, item: Any) -> None:
    """IList<T>.Insert. Raises NotSupportedException and ArgumentOutOfRangeException."""
    if isinstance(this, ARRAYS):
        raise fixed_size()
    this.net_insert(index, item)


def remove_at(this: Any, index: int) -> None:
    """IList<T>.RemoveAt. Raises NotSupportedException and ArgumentOutOfRangeException."""
    if isinstance(this, ARRAYS):
        raise fixed_size()
    this.net_remove_at(index)


READ_ONLY_COLLECTION_OF.property("int Count")(count)

COLLECTION_OF.property("int Count")(count)
COLLECTION_OF.property("bool IsReadOnly")(is_read_only)
COLLECTION_OF.method("void Add(T item)")(add)
COLLECTION_OF.method("void Clear()")(clear)
COLLECTION_OF.method("bool Contains(T item)")(contains)
COLLECTION_OF.method("void CopyTo(T[] array, int arrayIndex)")(copy_to)
COLLECTION_OF.method("bool Remove(T item)")(remove)

READ_ONLY_LIST_OF.indexer("T this[int index]")(element)

LIST_OF.indexer("T this[int index]", setter=set_element)(element)
LIST_OF.method("int IndexOf(T item)")(index_of)
LIST_OF.method("void Insert(int index, T item)")(insert)
LIST_OF.method("void RemoveAt(int index)")(remove_at)

COLLECTION.property("int Count")(count)
COLLECTION.method("void CopyTo(Array array, int index)")(copy_to)

LIST.indexer("object this[int index]", setter=set_element)(element)
LIST.property("bool IsReadOnly")(is_read_only)
LIST.method("void Clear()")(clear)
LIST.method("bool Contains(object value)")(contains)
LIST.method("int IndexOf(object value)")(index_of)
LIST.method("void Insert(int index, object value)")(insert)
LIST.method("void RemoveAt(int index)")(remove_at)


@LIST.property("bool IsFixedSize")
def is_fixed_size(this: Any) -> bool:
    """Whether nothing can be added or removed."""
    return is_read_only(this)


@LIST.method("int Add(object value)")
def add_object(this: Any, value: Any) -> int:
    """IList.Add: the place of the new element. Raises NotSupportedException."""
    add(this, value)
    return len(this) - 1


@LIST.method("void Remove(object value)")
def remove_object(this: Any, value: Any) -> None:
    """IList.Remove. Raises NotSupportedException."""
    remove(this, value)
