"""Types as written, and the question whether what follows is one.

Whether `a < b` opens a generic type, `(x)` a cast or `A b` a declaration is only known some tokens on.
`scan_type` looks ahead without building anything and remembers what it found for each place, so that no
token is looked at more than a fixed number of times.
"""

from __future__ import annotations

from typing import Final

from fastgw.expr.lexer import Tokens
from fastgw.expr.nodes import ArrayTypeNode, NamedTypeNode, NullableTypeNode, TupleTypeNode, TypeNode
from fastgw.expr.parser.cursor import Cursor
from fastgw.expr.tokens import (
    END,
    EXPRESSION_STARTS,
    FORMAT,
    HOLE_END,
    NAME,
    OPERAND_STARTS,
    PREDEFINED_TYPES,
    QUERY_KEYWORDS,
    Token,
)

NO_TYPE: Final = -1
"""What scanning gives where no type stands."""

# Looking ahead recurses on top of all that MAX_NESTING allows; nobody nests type arguments deeper.
_MAX_SCAN: Final = 16

# Behind the `>` of type arguments (C# specification, section 6.2.5): anything else makes them comparisons.
# Another `>` does, for `a < b >> c`.
_BEHIND_TYPE_ARGUMENTS: Final = frozenset(
    {
        *("(", ")", "]", "}", ":", ";", ",", ".", "?", "==", "!=", "|", "^", "&&", "||", "&", "["),
        *("<", "<=", ">=", "is", "as", END, HOLE_END, FORMAT),
    }
)

# Behind the name in `T? x`; a conditional operator goes on otherwise.
_BEHIND_DECLARED: Final = frozenset({"=", ";", ",", ")", "(", "<", "in"})


class TypeParser(Cursor):
    """Reads types."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens)
        self._scanned: dict[int, int] = {}
        self._scan_depth = 0

    # ---------------------------------------------------------------- building

    def type(self) -> TypeNode:
        """A type with all that belongs to it. Raises CompileError."""
        self.enter()
        start = self.token.start
        found = self._core()
        if self.token.kind == "?":
            self.advance()
            found = NullableTypeNode(start, self.end, found)
        found = self._arrays(found)
        self.leave()
        return found

    def type_in_expression(self) -> TypeNode:
        """The type behind `is` or `as`, where a `?` may as well begin a conditional operator."""
        self.enter()
        start = self.token.start
        found = self._core()
        if self.token.kind == "?" and self._is_nullable_mark(self.index):
            self.advance()
            found = NullableTypeNode(start, self.end, found)
        found = self._arrays(found)
        self.leave()
        return found

    def type_of_new(self) -> TypeNode:
        """The type behind `new`, without the brackets of an array."""
        start = self.token.start
        found = self._core()
        if self.token.kind == "?" and self.following().kind in ("(", "[", "{"):
            self.advance()
            return NullableTypeNode(start, self.end, found)
        return found

    def ranks(self) -> list[int]:
        """The number of dimensions of each bracket pair that follows and holds no sizes."""
        found = []
        while self.token.kind == "[" and self.following().kind in ("]", ","):
            self.advance()
            rank = 1
            while self.accept(","):
                rank += 1
            self.expect("]")
            found.append(rank)
        return found

    def array_of(self, element: TypeNode, ranks: list[int]) -> ArrayTypeNode:
        """`element` with at least one bracket pair: the first of them belongs to the outermost array."""
        found = ArrayTypeNode(element.start, self.end, element, ranks[-1])
        for rank in reversed(ranks[:-1]):
            found = ArrayTypeNode(element.start, self.end, found, rank)
        return found

    def type_arguments(self) -> tuple[TypeNode, ...]:
        """`<T, U>`. Raises CompileError."""
        self.expect("<")
        if self.token.kind in (">", ","):
            self.fail("Unexpected use of an unbound generic name", "CS7003")
        found = [self.type()]
        while self.accept(","):
            found.append(self.type())
        self.expect(">")
        return tuple(found)

    def _arrays(self, element: TypeNode) -> TypeNode:
        if self.token.kind != "[":
            return element
        ranks = self.ranks()
        # Within brackets an open bracket is the beginning of something else.
        return self.array_of(element, ranks) if ranks else element

    def _core(self) -> TypeNode:
        token = self.token
        if token.kind in PREDEFINED_TYPES:
            self.advance()
            return NamedTypeNode(token.start, token.end, ((token.kind, ()),))
        if token.kind == "(":
            return self._tuple_type()
        if not self.is_identifier(token):
            self.fail("Type expected", "CS1031")
        if token.text == "global" and self.following().kind == "::":
            self.advance()
            self.advance()
        parts = []
        while True:
            name = self.identifier().value
            parts.append((name, self.type_arguments() if self.token.kind == "<" else ()))
            if self.token.kind != "." or self.following().kind != NAME:
                break
            self.advance()
        return NamedTypeNode(token.start, self.end, tuple(parts))

    def _tuple_type(self) -> TypeNode:
        start = self.advance().start
        elements: list[tuple[TypeNode, str | None]] = []
        while True:
            element = self.type()
            name = self.advance().value if self.is_identifier(self.token) else None
            elements.append((element, name))
            if not self.accept(","):
                break
        self.expect(")")
        if len(elements) < 2:
            self.fail("Tuple must contain at least two elements.", "CS8124", self.tokens[self.index - 1])
        return TupleTypeNode(start, self.end, tuple(elements))

    # ---------------------------------------------------------------- looking ahead

    def scan_type(self, at: int, in_expression: bool = False) -> int:
        """The index behind the type that begins at index `at`, or NO_TYPE.

        `in_expression`: behind `is`, `as` or `case`, see `type_in_expression`.
        """
        found = self._scanned.get(at)
        if found is None:
            if self._scan_depth == _MAX_SCAN:
                return NO_TYPE
            self._scan_depth += 1
            found = self._scanned[at] = self._scan_core(at)
            self._scan_depth -= 1
        if found == NO_TYPE:
            return NO_TYPE
        tokens = self.tokens
        if tokens[found].kind == "?" and (not in_expression or self._is_nullable_mark(found)):
            found += 1
        while tokens[found].kind == "[":
            behind = found + 1
            while tokens[behind].kind == ",":
                behind += 1
            if tokens[behind].kind != "]":
                break
            found = behind + 1
        return found

    def scan_type_arguments(self, at: int) -> int:
        """The index behind the `<…>` that opens at index `at` if it can be type arguments, or NO_TYPE."""
        tokens = self.tokens
        while True:
            at = self.scan_type(at + 1)
            if at == NO_TYPE:
                return NO_TYPE
            kind = tokens[at].kind
            if kind == ">":
                return at + 1
            if kind != ",":
                return NO_TYPE

    def begins_type_arguments(self) -> bool:
        """Whether the `<` that is next opens type arguments in an expression, and is no comparison."""
        behind = self.scan_type_arguments(self.index)
        if behind == NO_TYPE:
            return False
        token = self.tokens[behind]
        return token.kind in _BEHIND_TYPE_ARGUMENTS or (
            token.kind == NAME and self.in_query > 0 and token.text in QUERY_KEYWORDS
        )

    def begins_cast(self) -> bool:
        """Whether the `(` that is next opens a cast (C# specification, section 12.9.7)."""
        first = self.index + 1
        kind = self.tokens[first].kind
        if kind != NAME and kind not in PREDEFINED_TYPES and kind != "(":
            return False
        at = self.scan_type(first)
        if at == NO_TYPE or self.tokens[at].kind != ")":
            return False
        if self.is_only_type(first, at):
            return True
        token = self.tokens[at + 1]
        if token.kind == NAME:
            return self.is_identifier(token) and not (self.in_case and token.text == "when")
        return token.kind in OPERAND_STARTS

    def is_only_type(self, first: int, behind: int) -> bool:
        """Whether what was scanned from `first` to `behind` can be nothing but a type.

        Names can be expressions, and so can the `>` of type arguments and the `)` of a tuple end them.
        """
        return (self.tokens[first].kind in PREDEFINED_TYPES and behind == first + 1) or self.tokens[
            behind - 1
        ].kind in ("?", "]")

    def begins_declaration(self) -> bool:
        """Whether a type and a name are next."""
        at = self.scan_type(self.index)
        if at == NO_TYPE or not self.is_identifier(self.tokens[at]):
            return False
        # `T? x` begins like `a ? b : c`.
        return self.tokens[at - 1].kind != "?" or self.tokens[at + 1].kind in _BEHIND_DECLARED

    def _is_nullable_mark(self, at: int) -> bool:
        """Whether the `?` at index `at` behind a type belongs to it, where it may be a conditional operator.

        It does if no expression can follow it; the C# compiler decides in this way.
        """
        return not self._begins_expression(self.tokens[at + 1])

    def _begins_expression(self, token: Token) -> bool:
        if token.kind == NAME:
            return self.is_identifier(token)
        return token.kind in EXPRESSION_STARTS

    def _scan_core(self, at: int) -> int:
        tokens = self.tokens
        kind = tokens[at].kind
        if kind in PREDEFINED_TYPES:
            return at + 1
        if kind == "(":
            return self._scan_tuple(at)
        if tokens[at].text == "global" and tokens[at + 1].kind == "::":
            at += 2
        while self.is_identifier(tokens[at]):
            at += 1
            if tokens[at].kind == "<":
                at = self.scan_type_arguments(at)
                if at == NO_TYPE:
                    return NO_TYPE
            if tokens[at].kind != "." or tokens[at + 1].kind != NAME:
                return at
            at += 1
        return NO_TYPE

    def _scan_tuple(self, at: int) -> int:
        tokens = self.tokens
        elements = 0
        while True:
            at = self.scan_type(at + 1)
            if at == NO_TYPE:
                return NO_TYPE
            elements += 1
            if self.is_identifier(tokens[at]):
                at += 1
            kind = tokens[at].kind
            if kind == ")":
                return at + 1 if elements > 1 else NO_TYPE
            if kind != ",":
                return NO_TYPE
