"""`switch`: the sections as one `if` chain, or by number.

By number means that the section is chosen first: where there are many, and where `goto case` or a mixed
default needs it. Constants are then looked up in a dictionary, and neither choice nor sections are nested as
deep as they are many, which Python's compiler could not bear.
"""

from __future__ import annotations

import ast

from fastgw.expr import bound
from fastgw.expr.codegen import tree
from fastgw.expr.codegen.functions import make_boxes, spend_step
from fastgw.expr.codegen.jumps import emit_loop
from fastgw.expr.codegen.nullness import element_of, keyword_of, underlying_of
from fastgw.expr.codegen.writer import Frame, Writer, statement
from fastgw.expr.runtime.arithmetic import INTEGRALS
from fastgw.expr.types import Type

_LONGEST_CHAIN = 8
"""Sections that are tried one after the other: up to here that is as fast as any other way."""

_GROUP = 16
"""Tests that are nested in each other where no dictionary can choose."""

_NONE = -1
"""The number where no section is chosen."""


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
        writer.emit(*_choice(writer, node, frame.state))
    with writer.looping(frame), writer.collected() as body:
        if jumps:
            writer.emit(*spend_step(writer), *_by_number(writer, node, frame.state))
        else:
            writer.emit(*_chain(writer, node))
        writer.emit(ast.Break())
    emit_loop(writer, tree.forever(body), frame)


def _chain(writer: Writer, node: bound.Switch) -> list[ast.stmt]:
    """`if`/`elif`/`else`, in order of the sections; the default one last."""
    defaults = [one for one in node.sections if _is_default(one)]
    # Other cases of the default's section may stand before later sections, which the chain cannot say.
    is_mixed = any(len(one.cases) > 1 for one in defaults) and defaults[0] is not node.sections[-1]
    if is_mixed or len(node.sections) > _LONGEST_CHAIN:
        number = writer.temp()
        return _choice(writer, node, number) + _by_number(writer, node, number)
    tail: list[ast.stmt] = _body(writer, defaults[0]) if defaults else []
    with writer.collected() as hoisted:
        tested = [(one, _test(writer, one)) for one in node.sections if one not in defaults]
    for section, test in reversed(tested):
        tail = [tree.when(test, _body(writer, section), tail)]
    return [*hoisted, *tail]


def _is_default(section: bound.Section) -> bool:
    return any(case.test is None for case in section.cases)


def _by_number(writer: Writer, node: bound.Switch, number: str) -> list[ast.stmt]:
    """The section of the number, found by halves."""
    bodies = [_body(writer, one) for one in node.sections]

    def between(low: int, high: int) -> list[ast.stmt]:
        if high - low == 1:
            # Further up the number of no section has been sorted out.
            return bodies[low] if low else [tree.when(_compared(number, ast.Eq(), 0), bodies[0])]
        middle = (low + high) // 2
        return [tree.when(_compared(number, ast.Lt(), middle), between(low, middle), between(middle, high))]

    return between(0, len(bodies)) if bodies else []


def _compared(number: str, operator: ast.cmpop, to: int) -> ast.expr:
    return tree.compare(tree.name(number), operator, tree.constant(to))


def _choice(writer: Writer, node: bound.Switch, number: str) -> list[ast.stmt]:
    """The number of the chosen section, assigned to the name."""
    otherwise = next((at for at, one in enumerate(node.sections) if _is_default(one)), _NONE)
    table = _table(node)
    if table is not None:
        get = tree.attribute(writer.known(table, "table"), "get")
        tested = writer.expr(bound.Placeholder(node.value.type, node.value.start, node.value.end, node.key))
        return [tree.assign(number, tree.call(get, tested, tree.constant(otherwise)))]
    tested_sections = [
        (at, one) for at, one in enumerate(node.sections) if any(case.test is not None for case in one.cases)
    ]
    made: list[ast.stmt] = [tree.assign(number, tree.constant(otherwise))] if not tested_sections else []
    with writer.collected() as hoisted:
        for start in range(0, len(tested_sections), _GROUP):
            is_last = start + _GROUP >= len(tested_sections)
            found: ast.expr = tree.constant(otherwise if is_last else _NONE)
            for at, section in reversed(tested_sections[start : start + _GROUP]):
                found = tree.choose(_test(writer, section), tree.constant(at), found)
            chosen: ast.stmt = tree.assign(number, found)
            made.append(tree.when(_compared(number, ast.Eq(), _NONE), [chosen]) if start else chosen)
    return [*hoisted, *made]


def _table(node: bound.Switch) -> dict[object, int] | None:
    """The numbers of the sections by the constants of their cases; None where other tests stand there too."""
    if not _has_exact_keys(node.value.type):
        return None
    found: dict[object, int] = {}
    for at, section in enumerate(node.sections):
        for case in section.cases:
            if isinstance(case.test, bound.IsConstant):
                found.setdefault(case.test.value.value, at)
            elif case.test is not None:
                return None
    return found


def _has_exact_keys(type: Type) -> bool:
    """Whether values of the type are equal for Python where Object.Equals says so, and never fail to hash."""
    plain = element_of(type)
    return keyword_of(plain) in ("string", "char", *INTEGRALS) or underlying_of(plain) != ""


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
