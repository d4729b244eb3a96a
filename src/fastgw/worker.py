"""A worker process: one event loop that serves the listeners it was given.

It follows the supervisor: builds and swaps each configuration that arrives, drains when told
to. It reads no file and binds no address.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import resource
import signal
import socket
from collections.abc import Sequence
from typing import Any

import uvloop

from fastgw._balance import seed
from fastgw._shared import Segment
from fastgw.control_channel import ControlChannel
from fastgw.errors import FastgwError
from fastgw.expr.engine import set_limits
from fastgw.expr.runtime.verifier import verify_by
from fastgw.expr.runtime.watchdog import watching
from fastgw.gateway.doors import Doors
from fastgw.gateway.fabric_calls import FabricCalls
from fastgw.gateway.fetching import Fetcher
from fastgw.gateway.listener import Server
from fastgw.gateway.pools import Pools
from fastgw.gateway.probes import CHECKING_SLOT, Probes
from fastgw.gateway.services import Services
from fastgw.settings import ServeSettings
from fastgw.snapshot import Snapshot
from fastgw.snapshot.build import build
from fastgw.snapshot.places import KnownPlaces, Slots
from fastgw.telemetry import log

# Connections that the kernel holds while the loop is busy; more than that are refused by it anyway.
BACKLOG = 4096
# A caller that connects to a TLS port and does not finish its handshake.
HANDSHAKE_SECONDS = 10.0
# One that does not answer when TLS is closed.
SHUTDOWN_SECONDS = 2.0


def run_worker(
    slot: int,
    snapshot: Snapshot,
    listeners: Sequence[tuple[str, socket.socket]],
    control: socket.socket,
    settings: ServeSettings,
    segment: Segment,
) -> int:
    """Serve until drained or orphaned; returns the process's exit code.

    `listeners` are (URL, listening socket) pairs, `slot` is this worker's number; `segment` holds what all
    workers share.
    """
    _raise_file_limit()
    seed()
    with watching(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_Worker(slot, snapshot, control, settings, segment).serve(listeners))


def _raise_file_limit() -> None:
    """A connection is a file: take as many as the system lets this user have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class _Worker:
    def __init__(
        self,
        slot: int,
        snapshot: Snapshot,
        control: socket.socket,
        settings: ServeSettings,
        segment: Segment,
    ) -> None:
        self._slot = slot
        self._snapshot = snapshot
        self._settings = settings
        self._segment = segment
        self._channel = ControlChannel(control)
        self._configurations: asyncio.Queue[tuple[int, Any, Slots]] = asyncio.Queue()
        self._ended = asyncio.Event()
        self._orphaned = False

    async def serve(self, listeners: Sequence[tuple[str, socket.socket]]) -> int:
        loop = asyncio.get_running_loop()
        pools = Pools(loop)
        self._services = Services(loop, pools, FabricCalls(loop))
        doors = self._services.doors = Doors(self._services)
        self._probes = Probes(self._services)
        self._fetcher = Fetcher()
        self._install(self._snapshot)
        server = Server(self._services, loop)
        accepting: list[asyncio.Server] = []
        for url, sock in listeners:
            tls = self._snapshot.listener_tls if url.startswith("https:") else None
            accepting.append(
                await loop.create_server(
                    server,
                    sock=sock,
                    ssl=tls.context if tls is not None else None,
                    backlog=BACKLOG,
                    ssl_handshake_timeout=HANDSHAKE_SECONDS if tls is not None else None,
                    ssl_shutdown_timeout=SHUTDOWN_SECONDS if tls is not None else None,
                )
            )
        self._channel.attach(loop, self._message, self._closed)
        # A service manager signals the whole group: workers drain then, as they do when told to.
        loop.add_signal_handler(signal.SIGTERM, self._ended.set)
        follower = loop.create_task(self._follow())
        # What start-up made lives as long as the process: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        self._channel.send(("ready", 1))
        await self._ended.wait()
        follower.cancel()
        self._probes.close()
        # One round of the loop accepts what has connected already; closing would reset it.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for one in accepting:
            one.close()
        self._services.drain()
        if not self._orphaned:
            until = loop.time() + self._settings.drain_timeout
            await server.shutdown(self._settings.drain_timeout)
            await doors.close(max(0.0, until - loop.time()))
        pools.close()
        self._snapshot.caller_trust.revocations.close()
        await self._fetcher.close()
        self._channel.close()
        return 0

    def _install(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        if snapshot.listener_tls is not None and snapshot.hostnames is not None:
            snapshot.listener_tls.serve(snapshot.hostnames)
        snapshot.caller_trust.install(self._fetcher)
        self._services.install(snapshot)
        set_limits(snapshot.expression_limits)
        verify_by(snapshot.caller_trust)
        if self._slot == CHECKING_SLOT:
            self._probes.install(snapshot)

    def _message(self, message: tuple[Any, ...]) -> None:
        if message[0] == "configure":
            self._configurations.put_nowait((message[1], message[2], message[3]))
        elif message[0] == "drain":
            self._ended.set()

    def _closed(self) -> None:
        # The supervisor is gone: nobody would restart or stop this worker.
        self._orphaned = True
        self._ended.set()

    async def _follow(self) -> None:
        """Build each configuration beside the traffic and swap it in."""
        while True:
            generation, configuration, slots = await self._configurations.get()
            places = KnownPlaces(self._segment, slots)
            try:
                snapshot = await asyncio.to_thread(build, configuration, self._snapshot, places)
                self._install(snapshot)
            except FastgwError as error:
                self._channel.send(("failed", generation, str(error)))
                continue
            except Exception as error:
                log.error("configuration cannot be built", error=type(error).__name__, message=str(error))
                self._channel.send(("failed", generation, f"{type(error).__name__}: {error}"))
                continue
            self._channel.send(("applied", generation))
