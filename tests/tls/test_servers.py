"""Server contexts: which certificate a host name gets, and sessions that outlive a reload."""

from __future__ import annotations

import asyncio
import multiprocessing
import ssl
from typing import Any

import pytest

from fastgw.tls.certs import Certificate, CertificateError, read_certificate
from fastgw.tls.contexts import ClientContext, ClientContexts, TrustStore
from fastgw.tls.servers import Hostname, HostnameError, HostnameTable, ServerContexts, make_server_context
from tests.pki import Ca, Issued
from tests.tls.wire import call, run, tls_server

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


def read(issued: Issued) -> Certificate:
    return read_certificate(issued.bundle())


@pytest.fixture(scope="module")
def exact(middle: Ca) -> Certificate:
    return read(middle.issue("exact", "api.example.test"))


@pytest.fixture(scope="module")
def wild(middle: Ca) -> Certificate:
    return read(middle.issue("wild", "*.example.test"))


@pytest.fixture(scope="module")
def fallback(middle: Ca) -> Certificate:
    return read(middle.issue("fallback", "fallback.test"))


def lax_client(version: ssl.TLSVersion) -> ClientContext:
    context = ClientContexts(TrustStore()).get(None, validate_chain=False, validate_name=False)
    context.maximum_version = version
    return context


@pytest.mark.parametrize("version", VERSIONS)
def test_sni_picks_the_certificate(
    exact: Certificate, wild: Certificate, fallback: Certificate, version: ssl.TLSVersion
) -> None:
    table = HostnameTable(
        [
            Hostname("*.Example.Test", wild),
            Hostname("API.example.test", exact),
            Hostname("fallback.test", fallback, default=True),
        ]
    )
    listener = ServerContexts(table.select).listener()
    expected = {
        "api.example.test": exact,
        "other.example.test": wild,
        "a.b.example.test": fallback,
        "example.test": fallback,
        "unknown.test": fallback,
        "127.0.0.1": fallback,
    }

    async def main() -> None:
        async with tls_server(listener) as port:
            for host, certificate in expected.items():
                reply = await call(port, lax_client(version), host)
                assert reply.peer == certificate.leaf, host

    run(main)


def test_the_chain_is_sent_along(root: Ca, exact: Certificate) -> None:
    table = HostnameTable([Hostname("api.example.test", exact)])
    client = ClientContexts(TrustStore((root.der,), system_roots=False)).get(None)

    async def main() -> None:
        async with tls_server(ServerContexts(table.select).listener()) as port:
            assert (await call(port, client, "api.example.test")).peer == exact.leaf

    run(main)


def test_names_are_compared_as_a_labels_and_the_first_entry_is_the_default(
    exact: Certificate, wild: Certificate
) -> None:
    table = HostnameTable([Hostname("api.example.test", exact), Hostname("bücher.example", wild)])
    assert table.select("XN--bcher-kva.example.") is table.select("xn--bcher-kva.example")
    assert table.select("xn--bcher-kva.example") is not table.select(None)
    assert table.select(None) is table.select("nobody.test") is table.select("api.example.test")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "at least one"),
        ([("a.test", False), ("A.test", False)], "twice"),
        ([("a.test", True), ("b.test", True)], "only one"),
        ([("a*.test", False)], "not a host name"),
        ([("*.*.test", False)], "not a host name"),
        ([("*", False)], "not a host name"),
        ([("a b", False)], "not a host name"),
    ],
)
def test_tables_that_contradict_themselves_are_refused(
    exact: Certificate, names: list[tuple[str, bool]], message: str
) -> None:
    with pytest.raises(HostnameError, match=message):
        HostnameTable([Hostname(name, exact, default) for name, default in names])


def test_a_certificate_without_key_cannot_serve(middle: Ca) -> None:
    with pytest.raises(CertificateError, match="no private key"):
        HostnameTable([Hostname("a.test", read_certificate(middle.issue("a", "a.test").der))])


def test_contexts_of_unchanged_certificates_are_taken_over(exact: Certificate, wild: Certificate) -> None:
    first = HostnameTable([Hostname("a.test", exact), Hostname("b.test", wild)])
    second = HostnameTable([Hostname("b.test", exact), Hostname("c.test", exact)], previous=first)
    assert second.select("b.test") is second.select("c.test") is first.select("a.test")


@pytest.mark.parametrize("version", VERSIONS)
def test_sessions_are_resumed_across_a_reload_and_a_new_certificate(
    middle: Ca, exact: Certificate, version: ssl.TLSVersion
) -> None:
    table = HostnameTable([Hostname("api.example.test", exact)])
    contexts = ServerContexts(lambda name: table.select(name))
    client = lax_client(version)

    async def main() -> None:
        nonlocal table
        async with tls_server(contexts.listener()) as port:
            replies = [await call(port, client, "api.example.test") for _ in range(2)]
            assert {reply.version for reply in replies} == {version.name.replace("_", ".")}
            assert [reply.reused for reply in replies] == [False, True]
            table = HostnameTable([Hostname("api.example.test", exact)], previous=table)
            assert (await call(port, client, "api.example.test")).reused is True
            renewed = read(middle.issue("renewed", "api.example.test"))
            table = HostnameTable([Hostname("api.example.test", renewed)], previous=table)
            assert (await call(port, client, "api.example.test")).reused is True
            fresh = await call(port, lax_client(version), "api.example.test")
            assert fresh.peer == renewed.leaf

    run(main)


@pytest.mark.parametrize("version", VERSIONS)
def test_sessions_are_resumed_by_another_worker(exact: Certificate, version: ssl.TLSVersion) -> None:
    table = HostnameTable([Hostname("api.example.test", exact)])
    listener = ServerContexts(table.select).listener()
    client = lax_client(version)
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe()
    worker = fork.Process(target=_serve_until_told, args=(listener, theirs))
    worker.start()

    async def main() -> None:
        other = ours.recv()
        async with tls_server(listener) as port:
            peer = client.peer("api.example.test", 443)  # one cache for both addresses
            for where, reused in ((port, False), (other, True), (port, True)):
                assert (await call(where, client, peer)).reused is reused

    try:
        run(main)
    finally:
        ours.send("stop")
        worker.join()


def _serve_until_told(listener: ssl.SSLContext, pipe: Any) -> None:
    async def main() -> None:
        async with tls_server(listener) as port:
            pipe.send(port)
            await asyncio.get_running_loop().run_in_executor(None, pipe.recv)

    run(main)


def test_listeners_keep_to_the_floor_of_the_protocol(exact: Certificate) -> None:
    for context in (make_server_context(None), make_server_context(exact)):
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2
        assert context.options & ssl.OP_NO_COMPRESSION
        assert context.options & ssl.OP_NO_RENEGOTIATION
        assert context.options & ssl.OP_CIPHER_SERVER_PREFERENCE
        assert not context.options & ssl.OP_NO_TICKET


def test_http_1_1_is_what_alpn_settles_on(exact: Certificate) -> None:
    table = HostnameTable([Hostname("api.example.test", exact)])
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    client.set_alpn_protocols(["h2", "http/1.1"])

    async def main() -> None:
        async with tls_server(ServerContexts(table.select).listener()) as port:
            _, writer = await asyncio.open_connection(
                "127.0.0.1", port, ssl=client, server_hostname="api.example.test"
            )
            assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "http/1.1"
            writer.transport.abort()

    run(main)
