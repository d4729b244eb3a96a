"""Pins in real handshakes: who is let in, what a resumed session proves, what a reload changes."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop

from fastgw.tls.contexts import ClientContext, ClientContexts, TrustStore, make_client_context
from fastgw.tls.peer import PeerCertificateError
from fastgw.tls.pins import ServerPins
from tests.pki import Ca, Issued, make_ca, self_signed
from tests.tls.wire import call, nginx, openssl_server, run, server_context, tls_server

HOST = "backend.example.test"
NAME = "orders"
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
FLAGS = [(True, True), (True, False), (False, True), (False, False)]

NOBODY = TrustStore(system_roots=False)


def trusting(*roots: Issued, intermediates: tuple[Issued, ...] = ()) -> TrustStore:
    return TrustStore(
        tuple(ca.der for ca in roots), tuple(ca.der for ca in intermediates), system_roots=False
    )


def thumbprints(*pinned: Issued) -> ServerPins:
    return ServerPins(thumbprints=frozenset(issued.thumbprint for issued in pinned))


def named(issuer: Issued | None) -> ServerPins:
    return ServerPins(names=((NAME, None if issuer is None else issuer.thumbprint),))


def pinned_context(
    pins: ServerPins, trust: TrustStore = NOBODY, *, chain: bool = True, name: bool = True
) -> ClientContext:
    return make_client_context(None, trust, validate_chain=chain, validate_name=name, pins=pins)


async def attempt(port: int, context: ClientContext) -> str:
    """`accepted`, `resumed`, the reason of a refused pin, or the check in which OpenSSL refused."""
    try:
        reply = await call(port, context, HOST)
    except PeerCertificateError as error:
        return error.peer_reason
    except ssl.SSLCertVerificationError as error:
        return "name" if error.verify_code in (62, 64) else "chain"
    return "resumed" if reply.reused else "accepted"


def outcome(
    server: Issued,
    context: ClientContext,
    tmp_path: Path,
    version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    new_loop: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop,
) -> str:
    """What comes of one handshake with a server that shows a certificate and its issuers."""
    found = ""
    context.maximum_version = version

    async def main() -> None:
        nonlocal found
        async with tls_server(server_context(server, tmp_path)) as port:
            found = await attempt(port, context)

    run(main, new_loop)
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("chain", "name"), FLAGS)
def test_a_pinned_thumbprint_stands_for_trust_and_name_whatever_the_flags(
    tmp_path: Path, version: ssl.TLSVersion, chain: bool, name: bool
) -> None:
    issued = self_signed("server", "other.test")
    context = pinned_context(thumbprints(self_signed("b"), issued), chain=chain, name=name)
    assert outcome(issued, context, tmp_path, version) == "accepted"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("chain", "name"), FLAGS)
def test_nothing_passes_that_is_not_pinned_whatever_the_flags(
    root: Ca, middle: Ca, tmp_path: Path, version: ssl.TLSVersion, chain: bool, name: bool
) -> None:
    issued = middle.issue("server", HOST)  # trusted, and for this host
    trust = trusting(root)
    pins = thumbprints(middle.issue("server", HOST), middle)
    for pinned in (pins, named(middle), named(None)):
        context = pinned_context(pinned, trust, chain=chain, name=name)
        assert outcome(issued, context, tmp_path, version) == "unpinned"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("chain", "name"), FLAGS)
def test_a_name_and_its_issuer_need_no_trusted_chain(
    middle: Ca, tmp_path: Path, version: ssl.TLSVersion, chain: bool, name: bool
) -> None:
    issued = middle.issue(NAME, "other.test")
    context = pinned_context(named(middle), chain=chain, name=name)
    assert outcome(issued, context, tmp_path, version) == "accepted"


@pytest.mark.parametrize("new_loop", [uvloop.new_event_loop, asyncio.new_event_loop])
def test_both_loops_judge_alike(
    middle: Ca, tmp_path: Path, new_loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    for server, expected in ((middle.issue(NAME), "accepted"), (middle.issue("b"), "unpinned")):
        assert outcome(server, pinned_context(named(middle)), tmp_path, new_loop=new_loop) == expected


def test_the_issuer_comes_from_the_server_or_from_the_ca_certificates(
    root: Ca, middle: Ca, tmp_path: Path
) -> None:
    whole = middle.issue(NAME)
    bare = Issued(whole.certificate, whole.key)  # a server that does not send its chain
    pins = named(middle)
    assert outcome(bare, pinned_context(pins), tmp_path) == "issuer"
    assert outcome(bare, pinned_context(pins, trusting(root)), tmp_path) == "issuer"
    helped = trusting(intermediates=(middle,))
    assert outcome(bare, pinned_context(pins, helped), tmp_path) == "accepted"
    assert outcome(bare, pinned_context(pins, helped, chain=False), tmp_path) == "accepted"
    direct = root.issue(NAME)
    alone = Issued(direct.certificate, direct.key)
    assert outcome(alone, pinned_context(named(root)), tmp_path) == "issuer"
    for trust in (trusting(root), trusting(intermediates=(root,))):
        assert outcome(alone, pinned_context(named(root), trust), tmp_path) == "accepted"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_true_issuer_sent_with_a_forged_leaf_is_no_proof(
    root: Ca, middle: Ca, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    impostor = make_ca("Test Intermediate")
    assert impostor.certificate.subject == middle.certificate.subject
    leaf = impostor.issue(NAME, HOST)
    forged = Issued(leaf.certificate, leaf.key, (middle.certificate, root.certificate, impostor.certificate))
    for trust in (NOBODY, trusting(root, intermediates=(middle,))):
        for chain, name in FLAGS:
            context = pinned_context(named(middle), trust, chain=chain, name=name)
            assert outcome(forged, context, tmp_path, version) == "issuer"


def test_a_pinned_certificate_sent_behind_another_leaf_is_not_taken_for_it(
    middle: Ca, tmp_path: Path
) -> None:
    pinned = middle.issue(NAME, HOST)
    own = self_signed(NAME, HOST)
    dressed = Issued(own.certificate, own.key, (pinned.certificate, middle.certificate))
    assert outcome(dressed, pinned_context(thumbprints(pinned)), tmp_path) == "unpinned"
    assert outcome(dressed, pinned_context(named(middle)), tmp_path) == "issuer"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("chain", "name"), FLAGS)
def test_a_name_alone_needs_a_trusted_chain_whatever_the_flags(
    root: Ca, middle: Ca, tmp_path: Path, version: ssl.TLSVersion, chain: bool, name: bool
) -> None:
    issued = middle.issue(NAME, "other.test")
    context = pinned_context(named(None), trusting(root), chain=chain, name=name)
    assert outcome(issued, context, tmp_path, version) == "accepted"
    context = pinned_context(named(None), trusting(make_ca()), chain=chain, name=name)
    assert outcome(issued, context, tmp_path, version) == "chain"
    assert outcome(self_signed(NAME, HOST), context, tmp_path, version) == "chain"


def test_beside_a_name_alone_every_pin_needs_a_trusted_chain(root: Ca, middle: Ca, tmp_path: Path) -> None:
    selfmade, trusted, by_issuer = self_signed("a"), middle.issue("b"), middle.issue("c")
    pins = ServerPins(
        frozenset((selfmade.thumbprint, trusted.thumbprint)), ((NAME, None), ("c", middle.thumbprint))
    )
    expected = {selfmade: "chain", trusted: "accepted", by_issuer: "accepted", middle.issue("d"): "unpinned"}
    for server, result in expected.items():
        assert outcome(server, pinned_context(pins, trusting(root)), tmp_path) == result
    assert outcome(trusted, pinned_context(pins), tmp_path) == "chain"


def test_an_expired_certificate_passes_only_where_the_chain_is_not_to_be_validated(
    root: Ca, tmp_path: Path
) -> None:
    issued = root.issue_expired(NAME, HOST)
    for pins in (thumbprints(issued), named(root)):
        assert outcome(issued, pinned_context(pins), tmp_path) == "dates"
        assert outcome(issued, pinned_context(pins, chain=False), tmp_path) == "accepted"
    alone = pinned_context(named(None), trusting(root), chain=False)
    assert outcome(issued, alone, tmp_path) == "chain"


@pytest.mark.parametrize("protocol", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("kind", ["thumbprint", "issuer", "name"])
def test_sessions_are_resumed_under_each_kind_of_pin(
    root: Ca, middle: Ca, tmp_path: Path, protocol: str, kind: str
) -> None:
    issued = middle.issue(NAME, "other.test")
    pins = {"thumbprint": thumbprints(issued), "issuer": named(middle), "name": named(None)}[kind]
    context = pinned_context(pins, trusting(root))

    async def main() -> None:
        # nginx resumes before it looks at client certificates, so it answers 400 and that is enough here.
        found = [await attempt(port, context) for _ in range(4)]
        assert found == ["accepted", "resumed", "resumed", "resumed"]

    with nginx(tmp_path, issued, root, protocol) as port:
        run(main)


@pytest.mark.parametrize("version", VERSIONS)
def test_whoever_takes_the_place_of_the_server_is_judged_although_a_session_is_offered(
    middle: Ca, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    true, forged = middle.issue(NAME), make_ca("Test Intermediate").issue(NAME)
    other = server_context(Issued(forged.certificate, forged.key, (middle.certificate,)), tmp_path)
    answering = server_context(true, tmp_path)
    context = pinned_context(named(middle))
    context.maximum_version = version

    async def main() -> None:
        nonlocal answering
        assert await attempt(port, context) == "accepted"
        assert await attempt(port, context) == "resumed"
        answering = other
        assert len(context.peer(HOST, port).sessions) > 0
        assert await attempt(port, context) == "issuer"

    with openssl_server(lambda: answering) as port:
        run(main)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_certificate_whose_pin_is_gone_is_refused_although_its_session_lives(
    middle: Ca, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    old, new = middle.issue("old"), middle.issue("new")
    first = ClientContexts(NOBODY)

    async def main() -> None:
        async with tls_server(server_context(old, tmp_path)) as port:
            both = first.get(None, pins=thumbprints(old, new))
            both.maximum_version = version
            assert await attempt(port, both) == "accepted"
            assert await attempt(port, both) == "resumed"
            second = ClientContexts(NOBODY, previous=first)
            assert await attempt(port, second.get(None, pins=thumbprints(old, new))) == "resumed"
            assert await attempt(port, second.get(None, pins=thumbprints(new))) == "unpinned"

    run(main)


def test_a_server_may_change_its_certificate_where_both_are_pinned(middle: Ca, tmp_path: Path) -> None:
    old, new, stranger = middle.issue("old"), middle.issue("new"), middle.issue("stranger")
    context = pinned_context(thumbprints(old, new))
    answering = server_context(old, tmp_path)

    async def main() -> None:
        nonlocal answering
        assert await attempt(port, context) == "accepted"
        answering = server_context(new, tmp_path)
        assert await attempt(port, context) == "accepted"
        answering = server_context(stranger, tmp_path)
        assert await attempt(port, context) == "unpinned"

    with openssl_server(lambda: answering) as port:
        run(main)


def test_a_renewed_certificate_needs_no_new_pin_where_name_and_issuer_are_pinned(
    middle: Ca, tmp_path: Path
) -> None:
    context = pinned_context(named(middle))
    for _ in range(2):
        assert outcome(middle.issue(NAME), context, tmp_path) == "accepted"


def test_contexts_are_told_apart_by_their_pins(root: Ca, middle: Ca) -> None:
    registry = ClientContexts(trusting(root))
    pins = ServerPins(frozenset((middle.thumbprint, root.thumbprint)))
    equal = ServerPins(frozenset((root.thumbprint, middle.thumbprint)))
    pinned = registry.get(None, pins=pins)
    assert registry.get(None, pins=equal) is pinned
    assert registry.get(None) is not pinned
    assert registry.get(None, pins=named(root)) is not pinned
    assert registry.get(None, pins=named(None)) is not registry.get(None, pins=named(root))
    again = ClientContexts(trusting(root), previous=registry)
    assert again.get(None, pins=equal) is pinned


def test_new_ca_certificates_make_a_new_context_as_issuers_are_looked_for_there(root: Ca, middle: Ca) -> None:
    first = ClientContexts(trusting(root))
    pinned = first.get(None, validate_chain=False, pins=named(middle))
    for authority in (middle, make_ca("Another")):
        second = ClientContexts(trusting(root, intermediates=(authority,)), previous=first)
        assert second.get(None, validate_chain=False, pins=named(middle)) is not pinned


def test_a_blocking_socket_cannot_leave_the_checks_out(root: Ca) -> None:
    with pytest.raises(TypeError, match="leave checks out"):
        pinned_context(named(root)).wrap_socket(None)
