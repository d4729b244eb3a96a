"""Backends are told of callers' certificates where the configuration says so, and by nobody else."""

from __future__ import annotations

import base64
import hashlib
import ssl
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.conftest import GatewayFactory
from tests.harness import EchoBackend, GatewayProcess, Request
from tests.integration.callers import VERSIONS, ask, caller, connected, listening
from tests.pki import Issued, make_ca, self_signed

FORWARD = "<policies><inbound>{}</inbound></policies>"
OWN = (
    "X-Forwarded-Client-Cert: Hash=evil\r\nx-forwarded-client-cert: Hash=evil\r\nClient-Cert: :AAAA:\r\n"
    "CLIENT-CERT-CHAIN: :AAAA:\r\nclient_cert: :AAAA:\r\nX_Forwarded_Client-Cert: Hash=evil\r\n"
)
NAMES = ("client-cert", "client-cert-chain", "x-forwarded-client-cert")


@pytest.fixture(scope="module")
def edge() -> bytes:
    return self_signed("edge", "asks.test").bundle()


@pytest.fixture(scope="module")
def shown() -> Issued:
    return make_ca("Callers").intermediate("One").intermediate("Two").issue("caller", usage="client")


def start(
    gateway: GatewayFactory, edge: bytes, echo: EchoBackend, form: str, inbound: str = "", **more: Any
) -> GatewayProcess:
    return gateway(
        listening(
            FORWARD.format(inbound),
            gateway={"forwardClientCertificate": form, **more},
            api={"serviceUrl": echo.url},
        ),
        files={"edge.pem": edge},
    )


def told(request: Request) -> dict[str, str]:
    """What a request says of certificates; also by names that some backends take for the same."""
    found = [(name.lower().replace("_", "-"), value) for name, value in request.headers]
    listed = [(name, value) for name, value in found if name in NAMES]
    assert len(dict(listed)) == len(listed)
    return dict(listed)


def byte_sequence(der: bytes) -> str:
    return f":{base64.b64encode(der).decode()}:"


def expected(shown: Issued) -> dict[str, str]:
    issuers = [issuer.public_bytes(Encoding.DER) for issuer in shown.issuers]
    return {
        "client-cert": byte_sequence(shown.der),
        "client-cert-chain": ", ".join(map(byte_sequence, issuers)),
    }


@pytest.mark.parametrize("version", list(VERSIONS))
def test_certificate_and_chain_are_told_also_when_the_session_is_resumed(
    gateway: GatewayFactory, edge: bytes, echo: EchoBackend, shown: Issued, version: str
) -> None:
    server = start(gateway, edge, echo, "clientCert", workers=2)
    context = caller(shown, version)
    session: ssl.SSLSession | None = None
    for turn in range(6):
        with connected(server, context, session=session) as tls:
            for _ in range(2):
                assert ask(tls)[0] == 200
            assert tls.session_reused is (turn > 0)
            session = tls.session
    assert [told(request) for request in echo.requests] == [expected(shown)] * 12


def test_xfcc_is_told(gateway: GatewayFactory, edge: bytes, echo: EchoBackend, shown: Issued) -> None:
    server = start(gateway, edge, echo, "xfcc")
    with connected(server, caller(shown)) as tls:
        assert ask(tls, b"body")[0] == 200
    (found,) = (told(request) for request in echo.requests)
    assert list(found) == ["x-forwarded-client-cert"]
    value = found["x-forwarded-client-cert"]
    assert value.startswith(f'Hash={hashlib.sha256(shown.der).hexdigest()};Cert="-----BEGIN%20CERTIFICATE')
    assert value.endswith(';Subject="CN=caller,O=Example,C=NL"')


@pytest.mark.parametrize("form", ["xfcc", "clientCert"])
def test_what_callers_say_of_certificates_never_arrives(
    gateway: GatewayFactory, edge: bytes, echo: EchoBackend, shown: Issued, form: str
) -> None:
    server = start(gateway, edge, echo, form)
    with (
        connected(server, caller(shown)) as asked,
        connected(server, caller()) as bare,
        connected(server, caller(shown), "silent.test") as silent,
    ):
        for tls in (asked, bare, silent):
            for headers in (OWN, OWN + "Connection: client-cert, x-forwarded-client-cert\r\n"):
                assert ask(tls, headers=headers)[0] == 200
    said = [told(request) for request in echo.requests]
    own = expected(shown) if form == "clientCert" else {NAMES[2]: said[0][NAMES[2]]}
    assert said == [own] * 2 + [{}] * 4
    assert "evil" not in str(said)


def test_policies_see_no_field_of_the_caller_either(
    gateway: GatewayFactory, edge: bytes, shown: Issued
) -> None:
    policy = FORWARD.format(
        "<return-response><set-body>@(string.Join("
        '",", context.Request.Headers.Keys))</set-body></return-response>'
    )
    server = gateway(
        listening(policy, gateway={"forwardClientCertificate": "xfcc"}), files={"edge.pem": edge}
    )
    with connected(server, caller(shown)) as tls:
        status, body = ask(tls, headers=OWN + "X-Other: 1\r\n")
    assert status == 200
    assert body.lower().split(",") == ["host", "content-length", "x-other"]


def test_a_policy_that_sets_the_field_itself_has_the_last_word(
    gateway: GatewayFactory, edge: bytes, echo: EchoBackend, shown: Issued
) -> None:
    own = (
        '<set-header name="X-Forwarded-Client-Cert" exists-action="override"><value>mine</value></set-header>'
    )
    server = start(gateway, edge, echo, "xfcc", own)
    with connected(server, caller(shown)) as tls:
        assert ask(tls)[0] == 200
    assert [told(request) for request in echo.requests] == [{"x-forwarded-client-cert": "mine"}]


def test_without_the_setting_fields_pass_as_any_others(
    gateway: GatewayFactory, edge: bytes, echo: EchoBackend, shown: Issued
) -> None:
    server = start(gateway, edge, echo, "off")
    with connected(server, caller(shown)) as tls:
        assert ask(tls)[0] == 200
        assert ask(tls, headers="Client-Cert: :AAAA:\r\n")[0] == 200
    assert [told(request) for request in echo.requests] == [{}, {"client-cert": ":AAAA:"}]


def test_a_reload_turns_it_on_for_connections_that_are_open(
    gateway: GatewayFactory, edge: bytes, echo: EchoBackend, shown: Issued
) -> None:
    server = start(gateway, edge, echo, "off")
    with connected(server, caller(shown)) as tls:
        assert ask(tls)[0] == 200
        before = len(server.stderr_lines())
        server.write(
            listening(
                FORWARD.format(""),
                gateway={"forwardClientCertificate": "clientCert"},
                api={"serviceUrl": echo.url},
            )
        )
        server.reload()
        server.wait_for_line("reloaded", after=before)
        assert ask(tls)[0] == 200
    assert [told(request) for request in echo.requests] == [{}, expected(shown)]
