"""Expressions of policies, compiled by the expression engine and called with an exchange."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastgw.compiler.expressions import Compiled, ValueType
from fastgw.compiler.nodes import Places
from fastgw.compiler.schema import parse_boolean
from fastgw.errors import Diagnostics, Position
from fastgw.expr.engine import (
    Expression,
    ExpressionRefused,
    Origin,
    Wanted,
    compile_expression,
    failure,
)
from fastgw.expr.results import Unfit, integer_result
from fastgw.expr.runtime.errors import FormatException, InvalidCastException
from fastgw.expr.runtime.objects import to_text, type_of
from fastgw.expr.runtime.text import type_name

_WANTED = {
    ValueType.STRING: Wanted.STRING,
    ValueType.BOOLEAN: Wanted.BOOLEAN,
    ValueType.INTEGER: Wanted.INTEGER,
    ValueType.BYTES: Wanted.BYTES,
    ValueType.OBJECT: Wanted.OBJECT,
}
# The compiler's codes for a result that is of another type.
_NO_CONVERSION = frozenset(("CS0029", "CS0266"))
# Types whose values may be, or may hold, what is wanted.
_LOOSE = frozenset(("string", "object", "JToken", "JValue"))


class Expressions:
    """Compiles each different text once; a configuration often repeats them."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ValueType], Compiled] = {}

    def compile(
        self,
        source: str,
        position: Position,
        wanted: ValueType,
        diagnostics: Diagnostics,
        places: Places | None = None,
    ) -> Compiled | None:
        """See ExpressionCompiler."""
        key = (source, wanted)
        found = self._known.get(key)
        if found is not None:
            return found
        origin = Origin(position.file, position.line, position.column)
        try:
            compiled = compile_expression(source, _WANTED[wanted], origin)
            loose = _loosely(source, origin, wanted, compiled)
        except ExpressionRefused as refused:
            of_another_type = all(error.code in _NO_CONVERSION for error in refused.errors)
            loose = _loosely(source, origin, wanted, None) if of_another_type else None
            if loose is None:
                for error in refused.errors:
                    diagnostics.error(error.message, places(error.offset) if places else position)
                return None
        if loose is not None:
            compiled, run = loose
        else:
            run = compiled.run
        from fastgw.expr.library.context.messages import OnExchange
        from fastgw.expr.library.context.views import context_of

        made = OnExchange(run, context_of, compiled.condition, compiled.bodies, compiled.verdict)
        self._known[key] = made
        return made


def _loosely(
    source: str, origin: Origin, wanted: ValueType, compiled: Expression | None
) -> tuple[Expression, Callable[[Any], Any]] | None:
    """The expression where only its value says whether it is one of what is wanted, and how it is run then.

    `compiled` is what the compiler made of it, None where nothing but the type of the result was refused.
    """
    convert = _CONVERSIONS.get(wanted)
    if convert is None or (compiled is not None and str(compiled.result) != "object"):
        return None
    try:
        loose = compile_expression(source, Wanted.OBJECT, origin)
    except ExpressionRefused:
        return None
    return (loose, _converted(loose.run, convert)) if str(loose.result) in _LOOSE else None


def _converted(run: Callable[[Any], Any], convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same, its value converted; a JValue is the value in it (spec/policies/document.md section 6.4)."""
    from fastgw.expr.library.json.tokens import JValue

    def converted(context: Any) -> Any:
        value = run(context)
        try:
            return convert(value.value if isinstance(value, JValue) else value)
        except Exception as error:
            raise failure(error) from None

    return converted


def _as_boolean(value: Any) -> bool:
    """A boolean, or what its text says."""
    if isinstance(value, bool):
        return value
    found = None if value is None else parse_boolean(to_text(value))
    if found is not None:
        return found
    if isinstance(value, str):
        raise FormatException("String was not recognized as a valid Boolean.")
    raise _no_cast(value, "System.Boolean")


def _as_integer(value: Any) -> int:
    """The same for a whole number."""
    if isinstance(value, (int, str)) or value is None:
        return integer_result(value)
    try:
        return integer_result(to_text(value))
    except Unfit:
        raise _no_cast(value, "System.Int32") from None


def _no_cast(value: Any, wanted: str) -> InvalidCastException:
    name = "null" if value is None else type_name(type_of(value))
    return InvalidCastException(f"Unable to cast object of type '{name}' to type '{wanted}'.")


_CONVERSIONS: dict[ValueType, Callable[[Any], Any]] = {
    ValueType.BOOLEAN: _as_boolean,
    ValueType.INTEGER: _as_integer,
}
