"""Objects of anonymous types, `new { a = 1 }`.

They have no declared members: generated code takes their parts by place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastgw.expr.runtime.objects import equal_parts, hash_parts, join_parts, to_text
from fastgw.expr.runtime.values import NetObject
from fastgw.expr.types import AnonymousType


class Anonymous(NetObject):
    """An object of an anonymous type; `parts` are its values in the order of `type.members`."""

    __slots__ = ("parts", "type")

    def __init__(self, parts: tuple[Any, ...], type: AnonymousType) -> None:
        self.parts = parts
        self.type = type

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Anonymous)
            and (other.type is self.type or other.type == self.type)
            and equal_parts(self.parts, other.parts)
        )

    def __hash__(self) -> int:
        return hash_parts(self.parts)

    def items(self) -> Iterator[tuple[str, Any]]:
        """Names and values in order."""
        return zip((name for name, _ in self.type.members), self.parts, strict=True)

    def net_type(self) -> AnonymousType:
        """The anonymous type."""
        return self.type

    def net_text(self) -> str:
        """`{ a = 1, b = x }`."""
        if not self.parts:
            return "{ }"
        return join_parts("{ ", (f"{name} = {to_text(value)}" for name, value in self.items()), " }")
