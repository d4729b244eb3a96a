"""What policies that wait may ask of the gateway, which gives it without knowing any policy.

A policy that waits is a step of its own: its operand is called with the exchange and the Doors, and gives
an awaitable. It raises PolicyFailure for what context.LastError is to say.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from fastgw._exchange import Exchange
from fastgw.outbound import OutboundProxy, OutboundRequest, OutboundResponse


class Doors(Protocol):
    """What the gateway does for policies that wait."""

    async def call(self, request: OutboundRequest, exchange: Exchange) -> OutboundResponse:
        """Make a call.

        Raises PolicyFailure (BackendConnectionFailure or Timeout), and ValueError for a bad URL.
        """

    def call_later(self, request: OutboundRequest, exchange: Exchange) -> None:
        """Make a call that nobody waits for. Its outcome goes to the log alone."""


class Waits(Protocol):
    """The operand of a step that waits."""

    def __call__(self, exchange: Exchange, doors: Doors) -> Awaitable[None]:
        """Begin to wait."""


__all__ = ["Doors", "OutboundProxy", "OutboundRequest", "OutboundResponse", "Waits"]
