"""Names in expressions: generic or not, declared or used, and what a name of a query really means.

The range variables of a query become members of objects that the query makes (queries.py), so their names
are replaced while they are read. C# allows no variable to hide them, which makes that safe.
"""

from __future__ import annotations

from typing import Final

from fastgw.expr.errors import CompileError
from fastgw.expr.lexer import Tokens
from fastgw.expr.nodes import (
    DeconstructionDeclaration,
    Discard,
    Expr,
    Member,
    Name,
    NamedTypeNode,
    OutDeclaration,
    Tuple,
    TypeNode,
)
from fastgw.expr.parser.types import TypeParser
from fastgw.expr.tokens import QUERY_KEYWORDS, Token

NO_DECLARATION: Final = -1
"""The value of `declared_in_tuple` where there is none."""


class NameParser(TypeParser):
    """Reads names, and declarations of names within expressions."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens)
        # Range variables that are members now, with the path to each: parameter, member, member, ...
        self.ranges: dict[str, tuple[str, ...]] = {}
        # The offset of the first `T x` in a tuple that no assignment has taken apart yet.
        self.declared_in_tuple = NO_DECLARATION

    def name(self) -> Expr:
        """A simple name in an expression, with its type arguments. Raises CompileError."""
        token = self.advance()
        if self.in_query and token.text in QUERY_KEYWORDS:
            self.fail(f"Invalid expression term '{token.text}'", "CS1525", token)
        path = self.ranges.get(token.value)
        if path:
            return _follow(path, token)
        if self.token.kind == "<" and self.begins_type_arguments():
            arguments = self.type_arguments()
            return Name(token.start, self.end, token.value, arguments)
        return Name(token.start, token.end, token.value)

    def declare(self, token: Token) -> str:
        """The name of a variable whose declaration is read. Raises CompileError if a query has it already."""
        name: str = token.value
        if name in self.ranges:
            self.fail(
                f"A local or parameter named '{name}' cannot be declared in this scope because that name is "
                "used in an enclosing local scope to define a local or parameter",
                "CS0136",
                token,
            )
        return name

    def refuse_declarations(self) -> None:
        """Raise CompileError if a tuple so far declares variables and is not taken apart."""
        if self.declared_in_tuple != NO_DECLARATION:
            raise CompileError(
                "A declaration is not allowed in this context.", self.declared_in_tuple, "CS8185"
            )

    def begins_deconstruction(self) -> bool:
        """Whether `var (a, b) =` is next; the next token is `var`."""
        closer = self.closers.get(self.index + 1)
        return self.following().kind == "(" and closer is not None and self.tokens[closer + 1].kind == "="

    def deconstruction(self) -> DeconstructionDeclaration | Tuple:
        """`var (a, b)`; nested ones are read as the tuple `(var a, (var b, var c))` that they stand for."""
        token = self.advance()
        var = NamedTypeNode(token.start, token.end, (("var", ()),))
        start = self.token.start
        elements = self._designated(var)
        if any(isinstance(element, Tuple) for element in elements):
            return Tuple(start, self.end, tuple((None, element) for element in elements))
        names = tuple(one.name if isinstance(one, OutDeclaration) else None for one in elements)
        return DeconstructionDeclaration(var.start, self.end, names)

    def _designated(self, var: TypeNode) -> list[Expr]:
        self.enter()
        self.expect("(")
        elements: list[Expr] = []
        while True:
            start = self.token.start
            if self.token.kind == "(":
                inner = self._designated(var)
                elements.append(Tuple(start, self.end, tuple((None, element) for element in inner)))
            else:
                token = self.identifier()
                if token.text == "_":
                    elements.append(Discard(token.start, token.end))
                else:
                    elements.append(OutDeclaration(token.start, token.end, var, self.declare(token)))
            if not self.accept(","):
                break
        self.expect(")")
        if len(elements) < 2:
            self.fail("Tuple must contain at least two elements.", "CS8124", self.tokens[self.index - 1])
        self.leave()
        return elements


def _follow(path: tuple[str, ...], token: Token) -> Expr:
    """The members that lead to a range variable."""
    found: Expr = Name(token.start, token.end, path[0])
    for name in path[1:]:
        found = Member(token.start, token.end, found, name, (), token.start)
    return found
