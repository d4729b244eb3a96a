"""How circuit breakers of the real gateway close again: trials, whoever makes them, and ramps.

Sources: spec/resilience.md sections 1 and 2, docs/resilience.md.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from tests.conftest import GatewayFactory
from tests.harness import RawConnection, SteeredBackend, wait_until
from tests.integration.resilience import (
    CLOSED,
    GET,
    OPENED,
    TRIAL_FAILED,
    Load,
    ask,
    assert_refused,
    configuration,
    logged,
    over_both,
    rule,
    single,
    together,
    until,
    worker_of,
)


@pytest.fixture
def backend() -> Iterator[SteeredBackend]:
    with SteeredBackend() as made:
        yield made


def test_there_is_one_trial_whoever_asks(gateway: GatewayFactory, backend: SteeredBackend) -> None:
    server = gateway(configuration(single("b", backend, rule(count=1, trip=0.5)), forward='timeout="30"'))
    backend.status = 500
    with over_both(server, 32) as connections:
        assert connections[0].ask(GET).status == 500
        backend.reset()
        backend.status = 200
        backend.hold()
        with Load(connections) as load:
            wait_until(lambda: backend.requests)
            seen = len(load.answers)
            wait_until(lambda: len(load.answers) > seen + 1000)
            # All this time the backend holds the trial, and everybody else is refused.
            backend_saw = backend.requests
            answers = list(load.answers)
            backend.let_go()
            wait_until(lambda: any(status == 200 for _, _, status, _ in list(load.answers)[len(answers) :]))
            wait_until(lambda: all(status == 200 for _, _, status, _ in list(load.answers)[-500:]))
        assert load.errors == []
    assert backend_saw == 1
    assert {status for _, _, status, _ in answers} == {503}
    assert len(logged(server, CLOSED)) == 1
    assert len(logged(server, OPENED)) == 1


def test_during_a_trial_callers_are_told_to_come_back_in_a_second(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    server = gateway(configuration(single("b", backend, rule(count=1, trip=0.2)), forward='timeout="30"'))
    backend.status = 500
    assert ask(server).status == 500
    backend.status = 200
    backend.hold()
    with over_both(server, 32) as connections:
        trial = connections.pop()
        with RawConnection(server.url) as other:
            _send_trial(trial, other, backend, 2)
            together(connections, lambda one: assert_refused(one.ask(GET), range(1, 2)))
            backend.let_go()
            assert trial.read_response().status == 200
            assert other.ask(GET).status == 200
    assert backend.requests == 3


def _send_trial(trial: RawConnection, other: RawConnection, backend: SteeredBackend, number: int) -> None:
    """Send on `trial` until the backend, which holds its answers, has got request `number`."""
    deadline = time.monotonic() + 10
    while True:
        trial.send(GET)
        # While it is open the answer comes at once; the trial has none yet.
        if not _answers_soon(trial, backend, number):
            return
        assert trial.read_response().status == 503
        assert time.monotonic() < deadline, "no trial"


def _answers_soon(connection: RawConnection, backend: SteeredBackend, number: int) -> bool:
    while backend.requests < number:
        try:
            connection.fill(0.005)
        except TimeoutError:
            continue
        return True
    return False


def test_a_failed_trial_opens_it_for_the_full_time(gateway: GatewayFactory, backend: SteeredBackend) -> None:
    server = gateway(configuration(single("b", backend, rule(count=3, trip=1.2))))
    backend.status = 500
    for _ in range(3):
        assert ask(server).status == 500
    first = ask(server)
    assert_refused(first, range(2, 3))
    until(server, 500)
    at = time.monotonic()
    # One failure is enough, and counts of before do not matter.
    assert_refused(ask(server), range(2, 3))
    backend.status = 200
    until(server, 200)
    assert time.monotonic() - at > 1.1
    assert backend.requests == 5
    assert len(logged(server, TRIAL_FAILED)) == 1
    # What was counted before is forgotten: three new failures are needed.
    backend.status = 500
    assert [ask(server).status for _ in range(4)] == [500, 500, 500, 503]


def test_with_recovery_reset_everybody_gets_through_when_the_time_is_over(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    given = rule(count=4, trip=0.4, more={"recovery": "reset"})
    server = gateway(configuration(single("b", backend, given)))
    backend.status = 500
    for _ in range(4):
        assert ask(server).status == 500
    backend.reset()
    backend.hold()
    with over_both(server, 4) as connections, RawConnection(server.url) as first:
        _send_trial(first, first, backend, 1)
        # Not a trial: the others get through beside it.
        for connection in connections:
            connection.send(GET)
        wait_until(lambda: backend.requests == 9)
        backend.let_go()
        assert {one.read_response().status for one in [first, *connections]} == {500}
    assert ask(server).status == 503
    assert len(logged(server, CLOSED)) == 1


def test_a_caller_that_leaves_during_its_trial_frees_it(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    server = gateway(configuration(single("b", backend, rule(count=1, trip=0.2)), forward='timeout="60"'))
    backend.status = 500
    assert ask(server).status == 500
    backend.hold()
    backend.status = 200
    for number in (2, 3, 4):
        with RawConnection(server.url) as trial:
            _send_trial(trial, trial, backend, number)
            assert_refused(ask(server), range(1, 2))
    backend.let_go()
    assert until(server, 200, 2.0).body == b"backend"
    assert backend.requests == 5


def test_a_trial_that_takes_too_long_is_a_failure(gateway: GatewayFactory, backend: SteeredBackend) -> None:
    server = gateway(configuration(single("b", backend, rule(count=1, trip=0.2)), forward='timeout-ms="300"'))
    backend.status = 500
    assert ask(server).status == 500
    backend.mode = "hang"
    until(server, 500)
    assert "outcome=Timeout" in logged(server, TRIAL_FAILED)[0]
    backend.mode, backend.status = "answer", 200
    until(server, 200)


def test_trials_that_take_too_long_are_as_far_apart_as_the_trip_is_long(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    given = rule(count=1, trip=0.5)
    server = gateway(configuration(single("b", backend, given), forward='timeout-ms="100"'))
    backend.mode = "hang"
    with over_both(server, 2) as connections:
        assert connections[0].ask(GET).status == 500
        began = time.monotonic()
        # Callers who ask without a pause: one of them asks in the very moment in which a trial is over.
        with Load(connections) as load:
            wait_until(lambda: time.monotonic() - began > 3)
    assert load.errors == []
    # One each 0.6 s.
    assert 4 <= backend.requests - 1 <= 5
    # The last one may still be under way.
    assert len(logged(server, TRIAL_FAILED, backend.requests - 2)) <= backend.requests - 1


def test_the_trial_of_a_killed_worker_is_free_again(gateway: GatewayFactory, backend: SteeredBackend) -> None:
    made = configuration(single("b", backend, rule(count=1, trip=0.2)), forward='timeout="300"')
    server = gateway(made, may_complain=True)
    backend.status = 500
    assert ask(server).status == 500
    backend.hold()
    backend.status = 200
    with over_both(server) as (trial, other):
        _send_trial(trial, other, backend, 2)
        assert_refused(other.ask(GET), range(1, 2))
        pid = worker_of(server, trial)
        os.kill(pid, signal.SIGKILL)
        server.wait_for_line("ended, it is replaced")
        backend.let_go()
        # The next request is the trial, without the five minutes that the lost one had.
        assert other.ask(GET).status == 200
    assert backend.requests == 3


def test_during_a_ramp_a_growing_share_gets_through(gateway: GatewayFactory, backend: SteeredBackend) -> None:
    ramp = rule(count=1, trip=0.1, more={"rampDuration": 1.5, "failureResponse": {"statusCode": 429}})
    server = gateway(configuration(single("b", backend, ramp)))
    backend.status = 500
    assert ask(server).status == 500
    backend.status = 200
    until(server, 200)
    began = time.monotonic()
    with over_both(server) as connections, Load(connections) as load:
        wait_until(lambda: time.monotonic() - began > 1.6)
        wait_until(lambda: len(load.answers) > 200)
        early = [status for sent, _, status, _ in list(load.answers) if sent - began < 0.5]
        late = [status for sent, _, status, _ in list(load.answers) if 1.0 < sent - began < 1.45]
        after = [status for sent, _, status, _ in list(load.answers) if sent - began > 1.55]
    # Who is held back by a ramp gets the answer of the rule.
    assert set(early) | set(late) == {200, 429}
    assert early.count(200) / len(early) < 0.5 < late.count(200) / len(late)
    assert set(after) == {200}
