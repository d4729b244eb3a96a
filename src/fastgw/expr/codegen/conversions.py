"""Conversions, `is` and `as`: as inline tests where the Python class tells the type, as calls elsewhere."""

from __future__ import annotations

import ast

from fastgw.expr import bound
from fastgw.expr.codegen import tree
from fastgw.expr.codegen.nullness import element_of, keyword_of, may_be_null, underlying_of
from fastgw.expr.codegen.writer import Writer, expression
from fastgw.expr.runtime.arithmetic import INTEGRALS, to_single, wrap_int
from fastgw.expr.runtime.casts import cast_failed, no_value
from fastgw.expr.runtime.delegates import boxed
from fastgw.expr.runtime.numeric_casts import converter, to_enum
from fastgw.expr.runtime.type_tests import tester
from fastgw.expr.types import NamedType, Type

_INTEGERS = frozenset(INTEGRALS)


@expression(bound.Convert)
def write_convert(writer: Writer, node: bound.Convert) -> ast.expr:
    """By kind; a lifted one keeps null."""
    operand = node.operand
    if node.kind == "none":
        value = writer.expr(operand)
        if _is_delegate(operand.type) and not _is_delegate(node.type):
            return tree.call(writer.known(boxed), value, writer.type(operand.type, node.start))
        return value
    if node.kind == "cast":
        return _write_cast(writer, node)
    if node.kind == "unwrap":
        if not may_be_null(operand):
            return writer.expr(operand)
        first, again = writer.held(writer.expr(operand))
        return tree.choose(tree.is_not_null(first), again(), tree.call(writer.known(no_value)))
    source, target = element_of(operand.type), element_of(node.type)
    if not node.lifted or not may_be_null(operand):
        return number(writer, writer.expr(operand), source, target, node.checked)
    first, again = writer.held(writer.expr(operand))
    converted = number(writer, again(), source, target, node.checked)
    return tree.choose(tree.is_null(first), tree.constant(None), converted)


def number(writer: Writer, value: ast.expr, source: Type, target: Type, checked: bool) -> ast.expr:
    """A number, char or enum value as another such type."""
    from_kind, to_kind = keyword_of(source), keyword_of(target)
    if underlying_of(source):
        # The value of an enum is a plain int whatever its size; a long holds all of them but ulong's.
        value = tree.attribute(value, "value")
        from_kind = "long" if underlying_of(source) not in ("int", "ulong") else underlying_of(source)
    if underlying_of(target) and isinstance(target, NamedType):
        plain = _between(writer, value, from_kind, underlying_of(target), checked)
        return tree.call(writer.known(to_enum(target.definition), target.definition.name), plain)
    return _between(writer, value, from_kind, to_kind, checked)


def _between(writer: Writer, value: ast.expr, source: str, target: str, checked: bool) -> ast.expr:
    """From one predefined type to another, inline where one call of Python's own does it."""
    if source == target:
        return value
    if source == "char" and target == "int":
        return tree.call(writer.known(ord), value)
    if source in _INTEGERS and target in _INTEGERS:
        wide, narrow = INTEGRALS[target], INTEGRALS[source]
        if wide.low <= narrow.low and narrow.high <= wide.high:
            # Plus makes an int of an instance of a subclass.
            if target == "int":
                return ast.UnaryOp(ast.UAdd(), value)
            return tree.call(writer.known(wide.python), value)
        if target == "int" and not checked:
            return tree.call(writer.known(wrap_int), value)
    if target == "double" and (source in _INTEGERS or source == "float"):
        return tree.call(writer.known(float), value)
    if target == "float" and (source in _INTEGERS or source == "double"):
        return tree.call(writer.known(to_single), value)
    return tree.call(writer.known(converter(source, target, checked), f"{source}_to_{target}"), value)


def _write_cast(writer: Writer, node: bound.Convert) -> ast.expr:
    """`x if test(x) else cast_failed(x, type)`; null passes first where the type has null."""
    type = writer.closed(node.type, node.start)
    first, again = writer.held(writer.expr(node.operand))
    test = type_test(writer, first, type)
    if test is None:
        return first
    failed = tree.call(writer.known(cast_failed), again(), writer.type(node.type, node.start))
    return tree.choose(test, again(), failed)


def type_test(writer: Writer, first: ast.expr, type: Type) -> ast.expr | None:
    """Whether a value is of a type, as an expression; None where every value is. Null is of no type."""
    element = element_of(type)
    if isinstance(element, NamedType):
        definition = element.definition
        if definition.keyword == "object":
            return None
        if definition.exact and len(definition.python) == 1 and not element.arguments:
            of = tree.call(writer.known(_type_of, "type"), first)
            return tree.compare(of, ast.Is(), writer.known(definition.python[0]))
    return tree.call(writer.known(tester(element), "is_type"), first)


# Python's `type` with one argument.
_type_of = type


@expression(bound.IsType)
def write_is_type(writer: Writer, node: bound.IsType) -> ast.expr:
    """The test; the variable is assigned whatever its result, since only success lets it be read."""
    tested = writer.closed(node.tested, node.start)
    operand = writer.expr(node.operand)
    if node.variable is not None:
        operand = writer.store(node.variable, operand)
    test = type_test(writer, operand, tested)
    return tree.is_not_null(operand) if test is None else test


@expression(bound.As)
def write_as(writer: Writer, node: bound.As) -> ast.expr:
    """`x if test(x) else None`."""
    type = writer.closed(node.type, node.start)
    first, again = writer.held(writer.expr(node.operand))
    test = type_test(writer, first, type)
    return first if test is None else tree.choose(test, again(), tree.constant(None))


def _is_delegate(type: Type) -> bool:
    return isinstance(type, NamedType) and type.definition.kind == "delegate"
