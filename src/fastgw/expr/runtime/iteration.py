"""How generated code goes through what may be a string."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastgw.expr.runtime.values import Char


def characters(text: str) -> Iterable[Char]:
    """The characters of a string."""
    return map(Char, text)


def each(source: Any) -> Iterable[Any]:
    """The elements of any enumerable."""
    return map(Char, source) if type(source) is str else source
