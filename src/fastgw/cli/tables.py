"""Tables for terminals: columns as wide as their widest cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fastgw.telemetry.log import one_line


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table; what would break a line within a cell is escaped."""
    cells = [titles, *([one_line(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(titles))]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
