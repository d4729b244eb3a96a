"""Declarations: locals, constants and local functions."""

from __future__ import annotations

from typing import Final, NoReturn

from fastgw.expr.nodes import (
    Block,
    Declaration,
    Declarator,
    Expr,
    LocalFunction,
    NamedTypeNode,
    Stmt,
    TypeNode,
)
from fastgw.expr.parser.expressions import ExpressionParser
from fastgw.expr.parser.types import NO_TYPE

MODIFIERS: Final = frozenset(
    {
        *("abstract", "extern", "internal", "override", "private", "protected", "public", "readonly"),
        *("sealed", "static", "virtual", "volatile"),
    }
)
"""Keywords that nothing within a function may have before it."""


class DeclarationParser(ExpressionParser):
    """Reads declarations."""

    def declaration_or_function(self) -> Stmt:
        """`T x = e, y;` or a local function. Raises CompileError."""
        start = self.token.start
        if self.token.kind == "void":
            token = self.advance()
            returns: TypeNode = NamedTypeNode(token.start, token.end, (("void", ()),))
            return self._function(start, returns)
        declared = self.type()
        if self.token.kind == "?":
            self.fail_newer("nullable reference types", "8.0")
        if self.following().kind in ("(", "<") and self.is_identifier(self.token):
            return self._function(start, declared)
        found = self._declaration(start, declared, constant=False)
        self.expect(";")
        return Declaration(start, self.end, found.type, found.declarators)

    def constant_declaration(self) -> Stmt:
        """`const T x = e;`. Raises CompileError."""
        start = self.advance().start
        found = self._declaration(start, self.type(), constant=True)
        self.expect(";")
        return Declaration(start, self.end, found.type, found.declarators, constant=True)

    def declaration(self) -> Declaration:
        """`T x = e, y` without a semicolon, as in `for` and `using`. Raises CompileError."""
        start = self.token.start
        return self._declaration(start, self.type(), constant=False)

    def refuse_modifier(self) -> NoReturn:
        """Raise CompileError for a modifier where a statement begins."""
        token = self.token
        if token.kind == "static" and self._begins_function(self.index + 1):
            self.fail_newer("static local functions", "8.0")
        self.fail(f"The modifier '{token.kind}' is not valid for this item", "CS0106")

    def _begins_function(self, at: int) -> bool:
        """Whether a local function begins at index `at`."""
        name = at + 1 if self.tokens[at].kind == "void" else self.scan_type(at)
        return name != NO_TYPE and self.tokens[name + 1].kind in ("(", "<")

    def _declaration(self, start: int, declared: TypeNode, constant: bool) -> Declaration:
        found = [self._declarator()]
        while self.accept(","):
            found.append(self._declarator())
        return Declaration(start, self.end, declared, tuple(found), constant)

    def _declarator(self) -> Declarator:
        token = self.identifier()
        name = self.declare(token)
        value: Expr | None = None
        if self.accept("="):
            if self.token.kind == "{":
                value = self.array_initializer()
            elif self.token.kind == "ref":
                self.fail("Reference locals are not supported within expressions")
            else:
                value = self.expression()
        elif self.token.kind == "[":
            self.fail(
                "Bad array declarator: To declare a managed array the rank specifier precedes the variable's "
                "identifier.",
                "CS0650",
            )
        return Declarator(token.start, self.end, name, value)

    def _function(self, start: int, returns: TypeNode) -> LocalFunction:
        """`F<T>(parameters) { … }` or `=> e;` behind the type that it returns."""
        # On the stack it comes on top of the level of the statement.
        self.enter()
        name = self.declare(self.identifier())
        type_parameters: list[str] = []
        if self.accept("<"):
            type_parameters.append(self.identifier().value)
            while self.accept(","):
                type_parameters.append(self.identifier().value)
            self.expect(">")
        parameters = self.parameters(of_function=True)
        if self.token.text == "where":
            self.fail("Constraints on type parameters are not supported within expressions")
        body: Block | Expr
        if self.accept("=>"):
            body = self.throw() if self.token.kind == "throw" else self.expression()
            self.expect(";")
        else:
            body = self.block()
        self.leave()
        return LocalFunction(start, self.end, returns, name, tuple(type_parameters), parameters, body)
