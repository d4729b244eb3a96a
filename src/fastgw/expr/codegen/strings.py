"""Concatenation and interpolation: one formatted string of Python, and a count of what it builds.

Doubling a string 40 times needs forty steps only, so what grows from variables is counted in bytes: always
where the code may be repeated, elsewhere from a size on.
"""

from __future__ import annotations

import ast

from fastgw.expr import bound
from fastgw.expr.codegen import tree
from fastgw.expr.codegen.nullness import is_string, keyword_of, may_be_null
from fastgw.expr.codegen.writer import Writer, expression
from fastgw.expr.library.formatting import format_value
from fastgw.expr.runtime.growth import UNCOUNTED, aligned, counted, join, replaced
from fastgw.expr.runtime.objects import to_text

# Python writes these as .NET does when it formats them.
_AS_PYTHON = frozenset(("int", "bool", "char", "sbyte", "byte", "short", "ushort", "uint", "long", "ulong"))
# Parts are joined before the result is counted; with more of them the sum is counted first.
_MOST_PARTS = 8

# Text that is known while compiling, or a value that Python formats.
_Part = str | ast.expr


@expression(bound.Concat)
def write_concat(writer: Writer, node: bound.Concat) -> ast.expr:
    """Several operands, each as text."""
    return write_concatenation(writer, node)


def write_concatenation(writer: Writer, node: bound.Expr) -> ast.expr:
    """A Concat, or a `+` of strings, with all the concatenations inside it."""
    return _joined(writer, [_text(writer, one) for one in _flatten(node)])


def write_replacement(writer: Writer, node: bound.Expr, variable: bound.Variable, key: object) -> ast.expr:
    """What is assigned to a variable; `key`: the Placeholders that stand for its old value.

    A text that begins with the old one is counted as what takes its place, where the code is repeated.
    """
    if not writer.repeated or not is_concatenation(node):
        return writer.expr(node)
    first, *others = _flatten(node)
    if not (
        (isinstance(first, bound.Placeholder) and first.key is key)
        or (isinstance(first, bound.Local) and first.variable is variable)
    ):
        return writer.expr(node)
    old = writer.load(variable)
    parts = [_text(writer, one) for one in others]
    if len(parts) >= _MOST_PARTS:
        parts = [_joined(writer, parts)]
    return tree.call(writer.known(replaced), old, tree.formatted(_text(writer, first), *parts))


def is_concatenation(node: bound.Expr) -> bool:
    """Whether `write_concatenation` writes it."""
    return isinstance(node, bound.Concat) or (
        isinstance(node, bound.Binary) and node.operator == "+" and is_string(node.type)
    )


def _flatten(node: bound.Expr) -> list[bound.Expr]:
    """The operands of a concatenation and of those inside it; a long one is nested deeply."""
    found: list[bound.Expr] = []
    pending = [node]
    while pending:
        one = pending.pop()
        if isinstance(one, bound.Concat):
            pending.extend(reversed(one.parts))
        elif isinstance(one, bound.Binary) and one.operator == "+" and is_string(one.type):
            pending += [one.right, one.left]
        elif isinstance(one, bound.Convert) and one.kind == "none":
            # Boxed for the operator's sake: as text it is what it was.
            pending.append(one.operand)
        else:
            found.append(one)
    return found


@expression(bound.Interpolated)
def write_interpolated(writer: Writer, node: bound.Interpolated) -> ast.expr:
    """Text and holes; a hole with a format goes through IFormattable."""
    parts: list[_Part] = []
    for part in node.parts:
        if isinstance(part, str):
            parts.append(part)
            continue
        value, alignment, form = part
        if form is None:
            text = _text(writer, value)
        else:
            text = tree.call(writer.known(format_value), writer.expr(value), tree.constant(form))
        if alignment:
            plain = tree.constant(text) if isinstance(text, str) else tree.formatted(text)
            text = tree.call(writer.known(aligned), plain, tree.constant(alignment))
        parts.append(text)
    return _joined(writer, parts)


def _text(writer: Writer, node: bound.Expr) -> _Part:
    """An operand as something that Python formats as .NET would: null is empty."""
    if isinstance(node, bound.Constant):
        return to_text(node.value)
    value = writer.expr(node)
    if is_string(node.type):
        if not may_be_null(node):
            return value
        return tree.any_of(value, tree.constant(""))
    if keyword_of(node.type) in _AS_PYTHON:
        return value
    return tree.call(writer.known(to_text), value)


def _joined(writer: Writer, parts: list[_Part]) -> ast.expr:
    """All parts as one string."""
    merged: list[_Part] = []
    for one in parts:
        if isinstance(one, str) and merged and isinstance(merged[-1], str):
            merged[-1] += one
        elif one != "":
            merged.append(one)
    if not merged:
        return tree.constant("")
    if len(merged) == 1 and isinstance(merged[0], str):
        return tree.constant(merged[0])
    if len(merged) > _MOST_PARTS:
        texts = [tree.constant(one) if isinstance(one, str) else tree.formatted(one) for one in merged]
        return tree.call(writer.known(join), tree.tuple_of(*texts))
    text = tree.formatted(*merged)
    if writer.repeated:
        return tree.call(writer.known(counted), text)
    first, again = writer.held(text)
    small = tree.compare(tree.call(writer.known(len), first), ast.Lt(), tree.constant(UNCOUNTED))
    return tree.choose(small, again(), tree.call(writer.known(counted), again()))
