"""set-body: replaces the body of the section's message (spec/policies/transformation.md).

The new body is a literal, an expression, or a Liquid template that reads the old one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastgw._program import Message, Op
from fastgw.compiler.expressions import Compiled, ValueType
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.nodes import HIDDEN, Element, Expression, Value
from fastgw.compiler.scan import decode_references
from fastgw.compiler.schema import (
    AttributeSchema,
    PolicySchema,
    TextSchema,
    parse_boolean,
    policy_element,
)
from fastgw.errors import PolicyFailure, Position
from fastgw.policies.bodies import body_of, header_of, is_json, is_xml
from fastgw.policies.documents import json_of_body, xml_of_body

if TYPE_CHECKING:
    from fastgw.policies.liquid.template import Template

ELEMENT = policy_element(
    "set-body",
    (
        # The samples also write `none`, which is what an absent attribute means.
        AttributeSchema("template", choices=("none", "liquid")),
        AttributeSchema("xsi-nil", choices=("blank", "null")),
        AttributeSchema("parse-date", type=ValueType.BOOLEAN),
    ),
    text=TextSchema(expression=True, markup=True),
)
# What XML makes of the markup around a template must not reach the code in it.
_CODE = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_NAMES_BODY = re.compile(r"\bbody\b")


@dataclass(frozen=True, slots=True, eq=False)
class LiquidBody:
    """The body that a Liquid template makes; called with the exchange on each run.

    `source` is the message that the template sees as `body`, None for an empty one. `nil` is what stands for
    an element of XML with xsi:nil.
    """

    template: Template
    source: Message | None
    nil: str | None
    dates: bool
    secret: bool

    def __call__(self, exchange: Any) -> str:
        """Raises PolicyFailure for a body that is not what its Content-Type says, and for a bad template."""
        from fastgw.policies.liquid.template import TemplateError

        try:
            return self.template.render(_Names(self, exchange))
        except TemplateError as error:
            message = HIDDEN if self.secret else error.message
            raise PolicyFailure(None, f"The Liquid template failed: {message}") from None


class _Names(Mapping[str, object]):
    """The roots of a template, `body` and `context`, made when it names them."""

    __slots__ = ("_exchange", "_known", "_of")

    def __init__(self, of: LiquidBody, exchange: Any) -> None:
        self._of = of
        self._exchange = exchange
        self._known: dict[str, object] = {}

    def __getitem__(self, name: str) -> object:
        if name not in self._known:
            if name == "body":
                self._known[name] = self._body()
            elif name == "context":
                from fastgw.policies.liquid.context import context_values

                self._known[name] = context_values(self._exchange)
            else:
                raise KeyError(name)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(("body", "context"))

    def __len__(self) -> int:
        return 2

    def _body(self) -> object:
        """The section's body, if its Content-Type says JSON or XML."""
        from fastgw.policies.liquid.values import of_json, of_xml

        source = self._of.source
        if source is None or not body_of(source, self._exchange):
            return None
        content_type = header_of(source, self._exchange, b"content-type")
        if is_json(content_type):
            return of_json(json_of_body(source, self._exchange), self._of.dates)
        if is_xml(content_type):
            return of_xml(xml_of_body(source, self._exchange), self._of.nil, self._of.dates)
        return None


def lower(statement: Statement, lowering: Lowering) -> None:
    """One SET_BODY on the current message of the section."""
    lower_on(lowering.message, statement, lowering)


def lower_on(message: Message, statement: Statement, lowering: Lowering) -> None:
    """One SET_BODY on ``message``."""
    template = statement.value("template")
    is_liquid = template is not None and template.literal.strip() == "liquid"
    for name in ("xsi-nil", "parse-date"):
        value = statement.value(name)
        if value is not None and not is_liquid:
            lowering.warning(f'{name} has an effect only with template="liquid"', value.position)
    content = _content(statement.element, lowering, is_liquid)
    if content is None:
        return
    operand = _liquid(message, content, statement, lowering) if is_liquid else lowering.encoded(content)
    if operand is not None:
        lowering.emit(Op.SET_BODY, (message, operand), statement)


def _liquid(message: Message, content: Value, statement: Statement, lowering: Lowering) -> Compiled | None:
    """The template as an operand. Inside return-response it sees an empty body."""
    # Imported here: it takes long to load, and few configurations have templates.
    from fastgw.policies.liquid.template import Template, TemplateError

    text = content.literal
    try:
        template = Template(text)
    except TemplateError as error:
        what = HIDDEN if content.secrets else error.message
        lowering.error(f"the Liquid template is not right: {what}", _place(content, error.offset), content)
        return None
    for name, offset in template.unknown_filters:
        what = f"there is no Liquid filter {HIDDEN if content.secrets else name}: it changes nothing"
        what = f"{what}; filters are named as in C#, such as Upcase"
        lowering.warning(what, _place(content, offset), content)
    nil, dates = statement.value("xsi-nil"), statement.value("parse-date")
    source = None if message is Message.REPLY else message
    if source is not None and _NAMES_BODY.search(text):
        lowering.need_body(source, statement)
    return LiquidBody(
        template,
        source,
        None if nil and nil.literal.strip() == "null" else "",
        bool(dates is None or parse_boolean(dates.literal)),
        bool(content.secrets),
    )


def _place(content: Value, offset: int) -> Position:
    """Where an offset of a template stands in its author's file, if XML has decoded nothing before it."""
    start = content.position
    if offset < 0:
        return start
    before = content.literal[:offset]
    line = before.count("\n")
    if not line:
        return Position(start.file, start.line, start.column + offset)
    return Position(start.file, start.line + line, offset - before.rfind("\n"))


def _content(element: Element, lowering: Lowering, is_liquid: bool) -> Value | None:
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
            if is_liquid:
                lowering.error("a Liquid template cannot be an expression", element.text.position)
                return None
            return element.text
        return _without_blank_lines(element.text)
    computed = next(_expressions(element), None)
    if computed:
        lowering.error("an expression inside the markup of a body is not supported", computed.position)
        return None
    inner = element.inner
    if is_liquid:
        decoded = _CODE.sub(lambda code: decode_references(code.group()), inner.literal)
        inner = Value(decoded, inner.position, inner.marks, inner.secrets)
    return _without_blank_lines(inner, as_written=True)


def _expressions(element: Element) -> Iterator[Value]:
    values = [attribute.value for attribute in element.attributes.values()]
    for value in (*values, element.text):
        if value and value.is_expression:
            yield value
    for child in element.children:
        yield from _expressions(child)


def _without_blank_lines(text: Value, as_written: bool = False) -> Value:
    """The text without whitespace-only lines at its ends (document.md section 6.3).

    The position of a text is that of its first character that is no blank, unless it is ``as_written``.
    """
    whole = text.literal
    blanks = len(whole) - len(whole.lstrip())
    start = whole.rfind("\n", 0, blanks) + 1
    kept = whole[start:].rstrip()
    end = whole.find("\n", start + len(kept))
    trimmed = whole[start:] if end < 0 else whole[start:end].removesuffix("\r")
    place = text.position
    if as_written:
        place = _place(text, start)
    elif blanks > start and place.column > blanks - start:
        place = Position(place.file, place.line, place.column - (blanks - start))
    return Value(trimmed, place, text.marks, text.secrets)


SET_BODY = PolicySchema(ELEMENT, lower)
