"""What every node is, and the kinds of nodes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """Anything in the tree; `start` is the offset of its first character, `end` the one after its last."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Expr(Node):
    """An expression."""


@dataclass(frozen=True, slots=True)
class Pattern(Node):
    """A pattern of `is` or `case`."""


@dataclass(frozen=True, slots=True)
class Stmt(Node):
    """A statement."""
