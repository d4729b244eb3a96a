"""Compiles and evaluates expressions for tests."""

from __future__ import annotations

from typing import Any

from fastgw.expr.engine import ExpressionFailed, Wanted, compile_expression
from fastgw.expr.library.context.fixture import context_from
from fastgw.expr.runtime.objects import to_text, type_of


def run(source: str, **variables: Any) -> Any:
    """The value of an expression, or of a block where the text ends with `;` or `}`."""
    return compiled(source)(context(**variables))


def compiled(source: str) -> Any:
    """The callable of an expression or block."""
    text = source.strip()
    is_block = text.endswith((";", "}")) and not text.startswith("new ")
    return compile_expression(f"@{{{source}\n}}" if is_block else f"@({source})", Wanted.OBJECT)


def context(**variables: Any) -> Any:
    """A context with these variables."""
    found = context_from({"request": {"method": "GET", "url": "http://localhost/", "headers": {"x": ["y"]}}})
    for name, value in variables.items():
        found.exchange.variables[name] = value
    return found


def text(source: str, **variables: Any) -> str:
    """The value as `type text`, such as `int 5`."""
    value = run(source, **variables)
    return "null" if value is None else f"{type_of(value)} {to_text(value)}"


def failure(source: str, **variables: Any) -> str:
    """The .NET type of the exception that evaluation raises, without its namespace."""
    try:
        value = run(source, **variables)
    except ExpressionFailed as error:
        if error.internal:
            raise
        return error.exception.rpartition(".")[2]
    raise AssertionError(f"no exception but {value!r}")
