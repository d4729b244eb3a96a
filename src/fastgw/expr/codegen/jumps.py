"""Jumps: break, continue and goto, in terms of Python's own break and continue.

Python can leave or repeat only its innermost loop. A jump further out sets a flag and leaves the loop it
stands in; behind that loop the flag is tested, and the jump goes on from there.
"""

from __future__ import annotations

import ast

from fastgw.expr import bound
from fastgw.expr.codegen import tree
from fastgw.expr.codegen.functions import spend_step
from fastgw.expr.codegen.writer import Frame, NotSupported, Writer, statement


@statement(bound.Break)
def write_break(writer: Writer, node: bound.Break) -> None:
    """Leave the innermost loop or switch; nothing where the switch ends here anyway."""
    if node in writer.silent_breaks:
        writer.emit(ast.Pass())
        return
    for frame in reversed(writer.frames):
        if frame.breaks is not None:
            jump(writer, frame, again=False)
            return
    raise NotSupported("a break outside of loops", node.start)


@statement(bound.Continue)
def write_continue(writer: Writer, node: bound.Continue) -> None:
    """Go on with the innermost loop."""
    for frame in reversed(writer.frames):
        if frame.continues is not None:
            jump(writer, frame, again=True)
            return
    raise NotSupported("a continue outside of loops", node.start)


@statement(bound.Goto)
def write_goto(writer: Writer, node: bound.Goto) -> None:
    """Choose the part that begins at the target, and repeat the loop that holds it."""
    for frame in reversed(writer.frames):
        if node.target in frame.states:
            writer.emit(tree.assign(frame.state, tree.constant(frame.states[node.target])))
            jump(writer, frame, again=True)
            return
    raise NotSupported("this goto", node.start)


@statement(bound.Label)
def write_label(writer: Writer, node: bound.Label) -> None:
    """A label that nothing jumps to."""


def jump(writer: Writer, frame: Frame, again: bool) -> None:
    """Leave (or with `again` repeat) the Python loop of `frame`, from inside any number of others."""
    innermost = writer.frames[-1]
    if frame is innermost:
        writer.emit(ast.Continue() if again else ast.Break())
        return
    flag = next((one for one, to, kind in innermost.exits if to is frame and kind is again), None)
    if flag is None:
        flag = writer.temp()
        innermost.exits.append((flag, frame, again))
    writer.emit(tree.assign(flag, tree.constant(True)), ast.Break())


def emit_loop(writer: Writer, loop: ast.stmt, frame: Frame) -> None:
    """Add a Python loop whose body was written with `frame`, and what its jumps further out need."""
    for flag, _, _ in frame.exits:
        writer.emit(tree.assign(flag, tree.constant(False)))
    writer.emit(loop)
    for flag, target, again in frame.exits:
        with writer.collected() as going:
            jump(writer, target, again)
        writer.emit(tree.when(tree.name(flag), going))


def write_labelled(writer: Writer, node: bound.Block) -> None:
    """A block with labels: its parts between the labels, in a loop that begins with the chosen one."""
    frame = Frame(state=writer.temp())
    parts: list[list[bound.Stmt]] = [[]]
    for one in node.statements:
        if isinstance(one, bound.Label) and one.label in writer.unit.analysis.goto_targets:
            frame.states[one.label] = len(parts)
            parts.append([])
        else:
            parts[-1].append(one)
    writer.emit(tree.assign(frame.state, tree.constant(0)))
    with writer.looping(frame), writer.collected() as body:
        writer.emit(*spend_step(writer))
        for number, statements in enumerate(parts):
            with writer.collected() as part:
                for one in statements:
                    writer.stmt(one)
            begun = tree.compare(tree.name(frame.state), ast.LtE(), tree.constant(number))
            writer.emit(tree.when(begun, part))
        writer.emit(ast.Break())
    emit_loop(writer, tree.forever(body), frame)
