"""What the reader makes of a policy document: an immutable tree that knows where everything stood.

Values are kept as their author wrote them: a literal with XML references decoded, or an expression
whose C# is never looked into. The tree must never hold an lxml object: it outlives the parse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from fastgw.errors import Position

# How the document writes its expressions (spec/policies/document.md section 6.1).
Form = Literal["xml", "rawxml"]

HIDDEN: Final = "***"
"""What a message shows in place of a secret."""


Places = Callable[[int], Position]
"""Where an offset of a text stands in its author's file."""


class EditedPlaces:
    """The places of a text that was made of another one by replacing parts of it.

    ``edits`` are (start, length) of each part in the other text and the length of what replaced it, in
    order; whatever is inside a replacement stands where the part began.
    """

    __slots__ = ("_edits", "_places")

    def __init__(self, places: Places, edits: Sequence[tuple[int, int, int]]) -> None:
        self._places = places
        self._edits = edits

    def __call__(self, offset: int) -> Position:
        """The place of an offset of the text as it is now."""
        grown = 0
        for start, before, after in self._edits:
            if offset < start + grown:
                break
            if offset < start + grown + after:
                return self._places(start)
            grown += after - before
        return self._places(offset - grown)


@dataclass(frozen=True, slots=True)
class Expression:
    """A policy expression, `@(...)` or `@{...}`; `source` includes the `@` and the brackets.

    ``places`` tells where each offset of ``source`` stands, XML references and named values considered.
    """

    source: str
    position: Position
    places: Places | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Value:
    """The value of an attribute, or the text of an element.

    ``marks`` are the places of the ``{{name}}`` references in it, in order. ``secrets`` are the secret
    named values that were put into it; none of them may reach a message or a listing.
    """

    content: str | Expression
    position: Position
    marks: tuple[Position, ...] = ()
    secrets: tuple[str, ...] = ()

    @property
    def is_expression(self) -> bool:
        """Whether the value is computed on every run of its statement."""
        return isinstance(self.content, Expression)

    @property
    def literal(self) -> str:
        """The text of a literal; the empty string for an expression."""
        return "" if isinstance(self.content, Expression) else self.content

    def shown(self) -> str:
        """The literal in quotes for a message, cut where it is long; stars when it holds a secret."""
        literal = self.literal
        return (
            f"'{HIDDEN}'" if self.secrets else repr(literal if len(literal) <= 80 else f"{literal[:77]}...")
        )


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute; ``position`` is that of its name, ``value.position`` that of its first character."""

    name: str
    value: Value
    position: Position
    expanded: bool = False

    @property
    def shown(self) -> str:
        """The name for a message that says it is unknown; stars where an expansion may have made it."""
        return HIDDEN if self.expanded else self.name


@dataclass(frozen=True, slots=True)
class Element:
    """An element; ``text`` is None when it holds nothing but blanks, comments and elements.

    ``inner`` is everything between its tags exactly as written, for statements whose content is markup.
    ``expanded`` is that of its source: then even its name may be a secret.
    """

    name: str
    position: Position
    attributes: Mapping[str, Attribute]
    children: tuple[Element, ...]
    text: Value | None
    inner: Value
    expanded: bool = False

    @property
    def shown(self) -> str:
        """The name for a message that says it is unknown; stars where an expansion may have made it."""
        return HIDDEN if self.expanded else self.name

    def value(self, name: str) -> Value | None:
        """The value of the attribute ``name``, or None when it is absent."""
        attribute = self.attributes.get(name)
        return attribute.value if attribute else None

    @property
    def id(self) -> str | None:
        """The value of the ``id`` attribute, which LastError.PolicyId reports."""
        found = self.value("id")
        return found.literal if found else None


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document that was well-formed; what it means is not judged here."""

    root: Element
    form: Form

    @property
    def name(self) -> str:
        """The name of the root element: `policies` or `fragment` in what the compiler accepts."""
        return self.root.name

    @property
    def sections(self) -> tuple[Element, ...]:
        """The children of the root, in the order written."""
        return self.root.children
