"""What is wrong with XML that the patterns of scanning.py do not take, in the words of .NET."""

from __future__ import annotations

import re
from typing import NoReturn

from fastgw.expr.library.xml.names import NC_NAME, name_fault, shown
from fastgw.expr.library.xml.scanning import WHITE, Source

_NC_NAME = re.compile(NC_NAME)
_WHITE_SPACE = re.compile(f"[{WHITE}]*")
_DECLARATION_NAME = re.compile("[a-z]*")
ROOT_INVALID = "Data at the root level is invalid."
_SYNTAX = "Syntax for an XML declaration is invalid."
_END_IN = "Unexpected end of file while parsing {} has occurred."
_COMMENT = "An XML comment cannot contain '--', and '-' cannot be the last character."
LATE_DECLARATION = (
    "Unexpected XML declaration. The XML declaration must be the first node in the document, and no "
    "whitespace characters are allowed to appear before it."
)
DTD = (
    "For security reasons DTD is prohibited in this XML document. To enable DTD processing set the "
    "DtdProcessing property on XmlReaderSettings to Parse and pass the settings into XmlReader.Create "
    "method."
)
# The shortest element is `<a/>`: less than that is not even looked at by .NET's reader.
LEAST_ROOT = 4


class Explainer:
    """Finds out what is wrong at a place; `open` are the names of the elements around it, inside first."""

    def __init__(self, source: Source, open_names: list[str]) -> None:
        self._source = source
        self._text = source.text
        self._open = open_names

    def markup(self, at: int) -> NoReturn:
        """What is wrong with the markup that begins with `<` at `at`. Raises XmlException."""
        text = self._text
        if not self._open and len(text) - at < LEAST_ROOT:
            self._source.fail(ROOT_INVALID, at)
        following = text[at + 1 : at + 2]
        if not following:
            self.end_of_file()
        if following == "/":
            self._end_tag(at)
        if following == "?":
            self._instruction(at)
        if following == "!":
            self._declaration(at)
        self._start_tag(at)

    def end_of_file(self) -> NoReturn:
        """The text ends inside elements. Raises XmlException."""
        self._source.fail(
            "Unexpected end of file has occurred. The following elements are not closed: "
            f"{', '.join(self._open)}{'.' if self._open else ''}",
            len(self._text),
        )

    def _unexpected(self, at: int, expected: str) -> NoReturn:
        match = _NC_NAME.match(self._text, at)
        found = self._text[at : at + 1] if match is None else match.group()
        self._source.fail(f"'{found}' is an unexpected token. The expected token is {expected}.", at)

    # ------------------------------------------------------------ names

    def _name(self, at: int, *, qualified: bool = True) -> int:
        """Where the name ends that begins at `at`. Raises XmlException."""
        text = self._text
        found = _NC_NAME.match(text, at)
        if found is None:
            if at >= len(text):
                self._source.fail(_END_IN.format("Name"), at)
            self._source.fail(name_fault(text, at, True), at)
        end = found.end()
        if end >= len(text):
            self._source.fail(_END_IN.format("Name"), end)
        if text[end] == ":":
            if not qualified:
                self._source.fail(name_fault(text, end, False), end)
            return self._name(end + 1, qualified=False)
        return end

    def _skip(self, at: int) -> int:
        found = _WHITE_SPACE.match(self._text, at)
        return at if found is None else found.end()

    # ------------------------------------------------------------ tags

    def _end_tag(self, at: int) -> NoReturn:
        if self._open and self._text[at + 2 :] == self._open[0]:
            self.end_of_file()
        end = self._skip(self._name(at + 2))
        if end >= len(self._text):
            self.end_of_file()
        self._unexpected(end, "'>'")

    def _start_tag(self, at: int) -> NoReturn:
        text, fail = self._text, self._source.fail
        at = self._name(at + 1)
        if text[at] not in f"{WHITE}/>":
            fail(name_fault(text, at, False), at)
        while True:
            start = at
            at = self._skip(at)
            if at >= len(text):
                self.end_of_file()
            if text[at] == "/":
                if at + 1 >= len(text):
                    self.end_of_file()
                # Directly behind a name .NET points at the slash, behind white space at what follows it.
                self._unexpected(at if start == at else at + 1, "'>'")
            if text[at] == ">":
                fail(ROOT_INVALID, at)
            if start == at:
                fail(f"'{text[at]}' is an unexpected token. Expecting whitespace.", at)
            at = self._attribute(at)

    def _attribute(self, at: int) -> int:
        text, fail = self._text, self._source.fail
        at = self._skip(self._name(at))
        if at >= len(text):
            fail(_END_IN.format("Name"), at)
        if text[at] != "=":
            self._unexpected(at, "'='")
        at = self._skip(at + 1)
        if at >= len(text):
            fail("Unexpected end of file has occurred.", at)
        quote = text[at]
        if quote not in "'\"":
            self._unexpected(at, "'\"' or '''")
        end = text.find(quote, at + 1)
        bad = text.find("<", at + 1, len(text) if end < 0 else end)
        if bad >= 0:
            fail(f"{shown('<')}, is an invalid attribute character.", bad)
        if end < 0:
            fail("There is an unclosed literal string.", len(text))
        return end + 1

    # ------------------------------------------------------------ the rest

    def _instruction(self, at: int) -> NoReturn:
        text, fail = self._text, self._source.fail
        end = self._name(at + 2, qualified=False)
        if text[at + 2 : end] == "xml":
            if at:
                fail(LATE_DECLARATION, at + 2)
            self._xml_declaration()
        if text[end] not in WHITE and not text.startswith("?>", end):
            fail(name_fault(text, end, False), end)
        if text.find("?>", end) < 0:
            fail(_END_IN.format("PI"), len(text))
        fail(name_fault(text, end, False), end)

    def _declaration(self, at: int) -> NoReturn:
        """Behind `<!`: a comment, CDATA or document type that is broken."""
        text, fail = self._text, self._source.fail
        if text.startswith("<!--", at):
            dashes = text.find("--", at + 4)
            if dashes < 0:
                fail(_END_IN.format("Comment"), len(text))
            fail(_COMMENT, dashes)
        if text.startswith("<![CDATA[", at) and self._open:
            fail(_END_IN.format("CDATA"), len(text))
        if text.startswith("<!DOCTYPE", at):
            if self._open:
                fail("Unexpected DTD declaration.", at + 2)
            fail(DTD, at + 10)
        if not self._open and text.startswith("<![", at):
            fail(ROOT_INVALID, at)
        if len(text) - at < LEAST_ROOT:
            self.end_of_file()
        if text[at + 2] == "-":
            self._unexpected(at + 3, "'-'")
        if text[at + 2] == "[":
            found = _NC_NAME.match(text, at + 3)
            end = at + 9 if found is None else found.end()
            fail(f"'{text[at + 3 : end]}' is an unexpected token. The expected token is 'CDATA['.", at + 3)
        self._unexpected(at + 2, "'<!--' or '<[CDATA['" if self._open else "'DOCTYPE'")

    def _xml_declaration(self) -> NoReturn:
        """What is wrong with `<?xml` at the beginning."""
        text, fail = self._text, self._source.fail
        at = 5
        known = ["version", "encoding", "standalone"]
        while True:
            start = at
            at = self._skip(at)
            if at >= len(text):
                fail("Unexpected end of file has occurred.", at)
            if text.startswith("?>", at):
                fail(_SYNTAX, at)
            name = _DECLARATION_NAME.match(text, at)
            word = name.group() if name is not None else ""
            if start == at:
                expected = "'?>'"
                fail(f"'{word or text[at]}' is an unexpected token. The expected token is {expected}.", at)
            if word not in known or (len(known) == 3 and word != "version"):
                if not word:
                    self._unexpected(at, "'?>'")
                fail(_SYNTAX, at)
            del known[: known.index(word) + 1]
            at = self._skip(at + len(word))
            if text[at : at + 1] != "=":
                self._unexpected(at, "'='")
            at = self._skip(at + 1)
            quote = text[at : at + 1]
            if not quote:
                fail("Unexpected end of file has occurred.", at)
            if quote not in "'\"":
                word = text[at:].split("?", 1)[0]
                fail(f"'{word}' is an unexpected token. The expected token is '\"' or '''.", at)
            end = text.find(quote, at + 1)
            if end < 0:
                fail("There is an unclosed literal string.", len(text))
            value = text[at + 1 : end]
            if word == "version" and value != "1.0":
                fail(f"Version number '{value}' is invalid.", at + 1)
            if word == "standalone" and value not in ("yes", "no"):
                fail(_SYNTAX, at)
            at = end + 1


def text_at_root(source: Source, at: int) -> NoReturn:
    """Text outside the root element. Raises XmlException."""
    source.check(at + 1)
    source.fail(ROOT_INVALID, at)
