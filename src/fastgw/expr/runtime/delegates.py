"""Delegates as objects.

A delegate is a plain Python callable where its type is known while compiling; it becomes one of these where
it is converted to object, so that it can be cast back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastgw.expr.runtime.values import NetObject
from fastgw.expr.types import NamedType


class Delegate(NetObject):
    """A delegate of a known type; called like any other."""

    __slots__ = ("function", "type")

    def __init__(self, function: Callable[..., Any], type: NamedType) -> None:
        self.function = function
        self.type = type

    def __call__(self, *arguments: Any) -> Any:
        """Call the function."""
        return self.function(*arguments)

    def __eq__(self, other: object) -> bool:
        return self.function == (other.function if isinstance(other, Delegate) else other)

    def __hash__(self) -> int:
        return hash(self.function)

    def net_type(self) -> NamedType:
        """The delegate type."""
        return self.type


def boxed(function: Callable[..., Any] | None, type: NamedType) -> Any:
    """A delegate as an object; null stays null."""
    if function is None or isinstance(function, Delegate):
        return function
    return Delegate(function, type)
