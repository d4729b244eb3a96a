"""How generated code and the library go through what may be a string."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from fastgw.expr.runtime.values import Char


class _Known(dict[str, Char]):
    """The Chars of one text, each made once: whoever keeps them all holds them once."""

    def __missing__(self, one: str) -> Char:
        made = self[one] = Char(one)
        return made


_ASCII = {one: Char(one) for one in map(chr, range(128))}


def characters(text: str) -> Iterator[Char]:
    """The characters of a string."""
    return map((_ASCII if text.isascii() else _Known()).__getitem__, text)


def each(source: Any) -> Iterable[Any]:
    """The elements of any enumerable."""
    return characters(source) if type(source) is str else source
