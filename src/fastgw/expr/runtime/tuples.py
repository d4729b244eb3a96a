"""Value tuples, `(1, "x")`.

Their names are known to the compiler alone; generated code takes their parts by place.
"""

from __future__ import annotations

from typing import Any

from fastgw.expr.runtime.objects import compare_parts, equal_parts, hash_parts, join_parts
from fastgw.expr.runtime.values import NetObject
from fastgw.expr.types import TupleType


class ValueTuple(NetObject):
    """A System.ValueTuple of any size."""

    __slots__ = ("parts", "type")

    def __init__(self, parts: tuple[Any, ...], type: TupleType) -> None:
        self.parts = parts
        self.type = type

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, ValueTuple)
            and (other.type is self.type or other.type == self.type)
            and equal_parts(self.parts, other.parts)
        )

    def __hash__(self) -> int:
        return hash_parts(self.parts)

    def net_compare(self, other: ValueTuple) -> int:
        """The order of the first part that differs."""
        return compare_parts(self.parts, other.parts)

    def net_type(self) -> TupleType:
        """The tuple type."""
        return self.type

    def net_text(self) -> str:
        """`(1, x)`."""
        return join_parts("(", self.parts, ")")
