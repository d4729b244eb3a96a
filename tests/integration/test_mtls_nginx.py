"""Mutual TLS to a real nginx: which certificate arrives, on which connection, with which session.

nginx says in headers what it saw of the client: thumbprint, serial, name, verdict, connection, resumption.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import GatewayProcess, RawConnection, Response
from tests.harness.nginx import Site, nginx
from tests.pki import Ca, Issued, make_ca

PASSWORD = "pfx-password-1"
ONE_REQUEST = "keepalive_requests 1;"


@dataclass(frozen=True)
class World:
    """The authorities and certificates of this file."""

    servers: Ca
    clients: Ca
    alpha: Issued
    beta: Issued
    gamma: Issued
    late: Issued
    trusted: Issued


@pytest.fixture(scope="module")
def world() -> World:
    servers, clients = make_ca("Servers"), make_ca("Clients")
    middle = clients.intermediate("Clients Middle")
    return World(
        servers=servers,
        clients=clients,
        alpha=middle.issue("alpha", usage="client"),
        beta=clients.issue("beta", usage="client", kind="rsa"),
        gamma=clients.issue("gamma", usage="client"),
        late=clients.issue_expired("late"),
        trusted=servers.issue("trusted", "127.0.0.1", "localhost"),
    )


@pytest.fixture(scope="module")
def ports(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    sites = [
        Site("strict", world.trusted),
        Site("strict12", world.trusted, more=ONE_REQUEST + "ssl_protocols TLSv1.2;"),
        Site("strict13", world.trusted, more=ONE_REQUEST + "ssl_protocols TLSv1.3;"),
        Site("kept12", world.trusted, more="keepalive_requests 2; ssl_protocols TLSv1.2;"),
        Site("kept13", world.trusted, more="keepalive_requests 2; ssl_protocols TLSv1.3;"),
        Site("asks", world.trusted, "optional"),
    ]
    with nginx(tmp_path_factory.mktemp("nginx"), world.clients, sites) as found:
        yield found


def files_of(world: World) -> dict[str, bytes]:
    return {
        "alpha.pfx": world.alpha.pfx(PASSWORD),
        "beta.pem": world.beta.bundle("beta-password"),
        "gamma.pem": world.gamma.bundle(),
        "late.pfx": world.late.pfx(),
        "servers.pem": world.servers.pem,
    }


CERTIFICATES = [
    {"id": "alpha", "file": "alpha.pfx", "password": PASSWORD},
    {"id": "beta", "file": "beta.pem", "password": "beta-password"},
    {"id": "gamma", "file": "gamma.pem"},
    {"id": "late", "file": "late.pfx"},
]


def api(name: str, inbound: str = "", service: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": name,
        "path": name,
        "protocols": ["http"],
        "subscriptionRequired": False,
        "operations": [{"id": "get", "method": "GET", "urlTemplate": "/*"}],
    }
    if service:
        found["serviceUrl"] = service
    if inbound:
        found["policy"] = f"<policies><inbound><base/>{inbound}</inbound></policies>"
    return found


def to_backend(id: str, name: str | None = None, more: str = "") -> dict[str, Any]:
    return api(name or id, f'<set-backend-service backend-id="{id}" />{more}')


def backend(id: str, port: int, *certificates: str, host: str = "127.0.0.1", **tls: bool) -> dict[str, Any]:
    return {
        "id": id,
        "url": f"https://{host}:{port}",
        **({"credentials": {"certificateIds": list(certificates)}} if certificates else {}),
        **({"tls": tls} if tls else {}),
    }


def configuration(world: World, ports: dict[str, int], **gateway: Any) -> dict[str, Any]:
    strict = f"https://127.0.0.1:{ports['strict']}"
    pfx = base64.b64encode(world.gamma.pfx("body-password")).decode()
    show = "<authentication-certificate {} />"
    return {
        "gateway": gateway,
        "certificates": CERTIFICATES,
        "caCertificates": [{"id": "servers", "file": "servers.pem", "storeName": "Root"}],
        "backends": [
            backend("alpha", ports["strict"], "alpha"),
            backend("beta", ports["strict"], "beta"),
            backend("late", ports["asks"], "late"),
            backend("by-thumbprint", ports["strict"], world.gamma.thumbprint.lower()),
            *(backend(site, ports[site], "alpha") for site in ("strict12", "strict13", "kept12", "kept13")),
        ],
        "apis": [
            *(
                to_backend(id)
                for id in (
                    "alpha",
                    "beta",
                    "late",
                    "by-thumbprint",
                    "strict12",
                    "strict13",
                    "kept12",
                    "kept13",
                )
            ),
            to_backend("alpha", "policy-wins", show.format('certificate-id="beta"')),
            api("policy-thumbprint", show.format(f'thumbprint="{world.alpha.thumbprint}"'), strict),
            api("policy-id", show.format('certificate-id="beta"'), strict),
            api("policy-body", show.format(f'body="{pfx}" password="body-password"'), strict),
            # A base URL that equals a backend's is that backend, with its certificate.
            api("nobody", service=f"{strict}/other"),
            api("nobody-asked", service=f"https://localhost:{ports['asks']}"),
        ],
    }


@pytest.fixture(scope="module")
def server(module_gateway: GatewayFactory, world: World, ports: dict[str, int]) -> GatewayProcess:
    return module_gateway(configuration(world, ports), files=files_of(world))


def get(server: GatewayProcess, name: str) -> Response:
    with RawConnection(server.url) as connection:
        return connection.ask(f"GET /{name}/x HTTP/1.1\r\nHost: a\r\n\r\n".encode())


def presented(response: Response) -> str | None:
    """The thumbprint that nginx saw."""
    assert response.status == 200, response
    found = response.get("x-thumbprint")
    return found.upper() if found else None


# --- what is presented -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("alpha", "alpha"),
        ("beta", "beta"),
        ("by-thumbprint", "gamma"),
        ("policy-wins", "beta"),
        ("policy-thumbprint", "alpha"),
        ("policy-id", "beta"),
        ("policy-body", "gamma"),
    ],
)
def test_the_right_certificate_arrives(server: GatewayProcess, world: World, name: str, whose: str) -> None:
    wanted: Issued = getattr(world, whose)
    answer = get(server, name)
    assert presented(answer) == wanted.thumbprint
    assert answer.get("x-dn") == f"CN={whose},O=Example,C=NL"
    assert int(answer.get("x-serial") or "", 16) == wanted.certificate.serial_number
    assert answer.get("x-verify") == "SUCCESS"


def test_the_whole_chain_is_sent(server: GatewayProcess, world: World) -> None:
    # nginx knows the root only, and alpha was issued by an intermediate.
    assert len(world.alpha.issuers) == 2
    assert get(server, "alpha").get("x-verify") == "SUCCESS"


def test_without_credentials_and_policy_nothing_is_presented(server: GatewayProcess) -> None:
    answer = get(server, "nobody")
    assert (answer.status, answer.get("x-site"), answer.get("x-verify")) == (400, "strict", "NONE")
    answer = get(server, "nobody-asked")
    assert (answer.status, answer.get("x-verify"), answer.get("x-thumbprint")) == (200, "NONE", None)


def test_an_expired_certificate_is_presented_all_the_same(server: GatewayProcess, world: World) -> None:
    answer = get(server, "late")
    assert answer.status == 400
    assert answer.get("x-site") == "asks"
    assert any("warning" in line and world.late.thumbprint in line for line in server.stderr_lines())


def test_the_host_of_the_url_is_sent_as_sni_unless_it_is_an_address(server: GatewayProcess) -> None:
    assert get(server, "nobody-asked").get("x-sni") == "localhost"
    assert get(server, "alpha").get("x-sni") is None


def test_connections_are_kept_but_never_shared_by_two_certificates(server: GatewayProcess) -> None:
    found: dict[str, set[str | None]] = {"alpha": set(), "beta": set()}
    owners: dict[str | None, set[str | None]] = {}
    lock = threading.Lock()

    def work(name: str) -> None:
        for _ in range(25):
            answer = get(server, name)
            with lock:
                found[name].add(answer.get("x-connection"))
                owners.setdefault(answer.get("x-connection"), set()).add(presented(answer))

    threads = [threading.Thread(target=work, args=(name,)) for name in ("alpha", "beta") * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(owners) < 100, "connections are not kept"
    assert all(len(thumbprints) == 1 for thumbprints in owners.values())
    assert not found["alpha"] & found["beta"]


def test_the_policy_mode_presents_nothing_unless_a_policy_says_so(
    gateway: GatewayFactory, world: World, ports: dict[str, int]
) -> None:
    server = gateway(configuration(world, ports, backendCertificates="policy"), files=files_of(world))
    for name in ("alpha", "beta", "by-thumbprint"):
        answer = get(server, name)
        assert (answer.status, answer.get("x-verify")) == (400, "NONE"), name
    assert presented(get(server, "policy-wins")) == world.beta.thumbprint
    assert presented(get(server, "policy-thumbprint")) == world.alpha.thumbprint
    assert get(server, "alpha").get("x-verify") == "NONE"
    warnings = [line for line in server.stderr_lines() if "backendCertificates is policy" in line]
    assert len(warnings) >= 3


# --- sessions ----------------------------------------------------------------------------------------


def reuse(server: GatewayProcess, name: str, count: int) -> list[tuple[str | None, str | None]]:
    """(connection, "r" where its session was resumed) of each of `count` requests."""
    answers = [get(server, name) for _ in range(count)]
    assert all(answer.status == 200 for answer in answers)
    return [(answer.get("x-connection"), answer.get("x-reused")) for answer in answers]


@pytest.mark.parametrize("site", ["kept12", "kept13"])
def test_a_new_connection_resumes_the_session_of_an_earlier_one(server: GatewayProcess, site: str) -> None:
    found = dict(reuse(server, site, 12))
    assert len(found) >= 6
    assert list(found.values()).count("r") >= len(found) - 1, found
    assert get(server, site).get("x-protocol") == ("TLSv1.2" if site == "kept12" else "TLSv1.3")


@pytest.mark.parametrize("site", ["strict12", "strict13"])
def test_a_connection_that_the_backend_closes_after_its_answer_leaves_its_session(
    server: GatewayProcess, site: str
) -> None:
    """A backend without keep-alive is where a resumed handshake saves the most."""
    found = dict(reuse(server, site, 8))
    assert len(found) == 8
    assert list(found.values()).count("r") >= 7, found


def test_sessions_outlive_a_reload(gateway: GatewayFactory, world: World, ports: dict[str, int]) -> None:
    sites = ("kept12", "kept13")
    parts = {
        "caCertificates": [{"id": "servers", "file": "servers.pem", "storeName": "Root"}],
        "certificates": CERTIFICATES[:1],
        "backends": [backend(site, ports[site], "alpha") for site in sites],
        "apis": [to_backend(site) for site in sites],
    }
    server = gateway(parts, files=files_of(world))
    for site in sites:
        # Two requests are what nginx allows a connection, so the next one needs a new connection.
        reuse(server, site, 2)
    before = len(server.stderr_lines())
    server.write({**parts, "namedValues": [{"id": "a", "value": "b"}]})
    server.reload()
    server.wait_for_line("reloaded", after=before)
    for site in sites:
        assert [reused for _, reused in reuse(server, site, 1)] == ["r"], site


# --- certificates that change ------------------------------------------------------------------------


def test_a_changed_pfx_is_presented_after_a_reload_and_no_request_fails(
    gateway: GatewayFactory, world: World, ports: dict[str, int]
) -> None:
    server = gateway(
        {
            "caCertificates": [{"id": "servers", "file": "servers.pem", "storeName": "Root"}],
            "certificates": CERTIFICATES[:1],
            "backends": [backend("alpha", ports["strict"], "alpha")],
            "apis": [to_backend("alpha")],
        },
        files=files_of(world),
    )
    renewed = world.clients.issue("alpha", usage="client")
    stop = threading.Event()
    seen: list[str | None] = []
    failures: list[Exception | AssertionError] = []

    def load() -> None:
        try:
            with RawConnection(server.url) as connection:
                while not stop.is_set():
                    seen.append(presented(connection.ask(b"GET /alpha/x HTTP/1.1\r\nHost: a\r\n\r\n")))
        except (Exception, AssertionError) as error:
            failures.append(error)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for certificate in (renewed, world.alpha, renewed):
            (server.folder / "alpha.pfx").write_bytes(certificate.pfx(PASSWORD))
            before = len(server.stderr_lines())
            server.reload()
            server.wait_for_line("reloaded", after=before)
            assert presented(get(server, "alpha")) == certificate.thumbprint
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert set(seen) == {world.alpha.thumbprint, renewed.thumbprint}


def test_a_pfx_that_became_unreadable_leaves_the_old_certificate_serving(
    gateway: GatewayFactory, world: World, ports: dict[str, int]
) -> None:
    server = gateway(
        {
            "caCertificates": [{"id": "servers", "file": "servers.pem", "storeName": "Root"}],
            "certificates": CERTIFICATES[:1],
            "backends": [backend("alpha", ports["strict"], "alpha")],
            "apis": [to_backend("alpha")],
        },
        files=files_of(world),
        may_complain=True,
    )
    (server.folder / "alpha.pfx").write_bytes(world.alpha.pfx("another-password"))
    before = len(server.stderr_lines())
    server.reload()
    server.wait_for_line("configuration not changed", after=before)
    lines = server.stderr_lines()[before:]
    assert any("certificate alpha" in line and "password" in line for line in lines), lines
    assert not any(PASSWORD in line or "another-password" in line for line in lines)
    assert presented(get(server, "alpha")) == world.alpha.thumbprint


def test_private_keys_are_never_written_to_a_disk(
    gateway: GatewayFactory, world: World, ports: dict[str, int], tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    before = temporary.stat().st_mtime_ns
    server = gateway(
        {
            "caCertificates": [{"id": "servers", "file": "servers.pem", "storeName": "Root"}],
            "certificates": CERTIFICATES,
            "backends": [backend("alpha", ports["strict"], "alpha")],
            "apis": [to_backend("alpha")],
        },
        files=files_of(world),
        environ={"TMPDIR": str(temporary)},
    )
    assert presented(get(server, "alpha")) == world.alpha.thumbprint
    (server.folder / "alpha.pfx").write_bytes(world.beta.pfx(PASSWORD))
    lines = len(server.stderr_lines())
    server.reload()
    server.wait_for_line("reloaded", after=lines)
    assert presented(get(server, "alpha")) == world.beta.thumbprint
    # A file that came and went would have changed the folder's time.
    assert temporary.stat().st_mtime_ns == before
    known = {*files_of(world), "gateway.yaml"}
    for path in server.folder.rglob("*"):
        if path.is_file() and path.name not in known:
            assert b"PRIVATE KEY" not in path.read_bytes(), path
