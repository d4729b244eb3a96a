"""One tree of errors, and the diagnostics that configuration errors carry.

Bad configuration is raised while it is read and built; the data plane returns
verdicts instead and never raises these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Position:
    """A place in an author's file; line and column are 1-based."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about the configuration.

    ``entity`` names the kind and id of the entity it concerns, such as ``backend orders``.
    """

    severity: Severity
    message: str
    position: Position | None = None
    entity: str | None = None

    def __str__(self) -> str:
        where = f"{self.position}: " if self.position else ""
        entity = f"{self.entity}: " if self.entity else ""
        return f"{where}{self.severity}: {entity}{self.message}"

    def as_json(self) -> dict[str, str | int | None]:
        """The keys of `check --format json` (design: file, line, column, severity, message, entity)."""
        position = self.position
        return {
            "file": position.file if position else None,
            "line": position.line if position else None,
            "column": position.column if position else None,
            "severity": self.severity,
            "message": self.message,
            "entity": self.entity,
        }


class Diagnostics:
    """Collects findings so that one run reports all of them."""

    __slots__ = ("_found",)

    def __init__(self, found: Iterable[Diagnostic] = ()) -> None:
        self._found = list(found)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def error(self, message: str, position: Position | None = None, entity: str | None = None) -> None:
        """Record an error; the configuration will not be served."""
        self._add(Diagnostic("error", message, position, entity))

    def warning(self, message: str, position: Position | None = None, entity: str | None = None) -> None:
        """Record a warning; the configuration is served all the same."""
        self._add(Diagnostic("warning", message, position, entity))

    def _add(self, diagnostic: Diagnostic) -> None:
        # A shared policy document is compiled for many operations and says the same thing each time.
        if diagnostic not in self._found:
            self._found.append(diagnostic)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The errors alone, in the order found."""
        return tuple(found for found in self._found if found.severity == "error")

    def raise_errors(self) -> None:
        """Raise ConfigurationError with everything found when there is at least one error."""
        if self.errors:
            raise ConfigurationError(tuple(self._found))


class FastgwError(Exception):
    """Root of the errors that fastgw raises; `exit_code` is what the command line ends with."""

    exit_code = 1


class ConfigurationError(FastgwError):
    """The configuration cannot be served; carries every diagnostic, warnings included."""

    exit_code = 1

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("\n".join(str(found) for found in diagnostics))
        self.diagnostics = diagnostics


class UsageError(FastgwError):
    """The command line or the environment is wrong."""

    exit_code = 2


class AddressInUseError(FastgwError):
    """A listener's address cannot be bound."""

    exit_code = 3
