"""A small client that keeps its connections and counts every lost request: the witness of a reload.

Lost means: no complete answer with status 200 came back, for whatever reason, also where a server closed an
idle connection just as the next request was on its way. It never retries, because a retry would hide that.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import Counter
from dataclasses import dataclass, field

from loadtests.scenarios import PATH, REQUEST_HEADERS

_SECONDS = 10.0
_LARGEST_CHUNK = 1 << 20


class BadAnswer(Exception):
    """The bytes that came back are no complete answer with status 200."""


@dataclass(slots=True)
class Witness:
    """What was counted. `closed` are connections that the server ended with an announced `close`."""

    answered: int = 0
    lost: int = 0
    opened: int = 0
    closed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


async def watch(
    port: int, stop: asyncio.Event, witness: Witness, context: ssl.SSLContext | None, pause: float
) -> None:
    """One request after the other on one kept connection until `stop` is set; `pause` seconds between."""
    lines = [f"GET {PATH} HTTP/1.1", f"Host: localhost:{port}"]
    lines += [f"{name}: {value}" for name, value in REQUEST_HEADERS.items()]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    try:
        while not stop.is_set():
            try:
                async with asyncio.timeout(_SECONDS):
                    if streams is None:
                        streams = await _open(port, context)
                        witness.opened += 1
                    streams[1].write(request)
                    await streams[1].drain()
                    keeps = await _answer(streams[0])
            except (OSError, EOFError, ValueError, IndexError, BadAnswer, asyncio.LimitOverrunError) as error:
                witness.lost += 1
                witness.reasons[_reason(error)] += 1
                keeps = False
            else:
                witness.answered += 1
                witness.closed += not keeps
            if not keeps and streams is not None:
                await _close(streams[1])
                streams = None
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
    finally:
        if streams is not None:
            await _close(streams[1])


async def _open(
    port: int, context: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if context is None:
        return await asyncio.open_connection("127.0.0.1", port)
    return await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")


async def _answer(reader: asyncio.StreamReader) -> bool:
    """Reads one whole answer (RFC 9112, section 6). Returns whether the connection stays open."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *rest = head.rstrip("\r\n").split("\r\n")
    status = first.split(" ")[1] if first.startswith("HTTP/1.1 ") else first
    headers = {
        name.strip().lower(): value.strip().lower()
        for name, _, value in (line.partition(":") for line in rest)
    }
    if headers.get("transfer-encoding") == "chunked":
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            if size > _LARGEST_CHUNK:
                raise BadAnswer("a chunk larger than any of the origin's answers")
            await reader.readexactly(size + 2)
        await reader.readuntil(b"\r\n")
    elif "content-length" in headers:
        await reader.readexactly(int(headers["content-length"]))
    else:
        raise BadAnswer("an answer without a length")
    if status != "200":
        raise BadAnswer(f"status {status[:40]}")
    return headers.get("connection") != "close"


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(1.0):
            await writer.wait_closed()


def _reason(error: BaseException) -> str:
    return str(error) if isinstance(error, BadAnswer) else f"{type(error).__name__}: {error}"[:100]
