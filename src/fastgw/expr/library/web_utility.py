"""System.Net.WebUtility: text in URLs and in HTML."""

from __future__ import annotations

import re
from html.entities import name2codepoint
from urllib.parse import unquote_to_bytes

from fastgw.expr.library.declare import define
from fastgw.expr.library.percent_text import encoder
from fastgw.expr.runtime.errors import ArgumentNullException, ArgumentOutOfRangeException
from fastgw.expr.runtime.growth import size_of
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.text import inward, outward
from fastgw.expr.runtime.values import ByteArray

WEB_UTILITY = define("System.Net.WebUtility", "static")

_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!*()"
_SAFE_BYTES = frozenset(_SAFE.encode())
_encode = encoder(f"{_SAFE} ")
_SEQUENCES = re.compile("(?:%[0-9A-Fa-f]{2})+")
_MARKUP = {"<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "&": "&amp;"}
_TO_ENCODE = re.compile("[<>\"'&\xa0-\xff\U00010000-\U0010ffff]")
_ENTITIES = {**name2codepoint, "apos": 39}
# Decimal numbers are parsed as .NET parses numbers: with blanks and a sign.
_REFERENCE = re.compile(r"&(?:#([xX])([0-9A-Fa-f]+)|#[\t-\r ]*\+?([0-9]+)[\t-\r ]*|([A-Za-z0-9]+));")
_MOST_DIGITS = 12
_CHARACTERS_PER_STEP = 2


@WEB_UTILITY.method("static string UrlEncode(string value)")
def url_encode(text: str | None) -> str | None:
    """Percent sequences for all but letters, digits and `-_.!*()`; `+` for a blank."""
    return None if text is None else _encode(text).replace(" ", "+")


@WEB_UTILITY.method("static string UrlDecode(string encodedValue)")
def url_decode(text: str | None) -> str | None:
    """Percent sequences decoded as UTF-8, `+` as a blank; bytes that do not fit become U+FFFD."""
    if text is None:
        return None
    meter.reserve(2 * len(text))
    text = text.replace("+", " ")
    return _SEQUENCES.sub(
        lambda found: inward(bytes.fromhex(found.group().replace("%", "")).decode("utf-8", "replace")), text
    )


def _part(value: ByteArray | None, offset: int, count: int) -> bytes | None:
    """Raises ArgumentNullException and ArgumentOutOfRangeException."""
    if value is None:
        if count == 0:
            return None
        raise ArgumentNullException(parameter="bytes")
    if not 0 <= offset <= len(value):
        raise ArgumentOutOfRangeException(parameter="offset")
    if count < 0 or offset + count > len(value):
        raise ArgumentOutOfRangeException(parameter="count")
    return bytes(value.data[offset : offset + count])


@WEB_UTILITY.method("static byte[] UrlEncodeToBytes(byte[] value, int offset, int count)")
def url_encode_to_bytes(value: ByteArray | None, offset: int, count: int) -> ByteArray | None:
    """The bytes as `url_encode` writes them. Raises ArgumentNullException, ArgumentOutOfRangeException."""
    data = _part(value, offset, count)
    if data is None:
        return None
    meter.reserve(3 * len(data))
    return ByteArray(
        b"".join(
            bytes((one,)) if one in _SAFE_BYTES else b"+" if one == 0x20 else b"%%%02X" % one for one in data
        )
    )


@WEB_UTILITY.method("static byte[] UrlDecodeToBytes(byte[] encodedValue, int offset, int count)")
def url_decode_to_bytes(value: ByteArray | None, offset: int, count: int) -> ByteArray | None:
    """The bytes that are meant. Raises ArgumentNullException and ArgumentOutOfRangeException."""
    data = _part(value, offset, count)
    if data is None:
        return None
    meter.reserve(len(data))
    return ByteArray(unquote_to_bytes(data.replace(b"+", b" ")))


@WEB_UTILITY.method("static string HtmlEncode(string value)")
def html_encode(text: str | None) -> str | None:
    """Markup characters as entities, U+00A0 to U+00FF and astral characters as numbers."""
    if text is None:
        return None
    meter.reserve(6 * len(text))
    meter.spend(len(text) // _CHARACTERS_PER_STEP)
    return _TO_ENCODE.sub(
        lambda found: _MARKUP.get(found.group()) or f"&#{ord(found.group())};", outward(text)
    )


@WEB_UTILITY.method("static string HtmlDecode(string value)")
def html_decode(text: str | None) -> str | None:
    """Entities of HTML 4 and numbers as characters; what is none stays."""
    if text is None:
        return None
    meter.reserve(3 * size_of(text))
    meter.spend(len(text) // _CHARACTERS_PER_STEP)
    return _REFERENCE.sub(lambda found: _referenced(*found.groups()) or found.group(), text)


def _referenced(
    mark: str | None, hexadecimal: str | None, decimal: str | None, name: str | None
) -> str | None:
    """The character that is meant, or None."""
    if name is not None:
        code = _ENTITIES.get(name)
        return None if code is None else chr(code)
    digits = (hexadecimal or decimal or "").lstrip("0") or "0"
    if len(digits) > _MOST_DIGITS:
        return None
    code = int(digits, 10 if mark is None else 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return None
    return inward(chr(code))
