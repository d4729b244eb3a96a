"""A fault of the gateway itself in a callback: the caller gets 500 and the end of its connection."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest

from fastgw._exchange import Exchange
from fastgw._program import Op, Step
from fastgw.gateway.downstream import Downstream
from fastgw.gateway.services import Services
from tests.oracle.wire import SITE, Gateway

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
