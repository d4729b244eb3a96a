"""Damaged messages by the hundred, from callers and from backends, the same ones in every run.

The invariant: whatever comes in, a backend only ever gets strict HTTP/1.1 and so does a caller, or its
connection ends; the worker lives, and the next good request is served.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.harness import ClosedEarly, EchoBackend, RawConnection, ScriptedBackend, Session, ask
from tests.harness.config import forwarding
from tests.integration.conftest import Serve

Scripted = Callable[..., ScriptedBackend]
GOOD = b"GET /good HTTP/1.1\r\nHost: h\r\n\r\n"
REQUESTS = [
    b"GET /a/b?c=d HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nConnection: x-one\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello" + GOOD,
    b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: r\r\n\r\n" + GOOD,
    b"GET http://h/a HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n" * 2,
]
ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-One: 1\r\nConnection: x-one\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: r\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nSet-Cookie: a\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end",
]
ODD = [
    b"\r",
    b"\n",
    b"\r\n",
    b"\r\n\r\n",
    b"\0",
    b" ",
    b"\t",
    b":",
    b",",
    b";",
    b"\x0b",
    b"\xff",
    b"0",
    b"-",
    b"%",
    b"/..",
    b"chunked",
]


def damage(data: bytes, source: random.Random) -> bytes:
    """One to three small accidents."""
    for _ in range(source.randint(1, 3)):
        at, to = sorted((source.randrange(len(data) + 1), source.randrange(len(data) + 1)))
        match source.randrange(6):
            case 0:
                data = data[:at] + source.choice(ODD) + data[at:]
            case 1:
                data = data[:at] + data[min(to, at + 8) :]
            case 2:
                data = data[:at] + bytes([source.randrange(256)]) + data[at + 1 :]
            case 3:
                data = data[:to] + data[at:to] + data[to:]
            case 4:
                data = data[:to] + data[at : at + 20] + data[to:]
            case _:
                lines = data.split(b"\r\n")
                source.shuffle(lines) if source.random() < 0.2 else lines.insert(
                    source.randrange(len(lines)), source.choice(lines)
                )
                data = b"\r\n".join(lines)
        if not data:
            return b"x"
    return data


def pieces(data: bytes, source: random.Random) -> list[bytes]:
    if source.random() < 0.5:
        return [data]
    cut = source.randrange(len(data) + 1)
    return [piece for piece in (data[:cut], data[cut:]) if piece]


@pytest.mark.parametrize("seed", range(4))
def test_damaged_requests(serve: Serve, echo: EchoBackend, seed: int) -> None:
    edge = serve(echo)
    workers = edge.worker_pids()
    source = random.Random(seed)
    for _ in range(300):
        data = damage(source.choice(REQUESTS), source)
        with RawConnection(edge.url) as connection:
            for piece in pieces(data, source):
                connection.send_what_is_taken(piece)
            connection.finish_sending()
            try:
                while True:
                    assert connection.read_response(head_request=data[:4] == b"HEAD").status < 600
            except ClosedEarly:
                pass
    assert echo.violations == [], data
    assert ask(edge.url, GOOD).status == 200
    assert edge.worker_pids() == workers


@pytest.mark.parametrize("seed", range(4))
def test_damaged_answers(serve: Serve, scripted: Scripted, seed: int) -> None:
    source = random.Random(seed)
    sent = [b""]

    def answer(session: Session) -> None:
        while True:
            if session.request().target == "/good":
                session.answer(b"good")
                continue
            for piece in pieces(sent[0], source):
                session.send(piece)
            # Half of what is damaged only waits for more; it ends here.
            session.finish_sending()

    backend = scripted(answer)
    edge = serve(backend, policy=forwarding('timeout-ms="2000"'))
    workers = edge.worker_pids()
    for _ in range(300):
        sent[0] = damage(source.choice(ANSWERS), source)
        with RawConnection(edge.url) as connection:
            try:
                answered = connection.ask(b"GET /bad HTTP/1.1\r\nHost: h\r\n\r\n")
            except ClosedEarly:
                continue
            assert 200 <= answered.status < 1000, sent[0]
            assert not any(byte in value for _, value in answered.headers for byte in "\r\n\0\x0b"), sent[0]
            assert not any("\r" in name or " " in name for name, _ in answered.headers), sent[0]
            good = ask(edge.url, GOOD)
            assert (good.status, good.body) == (200, b"good"), sent[0]
    assert backend.violations == []
    assert edge.worker_pids() == workers
