"""XContainer, XElement and XDocument (System.Xml.Linq): children, attributes, and what may become one.

An element that holds nothing but text keeps it as a string until somebody asks for its nodes, as .NET does.
Nothing here calls itself for each level of a tree: trees may be deeper than Python's stack.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from fastgw.expr.library.collections_elements import elements as elements_of
from fastgw.expr.library.xml.names import XName
from fastgw.expr.library.xml.nodes import (
    DOCUMENT,
    ELEMENT,
    XAttribute,
    XCData,
    XDeclaration,
    XDocumentType,
    XNode,
    XObject,
    XText,
)
from fastgw.expr.library.xml.values_text import value_text
from fastgw.expr.runtime.errors import (
    ArgumentException,
    Exhausted,
    InvalidOperationException,
    NullReferenceException,
)
from fastgw.expr.runtime.growth import size_of
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import NetObject

_MOST_NESTED_CONTENT = 100
MOST_DEPTH = 1000
_NODE_BYTES = 300
_CHARACTERS_PER_STEP = 1024
_WRONG_STRUCTURE = "This operation would create an incorrectly structured document."
_KIND_NAMES = {
    1: "Element",
    2: "Attribute",
    3: "Text",
    4: "CDATA",
    7: "ProcessingInstruction",
    8: "Comment",
    9: "Document",
    10: "DocumentType",
}


class XContainer(XNode):
    """System.Xml.Linq.XContainer: a linked list of nodes, or `only_text` that no node was made of yet."""

    __slots__ = ("first_child", "last_child", "only_text")

    def __init__(self) -> None:
        super().__init__()
        self.first_child: XNode | None = None
        self.last_child: XNode | None = None
        self.only_text: str | None = None

    # ------------------------------------------------------------ looking

    def first(self) -> XNode | None:
        """FirstNode."""
        self._make_text()
        return self.first_child

    def last(self) -> XNode | None:
        """LastNode."""
        self._make_text()
        return self.last_child

    def _make_text(self) -> None:
        """Make a node of the text; empty text has none, it only tells `<a></a>` from `<a />`."""
        if self.only_text:
            text, self.only_text = self.only_text, None
            self.link(XText(text), None)

    def nodes(self) -> Iterator[XNode]:
        """The children; stops behind one that is removed meanwhile, as in .NET."""
        at = self.first()
        while at is not None:
            yield at
            if at.parent is not self:
                return
            at = at.next

    def elements(self, name: XName | None = None) -> Iterator[XElement]:
        """The children that are elements, of a name or all."""
        at = self.first_child
        while at is not None:
            if isinstance(at, XElement) and (name is None or at.name == name):
                yield at
                if at.parent is not self:
                    return
            at = at.next

    def element(self, name: XName | None) -> XElement | None:
        """The first child element of a name, or None."""
        at = self.first_child
        spend = meter.spend
        while at is not None:
            spend()
            if isinstance(at, XElement) and at.name == name:
                return at
            at = at.next
        return None

    def descendant_nodes(self, with_self: bool = False) -> Iterator[XNode]:
        """All nodes below, in the order of the document."""
        if with_self:
            yield self
        at: XNode = self
        while True:
            below = at.first() if isinstance(at, XContainer) else None
            if below is None:
                below = _next_outside(at, self)
                if below is None:
                    return
            at = below
            yield at

    def descendants(self, name: XName | None = None, with_self: bool = False) -> Iterator[XElement]:
        """All elements below, in the order of the document, of a name or all."""
        if with_self and isinstance(self, XElement) and (name is None or self.name == name):
            yield self
        at: XNode = self
        while True:
            below = at.first_child if isinstance(at, XContainer) else None
            if below is None:
                below = _next_outside(at, self)
                if below is None:
                    return
            at = below
            if isinstance(at, XElement) and (name is None or at.name == name):
                yield at

    def value(self) -> str:
        """All text below, as one string."""
        if self.only_text is not None:
            return self.only_text
        parts = []
        size = 0
        for one in self._texts():
            parts.append(one)
            size += size_of(one)
        if len(parts) > 1:
            meter.reserve(size)
        return "".join(parts)

    def _texts(self) -> Iterator[str]:
        at: XNode = self
        spend = meter.spend
        while True:
            spend()
            below: XNode | None = None
            if isinstance(at, XContainer):
                if at.only_text is not None:
                    yield at.only_text
                below = at.first_child
            elif isinstance(at, XText):
                yield at.text
            if below is None:
                below = _next_outside(at, self)
                if below is None:
                    return
            at = below

    # ------------------------------------------------------------ linking

    def link(self, node: XNode, before: XNode | None) -> None:
        """Put a node without parent before one of the children, or at the end."""
        self.only_text = None
        node.parent = self
        node.next = before
        if before is None:
            node.previous = self.last_child
            self.last_child = node
        else:
            node.previous = before.previous
            before.previous = node
        if node.previous is None:
            self.first_child = node
        else:
            node.previous.next = node

    def take_out(self, node: XNode) -> None:
        """Remove a child."""
        if node.previous is None:
            self.first_child = node.next
        else:
            node.previous.next = node.next
        if node.next is None:
            self.last_child = node.previous
        else:
            node.next.previous = node.previous
        node.parent = None
        node.next = node.previous = None

    def remove_nodes(self) -> None:
        """RemoveNodes."""
        self.only_text = None
        at = self.first_child
        self.first_child = self.last_child = None
        while at is not None:
            meter.spend()
            following = at.next
            at.parent = at.next = at.previous = None
            at = following

    # ------------------------------------------------------------ adding

    def add(self, content: Any) -> None:
        """Add content at the end. Raises what content rules raise."""
        self.place(content, None)

    def place(self, content: Any, before: XNode | None) -> None:
        """Add content before one of the children, or at the end.

        Raises ArgumentException, InvalidOperationException, and Exhausted for content nested too deeply.
        """
        for one in flattened(content):
            if isinstance(one, XNode):
                self._place_node(one, before)
            elif isinstance(one, XAttribute):
                self.place_attribute(one)
            else:
                self._place_text(value_text(one), before)

    def place_attribute(self, attribute: XAttribute) -> None:
        """Add an attribute. Raises ArgumentException and InvalidOperationException."""
        raise ArgumentException("An attribute cannot be added to content.")

    def validate(self, node: XNode, before: XNode | None) -> None:
        """Refuse what cannot be a child here. Raises ArgumentException and InvalidOperationException."""
        raise TypeError(f"{type(self).__name__} leaves this to its subclasses")

    def validate_text(self, text: str) -> None:
        """Refuse text that cannot stand here. Raises ArgumentException."""

    def _place_node(self, node: XNode, before: XNode | None) -> None:
        self.validate(node, before)
        if node.parent is not None or node is self.root():
            node = node.clone()
        if isinstance(node, XElement):
            check_depth(self, node)
        meter.reserve(_NODE_BYTES)
        self._make_text()
        self.link(node, before)

    def _place_text(self, text: str, before: XNode | None) -> None:
        self.validate_text(text)
        meter.reserve(size_of(text))
        if self.first_child is None and before is None:
            self.only_text = _joined(self.only_text or "", text)
            return
        if not text:
            return
        beside = self.last_child if before is None else before.previous
        if type(beside) is XText:
            beside.text = _joined(beside.text, text)
        else:
            self.link(XText(text), before)

    def copy_children_of(self, other: XContainer) -> None:
        """Add copies of another container's nodes, at any depth."""
        waiting: list[tuple[XContainer, XContainer]] = [(other, self)]
        while waiting:
            source, target = waiting.pop()
            target.only_text = source.only_text
            at = source.first_child
            while at is not None:
                meter.spend()
                meter.reserve(_NODE_BYTES)
                if isinstance(at, XElement):
                    copy: XNode = at.copy_without_children()
                    waiting.append((at, copy))  # type: ignore[arg-type]
                else:
                    copy = at.clone()
                target.link(copy, None)
                at = at.next


def _joined(text: str, more: str) -> str:
    """Both texts as one; copying what is there already is paid for."""
    meter.spend(len(text) // _CHARACTERS_PER_STEP)
    return text + more


def _next_outside(at: XNode, top: XNode) -> XNode | None:
    """The node that follows `at` and all below it, inside `top`. Raises NullReferenceException.

    .NET raises it too where nodes were removed from the tree while it is enumerated.
    """
    while at is not top:
        if at.next is not None:
            return at.next
        if at.parent is None:
            raise NullReferenceException
        at = at.parent
    return None


def flattened(content: Any) -> Iterator[Any]:
    """What content consists of: enumerables of it are taken apart, null is nothing.

    Raises Exhausted for content that is nested too deeply.
    """
    levels: list[Iterator[Any]] = [iter((content,))]
    while levels:
        for one in levels[-1]:
            if one is None:
                continue
            if isinstance(one, NetObject) and hasattr(type(one), "__iter__"):
                if len(levels) > _MOST_NESTED_CONTENT:
                    raise Exhausted("The content of an XML node is nested too deeply.")
                levels.append(elements_of(one))
                break
            meter.spend()
            yield one
        else:
            levels.pop()


def depth_below(element: XElement) -> int:
    """How many levels of elements there are, itself counted."""
    deepest = level = 1
    at: XNode = element
    while True:
        meter.spend()
        below = at.first_child if isinstance(at, XContainer) else None
        if below is not None:
            level += 1
            deepest = max(deepest, level)
            at = below
            continue
        while at is not element and at.next is None:
            level -= 1
            if at.parent is None:
                return deepest
            at = at.parent
        if at is element or at.next is None:
            return deepest
        at = at.next


def check_depth(parent: XContainer, element: XElement) -> None:
    """Refuse an element that would make a tree too deep to be handled. Raises Exhausted."""
    if element.first_child is None and parent.parent is None:
        return
    above = 0
    at: XObject | None = parent
    while at is not None:
        above += 1
        at = at.parent
    if above + (depth_below(element) if element.first_child is not None else 1) > MOST_DEPTH:
        raise Exhausted("An XML tree is nested too deeply.")


class XElement(XContainer):
    """System.Xml.Linq.XElement; `attributes` in their order."""

    __slots__ = ("attributes", "name")

    kind: ClassVar[int] = ELEMENT

    def __init__(self, name: XName) -> None:
        super().__init__()
        self.name = name
        self.attributes: list[XAttribute] = []

    def is_empty(self) -> bool:
        """IsEmpty: whether it is written as `<a />`; an element with empty text is not."""
        return self.first_child is None and self.only_text is None

    def attribute(self, name: XName | None) -> XAttribute | None:
        """The attribute of a name, or None."""
        for one in self.attributes:
            if one.name == name:
                return one
        return None

    def place_attribute(self, attribute: XAttribute) -> None:
        """Add an attribute. Raises InvalidOperationException where there is one of its name."""
        if self.attribute(attribute.name) is not None:
            raise InvalidOperationException("Duplicate attribute.")
        if attribute.parent is not None:
            attribute = attribute.clone()
        meter.reserve(_NODE_BYTES)
        meter.spend(len(self.attributes))
        attribute.parent = self
        self.attributes.append(attribute)

    def take_off(self, attribute: XAttribute) -> None:
        """Remove an attribute."""
        self.attributes = [one for one in self.attributes if one is not attribute]
        attribute.parent = None

    def remove_attributes(self) -> None:
        """RemoveAttributes."""
        for one in self.attributes:
            one.parent = None
        self.attributes = []

    def validate(self, node: XNode, before: XNode | None) -> None:
        """Neither a document nor a document type. Raises ArgumentException."""
        if isinstance(node, (XDocument, XDocumentType)):
            raise ArgumentException(f"A node of type {_KIND_NAMES[node.kind]} cannot be added to content.")

    def copy_without_children(self) -> XElement:
        """An element of the same name and attributes."""
        copy = XElement(self.name)
        for one in self.attributes:
            attribute = one.clone()
            attribute.parent = copy
            copy.attributes.append(attribute)
        meter.reserve(_NODE_BYTES * len(self.attributes))
        return copy

    def clone(self) -> XElement:
        """A copy without parent."""
        copy = self.copy_without_children()
        copy.copy_children_of(self)
        return copy

    def set_text(self, text: str) -> None:
        """Replace all children by text."""
        self.remove_nodes()
        self.only_text = text


class XDocument(XContainer):
    """System.Xml.Linq.XDocument; `declaration` may be None."""

    __slots__ = ("declaration",)

    kind: ClassVar[int] = DOCUMENT

    def __init__(self, declaration: XDeclaration | None = None) -> None:
        super().__init__()
        self.declaration = declaration

    def root_element(self) -> XElement | None:
        """Root: the element at the top, or None."""
        return next(self.elements(), None)

    def document_type(self) -> XDocumentType | None:
        """DocumentType, or None."""
        return next((one for one in self.nodes() if isinstance(one, XDocumentType)), None)

    def validate(self, node: XNode, before: XNode | None) -> None:
        """At most one element and one document type in front. Raises what .NET does."""
        if isinstance(node, XCData):
            raise ArgumentException("A node of type CDATA cannot be added to content.")
        if isinstance(node, XText):
            self.validate_text(node.text)
        elif isinstance(node, XDocument):
            raise ArgumentException("A node of type Document cannot be added to content.")
        elif isinstance(node, XElement):
            self._validate_order(XElement, XDocumentType, before)
        elif isinstance(node, XDocumentType):
            self._validate_type(before)

    def _validate_order(self, only: type[XNode], behind: type[XNode], before: XNode | None) -> None:
        """One node of the class `only`, with no `behind` after it."""
        passed = before is None
        is_behind = False
        at = self.first_child
        while at is not None:
            is_behind = is_behind or at is before
            if isinstance(at, only) or (is_behind and not passed and isinstance(at, behind)):
                raise InvalidOperationException(_WRONG_STRUCTURE)
            at = at.next

    def _validate_type(self, before: XNode | None) -> None:
        is_before = True
        at = self.first_child
        while at is not None:
            is_before = is_before and at is not before
            if isinstance(at, XDocumentType) or (is_before and isinstance(at, XElement)):
                raise InvalidOperationException(_WRONG_STRUCTURE)
            at = at.next

    def validate_text(self, text: str) -> None:
        """White space alone. Raises ArgumentException."""
        if text.strip(" \t\r\n"):
            raise ArgumentException("Non-whitespace characters cannot be added to content.")

    def clone(self) -> XDocument:
        """A copy."""
        old = self.declaration
        new = None if old is None else XDeclaration(old.version, old.encoding, old.standalone)
        copy = XDocument(new)
        copy.copy_children_of(self)
        return copy
