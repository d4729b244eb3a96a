"""What `using` calls at its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastgw.expr.runtime.objects import type_of
from fastgw.expr.types import NamedType, Type

_Disposer = Callable[[Any], Any]
_disposers: dict[type, _Disposer | None] = {}


def dispose(value: Any) -> None:
    """IDisposable.Dispose, as the type of the value declares it; nothing for null."""
    if value is None:
        return
    kind = type(value)
    if kind not in _disposers:
        _disposers[kind] = _find(type_of(value))
    disposer = _disposers[kind]
    if disposer is not None:
        disposer(value)


def _find(type: Type | None) -> _Disposer | None:
    """The nearest Dispose() without parameters of the type, its bases and interfaces."""
    if not isinstance(type, NamedType):
        return None
    for one in type.definition.methods.get("Dispose", ()):
        if not one.parameters and not one.is_static:
            return one.function
    for base in (type.definition.base, *type.definition.interfaces):
        found = _find(base)
        if found is not None:
            return found
    return None
