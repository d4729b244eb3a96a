"""The text of an expression into tokens, by the lexical grammar of C# 7 (C# specification, section 6).

One pass without a way back, so that time grows with the length alone. A lexical error does not end the
work of the parser: it stands in the stream as a token, for what is wrong before it is to be told first.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, NamedTuple

from fastgw.expr import literals
from fastgw.expr.errors import CompileError, newer_feature
from fastgw.expr.tokens import (
    CHARACTER,
    END,
    ERROR,
    FORMAT,
    HOLE,
    HOLE_END,
    INTERPOLATED,
    INTERPOLATED_END,
    KEYWORDS,
    NAME,
    NUMBER,
    PART,
    TEXT,
    Token,
)

_NEW_LINES = "\r\n\x85\u2028\u2029"
_SPACES = " \\t\\v\\f\xa0\u1680\u2000-\u200a\u202f\u205f\u3000\ufeff"
# Quantifiers are possessive throughout: a match that fails does so at once.
_BETWEEN = rf"(?:[{_SPACES}{_NEW_LINES}]++|//[^{_NEW_LINES}]*+|/\*[^*]*+\*++(?:[^/*][^*]*+\*++)*+/)*+"
_TOKEN = re.compile(
    rf"""
    {_BETWEEN}
    (?:
      (@?[^\W\d]\w*+)
    | (0[xX][0-9A-Fa-f_]*+ (?:[uU][lL]?+|[lL][uU]?+)?+
      |0[bB][01_]*+ (?:[uU][lL]?+|[lL][uU]?+)?+
      |(?:[0-9][0-9_]*+ (?:\.[0-9][0-9_]*+)?+ | \.[0-9][0-9_]*+) (?:[eE][+-]?+[0-9][0-9_]*+)?+
       (?:[fFdDmM]|[uU][lL]?+|[lL][uU]?+)?+ )
    | (<<=|\?\?=|=>|==|&&|\|\||\?\?|\+\+|--|<<|<=|>=|!=|\+=|-=|\*=|/=|%=|&=|\|=|\^=|->|::|\.\.
      |/(?!\*)|[.,;()\[\]{{}}<>=?:+\-*%!&|^~])
    | (@"|\$@"|\$"|"|')
    )
    """,
    re.VERBOSE,
)
_BLANK = re.compile(_BETWEEN)
_STRING = re.compile(rf'"([^"\\{_NEW_LINES}]*+(?:\\[^{_NEW_LINES}][^"\\{_NEW_LINES}]*+)*+)"')
_CHARACTER = re.compile(rf"'([^'\\{_NEW_LINES}]*+(?:\\[^{_NEW_LINES}][^'\\{_NEW_LINES}]*+)*+)'")
_VERBATIM = re.compile(r'@"([^"]*+(?:""[^"]*+)*+)"')
_PART = re.compile(rf'(?:[^"\\{{}}{_NEW_LINES}]++|\\[^{_NEW_LINES}]|\{{\{{|\}}\}})*+')
_VERBATIM_PART = re.compile(r'(?:[^"{}]++|""|\{\{|\}\})*+')
_NEW_LINE = re.compile(f"[{_NEW_LINES}]")
# XML holds neither, and no decoded text holds half of a character.
_IMPOSSIBLE = re.compile("[\0\ud800-\udfff]")

_CLOSED_BY: Final = {")": "(", "]": "[", "}": "{"}
# Categories of Unicode that identifiers are made of (C# specification, section 6.4.3).
_LETTERS: Final = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nl"})
_PARTS: Final = _LETTERS | {"Mn", "Mc", "Nd", "Pc", "Cf"}


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text, END thrice at their end so that looking ahead needs no care.

    `closers` maps the index of an opening bracket to that of its partner, where it has one.
    """

    tokens: list[Token]
    closers: dict[int, int]


class _Bracket(NamedTuple):
    """An open bracket: its text, or HOLE; the number of its token; for a hole whether its string is `$@"`."""

    text: str
    token: int
    verbatim: bool = False


def tokenize(text: str, closing: str) -> Tokens:
    """The tokens of `text`, behind which `closing` stands in the policy: `)` or `}`. Raises nothing."""
    lexer = _Lexer(text)
    try:
        lexer.run()
        end = len(text)
    except CompileError as error:
        end = error.offset
        lexer.tokens.append(Token(ERROR, text[end : end + 1], end, end, error))
    lexer.tokens += [Token(END, closing, end, end)] * 3
    return Tokens(lexer.tokens, lexer.closers)


class _Lexer:
    """The state of one pass: tokens so far, and the brackets and interpolations that are open."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = []
        self.closers: dict[int, int] = {}
        self._open: list[_Bracket] = []
        self._ascii = text.isascii()

    def run(self) -> None:
        """Read all of the text. Raises CompileError."""
        text, tokens, ascii_only = self.text, self.tokens, self._ascii
        impossible = _IMPOSSIBLE.search(text)
        if impossible:
            message = f"Unexpected character '\\u{ord(impossible[0]):04x}'"
            raise CompileError(message, impossible.start(), "CS1056")
        match, keywords = _TOKEN.match, KEYWORDS
        at = 0
        while True:
            found = match(text, at)
            if found is None:
                break
            group = found.lastindex or 0
            start, at = found.span(group)
            written = found[group]
            if group == 1:
                if not ascii_only:
                    at = self._name_end(start, at)
                    written = text[start:at]
                if written in keywords:
                    tokens.append(Token(written, written, start, at))
                else:
                    tokens.append(Token(NAME, written, start, at, written.lstrip("@")))
            elif group == 3:
                if written in "()[]{}:":
                    at = self._bracket(written, start, at)
                else:
                    tokens.append(Token(written, written, start, at))
            elif group == 2:
                tokens.append(Token(NUMBER, written, start, at, literals.number(written, start)))
            else:
                at = self._quoted(written, start, at)
        blank = _BLANK.match(text, at)
        at = blank.end() if blank else at
        if at < len(text):
            raise self._unexpected(at)
        for bracket in self._open:
            if bracket.text == HOLE:
                raise self._unclosed_hole(bracket)

    # ---------------------------------------------------------------- brackets

    def _bracket(self, written: str, start: int, at: int) -> int:
        """Take a bracket or a colon, which end a hole at its own level; where the text goes on."""
        tokens, opened = self.tokens, self._open
        if written in "([{":
            opened.append(_Bracket(written, len(tokens)))
        elif written == ":":
            if opened and opened[-1].text == HOLE:
                return self._format(start, opened[-1])
        elif opened:
            if written == "}":
                # Brackets that were never closed do not reach beyond the braces around them.
                while opened and opened[-1].text in "([":
                    opened.pop()
                if opened and opened[-1].text == HOLE:
                    return self._hole_end(start)
            if opened and opened[-1].text == _CLOSED_BY[written]:
                self.closers[opened.pop().token] = len(tokens)
        tokens.append(Token(written, written, start, at))
        return at

    # ---------------------------------------------------------------- strings and characters

    def _quoted(self, opening: str, start: int, at: int) -> int:
        """Take a string or character, or open an interpolated string; where the text goes on."""
        text = self.text
        if opening in ('$"', '$@"'):
            self.tokens.append(Token(INTERPOLATED, opening, start, at))
            return self._part(at, opening == '$@"')
        if opening == "'":
            found = _CHARACTER.match(text, start)
            if found is None:
                raise CompileError("Newline in constant", start, "CS1010")
            value = literals.unescape(found[1], start + 1)
            if len(value) != 1:
                if not value:
                    raise CompileError("Empty character literal", start, "CS1011")
                raise CompileError("Too many characters in character literal", start, "CS1012")
            kind = CHARACTER
        elif opening == '"':
            if text.startswith('"""', start):
                raise newer_feature("raw string literals", "11.0", start)
            found = _STRING.match(text, start)
            if found is None:
                self._refuse_unclosed_hole()
                raise CompileError("Newline in constant", start, "CS1010")
            value = literals.unescape(found[1], start + 1)
            kind = TEXT
        else:
            found = _VERBATIM.match(text, start)
            if found is None:
                self._refuse_unclosed_hole()
                raise CompileError("Unterminated string literal", start, "CS1039")
            value = literals.code_units(found[1].replace('""', '"'))
            kind = TEXT
        self.tokens.append(Token(kind, found[0], start, found.end(), value))
        return found.end()

    def _part(self, start: int, verbatim: bool) -> int:
        """Take text of an interpolated string, and what ends it: a hole or the string."""
        text, tokens = self.text, self.tokens
        at = self._part_end(start, verbatim)
        if at > start:
            written = text[start:at]
            tokens.append(Token(PART, written, start, at, _content(written, start, verbatim)))
        char = text[at : at + 1]
        if char == '"':
            tokens.append(Token(INTERPOLATED_END, char, at, at + 1))
            return at + 1
        if char == "{":
            self._open.append(_Bracket(HOLE, len(tokens), verbatim))
            tokens.append(Token(HOLE, char, at, at + 1))
            return at + 1
        if char == "}":
            message = "A '}' character must be escaped (by doubling) in an interpolated string."
            raise CompileError(message, at, "CS8086")
        if verbatim:
            raise CompileError("Unterminated string literal", start, "CS1039")
        raise CompileError("Newline in constant", at, "CS1010")

    def _part_end(self, start: int, verbatim: bool) -> int:
        found = (_VERBATIM_PART if verbatim else _PART).match(self.text, start)
        return found.end() if found else start

    def _format(self, colon: int, hole: _Bracket) -> int:
        """Take `:format`, which runs to the end of the hole; where the text goes on, at the brace."""
        start = colon + 1
        at = self._part_end(start, hole.verbatim)
        written = self.text[start:at]
        char = self.text[at : at + 1]
        if char == "{":
            message = "A '{' character must be escaped (by doubling) in an interpolated string."
            raise CompileError(message, at, "CS8087")
        if char != "}":
            raise self._unclosed_hole(hole)
        if not written:
            raise CompileError("Empty format specifier.", colon, "CS8089")
        if written[-1].isspace():
            message = "A format specifier may not contain trailing whitespace."
            raise CompileError(message, at, "CS8088")
        value = _content(written, start, hole.verbatim)
        self.tokens.append(Token(FORMAT, self.text[colon:at], colon, at, value))
        return at

    def _hole_end(self, at: int) -> int:
        """Take the brace that ends a hole, and the text behind it."""
        hole = self._open.pop()
        start = self.tokens[hole.token].start
        if not hole.verbatim and _NEW_LINE.search(self.text, start, at):
            raise self._unclosed_hole(hole)
        self.closers[hole.token] = len(self.tokens)
        self.tokens.append(Token(HOLE_END, "}", at, at + 1))
        return self._part(at + 1, hole.verbatim)

    def _unclosed_hole(self, hole: _Bracket) -> CompileError:
        message = "Missing close delimiter '}' for interpolated expression started with '{'."
        return CompileError(message, self.tokens[hole.token].start, "CS8076")

    def _refuse_unclosed_hole(self) -> None:
        """Raise CompileError in a hole: the quote that seems to open a string ends the one around it."""
        for bracket in reversed(self._open):
            if bracket.text == HOLE:
                raise self._unclosed_hole(bracket)

    # ---------------------------------------------------------------- names and strays

    def _name_end(self, start: int, at: int) -> int:
        """Where an identifier ends that may not be plain ASCII; the pattern's `\\w` is not quite C#'s."""
        text = self.text
        if text[start : at + 1].isascii():
            return at
        first = start + 1 if text[start] == "@" else start
        if not text[first].isascii() and not _is_in(text[first], _LETTERS):
            raise self._unexpected(first)
        for index in range(first, at):
            if not text[index].isascii() and not _is_in(text[index], _PARTS):
                return index
        while at < len(text) and _is_in(text[at], _PARTS):
            at += 1
        return at

    def _unexpected(self, at: int) -> CompileError:
        """The error for a character that begins no token."""
        text = self.text
        if text.startswith("/*", at):
            return CompileError("End-of-file found, '*/' expected", at, "CS1035")
        if text.startswith('@$"', at):
            return CompileError(
                "To use '@$' instead of '$@' for an interpolated verbatim string, please use language "
                "version '8.0' or greater.",
                at,
                "CS8401",
            )
        if text[at] == "#":
            return CompileError("Preprocessor directives are not supported within expressions", at)
        return CompileError(f"Unexpected character '{text[at]}'", at, "CS1056")


def _content(written: str, start: int, verbatim: bool) -> str:
    """What a part of an interpolated string or a format stands for."""
    if verbatim:
        plain = written.replace('""', '"').replace("{{", "{").replace("}}", "}")
        return literals.code_units(plain)
    return literals.unescape(written, start, braces=True)


def _is_in(char: str, categories: frozenset[str]) -> bool:
    # An identifier is made of UTF-16 code units, and a surrogate is no letter.
    return char <= "\uffff" and unicodedata.category(char) in categories
