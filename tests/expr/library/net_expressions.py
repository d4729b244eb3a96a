"""Expressions whose results were computed with .NET, run through the whole engine."""

from __future__ import annotations

from typing import Any

from fastgw.expr.engine import ExpressionFailed, Wanted, compile_expression
from fastgw.expr.runtime.errors import NetException
from fastgw.expr.runtime.number_text import double_text
from fastgw.expr.runtime.objects import to_text, type_of
from fastgw.expr.runtime.text import inward, simple_name
from fastgw.expr.runtime.values import Char, EnumValue, Int64, NetObject
from tests.expr.running import context


def shown(value: Any) -> str:
    """A value as the program that computed the results printed it."""
    if value is None:
        return "null"
    if type(value) is str:
        return _quoted(value)
    if type(value) is Char:
        return f"'{ord(value)}'"
    if type(value) is float:
        return f"{double_text(value)}d"
    if type(value) is Int64:
        return f"{int(value)}L"
    if type(value) in (bool, int):
        return str(value)
    if type(value) is EnumValue:
        return f"{value.definition.name}.{to_text(value)}"
    name = simple_name(type_of(value))
    if name in ("DateTime", "TimeSpan"):
        kind = f",{('Unspecified', 'Utc', 'Local')[value.kind]}" if name == "DateTime" else ""
        return f"{name}({value.ticks}{kind})"
    if name == "DateTimeOffset":
        return f"{name}({value.ticks},{value.offset})"
    if isinstance(value, NetObject) and hasattr(value, "__iter__"):
        return f"[{', '.join(map(shown, value))}]"
    return f"{name}:{_quoted(to_text(value))}"


def _quoted(text: str) -> str:
    parts = []
    for one in text:
        parts.append(f"\\u{ord(one):04x}" if not " " <= one <= "~" else f"\\{one}" if one in '"\\' else one)
    return f'"{"".join(parts)}"'


def outcome(source: str) -> str:
    """What an expression, or a block in braces, gives: a value, or `!exception: "message"`."""
    opened = f"@{source}" if source.startswith("{") else f"@({source})"
    try:
        return shown(compile_expression(inward(opened), Wanted.OBJECT)(context()))
    except ExpressionFailed as error:
        if error.internal:
            raise
        return f"!{error.exception}: {_quoted(error.details)}"
    except NetException as error:
        # Raised while the elements of a lazy result were looked at.
        return f"!{error.net_name}: {_quoted(error.message)}"
