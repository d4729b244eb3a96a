"""The doors of a worker: what bounds the calls that nobody waits for, and what a URL may be."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from fastgw._exchange import Exchange
from fastgw.gateway import doors as module
from fastgw.gateway.doors import Doors
from fastgw.gateway.pools import Pools
from fastgw.gateway.services import Services
from fastgw.outbound import OutboundRequest

# As much of a snapshot as calls look at.
SNAPSHOT: Any = SimpleNamespace(targets=(), client_contexts=())


def request(url: str, **options: Any) -> OutboundRequest:
    return OutboundRequest(b"GET", url, (), b"", 5.0, **options)


def exchange() -> Exchange:
    made = Exchange()
    made.snapshot = SNAPSHOT
    return made


def worker() -> Doors:
    loop = asyncio.get_running_loop()
    pools = Pools(loop)
    pools.install(SNAPSHOT)
    services = Services(loop, pools, None)
    return Doors(services)


class Seen(list[str]):
    """First lines of requests, of which a number can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._more = asyncio.Condition()

    async def add(self, line: str) -> None:
        async with self._more:
            self.append(line)
            self._more.notify_all()

    async def wait_for(self, count: int) -> None:
        async with self._more:
            await self._more.wait_for(lambda: len(self) >= count)


async def answering() -> tuple[asyncio.Server, asyncio.Event, Seen]:
    """A server that answers once the event is set, and what it got."""
    free = asyncio.Event()
    seen = Seen()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await seen.add((await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[0])
                await free.wait()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0), free, seen


def url_of(server: asyncio.Server) -> str:
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "must begin with|must be an absolute"),
        ("ftp://x/", "must begin with"),
        ("http:///x", "must name a host|must be an absolute"),
        ("http://x:0/", "may not use port 0"),
        ("http://x/a b", "must be an absolute URL"),
        ("http://u:p@x/", "may not hold a user name"),
        ("http://x/#f", "may not hold a fragment"),
        ("http://x/\r\nHost: y", "must be an absolute URL"),
    ],
)
def test_a_bad_url_is_a_value_error_that_does_not_repeat_it(url: str, problem: str) -> None:
    async def run() -> None:
        await worker().call(request(url), exchange())

    with pytest.raises(ValueError, match=f"^The URL of the call ({problem})"):
        asyncio.run(run())


def test_calls_to_one_place_share_connections_and_paths_go_out_as_they_are() -> None:
    async def run() -> None:
        server, free, seen = await answering()
        free.set()
        doors = worker()
        for tail in ("", "/", "?a=b", "/p%20q/?x=%26"):
            answer = await doors.call(request(url_of(server) + tail), exchange())
            assert (answer.body, answer.head.items()) == (b"ok", [(b"Content-Length", b"2")])
        assert seen == [f"GET {path} HTTP/1.1" for path in ("/", "/", "/?a=b", "/p%20q/?x=%26")]
        server.close()

    asyncio.run(run())


def test_calls_that_nobody_waits_for_are_bounded(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "MOST_LATER", 2)

    async def run() -> None:
        server, free, seen = await answering()
        doors = worker()
        for _ in range(4):
            doors.call_later(request(url_of(server) + "/later"), exchange())
        await seen.wait_for(2)
        free.set()
        await doors.close(5.0)
        assert len(seen) == 2
        doors.call_later(request(url_of(server)), exchange())
        await doors.close(5.0)
        assert len(seen) == 3
        server.close()

    asyncio.run(run())
    assert capfd.readouterr().err.count("one-way calls are dropped") == 1


def test_closing_ends_what_does_not_end_in_time() -> None:
    async def run() -> None:
        server, _, seen = await answering()
        doors = worker()
        doors.call_later(request(url_of(server)), exchange())
        await seen.wait_for(1)
        await doors.close(0.0)
        await asyncio.sleep(0)
        assert [task for task in asyncio.all_tasks() if "_call_later" in repr(task)] == []
        server.close()

    asyncio.run(run())


def test_the_targets_that_are_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_TARGETS", 4)

    async def run() -> None:
        doors = worker()
        targets = [doors._address(f"http://h{number}/", None)[0] for number in range(20)]
        assert len(set(targets)) == 20
        assert doors._address("http://H19:80/x", None)[0] is targets[19]
        assert len(doors._targets) <= 4

    asyncio.run(run())
