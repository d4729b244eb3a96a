"""check-header: demands a header, perhaps with one of some values (spec/policies/access.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastgw._program import Op
from fastgw.compiler.expressions import Compiled, ValueType
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import (
    INBOUND,
    AttributeSchema,
    ChildSchema,
    ElementSchema,
    PolicySchema,
    TextSchema,
    policy_element,
)
from fastgw.errors import PolicyFailure
from fastgw.policies.values import now, text_now

ELEMENT = policy_element(
    "check-header",
    (
        AttributeSchema("name", required=True, expression=True),
        AttributeSchema(
            "failed-check-httpcode",
            required=True,
            expression=True,
            type=ValueType.INTEGER,
            minimum=200,
            maximum=599,
        ),
        AttributeSchema("failed-check-error-message", required=True, expression=True),
        AttributeSchema("ignore-case", required=True, expression=True, type=ValueType.BOOLEAN),
    ),
    (ChildSchema(ElementSchema("value", text=TextSchema(expression=True))),),
)


@dataclass(frozen=True, slots=True)
class CheckHeader:
    """The check of one statement; without values the header's presence is enough."""

    name: str | Compiled
    status: int | Compiled
    text: str | Compiled
    ignore_case: bool | Compiled
    values: tuple[str | Compiled, ...]

    def __call__(self, exchange: Any) -> None:
        """Raises PolicyFailure for a request that lacks the header or has another value in it."""
        name = text_now(self.name, exchange).strip()
        wanted = name.lower().encode("utf-8", "surrogateescape")
        found = [value for field, value in exchange.request.items() if field.lower() == wanted]
        if len(found) != 1:
            # Several of them would let a caller hide one value behind another.
            what = f"Header {name} was not found in the request. Access denied."
            raise self._failure("HeaderNotFound", what, what, exchange)
        if not self.values:
            return
        value = found[0].decode("utf-8", "surrogateescape")
        allowed = [text_now(one, exchange).strip() for one in self.values]
        if now(self.ignore_case, exchange):
            same = value.casefold() in (one.casefold() for one in allowed)
        else:
            same = value in allowed
        if not same:
            what = f"Header {name} value of {value} is not allowed. Access denied."
            # The value may be a key.
            logged = f"Header {name} has a value that is not allowed. Access denied."
            raise self._failure("HeaderValueNotAllowed", what, logged, exchange)

    def _failure(self, reason: str, message: str, logged: str, exchange: Any) -> PolicyFailure:
        status = now(self.status, exchange)
        if not 200 <= status <= 599:
            raise ValueError("The failed-check-httpcode must be between 200 and 599.")
        text = text_now(self.text, exchange)
        return PolicyFailure(reason, message, status, text, log_message=logged)


def lower(statement: Statement, lowering: Lowering) -> None:
    """One DO."""
    name = lowering.string(statement.required("name"))
    status = lowering.integer(statement.required("failed-check-httpcode"))
    text = lowering.string(statement.required("failed-check-error-message"))
    ignore_case = lowering.boolean(statement.required("ignore-case"), default=False)
    values = [
        "" if child.text is None else lowering.string(child.text) for child in statement.element.children
    ]
    good = tuple(value for value in values if value is not None)
    if name is None or status is None or text is None or ignore_case is None or len(good) < len(values):
        return
    if isinstance(name, str) and not name.strip():
        value = statement.required("name")
        lowering.error("the name of a header must not be empty", value.position, value)
        return
    lowering.emit(Op.DO, (CheckHeader(name, status, text, ignore_case, good),), statement)


CHECK_HEADER = PolicySchema(ELEMENT, lower, sections=frozenset({INBOUND}))
