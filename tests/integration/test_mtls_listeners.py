"""HTTPS listeners: certificates by SNI, versions, sessions over workers and reloads, bad handshakes."""

from __future__ import annotations

import signal
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import GatewayProcess, RawConnection, wait_until
from tests.pki import Ca, Issued, make_ca

REQUEST = b"GET /a/x HTTP/1.1\r\nHost: api.example.test\r\n\r\n"
REPLY = "<policies><inbound><return-response><set-body>{}</set-body></return-response></inbound></policies>"
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


@pytest.fixture(scope="module")
def root() -> Ca:
    return make_ca("Edge Root")


@pytest.fixture(scope="module")
def edges(root: Ca) -> dict[str, Issued]:
    middle = root.intermediate("Edge Middle")
    return {
        "api": middle.issue("api", "api.example.test"),
        "wild": root.issue("wild", "*.wild.example.test", kind="rsa"),
        "fallback": root.issue("fallback", "fallback.example.test", "127.0.0.1"),
    }


def configuration(workers: int = 1, body: str = "hello", **more: Any) -> dict[str, Any]:
    return {
        "gateway": {
            "listeners": [{"url": "https://127.0.0.1:0"}, {"url": "http://127.0.0.1:0"}],
            "workers": workers,
        },
        "hostnames": [
            {"hostName": "api.example.test", "certificateId": "api"},
            {"hostName": "*.wild.example.test", "certificateId": "wild"},
            {"hostName": "fallback.example.test", "certificateId": "fallback", "default": True},
        ],
        "certificates": [
            {"id": "api", "file": "api.pfx", "password": "p"},
            {"id": "wild", "file": "wild.pem"},
            {"id": "fallback", "file": "fallback.pfx"},
        ],
        "apis": [
            {
                "id": "a",
                "path": "a",
                "protocols": ["http", "https"],
                "subscriptionRequired": False,
                "operations": [{"id": "get", "method": "GET", "urlTemplate": "/*"}],
                "policy": REPLY.format(body),
            }
        ],
        **more,
    }


def files_of(edges: dict[str, Issued]) -> dict[str, bytes]:
    return {
        "api.pfx": edges["api"].pfx("p"),
        "wild.pem": edges["wild"].bundle(),
        "fallback.pfx": edges["fallback"].pfx(),
    }


@pytest.fixture(scope="module")
def server(module_gateway: GatewayFactory, edges: dict[str, Issued]) -> GatewayProcess:
    return module_gateway(configuration(), files=files_of(edges))


def client(root: Ca | None = None, version: str | None = None) -> ssl.SSLContext:
    """A client that trusts `root`; None: it checks nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if root is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_verify_locations(cadata=root.der)
    if version is not None:
        context.minimum_version = context.maximum_version = VERSIONS[version]
    return context


@contextmanager
def connect(
    server: GatewayProcess,
    context: ssl.SSLContext,
    name: str | None = "api.example.test",
    session: ssl.SSLSession | None = None,
) -> Iterator[ssl.SSLSocket]:
    with (
        socket.create_connection(server.address, timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=name, session=session) as tls,
    ):
        yield tls


def ask(tls: ssl.SSLSocket) -> bytes:
    """The whole answer to one request; its body is the end of it."""
    tls.sendall(REQUEST)
    answer = b""
    while True:
        piece = tls.recv(65536)
        assert piece, f"closed after {answer!r}"
        answer += piece
        head, mark, body = answer.partition(b"\r\n\r\n")
        if mark and len(body) == int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]):
            assert head.startswith(b"HTTP/1.1 200 "), head
            return answer


def sees(server: GatewayProcess, name: str | None) -> bytes | None:
    with connect(server, client(), name) as tls:
        ask(tls)
        return tls.getpeercert(binary_form=True)


@pytest.mark.parametrize(
    ("name", "which"),
    [
        ("api.example.test", "api"),
        ("API.Example.TEST", "api"),
        ("x.wild.example.test", "wild"),
        ("X.wild.example.test", "wild"),
        ("fallback.example.test", "fallback"),
        ("unknown.example.test", "fallback"),
        ("wild.example.test", "fallback"),
        ("a.b.wild.example.test", "fallback"),
        ("x.api.example.test", "fallback"),
        (None, "fallback"),
    ],
)
def test_sni_picks_the_certificate(
    server: GatewayProcess, edges: dict[str, Issued], name: str | None, which: str
) -> None:
    assert sees(server, name) == edges[which].der


@pytest.mark.parametrize("version", list(VERSIONS))
@pytest.mark.parametrize("name", ["api.example.test", "one.wild.example.test", "fallback.example.test"])
def test_a_client_that_checks_everything_is_served_on_both_versions(
    server: GatewayProcess, root: Ca, name: str, version: str
) -> None:
    # The client knows the root only: the intermediate of `api` was sent.
    with connect(server, client(root, version), name) as tls:
        assert tls.version() == f"TLSv{version}"
        for _ in range(3):
            assert ask(tls).endswith(b"hello")


def test_older_versions_are_refused(server: GatewayProcess) -> None:
    context = client()
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)), connect(server, context):
        pass


def test_http_1_1_is_chosen_where_the_client_offers_more(server: GatewayProcess) -> None:
    context = client()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with connect(server, context) as tls:
        assert tls.selected_alpn_protocol() == "http/1.1"
        ask(tls)


# --- sessions ----------------------------------------------------------------------------------------


def resumed(server: GatewayProcess, context: ssl.SSLContext, count: int) -> list[bool]:
    """Whether each of `count` new connections resumed the session of the connection before it."""
    found = []
    session = None
    for _ in range(count + 1):
        with connect(server, context, session=session) as tls:
            ask(tls)  # on TLS 1.3 the ticket comes after the handshake
            found.append(bool(tls.session_reused))
            session = tls.session
    assert found[0] is False
    return found[1:]


@pytest.mark.parametrize("version", list(VERSIONS))
def test_sessions_are_resumed_by_every_worker_and_after_reloads(
    gateway: GatewayFactory, edges: dict[str, Issued], root: Ca, version: str
) -> None:
    server = gateway(configuration(workers=2), files=files_of(edges))
    context = client(root, version)
    # The kernel deals connections out by their ports: 12 of them hardly ever meet one worker only.
    assert all(resumed(server, context, 12))
    with connect(server, context) as tls:
        ask(tls)
        session = tls.session
    for body in ("one", "two"):
        before = len(server.stderr_lines())
        server.write(configuration(workers=2, body=body))
        server.reload()
        server.wait_for_line("reloaded", after=before)
        for _ in range(6):
            with connect(server, context, session=session) as tls:
                assert ask(tls).endswith(body.encode())
                assert tls.session_reused
                session = tls.session


def test_a_changed_certificate_is_served_to_new_connections_and_old_ones_go_on(
    gateway: GatewayFactory, edges: dict[str, Issued], root: Ca
) -> None:
    server = gateway(configuration(workers=2), files=files_of(edges))
    renewed = root.issue("renewed", "api.example.test")
    context = client(root)
    with connect(server, context) as old:
        ask(old)
        (server.folder / "api.pfx").write_bytes(renewed.pfx("p"))
        before = len(server.stderr_lines())
        server.reload()
        server.wait_for_line("reloaded", after=before)
        for _ in range(8):
            assert sees(server, "api.example.test") == renewed.der
        assert sees(server, "x.wild.example.test") == edges["wild"].der
        ask(old)
        # A session of the old certificate still ends in a connection that works.
        with connect(server, context, session=old.session) as tls:
            ask(tls)


def test_handshakes_during_reloads_never_fail(
    gateway: GatewayFactory, edges: dict[str, Issued], root: Ca
) -> None:
    server = gateway(configuration(workers=2), files=files_of(edges))
    certificates = {edge.der: edge for edge in (edges["api"], root.issue("second", "api.example.test"))}
    stop, seen, failures = threading.Event(), set[bytes | None](), list[BaseException]()

    def load(version: str) -> None:
        context = client(root, version)
        session = None
        while not stop.is_set():
            try:
                with connect(server, context, session=session) as tls:
                    ask(tls)
                    session = tls.session
                    seen.add(tls.getpeercert(binary_form=True))
            except (OSError, AssertionError) as error:
                failures.append(error)

    threads = [threading.Thread(target=load, args=(version,)) for version in VERSIONS]
    for thread in threads:
        thread.start()
    try:
        for number in range(20):
            (server.folder / "api.pfx").write_bytes(list(certificates.values())[number % 2].pfx("p"))
            before = len(server.stderr_lines())
            server.reload()
            server.wait_for_line("reloaded", after=before)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert seen <= set(certificates)


def test_without_hostnames_a_self_made_certificate_is_served_and_kept_over_reloads(
    gateway: GatewayFactory,
) -> None:
    bare = configuration(hostnames=[], certificates=[])
    server = gateway(bare)
    assert any("self-made certificate" in line for line in server.stderr_lines())
    first = sees(server, "localhost")
    assert first is not None
    server.reload()
    server.wait_for_line("reloaded")
    assert sees(server, "localhost") == first


# --- what goes wrong ---------------------------------------------------------------------------------


def test_plain_http_on_a_tls_port_is_closed_and_nobody_else_notices(server: GatewayProcess, root: Ca) -> None:
    with connect(server, client(root)) as other:
        ask(other)
        for _ in range(5):
            with RawConnection(server.address) as connection:
                assert connection.send_what_is_taken(REQUEST)
                assert b"hello" not in connection.to_the_end()
        assert ask(other).endswith(b"hello")


def test_tls_on_a_plain_port_is_refused_and_nobody_else_notices(server: GatewayProcess) -> None:
    plain = server.urls[1]
    with RawConnection(plain) as other:
        assert other.ask(REQUEST).body == b"hello"
        for _ in range(5):
            with pytest.raises((ssl.SSLError, ConnectionError)):
                RawConnection(plain, tls=client())
        assert other.ask(REQUEST).body == b"hello"


def test_handshakes_that_fail_do_not_disturb_others(server: GatewayProcess, root: Ca) -> None:
    hello = client_hello()
    files = server.open_files()
    with connect(server, client(root)) as other, ExitStack() as stack:
        ask(other)
        for _ in range(10):
            # Trusts nobody: sends an alert.
            with pytest.raises(ssl.SSLCertVerificationError), connect(server, client(make_ca("Nobody"))):
                pass
            for data in (b"", b"\x16\x03\x01", hello[:50], hello, b"\x16\x03\x01\xff\xff" + bytes(600)):
                with RawConnection(server.address) as connection:
                    connection.send(data)
            with RawConnection(server.address) as connection:
                connection.send(hello)
                connection.reset()
            # Begins and says no more; stays open until the end of the test.
            stack.enter_context(RawConnection(server.address)).send(hello[:20])
            assert ask(other).endswith(b"hello")
            with connect(server, client(root)) as tls:
                assert ask(tls).endswith(b"hello")
    wait_for_files(server, files)


def test_a_name_that_is_none_in_the_client_hello_disturbs_nobody_and_writes_no_traceback(
    gateway: GatewayFactory, edges: dict[str, Issued], root: Ca
) -> None:
    """Anyone who can connect could fill the log with it."""
    server = gateway(configuration(), files=files_of(edges), may_complain=True)
    with connect(server, client(root)) as other:
        for name in (b"\xff\xfe\x80\xc3\x28", b"a\x00b.c", b"\n\r {}", b"xn--a", b"....."):
            hello = client_hello("placeholder.example.test").replace(b"placeholder", name.ljust(11, b"x"))
            with RawConnection(server.address) as connection:
                connection.send(hello)
                # The first flight of the server with its default certificate, an alert, or a close.
                if connection.fill():
                    assert connection.buffer[0] in (21, 22)
            assert ask(other).endswith(b"hello")
    server.stop()
    assert server.complaints() == []


def test_sigterm_does_not_wait_for_idle_tls_connections(
    gateway: GatewayFactory, edges: dict[str, Issued], root: Ca
) -> None:
    server = gateway(configuration(), files=files_of(edges), drain_timeout=60.0)
    with connect(server, client(root)) as first, connect(server, client(root, "1.2")) as second:
        ask(first)
        ask(second)
        with RawConnection(server.address) as silent:
            silent.send(client_hello()[:30])
            server.signal(signal.SIGTERM)
            # Neither of them reads or answers the close.
            assert server.wait(10.0) == 0
        assert first.recv(1) == b""


def client_hello(name: str = "api.example.test") -> bytes:
    """The first flight of a client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client().wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def wait_for_files(server: GatewayProcess, most: int) -> None:
    """Until the worker has let go of the connections of this test."""
    wait_until(lambda: server.open_files() <= most, what="closing the connections")
