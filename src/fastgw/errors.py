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


# Nobody reads more, and each finding costs memory.
MOST_FINDINGS = 1000


class Diagnostics:
    """Collects findings so that one run reports all of them, each once.

    `MOST_FINDINGS` errors are kept, and warnings while there are fewer findings than that, so that no
    warning hides an error. What is not kept is counted, and said in one finding at the end.
    """

    __slots__ = ("_errors", "_found", "_more", "_more_errors")

    def __init__(self, found: Iterable[Diagnostic] = ()) -> None:
        # A dictionary for its order; a shared policy document says the same thing for many operations.
        self._found: dict[Diagnostic, None] = {}
        self._errors = 0
        self._more = 0
        self._more_errors = 0
        for diagnostic in found:
            self._add(diagnostic)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._found) + (self._more > 0)

    def error(self, message: str, position: Position | None = None, entity: str | None = None) -> None:
        """Record an error; the configuration will not be served."""
        self._add(Diagnostic("error", message, position, entity))

    def warning(self, message: str, position: Position | None = None, entity: str | None = None) -> None:
        """Record a warning; the configuration is served all the same."""
        self._add(Diagnostic("warning", message, position, entity))

    def _add(self, diagnostic: Diagnostic) -> None:
        if diagnostic in self._found:
            return
        error = diagnostic.severity == "error"
        self._errors += error
        if (self._errors if error else len(self._found) + 1) <= MOST_FINDINGS:
            self._found[diagnostic] = None
        else:
            self._more += 1
            self._more_errors += error

    def _all(self) -> tuple[Diagnostic, ...]:
        if not self._more:
            return tuple(self._found)
        severity: Severity = "error" if self._more_errors else "warning"
        return (*self._found, Diagnostic(severity, f"and {self._more} more"))

    @property
    def error_count(self) -> int:
        """How many errors were recorded, those that are not kept included; costs nothing."""
        return self._errors

    @property
    def has_errors(self) -> bool:
        """Whether the configuration cannot be served; costs nothing."""
        return self._errors > 0

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The errors alone, in the order found; made anew by each call."""
        return tuple(found for found in self._all() if found.severity == "error")

    def raise_errors(self) -> None:
        """Raise ConfigurationError with everything found when there is at least one error."""
        if self._errors:
            raise ConfigurationError(self._all())


def place_of(error: BaseException) -> str:
    """Where an exception was raised: the file, as it is known in fastgw, and the line (``errors.py:31``)."""
    place = "unknown place"
    at = error.__traceback__
    while at is not None:
        place = f"{at.tb_frame.f_code.co_filename.rpartition('fastgw/')[2]}:{at.tb_lineno}"
        at = at.tb_next
    return place


def own_fault(error: BaseException) -> str | None:
    """What the log says of an exception that a step should not raise; None for one that it may.

    Steps raise FastgwError, ValueError and LookupError for values that are not what they should be. All
    else (KeyError and IndexError included, whose messages are the keys) is a mistake of fastgw: its message
    may say anything, so callers and policies are told its type alone.
    """
    if isinstance(error, (FastgwError, ValueError)) or type(error) is LookupError:
        return None
    return f"Internal error: {type(error).__name__} at {place_of(error)}."


class PolicyFailure(Exception):
    """A policy refuses a request or cannot do its work; the core turns it into context.LastError.

    `reason` and `message` are what LastError says (spec/policies/document.md section 4.5), `status` and
    `public_message` what the caller gets unless on-error says otherwise, `headers` ((name, value) in bytes)
    go with it. `log_message` is what the log says where it differs: `message` repeats something that the
    caller sent and nobody else may read, such as a key, or the log may say more.
    """

    def __init__(
        self,
        reason: str | None,
        message: str,
        status: int = 500,
        public_message: str = "",
        headers: tuple[tuple[bytes, bytes], ...] = (),
        log_message: str | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.status = status
        # It may come from an expression; what is no Unicode could not be written into the answer.
        self.public_message = public_message.encode("utf-8", "replace").decode()
        self.headers = headers
        self.log_message = log_message


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
