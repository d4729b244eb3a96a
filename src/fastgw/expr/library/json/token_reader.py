"""Reads a tree of tokens as JsonTextReader reads text (JTokenReader of Json.NET 13)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastgw.expr.library.json import reader as kinds
from fastgw.expr.library.json.containers import JArray, JConstructor
from fastgw.expr.library.json.objects import JObject, JProperty, path_of_token
from fastgw.expr.library.json.positions import message_with_place
from fastgw.expr.library.json.tokens import (
    COMMENT,
    GUID,
    STRING,
    TIME_SPAN,
    URI,
    JToken,
    JValue,
    check_nesting,
)
from fastgw.expr.runtime.errors import JsonReaderException, NetException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.objects import to_text

_Event = tuple[int, Any, JToken]


class TokenReader:
    """After `read()`, `token` is the kind and `value` the value; `current` is the JToken they are of."""

    __slots__ = ("_events", "current", "token", "value")

    def __init__(self, root: JToken) -> None:
        self._events = _walk(root, 0)
        self.current = root
        self.token = kinds.NO_TOKEN
        self.value: Any = None

    def read(self) -> bool:
        """Go to the next token; False at the end of the tree."""
        found = next(self._events, None)
        if found is None:
            self.token, self.value = kinds.NO_TOKEN, None
            return False
        self.token, self.value, self.current = found
        return True

    def read_past_comments(self) -> bool:
        """Go to the next token that is no comment; False at the end of the tree."""
        while self.read():
            if self.token != COMMENT:
                return True
        return False

    @property
    def path(self) -> str:
        """Where in its document the current token stands."""
        return path_of_token(self.current)

    @property
    def place(self) -> tuple[int, int] | None:
        """Line and position in a text: a tree has none."""
        return None

    def error(self, message: str, inner: NetException | None = None) -> JsonReaderException:
        """The exception for what is wrong here."""
        path = self.path
        return JsonReaderException(message_with_place(message, path), inner, 0, 0, path)


def _walk(token: JToken, depth: int) -> Iterator[_Event]:
    check_nesting(depth)
    meter.spend()
    if isinstance(token, JObject):
        yield kinds.START_OBJECT, None, token
        for one in token:
            yield from _walk(one, depth + 1)
        yield kinds.END_OBJECT, None, token
    elif isinstance(token, JProperty):
        yield kinds.PROPERTY_NAME, token.name, token
        yield from _walk(token.value, depth + 1)
    elif isinstance(token, JArray):
        yield kinds.START_ARRAY, None, token
        for one in token:
            yield from _walk(one, depth + 1)
        yield kinds.END_ARRAY, None, token
    elif isinstance(token, JConstructor):
        yield kinds.START_CONSTRUCTOR, token.name, token
        for one in token:
            yield from _walk(one, depth + 1)
        yield kinds.END_CONSTRUCTOR, None, token
    elif isinstance(token, JValue):
        # Guids, TimeSpans and Uris are read as text.
        if token.kind in (GUID, TIME_SPAN):
            yield STRING, to_text(token.value), token
        elif token.kind == URI:
            yield STRING, token.value.original, token
        else:
            yield token.kind, token.value, token
