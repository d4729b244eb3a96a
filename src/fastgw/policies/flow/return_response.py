"""return-response: ends the pipeline with an answer of its own (spec/policies/control-flow.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastgw._program import Message, Op
from fastgw._steps import begin_reply_like
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import AttributeSchema, ChildSchema, PolicySchema, policy_element
from fastgw.policies.transform import set_body, set_header, set_status

ELEMENT = policy_element(
    "return-response",
    (AttributeSchema("response-variable-name"),),
    (
        ChildSchema(set_status.ELEMENT, most=1),
        ChildSchema(set_header.ELEMENT),
        ChildSchema(set_body.ELEMENT, most=1),
    ),
)

_CHILDREN = {
    "set-status": set_status.lower_on,
    "set-header": set_header.lower_on,
    "set-body": set_body.lower_on,
}


@dataclass(frozen=True, slots=True)
class StoredReply:
    """Begins the reply with a response that a policy has fetched."""

    variable: str

    @property
    def listed(self) -> tuple[tuple[str, object], ...]:
        """What a listing shows."""
        return (("response-variable-name", self.variable),)

    def __call__(self, exchange: Any) -> None:
        """Carry the step out. Raises ValueError where the variable holds no such response."""
        from fastgw.expr.library.context.views import Response

        found = (exchange.variables or {}).get(self.variable)
        if not isinstance(found, Response) or (head := found.own_head) is None:
            raise ValueError(f"The variable '{self.variable}' holds no response that a policy has fetched.")
        body = found.body
        begin_reply_like(exchange, head, (body.take(True) or b"") if body is not None else b"")


def lower(statement: Statement, lowering: Lowering) -> None:
    """BEGIN_REPLY (an empty 200 unless a variable has a response), the children on the reply, RETURN."""
    value = statement.value("response-variable-name")
    stored: tuple[StoredReply, ...] = ()
    if value is not None:
        name = lowering.hide(value, value.literal.strip())
        if not name:
            lowering.error("the name of a variable must not be empty", value.position)
        stored = (StoredReply(name),)
    lowering.emit(Op.BEGIN_REPLY, stored, statement)
    for child in statement.child_statements():
        _CHILDREN[child.element.name](Message.REPLY, child, lowering)
    lowering.emit(Op.RETURN, (), statement)


RETURN_RESPONSE = PolicySchema(ELEMENT, lower)
