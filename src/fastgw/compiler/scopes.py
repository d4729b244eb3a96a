"""Joins the documents of all scopes into one program per section.

For each section on its own: the narrowest document decides, and `<base/>` is where the next broader one
comes in (spec/policies/document.md section 2). Documents arrive here already checked and lowered; joining
them copies steps and gives jumps their final index, and never looks at XML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

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
class Base:
    """Where the effective content of the next broader scope comes in."""


Item: TypeAlias = Step | Label | Jump | Base
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
    flat: list[Step | Jump] = []

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


def _resolved(flat: Iterable[Step | Jump], labels: Mapping[Label, int]) -> list[Step]:
    steps: list[Step] = []
    for item in flat:
        if isinstance(item, Step):
            steps.append(item)
        elif item.condition is None:
            steps.append(Step(Op.JUMP, (labels[item.label],), item.site))
        else:
            steps.append(Step(Op.JUMP_UNLESS, (item.condition, labels[item.label]), item.site))
    return steps
