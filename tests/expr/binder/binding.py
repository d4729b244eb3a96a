"""Binds expressions for tests, and shows in a word what came of it."""

from __future__ import annotations

from fastgw.expr import bound
from fastgw.expr.binder import bind
from fastgw.expr.engine import load_library
from fastgw.expr.errors import CompileError, CompileErrors
from fastgw.expr.library.context.fixture import context_type
from fastgw.expr.library.declare import type_of_text
from fastgw.expr.parser import parse_block, parse_expression

__all__ = ["codes", "message", "program", "result", "returned", "type_of_text", "wanted"]


def program(source: str, wanted: str | None = None, errors: CompileErrors | None = None) -> bound.Program:
    """The bound tree of an expression, or of a block where the text ends with `;` or `}`."""
    load_library()
    text = source.strip()
    is_block = text.endswith((";", "}")) and not text.startswith(("new ", "new["))
    tree = parse_block(source) if is_block else parse_expression(source)
    return bind(tree, context_type(), type_of_text(wanted) if wanted else None, errors)


def result(source: str) -> str:
    """The static type of the result, or the codes of the errors in textual order."""
    found = codes(source)
    return " ".join(found) if found else str(program(source).result)


def wanted(source: str, type: str) -> str:
    """The same where the result is converted to a type."""
    errors = CompileErrors()
    try:
        return str(program(source, type, errors).result)
    except CompileError:
        return " ".join(error.code for error in errors)


def codes(source: str) -> list[str]:
    """The codes of all errors, none where there is no error."""
    errors = CompileErrors()
    try:
        program(source, None, errors)
    except CompileError as error:
        return [one.code for one in errors] or [error.code]
    return []


def message(source: str) -> str:
    """The message of the first error."""
    try:
        program(source)
    except CompileError as error:
        return error.message
    raise AssertionError("no error")


def returned(source: str) -> bound.Expr:
    """The value of the last return."""
    body = program(source).body.statements
    assert body is not None
    last = body.statements[-1]
    assert isinstance(last, bound.Return)
    assert last.value is not None
    return last.value
