"""The one GET: how answers are framed, what is refused, how long it may take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from fastgw.gateway.fabric_http import MAX_ANSWER, Answer, FetchError, get
from tests.harness import ScriptedBackend
from tests.harness.backend import Session
from tests.tls.wire import run

TARGET = "/Services/a/$/ResolvePartition?api-version=6.0"
Start = Callable[..., ScriptedBackend]


def fetched(start: Start, *answer: bytes) -> Answer:
    """What is made of an answer; its pieces are sent as they are, then the connection is closed."""

    def script(session: Session) -> None:
        session.request()
        for piece in answer:
            session.send(piece)
        session.close()

    return asked(start(script).url)


def asked(url: str, seconds: float = 5) -> Answer:
    found: list[Answer] = []

    async def main() -> None:
        found.append(await get(url, TARGET, None, seconds))

    run(main)
    return found[0]


ANSWERS = {
    "length": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", Answer(200, b"ok")),
    "length-and-more": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokxx", Answer(200, b"ok")),
    "empty": (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", Answer(404, b"")),
    "chunked": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
        Answer(200, b"ok"),
    ),
    "until-the-end": (b"HTTP/1.1 200 OK\r\n\r\nok", Answer(200, b"ok")),
    "http-1.0": (b"HTTP/1.0 200 OK\r\n\r\nok", Answer(200, b"ok")),
}


@pytest.mark.parametrize(("raw", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_read_as_it_is_framed(scripted: Start, raw: bytes, expected: Answer) -> None:
    assert fetched(scripted, raw) == expected
    assert fetched(scripted, *(raw[at : at + 1] for at in range(len(raw)))) == expected


@pytest.mark.parametrize("name", ["length", "empty", "chunked"])
def test_an_answer_that_is_whole_is_taken_though_the_connection_stays_open(
    scripted: Start, name: str
) -> None:
    raw, expected = ANSWERS[name]

    def script(session: Session) -> None:
        session.request()
        session.send(raw)
        session.wait_closed()

    backend = scripted(script)
    assert asked(backend.url) == expected
    assert backend.session().wait_closed()


BAD = {
    "nothing": (b"", "closed without an answer"),
    "no-http": (b"SSH-2.0-x\r\n\r\n", "not valid HTTP"),
    "half-a-head": (b"HTTP/1.1 200 OK\r\nContent-", "not valid HTTP"),
    "framed-twice": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok",
        "not valid HTTP",
    ),
    "cut-short": (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", "cut short"),
    "chunks-cut-short": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
        "cut short",
    ),
    "broken-chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "broken chunks"),
    "too-large": (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * MAX_ANSWER, "larger than 1048576 bytes"),
}


@pytest.mark.parametrize(("raw", "problem"), BAD.values(), ids=BAD)
def test_what_is_no_whole_answer_is_refused(scripted: Start, raw: bytes, problem: str) -> None:
    with pytest.raises(FetchError, match=problem):
        fetched(scripted, raw)


def test_an_answer_without_end_is_read_to_the_bound_and_no_further(scripted: Start) -> None:
    def script(session: Session) -> None:
        session.request()
        session.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            session.send(b"x" * 65536)

    backend = scripted(script)
    with pytest.raises(FetchError, match="larger than 1048576 bytes"):
        asked(backend.url, 20)
    assert backend.session().wait_closed()


def test_the_request_is_strict_and_asks_for_the_end_of_the_connection(scripted: Start) -> None:
    backend = scripted(lambda session: session.answer(b"ok").close() if session.request() else None)
    asked(backend.url + "/management/")
    (request,) = backend.requests
    assert backend.violations == []
    assert (request.method, request.target) == ("GET", "/management" + TARGET)
    assert request.headers == [
        ("Host", f"127.0.0.1:{backend.port}"),
        ("Accept", "application/json"),
        ("Connection", "close"),
    ]


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok"])
def test_an_endpoint_that_stalls_has_its_time_and_no_more(scripted: Start, said: bytes) -> None:
    def script(session: Session) -> None:
        session.request()
        session.send(said)
        session.wait_closed()

    backend = scripted(script)
    with pytest.raises(FetchError, match=r"no whole answer within 0\.2 seconds"):
        asked(backend.url, 0.2)
    assert backend.session().wait_closed()


def test_a_connection_that_breaks_cuts_a_body_without_a_length_short(scripted: Start) -> None:
    def script(session: Session) -> None:
        session.request()
        session.send(b"HTTP/1.1 200 OK\r\n\r\nok")
        session.reset()

    with pytest.raises(FetchError):
        asked(scripted(script).url)


def test_a_host_that_cannot_be_looked_up_is_an_error_like_others() -> None:
    with pytest.raises(FetchError, match=r"x{64}\.test"):
        asked(f"http://{'x' * 64}.test")


def test_a_cancelled_call_leaves_no_connection(scripted: Start) -> None:
    backend = scripted(lambda session: session.wait_closed())

    async def main() -> None:
        call = asyncio.create_task(get(backend.url, TARGET, None, 20))
        session = await asyncio.to_thread(backend.session)
        await asyncio.to_thread(session.wait_for, TARGET.encode())
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.to_thread(session.wait_closed)

    run(main)
