"""What computed values of several policies have in common; run with a request, by the core.

These callables raise ValueError or LookupError, which the core turns into the error of the statement.
"""

from __future__ import annotations

from typing import Any, Final

LONGEST_WAIT: Final = (2**31 - 1) // 1000
"""Seconds that a policy may wait for something, nearly 25 days: what 32 bits of milliseconds hold."""


def as_text(value: object) -> str:
    """What an expression for a string gave, as text; None is the empty string (document.md section 6.4)."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return str(value)


def now(operand: Any, exchange: Any) -> Any:
    """The value of an operand: a constant, or a compiled expression that is called."""
    return operand(exchange) if callable(operand) else operand


def text_now(operand: Any, exchange: Any) -> str:
    """The same, as text."""
    return as_text(now(operand, exchange))
