"""ReadOnlyCollection<T>: a view of a list that cannot change it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastgw.expr.library.collections_enumerators import get_enumerator
from fastgw.expr.library.collections_interfaces import contains, copy_to, count, element, index_of
from fastgw.expr.library.collections_protocol import ListCollection
from fastgw.expr.library.declare import define
from fastgw.expr.runtime.errors import ArgumentNullException
from fastgw.expr.types import NamedType, Type


class ReadOnlyList(ListCollection):
    """A ReadOnlyCollection<T> of an array or another list, `inner`."""

    __slots__ = ("element", "inner")

    def __init__(self, element: Type, inner: Any) -> None:
        self.element = element
        self.inner = inner

    def __iter__(self) -> Iterator[Any]:
        return iter(self.inner)

    def __len__(self) -> int:
        return len(self.inner)

    def net_element(self, index: int) -> Any:
        """The element at `index`. Raises ArgumentOutOfRangeException."""
        return element(self.inner, index)

    def net_type(self) -> Type:
        """ReadOnlyCollection<T>."""
        return NamedType(READ_ONLY.definition, (self.element,))


READ_ONLY = define(
    "System.Collections.ObjectModel.ReadOnlyCollection<T>",
    "class",
    interfaces=("IList<T>", "IReadOnlyList<T>", "System.Collections.IList"),
    python=(ReadOnlyList,),
)

READ_ONLY.property("int Count")(count)
READ_ONLY.indexer("T this[int index]")(element)
READ_ONLY.method("bool Contains(T value)")(contains)
READ_ONLY.method("int IndexOf(T value)")(index_of)
READ_ONLY.method("void CopyTo(T[] array, int index)")(copy_to)
READ_ONLY.method("IEnumerator<T> GetEnumerator()", wants_types=True)(get_enumerator)


@READ_ONLY.constructor("(IList<T> list)", wants_types=True)
def new_read_only(types: tuple[Type, ...], inner: Any) -> ReadOnlyList:
    """`new ReadOnlyCollection<T>(list)`. Raises ArgumentNullException."""
    if inner is None:
        raise ArgumentNullException(parameter="list")
    return ReadOnlyList(types[0], inner)
