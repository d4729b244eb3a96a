"""send-one-way-request: calls another service without waiting for it (spec/policies/integration.md)."""

from __future__ import annotations

from dataclasses import dataclass

from fastgw._exchange import Exchange
from fastgw._program import Op, Step
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import PolicySchema, policy_element
from fastgw.policies._api import Doors
from fastgw.policies.integration.calls import ATTRIBUTES, CHILDREN, CallPlan, lower_call

ELEMENT = policy_element("send-one-way-request", ATTRIBUTES, CHILDREN)


@dataclass(frozen=True, slots=True)
class SendOneWayRequest:
    """Has the call made; nothing that becomes of it changes the request at hand."""

    plan: CallPlan

    @property
    def listed(self) -> tuple[tuple[str, object], ...]:
        """What a listing shows."""
        return self.plan.listed

    @property
    def steps(self) -> tuple[Step, ...]:
        """What changes the request of the call."""
        return self.plan.steps

    async def __call__(self, exchange: Exchange, doors: Doors) -> None:
        """See policies._api.Waits; the expressions are evaluated before this returns."""
        doors.call_later(self.plan.request(exchange), exchange)


def lower(statement: Statement, lowering: Lowering) -> None:
    """One WAIT, for the doors are given to those alone; it ends at once."""
    plan = lower_call(statement, lowering)
    if plan is not None:
        lowering.emit(Op.WAIT, (SendOneWayRequest(plan),), statement)


SEND_ONE_WAY_REQUEST = PolicySchema(ELEMENT, lower)
