"""What has to be there before a step that asks whether the caller's certificate is trusted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastgw._exchange import Exchange


def caller_verdict(exchange: Exchange) -> Callable[[Exchange, Any], Awaitable[None]] | None:
    """What to wait for until the caller's certificate is judged; None where it is, or there is none."""
    presented = exchange.caller_certificate
    if presented is None or exchange.snapshot.caller_trust.verify_now(presented.chain, True) is not None:
        return None
    return _judge


async def _judge(exchange: Exchange, doors: object) -> None:
    await exchange.snapshot.caller_trust.verify(exchange.caller_certificate.chain, True)
