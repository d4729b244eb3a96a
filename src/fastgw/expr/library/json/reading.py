"""JSON text to tokens: JToken.Parse, JObject.Parse, JArray.Parse, and bodies of messages.

Plain strict JSON goes through orjson, and becomes tokens when somebody looks at it. Everything else, and
everything that is wrong, goes through JsonTextReader, which gives the same results where both can read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from fastgw.expr.library.json import reader as kinds
from fastgw.expr.library.json.containers import JArray, JConstructor, JContainer
from fastgw.expr.library.json.objects import JObject, JProperty
from fastgw.expr.library.json.reader import JsonTextReader, token_name
from fastgw.expr.library.json.token_reader import TokenReader
from fastgw.expr.library.json.tokens import (
    ARRAY,
    BOOLEAN,
    COMMENT,
    CONSTRUCTOR,
    NULL,
    STRING,
    JToken,
    JValue,
    known,
)
from fastgw.expr.runtime.errors import NetException
from fastgw.expr.runtime.growth import size_of
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.text import inward
from fastgw.expr.runtime.values import Int64

# What the values of a text may take up, in bytes for each character of it.
_BYTES_PER_CHARACTER = 4
_CHARACTERS_PER_STEP = 64
# orjson makes floats of integers that 64 bits do not hold; those have at least this many digits.
_LONG_INTEGER = b"0" * 20
_NO_BRACKETS = bytes(code for code in range(256) if chr(code) not in "[]{}")
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
Reader = JsonTextReader | TokenReader
"""What tokens are read from."""

_START_TOKENS = (kinds.START_OBJECT, kinds.START_ARRAY, kinds.START_CONSTRUCTOR)
_END_TOKENS = (kinds.END_OBJECT, kinds.END_ARRAY, kinds.END_CONSTRUCTOR)


def parse(text: str | None) -> JToken:
    """JToken.Parse. Raises ArgumentNullException, JsonReaderException."""
    text = charged(text)
    found = strict(text)
    if found is None:
        return parse_leniently(text)
    return JObject(found) if isinstance(found, dict) else JArray(found)


def parse_object(text: str | None) -> JObject:
    """JObject.Parse. Raises ArgumentNullException, JsonReaderException."""
    text = charged(text)
    raw = strict(text)
    if isinstance(raw, dict):
        return JObject(raw)
    reader = JsonTextReader(text)
    _expect(reader, kinds.START_OBJECT, "JObject", "an object")
    found = JObject()
    _complete(reader, found)
    return found


def parse_array(text: str | None) -> JArray:
    """JArray.Parse. Raises ArgumentNullException, JsonReaderException."""
    text = charged(text)
    raw = strict(text)
    if isinstance(raw, list):
        return JArray(raw)
    reader = JsonTextReader(text)
    _expect(reader, kinds.START_ARRAY, "JArray", "an array")
    found = JArray()
    _complete(reader, found)
    return found


def parse_body(text: str, kind: type[JToken] = JToken) -> JToken:
    """The body of a message as a JObject, a JArray or any token (JToken). Raises JsonReaderException."""
    if kind is JObject:
        return parse_object(text)
    return parse_array(text) if kind is JArray else parse(text)


def parse_leniently(text: str) -> JToken:
    """JToken.Parse through the text reader alone: what `parse` must agree with."""
    reader = JsonTextReader(text)
    if not reader.read():
        raise reader.error("Error reading JToken from JsonReader.")
    token = _any_token(reader)
    _read_to_end(reader)
    return token


def charged(text: str | None, parameter: str = "s") -> str:
    """The text, after its tokens have been reserved. Raises ArgumentNullException, Exhausted."""
    found: str = known(text, parameter)
    meter.reserve(size_of(found) * _BYTES_PER_CHARACTER)
    meter.spend(len(found) // _CHARACTERS_PER_STEP)
    return found


def strict(text: str) -> dict[str, Any] | list[Any] | None:
    """What orjson makes of an object or array that both readers take for the same; else None."""
    if not text or (text[0] not in "{[" and text.lstrip(" \t\r\n")[:1] not in ("{", "[")):
        return None
    is_astral = False
    try:
        data = text.encode()
    except UnicodeEncodeError:
        # Pairs of surrogates, or lone ones, which only the reader takes.
        try:
            data = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le").encode()
        except UnicodeDecodeError:
            return None
        is_astral = True
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    if len(data) >= len(_LONG_INTEGER) and _LONG_INTEGER in data.translate(_DIGITS):
        return None
    if data.count(b"{") + data.count(b"[") > kinds.MOST_DEPTH and _is_too_deep(data, found):
        return None
    if is_astral or b"\\ud" in data or b"\\uD" in data:
        found = _inward(found)
    return found if isinstance(found, (dict, list)) else None


def _is_too_deep(data: bytes, value: dict[str, Any] | list[Any]) -> bool:
    """Whether containers are nested deeper than the text reader goes."""
    # Taking out innermost pairs of brackets again and again leaves nothing, unless strings have some too.
    brackets = data.translate(None, _NO_BRACKETS)
    for _ in range(kinds.MOST_DEPTH):
        fewer = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if not fewer:
            return False
        if len(fewer) == len(brackets):
            break
        brackets = fewer
    level: list[Any] = [value]
    for _ in range(kinds.MOST_DEPTH):
        level = [
            one
            for container in level
            for one in (container.values() if type(container) is dict else container)
            if type(one) is dict or type(one) is list
        ]
        if not level:
            return False
    return True


def _inward(value: Any) -> Any:
    """The value with all text as expressions hold it."""
    kind = type(value)
    if kind is str:
        return inward(value)
    if kind is dict:
        return {inward(name): _inward(one) for name, one in value.items()}
    if kind is list:
        return [_inward(one) for one in value]
    return value


def _expect(reader: JsonTextReader, token: int, name: str, what: str) -> None:
    """Go to the first token that is no comment; it must be this one. Raises JsonReaderException."""
    if not reader.read():
        raise reader.error(f"Error reading {name} from JsonReader.")
    if reader.token == COMMENT:
        reader.read_past_comments()
    if reader.token != token:
        raise reader.error(
            f"Error reading {name} from JsonReader. Current JsonReader item is not {what}:"
            f" {token_name(reader.token)}."
        )


def _complete(reader: JsonTextReader, found: JContainer) -> None:
    """Read a container that has begun, and what stands behind it. Raises JsonReaderException."""
    if not _fill(reader, found):
        raise reader.error(_unfinished(found))
    _read_to_end(reader)


def _read_to_end(reader: JsonTextReader) -> None:
    while reader.read():
        pass


def _any_token(reader: Reader) -> JToken:
    """The token that begins with the reader's current one."""
    token = reader.token
    if token in _END_TOKENS:
        raise reader.error(f"Error reading JToken from JsonReader. Unexpected token: {token_name(token)}.")
    return read_token(reader, lambda outer: reader.error(_unfinished(outer)))


def read_token(
    reader: Reader, unfinished: Callable[[JToken], NetException], keep_comments: bool = False
) -> JToken:
    """The token that begins with the reader's current one, which begins no end.

    `unfinished` makes the exception for a container without end. Raises JsonReaderException.
    """
    if reader.token not in _START_TOKENS:
        return JValue(reader.value, reader.token)
    found = _container(reader)
    if not _fill(reader, found, keep_comments):
        raise unfinished(found)
    return found


def _unfinished(outer: JToken) -> str:
    return f"Unexpected end of content while loading {outer.simple_name}."


def _container(reader: Reader) -> JContainer:
    if reader.token == kinds.START_OBJECT:
        return JObject()
    return JArray() if reader.token == kinds.START_ARRAY else JConstructor(reader.value)


def _fill(reader: Reader, outer: JContainer, keep_comments: bool = False) -> bool:
    """Read the children of a container that has just begun; False where its end is missing."""
    container = outer
    open_containers: list[tuple[JContainer, str]] = []
    name = ""
    while reader.read():
        token = reader.token
        if token == kinds.PROPERTY_NAME:
            name = reader.value
        elif token in _END_TOKENS:
            if not open_containers:
                return True
            container, name = open_containers.pop()
        elif token in _START_TOKENS:
            child = _container(reader)
            _hold(container, name, child)
            open_containers.append((container, name))
            container = child
        elif token != COMMENT or (keep_comments and container.kind in (ARRAY, CONSTRUCTOR)):
            _hold(container, name, _held(token, reader.value))
    return False


def _held(token: int, value: Any) -> Any:
    """A value as containers hold it: raw where a raw value says the same, else a token."""
    if token in (BOOLEAN, NULL) or (token == STRING and type(value) is str):
        return value
    if type(value) is Int64:
        return int(value)
    return JValue(value, token)


def _hold(container: JContainer, name: str, child: Any) -> None:
    if isinstance(container, JObject):
        if isinstance(child, JToken):
            child = JProperty(name, child)
            child.parent = container
        # As in Json.NET the last one of a name counts, and stands where the first one stood.
        container.members[name] = child
    elif isinstance(container, (JArray, JConstructor)):
        if isinstance(child, JToken):
            child.parent = container
            child.at = len(container.items)
        container.items.append(child)
