"""`switch`: the sections as one `if` chain, or by number where `goto case` or a mixed default needs it."""

from __future__ import annotations

import ast

from fastgw.expr import bound
from fastgw.expr.codegen import tree
from fastgw.expr.codegen.functions import make_boxes, spend_step
from fastgw.expr.codegen.jumps import emit_loop
from fastgw.expr.codegen.writer import Frame, Writer, statement


@statement(bound.Switch)
def write_switch(writer: Writer, node: bound.Switch) -> None:
    """The value is kept; the first case that fits chooses its section, else the default one does."""
    analysis = writer.unit.analysis
    make_boxes(writer, node)
    kept = writer.temp()
    writer.emit(tree.assign(kept, writer.expr(node.value)))
    writer.bind(node.key, lambda: tree.name(kept))
    breaks = set(analysis.breaks.get(node, ()))
    last = {one for section in node.sections for one in _last_breaks(section.body)}
    writer.silent_breaks |= breaks & last
    jumps = any(one.label in analysis.goto_targets for one in node.sections)
    if breaks <= last and not jumps:
        writer.emit(*_chain(writer, node))
        return
    frame = Frame(breaks=node, state=writer.temp() if jumps else "")
    if jumps:
        frame.states = {one.label: at for at, one in enumerate(node.sections) if one.label is not None}
        # The choice is made once; a jump then names its section.
        writer.emit(tree.assign(frame.state, _choice(writer, node)))
    with writer.looping(frame), writer.collected() as body:
        if jumps:
            writer.emit(*spend_step(writer), *_by_number(writer, node, frame.state))
        else:
            writer.emit(*_chain(writer, node))
        writer.emit(ast.Break())
    emit_loop(writer, tree.forever(body), frame)


def _chain(writer: Writer, node: bound.Switch) -> list[ast.stmt]:
    """`if`/`elif`/`else`, in order of the sections; the default one last."""
    defaults = [one for one in node.sections if any(case.test is None for case in one.cases)]
    if any(len(one.cases) > 1 for one in defaults) and defaults[0] is not node.sections[-1]:
        # Other cases of the default's section stand before later sections, which the chain cannot say.
        number = writer.temp()
        choice: list[ast.stmt] = [tree.assign(number, _choice(writer, node))]
        return choice + _by_number(writer, node, number)
    tail: list[ast.stmt] = _body(writer, defaults[0]) if defaults else []
    with writer.collected() as hoisted:
        tested = [(one, _test(writer, one)) for one in node.sections if one not in defaults]
    for section, test in reversed(tested):
        tail = [tree.when(test, _body(writer, section), tail)]
    return [*hoisted, *tail]


def _by_number(writer: Writer, node: bound.Switch, number: str) -> list[ast.stmt]:
    tail: list[ast.stmt] = []
    for at in range(len(node.sections) - 1, -1, -1):
        test = tree.compare(tree.name(number), ast.Eq(), tree.constant(at))
        tail = [tree.when(test, _body(writer, node.sections[at]), tail)]
    return tail


def _choice(writer: Writer, node: bound.Switch) -> ast.expr:
    """The number of the chosen section, -1 for none."""
    found: ast.expr = tree.constant(-1)
    for at, section in enumerate(node.sections):
        if any(case.test is None for case in section.cases):
            found = tree.constant(at)
    for at in range(len(node.sections) - 1, -1, -1):
        if any(case.test is not None for case in node.sections[at].cases):
            found = tree.choose(_test(writer, node.sections[at]), tree.constant(at), found)
    return found


def _test(writer: Writer, section: bound.Section) -> ast.expr:
    return tree.any_of(*(writer.expr(case.test) for case in section.cases if case.test is not None))


def _body(writer: Writer, section: bound.Section) -> list[ast.stmt]:
    with writer.collected() as found:
        writer.stmt(section.body)
    return tree.filled(found)


def _last_breaks(node: bound.Stmt | None) -> list[bound.Break]:
    """The breaks behind which nothing of the section comes."""
    match node:
        case bound.Break():
            return [node]
        case bound.Block(statements=statements) if statements:
            return _last_breaks(statements[-1])
        case bound.If(then=then, otherwise=otherwise):
            return _last_breaks(then) + _last_breaks(otherwise)
    return []
