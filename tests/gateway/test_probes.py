"""Health checks of backend members: when they are made, what is sent, and what an answer means.

The loop stands still here: a timer fires when the test calls it, and a backend answers what the test says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fastgw._exchange import Target
from fastgw._member import Member
from fastgw._program import ExistsAction, Message, Op, Program, Section, Step
from fastgw._shared import Segment
from fastgw.gateway.deadlines import DeadlineQueue
from fastgw.gateway.pool import Pool
from fastgw.gateway.probes import Probes
from fastgw.gateway.services import Services
from fastgw.model import HealthCheck
from fastgw.snapshot import Snapshot
from fastgw.snapshot.balancers import Probe
from tests.oracle.wire import ANSWER, SITE, Dialer, Gateway, StillLoop, Timer, Wire

AGENT = b"User-Agent: fastgw-health-check\r\n"
FAILURE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


class ProbeLoop(StillLoop):
    """A loop with a clock that the test sets."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        return self.call_later(when - self.now, callback)


class RefusingDialer(Dialer):
    """Opens nothing."""

    async def connect(self, protocol: Any) -> None:
        raise ConnectionRefusedError("Connection refused")


class World:
    """Checks over one pool, as a worker has them."""

    def __init__(self, dialer: Dialer | None = None, limit: int = 8, pending: int = 8) -> None:
        self.loop = ProbeLoop()
        self.dialer = dialer or Dialer()
        self.segment = Segment(seats=1)
        loop = cast("asyncio.AbstractEventLoop", self.loop)
        queue = DeadlineQueue(loop, 60.0)
        self._pool = Pool(
            loop, self.dialer, limit=limit, pending=pending, lifetime=60.0, idle_deadlines=queue
        )
        services = Services(loop, self, self)
        services.install(Gateway().snapshot)
        self.probes = Probes(services)
        self._made = 0

    # As gateway.pools.Pools and gateway.fabric_calls.FabricCalls.
    def install(self, snapshot: object) -> None: ...

    def of(self, target: Target, certificate: object, snapshot: object) -> Pool:
        return self._pool

    def probe(
        self,
        check: HealthCheck,
        slot: int | None = None,
        base_path: bytes = b"",
        credentials: Program | None = None,
    ) -> Probe:
        """A member of its own, or one with the state of `slot`."""
        if slot is None:
            slot = self._made
            self._made += 1
            self.segment.begin_member(slot)
        target = Target(
            scheme="http",
            host="backend.test",
            port=80,
            host_header=b"backend.test",
            base_path=base_path,
            backend_id="orders",
            credentials=credentials,
        )
        return Probe("orders", Member(self.segment, slot, "http://backend.test", target), check)

    def check(self, *probes: Probe) -> None:
        """Install a configuration that wants these checked."""
        self.probes.install(cast("Snapshot", SimpleNamespace(probes=probes)))

    def due(self) -> list[Timer]:
        """The timers of checks that are not made yet; those of time limits are left out."""
        return [
            timer
            for timer in self.loop.timers
            if not timer.cancelled
            and not isinstance(getattr(timer.callback, "__self__", None), DeadlineQueue)
        ]

    def run_next(self) -> None:
        """Let the check that is due first begin."""
        timer = min(self.due(), key=lambda one: one.delay)
        self.loop.timers.remove(timer)
        self.loop.now += max(timer.delay, 0.0)
        timer.callback()
        self.loop.run()

    def answer(self, data: bytes, connection: int = -1) -> Wire:
        """The backend sends something."""
        upstream, wire = self.dialer.opened[connection]
        upstream.data_received(data)
        return wire


def check(
    interval: float = 8.0, good: int = 1, bad: int = 1, path: str = "/healthz", **more: Any
) -> HealthCheck:
    return HealthCheck.model_validate(
        {
            "path": path,
            "interval": interval,
            "healthyThreshold": good,
            "unhealthyThreshold": bad,
            **more,
        }
    )


def healthy(probe: Probe) -> bool:
    return bool(probe.member.state(0)["healthy"])


@pytest.fixture
def world() -> World:
    return World()


# ---------------------------------------------------------------- when


def test_the_first_checks_are_spread_over_the_interval(world: World) -> None:
    world.check(*(world.probe(check(8.0)) for _ in range(4)))
    assert [timer.delay for timer in world.due()] == [0.0, 2.0, 4.0, 6.0]


def test_the_next_check_starts_an_interval_after_the_start_of_the_last_one(world: World) -> None:
    world.check(world.probe(check(8.0)))
    world.run_next()
    world.loop.now += 3.0
    world.answer(ANSWER)
    assert [timer.delay for timer in world.due()] == [5.0]


def test_a_member_has_one_check_at_a_time(world: World) -> None:
    world.check(world.probe(check(8.0)))
    world.run_next()
    world.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no")
    assert world.due() == []
    world.loop.now += 20.0
    world.answer(b"k")
    assert [timer.delay <= 0.0 for timer in world.due()] == [True]


def test_a_reload_keeps_the_schedule_of_a_check_with_the_same_settings(world: World) -> None:
    first = world.probe(check(8.0))
    world.check(first)
    world.run_next()
    world.answer(ANSWER)
    before = world.due()
    world.loop.now += 1.0
    world.check(world.probe(check(8.0), slot=first.member.slot))
    assert world.due() == before


def test_after_a_reload_the_target_of_the_new_configuration_is_asked(world: World) -> None:
    first = world.probe(check(8.0))
    world.check(first)
    world.check(world.probe(check(8.0), slot=first.member.slot, base_path=b"/v2"))
    world.run_next()
    assert world.answer(ANSWER).sent.startswith(b"GET /v2/healthz HTTP/1.1\r\n")


@pytest.mark.parametrize("changed", [check(4.0), check(8.0, bad=2), check(8.0, path="/other")])
def test_changed_settings_begin_a_new_schedule(world: World, changed: HealthCheck) -> None:
    first = world.probe(check(8.0))
    world.check(first)
    world.run_next()
    world.answer(ANSWER)
    world.check(world.probe(changed, slot=first.member.slot))
    assert [timer.delay for timer in world.due()] == [0.0]


def test_a_check_that_no_configuration_wants_any_more_ends_without_a_result(world: World) -> None:
    gone, stays = world.probe(check(8.0)), world.probe(check(8.0))
    world.check(gone, stays)
    world.run_next()
    _, wire = world.dialer.opened[0]
    world.check(stays)
    assert wire.closed
    assert healthy(gone)
    assert [timer.delay for timer in world.due()] == [4.0]


def test_close_ends_every_check(world: World) -> None:
    under_way, due = world.probe(check()), world.probe(check())
    world.check(under_way, due)
    world.run_next()
    world.probes.close()
    assert world.dialer.opened[0][1].closed
    assert world.due() == []
    assert (healthy(under_way), healthy(due)) == (True, True)


# ---------------------------------------------------------------- what is sent


def test_a_check_is_a_get_of_the_path_below_the_base_path(world: World) -> None:
    world.check(world.probe(check(path="/healthz?deep=1"), base_path=b"/base"))
    world.run_next()
    wire = world.answer(ANSWER)
    assert wire.sent == b"GET /base/healthz?deep=1 HTTP/1.1\r\nHost: backend.test\r\n" + AGENT + b"\r\n"


def test_a_check_carries_the_credentials_of_the_backend(world: World) -> None:
    override = ExistsAction.OVERRIDE
    credentials = Program(
        Section.BACKEND,
        (
            Step(Op.SET_HEADER, (Message.REQUEST, b"x-key", override, (b"one",)), SITE),
            Step(Op.SET_HEADER, (Message.REQUEST, b"User-Agent", override, (b"gateway",)), SITE),
            Step(Op.SET_HEADER, (Message.REQUEST, b"Host", override, (b"inner.test",)), SITE),
            Step(Op.SET_QUERY, (b"code", override, (b"a b",)), SITE),
        ),
    )
    world.check(world.probe(check(path="/h?code=1&x=2"), credentials=credentials))
    world.run_next()
    line, *fields = world.answer(ANSWER).sent.split(b"\r\n")
    assert line == b"GET /h?x=2&code=a%20b HTTP/1.1"
    assert sorted(fields) == [b"", b"", b"Host: inner.test", b"User-Agent: gateway", b"x-key: one"]


def test_a_check_goes_to_a_plain_proxy_in_absolute_form_with_its_credentials(world: World) -> None:
    world.dialer.absolute_prefix = b"http://backend.test:80"
    world.dialer.proxy_authorization = b"Proxy-Authorization: Basic eDp5\r\n"
    world.check(world.probe(check()))
    world.run_next()
    sent = world.answer(ANSWER).sent
    assert sent.startswith(b"GET http://backend.test:80/healthz HTTP/1.1\r\nHost: backend.test\r\n")
    assert b"\r\nProxy-Authorization: Basic eDp5\r\n" in sent


def test_checks_use_a_connection_again(world: World) -> None:
    world.check(world.probe(check()))
    for _ in range(3):
        world.run_next()
        wire = world.answer(ANSWER)
    assert len(world.dialer.opened) == 1
    assert wire.sent.count(AGENT) == 3


# ---------------------------------------------------------------- what an answer means


def test_the_state_changes_after_as_many_results_in_a_row_as_the_thresholds_say(world: World) -> None:
    probe = world.probe(check(good=2, bad=3))
    world.check(probe)
    seen = []
    for answer in (FAILURE, FAILURE, ANSWER, FAILURE, FAILURE, FAILURE, ANSWER, FAILURE, ANSWER, ANSWER):
        world.run_next()
        world.answer(answer)
        seen.append(healthy(probe))
    assert seen == [True] * 5 + [False] * 4 + [True]


@pytest.mark.parametrize(
    ("status", "good"), [(200, True), (204, True), (210, False), (304, True), (401, True), (500, False)]
)
def test_the_ranges_of_the_settings_say_which_statuses_are_good(
    world: World, status: int, good: bool
) -> None:
    ranges = [{"min": 200, "max": 204}, {"min": 300, "max": 404}]
    probe = world.probe(check(statusCodeRanges=ranges))
    world.check(probe)
    world.run_next()
    world.answer(f"HTTP/1.1 {status} Word\r\nContent-Length: 0\r\n\r\n".encode())
    assert healthy(probe) is good


def test_without_ranges_redirections_are_good_and_errors_are_bad(world: World) -> None:
    probe = world.probe(check())
    world.check(probe)
    found = []
    for status in (200, 399, 400, 200, 599):
        world.run_next()
        world.answer(f"HTTP/1.1 {status} Word\r\nContent-Length: 0\r\n\r\n".encode())
        found.append(healthy(probe))
    assert found == [True, True, False, True, False]


def test_the_head_of_an_answer_decides_whatever_becomes_of_its_body(world: World) -> None:
    probe = world.probe(check())
    world.check(probe)
    world.run_next()
    world.answer(FAILURE)
    world.run_next()
    world.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome")
    assert healthy(probe)
    world.dialer.opened[0][0].connection_lost(ConnectionResetError("reset"))
    assert healthy(probe)
    assert len(world.due()) == 1


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 900000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\ndbba0\r\n", b"\r\n"]
)
def test_a_long_body_is_not_read_to_its_end(world: World, framing: bytes) -> None:
    probe = world.probe(check())
    world.check(probe)
    world.run_next()
    wire = world.answer(b"HTTP/1.1 200 OK\r\n" + framing + b"x" * 65536)
    assert not wire.closed
    world.answer(b"x")
    assert wire.closed
    assert healthy(probe)
    assert len(world.due()) == 1


def test_a_connection_whose_answer_had_a_short_body_is_used_again(world: World) -> None:
    world.check(world.probe(check()))
    world.run_next()
    world.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n" + b"x" * 60000)
    world.answer(b"x" * 5536)
    world.run_next()
    assert len(world.dialer.opened) == 1


def test_an_answer_that_is_no_http_is_bad(world: World) -> None:
    probe = world.probe(check())
    world.check(probe)
    world.run_next()
    world.answer(b"220 mail.test ESMTP\r\n\r\n")
    assert not healthy(probe)


def test_a_connection_that_cannot_be_had_is_bad() -> None:
    world = World(RefusingDialer())
    probe = world.probe(check())
    world.check(probe)
    world.run_next()
    assert not healthy(probe)
    assert len(world.due()) == 1


def test_a_connection_that_ends_without_an_answer_is_bad(world: World) -> None:
    probe = world.probe(check())
    world.check(probe)
    world.run_next()
    world.dialer.opened[0][0].connection_lost(None)
    assert not healthy(probe)
    assert len(world.due()) == 1


def test_a_used_connection_that_proves_dead_is_replaced_once(world: World) -> None:
    probe = world.probe(check())
    world.check(probe)
    world.run_next()
    world.answer(ANSWER)
    world.run_next()
    world.dialer.opened[0][0].connection_lost(None)
    world.loop.run()
    assert healthy(probe)
    assert len(world.dialer.opened) == 2
    world.dialer.opened[1][0].connection_lost(None)
    world.loop.run()
    assert not healthy(probe)
    assert len(world.dialer.opened) == 2


def test_a_pool_without_room_says_nothing_about_the_member() -> None:
    world = World(limit=1, pending=0)
    holds, refused = world.probe(check()), world.probe(check())
    world.check(holds, refused)
    world.run_next()
    world.run_next()
    assert healthy(refused)
    # It has another turn all the same.
    assert [timer.delay for timer in world.due()] == [8.0]
