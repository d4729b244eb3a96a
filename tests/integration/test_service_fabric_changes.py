"""Service Fabric backends over time: replicas that move or fail, breakers, and new configurations.

The cluster tells nobody that a replica has moved; sf-resolve-condition is what makes the gateway ask again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import GatewayFactory
from tests.harness import (
    EchoBackend,
    GatewayProcess,
    RawConnection,
    ScriptedBackend,
    Session,
    ask,
    wait_until,
)
from tests.harness.cluster import StubCluster, stateless
from tests.harness.secure import SecureBackend
from tests.integration.fabric_support import (
    CLIENTS,
    CLUSTER,
    CLUSTER_CA,
    FILES,
    arrived,
    configuration,
    fabric,
    get,
    log_line,
    post,
    to_fabric,
)

SERVICE = "fabric:/shop/orders"
ALWAYS = 'sf-resolve-condition="true"'
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
Start = Callable[..., ScriptedBackend]


@pytest.fixture
def cluster() -> Iterator[StubCluster]:
    with StubCluster(CLUSTER, CLIENTS) as found:
        yield found
        assert found.violations == []


@pytest.fixture(scope="module")
def process(module_gateway: GatewayFactory) -> GatewayProcess:
    return module_gateway(configuration(), files=FILES)


def serve(
    process: GatewayProcess,
    cluster: StubCluster,
    attributes: str = "",
    forward: str = "",
    *,
    more: dict[str, object] | None = None,
    **members: object,
) -> GatewayProcess:
    """Give the module's gateway one fabric backend, and the API `orders` that calls it."""
    part = (
        fabric("orders", cluster, more=more, **members),
        [to_fabric("orders", "orders", attributes, forward)],
    )
    return process.reconfigure(configuration(part))


def versions(cluster: StubCluster) -> list[str | None]:
    """What the cluster was told with each question."""
    return [asked.previous_version for asked in cluster.asked]


def refuse(session: Session) -> None:
    """A replica that takes requests and answers none."""
    session.request()
    session.reset()


# ---------------------------------------------------------------- sf-resolve-condition


@pytest.mark.parametrize("most", [0, 1, 3])
@pytest.mark.parametrize("answer", [OK, BUSY], ids=["good", "bad"])
def test_while_the_condition_holds_it_is_resolved_and_sent_again_up_to_the_retries(
    process: GatewayProcess, cluster: StubCluster, scripted: Start, most: int, answer: bytes
) -> None:
    replica = scripted(answer)
    cluster.publish(SERVICE, stateless(replica.url), version="v1")
    gateway = serve(process, cluster, ALWAYS, maxPartitionResolutionRetries=most)
    assert get(gateway, "orders").status == int(answer[9:12])
    assert len(replica.requests) == 1 + most
    assert versions(cluster) == [None] + ["v1"] * most


def test_each_request_has_retries_of_its_own(
    process: GatewayProcess, cluster: StubCluster, scripted: Start
) -> None:
    replica = scripted(OK)
    cluster.publish(SERVICE, stateless(replica.url))
    gateway = serve(process, cluster, ALWAYS, maxPartitionResolutionRetries=2)
    with RawConnection(gateway.address) as caller:
        for _ in range(3):
            assert caller.ask(b"GET /orders HTTP/1.1\r\nHost: gateway\r\n\r\n").status == 200
    assert len(replica.requests) == 9


@pytest.mark.parametrize("attributes", ["", 'sf-resolve-condition="false"'])
def test_without_the_condition_nothing_is_resolved_again(
    process: GatewayProcess, cluster: StubCluster, scripted: Start, echo: EchoBackend, attributes: str
) -> None:
    replica = scripted(refuse)
    cluster.publish(SERVICE, stateless(replica.url))
    gateway = serve(process, cluster, attributes)
    assert get(gateway, "orders").status == 500
    cluster.publish(SERVICE, stateless(echo.url), version="v2")
    assert get(gateway, "orders").status == 500
    assert versions(cluster) == [None]


@pytest.mark.parametrize("death", ["refuses", "answers-nothing", "hangs-up-at-once"])
def test_a_replica_that_has_moved_is_found_again(
    process: GatewayProcess, cluster: StubCluster, scripted: Start, echo: EchoBackend, death: str
) -> None:
    script = {"refuses": OK, "answers-nothing": refuse, "hangs-up-at-once": Session.close}[death]
    former = scripted(script)
    cluster.publish(SERVICE, stateless(f"{former.url}/former"), version="v1")
    gateway = serve(process, cluster, ALWAYS, maxPartitionResolutionRetries=1)
    assert get(gateway, "orders/first").status == (200 if death == "refuses" else 500)
    former.stop_listening()
    for session in former.sessions:
        session.close()
    # The cluster knows nothing newer yet.
    assert "127.0.0.1" in log_line(gateway, get(gateway, "orders/while-away"))
    cluster.publish(SERVICE, stateless(f"{echo.url}/latter"), version="v2")
    assert arrived(get(gateway, "orders/items"))["target"] == "/latter/items"
    assert set(versions(cluster)) == {None, "v1"}


@pytest.mark.parametrize(
    ("condition", "most", "asked"),
    [
        ("@(context.Response.StatusCode == 410)", 5, 3),
        ("@(context.Response.StatusCode == 410)", 1, 2),
        ("@(context.Response.StatusCode == 503)", 5, 1),
        ("@(context.LastError != null)", 5, 1),
        ("""@(context.Response.Headers.GetValueOrDefault("X-Moved", "") == "yes")""", 5, 2),
        ("""@(context.Request.Headers.GetValueOrDefault("X-Again", "no") == "no")""", 2, 3),
    ],
)
def test_a_computed_condition_is_evaluated_after_each_attempt(
    process: GatewayProcess, cluster: StubCluster, scripted: Start, condition: str, most: int, asked: int
) -> None:
    gone = b"HTTP/1.1 410 Gone\r\n%bContent-Length: 0\r\n\r\n"
    replica = scripted([gone % b"X-Moved: yes\r\n", gone % b"", OK])
    cluster.publish(SERVICE, stateless(replica.url), version="v1")
    gateway = serve(
        process, cluster, f"sf-resolve-condition='{condition}'", maxPartitionResolutionRetries=most
    )
    assert get(gateway, "orders").status == (200 if asked == 3 else 410)
    assert len(replica.requests) == asked
    assert versions(cluster) == [None] + ["v1"] * (asked - 1)


def test_a_computed_condition_knows_a_failure_and_finds_a_replica_that_has_moved(
    process: GatewayProcess, cluster: StubCluster, scripted: Start, echo: EchoBackend
) -> None:
    former = scripted(BUSY)
    cluster.publish(SERVICE, stateless(former.url), version="v1")
    condition = """@(context.LastError?.Reason == "BackendConnectionFailure" && context.Response == null)"""
    gateway = serve(process, cluster, f"sf-resolve-condition='{condition}'", maxPartitionResolutionRetries=1)
    # An answer, whatever it says, is no failure of the connection.
    assert get(gateway, "orders").status == 503
    assert versions(cluster) == [None]
    former.close()
    cluster.publish(SERVICE, stateless(echo.url), version="v2")
    assert arrived(get(gateway, "orders/items"))["target"] == "/items"
    assert versions(cluster) == [None, "v1"]


def test_a_computed_condition_may_read_the_body_of_the_request(
    process: GatewayProcess, cluster: StubCluster, scripted: Start
) -> None:
    replica = scripted(OK)
    cluster.publish(SERVICE, stateless(replica.url))
    condition = """@(context.Request.Body.As<string>(true) == "again")"""
    gateway = serve(process, cluster, f"sf-resolve-condition='{condition}'", maxPartitionResolutionRetries=1)
    for body in (b"again", b"once!"):
        request = b"POST /orders HTTP/1.1\r\nHost: gateway\r\nContent-Length: 5\r\n\r\n"
        assert ask(gateway.url, request + body).status == 200
    assert [one.body for one in replica.requests] == [b"again", b"again", b"once!"]


def test_a_condition_that_cannot_be_evaluated_fails_the_request(
    process: GatewayProcess, cluster: StubCluster, scripted: Start
) -> None:
    replica = scripted(OK)
    cluster.publish(SERVICE, stateless(replica.url))
    gateway = serve(process, cluster, "sf-resolve-condition='@(((string) null).Length == 1)'")
    answer = get(gateway, "orders")
    assert answer.status == 500
    assert "ExpressionValueEvaluationFailure" in log_line(gateway, answer)
    assert len(replica.requests) == 1


def test_a_failed_resolution_is_an_attempt_too(
    process: GatewayProcess, cluster: StubCluster, echo: EchoBackend
) -> None:
    cluster.publish(SERVICE, stateless(echo.url))
    cluster.fail(500)
    gateway = serve(process, cluster, ALWAYS, maxPartitionResolutionRetries=3)
    answer = get(gateway, "orders")
    assert answer.status == 500
    assert "status 500" in log_line(gateway, answer)
    assert len(cluster.asked) == 4
    assert echo.requests == []


def test_a_repeated_call_is_logged_without_an_address_where_none_was_found(
    process: GatewayProcess, cluster: StubCluster
) -> None:
    cluster.fail(500)
    gateway = serve(process, cluster, ALWAYS, maxPartitionResolutionRetries=1)
    asked: list[str] = []
    lines: list[str] = []

    def repeated() -> bool:
        # The log has room for so many lines of an event a second, and other tests use the same gateway.
        asked.append(json.loads(get(gateway, "orders").body)["activityId"])
        lines.extend(
            line
            for line in gateway.stderr_lines()
            if "backend call repeated" in line and any(activity in line for activity in asked)
        )
        return bool(lines)

    wait_until(repeated)
    assert "backend=orders" in lines[0]
    assert "https://:0" not in lines[0]


def test_the_cluster_is_asked_again_until_it_has_answered(
    process: GatewayProcess, cluster: StubCluster, scripted: Start
) -> None:
    """A replica that proved wrong is not called again because the cluster cannot say where it is now."""

    def script(session: Session) -> None:
        session.request()
        cluster.fail(503)
        session.reset()

    replica = scripted(script)
    cluster.publish(SERVICE, stateless(replica.url), version="v1")
    gateway = serve(process, cluster, ALWAYS, maxPartitionResolutionRetries=4)
    assert get(gateway, "orders").status == 500
    assert versions(cluster) == [None, "v1", "v1", "v1", "v1"]
    assert len(replica.requests) == 1


# ---------------------------------------------------------------- bodies that are sent again


def swallow_then_echo(session: Session) -> None:
    """Takes a whole request and leaves; every later connection is served as by an echo."""
    if session.number == 0:
        refuse(session)
    else:
        EchoBackend._echo(session)


@pytest.mark.parametrize("size", [0, 1, 3000, 60_000])
def test_a_small_body_is_sent_again_whole(
    process: GatewayProcess, cluster: StubCluster, scripted: Start, size: int
) -> None:
    replica = scripted(swallow_then_echo)
    cluster.publish(SERVICE, stateless(replica.url))
    gateway = serve(process, cluster, ALWAYS, maxPartitionResolutionRetries=1)
    body = b"x" * size
    assert arrived(post(gateway, "orders", body))["bodyLength"] == size
    assert [request.body for request in replica.requests] == [body, body]


@pytest.mark.parametrize(
    ("forward", "status", "requests"), [('buffer-request-body="true"', 200, 2), ("", 500, 1)]
)
def test_a_large_body_is_sent_again_only_where_it_is_buffered(
    process: GatewayProcess,
    cluster: StubCluster,
    scripted: Start,
    forward: str,
    status: int,
    requests: int,
) -> None:
    replica = scripted(swallow_then_echo)
    cluster.publish(SERVICE, stateless(replica.url))
    gateway = serve(process, cluster, ALWAYS, forward, maxPartitionResolutionRetries=1)
    body = b"y" * 1_000_000
    assert post(gateway, "orders", body).status == status
    assert [request.body == body for request in replica.requests] == [True] * requests
    assert len(cluster.asked) == requests


def test_a_chunked_body_is_sent_again(process: GatewayProcess, cluster: StubCluster, scripted: Start) -> None:
    replica = scripted(swallow_then_echo)
    cluster.publish(SERVICE, stateless(replica.url))
    gateway = serve(process, cluster, ALWAYS, maxPartitionResolutionRetries=1)
    with RawConnection(gateway.address) as caller:
        caller.send(
            b"POST /orders HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
        )
        replica.session(0).wait_for(b"abc")
        caller.send(b"3\r\ndef\r\n0\r\n\r\n")
        assert json.loads(caller.read_response().body)["body"] == "abcdef"
    assert [request.body for request in replica.requests] == [b"abcdef"] * 2


def test_a_body_waits_for_the_resolution_and_arrives_whole(
    process: GatewayProcess, cluster: StubCluster, echo: EchoBackend
) -> None:
    cluster.publish(SERVICE, stateless(echo.url))
    cluster.hold()
    gateway = serve(process, cluster)
    body = bytes(range(256)) * 16_000
    with RawConnection(gateway.address) as caller, ThreadPoolExecutor(1) as thread:
        caller.send(b"POST /orders HTTP/1.1\r\nHost: gateway\r\nContent-Length: %d\r\n\r\n" % len(body))
        # In a thread: the gateway takes only some of it before it knows where to.
        sent = thread.submit(caller.send, body)
        cluster.wait_for_questions(1)
        cluster.release()
        sent.result()
        said = arrived(caller.read_response())
    assert (said["bodyLength"], said["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())


def test_an_answer_that_comes_before_the_whole_body_ends_the_attempt_only(
    process: GatewayProcess, cluster: StubCluster, scripted: Start
) -> None:
    def script(session: Session) -> None:
        if session.number == 0:
            session.wait_for(b"abc")
            session.send(BUSY)
        else:
            EchoBackend._echo(session)

    replica = scripted(script)
    cluster.publish(SERVICE, stateless(replica.url))
    gateway = serve(process, cluster, ALWAYS, maxPartitionResolutionRetries=1)
    with RawConnection(gateway.address) as caller:
        caller.send(b"POST /orders HTTP/1.1\r\nHost: gateway\r\nContent-Length: 6\r\n\r\nabc")
        replica.session(1).wait_for(b"abc")
        caller.send(b"def")
        assert json.loads(caller.read_response().body)["body"] == "abcdef"


def test_only_the_last_answer_is_passed_on(
    process: GatewayProcess, cluster: StubCluster, scripted: Start
) -> None:
    def script(session: Session) -> None:
        session.request()
        body = f"{session.number}".encode() * 500_000
        session.answer(body, f"HTTP/1.1 200 OK\r\nx-attempt: {session.number}")

    replica = scripted(script)
    cluster.publish(SERVICE, stateless(replica.url))
    gateway = serve(process, cluster, ALWAYS, maxPartitionResolutionRetries=2)
    answer = get(gateway, "orders")
    assert (answer.all("x-attempt"), answer.body) == (["2"], b"2" * 500_000)


# ---------------------------------------------------------------- circuit breakers


BREAKER = {
    "circuitBreaker": {
        "rules": [{"failureCondition": {"count": 3, "interval": "PT1M"}, "tripDuration": "PT0.5S"}]
    }
}


def test_failures_of_replicas_trip_the_breaker_which_recovers(
    process: GatewayProcess, cluster: StubCluster, scripted: Start
) -> None:
    replica = scripted([BUSY, BUSY, BUSY, OK])
    cluster.publish(SERVICE, stateless(replica.url))
    gateway = serve(process, cluster, more=BREAKER)
    assert [get(gateway, "orders").status for _ in range(3)] == [503] * 3
    refused = get(gateway, "orders")
    assert (refused.status, refused.get("retry-after")) == (503, "1")
    assert len(replica.requests) == 3
    gateway.wait_for_line("circuit breaker opened")
    wait_until(lambda: get(gateway, "orders").status == 200, what="the recovery")
    # No attempt was made but for the trial.
    assert len(replica.requests) == 4
    assert len(cluster.asked) == 1


def test_failed_resolutions_trip_the_breaker_which_recovers(
    process: GatewayProcess, cluster: StubCluster, echo: EchoBackend
) -> None:
    cluster.publish(SERVICE, stateless(echo.url))
    cluster.fail(500)
    gateway = serve(process, cluster, more=BREAKER)
    assert [get(gateway, "orders").status for _ in range(3)] == [500] * 3
    assert len(cluster.asked) == 3
    assert get(gateway, "orders").status == 503
    cluster.recover()
    wait_until(lambda: get(gateway, "orders").status == 200, what="the recovery")
    assert len(cluster.asked) == 4


def test_a_resolution_that_takes_too_long_counts_as_a_timeout(
    process: GatewayProcess, cluster: StubCluster, echo: EchoBackend
) -> None:
    cluster.publish(SERVICE, stateless(echo.url))
    cluster.hold()
    condition = {"consecutiveCount": 1, "errorReasons": ["Timeout"]}
    rules = [{"failureCondition": condition, "tripDuration": "PT1M"}]
    gateway = serve(process, cluster, forward='timeout-ms="100"', more={"circuitBreaker": {"rules": rules}})
    assert get(gateway, "orders").status == 500
    assert get(gateway, "orders").status == 503
    cluster.release()


def test_a_breaker_ends_the_attempts_of_a_condition(
    process: GatewayProcess, cluster: StubCluster, scripted: Start
) -> None:
    replica = scripted(BUSY)
    cluster.publish(SERVICE, stateless(replica.url))
    gateway = serve(process, cluster, ALWAYS, maxPartitionResolutionRetries=10, more=BREAKER)
    assert get(gateway, "orders").status == 503
    assert len(replica.requests) == 3


# ---------------------------------------------------------------- new configurations


def test_a_reload_keeps_the_answers_of_a_cluster_that_is_asked_in_the_same_way(
    process: GatewayProcess, cluster: StubCluster, echo: EchoBackend
) -> None:
    cluster.publish(SERVICE, stateless(echo.url))
    gateway = serve(process, cluster)
    assert get(gateway, "orders").status == 200
    serve(process, cluster, more={"title": "Renamed", "limits": {"connections": 7}})
    assert get(gateway, "orders").status == 200
    assert len(cluster.asked) == 1


@pytest.mark.parametrize(
    "members",
    [
        {"clientCertificateId": "other"},
        {
            "serverCertificateThumbprints": None,
            "serverX509Names": [{"name": "cluster", "issuerCertificateThumbprint": CLUSTER_CA.thumbprint}],
        },
    ],
    ids=["client-certificate", "pins"],
)
def test_a_reload_forgets_the_answers_where_trust_has_changed(
    process: GatewayProcess, cluster: StubCluster, echo: EchoBackend, members: dict[str, object]
) -> None:
    cluster.publish(SERVICE, stateless(echo.url))
    gateway = serve(process, cluster)
    assert get(gateway, "orders").status == 200
    serve(process, cluster, **members)
    assert get(gateway, "orders").status == 200
    assert [asked.client for asked in cluster.asked] == [
        "gateway",
        "other" if "clientCertificateId" in members else "gateway",
    ]


def test_a_request_that_waits_over_a_reload_is_answered(
    process: GatewayProcess, cluster: StubCluster, echo: EchoBackend
) -> None:
    cluster.publish(SERVICE, stateless(f"{echo.url}/kept"))
    cluster.hold()
    gateway = serve(process, cluster)
    with RawConnection(gateway.address) as caller:
        caller.send(b"GET /orders/1 HTTP/1.1\r\nHost: gateway\r\n\r\n")
        cluster.wait_for_questions(1)
        process.reconfigure(configuration())
        cluster.release()
        assert arrived(caller.read_response())["target"] == "/kept/1"


def test_a_reload_changes_the_pins_of_replicas(process: GatewayProcess, cluster: StubCluster) -> None:
    shown = CLUSTER_CA.issue("replica", "127.0.0.1")
    with SecureBackend(shown) as replica:
        cluster.publish(SERVICE, stateless(replica.url))
        for pin, status in ((shown.thumbprint, 200), ("AB" * 20, 500), (shown.thumbprint, 200)):
            gateway = serve(process, cluster, more={"tls": {"serverCertificateThumbprints": [pin]}})
            assert get(gateway, "orders").status == status
        assert len(replica.targets) == 2
    assert len(cluster.asked) == 1
