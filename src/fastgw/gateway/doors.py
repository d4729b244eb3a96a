"""The calls of policies: an absolute URL in, a whole answer out, over the pools of the worker.

Turns a URL into the target and the pool of a call, bounds the calls that nobody waits for, and tells the log
what went wrong. Must never know a policy: the values that it takes and gives are those of `outbound`.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast

from fastgw._exchange import Exchange, Target
from fastgw.errors import PolicyFailure
from fastgw.gateway.outcall import OutCall
from fastgw.gateway.services import Services
from fastgw.model.types import split_url
from fastgw.outbound import OutboundProxy, OutboundRequest, OutboundResponse
from fastgw.snapshot import ConnectionSettings, Snapshot
from fastgw.snapshot.targets import make_target
from fastgw.telemetry import log
from fastgw.tls.certs import Certificate

MOST_LATER: Final = 1000
"""Calls under way in one worker that nobody waits for; more are dropped, and the log says so."""

# Seconds for the body of an answer that nobody waits for, beyond the time that its head has.
_LATER_BODY: Final = 60.0
_LONGEST: Final = 2**31 - 1
# Addresses remembered: URLs may be computed, so there must be an end.
_MOST_TARGETS: Final = 1024
_PORTS: Final = {"http": 80, "https": 443}

Where = dict[str, object]


class Doors:
    """The doors of one worker (policies._api.Doors); `services` has them as its `doors`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._targets: dict[tuple[str, str, int, OutboundProxy | None], Target] = {}
        self._later: set[asyncio.Task[None]] = set()
        self._dropping = False

    async def call(self, request: OutboundRequest, exchange: Exchange) -> OutboundResponse:
        """Make a call; ended with the task that waits for it.

        Raises PolicyFailure (BackendConnectionFailure or Timeout), and ValueError for a bad URL.
        """
        try:
            return await self._call(request, cast("Snapshot", exchange.snapshot))
        except PolicyFailure as error:
            _tell(request, _where(exchange), error)
            raise

    def call_later(self, request: OutboundRequest, exchange: Exchange) -> None:
        """Make a call that nobody waits for. Its outcome goes to the log alone."""
        where = _where(exchange)
        if len(self._later) >= MOST_LATER:
            # One line until there is room again: a line for each would be what an overload does not need.
            if not self._dropping:
                self._dropping = True
                log.warning("one-way calls are dropped", underWay=len(self._later), **where)
            return
        self._dropping = False
        task = self._services.loop.create_task(self._call_later(request, exchange.snapshot, where))
        # The loop itself holds no reference to a task that waits.
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def close(self, seconds: float) -> None:
        """Give the calls that nobody waits for this long to end, then end them."""
        if self._later:
            await asyncio.wait(tuple(self._later), timeout=seconds)
        for task in tuple(self._later):
            task.cancel()

    async def _call_later(self, request: OutboundRequest, snapshot: Snapshot, where: Where) -> None:
        try:
            async with asyncio.timeout(request.timeout + _LATER_BODY):
                await self._call(request, snapshot)
        except TimeoutError:
            # The head has come, and with it all that such a call is for.
            pass
        except Exception as error:
            _tell(request, where, error)

    async def _call(self, request: OutboundRequest, snapshot: Snapshot) -> OutboundResponse:
        target, path, query = self._address(request.url, request.proxy)
        call = OutCall(self._services, request.method, path, query, request.fields, request.body)
        certificate = cast("Certificate | None", request.certificate)
        pool = target.pool
        if pool is None or target.pool_certificate is not certificate or pool.retired:
            pool = self._services.pools.of(target, certificate, snapshot)
        try:
            head, body = await call.send(target, pool, min(round(request.timeout * 1000), _LONGEST))
        except asyncio.CancelledError:
            call.cancel()
            raise
        return OutboundResponse(head, body)

    def _address(self, url: str, proxy: OutboundProxy | None) -> tuple[Target, bytes, bytes]:
        """The target, the path and the query of a URL. Raises ValueError."""
        try:
            parts = split_url(url)
            if parts.port == 0:
                raise ValueError("may not use port 0")
        except ValueError as error:
            raise ValueError(f"The URL of the call {error}.") from None
        host = (parts.hostname or "").lower()
        key = (parts.scheme, host, parts.port or _PORTS[parts.scheme], proxy)
        target = self._targets.get(key)
        if target is None:
            if len(self._targets) >= _MOST_TARGETS:
                self._targets.clear()
            settings = ConnectionSettings(proxy=proxy)
            target = self._targets[key] = make_target((*key[:3], ""), connection=settings)
        return target, parts.path.encode() or b"/", parts.query.encode()


def _where(exchange: Exchange) -> Where:
    route: Any = exchange.route
    return {
        "api": route.api_id if route is not None else None,
        "operation": route.operation_id if route is not None else None,
        "requestId": exchange.id,
    }


def _tell(request: OutboundRequest, where: Where, error: Exception) -> None:
    """Log a failure; of the URL only what cannot hold a secret."""
    try:
        parts = split_url(request.url)
        to = f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        to = None
    reason = error.reason if isinstance(error, PolicyFailure) else None
    log.warning("call of a policy failed", to=to, reason=reason, message=str(error), **where)
