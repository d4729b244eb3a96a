"""Words for failed handshakes, from handshakes that really fail."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from fastgw.tls.certs import Certificate, read_certificate
from fastgw.tls.contexts import ClientContext, ClientContexts, TrustStore
from fastgw.tls.explain import explain
from tests.pki import Ca, Issued, make_ca, self_signed
from tests.tls.wire import call, openssl_server, run, server_context

HOST = "backend.example.test"


def failure(server: ssl.SSLContext, context: ClientContext) -> str:
    errors: list[BaseException] = []

    async def main() -> None:
        with pytest.raises(ssl.SSLError) as caught:
            await call(port, context, HOST)
        errors.append(caught.value)

    with openssl_server(server) as port:
        run(main)
    said = explain(errors[0], host=HOST, port=port, context=context)
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
