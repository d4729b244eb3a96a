"""Whom the gateway trusts: real nginx servers whose certificates are wrong in one way each, and the flags."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.conftest import GatewayFactory
from tests.harness import GatewayProcess
from tests.integration.test_mtls_nginx import Site, backend, get, nginx, to_backend
from tests.pki import Ca, Issued, make_ca, self_signed


@pytest.fixture(scope="module")
def servers() -> Ca:
    return make_ca("Servers")


@pytest.fixture(scope="module")
def self_made() -> Issued:
    return self_signed("self-made", "127.0.0.1")


@pytest.fixture(scope="module")
def middle(servers: Ca) -> Ca:
    return servers.intermediate("Servers Middle")


@pytest.fixture(scope="module")
def ports(
    servers: Ca, middle: Ca, self_made: Issued, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, int]]:
    strangers = make_ca("Strangers")
    expired = servers.issue_expired("expired", "127.0.0.1")
    sites = [
        Site("trusted", servers.issue("trusted", "127.0.0.1"), "off"),
        Site("selfmade", self_made, "off"),
        Site("othername", servers.issue("other", "other.example.test", "192.0.2.7"), "off"),
        Site("expired", expired, "off"),
        Site("stranger", strangers.issue("stranger", "127.0.0.1"), "off"),
        Site("strangername", strangers.issue("stranger", "other.example.test"), "off"),
        Site("short", middle.issue("short", "127.0.0.1"), "off", chain=False),
    ]
    with nginx(tmp_path_factory.mktemp("nginx"), servers, sites) as found:
        yield found


TRUST = {
    # name: (site, host, flags, the words of the log line that say what failed and how to mend it; None: 200)
    "self-signed": ("selfmade", {}, ("check of the chain", "self-signed", "caCertificates")),
    "unknown-ca": ("stranger", {}, ("check of the chain", "root that is not trusted", "caCertificates")),
    "expired": ("expired", {}, ("check of the chain", "has expired", "renew the certificate")),
    "wrong-name": ("othername", {}, ("check of the name", "another address", "validateCertificateName")),
    "short-chain": ("short", {}, ("check of the chain", "issuer is not known", "CertificateAuthority")),
    "chain-off-self-signed": ("selfmade", {"validateCertificateChain": False}, None),
    "chain-off-expired": ("expired", {"validateCertificateChain": False}, None),
    "chain-off-unknown-ca": ("stranger", {"validateCertificateChain": False}, None),
    "chain-off-wrong-name": (
        "strangername",
        {"validateCertificateChain": False},
        ("check of the name", "is not for 127.0.0.1", "validateCertificateName"),
    ),
    "name-off-wrong-name": ("othername", {"validateCertificateName": False}, None),
    "name-off-self-signed": (
        "selfmade",
        {"validateCertificateName": False},
        ("check of the chain", "self-signed", "caCertificates"),
    ),
    "name-off-stranger": (
        "strangername",
        {"validateCertificateName": False},
        ("check of the chain", "root that is not trusted", "caCertificates"),
    ),
    "both-off": (
        "strangername",
        {"validateCertificateChain": False, "validateCertificateName": False},
        None,
    ),
}


@pytest.fixture(scope="module")
def judging(module_gateway: GatewayFactory, servers: Ca, ports: dict[str, int]) -> GatewayProcess:
    return module_gateway(
        {
            "caCertificates": [{"id": "servers", "file": "servers.pem", "storeName": "Root"}],
            "backends": [backend(name, ports[site], **flags) for name, (site, flags, _) in TRUST.items()],
            "apis": [to_backend(name) for name in TRUST],
        },
        files={"servers.pem": servers.pem},
    )


@pytest.mark.parametrize("name", list(TRUST))
def test_chain_and_name_are_checked_unless_their_flag_is_off(judging: GatewayProcess, name: str) -> None:
    site, _, words = TRUST[name]
    before = len(judging.stderr_lines())
    answer = get(judging, name)
    if words is None:
        assert (answer.status, answer.get("x-site")) == (200, site)
        return
    assert answer.status == 500
    found = re.fullmatch(
        rb'\{ "statusCode": 500, "message": "Internal server error", "activityId": "([0-9a-f-]{36})" \}',
        answer.body,
    )
    assert found is not None, answer.body
    line = judging.wait_for_line(found[1].decode(), after=before)
    assert f"backend={name}" in line
    assert "BackendConnectionFailure" in line
    for word in words:
        assert word in line, line
    # One line for one failed call.
    assert sum(found[1].decode() in other for other in judging.stderr_lines()) == 1


def test_ca_certificates_make_a_backend_trusted(
    gateway: GatewayFactory, servers: Ca, self_made: Issued, ports: dict[str, int]
) -> None:
    authorities = [
        {"id": "servers", "file": "servers.pem", "storeName": "Root"},
        {"id": "self", "file": "self.cer", "storeName": "Root"},
    ]
    files = {"servers.pem": servers.pem, "self.cer": self_made.der}
    parts = {
        "backends": [backend("trusted", ports["trusted"]), backend("self", ports["selfmade"])],
        "apis": [to_backend("trusted"), to_backend("self")],
    }
    server = gateway(parts, files=files)
    assert [get(server, name).status for name in ("trusted", "self")] == [500, 500]
    before = len(server.stderr_lines())
    server.write({**parts, "caCertificates": authorities})
    server.reload()
    server.wait_for_line("reloaded", after=before)
    assert [get(server, name).status for name in ("trusted", "self")] == [200, 200]
    before = len(server.stderr_lines())
    server.write(parts)
    server.reload()
    server.wait_for_line("reloaded", after=before)
    # Trust that is taken away is gone for the connections that are open, too.
    assert [get(server, name).status for name in ("trusted", "self")] == [500, 500]


def test_an_intermediate_helps_to_build_a_chain_and_is_no_root(
    gateway: GatewayFactory, servers: Ca, ports: dict[str, int], middle: Ca
) -> None:
    """`CertificateAuthority` gives no trust by itself (spec/certificates.md section 4)."""
    parts = {"backends": [backend("short", ports["short"])], "apis": [to_backend("short")]}
    helper = {"id": "middle", "file": "middle.pem", "storeName": "CertificateAuthority"}
    root = {"id": "servers", "file": "servers.pem", "storeName": "Root"}
    files = {"servers.pem": servers.pem, "middle.pem": middle.pem}
    for authorities, status in (([root], 500), ([helper], 500), ([root, helper], 200)):
        assert get(gateway({**parts, "caCertificates": authorities}, files=files), "short").status == status
