"""Reads the text of a policy document or fragment into a tree, tolerant of what the service tolerates.

The scanner takes out what strict XML cannot hold; lxml, with entities, document types and network off,
judges the rest. A document that cannot be read is a diagnostic with a position, never an exception.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import partial
from types import MappingProxyType

from lxml import etree

from fastgw.compiler.csharp import expression_extent, starts_expression
from fastgw.compiler.nodes import Attribute, Document, EditedPlaces, Element, Expression, Form, Places, Value
from fastgw.compiler.scan import (
    PLACEHOLDER,
    RawExpression,
    RawTag,
    Scan,
    ScanError,
    decode_references,
    scan,
    shortened_by_references,
)
from fastgw.errors import Diagnostics, Position
from fastgw.model.policy import PolicySource

# Bytes of UTF-8; the limits of the classic tiers (spec/policies/document.md sections 1 and 7).
MAX_DOCUMENT = 256 * 1024
MAX_FRAGMENT = 512 * 1024

_MARK = re.compile(r"\{\{[A-Za-z0-9._-]{1,256}\}\}")
# libxml2 ends its messages with places in the cleaned text, which its author never saw.
_PLACE = re.compile(r",? line \d+.*$")


def read(
    source: PolicySource, diagnostics: Diagnostics, entity: str, limit: int = MAX_DOCUMENT
) -> Document | None:
    """The tree of ``source``, or None after at least one error was reported.

    ``limit`` bounds its size in bytes of UTF-8. ``entity`` names whose document it is in the diagnostics.
    """
    places = _Places(source)
    try:
        size = len(source.text.encode())
    except UnicodeEncodeError as error:
        diagnostics.error("the text is not valid Unicode", places.at(error.start), entity)
        return None
    if size > limit:
        message = f"the document has {size} bytes; {limit} are allowed"
        diagnostics.error(message, source.position(1, 1), entity)
        return None
    try:
        scanned = scan(source.text, source.expanded)
    except ScanError as error:
        diagnostics.error(error.message, places.at(error.offset), entity)
        return None
    root = _judge(scanned, places, diagnostics, entity, source.expanded)
    if root is None:
        return None
    for message, offset in scanned.warnings:
        diagnostics.warning(message, places.at(offset), entity)
    builder = _Builder(source, scanned, places)
    return Document(builder.element(root), scanned.form)


def _judge(
    scanned: Scan, places: _Places, diagnostics: Diagnostics, entity: str, expanded: bool
) -> etree._Element | None:
    """What lxml makes of the cleaned text; None when it is not well-formed."""
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
    )
    data = scanned.clean.encode()
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        lines = data.split(b"\n")
        line = min(max(line, 1), len(lines))
        # libxml2 counts columns in bytes.
        before = sum(len(one) + 1 for one in lines[: line - 1]) + min(
            max(column - 1, 0), len(lines[line - 1])
        )
        offset = scanned.raw_offset(len(data[:before].decode(errors="ignore")))
        # It may repeat names of the text.
        message = (
            "the parser's reason may hold a secret" if expanded else _PLACE.sub("", error.msg or "").strip()
        )
        diagnostics.error(f"the document is not well-formed: {message}", places.at(offset), entity)
        return None


def is_whole_expression(text: str) -> bool:
    """Whether ``text`` without surrounding blanks is one expression from end to end."""
    trimmed = text.strip()
    return starts_expression(trimmed, 0) and expression_extent(trimmed, 0).end == len(trimmed)


class _Places:
    """Offsets in the text of a source to positions in the author's file."""

    def __init__(self, source: PolicySource) -> None:
        self._source = source
        self._starts = [0, *(match.end() for match in re.finditer("\n", source.text))]
        # A byte order mark is no column of the first line.
        self._starts[0] = 1 if source.text.startswith("\ufeff") else 0

    def at(self, offset: int) -> Position:
        offset = max(offset, self._starts[0])
        line = bisect_right(self._starts, offset)
        return self._source.position(line, offset - self._starts[line - 1] + 1)

    def from_offset(self, start: int, offset: int) -> Position:
        """The place ``offset`` characters behind ``start``."""
        return self.at(start + offset)


class _Builder:
    """Joins lxml's decoded values with the scanner's places; both are in document order."""

    def __init__(self, source: PolicySource, scanned: Scan, places: _Places) -> None:
        self._text = source.text
        # Expansions such as ${env:NAME} may have put secrets anywhere into the text.
        self._expanded = source.expanded
        self._tags: Iterator[RawTag] = iter(scanned.tags)
        self._form: Form = scanned.form
        self._places = places

    def element(self, node: etree._Element) -> Element:
        tag = next(self._tags)
        # Declarations of namespaces are no attributes for lxml; the rest is in the order written.
        names = [name for name in tag.attributes if name != "xmlns" and not name.startswith("xmlns:")]
        attributes = {
            name: self._attribute(tag, name, str(value))
            for name, value in zip(names, node.attrib.values(), strict=True)
        }
        literal = (node.text or "") + "".join(child.tail or "" for child in node)
        return Element(
            tag.name,
            self._places.at(tag.start),
            MappingProxyType(attributes),
            tuple(self.element(child) for child in node),
            self._element_text(tag, literal),
            self._inner(tag),
            self._expanded,
        )

    def _attribute(self, tag: RawTag, name: str, literal: str) -> Attribute:
        offset, raw = tag.attributes[name]
        marks = self._marks(raw.start, raw.end)
        value = self._literal(literal, self._places.at(raw.start), marks)
        if raw.expression:
            value = self._expression(raw.expression, marks)
        return Attribute(name, value, self._places.at(offset), self._expanded)

    def _element_text(self, tag: RawTag, literal: str) -> Value | None:
        if tag.text_start is None:
            return None
        position = self._places.at(tag.text_start)
        marks = self._marks(tag.text_start, tag.inner_end)
        if tag.expression and literal.strip() == PLACEHOLDER:
            return self._expression(tag.expression, marks)
        if tag.expression:
            # A comment or an element stands between the expression and more text.
            literal = literal.replace(PLACEHOLDER, self._source_of(tag.expression), 1)
        return self._literal(literal, position, marks)

    def _inner(self, tag: RawTag) -> Value:
        inner = self._text[tag.inner_start : tag.inner_end]
        marks = self._marks(tag.inner_start, tag.inner_end)
        return self._literal(inner, self._places.at(tag.inner_start), marks)

    def _literal(self, text: str, position: Position, marks: tuple[Position, ...]) -> Value:
        return Value(text, position, marks, (text.strip(),) if self._expanded else ())

    def _expression(self, raw: RawExpression, marks: tuple[Position, ...]) -> Value:
        position = self._places.at(raw.start)
        source = self._source_of(raw)
        expression = Expression(source, position, self._places_of(raw))
        return Value(expression, position, marks, (source,) if self._expanded else ())

    def _is_escaped(self, raw: RawExpression) -> bool:
        return raw.escaped or (self._form == "xml" and not raw.in_cdata)

    def _source_of(self, raw: RawExpression) -> str:
        source = self._text[raw.start : raw.end]
        return decode_references(source) if self._is_escaped(raw) else source

    def _places_of(self, raw: RawExpression) -> Places:
        places = partial(self._places.from_offset, raw.start)
        if not self._is_escaped(raw):
            return places
        edits = shortened_by_references(self._text[raw.start : raw.end])
        return EditedPlaces(places, edits) if edits else places

    def _marks(self, start: int, end: int) -> tuple[Position, ...]:
        if self._text.find("{{", start, end) < 0:
            return ()
        return tuple(self._places.at(match.start()) for match in _MARK.finditer(self._text, start, end))
