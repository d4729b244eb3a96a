"""IMessageBody: the body of a message, read when asked for, gone when read (expressions.md section 10)."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from encodings import normalize_encoding
from encodings.aliases import aliases
from typing import Any
from urllib.parse import unquote_to_bytes

from fastgw._exchange import Exchange
from fastgw.expr.library.collections_list import List
from fastgw.expr.library.context.members import HELPERS
from fastgw.expr.library.declare import define, type_of_text
from fastgw.expr.runtime.errors import InvalidOperationException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.text import inward, outward, type_notation
from fastgw.expr.runtime.values import ByteArray, NetObject
from fastgw.expr.types import NamedType, Type

# Charsets that have no other name stand in no table.
_CODECS = frozenset(aliases.values()) | {"cp874", "koi8_u"}
_CODECS -= {
    "base64_codec",
    "bz2_codec",
    "hex_codec",
    "mbcs",
    "quopri_codec",
    "rot_13",
    "uu_codec",
    "zlib_codec",
}
_CHARSET = re.compile(r'charset\s*=\s*"?([^\s";]+)', re.IGNORECASE)


class Body(NetObject):
    """The body of a message; `content_type` asks the message's header each time."""

    __slots__ = ("_content_type",)

    def __init__(self, content_type: Callable[[str, str | None], str | None]) -> None:
        self._content_type = content_type

    def take(self, preserve: bool) -> bytes | None:
        """The bytes, or None where they were taken before. They are taken now unless `preserve`."""
        raise TypeError(f"{type(self).__name__} leaves this to its subclasses")

    def text(self, preserve: bool) -> str | None:
        """The bytes in the charset of the Content-Type (default UTF-8), without a byte order mark."""
        data = self.take(preserve)
        if data is None:
            return None
        meter.reserve(len(data))
        return inward(decode(data, self._content_type("Content-Type", None)))

    def net_type(self) -> NamedType:
        """IMessageBody."""
        return BODY.type


class RequestBody(Body):
    """The body of an exchange's request."""

    __slots__ = ("_exchange",)

    def __init__(self, exchange: Exchange, content_type: Callable[[str, str | None], str | None]) -> None:
        super().__init__(content_type)
        self._exchange = exchange

    def take(self, preserve: bool) -> bytes | None:
        """See Body."""
        exchange = self._exchange
        if exchange.request_consumed:
            return None
        exchange.request_consumed = not preserve
        return exchange.request_body


class ResponseBody(Body):
    """The body of an exchange's response."""

    __slots__ = ("_exchange",)

    def __init__(self, exchange: Exchange, content_type: Callable[[str, str | None], str | None]) -> None:
        super().__init__(content_type)
        self._exchange = exchange

    def take(self, preserve: bool) -> bytes | None:
        """See Body."""
        exchange = self._exchange
        if exchange.response_consumed:
            return None
        exchange.response_consumed = not preserve
        return exchange.body


class OwnBody(Body):
    """The body of a response that a policy has fetched."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes, content_type: Callable[[str, str | None], str | None]) -> None:
        super().__init__(content_type)
        self._data: bytes | None = data

    def take(self, preserve: bool) -> bytes | None:
        """See Body."""
        data = self._data
        if not preserve:
            self._data = None
        return data


def decode(data: bytes, content_type: str | None) -> str:
    """A body as text, by the charset of its Content-Type; bytes that do not fit become U+FFFD."""
    if data.startswith(codecs.BOM_UTF8):
        return data[3:].decode("utf-8", "replace")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    named = _CHARSET.search(content_type) if content_type else None
    return data.decode(_codec(named.group(1)) if named else "utf-8", "replace")


def _codec(charset: str) -> str:
    """Python's codec of a charset; that of UTF-8 for one that is not known.

    Callers choose the name: only tables are asked here, since Python's own search would keep every name for
    ever, and finds codecs that are none of the charsets and take their time.
    """
    name = normalize_encoding(charset.lower())
    codec = aliases.get(name, name)
    return codec if codec in _CODECS else "utf-8"


BODY = define("IMessageBody", "interface", python=(Body,))


def _json(parse_name: str) -> Callable[[Body, bool], Any]:
    def read(body: Body, preserve: bool) -> Any:
        from fastgw.expr.library.json import reading

        text = body.text(preserve)
        return None if text is None else getattr(reading, parse_name)(text)

    return read


def _xml(body: Body, preserve: bool) -> Any:
    from fastgw.expr.library.xml.reading import parse_element

    text = body.text(preserve)
    return None if text is None else parse_element(text)


def _document(body: Body, preserve: bool) -> Any:
    from fastgw.expr.library.xml.reading import parse_document

    text = body.text(preserve)
    return None if text is None else parse_document(text)


def _bytes(body: Body, preserve: bool) -> ByteArray | None:
    data = body.take(preserve)
    return None if data is None else ByteArray(data)


def _text(body: Body, preserve: bool) -> str | None:
    return body.text(preserve)


_READERS: dict[Type, Callable[[Body, bool], Any]] = {}


def _readers() -> dict[Type, Callable[[Body, bool], Any]]:
    if not _READERS:
        readers = {
            "string": _text,
            "byte[]": _bytes,
            "JObject": _json("parse_object"),
            "JArray": _json("parse_array"),
            "JToken": _json("parse"),
            "XElement": _xml,
            "XDocument": _document,
            "XNode": _xml,
        }
        _READERS.update({type_of_text(name): reader for name, reader in readers.items()})
    return _READERS


@BODY.method("T As<T>(bool preserveContent = false)", wants_types=True)
def body_as(types: tuple[Type, ...], this: Body, preserve: bool) -> Any:
    """The body as a T; null where it was read before without preserveContent.

    Raises InvalidOperationException for a T that a body cannot be, JsonReaderException and XmlException.
    """
    reader = _readers().get(types[-1])
    if reader is None:
        raise InvalidOperationException(f"A message body cannot be read as {type_notation(types[-1])}.")
    return reader(this, preserve)


@BODY.method("IDictionary<string, IList<string>> AsFormUrlEncodedContent(bool preserveContent = false)")
def as_form(this: Body, preserve: bool) -> Any:
    """The fields of a form, decoded; null where the body was read before."""
    from fastgw.expr.library.collections_dictionary import Dictionary

    data = this.take(preserve)
    if data is None:
        return None
    meter.spend(data.count(b"&") + 1)
    meter.reserve(len(data))
    string = type_of_text("string")
    form = Dictionary((string, type_of_text("IList<string>")))
    for piece in data.split(b"&"):
        if piece:
            name, _, value = (_field(part) for part in piece.partition(b"="))
            found = form.net_get(name, None)
            if found is None:
                found = List(string, [])
                form.net_set_item(name, found)
            found.net_add(value)
    return form


def _field(raw: bytes) -> str:
    return inward(unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8", "replace"))


def _encoded(form: Any) -> str:
    from urllib.parse import quote_plus

    pairs = [(pair.key, value) for pair in form for value in pair.value]
    meter.spend(len(pairs))
    return "&".join(
        f"{quote_plus(outward(name))}={quote_plus(outward(value or ''))}" for name, value in pairs
    )


@HELPERS.method("string ToFormUrlEncodedContent(this IDictionary<string, IList<string>> source)")
def to_form(source: Any) -> str:
    """The fields as the body of a form."""
    return _encoded(source)


@HELPERS.method("string ToQueryString(this IDictionary<string, IList<string>> source)")
def to_query_string(source: Any) -> str | None:
    """The fields as a query with its question mark; null where there is none."""
    encoded = _encoded(source)
    return f"?{encoded}" if encoded else None
