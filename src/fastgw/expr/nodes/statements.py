"""Statements."""

from __future__ import annotations

from dataclasses import dataclass

from fastgw.expr.nodes.base import Expr, Node, Pattern, Stmt
from fastgw.expr.nodes.expressions import DeconstructionDeclaration, Parameter, Tuple
from fastgw.expr.nodes.types import TypeNode


@dataclass(frozen=True, slots=True)
class Block(Stmt):
    """`{ … }`; also the whole body of a statement expression."""

    statements: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class Empty(Stmt):
    """`;`."""


@dataclass(frozen=True, slots=True)
class Declarator(Node):
    """`x` or `x = e` in a declaration."""

    name: str
    value: Expr | None


@dataclass(frozen=True, slots=True)
class Declaration(Stmt):
    """`T a = 1, b;`, `var x = e;`, `const T c = 1;`."""

    type: TypeNode
    declarators: tuple[Declarator, ...]
    constant: bool = False


@dataclass(frozen=True, slots=True)
class ExpressionStatement(Stmt):
    """A call, an assignment, `++`/`--` or `new`; the parser lets any expression through, the binder not."""

    value: Expr


@dataclass(frozen=True, slots=True)
class If(Stmt):
    """`if (condition) then else otherwise`."""

    condition: Expr
    then: Stmt
    otherwise: Stmt | None


@dataclass(frozen=True, slots=True)
class While(Stmt):
    """`while (condition) body`."""

    condition: Expr
    body: Stmt


@dataclass(frozen=True, slots=True)
class DoWhile(Stmt):
    """`do body while (condition);`."""

    body: Stmt
    condition: Expr


@dataclass(frozen=True, slots=True)
class For(Stmt):
    """`for (initializers; condition; updates) body`; the initialisers are one Declaration or statements."""

    initializers: tuple[Stmt, ...]
    condition: Expr | None
    updates: tuple[Expr, ...]
    body: Stmt


@dataclass(frozen=True, slots=True)
class ForEach(Stmt):
    """`foreach (T x in source) body`, `foreach (var (a, b) in source)` (then `name` is a deconstruction).

    `foreach ((int a, var b) in source)` has a Tuple for a name. `type` is `var` for both.
    """

    type: TypeNode
    name: str | DeconstructionDeclaration | Tuple
    source: Expr
    body: Stmt


@dataclass(frozen=True, slots=True)
class CaseLabel(Node):
    """`case pattern when condition:`; `pattern` None is `default:`."""

    pattern: Pattern | None
    condition: Expr | None = None


@dataclass(frozen=True, slots=True)
class SwitchSection(Node):
    """Labels and what they run."""

    labels: tuple[CaseLabel, ...]
    statements: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class Switch(Stmt):
    """`switch (value) { … }`."""

    value: Expr
    sections: tuple[SwitchSection, ...]


@dataclass(frozen=True, slots=True)
class Break(Stmt):
    """`break;`."""


@dataclass(frozen=True, slots=True)
class Continue(Stmt):
    """`continue;`."""


@dataclass(frozen=True, slots=True)
class Return(Stmt):
    """`return e;`."""

    value: Expr | None


@dataclass(frozen=True, slots=True)
class Throw(Stmt):
    """`throw e;`, `throw;`."""

    value: Expr | None


@dataclass(frozen=True, slots=True)
class CatchClause(Node):
    """`catch (T name) when (condition) { … }`; `type` None catches everything."""

    type: TypeNode | None
    name: str | None
    condition: Expr | None
    body: Block


@dataclass(frozen=True, slots=True)
class Try(Stmt):
    """`try { … } catch … finally { … }`."""

    body: Block
    catches: tuple[CatchClause, ...]
    finally_body: Block | None


@dataclass(frozen=True, slots=True)
class Using(Stmt):
    """`using (T x = e) body`, `using (e) body`."""

    resource: Declaration | Expr
    body: Stmt


@dataclass(frozen=True, slots=True)
class CheckedStmt(Stmt):
    """`checked { … }`, `unchecked { … }`."""

    checked: bool
    body: Block


@dataclass(frozen=True, slots=True)
class Labeled(Stmt):
    """`label: statement`."""

    label: str
    statement: Stmt


@dataclass(frozen=True, slots=True)
class Goto(Stmt):
    """`goto label;` (`case` None, `label` set), `goto case e;`, `goto default;` (both None)."""

    label: str | None
    case: Expr | None


@dataclass(frozen=True, slots=True)
class LocalFunction(Stmt):
    """`T F<U>(parameters) { … }` or `=> e;` (then the body is an expression)."""

    returns: TypeNode
    name: str
    type_parameters: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    body: Block | Expr
