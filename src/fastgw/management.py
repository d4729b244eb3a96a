"""The management listener: a process of its own that answers health questions.

It knows only what the master tells it over the control channel, so that a busy gateway never makes it
slow. It must never answer for the gateway's APIs, and never read the configuration.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import signal
import socket
import ssl
import stat
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from fastgw.control_channel import ControlChannel, Message
from fastgw.errors import FastgwError
from fastgw.settings import Endpoint, ServeSettings
from fastgw.telemetry import log
from fastgw.tls.certs import Certificate, read_certificate, to_pem
from fastgw.tls.names import a_label
from fastgw.tls.selfsigned import make_self_signed
from fastgw.tls.servers import make_server_context

CERTIFICATE_FILE = "management.pem"
# A certificate that is about to end is replaced at the next start.
_RENEW_BEFORE = timedelta(days=30)
# Certificate and key of our own making take a few KiB.
_LARGEST_KEPT = 64 * 1024
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
_ROUTES = frozenset({"/healthz", "/readyz"})


class Health:
    """The last state that the master told, and the answers that follow from it."""

    def __init__(self) -> None:
        self._state: Mapping[str, Any] = {"draining": False, "generation": 0, "workers": []}

    def update(self, state: Mapping[str, Any]) -> None:
        """Take the state of a ``("state", serial, mapping)`` message."""
        self._state = state

    @property
    def ready(self) -> bool:
        """Whether a configuration is loaded, a worker serves it, and the gateway is not going away."""
        state = self._state
        loaded = state["generation"] > 0 and not state["draining"]
        return loaded and any(worker["serving"] for worker in state["workers"])

    def answer(self, method: str, path: str) -> tuple[int, dict[str, object]]:
        """The status and JSON body for a request; everything but GET and HEAD of the two paths is 404."""
        if path not in _ROUTES or method not in {"GET", "HEAD"}:
            return 404, {"error": {"code": "ResourceNotFound", "message": "There is nothing here."}}
        if path == "/healthz":
            status, word = 200, "ok"
        elif self.ready:
            status, word = 200, "ready"
        else:
            status, word = 503, "draining" if self._state["draining"] else "not ready"
        return status, {
            "status": word,
            "generation": self._state["generation"],
            "workers": self._state["workers"],
        }


def application(health: Health) -> web.Application:
    """The web application over `health`."""

    async def handle(request: web.Request) -> web.Response:
        status, body = health.answer(request.method, request.path)
        headers = {"Cache-Control": "no-store", "Server": "fastgw"}
        return web.Response(
            status=status, body=orjson.dumps(body), content_type="application/json", headers=headers
        )

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    return app


def run_management(
    sockets: Sequence[socket.socket], settings: ServeSettings, endpoint: Endpoint, control: socket.socket
) -> int:
    """Serve management on listening sockets until the master says drain or is gone; return the exit code."""
    # A service manager may signal the whole group; health is answered until the workers have drained.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    tls = tls_context(settings.data_dir, endpoint.host) if endpoint.scheme == "https" else None
    asyncio.run(_serve(sockets, tls, ControlChannel(control)))
    return 0


async def _serve(
    sockets: Sequence[socket.socket], tls: ssl.SSLContext | None, channel: ControlChannel
) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_log_loop_error)
    ending = asyncio.Event()
    health = Health()
    runner = web.AppRunner(application(health), access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    for one in sockets:
        await web.SockSite(runner, one, ssl_context=tls).start()

    def take(message: Message) -> None:
        if message[0] == "state":
            health.update(message[2])
            channel.send(("applied", message[1]))
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


def tls_context(data_dir: Path | None, host: str) -> ssl.SSLContext:
    """A server context with the certificate kept in `data_dir`, made there when it is missing or ends soon.

    A file that others could have read or written is not used. Where there is no directory, or it cannot be
    used, the certificate lives in memory and changes with every start, and a warning says so.
    """
    now = datetime.now(UTC)
    if data_dir is None:
        _warn_of_memory(None, "the home folder is not known; name a folder with --data-dir")
        return make_server_context(make_self_signed(_hosts(host), now=now))
    path = data_dir / CERTIFICATE_FILE
    kept = _read_kept(path, host, now)
    if kept is None:
        kept = make_self_signed(_hosts(host), now=now)
        try:
            _keep(path, kept)
        except OSError as error:
            _warn_of_memory(str(path), error.strerror or str(error))
    return make_server_context(kept)


def _warn_of_memory(path: str | None, reason: str) -> None:
    log.warning("the management certificate is kept in memory only", path=path, reason=reason)


def _hosts(host: str) -> tuple[str, ...]:
    try:
        wildcard = ipaddress.ip_address(host).is_unspecified
    except ValueError:
        wildcard = False
    return _LOCAL_HOSTS if wildcard else tuple(dict.fromkeys((host, *_LOCAL_HOSTS)))


def _read_kept(path: Path, host: str, now: datetime) -> Certificate | None:
    """The kept certificate where it can be used; None for any reason to make another one."""
    try:
        certificate = read_certificate(_read_own(path))
    except (OSError, FastgwError):
        return None
    if not certificate.has_private_key or certificate.not_after - now < _RENEW_BEFORE:
        return None
    # The first host is the common name of a self-made certificate; with another one it is made anew.
    wanted = _hosts(host)[0]
    try:
        wanted = a_label(wanted)
    except ValueError:
        return None
    return certificate if certificate.subject == f"CN={wanted}" else None


def _read_own(path: Path) -> bytes:
    """The bytes of a regular file that nobody but this user can have read or written; else OSError."""
    # Opening a pipe would wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode) or about.st_uid != os.geteuid() or about.st_mode & 0o077:
            raise PermissionError(errno.EPERM, "not a file of this user alone")
        data = file.read(_LARGEST_KEPT + 1)
    if len(data) > _LARGEST_KEPT:
        raise OSError(errno.EFBIG, "too large")
    return data


def _keep(path: Path, certificate: Certificate) -> None:
    """Write certificate and key, mode 0600, whole or not at all; raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600)
            file.write(to_pem(certificate.chain, certificate.private_key))
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
