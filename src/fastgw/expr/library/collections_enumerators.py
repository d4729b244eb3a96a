"""IEnumerator and IEnumerator<T>: enumerators that a policy holds in its hand."""

from __future__ import annotations

from typing import Any

from fastgw.expr.library.collections_elements import elements
from fastgw.expr.library.core import (
    ARRAY,
    DISPOSABLE,
    ENUMERABLE,
    ENUMERABLE_OF,
    ENUMERATOR,
    ENUMERATOR_OF,
    OBJECT,
)
from fastgw.expr.runtime.defaults import default_of
from fastgw.expr.runtime.errors import NotSupportedException
from fastgw.expr.runtime.values import NetObject
from fastgw.expr.types import NamedType, Type


class Enumerator(NetObject):
    """An enumerator; before the first element and behind the last one, Current is default(T)."""

    __slots__ = ("current", "element", "iterator")

    def __init__(self, element: Type, source: Any) -> None:
        self.element = element
        self.iterator = elements(source)
        self.current = default_of(element)

    def move_next(self) -> bool:
        """Go on to the next element; whether there is one."""
        for item in self.iterator:
            self.current = item
            return True
        self.current = default_of(self.element)
        return False

    def net_dispose(self) -> None:
        """Let go of what is enumerated."""
        self.iterator = iter(())

    def net_type(self) -> Type:
        """IEnumerator<T>, whatever private class .NET uses."""
        return NamedType(ENUMERATOR_OF.definition, (self.element,))


ENUMERATOR.attribute("object Current", "current")
ENUMERATOR_OF.attribute("T Current", "current")


@ENUMERATOR.method("bool MoveNext()")
def move_next(this: Enumerator) -> bool:
    """Go on to the next element; whether there is one. Raises what the enumeration raises."""
    return this.move_next()


@ENUMERATOR.method("void Reset()")
def reset(this: Enumerator) -> None:
    """Raises NotSupportedException, as the enumerators of queries do."""
    raise NotSupportedException


@DISPOSABLE.method("void Dispose()")
def dispose(this: Any) -> None:
    """IDisposable.Dispose: the class writes `net_dispose` where there is something to do."""
    action = getattr(this, "net_dispose", None)
    if action is not None:
        action()


@ENUMERABLE_OF.method("IEnumerator<T> GetEnumerator()", wants_types=True)
def get_enumerator(types: tuple[Type, ...], this: Any) -> Enumerator:
    """A new enumerator, before the first element."""
    return Enumerator(types[0], this)


@ENUMERABLE.method("IEnumerator GetEnumerator()")
def get_object_enumerator(this: Any) -> Enumerator:
    """A new enumerator of objects, before the first element."""
    return Enumerator(OBJECT.type, this)


ARRAY.method("IEnumerator GetEnumerator()")(get_object_enumerator)
