"""set-body, as a part of return-response: the body of the answer (spec/policies/transformation.md).

Bodies of requests and backend responses are not replaced yet, so that this is no policy of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastgw._program import Message, Op
from fastgw.compiler.expressions import ValueType
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.nodes import Element, Expression, Value
from fastgw.compiler.schema import AttributeSchema, TextSchema, policy_element

ELEMENT = policy_element(
    "set-body",
    (
        # The samples also write `none`, which is what an absent attribute means.
        AttributeSchema("template", choices=("none", "liquid")),
        AttributeSchema("xsi-nil", supported=False),
        AttributeSchema("parse-date", type=ValueType.BOOLEAN, supported=False),
    ),
    text=TextSchema(expression=True, markup=True),
)


def lower_on(message: Message, statement: Statement, lowering: Lowering) -> None:
    """One SET_BODY on ``message``."""
    template = statement.value("template")
    if template and template.literal.strip() == "liquid":
        lowering.error("Liquid templates are not supported yet", template.position)
        return
    content = _content(statement.element, lowering)
    if content is None:
        return
    operand = lowering.encoded(content)
    if operand is not None:
        lowering.emit(Op.SET_BODY, (message, operand), statement)


def _content(element: Element, lowering: Lowering) -> Value | None:
    """The body as a value; markup inside set-body is part of the text, as written."""
    children = element.children
    if len(children) == 1 and children[0].name == "value" and element.text is None:
        # The older form, <set-body><value>...</value></set-body>.
        for attribute in children[0].attributes.values():
            lowering.error(f"unknown attribute {attribute.shown} of value", attribute.position)
            return None
        element, children = children[0], children[0].children
    if not children:
        if element.text is None:
            return Value("", element.position)
        if isinstance(element.text.content, Expression):
            return element.text
        return _without_blank_lines(element.text)
    computed = next(_expressions(element), None)
    if computed:
        lowering.error("an expression inside the markup of a body is not supported", computed.position)
        return None
    return _without_blank_lines(element.inner)


def _expressions(element: Element) -> Iterator[Value]:
    values = [attribute.value for attribute in element.attributes.values()]
    for value in (*values, element.text):
        if value and value.is_expression:
            yield value
    for child in element.children:
        yield from _expressions(child)


def _without_blank_lines(text: Value) -> Value:
    """The text without whitespace-only lines at its ends (document.md section 6.3)."""
    whole = text.literal
    start = whole.rfind("\n", 0, len(whole) - len(whole.lstrip())) + 1
    kept = whole[start:].rstrip()
    end = whole.find("\n", start + len(kept))
    trimmed = whole[start:] if end < 0 else whole[start:end].removesuffix("\r")
    return Value(trimmed, text.position, text.marks, text.secrets)
