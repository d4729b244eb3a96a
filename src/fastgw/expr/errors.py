"""What is wrong with the text of an expression: found while it is compiled, never while it runs.

Messages are those of the C# compiler where it has one, so that authors find help for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fastgw.errors import FastgwError

MOST_ERRORS: Final = 20
"""Later ones mostly follow from the first, and nobody reads them."""


class CompileError(FastgwError):
    """The text is not an expression that may run.

    `offset` counts characters from the beginning of the expression's text, without `@(`. `code` is the
    C# compiler's, such as `CS0103`; empty where the rule is not C#'s.
    """

    def __init__(self, message: str, offset: int, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.code = code


class CompileErrors:
    """Collects the errors of one expression: each once, at most `MOST_ERRORS`, given in textual order."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[tuple[int, str], CompileError] = {}

    def report(self, message: str, offset: int, code: str = "") -> None:
        """Record an error."""
        self.add(CompileError(message, offset, code))

    def add(self, error: CompileError) -> None:
        """Record an error that was made elsewhere."""
        if not self.is_full:
            self._found.setdefault((error.offset, error.message), error)

    @property
    def is_full(self) -> bool:
        """Whether no more errors are kept, so that looking for them is idle."""
        return len(self._found) >= MOST_ERRORS

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[CompileError]:
        """The errors by offset; those of one offset in the order found."""
        return iter(sorted(self._found.values(), key=lambda error: error.offset))


def too_complex(offset: int) -> CompileError:
    """The error for an expression that takes more work to compile than any that is meant."""
    return CompileError("An expression is too long or complex to compile", offset, "CS8078")


def newer_feature(feature: str, version: str, offset: int) -> CompileError:
    """The error for syntax that C# has since `version`; policies are C# 7.0."""
    until, code = ("7.0", "CS8107") if version.startswith("7.") else ("7.3", "CS8370")
    return CompileError(
        f"Feature '{feature}' is not available in C# {until}. "
        f"Please use language version {version} or greater.",
        offset,
        code,
    )
