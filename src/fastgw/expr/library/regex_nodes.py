"""The tree of a .NET pattern. Options are settled: each node tells what it means by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AnchorKind = Literal[
    "begin", "end", "before final line feed", "line begin", "line end", "search", "edge", "no edge"
]


class Node:
    """A part of a pattern."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Empty(Node):
    """Nothing: matches everywhere."""


@dataclass(frozen=True, slots=True)
class Character(Node):
    """One character."""

    value: str
    ignore_case: bool


@dataclass(frozen=True, slots=True)
class Class(Node):
    """One character of a class, which is in the syntax of `regex`."""

    source: str


@dataclass(frozen=True, slots=True)
class Dot(Node):
    """Any character; a line feed only if `line_feed`."""

    line_feed: bool


@dataclass(frozen=True, slots=True)
class Anchor(Node):
    """A place. `ascii_words`: edges are those of ECMAScript's words."""

    kind: AnchorKind
    ascii_words: bool = False


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """One after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alternation(Node):
    """The first that matches."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Capture(Node):
    """A group with a number."""

    number: int
    body: Node


@dataclass(frozen=True, slots=True)
class Look(Node):
    """A test of what follows, or precedes."""

    body: Node
    behind: bool
    negated: bool


@dataclass(frozen=True, slots=True)
class Atomic(Node):
    """A part that does not change its mind."""

    body: Node


@dataclass(frozen=True, slots=True)
class Repeat(Node):
    """A quantified part. `most` None: no limit."""

    body: Node
    least: int
    most: int | None
    lazy: bool


@dataclass(frozen=True, slots=True)
class Reference(Node):
    """What a group matched last. `empty_if_unset`: ECMAScript's rule, a group without a match is empty."""

    number: int
    ignore_case: bool
    empty_if_unset: bool


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    """One branch or the other; the test is a group's number or a pattern to look ahead for."""

    test: int | Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Groups:
    """Numbers and names of the groups of a pattern. `numbers` ascend and begin with 0, the whole match."""

    numbers: tuple[int, ...]
    names: tuple[str, ...]
    by_name: dict[str, int]

    def number_of(self, name: str) -> int | None:
        """The number of a group by its name, which may be a number in digits."""
        return self.by_name.get(name)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that was read."""

    body: Node
    groups: Groups
    from_right: bool
