"""The seam between the policy compiler and the compiler of expressions.

The policy compiler only says where an expression stands and what type is wanted of it; what C# means is
not known here. Until there is an engine, `NoExpressions` refuses every expression with its place.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Protocol

from fastgw.compiler.nodes import Places
from fastgw.errors import Diagnostics, Position

# Called with the exchange on every run of its statement.
Compiled = Callable[[Any], object]


class ValueType(Enum):
    """What a consumer wants of a value (conversion: spec/policies/document.md section 6.4).

    A compiled expression returns str, bytes or None for STRING, bool for BOOLEAN, int for INTEGER, bytes
    for BYTES, and anything for OBJECT.
    """

    STRING = "string"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    BYTES = "bytes"
    OBJECT = "object"


class ExpressionCompiler(Protocol):
    """Compiles one expression; errors go to ``diagnostics`` and give None."""

    def compile(
        self,
        source: str,
        position: Position,
        wanted: ValueType,
        diagnostics: Diagnostics,
        places: Places | None = None,
    ) -> Compiled | None:
        """The callable for ``source`` (with its `@` and brackets), which stands at ``position``.

        ``places`` tells where its offsets stand; without it everything stands at ``position``. The
        entity of what it reports is filled in by the caller, and so is the hiding of secrets.
        """


class NoExpressions:
    """An expression compiler without an engine: every expression is an error."""

    def compile(
        self,
        source: str,
        position: Position,
        wanted: ValueType,
        diagnostics: Diagnostics,
        places: Places | None = None,
    ) -> Compiled | None:
        """Report that expressions are not supported yet."""
        diagnostics.error("policy expressions are not supported yet", position)
        return None
