"""From offsets in an expression to lines and columns of the author's file, for tracebacks."""

from __future__ import annotations

import linecache
import weakref
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, count
from typing import Any

from fastgw.expr.codegen.tree import Place

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the text of an expression stands.

    `file` names the policy document; `line` and `column` (both from 1) are those of the expression's first
    character in it. `document` is the whole document for tracebacks; without it they show the expression.
    """

    file: str = "expression"
    line: int = 1
    column: int = 1
    document: str | None = None


@lru_cache(maxsize=16)
def _lines_of(document: str) -> list[str]:
    """The lines as `linecache` holds them: one list for all expressions of a document."""
    return [f"{line}\n" for line in document.split("\n")]


class Positions:
    """The places of one expression's offsets.

    `text` is what offsets count in. Tracebacks look lines up by file name, so each expression has a name of
    its own: documents change, and two of them may have one name.
    """

    __slots__ = (
        "_columns",
        "_first_column",
        "_first_line",
        "_is_ascii",
        "_lines",
        "_shown",
        "_starts",
        "file_name",
    )

    def __init__(self, text: str, origin: Origin) -> None:
        self._lines = text.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)
        # For lines that are not ASCII: the bytes before each of their characters.
        self._columns: dict[int, list[int]] = {}
        self._is_ascii = text.isascii()
        self._first_line = origin.line
        self._shown = _lines_of(text if origin.document is None else origin.document)
        self._first_column = origin.column - 1
        if origin.document is None:
            self._first_line, self._first_column = 1, 0
        self.file_name = f"<{origin.file}#{next(_numbers)}>"

    def place(self, start: int, end: int) -> Place:
        """The place of the text from `start` up to `end`."""
        line, column = self._at(start)
        end_line, end_column = self._at(max(end, start))
        return Place(line, column, end_line, end_column)

    def _at(self, offset: int) -> tuple[int, int]:
        row = min(bisect_right(self._starts, offset), len(self._lines)) - 1
        column = min(offset - self._starts[row], len(self._lines[row]))
        if not self._is_ascii:
            column = self._columns_of(row)[column]
        return self._first_line + row, column + (0 if row else self._first_column)

    def _columns_of(self, row: int) -> list[int]:
        """The column in bytes of each place in a line, its end included."""
        found = self._columns.get(row)
        if found is None:
            sizes = (len(one.encode("utf-8", "surrogatepass")) for one in self._lines[row])
            found = self._columns[row] = list(accumulate(sizes, initial=0))
        return found

    def show_in_tracebacks(self, function: Callable[..., Any]) -> None:
        """Let tracebacks find the lines for as long as the function lives."""
        lines = self._shown
        linecache.cache[self.file_name] = (sum(map(len, lines)), None, lines, self.file_name)
        weakref.finalize(function, linecache.cache.pop, self.file_name, None).atexit = False
