"""jsonp: wraps a JSON answer in a call of a JavaScript function (spec/policies/cross-domain.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from fastgw._program import Message, Op
from fastgw.compiler.expressions import Compiled
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import OUTBOUND, AttributeSchema, PolicySchema, policy_element
from fastgw.errors import PolicyFailure
from fastgw.expr.library.context.views import context_of
from fastgw.policies.bodies import is_bodiless, is_compressed, rewrite_text, set_content_type
from fastgw.policies.values import text_now

ELEMENT = policy_element(
    "jsonp", (AttributeSchema("callback-parameter-name", required=True, expression=True),)
)
# ECMAScript's identifiers as far as ASCII goes; names of members may follow.
_CALLBACK = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*(?:\.[A-Za-z_$][A-Za-z0-9_$]*)*")
_LONGEST = 256


@dataclass(frozen=True, slots=True)
class Jsonp:
    """The wrapping of one statement."""

    parameter: str | Compiled

    def __call__(self, exchange: Any) -> None:
        """Raises PolicyFailure for a callback that is no JavaScript name, and a body that is compressed."""
        name = text_now(self.parameter, exchange)
        context: Any = context_of(exchange)
        callback = _query(context, name)
        # Asked only where GET would get another body: else the length that is there is right.
        if callback is None or is_bodiless(Message.RESPONSE, exchange):
            return
        if len(callback) > _LONGEST or _CALLBACK.fullmatch(callback) is None:
            what = f"Value of callback parameter {name} is not a valid JavaScript identifier."
            raise PolicyFailure("CallbackParameterInvalid", what, 400, what)
        if is_compressed(Message.RESPONSE, exchange):
            raise PolicyFailure(None, "The body is compressed; jsonp cannot put it into a call.")
        charset = rewrite_text(Message.RESPONSE, exchange, lambda text: f"{callback}({text});")
        set_content_type(
            Message.RESPONSE, exchange, f"application/javascript; charset={charset}".encode("latin-1")
        )


def _query(context: Any, name: str) -> str | None:
    from fastgw.expr.library.context.urls import query

    found: str | None = query(context.request.original_url).joined(name, None)
    return found


def lower(statement: Statement, lowering: Lowering) -> None:
    """One DO, behind the body."""
    value = statement.required("callback-parameter-name")
    name = lowering.string(value)
    if name is None:
        return
    if isinstance(name, str) and not name.strip():
        lowering.error("the name of a query parameter must not be empty", value.position, value)
        return
    lowering.need_body(Message.RESPONSE, statement)
    lowering.emit(Op.DO, (Jsonp(name.strip() if isinstance(name, str) else name),), statement)


JSONP = PolicySchema(ELEMENT, lower, sections=frozenset({OUTBOUND}), once=True)
