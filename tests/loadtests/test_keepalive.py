"""The witness of a reload: what counts as lost, and what does not. Servers here are scripted answers."""

from __future__ import annotations

import asyncio

import pytest

from loadtests.keepalive import Witness, watch

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
FAREWELL = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
ERROR = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno"
HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok"
ENDLESS = b"HTTP/1.1 200 OK\r\n\r\nok"


async def observe(script: list[tuple[bytes, bool]]) -> Witness:
    """Serves the answers in turn (each with whether the server then closes) and returns what was counted."""
    left = iter(script)
    stop = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                step = next(left, None)
                if step is None:
                    stop.set()
                    writer.write(GOOD)
                    return
                writer.write(step[0])
                if step[1]:
                    return
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    witness = Witness()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, asyncio.timeout(20):
        await watch(server.sockets[0].getsockname()[1], stop, witness, None, 0.001)
    return witness


@pytest.mark.parametrize(
    ("script", "lost", "opened"),
    [
        ([(GOOD, False), (CHUNKED, False), (GOOD, False)], 0, 1),
        ([(FAREWELL, True), (GOOD, False)], 0, 2),
        ([(ERROR, False), (GOOD, False)], 1, 2),
        ([(HALF, True), (GOOD, False)], 1, 2),
        ([(b"", True), (GOOD, False)], 1, 2),
        ([(ENDLESS, True), (GOOD, False)], 1, 2),
        ([(b"nonsense\r\n\r\n", True), (GOOD, False)], 1, 2),
        ([(GOOD, True), (GOOD, False)], 1, 2),
    ],
    ids=[
        "answers on one connection",
        "an announced close is no loss",
        "a wrong status",
        "a body cut short",
        "a close without an answer",
        "no length",
        "not HTTP",
        "a close that was not announced",
    ],
)
def test_lost_requests_are_counted(script: list[tuple[bytes, bool]], lost: int, opened: int) -> None:
    witness = asyncio.run(observe(script))
    assert witness.lost == lost, witness.reasons
    assert witness.opened == opened
    # The last answer is the one that ends the observation.
    assert witness.answered + witness.lost >= len(script) + 1
