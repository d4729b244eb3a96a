"""XElement.Parse and XDocument.Parse: XML text into trees. Nothing outside the text is ever read."""

from __future__ import annotations

import re
from typing import NoReturn

from fastgw.expr.library.xml.containers import MOST_DEPTH, XContainer, XDocument, XElement
from fastgw.expr.library.xml.faults import LATE_DECLARATION, LEAST_ROOT, Explainer, text_at_root
from fastgw.expr.library.xml.names import XML_URI, XMLNS_URI, XName
from fastgw.expr.library.xml.nodes import (
    XAttribute,
    XCData,
    XComment,
    XDeclaration,
    XNode,
    XProcessingInstruction,
    XText,
)
from fastgw.expr.library.xml.scanning import (
    ATTRIBUTE,
    COMMENT,
    DECLARATION,
    END_TAG,
    INSTRUCTION,
    START_TAG,
    WHITE,
    Source,
)
from fastgw.expr.runtime.errors import ArgumentException, ArgumentNullException, Exhausted, XmlException
from fastgw.expr.runtime.meter import meter

# What a tree takes up for each character of its text, about: `<a/>` makes a node.
_BYTES_PER_CHARACTER = 8
_TAG_BYTES = 300
_NO_ROOT = "Root element is missing."
_RESERVED_URIS = (XML_URI, XMLNS_URI)


def parse_element(text: str | None, keep_white: bool = False) -> XElement:
    """The root element, without what stands around it. Raises ArgumentNullException and XmlException."""
    root = parse_document(text, keep_white).root_element()
    if root is None:
        raise XmlException(_NO_ROOT)
    root.remove()
    return root


def parse_document(text: str | None, keep_white: bool = False) -> XDocument:
    """A document of its text. Raises ArgumentNullException and XmlException."""
    if text is None:
        raise ArgumentNullException(parameter="s")
    meter.reserve(_BYTES_PER_CHARACTER * len(text))
    return _Reading(text, keep_white).document()


class _Open:
    """An element that is open: its name as written and where, its namespaces, and whether blanks count."""

    __slots__ = ("at", "element", "keeps_white", "name", "namespaces")

    def __init__(
        self, name: str, at: int, element: XElement, namespaces: dict[str, str], keeps_white: bool
    ) -> None:
        self.name = name
        self.at = at
        self.element = element
        self.namespaces = namespaces
        self.keeps_white = keeps_white


class _Reading:
    def __init__(self, text: str, keep_white: bool) -> None:
        self._source = Source(text)
        self._text = text
        self._keeps_white = keep_white
        self._document = XDocument()
        self._at: XContainer = self._document
        self._open: list[_Open] = []
        self._namespaces = {"": "", "xml": XML_URI}
        self._names: dict[tuple[str, str], XName] = {}
        self._has_root = False

    def document(self) -> XDocument:
        """The whole of it. Raises XmlException."""
        text = self._text
        at = self._declaration()
        size = len(text)
        while at < size:
            meter.spend()
            if text[at] != "<":
                at = self._text_until(at)
                continue
            following = text[at + 1 : at + 2]
            if following == "/":
                at = self._end_tag(at)
            elif following == "!":
                at = self._comment_or_data(at)
            elif following == "?":
                at = self._instruction(at)
            else:
                at = self._start_tag(at)
        if self._open:
            self._explainer().end_of_file()
        if not self._has_root:
            raise XmlException(_NO_ROOT)
        self._source.check(size)
        return self._document

    def _explainer(self) -> Explainer:
        return Explainer(self._source, [one.name for one in reversed(self._open)])

    def _declaration(self) -> int:
        if not self._text.startswith("<?xml") or self._text[5:6] not in (*WHITE, "?"):
            return 0
        found = DECLARATION.match(self._text)
        if found is None:
            self._explainer().markup(0)
        version, version2, encoding, encoding2, standalone, standalone2 = found.groups()
        self._document.declaration = XDeclaration(
            version or version2,
            encoding2 if encoding is None else encoding,
            standalone2 if standalone is None else standalone,
        )
        return found.end()

    # ------------------------------------------------------------ text

    def _text_until(self, at: int) -> int:
        """Take the text before the next markup."""
        text = self._text
        end = text.find("<", at)
        if end < 0:
            end = len(text)
        if not self._open:
            return self._outer_text(at, end)
        found = self._source.decode(at, end)
        if not found.strip(WHITE) and not self._open[-1].keeps_white:
            return end
        self._place_text(found)
        return end

    def _outer_text(self, at: int, end: int) -> int:
        """Text outside the root element: white space."""
        text = self._text[at:end]
        behind = text.lstrip(WHITE)
        if behind:
            text_at_root(self._source, end - len(behind))
        if self._keeps_white:
            self._document.link(XText(text.replace("\r\n", "\n").replace("\r", "\n")), None)
        return end

    def _place_text(self, text: str) -> None:
        parent = self._at
        if parent.first_child is None and parent.only_text is None:
            parent.only_text = text
        else:
            self._link(XText(text))

    def _link(self, node: XNode) -> None:
        parent = self._at
        if parent.only_text is not None:
            kept, parent.only_text = parent.only_text, None
            parent.link(XText(kept), None)
        parent.link(node, None)

    # ------------------------------------------------------------ tags

    def _start_tag(self, at: int) -> int:
        if self._has_root and not self._open:
            self._source.fail("There are multiple root elements.", at + 1)
        found = START_TAG.match(self._text, at)
        if found is None or (not self._open and len(self._text) - at < LEAST_ROOT):
            self._explainer().markup(at)
        if not self._open:
            self._has_root = True
        elif len(self._open) >= MOST_DEPTH:
            raise Exhausted("An XML tree is nested too deeply.")
        meter.reserve(_TAG_BYTES)
        name, attributes, closes = found.groups()
        namespaces = self._open[-1].namespaces if self._open else self._namespaces
        keeps_white = self._open[-1].keeps_white if self._open else self._keeps_white
        if not attributes:
            element = XElement(self._name(name, namespaces, at + 1))
        else:
            element, namespaces, keeps_white = self._with_attributes(found, namespaces, keeps_white)
        self._link(element)
        if not closes:
            self._open.append(_Open(name, at + 1, element, namespaces, keeps_white))
            self._at = element
        return found.end()

    def _with_attributes(
        self, tag: re.Match[str], namespaces: dict[str, str], keeps_white: bool
    ) -> tuple[XElement, dict[str, str], bool]:
        """An element with its attributes, the namespaces inside it, and whether blanks count there."""
        read: list[tuple[str, int, str]] = []
        declared: dict[str, str] = {}
        for one in ATTRIBUTE.finditer(self._text, *tag.span(2)):
            meter.spend()
            meter.reserve(_TAG_BYTES)
            group = 2 if one.group(2) is not None else 3
            value = self._source.decode_attribute(*one.span(group))
            name = one.group(1)
            if name == "xmlns" or name.startswith("xmlns:"):
                prefix = name[6:]
                self._check_declaration(prefix, value, one.start(), one.start(group))
                declared.setdefault(prefix, value)
            elif name == "xml:space":
                if value not in ("preserve", "default"):
                    self._source.fail(f"'{value}' is an invalid xml:space value.", one.start())
                keeps_white = self._keeps_white or value == "preserve"
            read.append((name, one.start(), value))
        if declared:
            namespaces = {**namespaces, **declared}
        element = XElement(self._name(tag.group(1), namespaces, tag.start() + 1))
        self._place_attributes(element, read, namespaces)
        return element, namespaces, keeps_white

    def _place_attributes(
        self, element: XElement, read: list[tuple[str, int, str]], namespaces: dict[str, str]
    ) -> None:
        seen: set[XName] = set()
        for name, at, value in read:
            if name.startswith("xmlns:"):
                found = self._known(name[6:], XMLNS_URI)
            elif ":" in name:
                found = self._name(name, namespaces, at)
            else:
                found = self._known(name, "")
            if len(read) > 1:
                if found in seen:
                    self._source.fail(f"'{name}' is a duplicate attribute name.", at)
                seen.add(found)
            attribute = XAttribute(found, value)
            attribute.parent = element
            element.attributes.append(attribute)

    def _check_declaration(self, prefix: str, value: str, at: int, value_at: int) -> None:
        """What namespaces may not be declared. Raises XmlException."""
        fail = self._source.fail
        if prefix == "xml":
            if value != XML_URI:
                fail(
                    'Prefix "xml" is reserved for use by XML and can be mapped only to namespace name '
                    f'"{XML_URI}".',
                    at,
                )
        elif prefix == "xmlns":
            fail('Prefix "xmlns" is reserved for use by XML.', at)
        elif value in _RESERVED_URIS:
            fail(
                f'Prefix \'{prefix}\' cannot be mapped to namespace name reserved for "xml" or "xmlns".',
                value_at,
            )
        elif prefix and not value:
            fail("Invalid namespace declaration.", value_at - 1)

    def _known(self, local: str, uri: str) -> XName:
        """A name, the same object each time."""
        key = (local, uri)
        found = self._names.get(key)
        if found is None:
            found = self._names[key] = XName(local, uri)
        return found

    def _name(self, written: str, namespaces: dict[str, str], at: int) -> XName:
        """The name that is written with or without prefix. Raises XmlException."""
        prefix, colon, local = written.partition(":")
        if not colon:
            return self._known(written, namespaces[""])
        uri = namespaces.get(prefix)
        if uri is None:
            if prefix == "xmlns":
                raise ArgumentException('Prefix "xmlns" is reserved for use by XML.')
            self._source.fail(f"'{prefix}' is an undeclared prefix.", at)
        return self._known(local, uri)

    def _end_tag(self, at: int) -> int:
        if not self._open:
            self._source.fail("Unexpected end tag.", at + 2)
        found = END_TAG.match(self._text, at)
        last = self._open[-1]
        if found is None or found.group(1) != last.name:
            self._explain_end_tag(found, at)
        self._open.pop()
        element = last.element
        if element.first_child is None and element.only_text is None:
            element.only_text = ""
        self._at = element.parent or self._document
        return found.end()

    def _explain_end_tag(self, found: re.Match[str] | None, at: int) -> NoReturn:
        if found is None:
            self._explainer().markup(at)
        last = self._open[-1]
        line, position = self._source.place(last.at)
        self._source.fail(
            f"The '{last.name}' start tag on line {line} position {position} does not match the end tag of "
            f"'{found.group(1)}'.",
            at + 2,
        )

    # ------------------------------------------------------------ the rest

    def _comment_or_data(self, at: int) -> int:
        text = self._text
        found = COMMENT.match(text, at)
        if found is not None:
            self._link(XComment(_line_ends(found.group(1))))
            return found.end()
        end = text.find("]]>", at) if self._open and text.startswith("<![CDATA[", at) else -1
        if end < 0:
            self._explainer().markup(at)
        self._link(XCData(_line_ends(text[at + 9 : end])))
        return end + 3

    def _instruction(self, at: int) -> int:
        found = INSTRUCTION.match(self._text, at)
        if found is None:
            self._explainer().markup(at)
        target, data = found.groups()
        if target.lower() == "xml":
            if target == "xml":
                self._source.fail(LATE_DECLARATION, at + 2)
            self._source.fail(f"'{target}' is an invalid name for processing instructions.", at + 2)
        self._link(XProcessingInstruction(target, _line_ends(data or "")))
        return found.end()


def _line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
