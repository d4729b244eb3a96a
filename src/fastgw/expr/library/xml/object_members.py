"""Members of XObject, XNode, XAttribute and the nodes without children; of XName and XNamespace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastgw.expr.library.collections_elements import Sequence
from fastgw.expr.library.collections_protocol import Comparer, EqualityComparer
from fastgw.expr.library.declare import define
from fastgw.expr.library.xml import tree
from fastgw.expr.library.xml.definitions import (
    ATTRIBUTE,
    CDATA,
    COMMENT,
    DECLARATION,
    DOCUMENT_TYPE,
    ELEMENT,
    EQUALITY_COMPARER,
    NAME,
    NAMESPACE,
    NODE,
    NODE_TYPE,
    OBJECT,
    PROCESSING_INSTRUCTION,
    TEXT,
)
from fastgw.expr.library.xml.names import (
    NO_NAMESPACE,
    XML_NAMESPACE,
    XMLNS_NAMESPACE,
    XName,
    XNamespace,
    check_name,
    expanded_name,
    make_name,
    required,
)
from fastgw.expr.library.xml.nodes import (
    XAttribute,
    XCData,
    XComment,
    XDeclaration,
    XDocumentType,
    XNode,
    XObject,
    XProcessingInstruction,
    XText,
    checked_target,
    not_null,
)
from fastgw.expr.library.xml.values_text import value_text
from fastgw.expr.library.xml.writing import write
from fastgw.expr.runtime.objects import hash_of
from fastgw.expr.runtime.values import EnumValue
from fastgw.expr.types import NamedType, Type

_ELEMENT_TYPE = ELEMENT.type
_NODE_TYPE = NODE.type
_KINDS = {value: EnumValue(NODE_TYPE.definition, value) for value in NODE_TYPE.definition.constants.values()}


# ---------------------------------------------------------------- names

NAME.attribute("string LocalName", "local", never_null=True)
NAME.attribute("string NamespaceName", "uri", never_null=True)
NAME.property("XNamespace Namespace", never_null=True)(lambda this: XNamespace(this.uri))
NAME.method("string ToString()")(XName.net_text)
NAME.method("int GetHashCode()")(hash_of)
NAME.method("bool Equals(object obj)")(lambda this, other: this == other)
NAME.method("static XName Get(string expandedName)")(expanded_name)
NAME.method("static XName Get(string localName, string namespaceName)")(make_name)
NAMESPACE.attribute("string NamespaceName", "uri", never_null=True)
NAMESPACE.value("XNamespace None", NO_NAMESPACE)
NAMESPACE.value("XNamespace Xml", XML_NAMESPACE)
NAMESPACE.value("XNamespace Xmlns", XMLNS_NAMESPACE)
NAMESPACE.method("string ToString()")(XNamespace.net_text)
NAMESPACE.method("int GetHashCode()")(hash_of)
NAMESPACE.method("bool Equals(object obj)")(lambda this, other: this == other)


@NAME.operator("implicit operator XName(string expandedName)")
def name_of_text(text: str | None) -> XName | None:
    """`{uri}local` or `local`; null stays null. Raises ArgumentException and XmlException."""
    return None if text is None else expanded_name(text)


@NAMESPACE.method("static XNamespace Get(string namespaceName)")
def namespace_of(uri: str | None) -> XNamespace:
    """The namespace of a URI. Raises ArgumentNullException."""
    return XNamespace(required(uri, "namespaceName"))


@NAMESPACE.operator("implicit operator XNamespace(string namespaceName)")
def namespace_of_text(uri: str | None) -> XNamespace | None:
    """The namespace of a URI; null stays null."""
    return None if uri is None else XNamespace(uri)


@NAMESPACE.method("XName GetName(string localName)")
def name_in(this: XNamespace, local: str | None) -> XName:
    """A name in the namespace. Raises ArgumentNullException, ArgumentException and XmlException."""
    return make_name(local, this.uri)


@NAMESPACE.operator("XName operator +(XNamespace ns, string localName)")
def name_behind(namespace: XNamespace | None, local: str | None) -> XName:
    """A name in the namespace. Raises ArgumentNullException, ArgumentException and XmlException."""
    return make_name(local, required(namespace, "ns").uri)


def _same(left: Any, right: Any) -> bool:
    return bool(left == right)


def _different(left: Any, right: Any) -> bool:
    return bool(left != right)


NAME.operator("bool operator ==(XName left, XName right)")(_same)
NAME.operator("bool operator !=(XName left, XName right)")(_different)
NAMESPACE.operator("bool operator ==(XNamespace left, XNamespace right)")(_same)
NAMESPACE.operator("bool operator !=(XNamespace left, XNamespace right)")(_different)


# ---------------------------------------------------------------- every object

OBJECT.property("XmlNodeType NodeType")(lambda this: _KINDS[this.kind])
OBJECT.property("XElement Parent")(XObject.parent_element)
OBJECT.property("XDocument Document")(XObject.document)
OBJECT.property("string BaseUri", never_null=True)(lambda this: "")


# ---------------------------------------------------------------- every node

NODE.property("XNode NextNode")(lambda this: this.next)
NODE.property("XNode PreviousNode")(lambda this: this.previous)
NODE.method("void Remove()")(lambda this: this.remove())
NODE.method("void AddAfterSelf(object content)")(tree.add_after)
NODE.method("void AddAfterSelf(params object[] content)")(tree.add_after)
NODE.method("void AddBeforeSelf(object content)")(tree.add_before)
NODE.method("void AddBeforeSelf(params object[] content)")(tree.add_before)
NODE.method("void ReplaceWith(object content)")(tree.replace_with)
NODE.method("void ReplaceWith(params object[] content)")(tree.replace_with)
NODE.method("string ToString()")(lambda this: this.net_text())
NODE.method("static bool DeepEquals(XNode n1, XNode n2)")(tree.deep_equals)
NODE.method("static int CompareDocumentOrder(XNode n1, XNode n2)")(tree.compare_order)


@NODE.method("string ToString(SaveOptions options)")
def to_text(this: XNode, options: EnumValue) -> str:
    """The XML, indented unless formatting is disabled. Raises ArgumentException and XmlException."""
    return write(this, not options.value & 1, bool(options.value & 2))


@NODE.method("bool IsAfter(XNode node)")
def is_after(this: XNode, other: XNode | None) -> bool:
    """Whether it comes later in the document. Raises InvalidOperationException."""
    return tree.compare_order(this, other) > 0


@NODE.method("bool IsBefore(XNode node)")
def is_before(this: XNode, other: XNode | None) -> bool:
    """Whether it comes earlier in the document. Raises InvalidOperationException."""
    return tree.compare_order(this, other) < 0


def elements_sequence(start: Callable[[], Any]) -> Sequence:
    """An IEnumerable<XElement>."""
    return Sequence(_ELEMENT_TYPE, start)


def nodes_sequence(start: Callable[[], Any]) -> Sequence:
    """An IEnumerable<XNode>."""
    return Sequence(_NODE_TYPE, start)


def none() -> Sequence:
    """What a null name gives: no element at all."""
    return Sequence(_ELEMENT_TYPE, lambda: iter(()))


def named(name: XName | None, start: Callable[[], Any]) -> Sequence:
    """The elements of a name; none for null."""
    return none() if name is None else elements_sequence(start)


@NODE.method("IEnumerable<XElement> Ancestors()")
def ancestors(this: XNode) -> Sequence:
    """The elements it stands in, from the inside out."""
    return elements_sequence(lambda: tree.ancestors(this.parent, None))


@NODE.method("IEnumerable<XElement> Ancestors(XName name)")
def named_ancestors(this: XNode, name: XName | None) -> Sequence:
    """The elements of a name that it stands in."""
    return named(name, lambda: tree.ancestors(this.parent, name))


@NODE.method("IEnumerable<XNode> NodesAfterSelf()")
def nodes_after(this: XNode) -> Sequence:
    """The nodes behind it in its parent."""
    return nodes_sequence(lambda: tree.siblings_after(this))


@NODE.method("IEnumerable<XNode> NodesBeforeSelf()")
def nodes_before(this: XNode) -> Sequence:
    """The nodes before it in its parent."""
    return nodes_sequence(lambda: tree.siblings_before(this))


@NODE.method("IEnumerable<XElement> ElementsAfterSelf()")
def elements_after(this: XNode) -> Sequence:
    """The elements behind it in its parent."""
    return elements_sequence(lambda: tree.only_elements(tree.siblings_after(this), None))


@NODE.method("IEnumerable<XElement> ElementsAfterSelf(XName name)")
def named_elements_after(this: XNode, name: XName | None) -> Sequence:
    """The elements of a name behind it in its parent."""
    return named(name, lambda: tree.only_elements(tree.siblings_after(this), name))


@NODE.method("IEnumerable<XElement> ElementsBeforeSelf()")
def elements_before(this: XNode) -> Sequence:
    """The elements before it in its parent."""
    return elements_sequence(lambda: tree.only_elements(tree.siblings_before(this), None))


@NODE.method("IEnumerable<XElement> ElementsBeforeSelf(XName name)")
def named_elements_before(this: XNode, name: XName | None) -> Sequence:
    """The elements of a name before it in its parent."""
    return named(name, lambda: tree.only_elements(tree.siblings_before(this), name))


class XNodeEqualityComparer(EqualityComparer):
    """System.Xml.Linq.XNodeEqualityComparer: by DeepEquals."""

    __slots__ = ()

    def equals(self, a: Any, b: Any) -> bool:
        """Whether both say the same."""
        return tree.deep_equals(a, b)

    def hash(self, a: Any) -> int:
        """The same for nodes that say the same."""
        return 0 if a is None else tree.deep_hash(a)

    def net_type(self) -> Type:
        """XNodeEqualityComparer."""
        return NamedType(EQUALITY_COMPARER.definition)


class XNodeDocumentOrderComparer(Comparer):
    """System.Xml.Linq.XNodeDocumentOrderComparer."""

    __slots__ = ()

    def compare(self, a: Any, b: Any) -> int:
        """The order in the document. Raises InvalidOperationException."""
        return tree.compare_order(a, b)

    def net_type(self) -> Type:
        """XNodeDocumentOrderComparer."""
        return NamedType(ORDER_COMPARER.definition)


ORDER_COMPARER = define(
    "System.Xml.Linq.XNodeDocumentOrderComparer",
    "class",
    interfaces=("System.Collections.Generic.IComparer<System.Xml.Linq.XNode>",),
    python=(XNodeDocumentOrderComparer,),
)
EQUALITY_COMPARER.represent(XNodeEqualityComparer)
EQUALITY_COMPARER.constructor("()")(XNodeEqualityComparer)
EQUALITY_COMPARER.method("bool Equals(XNode x, XNode y)")(XNodeEqualityComparer.equals)
EQUALITY_COMPARER.method("int GetHashCode(XNode obj)")(lambda this, node: hash_of(this.hash(node)))
ORDER_COMPARER.constructor("()")(XNodeDocumentOrderComparer)
ORDER_COMPARER.method("int Compare(XNode x, XNode y)")(XNodeDocumentOrderComparer.compare)
NODE.value("XNodeEqualityComparer EqualityComparer", XNodeEqualityComparer())
NODE.value("XNodeDocumentOrderComparer DocumentOrderComparer", XNodeDocumentOrderComparer())


# ---------------------------------------------------------------- attributes

ATTRIBUTE.constructor("(XName name, object value)")(tree.make_attribute)
ATTRIBUTE.constructor("(XAttribute other)")(lambda other: required(other, "other").clone())
ATTRIBUTE.attribute("XName Name", "name", never_null=True)
ATTRIBUTE.property("bool IsNamespaceDeclaration")(XAttribute.is_declaration)
ATTRIBUTE.property("XAttribute NextAttribute")(lambda this: this.beside(1))
ATTRIBUTE.property("XAttribute PreviousAttribute")(lambda this: this.beside(-1))
ATTRIBUTE.property("string Value", setter=tree.set_attribute_text, attribute="value", never_null=True)(
    lambda this: this.value
)
ATTRIBUTE.method("void Remove()")(lambda this: this.remove())
ATTRIBUTE.method("string ToString()")(XAttribute.net_text)


@ATTRIBUTE.method("void SetValue(object value)")
def set_attribute(this: XAttribute, value: Any) -> None:
    """The text of a value. Raises ArgumentNullException and ArgumentException."""
    tree.set_attribute_text(this, value_text(required(value, "value")))


# ---------------------------------------------------------------- leaves


def _set_text(this: Any, text: str | None) -> None:
    this.text = not_null(text)


TEXT.constructor("(string value)")(XText)
TEXT.constructor("(XText other)")(lambda other: required(other, "other").clone())
TEXT.property("string Value", setter=_set_text, attribute="text", never_null=True)(lambda this: this.text)
CDATA.constructor("(string value)")(XCData)
CDATA.constructor("(XCData other)")(lambda other: required(other, "other").clone())
COMMENT.constructor("(string value)")(XComment)
COMMENT.constructor("(XComment other)")(lambda other: required(other, "other").clone())
COMMENT.property("string Value", setter=_set_text, attribute="text", never_null=True)(lambda this: this.text)


def _set_data(this: XProcessingInstruction, data: str | None) -> None:
    this.data = not_null(data)


def _set_target(this: XProcessingInstruction, target: str | None) -> None:
    this.target = checked_target(target)


PROCESSING_INSTRUCTION.constructor("(string target, string data)")(XProcessingInstruction)
PROCESSING_INSTRUCTION.constructor("(XProcessingInstruction other)")(
    lambda other: required(other, "other").clone()
)
PROCESSING_INSTRUCTION.property("string Data", setter=_set_data)(lambda this: this.data)
PROCESSING_INSTRUCTION.property("string Target", setter=_set_target)(lambda this: this.target)


def _declare_field(declared: Any, name: str, attribute: str) -> None:
    """A text that can be read and set, null too."""

    def put(this: Any, value: str | None) -> None:
        setattr(this, attribute, value)

    declared.property(f"string {name}", setter=put, attribute=attribute)(
        lambda this: getattr(this, attribute)
    )


def _set_type_name(this: XDocumentType, name: str | None) -> None:
    this.name = check_name(name)


DOCUMENT_TYPE.constructor("(string name, string publicId, string systemId, string internalSubset)")(
    XDocumentType
)
DOCUMENT_TYPE.constructor("(XDocumentType other)")(lambda other: required(other, "other").clone())
DOCUMENT_TYPE.property("string Name", setter=_set_type_name)(lambda this: this.name)
_declare_field(DOCUMENT_TYPE, "PublicId", "public_id")
_declare_field(DOCUMENT_TYPE, "SystemId", "system_id")
_declare_field(DOCUMENT_TYPE, "InternalSubset", "internal_subset")

DECLARATION.constructor("(string version, string encoding, string standalone)")(XDeclaration)
DECLARATION.method("string ToString()")(XDeclaration.net_text)
_declare_field(DECLARATION, "Version", "version")
_declare_field(DECLARATION, "Encoding", "encoding")
_declare_field(DECLARATION, "Standalone", "standalone")


@DECLARATION.constructor("(XDeclaration other)")
def copy_declaration(other: XDeclaration | None) -> XDeclaration:
    """A copy. Raises ArgumentNullException."""
    found: XDeclaration = required(other, "other")
    return XDeclaration(found.version, found.encoding, found.standalone)
