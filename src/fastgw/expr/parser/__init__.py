"""Tokens into the tree of `nodes`: a recursive descent parser, split by what its parts read.

`cursor` moves over the tokens and knows the errors; `types` and `names` stand on it; `primaries`,
`creation`, `lambdas`, `interpolation`, `patterns` and `queries` read parts of expressions, `expressions`
puts them together; `declarations`, `sections` and `statements` do so for statements. What a name means is
never asked here.
"""

from __future__ import annotations

from typing import Final

from fastgw.expr.errors import CompileError
from fastgw.expr.lexer import Tokens, tokenize
from fastgw.expr.nodes import Block, Expr
from fastgw.expr.parser.statements import StatementParser
from fastgw.expr.tokens import END

__all__ = ["MOST_CHARACTERS", "MOST_TOKENS", "parse_block", "parse_expression"]

MOST_CHARACTERS: Final = 512 * 1024
"""The service's limit for the largest document of all, a fragment (spec/policies/document.md, 7)."""

MOST_TOKENS: Final = 25_000
"""The longest of the published expressions has about 2,000; a token costs all stages about 40 us."""


def parse_expression(text: str) -> Expr:
    """The tree of the text between `@(` and `)`. Raises CompileError."""
    parser = StatementParser(_tokens(text, ")"))
    found = parser.expression()
    token = parser.token
    if token.kind == ")":
        # Taken for the partner of `@(`: what is missing is missing behind it.
        raise CompileError("; expected", token.end, "CS1002")
    if token.kind != END:
        parser.fail_expected(")")
    parser.refuse_declarations()
    return found


def parse_block(text: str) -> Block:
    """The tree of the text between `@{` and `}`. Raises CompileError."""
    parser = StatementParser(_tokens(text, "}"))
    found = []
    while parser.token.kind != END:
        if parser.token.kind == "}":
            parser.fail("Type or namespace definition, or end-of-file expected", "CS1022")
        found.append(parser.statement())
    parser.refuse_declarations()
    return Block(0, len(text), tuple(found))


def _tokens(text: str, closing: str) -> Tokens:
    """The tokens, if they are not more than may be compiled. Raises CompileError."""
    if len(text) > MOST_CHARACTERS:
        raise CompileError(f"The expression is longer than {MOST_CHARACTERS} characters", MOST_CHARACTERS)
    found = tokenize(text, closing)
    if len(found.tokens) > MOST_TOKENS:
        message = f"The expression is too long: it has more than {MOST_TOKENS} words and signs"
        raise CompileError(message, found.tokens[MOST_TOKENS].start)
    return found
