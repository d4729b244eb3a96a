"""XML text into pieces: tags, text, comments; with patterns that take a whole tag at once.

What the patterns do not take is explained by `faults.py`, in the words of .NET. There are no document type
declarations and so no entities but the five of XML: a DTD is refused as a reader of .NET does that prohibits
it. Strings are UTF-16 code units.
"""

from __future__ import annotations

import re
from typing import NoReturn

from fastgw.expr.library.xml.names import INVALID_CHARACTER, NC_NAME, shown
from fastgw.expr.runtime.errors import XmlException
from fastgw.expr.runtime.meter import meter

QUALIFIED = f"(?:{NC_NAME}:)?+{NC_NAME}"
START_TAG = re.compile(
    rf"<({QUALIFIED})((?:[ \t\r\n]++{QUALIFIED}[ \t\r\n]*+=[ \t\r\n]*+(?:\"[^\"<]*+\"|'[^'<]*+'))*+)"
    r"[ \t\r\n]*+(/?+)>"
)
ATTRIBUTE = re.compile(rf"({QUALIFIED})[ \t\r\n]*+=[ \t\r\n]*+(?:\"([^\"<]*+)\"|'([^'<]*+)')")
END_TAG = re.compile(rf"</({QUALIFIED})[ \t\r\n]*+>")
COMMENT = re.compile(r"<!--((?:[^\-]|-(?!-))*+)-->")
INSTRUCTION = re.compile(rf"<\?({NC_NAME})(?:[ \t\r\n]++(.*?))?\?>", re.DOTALL)
DECLARATION = re.compile(
    r"<\?xml[ \t\r\n]++version[ \t\r\n]*+=[ \t\r\n]*+(?:\"(1\.0)\"|'(1\.0)')"
    r"(?:[ \t\r\n]++encoding[ \t\r\n]*+=[ \t\r\n]*+(?:\"([A-Za-z0-9._\-]*+)\"|'([A-Za-z0-9._\-]*+)'))?+"
    r"(?:[ \t\r\n]++standalone[ \t\r\n]*+=[ \t\r\n]*+(?:\"(yes|no)\"|'(yes|no)'))?+"
    r"[ \t\r\n]*+\?>"
)
WHITE = " \t\r\n"
_REFERENCE = re.compile(rf"&(?:#([0-9]+)|#x([0-9A-Fa-f]+)|({NC_NAME}));")
_BROKEN_NUMBER = re.compile("&#(?:x[0-9A-Fa-f]*|[0-9]*)")
_ENTITY_NAME = re.compile(NC_NAME)
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_LINE_END = re.compile("\r\n?")
_LINE_ENDS = re.compile("\r\n?|\n")
_ATTRIBUTE_SPACE = re.compile("\r\n|[\t\r\n]")
_MOST_REFERENCE = 2**31 - 1


class Source:
    """The text of a document, and where things are in it."""

    __slots__ = ("_invalid", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        found = None if text.isascii() and text.isprintable() else INVALID_CHARACTER.search(text)
        self._invalid = len(text) if found is None else found.start()

    def place(self, at: int) -> tuple[int, int]:
        """Line and position of an offset, counted from 1."""
        line, start = 1, 0
        for found in _LINE_ENDS.finditer(self.text, 0, at):
            line += 1
            start = found.end()
        return line, at - start + 1

    def fail(self, message: str, at: int) -> NoReturn:
        """Raise XmlException for an offset; a character before it that no XML has comes first."""
        if self._invalid < at:
            self.fail_invalid()
        line, position = self.place(at)
        raise XmlException(f"{message} Line {line}, position {position}.", None, line, position)

    def check(self, end: int) -> None:
        """Raise XmlException for a character before `end` that no XML has."""
        if self._invalid < end:
            self.fail_invalid()

    def fail_invalid(self) -> NoReturn:
        """Raise XmlException for the first character that no XML has."""
        at, text = self._invalid, self.text
        self._invalid = len(text)
        if "\ud800" <= text[at] <= "\udbff" and at + 1 < len(text):
            # The character in the place of the second surrogate is the wrong one.
            at += 1
        self.fail(f"{shown(text[at])}, is an invalid character.", at)

    # ------------------------------------------------------------ references

    def decode(self, start: int, end: int) -> str:
        """The text of a part of the document: line ends and references. Raises XmlException."""
        text = self.text[start:end]
        if "]]>" in text:
            bad = start + text.index("]]>")
            self._expand(start, bad, None, "")
            self.fail("']]>' is not allowed in character data.", bad)
        if "\r" in text:
            if "&" not in text:
                return _LINE_END.sub("\n", text)
            return self._expand(start, end, _LINE_END, "\n")
        return self._expand(start, end, None, "") if "&" in text else text

    def decode_attribute(self, start: int, end: int) -> str:
        """The value of an attribute: white space becomes blanks, references what they stand for."""
        text = self.text[start:end]
        if "&" in text:
            return self._expand(start, end, _ATTRIBUTE_SPACE, " ")
        if text.isprintable():
            return text
        return _ATTRIBUTE_SPACE.sub(" ", text)

    def _expand(self, start: int, end: int, pattern: re.Pattern[str] | None, space: str) -> str:
        parts = []
        text = self.text
        at = start
        while at < end:
            found = text.find("&", at, end)
            piece = text[at : end if found < 0 else found]
            parts.append(piece if pattern is None else pattern.sub(space, piece))
            if found < 0:
                break
            reference = _REFERENCE.match(text, found, end)
            if reference is None:
                self._explain_reference(found)
            meter.spend()
            parts.append(self._character(reference, found))
            at = reference.end()
        return "".join(parts)

    def _character(self, reference: re.Match[str], at: int) -> str:
        decimal, hexadecimal, name = reference.groups()
        if name is not None:
            character = _ENTITIES.get(name)
            if character is None:
                self.fail(f"Reference to undeclared entity '{name}'.", at + 1)
            return character
        digits, base, first = (decimal, 10, at + 2) if decimal is not None else (hexadecimal, 16, at + 3)
        code = self._number(digits, base, first)
        if code > 0xFFFF:
            code -= 0x10000
            high, low = code // 0x400 + 0xD800, code % 0x400 + 0xDC00
            if high > 0xDBFF:
                self.fail(f"{shown(chr(high & 0xFFFF))}, is an invalid character.", first)
            return chr(high) + chr(low)
        character = chr(code)
        if INVALID_CHARACTER.match(character) is not None:
            self.fail(f"{shown(character)}, is an invalid character.", first)
        return character

    def _number(self, digits: str, base: int, first: int) -> int:
        code = 0
        for at, digit in enumerate(digits):
            code = code * base + int(digit, base)
            if code > _MOST_REFERENCE:
                self.fail("Invalid value of a character entity reference.", first + at)
        return code

    def _explain_reference(self, at: int) -> NoReturn:
        text = self.text
        digits = _BROKEN_NUMBER.match(text, at)
        if digits is not None:
            which = "hexadecimal" if digits.group().startswith("&#x") else "decimal"
            self.fail(f"Invalid syntax for a {which} numeric entity reference.", digits.end())
        name = _ENTITY_NAME.match(text, at + 1)
        if name is None or text[name.end() : name.end() + 1] == ":":
            self.fail("An error occurred while parsing EntityName.", at + 1)
        if name.end() >= len(text):
            self.fail("Unexpected end of file while parsing EntityName has occurred.", len(text))
        self.fail(f"'{text[name.end()]}' is an unexpected token. The expected token is ';'.", name.end())
