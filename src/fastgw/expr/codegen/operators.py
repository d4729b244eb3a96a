"""Unary and binary operators: inline where Python computes the same, with the cut to the type's bits."""

from __future__ import annotations

import ast
from collections.abc import Callable

from fastgw.expr import bound
from fastgw.expr.codegen import tree
from fastgw.expr.codegen.nullness import (
    bounds,
    element_of,
    is_string,
    keyword_of,
    may_be_null,
    result_bounds,
    underlying_of,
)
from fastgw.expr.codegen.strings import write_concatenation
from fastgw.expr.codegen.writer import NotSupported, Writer, expression
from fastgw.expr.runtime import decimals
from fastgw.expr.runtime.arithmetic import (
    INTEGRALS,
    and_bool,
    divide_float,
    or_bool,
    overflow,
    quotient,
    remainder,
    remainder_float,
    to_single,
)
from fastgw.expr.types import NamedType, NullableType, Type, can_be_null

_COMPARISONS: dict[str, type[ast.cmpop]] = {
    "==": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
}
_ARITHMETIC: dict[str, type[ast.operator]] = {
    "+": ast.Add,
    "-": ast.Sub,
    "*": ast.Mult,
    "&": ast.BitAnd,
    "|": ast.BitOr,
    "^": ast.BitXor,
    "<<": ast.LShift,
    ">>": ast.RShift,
}
_DECIMAL = {
    "+": decimals.add,
    "-": decimals.subtract,
    "*": decimals.multiply,
    "/": decimals.divide,
    "%": decimals.remainder,
}


@expression(bound.Unary)
def write_unary(writer: Writer, node: bound.Unary) -> ast.expr:
    """`+ - ! ~`; a lifted one keeps null."""
    operand = writer.expr(node.operand)
    kind = keyword_of(element_of(node.operand.type))
    if not node.lifted or not may_be_null(node.operand):
        return _unary(writer, node, operand, kind)
    first, again = writer.held(operand)
    result = _unary(writer, node, again(), kind)
    return tree.choose(tree.is_null(first), tree.constant(None), result)


def _unary(writer: Writer, node: bound.Unary, operand: ast.expr, kind: str) -> ast.expr:
    if node.operator == "!":
        return tree.negation(operand)
    if node.operator == "+":
        return operand
    if kind == "decimal":
        return tree.call(writer.known(decimals.negate), operand)
    if node.operator == "~":
        integral = INTEGRALS[kind]
        found: ast.expr = ast.UnaryOp(ast.Invert(), operand)
        if not integral.low:
            found = tree.binary(found, ast.BitAnd(), tree.constant(integral.high))
        return found if kind == "int" else tree.call(writer.known(integral.python), found)
    negative: ast.expr = ast.UnaryOp(ast.USub(), operand)
    if kind == "double":
        return negative
    if kind == "float":
        return tree.call(writer.known(to_single), negative)
    high = -INTEGRALS[kind].low
    return _cut(writer, negative, kind, node.checked, (-INTEGRALS[kind].high, high))


@expression(bound.Binary)
def write_binary(writer: Writer, node: bound.Binary) -> ast.expr:
    """By operator and type of the operands."""
    operator = node.operator
    if operator in ("&&", "||"):
        parts = _chain(node, operator)
        return (tree.all_of if operator == "&&" else tree.any_of)(*map(writer.expr, parts))
    if operator == "+" and is_string(node.type):
        return write_concatenation(writer, node)
    if operator in ("==", "!="):
        return _write_equality(writer, node)
    if node.lifted:
        return _write_lifted(writer, node)
    return _operate(writer, node, writer.expr(node.left), writer.expr(node.right))


def _chain(node: bound.Expr, operator: str) -> list[bound.Expr]:
    """`a && b && c` as its operands; long ones are nested as deep as they are long."""
    found: list[bound.Expr] = []
    pending = [node]
    while pending:
        one = pending.pop()
        if isinstance(one, bound.Binary) and one.operator == operator:
            pending += [one.right, one.left]
        else:
            found.append(one)
    return found


def _write_lifted(writer: Writer, node: bound.Binary) -> ast.expr:
    """Null where an operand is null, false for comparisons; both operands are evaluated first."""
    left, right = writer.expr(node.left), writer.expr(node.right)
    if node.operator in ("&", "|") and keyword_of(node.operands) == "bool":
        return tree.call(writer.known(and_bool if node.operator == "&" else or_bool), left, right)
    first, first_again = writer.held(left)
    second, second_again = writer.held(right)
    tests = []
    if may_be_null(node.left):
        tests.append(tree.is_null(first))
    if may_be_null(node.right):
        tests.append(tree.is_null(second))
    nothing = tree.constant(False if node.operator in _COMPARISONS else None)
    if len(tests) == 2:
        # Not `or`: the right operand is evaluated even where the left one is null.
        result = _operate(writer, node, first_again(), second_again())
        return tree.choose(tree.binary(tests[0], ast.BitOr(), tests[1]), nothing, result)
    if may_be_null(node.left):
        # The test evaluates the left operand only, so the right one follows it.
        kept = tree.in_turn(first, second, tree.is_null(first_again()))
        return tree.choose(kept, nothing, _operate(writer, node, first_again(), second_again()))
    if may_be_null(node.right):
        kept = tree.in_turn(first, second, tree.is_null(second_again()))
        return tree.choose(kept, nothing, _operate(writer, node, first_again(), second_again()))
    return _operate(writer, node, first, second)


def _write_equality(writer: Writer, node: bound.Binary) -> ast.expr:
    """`==` and `!=`: of values, of strings, of references; a lifted one is the same, since null is None."""
    left, right = node.left, node.right
    equal = node.operator == "=="
    if _is_null_constant(right) or _is_null_constant(left):
        other = left if _is_null_constant(right) else right
        value = writer.expr(other)
        if not may_be_null(other):
            return tree.in_turn(value, tree.constant(not equal))
        return tree.is_null(value) if equal else tree.is_not_null(value)
    if _is_reference(node.operands):
        if _is_boxing(left) or _is_boxing(right) or _is_letter(left, right) or _is_letter(right, left):
            return tree.in_turn(writer.expr(left), writer.expr(right), tree.constant(not equal))
        identity = ast.Is() if equal else ast.IsNot()
        return tree.compare(_object(writer, left), identity, _object(writer, right))
    first, second = writer.expr(left), writer.expr(right)
    if underlying_of(node.operands) and not node.lifted:
        first, second = tree.attribute(first, "value"), tree.attribute(second, "value")
    return tree.compare(first, _COMPARISONS[node.operator](), second)


def _object(writer: Writer, node: bound.Expr) -> ast.expr:
    """An operand of `is`; Python warns where that is a literal."""
    value = writer.expr(node)
    return writer.known(value.value, "text") if isinstance(value, ast.Constant) else value


def _is_null_constant(node: bound.Expr) -> bool:
    return isinstance(node, bound.Constant) and node.value is None


def _is_boxing(node: bound.Expr) -> bool:
    """Whether the operand is a value type that becomes an object here: a new one, identical to no other."""
    return (
        isinstance(node, bound.Convert)
        and node.kind == "none"
        and can_be_null(node.type)
        and not isinstance(node.type, NullableType)
        and not can_be_null(node.operand.type)
    )


def _is_letter(node: bound.Expr, other: bound.Expr) -> bool:
    """Whether a literal of one character is compared with something computed.

    Python has one object for all equal strings of one character, .NET has not: they are not identical.
    """
    node, other = _converted(node), _converted(other)
    if isinstance(other, (bound.Constant, bound.Local)):
        return False
    return isinstance(node, bound.Constant) and isinstance(node.value, str) and len(node.value) == 1


def _converted(node: bound.Expr) -> bound.Expr:
    while isinstance(node, bound.Convert) and node.kind == "none":
        node = node.operand
    return node


def _is_reference(type: Type) -> bool:
    """Whether `==` compares identity: not so for strings, delegates and types, which are values here."""
    if isinstance(type, NamedType):
        definition = type.definition
        if definition.kind in ("struct", "enum", "delegate"):
            return False
        return definition.full_name not in ("System.String", "System.Type", "System.Delegate")
    return can_be_null(type) and not isinstance(type, NullableType)


def _operate(writer: Writer, node: bound.Binary, left: ast.expr, right: ast.expr) -> ast.expr:
    """An operator on two values that are not null."""
    operator, kind = node.operator, keyword_of(node.operands)
    if operator in _COMPARISONS:
        if underlying_of(node.operands):
            left, right = tree.attribute(left, "value"), tree.attribute(right, "value")
        return tree.compare(left, _COMPARISONS[operator](), right)
    if kind == "bool":
        return tree.binary(left, _ARITHMETIC[operator](), right)
    if kind == "decimal":
        return tree.call(writer.known(_DECIMAL[operator]), left, right)
    if kind in ("double", "float"):
        return _operate_float(writer, operator, kind, left, right)
    if kind not in INTEGRALS:
        raise NotSupported(f"the operator '{operator}' on '{node.operands}'", node.start)
    if operator in ("/", "%"):
        return _divide(writer, node, kind, left, right)
    if operator in ("<<", ">>"):
        return _shift(writer, node, kind, left, right)
    found = tree.binary(left, _ARITHMETIC[operator](), right)
    if operator in ("&", "|", "^"):
        return found if kind == "int" else tree.call(writer.known(INTEGRALS[kind].python), found)
    known = None if node.lifted else result_bounds(operator, node.left, node.right)
    return _cut(writer, found, kind, node.checked, known)


def _operate_float(writer: Writer, operator: str, kind: str, left: ast.expr, right: ast.expr) -> ast.expr:
    if operator == "/":
        found: ast.expr = tree.call(writer.known(divide_float), left, right)
    elif operator == "%":
        found = tree.call(writer.known(remainder_float), left, right)
    else:
        found = tree.binary(left, _ARITHMETIC[operator](), right)
    return found if kind == "double" else tree.call(writer.known(to_single), found)


def _divide(writer: Writer, node: bound.Binary, kind: str, left: ast.expr, right: ast.expr) -> ast.expr:
    """Division rounds toward zero. By a positive constant it is Python's own but for negative dividends."""
    integral = INTEGRALS[kind]
    divisor = node.right.value if isinstance(node.right, bound.Constant) else 0
    if divisor > 0:
        python: Callable[[], ast.operator] = ast.FloorDiv if node.operator == "/" else ast.Mod
        right = tree.constant(int(divisor))
        first, again = writer.held(left)
        found: ast.expr
        known = bounds(node.left)
        if known is not None and known[0] >= 0 and not node.lifted:
            found = tree.binary(left, python(), right)
        else:
            mirrored = tree.binary(ast.UnaryOp(ast.USub(), again()), python(), tree.constant(int(divisor)))
            found = tree.choose(
                tree.compare(first, ast.GtE(), tree.constant(0)),
                tree.binary(again(), python(), right),
                ast.UnaryOp(ast.USub(), mirrored),
            )
    else:
        function, edge = (quotient, integral.high) if node.operator == "/" else (remainder, integral.low)
        found = tree.call(writer.known(function), left, right, tree.constant(edge))
    return found if kind == "int" else tree.call(writer.known(integral.python), found)


def _shift(writer: Writer, node: bound.Binary, kind: str, left: ast.expr, right: ast.expr) -> ast.expr:
    """The count is cut to five or six bits; a shift is never checked."""
    integral = INTEGRALS[kind]
    mask = integral.bits - 1
    if isinstance(node.right, bound.Constant):
        right = tree.constant(node.right.value & mask)
    else:
        right = tree.binary(right, ast.BitAnd(), tree.constant(mask))
    found = tree.binary(left, _ARITHMETIC[node.operator](), right)
    if node.operator == ">>":
        return found if kind == "int" else tree.call(writer.known(integral.python), found)
    return _cut(writer, found, kind, False, None)


def _cut(
    writer: Writer, value: ast.expr, kind: str, checked: bool, known: tuple[int, int] | None
) -> ast.expr:
    """A result within the bits of its type: tested inline, cut or refused by a call where it leaves them.

    `known` are bounds of the value that follow from its form.
    """
    integral = INTEGRALS[kind]
    low, high = known or (integral.low - 1, integral.high + 1)
    found = value
    if low < integral.low or high > integral.high:
        if not checked and not integral.low:
            found = tree.binary(value, ast.BitAnd(), tree.constant(integral.high))
        else:
            first, again = writer.held(value)
            test: ast.expr
            if low >= integral.low:
                test = tree.compare(first, ast.LtE(), tree.constant(integral.high))
            elif high <= integral.high:
                test = tree.compare(first, ast.GtE(), tree.constant(integral.low))
            else:
                test = tree.within(integral.low, first, integral.high)
            outside = tree.call(writer.known(overflow if checked else integral.wrap), again())
            found = tree.choose(test, again(), outside)
    return found if kind == "int" else tree.call(writer.known(integral.python), found)
