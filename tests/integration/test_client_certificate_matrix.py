"""Every kind of caller against both ways to judge it, over TLS 1.2 and 1.3, with real revocation."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.conftest import GatewayFactory
from tests.harness import GatewayProcess
from tests.integration.callers import VERSIONS, ask, connected, listening
from tests.pki import self_signed
from tests.tls.trust.lists import make_list, named_at
from tests.tls.trust.made import CLIENT, Made, make
from tests.tls.trust.responder import Files, file_server, openssl_responder

ELEMENT = """<policies><inbound>
  <validate-client-certificate>
    <identities><identity common-name="caller" /></identities>
  </validate-client-certificate>
  <return-response><set-body>passed</set-body></return-response>
</inbound><on-error><base />
  <set-header name="x-reason"><value>@(context.LastError.Reason)</value></set-header>
  <set-body>@(context.LastError.Reason)</set-body>
</on-error></policies>"""

CONDITION = """<policies><inbound><choose>
  <when condition="@(context.Request.Certificate == null || !context.Request.Certificate.Verify()
      || context.Request.Certificate.GetNameInfo(X509NameType.SimpleName, false) != "caller")">
    <return-response><set-status code="403" reason="Invalid client certificate" />
      <set-body>refused</set-body></return-response>
  </when>
  <otherwise><return-response><set-body>passed</set-body></return-response></otherwise>
</choose></inbound></policies>"""


class Kind(NamedTuple):
    """A caller, and the reason that the policy element gives for refusing it; None: it passes."""

    shown: tuple[Made, ...]
    reason: str | None


def presenting(folder: Path, chain: tuple[Made, ...], version: str) -> ssl.SSLContext:
    """A client that checks nothing and presents a chain."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = context.maximum_version = VERSIONS[version]
    if chain:
        key = chain[0].key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "shown.pem").write_bytes(b"".join(one.pem for one in chain) + key)
        context.load_cert_chain(folder / "shown.pem")
    return context


@pytest.fixture(scope="module")
def edge() -> bytes:
    return self_signed("edge", "asks.test", "too.test", "silent.test").bundle()


@contextmanager
def callers(folder: Path) -> Iterator[tuple[Made, Files, dict[str, Kind]]]:
    """The root, the server of lists, and callers by their kind."""
    root = make("Matrix Root", ca=True, usages=("key_cert_sign", "crl_sign"))
    stranger = make("Stranger Root", ca=True, usages=("key_cert_sign", "crl_sign"))

    def leaf(name: str = "caller", by: Made | None = root, **more: Any) -> Made:
        return make(name, by, extended=[CLIENT], **more)

    with file_server() as files:
        listed = named_at(files.url("/list.crl"))
        good, gone = leaf(more=listed), leaf(more=listed, serial=4711)
        files.answers["/list.crl"] = make_list(root, [(4711, None)])
        with openssl_responder(folder, root, good=[4712], revoked=[4713]) as port:
            asked = named_at(responder=f"http://127.0.0.1:{port}")
            kinds = {
                "none": Kind((), "ClientCertificateNotFound"),
                "valid": Kind((leaf(),), None),
                "valid by list": Kind((good,), None),
                "valid by responder": Kind((leaf(more=asked, serial=4712),), None),
                "expired": Kind((leaf(days=(-10, -1)),), "ClientCertificateExpired"),
                "not yet valid": Kind((leaf(days=(1, 10)),), "ClientCertificateNotYetValid"),
                "untrusted": Kind((leaf(by=stranger), stranger), "ClientCertificateNotTrusted"),
                "self-signed": Kind((leaf(by=None),), "ClientCertificateNotTrusted"),
                "wrong identity": Kind((leaf("other"),), "ClientCertificateIdentityNotMatched"),
                "revoked by list": Kind((gone,), "ClientCertificateRevoked"),
                "revoked by responder": Kind((leaf(more=asked, serial=4713),), "ClientCertificateRevoked"),
                "responder away": Kind(
                    (leaf(more=named_at(responder=files.url("/nothing"))),), "ClientCertificateNotTrusted"
                ),
            }
            yield root, files, kinds


def serving(gateway: GatewayFactory, root: Made, edge: bytes, policy: str, **more: Any) -> GatewayProcess:
    authority = {"id": "root", "file": "root.pem", "storeName": "Root"}
    configuration = listening(policy, caCertificates=[authority], gateway=more)
    return gateway(configuration, files={"edge.pem": edge, "root.pem": root.pem}, may_complain=True)


@pytest.mark.parametrize("version", list(VERSIONS))
@pytest.mark.parametrize("policy", [ELEMENT, CONDITION], ids=["element", "condition"])
def test_each_kind_of_caller_is_told_apart(
    gateway: GatewayFactory, edge: bytes, tmp_path: Path, policy: str, version: str
) -> None:
    with callers(tmp_path) as (root, _files, kinds):
        server = serving(gateway, root, edge, policy)
        found, expected = {}, {}
        for name, kind in kinds.items():
            with connected(server, presenting(tmp_path, kind.shown, version)) as tls:
                found[name] = ask(tls)
                # What is known by then is not looked up again.
                assert ask(tls) == found[name]
            if kind.reason is None:
                expected[name] = 200, "passed"
            else:
                expected[name] = (401, kind.reason) if policy is ELEMENT else (403, "refused")
    assert found == expected


@pytest.mark.parametrize(
    ("mode", "lost", "revoked"), [("soft-fail", 200, 401), ("off", 200, 200), ("hard-fail", 401, 401)]
)
def test_the_mode_says_what_counts_where_nobody_answers(
    gateway: GatewayFactory, edge: bytes, tmp_path: Path, mode: str, lost: int, revoked: int
) -> None:
    with callers(tmp_path) as (root, files, kinds):
        server = serving(gateway, root, edge, ELEMENT, revocation=mode)
        for name, status in (("valid", 200), ("responder away", lost), ("revoked by list", revoked)):
            with connected(server, presenting(tmp_path, kinds[name].shown, "1.3")) as tls:
                assert ask(tls)[0] == status
        assert bool(files.asked) is (mode != "off")
        if mode == "soft-fail":
            server.wait_for_line("a certificate may be revoked and is accepted")


def test_a_list_is_fetched_once_for_all_its_callers(
    gateway: GatewayFactory, edge: bytes, tmp_path: Path
) -> None:
    with callers(tmp_path) as (root, files, kinds):
        server = serving(gateway, root, edge, ELEMENT)
        for name in ("valid by list", "revoked by list", "valid by list"):
            with connected(server, presenting(tmp_path, kinds[name].shown, "1.3")) as tls:
                ask(tls)
        assert files.asked == ["GET /list.crl"]
