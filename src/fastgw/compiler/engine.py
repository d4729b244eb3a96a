"""Expressions of policies, compiled by the expression engine and called with an exchange."""

from __future__ import annotations

from fastgw.compiler.expressions import Compiled, ValueType
from fastgw.compiler.nodes import Places
from fastgw.errors import Diagnostics, Position
from fastgw.expr.engine import ExpressionRefused, Origin, Wanted, compile_expression

_WANTED = {
    ValueType.STRING: Wanted.STRING,
    ValueType.BOOLEAN: Wanted.BOOLEAN,
    ValueType.INTEGER: Wanted.INTEGER,
    ValueType.BYTES: Wanted.BYTES,
    ValueType.OBJECT: Wanted.OBJECT,
}


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
        except ExpressionRefused as refused:
            for error in refused.errors:
                diagnostics.error(error.message, places(error.offset) if places else position)
            return None
        from fastgw.expr.library.context.messages import OnExchange
        from fastgw.expr.library.context.views import context_of

        made = OnExchange(compiled.run, context_of, compiled.condition, compiled.bodies)
        self._known[key] = made
        return made
