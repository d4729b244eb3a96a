"""What set-header and set-query-parameter have in common: exists-action and the `value` children."""

from __future__ import annotations

from fastgw._program import ExistsAction
from fastgw.compiler.expressions import Compiled
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.nodes import Element, Expression
from fastgw.compiler.schema import AttributeSchema, ElementSchema, TextSchema
from fastgw.model.http_text import has_controls

ACTIONS = {
    "override": ExistsAction.OVERRIDE,
    "skip": ExistsAction.SKIP,
    "append": ExistsAction.APPEND,
    "delete": ExistsAction.DELETE,
}
EXISTS_ACTION = AttributeSchema("exists-action", expression=True, choices=tuple(ACTIONS))
VALUE = ElementSchema("value", text=TextSchema(expression=True))


def action_of(statement: Statement, lowering: Lowering) -> ExistsAction | Compiled | None:
    """The action that the statement names, override by default; None after an error."""
    value = statement.value("exists-action")
    if value is None:
        return ExistsAction.OVERRIDE
    found = lowering.string(value)
    return ACTIONS[found.strip()] if isinstance(found, str) else found


def values_of(
    statement: Statement, lowering: Lowering, one_line: bool
) -> tuple[bytes | Compiled, ...] | None:
    """The operands of all `value` children; None after an error. ``one_line`` refuses control characters."""
    values = [_operand(child, lowering, one_line) for child in statement.element.children]
    good = tuple(value for value in values if value is not None)
    return good if len(good) == len(values) else None


def _operand(element: Element, lowering: Lowering, one_line: bool) -> bytes | Compiled | None:
    text = element.text
    if text is None:
        return b""
    if isinstance(text.content, Expression):
        return lowering.encoded(text)
    trimmed = text.content.strip()
    if one_line and has_controls(trimmed):
        lowering.error("a header value must not hold line breaks or control characters", text.position)
        return None
    return lowering.hide(text, trimmed.encode())
