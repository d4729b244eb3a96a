"""Interpolated strings: the lexer has taken their text and their holes apart already."""

from __future__ import annotations

from fastgw.expr.nodes import Hole, Interpolated
from fastgw.expr.parser.names import NameParser
from fastgw.expr.tokens import FORMAT, HOLE, HOLE_END, INTERPOLATED_END, PART


class InterpolationParser(NameParser):
    """Reads interpolated strings."""

    def interpolated(self) -> Interpolated:
        """`$"…"`. Raises CompileError."""
        start = self.advance().start
        parts: list[str | Hole] = []
        while self.token.kind in (PART, HOLE):
            token = self.advance()
            if token.kind == PART:
                parts.append(token.value)
                continue
            if self.token.kind in (HOLE_END, FORMAT):
                self.fail("Expected expression", "CS1733")
            value = self.expression()
            alignment = self.expression() if self.accept(",") else None
            format_ = self.advance().value if self.token.kind == FORMAT else None
            self.expect(HOLE_END)
            parts.append(Hole(token.start, self.end, value, alignment, format_))
        self.expect(INTERPOLATED_END)
        return Interpolated(start, self.end, tuple(parts))
