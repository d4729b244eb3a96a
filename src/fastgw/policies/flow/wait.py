"""wait: runs its children at the same time, goes on after all or one of them (spec/policies/control-flow.md).

Each child is a program of its own, run beside the section's. What comes to wait in one of them holds up
nothing but that one; they share the exchange, and the variables with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fastgw._core import Verdict, run_part
from fastgw._exchange import Exchange
from fastgw._program import Op, Program, Step
from fastgw._regions import PartFailed
from fastgw.compiler.expressions import Compiled
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.nodes import Element
from fastgw.compiler.schema import AttributeSchema, PolicySchema, policy_element
from fastgw.compiler.scopes import Base, Item
from fastgw.errors import Position
from fastgw.policies._api import Doors
from fastgw.policies.values import text_now

MODES: Final = ("all", "any")
# What the reference lets stand right under wait.
CHILDREN: Final = ("send-request", "cache-lookup-value", "choose")

ELEMENT = policy_element("wait", (AttributeSchema("for", expression=True, choices=MODES),), statements=True)


class _AnsweredError(Exception):
    """A child has ended the pipeline with an answer."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Runs `parts` at the same time; `mode` is `all` or `any`."""

    mode: str | Compiled
    parts: tuple[Program, ...] = field(repr=False)

    @property
    def listed(self) -> tuple[tuple[str, object], ...]:
        """What a listing shows."""
        return (("for", self.mode),)

    async def __call__(self, exchange: Exchange, doors: Doors) -> None:
        """See policies._api.Waits.

        Raises what the first child to fail has raised; the others are ended then. So they are when a child
        has answered, or is the first that was waited for.
        """
        mode = self.mode if isinstance(self.mode, str) else text_now(self.mode, exchange).strip()
        if mode not in MODES:
            raise ValueError("The attribute for of wait must be all or any.")
        tasks = [asyncio.create_task(_run(part, exchange, doors)) for part in self.parts]
        ends = asyncio.FIRST_EXCEPTION if mode == "all" else asyncio.FIRST_COMPLETED
        try:
            done, _ = await asyncio.wait(tasks, return_when=ends)
        finally:
            for task in tasks:
                task.cancel()
            # None of them may touch the exchange once the section goes on.
            await asyncio.gather(*tasks, return_exceptions=True)
        ended = [task for task in tasks if task in done and not task.cancelled()]
        errors = [error for task in ended if (error := task.exception()) is not None]
        if any(isinstance(error, _AnsweredError) for error in errors):
            return
        if errors and (mode == "all" or len(errors) == len(ended)):
            raise errors[0]
        exchange.error = None


async def _run(part: Program, exchange: Exchange, doors: Doors) -> None:
    """Run one part to its end. Raises PartFailed, or _AnsweredError where the pipeline ends with it."""
    at = 0
    regions: list[Any] | None = None
    error: Exception | None = None
    turn = exchange.turn
    try:
        while True:
            if exchange.turn != turn:
                # The caller has left while this was ready to go on: the exchange is nobody's, or another's.
                raise asyncio.CancelledError
            verdict, at, regions = run_part(part, exchange, at, regions, error)
            error = None
            if verdict == Verdict.DONE:
                return
            if verdict == Verdict.WAIT_NOW:
                waits, exchange.waiting_for = exchange.waiting_for, None
                try:
                    await waits(exchange, doors)
                except Exception as raised:
                    error = raised
                if exchange.turn == turn and exchange.replied:
                    raise _AnsweredError
            elif verdict == Verdict.SLEEP:
                await asyncio.sleep(exchange.delay)
            elif verdict == Verdict.BODY_NEEDED:
                # Whatever can be had was had before wait began: there is none.
                exchange.set_body(exchange.needed, b"")
            elif verdict == Verdict.ANSWERED:
                raise _AnsweredError
            else:
                raise PartFailed(exchange)
    finally:
        for region, _ in reversed(regions or ()):
            region.release()


def lower(statement: Statement, lowering: Lowering) -> None:
    """One WAIT, before it a NEED_BODY for every body that a child reads."""
    value = statement.value("for")
    mode = "all" if value is None else lowering.string(value)
    parts: list[Sequence[Item]] = []
    for child in statement.child_statements():
        if child.element.name not in CHILDREN:
            what = f"wait may hold {', '.join(CHILDREN)}, not {child.element.shown}"
            lowering.error(what, child.element.position)
            continue
        with lowering.apart() as items:
            lowering.statement(child)
        _refuse(items, child, lowering)
        parts.append(tuple(items))
    if not statement.element.children:
        lowering.error("wait needs at least one policy in it", statement.element.position)
    if mode is None or not lowering.placed or lowering.report.failed:
        return
    steps = [item for part in parts for item in part if isinstance(item, Step)]
    needed = {step.operands[0] for step in steps if step.op == Op.NEED_BODY}
    for message in sorted(needed):
        lowering.need_body(message, statement)
    programs = tuple(lowering.part(part) for part in parts)
    lowering.emit(Op.WAIT, (Wait(mode.strip() if isinstance(mode, str) else mode, programs),), statement)


def _is(item: Item, op: Op) -> bool:
    return isinstance(item, Step) and item.op == op


def _refuse(items: Sequence[Item], child: Statement, lowering: Lowering) -> None:
    """Report what cannot run beside the section's program."""
    refused = {
        "forward-request": any(_is(item, Op.FORWARD) for item in items),
        "base": any(isinstance(item, Base) for item in items),
    }
    for name, there in refused.items():
        if there:
            where = _find(child.element, name) or child.element.position
            lowering.error(f"{name} is not allowed inside wait", where)


def _find(element: Element, name: str) -> Position | None:
    """Where the first element of that name stands; None where it comes from a fragment."""
    if element.name == name:
        return element.position
    return next((found for one in element.children if (found := _find(one, name)) is not None), None)


WAIT = PolicySchema(ELEMENT, lower)
