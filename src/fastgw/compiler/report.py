"""How the compiler speaks: every finding carries a position and the entity, and never a secret."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from fastgw.compiler.nodes import HIDDEN, Attribute, Element, Value
from fastgw.errors import Diagnostics, Position

# More errors than anybody reads; without a bound a hostile document would make thousands.
MAX_ERRORS = 200


class Report:
    """Diagnostics on behalf of one entity; ``failed`` turns true with the first error.

    After MAX_ERRORS errors it is ``full``: it says so once and records no more errors. A ``lenient`` one
    says nothing about values that hold named values which nobody knows.
    """

    __slots__ = ("_diagnostics", "_errors", "_lenient", "_warnings", "entity", "failed")

    def __init__(self, diagnostics: Diagnostics, entity: str, *, lenient: bool = False) -> None:
        self._lenient = lenient
        self._diagnostics = diagnostics
        self.entity = entity
        self.failed = False
        self._errors = 0
        self._warnings = 0

    @property
    def full(self) -> bool:
        """Whether nothing more is recorded, so that looking for more is of no use."""
        return self._errors > MAX_ERRORS

    def error(self, message: str, position: Position, about: Value | None = None) -> None:
        """Record an error; secrets that were put into ``about`` are struck from the message."""
        if self._lenient and about is not None and about.marks and not about.is_expression:
            return
        self.failed = True
        self._errors += 1
        if self.full:
            if self._errors == MAX_ERRORS + 1:
                message = f"there are more than {MAX_ERRORS} errors; the others are not shown"
                self._diagnostics.error(message, position, self.entity)
            return
        self._diagnostics.error(scrub(message, about), position, self.entity)

    def warning(self, message: str, position: Position, about: Value | None = None) -> None:
        """Record a warning; secrets that were put into ``about`` are struck from the message."""
        if self._lenient and about is not None and about.marks:
            return
        self._warnings += 1
        if self._warnings > MAX_ERRORS:
            return
        self._diagnostics.warning(scrub(message, about), position, self.entity)


def scrub(message: str, about: Value | None) -> str:
    """``message`` without the secrets that were put into ``about``."""
    for secret in about.secrets if about else ():
        if secret:
            message = message.replace(secret, HIDDEN)
    return message


def suggestion_for(named: Element | Attribute, known: Iterable[str]) -> str:
    """`suggestion` for the name of an element or attribute; nothing where the name may be a secret."""
    return "" if named.expanded else suggestion(named.name, known)


def suggestion(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the known name closest to ``name``, or nothing."""
    by_folded = {one.lower(): one for one in sorted(known)}
    close = get_close_matches(name.lower()[:256], by_folded, n=1, cutoff=0.7)
    return f"; did you mean '{by_folded[close[0]]}'?" if close else ""
