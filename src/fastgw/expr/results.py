"""What becomes of an expression's value where it is used (expressions.md 9.1).

`Wanted` says what a place takes. The static type decides where it can; the rest is decided by the value.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from enum import Enum
from typing import Any

from fastgw.expr import bound
from fastgw.expr.codegen import Finish, Writer, tree
from fastgw.expr.codegen.nullness import is_string, keyword_of, may_be_null
from fastgw.expr.errors import CompileError
from fastgw.expr.library.core import BOOLEAN
from fastgw.expr.runtime.arithmetic import INTEGRALS
from fastgw.expr.runtime.errors import FormatException, InvalidCastException, NetException
from fastgw.expr.runtime.objects import to_text, type_of
from fastgw.expr.runtime.text import outward, type_name
from fastgw.expr.runtime.values import ByteArray
from fastgw.expr.types import ArrayType, Type

# Python writes these as .NET does.
_AS_PYTHON = frozenset(("bool", "sbyte", "byte", "short", "ushort", "int", "uint", "long", "ulong"))


class Wanted(Enum):
    """What a place wants of an expression.

    A compiled expression gives str, bytes or None for STRING, bool for BOOLEAN, int for INTEGER, bytes for
    BYTES, and for OBJECT the value itself, as other expressions take it.
    """

    STRING = "string"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    BYTES = "bytes"
    OBJECT = "object"


class Unfit(Exception):
    """A result that its place cannot take, with the exception that says so; no policy can catch it."""

    def __init__(self, reason: NetException) -> None:
        super().__init__(reason.message)
        self.reason = reason


def static_type(wanted: Wanted) -> Type | None:
    """The type that the compiler converts results to, or None where the value decides."""
    return BOOLEAN.type if wanted is Wanted.BOOLEAN else None


def check_result(wanted: Wanted, result: Type) -> None:
    """Whether values of a static type can be what is wanted. Raises CompileError."""
    keyword = keyword_of(result)
    if wanted is Wanted.INTEGER:
        fits = keyword in INTEGRALS or keyword in ("string", "object")
        name = "int"
    elif wanted is Wanted.BYTES:
        fits = keyword == "object" or (isinstance(result, ArrayType) and keyword_of(result.element) == "byte")
        name = "byte[]"
    else:
        return
    if not fits:
        raise CompileError(f"Cannot implicitly convert type '{result}' to '{name}'", 0, "CS0029")


def finish_for(wanted: Wanted, result: Type) -> Finish | None:
    """What code generation does to each result; None where the value is wanted as it is."""
    match wanted:
        case Wanted.STRING if is_string(result):
            return _finish_string
        case Wanted.STRING if keyword_of(result) in _AS_PYTHON:
            return _finish_number
        case Wanted.STRING:
            return _calling(text_result)
        case Wanted.INTEGER if keyword_of(result) != "int":
            return _calling(integer_result)
        case Wanted.BYTES:
            return _calling(bytes_result)
    return None


def text_result(value: Any) -> str | bytes | None:
    """A value in a text place: strings and bytes as they are, null stays, the rest as invariant text."""
    if value is None:
        return None
    if type(value) is ByteArray:
        return bytes(value.data)
    return outward(to_text(value))


def integer_result(value: Any) -> int:
    """A value in an integer place. Raises Unfit."""
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if type(value) is str:
        text = value.strip(" \t\r\n\v\f")
        if text.lstrip("+-").isdecimal() and text.isascii() and len(text) - len(text.lstrip("+-")) <= 1:
            return int(text)
        raise Unfit(FormatException("Input string was not in a correct format."))
    raise _unfit(value, "System.Int32")


def bytes_result(value: Any) -> bytes:
    """A value in a place of bytes. Raises Unfit."""
    if type(value) is ByteArray:
        return bytes(value.data)
    raise _unfit(value, "System.Byte[]")


def _unfit(value: Any, wanted: str) -> Unfit:
    name = "null" if value is None else type_name(type_of(value))
    return Unfit(InvalidCastException(f"Unable to cast object of type '{name}' to type '{wanted}'."))


def _calling(function: Callable[[Any], Any]) -> Finish:
    def finish(writer: Writer, value: ast.expr, node: bound.Expr) -> ast.expr:
        return tree.call(writer.known(function), value)

    return finish


def _finish_number(writer: Writer, value: ast.expr, node: bound.Expr) -> ast.expr:
    """Python's own formatting."""
    return tree.formatted(value)


def _finish_string(writer: Writer, value: ast.expr, node: bound.Expr) -> ast.expr:
    """ASCII text, which most is, leaves as it is without a call of Python code."""
    if isinstance(node, bound.Constant):
        return tree.constant(None if node.value is None else outward(node.value))
    first, again = writer.held(value)
    tests: list[ast.expr] = [tree.call(tree.attribute(first, "isascii"))]
    if may_be_null(node):
        tests = [tree.is_null(first), tree.call(tree.attribute(again(), "isascii"))]
    return tree.choose(tree.any_of(*tests), again(), tree.call(writer.known(outward), again()))
