"""Balancing by the real gateway with two workers: shares, priorities, slow, dead and returning members.

Sources: spec/resilience.md section 3, docs/resilience.md.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import GatewayProcess, RawConnection, SteeredBackend, wait_until
from tests.integration.resilience import (
    CLOSED,
    GET,
    OPENED,
    Load,
    answer_of,
    ask,
    configuration,
    lines,
    logged,
    over_both,
    pool,
    rule,
    several,
    share_of,
    single,
    until,
    worker_of,
)

CALLS = 2000


@pytest.fixture
def three() -> Iterator[list[SteeredBackend]]:
    """Backends a, b and c."""
    with ExitStack() as stack:
        yield [stack.enter_context(SteeredBackend(name)) for name in "abc"]


def as_urls(backends: list[SteeredBackend], *rules: Any, weights: Any = None, type: str | None = None) -> Any:
    """A Single backend with several urls."""
    more = {} if type is None else {"loadBalancing": {"type": type}}
    pairs = list(zip(backends, weights or [None] * len(backends), strict=True))
    return [several("all", pairs, *rules, **more)]


def as_pool(backends: list[SteeredBackend], *rules: Any, weights: Any = None, type: str | None = None) -> Any:
    """A Pool of Single backends."""
    more = {} if type is None else {"loadBalancing": {"type": type}}
    services = [
        {"id": one.name, **({} if weight is None else {"weight": weight})}
        for one, weight in zip(backends, weights or [None] * len(backends), strict=True)
    ]
    return [*(single(one.name, one, *rules) for one in backends), pool("all", *services, more=more)]


both_kinds = pytest.mark.parametrize("made", [as_urls, as_pool], ids=["urls", "pool"])


def assert_shares(counts: Counter[bytes], wanted: dict[bytes, float], tolerance: float) -> None:
    """Each share of the calls is the wanted one, within that share of all calls."""
    assert set(counts) == set(wanted), counts
    assert counts.total() == CALLS
    for name, share in wanted.items():
        assert abs(counts[name] / CALLS - share) <= tolerance, counts


# ---------------------------------------------------------------- shares


@both_kinds
@pytest.mark.parametrize("type", [None, "round-robin"], ids=["no type", "round-robin"])
def test_round_robin_gives_each_the_same(
    gateway: GatewayFactory, three: list[SteeredBackend], made: Any, type: str | None
) -> None:
    counts = share_of(gateway(configuration(*made(three, type=type))), CALLS)
    assert_shares(counts, dict.fromkeys((b"a", b"b", b"c"), 1 / 3), 0.01)


@both_kinds
@pytest.mark.parametrize("type", [None, "weighted"], ids=["no type", "weighted"])
def test_weights_are_shares(
    gateway: GatewayFactory, three: list[SteeredBackend], made: Any, type: str | None
) -> None:
    counts = share_of(gateway(configuration(*made(three, weights=[5, 3, 2], type=type))), CALLS)
    assert_shares(counts, {b"a": 0.5, b"b": 0.3, b"c": 0.2}, 0.02)


def test_the_turn_is_one_row_over_both_workers(gateway: GatewayFactory, three: list[SteeredBackend]) -> None:
    server = gateway(configuration(*as_pool(three)))
    with over_both(server) as connections:
        answers = [connections[turn % 2].ask(GET).body for turn in range(30)]
    first = answers[:3]
    assert sorted(first) == [b"a", b"b", b"c"]
    assert answers == first * 10


def test_heavier_members_do_not_come_in_bursts(gateway: GatewayFactory, three: list[SteeredBackend]) -> None:
    server = gateway(configuration(*as_pool(three, weights=[5, 1, 1])))
    with over_both(server) as connections:
        row = b"".join(connections[turn % 2].ask(GET).body for turn in range(28))
    assert b"a" * 5 not in row
    assert row == row[:7] * 4


def test_a_member_with_several_urls_shares_its_weight_among_them(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a, b, c = three
    members = single("a", a), several("bc", [(b, 3), (c, 1)])
    server = gateway(configuration(*members, pool("all", "a", {"id": "bc", "weight": 1})))
    assert_shares(share_of(server, CALLS), {b"a": 0.5, b"b": 0.375, b"c": 0.125}, 0.02)


def test_a_url_of_a_member_is_tripped_on_its_own(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a, b, c = three
    given = rule(count=2)
    server = gateway(
        configuration(single("a", a, given), several("bc", [(b, 1), (c, 1)], given), pool("all", "a", "bc"))
    )
    b.status = 500
    counts = Counter(answer_of(ask(server)) for _ in range(40))
    assert counts[b"500"] == 2
    assert counts[b"c"] > 0
    assert b.requests == 2
    assert len(logged(server, OPENED)) == 1


def test_a_breaker_is_one_wherever_its_backend_is_used(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a, b, _ = three
    members = single("a", a, rule(count=1)), single("b", b)
    made = configuration(*members, pool("one", "a", "b"), pool("two", "b", "a"))
    [template] = made["apis"]
    paths = {"one": '"one"', "two": '"two"', "alone": '"a"'}
    made["apis"] = [
        {**template, "id": path, "path": path, "policy": template["policy"].replace('"two"', to)}
        for path, to in paths.items()
    ]
    server = gateway(made)
    a.status = 500
    assert ask(server, b"GET /alone HTTP/1.1\r\nHost: a\r\n\r\n").status == 500
    for path in (b"one", b"two"):
        assert {ask(server, b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n" % path).body for _ in range(6)} == {b"b"}
    assert ask(server, b"GET /alone HTTP/1.1\r\nHost: a\r\n\r\n").status == 503


@both_kinds
def test_weight_zero_is_for_when_no_other_is_there(
    gateway: GatewayFactory, three: list[SteeredBackend], made: Any
) -> None:
    server = gateway(configuration(*made(three, rule(count=1), weights=[2, 0, 1])))
    a, _, c = three
    assert {answer_of(ask(server)) for _ in range(40)} == {b"a", b"c"}
    a.status = c.status = 500
    assert sorted(answer_of(ask(server)) for _ in range(2)) == [b"500", b"500"]
    assert {answer_of(ask(server)) for _ in range(20)} == {b"b"}


# ---------------------------------------------------------------- priorities


def prioritized(a: SteeredBackend, b: SteeredBackend, c: SteeredBackend) -> Any:
    """c comes second, though it is listed first."""
    members = [single(one.name, one, rule(count=1, trip=0.3)) for one in (a, b, c)]
    services = {"id": "c", "priority": 2}, {"id": "a", "priority": 1}, {"id": "b", "priority": 1}
    return configuration(*members, pool("all", *services))


def test_a_lower_priority_waits_until_every_higher_one_is_out(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a, b, c = three
    server = gateway(prioritized(a, b, c))
    assert {answer_of(ask(server)) for _ in range(20)} == {b"a", b"b"}
    a.status = 500
    wait_until(lambda: ask(server).status == 500)
    assert answer_of(ask(server)) == b"b"
    b.status = 500
    wait_until(lambda: answer_of(ask(server)) == b"c")
    assert c.requests >= 1
    # And back, as soon as a trial has succeeded.
    a.status = 200
    wait_until(lambda: answer_of(ask(server)) == b"a")
    c.reset()
    b.status = 200
    wait_until(lambda: answer_of(ask(server)) == b"b")
    assert {answer_of(ask(server)) for _ in range(20)} == {b"a", b"b"}


def test_members_without_a_priority_come_last(gateway: GatewayFactory, three: list[SteeredBackend]) -> None:
    a, b, _ = three
    members = single("a", a), single("b", b, rule(count=1))
    server = gateway(configuration(*members, pool("all", "a", {"id": "b", "priority": 100})))
    assert {answer_of(ask(server)) for _ in range(10)} == {b"b"}
    b.status = 500
    assert ask(server).status == 500
    assert {answer_of(ask(server)) for _ in range(10)} == {b"a"}


# ---------------------------------------------------------------- slow members


@both_kinds
@pytest.mark.parametrize("type", ["least-requests", "p2c-ewma"])
def test_a_slow_member_gets_less(
    gateway: GatewayFactory, three: list[SteeredBackend], made: Any, type: str
) -> None:
    three[0].delay = 0.03
    counts = share_of(gateway(configuration(*made(three, type=type))), CALLS, each=6)
    assert counts.total() == CALLS // 12 * 12
    assert set(counts) == {b"a", b"b", b"c"}
    assert counts[b"a"] < CALLS * 0.15
    # The others are alike.
    assert counts[b"b"] + counts[b"c"] > CALLS * 0.85
    assert abs(counts[b"b"] - counts[b"c"]) < CALLS * 0.3


@pytest.mark.parametrize("type", ["least-requests", "p2c-ewma"])
def test_members_that_are_alike_get_alike(
    gateway: GatewayFactory, three: list[SteeredBackend], type: str
) -> None:
    for one in three:
        one.delay = 0.002
    counts = share_of(gateway(configuration(*as_pool(three, type=type))), CALLS)
    for name in (b"a", b"b", b"c"):
        assert CALLS * 0.2 < counts[name] < CALLS * 0.5, counts


def test_least_requests_heeds_weights(gateway: GatewayFactory, three: list[SteeredBackend]) -> None:
    for one in three:
        one.delay = 0.02
    made = as_pool(three, weights=[4, 1, 1], type="least-requests")
    counts = share_of(gateway(configuration(*made)), 1200, each=6)
    assert 1.8 < counts[b"a"] / counts[b"b"] < 6, counts
    assert 1.8 < counts[b"a"] / counts[b"c"] < 6, counts


def test_what_a_killed_worker_had_under_way_is_forgotten(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a, b, _ = three
    made = configuration(*as_pool([a, b], type="least-requests"), forward='timeout="60"')
    server = gateway(made, may_complain=True)
    a.hold()
    b.hold()
    with over_both(server, 6) as connections:
        doomed = connections[::2]
        for connection in doomed:
            connection.send(GET)
        wait_until(lambda: a.requests + b.requests == len(doomed))
        # Only b lets go: a seems to have three requests under way for ever.
        b.let_go()
        pid = worker_of(server, doomed[0])
        os.kill(pid, signal.SIGKILL)
        server.wait_for_line("ended, it is replaced")
        a.let_go()
        answers = Counter(connections[1].ask(GET).body for _ in range(40))
    assert answers == {b"a": 20, b"b": 20}


def test_what_failed_or_was_given_up_is_no_longer_under_way(
    gateway: GatewayFactory, three: list[SteeredBackend]
) -> None:
    a, b, _ = three
    listed = as_pool([a, b], type="least-requests")
    listed[-1] |= {"retry": {"count": 1}}
    server = gateway(configuration(*listed, forward='timeout-ms="150"'))
    for a.mode, a.status in (("hang", 200), ("reset", 200), ("answer", 404)):
        for _ in range(6):
            ask(server)
    a.mode, a.status = "answer", 200
    a.hold()
    for _ in range(4):
        before = a.requests + b.requests
        with RawConnection(server.url) as connection:
            connection.send(GET)
            wait_until(lambda before=before: a.requests + b.requests > before)
    a.die()
    for _ in range(6):
        assert ask(server).body == b"b"
    a.let_go()
    a.listen()
    with over_both(server) as connections:
        answers = Counter(connections[turn % 2].ask(GET).body for turn in range(40))
    assert answers == {b"a": 20, b"b": 20}


# ---------------------------------------------------------------- coming back


def test_a_member_that_comes_back_starts_slowly(gateway: GatewayFactory, three: list[SteeredBackend]) -> None:
    a, b, _ = three
    given = rule(count=1, trip=0.2)
    made = configuration(
        single("a", a, given),
        single("b", b, given),
        pool("all", "a", "b", more={"loadBalancing": {"type": "round-robin", "slowStart": 2}}),
    )
    server = gateway(made)
    a.status = 500
    wait_until(lambda: ask(server).status == 500)
    a.status = 200
    with over_both(server, 2) as connections, Load(connections) as load:
        wait_until(lambda: lines(server, CLOSED))
        back = time.monotonic()
        wait_until(lambda: time.monotonic() - back > 2.6)
    assert load.errors == []

    def share(begin: float, end: float) -> float:
        within = [body for sent, _, _, body in load.answers if begin <= sent - back < end]
        return within.count(b"a") / len(within)

    # In turn, the share of one at a tenth of its weight is 1 of 11, at half of it 1 of 3.
    assert share(0, 0.4) < 0.2
    assert share(0, 0.4) < share(0.8, 1.2) < share(1.6, 2)
    assert abs(share(2.1, 2.6) - 0.5) < 0.03


# ---------------------------------------------------------------- a member dies under load


CALLERS = 8
COUNT = 5


def under_load(server: GatewayProcess, victim: SteeredBackend) -> Load:
    """The victim dies under load and comes back; what the callers saw."""
    with over_both(server, CALLERS // 2) as connections, Load(connections) as load:
        wait_until(lambda: len(load.answers) > 500)
        victim.die()
        wait_until(lambda: lines(server, OPENED))
        seen = len(load.answers)
        wait_until(lambda: len(load.answers) > seen + 500)
        victim.listen()
        before = victim.requests
        wait_until(lambda: victim.requests > before + 100)
    assert load.errors == []
    return load


@both_kinds
def test_with_a_retry_nobody_notices_that_a_member_died(
    gateway: GatewayFactory, three: list[SteeredBackend], made: Any
) -> None:
    given = rule(count=COUNT, trip=0.3)
    listed = made(three[:2], given)
    listed[-1] |= {"retry": {"count": 1}}
    server = gateway(configuration(*listed))
    load = under_load(server, three[0])
    assert {status for _, _, status, _ in load.answers} == {200}


@both_kinds
def test_without_a_retry_few_notice_that_a_member_died(
    gateway: GatewayFactory, three: list[SteeredBackend], made: Any
) -> None:
    server = gateway(configuration(*made(three[:2], rule(count=COUNT, trip=30))))
    with over_both(server, CALLERS // 2) as connections, Load(connections) as load:
        wait_until(lambda: len(load.answers) > 500)
        three[0].die()
        wait_until(lambda: lines(server, OPENED))
        seen = len(load.answers)
        wait_until(lambda: len(load.answers) > seen + 1000)
    assert load.errors == []
    statuses = Counter(status for _, _, status, _ in load.answers)
    assert set(statuses) == {200, 500}
    # Those that trip, and those that were under way when it tripped.
    assert COUNT <= statuses[500] < COUNT + CALLERS


def test_a_dead_member_costs_one_caller_a_trial(gateway: GatewayFactory, three: list[SteeredBackend]) -> None:
    server = gateway(configuration(*as_pool(three[:2], rule(count=1, trip=0.4))))
    three[0].die()
    wait_until(lambda: ask(server).status == 500)
    at = time.monotonic()
    with over_both(server, 2) as connections, Load(connections) as load:
        wait_until(lambda: time.monotonic() - at > 1.5)
    statuses = Counter(status for _, _, status, _ in load.answers)
    # Trials are due after 0.4, 0.8 and 1.2 s.
    assert 2 <= statuses[500] <= 3
    three[0].listen()
    until(server, 200)
    wait_until(lambda: answer_of(ask(server)) == b"a")
