"""Expressions from the outside in: lambda, query, assignment, conditional, binary operators, unary ones.

Every level of precedence is one method, but for the binary operators: these are one loop over the table
`LEVELS`, so that a long chain of them takes no room on the stack (C# specification, section 12.4.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fastgw.expr.errors import newer_feature
from fastgw.expr.nodes import (
    As,
    Assignment,
    Binary,
    Cast,
    Conditional,
    Discard,
    Expr,
    Is,
    Literal,
    Name,
    OutDeclaration,
    ThrowExpr,
    Tuple,
    TypeNode,
    Unary,
)
from fastgw.expr.parser.cursor import MAX_NESTING
from fastgw.expr.parser.names import NO_DECLARATION
from fastgw.expr.parser.patterns import PatternParser
from fastgw.expr.parser.primaries import PrimaryParser
from fastgw.expr.parser.queries import QueryParser
from fastgw.expr.tokens import NAME, Token

COALESCING: Final = 1
SHIFT: Final = 9
LEVELS: Final = {
    "??": COALESCING,
    "||": 2,
    "&&": 3,
    "|": 4,
    "^": 5,
    "&": 6,
    **dict.fromkeys(("==", "!="), 7),
    **dict.fromkeys(("<", ">", "<=", ">=", "is", "as"), 8),
    **dict.fromkeys(("<<", ">>"), SHIFT),
    **dict.fromkeys(("+", "-"), 10),
    **dict.fromkeys(("*", "/", "%"), 11),
}
"""Precedence of the binary operators; all lean to the left but `??`."""

ASSIGNMENTS: Final = frozenset({"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<="})
PREFIXES: Final = frozenset({"+", "-", "!", "~", "++", "--"})

# What only fits its type with the minus sign before it (C# specification, section 6.4.5.3).
_NEGATIVE: Final = {("uint", 2**31): "int", ("ulong", 2**63): "long"}


class ExpressionParser(PrimaryParser, PatternParser, QueryParser):
    """Reads expressions."""

    def expression(self) -> Expr:
        """An expression of any kind. Raises CompileError."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.fail_nesting()
        kind = self.token.kind
        found: Expr
        if (kind == NAME or kind == "(") and self.begins_lambda():
            found = self.lambda_()
        elif kind == NAME and self.token.text == "from" and self.begins_query():
            found = self.query()
        else:
            found = self.binary()
            kind = self.token.kind
            if kind == "?":
                found = self._conditional(found)
            elif kind in ASSIGNMENTS or (kind == ">" and self._shift() == ">>="):
                found = self._assignment(found)
        self.depth -= 1
        return found

    def _conditional(self, condition: Expr) -> Expr:
        """`? a : b` behind a condition; leans to the right."""
        self.advance()
        if_true = self.throw() if self.token.kind == "throw" else self.expression()
        self.expect(":")
        if_false = self.throw() if self.token.kind == "throw" else self.expression()
        return Conditional(condition.start, if_false.end, condition, if_true, if_false)

    def _assignment(self, target: Expr) -> Expr:
        """`= value` behind a target; leans to the right."""
        operator = self.advance().kind
        if operator == ">":
            self.advance()
            operator = ">>="
        if operator == "=" and isinstance(target, Tuple):
            self.deconstructed(target)
        value = self.expression()
        return Assignment(target.start, value.end, operator, target, value)

    def deconstructed(self, target: Tuple) -> None:
        """Take a tuple for the target of a deconstruction. Raises CompileError."""
        if self.declared_in_tuple >= target.start:
            self.declared_in_tuple = NO_DECLARATION
        if len({isinstance(leaf, OutDeclaration) for leaf in leaves(target)}) > 1:
            feature = "Mixed declarations and expressions in deconstruction"
            raise newer_feature(feature, "10.0", target.start)

    def throw(self) -> Expr:
        """`throw e`, in one of the places that the callers know."""
        self.enter()
        start = self.advance().start
        value = self.binary()
        self.leave()
        return ThrowExpr(start, value.end, value)

    def binary(self, lowest: int = COALESCING) -> Expr:
        """Operands and the operators between them that bind at least as tightly as `lowest`."""
        # What waits for its right operand: level, operator, its offset, left operand.
        waiting: list[tuple[int, str, int, Expr]] = []
        found = self.unary() if self._begins_unary() else self.primary()
        while True:
            token = self.token
            operator = token.kind
            if operator == ">":
                operator = self._shift()
            level = LEVELS.get(operator, 0)
            while waiting and (waiting[-1][0] > level or (waiting[-1][0] == level != COALESCING)):
                _, waited, at, left = waiting.pop()
                found = Binary(left.start, found.end, waited, left, found, at)
                self.depth -= 1
            if level < lowest or not level:
                return found
            self.advance()
            if operator == ">>":
                self.advance()
            elif operator == "is":
                pattern = self.pattern_of_is()
                found = Is(found.start, pattern.end, found, pattern)
                continue
            elif operator == "as":
                wanted = self.type_in_expression()
                found = As(found.start, wanted.end, found, wanted)
                continue
            waiting.append((level, operator, token.start, found))
            self.depth += 1
            if self.depth > MAX_NESTING:
                self.fail_nesting()
            if self.token.kind == "throw" and level == COALESCING:
                found = self.throw()
            else:
                found = self.unary() if self._begins_unary() else self.primary()

    def constant(self) -> Expr:
        """The operand of `is` where it is no type."""
        return self.binary(SHIFT)

    def unary(self) -> Expr:
        """Prefix operators and casts, and what they apply to."""
        prefixes: list[tuple[int, str | TypeNode]] = []
        while self._begins_unary():
            start = self.token.start
            if self.token.kind == "(":
                self.advance()
                prefixes.append((start, self.type()))
                self.expect(")")
            else:
                prefixes.append((start, self.advance().kind))
            self.enter()
        token = self.token
        found = self.primary()
        self.leave(len(prefixes))
        if prefixes[-1][1] == "-" and isinstance(found, Literal) and found.end == token.end:
            negative = _negative(found, token, prefixes[-1][0])
            if negative:
                found = negative
                prefixes.pop()
        for start, prefix in reversed(prefixes):
            if isinstance(prefix, str):
                found = Unary(start, found.end, prefix, found)
            else:
                found = Cast(start, found.end, prefix, found)
        return found

    def _begins_unary(self) -> bool:
        kind = self.token.kind
        return kind in PREFIXES or (kind == "(" and self.begins_cast())

    def _shift(self) -> str:
        """What a `>` is together with what touches it: the lexer keeps them apart for `List<List<int>>`."""
        following = self.following()
        if following.start == self.token.end and following.kind in (">", ">="):
            return ">" + following.kind
        return ">"


def _negative(literal: Literal, token: Token, start: int) -> Literal | None:
    """The literal with a minus sign before it, if it is one that needs the sign to fit."""
    kind = _NEGATIVE.get((literal.kind, literal.value)) if literal.kind in ("uint", "ulong") else None
    # Decimal ones only, and no suffix that says unsigned.
    if kind is None or token.text[:2] in ("0x", "0X", "0b", "0B") or token.text[-1] in "uU":
        return None
    return Literal(start, literal.end, kind, -literal.value)


def leaves(target: Tuple) -> Iterator[Expr]:
    """What a deconstruction assigns to, without what is or may be a discard."""
    for _, element in target.elements:
        if isinstance(element, Tuple):
            yield from leaves(element)
        elif not isinstance(element, Discard) and not is_underscore(element):
            yield element


def is_underscore(target: Expr) -> bool:
    """Whether a target is `_`: a discard, unless a variable of that name is in scope."""
    return isinstance(target, Name) and target.name == "_" and not target.type_arguments


def with_discards(target: Tuple) -> Tuple:
    """A target with its underscores as discards, where they can be nothing else."""
    elements: list[tuple[str | None, Expr]] = []
    for name, element in target.elements:
        if isinstance(element, Tuple):
            element = with_discards(element)
        elif is_underscore(element):
            element = Discard(element.start, element.end)
        elements.append((name, element))
    return Tuple(target.start, target.end, tuple(elements))
