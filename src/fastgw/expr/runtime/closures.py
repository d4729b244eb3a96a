"""What closures of expressions need that Python's own cells do not give."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from fastgw.expr.runtime.errors import NetException, NullReferenceException
from fastgw.expr.runtime.meter import meter

# A function of Python, its cells, and the boxes it keeps.
_CLOSURE_BYTES = 384


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
    if error is None:
        return NullReferenceException()
    # Python adds to the places an exception has come by; it begins anew, as in .NET.
    error.__traceback__ = None
    return error


def uncoupled(error: NetException) -> NetException:
    """An exception for the variable of a `catch`, without the frames it came by: one holds the variable."""
    error.__traceback__ = None
    error.was_thrown = True
    return error


def made_closure(function: Callable[..., Any]) -> Callable[..., Any]:
    """A lambda or local function that code which may be repeated has just made. Raises Exhausted."""
    meter.reserve(_CLOSURE_BYTES)
    return function
