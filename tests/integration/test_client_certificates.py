"""Certificates of callers: asked for by host name, none refused in the handshake, seen by policies."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from tests.conftest import GatewayFactory
from tests.harness import GatewayProcess
from tests.integration.callers import SHOW, VERSIONS, ask, caller, connected, described, listening, seen
from tests.pki import DAY, NOW, Ca, Issued, make_ca, name, self_signed

COUNT = """<policies><inbound><return-response><set-body>@(
  context.Request.Certificate.Thumbprint + " " + context.Request.Body.As&lt;string&gt;().Length
)</set-body></return-response></inbound></policies>"""


@pytest.fixture(scope="module")
def root() -> Ca:
    return make_ca("Callers' Root")


@pytest.fixture(scope="module")
def edge() -> bytes:
    return self_signed("edge", "asks.test", "too.test", "silent.test").bundle()


@pytest.fixture(scope="module")
def shown(root: Ca) -> dict[str, Issued]:
    middle = root.intermediate("Callers' Middle")
    return {
        "trusted": middle.issue("trusted", usage="client"),
        "rsa": middle.issue("rsa", usage="client", kind="rsa"),
        "unknown": make_ca("Nobody's").issue("unknown", usage="client"),
        "self-signed": self_signed("alone"),
        "expired": root.issue("expired", usage="client", not_before=NOW - 9 * DAY, not_after=NOW - DAY),
        "not yet valid": root.issue("early", usage="client", not_before=NOW + DAY),
        "for servers": root.issue("server", "server.test"),
        "of an authority": middle,
    }


@pytest.fixture(scope="module")
def server(module_gateway: GatewayFactory, edge: bytes, root: Ca) -> GatewayProcess:
    files = {"edge.pem": edge, "root.pem": root.pem}
    roots = [{"id": "root", "file": "root.pem", "storeName": "Root"}]
    return module_gateway(listening(caCertificates=roots), files=files)


# --- asking ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", list(VERSIONS))
@pytest.mark.parametrize(
    "which",
    [
        "trusted",
        "rsa",
        "unknown",
        "self-signed",
        "expired",
        "not yet valid",
        "for servers",
        "of an authority",
    ],
)
def test_policies_see_every_certificate_whoever_trusts_it(
    server: GatewayProcess, shown: dict[str, Issued], which: str, version: str
) -> None:
    assert seen(server, caller(shown[which], version)) == described(shown[which])


@pytest.mark.parametrize("version", list(VERSIONS))
def test_a_caller_without_a_certificate_is_served(server: GatewayProcess, version: str) -> None:
    assert seen(server, caller(None, version)) == "none"


@pytest.mark.parametrize("version", list(VERSIONS))
def test_only_host_names_that_ask_are_shown_a_certificate(
    server: GatewayProcess, shown: dict[str, Issued], version: str
) -> None:
    context = caller(shown["trusted"], version)
    assert [seen(server, context, name) for name in ("asks.test", "ASKS.test", "too.test")] == [
        described(shown["trusted"])
    ] * 3
    assert [seen(server, context, name) for name in ("silent.test", "other.test")] == ["none"] * 2


@pytest.mark.parametrize("version", list(VERSIONS))
def test_weak_keys_and_odd_algorithms_reach_policies_too(server: GatewayProcess, version: str) -> None:
    for key in (rsa.generate_private_key(65537, 1024), ed25519.Ed25519PrivateKey.generate()):
        subject = name("odd")
        builder = x509.CertificateBuilder(subject, subject, key.public_key(), 1, NOW - DAY, NOW + DAY)
        digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        odd = Issued(builder.sign(key, digest), key)  # type: ignore[arg-type]
        assert seen(server, caller(odd, version)).startswith(odd.thumbprint)


@pytest.mark.parametrize("version", list(VERSIONS))
@pytest.mark.parametrize(("host", "asked"), [("asks.test", True), ("silent.test", False)])
def test_openssl_is_asked_without_a_list_of_authorities(
    server: GatewayProcess, shown: dict[str, Issued], tmp_path: Path, version: str, host: str, asked: bool
) -> None:
    (tmp_path / "caller.pem").write_bytes(shown["self-signed"].bundle())
    address = "{}:{}".format(*server.address)
    done = subprocess.run(
        [
            *("openssl", "s_client", "-connect", address, "-servername", host, "-cert", "caller.pem"),
            *("-msg", f"-tls{version.replace('.', '_')}", "-ign_eof"),
        ],
        input=b"GET /a/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        cwd=tmp_path,
        capture_output=True,
        timeout=30,
    )
    text = done.stdout.decode("latin-1")
    assert ("CertificateRequest" in text) is asked
    assert (
        text.rstrip().rpartition("\r\n")[2].startswith(described(shown["self-signed"]) if asked else "none")
    )
    assert "No client certificate CA names sent" in text
    assert text.count("NewSessionTicket") == 1


def test_curl_presents_its_certificate(
    server: GatewayProcess, shown: dict[str, Issued], tmp_path: Path
) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    (tmp_path / "caller.pem").write_bytes(shown["unknown"].bundle())
    host, port = server.address
    done = subprocess.run(
        [
            *(curl, "-sSk", "--resolve", f"asks.test:{port}:{host}", "--cert", "caller.pem"),
            f"https://asks.test:{port}/a/x",
        ],
        cwd=tmp_path,
        capture_output=True,
        timeout=30,
        check=True,
    )
    assert done.stdout.decode() == described(shown["unknown"])


# --- sessions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", list(VERSIONS))
@pytest.mark.parametrize("which", ["trusted", None])
def test_resumed_sessions_keep_the_certificate_on_every_worker(
    gateway: GatewayFactory, edge: bytes, shown: dict[str, Issued], which: str | None, version: str
) -> None:
    server = gateway(listening(gateway={"workers": 2}), files={"edge.pem": edge})
    context = caller(shown[which] if which else None, version)
    expected = described(shown[which]) if which else "none"
    session, reused = None, []
    # The kernel deals connections out by their ports: 12 of them hardly ever meet one worker only.
    for _ in range(12):
        with connected(server, context, session=session) as tls:
            assert ask(tls) == (200, expected)
            reused.append(bool(tls.session_reused))
            session = tls.session
    assert reused == [False] + [True] * 11


@pytest.mark.parametrize("version", list(VERSIONS))
def test_a_session_of_a_host_that_did_not_ask_is_not_resumed_where_one_does(
    server: GatewayProcess, shown: dict[str, Issued], version: str
) -> None:
    context = caller(shown["trusted"], version)
    with connected(server, context, "silent.test") as tls:
        assert ask(tls) == (200, "none")
        session = tls.session
    with connected(server, context, "asks.test", session) as tls:
        assert ask(tls) == (200, described(shown["trusted"]))
        assert not tls.session_reused
        session = tls.session
    # RFC 6066 section 3: a session belongs to the name that it was made under.
    with connected(server, context, "too.test", session) as tls:
        assert ask(tls) == (200, described(shown["trusted"]))
        assert not tls.session_reused
    with connected(server, context, "silent.test", session) as tls:
        assert ask(tls) == (200, "none")


@pytest.mark.parametrize("version", list(VERSIONS))
def test_a_host_that_begins_to_ask_with_a_reload_resumes_nothing_from_before(
    gateway: GatewayFactory, edge: bytes, shown: dict[str, Issued], version: str
) -> None:
    server = gateway(listening(asks=False), files={"edge.pem": edge})
    context = caller(shown["trusted"], version)
    sessions = {}
    for asks, expected in ((False, "none"), (True, described(shown["trusted"])), (False, "none")):
        before = len(server.stderr_lines())
        server.write(listening(asks=asks))
        server.reload()
        server.wait_for_line("reloaded", after=before)
        with connected(server, context, session=sessions.get(not asks)) as tls:
            assert ask(tls) == (200, expected)
            assert not tls.session_reused
            sessions[asks] = tls.session
        with connected(server, context, session=sessions[asks]) as tls:
            assert ask(tls) == (200, expected)
            assert tls.session_reused


# --- bodies, sizes, damage ---------------------------------------------------------------------------


@pytest.mark.parametrize("version", list(VERSIONS))
def test_a_megabyte_is_posted_with_a_certificate(
    gateway: GatewayFactory, edge: bytes, shown: dict[str, Issued], version: str
) -> None:
    # The service asks in mid-request where it has to, and hangs at 60 KB (spec/certificates.md section 5.2).
    server = gateway(listening(COUNT), files={"edge.pem": edge})
    body = b"x" * 1_048_576
    with connected(server, caller(shown["trusted"], version)) as tls:
        for _ in range(3):
            assert ask(tls, body) == (200, f"{shown['trusted'].thumbprint} {len(body)}")


@pytest.mark.parametrize("version", list(VERSIONS))
def test_a_chain_beyond_the_bound_ends_its_own_handshake_only(
    server: GatewayProcess, shown: dict[str, Issued], root: Ca, version: str
) -> None:
    one = shown["trusted"]
    fits, huge = root.pem * (20_000 // len(root.der)), root.pem * (40_000 // len(root.der))
    with connected(server, caller(None, version)) as other:
        for _ in range(3):
            assert seen(server, caller(one, version, fits)) == described(one)
            with (
                pytest.raises((OSError, AssertionError)),
                connected(server, caller(one, version, huge)) as tls,
            ):
                ask(tls)
            assert ask(other) == (200, "none")


@pytest.mark.parametrize("version", list(VERSIONS))
def test_a_chain_too_long_for_a_ticket_is_never_resumed_without_itself(
    server: GatewayProcess, shown: dict[str, Issued], root: Ca, version: str
) -> None:
    one = shown["trusted"]
    context = caller(one, version, root.pem * (12_000 // len(root.der)))
    session = None
    for _ in range(2):
        with connected(server, context, session=session) as tls:
            assert ask(tls) == (200, described(one))
            assert not tls.session_reused
            session = tls.session


def test_a_damaged_certificate_ends_its_own_handshake_only(
    server: GatewayProcess, shown: dict[str, Issued]
) -> None:
    der = shown["trusted"].der
    damages = [bytes(len(der)), der[:40] + b"\xff" * (len(der) - 40), der[:1] + b"\x84" + der[2:], der[::-1]]
    with connected(server, caller(None)) as other:
        for damaged in damages:
            assert b"HTTP/1.1" not in _answer_to_flight(server, caller(shown["trusted"], "1.2"), der, damaged)
            assert ask(other) == (200, "none")


def _answer_to_flight(server: GatewayProcess, context: ssl.SSLContext, der: bytes, instead: bytes) -> bytes:
    """What comes of a TLS 1.2 handshake whose certificate is replaced on its way; it is not encrypted."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="asks.test")
    received = b""
    replaced = False
    with socket.create_connection(server.address, timeout=10) as plain:
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                break
            flight = outgoing.read()
            replaced = replaced or der in flight
            plain.sendall(flight.replace(der, instead))
            try:
                piece = plain.recv(65536)
            except ConnectionError:
                break
            if not piece:
                break
            received += piece
            incoming.write(piece)
    assert replaced
    return received


@pytest.mark.parametrize("version", list(VERSIONS))
def test_a_certificate_that_only_openssl_can_read_is_none_for_policies(
    server: GatewayProcess, version: str, tmp_path: Path
) -> None:
    # Version 5 (RFC 5280 section 4.1.2.1 knows three); that the signature no longer fits matters to nobody.
    good = self_signed("odd")
    assert good.der.count(b"\xa0\x03\x02\x01\x02") == 1
    odd = good.der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x04")
    (tmp_path / "odd.pem").write_bytes(ssl.DER_cert_to_PEM_cert(odd).encode() + good.key_pem())
    context = caller(None, version)
    context.load_cert_chain(tmp_path / "odd.pem")
    assert seen(server, context) == "none"


def test_one_connection_keeps_its_certificate_over_many_requests(
    server: GatewayProcess, shown: dict[str, Issued]
) -> None:
    with connected(server, caller(shown["trusted"])) as tls, connected(server, caller(shown["rsa"])) as other:
        for _ in range(5):
            assert ask(tls) == (200, described(shown["trusted"]))
            assert ask(other) == (200, described(shown["rsa"]))


def test_plain_http_has_no_certificate(gateway: GatewayFactory, edge: bytes) -> None:
    server = gateway(
        listening(
            gateway={"listeners": [{"url": "http://127.0.0.1:0"}, {"url": "https://127.0.0.1:0"}]},
            api={"protocols": ["http"], "policy": SHOW},
        ),
        files={"edge.pem": edge},
    )
    with socket.create_connection(server.address, timeout=10) as plain:
        plain.sendall(b"GET /a/x HTTP/1.1\r\nHost: asks.test\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: plain.recv(65536), b""))
    assert answer.endswith(b"\r\n\r\nnone")


# --- published policies ------------------------------------------------------------------------------

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "policies"
SEED = "microsoftdocs__azure-docs/api-management-howto-mutual-certificates-for-clients-0{}.xml"
PROJECT = (
    "ronaldbosma__mtls-with-apim/infra_03-application_protected-api_validate-using-context.operation.xml"
)


def published(path: str) -> str:
    if not CORPUS.is_dir():
        pytest.skip(f"the corpus of public policies is not at {CORPUS}")
    return (CORPUS / path).read_text()


def answer_line(server: GatewayProcess, context: ssl.SSLContext, path: str) -> str:
    with connected(server, context) as tls:
        tls.sendall(f"GET {path} HTTP/1.1\r\nHost: asks.test\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: tls.recv(65536), b""))
    return answer.split(b"\r\n")[0].decode()


@pytest.mark.parametrize("version", list(VERSIONS))
@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_documented_conditions_refuse_with_their_reason(
    gateway: GatewayFactory, edge: bytes, shown: dict[str, Issued], number: int, version: str
) -> None:
    policy = f"<policies><inbound>{published(SEED.format(number))}</inbound></policies>"
    server = gateway(listening(policy), files={"edge.pem": edge})
    for which in (None, "self-signed", "expired", "unknown"):
        context = caller(shown[which] if which else None, version)
        assert answer_line(server, context, "/a/x") == "HTTP/1.1 403 Invalid client certificate"


@pytest.mark.parametrize("version", list(VERSIONS))
def test_a_published_check_by_thumbprint_and_dates_tells_callers_apart(
    gateway: GatewayFactory, edge: bytes, shown: dict[str, Issued], version: str
) -> None:
    listed = {"known": "self-signed", "old": "expired", "early": "not yet valid"}
    server = gateway(
        listening(
            published(PROJECT),
            certificates=[{"id": id, "file": f"{id}.pem"} for id in listed],
            namedValues=[{"id": "validate-certificate-chain", "value": "false"}],
        ),
        files={"edge.pem": edge, **{f"{id}.pem": shown[which].pem for id, which in listed.items()}},
        # The document traces with severity error.
        may_complain=True,
    )
    expected = {
        None: "401 ClientCertificateNotFound",
        "self-signed": "200 OK",
        "expired": "401 ClientCertificateExpired",
        "not yet valid": "401 ClientCertificateNotYetValid",
        "unknown": "401 ClientCertificateIdentityNotMatched",
    }
    for which, line in expected.items():
        context = caller(shown[which] if which else None, version)
        assert answer_line(server, context, "/a/x") == f"HTTP/1.1 {line}"
