"""What closures of expressions need that Python's own cells do not give."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from fastgw.expr.runtime.errors import NullReferenceException


class Box:
    """A captured variable of a loop's body: each round has its own."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: Any = None

    def set(self, value: Any) -> Any:
        """Assign, and give the value."""
        self.value = value
        return value


def bind(function: Callable[..., Any], receiver: Any) -> Callable[..., Any]:
    """An instance method as a delegate. Raises NullReferenceException for a null receiver."""
    if receiver is None:
        raise NullReferenceException
    return partial(function, receiver)


def bind_any(function: Callable[..., Any], receiver: Any) -> Callable[..., Any]:
    """An extension method as a delegate: its first argument may be null."""
    return partial(function, receiver)


def throw(error: Any) -> Any:
    """`throw` as an expression. Raises NullReferenceException for null."""
    raise thrown(error)


def thrown(error: Any) -> Any:
    """What `throw` raises: the exception, or a NullReferenceException for null."""
    return NullReferenceException() if error is None else error
