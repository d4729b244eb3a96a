"""Walks the raw text of a policy document and takes out what strict XML cannot hold.

Expressions, comments, processing instructions and CDATA leave the text, bare ampersands are repaired,
and what remains is for lxml to judge (spec/policies/document.md section 6.3). Every tag, attribute and
value is recorded with its offset in the author's text. Nothing is parsed as C# and nothing is looked up.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from fastgw.compiler.csharp import Extent, expression_extent, starts_expression
from fastgw.compiler.nodes import HIDDEN, Form

# Far deeper than any document of the corpus (14), far below the 256 where libxml2 stops.
MAX_DEPTH = 100
# Stands where an expression was: the expression itself is found again through the records.
PLACEHOLDER = "x"

_NAME = re.compile(r"[^\W\d][\w.\-]*(?::[^\W\d][\w.\-]*)?")
_BLANKS = re.compile(r"[ \t\r\n]*")
# Around an expression any white space counts: published documents hold no-break spaces there.
_WHITE_SPACE = re.compile(r"\s*")
_REFERENCE = re.compile(r"&(?:#[0-9]+|#x[0-9A-Fa-f]+|([A-Za-z_][\w.\-]*));")
_KNOWN_REFERENCE = re.compile(r"&(?:#([0-9]+)|#x([0-9A-Fa-f]+)|(quot|apos|lt|gt|amp));")
_ENTITIES = {"quot": '"', "apos": "'", "lt": "<", "gt": ">", "amp": "&"}
_BARE_AMPERSAND = re.compile(r"&(?!#[0-9]+;|#x[0-9A-Fa-f]+;|[A-Za-z_][\w.\-]*;)")
_NEXT_ATTRIBUTE_OR_END = re.compile(r"[ \t\r\n]+[^\W\d][\w.:\-]*[ \t\r\n]*=|[ \t\r\n]*/?>")
_LOOKS_LIKE_ATTRIBUTE = re.compile(r"[^\W\d][\w.:\-]*[ \t\r\n]*=[ \t\r\n]*[\"']")

_PROBLEMS = {
    "unclosed": "the expression is not closed: a bracket that it opens has no partner",
    "mismatched": "the expression closes a bracket with one of another kind",
    "string": "the expression is not closed: a quote or a bracket that it opens has no partner",
    "comment": "the expression is not closed: a comment in it has no end",
}


class ScanError(Exception):
    """The text cannot be read; ``offset`` is where in the author's text, ``message`` says why."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(slots=True)
class RawExpression:
    """An expression as it stands in the text; ``escaped`` when its C# is XML-escaped."""

    start: int
    end: int
    escaped: bool
    raw_only: bool
    in_cdata: bool = False


@dataclass(slots=True)
class RawValue:
    """The span between the quotes of an attribute, with its expression if it is one."""

    start: int
    end: int
    expression: RawExpression | None = None


@dataclass(slots=True)
class RawTag:
    """One element: where it starts, its attributes by name, the span between its tags, its text."""

    name: str
    start: int
    attributes: dict[str, tuple[int, RawValue]] = field(default_factory=dict)
    inner_start: int = -1
    inner_end: int = -1
    text_start: int | None = None
    expression: RawExpression | None = None
    has_children: bool = False


@dataclass(slots=True)
class Scan:
    """The cleaned text for lxml, the elements in document order, and the way back to the author's text."""

    clean: str
    tags: list[RawTag]
    form: Form
    warnings: list[tuple[str, int]]
    clean_offsets: list[int]
    raw_offsets: list[int]

    def raw_offset(self, clean_offset: int) -> int:
        """The offset in the author's text of an offset in the cleaned text."""
        at = bisect_right(self.clean_offsets, clean_offset) - 1
        return self.raw_offsets[at] + (clean_offset - self.clean_offsets[at])


def decode_references(text: str) -> str:
    """``text`` with the character references and the five entities of XML decoded."""

    return _KNOWN_REFERENCE.sub(_decoded, text) if "&" in text else text


def shortened_by_references(text: str) -> list[tuple[int, int, int]]:
    """What `decode_references` does to ``text``: start and length of each reference, and its new length."""
    return [
        (found.start(), len(found.group()), len(_decoded(found))) for found in _KNOWN_REFERENCE.finditer(text)
    ]


def _decoded(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return _ENTITIES[name]
    # Longer than any code point has digits: int() of a huge number would take its time.
    digits = (decimal or hexadecimal).lstrip("0")
    code = int(digits or "0", 10 if decimal else 16) if len(digits) < 8 else 0x110000
    valid = 0x20 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
    return chr(code) if valid or code in (9, 10, 13) else match.group()


def scan(text: str, expanded: bool = False) -> Scan:
    """Walk ``text`` once. Raises ScanError where it cannot be a policy document.

    ``expanded`` text may hold secrets anywhere, even in names, which no message shows then.
    """
    return _Scanner(text, expanded).run()


class _Scanner:
    def __init__(self, text: str, expanded: bool) -> None:
        self.text = text
        self.expanded = expanded
        self.tags: list[RawTag] = []
        self.open: list[RawTag] = []
        self.closed_root = False
        self.warnings: list[tuple[str, int]] = []
        self.pieces: list[str] = []
        self.length = 0
        self.clean_offsets: list[int] = [0]
        self.raw_offsets: list[int] = [0]
        # Text that starts like an expression and is none is read twice; a hostile document must not
        # make that quadratic.
        self.budget = 16 * len(text) + 4096

    def run(self) -> Scan:
        at = 1 if self.text.startswith("\ufeff") else 0
        while at < len(self.text):
            at = self._markup(at) if self.text[at] == "<" else self._characters(at)
        if self.open:
            raise ScanError(f"<{self._shown(self.open[-1].name)}> is never closed", self.open[-1].start)
        if not self.closed_root:
            raise ScanError("the document is empty: a root element is missing", 0)
        return Scan(
            "".join(self.pieces),
            self.tags,
            self._form(),
            self.warnings,
            self.clean_offsets,
            self.raw_offsets,
        )

    def _form(self) -> Form:
        found = [tag.expression for tag in self.tags if tag.expression]
        found += [
            value.expression for tag in self.tags for _, value in tag.attributes.values() if value.expression
        ]
        escaped = any(expression.escaped for expression in found)
        return "xml" if escaped and not any(expression.raw_only for expression in found) else "rawxml"

    # Output

    def _emit(self, clean: str, raw: int) -> None:
        """Append to the cleaned text what stands at offset ``raw`` of the author's text."""
        if clean:
            self.clean_offsets.append(self.length)
            self.raw_offsets.append(raw)
            self.pieces.append(clean)
            self.length += len(clean)

    def _shown(self, name: str) -> str:
        """A name of the text for a message; stars where it may be a secret."""
        return HIDDEN if self.expanded else name

    def _emit_literal(self, start: int, end: int) -> None:
        """Append a literal, its bare ampersands repaired, its references judged."""
        piece = self.text[start:end]
        if "&" not in piece:
            self._emit(piece, start)
            return
        for match in _REFERENCE.finditer(piece):
            if match.group(1) and match.group(1) not in _ENTITIES:
                shown = self._shown(match.group())
                raise ScanError(
                    f"unknown entity {shown}; write & as &amp; or use a character reference",
                    start + match.start(),
                )
        last = 0
        for match in _BARE_AMPERSAND.finditer(piece):
            self._emit(piece[last : match.start()] + "&amp;", start + last)
            last = match.end()
        self._emit(piece[last:], start + last)

    # Text

    def _characters(self, at: int) -> int:
        text = self.text
        end = text.find("<", at)
        end = len(text) if end < 0 else end
        first = self._skip_white_space(at)
        if first >= end:
            self._emit(text[at:end], at)
            return end
        if not self.open:
            raise ScanError("text is not allowed outside the root element", first)
        tag = self.open[-1]
        if tag.text_start is None:
            tag.text_start = first
            if not tag.has_children and starts_expression(text, first):
                found = self._text_expression(first, end)
                if found:
                    tag.expression = found
                    self._emit(text[at:first] + PLACEHOLDER, at)
                    return found.end
        self._emit_literal(at, end)
        return end

    def _text_expression(self, first: int, end: int) -> RawExpression | None:
        """The expression that an element's text is, or None where the text is a literal."""
        plain = self.text[first:end].rstrip()
        extent = self._extent(first, end)
        if extent.escaped and self._escaped_whole(plain):
            return RawExpression(first, first + len(plain), escaped=True, raw_only=False)
        extent = self._extent(first)
        if extent.problem:
            raise ScanError(_PROBLEMS[extent.problem], first)
        after = self._skip_white_space(extent.end)
        if after < len(self.text) and self.text[after] != "<":
            self._warn_literal(first)
            return None
        inside = self.text[first : extent.end]
        raw_only = "<" in inside or _BARE_AMPERSAND.search(inside) is not None
        return RawExpression(first, extent.end, extent.escaped, raw_only)

    # Markup

    def _markup(self, at: int) -> int:
        text = self.text
        if text.startswith("<!--", at):
            return self._until("-->", at, 4, "the comment is never closed")
        if text.startswith("<![CDATA[", at):
            return self._cdata(at)
        if text.startswith("<?", at):
            return self._until("?>", at, 2, "the processing instruction is never closed")
        if text.startswith("<!", at):
            if text[at : at + 9].upper() == "<!DOCTYPE":
                raise ScanError("a document type declaration (DOCTYPE) is not allowed in a policy", at)
            raise ScanError("'<!' starts neither a comment nor CDATA", at)
        if text.startswith("</", at):
            return self._end_tag(at)
        return self._start_tag(at)

    def _until(self, closer: str, at: int, skip: int, message: str) -> int:
        end = self.text.find(closer, at + skip)
        if end < 0:
            raise ScanError(message, at)
        return end + len(closer)

    def _cdata(self, at: int) -> int:
        end = self._until("]]>", at, 9, "the CDATA section is never closed")
        if not self.open:
            raise ScanError("text is not allowed outside the root element", at)
        content = self.text[at + 9 : end - 3]
        blanks = len(content) - len(content.lstrip())
        tag = self.open[-1]
        if tag.text_start is None and blanks < len(content):
            first = at + 9 + blanks
            tag.text_start = first
            if not tag.has_children and starts_expression(self.text, first):
                extent = self._extent(first, end - 3)
                if extent.problem:
                    raise ScanError(_PROBLEMS[extent.problem], first)
                if not self.text[extent.end : end - 3].strip():
                    # CDATA holds its C# verbatim in both forms, so it says nothing about the form.
                    tag.expression = RawExpression(first, extent.end, False, False, in_cdata=True)
                    self._emit(PLACEHOLDER, first)
                    return end
                self._warn_literal(first)
        escaped = content.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        self._emit(escaped, at + 9)
        return end

    def _end_tag(self, at: int) -> int:
        name = _NAME.match(self.text, at + 2)
        end = self._skip_blanks(name.end()) if name else at
        if name is None or not self.text.startswith(">", end):
            raise ScanError("this closing tag is not complete", at)
        if not self.open:
            raise ScanError(f"</{self._shown(name.group())}> closes nothing", at)
        tag = self.open.pop()
        if tag.name != name.group():
            line = self.text.count("\n", 0, tag.start) + 1
            behind = line - self.text.count("\n", 0, at) - 1
            above = f"{-behind} lines above" if behind < -1 else ("one line above" if behind else "here")
            closed, opened = self._shown(name.group()), self._shown(tag.name)
            raise ScanError(f"</{closed}> does not close <{opened}>, opened {above}", at)
        tag.inner_end = at
        self.closed_root = not self.open
        self._emit(self.text[at : end + 1], at)
        return end + 1

    def _start_tag(self, at: int) -> int:
        text = self.text
        name = _NAME.match(text, at + 1)
        if name is None:
            raise ScanError("'<' starts no tag here; outside an expression write it as &lt;", at)
        if self.closed_root:
            raise ScanError(f"a second root element <{self._shown(name.group())}>", at)
        if len(self.open) >= MAX_DEPTH:
            raise ScanError(f"elements are nested more than {MAX_DEPTH} deep", at)
        tag = RawTag(name.group(), at)
        self.tags.append(tag)
        if self.open:
            self.open[-1].has_children = True
        copied = at
        at = name.end()
        while True:
            at = self._skip_blanks(at)
            if text.startswith("/>", at):
                tag.inner_start = tag.inner_end = at
                self._emit(text[copied : at + 2], copied)
                self.closed_root = not self.open
                return at + 2
            if text.startswith(">", at):
                tag.inner_start = at + 1
                self.open.append(tag)
                self._emit(text[copied : at + 1], copied)
                return at + 1
            attribute = _NAME.match(text, at)
            if attribute is None:
                where = f"<{self._shown(tag.name)}>"
                if at >= len(text):
                    raise ScanError(f"the end of {where} is missing", len(text) - 1)
                raise ScanError(f"{self._shown(text[at])!r} is not expected in {where}", at)
            shown = self._shown(attribute.group())
            opening = self._skip_blanks(attribute.end())
            if not text.startswith("=", opening):
                raise ScanError(f"attribute {shown} has no value", at)
            opening = self._skip_blanks(opening + 1)
            if text[opening : opening + 1] not in ('"', "'"):
                raise ScanError(f"the value of attribute {shown} must stand in quotes", at)
            self._emit(text[copied : opening + 1], copied)
            value = self._attribute_value(attribute.group(), opening)
            if attribute.group() in tag.attributes:
                raise ScanError(f"attribute {shown} is given twice", at)
            tag.attributes[attribute.group()] = (at, value)
            copied = value.end
            at = value.end + 1

    # Attribute values

    def _attribute_value(self, name: str, opening: int) -> RawValue:
        """The value whose opening quote stands at ``opening``; what lxml is to see of it is emitted."""
        text = self.text
        quote = text[opening]
        start = opening + 1
        first_quote = text.find(quote, start)
        if first_quote < 0:
            raise ScanError(f"the value of attribute {self._shown(name)} is never closed", opening)
        first = self._skip_white_space(start)
        if starts_expression(text, first):
            found = self._attribute_expression(first, first_quote, quote)
            if found:
                end = self._skip_white_space(found.end)
                self._emit(PLACEHOLDER, first)
                return RawValue(start, end, found)
        end = first_quote
        if not _ends_value(text, end + 1) and not _LOOKS_LIKE_ATTRIBUTE.match(text, end + 1):
            end = self._longer_value(start, end, quote)
        if end != first_quote:
            # Distinguished names are published like this: subject="O="Contoso, Inc.", CN=x".
            shown = self._shown(name)
            self.warnings.append((f"quotes inside attribute {shown} are better written &quot;", start))
            reference = "&quot;" if quote == '"' else "&apos;"
            while first_quote < end:
                self._emit_literal(start, first_quote)
                self._emit(reference, first_quote)
                start, first_quote = first_quote + 1, text.find(quote, first_quote + 1)
            self._emit_literal(start, end)
            return RawValue(opening + 1, end)
        self._emit_literal(start, end)
        return RawValue(start, end)

    def _longer_value(self, start: int, end: int, quote: str) -> int:
        """Where a literal with raw quotes ends: a quote that an attribute or the tag's end follows."""
        stop = self.text.find("<", start)
        stop = len(self.text) if stop < 0 else stop
        at = end
        while True:
            at = self.text.find(quote, at + 1, stop)
            if at < 0:
                return end
            if _NEXT_ATTRIBUTE_OR_END.match(self.text, at + 1):
                return at

    def _attribute_expression(self, first: int, first_quote: int, quote: str) -> RawExpression | None:
        """The expression that an attribute's value is, or None where the value is a literal."""
        text = self.text
        plain = text[first:first_quote].rstrip()
        if self._extent(first, first_quote).escaped and self._escaped_whole(plain):
            return RawExpression(first, first + len(plain), escaped=True, raw_only=False)
        extent = self._extent(first)
        if extent.problem:
            raise ScanError(_PROBLEMS[extent.problem], first)
        if not text.startswith(quote, self._skip_white_space(extent.end)):
            self._warn_literal(first)
            return None
        inside = text[first : extent.end]
        raw_only = quote in inside or "<" in inside or _BARE_AMPERSAND.search(inside) is not None
        return RawExpression(first, extent.end, extent.escaped, raw_only)

    # Helpers

    def _extent(self, first: int, stop: int | None = None) -> Extent:
        extent = expression_extent(self.text, first, stop)
        self.budget -= extent.reached - first
        if self.budget < 0:
            raise ScanError("too many values start like an expression and are none", first)
        return extent

    def _escaped_whole(self, plain: str) -> bool:
        """Whether ``plain``, decoded, is one expression from end to end."""
        decoded = decode_references(plain)
        return expression_extent(decoded, 0).end == len(decoded)

    def _warn_literal(self, first: int) -> None:
        self.warnings.append(
            ("this starts like an expression, but text follows it: the whole is taken literally", first)
        )

    def _skip_white_space(self, at: int) -> int:
        match = _WHITE_SPACE.match(self.text, at)
        return match.end() if match else at

    def _skip_blanks(self, at: int) -> int:
        match = _BLANKS.match(self.text, at)
        return match.end() if match else at


def _ends_value(text: str, at: int) -> bool:
    return at >= len(text) or text[at] in " \t\r\n/>"
