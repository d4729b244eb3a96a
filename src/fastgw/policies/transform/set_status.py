"""set-status: sets status code and reason phrase of the response (spec/policies/transformation.md)."""

from __future__ import annotations

from fastgw._program import Message, Op
from fastgw.compiler.expressions import Compiled, ValueType
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import BACKEND, INBOUND, AttributeSchema, PolicySchema, policy_element
from fastgw.model.http_text import has_controls

ELEMENT = policy_element(
    "set-status",
    (
        # A final status: no 1xx, which ends nothing, and nothing beyond the classes of RFC 9110 section 15.
        AttributeSchema(
            "code", required=True, expression=True, type=ValueType.INTEGER, minimum=200, maximum=599
        ),
        AttributeSchema("reason", expression=True),
    ),
)


def lower(statement: Statement, lowering: Lowering) -> None:
    """One SET_STATUS on the response."""
    if lowering.section in (INBOUND, BACKEND):
        what = f"set-status in {lowering.section} has no response to change; use it inside return-response"
        lowering.warn_of_place(what, statement)
    lower_on(Message.RESPONSE, statement, lowering)


def lower_on(message: Message, statement: Statement, lowering: Lowering) -> None:
    """One SET_STATUS on ``message``; without a reason the core uses the standard phrase."""
    code = lowering.integer(statement.required("code"))
    reason: bytes | Compiled | None = None
    value = statement.value("reason")
    if value:
        reason = lowering.encoded(value)
        if reason is None:
            return
        if isinstance(reason, bytes) and has_controls(value.literal):
            lowering.error("a reason must not hold line breaks or control characters", value.position)
            return
    if code is not None:
        lowering.emit(Op.SET_STATUS, (message, code, reason), statement)


SET_STATUS = PolicySchema(ELEMENT, lower)
