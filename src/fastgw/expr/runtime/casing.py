"""Upper and lower case as the invariant culture has them: one character for one character.

Python's own `upper` and `lower` use the full mapping (`ß` becomes `SS`); .NET uses the simple mapping, and
leaves the dotless and the dotted i alone (expressions.md 5.4).
"""

from __future__ import annotations

import re

from fastgw.expr.runtime.text import inward

_SURROGATES = re.compile("[\ud800-\udfff]")


class _Upper(dict[int, int]):
    """Simple upper-case mapping by code point, filled as characters are met."""

    def __missing__(self, code: int) -> int:
        mapped = _simple_upper(chr(code))
        self[code] = mapped
        return mapped


class _Lower(dict[int, int]):
    """Simple lower-case mapping by code point, filled as characters are met."""

    def __missing__(self, code: int) -> int:
        lower = chr(code).lower()
        mapped = ord(lower) if len(lower) == 1 else code
        self[code] = mapped
        return mapped


def _simple_upper(character: str) -> int:
    upper = character.upper()
    if len(upper) == 1:
        return ord(upper)
    # Greek letters with iota subscript have a one-character upper case, which is their title case.
    title = character.title()
    return ord(title) if len(title) == 1 else ord(character)


# The dotless and the dotted i map to themselves in the invariant culture.
_UPPER = _Upper({0x131: 0x131})
_LOWER = _Lower({0x130: 0x130})


def _joined(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _mapped(text: str, table: dict[int, int]) -> str:
    if _SURROGATES.search(text) is None:
        return text.translate(table)
    return inward(_joined(text).translate(table))


def to_upper(text: str) -> str:
    """`text` in upper case, of the same length; what StringComparison.OrdinalIgnoreCase compares."""
    return text.upper() if text.isascii() else _mapped(text, _UPPER)


def to_lower(text: str) -> str:
    """`text` in lower case, of the same length."""
    return text.lower() if text.isascii() else _mapped(text, _LOWER)
