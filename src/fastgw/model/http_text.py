"""What may stand in an HTTP message, as questions: for what is checked one literal at a time.

Must never state a rule of its own that `types` states for fields already.
"""

from __future__ import annotations

import re
from typing import Final

from fastgw.model.types import HTTP_WORD_PATTERN, check_field_text

OWN_HEADERS: Final = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers, in lower case, that the gateway alone writes: framing and the connection are its own, and it
never copies them (design section 5). The service ignores attempts to change them."""

_TOKEN: Final = re.compile(HTTP_WORD_PATTERN)
_WORD: Final = HTTP_WORD_PATTERN.strip("^$")
_QUOTED: Final = r'"(?:[\t !#-\[\]-~]|\\[\t -~])*"'
_MEDIA_TYPE: Final = re.compile(rf"{_WORD}/{_WORD}(?:[ \t]*;[ \t]*(?:{_WORD}=(?:{_WORD}|{_QUOTED}))?)*")


def is_token(text: str) -> bool:
    """Whether ``text`` is a token: what field names and methods are made of (RFC 9110 section 5.6.2)."""
    return _TOKEN.fullmatch(text) is not None


def is_media_type(text: str) -> bool:
    """Whether ``text`` is a media type, perhaps with parameters (RFC 9110 section 8.3.1)."""
    return _MEDIA_TYPE.fullmatch(text) is not None


def has_controls(text: str) -> bool:
    """Whether ``text`` holds a character that no header value or reason phrase may hold."""
    try:
        check_field_text(text)
    except ValueError:
        return True
    return False
