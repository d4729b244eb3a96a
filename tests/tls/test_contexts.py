"""Client contexts: which servers they accept, what they present, when they are shared."""

from __future__ import annotations

import asyncio
import gc
import ssl
import subprocess
import warnings
import weakref
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import uvloop

from fastgw.tls import contexts
from fastgw.tls.certs import Certificate, CertificateError, order_chain, read_certificate
from fastgw.tls.contexts import MAX_PEERS, ClientContext, ClientContexts, TrustStore, make_client_context
from fastgw.tls.peer import PeerCertificateError
from tests.pki import Ca, Issued, make_ca, self_signed
from tests.tls.wire import call, nginx, openssl_server, run, server_context, tls_server

HOST = "backend.example.test"


@pytest.fixture(scope="module")
def client(middle: Ca) -> Certificate:
    return read_certificate(middle.issue("caller", usage="client").bundle())


def trusting(*roots: Issued, intermediates: tuple[Issued, ...] = ()) -> TrustStore:
    return TrustStore(
        tuple(ca.der for ca in roots), tuple(ca.der for ca in intermediates), system_roots=False
    )


def outcome(
    issued: Issued,
    trust: TrustStore,
    tmp_path: Path,
    *,
    chain: bool = True,
    name: bool = True,
    host: str = HOST,
    version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
) -> str:
    """`accepted`, or the check that refused: `chain` or `name`."""
    context = ClientContexts(trust).get(None, validate_chain=chain, validate_name=name)
    context.maximum_version = version
    found = ""

    async def main() -> None:
        nonlocal found
        async with tls_server(server_context(issued, tmp_path)) as port:
            try:
                await call(port, context, host)
                found, shown = "accepted", issued.der
            except PeerCertificateError as error:
                found, shown = "name", error.peer_certificate
            except ssl.SSLCertVerificationError as error:
                found, shown = "name" if error.verify_code in (62, 64) else "chain", error.peer_certificate  # type: ignore[attr-defined]
            assert shown == issued.der

    run(main)
    return found


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    ("chain", "name", "server", "expected"),
    [
        (True, True, "good", "accepted"),
        (True, True, "self-signed", "chain"),
        (True, True, "wrong-name", "name"),
        (True, True, "both", "chain"),
        (True, False, "good", "accepted"),
        (True, False, "self-signed", "chain"),
        (True, False, "wrong-name", "accepted"),
        (True, False, "both", "chain"),
        (False, True, "good", "accepted"),
        (False, True, "self-signed", "accepted"),
        (False, True, "wrong-name", "name"),
        (False, True, "both", "name"),
        (False, False, "good", "accepted"),
        (False, False, "self-signed", "accepted"),
        (False, False, "wrong-name", "accepted"),
        (False, False, "both", "accepted"),
    ],
)
def test_the_checks_of_chain_and_name_are_independent(
    root: Ca,
    middle: Ca,
    tmp_path: Path,
    chain: bool,
    name: bool,
    server: str,
    expected: str,
    version: ssl.TLSVersion,
) -> None:
    issued = {
        "good": lambda: middle.issue("server", HOST),
        "self-signed": lambda: self_signed("server", HOST),
        "wrong-name": lambda: middle.issue("server", "other.example.test"),
        "both": lambda: self_signed("server", "other.example.test"),
    }[server]()
    assert outcome(issued, trusting(root), tmp_path, chain=chain, name=name, version=version) == expected


@pytest.mark.parametrize("chain", [True, False])
@pytest.mark.parametrize(
    ("names", "host", "expected"),
    [
        (("127.0.0.1",), "127.0.0.1", "accepted"),
        (("::1",), "[::1]", "accepted"),
        (("127.0.0.2",), "127.0.0.1", "name"),
        (("backend.example.test",), "127.0.0.1", "name"),
        (("*.example.test",), HOST, "accepted"),
        (("*.test",), "example.test", "name"),
        (("*.example.test",), "a.b.example.test", "name"),
        (("xn--bcher-kva.example",), "Bücher.example", "accepted"),
        ((), HOST, "name"),
    ],
)
def test_names_match_alternative_names_only_and_alike_in_both_checks(
    root: Ca, tmp_path: Path, names: tuple[str, ...], host: str, expected: str, chain: bool
) -> None:
    issued = root.issue(HOST, *names)  # the common name is right in every case
    assert outcome(issued, trusting(root), tmp_path, chain=chain, host=host) == expected


def test_intermediates_help_to_build_a_chain_but_give_no_trust(root: Ca, middle: Ca, tmp_path: Path) -> None:
    whole = middle.issue("server", HOST)
    bare = Issued(whole.certificate, whole.key)  # a server that does not send its chain
    assert outcome(bare, trusting(root), tmp_path) == "chain"
    assert outcome(bare, trusting(root, intermediates=(middle,)), tmp_path) == "accepted"
    assert outcome(bare, trusting(intermediates=(middle,)), tmp_path) == "chain"
    assert outcome(whole, trusting(intermediates=(middle, root)), tmp_path) == "chain"


def test_a_self_signed_certificate_can_itself_be_a_root(tmp_path: Path) -> None:
    issued = self_signed("server", HOST)
    assert outcome(issued, trusting(issued), tmp_path) == "accepted"
    assert outcome(issued, trusting(intermediates=(issued,)), tmp_path) == "chain"


def test_an_expired_server_certificate_fails_the_check_of_the_chain(root: Ca, tmp_path: Path) -> None:
    issued = root.issue_expired("server", HOST)
    assert outcome(issued, trusting(root), tmp_path) == "chain"
    assert outcome(issued, trusting(root), tmp_path, chain=False) == "accepted"


def test_roots_of_the_system_are_read_from_its_folder_or_its_file(
    root: Ca, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = root.issue("server", HOST)
    folder = tmp_path / "roots"
    folder.mkdir()
    (folder / "root.pem").write_bytes(root.pem)
    subprocess.run(["openssl", "rehash", folder], check=True)
    file, empty = tmp_path / "bundle.pem", tmp_path / "empty"
    file.write_bytes(root.pem)
    empty.mkdir()
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    for cafile, capath in ((None, folder), (file, folder)):
        _use_system_roots(monkeypatch, cafile, capath)
        assert outcome(issued, TrustStore(), tmp_path) == "accepted"
        context = ClientContexts(TrustStore()).get(None)
        assert context.cert_store_stats()["x509"] == 0  # nothing is held before a chain asks for it
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    monkeypatch.setenv("SSL_CERT_DIR", str(empty))
    _use_system_roots(monkeypatch, file, empty)
    assert outcome(issued, TrustStore(), tmp_path) == "accepted"
    assert outcome(issued, TrustStore(system_roots=False), tmp_path) == "chain"


def _use_system_roots(monkeypatch: pytest.MonkeyPatch, cafile: Path | None, capath: Path) -> None:
    file = None if cafile is None else str(cafile)
    paths = ssl.DefaultVerifyPaths(file, str(capath), "SSL_CERT_FILE", "", "SSL_CERT_DIR", "")
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)


def test_something_else_in_the_trust_store_is_refused() -> None:
    with pytest.raises(CertificateError):
        TrustStore(roots=(b"nothing",))


@pytest.mark.parametrize("protocol", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("chain", [True, False])
def test_nginx_gets_the_certificate_with_its_chain_and_resumes(
    root: Ca, middle: Ca, client: Certificate, tmp_path: Path, protocol: str, chain: bool
) -> None:
    registry = ClientContexts(trusting(root))
    context = registry.get(client, validate_chain=chain)

    async def main() -> None:
        replies = [await call(port, context, HOST) for _ in range(4)]
        assert {reply.version for reply in replies} == {protocol}
        assert [reply.headers["x-reused"] for reply in replies] == [".", "r", "r", "r"]
        assert [reply.reused for reply in replies] == [False, True, True, True]
        assert {reply.headers["x-dn"] for reply in replies} == {"CN=caller,O=Example,C=NL"}
        assert {reply.headers["x-verify"] for reply in replies} == {"SUCCESS"}
        # The registry of the next configuration goes on with the same sessions.
        again = ClientContexts(trusting(root), previous=registry).get(client, validate_chain=chain)
        assert (await call(port, again, HOST)).headers["x-reused"] == "r"

    with nginx(tmp_path, middle.issue("server", HOST), root, protocol) as port:
        run(main)


def test_a_pfx_without_its_chain_is_completed_from_the_intermediates(
    root: Ca, middle: Ca, tmp_path: Path
) -> None:
    issued = middle.issue("caller", usage="client")
    alone = read_certificate(issued.pem + issued.key_pem())
    replies: list[str] = []

    async def main() -> None:
        for trust in (trusting(root), trusting(root, intermediates=(middle,))):
            context = ClientContexts(trust).get(alone, validate_chain=False)
            replies.append((await call(port, context, HOST)).headers["x-verify"])

    with nginx(tmp_path, root.issue("server", HOST), root, "TLSv1.3") as port:
        run(main)
    assert replies[0].startswith("FAILED")
    assert replies[1] == "SUCCESS"


def test_sessions_belong_to_one_host_and_port(root: Ca, tmp_path: Path) -> None:
    context = ClientContexts(trusting(root)).get(None)
    plain = server_context(root.issue("server", HOST, "other.test"), tmp_path)

    async def main() -> None:
        async with tls_server(plain) as port, tls_server(plain) as other:
            assert (await call(port, context, HOST)).reused is False
            assert (await call(other, context, HOST)).reused is False
            assert (await call(port, context, "other.test")).reused is False
            assert (await call(port, context, HOST)).reused is True

    run(main)


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_both_loops_ask_the_peer_for_the_handshake_and_nothing_of_it_leaks(
    root: Ca, tmp_path: Path, new_loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    plain = server_context(root.issue("server", HOST), tmp_path)

    def use() -> weakref.ref[ClientContext]:
        context = ClientContexts(trusting(root)).get(None)

        async def main() -> None:
            async with tls_server(plain) as port:
                assert [(await call(port, context, HOST)).reused for _ in range(3)] == [False, True, True]

        run(main, new_loop)
        return weakref.ref(context)

    alive = use()
    gc.collect()
    assert alive() is None


def test_a_peer_only_opens_connections_to_its_own_host() -> None:
    peer = ClientContexts(TrustStore()).get(None).peer(HOST, 443)
    for options in ({"server_side": True}, {"server_hostname": "other.test"}):
        with pytest.raises(ValueError, match="own host"):
            peer.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), **options)  # type: ignore[arg-type]


def test_a_session_is_not_carried_to_a_context_that_checks_more(root: Ca, tmp_path: Path) -> None:
    registry = ClientContexts(trusting(root))
    lax = registry.get(None, validate_chain=False, validate_name=False)
    plain = server_context(self_signed("server", "other.test"), tmp_path)

    async def main() -> None:
        async with tls_server(plain) as port:
            await call(port, lax, HOST)
            assert (await call(port, lax, HOST)).reused is True
            with pytest.raises(PeerCertificateError):
                await call(port, registry.get(None, validate_chain=False), HOST)

    run(main)


def test_one_context_for_equal_demands_and_another_for_any_difference(
    client: Certificate, root: Ca, middle: Ca
) -> None:
    registry = ClientContexts(trusting(root))
    first = registry.get(client)
    assert registry.get(read_certificate(middle.issue("b", usage="client").bundle())) is not first
    assert registry.get(client) is first
    assert registry.get(None) is not first
    assert registry.get(client, validate_chain=False) is not first
    assert registry.get(client, validate_name=False) is not first
    assert len(registry) == 5


def test_unchanged_contexts_survive_a_reload_and_unused_ones_do_not(
    client: Certificate, root: Ca, middle: Ca
) -> None:
    first = ClientContexts(trusting(root))
    kept = first.get(client)
    dropped = weakref.ref(first.get(None))
    second = ClientContexts(trusting(root), previous=first)
    assert second.get(client) is kept
    third = ClientContexts(trusting(root), previous=second)
    assert third.get(client) is kept
    del first, second
    gc.collect()
    assert dropped() is None


def test_new_trust_makes_new_contexts_only_where_the_chain_is_checked(root: Ca, middle: Ca) -> None:
    first = ClientContexts(trusting(root))
    checking, lax = first.get(None), first.get(None, validate_chain=False)
    second = ClientContexts(trusting(root, make_ca("Another")), previous=first)
    assert second.get(None) is not checking
    assert second.get(None, validate_chain=False) is lax


def test_a_chain_that_changed_makes_a_new_context(root: Ca, middle: Ca) -> None:
    issued = middle.issue("caller", usage="client")
    first = ClientContexts(trusting(root))
    alone = first.get(read_certificate(issued.pem + issued.key_pem()))
    second = ClientContexts(trusting(root), previous=first)
    assert second.get(read_certificate(issued.bundle())) is not alone


def test_the_chain_of_a_certificate_is_put_in_order_once(
    root: Ca, middle: Ca, client: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []

    def counting(leaf: bytes, pool: Iterable[bytes]) -> tuple[bytes, ...]:
        asked.append(leaf)
        return order_chain(leaf, pool)

    monkeypatch.setattr(contexts, "order_chain", counting)
    registry = ClientContexts(trusting(root, intermediates=(middle,)))
    for chain in (True, False):
        for name in (True, False):
            registry.get(client, validate_chain=chain, validate_name=name)
    assert asked == [client.leaf]


def test_a_certificate_without_key_cannot_be_presented(middle: Ca) -> None:
    certificate = read_certificate(middle.issue("caller").der)
    with pytest.raises(CertificateError, match="no private key"):
        ClientContexts(TrustStore()).get(certificate)


def test_contexts_keep_to_the_floor_of_the_protocol(root: Ca) -> None:
    context = make_client_context(None, TrustStore(), validate_chain=True, validate_name=True)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_COMPRESSION
    assert context.options & ssl.OP_NO_RENEGOTIATION
    assert not context.verify_flags & ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    assert not context.verify_flags & ssl.VerifyFlags.VERIFY_X509_STRICT


def test_a_server_that_only_knows_tls_1_1_is_refused(root: Ca, tmp_path: Path) -> None:
    context = ClientContexts(trusting(root)).get(None)
    old = server_context(root.issue("server", HOST), tmp_path)
    old.set_ciphers("DEFAULT@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        old.minimum_version = ssl.TLSVersion.TLSv1_1
        old.maximum_version = ssl.TLSVersion.TLSv1_1

    async def main() -> None:
        with pytest.raises(ssl.SSLError):
            await call(port, context, HOST)

    with openssl_server(old) as port:
        run(main)


def test_the_peer_of_a_host_is_one_object_in_the_form_that_is_sent() -> None:
    context = ClientContexts(TrustStore()).get(None)
    peer = context.peer("API.Example.Test.", 443)
    assert peer.host == "api.example.test"
    assert context.peer("api.example.test", 443) is peer
    assert context.peer("api.example.test", 444) is not peer
    assert context.peer("[::1]", 443).host == "::1"
    with pytest.raises(ValueError, match="host name"):
        context.peer("a b", 443)


def test_the_number_of_remembered_hosts_has_an_end() -> None:
    context = ClientContexts(TrustStore()).get(None)
    first = context.peer("h0.test", 443)
    for number in range(1, MAX_PEERS + 1):
        context.peer(f"h{number}.test", 443)
    assert len(context._peers) == MAX_PEERS
    assert context.peer("h0.test", 443) is not first
