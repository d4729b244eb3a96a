"""xsl-transform: applies an XSLT 1.0 stylesheet to an XML body (spec/policies/transformation.md).

Stylesheets and bodies reach no network and no file, and extensions write none. How long a stylesheet runs is
its author's concern: libxslt bounds only how deep templates call each other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from fastgw._program import Message, Op
from fastgw.compiler.expressions import Compiled
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.nodes import HIDDEN, Element
from fastgw.compiler.schema import (
    BACKEND,
    EVERYWHERE,
    AttributeSchema,
    ChildSchema,
    ElementSchema,
    PolicySchema,
    TextSchema,
    check_element,
    policy_element,
)
from fastgw.errors import PolicyFailure
from fastgw.expr.library.xml.names import NC_NAME
from fastgw.policies.bodies import body_of, is_bodiless
from fastgw.policies.documents import parser, xml_of_body
from fastgw.policies.values import text_now

_SHEETS = ("stylesheet", "transform")
_NAMESPACE = "http://www.w3.org/1999/XSL/Transform"
_NAME = re.compile(NC_NAME)
# The names that lxml's own parameters have.
_TAKEN = ("_input", "profile_run")
# What the stubs do not know of the library.
_NO_ACCESS: Any = etree.XSLTAccessControl.DENY_ALL  # type: ignore[attr-defined]
_LARGEST = 64 * 1024 * 1024
PARAMETER = ElementSchema(
    "parameter",
    # The documentation's listing prints the second name; both are met.
    (AttributeSchema("name"), AttributeSchema("parameter-name")),
    text=TextSchema(expression=True),
)
ELEMENT = policy_element("xsl-transform", children=(ChildSchema(PARAMETER),), text=TextSchema(markup=True))


@dataclass(frozen=True, slots=True, eq=False)
class XslTransform:
    """The transformation of one statement; `parameters` are (name, value)."""

    message: Message
    sheet: etree.XSLT
    parameters: tuple[tuple[str, str | Compiled], ...]

    def __call__(self, exchange: Any) -> None:
        """Raises PolicyFailure for a body that is no XML and for a stylesheet that fails."""
        if is_bodiless(self.message, exchange) or not body_of(self.message, exchange):
            return
        values: dict[str, Any] = {
            name: etree.XSLT.strparam(text_now(value, exchange)) for name, value in self.parameters
        }
        document = xml_of_body(self.message, exchange)
        try:
            result = bytes(self.sheet(document, **values))
        except etree.XSLTError as error:
            raise PolicyFailure(None, f"The body could not be transformed: {error}") from None
        if len(result) > _LARGEST:
            raise PolicyFailure(None, "The body would become too large.")
        exchange.set_body(self.message, result)


def lower(statement: Statement, lowering: Lowering) -> None:
    """One DO, behind the body; the stylesheet is compiled here."""
    element = statement.element
    if element.text is not None:
        lowering.error("text is not allowed in xsl-transform", element.text.position)
    sheet: etree.XSLT | None = None
    parameters: dict[str, str | Compiled] = {}
    sheets = 0
    for child in element.children:
        if child.name == "parameter":
            _parameter(child, parameters, lowering)
        elif child.name.rpartition(":")[2] in _SHEETS:
            sheets += 1
            sheet = _stylesheet(statement, child, lowering)
        else:
            lowering.error(f"{child.shown} is not allowed in xsl-transform", child.position)
    if sheets != 1:
        lowering.error("xsl-transform needs one xsl:stylesheet", element.position)
        return
    if sheet is None:
        return
    lowering.need_body(lowering.message, statement)
    operand = XslTransform(lowering.message, sheet, tuple(parameters.items()))
    lowering.emit(Op.DO, (operand,), statement)


def _parameter(element: Element, parameters: dict[str, str | Compiled], lowering: Lowering) -> None:
    if not check_element(element, PARAMETER, lowering.report):
        return
    named = element.value("name") or element.value("parameter-name")
    name = "" if named is None else named.literal.strip()
    if named is None or not name:
        lowering.error("parameter needs a name", element.position)
    elif not _NAME.fullmatch(name) or name in _TAKEN:
        lowering.error(f"{named.shown()} cannot be the name of a parameter", named.position, named)
    elif name in parameters:
        lowering.error(f"the parameter {named.shown()} is given twice", named.position, named)
    else:
        value = "" if element.text is None else lowering.string(element.text)
        if value is not None:
            parameters[name] = value.strip() if isinstance(value, str) else value


def _stylesheet(statement: Statement, element: Element, lowering: Lowering) -> etree.XSLT | None:
    """The compiled stylesheet; None after an error was reported."""
    inner = statement.element.inner
    try:
        root = _root(inner.literal, element.name)
        return etree.XSLT(root, regexp=False, access_control=_NO_ACCESS)
    except (etree.XMLSyntaxError, etree.XSLTParseError, ValueError) as error:
        what = HIDDEN if inner.secrets else error
        lowering.error(f"the stylesheet is not right: {what}", element.position, inner)
        return None


def _root(markup: str, name: str) -> etree._Element:
    """The stylesheet among the children of the policy. Raises XMLSyntaxError and ValueError."""
    # The elements around it declare no prefix for it: what it uses, it declares itself.
    around = etree.fromstring(f"<children>{markup}</children>".encode(), parser())
    local = name.rpartition(":")[2]
    for child in around:
        if isinstance(child.tag, str) and etree.QName(child).localname == local:
            if etree.QName(child).namespace != _NAMESPACE:
                raise ValueError(f"its namespace is not {_NAMESPACE}")
            # Parsed again, so that it is a document of its own.
            return etree.fromstring(etree.tostring(child, with_tail=False), parser())
    raise ValueError("it cannot be read")


XSL_TRANSFORM = PolicySchema(ELEMENT, lower, sections=EVERYWHERE - {BACKEND})
