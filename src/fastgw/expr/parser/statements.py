"""Statements (C# specification, section 13), but for `switch` and `try`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fastgw.expr.nodes import (
    Block,
    Break,
    CheckedStmt,
    Continue,
    Declaration,
    DeconstructionDeclaration,
    DoWhile,
    Empty,
    Expr,
    ExpressionStatement,
    For,
    ForEach,
    Goto,
    If,
    Labeled,
    LocalFunction,
    NamedTypeNode,
    OutDeclaration,
    Return,
    Stmt,
    Throw,
    Tuple,
    TypeNode,
    Using,
    While,
)
from fastgw.expr.parser.cursor import MAX_NESTING
from fastgw.expr.parser.declarations import MODIFIERS, DeclarationParser
from fastgw.expr.parser.expressions import leaves, with_discards
from fastgw.expr.parser.sections import SectionParser
from fastgw.expr.parser.types import NO_TYPE
from fastgw.expr.tokens import END, NAME, PREDEFINED_TYPES

_TYPE_DECLARATIONS: Final = ("class", "struct", "interface", "enum", "namespace")


class StatementParser(SectionParser, DeclarationParser):
    """Reads statements."""

    def statement(self) -> Stmt:
        """A statement. Raises CompileError."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.fail_nesting()
        read = _STATEMENTS.get(self.token.kind)
        found = read(self) if read else self._simple()
        self.depth -= 1
        return found

    def block(self) -> Block:
        """`{ … }`. Raises CompileError."""
        start = self.expect("{").start
        found = []
        while self.token.kind not in ("}", END):
            found.append(self.statement())
        self.expect("}")
        return Block(start, self.end, tuple(found))

    def embedded(self) -> Stmt:
        """The statement that another one governs: no declaration, no label. Raises CompileError."""
        token = self.token
        found = self.statement()
        if isinstance(found, Declaration | Labeled | LocalFunction):
            self.fail("Embedded statement cannot be a declaration or labeled statement", "CS1023", token)
        return found

    # ---------------------------------------------------------------- without a keyword of their own

    def _simple(self) -> Stmt:
        """A declaration, a label or an expression."""
        token = self.token
        kind = token.kind
        if kind == NAME:
            if self.following().kind == ":":
                return self._labeled()
            self._refuse_contextual()
            if self.begins_declaration():
                return self.declaration_or_function()
        elif kind in PREDEFINED_TYPES:
            if self.following().kind != ".":
                return self.declaration_or_function()
        elif kind == "(" and self.begins_declaration():
            return self.declaration_or_function()
        value = self.expression()
        self.expect(";")
        return ExpressionStatement(token.start, self.end, value)

    def _labeled(self) -> Labeled:
        token = self.identifier()
        self.advance()
        found = self.statement()
        return Labeled(token.start, found.end, token.value, found)

    def _refuse_contextual(self) -> None:
        """Raise CompileError for statements that begin with a contextual keyword."""
        word = self.token.text
        following = self.following().kind
        if word == "yield" and following in ("return", "break"):
            self.fail("Iterators are not supported within expressions")
        if word == "await" and (following in (NAME, "foreach", "using")):
            self.fail_await(self.token)
        if word == "async" and following in (NAME, "void", *PREDEFINED_TYPES):
            self.fail("Asynchronous functions are not supported within expressions")

    def _block_statement(self) -> Stmt:
        return self.block()

    def _empty(self) -> Stmt:
        token = self.advance()
        return Empty(token.start, token.end)

    # ---------------------------------------------------------------- conditions and loops

    def _condition(self) -> Expr:
        """`(e)` behind a keyword."""
        self.expect("(")
        found = self.expression()
        self.expect(")")
        return found

    def _if(self) -> Stmt:
        start = self.advance().start
        condition = self._condition()
        then = self.embedded()
        otherwise = self.embedded() if self.accept("else") else None
        return If(start, self.end, condition, then, otherwise)

    def _while(self) -> Stmt:
        start = self.advance().start
        condition = self._condition()
        body = self.embedded()
        return While(start, body.end, condition, body)

    def _do(self) -> Stmt:
        start = self.advance().start
        body = self.embedded()
        self.expect("while")
        condition = self._condition()
        self.expect(";")
        return DoWhile(start, self.end, body, condition)

    def _for(self) -> Stmt:
        start = self.advance().start
        self.expect("(")
        initializers: list[Stmt] = []
        if self.token.kind != ";":
            if self._begins_local():
                initializers.append(self.declaration())
            else:
                initializers += (
                    ExpressionStatement(value.start, value.end, value) for value in self._expressions()
                )
        self.expect(";")
        condition = self.expression() if self.token.kind != ";" else None
        self.expect(";")
        updates = self._expressions() if self.token.kind != ")" else []
        self.expect(")")
        body = self.embedded()
        return For(start, body.end, tuple(initializers), condition, tuple(updates), body)

    def _begins_local(self) -> bool:
        """Whether a local is declared next."""
        kind = self.token.kind
        return self.begins_declaration() or (kind in PREDEFINED_TYPES and self.following().kind != ".")

    def _expressions(self) -> list[Expr]:
        found = [self.expression()]
        while self.accept(","):
            found.append(self.expression())
        return found

    def _foreach(self) -> Stmt:
        start = self.advance().start
        self.expect("(")
        type_, name = self._foreach_variable()
        self.expect("in")
        source = self.expression()
        self.expect(")")
        body = self.embedded()
        return ForEach(start, body.end, type_, name, source, body)

    def _foreach_variable(self) -> tuple[TypeNode, str | DeconstructionDeclaration | Tuple]:
        token = self.token
        var = NamedTypeNode(token.start, token.end, (("var", ()),))
        if token.text == "var" and self.following().kind == "(":
            return var, self.deconstruction()
        if token.kind == "(" and not self.begins_declaration():
            target = self.parenthesized()
            if isinstance(target, Tuple):
                self.deconstructed(target)
                if not all(isinstance(leaf, OutDeclaration) for leaf in leaves(target)):
                    self.fail("A foreach loop must declare its iteration variables.", "CS8186", token)
                return var, with_discards(target)
        if not self._begins_local():
            self.fail("Type and identifier are both required in a foreach statement", "CS0230")
        wanted = self.type()
        return wanted, self.declare(self.identifier())

    # ---------------------------------------------------------------- jumps

    def _break(self) -> Stmt:
        start = self.advance().start
        self.expect(";")
        return Break(start, self.end)

    def _continue(self) -> Stmt:
        start = self.advance().start
        self.expect(";")
        return Continue(start, self.end)

    def _return(self) -> Stmt:
        start = self.advance().start
        if self.token.kind == "ref":
            self.fail("Returning by reference is not supported within expressions")
        value = self.expression() if self.token.kind != ";" else None
        self.expect(";")
        return Return(start, self.end, value)

    def _throw(self) -> Stmt:
        start = self.advance().start
        value = self.expression() if self.token.kind != ";" else None
        self.expect(";")
        return Throw(start, self.end, value)

    def _goto(self) -> Stmt:
        start = self.advance().start
        label = case = None
        if self.accept("case"):
            case = self.expression()
        elif not self.accept("default"):
            label = self.identifier().value
        self.expect(";")
        return Goto(start, self.end, label, case)

    # ---------------------------------------------------------------- using, checked

    def _using(self) -> Stmt:
        token = self.advance()
        if self.token.kind != "(":
            self.fail_newer("using declarations", "8.0", token)
        self.advance()
        at = self.scan_type(self.index)
        resource: Declaration | Expr
        # `using (a ? b : c)` begins like a type and a name.
        if at != NO_TYPE and self.is_identifier(self.tokens[at]) and self.tokens[at + 1].kind == "=":
            resource = self.declaration()
        else:
            resource = self.expression()
        self.expect(")")
        body = self.embedded()
        return Using(token.start, body.end, resource, body)

    def _checked_statement(self) -> Stmt:
        if self.following().kind != "{":
            return self._simple()
        token = self.advance()
        body = self.block()
        return CheckedStmt(token.start, body.end, token.kind == "checked", body)

    # ---------------------------------------------------------------- what is refused

    def _refuse_type(self) -> Stmt:
        self.fail("Types cannot be declared within expressions")

    def _refuse_statement(self) -> Stmt:
        self.fail(f"The '{self.token.text}' statement is not supported within expressions")

    def _refuse_reference(self) -> Stmt:
        self.fail("Reference locals are not supported within expressions")


_STATEMENTS: Final[dict[str, Callable[[StatementParser], Stmt]]] = {
    "{": StatementParser._block_statement,
    ";": StatementParser._empty,
    "if": StatementParser._if,
    "while": StatementParser._while,
    "do": StatementParser._do,
    "for": StatementParser._for,
    "foreach": StatementParser._foreach,
    "switch": StatementParser.switch,
    "break": StatementParser._break,
    "continue": StatementParser._continue,
    "return": StatementParser._return,
    "throw": StatementParser._throw,
    "goto": StatementParser._goto,
    "try": StatementParser.try_,
    "using": StatementParser._using,
    "checked": StatementParser._checked_statement,
    "unchecked": StatementParser._checked_statement,
    "const": StatementParser.constant_declaration,
    "void": StatementParser.declaration_or_function,
    "ref": StatementParser._refuse_reference,
    **dict.fromkeys(("fixed", "lock", "unsafe"), StatementParser._refuse_statement),
    **dict.fromkeys(_TYPE_DECLARATIONS, StatementParser._refuse_type),
    **dict.fromkeys(MODIFIERS, StatementParser.refuse_modifier),
}
