"""The way from a bound program to a Python function: analysis, writing, compilation."""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

from fastgw.expr import bound
from fastgw.expr.codegen import (  # noqa: F401 (modules that register what writes the nodes)
    assignments,
    calls,
    conversions,
    expressions,
    jumps,
    loops,
    operators,
    statements,
    strings,
    switches,
    tree,
    tries,
)
from fastgw.expr.codegen.analysis import Analysis
from fastgw.expr.codegen.outline import outline
from fastgw.expr.codegen.positions import Origin, Positions
from fastgw.expr.codegen.writer import CONTEXT, NotSupported, Unit, Writer
from fastgw.expr.runtime.meter import meter

Finish = Callable[[Writer, ast.expr, bound.Expr], ast.expr]

_NAME = "expression"


def generate(
    program: bound.Program,
    text: str,
    origin: Origin,
    finish: Finish | None = None,
    failed: Callable[[BaseException], BaseException] | None = None,
) -> Callable[[Any], Any]:
    """A function of the context object.

    `text` is what the offsets of the program count in, `origin` where it stands. `finish` is applied to each
    result, `failed` makes what is raised of any exception that leaves the expression. Raises NotSupported
    for what has no form in Python, CompileError for what needs too much of it.
    """
    positions = Positions(text, origin)
    unit = Unit(Analysis(program), positions)
    writer = Writer(unit, program.body, repeated=False)
    writer.finish = finish
    if unit.analysis.spends:
        writer.emit(*_restart(writer))
    if program.body.statements is not None:
        writer.stmt(program.body.statements)
    body = tree.filled(writer.statements)
    if failed is not None:
        caught = writer.temp()
        raised = ast.Raise(tree.call(writer.known(failed), tree.name(caught)), tree.name(caught))
        body = [ast.Try(body, [ast.ExceptHandler(writer.known(Exception), caught, [raised])], [], [])]
    made = tree.function(_NAME, [CONTEXT], body)
    tree.locate(made, positions.place(0, len(text)))
    code = _compiled(unit, made)
    # Running the module makes the functions; nothing else stands in it.
    FunctionType(code, unit.namespace)()
    function: Callable[[Any], Any] = unit.namespace.pop(_NAME)
    positions.show_in_tracebacks(function)
    return function


def _compiled(unit: Unit, made: ast.FunctionDef) -> CodeType:
    """The code that makes the functions. Raises NotSupported."""
    functions = [*unit.functions, made]
    if unit.is_outlined:
        for one in functions:
            outline(one, unit.fresh)
    try:
        return compile(ast.Module([*functions], []), unit.positions.file_name, "exec", dont_inherit=True)
    except SyntaxError as error:
        if unit.is_outlined:
            raise NotSupported(str(error.msg), 0) from None
    # There are more blocks in each other than Python takes.
    unit.is_outlined = True
    return _compiled(unit, made)


def _restart(writer: Writer) -> list[ast.stmt]:
    """The meter's `restart`, without the call."""
    limits = {
        "steps_left": "first_steps",
        "steps_later": "later_steps",
        "bytes_left": "most_bytes",
        "seconds_left": "match_seconds",
    }
    known = writer.known(meter, "meter")
    return [
        tree.assign_attribute(tree.name(known.id), left, tree.attribute(tree.name(known.id), limit))
        for left, limit in limits.items()
    ]
