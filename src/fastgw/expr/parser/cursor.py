"""A place in the tokens, and the errors that arise there: what every part of the parser stands on.

The parser goes over the tokens once. It never goes back: where more than one token is needed to decide,
it looks ahead, and what it found is remembered (`TypeParser.scan_type`) or was found by the lexer
(`Tokens.closers`), so that nested text costs no more than flat text.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final, NoReturn

from fastgw.expr import nodes
from fastgw.expr.errors import CompileError, newer_feature
from fastgw.expr.lexer import Tokens
from fastgw.expr.tokens import (
    CHARACTER,
    END,
    ERROR,
    FORMAT,
    HOLE_END,
    INTERPOLATED_END,
    KEYWORDS,
    NAME,
    NUMBER,
    QUERY_KEYWORDS,
    TEXT,
    Token,
)

MAX_NESTING: Final = 200
"""How deep expressions, operators and statements may stand in each other.

A level costs at most four calls of this parser within each other (a bracket: `expression`, `binary`,
`primary` and the method of the bracket), and Python stops at 1,000. The deepest of the published policies
goes 21 deep. Not counted is what leans to the left, such as `a + b + c` or `a.b().c()`: that is read in a
loop, but its tree is as deep as it is long.
"""

# What the C# compiler calls a missing token.
_EXPECTED: Final = {
    ";": ("; expected", "CS1002"),
    ")": (") expected", "CS1026"),
    "{": ("{ expected", "CS1514"),
    "}": ("} expected", "CS1513"),
    "in": ("'in' expected", "CS1515"),
}
# Behind these an operand is complete.
_OPERAND_ENDS: Final = frozenset({NAME, ")", "]", "}", NUMBER, TEXT, CHARACTER, INTERPOLATED_END})
# What C# 7 has not, where it can only be that: feature and version.
_NEWER_OPERATORS: Final = {
    "??=": ("coalescing assignment", "8.0"),
    "..": ("range operator", "8.0"),
    "!": ("nullable reference types", "8.0"),
}
_NEWER_BEFORE_BRACES: Final = {
    "switch": ("recursive patterns", "8.0"),
    "with": ("records", "9.0"),
}
_AWAIT: Final = (
    "The 'await' operator can only be used within an async method. Consider marking this method with the "
    "'async' modifier and changing its return type to 'Task<object>'."
)


class Cursor(ABC):
    """Reads tokens in order; `token` is the next one, `index` its place."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens: Final = tokens.tokens
        self.closers: Final = tokens.closers
        self.index = 0
        self.token = tokens.tokens[0]
        self.depth = 0
        # Within these, contextual keywords are keywords: see `is_identifier`.
        self.in_query = 0
        self.in_case = 0

    # ---------------------------------------------------------------- what the parts need of each other

    @abstractmethod
    def expression(self) -> nodes.Expr:
        """An expression of any kind."""

    @abstractmethod
    def constant(self) -> nodes.Expr:
        """An operand of `is`: as far as operators go that bind more tightly."""

    @abstractmethod
    def throw(self) -> nodes.Expr:
        """`throw e`, which is next, where an expression may be one."""

    @abstractmethod
    def block(self) -> nodes.Block:
        """A block in braces."""

    # ---------------------------------------------------------------- moving

    def advance(self) -> Token:
        """Take the next token, whatever it is."""
        taken = self.token
        self.index += 1
        self.token = self.tokens[self.index]
        return taken

    def accept(self, kind: str) -> bool:
        """Take the next token if it is of this kind."""
        if self.token.kind != kind:
            return False
        self.advance()
        return True

    def accept_word(self, word: str) -> bool:
        """Take the next token if it is this contextual keyword."""
        if self.token.text != word or self.token.kind != NAME:
            return False
        self.advance()
        return True

    def expect(self, kind: str) -> Token:
        """Take a token of this kind. Raises CompileError if the next one is of another."""
        if self.token.kind != kind:
            self.fail_expected(kind)
        return self.advance()

    def identifier(self) -> Token:
        """Take a name that is being declared or follows a dot. Raises CompileError."""
        if not self.is_identifier(self.token):
            self.fail_identifier()
        return self.advance()

    def following(self, distance: int = 1) -> Token:
        """The token behind the next one, or further on; at most two."""
        index = self.index + distance
        # END stands thrice at the end, but is never taken: only from END itself is this beyond it.
        return self.tokens[index] if index < len(self.tokens) else self.tokens[-1]

    @property
    def end(self) -> int:
        """The offset behind the last token taken."""
        return self.tokens[self.index - 1].end if self.index else 0

    def is_identifier(self, token: Token) -> bool:
        """Whether a token is a name here; the words of queries are none within a query."""
        return token.kind == NAME and not (self.in_query and token.text in QUERY_KEYWORDS)

    # ---------------------------------------------------------------- depth

    def enter(self, levels: int = 1) -> None:
        """Go deeper; `leave` comes back. After an error nobody does, as nothing is parsed then."""
        self.depth += levels
        if self.depth > MAX_NESTING:
            self.fail_nesting()

    def leave(self, levels: int = 1) -> None:
        """Come back from where `enter` went."""
        self.depth -= levels

    # ---------------------------------------------------------------- errors

    def fail_nesting(self) -> NoReturn:
        """Raise the CompileError of text that is nested too deeply."""
        raise CompileError("the expression is nested too deeply", self.token.start)

    def fail(self, message: str, code: str = "", token: Token | None = None) -> NoReturn:
        """Raise CompileError at `token`, or at the next one."""
        token = token or self.token
        self._fail_better(token)
        raise CompileError(message, token.start, code)

    def fail_expected(self, kind: str) -> NoReturn:
        """Raise the CompileError of a token that is missing here."""
        if kind == ":" and self.token.kind == FORMAT:
            self.fail(
                "A conditional expression cannot be used directly in a string interpolation because the ':' "
                "ends the interpolation. Parenthesize the conditional expression.",
                "CS8361",
            )
        if kind == HOLE_END:
            kind = "}"
        message, code = _EXPECTED.get(kind, (f"Syntax error, '{kind}' expected", "CS1003"))
        self.fail(message, code)

    def fail_identifier(self) -> NoReturn:
        """Raise the CompileError of a name that is missing here."""
        if self.token.kind in KEYWORDS:
            self.fail(f"Identifier expected; '{self.token.text}' is a keyword", "CS1041")
        self.fail("Identifier expected", "CS1001")

    def fail_term(self) -> NoReturn:
        """Raise the CompileError of a token that begins no expression."""
        self.fail(f"Invalid expression term '{self.token.text}'", "CS1525")

    def fail_newer(self, feature: str, version: str, token: Token | None = None) -> NoReturn:
        """Raise the CompileError of syntax that is newer than policies are."""
        raise newer_feature(feature, version, (token or self.token).start)

    def fail_await(self, token: Token) -> NoReturn:
        """Raise the CompileError of an `await`."""
        raise CompileError(_AWAIT, token.start, "CS4032")

    def _fail_better(self, token: Token) -> None:
        """Raise CompileError where more is known of a wrong token than that it is wrong."""
        if token.kind == ERROR:
            raise token.value
        if token is not self.token or not self.index:
            return
        before = self.tokens[self.index - 1]
        if before.kind == NAME and before.text == "await" and token.kind != END:
            self.fail_await(before)
        if before.kind not in _OPERAND_ENDS:
            return
        newer = _NEWER_OPERATORS.get(token.text)
        if newer is None and self.following().kind == "{":
            newer = _NEWER_BEFORE_BRACES.get(token.text)
        if newer:
            raise newer_feature(*newer, token.start)
