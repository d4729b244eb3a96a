"""A policy document as the author wrote it, and where each of its characters stands.

Must never read or change the document: reading it is the compiler's work.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import InstanceOf, WithJsonSchema

from fastgw.errors import Position


@dataclass(frozen=True, slots=True)
class PolicySource:
    """The text of a policy document or fragment.

    ``line`` and ``column`` (1-based) are the place of ``text[0]`` in ``file``; ``indent`` is the
    number of columns that a YAML block scalar removed from each following line. ``exact`` is false
    where the lines of the text are not the lines of the file (a folded or escaped scalar, or one
    with an expansion): then every position is that of the scalar, which is true if less precise.
    ``expanded`` is true where an expansion such as ${env:NAME} put something into the text: a secret,
    for all that is known.
    """

    # An expansion may have put a secret into the text.
    text: str = field(repr=False)
    file: str
    line: int
    column: int
    indent: int
    exact: bool = True
    expanded: bool = False

    def position(self, offset_line: int, offset_column: int) -> Position:
        """The author's position of a 1-based line and column of ``text``."""
        if not self.exact:
            return Position(self.file, self.line, self.column)
        before = self.column - 1 if offset_line == 1 else self.indent
        return Position(self.file, self.line + offset_line - 1, offset_column + before)


Policy = Annotated[
    InstanceOf[PolicySource],
    WithJsonSchema({"type": "string", "minLength": 1}),
]
"""A field that holds a PolicySource; an author writes a path, or the document itself as a block."""
