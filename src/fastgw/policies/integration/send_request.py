"""send-request: calls another service and keeps its answer (spec/policies/integration.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastgw._exchange import Exchange
from fastgw._program import Op, Step
from fastgw.compiler.expressions import Compiled, ValueType
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import AttributeSchema, PolicySchema, parse_boolean, policy_element
from fastgw.errors import PolicyFailure
from fastgw.policies._api import Doors
from fastgw.policies.integration.calls import ATTRIBUTES, CHILDREN, CallPlan, lower_call
from fastgw.policies.values import text_now

ELEMENT = policy_element(
    "send-request",
    (
        *ATTRIBUTES,
        # The samples of the service leave it out where nobody looks at the answer.
        AttributeSchema("response-variable-name", expression=True),
        AttributeSchema("ignore-error", type=ValueType.BOOLEAN),
    ),
    CHILDREN,
)


@dataclass(frozen=True, slots=True)
class SendRequest:
    """Makes the call and puts its answer into a variable; None there where it failed and that is ignored."""

    plan: CallPlan
    into: str | Compiled | None
    ignore_error: bool

    @property
    def listed(self) -> tuple[tuple[str, object], ...]:
        """What a listing shows."""
        into = () if self.into is None else (("response-variable-name", self.into),)
        return (*self.plan.listed, *into, *((("ignore-error", 1),) if self.ignore_error else ()))

    @property
    def steps(self) -> tuple[Step, ...]:
        """What changes the request of the call."""
        return self.plan.steps

    async def __call__(self, exchange: Exchange, doors: Doors) -> None:
        """See policies._api.Waits. Raises PolicyFailure, and ValueError for a bad URL."""
        # What expressions raise is no error of the call, and not ignored.
        request = self.plan.request(exchange)
        into = None if self.into is None else text_now(self.into, exchange).strip()
        found: Any = None
        try:
            answer = await doors.call(request, exchange)
        except (PolicyFailure, ValueError):
            if not self.ignore_error:
                raise
        else:
            from fastgw.expr.library.context.views import Response

            found = Response(None, answer.head, answer.body)
        if into:
            if exchange.variables is None:
                exchange.variables = {}
            exchange.variables[into] = found


def lower(statement: Statement, lowering: Lowering) -> None:
    """One WAIT."""
    value = statement.value("response-variable-name")
    into: str | Compiled | None = None
    good = True
    if value is not None:
        into = lowering.string(value)
        if isinstance(into, str):
            into = lowering.hide(value, into.strip())
            if not into:
                lowering.error("the name of a variable must not be empty", value.position)
        good = bool(into)
    ignored = statement.value("ignore-error")
    plan = lower_call(statement, lowering)
    if plan is not None and good:
        send = SendRequest(plan, into, bool(ignored and parse_boolean(ignored.literal)))
        lowering.emit(Op.WAIT, (send,), statement)


SEND_REQUEST = PolicySchema(ELEMENT, lower)
