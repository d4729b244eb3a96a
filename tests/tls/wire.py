"""Real TLS peers on ports that the system picks: nginx, and a uvloop server; and a small HTTP client."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import uvloop

from fastgw.tls.contexts import ClientContext
from fastgw.tls.sessions import Peer
from tests.pki import Ca, Issued

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def run(
    main: Callable[[], Awaitable[None]],
    new_loop: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop,
) -> None:
    """Run a test's coroutine, on uvloop unless told otherwise, within a bound that only a hang reaches."""

    async def bounded() -> None:
        await asyncio.wait_for(main(), 30)

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(bounded())


@dataclass(frozen=True)
class Reply:
    headers: dict[str, str]
    reused: bool | None
    version: str | None
    peer: bytes | None


async def call(port: int, context: ClientContext, host: str | Peer) -> Reply:
    """One request on a connection of its own, closed after; its session is kept for the next."""
    peer = host if isinstance(host, Peer) else context.peer(host, port)
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=cast("ssl.SSLContext", peer), server_hostname=peer.host
    )
    try:
        writer.write(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
        peer.sessions.store(tls)
        lines = [line.partition(": ") for line in head.split("\r\n")[1:] if line]
        return Reply(
            {key.lower(): value for key, _, value in lines},
            tls.session_reused,
            tls.version(),
            tls.getpeercert(binary_form=True),
        )
    finally:
        writer.transport.abort()


@contextlib.asynccontextmanager
async def tls_server(context: ssl.SSLContext) -> AsyncIterator[int]:
    """A server of the running loop that answers each request head; gives its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(ANSWER)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def server_context(issued: Issued, tmp_path: Path) -> ssl.SSLContext:
    """A plain server, not made by the code under test."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    path = tmp_path / f"{issued.thumbprint}.pem"
    path.write_bytes(issued.bundle())
    context.load_cert_chain(path)
    return context


@contextlib.contextmanager
def openssl_server(context: ssl.SSLContext | Callable[[], ssl.SSLContext]) -> Iterator[int]:
    """A server in a thread, for handshakes that fail: uvloop's own drops the connection without the alert.

    Answers one connection after the other until the last one; gives its port. A function is asked for the
    context of each connection: what it gives shares nothing, tickets neither, with what it gave before.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                connection, _ = listener.accept()
                with connection:
                    if connection.recv(1, socket.MSG_PEEK) == b"":
                        return
                    with (
                        contextlib.suppress(OSError),
                        (context() if callable(context) else context).wrap_socket(
                            connection, server_side=True
                        ) as tls,
                    ):
                        tls.recv(4096)
                        tls.sendall(ANSWER)
                        tls.recv(1)

        thread = threading.Thread(target=serve)
        thread.start()
        port: int = listener.getsockname()[1]
        try:
            yield port
        finally:
            socket.create_connection(("127.0.0.1", port)).close()
            thread.join()


@contextlib.contextmanager
def nginx(folder: Path, server: Issued, clients: Ca, protocol: str) -> Iterator[int]:
    """nginx that demands a client certificate from below `clients`, and only knows that root."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    (folder / "server.pem").write_bytes(server.pem + server.issuers_pem)
    (folder / "server.key").write_bytes(server.key_pem())
    (folder / "clients.pem").write_bytes(clients.pem)
    # nginx takes over listening sockets by their numbers, as it does when it replaces its own binary: so the
    # system picks the port, and connections queue up from before nginx has started.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        (folder / "nginx.conf").write_text(
            f"""
            daemon off; worker_processes 1; pid nginx.pid; error_log stderr;
            events {{ worker_connections 64; }}
            http {{
              access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3;
              uwsgi_temp_path t4; scgi_temp_path t5;
              server {{
                listen 127.0.0.1:{port} ssl;
                ssl_certificate server.pem; ssl_certificate_key server.key;
                ssl_client_certificate clients.pem; ssl_verify_client on; ssl_verify_depth 3;
                ssl_protocols {protocol}; ssl_session_cache shared:t:1m;
                add_header x-reused $ssl_session_reused always; add_header x-dn $ssl_client_s_dn always;
                add_header x-verify $ssl_client_verify always;
                location / {{ return 200 "ok"; }}
              }}
            }}"""
        )
        os.set_inheritable(listener.fileno(), True)
        process = subprocess.Popen(
            [program, "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"],
            env={**os.environ, "NGINX": f"{listener.fileno()};"},
            pass_fds=[listener.fileno()],
            stderr=subprocess.DEVNULL,
        )
    try:
        yield port
    finally:
        process.terminate()
        process.wait()
