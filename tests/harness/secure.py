"""A backend that speaks HTTPS: its certificate can be replaced, and it may demand one of the gateway.

For rules about TLS and where a request arrives; what it reads is not checked as `ScriptedBackend` does.
"""

from __future__ import annotations

import json
import socket
import ssl
import tempfile
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from tests.harness.raw import PATIENCE
from tests.pki import Ca, Issued


class SecureBackend:
    """An HTTPS server on 127.0.0.1 that answers every request with JSON of its method, target and body.

    Shows `server`; demands a certificate of the authority `clients` where there is one.
    """

    def __init__(self, server: Issued, clients: Ca | None = None) -> None:
        self.targets: list[str] = []
        """What requests asked for, in order."""
        self.clients: list[str | None] = []
        """The common names of the certificates that came with them."""
        self.resumed: list[bool] = []
        """Whether their connections began with a TLS session of an earlier one."""
        self._clients = clients
        self._context = tls_context(server, clients)
        self._server = _Server(self)
        self.port: int = self._server.server_address[1]
        self.url = f"https://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self.drop_connections()
        self._thread.join(PATIENCE)

    def present(self, server: Issued) -> None:
        """Show another certificate from the next handshake on."""
        self._context = tls_context(server, self._clients)

    def drop_connections(self) -> None:
        """End every connection, so that the next request begins with a handshake."""
        for sock in tuple(self._server.open):
            with suppress(OSError):
                # Not SSLSocket's own, which takes the TLS away from the thread that still uses it.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def wrap(self, sock: socket.socket) -> ssl.SSLSocket:
        """The server side of a connection; its thread does the handshake."""
        return self._context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, backend: SecureBackend) -> None:
        self.backend = backend
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        sock, address = super().get_request()
        sock.settimeout(60.0)
        secure = self.backend.wrap(sock)
        self.open.add(secure)
        return secure, address

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, *_: object) -> None:
        """Refused handshakes and callers that leave are what tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave in one segment, or Nagle's algorithm makes each answer wait.
    wbufsize = 65536
    server: _Server

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        backend = self.server.backend
        client = common_name(self.connection)
        backend.targets.append(self.path)
        backend.clients.append(client)
        backend.resumed.append(bool(self.connection.session_reused))  # type: ignore[attr-defined]
        said = json.dumps(
            {"method": self.command, "target": self.path, "client": client, "body": body.decode("latin-1")}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST = do_PUT = _answer

    def log_message(self, *_: object) -> None:
        """The test's output is not the place for an access log."""


def tls_context(server: Issued, clients: Ca | None) -> ssl.SSLContext:
    """The context of a server that shows a certificate with its chain, and may demand one of a caller."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "server.pem")
        path.write_bytes(server.bundle())
        context.load_cert_chain(path)
    if clients is not None:
        context.load_verify_locations(cadata=clients.pem.decode())
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def common_name(sock: socket.socket) -> str | None:
    """The common name of the certificate that the other side has shown; None where it has shown none."""
    if not isinstance(sock, ssl.SSLSocket):
        return None
    subject: Any = (sock.getpeercert() or {}).get("subject", ())
    return next((value for part in subject for key, value in part if key == "commonName"), None)
