"""A mapping that nobody can change, and that can be sent to another process.

Must never give out what it is made of: `types.MappingProxyType` alone cannot be pickled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Generic, TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value", covariant=True)


class FrozenMapping(Mapping[_Key, _Value], Generic[_Key, _Value]):
    """A copy of a mapping, in its order. Its repr shows no content, which may be secret."""

    __slots__ = ("_entries",)

    _entries: Mapping[_Key, _Value]

    def __init__(self, entries: Mapping[_Key, _Value]) -> None:
        object.__setattr__(self, "_entries", MappingProxyType(dict(entries)))

    def __getitem__(self, key: _Key) -> _Value:
        return self._entries[key]

    def __iter__(self) -> Iterator[_Key]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __hash__(self) -> int:
        return hash(frozenset(self._entries.items()))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a FrozenMapping cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a FrozenMapping cannot be changed")

    def __reduce__(self) -> tuple[type[FrozenMapping[_Key, _Value]], tuple[dict[_Key, _Value]]]:
        return type(self), (dict(self._entries),)

    def __repr__(self) -> str:
        return f"<{len(self)} entries>"
