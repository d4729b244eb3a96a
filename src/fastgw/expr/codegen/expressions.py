"""Values, choices, null-conditional access: what is no operator, call, conversion or assignment."""

from __future__ import annotations

import ast
import sys

from fastgw.expr import bound
from fastgw.expr.codegen import tree
from fastgw.expr.codegen.nullness import is_string, keyword_of, may_be_null
from fastgw.expr.codegen.writer import CONTEXT, Writer, expression
from fastgw.expr.runtime.anonymous import Anonymous
from fastgw.expr.runtime.casts import null_reference
from fastgw.expr.runtime.closures import throw
from fastgw.expr.runtime.defaults import default_of
from fastgw.expr.runtime.growth import made
from fastgw.expr.runtime.objects import equals
from fastgw.expr.runtime.tuples import ValueTuple
from fastgw.expr.types import NullableType, can_be_null

# Literals of the generated code; instances of subclasses (Char, Int64, ...) are globals.
_LITERALS = (int, float, bool)


@expression(bound.Constant)
def write_constant(writer: Writer, node: bound.Constant) -> ast.expr:
    """A literal, or a global for what Python has no literal for."""
    return value_of(writer, node.value)


def value_of(writer: Writer, value: object) -> ast.expr:
    """A value that is known while compiling."""
    if type(value) is str:
        # Equal literals are one object wherever they stand, as the runtime interns them: `==` on objects.
        return tree.constant(sys.intern(value))
    if value is None or type(value) in _LITERALS:
        return tree.constant(value)
    return writer.known(value, type(value).__name__)


@expression(bound.Context)
def write_context(writer: Writer, node: bound.Context) -> ast.expr:
    """The parameter of the outermost function."""
    return tree.name(CONTEXT)


@expression(bound.Local)
def write_local(writer: Writer, node: bound.Local) -> ast.expr:
    """A variable's value."""
    return writer.load(node.variable)


@expression(bound.Placeholder)
def write_placeholder(writer: Writer, node: bound.Placeholder) -> ast.expr:
    """The value that stands for it here."""
    return writer.bound_to(node.key)


@expression(bound.Conditional)
def write_conditional(writer: Writer, node: bound.Conditional) -> ast.expr:
    """`a if c else b`."""
    return tree.choose(writer.expr(node.condition), writer.expr(node.if_true), writer.expr(node.if_false))


@expression(bound.Coalesce)
def write_coalesce(writer: Writer, node: bound.Coalesce) -> ast.expr:
    """`x if (x := left) is not None else right`."""
    if not may_be_null(node.left):
        return writer.expr(node.left)
    first, again = writer.held(writer.expr(node.left))
    return tree.choose(tree.is_not_null(first), again(), writer.expr(node.right))


@expression(bound.NullConditional)
def write_null_conditional(writer: Writer, node: bound.NullConditional) -> ast.expr:
    """`None if (x := target) is None else access`."""
    first, again = writer.held(writer.expr(node.target))
    writer.bind(node.key, again, present=True)
    if not may_be_null(node.target):
        return tree.in_turn(first, writer.expr(node.access))
    return tree.choose(tree.is_null(first), tree.constant(None), writer.expr(node.access))


@expression(bound.GetMember)
def write_get_member(writer: Writer, node: bound.GetMember) -> ast.expr:
    """A part of an anonymous object or tuple."""
    return tree.item(tree.attribute(not_null(writer, node.receiver), "parts"), node.index)


@expression(bound.NewAnonymous)
def write_new_anonymous(writer: Writer, node: bound.NewAnonymous) -> ast.expr:
    """`Anonymous((a, b), type)`."""
    parts = tree.tuple_of(*writer.exprs(node.values))
    return counted(writer, tree.call(writer.known(Anonymous), parts, writer.type(node.type, node.start)))


@expression(bound.NewTuple)
def write_new_tuple(writer: Writer, node: bound.NewTuple) -> ast.expr:
    """`ValueTuple((a, b), type)`."""
    parts = tree.tuple_of(*writer.exprs(node.values))
    return counted(writer, tree.call(writer.known(ValueTuple), parts, writer.type(node.type, node.start)))


def counted(writer: Writer, value: ast.expr) -> ast.expr:
    """A new object; what stands in the source once and runs once needs no counting."""
    return tree.call(writer.known(made), value) if writer.repeated else value


@expression(bound.TypeOf)
def write_type_of(writer: Writer, node: bound.TypeOf) -> ast.expr:
    """The type itself."""
    return writer.type(node.of, node.start)


@expression(bound.Default)
def write_default(writer: Writer, node: bound.Default) -> ast.expr:
    """The default value, made once: values of structs never change."""
    return value_of(writer, default_of(writer.closed(node.type, node.start)))


@expression(bound.ThrowExpr)
def write_throw(writer: Writer, node: bound.ThrowExpr) -> ast.expr:
    """A call that raises."""
    return tree.call(writer.known(throw), writer.expr(node.value))


@expression(bound.IsConstant)
def write_is_constant(writer: Writer, node: bound.IsConstant) -> ast.expr:
    """Object.Equals, or Python's comparison where both are of one simple type."""
    operand = writer.expr(node.operand)
    value = node.value.value
    if value is None:
        return tree.is_null(operand)
    exact = keyword_of(node.operand.type) == keyword_of(node.value.type) != ""
    if exact and (is_string(node.operand.type) or keyword_of(node.operand.type) in ("int", "bool")):
        return tree.compare(operand, ast.Eq(), writer.expr(node.value))
    return tree.call(writer.known(equals), operand, writer.expr(node.value))


@expression(bound.IsVar)
def write_is_var(writer: Writer, node: bound.IsVar) -> ast.expr:
    """An assignment; always true."""
    operand = writer.expr(node.operand)
    if node.variable is not None:
        operand = writer.store(node.variable, operand)
    return tree.in_turn(operand, tree.constant(True))


def not_null(writer: Writer, node: bound.Expr) -> ast.expr:
    """A receiver's value; null raises NullReferenceException."""
    value = writer.expr(node)
    return checked_not_null(writer, value) if needs_check(writer, node) else value


def needs_check(writer: Writer, node: bound.Expr) -> bool:
    """Whether a receiver has to be tested for null; members of T? take it as it is."""
    if isinstance(node, bound.Placeholder) and writer.is_present(node.key):
        return False
    return can_be_null(node.type) and not isinstance(node.type, NullableType) and may_be_null(node)


def checked_not_null(writer: Writer, value: ast.expr) -> ast.expr:
    """`x if (x := value) is not None else null_reference()`."""
    first, again = writer.held(value)
    return tree.choose(tree.is_not_null(first), again(), tree.call(writer.known(null_reference)))
