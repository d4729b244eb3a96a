"""Asking a cluster, which demands a client certificate, for partitions through its management endpoints."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from fastgw.gateway.fabric import Cluster, ManagementEndpoint, Resolver
from fastgw.gateway.fabric_naming import Endpoint
from fastgw.model.service_fabric import Question
from fastgw.tls.contexts import ClientContext, TrustStore, make_client_context
from tests.gateway.fabric_support import (
    CONTEXT,
    SERVICE,
    client_context,
    endpoint_of,
    problem_of,
    resolver_of,
)
from tests.harness.cluster import Replica, StubCluster, stateful, stateless
from tests.harness.raw import wait_until
from tests.tls.wire import run

# ---------------------------------------------------------------- asking


def test_a_partition_is_resolved_with_the_client_certificate(cluster: StubCluster) -> None:
    cluster.publish(SERVICE, stateless("http://10.0.0.4:8080/x"), version="v7")

    async def main() -> None:
        assert await endpoint_of(resolver_of(cluster)) == Endpoint("http://10.0.0.4:8080/x", "v7")

    run(main)
    (asked,) = cluster.asked
    assert (asked.service, asked.key_type, asked.key, asked.client) == (SERVICE, "1", None, "gateway")


def test_without_a_client_certificate_the_cluster_refuses(cluster: StubCluster) -> None:
    cluster.publish(SERVICE, stateless("http://10.0.0.4:8080"))

    async def main() -> None:
        problem = await problem_of(resolver_of(cluster, context=client_context(None)))
        assert problem.startswith(f"{SERVICE} of backend orders cannot be resolved: {cluster.url}: ")
        assert "client certificate" in problem

    run(main)
    wait_until(lambda: cluster.refused == 1, what="the refusal")
    assert cluster.asked == []


def test_tls_sessions_are_resumed(cluster: StubCluster) -> None:
    cluster.publish(SERVICE, stateful("http://10.0.0.4"), key=(0, 1))
    context = client_context()

    async def main() -> None:
        resolver = resolver_of(cluster, context=context)
        await endpoint_of(resolver, Question(SERVICE, 0))
        await endpoint_of(resolver, Question(SERVICE, 1))

    run(main)
    assert [asked.resumed for asked in cluster.asked] == [False, True]


def test_a_cluster_whose_certificate_is_not_trusted_is_not_asked(clusters: Callable[[], StubCluster]) -> None:
    cluster = clusters()
    context = make_client_context(
        CONTEXT.certificate, TrustStore(system_roots=False), validate_chain=True, validate_name=True
    )

    async def main() -> None:
        assert "not trusted" in await problem_of(resolver_of(cluster, context=context))

    run(main)
    assert cluster.asked == []


def test_a_development_cluster_is_asked_over_plain_http() -> None:
    with StubCluster() as plain:
        plain.publish(SERVICE, stateless("http://10.0.0.4"))

        async def main() -> None:
            endpoints = (ManagementEndpoint(plain.url, None),)
            resolver = Resolver(asyncio.get_running_loop(), Cluster("orders", endpoints))
            assert (await endpoint_of(resolver)).url == "http://10.0.0.4"

        run(main)
    assert plain.violations == []


@pytest.mark.parametrize(
    ("key", "key_type"), [(None, "1"), (5, "2"), (-(2**63), "2"), ("eu & us/1", "3"), ("5", "3")]
)
def test_the_key_of_a_partition_arrives_as_what_it_is(
    cluster: StubCluster, key: int | str | None, key_type: str
) -> None:
    cluster.publish(SERVICE, stateful("http://10.0.0.1"), key=key)

    async def main() -> None:
        assert (await endpoint_of(resolver_of(cluster), Question(SERVICE, key))).url == "http://10.0.0.1"

    run(main)
    (asked,) = cluster.asked
    assert (asked.key_type, asked.key) == (key_type, None if key is None else str(key))


def test_each_partition_has_endpoints_of_its_own(cluster: StubCluster) -> None:
    cluster.publish(SERVICE, stateful("http://low"), key=(-(2**63), -1))
    cluster.publish(SERVICE, stateful("http://high"), key=(0, 2**63 - 1))

    async def main() -> None:
        resolver = resolver_of(cluster)
        assert (await endpoint_of(resolver, Question(SERVICE, -7))).url == "http://low"
        assert (await endpoint_of(resolver, Question(SERVICE, 7))).url == "http://high"

    run(main)


def test_replica_and_listener_are_those_that_were_asked_for(cluster: StubCluster) -> None:
    cluster.publish(
        SERVICE,
        (
            Replica("StatefulSecondary", {"api": "http://10.0.0.2/api", "admin": "http://10.0.0.2/admin"}),
            Replica("StatefulPrimary", {"api": "http://10.0.0.1/api", "admin": "http://10.0.0.1/admin"}),
        ),
    )

    async def main() -> None:
        resolver = resolver_of(cluster)
        found = await endpoint_of(resolver, Question(SERVICE, None, "secondary", "admin"))
        assert found.url == "http://10.0.0.2/admin"
        assert (await endpoint_of(resolver)).url == "http://10.0.0.1/api"

    run(main)


# ---------------------------------------------------------------- several management endpoints


def test_the_next_management_endpoint_is_asked_where_one_is_not_there(
    cluster: StubCluster, nobody: str
) -> None:
    cluster.publish(SERVICE, stateless("http://10.0.0.4"))

    async def main() -> None:
        resolver = resolver_of(nobody, cluster)
        assert (await endpoint_of(resolver)).url == "http://10.0.0.4"

    run(main)


@pytest.mark.parametrize(
    "answer",
    [
        b"garbage",
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 302 Found\r\nLocation: http://a\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b" " * 2_000_000,
    ],
    ids=["garbage", "nothing", "no-json", "redirect", "404-of-another-server", "oversize"],
)
def test_the_next_management_endpoint_is_asked_where_an_answer_is_useless(
    clusters: Callable[[], StubCluster], answer: bytes
) -> None:
    bad, good = clusters(), clusters()
    bad.answer(answer)
    good.publish(SERVICE, stateless("http://10.0.0.4"))

    async def main() -> None:
        assert (await endpoint_of(resolver_of(bad, good))).url == "http://10.0.0.4"

    run(main)
    assert len(bad.asked) == 1


def test_the_endpoint_that_answered_last_is_asked_first(clusters: Callable[[], StubCluster]) -> None:
    bad, good = clusters(), clusters()
    bad.fail(503, "FABRIC_E_GATEWAY_NOT_REACHABLE")
    good.publish(SERVICE, stateless("http://10.0.0.4"))
    good.publish("fabric:/shop/stock", stateless("http://10.0.0.5"))

    async def main() -> None:
        resolver = resolver_of(bad, good)
        await endpoint_of(resolver)
        await endpoint_of(resolver, Question("fabric:/shop/stock"))
        good.fail(503)
        bad.recover()
        bad.publish("fabric:/shop/users", stateless("http://10.0.0.6"))
        assert (await endpoint_of(resolver, Question("fabric:/shop/users"))).url == "http://10.0.0.6"

    run(main)
    assert [len(bad.asked), len(good.asked)] == [2, 3]


def test_what_the_cluster_says_of_the_question_is_final(clusters: Callable[[], StubCluster]) -> None:
    first, second = clusters(), clusters()
    second.publish(SERVICE, stateless("http://10.0.0.4"))

    async def main() -> None:
        problem = await problem_of(resolver_of(first, second))
        assert problem.endswith(f"{first.url}: status 404 (FABRIC_E_SERVICE_DOES_NOT_EXIST)")

    run(main)
    assert second.asked == []


def test_where_nobody_answers_each_endpoint_is_named_with_its_reason(
    clusters: Callable[[], StubCluster], nobody: str
) -> None:
    first, second = clusters(), clusters()
    first.fail(503, "FABRIC_E_TIMEOUT")
    second.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut")

    async def main() -> None:
        problem = await problem_of(resolver_of(first, second, nobody))
        assert problem.startswith(
            f"{SERVICE} of backend orders cannot be resolved: "
            f"{first.url}: status 503 (FABRIC_E_TIMEOUT); "
            f"{second.url}: the answer was cut short; "
            f"{nobody}: No connection to "
        )

    run(main)


def test_an_endpoint_that_does_not_answer_in_time_is_passed_over(clusters: Callable[[], StubCluster]) -> None:
    silent, good = clusters(), clusters()
    silent.hold()
    good.publish(SERVICE, stateless("http://10.0.0.4"))

    async def main() -> None:
        resolver = resolver_of(silent, good, endpoint_seconds=0.2)
        assert (await endpoint_of(resolver)).url == "http://10.0.0.4"

    run(main)
    assert len(silent.asked) == 1


def test_a_resolution_has_an_end_however_many_endpoints_are_silent(cluster: StubCluster) -> None:
    cluster.hold()

    async def main() -> None:
        problem = await problem_of(resolver_of(*[cluster] * 50, endpoint_seconds=8, total_seconds=0.2))
        assert problem.endswith("no answer within 0.2 seconds")

    run(main)


# ---------------------------------------------------------------- what a cluster is


def test_a_cluster_needs_endpoints_that_can_be_called() -> None:
    with pytest.raises(ValueError, match="needs a management endpoint"):
        Cluster("orders", ())
    with pytest.raises(ValueError, match="TLS context"):
        ManagementEndpoint("https://cluster:19080", None)
    with pytest.raises(ValueError, match="http"):
        ManagementEndpoint("ftp://cluster:19080", CONTEXT)


def test_clusters_that_are_asked_in_the_same_way_are_equal() -> None:
    def cluster(context: ClientContext) -> Cluster:
        return Cluster("orders", (ManagementEndpoint("https://cluster:19080", context),))

    assert cluster(CONTEXT) == cluster(CONTEXT)
    assert cluster(CONTEXT) != cluster(client_context("other"))
