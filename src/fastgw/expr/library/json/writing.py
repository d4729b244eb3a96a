"""Tokens to JSON text, compact or indented by two spaces (JsonTextWriter of Json.NET 13, default)."""

from __future__ import annotations

from typing import Any

from fastgw.expr.library.json.containers import RAW_CLASSES, JArray, JConstructor
from fastgw.expr.library.json.objects import JObject, JProperty
from fastgw.expr.library.json.plain_writing import write_plain
from fastgw.expr.library.json.tokens import COMMENT, JToken, JValue, check_nesting
from fastgw.expr.library.json.values_text import quoted, raw_json, value_json
from fastgw.expr.runtime.growth import size_of
from fastgw.expr.runtime.meter import meter

_INDENTATION = "  "
# A step pays for so many values that are written.
_VALUES_PER_STEP = 8


def write(token: JToken, indented: bool) -> str:
    """The JSON of a token. Raises Exhausted where it is too large or nested too deeply."""
    if isinstance(token, (JObject, JArray)):
        text = write_plain(token, indented)
        if text is not None:
            return text
    return write_piecewise(token, indented)


def write_piecewise(token: JToken, indented: bool) -> str:
    """The same, without orjson: what `write` must agree with."""
    writer = _Writer(indented)
    if isinstance(token, JProperty):
        writer.parts.append(quoted(token.name) + (": " if indented else ":"))
        token = token.value
    writer.write(token, 0)
    return "".join(writer.parts)


class _Writer:
    """Collects the parts of one text."""

    __slots__ = ("_colon", "_indented", "parts")

    def __init__(self, indented: bool) -> None:
        self._indented = indented
        self._colon = '": ' if indented else '":'
        self.parts: list[str] = []

    def write(self, item: Any, depth: int) -> None:
        """A token, or a raw value."""
        kind = type(item)
        if kind in RAW_CLASSES:
            if kind is dict:
                self._object(item, depth)
            elif kind is list:
                self._list("[", item, "]", depth)
            else:
                self._append(raw_json(item))
        elif kind is JObject:
            self._object(item.members, depth)
        elif kind is JArray:
            self._list("[", item.items, "]", depth)
        elif kind is JConstructor:
            self._list(f"new {item.name}(", item.items, ")", depth)
        else:
            self._append(value_json(item))

    def _append(self, text: str) -> None:
        meter.reserve(size_of(text))
        self.parts.append(text)

    def _object(self, members: dict[str, Any], depth: int) -> None:
        if not members:
            self.parts.append("{}")
            return
        self._charge(len(members), depth)
        separator = self._separator(depth + 1)
        before = "{" + separator
        after = "," + separator
        parts = self.parts
        for name, item in members.items():
            if type(item) is JProperty:
                item = item.value
            parts.append(f"{before}{quoted(name)[:-1]}{self._colon}")
            self.write(item, depth + 1)
            before = after
        parts.append(self._separator(depth) + "}")

    def _list(self, opening: str, items: list[Any], closing: str, depth: int) -> None:
        if not items:
            is_bare = opening == "[" or not self._indented
            self.parts.append(opening + ("" if is_bare else self._separator(depth)) + closing)
            return
        self._charge(len(items), depth)
        separator = self._separator(depth + 1)
        before = opening + separator
        after = "," + separator
        for item in items:
            # No comma stands before a comment.
            is_comment = before is after and type(item) is JValue and item.kind == COMMENT
            self.parts.append(separator if is_comment else before)
            self.write(item, depth + 1)
            before = after
        self.parts.append(self._separator(depth) + closing)

    def _separator(self, depth: int) -> str:
        return "\n" + _INDENTATION * depth if self._indented else ""

    def _charge(self, count: int, depth: int) -> None:
        check_nesting(depth)
        meter.spend(1 + count // _VALUES_PER_STEP)
        # Brackets, names and white space; the values pay for themselves.
        meter.reserve(count * (2 * depth + 8 if self._indented else 8))
