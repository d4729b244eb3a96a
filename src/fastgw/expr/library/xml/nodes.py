"""XObject and the nodes without children (System.Xml.Linq).

Nodes are linked to their siblings, so that every step along them is cheap; `parent` is the element or
document they stand in. What can be done with a node's surroundings is in tree.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from fastgw.expr.library.xml.names import XMLNS_URI, XName, check_name, required
from fastgw.expr.runtime.errors import (
    ArgumentException,
    ArgumentNullException,
    InvalidOperationException,
)
from fastgw.expr.runtime.values import NetObject

if TYPE_CHECKING:
    from fastgw.expr.library.xml.containers import XContainer, XDocument, XElement

NO_PARENT = "The parent is missing."

ELEMENT, ATTRIBUTE, TEXT, CDATA = 1, 2, 3, 4
PROCESSING_INSTRUCTION, COMMENT, DOCUMENT, DOCUMENT_TYPE = 7, 8, 9, 10
"""Values of System.Xml.XmlNodeType."""


class XObject(NetObject):
    """System.Xml.Linq.XObject. `parent` is the container, of an attribute the element."""

    __slots__ = ("parent",)

    kind: ClassVar[int] = 0
    parent: XContainer | None

    def parent_element(self) -> XElement | None:
        """Parent: the element it stands in; a document does not count."""
        from fastgw.expr.library.xml.containers import XElement

        return self.parent if isinstance(self.parent, XElement) else None

    def root(self) -> XObject:
        """What has no parent, above this or this itself."""
        found: XObject = self
        while found.parent is not None:
            found = found.parent
        return found

    def document(self) -> XDocument | None:
        """The document it stands in."""
        from fastgw.expr.library.xml.containers import XDocument

        found = self.root()
        return found if isinstance(found, XDocument) else None


class XNode(XObject):
    """System.Xml.Linq.XNode."""

    __slots__ = ("next", "previous")

    next: XNode | None
    previous: XNode | None

    def __init__(self) -> None:
        self.parent = None
        self.next = None
        self.previous = None

    def net_text(self) -> str:
        """The XML, indented."""
        from fastgw.expr.library.xml.writing import write

        return write(self, True)

    def clone(self) -> XNode:
        """A copy without parent."""
        raise TypeError(f"{type(self).__name__} leaves this to its subclasses")

    def remove(self) -> None:
        """Take it out of its parent. Raises InvalidOperationException where it has none."""
        if self.parent is None:
            raise InvalidOperationException(NO_PARENT)
        self.parent.take_out(self)


class XText(XNode):
    """System.Xml.Linq.XText."""

    __slots__ = ("text",)

    kind: ClassVar[int] = TEXT

    def __init__(self, text: str | None) -> None:
        super().__init__()
        self.text: str = required(text, "value")

    def clone(self) -> XNode:
        """A copy without parent."""
        return type(self)(self.text)


class XCData(XText):
    """System.Xml.Linq.XCData."""

    __slots__ = ()

    kind: ClassVar[int] = CDATA


class XComment(XNode):
    """System.Xml.Linq.XComment."""

    __slots__ = ("text",)

    kind: ClassVar[int] = COMMENT

    def __init__(self, text: str | None) -> None:
        super().__init__()
        self.text: str = required(text, "value")

    def clone(self) -> XNode:
        """A copy without parent."""
        return XComment(self.text)


class XProcessingInstruction(XNode):
    """System.Xml.Linq.XProcessingInstruction."""

    __slots__ = ("data", "target")

    kind: ClassVar[int] = PROCESSING_INSTRUCTION

    def __init__(self, target: str | None, data: str | None) -> None:
        super().__init__()
        self.data: str = required(data, "data")
        self.target = checked_target(target)

    def clone(self) -> XNode:
        """A copy without parent."""
        return XProcessingInstruction(self.target, self.data)


def checked_target(target: str | None) -> str:
    """The target of a processing instruction. Raises ArgumentException and XmlException."""
    name = check_name(required(target, "target"))
    if name.lower() == "xml":
        raise ArgumentException(f"'{name}' is an invalid name for a processing instruction.")
    return name


class XDocumentType(XNode):
    """System.Xml.Linq.XDocumentType: written, but never read."""

    __slots__ = ("internal_subset", "name", "public_id", "system_id")

    kind: ClassVar[int] = DOCUMENT_TYPE

    def __init__(
        self, name: str | None, public_id: str | None, system_id: str | None, internal_subset: str | None
    ) -> None:
        super().__init__()
        self.name = check_name(name)
        self.public_id = public_id
        self.system_id = system_id
        self.internal_subset = internal_subset

    def clone(self) -> XNode:
        """A copy without parent."""
        return XDocumentType(self.name, self.public_id, self.system_id, self.internal_subset)


class XAttribute(XObject):
    """System.Xml.Linq.XAttribute; `next` and `previous` are the ones beside it."""

    __slots__ = ("name", "value")

    kind: ClassVar[int] = ATTRIBUTE

    def __init__(self, name: XName, value: str) -> None:
        self.parent = None
        self.name = name
        self.value = value

    def is_declaration(self) -> bool:
        """IsNamespaceDeclaration: whether it is `xmlns` or `xmlns:prefix`."""
        return self.name.uri == XMLNS_URI or (self.name.local == "xmlns" and not self.name.uri)

    def clone(self) -> XAttribute:
        """A copy without parent."""
        return XAttribute(self.name, self.value)

    def net_text(self) -> str:
        """`name="value"`, with the prefix that is declared where it stands."""
        from fastgw.expr.library.xml.writing import write_attribute

        return write_attribute(self)

    def remove(self) -> None:
        """Take it off its element. Raises InvalidOperationException where it has none."""
        element = self.parent_element()
        if element is None:
            raise InvalidOperationException(NO_PARENT)
        element.take_off(self)

    def beside(self, offset: int) -> XAttribute | None:
        """The attribute so many places further, or None."""
        element = self.parent_element()
        if element is None:
            return None
        at = next(at for at, one in enumerate(element.attributes) if one is self) + offset
        return element.attributes[at] if 0 <= at < len(element.attributes) else None


def check_declaration(name: XName, value: str) -> None:
    """What a namespace declaration may not say. Raises ArgumentException."""
    if name.uri == XMLNS_URI:
        if not value:
            raise ArgumentException(f"The prefix '{name.local}' cannot be bound to the empty namespace name.")
        _check_reserved(value, name.local, is_default=False)
    elif name.local == "xmlns" and not name.uri:
        _check_reserved(value, "", is_default=True)


def _check_reserved(value: str, prefix: str, *, is_default: bool) -> None:
    from fastgw.expr.library.xml.names import XML_URI

    if value == XML_URI and (is_default or prefix != "xml"):
        raise ArgumentException(
            "The prefix 'xml' is bound to the namespace name 'http://www.w3.org/XML/1998/namespace'. Other "
            "prefixes must not be bound to this namespace name, and it must not be declared as the default "
            "namespace."
        )
    if value == XMLNS_URI:
        raise ArgumentException(
            "The prefix 'xmlns' is bound to the namespace name 'http://www.w3.org/2000/xmlns/'. It must not "
            "be declared. Other prefixes must not be bound to this namespace name, and it must not be "
            "declared as the default namespace."
        )
    if prefix == "xml" and value != XML_URI:
        raise ArgumentException(
            "The prefix 'xml' is bound to the namespace name 'http://www.w3.org/XML/1998/namespace'. Other "
            "prefixes must not be bound to this namespace name, and it must not be declared as the default "
            "namespace."
        )
    if prefix == "xmlns":
        raise ArgumentException(
            "The prefix 'xmlns' is bound to the namespace name 'http://www.w3.org/2000/xmlns/'. It must not "
            "be declared. Other prefixes must not be bound to this namespace name, and it must not be "
            "declared as the default namespace."
        )


class XDeclaration(NetObject):
    """System.Xml.Linq.XDeclaration; no node."""

    __slots__ = ("encoding", "standalone", "version")

    def __init__(self, version: str | None, encoding: str | None, standalone: str | None) -> None:
        self.version = version
        self.encoding = encoding
        self.standalone = standalone

    def net_text(self) -> str:
        """`<?xml version="1.0"?>`, with what is set."""
        parts = (("version", self.version), ("encoding", self.encoding), ("standalone", self.standalone))
        said = "".join(f' {name}="{value}"' for name, value in parts if value is not None)
        return f"<?xml{said}?>"


def not_null(value: str | None) -> str:
    """A text to be set. Raises ArgumentNullException."""
    if value is None:
        raise ArgumentNullException(parameter="value")
    return value
