"""System.Xml.XPath.Extensions: XPath over System.Xml.Linq; XmlNamespaceManager."""

from __future__ import annotations

from typing import Any

from fastgw.expr.library.collections_elements import Sequence
from fastgw.expr.library.core import OBJECT
from fastgw.expr.library.declare import define
from fastgw.expr.library.xml.containers import XElement
from fastgw.expr.library.xml.definitions import XPATH
from fastgw.expr.library.xml.names import XML_URI, XMLNS_URI, required
from fastgw.expr.library.xml.nodes import XNode, XObject
from fastgw.expr.library.xml.object_members import elements_sequence
from fastgw.expr.library.xml.xpath import evaluate
from fastgw.expr.runtime.errors import InvalidOperationException
from fastgw.expr.runtime.objects import type_of
from fastgw.expr.runtime.text import type_name
from fastgw.expr.runtime.values import NetObject

RESOLVER = define("System.Xml.IXmlNamespaceResolver", "interface")
NAME_TABLE_BASE = define("System.Xml.XmlNameTable", "class")


class NameTable(NetObject):
    """System.Xml.NameTable: nothing but what a namespace manager is made with."""

    __slots__ = ()


NAME_TABLE = define("System.Xml.NameTable", "class", base="System.Xml.XmlNameTable", python=(NameTable,))
NAME_TABLE.constructor("()")(NameTable)


class NamespaceManager(NetObject):
    """System.Xml.XmlNamespaceManager, without scopes."""

    __slots__ = ("prefixes",)

    def __init__(self, table: Any) -> None:
        self.prefixes: dict[str, str] = {}


MANAGER = define(
    "System.Xml.XmlNamespaceManager",
    "class",
    interfaces=("System.Xml.IXmlNamespaceResolver",),
    python=(NamespaceManager,),
)
MANAGER.constructor("(XmlNameTable nameTable)")(NamespaceManager)


@MANAGER.method("void AddNamespace(string prefix, string uri)")
def add_namespace(this: NamespaceManager, prefix: str | None, uri: str | None) -> None:
    """Give a prefix a meaning. Raises ArgumentNullException."""
    this.prefixes[required(prefix, "prefix")] = required(uri, "uri")


@MANAGER.method("string LookupNamespace(string prefix)")
def lookup_namespace(this: NamespaceManager, prefix: str | None) -> str | None:
    """What a prefix means, or null."""
    reserved = {"": "", "xml": XML_URI, "xmlns": XMLNS_URI}
    return None if prefix is None else this.prefixes.get(prefix, reserved.get(prefix))


@MANAGER.method("bool HasNamespace(string prefix)")
def has_namespace(this: NamespaceManager, prefix: str | None) -> bool:
    """Whether a prefix was given a meaning."""
    return prefix in this.prefixes


def evaluated(node: XObject | None, text: str | None, manager: NamespaceManager | None) -> Any:
    """The value of an expression. Raises ArgumentNullException and XPathException."""
    return evaluate(text, required(node, "node"), None if manager is None else manager.prefixes)


def _unexpected(value: Any) -> InvalidOperationException:
    return InvalidOperationException(
        f"The XPath expression evaluated to unexpected type {type_name(type_of(value))}."
    )


def _elements(node: XNode | None, text: str | None, manager: NamespaceManager | None) -> Any:
    found = evaluated(node, text, manager)
    if not isinstance(found, list):
        raise _unexpected(found)
    for one in found:
        if not isinstance(one, XElement):
            raise _unexpected(one)
        yield one


@XPATH.method("static XElement XPathSelectElement(this XNode node, string expression)")
def select_element(node: XNode | None, text: str | None) -> XElement | None:
    """The first element that an expression leads to, or null. Raises what `evaluated` raises."""
    return next(_elements(node, text, None), None)


@XPATH.method(
    "static XElement XPathSelectElement(this XNode node, string expression, IXmlNamespaceResolver resolver)"
)
def select_element_with(
    node: XNode | None, text: str | None, manager: NamespaceManager | None
) -> XElement | None:
    """As `select_element`, with prefixes."""
    return next(_elements(node, text, manager), None)


@XPATH.method("static IEnumerable<XElement> XPathSelectElements(this XNode node, string expression)")
def select_elements(node: XNode | None, text: str | None) -> Sequence:
    """The elements that an expression leads to. Raises what `evaluated` raises."""
    return select_elements_with(node, text, None)


@XPATH.method(
    "static IEnumerable<XElement> XPathSelectElements"
    "(this XNode node, string expression, IXmlNamespaceResolver resolver)"
)
def select_elements_with(node: XNode | None, text: str | None, manager: NamespaceManager | None) -> Sequence:
    """As `select_elements`, with prefixes."""
    required(node, "node")
    return elements_sequence(lambda: _elements(node, text, manager))


@XPATH.method("static object XPathEvaluate(this XNode node, string expression)")
def evaluate_any(node: XNode | None, text: str | None) -> Any:
    """A string, double, bool, or the nodes and attributes. Raises what `evaluated` raises."""
    return evaluate_any_with(node, text, None)


@XPATH.method(
    "static object XPathEvaluate(this XNode node, string expression, IXmlNamespaceResolver resolver)"
)
def evaluate_any_with(node: XNode | None, text: str | None, manager: NamespaceManager | None) -> Any:
    """As `evaluate_any`, with prefixes."""
    found = evaluated(node, text, manager)
    if isinstance(found, list):
        return Sequence(OBJECT.type, lambda: iter(found))
    return found
