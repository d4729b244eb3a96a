"""Members of XContainer, XElement and XDocument, and the values that elements and attributes convert to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastgw.expr.library.collections_elements import Sequence
from fastgw.expr.library.xml import tree
from fastgw.expr.library.xml.containers import XContainer, XDocument, XElement
from fastgw.expr.library.xml.definitions import ATTRIBUTE, CONTAINER, DOCUMENT, ELEMENT
from fastgw.expr.library.xml.names import XML_URI, XMLNS_URI, XName, XNamespace, required
from fastgw.expr.library.xml.nodes import XAttribute, XDeclaration, not_null
from fastgw.expr.library.xml.object_members import elements_sequence, named, nodes_sequence
from fastgw.expr.library.xml.reading import parse_document, parse_element
from fastgw.expr.library.xml.values_text import CONVERSIONS, value_text
from fastgw.expr.library.xml.writing import declared_uri, prefix_of
from fastgw.expr.runtime.errors import ArgumentException, ArgumentNullException
from fastgw.expr.runtime.values import EnumValue

_ATTRIBUTE_TYPE = ATTRIBUTE.type


# ---------------------------------------------------------------- every container

CONTAINER.property("XNode FirstNode")(XContainer.first)
CONTAINER.property("XNode LastNode")(XContainer.last)
CONTAINER.method("void Add(object content)")(lambda this, content: this.add(content))
CONTAINER.method("void Add(params object[] content)")(lambda this, content: this.add(content))
CONTAINER.method("void AddFirst(object content)")(tree.add_first)
CONTAINER.method("void AddFirst(params object[] content)")(tree.add_first)
CONTAINER.method("void ReplaceNodes(object content)")(tree.replace_nodes)
CONTAINER.method("void ReplaceNodes(params object[] content)")(tree.replace_nodes)
CONTAINER.method("void RemoveNodes()")(lambda this: this.remove_nodes())
CONTAINER.method("XElement Element(XName name)")(XContainer.element)


@CONTAINER.method("IEnumerable<XNode> Nodes()")
def nodes(this: XContainer) -> Sequence:
    """The children."""
    return nodes_sequence(this.nodes)


@CONTAINER.method("IEnumerable<XElement> Elements()")
def elements(this: XContainer) -> Sequence:
    """The children that are elements."""
    return elements_sequence(this.elements)


@CONTAINER.method("IEnumerable<XElement> Elements(XName name)")
def named_elements(this: XContainer, name: XName | None) -> Sequence:
    """The children that are elements of a name."""
    return named(name, lambda: this.elements(name))


@CONTAINER.method("IEnumerable<XNode> DescendantNodes()")
def descendant_nodes(this: XContainer) -> Sequence:
    """All nodes below."""
    return nodes_sequence(this.descendant_nodes)


@CONTAINER.method("IEnumerable<XElement> Descendants()")
def descendants(this: XContainer) -> Sequence:
    """All elements below."""
    return elements_sequence(this.descendants)


@CONTAINER.method("IEnumerable<XElement> Descendants(XName name)")
def named_descendants(this: XContainer, name: XName | None) -> Sequence:
    """All elements of a name below."""
    return named(name, lambda: this.descendants(name))


# ---------------------------------------------------------------- elements


def _element(name: XName | None, content: Any) -> XElement:
    """A new element. Raises ArgumentNullException and what content rules raise."""
    made = XElement(required(name))
    made.add(content)
    return made


ELEMENT.constructor("(XName name)")(lambda name: XElement(required(name)))
ELEMENT.constructor("(XElement other)")(lambda other: required(other, "other").clone())
ELEMENT.constructor("(XName name, object content)")(_element)
ELEMENT.constructor("(XName name, params object[] content)")(_element)


def _options_keep_white(options: EnumValue) -> bool:
    return bool(options.value & 1)


ELEMENT.method("static XElement Parse(string text)")(parse_element)
ELEMENT.method("static XElement Parse(string text, LoadOptions options)")(
    lambda text, options: parse_element(text, _options_keep_white(options))
)


def _set_name(this: XElement, name: XName | None) -> None:
    if name is None:
        raise ArgumentNullException(parameter="value")
    this.name = name


def _set_value(this: XElement, text: str | None) -> None:
    this.set_text(not_null(text))


ELEMENT.property("XName Name", setter=_set_name, attribute="name", never_null=True)(lambda this: this.name)
ELEMENT.property("string Value", setter=_set_value, never_null=True)(XElement.value)
ELEMENT.property("bool IsEmpty")(XElement.is_empty)
ELEMENT.property("bool HasAttributes")(lambda this: bool(this.attributes))
ELEMENT.property("bool HasElements")(lambda this: next(this.elements(), None) is not None)
ELEMENT.property("XAttribute FirstAttribute")(lambda this: this.attributes[0] if this.attributes else None)
ELEMENT.property("XAttribute LastAttribute")(lambda this: this.attributes[-1] if this.attributes else None)
ELEMENT.method("XAttribute Attribute(XName name)")(XElement.attribute)
ELEMENT.method("void RemoveAttributes()")(XElement.remove_attributes)
ELEMENT.method("void ReplaceAttributes(object content)")(tree.replace_attributes)
ELEMENT.method("void ReplaceAttributes(params object[] content)")(tree.replace_attributes)
ELEMENT.method("void ReplaceAll(object content)")(tree.replace_all)
ELEMENT.method("void ReplaceAll(params object[] content)")(tree.replace_all)
ELEMENT.method("void SetAttributeValue(XName name, object value)")(tree.set_attribute_value)
ELEMENT.method("void SetElementValue(XName name, object value)")(tree.set_element_value)
ELEMENT.value("IEnumerable<XElement> EmptySequence", elements_sequence(lambda: iter(())))
ATTRIBUTE.value("IEnumerable<XAttribute> EmptySequence", Sequence(_ATTRIBUTE_TYPE, lambda: iter(())))


@ELEMENT.method("void RemoveAll()")
def remove_all(this: XElement) -> None:
    """Attributes and nodes."""
    this.remove_attributes()
    this.remove_nodes()


@ELEMENT.method("void SetValue(object value)")
def set_value(this: XElement, value: Any) -> None:
    """The text of a value in place of all nodes. Raises ArgumentNullException and ArgumentException."""
    this.set_text(value_text(required(value, "value")))


@ELEMENT.method("IEnumerable<XAttribute> Attributes()")
def attributes(this: XElement) -> Sequence:
    """The attributes."""
    return Sequence(_ATTRIBUTE_TYPE, lambda: iter(this.attributes))


@ELEMENT.method("IEnumerable<XAttribute> Attributes(XName name)")
def named_attributes(this: XElement, name: XName | None) -> Sequence:
    """The attribute of a name, if there is one."""
    return Sequence(_ATTRIBUTE_TYPE, lambda: (one for one in this.attributes if one.name == name))


@ELEMENT.method("IEnumerable<XElement> AncestorsAndSelf()")
def ancestors_and_self(this: XElement) -> Sequence:
    """Itself and the elements it stands in."""
    return elements_sequence(lambda: tree.ancestors(this, None))


@ELEMENT.method("IEnumerable<XElement> AncestorsAndSelf(XName name)")
def named_ancestors_and_self(this: XElement, name: XName | None) -> Sequence:
    """Itself and the elements it stands in, of a name."""
    return named(name, lambda: tree.ancestors(this, name))


@ELEMENT.method("IEnumerable<XElement> DescendantsAndSelf()")
def descendants_and_self(this: XElement) -> Sequence:
    """Itself and all elements below."""
    return elements_sequence(lambda: this.descendants(None, True))


@ELEMENT.method("IEnumerable<XElement> DescendantsAndSelf(XName name)")
def named_descendants_and_self(this: XElement, name: XName | None) -> Sequence:
    """Itself and all elements below, of a name."""
    return named(name, lambda: this.descendants(name, True))


@ELEMENT.method("IEnumerable<XNode> DescendantNodesAndSelf()")
def descendant_nodes_and_self(this: XElement) -> Sequence:
    """Itself and all nodes below."""
    return nodes_sequence(lambda: this.descendant_nodes(True))


@ELEMENT.method("XNamespace GetDefaultNamespace()")
def get_default_namespace(this: XElement) -> XNamespace:
    """The namespace of names without prefix here."""
    return XNamespace(declared_uri(this, "") or "")


@ELEMENT.method("XNamespace GetNamespaceOfPrefix(string prefix)")
def get_namespace_of_prefix(this: XElement, prefix: str | None) -> XNamespace | None:
    """What a prefix stands for here, or null. Raises ArgumentNullException and ArgumentException."""
    text: str = required(prefix, "prefix")
    if not text:
        raise ArgumentException("'' is an invalid prefix.")
    found = {"xml": XML_URI, "xmlns": XMLNS_URI}.get(text) or declared_uri(this, text)
    return None if found is None else XNamespace(found)


@ELEMENT.method("string GetPrefixOfNamespace(XNamespace ns)")
def get_prefix_of_namespace(this: XElement, namespace: XNamespace | None) -> str | None:
    """The prefix that stands for a namespace here, or null. Raises ArgumentNullException."""
    return prefix_of(this, required(namespace, "ns").uri)


# ---------------------------------------------------------------- documents


def _document(declaration: XDeclaration | None, content: Any) -> XDocument:
    """A new document. Raises what content rules raise."""
    made = XDocument(declaration)
    made.add(content)
    return made


def _set_declaration(this: XDocument, declaration: XDeclaration | None) -> None:
    this.declaration = declaration


DOCUMENT.constructor("()")(XDocument)
DOCUMENT.constructor("(XDocument other)")(lambda other: required(other, "other").clone())
DOCUMENT.constructor("(params object[] content)")(lambda content: _document(None, content))
DOCUMENT.constructor("(XDeclaration declaration, params object[] content)")(_document)
DOCUMENT.method("static XDocument Parse(string text)")(parse_document)
DOCUMENT.method("static XDocument Parse(string text, LoadOptions options)")(
    lambda text, options: parse_document(text, _options_keep_white(options))
)
DOCUMENT.property("XElement Root")(XDocument.root_element)
DOCUMENT.property("XDocumentType DocumentType")(XDocument.document_type)
DOCUMENT.property("XDeclaration Declaration", setter=_set_declaration, attribute="declaration")(
    lambda this: this.declaration
)


# ---------------------------------------------------------------- values


def _declare_conversions(name: str, convert: Callable[[str], Any]) -> None:
    """`(int)element`, `(int?)element`, and the same of attributes."""

    def of_element(element: XElement | None) -> Any:
        return convert(required(element, "element").value())

    def of_attribute(attribute: XAttribute | None) -> Any:
        return convert(required(attribute, "attribute").value)

    ELEMENT.operator(f"explicit operator {name}(XElement element)")(of_element)
    ATTRIBUTE.operator(f"explicit operator {name}(XAttribute attribute)")(of_attribute)
    ELEMENT.operator(f"explicit operator {name}?(XElement element)")(
        lambda element: None if element is None else convert(element.value())
    )
    ATTRIBUTE.operator(f"explicit operator {name}?(XAttribute attribute)")(
        lambda attribute: None if attribute is None else convert(attribute.value)
    )


for _name, _convert in CONVERSIONS.items():
    _declare_conversions(_name, _convert)


@ELEMENT.operator("explicit operator string(XElement element)")
def text_of_element(element: XElement | None) -> str | None:
    """Value; null for null."""
    return None if element is None else element.value()


@ATTRIBUTE.operator("explicit operator string(XAttribute attribute)")
def text_of_attribute(attribute: XAttribute | None) -> str | None:
    """Value; null for null."""
    return None if attribute is None else attribute.value
