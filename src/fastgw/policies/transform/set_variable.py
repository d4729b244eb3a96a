"""set-variable: declares a context variable (spec/policies/transformation.md)."""

from __future__ import annotations

from fastgw._program import Op
from fastgw.compiler.expressions import ValueType
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import AttributeSchema, PolicySchema, policy_element

ELEMENT = policy_element(
    "set-variable",
    (AttributeSchema("name", required=True), AttributeSchema("value", required=True, expression=True)),
)


def lower(statement: Statement, lowering: Lowering) -> None:
    """One SET_VARIABLE; a literal gives a string exactly as written, an expression keeps its type."""
    name = statement.required("name")
    value = statement.required("value")
    if not name.literal.strip():
        lowering.error("the name of a variable must not be empty", name.position)
        return
    operand = lowering.expression(value, ValueType.OBJECT) if value.is_expression else lowering.string(value)
    if operand is not None:
        named = lowering.hide(name, name.literal.strip())
        lowering.emit(Op.SET_VARIABLE, (named, operand), statement)


SET_VARIABLE = PolicySchema(ELEMENT, lower)
