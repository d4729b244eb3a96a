"""Percent sequences in text: how System.Uri and System.Net.WebUtility write and read them.

Strings are UTF-16 code units here as everywhere inside expressions.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from fastgw.expr.runtime.errors import UriFormatException
from fastgw.expr.runtime.growth import size_of
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.text import inward, outward

UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
RESERVED = ":/?#[]@!$&'()*+,;="
MOST_CHARACTERS = 0xFFF0
TOO_LONG = "Invalid URI: The Uri string is too long."
_RUN = re.compile("(?:%[0-9A-Fa-f]{2})+")
_STRAY = re.compile("%(?![0-9A-Fa-f]{2})")
# What percent sequences in a Uri stay as: decoded they would mean something else.
_KEPT = frozenset(map(ord, RESERVED + "%\\")) | frozenset(range(32)) | {127}
_KEEP_BYTES = "fastgw.percent"
_PERCENT_BYTES = tuple(f"%{byte:02X}" for byte in range(256))


def encoder(safe: str) -> Callable[[str], str]:
    """A function that writes every character as percent sequences of its UTF-8 bytes, but for safe ones."""
    unsafe = re.compile(f"[^{re.escape(safe)}]+")

    def encode(text: str) -> str:
        # Text that grows does so at most ninefold: three bytes for a code unit, three characters for each.
        meter.reserve(9 * len(text))
        if unsafe.search(text) is None:
            return text
        return unsafe.sub(lambda found: percent_bytes(found.group().encode()), outward(text))

    return encode


def percent_bytes(data: bytes) -> str:
    """Bytes as percent sequences, in capitals."""
    return "".join([_PERCENT_BYTES[byte] for byte in data])


_escape_data = encoder(UNRESERVED)
_escape_text = encoder(UNRESERVED + RESERVED)
_escape_canonical = encoder(UNRESERVED + RESERVED + "%")


def escape_data(text: str) -> str:
    """Uri.EscapeDataString. Raises UriFormatException for a lone surrogate, or too much."""
    return _escape_data(_paired(text))


def escape_text(text: str) -> str:
    """Uri.EscapeUriString. Raises UriFormatException for a lone surrogate, or too much."""
    return _escape_text(_paired(text))


def _paired(text: str) -> str:
    if len(text) >= MOST_CHARACTERS:
        raise UriFormatException(TOO_LONG)
    if not text.isascii():
        try:
            text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            raise UriFormatException("Invalid URI: There is an invalid sequence in the string.") from None
    return text


def unescape_data(text: str) -> str:
    """Uri.UnescapeDataString: bytes that are no UTF-8 stay percent sequences."""
    return _decoded(text, frozenset())


def canonical(text: str) -> str:
    """A part of a Uri as ToString shows it: decoded as far as that changes no meaning."""
    return _STRAY.sub("%25", decoded(text))


def decoded(text: str) -> str:
    """Text with the percent sequences decoded that change no meaning."""
    return _decoded(text, _KEPT)


def escaped(text: str) -> str:
    """A part of a Uri in canonical form as AbsoluteUri shows it."""
    return _escape_canonical(text)


def _decoded(text: str, kept: frozenset[int]) -> str:
    if "%" not in text:
        return text
    meter.reserve(2 * size_of(text))
    return _RUN.sub(lambda found: _decoded_run(found.group(), kept), text)


def _decoded_run(run: str, kept: frozenset[int]) -> str:
    data = bytes.fromhex(run.replace("%", ""))
    parts = []
    at = 0
    while at < len(data):
        if data[at] < 128:
            parts.append(run[3 * at : 3 * at + 3] if data[at] in kept else chr(data[at]))
            at += 1
            continue
        end = at
        while end < len(data) and data[end] >= 128:
            end += 1
        parts.append(inward(data[at:end].decode("utf-8", _KEEP_BYTES)))
        at = end
    return "".join(parts)


def _keep_bytes(error: UnicodeError) -> tuple[str, int]:
    """What is no UTF-8 stays a percent sequence."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return percent_bytes(error.object[error.start : error.end]), error.end


codecs.register_error(_KEEP_BYTES, _keep_bytes)


def is_escaped(text: str) -> bool:
    """Whether a part of a Uri needs no escaping: no stray percent sign, no character that is refused."""
    return _STRAY.search(text) is None and all(
        one in UNRESERVED or one in RESERVED or one == "%" or one > "\x9f" for one in text
    )
