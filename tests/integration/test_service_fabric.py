"""Service Fabric backends through the running gateway: where requests arrive, whom the gateway trusts.

A stub cluster answers over HTTPS and demands the client certificate; two workers serve.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import GatewayFactory
from tests.harness import EchoBackend, GatewayProcess, RawConnection, wait_until
from tests.harness.cluster import Replica, StubCluster, stateful, stateless
from tests.harness.secure import SecureBackend
from tests.integration.fabric_support import (
    CLIENTS,
    CLUSTER,
    CLUSTER_CA,
    FILES,
    GATEWAY,
    OTHER,
    arrived,
    asked_for,
    configuration,
    fabric,
    get,
    log_line,
    to_fabric,
)
from tests.pki import make_ca

# The tests of this file share a gateway: each uses services of its own, whose answers are not kept yet.
WRONG = "AB" * 20
REPLICA_CA = make_ca("Replica Root")
REPLICA = REPLICA_CA.issue("replica", "127.0.0.1")


@pytest.fixture(scope="module")
def cluster() -> Iterator[StubCluster]:
    with StubCluster(CLUSTER, CLIENTS) as found:
        yield found
        assert found.violations == []


@pytest.fixture(scope="module")
def replica() -> Iterator[EchoBackend]:
    with EchoBackend() as found:
        yield found
        assert found.violations == []


@pytest.fixture(scope="module")
def secure() -> Iterator[SecureBackend]:
    """A replica that speaks https and demands a certificate of its own authority."""
    with SecureBackend(REPLICA, CLIENTS) as found:
        yield found


@pytest.fixture(scope="module")
def nobody() -> Iterator[str]:
    """A URL on a port that is taken, but where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"https://127.0.0.1:{taken.getsockname()[1]}"


NAMED = 'sf-service-instance-name="fabric:/{}"'
# API: the sf- attributes of its policy.
CALLS = {
    "int64": 'sf-service-instance-name="fabric:/calls/int64" sf-partition-key="-42"',
    "named": 'sf-service-instance-name="fabric:/calls/named" sf-partition-key="north &amp; south"',
    "nokey": 'sf-service-instance-name="fabric:/calls/nokey"',
    "missing": 'sf-service-instance-name="fabric:/calls/int64" sf-partition-key="7000"',
    "primary": 'sf-service-instance-name="fabric:/calls/stateful" sf-replica-type="primary"',
    "secondary": 'sf-service-instance-name="fabric:/calls/stateful" sf-replica-type="secondary"',
    "default": 'sf-service-instance-name="fabric:/calls/stateful"',
    "listener": 'sf-service-instance-name="fabric:/calls/stateful" sf-listener-name="admin"',
    "nolistener": 'sf-service-instance-name="fabric:/calls/stateful" sf-listener-name="nothing"',
    "cached": NAMED.format("calls/cached"),
    "secure": NAMED.format("calls/secure"),
    "hanging": NAMED.format("calls/hanging"),
    "leaving": NAMED.format("calls/leaving"),
}
# Backend: members of serviceFabricCluster, whom the cluster saw, and the words of the log line where that is
# nobody.
TRUST = {
    "by-thumbprint": (
        {"clientCertificateId": None, "clientCertificatethumbprint": OTHER.thumbprint.lower()},
        "other",
        None,
    ),
    "id-wins": ({"clientCertificatethumbprint": OTHER.thumbprint}, "gateway", None),
    "id-is-a-thumbprint": ({"clientCertificateId": OTHER.thumbprint}, "other", None),
    "name-and-issuer": (
        {
            "serverCertificateThumbprints": None,
            "serverX509Names": [{"name": "cluster", "issuerCertificateThumbprint": CLUSTER_CA.thumbprint}],
        },
        "gateway",
        None,
    ),
    "wrong-thumbprint": (
        {"serverCertificateThumbprints": [WRONG]},
        None,
        ("pins", WRONG, CLUSTER.thumbprint),
    ),
    "wrong-issuer": (
        {
            "serverCertificateThumbprints": None,
            "serverX509Names": [{"name": "cluster", "issuerCertificateThumbprint": WRONG}],
        },
        None,
        ("issuer", WRONG),
    ),
    "no-pins": (
        {"serverCertificateThumbprints": None},
        None,
        ("check of the chain", "caCertificates", "or pin the certificate with serverCertificateThumbprints"),
    ),
    "no-client-certificate": ({"clientCertificateId": None}, None, ("certificate", "clientCertificateId")),
    "stranger": ({"clientCertificateId": "stranger"}, None, ("certificate", "CN=stranger")),
}


@pytest.fixture(scope="module")
def gateway(
    module_gateway: GatewayFactory, cluster: StubCluster, secure: SecureBackend, nobody: str
) -> GatewayProcess:
    replica_tls = {
        "credentials": {"certificateIds": ["other"], "header": {"x-from": ["the backend"]}},
        "tls": {"serverCertificateThumbprints": [REPLICA.thumbprint]},
    }
    return module_gateway(
        configuration(
            (fabric("orders", cluster), [to_fabric("orders", "orders")]),
            (
                fabric("calls", cluster, url="http://placeholder.example.test/not/called", more=replica_tls),
                [
                    *(to_fabric(name, "calls", attributes) for name, attributes in CALLS.items()),
                    to_fabric("nameless", "calls"),
                    to_fabric("timed", "calls", NAMED.format("calls/hanging"), 'timeout-ms="300"'),
                    *(to_fabric(f"many{n}", "calls", NAMED.format(f"calls/many{n}")) for n in range(20)),
                ],
            ),
            (
                fabric("dead-first", nobody, cluster),
                [to_fabric("dead-first", "dead-first", NAMED.format("endpoints/dead-first"))],
            ),
            (
                fabric("all-dead", nobody, nobody + "/more"),
                [to_fabric("all-dead", "all-dead", NAMED.format("endpoints/all-dead"))],
            ),
            *(
                (fabric(name, cluster, **members), [to_fabric(name, name, NAMED.format(f"trust/{name}"))])
                for name, (members, _, _) in TRUST.items()
            ),
            workers=2,
        ),
        files=FILES,
    )


# ---------------------------------------------------------------- where requests arrive


def test_a_request_arrives_below_the_address_of_its_replica(
    gateway: GatewayProcess, cluster: StubCluster, replica: EchoBackend
) -> None:
    cluster.publish("fabric:/shop/orders", stateless(f"{replica.url}/partition/instance/"))
    said = arrived(get(gateway, "orders/items/7?full=1"))
    assert said["target"] == "/partition/instance/items/7?full=1"
    assert ["Host", f"127.0.0.1:{replica.port}"] in said["headers"]
    asked = asked_for(cluster, "fabric:/shop/orders")[0]
    assert (asked.key_type, asked.key, asked.previous_version, asked.client) == ("1", None, None, "gateway")


@pytest.mark.parametrize(
    ("name", "key", "type"),
    [("int64", "-42", "2"), ("named", "north & south", "3"), ("nokey", None, "1")],
)
def test_the_partition_key_says_which_replica_it_is(
    gateway: GatewayProcess, cluster: StubCluster, replica: EchoBackend, name: str, key: str | None, type: str
) -> None:
    service = f"fabric:/calls/{name}"
    cluster.publish(service, stateless("http://192.0.2.1/not-this-one"), key=(0, 100))
    held = (-100, -1) if type == "2" else key
    cluster.publish(service, stateless(f"{replica.url}/{name}"), key=held)
    assert arrived(get(gateway, f"{name}/x"))["target"] == f"/{name}/x"
    assert {(asked.key_type, asked.key) for asked in asked_for(cluster, service)} == {(type, key)}


def test_a_partition_that_does_not_exist_is_a_failure_that_says_so(
    gateway: GatewayProcess, cluster: StubCluster
) -> None:
    cluster.publish("fabric:/calls/int64", stateless("http://192.0.2.1"), key=(0, 100))
    answer = get(gateway, "missing")
    assert answer.status == 500
    line = log_line(gateway, answer)
    assert "BackendConnectionFailure" in line
    assert "FABRIC_E_INVALID_PARTITION_KEY" in line


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("primary", "/primary"),
        ("secondary", "/secondary"),
        ("default", "/primary"),
        ("listener", "/admin"),
    ],
)
def test_replica_type_and_listener_are_those_of_the_policy(
    gateway: GatewayProcess, cluster: StubCluster, replica: EchoBackend, name: str, path: str
) -> None:
    publish_stateful(cluster, replica)
    assert arrived(get(gateway, name))["target"] == path


def publish_stateful(cluster: StubCluster, replica: EchoBackend) -> None:
    primary = {"": f"{replica.url}/primary", "admin": f"{replica.url}/admin"}
    secondary = Replica("StatefulSecondary", {"": f"{replica.url}/secondary"})
    cluster.publish("fabric:/calls/stateful", (secondary, Replica("StatefulPrimary", primary)))


def test_a_listener_that_no_replica_has_is_a_failure_that_says_so(
    gateway: GatewayProcess, cluster: StubCluster, replica: EchoBackend
) -> None:
    publish_stateful(cluster, replica)
    answer = get(gateway, "nolistener")
    assert answer.status == 500
    assert "sf-listener-name" in log_line(gateway, answer)


def test_a_placeholder_needs_a_policy_that_names_the_service(gateway: GatewayProcess) -> None:
    answer = get(gateway, "nameless")
    assert answer.status == 500
    assert "sf-service-instance-name" in log_line(gateway, answer)


def test_a_replica_gets_the_backends_certificate_and_credentials_and_is_pinned(
    gateway: GatewayProcess, cluster: StubCluster, secure: SecureBackend
) -> None:
    cluster.publish("fabric:/calls/secure", stateful(f"{secure.url}/safe"))
    said = arrived(get(gateway, "secure/items"))
    assert (said["target"], said["client"]) == ("/safe/items", "other")
    assert asked_for(cluster, "fabric:/calls/secure")[0].client == "gateway"


def test_a_replica_that_its_pins_do_not_know_gets_no_request(
    gateway: GatewayProcess, cluster: StubCluster
) -> None:
    service = "fabric:/calls/many0"
    with SecureBackend(REPLICA_CA.issue("replica", "127.0.0.1"), CLIENTS) as impostor:
        cluster.publish(service, stateless(impostor.url))
        answer = get(gateway, "many0")
    assert answer.status == 500
    assert "pins" in log_line(gateway, answer)
    assert impostor.targets == []


# ---------------------------------------------------------------- the cluster


def test_the_cluster_is_asked_once_by_each_worker(
    gateway: GatewayProcess, cluster: StubCluster, replica: EchoBackend
) -> None:
    service = "fabric:/calls/cached"
    cluster.publish(service, stateless(replica.url))
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: get(gateway, "cached").status, range(200)))
    assert set(answers) == {200}
    assert 1 <= len(asked_for(cluster, service)) <= 2


def test_the_next_management_endpoint_is_asked_where_one_is_dead(
    gateway: GatewayProcess, cluster: StubCluster, replica: EchoBackend
) -> None:
    cluster.publish("fabric:/endpoints/dead-first", stateless(f"{replica.url}/found"))
    assert arrived(get(gateway, "dead-first"))["target"] == "/found"


def test_where_no_management_endpoint_answers_each_is_named(gateway: GatewayProcess, nobody: str) -> None:
    answer = get(gateway, "all-dead")
    assert answer.status == 500
    line = log_line(gateway, answer)
    assert "BackendConnectionFailure" in line
    assert line.count(nobody) == 2
    assert "/more" not in line


@pytest.mark.parametrize("name", TRUST)
def test_gateway_and_cluster_know_each_other_by_their_certificates(
    gateway: GatewayProcess, cluster: StubCluster, replica: EchoBackend, name: str
) -> None:
    _, client, words = TRUST[name]
    service = f"fabric:/trust/{name}"
    cluster.publish(service, stateless(replica.url))
    answer = get(gateway, name)
    if words is None:
        assert answer.status == 200
        assert {asked.client for asked in asked_for(cluster, service)} == {client}
        return
    assert answer.status == 500
    assert asked_for(cluster, service) == []
    line = log_line(gateway, answer)
    assert "BackendConnectionFailure" in line
    assert f"backend={name}" in line
    for word in (cluster.url, *words):
        assert word in line, line
    assert GATEWAY.key_pem().splitlines()[1].decode() not in line


# ---------------------------------------------------------------- a cluster that hangs


@pytest.fixture
def hanging(cluster: StubCluster) -> Iterator[StubCluster]:
    cluster.hold()
    yield cluster
    cluster.release()


def test_the_timeout_of_the_call_holds_for_the_resolution(
    gateway: GatewayProcess, hanging: StubCluster
) -> None:
    answer = get(gateway, "timed")
    assert answer.status == 500
    line = log_line(gateway, answer)
    assert "reason=Timeout" in line
    assert "backend=calls" in line


def test_callers_that_leave_free_everything(
    gateway: GatewayProcess, hanging: StubCluster, replica: EchoBackend
) -> None:
    workers = gateway.worker_pids()
    idle = [gateway.open_files(pid) for pid in workers]
    for name in ["leaving", *(f"many{n}" for n in range(1, 20))]:
        hanging.publish(f"fabric:/calls/{name}", stateless(replica.url))
    callers = [RawConnection(gateway.address) for _ in range(60)]
    for at, caller in enumerate(callers):
        path = "leaving" if at % 3 else f"many{at % 19 + 1}"
        caller.send(f"GET /{path} HTTP/1.1\r\nHost: gateway\r\n\r\n".encode())
    wait_until(lambda: len(asked_for(hanging, "fabric:/calls/leaving")) >= 1, what="a question")
    # Each worker has 16 connections to the cluster at the most.
    assert hanging.most <= 32
    for caller in callers:
        caller.close()
    # What is shared goes on; what was theirs alone is gone before there is an answer.
    wait_until(
        lambda: sum(map(gateway.open_files, workers)) <= sum(idle) + hanging.unanswered,
        what="the end of the callers' connections",
    )
    hanging.release()
    wait_until(
        lambda: all(gateway.open_files(pid) <= floor for pid, floor in zip(workers, idle, strict=True)),
        what="the floor of open files",
    )
    assert arrived(get(gateway, "leaving"))["target"] == "/"


def test_the_gateway_stops_while_its_cluster_hangs(
    gateway: GatewayProcess, hanging: StubCluster, replica: EchoBackend
) -> None:
    """A pending resolution neither delays the end nor complains; the fixture looks at exit code and log."""
    hanging.publish("fabric:/calls/hanging", stateless(replica.url))
    before = len(hanging.asked)
    with RawConnection(gateway.address) as caller:
        caller.send(b"GET /hanging HTTP/1.1\r\nHost: gateway\r\n\r\n")
        hanging.wait_for_questions(before + 1)
    gateway.stop()
    assert not gateway.running
    assert gateway.complaints() == []
