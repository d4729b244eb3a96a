"""set-header: adds, replaces, appends to or removes a header (spec/policies/transformation.md)."""

from __future__ import annotations

from fastgw._program import ExistsAction, Message, Op
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import AttributeSchema, ChildSchema, PolicySchema, policy_element
from fastgw.model.http_text import OWN_HEADERS, is_token
from fastgw.policies.transform.values import EXISTS_ACTION, VALUE, action_of, values_of

ELEMENT = policy_element(
    "set-header",
    (AttributeSchema("name", required=True, expression=True), EXISTS_ACTION),
    (ChildSchema(VALUE),),
)


def lower(statement: Statement, lowering: Lowering) -> None:
    """One SET_HEADER on the current message of the section."""
    lower_on(lowering.message, statement, lowering)


def lower_on(message: Message, statement: Statement, lowering: Lowering) -> None:
    """One SET_HEADER on ``message``. How values share lines is the core's to know: it depends on the name."""
    action = action_of(statement, lowering)
    value = statement.required("name")
    name = lowering.encoded(value)
    if isinstance(name, bytes):
        literal = value.literal.strip()
        if not is_token(literal):
            what = f"{value.shown()} is no header name: only letters, digits and !#$%&'*+-.^_`|~ are allowed"
            lowering.error(what, value.position, value)
            return
        if literal.lower() in OWN_HEADERS:
            what = f"set-header has no effect on {literal}: the gateway alone writes it"
            lowering.warning(what, value.position, value)
            return
        name = lowering.hide(value, literal.encode())
    # What stands under a delete is ignored (the table of actions), but must be right all the same.
    values = values_of(statement, lowering, one_line=True)
    if action is None or name is None or values is None:
        return
    if action is ExistsAction.DELETE:
        values = ()
        if message is not Message.REQUEST and isinstance(name, bytes) and name.lower() == b"server":
            what = "Server cannot be removed; override it instead"
            if message is Message.REPLY:
                lowering.warning(what, statement.element.position)
            else:
                lowering.warn_of_place(what, statement)
            return
    elif not values and action in (ExistsAction.SKIP, ExistsAction.APPEND):
        what = "set-header without a value has no effect unless it overrides or deletes"
        lowering.warning(what, statement.element.position)
        return
    lowering.emit(Op.SET_HEADER, (message, name, action, values), statement)


SET_HEADER = PolicySchema(ELEMENT, lower)
