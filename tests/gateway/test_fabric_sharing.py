"""What a resolver keeps, when it asks again, and who shares an answer."""

from __future__ import annotations

import asyncio

from fastgw.gateway.fabric import CONNECTIONS
from fastgw.gateway.fabric_naming import Endpoint
from fastgw.model.service_fabric import Question
from tests.gateway.fabric_support import (
    QUESTION,
    SERVICE,
    begin,
    endpoint_of,
    problem_of,
    resolver_of,
)
from tests.harness.cluster import StubCluster, stateful, stateless
from tests.harness.raw import wait_until
from tests.tls.wire import run

# ---------------------------------------------------------------- keeping answers


def test_an_answer_is_kept(cluster: StubCluster) -> None:
    cluster.publish(SERVICE, stateless("http://10.0.0.4"))

    async def main() -> None:
        resolver = resolver_of(cluster)
        assert resolver.cached(QUESTION) is None
        found = await endpoint_of(resolver)
        assert resolver.cached(QUESTION) == found
        assert await endpoint_of(resolver) == found

    run(main)
    assert len(cluster.asked) == 1


def test_a_failure_is_not_kept(cluster: StubCluster) -> None:
    async def main() -> None:
        resolver = resolver_of(cluster)
        await problem_of(resolver)
        assert resolver.cached(QUESTION) is None
        cluster.publish(SERVICE, stateless("http://10.0.0.4"))
        assert (await endpoint_of(resolver)).url == "http://10.0.0.4"

    run(main)


def test_the_answer_that_was_used_longest_ago_goes_first(cluster: StubCluster) -> None:
    questions = [Question(SERVICE, key) for key in range(3)]
    cluster.publish(SERVICE, stateful("http://10.0.0.4"), key=(0, 10))

    async def main() -> None:
        resolver = resolver_of(cluster, kept=2)
        await endpoint_of(resolver, questions[0])
        await endpoint_of(resolver, questions[1])
        resolver.cached(questions[0])
        await endpoint_of(resolver, questions[2])
        assert [resolver.cached(question) is not None for question in questions] == [True, False, True]

    run(main)


def test_every_instance_of_a_stateless_service_gets_requests(cluster: StubCluster) -> None:
    urls = {"http://10.0.0.1", "http://10.0.0.2", "http://10.0.0.3"}
    cluster.publish(SERVICE, stateless(*urls))

    async def main() -> None:
        resolver = resolver_of(cluster)
        await endpoint_of(resolver)
        found = {endpoint.url for _ in range(1000) if (endpoint := resolver.cached(QUESTION))}
        assert found == urls

    run(main)


# ---------------------------------------------------------------- when an endpoint proves wrong


def test_a_stale_endpoint_is_resolved_again_with_its_version(cluster: StubCluster) -> None:
    cluster.publish(SERVICE, stateful("http://10.0.0.1"), version="1;2/3")

    async def main() -> None:
        resolver = resolver_of(cluster)
        old = await endpoint_of(resolver)
        cluster.publish(SERVICE, stateful("http://10.0.0.2"), version="4")
        assert await endpoint_of(resolver, stale=old) == Endpoint("http://10.0.0.2", "4")
        assert resolver.cached(QUESTION) == Endpoint("http://10.0.0.2", "4")

    run(main)
    assert [asked.previous_version for asked in cluster.asked] == [None, "1;2/3"]


def test_a_newer_answer_that_came_meanwhile_is_taken(cluster: StubCluster) -> None:
    cluster.publish(SERVICE, stateful("http://10.0.0.1"), version="1")

    async def main() -> None:
        resolver = resolver_of(cluster)
        old = await endpoint_of(resolver)
        cluster.publish(SERVICE, stateful("http://10.0.0.2"), version="2")
        new = await endpoint_of(resolver, stale=old)
        assert await endpoint_of(resolver, stale=old) == new

    run(main)
    assert len(cluster.asked) == 2


def test_another_instance_is_given_where_the_cluster_knows_nothing_newer(cluster: StubCluster) -> None:
    cluster.publish(SERVICE, stateless("http://10.0.0.1", "http://10.0.0.2"))

    async def main() -> None:
        resolver = resolver_of(cluster)
        for _ in range(20):
            old = await endpoint_of(resolver)
            assert (await endpoint_of(resolver, stale=old)).url != old.url

    run(main)


def test_who_shares_a_resolution_gets_no_instance_that_proved_wrong_for_it(cluster: StubCluster) -> None:
    cluster.publish(SERVICE, stateless("http://10.0.0.1", "http://10.0.0.2"))

    async def main() -> None:
        resolver = resolver_of(cluster)
        await endpoint_of(resolver)
        stale = [Endpoint(f"http://10.0.0.{last}", "v1") for last in (1, 2)] * 10
        found = await asyncio.gather(*(endpoint_of(resolver, stale=one) for one in stale))
        assert all(new.url != old.url for new, old in zip(found, stale, strict=True))

    run(main)
    assert len(cluster.asked) == 2


def test_the_only_endpoint_is_given_again_where_the_cluster_knows_nothing_newer(cluster: StubCluster) -> None:
    cluster.publish(SERVICE, stateful("http://10.0.0.1"))

    async def main() -> None:
        resolver = resolver_of(cluster)
        old = await endpoint_of(resolver)
        assert await endpoint_of(resolver, stale=old) == old

    run(main)


def test_what_is_kept_stays_while_it_is_resolved_again_and_when_that_fails(cluster: StubCluster) -> None:
    cluster.publish(SERVICE, stateful("http://10.0.0.1"))

    async def main() -> None:
        resolver = resolver_of(cluster)
        old = await endpoint_of(resolver)
        cluster.fail(503)
        cluster.hold()
        told = begin(resolver, stale=old)
        await asyncio.to_thread(cluster.wait_for_questions, 2)
        assert resolver.cached(QUESTION) == old
        cluster.release()
        assert isinstance(await told, str)
        assert resolver.cached(QUESTION) == old

    run(main)


# ---------------------------------------------------------------- waiting


def test_requests_with_the_same_question_share_one_resolution(cluster: StubCluster) -> None:
    cluster.publish(SERVICE, stateless("http://10.0.0.4"))
    cluster.hold()

    async def main() -> None:
        resolver = resolver_of(cluster)
        before = len(asyncio.all_tasks())
        told = [begin(resolver) for _ in range(100)]
        assert len(asyncio.all_tasks()) == before + 1
        cluster.release()
        assert {found.url for found in await asyncio.gather(*told) if isinstance(found, Endpoint)} == {
            "http://10.0.0.4"
        }

    run(main)
    assert len(cluster.asked) == 1


def test_a_failure_is_told_to_all_who_wait(cluster: StubCluster) -> None:
    cluster.hold()

    async def main() -> None:
        resolver = resolver_of(cluster)
        told = [begin(resolver) for _ in range(3)]
        cluster.release()
        assert all(isinstance(found, str) for found in await asyncio.gather(*told))

    run(main)
    assert len(cluster.asked) == 1


def test_who_has_cancelled_is_not_called(cluster: StubCluster) -> None:
    cluster.publish(SERVICE, stateless("http://10.0.0.4"))
    called: list[object] = []

    async def main() -> None:
        resolver = resolver_of(cluster)
        resolver.request(QUESTION, lambda *told: called.append(told)).cancel()
        other = resolver.request(QUESTION, lambda *told: called.append(told))
        await begin(resolver)
        assert len(called) == 1
        other.cancel()
        resolver.request(QUESTION, lambda *told: called.append(told)).cancel()
        await begin(resolver)
        assert len(called) == 1

    run(main)


def test_a_resolution_goes_on_when_all_have_cancelled(cluster: StubCluster) -> None:
    cluster.publish(SERVICE, stateless("http://10.0.0.4"))

    async def main() -> None:
        resolver = resolver_of(cluster)
        resolver.request(QUESTION, lambda *_: None).cancel()
        await asyncio.to_thread(wait_until, lambda: resolver.cached(QUESTION), what="the answer")

    run(main)


def test_nobody_is_called_from_within_the_request(cluster: StubCluster) -> None:
    cluster.publish(SERVICE, stateless("http://10.0.0.4"))

    async def main() -> None:
        resolver = resolver_of(cluster)
        await endpoint_of(resolver)
        told = begin(resolver)
        assert not told.done()
        await told

    run(main)


def test_a_callback_that_raises_keeps_nobody_from_being_called(cluster: StubCluster) -> None:
    cluster.publish(SERVICE, stateless("http://10.0.0.4"))
    raised: list[object] = []

    def fails(*_: object) -> None:
        raise RuntimeError("not yours")

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, told: raised.append(told["exception"]))
        resolver = resolver_of(cluster)
        resolver.request(QUESTION, fails)
        await endpoint_of(resolver)

    run(main)
    assert [str(error) for error in raised] == ["not yours"]


def test_a_fault_while_resolving_is_told_to_who_waits(cluster: StubCluster) -> None:
    async def main() -> None:
        # No policy lets such a name through.
        problem = await problem_of(resolver_of(cluster), Question("fabric:/\ud800"))
        assert problem.endswith("cannot be resolved: UnicodeEncodeError")

    run(main)


def test_many_questions_take_turns(cluster: StubCluster) -> None:
    count = CONNECTIONS + 8
    cluster.publish(SERVICE, stateful("http://10.0.0.4"), key=(0, count))
    cluster.hold()

    async def main() -> None:
        resolver = resolver_of(cluster)
        told = [begin(resolver, Question(SERVICE, key)) for key in range(count)]
        await asyncio.to_thread(cluster.wait_for_questions, CONNECTIONS)
        cluster.release()
        assert all(isinstance(found, Endpoint) for found in await asyncio.gather(*told))

    run(main)
    assert len(cluster.asked) == count
    assert cluster.most == CONNECTIONS


def test_more_questions_than_may_be_outstanding_are_refused(cluster: StubCluster) -> None:
    cluster.publish(SERVICE, stateful("http://10.0.0.4"), key=(0, 10))
    cluster.hold()

    async def main() -> None:
        resolver = resolver_of(cluster, outstanding=1)
        first = begin(resolver, Question(SERVICE, 0))
        assert "Too many" in await problem_of(resolver, Question(SERVICE, 1))
        again = begin(resolver, Question(SERVICE, 0))
        cluster.release()
        assert await first == await again
        await endpoint_of(resolver, Question(SERVICE, 1))

    run(main)
