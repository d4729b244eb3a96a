"""json-to-xml: converts a JSON body to XML (spec/policies/transformation.md, the mapping table)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastgw._program import Message, Op
from fastgw.compiler.expressions import Compiled, ValueType
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import AttributeSchema, PolicySchema, policy_element
from fastgw.policies.bodies import is_json, is_xml, set_content_type
from fastgw.policies.documents import json_of_body
from fastgw.policies.transform.conversions import When
from fastgw.policies.transform.xml_writing import Naming, document
from fastgw.policies.values import text_now

APPLY = ("always", "content-type-json")
ELEMENT = policy_element(
    "json-to-xml",
    (
        AttributeSchema("apply", required=True, expression=True, choices=APPLY),
        AttributeSchema("consider-accept-header", expression=True, type=ValueType.BOOLEAN),
        AttributeSchema("parse-date", type=ValueType.BOOLEAN),
        AttributeSchema("namespace-separator", expression=True),
        AttributeSchema("namespace-prefix", expression=True),
        AttributeSchema("attribute-block-name", expression=True),
    ),
)


@dataclass(frozen=True, slots=True)
class JsonToXml:
    """The conversion of one statement."""

    message: Message
    when: When
    separator: str | Compiled
    prefix: str | Compiled
    attributes: str | Compiled
    dates: bool

    def __call__(self, exchange: Any) -> None:
        """Raises PolicyFailure for a body that is no JSON or cannot be XML."""
        if not self.when(exchange):
            return
        naming = Naming(
            text_now(self.separator, exchange),
            text_now(self.prefix, exchange),
            text_now(self.attributes, exchange),
            self.dates,
        )
        text = document(json_of_body(self.message, exchange), naming)
        exchange.set_body(self.message, text.encode())
        set_content_type(self.message, exchange, b"application/xml; charset=utf-8")


def lower(statement: Statement, lowering: Lowering) -> None:
    """One DO, behind the body."""
    apply = lowering.string(statement.required("apply"))
    accept = lowering.boolean(statement.value("consider-accept-header"), default=True)
    separator = _text(statement, "namespace-separator", "_", lowering)
    prefix = _text(statement, "namespace-prefix", "", lowering)
    attributes = _text(statement, "attribute-block-name", "", lowering)
    dates = lowering.boolean(statement.value("parse-date"), default=True)
    if apply is None or accept is None or separator is None or prefix is None or attributes is None:
        return
    message = lowering.message
    when = When(message, apply, APPLY, accept, is_json, is_xml)
    operand = JsonToXml(message, when, separator, prefix, attributes, bool(dates))
    lowering.need_body(message, statement)
    lowering.emit(Op.DO, (operand,), statement)


def _text(statement: Statement, name: str, default: str, lowering: Lowering) -> str | Compiled | None:
    value = statement.value(name)
    return default if value is None else lowering.string(value)


JSON_TO_XML = PolicySchema(ELEMENT, lower)
