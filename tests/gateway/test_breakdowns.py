"""A fault of the gateway itself in a callback: the caller gets 500 and the end of its connection."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fastgw._exchange import Exchange
from fastgw._program import Message, Op, Step
from fastgw.gateway.deadlines import skip
from fastgw.gateway.downstream import Downstream
from fastgw.gateway.services import Services
from tests.oracle.wire import ANSWER, SITE, Dialer, Gateway, Wire

GET = b"GET /x HTTP/1.1\r\nHost: gw\r\n\r\n"


class UnspeakableError(ValueError):
    """An error that breaks who tells it."""

    def __str__(self) -> str:
        raise RuntimeError("the words are missing")


def break_now(_: Exchange) -> None:
    raise UnspeakableError


async def break_later(_: Exchange, __: object) -> None:
    await asyncio.sleep(0)
    raise UnspeakableError


class Round:
    """A region that goes round once, after a pause; `released` counts."""

    released = 0

    def __init__(self) -> None:
        self._rounds = 0

    def again(self, _: Exchange) -> float | None:
        self._rounds += 1
        return 0.01 if self._rounds == 1 else None

    def release(self) -> None:
        Round.released += 1


@pytest.fixture
def clock() -> Iterator[Callable[[float], None]]:
    """Lets the time of deadlines go on; undone in the end."""
    skipped: list[float] = []

    def go_on(seconds: float) -> None:
        skipped.append(seconds)
        skip(seconds)

    yield go_on
    skip(-sum(skipped))


def no_address(*_: object) -> str:
    """In place of a snapshot's `caller_address`: what a failed call is logged with."""
    raise UnspeakableError


def failing(calls: int = 1, **options: Any) -> tuple[Gateway, list[Wire]]:
    """A gateway that breaks when a call fails, with so many calls that wait for their answers."""
    gateway = Gateway(**options)
    gateway.snapshot.caller_address = no_address
    wires = []
    for _ in range(calls):
        core, wire = gateway.caller()
        core.data_received(GET)
        wires.append(wire)
    gateway.loop.run()
    return gateway, wires


def assert_ended(wires: list[Wire], capfd: pytest.CaptureFixture[str]) -> None:
    for wire in wires:
        assert wire.sent.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
        assert b"\r\nConnection: close" in wire.sent
    logged = capfd.readouterr().err
    assert logged.count("request failed for an error of the gateway") == len(wires)
    assert "UnspeakableError" in logged


def fire(gateway: Gateway) -> None:
    """Let the timers fire that are set."""
    timers, gateway.loop.timers = gateway.loop.timers, []
    for timer in timers:
        if not timer.cancelled:
            timer.callback()


def step(op: int, *operands: Any) -> Step:
    return Step(op, operands, SITE)


class BreakInTheSecondRound:
    """Does nothing, then breaks."""

    def __init__(self) -> None:
        self._calls = 0

    def __call__(self, _: Exchange) -> None:
        self._calls += 1
        if self._calls == 2:
            raise UnspeakableError


AFTER_WAITING = (step(Op.WAIT, break_later),)
AFTER_A_PAUSE = (
    step(Op.ENTER, lambda _: Round(), 2),
    step(Op.DO, BreakInTheSecondRound()),
    step(Op.LEAVE, 1),
)


async def serve(steps: tuple[Step, ...], talk: Callable[..., Any]) -> Any:
    """Have `talk` with a server on a real socket whose inbound section is `steps`."""
    loop = asyncio.get_running_loop()
    made = Gateway(inbound=steps)
    services = Services(loop, made, made)
    services.install(made.snapshot)
    connections: list[Downstream] = []

    def connection() -> Any:
        connections.append(Downstream(services))
        return connections[-1]

    server = await loop.create_server(connection, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        try:
            return await asyncio.wait_for(talk(reader, writer), 10)
        finally:
            writer.close()


def stumble(_: Exchange) -> None:
    raise KeyError("s3cret")


def test_a_mistake_in_a_step_is_told_to_the_log_by_its_place(capfd: pytest.CaptureFixture[str]) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(GET)
        return await reader.readuntil(b"\r\n\r\n")

    answer = asyncio.run(serve((step(Op.DO, stumble),), talk))
    assert answer.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    logged = capfd.readouterr().err
    assert re.search(r'message="Internal error: KeyError at \S+/test_breakdowns.py:\d+\."', logged)
    assert "s3cret" not in logged


@pytest.mark.parametrize("steps", [AFTER_WAITING, AFTER_A_PAUSE], ids=["waiting", "pause"])
def test_the_request_ends_with_500_and_the_connection_with_it(
    steps: tuple[Step, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(GET)
        return await reader.read()

    released = Round.released
    answer = asyncio.run(serve(steps, talk))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert b"\r\nConnection: close" in head
    assert b'"message": "Internal server error"' in body
    assert Round.released - released == (steps is AFTER_A_PAUSE)
    logged = capfd.readouterr().err
    assert logged.count("request failed for an error of the gateway") == 1
    assert "the words are missing" in logged


def test_a_backend_that_closes_is_told_to_the_caller_all_the_same(capfd: pytest.CaptureFixture[str]) -> None:
    gateway, wires = failing()
    gateway.dialer.opened[-1][0].connection_lost(None)
    assert_ended(wires, capfd)


@pytest.mark.parametrize("answer", [b"garbage\r\n\r\n", b"HTTP/1.1 101 Other\r\n\r\n"])
def test_an_answer_that_is_none_is_told_to_the_caller_all_the_same(
    answer: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    gateway, wires = failing()
    gateway.dialer.opened[-1][0].data_received(answer)
    assert_ended(wires, capfd)


def test_a_backend_that_is_not_there_is_told_to_the_caller_all_the_same(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_: object, __: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(Dialer, "connect", refuse)
    _, wires = failing(2)
    assert_ended(wires, capfd)


def test_an_answer_that_ends_with_its_connection_may_break_its_reader(
    capfd: pytest.CaptureFixture[str],
) -> None:
    reads = step(Op.NEED_BODY, Message.RESPONSE)
    gateway, wires = failing(outbound=(reads, step(Op.DO, break_now)), on_error=(step(Op.DO, break_now),))
    upstream, _ = gateway.dialer.opened[-1]
    upstream.data_received(b"HTTP/1.1 200 OK\r\n\r\nok")
    upstream.connection_lost(None)
    assert_ended(wires, capfd)


def test_calls_that_are_too_late_end_one_after_the_other(
    capfd: pytest.CaptureFixture[str], clock: Callable[[float], None]
) -> None:
    gateway, wires = failing(3)
    clock(400)
    fire(gateway)
    assert_ended(wires, capfd)


def test_deadlines_behind_one_that_broke_are_kept(
    capfd: pytest.CaptureFixture[str], clock: Callable[[float], None]
) -> None:
    gateway, (first,) = failing(seconds=1000.0)
    clock(200)
    core, second = gateway.caller()
    core.data_received(GET)
    gateway.loop.run()
    clock(150)
    fire(gateway)
    assert_ended([first], capfd)
    assert second.sent == b""
    clock(200)
    fire(gateway)
    assert_ended([second], capfd)


def test_the_gateway_serves_on_after_it_broke(capfd: pytest.CaptureFixture[str]) -> None:
    gateway, wires = failing()
    gateway.dialer.opened.pop()[0].connection_lost(None)
    assert_ended(wires, capfd)
    assert gateway.exchange(GET, ANSWER)[1].startswith(b"HTTP/1.1 200 OK")
