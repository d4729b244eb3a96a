"""A quick backend whose answers a test steers while requests arrive; it counts what it gets.

Meant for breakers and balancing: thousands of requests, several backends at once. What it reads is not
checked; `ScriptedBackend` does that.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Literal, Self

REMEMBERED = 1000

Mode = Literal["answer", "hang", "reset"]


class SteeredBackend:
    """An HTTP/1.1 server on a loop in a thread of its own; the body of its answers is its name.

    `status`, `fields` (extra header lines, each with its CRLF) and `delay` (seconds before the head) may be
    changed at any time and hold for requests that arrive later; `mode` is `answer`, `hang` (never answers)
    or `reset` (closes each connection that sends a request).
    """

    def __init__(self, name: str = "backend") -> None:
        self.name = name
        self.status = 200
        self.fields = ""
        self.delay = 0.0
        self.mode: Mode = "answer"
        self.requests = 0
        self.heads: list[bytes] = []
        """The heads of the last 1,000 requests."""
        self.bodies: list[bytes] = []
        """Their bodies, without the framing."""
        self.statuses: Counter[int] = Counter()
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        # Made here, used on the loop alone.
        self._free = asyncio.Event()
        self._free.set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.listen()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def targets(self) -> list[str]:
        """The request targets of the last 1,000 requests."""
        return [head.split(b" ", 2)[1].decode("latin-1") for head in list(self.heads)]

    def listen(self) -> None:
        """Accept connections (again), on the port that it had before."""
        self._call(self._listen())

    def die(self) -> None:
        """Close the listener and every connection, as a process that is killed does."""
        self._call(self._die())

    def hold(self) -> None:
        """Take requests in, and answer none of them until `let_go`; the status is looked at then."""
        self._loop.call_soon_threadsafe(self._free.clear)

    def let_go(self) -> None:
        """Answer what was held, and what comes."""
        self._loop.call_soon_threadsafe(self._free.set)

    def close(self) -> None:
        """End the thread."""
        self.die()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def reset(self) -> None:
        """Forget what was counted."""
        self.requests = 0
        self.statuses.clear()
        self.heads.clear()
        self.bodies.clear()

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._accepted, "127.0.0.1", self.port, backlog=1024)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _die(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._server is None:
            writer.transport.abort()
            return
        task = self._loop.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while await self._answer(reader, writer):
                    pass
        finally:
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Serve one request; False when the connection is to be closed."""
        head = await reader.readuntil(b"\r\n\r\n")
        body = await _body(reader, head.lower())
        self.requests += 1
        self.heads.append(head)
        self.bodies.append(body)
        del self.heads[:-REMEMBERED], self.bodies[:-REMEMBERED]
        if self.mode == "reset":
            return False
        if self.mode == "hang":
            await reader.read()
            return False
        if self.delay:
            await asyncio.sleep(self.delay)
        await self._free.wait()
        status = self.status
        self.statuses[status] += 1
        answer = b"" if head.startswith(b"HEAD ") else self.name.encode()
        writer.write(
            f"HTTP/1.1 {status} Said\r\n{self.fields}Content-Length: {len(self.name)}\r\n\r\n".encode()
            + answer
        )
        await writer.drain()
        return True


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    """The body that a head in lower case announces."""
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return await reader.readexactly(int(value))
        if name == b"transfer-encoding":
            pieces = []
            while size := int(await reader.readuntil(b"\r\n"), 16):
                pieces.append((await reader.readexactly(size + 2))[:-2])
            await reader.readuntil(b"\r\n")
            return b"".join(pieces)
    return b""
