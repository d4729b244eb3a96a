"""Replacement patterns of .NET: `$1`, `${name}`, `$&`, and what else stands for a part of the text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from fastgw.expr.library.regex_engine import Found
from fastgw.expr.library.regex_nodes import Groups
from fastgw.expr.library.regex_scanner import ECMASCRIPT, Scanner, is_word
from fastgw.expr.library.remembering import remembering

_BEFORE: Final = -1
_AFTER: Final = -2
_LAST: Final = -3
_WHOLE_TEXT: Final = -4
_SIGNS: Final = {"&": 0, "`": _BEFORE, "'": _AFTER, "+": _LAST, "_": _WHOLE_TEXT}
_DIGITS: Final = tuple("0123456789")


class Piece(NamedTuple):
    """Literal text, or what `place` tells: a place in `Groups.numbers`, or one of the values above."""

    text: str
    place: int


class Replacement:
    """A replacement pattern, read for the groups of a pattern."""

    __slots__ = ("_pieces",)

    def __init__(self, pieces: tuple[Piece, ...]) -> None:
        self._pieces = pieces

    def parts(self, text: str, found: Found) -> Iterator[tuple[int, int] | str]:
        """What to put in place of a match: literal texts, and ranges of `text`."""
        for literal, place in self._pieces:
            if literal:
                yield literal
            elif place == _BEFORE:
                yield 0, found.begin
            elif place == _AFTER:
                yield found.end, len(text)
            elif place == _WHOLE_TEXT:
                yield 0, len(text)
            else:
                span = found.last(-1 if place == _LAST else place)
                if span is not None:
                    yield span


def read(replacement: str, groups: Groups, options: int) -> Replacement:
    """Read a replacement pattern; what stands for nothing is literal. Raises PatternError, Exhausted."""
    return _read(replacement, groups.numbers, tuple(groups.by_name.items()), options & ECMASCRIPT)


@remembering
def _read(
    replacement: str, numbers: tuple[int, ...], names: tuple[tuple[str, int], ...], options: int
) -> Replacement:
    scanner = _Scanner(replacement, options, numbers, dict(names))
    pieces: list[Piece] = []
    literal: list[str] = []
    while scanner.left:
        here = scanner.take()
        place = scanner.reference() if here == "$" else None
        if place is None:
            literal.append(here)
            continue
        if literal:
            pieces.append(Piece("".join(literal), 0))
            literal = []
        pieces.append(Piece("", place))
    if literal:
        pieces.append(Piece("".join(literal), 0))
    return Replacement(tuple(pieces))


class _Scanner(Scanner):
    """Reads what follows a dollar sign."""

    def __init__(
        self, replacement: str, options: int, numbers: tuple[int, ...], names: dict[str, int]
    ) -> None:
        super().__init__(replacement, options)
        self._places = {number: place for place, number in enumerate(numbers)}
        self._names = names

    def reference(self) -> int | None:
        """The place that is meant, or None, and nothing is taken then. `$$` takes one of the two."""
        begin = self.at
        place = self._braced() if self.peek() == "{" and self.left > 1 else self._plain()
        if place is None:
            self.at = begin
            if self.peek() == "$":
                self.at += 1
        return place

    def _plain(self) -> int | None:
        first = self.peek()
        if first in _DIGITS:
            return self._longest() if self.has(ECMASCRIPT) else self._places.get(self.number())
        if first in _SIGNS:
            self.at += 1
            return _SIGNS[first]
        return None

    def _longest(self) -> int | None:
        """ECMAScript's rule: as many digits as make a group."""
        best: tuple[int, int] | None = None
        number = 0
        while self.peek() in _DIGITS and number <= 10**9:
            number = number * 10 + int(self.take())
            if number in self._places:
                best = self._places[number], self.at
        if best is None:
            return None
        self.at = best[1]
        return best[0]

    def _braced(self) -> int | None:
        self.at += 1
        first = self.peek()
        if first in _DIGITS:
            number: int | None = self.number()
        elif is_word(first):
            number = self._names.get(self.name())
        else:
            return None
        if not self.left or self.take() != "}" or number is None:
            return None
        return self._places.get(number)
