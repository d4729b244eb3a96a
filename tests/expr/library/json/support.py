"""What the tests of Json.NET share: the declared members, and values to compare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastgw.expr.engine import load_library
from fastgw.expr.library import enums, system_object  # noqa: F401
from fastgw.expr.library.declare import type_of_text
from fastgw.expr.library.json.containers import JArray, JConstructor
from fastgw.expr.library.json.objects import JObject, JProperty
from fastgw.expr.library.json.tokens import JToken, JValue
from fastgw.expr.library.json.writing import write
from fastgw.expr.runtime.errors import NetException
from fastgw.expr.types import Type

load_library()


def T(text: str) -> Type:
    """The type that a C# text names."""
    return type_of_text(text)


def json(token: Any) -> str:
    """Compact JSON."""
    return write(token, False)


def failure(function: Callable[[], Any]) -> tuple[str, str]:
    """The class and message of the .NET exception that is raised."""
    try:
        found = function()
    except NetException as error:
        return error.net_name.rpartition(".")[2], error.message
    raise AssertionError(f"{found!r} instead of an exception")


def shape(token: Any) -> Any:
    """All that can be told of a token, as plain values."""
    if isinstance(token, JProperty):
        return ("property", token.name, shape(token.value))
    if isinstance(token, JObject):
        return ("object", [shape(one) for one in token])
    if isinstance(token, JConstructor):
        return ("constructor", token.name, [shape(one) for one in token])
    if isinstance(token, JArray):
        return ("array", [shape(one) for one in token])
    assert isinstance(token, JValue)
    value = token.value
    return ("value", token.kind, type(value).__name__, getattr(value, "ticks", repr(value)), _kind(value))


def _kind(value: Any) -> Any:
    return getattr(value, "kind", None)


def linked(token: JToken) -> bool:
    """Whether every token below knows its parent and its place."""
    for at, one in enumerate(token):
        if one.parent is not token or token.index_of(one) != at or not linked(one):  # type: ignore[attr-defined]
            return False
    return True
