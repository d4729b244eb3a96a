"""The children of a node of the bound tree, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from fastgw.expr import bound

Node = bound.Expr | bound.Stmt | bound.Case | bound.Section | bound.Catch


_known_fields: dict[Any, tuple[str, ...]] = {}


def _fields(kind: Any) -> tuple[str, ...]:
    """The fields of a class of nodes, but for its type and place."""
    found = _known_fields.get(kind)
    if found is None:
        found = tuple(one.name for one in fields(kind) if one.name not in ("type", "start", "end"))
        _known_fields[kind] = found
    return found


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below, in order; not the bodies of lambdas and local functions."""
    for name in _fields(node.__class__):
        # Names of dataclass fields of the bound tree, nothing of the policy's.
        value = getattr(node, name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from _inside(value)


def _inside(values: tuple[object, ...]) -> Iterator[Node]:
    for one in values:
        if isinstance(one, Node):
            yield one
        elif isinstance(one, tuple):
            yield from _inside(one)


def descendants(node: Node) -> Iterator[Node]:
    """The node and all below it; not the bodies of lambdas and local functions."""
    pending = [node]
    while pending:
        one = pending.pop()
        yield one
        pending.extend(children(one))
