"""Finds where a policy expression ends, by the lexical rules of C# and nothing more.

It knows strings, characters, comments and brackets (C# specification, lexical structure), so that a
quote or a bracket inside them does not end the expression. It never judges whether the C# is right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_CLOSER = {"(": ")", "[": "]", "{": "}"}
# Everything else is passed over at the speed of the regular expression engine.
_CODE = re.compile(r"""[^"'$@/&()\[\]{}]+""")
# A string or a character literal cannot span lines; a verbatim string can.
_STRING = re.compile(r'"(?:[^"\\\r\n]|\\[^\r\n])*"')
_VERBATIM = re.compile(r'@"(?:[^"]|"")*+"')
_CHARACTER = re.compile(r"'(?:[^'\\\r\n]|\\[^\r\n][^'\r\n]*)'")
_LINE_COMMENT = re.compile(r"//[^\r\n]*")
_INTERPOLATED = re.compile(r'\$@"|@\$"|\$"')
_REFERENCE = re.compile(r"&(?:quot|apos|lt|gt|amp|#[0-9]+|#x[0-9A-Fa-f]+);")
_REFERENCED_CHARACTER = re.compile(r"'&(?:quot|apos|lt|gt|amp|#[0-9]+|#x[0-9A-Fa-f]+);'")
_INTERPOLATED_TEXT = re.compile(r'[^"{}\\\r\n]+')
_INTERPOLATED_VERBATIM_TEXT = re.compile(r'[^"{}]+')

# What the lexer may be inside of: a bracket (the entry is its closer) or one of these.
_TEXT = "$"  # an interpolated string
_VERBATIM_TEXT = "$@"  # an interpolated verbatim string
_HOLE = "hole"  # the code between { and } of an interpolated string

Problem = Literal["unclosed", "mismatched", "string", "comment"]


@dataclass(frozen=True, slots=True)
class Extent:
    """Where an expression ends: ``end`` is the offset after its last bracket, or -1 with a ``problem``.

    ``escaped`` tells that an XML reference such as ``&quot;`` stood where C# cannot have one, so that the
    text is XML-escaped C#. ``reached`` is how far the text was looked at.
    """

    end: int
    escaped: bool
    reached: int
    problem: Problem | None = None


def starts_expression(text: str, at: int) -> bool:
    """Whether an expression opens at offset ``at``."""
    return text.startswith(("@(", "@{"), at)


def expression_extent(text: str, start: int, stop: int | None = None) -> Extent:
    """The extent of the expression that opens at ``start``, looking no further than ``stop``."""
    limit = len(text) if stop is None else stop
    at = start + 1
    inside: list[str] = []
    escaped = False
    while at < limit:
        if inside and inside[-1] in (_TEXT, _VERBATIM_TEXT):
            moved = _interpolated(text, at, limit, inside)
            if moved < 0:
                return Extent(-1, escaped, at, "string")
            at = moved
            continue
        skipped = _CODE.match(text, at, limit)
        if skipped:
            at = skipped.end()
            continue
        char = text[at]
        if char in "([{":
            inside.append(_CLOSER[char])
            at += 1
        elif char in ")]}":
            top = inside.pop()
            at += 1
            if top == _HOLE:
                if char != "}":
                    return Extent(-1, escaped, at, "mismatched")
            elif top != char:
                return Extent(-1, escaped, at, "mismatched")
            if not inside:
                return Extent(at, escaped, at)
        elif char == "&":
            reference = _REFERENCE.match(text, at, limit)
            escaped = escaped or reference is not None
            at = reference.end() if reference else at + 1
        elif char == "'":
            # A reference of several characters can be no C# character: the document escapes its C#.
            reference = _REFERENCED_CHARACTER.match(text, at, limit)
            literal = reference or _CHARACTER.match(text, at, limit)
            escaped = escaped or reference is not None
            at = literal.end() if literal else at + 1
        elif char == '"':
            literal = _STRING.match(text, at, limit)
            if literal is None:
                return Extent(-1, escaped, at, "string")
            at = literal.end()
        elif char == "/":
            if text.startswith("/*", at):
                closed = text.find("*/", at + 2, limit)
                if closed < 0:
                    return Extent(-1, escaped, limit, "comment")
                at = closed + 2
            else:
                comment = _LINE_COMMENT.match(text, at, limit)
                at = comment.end() if comment else at + 1
        else:
            opened = _INTERPOLATED.match(text, at, limit)
            literal = _VERBATIM.match(text, at, limit)
            if opened:
                inside.append(_TEXT if opened.group() == '$"' else _VERBATIM_TEXT)
                at = opened.end()
            elif literal:
                at = literal.end()
            elif text.startswith('@"', at) and at + 1 < limit:
                return Extent(-1, escaped, limit, "string")
            else:
                at += 1
    return Extent(-1, escaped, limit, "unclosed")


def _interpolated(text: str, at: int, limit: int, inside: list[str]) -> int:
    """One move inside an interpolated string: the new offset, or -1 where the string cannot go on."""
    verbatim = inside[-1] == _VERBATIM_TEXT
    plain = (_INTERPOLATED_VERBATIM_TEXT if verbatim else _INTERPOLATED_TEXT).match(text, at, limit)
    if plain:
        return plain.end()
    char = text[at]
    pair = text[at : at + 2]
    if char == '"':
        if verbatim and pair == '""':
            return at + 2
        inside.pop()
        return at + 1
    if pair in ("{{", "}}"):
        return at + 2
    if char == "{":
        inside.append(_HOLE)
        return at + 1
    if char == "}":
        # Not C#, but the compiler of expressions says that better.
        return at + 1
    if char == "\\" and not verbatim and at + 1 < limit and text[at + 1] not in "\r\n":
        return at + 2
    return -1
