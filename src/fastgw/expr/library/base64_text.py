"""Base64 as System.Convert reads and writes it: the standard alphabet, padding required, blanks ignored."""

from __future__ import annotations

import binascii
import re

from fastgw.expr.runtime.errors import FormatException
from fastgw.expr.runtime.meter import meter

_BLANKS = re.compile("[ \t\r\n]+")
_WHOLE = re.compile("[A-Za-z0-9+/]*={0,2}")

# Where InsertLineBreaks breaks lines.
LINE_LENGTH = 76


def encode(data: bytes | bytearray, line_breaks: bool = False) -> str:
    """The text of some bytes. Raises Exhausted."""
    meter.reserve(len(data) * 4 // 3)
    text = binascii.b2a_base64(data, newline=False).decode("ascii")
    if not line_breaks:
        return text
    return "\r\n".join(text[at : at + LINE_LENGTH] for at in range(0, len(text), LINE_LENGTH))


def decode(text: str) -> bytes:
    """The bytes of a text. Raises FormatException and Exhausted."""
    if not text.isalnum():
        text = _BLANKS.sub("", text)
    if len(text) % 4 or not text.isascii() or _WHOLE.fullmatch(text) is None:
        raise FormatException(
            "The input is not a valid Base-64 string as it contains a non-base 64 character, more than two "
            "padding characters, or an illegal character among the padding characters."
        )
    meter.reserve(len(text) * 3 // 4)
    return binascii.a2b_base64(text)
