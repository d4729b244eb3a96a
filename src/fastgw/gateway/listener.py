"""The aiohttp server: accepts connections and gives each one's bytes to the data plane.

The only file that touches private parts of aiohttp. The connection class takes over what
aiohttp's handler task would do for requests (reading, answering, time limits, waiting for an
answer in a graceful shutdown), so no task exists per connection or request; accepting,
counting and closing connections stay aiohttp's. `tests/gateway/test_aiohttp_contract.py` fails
when the installed aiohttp differs in a part that is used here.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from fastgw.gateway.downstream import Downstream
from fastgw.gateway.services import Services


class Connection(web.RequestHandler):
    """An aiohttp connection whose protocol callbacks are those of a compiled Downstream.

    The callbacks are instance attributes, so the loop calls the compiled methods directly.
    """

    __slots__ = ("core", "data_received", "eof_received", "pause_writing", "resume_writing")

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop, core: Downstream) -> None:
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]  # annotated as a Logger; None is taken for no access log
        )
        self.core = core
        self.data_received = core.data_received  # type: ignore[method-assign]  # a slot of this class
        self.eof_received = core.eof_received  # type: ignore[method-assign]  # a slot, too
        self.pause_writing = core.pause_writing  # type: ignore[method-assign]  # a slot, too
        self.resume_writing = core.resume_writing  # type: ignore[method-assign]  # a slot, too

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register with the server as aiohttp does, without the handler task.

        Nor are options set on the socket: listening sockets have them, see `claims`.
        """
        # That of a listener is a Transport; and a connection has a manager until it is lost.
        self.transport = transport  # type: ignore[assignment]
        self._manager.connection_made(self, transport)  # type: ignore[arg-type,union-attr]  # the same
        self.core.connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Let go of the request under way, then leave the server's list."""
        self.core.connection_lost(exc)
        super().connection_lost(exc)

    def close(self) -> None:
        """Close once the answer under way is complete."""
        self.core.close_when_idle()

    async def shutdown(self, timeout: float | None = 15.0) -> None:  # noqa: ASYNC109  (aiohttp's signature)
        """Wait for the answer under way, `timeout` seconds at the most, then close."""
        waiting = self.core.close_when_idle()
        if waiting is not None:
            try:
                async with asyncio.timeout(timeout):
                    await waiting
            except TimeoutError:
                self.core.abort()


class Server(web.Server):
    """aiohttp's server with our connections."""

    def __init__(self, services: Services, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(_no_handler, loop=loop)
        self._services = services

    def __call__(self) -> Connection:
        """A connection for the loop's accept."""
        return Connection(self, self._loop, Downstream(self._services))


async def _no_handler(request: Any) -> web.StreamResponse:
    """Never called: no request enters aiohttp's own pipeline."""
    raise web.HTTPInternalServerError
