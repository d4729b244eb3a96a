"""Scopes: which names mean locals, constants and local functions, and where (C# 7.7, 13.6.2).

A name may be declared once in a scope, and in no scope inside or around it: C# 7 lets no local hide another,
not even across lambdas.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from fastgw.expr import bound
from fastgw.expr.types import TypeParameter

ScopeKind = Literal["", "body", "loop", "switch", "catch", "finally"]


@dataclass(slots=True)
class LocalSymbol:
    """A variable; `readonly` says why it cannot be assigned ("foreach iteration variable"), if so."""

    variable: bound.Variable
    readonly: str = ""


@dataclass(slots=True)
class ConstantSymbol:
    """A `const` local."""

    value: bound.Constant


@dataclass(slots=True)
class FunctionSymbol:
    """A local function."""

    function: bound.LocalFunction


@dataclass(slots=True)
class ContextSymbol:
    """The parameter `context`."""


Symbol = LocalSymbol | ConstantSymbol | FunctionSymbol | ContextSymbol


@dataclass(slots=True, eq=False)
class LabelSymbol:
    """A label of a block; `used` when some goto names it."""

    name: str
    used: bool = False


@dataclass(slots=True, eq=False)
class SwitchSymbol:
    """A switch statement: what it tests, and the sections that `goto case` and `goto default` find."""

    value: bound.Expr
    targets: dict[object, LabelSymbol] = field(default_factory=dict)
    default: LabelSymbol | None = None


class Scope:
    """A declaration space. `kind` tells what statement made it; `body` is the function it stands in.

    `declares_in` is the scope that locals declared here belong to, if another: all sections of a switch share
    one, while each has its own for the variables of its patterns.
    """

    __slots__ = (
        "below",
        "body",
        "declares_in",
        "in_loop",
        "kind",
        "labels",
        "parent",
        "switch",
        "symbols",
        "types",
    )

    def __init__(self, parent: Scope | None, body: bound.Body, kind: ScopeKind = "") -> None:
        self.parent = parent
        self.body = body
        self.kind = kind
        self.symbols: dict[str, Symbol] = {}
        self.below: set[str] = set()
        self.labels: dict[str, LabelSymbol] = {}
        self.types: dict[str, TypeParameter] = {}
        self.switch: SwitchSymbol | None = None
        self.declares_in: Scope | None = None
        inherited = parent is not None and parent.body is body and parent.in_loop
        self.in_loop: bool = inherited or kind == "loop"

    def around(self) -> Iterator[Scope]:
        """This scope and those around it, innermost first."""
        at: Scope | None = self
        while at is not None:
            yield at
            at = at.parent

    def within_body(self) -> Iterator[Scope]:
        """This scope and those around it, as far as they belong to the same function."""
        for one in self.around():
            if one.body is not self.body:
                return
            yield one

    def lookup(self, name: str) -> Symbol | None:
        """What a simple name means here, or None."""
        for one in self.around():
            found = one.symbols.get(name)
            if found is not None:
                return found
        return None

    def type_parameter(self, name: str) -> TypeParameter | None:
        """The type parameter of a local function around."""
        for one in self.around():
            if name in one.types:
                return one.types[name]
        return None

    def conflict(self, name: str) -> str | None:
        """Why a name cannot be declared here: the code CS0128 or CS0136, or None."""
        if name in self.symbols:
            return "CS0128"
        if name in self.below:
            return "CS0136"
        outer = self.parent
        while outer is not None:
            if name in outer.symbols:
                return "CS0136"
            outer = outer.parent
        return None

    def declare(self, name: str, symbol: Symbol) -> None:
        """Enter a name; `conflict` has been asked."""
        self.symbols[name] = symbol
        outer = self.parent
        while outer is not None:
            outer.below.add(name)
            outer = outer.parent

    def names(self) -> Iterator[str]:
        """Every name in scope."""
        for one in self.around():
            yield from one.symbols
