"""trace: writes a record to the request's trace and to the log (spec/policies/observability.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from fastgw._program import Op
from fastgw.compiler.expressions import Compiled
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.nodes import HIDDEN, Value
from fastgw.compiler.schema import (
    AttributeSchema,
    ChildSchema,
    ElementSchema,
    PolicySchema,
    TextSchema,
    policy_element,
)
from fastgw.policies.values import text_now
from fastgw.telemetry import log

_LEVELS: dict[str, log.Level] = {"verbose": "debug", "information": "info", "error": "error"}
MESSAGE = ElementSchema("message", text=TextSchema(expression=True))
METADATA = ElementSchema(
    "metadata",
    (
        AttributeSchema("name", required=True, expression=True),
        AttributeSchema("value", required=True, expression=True),
    ),
)
ELEMENT = policy_element(
    "trace",
    (AttributeSchema("source", required=True), AttributeSchema("severity", choices=tuple(_LEVELS))),
    (ChildSchema(MESSAGE, most=1), ChildSchema(METADATA)),
    # Older documents have the message as the text of the element.
    TextSchema(expression=True),
)


@dataclass(frozen=True, slots=True)
class Trace:
    """The record of one statement."""

    source: str
    level: log.Level
    message: str | Compiled
    metadata: tuple[tuple[str | Compiled, str | Compiled], ...]

    def __call__(self, exchange: Any) -> None:
        """Evaluate and record; an expression that fails ends the section as everywhere."""
        message = text_now(self.message, exchange)
        metadata = {text_now(name, exchange): text_now(value, exchange) for name, value in self.metadata}
        if exchange.traces is not None:
            exchange.traces.append(f"{self.source}: {message}")
        write = {"debug": log.debug, "info": log.info, "error": log.error}[self.level]
        write(
            "policy trace",
            source=self.source,
            message=message,
            metadata=json.dumps(metadata, ensure_ascii=False) if metadata else None,
            requestId=exchange.id,
        )


def lower(statement: Statement, lowering: Lowering) -> None:
    """One DO."""
    element = statement.element
    source = statement.required("source")
    severity = statement.value("severity")
    messages = [child for child in element.children if child.name == "message"]
    if bool(messages) == (element.text is not None):
        lowering.error("trace needs one message", element.position)
        return
    message = _text(messages[0].text if messages else element.text, lowering)
    metadata = []
    for child in statement.child_statements():
        if child.element.name == "metadata":
            name = _text(child.required("name"), lowering)
            value = _text(child.required("value"), lowering)
            if name is None or value is None:
                return
            metadata.append((name, value))
    if message is None:
        return
    level = _LEVELS[severity.literal.strip()] if severity else "debug"
    operand = Trace(shown(source, source.literal.strip()), level, message, tuple(metadata))
    lowering.emit(Op.DO, (operand,), statement)


def _text(value: Value | None, lowering: Lowering) -> str | Compiled | None:
    if value is None:
        return ""
    found = lowering.string(value)
    return shown(value, found.strip()) if isinstance(found, str) else found


def shown(value: Value, text: str) -> str:
    """A literal as traces and logs may hold it: without the secret named values that were put into it."""
    # The longest first: one secret may be part of another.
    for secret in sorted(filter(None, value.secrets), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


TRACE = PolicySchema(ELEMENT, lower)
