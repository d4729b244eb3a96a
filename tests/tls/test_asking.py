"""Asking for certificates where OpenSSL can be reached, and the fallback where it cannot."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop

from fastgw.tls import _asking, asking
from fastgw.tls.asking import chain_of
from fastgw.tls.certs import read_certificate
from fastgw.tls.contexts import TrustStore
from fastgw.tls.presented import presented_on
from fastgw.tls.servers import Hostname, HostnameTable, ServerContexts, make_server_context
from tests.pki import Ca, Issued, make_ca, self_signed
from tests.tls.wire import run

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}
Shown = tuple[tuple[bytes, ...] | None, bool | None]


@pytest.fixture(scope="module")
def root() -> Ca:
    return make_ca()


@pytest.fixture(scope="module")
def edge(root: Ca) -> Issued:
    return root.issue("edge", "asks.test")


def table_of(edge: Issued, trust: TrustStore | None = None, *, asks: bool = True) -> HostnameTable:
    certificate = read_certificate(edge.bundle())
    names = [Hostname("asks.test", certificate, asks=asks), Hostname("silent.test", certificate, True)]
    return HostnameTable(names, trust=trust)


def client(shown: Issued | None, version: str, tmp_path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = context.maximum_version = VERSIONS[version]
    if shown is not None:
        path = tmp_path / f"{shown.thumbprint}.pem"
        path.write_bytes(shown.pem + shown.issuers_pem + shown.key_pem())
        context.load_cert_chain(path)
    return context


def shake(
    table: HostnameTable, context: ssl.SSLContext, name: str = "asks.test", times: int = 1
) -> list[Shown]:
    """What the server sees over connections that each resume the one before: chain, and whether it did."""
    contexts = ServerContexts(table.select)
    listener = contexts.listener()
    contexts.follow(table)
    found: list[Shown] = []
    # OpenSSL forgets the session of a connection that ends without a farewell.
    alive = []
    session = None
    for _ in range(times):
        there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
        server = listener.wrap_bio(there, back, server_side=True)
        alive.append(server)
        peer = context.wrap_bio(back, there, server_hostname=name, session=session)
        unfinished = [peer, server]
        for _ in range(8):
            for end in tuple(unfinished):
                with contextlib.suppress(ssl.SSLWantReadError):
                    end.do_handshake()
                    unfinished.remove(end)
        assert unfinished == []
        presented = presented_on(server)
        found.append((presented and presented.chain, server.session_reused))
        server.write(b"x")
        assert peer.read(1) == b"x"  # on TLS 1.3 the ticket comes with it
        session = peer.session
    return found


# --- where OpenSSL can be reached --------------------------------------------------------------------


def test_nothing_is_in_the_way_here() -> None:
    # CPython of Debian, of python.org's images and of pyenv is linked to an OpenSSL that can be reached.
    assert asking.obstacle() is None


@pytest.mark.parametrize("version", list(VERSIONS))
def test_the_whole_chain_is_there_and_stays_there_in_resumed_sessions(
    edge: Issued, version: str, tmp_path: Path
) -> None:
    shown = make_ca("Else").intermediate("One").intermediate("Two").issue("caller", usage="client")
    chain = (shown.der, *ssl_chain(shown))
    seen = shake(table_of(edge), client(shown, version, tmp_path), times=5)
    assert [one for one, _ in seen] == [chain] * 5
    assert [bool(resumed) for _, resumed in seen] == [False] + [True] * 4


def test_callers_without_tickets_keep_their_chain_too(edge: Issued, tmp_path: Path) -> None:
    shown = make_ca("Else").intermediate("One").issue("caller", usage="client")
    context = client(shown, "1.2", tmp_path)
    context.options |= ssl.OP_NO_TICKET
    seen = shake(table_of(edge), context, times=4)
    assert [one for one, _ in seen] == [(shown.der, *ssl_chain(shown))] * 4
    assert [bool(resumed) for _, resumed in seen] == [False, True, True, True]


def ssl_chain(shown: Issued) -> list[bytes]:
    return [ssl.PEM_cert_to_DER_cert(part + "-----END CERTIFICATE-----\n") for part in split(shown)]


def split(shown: Issued) -> list[str]:
    return shown.issuers_pem.decode().split("-----END CERTIFICATE-----\n")[:-1]


@pytest.mark.parametrize("version", list(VERSIONS))
def test_host_names_that_do_not_ask_see_nothing(edge: Issued, version: str, tmp_path: Path) -> None:
    context = client(self_signed("caller"), version, tmp_path)
    assert shake(table_of(edge), context, "silent.test") == [(None, False)]
    assert shake(table_of(edge, asks=False), context) == [(None, False)]


@pytest.mark.parametrize("loop", list(LOOPS))
def test_both_event_loops_give_the_connection(edge: Issued, tmp_path: Path, loop: str) -> None:
    shown = self_signed("caller")
    seen: list[tuple[bytes, ...]] = []

    async def main() -> None:
        contexts = ServerContexts(table_of(edge).select)
        listener = contexts.listener()

        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            presented = presented_on(writer.get_extra_info("ssl_object"))
            seen.append(presented.chain if presented is not None else ())
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=listener)
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=client(shown, "1.3", tmp_path), server_hostname="asks.test"
        )
        assert await reader.read() == b""
        writer.close()
        server.close()

    run(main, LOOPS[loop])
    assert seen == [(shown.der,)]


def test_the_tag_tells_which_names_ask(edge: Issued) -> None:
    certificate = read_certificate(edge.bundle())

    def tag(*names: Hostname) -> bytes:
        return HostnameTable(names).tag

    a, b = Hostname("a.test", certificate, asks=True), Hostname("b.test", certificate)
    default = Hostname("c.test", certificate, True)
    assert len(tag(a, b)) == 16
    assert tag(a, b, default) == tag(b, a, default) == tag(a, default)
    # The first of them is the default, which asks then.
    assert len({tag(a, b), tag(b, a), tag(b), tag(a, Hostname("b.test", certificate, asks=True))}) == 4


def test_contexts_that_ask_and_that_do_not_are_apart_and_outlive_a_reload(edge: Issued) -> None:
    first = table_of(edge)
    assert first.asks
    assert first.select("asks.test") is not first.select("silent.test")
    assert (first.select("asks.test").asks, first.select("silent.test").asks) == (True, False)
    certificate = read_certificate(edge.bundle())
    again = HostnameTable([Hostname("asks.test", certificate, asks=True)], previous=first)
    assert again.select("asks.test") is first.select("asks.test")


def test_nothing_but_a_connection_of_ssl_is_touched() -> None:
    class Pretender:
        _sslobj = object()

    with pytest.raises(_asking.Unavailable):
        _asking.chain(Pretender())  # type: ignore[arg-type]
    with pytest.raises(_asking.Unavailable):
        _asking.ask(object())  # type: ignore[arg-type]


def test_nothing_works_before_the_proof() -> None:
    program = (
        "import ssl\nfrom fastgw.tls import _asking\ncontext = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
        "for use in (_asking.ask, _asking.Listening):\n"
        "    try:\n        use(context)\n"
        "    except _asking.Unavailable:\n        continue\n"
        "    raise SystemExit('it was done')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


# --- sessions of our own connections -----------------------------------------------------------------


def handshake(
    server: ssl.SSLContext, client: ssl.SSLContext, session: asking.Session | None = None
) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """Both ends of a connection, after one byte from the server."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(back, there, server_hostname="asks.test"),
        server.wrap_bio(there, back, server_side=True),
    )
    if session is not None:
        session.offer(ends[0])
    unfinished = list(ends)
    for _ in range(8):
        for end in tuple(unfinished):
            with contextlib.suppress(ssl.SSLWantReadError):
                end.do_handshake()
                unfinished.remove(end)
    assert unfinished == []
    ends[1].write(b"x")
    assert ends[0].read(1) == b"x"
    return ends


@pytest.mark.parametrize("version", list(VERSIONS))
def test_a_session_outlives_a_connection_that_was_cut(edge: Issued, version: str, tmp_path: Path) -> None:
    server, peer = make_server_context(read_certificate(edge.bundle())), client(None, version, tmp_path)
    ours, theirs = handshake(server, peer)
    session = asking.session_of(ours)
    assert isinstance(session, asking.Session)
    assert session.has_ticket
    assert session.id == ours.session.id  # type: ignore[union-attr]
    del ours, theirs
    for _ in range(3):
        ours, theirs = handshake(server, peer, session)
        assert ours.session_reused
        assert theirs.session_reused
        del ours, theirs


def test_a_session_that_does_not_fit_makes_a_full_handshake(edge: Issued, tmp_path: Path) -> None:
    certificate = read_certificate(edge.bundle())
    ours, _ = handshake(make_server_context(certificate), client(None, "1.2", tmp_path))
    session = asking.session_of(ours)
    assert isinstance(session, asking.Session)
    again, _ = handshake(make_server_context(certificate), client(None, "1.3", tmp_path), session)
    assert not again.session_reused
    assert again.version() == "TLSv1.3"


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_keeping_sessions_costs_no_memory_that_is_not_given_back(edge: Issued, tmp_path: Path) -> None:
    def pages() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1])

    server = make_server_context(read_certificate(edge.bundle()))
    ours, _ = handshake(server, client(None, "1.3", tmp_path))
    for _ in range(200):
        asking.session_of(ours)
    before = pages()
    for _ in range(2000):
        asking.session_of(ours)
    # SSLObject.session would have taken 11 MiB.
    assert (pages() - before) * 4096 < 2 * 1024 * 1024


def test_a_connection_without_a_session_has_none(tmp_path: Path) -> None:
    assert (
        asking.session_of(
            client(None, "1.3", tmp_path).wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="a.test")
        )
        is None
    )


# --- where it cannot ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attribute", "value", "why"),
    [
        (
            "OPENSSL_VERSION",
            "LibreSSL 3.8.2",
            "it is built with LibreSSL 3.8.2; OpenSSL 1.1.1 or newer is needed",
        ),
        (
            "OPENSSL_VERSION",
            "OpenSSL 3.9.9 1 Jan 2030",
            "it reports OpenSSL 3.9.9 1 Jan 2030, but the library",
        ),
        ("OPENSSL_VERSION_NUMBER", 1, "but the library that is found is"),
        ("OPENSSL_VERSION_INFO", (1, 1, 0, 9, 15), "OpenSSL 1.1.1 or newer is needed"),
    ],
)
def test_another_openssl_than_the_one_reported_is_not_touched(
    attribute: str, value: object, why: str
) -> None:
    program = (
        f"import ssl\nssl.{attribute} = {value!r}\nfrom fastgw.tls import asking\nprint(asking.obstacle())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, timeout=60, capture_output=True, text=True
    )
    assert why in done.stdout


def test_other_structs_are_found_out_without_touching_what_they_do_not_hold() -> None:
    # Stands for a CPython that has moved its members: the words that are read are no pointers, or others.
    program = (
        "import ctypes, ssl, _ssl\n"
        "real = ssl.SSLContext\n"
        "def moved(protocol):\n"
        "    made = real(protocol)\n"
        "    kept.append((made, ctypes.c_void_p.from_address(id(made) + object.__basicsize__).value))\n"
        "    ctypes.c_void_p.from_address(id(made) + object.__basicsize__).value = WORD\n"
        "    return made\n"
        "kept = []\n"
        "from fastgw.tls import _asking\n"
        "for WORD in (0, 8, 2**47 - 4096, id(kept)):\n"
        "    ssl.SSLContext = moved\n"
        "    try:\n"
        "        _asking.check()\n"
        "    except Exception as error:\n"
        "        print(type(error).__name__, error)\n"
        "    ssl.SSLContext = real\n"
        "    for made, word in kept:\n"
        "        ctypes.c_void_p.from_address(id(made) + object.__basicsize__).value = word\n"
    )
    # Contexts are made with check_hostname switched off, which is Python's own affair and touches no pointer.
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, timeout=60, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == ["Unavailable its SSLContext is laid out differently"] * 4


@pytest.fixture
def hindered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "obstacle", lambda: "of this test")


@pytest.mark.usefixtures("hindered")
@pytest.mark.parametrize("version", list(VERSIONS))
def test_the_fallback_lets_trusted_certificates_in(
    edge: Issued, root: Ca, version: str, tmp_path: Path
) -> None:
    trust = TrustStore(roots=(root.der,), system_roots=False)
    shown = root.intermediate("Middle").issue("caller", usage="client")
    ((chain, _),) = shake(table_of(edge, trust), client(shown, version, tmp_path))
    assert chain is not None
    assert chain[0] == shown.der
    assert shake(table_of(edge, trust), client(None, version, tmp_path)) == [(None, False)]
    assert shake(table_of(edge, trust), client(shown, version, tmp_path), "silent.test") == [(None, False)]


@pytest.mark.usefixtures("hindered")
@pytest.mark.parametrize(
    "make", [lambda root: self_signed("caller"), lambda root: make_ca("Else").issue("c")]
)
def test_the_fallback_refuses_others(
    edge: Issued, root: Ca, tmp_path: Path, make: Callable[[Ca], Issued]
) -> None:
    trust = TrustStore(roots=(root.der,), system_roots=False)
    with pytest.raises(ssl.SSLError):
        shake(table_of(edge, trust), client(make(root), "1.3", tmp_path))


@pytest.mark.usefixtures("hindered")
def test_the_fallback_asks_nobody_where_no_name_asks(edge: Issued, tmp_path: Path) -> None:
    assert shake(table_of(edge, TrustStore(), asks=False), client(self_signed("c"), "1.3", tmp_path)) == [
        (None, False)
    ]


def test_connections_of_other_contexts_have_shown_nothing(edge: Issued) -> None:
    context = make_server_context(read_certificate(edge.bundle()))
    connection = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=True)
    assert presented_on(connection) is None
    assert presented_on(None) is None
    assert chain_of(connection) == ()
