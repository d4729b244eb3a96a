"""Joins the documents of all scopes into one program per section.

For each section on its own: the narrowest document decides, and `<base/>` is where the next broader one
comes in (spec/policies/document.md section 2). Documents arrive here already checked and lowered; joining
them copies steps and gives jumps their final index, and never looks at XML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from fastgw._program import Op, Program, Section, Site, Step
from fastgw.errors import Position


class Label:
    """A place in a section that jumps go to; known by identity."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Jump:
    """A jump to ``label``: always, or only when ``condition`` is false."""

    label: Label
    site: Site
    condition: Callable[[Any], object] | None = None


@dataclass(frozen=True, slots=True)
class Enter:
    """The beginning of a region; ``begin`` is called with the exchange and gives its Region."""

    end: Label
    site: Site
    begin: Callable[[Any], Region]


@dataclass(frozen=True, slots=True)
class Leave:
    """The end of a region, where ``end`` of its Enter is; ``start`` is right after that."""

    start: Label
    site: Site


class Region(Protocol):
    """What a policy keeps while its children run, for one request."""

    def again(self, exchange: Any) -> float | None:
        """At the end of the children: seconds after which they run once more, or None to leave.

        ``exchange.failing`` says whether they have failed; then None lets the error go on.
        """

    def release(self) -> None:
        """Called once, however the region ends."""


@dataclass(frozen=True, slots=True)
class Base:
    """Where the effective content of the next broader scope comes in."""


Item: TypeAlias = Step | Label | Jump | Enter | Leave | Base
BASE = Base()


@dataclass(frozen=True, slots=True)
class ParameterUse:
    """A template parameter that a statement names; which ones exist is known per operation only.

    A ``secret`` one is in no message.
    """

    name: str
    position: Position
    secret: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class CompiledDocument:
    """One document, checked and lowered once; compared by identity, as it is what programs share.

    A section that the document does not have is absent from ``sections``.
    """

    scope: str
    entity: str
    sections: Mapping[Section, Sequence[Item]]
    parameters: tuple[ParameterUse, ...] = ()


def own_items(document: CompiledDocument, section: Section) -> Sequence[Item]:
    """The items of ``section``; an absent section below global is one `<base/>`, at global it is empty."""
    absent: Sequence[Item] = () if document.scope == "global" else (BASE,)
    return document.sections.get(section, absent)


def narrow(chain: Sequence[CompiledDocument], section: Section) -> tuple[CompiledDocument, ...]:
    """``chain`` (narrowest first) without what adds nothing to ``section`` and what nobody inherits.

    Equal results mean equal programs, which is what lets operations share them.
    """
    kept: list[CompiledDocument] = []
    for document in chain:
        items = own_items(document, section)
        if tuple(items) == (BASE,):
            continue
        kept.append(document)
        if BASE not in items:
            break
    return tuple(kept)


def link(chain: Sequence[CompiledDocument], section: Section) -> Program:
    """The program of ``section`` for ``chain``, narrowest first."""
    labels: dict[Label, int] = {}
    flat: list[Step | Jump | Enter | Leave] = []

    def place(level: int) -> None:
        if level == len(chain):
            return
        for item in own_items(chain[level], section):
            if isinstance(item, Label):
                labels[item] = len(flat)
            elif isinstance(item, Base):
                place(level + 1)
            else:
                flat.append(item)

    place(0)
    return Program(section, _resolved(flat, labels))


def link_part(items: Iterable[Item], section: Section) -> Program:
    """The program of items that are run beside a section's own; there is no `<base/>` in them."""
    labels: dict[Label, int] = {}
    flat: list[Step | Jump | Enter | Leave] = []
    for item in items:
        if isinstance(item, Label):
            labels[item] = len(flat)
        elif isinstance(item, Base):
            raise TypeError("a part of a section cannot inherit")
        else:
            flat.append(item)
    return Program(section, _resolved(flat, labels))


def _resolved(flat: Iterable[Step | Jump | Enter | Leave], labels: Mapping[Label, int]) -> list[Step]:
    steps: list[Step] = []
    for item in flat:
        if isinstance(item, Step):
            steps.append(item)
        elif isinstance(item, Enter):
            steps.append(Step(Op.ENTER, (item.begin, labels[item.end]), item.site))
        elif isinstance(item, Leave):
            steps.append(Step(Op.LEAVE, (labels[item.start],), item.site))
        elif item.condition is None:
            steps.append(Step(Op.JUMP, (labels[item.label],), item.site))
        else:
            steps.append(Step(Op.JUMP_UNLESS, (item.condition, labels[item.label]), item.site))
    return steps
