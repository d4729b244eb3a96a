"""Bodies as policies change them: which message, as text in which charset, of which content type.

A policy that works on a body demands it with `Lowering.need_body`; here it is there.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from typing import Any

from fastgw._program import Message
from fastgw._steps import leave_bodiless, write_field
from fastgw.expr.library.context.body import decode
from fastgw.expr.library.context.views import context_of
from fastgw.policies.charsets import codec_of

_CHARSET = re.compile(r'charset\s*=\s*"?([^\s";]+)', re.IGNORECASE)
_ZERO = re.compile(r"0(?:\.0*)?")
# The marks that a text may begin with, whatever its Content-Type says: the charset of what follows, and the
# name of a charset that begins with the mark.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
)


def is_bodiless(message: Message, exchange: Any) -> bool:
    """Whether a message is an answer to HEAD, a 204 or a 304, which policies that work on a body leave alone.

    Such an answer announces no length from here on.
    """
    return message is Message.RESPONSE and leave_bodiless(exchange)


def body_of(message: Message, exchange: Any) -> bytes:
    """The whole body of a message; empty where there is none, or an expression took it away."""
    if message is Message.REQUEST:
        found = None if exchange.request_consumed else exchange.request_body
    else:
        found = None if exchange.response_consumed else exchange.body
    return found or b""


def header_of(message: Message, exchange: Any, name: bytes) -> str | None:
    """The first field of that name (lower case) of a message, or None."""
    head = exchange.request if message is Message.REQUEST else exchange.response
    for field, value in head.items():
        if field.lower() == name:
            return str(value, "latin-1")
    return None


def is_compressed(message: Message, exchange: Any) -> bool:
    """Whether a Content-Encoding stands between a body and its text; policies never decompress one."""
    coding = header_of(message, exchange, b"content-encoding")
    return bool(coding) and (coding or "").strip().lower() != "identity"


def charset_of(content_type: str | None) -> str | None:
    """The charset that a Content-Type names, where it is a known one."""
    named = _CHARSET.search(content_type or "")
    return named.group(1) if named is not None and codec_of(named.group(1)) is not None else None


def text_of_body(message: Message, exchange: Any) -> str:
    """The body as text, in the charset of its Content-Type (default UTF-8)."""
    return decode(body_of(message, exchange), header_of(message, exchange, b"content-type"))


def edit_text(message: Message, exchange: Any, edit: Callable[[str], str]) -> None:
    """Change the body as text; every byte that the change does not touch stays, even one that is no text.

    Empty and compressed bodies are left alone, and answers that have none. Raises ValueError where the
    charset cannot hold the new text.
    """
    if (
        not is_compressed(message, exchange)
        and not is_bodiless(message, exchange)
        and body_of(message, exchange)
    ):
        rewrite_text(message, exchange, edit)


def rewrite_text(message: Message, exchange: Any, edit: Callable[[str], str]) -> str:
    """The same for every body, empty ones included; gives the name of its charset."""
    data = body_of(message, exchange)
    label = charset_of(header_of(message, exchange, b"content-type")) or "utf-8"
    mark = b""
    for found, name, shown in _MARKS:
        if data.startswith(found):
            mark, codec, label = found, name, shown
            break
    else:
        codec = codec_of(label) or "utf-8"
    errors = "surrogatepass" if codec.startswith(("utf-16", "utf_16", "utf_32")) else "surrogateescape"
    text = data[len(mark) :].decode(codec, errors)
    changed = edit(text)
    if changed != text:
        exchange.set_body(message, mark + changed.encode(codec, errors))
    return label


def set_content_type(message: Message, exchange: Any, value: bytes) -> None:
    """Replace the Content-Type of a message."""
    head = exchange.request if message is Message.REQUEST else exchange.response
    write_field(head, b"Content-Type", value)


def media_type(text: str | None) -> str:
    """The media type of a Content-Type or of one entry of an Accept, in lower case, without parameters."""
    return (text or "").partition(";")[0].strip().lower()


def is_json(text: str | None) -> bool:
    """Whether a Content-Type says JSON."""
    found = media_type(text)
    return found in ("application/json", "text/json") or found.endswith("+json")


def is_xml(text: str | None) -> bool:
    """Whether a Content-Type says XML."""
    found = media_type(text)
    return found in ("application/xml", "text/xml") or found.endswith("+xml")


def caller_asks_for(exchange: Any, fits: Callable[[str | None], bool]) -> bool:
    """Whether the request's Accept names a media type that fits; `*/*` names none."""
    context: Any = context_of(exchange)
    accept = context.request.headers.joined("Accept", None) or ""
    return any(fits(entry) and not _is_refused(entry) for entry in accept.split(","))


def _is_refused(entry: str) -> bool:
    """Whether an entry of an Accept has the weight zero."""
    for parameter in entry.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            return _ZERO.fullmatch(value.strip()) is not None
    return False
