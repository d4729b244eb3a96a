"""The router's trie while it grows, in Python objects; `_route.Router.freeze` lays it out flat.

Used while a configuration is built, never while a request is matched.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Text = tuple[int, int]
"""Offset and length in `TrieBuilder.texts`."""


@dataclass(slots=True)
class TrieNode:
    """A place in the trie: the API that ends here, edges that take parameters, operations that end here.

    An affix is (prefix, suffix, child); a candidate (operation, trailing slash, named wildcard, query).
    """

    api: int = -1
    affixes: list[tuple[bytes, bytes, int]] = field(default_factory=list)
    wildcard: int = -1
    candidates: list[tuple[int, bool, bool, list[tuple[Text, Text | None]]]] = field(default_factory=list)


class TrieBuilder:
    """Nodes by number, literal edges by (node, text), and the texts of all of them, each once."""

    def __init__(self) -> None:
        self.texts = bytearray()
        self.edges: dict[tuple[int, bytes], int] = {}
        self.nodes: list[TrieNode] = []
        self._interned: dict[bytes, int] = {}
        self.root = self.node()

    def node(self) -> int:
        """A new node's number."""
        self.nodes.append(TrieNode())
        return len(self.nodes) - 1

    def text(self, value: bytes) -> Text:
        """Where a text stands."""
        if value not in self._interned:
            self._interned[value] = len(self.texts)
            self.texts += value
        return self._interned[value], len(value)

    def edge(self, node: int, value: bytes) -> int:
        """The node behind a literal edge, made where it is new."""
        key = (node, value)
        if key not in self.edges:
            self.edges[key] = self.node()
        return self.edges[key]

    def affix(self, node: int, prefix: bytes, suffix: bytes) -> int:
        """The node behind a parameter with fixed text around it, made where it is new."""
        affixes = self.nodes[node].affixes
        for known_prefix, known_suffix, child in affixes:
            if (known_prefix, known_suffix) == (prefix, suffix):
                return child
        made = self.node()
        affixes.append((prefix, suffix, made))
        # More fixed text is the closer match; the order is stable for equals.
        affixes.sort(key=lambda affix: -(len(affix[0]) + len(affix[1])))
        return made
