"""Words for failed handshakes, from handshakes that really fail."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from fastgw.tls.certs import Certificate, read_certificate
from fastgw.tls.contexts import ClientContext, ClientContexts, TrustStore
from fastgw.tls.explain import BACKEND, CLUSTER, Called, explain
from fastgw.tls.pins import ServerPins
from tests.pki import Ca, Issued, make_ca, self_signed
from tests.tls.wire import call, openssl_server, run, server_context

HOST = "backend.example.test"


def failure(server: ssl.SSLContext, context: ClientContext, called: Called = BACKEND) -> str:
    errors: list[BaseException] = []

    async def main() -> None:
        with pytest.raises(ssl.SSLError) as caught:
            await call(port, context, HOST)
        errors.append(caught.value)

    with openssl_server(server) as port:
        run(main)
    said = explain(errors[0], host=HOST, port=port, context=context, called=called)
    assert said.startswith(f"TLS with {HOST}:{port} failed: ")
    return said


@pytest.mark.parametrize(
    ("make", "parts"),
    [
        (lambda root: self_signed("s", HOST), ("chain", "self-signed", "validateCertificateChain")),
        (
            lambda root: make_ca("Other").issue("s", HOST),
            ("chain", "root that is not trusted", "caCertificates"),
        ),
        (lambda root: root.issue_expired("s", HOST), ("chain", "expired", "renew")),
        (lambda root: root.issue("s", "other.test"), ("name", "another host", "validateCertificateName")),
        (lambda root: root.issue("s", HOST, usage="client"), ("chain", "not meant for servers")),
    ],
)
def test_the_check_the_certificate_and_the_remedy_are_named(
    root: Ca, tmp_path: Path, make: Callable[[Ca], Issued], parts: tuple[str, ...]
) -> None:
    issued = make(root)
    context = ClientContexts(TrustStore((root.der,), system_roots=False)).get(None)
    said = failure(server_context(issued, tmp_path), context)
    assert issued.thumbprint in said
    assert "CN=s, O=Example, C=NL" in said
    for part in parts:
        assert part in said


def test_our_own_check_of_the_name_reads_the_same_way(root: Ca, tmp_path: Path) -> None:
    issued = self_signed("s", "other.test")
    context = ClientContexts(TrustStore()).get(None, validate_chain=False)
    said = failure(server_context(issued, tmp_path), context)
    assert issued.thumbprint in said
    assert "check of the name" in said
    assert "validateCertificateName" in said


def pinned_failure(
    issued: Issued, pins: ServerPins, tmp_path: Path, *roots: Issued, chain: bool = True
) -> str:
    trust = TrustStore(tuple(root.der for root in roots), system_roots=False)
    context = ClientContexts(trust).get(None, validate_chain=chain, pins=pins)
    said = failure(server_context(issued, tmp_path), context)
    assert issued.thumbprint in said
    assert "CN=s, O=Example, C=NL" in said
    return said


def test_a_certificate_that_is_not_pinned_is_shown_beside_those_that_are(root: Ca, tmp_path: Path) -> None:
    pins = ServerPins(frozenset((root.thumbprint,)), (("orders", "A" * 40),))
    said = pinned_failure(root.issue("s", HOST), pins, tmp_path, root)
    assert "check of the pins" in said
    assert (
        f"pinned: thumbprint {root.thumbprint}, common name orders issued by {'A' * 40}; the server" in said
    )
    assert "serverCertificateThumbprints" in said
    assert "validateCertificate" not in said  # no flag would let it in


def test_an_issuer_without_proof_is_named_with_what_to_send_or_add(root: Ca, tmp_path: Path) -> None:
    pins = ServerPins(names=(("s", "A" * 40),))
    said = pinned_failure(root.issue("s", HOST), pins, tmp_path, root)
    for part in ("A" * 40, "issuerCertificateThumbprint", "CertificateAuthority"):
        assert part in said


def test_dates_and_usage_of_a_pinned_certificate_have_their_own_remedies(root: Ca, tmp_path: Path) -> None:
    pins = ServerPins(names=(("s", root.thumbprint),))
    said = pinned_failure(root.issue_expired("s", HOST), pins, tmp_path)
    assert "has expired" in said
    assert "validateCertificateChain to false" in said
    said = pinned_failure(root.issue("s", HOST, usage="client"), pins, tmp_path)
    assert "not meant for servers" in said
    assert "serverAuth" in said


@pytest.mark.parametrize("chain", [True, False])
def test_an_untrusted_chain_behind_a_pinned_name_is_mended_by_trust_or_by_its_issuer(
    root: Ca, tmp_path: Path, chain: bool
) -> None:
    pins = ServerPins(names=(("s", None),))
    said = pinned_failure(root.issue("s", HOST), pins, tmp_path, chain=chain)
    for part in ("check of the chain", "caCertificates", "issuerCertificateThumbprint"):
        assert part in said
    assert "validateCertificate" not in said
    said = pinned_failure(root.issue_expired("s", HOST), pins, tmp_path, root, chain=chain)
    assert "has expired" in said
    assert "issuerCertificateThumbprint" not in said


def demanding(root: Ca, issued: Issued, tmp_path: Path, version: ssl.TLSVersion) -> ssl.SSLContext:
    context = server_context(issued, tmp_path)
    context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=root.der)
    return context


def presenting(certificate: Certificate | None) -> ClientContext:
    return ClientContexts(TrustStore()).get(certificate, validate_chain=False, validate_name=False)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_requires_a_certificate_is_told_from_one_that_rejects_ours(
    root: Ca, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    server = demanding(root, root.issue("s", HOST), tmp_path, version)
    said = failure(server, presenting(None))
    assert "requires a client certificate" in said
    assert "certificateIds" in said
    ours = read_certificate(make_ca("Other").issue("caller", usage="client").bundle())
    said = failure(server, presenting(ours))
    assert "does not know its issuer" in said
    assert ours.thumbprint in said
    expired = read_certificate(
        root.issue(
            "old",
            usage="client",
            not_before=root.certificate.not_valid_before_utc,
            not_after=root.certificate.not_valid_before_utc,
        ).bundle()
    )
    assert "has expired" in failure(server, presenting(expired))


# What a backend has and the management of a cluster has not.
OF_BACKENDS = ("validateCertificate", "certificateIds", "backend's", "the backend", "the url")


@pytest.mark.parametrize(
    ("make", "parts"),
    [
        (lambda root: self_signed("s", HOST), ("caCertificates", "or pin the certificate with server")),
        (lambda root: make_ca("Other").issue("s", HOST), ("caCertificates", "serverCertificateThumbprints")),
        (lambda root: root.issue("s", "other.test"), ("managementEndpoints", "serverCertificateThumbprints")),
        (lambda root: root.issue_expired("s", HOST), ("has expired; renew the certificate on the server",)),
    ],
)
def test_the_remedies_for_a_cluster_are_settings_that_a_cluster_has(
    root: Ca, tmp_path: Path, make: Callable[[Ca], Issued], parts: tuple[str, ...]
) -> None:
    context = ClientContexts(TrustStore((root.der,), system_roots=False)).get(None)
    said = failure(server_context(make(root), tmp_path), context, CLUSTER)
    for part in parts:
        assert part in said
    assert not any(part in said for part in OF_BACKENDS)


def test_a_pinned_certificate_of_a_cluster_that_has_expired_can_only_be_renewed(
    root: Ca, tmp_path: Path
) -> None:
    issued = root.issue_expired("s", HOST)
    pins = ServerPins(frozenset((issued.thumbprint,)))
    context = ClientContexts(TrustStore()).get(None, pins=pins)
    said = failure(server_context(issued, tmp_path), context, CLUSTER)
    assert "has expired" in said
    assert said.endswith("; renew the certificate on the server")


def test_a_cluster_that_wants_a_certificate_has_a_member_of_its_own_for_it(root: Ca, tmp_path: Path) -> None:
    server = demanding(root, root.issue("s", HOST), tmp_path, ssl.TLSVersion.TLSv1_3)
    said = failure(server, presenting(None), CLUSTER)
    assert "requires a client certificate" in said
    assert said.endswith("name a client certificate with clientCertificateId")
    stranger = read_certificate(make_ca("Other").issue("caller", usage="client").bundle())
    said = failure(server, presenting(stranger), CLUSTER)
    assert stranger.thumbprint in said
    assert not any(part in said for part in OF_BACKENDS)


def test_every_other_failure_still_gets_a_sentence() -> None:
    plain = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")
    plain.reason = "WRONG_VERSION_NUMBER"
    assert "does not speak TLS" in explain(plain, host="a.test", port=80)
    old = ssl.SSLError(1, "x")
    old.reason = "TLSV1_ALERT_PROTOCOL_VERSION"
    assert "TLS 1.2" in explain(old, host="::1", port=443)
    assert "[::1]:443" in explain(old, host="::1", port=443)
    odd = ssl.SSLError(1, "x")
    odd.reason = "SOME_NEW_REASON"
    assert "some new reason" in explain(odd, host="a.test")
    assert "too long" in explain(TimeoutError(), host="a.test")
    assert "closed the connection" in explain(ConnectionResetError(), host="a.test")
    assert "RuntimeError" in explain(RuntimeError("secret"), host="a.test")
    assert "secret" not in explain(RuntimeError("secret"), host="a.test")
