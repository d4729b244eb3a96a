"""The tokens of C#: what the lexer gives and the parser takes.

The kind of a keyword or punctuator is its own text; every other kind is one of the names below, none of
which is a keyword.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

NAME: Final = "name"
"""An identifier; `value` is it without `@`, and contextual keywords are told by `text`."""
NUMBER: Final = "number"
"""A numeric literal; `value` is (keyword of its type, value)."""
TEXT: Final = "text"
"""A string literal; `value` is its content as UTF-16 code units."""
CHARACTER: Final = "character"
"""A character literal; `value` is one UTF-16 code unit."""
INTERPOLATED: Final = "interpolated string"
"""The opening of `$"…"`; what follows are PART and HOLE … HOLE_END, and INTERPOLATED_END."""
INTERPOLATED_END: Final = "end of interpolated string"
PART: Final = "part of an interpolated string"
"""Literal text of an interpolated string; `value` is it with escapes and braces resolved."""
HOLE: Final = "interpolation"
HOLE_END: Final = "end of interpolation"
FORMAT: Final = "format"
"""`:format` before HOLE_END; `value` is the format."""
END: Final = "end"
"""The end of the text; `text` is the bracket that closes the expression there."""
ERROR: Final = "error"
"""Where the text stops being C#; `value` is the CompileError. Nothing follows it but END."""


class Token(NamedTuple):
    """A token: `text` as written, `start` the offset of its first character, `end` the one after its last."""

    kind: str
    text: str
    start: int
    end: int
    value: Any = None


PREDEFINED_TYPES: Final = frozenset(
    {
        *("bool", "byte", "sbyte", "char", "decimal", "double", "float", "int", "uint", "long", "ulong"),
        *("object", "short", "ushort", "string"),
    }
)

KEYWORDS: Final = PREDEFINED_TYPES | {
    *("abstract", "as", "base", "break", "case", "catch", "checked", "class", "const", "continue"),
    *("default", "delegate", "do", "else", "enum", "event", "explicit", "extern", "false", "finally"),
    *("fixed", "for", "foreach", "goto", "if", "implicit", "in", "interface", "internal", "is", "lock"),
    *("namespace", "new", "null", "operator", "out", "override", "params", "private", "protected"),
    *("public", "readonly", "ref", "return", "sealed", "sizeof", "stackalloc", "static", "struct"),
    *("switch", "this", "throw", "true", "try", "typeof", "unchecked", "unsafe", "using", "virtual"),
    *("void", "volatile", "while"),
}
"""C# specification, section 6.4.4."""

QUERY_KEYWORDS: Final = frozenset(
    {
        *("from", "where", "join", "on", "equals", "into", "let", "orderby", "ascending", "descending"),
        *("select", "group", "by"),
    }
)
"""Keywords only within a query expression, but there everywhere (C# specification, section 12.20.1)."""

OPERAND_STARTS: Final = frozenset(
    {
        *(NAME, NUMBER, TEXT, CHARACTER, INTERPOLATED, "(", "!", "~"),
        *("base", "checked", "default", "delegate", "false", "new", "null", "sizeof", "stackalloc", "this"),
        *("throw", "true", "typeof", "unchecked"),
    }
) | (PREDEFINED_TYPES)
"""What can only begin an operand: behind `(x)` it makes that a cast (section 12.9.7)."""

EXPRESSION_STARTS: Final = OPERAND_STARTS | {"+", "-", "++", "--"}
"""What an expression can begin with."""
