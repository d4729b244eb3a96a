"""return-response: ends the pipeline with an answer of its own (spec/policies/control-flow.md)."""

from __future__ import annotations

from fastgw._program import Message, Op
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import AttributeSchema, ChildSchema, PolicySchema, policy_element
from fastgw.policies.transform import set_body, set_header, set_status

ELEMENT = policy_element(
    "return-response",
    # It names a response that send-request stored.
    (AttributeSchema("response-variable-name", supported=False),),
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


def lower(statement: Statement, lowering: Lowering) -> None:
    """BEGIN_REPLY (an empty 200), the children on the reply, RETURN."""
    lowering.emit(Op.BEGIN_REPLY, (), statement)
    for child in statement.child_statements():
        _CHILDREN[child.element.name](Message.REPLY, child, lowering)
    lowering.emit(Op.RETURN, (), statement)


RETURN_RESPONSE = PolicySchema(ELEMENT, lower)
