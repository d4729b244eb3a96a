"""The life of the management process: serves its sockets, follows the master, ends when told to drain."""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from fastgw._shared import Segment
from fastgw.control_channel import ControlChannel, Message
from fastgw.management.application import application
from fastgw.management.certificate import tls_context
from fastgw.management.health import Health
from fastgw.management.secrets import SecretStatus
from fastgw.management.status import BackendStatus
from fastgw.management.token import ManagementToken, kept_token
from fastgw.settings import Endpoint, ServeSettings
from fastgw.telemetry import log


def run_management(
    sockets: Sequence[socket.socket],
    settings: ServeSettings,
    endpoint: Endpoint,
    control: socket.socket,
    segment: Segment,
) -> int:
    """Serve management on listening sockets until the master says drain or is gone; return the exit code.

    `segment` is where the state of backends lives.
    """
    # A service manager may signal the whole group; health is answered until the workers have drained.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    tls = tls_context(settings.data_dir, endpoint.host) if endpoint.scheme == "https" else None
    token = kept_token(settings.data_dir)
    asyncio.run(_serve(sockets, tls, ControlChannel(control), BackendStatus(segment), token))
    return 0


async def _serve(
    sockets: Sequence[socket.socket],
    tls: ssl.SSLContext | None,
    channel: ControlChannel,
    status: BackendStatus,
    token: ManagementToken,
) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_log_loop_error)
    ending = asyncio.Event()
    health = Health()
    secrets = SecretStatus()
    app = application(health, status, secrets, token)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    for one in sockets:
        await web.SockSite(runner, one, ssl_context=tls).start()

    def take(message: Message) -> None:
        if message[0] == "state":
            health.update(message[2])
            channel.send(("applied", message[1]))
        elif message[0] == "backends":
            status.update(message[1])
        elif message[0] == "secrets":
            secrets.update(message[1])
        elif message[0] == "drain":
            ending.set()

    channel.attach(loop, take, ending.set)
    channel.send(("ready", 0))
    await ending.wait()
    await runner.cleanup()


def _log_loop_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    log.warning(
        "management connection failed",
        reason=context.get("message", ""),
        error="" if error is None else f"{type(error).__name__}: {error}",
    )
