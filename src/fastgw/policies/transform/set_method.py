"""set-method: changes the method of the request (spec/policies/transformation.md)."""

from __future__ import annotations

from fastgw._program import Op
from fastgw.compiler.expressions import Compiled
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.nodes import Value
from fastgw.compiler.schema import OUTBOUND, PolicySchema, TextSchema, policy_element
from fastgw.model.http_text import is_token

ELEMENT = policy_element("set-method", text=TextSchema(required=True, expression=True))


def lower(statement: Statement, lowering: Lowering) -> None:
    """One SET_METHOD."""
    if lowering.section == OUTBOUND:
        what = "set-method in outbound has no effect: the request has been sent already"
        lowering.warn_of_place(what, statement)
    text = statement.element.text
    method = None if text is None else lower_text(text, lowering)
    if method is not None:
        lowering.emit(Op.SET_METHOD, (method,), statement)


def lower_text(text: Value, lowering: Lowering) -> bytes | Compiled | None:
    """The method that the element holds, as `_steps.method_of` takes it; None after an error."""
    method = lowering.encoded(text)
    if not isinstance(method, bytes):
        return method
    literal = text.literal.strip()
    if not is_token(literal):
        lowering.error(f"{text.shown()} is no HTTP method", text.position, text)
        return None
    return lowering.hide(text, literal.encode())


SET_METHOD = PolicySchema(ELEMENT, lower)
