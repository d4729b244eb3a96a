"""How a SHA-1 thumbprint is written: the one rule for the file, for policies and for TLS.

Must never compute one or look a certificate up.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

# Certificate dialogues of Windows copy blanks, colons and an invisible mark along with the digits.
_IGNORED: Final = re.compile("[\\s:\u200e\u200f]")
_DIGITS: Final = re.compile(r"[0-9A-F]{40}")

WRITTEN_THUMBPRINT_PATTERN: Final = r"^[\s:\u200e\u200f]*(?:[0-9A-Fa-f][\s:\u200e\u200f]*){40}$"
"""What `normalize_thumbprint` takes, for a JSON schema."""


def strip_thumbprint(text: str) -> str:
    """``text`` without what people paste along with a thumbprint, in upper case; nothing is checked."""
    return _IGNORED.sub("", text).upper()


def normalize_thumbprint(text: str) -> str:
    """A thumbprint as people paste it, as 40 upper-case hexadecimal digits.

    Blanks, colons and invisible marks of direction go. Raises ValueError for anything else.
    """
    digits = strip_thumbprint(text)
    if not _DIGITS.fullmatch(digits):
        raise ValueError(
            f"a thumbprint has 40 hexadecimal digits (SHA-1), this one is {len(digits)} characters long"
        )
    return digits


def _stripped(value: Any) -> Any:
    return strip_thumbprint(value) if isinstance(value, str) else value


THUMBPRINT_PATTERN: Final = r"^[0-9A-F]{40}$"

Thumbprint = Annotated[
    str,
    BeforeValidator(_stripped),
    Field(pattern=THUMBPRINT_PATTERN),
    WithJsonSchema({"type": "string", "pattern": WRITTEN_THUMBPRINT_PATTERN}),
]
"""A thumbprint as a member of a record, as `normalize_thumbprint` gives it."""
