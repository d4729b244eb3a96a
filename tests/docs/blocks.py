"""Reads the documentation: fenced blocks with their marks, tables, headings and links.

A mark is an HTML comment on a line of its own right above a block. Knows markdown as far as these documents
use it; must never judge what it reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```(\w*)\s*$")
_MARK = re.compile(r"^<!-- (.+?) -->$")
_HEADING = re.compile(r"^(#+) (.+)$")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """One fenced block; `line` is that of its first line, 1-based."""

    document: str
    line: int
    language: str
    text: str
    marks: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def documents() -> list[str]:
    """Every document that users read, relative to the root."""
    found = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "THREAT_MODEL.md"]
    found += sorted((ROOT / "docs").rglob("*.md"))
    return [str(path.relative_to(ROOT)) for path in found]


def read(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def blocks(document: str) -> list[Block]:
    """The fenced blocks of a document, in order."""
    found: list[Block] = []
    marks: list[str] = []
    inside: list[str] | None = None
    language, start = "", 0
    for number, line in enumerate(read(document).splitlines(), 1):
        fence = _FENCE.match(line)
        if inside is not None:
            if line == "```":
                found.append(Block(document, start, language, "\n".join(inside) + "\n", tuple(marks)))
                inside, marks = None, []
            else:
                inside.append(line)
        elif fence:
            inside, language, start = [], fence[1], number + 1
        elif mark := _MARK.match(line):
            marks.append(mark[1])
        else:
            marks = []
    assert inside is None, f"{document}: a block is not closed"
    return found


def prose(document: str) -> str:
    """The document without its fenced blocks."""
    kept, inside = [], False
    for line in read(document).splitlines():
        if line.startswith("```"):
            inside = not inside
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def sections(document: str) -> dict[str, str]:
    """The text below each heading, up to the next heading of any level."""
    found: dict[str, str] = {}
    heading = ""
    for line in prose(document).splitlines():
        match = _HEADING.match(line)
        if match:
            heading = match[2]
            assert heading not in found, f"{document}: two headings are called {heading}"
            found[heading] = ""
        elif heading:
            found[heading] += line + "\n"
    return found


def anchors(document: str) -> set[str]:
    """The anchors that GitHub makes of the headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in sections(document)}


def links(document: str) -> list[str]:
    """The targets of all links outside of blocks."""
    return _LINK.findall(prose(document))


def rows(text: str, first: str) -> Iterator[list[str]]:
    """The cells of each row of the tables in `text` whose first column is called `first`."""
    header: list[str] | None = None
    for line in text.splitlines():
        if not line.startswith("|"):
            header = None
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if header is None:
            header = cells
        elif header[0] == first and not set(cells[0]) <= {"-", ":"}:
            assert len(cells) == len(header), line
            yield cells


def quoted(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)
