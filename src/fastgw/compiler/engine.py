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
from fastgw.expr.runtime.errors import FormatException, InvalidCastException
from fastgw.expr.runtime.objects import type_of
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
            run = compiled.run
        except ExpressionRefused as refused:
            loose = _of_text(source, origin, refused) if wanted is ValueType.BOOLEAN else None
            if loose is None:
                for error in refused.errors:
                    diagnostics.error(error.message, places(error.offset) if places else position)
                return None
            compiled, run = loose, _as_boolean(loose.run)
        from fastgw.expr.library.context.messages import OnExchange
        from fastgw.expr.library.context.views import context_of

        made = OnExchange(run, context_of, compiled.condition, compiled.bodies, compiled.verdict)
        self._known[key] = made
        return made


def _of_text(source: str, origin: Origin, refused: ExpressionRefused) -> Expression | None:
    """The expression where nothing but its type, string or object, keeps it from being a boolean."""
    if not all(error.code in _NO_CONVERSION for error in refused.errors):
        return None
    try:
        compiled = compile_expression(source, Wanted.OBJECT, origin)
    except ExpressionRefused:
        return None
    return compiled if str(compiled.result) in ("string", "object") else None


def _as_boolean(run: Callable[[Any], Any]) -> Callable[[Any], bool]:
    """The same with its text parsed (spec/policies/document.md section 6.4)."""

    def boolean(context: Any) -> bool:
        value = run(context)
        if isinstance(value, bool):
            return value
        if isinstance(value, str):
            found = parse_boolean(value)
            if found is not None:
                return found
            raise failure(FormatException("String was not recognized as a valid Boolean."))
        name = "null" if value is None else type_name(type_of(value))
        what = f"Unable to cast object of type '{name}' to type 'System.Boolean'."
        raise failure(InvalidCastException(what))

    return boolean
