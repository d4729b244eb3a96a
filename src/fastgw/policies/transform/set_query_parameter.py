"""set-query-parameter: adds, replaces or removes a query parameter (spec/policies/transformation.md)."""

from __future__ import annotations

from fastgw._program import ExistsAction, Op
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import (
    BACKEND,
    INBOUND,
    AttributeSchema,
    ChildSchema,
    PolicySchema,
    policy_element,
)
from fastgw.policies.transform.values import EXISTS_ACTION, VALUE, action_of, values_of

ELEMENT = policy_element(
    "set-query-parameter",
    (AttributeSchema("name", required=True, expression=True), EXISTS_ACTION),
    (ChildSchema(VALUE),),
)


def lower(statement: Statement, lowering: Lowering) -> None:
    """One SET_QUERY. Names and values are given as they are: the core encodes them."""
    action = action_of(statement, lowering)
    value = statement.required("name")
    name = lowering.encoded(value)
    values = values_of(statement, lowering, one_line=False)
    if name == b"":
        lowering.error("the name of a query parameter must not be empty", value.position)
        return
    if action is ExistsAction.DELETE:
        values = () if values is not None else None
    elif values == () and isinstance(action, ExistsAction):
        lowering.error("set-query-parameter must hold at least one value", statement.element.position)
        return
    if action is not None and name is not None and values is not None:
        lowering.emit(Op.SET_QUERY, (name, action, values), statement)


SET_QUERY_PARAMETER = PolicySchema(ELEMENT, lower, sections=frozenset({INBOUND, BACKEND}))
