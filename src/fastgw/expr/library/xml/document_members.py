"""System.Xml.XmlDocument and its nodes, to be read: a view of the trees of System.Xml.Linq.

Vendor samples parse answers of other services with it. Nodes can be given text and attributes, nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fastgw.expr.library.declare import Declared, define
from fastgw.expr.library.xml.containers import XContainer, XDocument, XElement
from fastgw.expr.library.xml.definitions import NODE_TYPE
from fastgw.expr.library.xml.names import XName, check_name, required
from fastgw.expr.library.xml.nodes import (
    XAttribute,
    XComment,
    XNode,
    XObject,
    XProcessingInstruction,
    XText,
    not_null,
)
from fastgw.expr.library.xml.reading import parse_document
from fastgw.expr.library.xml.tree import set_attribute_text, set_attribute_value
from fastgw.expr.library.xml.writing import qualified_name, write, write_attribute
from fastgw.expr.library.xml.xpath import evaluate
from fastgw.expr.library.xml.xpath_functions import text_of_node
from fastgw.expr.library.xml.xpath_members import NamespaceManager, NameTable
from fastgw.expr.runtime.errors import (
    ArgumentOutOfRangeException,
    InvalidOperationException,
    XPathException,
)
from fastgw.expr.runtime.growth import size_of
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import EnumValue, NetObject

_KIND_NAMES = {4: "#cdata-section", 3: "#text", 8: "#comment", 9: "#document"}


class XmlNode(NetObject):
    """System.Xml.XmlNode: what it shows is `node`. Two views of one node are equal."""

    __slots__ = ("node",)

    node: XObject

    def __init__(self, node: XObject) -> None:
        self.node = node

    def __eq__(self, other: object) -> bool:
        return isinstance(other, XmlNode) and other.node is self.node

    def __hash__(self) -> int:
        return id(self.node)

    def __iter__(self) -> Iterator[XmlNode]:
        return map(view, self.children())

    def children(self) -> Iterator[XNode]:
        """The nodes that it holds."""
        return self.node.nodes() if isinstance(self.node, XContainer) else iter(())


class XmlDocument(XmlNode):
    """System.Xml.XmlDocument."""

    __slots__ = ()

    def __init__(self, document: XDocument | None = None) -> None:
        super().__init__(XDocument() if document is None else document)


class XmlElement(XmlNode):
    """System.Xml.XmlElement."""

    __slots__ = ()

    node: XElement


class XmlAttribute(XmlNode):
    """System.Xml.XmlAttribute."""

    __slots__ = ()

    node: XAttribute


class XmlText(XmlNode):
    """System.Xml.XmlText, and CDATA."""

    __slots__ = ()


class XmlComment(XmlNode):
    """System.Xml.XmlComment."""

    __slots__ = ()


class XmlInstruction(XmlNode):
    """System.Xml.XmlProcessingInstruction."""

    __slots__ = ()


_VIEWS: tuple[tuple[type[XObject], type[XmlNode]], ...] = (
    (XElement, XmlElement),
    (XAttribute, XmlAttribute),
    (XText, XmlText),
    (XComment, XmlComment),
    (XProcessingInstruction, XmlInstruction),
)


def view(node: XObject) -> XmlNode:
    """The XmlNode of a node or attribute."""
    if isinstance(node, XDocument):
        return XmlDocument(node)
    for kind, shown in _VIEWS:
        if isinstance(node, kind):
            return shown(node)
    return XmlNode(node)


class XmlNodeList(NetObject):
    """System.Xml.XmlNodeList and XmlAttributeCollection; `find` looks up the nodes each time."""

    __slots__ = ("find",)

    def __init__(self, find: Callable[[], list[Any]]) -> None:
        self.find = find

    def __iter__(self) -> Iterator[XmlNode]:
        return map(view, self.find())

    def __len__(self) -> int:
        return len(self.find())


class XmlAttributes(XmlNodeList):
    """System.Xml.XmlAttributeCollection."""

    __slots__ = ()


def _define(name: str, base: str, *python: type) -> Declared:
    return define(f"System.Xml.{name}", "class", base=base, python=python)


NODE = define(
    "System.Xml.XmlNode", "class", interfaces=("System.Collections.IEnumerable",), python=(XmlNode,)
)
DOCUMENT = _define("XmlDocument", "System.Xml.XmlNode", XmlDocument)
ELEMENT = _define("XmlElement", "System.Xml.XmlNode", XmlElement)
ATTRIBUTE = _define("XmlAttribute", "System.Xml.XmlNode", XmlAttribute)
TEXT = _define("XmlText", "System.Xml.XmlNode", XmlText)
COMMENT = _define("XmlComment", "System.Xml.XmlNode", XmlComment)
INSTRUCTION = _define("XmlProcessingInstruction", "System.Xml.XmlNode", XmlInstruction)
NODE_LIST = define(
    "System.Xml.XmlNodeList", "class", interfaces=("System.Collections.IEnumerable",), python=(XmlNodeList,)
)
ATTRIBUTES = define(
    "System.Xml.XmlAttributeCollection",
    "class",
    interfaces=("System.Collections.IEnumerable",),
    python=(XmlAttributes,),
)


# ---------------------------------------------------------------- every node


@NODE.property("XmlNodeType NodeType")
def node_type(this: XmlNode) -> EnumValue:
    """What kind of node it is."""
    return EnumValue(NODE_TYPE.definition, this.node.kind)


@NODE.property("string Name", never_null=True)
def name(this: XmlNode) -> str:
    """The name as it would be written, or one that begins with `#`."""
    node = this.node
    if isinstance(node, XAttribute) and node.is_declaration():
        return f"xmlns:{node.name.local}" if node.name.uri else "xmlns"
    if isinstance(node, (XElement, XAttribute)):
        return qualified_name(node)
    if isinstance(node, XProcessingInstruction):
        return node.target
    return _KIND_NAMES.get(node.kind, "")


@NODE.property("string LocalName", never_null=True)
def local_name(this: XmlNode) -> str:
    """The name without prefix."""
    return name(this).rpartition(":")[2]


@NODE.property("string Prefix", never_null=True)
def prefix(this: XmlNode) -> str:
    """The prefix, or nothing."""
    return name(this).rpartition(":")[0]


@NODE.property("string NamespaceURI", never_null=True)
def namespace_uri(this: XmlNode) -> str:
    """The namespace of the name."""
    return this.node.name.uri if isinstance(this.node, (XElement, XAttribute)) else ""


def _set_value(this: XmlNode, text: str | None) -> None:
    node = this.node
    if isinstance(node, XAttribute):
        set_attribute_text(node, text)
    elif isinstance(node, (XText, XComment)):
        node.text = not_null(text)
    else:
        raise InvalidOperationException("Cannot set a value on node type 'Element'.")


@NODE.property("string Value", setter=_set_value)
def value(this: XmlNode) -> str | None:
    """The text of an attribute, text or comment; null of others."""
    return None if isinstance(this.node, XContainer) else text_of_node(this.node)


def _set_inner_text(this: XmlNode, text: str | None) -> None:
    if isinstance(this.node, XElement):
        this.node.set_text(text or "")
    else:
        _set_value(this, text)


NODE.property("string InnerText", setter=_set_inner_text, never_null=True)(
    lambda this: text_of_node(this.node)
)


@NODE.property("string InnerXml", never_null=True)
def inner_xml(this: XmlNode) -> str:
    """The XML of all children."""
    if isinstance(this.node, XDocument):
        return outer_xml(this)
    parts = [write(one, False) for one in this.children()]
    meter.reserve(sum(map(size_of, parts)))
    return "".join(parts)


@NODE.property("string OuterXml", never_null=True)
def outer_xml(this: XmlNode) -> str:
    """The XML of the node itself."""
    node = this.node
    if isinstance(node, XAttribute):
        return write_attribute(node)
    text = write(node, False) if isinstance(node, XNode) else ""
    if isinstance(node, XDocument) and node.declaration is not None:
        return node.declaration.net_text() + text
    return text


def _viewed(node: XObject | None) -> XmlNode | None:
    return None if node is None else view(node)


NODE.property("XmlNode ParentNode")(
    lambda this: None if isinstance(this.node, XAttribute) else _viewed(this.node.parent)
)
NODE.property("XmlNode FirstChild")(lambda this: next(iter(this), None))
NODE.property("XmlNode LastChild")(
    lambda this: _viewed(this.node.last()) if isinstance(this.node, XContainer) else None
)
NODE.property("XmlNode NextSibling")(
    lambda this: _viewed(this.node.next) if isinstance(this.node, XNode) else None
)
NODE.property("XmlNode PreviousSibling")(
    lambda this: _viewed(this.node.previous) if isinstance(this.node, XNode) else None
)
NODE.property("bool HasChildNodes")(lambda this: next(this.children(), None) is not None)
NODE.property("XmlNodeList ChildNodes", never_null=True)(
    lambda this: XmlNodeList(lambda: list(this.children()))
)


@NODE.property("XmlDocument OwnerDocument")
def owner_document(this: XmlNode) -> XmlDocument | None:
    """The document it stands in; null of a document."""
    found = this.node.document()
    return None if found is None or found is this.node else XmlDocument(found)


@NODE.property("XmlAttributeCollection Attributes")
def attributes(this: XmlNode) -> XmlAttributes | None:
    """The attributes of an element, null of others."""
    node = this.node
    return XmlAttributes(lambda: list(node.attributes)) if isinstance(node, XElement) else None


@NODE.indexer("XmlElement this[string name]")
def child_of_name(this: XmlNode, wanted: str | None) -> XmlNode | None:
    """The first child element of a name, or null."""
    for one in this.children():
        meter.spend()
        if isinstance(one, XElement) and qualified_name(one) == wanted:
            return view(one)
    return None


def _selected(this: XmlNode, text: str | None, manager: NamespaceManager | None) -> list[Any]:
    found = evaluate(text, this.node, None if manager is None else manager.prefixes)
    if not isinstance(found, list):
        raise XPathException("Expression must evaluate to a node-set.")
    return found


@NODE.method("XmlNode SelectSingleNode(string xpath)")
def select_single(this: XmlNode, text: str | None) -> XmlNode | None:
    """The first node that an expression leads to, or null. Raises XPathException."""
    return select_single_with(this, text, None)


@NODE.method("XmlNode SelectSingleNode(string xpath, XmlNamespaceManager nsmgr)")
def select_single_with(this: XmlNode, text: str | None, manager: NamespaceManager | None) -> XmlNode | None:
    """As `select_single`, with prefixes."""
    found = _selected(this, text, manager)
    return view(found[0]) if found else None


@NODE.method("XmlNodeList SelectNodes(string xpath)")
def select_nodes(this: XmlNode, text: str | None) -> XmlNodeList:
    """The nodes that an expression leads to. Raises XPathException."""
    return select_nodes_with(this, text, None)


@NODE.method("XmlNodeList SelectNodes(string xpath, XmlNamespaceManager nsmgr)")
def select_nodes_with(this: XmlNode, text: str | None, manager: NamespaceManager | None) -> XmlNodeList:
    """As `select_nodes`, with prefixes."""
    found = _selected(this, text, manager)
    return XmlNodeList(lambda: found)


# ---------------------------------------------------------------- elements and documents


def _attribute(this: XmlElement, wanted: str | None) -> XAttribute | None:
    return next((one for one in this.node.attributes if name(XmlAttribute(one)) == wanted), None)


@ELEMENT.method("string GetAttribute(string name)")
def get_attribute(this: XmlElement, wanted: str | None) -> str:
    """The value of an attribute, empty where there is none."""
    found = _attribute(this, wanted)
    return "" if found is None else found.value


ELEMENT.method("bool HasAttribute(string name)")(lambda this, wanted: _attribute(this, wanted) is not None)
ELEMENT.property("bool HasAttributes")(lambda this: bool(this.node.attributes))
ELEMENT.property("bool IsEmpty")(lambda this: this.node.is_empty())


@ELEMENT.method("void SetAttribute(string name, string value)")
def set_attribute(this: XmlElement, wanted: str | None, text: str | None) -> None:
    """Set the value of an attribute, new or not. Raises ArgumentException and XmlException."""
    found = _attribute(this, wanted)
    if found is not None:
        set_attribute_text(found, text or "")
    else:
        set_attribute_value(this.node, XName(check_name(wanted)), text or "")


@ELEMENT.method("XmlNodeList GetElementsByTagName(string name)")
@DOCUMENT.method("XmlNodeList GetElementsByTagName(string name)")
def get_elements(this: XmlNode, wanted: str | None) -> XmlNodeList:
    """All elements of a name below; `*` stands for every name."""

    def find() -> list[Any]:
        found = []
        if isinstance(this.node, XContainer):
            for one in this.node.descendants():
                meter.spend()
                if wanted == "*" or qualified_name(one) == wanted:
                    found.append(one)
        return found

    return XmlNodeList(find)


DOCUMENT.constructor("()")(XmlDocument)
DOCUMENT.property("XmlNameTable NameTable", never_null=True)(lambda this: NameTable())


@DOCUMENT.method("void LoadXml(string xml)")
def load_xml(this: XmlDocument, text: str | None) -> None:
    """Parse a document into this. Raises ArgumentNullException and XmlException."""
    this.node = parse_document(required(text, "xml"))


@DOCUMENT.property("XmlElement DocumentElement")
def document_element(this: XmlDocument) -> XmlNode | None:
    """The element at the top, or null."""
    return _viewed(this.node.root_element()) if isinstance(this.node, XDocument) else None


# ---------------------------------------------------------------- lists


@NODE_LIST.method("XmlNode Item(int index)")
@NODE_LIST.indexer("XmlNode this[int i]")
def item(this: XmlNodeList, index: int) -> XmlNode | None:
    """The node at a place, or null."""
    found = this.find()
    return view(found[index]) if 0 <= index < len(found) else None


NODE_LIST.property("int Count")(len)
ATTRIBUTES.property("int Count")(len)


@ATTRIBUTES.indexer("XmlAttribute this[int i]")
def attribute_at(this: XmlAttributes, index: int) -> XmlNode:
    """The attribute at a place. Raises ArgumentOutOfRangeException."""
    found = item(this, index)
    if found is None:
        raise ArgumentOutOfRangeException(parameter="i")
    return found


@ATTRIBUTES.method("XmlNode GetNamedItem(string name)")
@ATTRIBUTES.indexer("XmlAttribute this[string name]")
def attribute_of_name(this: XmlAttributes, wanted: str | None) -> XmlNode | None:
    """The attribute of a name, or null."""
    return next((one for one in this if name(one) == wanted), None)
