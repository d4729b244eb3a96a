"""What the values that count ticks have in common: equality, order and hash."""

from __future__ import annotations

from typing import ClassVar, Self

from fastgw.expr.library import ticks as units
from fastgw.expr.runtime.errors import ArgumentException
from fastgw.expr.runtime.values import NetObject


class Instant(NetObject):
    """An immutable value that is compared, among its like, by `instant` alone: a number of ticks."""

    __slots__ = ("instant",)

    net_short_name: ClassVar[str]
    instant: int

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.instant == self.instant

    def __hash__(self) -> int:
        return hash(self.instant)

    def net_hash(self) -> int:
        """GetHashCode."""
        return units.hash_of(self.instant)

    def __lt__(self, other: Self) -> bool:
        return self.instant < other.instant

    def __le__(self, other: Self) -> bool:
        return self.instant <= other.instant

    def __gt__(self, other: Self) -> bool:
        return self.instant > other.instant

    def __ge__(self, other: Self) -> bool:
        return self.instant >= other.instant

    def net_compare(self, other: object) -> int:
        """CompareTo(object). Raises ArgumentException for a value of another type."""
        if type(other) is not type(self):
            raise ArgumentException(f"Object must be of type {self.net_short_name}.")
        return (self.instant > other.instant) - (self.instant < other.instant)
