"""Patterns behind `is` and `case`. What may be a type or a constant is left to the binder."""

from __future__ import annotations

from fastgw.expr.nodes import ConstantPattern, DeclarationPattern, Pattern, TypePattern
from fastgw.expr.parser.names import NameParser
from fastgw.expr.parser.types import NO_TYPE
from fastgw.expr.tokens import NAME, OPERAND_STARTS

_RELATIONS = frozenset({"<", ">", "<=", ">="})


class PatternParser(NameParser):
    """Reads patterns."""

    def pattern_of_is(self) -> Pattern:
        """The pattern behind `is`. Raises CompileError."""
        self._refuse_newer()
        start = self.token.start
        at = self.scan_type(self.index, in_expression=True)
        if at != NO_TYPE:
            if self.is_identifier(self.tokens[at]):
                return self._declared_pattern()
            # Type arguments end in `>`, a tuple type in `)`: no constant does.
            only_type = self.is_only_type(self.index, at) or self.tokens[at - 1].kind in (">", ")")
            if only_type and self.tokens[at].kind not in (".", "("):
                wanted = self.type_in_expression()
                return TypePattern(start, wanted.end, wanted)
        self.enter()
        value = self.constant()
        self.leave()
        return ConstantPattern(start, value.end, value)

    def pattern_of_case(self) -> Pattern:
        """The pattern behind `case`. Raises CompileError."""
        self._refuse_newer()
        start = self.token.start
        at = self.scan_type(self.index, in_expression=True)
        if at != NO_TYPE and self.is_identifier(self.tokens[at]) and self.tokens[at].text != "when":
            return self._declared_pattern()
        value = self.expression()
        return ConstantPattern(start, value.end, value)

    def _declared_pattern(self) -> DeclarationPattern:
        """`T x`; both are next."""
        start = self.token.start
        wanted = self.type_in_expression()
        token = self.identifier()
        name = None if token.text == "_" else self.declare(token)
        if token.text in ("and", "or") and self._begins_pattern():
            self.fail_newer(f"{token.text} pattern", "9.0", token)
        return DeclarationPattern(start, token.end, wanted, name)

    def _refuse_newer(self) -> None:
        """Raise CompileError for a pattern that C# 7 has not."""
        token = self.token
        if token.kind in _RELATIONS:
            self.fail_newer("relational pattern", "9.0")
        if token.kind == "{" or (token.kind == NAME and self.following().kind == "{"):
            self.fail_newer("recursive patterns", "8.0")
        if token.kind == "[":
            self.fail_newer("list pattern", "11.0")
        if token.text == "not" and self.following().kind in OPERAND_STARTS - {"("}:
            self.fail_newer("not pattern", "9.0")
        if token.text == "var" and self.following().kind == "(":
            self.fail_newer("recursive patterns", "8.0")

    def _begins_pattern(self) -> bool:
        return self.token.kind in OPERAND_STARTS or self.token.kind in _RELATIONS
