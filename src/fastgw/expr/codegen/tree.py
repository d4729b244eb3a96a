"""Pieces of Python's syntax tree, and the author's positions on them.

Generated code is made of these nodes and never of text, so nothing has to be escaped and no name of an
author can become code.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

_LOAD = ast.Load()
_STORE = ast.Store()
# A formatted value without `!s`, `!r` or `!a`.
_NO_CONVERSION = -1


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the author's file: lines from 1, columns in UTF-8 bytes from 0."""

    line: int
    column: int
    end_line: int
    end_column: int


def locate(node: ast.AST, place: Place) -> None:
    """Give the place to every node of the tree that has none yet."""
    located: Any = node
    if node._attributes:
        if getattr(node, "lineno", None) is not None:
            return
        located.lineno, located.col_offset = place.line, place.column
        located.end_lineno, located.end_col_offset = place.end_line, place.end_column
    # This is `ast.iter_child_nodes` without its generators, which took a fifth of all compilation.
    for name in node._fields:
        value = getattr(located, name, None)
        if isinstance(value, ast.AST):
            locate(value, place)
        elif isinstance(value, list):
            for one in value:
                if isinstance(one, ast.AST):
                    locate(one, place)


# ---------------------------------------------------------------- expressions


def name(identifier: str) -> ast.Name:
    """A name that is read."""
    return ast.Name(identifier, _LOAD)


def constant(value: Any) -> ast.Constant:
    """A literal: None, bool, int, float or str."""
    return ast.Constant(value)


def call(function: ast.expr, *arguments: ast.expr) -> ast.Call:
    """`function(arguments)`."""
    return ast.Call(function, list(arguments), [])


def attribute(value: ast.expr, identifier: str) -> ast.Attribute:
    """`value.identifier`, read."""
    return ast.Attribute(value, identifier, _LOAD)


def item(value: ast.expr, index: ast.expr | int) -> ast.Subscript:
    """`value[index]`."""
    return ast.Subscript(value, ast.Constant(index) if isinstance(index, int) else index, _LOAD)


def keep(identifier: str, value: ast.expr) -> ast.NamedExpr:
    """`(identifier := value)`."""
    return ast.NamedExpr(ast.Name(identifier, _STORE), value)


def choose(test: ast.expr, then: ast.expr, otherwise: ast.expr) -> ast.IfExp:
    """`then if test else otherwise`."""
    return ast.IfExp(test, then, otherwise)


def compare(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.Compare:
    """One comparison."""
    return ast.Compare(left, [operator], [right])


def within(low: int, value: ast.expr, high: int) -> ast.Compare:
    """`low <= value <= high`."""
    return ast.Compare(ast.Constant(low), [ast.LtE(), ast.LtE()], [value, ast.Constant(high)])


def is_null(value: ast.expr) -> ast.Compare:
    """`value is None`."""
    return compare(value, ast.Is(), ast.Constant(None))


def is_not_null(value: ast.expr) -> ast.Compare:
    """`value is not None`."""
    return compare(value, ast.IsNot(), ast.Constant(None))


def negation(value: ast.expr) -> ast.UnaryOp:
    """`not value`."""
    return ast.UnaryOp(ast.Not(), value)


def binary(left: ast.expr, operator: ast.operator, right: ast.expr) -> ast.BinOp:
    """`left operator right`."""
    return ast.BinOp(left, operator, right)


def all_of(*tests: ast.expr) -> ast.expr:
    """`a and b and ...`."""
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), list(tests))


def any_of(*tests: ast.expr) -> ast.expr:
    """`a or b or ...`."""
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.Or(), list(tests))


def tuple_of(*values: ast.expr) -> ast.Tuple:
    """`(a, b)`."""
    return ast.Tuple(list(values), _LOAD)


def list_of(*values: ast.expr) -> ast.List:
    """`[a, b]`."""
    return ast.List(list(values), _LOAD)


def formatted(*parts: str | ast.expr) -> ast.JoinedStr:
    """`f"text{value}"`: values as Python formats them."""
    return ast.JoinedStr(
        [
            ast.Constant(one) if isinstance(one, str) else ast.FormattedValue(one, _NO_CONVERSION, None)
            for one in parts
        ]
    )


def in_turn(*values: ast.expr) -> ast.expr:
    """All of them from left to right; the value is the last one's."""
    return values[0] if len(values) == 1 else item(tuple_of(*values), len(values) - 1)


# ---------------------------------------------------------------- statements


def assign(identifier: str, value: ast.expr) -> ast.Assign:
    """`identifier = value`."""
    return ast.Assign([ast.Name(identifier, _STORE)], value)


def assign_attribute(target: ast.expr, identifier: str, value: ast.expr) -> ast.Assign:
    """`target.identifier = value`."""
    return ast.Assign([ast.Attribute(target, identifier, _STORE)], value)


def decrease(target: ast.expr, identifier: str) -> ast.AugAssign:
    """`target.identifier -= 1`."""
    return ast.AugAssign(ast.Attribute(target, identifier, _STORE), ast.Sub(), ast.Constant(1))


def when(test: ast.expr, then: list[ast.stmt], otherwise: list[ast.stmt] | None = None) -> ast.If:
    """`if test: then else: otherwise`; empty branches are filled."""
    return ast.If(test, filled(then), otherwise or [])


def forever(body: list[ast.stmt]) -> ast.While:
    """`while True: body`."""
    return ast.While(ast.Constant(True), filled(body), [])


def filled(body: list[ast.stmt]) -> list[ast.stmt]:
    """`body`, with a `pass` where it is empty."""
    return body or [ast.Pass()]


def function(
    identifier: str, parameters: list[str], body: list[ast.stmt], bound: list[str] | None = None
) -> ast.FunctionDef:
    """`def identifier(parameters, *, bound=bound): body`: `bound` names keep what they are at this moment."""
    keywords = bound or []
    arguments = ast.arguments(
        posonlyargs=[],
        args=[ast.arg(one) for one in parameters],
        vararg=None,
        kwonlyargs=[ast.arg(one) for one in keywords],
        kw_defaults=[name(one) for one in keywords],
        kwarg=None,
        defaults=[],
    )
    made = ast.FunctionDef(
        name=identifier, args=arguments, body=filled(body), decorator_list=[], returns=None, type_comment=None
    )
    # Python 3.12 added type parameters; a tree without the field warns there.
    newer: Any = made
    newer.type_params = []
    return made
