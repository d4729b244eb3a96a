"""What concerns one member, or a caller alone, does not reach the other members of a backend."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import EchoBackend, RawConnection, SteeredBackend, wait_until
from tests.harness.cluster import StubCluster, stateless
from tests.integration import fabric_support
from tests.integration.resilience import GET, OPENED, ask, configuration, lines, pool, rule, single

ON_5XX = {"count": 3, "statusCodeRanges": [{"min": 500, "max": 599}]}


@pytest.fixture
def three() -> Iterator[list[SteeredBackend]]:
    with SteeredBackend("a") as a, SteeredBackend("b") as b, SteeredBackend("c") as c:
        yield [a, b, c]


def in_order(*members: dict[str, Any], **options: Any) -> dict[str, Any]:
    """A pool that tries its members one after the other."""
    services = [{"id": member["id"], "priority": turn} for turn, member in enumerate(members, 1)]
    return configuration(*members, pool("all", *services, more={"retry": ON_5XX}), workers=1, **options)


def test_the_host_of_one_member_is_not_that_of_the_next(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a, b, c = three
    a.status = b.status = 503
    server = gateway(
        in_order(
            single("a", a, credentials={"header": {"Host": ["a.internal"]}}),
            single("b", b, credentials={"header": {"x-key": ["secret-of-b"]}}),
            single("c", c),
        )
    )
    assert ask(server).status == 200
    assert b"Host: a.internal\r\n" in a.heads[0]
    assert f"Host: 127.0.0.1:{b.port}\r\n".encode() in b.heads[0]
    assert f"Host: 127.0.0.1:{c.port}\r\n".encode() in c.heads[0]
    assert b"secret-of-b" not in c.heads[0]


def test_a_caller_that_sends_its_body_slowly_is_no_failure_of_the_backend(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    [a, *_] = three
    given = rule(count=1, errorReasons=["Timeout"])
    server = gateway(configuration(single("a", a, given), workers=1, forward='timeout-ms="200"'))
    with RawConnection(server.url) as connection:
        connection.send(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        assert connection.read_response().status == 500
    assert ask(server).status == 200
    assert lines(server, OPENED) == []


def test_the_time_of_an_upload_does_not_make_a_call_slow(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    [a, *_] = three
    given = rule(minRequests=1, slowCall={"duration": 0.3, "percentage": 50})
    server = gateway(configuration(single("a", a, given), workers=1))
    with RawConnection(server.url) as connection:
        connection.send(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        began = time.monotonic()
        wait_until(lambda: time.monotonic() - began > 0.4)
        connection.send(b"defghij")
        assert connection.read_response().status == 200
    assert ask(server).status == 200
    assert lines(server, OPENED) == []


@pytest.mark.parametrize("size", [60_000, 100_000])
def test_a_buffered_body_is_repeated_however_it_arrived(
    gateway: GatewayFactory, three: list[SteeredBackend], size: int
) -> None:
    a, b, _ = three
    a.status = 503
    forward = 'timeout="10" buffer-request-body="true"'
    server = gateway(in_order(single("a", a), single("b", b), forward=forward))
    request = b"PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size
    answers: Counter[int] = Counter()
    for _ in range(10):
        with RawConnection(server.url) as connection:
            answers[connection.ask(request).status] += 1
    assert answers == {200: 10}


def test_a_member_whose_queue_is_full_leaves_the_request_to_another(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a, b, _ = three
    limits = {"connections": 1, "pending": 0}
    server = gateway(in_order(single("a", a, limits=limits), single("b", b)))
    a.hold()
    with RawConnection(server.url) as connection:
        connection.send(GET)
        wait_until(lambda: a.requests == 1)
        assert ask(server).body == b"b"
        a.let_go()
        assert connection.read_response().body == b"a"


def test_a_question_that_a_cluster_refuses_does_not_open_the_breaker(gateway: GatewayFactory) -> None:
    breaker = {"circuitBreaker": {"rules": [{"failureCondition": {"count": 3}, "tripDuration": 60}]}}
    with StubCluster(fabric_support.CLUSTER, fabric_support.CLIENTS) as cluster, EchoBackend() as echo:
        cluster.publish("fabric:/shop/orders", stateless(echo.url), key=(0, 100))
        parts = (
            fabric_support.fabric("orders", cluster, more=breaker),
            [
                fabric_support.to_fabric("good", "orders", 'sf-partition-key="5"'),
                fabric_support.to_fabric("bad", "orders", 'sf-partition-key="999"'),
            ],
        )
        server = gateway(fabric_support.configuration(parts), files=fabric_support.FILES)
        assert [fabric_support.get(server, "bad").status for _ in range(4)] == [500] * 4
        assert fabric_support.get(server, "good").status == 200
