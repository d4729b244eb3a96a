"""A backend behind a forward proxy: absolute form for http, a tunnel for https, credentials for both.

The proxy of these tests is a plain socket server that records what it is asked.
"""

from __future__ import annotations

import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import GatewayFactory
from tests.harness import ScriptedBackend, Session, ask
from tests.pki import make_ca
from tests.tls.wire import nginx

AUTHORIZATION = "Basic " + b64encode(b"px:s3cret").decode()


class TunnelProxy:
    """Answers CONNECT with `status` and, for 200, joins both ends."""

    def __init__(self, status: int = 200) -> None:
        self.heads: list[bytes] = []
        self._status = status
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(self._listener.accept()[0],), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            piece = caller.recv(1)
            if not piece:
                return
            head += piece
        self.heads.append(head)
        caller.sendall(f"HTTP/1.1 {self._status} Whatever\r\n\r\n".encode())
        if self._status != 200:
            caller.close()
            return
        host, _, port = head.split()[1].decode().rpartition(":")
        server = socket.create_connection((host, int(port)))
        threading.Thread(target=_pump, args=(server, caller), daemon=True).start()
        _pump(caller, server)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def tunnel() -> Iterator[TunnelProxy]:
    proxy = TunnelProxy()
    yield proxy
    proxy.close()


def configuration(url: str, proxy_port: int, **backend: object) -> dict[str, object]:
    return {
        "backends": [
            {
                "id": "far",
                "url": url,
                "proxy": {"url": f"http://127.0.0.1:{proxy_port}", "username": "px", "password": "s3cret"},
                **backend,
            }
        ],
        "apis": [
            {
                "id": "all",
                "path": "",
                "protocols": ["http"],
                "subscriptionRequired": False,
                "serviceUrl": url,
                "operations": [{"id": "get", "method": "GET", "urlTemplate": "/*"}],
            }
        ],
    }


def test_http_requests_go_to_the_proxy_in_absolute_form_with_its_credentials(
    gateway: GatewayFactory,
) -> None:
    def serve(session: Session) -> None:
        session.wait_for(b"\r\n\r\n")
        session.answer(b"from the proxy")

    with ScriptedBackend(serve) as proxy:
        process = gateway(configuration("http://backend.invalid:81/base", proxy.port))
        assert ask(process.address, b"GET /x?y=1 HTTP/1.1\r\nHost: gw\r\n\r\n").status == 200
        head = proxy.received.decode()
    assert head.startswith(
        "GET http://backend.invalid:81/base/x?y=1 HTTP/1.1\r\nHost: backend.invalid:81\r\n"
    )
    assert f"\r\nProxy-Authorization: {AUTHORIZATION}\r\n" in head


def test_https_backends_are_reached_through_a_tunnel_that_alone_sees_the_proxy_credentials(
    gateway: GatewayFactory, tunnel: TunnelProxy, tmp_path: Path
) -> None:
    ca = make_ca()
    client = ca.issue("caller", usage="client")
    with nginx(tmp_path, ca.issue("localhost", "localhost", "127.0.0.1"), ca, "TLSv1.3") as port:
        settings = configuration(
            f"https://127.0.0.1:{port}", tunnel.port, credentials={"certificateIds": ["client"]}
        )
        settings["certificates"] = [{"id": "client", "file": "client.pem"}]
        settings["caCertificates"] = [{"id": "ca", "file": "ca.pem", "storeName": "Root"}]
        process = gateway(settings, files={"client.pem": client.bundle(), "ca.pem": ca.pem})
        answer = ask(process.address, b"GET /x HTTP/1.1\r\nHost: gw\r\n\r\n")
        assert (answer.status, answer.get("x-dn")) == (200, "CN=caller,O=Example,C=NL")
    head = tunnel.heads[0].decode()
    assert head.startswith(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n")
    assert f"Proxy-Authorization: {AUTHORIZATION}\r\n" in head


def test_a_proxy_that_refuses_the_tunnel_is_a_connection_failure_that_says_so(
    gateway: GatewayFactory,
) -> None:
    proxy = TunnelProxy(status=407)
    try:
        process = gateway(configuration("https://127.0.0.1:1", proxy.port))
        assert ask(process.address, b"GET /x HTTP/1.1\r\nHost: gw\r\n\r\n").status == 500
        line = process.wait_for_line("backend call failed")
        assert "refused the tunnel (status 407)" in line
        assert "s3cret" not in "".join(process.stderr_lines())
    finally:
        proxy.close()


def test_a_proxy_that_closes_without_an_answer_is_a_connection_failure(gateway: GatewayFactory) -> None:
    def hang_up(session: Session) -> None:
        session.wait_for(b"\r\n\r\n")
        session.finish_sending()

    with ScriptedBackend(hang_up) as proxy:
        process = gateway(configuration("https://127.0.0.1:1", proxy.port))
        assert ask(process.address, b"GET /x HTTP/1.1\r\nHost: gw\r\n\r\n").status == 500
        process.wait_for_line("gave no answer to CONNECT")
