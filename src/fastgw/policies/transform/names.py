"""What a literal name or value of a message must be; checked when the configuration is built.

The core checks the results of expressions by the same rules; nothing here runs with a request.
"""

from __future__ import annotations

import re

# RFC 9110 section 5.6.2.
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# RFC 9110 section 5.5: no controls in a field value but the tab.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def is_token(text: str) -> bool:
    """Whether ``text`` is a token: what field names and methods are made of."""
    return _TOKEN.fullmatch(text) is not None


def has_controls(text: str) -> bool:
    """Whether ``text`` holds a character that no header value or reason phrase may hold."""
    return _CONTROL.search(text) is not None
