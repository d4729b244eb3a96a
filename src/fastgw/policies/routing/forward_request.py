"""forward-request: calls the backend (spec/policies/routing.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastgw._program import ForwardOptions, Op
from fastgw.compiler.expressions import ValueType
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.nodes import Value
from fastgw.compiler.schema import BACKEND, AttributeSchema, PolicySchema, parse_boolean, policy_element

# Milliseconds, until the head of the response.
DEFAULT_TIMEOUT = 300_000
# What a signed 32-bit count of milliseconds holds, nearly 25 days.
MAX_TIMEOUT = 2**31 - 1

ELEMENT = policy_element(
    "forward-request",
    (
        AttributeSchema("http-version", choices=("1", "2or1", "2")),
        AttributeSchema(
            "timeout", expression=True, type=ValueType.INTEGER, minimum=0, maximum=MAX_TIMEOUT // 1000
        ),
        AttributeSchema(
            "timeout-ms", expression=True, type=ValueType.INTEGER, minimum=0, maximum=MAX_TIMEOUT
        ),
        AttributeSchema(
            "continue-timeout",
            expression=True,
            type=ValueType.INTEGER,
            minimum=0,
            maximum=MAX_TIMEOUT // 1000,
        ),
        AttributeSchema("follow-redirects", expression=True, type=ValueType.BOOLEAN),
        AttributeSchema("buffer-request-body", type=ValueType.BOOLEAN),
        # Accepted in both forms: answers are always passed on as they come (design, section 11).
        AttributeSchema("buffer-response", type=ValueType.BOOLEAN),
        AttributeSchema("fail-on-error-status-code", type=ValueType.BOOLEAN),
    ),
)


def lower(statement: Statement, lowering: Lowering) -> None:
    """One FORWARD."""
    good = _supported(statement, lowering)
    timeout = _timeout(statement, lowering)
    follows = lowering.boolean(statement.value("follow-redirects"), False)
    patience = _seconds("continue-timeout", statement.value("continue-timeout"), 0, lowering)
    if timeout is None or follows is None or patience is None or not good:
        return
    options = ForwardOptions(
        timeout,
        _flag(statement, "buffer-request-body"),
        _flag(statement, "fail-on-error-status-code"),
        follows if isinstance(follows, bool) else _flag_at_run_time(follows),
        patience,
    )
    lowering.emit(Op.FORWARD, (options,), statement)


def _supported(statement: Statement, lowering: Lowering) -> bool:
    version = statement.value("http-version")
    if version and version.literal.strip() != "1":
        lowering.error("http-version: HTTP/2 to the backend is not supported yet; use 1", version.position)
        return False
    return True


def _timeout(statement: Statement, lowering: Lowering) -> int | Callable[[Any], object] | None:
    """Milliseconds, or a callable that gives them; None after an error."""
    seconds, milliseconds = statement.value("timeout"), statement.value("timeout-ms")
    if seconds and milliseconds:
        where = statement.element.attributes["timeout-ms"].position
        lowering.error("forward-request takes timeout or timeout-ms, not both", where)
        return None
    if milliseconds:
        return _seconds("timeout", milliseconds, DEFAULT_TIMEOUT, lowering, factor=1)
    return _seconds("timeout", seconds, DEFAULT_TIMEOUT, lowering)


def _seconds(
    name: str, value: Value | None, default: int, lowering: Lowering, factor: int = 1000
) -> int | Callable[[Any], object] | None:
    """Milliseconds, or a callable that gives them; None after an error. `value` times `factor` is those."""
    if value is None:
        return default
    found = lowering.integer(value)
    if found is None:
        return None
    return found * factor if isinstance(found, int) else _milliseconds_at_run_time(name, found, factor)


def _milliseconds_at_run_time(name: str, value: Callable[[Any], object], factor: int) -> Callable[[Any], int]:
    def milliseconds(exchange: Any) -> int:
        given = value(exchange)
        if not isinstance(given, int) or not 0 <= given * factor <= MAX_TIMEOUT:
            raise ValueError(f"The {name} of forward-request must be a whole number that is not negative.")
        return given * factor

    return milliseconds


def _flag_at_run_time(value: Callable[[Any], object]) -> Callable[[Any], bool]:
    def flag(exchange: Any) -> bool:
        given = value(exchange)
        if not isinstance(given, bool):
            raise ValueError("follow-redirects of forward-request must be true or false.")
        return given

    return flag


def _flag(statement: Statement, name: str) -> bool:
    value = statement.value(name)
    return bool(value and parse_boolean(value.literal))


FORWARD_REQUEST = PolicySchema(ELEMENT, lower, sections=frozenset({BACKEND}))
