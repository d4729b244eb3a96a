"""The only certificates that an https backend may show: its thumbprints, its names and issuers.

Rules: docs/tls.md. What a refusal looks like in the log, and what a new configuration changes at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import GatewayProcess, RawConnection, Response, ask
from tests.harness.config import api
from tests.harness.secure import SecureBackend
from tests.pki import Issued, make_ca, self_signed

TRUSTED = make_ca("Trusted Root")
UNKNOWN = make_ca("Unknown Root")
MIDDLE = UNKNOWN.intermediate("Unknown Middle")
CLIENTS = make_ca("Client Root")
CLIENT = CLIENTS.issue("gateway", usage="client")
WRONG = "AB" * 20

SERVERS = {
    "trusted": TRUSTED.issue("orders", "127.0.0.1"),
    "unknown": UNKNOWN.issue("orders", "127.0.0.1"),
    "middle": MIDDLE.issue("orders", "127.0.0.1"),
    "othername": UNKNOWN.issue("orders", "other.example.test"),
    "selfmade": self_signed("orders", "127.0.0.1"),
    "expired": UNKNOWN.issue_expired("orders", "127.0.0.1"),
}


def thumbprints(*which: str) -> dict[str, Any]:
    return {"serverCertificateThumbprints": list(which)}


def names(*which: tuple[str, str | None]) -> dict[str, Any]:
    entries = [
        {"name": name, **({"issuerCertificateThumbprint": issuer} if issuer else {})}
        for name, issuer in which
    ]
    return {"serverX509Names": entries}


CHAIN_OFF = {"validateCertificateChain": False}
BOTH_OFF = {"validateCertificateChain": False, "validateCertificateName": False}
PASTED = ":".join(SERVERS["unknown"].thumbprint[at : at + 2].lower() for at in range(0, 40, 2))

# name: (server, tls of the backend, the words of the log line that refuses it, None where it is called)
PINS: dict[str, tuple[str, dict[str, Any], tuple[str, ...] | None]] = {
    # By thumbprint.
    "thumbprint": ("unknown", thumbprints(SERVERS["unknown"].thumbprint), None),
    "thumbprint-as-pasted": ("unknown", thumbprints(PASTED), None),
    "one-of-two": ("unknown", thumbprints(WRONG, SERVERS["unknown"].thumbprint), None),
    "self-made": ("selfmade", thumbprints(SERVERS["selfmade"].thumbprint), None),
    "name-is-not-asked": ("othername", thumbprints(SERVERS["othername"].thumbprint), None),
    "wrong": ("trusted", thumbprints(WRONG), ("check of the pins", WRONG, SERVERS["trusted"].thumbprint)),
    "wrong-chain-off": ("unknown", thumbprints(WRONG) | CHAIN_OFF, ("check of the pins", WRONG)),
    "wrong-both-off": ("unknown", thumbprints(WRONG) | BOTH_OFF, ("check of the pins", WRONG)),
    "issuer-is-no-pin": ("trusted", thumbprints(TRUSTED.thumbprint), ("check of the pins",)),
    "expired": ("expired", thumbprints(SERVERS["expired"].thumbprint), ("check of the pins", "expired")),
    "expired-chain-off": ("expired", thumbprints(SERVERS["expired"].thumbprint) | CHAIN_OFF, None),
    # By name and issuer.
    "issuer": ("unknown", names(("orders", UNKNOWN.thumbprint)), None),
    "case-of-the-name": ("unknown", names(("ORDERS", UNKNOWN.thumbprint)), None),
    "direct-issuer": ("middle", names(("orders", MIDDLE.thumbprint)), None),
    "not-the-root": (
        "middle",
        names(("orders", UNKNOWN.thumbprint)),
        ("check of the pins", "was not issued"),
    ),
    "another-issuer": ("unknown", names(("orders", TRUSTED.thumbprint)), ("issued", TRUSTED.thumbprint)),
    "another-name": ("unknown", names(("items", UNKNOWN.thumbprint)), ("check of the pins", "items")),
    "host-is-no-name": ("unknown", names(("127.0.0.1", UNKNOWN.thumbprint)), ("check of the pins",)),
    "issuer-expired": ("expired", names(("orders", UNKNOWN.thumbprint)), ("check of the pins", "expired")),
    "issuer-both-off": ("unknown", names(("orders", TRUSTED.thumbprint)) | BOTH_OFF, ("check of the pins",)),
    # By name alone.
    "trusted-name": ("trusted", names(("orders", None)), None),
    "untrusted-name": ("unknown", names(("orders", None)), ("chain", "issuerCertificateThumbprint")),
    "untrusted-name-chain-off": ("unknown", names(("orders", None)) | CHAIN_OFF, ("chain",)),
    # Either list may match.
    "thumbprint-or-name": (
        "unknown",
        thumbprints(WRONG) | names(("orders", UNKNOWN.thumbprint)),
        None,
    ),
    # None at all: trust decides, as without the members.
    "empty": ("trusted", {"serverCertificateThumbprints": [], "serverX509Names": []}, None),
    "empty-unknown": ("unknown", {"serverCertificateThumbprints": []}, ("check of the chain",)),
}


def backend(id: str, server: SecureBackend, tls: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": id, "url": server.url, "tls": tls, **more}


def to_backend(id: str) -> dict[str, Any]:
    policy = f'<policies><inbound><set-backend-service backend-id="{id}" /></inbound></policies>'
    return api(None, id=id, path=id, policy=policy)


def configuration(*backends: dict[str, Any], **top: Any) -> dict[str, Any]:
    return {
        "caCertificates": [{"id": "trusted", "file": "trusted.pem", "storeName": "Root"}],
        "certificates": [{"id": "gateway", "file": "gateway.pem"}],
        "backends": list(backends),
        "apis": [to_backend(one["id"]) for one in backends],
        **top,
    }


FILES = {"trusted.pem": TRUSTED.pem, "gateway.pem": CLIENT.bundle(), "middle.pem": MIDDLE.pem}


def get(gateway: GatewayProcess, name: str) -> Response:
    return ask(gateway.address, f"GET /{name} HTTP/1.1\r\nHost: gateway\r\n\r\n".encode())


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, SecureBackend]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(SecureBackend(issued)) for name, issued in SERVERS.items()}


@pytest.fixture
def start() -> Iterator[Callable[[Issued], SecureBackend]]:
    with ExitStack() as stack:
        yield lambda issued: stack.enter_context(SecureBackend(issued, CLIENTS))


@pytest.fixture(scope="module")
def judging(module_gateway: GatewayFactory, servers: dict[str, SecureBackend]) -> GatewayProcess:
    backends = [backend(name, servers[server], tls) for name, (server, tls, _) in PINS.items()]
    return module_gateway(configuration(*backends), files=FILES)


@pytest.mark.parametrize("name", PINS)
def test_a_backend_may_show_what_is_pinned_and_nothing_else(
    judging: GatewayProcess, servers: dict[str, SecureBackend], name: str
) -> None:
    server, _, words = PINS[name]
    before = len(servers[server].targets)
    answer = get(judging, name)
    if words is None:
        assert answer.status == 200
        servers[server].drop_connections()
        # A resumed session brings no chain along, and passes all the same.
        assert get(judging, name).status == 200
        assert servers[server].resumed[-1]
        return
    assert answer.status == 500
    line = judging.wait_for_line(json.loads(answer.body)["activityId"])
    assert f"backend={name}" in line
    assert "BackendConnectionFailure" in line
    for word in words:
        assert word in line, line
    # It has not seen the request.
    assert len(servers[server].targets) == before


# ---------------------------------------------------------------- renewing


@pytest.fixture(scope="module")
def process(module_gateway: GatewayFactory) -> GatewayProcess:
    return module_gateway(configuration(), files=FILES)


OWN = {"credentials": {"certificateIds": ["gateway"]}}


def test_the_server_is_renewed_while_old_and_new_are_pinned(
    process: GatewayProcess, start: Callable[[Issued], SecureBackend]
) -> None:
    old, new = (UNKNOWN.issue("orders", "127.0.0.1") for _ in range(2))
    server = start(old)
    process.reconfigure(
        configuration(backend("b", server, thumbprints(old.thumbprint, new.thumbprint), **OWN))
    )
    assert get(process, "b").status == 200
    server.present(new)
    server.drop_connections()
    assert get(process, "b").status == 200
    process.reconfigure(configuration(backend("b", server, thumbprints(new.thumbprint), **OWN)))
    assert get(process, "b").status == 200
    server.present(old)
    server.drop_connections()
    assert get(process, "b").status == 500
    assert server.clients == ["gateway"] * 3


def test_a_server_that_is_renewed_first_is_refused_until_its_pin_is_there(
    process: GatewayProcess, start: Callable[[Issued], SecureBackend]
) -> None:
    old, new = (UNKNOWN.issue("orders", "127.0.0.1") for _ in range(2))
    server = start(old)
    process.reconfigure(configuration(backend("b", server, thumbprints(old.thumbprint), **OWN)))
    assert get(process, "b").status == 200
    server.present(new)
    server.drop_connections()
    assert get(process, "b").status == 500
    process.reconfigure(configuration(backend("b", server, thumbprints(new.thumbprint), **OWN)))
    assert get(process, "b").status == 200


def test_a_name_and_its_issuer_need_no_change_when_the_server_is_renewed(
    process: GatewayProcess, start: Callable[[Issued], SecureBackend]
) -> None:
    server = start(UNKNOWN.issue("orders", "127.0.0.1"))
    process.reconfigure(configuration(backend("b", server, names(("orders", UNKNOWN.thumbprint)), **OWN)))
    for _ in range(3):
        assert get(process, "b").status == 200
        server.present(UNKNOWN.issue("orders", "127.0.0.1"))
        server.drop_connections()
    server.present(UNKNOWN.issue("items", "127.0.0.1"))
    server.drop_connections()
    assert get(process, "b").status == 500


def test_a_pin_that_is_taken_away_ends_the_use_of_open_connections(
    process: GatewayProcess, start: Callable[[Issued], SecureBackend]
) -> None:
    issued = UNKNOWN.issue("orders", "127.0.0.1")
    server = start(issued)
    process.reconfigure(configuration(backend("b", server, thumbprints(issued.thumbprint), **OWN)))
    with RawConnection(process.address) as caller:
        request = b"GET /b HTTP/1.1\r\nHost: gateway\r\n\r\n"
        assert caller.ask(request).status == 200
        process.reconfigure(configuration(backend("b", server, thumbprints(WRONG), **OWN)))
        assert caller.ask(request).status == 500
    assert len(server.targets) == 1


def test_the_issuer_is_found_among_ca_certificates_where_the_server_does_not_send_it(
    process: GatewayProcess, start: Callable[[Issued], SecureBackend]
) -> None:
    whole = MIDDLE.issue("orders", "127.0.0.1")
    server = start(Issued(whole.certificate, whole.key))
    pins = names(("orders", MIDDLE.thumbprint))
    process.reconfigure(configuration(backend("b", server, pins, **OWN)))
    answer = get(process, "b")
    assert answer.status == 500
    assert "caCertificates" in process.wait_for_line(json.loads(answer.body)["activityId"])
    helper = {"id": "middle", "file": "middle.pem", "storeName": "CertificateAuthority"}
    process.reconfigure(configuration(backend("b", server, pins, **OWN), caCertificates=[helper]))
    assert get(process, "b").status == 200


def test_each_of_several_urls_is_held_to_the_pins(
    process: GatewayProcess, start: Callable[[Issued], SecureBackend]
) -> None:
    right, wrong = (UNKNOWN.issue("orders", "127.0.0.1") for _ in range(2))
    good, bad = start(right), start(wrong)
    both = {
        "id": "b",
        "urls": [{"url": good.url}, {"url": bad.url}],
        "tls": thumbprints(right.thumbprint),
        **OWN,
    }
    process.reconfigure(configuration(both))
    assert sorted(get(process, "b").status for _ in range(4)) == [200, 200, 500, 500]
    assert bad.targets == []
    # A handshake that is refused has sent nothing, so that another address may be tried with any method.
    process.reconfigure(configuration(both | {"retry": {"count": 1}}))
    post = b"POST /b HTTP/1.1\r\nHost: gateway\r\nContent-Length: 2\r\n\r\nok"
    assert {ask(process.address, post).status for _ in range(4)} == {200}
    assert bad.targets == []
