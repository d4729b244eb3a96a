"""The state of one binding: errors, the scope and function at hand, and the dispatch over syntax nodes.

Binding functions stand in modules by concern and take the session first. They call each other through
`expression` and `statement`, whose tables `dispatch` fills, so that no module needs to know all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from fastgw.expr import bound, nodes
from fastgw.expr.binder.operands import faulty
from fastgw.expr.binder.scopes import LocalSymbol, Scope, ScopeKind, Symbol
from fastgw.expr.errors import CompileErrors, too_complex
from fastgw.expr.types import VOID, NamedType, Type

MOST_WORK = 60_000
"""Expressions and statements bound, and overloads tried; a lambda's body counts once for each delegate tried.

Those of the published policies stay below 2,000. One takes about 20 us, so that this is about a second.
"""

MOST_HINTS = 40
"""Names that are compared with all known ones, for a hint in a message; an author sees fewer messages."""

_SPINE = 16
"""Left-deep chains longer than this are walked from the bottom up instead of by recursion."""

# Each takes the node that it stands beside in the tables of `dispatch`.
ExpressionBinder = Callable[["Session", Any], bound.Expr]
StatementBinder = Callable[["Session", Any], bound.Stmt]


@dataclass(slots=True)
class Return:
    """A `return` that waits for the return type of its lambda."""

    statement: bound.Return
    value: bound.Expr | None


@dataclass(slots=True)
class Function:
    """The function that is being bound: its body, its returns, and whether it has labels."""

    body: bound.Body
    returns: list[Return] = field(default_factory=list)


class Session:
    """Everything that binding functions share. `overflow`: True in checked, False in unchecked, else None."""

    __slots__ = (
        "_prebound",
        "_work",
        "context_type",
        "errors",
        "expressions",
        "function",
        "hints_left",
        "last_start",
        "naming",
        "overflow",
        "receiver",
        "scope",
        "statements",
    )

    def __init__(
        self,
        context_type: NamedType,
        expressions: dict[type, ExpressionBinder],
        statements: dict[type, StatementBinder],
    ) -> None:
        self.context_type = context_type
        self.expressions = expressions
        self.statements = statements
        self.errors = CompileErrors()
        self.function = Function(bound.Body([], VOID, None))
        self.scope = Scope(None, self.function.body, "body")
        self.overflow: bool | None = None
        self.receiver: bound.Expr | None = None
        self.naming = False
        self._prebound: dict[int, bound.Expr] = {}
        self.hints_left = MOST_HINTS
        # Where the node stands that was begun last.
        self.last_start = 0
        self._work = 0

    # ---------------------------------------------------------------- errors

    def report(self, code: str, message: str, offset: int) -> None:
        """Record an error."""
        self.errors.report(message, offset, code)

    def refuse(self, code: str, message: str, node: nodes.Node) -> bound.Expr:
        """Record an error about a node and stand in for its value."""
        self.errors.report(message, node.start, code)
        return faulty(node.start, node.end)

    @contextmanager
    def attempt(self) -> Iterator[CompileErrors]:
        """Errors go to the collection given, until the end of the block."""
        outer, self.errors = self.errors, CompileErrors()
        try:
            yield self.errors
        finally:
            self.errors = outer

    def spend(self, node: nodes.Node) -> None:
        """Count a node as work. Raises CompileError as `spend_more` does."""
        self._work += 1
        self.last_start = node.start
        if self._work > MOST_WORK:
            raise too_complex(node.start)

    def spend_more(self, amount: int, offset: int) -> None:
        """Count work that no node stands for. Raises CompileError when an expression makes too much of it."""
        self._work += amount
        if self._work > MOST_WORK:
            raise too_complex(offset)

    # ---------------------------------------------------------------- dispatch

    def expression(self, node: nodes.Expr) -> bound.Expr:
        """The operand that an expression is: a value, or one of `operands`."""
        found = self._prebound.pop(id(node), None)
        if found is not None:
            return found
        self.spend(node)
        below = _BELOW.get(type(node))
        if below is not None and below(node) is not None:
            self._bind_spine(node)
        return self.expressions[type(node)](self, node)

    def statement(self, node: nodes.Stmt) -> bound.Stmt:
        """A bound statement."""
        self.spend(node)
        return self.statements[type(node)](self, node)

    def block(self, node: nodes.Block) -> bound.Block:
        """A bound block, in a scope of its own."""
        return cast("bound.Block", self.statement(node))

    def _bind_spine(self, node: nodes.Expr) -> None:
        """Bind what stands at the left of a long chain (a + b + c ..., a.b().c() ...), from the bottom up.

        Each result waits in `_prebound` for the recursion that asks for it, one step above.
        """
        spine = [node]
        while (below := _BELOW.get(type(spine[-1]))) is not None:
            child = below(spine[-1])
            if child is None or id(child) in self._prebound:
                break
            spine.append(child)
        if len(spine) < _SPINE:
            return
        waiting = 0
        for one in reversed(spine[1:]):
            self.spend(one)
            operand = self.expressions[type(one)](self, one)
            self._prebound.pop(waiting, None)
            waiting = id(one)
            self._prebound[waiting] = operand

    # ---------------------------------------------------------------- scopes

    @property
    def body(self) -> bound.Body:
        """The body of the function at hand."""
        return self.function.body

    @contextmanager
    def scoped(self, kind: ScopeKind = "") -> Iterator[Scope]:
        """A new scope inside the one at hand."""
        outer = self.scope
        self.scope = Scope(outer, outer.body, kind)
        try:
            yield self.scope
        finally:
            self.scope = outer

    @contextmanager
    def entering(self, function: Function, scope: Scope, overflow: bool | None) -> Iterator[Scope]:
        """The body of a lambda or local function, in a scope inside `scope`."""
        outer = (self.function, self.scope, self.overflow, self.receiver, self.naming)
        self.function = function
        self.scope = Scope(scope, function.body, "body")
        self.overflow, self.receiver, self.naming = overflow, None, False
        try:
            yield self.scope
        finally:
            self.function, self.scope, self.overflow, self.receiver, self.naming = outer

    def declare(self, name: str, symbol: Symbol, offset: int) -> None:
        """Declare a name in the scope at hand, or report why that cannot be."""
        scope = self.scope.declares_in or self.scope
        conflict = scope.conflict(name)
        if conflict == "CS0128":
            self.report(
                conflict,
                f"A local variable or function named '{name}' is already defined in this scope",
                offset,
            )
            return
        if conflict:
            self.report(
                conflict,
                f"A local or parameter named '{name}' cannot be declared in this scope because that name is "
                "used in an enclosing local scope to define a local or parameter",
                offset,
            )
        scope.declare(name, symbol)

    def variable(self, name: str, type: Type, offset: int, *, readonly: str = "") -> bound.Variable:
        """A new variable, declared in the scope at hand."""
        made = bound.Variable(name, type, self.body, in_loop=self.scope.in_loop)
        self.declare(name, LocalSymbol(made, readonly), offset)
        return made

    def hidden(self, name: str, type: Type) -> bound.Variable:
        """A variable that no name leads to."""
        return bound.Variable(name, type, self.body, in_loop=self.scope.in_loop)

    def use(self, variable: bound.Variable, *, assigns: bool = False) -> None:
        """Note the use of a variable: by which function, and how."""
        if variable.owner is not self.body:
            variable.captured = True
            variable.assigned_by_closure = variable.assigned_by_closure or assigns


def _binary(node: nodes.Binary) -> nodes.Expr | None:
    return node.left


def _member(node: nodes.Member | nodes.ElementAccess) -> nodes.Expr | None:
    return node.target


def _invocation(node: nodes.Invocation) -> nodes.Expr | None:
    # The member that is called is looked up together with the call, so the chain goes on below it.
    target = node.target
    return target.target if isinstance(target, nodes.Member) else target


_BELOW: dict[type, Callable[[Any], nodes.Expr | None]] = {
    nodes.Binary: _binary,
    nodes.Member: _member,
    nodes.ElementAccess: _member,
    nodes.Invocation: _invocation,
}
