"""Statements of several parts: `switch` with its sections, `try` with its clauses."""

from __future__ import annotations

from abc import abstractmethod

from fastgw.expr.nodes import CaseLabel, CatchClause, Stmt, Switch, SwitchSection, Try
from fastgw.expr.parser.patterns import PatternParser
from fastgw.expr.tokens import END


class SectionParser(PatternParser):
    """Reads `switch` and `try`."""

    @abstractmethod
    def statement(self) -> Stmt:
        """A statement."""

    # ---------------------------------------------------------------- switch

    def switch(self) -> Stmt:
        """`switch (e) { … }`. Raises CompileError."""
        start = self.advance().start
        self.expect("(")
        value = self.expression()
        self.expect(")")
        self.expect("{")
        sections = []
        while self._begins_label():
            sections.append(self._section())
        self.expect("}")
        return Switch(start, self.end, value, tuple(sections))

    def _begins_label(self) -> bool:
        # `default(T)` begins an expression.
        return self.token.kind == "case" or (self.token.kind == "default" and self.following().kind == ":")

    def _section(self) -> SwitchSection:
        # On the stack it comes on top of the level of the statement.
        self.enter()
        start = self.token.start
        labels = []
        while self._begins_label():
            labels.append(self._label())
        statements = []
        while self.token.kind not in ("}", END) and not self._begins_label():
            statements.append(self.statement())
        self.leave()
        return SwitchSection(start, self.end, tuple(labels), tuple(statements))

    def _label(self) -> CaseLabel:
        token = self.advance()
        if token.kind == "default":
            self.expect(":")
            return CaseLabel(token.start, self.end, None)
        self.in_case += 1
        pattern = self.pattern_of_case()
        self.in_case -= 1
        condition = self.expression() if self.accept_word("when") else None
        self.expect(":")
        return CaseLabel(token.start, self.end, pattern, condition)

    # ---------------------------------------------------------------- try

    def try_(self) -> Stmt:
        """`try { … } catch … finally { … }`. Raises CompileError."""
        start = self.advance().start
        body = self.block()
        catches: list[CatchClause] = []
        while self.token.kind == "catch":
            if catches and catches[-1].type is None and catches[-1].condition is None:
                self.fail("Catch clauses cannot follow the general catch clause of a try statement", "CS1017")
            catches.append(self._catch())
        finally_body = self.block() if self.accept("finally") else None
        if not catches and finally_body is None:
            self.fail("Expected catch or finally", "CS1524", self.tokens[self.index - 1])
        return Try(start, self.end, body, tuple(catches), finally_body)

    def _catch(self) -> CatchClause:
        start = self.advance().start
        caught = name = condition = None
        if self.accept("("):
            caught = self.type()
            if self.token.kind != ")":
                name = self.declare(self.identifier())
            self.expect(")")
        if self.accept_word("when"):
            self.expect("(")
            condition = self.expression()
            self.expect(")")
        body = self.block()
        return CatchClause(start, self.end, caught, name, condition, body)
