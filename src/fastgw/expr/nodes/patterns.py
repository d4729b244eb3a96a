"""Patterns of `is` and `case`."""

from __future__ import annotations

from dataclasses import dataclass

from fastgw.expr.nodes.base import Expr, Pattern
from fastgw.expr.nodes.types import TypeNode


@dataclass(frozen=True, slots=True)
class ConstantPattern(Pattern):
    """`null`, `5`, `"x"`, `DayOfWeek.Monday`; after `is` a name may also be a type: the binder decides."""

    value: Expr


@dataclass(frozen=True, slots=True)
class TypePattern(Pattern):
    """`T`, where it can only be a type, such as `int?` or `string`."""

    type: TypeNode


@dataclass(frozen=True, slots=True)
class DeclarationPattern(Pattern):
    """`T x`, `var x`; `name` None for a discard."""

    type: TypeNode
    name: str | None
