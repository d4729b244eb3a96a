"""Primary expressions: what stands between operators, and all that may hang on it behind.

A chain of members, calls and indexers is read in one loop, so that its length takes no room on the stack
(C# specification, section 12.8).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NoReturn

from fastgw.expr.nodes import (
    Argument,
    Checked,
    DefaultOf,
    Discard,
    ElementAccess,
    Expr,
    Invocation,
    Literal,
    Member,
    NamedTypeNode,
    NameOf,
    NullConditional,
    OutDeclaration,
    Parenthesized,
    Postfix,
    PredefinedType,
    Receiver,
    SizeOf,
    Tuple,
    TypeOf,
)
from fastgw.expr.parser.creation import CreationParser
from fastgw.expr.parser.interpolation import InterpolationParser
from fastgw.expr.parser.lambdas import LambdaParser
from fastgw.expr.parser.names import NO_DECLARATION
from fastgw.expr.parser.types import NO_TYPE
from fastgw.expr.tokens import (
    CHARACTER,
    END,
    INTERPOLATED,
    NAME,
    NUMBER,
    OPERAND_STARTS,
    PREDEFINED_TYPES,
    TEXT,
)

_THIS: Final = "Keyword 'this' is not valid in a static property, static method, or static field initializer"


class PrimaryParser(CreationParser, InterpolationParser, LambdaParser):
    """Reads primary expressions."""

    def primary(self) -> Expr:
        """A primary expression with everything behind it. Raises CompileError."""
        token = self.token
        kind = token.kind
        found: Expr
        if kind == NAME:
            found = self._word() if token.text in _WORDS else self.name()
        elif kind == TEXT:
            self.advance()
            found = Literal(token.start, token.end, "string", token.value)
        else:
            read = _PRIMARIES.get(kind)
            if read is None:
                self._fail_primary()
            found = read(self)
        # The values before each `?.` that is still open; `found` is what follows the last of them.
        tested: list[Expr] = []
        while True:
            kind = self.token.kind
            if kind == ".":
                self.advance()
                found = self._member(found)
            elif kind == "(":
                arguments = self.arguments(")")
                found = Invocation(found.start, self.end, found, arguments)
            elif kind == "[":
                arguments = self.arguments("]")
                found = ElementAccess(found.start, self.end, found, arguments)
            elif kind == "?" and self.following().kind in (".", "["):
                mark = self.advance()
                self.enter()
                tested.append(found)
                found = Receiver(mark.start, mark.end)
            elif kind == "++" or kind == "--":
                found = self._close(tested, found)
                self.advance()
                found = Postfix(found.start, self.end, kind, found)
            else:
                return self._close(tested, found) if tested else found

    def _close(self, tested: list[Expr], access: Expr) -> Expr:
        """The tree of a chain with `?.` in it: what follows each of them belongs to it to the end."""
        self.leave(len(tested))
        while tested:
            target = tested.pop()
            access = NullConditional(target.start, access.end, target, access)
        return access

    def _member(self, target: Expr) -> Expr:
        """The name behind a dot."""
        token = self.identifier()
        if self.token.kind == "<" and self.begins_type_arguments():
            types = self.type_arguments()
            return Member(target.start, self.end, target, token.value, types, token.start)
        return Member(target.start, token.end, target, token.value, (), token.start)

    # ---------------------------------------------------------------- arguments

    def arguments(self, closing: str) -> tuple[Argument, ...]:
        """Arguments in parentheses or brackets, whose opening one is next. Raises CompileError."""
        self.advance()
        found: list[Argument] = []
        if closing == ")" and self.accept(")"):
            return ()
        while True:
            token = self.token
            if token.kind in (";", END):
                self.fail_expected(closing)
            name = None
            if token.kind == NAME and self.following().kind == ":":
                name = self.identifier().value
                self.advance()
            mode = ""
            if self.token.kind == "out":
                mode = self.advance().kind
                value = self._out_declaration() or self.expression()
            else:
                if self.token.kind == "ref":
                    mode = self.advance().kind
                elif self.token.kind == "in":
                    self.fail_newer("readonly references", "7.2")
                value = self.expression()
            found.append(Argument(token.start, value.end, name, mode, value))
            if not self.accept(","):
                break
        if self.token.kind in OPERAND_STARTS:
            self.fail_expected(",")
        self.expect(closing)
        return tuple(found)

    def _out_declaration(self) -> Expr | None:
        """`T x` or `var _` behind `out`; None where it is an expression."""
        at = self.scan_type(self.index)
        if at != NO_TYPE and self.is_identifier(self.tokens[at]):
            return self._declared()
        return None

    def _declared(self) -> Expr:
        """`T x` in an expression; both are next. `var _` has no type and is a discard."""
        start = self.token.start
        wanted = self.type()
        token = self.identifier()
        var = isinstance(wanted, NamedTypeNode) and wanted.parts == (("var", ()),)
        if var and token.text == "_":
            return Discard(start, token.end)
        return OutDeclaration(start, token.end, wanted, self.declare(token))

    # ---------------------------------------------------------------- parentheses

    def parenthesized(self) -> Expr:
        """`(e)`, or a tuple. Raises CompileError."""
        start = self.advance().start
        elements: list[tuple[str | None, Expr]] = []
        while True:
            token = self.token
            name = None
            if token.kind == NAME and self.following().kind == ":":
                name = self.identifier().value
                self.advance()
            if self._begins_tuple_declaration(is_first=not elements):
                if self.declared_in_tuple == NO_DECLARATION:
                    self.declared_in_tuple = token.start
                value = self._declared()
            else:
                value = self.expression()
            elements.append((name, value))
            if not self.accept(","):
                break
        self.expect(")")
        if len(elements) > 1:
            return Tuple(start, self.end, tuple(elements))
        if name is not None or self.declared_in_tuple >= start:
            self.fail("Tuple must contain at least two elements.", "CS8124", self.tokens[self.index - 1])
        return Parenthesized(start, self.end, value)

    def _begins_tuple_declaration(self, is_first: bool) -> bool:
        """Whether `T x` is next as an element of a tuple; for `(a < b, c > d)` it is not."""
        kind = self.token.kind
        if kind != NAME and kind not in PREDEFINED_TYPES and kind != "(":
            return False
        at = self.scan_type(self.index)
        return (
            at != NO_TYPE
            and self.is_identifier(self.tokens[at])
            and self.tokens[at + 1].kind in ((",",) if is_first else (",", ")"))
        )

    # ---------------------------------------------------------------- literals and words

    def _word(self) -> Expr:
        """A name that means something of its own where it is followed by a parenthesis."""
        token = self.token
        following = self.following()
        if token.text == "global" and following.kind == "::":
            self.advance()
            self.advance()
            return self.name()
        if token.text == "var" and self.begins_deconstruction():
            return self.deconstruction()
        if token.text == "nameof" and following.kind == "(":
            return self._name_of()
        return self.name()

    def _name_of(self) -> Expr:
        # On the stack it comes on top of the level of the expression.
        self.enter()
        start = self.advance().start
        self.expect("(")
        value = self.expression()
        self.expect(")")
        self.leave()
        return NameOf(start, self.end, value)

    def _number(self) -> Expr:
        token = self.advance()
        kind, value = token.value
        return Literal(token.start, token.end, kind, value)

    def _character(self) -> Expr:
        token = self.advance()
        return Literal(token.start, token.end, "char", token.value)

    def _keyword_literal(self) -> Expr:
        token = self.advance()
        kind, value = _KEYWORD_LITERALS[token.kind]
        return Literal(token.start, token.end, kind, value)

    def _predefined_type(self) -> Expr:
        token = self.token
        if self.following().kind != ".":
            self.fail_term()
        self.advance()
        return PredefinedType(token.start, token.end, token.kind)

    def _type_of(self) -> Expr:
        start = self.advance().start
        self.expect("(")
        token = self.token
        if token.kind == "void":
            self.advance()
            self.expect(")")
            return TypeOf(start, self.end, NamedTypeNode(token.start, token.end, (("void", ()),)))
        wanted = self.type()
        self.expect(")")
        return TypeOf(start, self.end, wanted)

    def _size_of(self) -> Expr:
        start = self.advance().start
        self.expect("(")
        wanted = self.type()
        self.expect(")")
        return SizeOf(start, self.end, wanted)

    def _default(self) -> Expr:
        token = self.advance()
        if self.token.kind != "(":
            self.fail_newer("default literal", "7.1", token)
        self.advance()
        wanted = self.type()
        self.expect(")")
        return DefaultOf(token.start, self.end, wanted)

    def _checked(self) -> Expr:
        token = self.advance()
        self.expect("(")
        value = self.expression()
        self.expect(")")
        return Checked(token.start, self.end, token.kind == "checked", value)

    def _fail_primary(self) -> NoReturn:
        """Raise the CompileError of what begins no primary expression."""
        token = self.token
        if token.kind == "throw":
            self.fail("A throw expression is not allowed in this context.", "CS8115")
        if token.kind == "base":
            self.fail("Keyword 'base' is not available in a static method", "CS1511")
        if token.kind == "this":
            self.fail(_THIS, "CS0026")
        if token.kind == "^":
            self.fail_newer("index operator", "8.0")
        if token.kind == "..":
            self.fail_newer("range operator", "8.0")
        if token.kind == "[":
            self.fail_newer("collection expressions", "12.0")
        self.fail_term()


_WORDS: Final = frozenset({"var", "nameof", "global"})
_KEYWORD_LITERALS: Final = {"true": ("bool", True), "false": ("bool", False), "null": ("null", None)}

# What reads a primary expression that begins with a token of this kind.
_PRIMARIES: Final[dict[str, Callable[[PrimaryParser], Expr]]] = {
    "(": PrimaryParser.parenthesized,
    "new": PrimaryParser.new,
    NUMBER: PrimaryParser._number,
    CHARACTER: PrimaryParser._character,
    INTERPOLATED: PrimaryParser.interpolated,
    **dict.fromkeys(_KEYWORD_LITERALS, PrimaryParser._keyword_literal),
    **dict.fromkeys(PREDEFINED_TYPES, PrimaryParser._predefined_type),
    "typeof": PrimaryParser._type_of,
    "sizeof": PrimaryParser._size_of,
    "default": PrimaryParser._default,
    **dict.fromkeys(("checked", "unchecked"), PrimaryParser._checked),
    "delegate": PrimaryParser.anonymous_method,
}
