"""Types as written."""

from __future__ import annotations

from dataclasses import dataclass

from fastgw.expr.nodes.base import Node


@dataclass(frozen=True, slots=True)
class TypeNode(Node):
    """A type as the author wrote it."""


@dataclass(frozen=True, slots=True)
class NamedTypeNode(TypeNode):
    """`string`, `List<int>`, `System.Text.Encoding`: (name, type arguments) of each part.

    `var` is the single part ("var", ()); what it means is for the binder. Open generics do not occur.
    """

    parts: tuple[tuple[str, tuple[TypeNode, ...]], ...]


@dataclass(frozen=True, slots=True)
class ArrayTypeNode(TypeNode):
    """`T[]`, `T[,]`: one node per bracket pair; in `int[][,]` the outermost node is the one-dimensional."""

    element: TypeNode
    rank: int


@dataclass(frozen=True, slots=True)
class NullableTypeNode(TypeNode):
    """`T?`."""

    element: TypeNode


@dataclass(frozen=True, slots=True)
class TupleTypeNode(TypeNode):
    """`(int, string)`, `(int a, string b)`."""

    elements: tuple[tuple[TypeNode, str | None], ...]
