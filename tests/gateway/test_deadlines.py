"""Time limits without a timer per request, seen through the connections that have them.

The loop stands still here: a timer fires when the test calls it. The clock is the real one, so limits are
either long past (0 seconds) or far away.
"""

from __future__ import annotations

from typing import cast

import pytest

from fastgw.gateway.deadlines import DeadlineQueue
from tests.oracle.wire import Gateway, StillLoop, Timer

REQUEST = b"GET /status-0123456789abcdef HTTP/1.1\r\nHost: a\r\n\r\n"
FAR, PAST = 1000.0, 0.0


def pending(loop: StillLoop) -> list[Timer]:
    return [timer for timer in loop.timers if not timer.cancelled]


def fire(loop: StillLoop) -> None:
    """Let every timer that is set fire once."""
    timers, loop.timers = pending(loop), []
    for timer in timers:
        timer.callback()


def test_a_queue_tells_its_length_and_sets_no_timer_by_itself() -> None:
    loop = StillLoop()
    queue = DeadlineQueue(cast("object", loop), 12.5)  # type: ignore[arg-type]
    assert queue.seconds == 12.5
    assert loop.timers == []
    queue.close()
    queue.close()


def test_connections_of_one_limit_share_one_timer() -> None:
    gateway = Gateway(seconds=FAR)
    for _ in range(50):
        gateway.caller()
    assert len(gateway.loop.timers) == 1
    assert gateway.loop.timers[0].delay == pytest.approx(FAR, abs=1.0)


def test_requests_set_no_further_timers() -> None:
    gateway = Gateway(seconds=FAR)
    core, wire = gateway.caller()
    for _ in range(20):
        core.data_received(REQUEST)
    assert wire.sent.count(b"HTTP/1.1 200 OK") == 20
    # One for the first byte, one for the time between requests.
    assert len(gateway.loop.timers) == 2


def test_a_timer_that_fires_early_ends_nothing_and_is_set_again_for_the_rest() -> None:
    gateway = Gateway(seconds=FAR)
    _, wire = gateway.caller()
    fire(gateway.loop)
    assert not wire.closed
    assert len(gateway.loop.timers) == 1
    assert 0 < gateway.loop.timers[0].delay <= FAR + 1.0


def test_a_timer_with_nothing_left_to_end_is_not_set_again() -> None:
    gateway = Gateway(seconds=FAR)
    core, _ = gateway.caller()
    core.connection_lost(None)
    fire(gateway.loop)
    assert gateway.loop.timers == []


def test_what_comes_after_the_last_has_ended_sets_the_timer_anew() -> None:
    gateway = Gateway(seconds=FAR)
    gateway.caller()[0].connection_lost(None)
    fire(gateway.loop)
    gateway.caller()
    assert len(gateway.loop.timers) == 1


def test_whoever_sends_nothing_is_closed_without_an_answer() -> None:
    gateway = Gateway(seconds=PAST)
    wires = [gateway.caller()[1] for _ in range(3)]
    fire(gateway.loop)
    assert [(wire.closed, wire.sent) for wire in wires] == [(True, b"")] * 3


def test_a_head_that_does_not_end_is_answered_with_408() -> None:
    gateway = Gateway(seconds=PAST)
    core, wire = gateway.caller()
    core.data_received(REQUEST[:-2])
    fire(gateway.loop)
    assert wire.sent.startswith(b"HTTP/1.1 408 ")
    assert b"\r\nConnection: close\r\n" in wire.sent


def test_a_head_that_trickles_in_keeps_the_deadline_of_its_first_bytes() -> None:
    gateway = Gateway(seconds=FAR)
    core, _ = gateway.caller()
    core.data_received(REQUEST[:1])
    before = len(gateway.loop.timers)
    for at in range(1, len(REQUEST) - 1):
        core.data_received(REQUEST[at : at + 1])
    assert len(gateway.loop.timers) == before


def test_a_connection_is_closed_when_the_time_between_requests_has_passed() -> None:
    gateway = Gateway(seconds=PAST)
    core, wire = gateway.caller()
    core.data_received(REQUEST)
    answered = wire.sent
    assert answered.startswith(b"HTTP/1.1 200 OK")
    fire(gateway.loop)
    assert wire.closed
    assert wire.sent == answered


def test_a_body_that_does_not_come_is_answered_with_408() -> None:
    gateway = Gateway(seconds=PAST)
    core, wire = gateway.caller()
    core.data_received(b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
    gateway.loop.run()
    fire(gateway.loop)
    assert wire.sent.startswith(b"HTTP/1.1 408 ")


def test_a_connection_that_is_gone_is_not_ended_again() -> None:
    gateway = Gateway(seconds=PAST)
    core, wire = gateway.caller()
    other = gateway.caller()[1]
    core.connection_lost(None)
    fire(gateway.loop)
    assert not wire.closed
    assert other.closed


def test_one_in_the_middle_can_leave() -> None:
    gateway = Gateway(seconds=PAST)
    cores = [gateway.caller() for _ in range(5)]
    for at in (2, 0, 4):
        cores[at][0].connection_lost(None)
    fire(gateway.loop)
    assert [wire.closed for _, wire in cores] == [False, True, False, True, False]


def test_new_limits_hold_for_what_begins_after_them() -> None:
    gateway = Gateway(seconds=FAR)
    before = gateway.caller()[1]
    gateway.services.install(Gateway(seconds=PAST).snapshot)
    after = gateway.caller()[1]
    fire(gateway.loop)
    assert not before.closed
    assert after.closed
