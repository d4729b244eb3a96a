"""XML as text: XNode.ToString() as the XmlWriter of .NET writes it, prefixes and indentation included.

Names carry URIs only, so prefixes are found anew: first what the tree declares (the newest declaration of a
URI wins), then what the writer has written; what is missing is declared behind the attributes. New lines are
`\\n`, as on Linux.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fastgw.expr.library.xml.containers import XContainer, XDocument, XElement
from fastgw.expr.library.xml.names import INVALID_CHARACTER, XML_URI, XMLNS_URI, XName, shown
from fastgw.expr.library.xml.nodes import (
    XAttribute,
    XCData,
    XComment,
    XDocumentType,
    XNode,
    XProcessingInstruction,
    XText,
)
from fastgw.expr.runtime.errors import ArgumentException, XmlException
from fastgw.expr.runtime.growth import size_of
from fastgw.expr.runtime.meter import meter

_TEXT = re.compile("[<>&]")
_ATTRIBUTE = re.compile('[<>&"\r\n\t]')
_ATTRIBUTE_FORMS = (('"', "&quot;"), ("\r", "&#xD;"), ("\n", "&#xA;"), ("\t", "&#x9;"))
_LINE_ENDS = re.compile("\r\n?")
_NEEDED, _WRITTEN, _IMPLIED = range(3)


def write(node: XNode, indented: bool, omits_duplicates: bool = False) -> str:
    """The XML of a node, without declaration; `omits_duplicates`: no namespace declaration that says nothing.

    Raises ArgumentException and XmlException.
    """
    writer = _Writer(node, indented, omits_duplicates)
    writer.write(node)
    return "".join(writer.parts)


def write_attribute(attribute: XAttribute) -> str:
    """`name="value"`, with the prefix that is declared where it stands."""
    element = attribute.parent_element()
    prefix = ""
    if attribute.name.uri:
        prefix = prefix_of(element, attribute.name.uri) or "" if element is not None else ""
        if attribute.name.uri == XMLNS_URI:
            prefix = "xmlns"
        elif attribute.name.uri == XML_URI:
            prefix = "xml"
        elif not prefix:
            return f'p0:{attribute.name.local}="{_attribute_text(attribute.value)}"'
    name = f"{prefix}:{attribute.name.local}" if prefix else attribute.name.local
    return f'{name}="{_attribute_text(attribute.value)}"'


def prefix_of(element: XElement | None, uri: str) -> str | None:
    """GetPrefixOfNamespace: the nearest prefix that stands for a URI, not hidden by a nearer one."""
    hidden: set[str] = set()
    at: XContainer | None = element
    while isinstance(at, XElement):
        for one in at.attributes:
            if one.name.uri == XMLNS_URI and one.value == uri and one.name.local not in hidden:
                return one.name.local
        hidden.update(one.name.local for one in at.attributes if one.name.uri == XMLNS_URI)
        at = at.parent
    return {XML_URI: "xml", XMLNS_URI: "xmlns"}.get(uri)


def qualified_name(node: XElement | XAttribute) -> str:
    """The name with the prefix that is declared for it where it stands."""
    name = node.name
    element = node if isinstance(node, XElement) else node.parent_element()
    if not name.uri or (isinstance(node, XElement) and declared_uri(element, "") == name.uri):
        return name.local
    prefix = prefix_of(element, name.uri)
    return f"{prefix}:{name.local}" if prefix else name.local


def declared_uri(element: XElement | None, prefix: str) -> str | None:
    """The URI that a prefix stands for at an element; "" asks for the default namespace."""
    at: XContainer | None = element
    while isinstance(at, XElement):
        for one in at.attributes:
            if prefix and one.name.uri == XMLNS_URI and one.name.local == prefix:
                return one.value
            if not prefix and one.name.local == "xmlns" and not one.name.uri:
                return one.value
        at = at.parent
    return None


@dataclass(slots=True)
class _Binding:
    """A prefix that the writer knows, and whether its declaration is still to be written."""

    prefix: str
    uri: str
    state: int


class _Writer:
    def __init__(self, top: XNode, indented: bool, omits_duplicates: bool) -> None:
        self.parts: list[str] = []
        self._omits_duplicates = omits_duplicates
        self._indented = indented
        self._level = 0
        # Whether text was written in an element, or in one around it: nothing is indented there.
        self._is_mixed = False
        self._mixed_around: list[bool] = []
        # What the tree declares: (prefix, URI), the newest last.
        self._declared: list[tuple[str, str]] = _ancestor_declarations(top)
        self._declared_sizes: list[int] = []
        self._bindings = [_Binding("", "", _IMPLIED)]
        self._starts: list[int] = []
        # Where an element that has no content yet was left: its end follows at once.
        self._content_at = -1

    def write(self, top: XNode) -> None:
        """The node and all below it."""
        if isinstance(top, XDocument):
            first = top.first()
            if first is None:
                return
            at: XNode = first
        else:
            at = top
        spend = meter.spend
        while True:
            spend()
            if isinstance(at, XElement):
                self._start(at)
                if at.first_child is not None:
                    at = at.first_child
                    continue
                if at.only_text is not None:
                    self._text(at.only_text)
                self._end(at)
            else:
                self._leaf(at)
            while True:
                if at is top:
                    return
                if at.next is not None:
                    at = at.next
                    break
                parent = at.parent
                if parent is None or isinstance(parent, XDocument):
                    return
                at = parent
                self._end(at)  # type: ignore[arg-type]

    def _add(self, text: str) -> None:
        meter.reserve(size_of(text) + 8)
        self.parts.append(text)

    def _indent(self) -> None:
        if self._indented and not self._is_mixed and self.parts:
            meter.reserve(2 * self._level + 1)
            self.parts.append("\n" + "  " * self._level)

    # ------------------------------------------------------------ leaves

    def _leaf(self, node: XNode) -> None:
        if isinstance(node, XCData):
            self._is_mixed = True
            self._add(f"<![CDATA[{_line_ends(_checked(node.text)).replace(']]>', ']]]]><![CDATA[>')}]]>")
        elif isinstance(node, XText):
            self._text(node.text)
        elif isinstance(node, XComment):
            self._indent()
            text = _line_ends(_checked(node.text))
            while "--" in text:
                text = text.replace("--", "- -")
            self._add(f"<!--{text}{' ' if text.endswith('-') else ''}-->")
        elif isinstance(node, XProcessingInstruction):
            self._indent()
            data = _line_ends(_checked(node.data)).replace("?>", "? >")
            self._add(f"<?{node.target}{f' {data}' if data else ''}?>")
        elif isinstance(node, XDocumentType):
            self._indent()
            self._add(_document_type(node))

    def _text(self, text: str) -> None:
        self._is_mixed = True
        text = _line_ends(_checked(text))
        self._add(_escaped(text) if _TEXT.search(text) is not None else text)

    # ------------------------------------------------------------ elements

    def _start(self, element: XElement) -> None:
        # Each name is looked for among the prefixes that are known.
        meter.spend((len(self._bindings) + len(self._declared)) * (1 + len(element.attributes)) // 2)
        self._indent()
        self._level += 1
        self._mixed_around.append(self._is_mixed)
        self._declared_sizes.append(len(self._declared))
        for one in element.attributes:
            if one.is_declaration():
                self._declared.append((one.name.local if one.name.uri else "", one.value))
        self._starts.append(len(self._bindings))
        name = self._element_name(element.name)
        self._add(f"<{name}")
        for one in element.attributes:
            self._attribute(one)
        # The writer goes through them from the newest to the oldest.
        for binding in reversed(self._bindings[self._starts[-1] :]):
            if binding.state == _NEEDED:
                shown_name = f"xmlns:{binding.prefix}" if binding.prefix else "xmlns"
                self._add(f' {shown_name}="{_attribute_text(binding.uri)}"')
        if not element.is_empty():
            self.parts.append(">")
            self._content_at = len(self.parts)

    def _end(self, element: XElement) -> None:
        self._level -= 1
        if element.is_empty():
            self.parts.append(" />")
        else:
            if len(self.parts) != self._content_at:
                self._indent()
            self._add(f"</{self._element_name_again(element.name)}>")
        self._is_mixed = self._mixed_around.pop()
        del self._declared[self._declared_sizes.pop() :]
        del self._bindings[self._starts.pop() :]

    def _element_name(self, name: XName) -> str:
        prefix = self._declared_prefix(name.uri, True)
        if prefix is None:
            prefix = self._bound_prefix(name.uri) or ""
        self._bind(prefix, name.uri)
        return f"{prefix}:{name.local}" if prefix else name.local

    def _element_name_again(self, name: XName) -> str:
        """The name as the start tag had it: its binding is the first of the element."""
        prefix = self._bindings[self._starts[-1]].prefix
        return f"{prefix}:{name.local}" if prefix else name.local

    def _attribute(self, attribute: XAttribute) -> None:
        name = attribute.name
        if attribute.is_declaration():
            prefix = name.local if name.uri else ""
            if not self._declare(prefix, attribute.value):
                return
            shown_name = f"xmlns:{prefix}" if prefix else "xmlns"
        elif not name.uri:
            shown_name = name.local
        elif name.uri == XML_URI:
            shown_name = f"xml:{name.local}"
        else:
            found = self._declared_prefix(name.uri, False)
            if found is None:
                found = self._bound_prefix(name.uri) or self._new_prefix()
            self._bind(found, name.uri)
            shown_name = f"{found}:{name.local}"
        self._add(f' {shown_name}="{_attribute_text(attribute.value)}"')

    def _declared_prefix(self, uri: str, default_too: bool) -> str | None:
        """The prefix that the tree declares for a URI, or None."""
        if not uri:
            return ""
        hidden: set[str] = set()
        for prefix, one in reversed(self._declared):
            if one == uri and prefix not in hidden and (prefix or default_too):
                return prefix
            hidden.add(prefix)
        return "xml" if uri == XML_URI else "xmlns" if uri == XMLNS_URI else None

    def _bound_prefix(self, uri: str) -> str | None:
        """The prefix that the writer knows for a URI, or None."""
        hidden: set[str] = set()
        for one in reversed(self._bindings):
            if one.uri == uri and one.prefix not in hidden:
                return one.prefix
            hidden.add(one.prefix)
        return None

    def _find(self, prefix: str) -> tuple[_Binding | None, bool]:
        """The binding of a prefix, and whether it was made in this element."""
        for at in range(len(self._bindings) - 1, -1, -1):
            if self._bindings[at].prefix == prefix:
                return self._bindings[at], at >= self._starts[-1]
        return None, False

    def _bind(self, prefix: str, uri: str) -> None:
        """Use a prefix. Raises XmlException where the element has bound it to another URI."""
        if prefix in ("xml", "xmlns"):
            self._bindings.append(_Binding(prefix, uri, _IMPLIED))
            return
        found, is_here = self._find(prefix)
        if found is not None and is_here:
            if found.uri != uri:
                raise _redefined(prefix, found.uri, uri)
            return
        state = _IMPLIED if found is not None and found.uri == uri else _NEEDED
        self._bindings.append(_Binding(prefix, uri, state))

    def _declare(self, prefix: str, uri: str) -> bool:
        """Take note of a declaration; whether it is to be written.

        Raises XmlException where the element has bound the prefix to another URI.
        """
        found, is_here = self._find(prefix)
        says_nothing = found is not None and found.uri == uri and not (is_here and found.state == _NEEDED)
        if found is not None and is_here:
            if found.uri != uri:
                raise _redefined(prefix, found.uri, uri)
            found.state = _WRITTEN
        else:
            self._bindings.append(_Binding(prefix, uri, _WRITTEN))
        return not (self._omits_duplicates and says_nothing)

    def _new_prefix(self) -> str:
        base = f"p{len(self._bindings) - 1}"
        taken = {one.prefix for one in self._bindings}
        prefix = base
        count = 0
        while prefix in taken:
            prefix = f"{base}{count}"
            count += 1
        return prefix


def _ancestor_declarations(node: XNode) -> list[tuple[str, str]]:
    """What the elements around a node declare, the newest last."""
    found: list[tuple[str, str]] = []
    at = node.parent
    while isinstance(at, XElement):
        # In front of what is nearer: so of one element, unlike below, the first declaration counts most.
        for one in at.attributes:
            if one.is_declaration():
                found.append((one.name.local if one.name.uri else "", one.value))
        at = at.parent
    found.reverse()
    return found


def _redefined(prefix: str, old: str, new: str) -> XmlException:
    return XmlException(
        f"The prefix '{prefix}' cannot be redefined from '{old}' to '{new}' within the same start element "
        "tag."
    )


def _document_type(node: XDocumentType) -> str:
    text = f"<!DOCTYPE {node.name}"
    if node.public_id is not None:
        text += f' PUBLIC "{node.public_id}" "{node.system_id or ""}"'
    elif node.system_id is not None:
        text += f' SYSTEM "{node.system_id}"'
    else:
        text += " "
    if node.internal_subset is not None:
        text += f"[{node.internal_subset}]"
    return f"{text}>"


def _line_ends(text: str) -> str:
    return _LINE_ENDS.sub("\n", text) if "\r" in text else text


def _escaped(text: str) -> str:
    meter.reserve(5 * size_of(text))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _attribute_text(text: str) -> str:
    _checked(text)
    if _ATTRIBUTE.search(text) is None:
        return text
    meter.reserve(6 * size_of(text))
    text = _escaped(text)
    for character, form in _ATTRIBUTE_FORMS:
        text = text.replace(character, form)
    return text


def _checked(text: str) -> str:
    """Text that XML can hold. Raises ArgumentException."""
    if text.isprintable() and text.isascii():
        return text
    found = INVALID_CHARACTER.search(text)
    if found is None:
        return text
    character = found.group()
    if "\ud800" <= character <= "\udbff":
        raise ArgumentException("The surrogate pair is invalid. Missing a low surrogate character.")
    raise ArgumentException(f"{shown(character)}, is an invalid character.")
