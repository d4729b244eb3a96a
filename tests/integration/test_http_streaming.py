"""Bodies on their way: large ones, slow ones, pieces passed on as they come, memory that stays bounded."""

from __future__ import annotations

import hashlib
import json
import random
import select
import threading
import time
from collections.abc import Callable

import pytest

from tests.harness import (
    ClosedEarly,
    EchoBackend,
    GatewayProcess,
    RawConnection,
    ScriptedBackend,
    Session,
    ask,
    wait_until,
)
from tests.integration.conftest import Serve

Scripted = Callable[..., ScriptedBackend]
MIB = 1048576
LARGE = random.Random(1).randbytes(10 * MIB)
DIGEST = hashlib.sha256(LARGE).hexdigest()
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


def get(target: str = "/x") -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: example.test\r\n\r\n".encode()


def post_head(fields: bytes) -> bytes:
    return b"POST /x HTTP/1.1\r\nHost: example.test\r\n" + fields


def chunks(data: bytes, seed: int, largest: int) -> list[bytes]:
    """`data` as chunks of random sizes, the last one included."""
    sizes = random.Random(seed)
    pieces, at = [], 0
    while at < len(data):
        piece = data[at : at + sizes.randint(1, largest)]
        pieces.append(b"%x\r\n%b\r\n" % (len(piece), piece))
        at += len(piece)
    return [*pieces, b"0\r\n\r\n"]


# Whole bodies


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_ten_mebibytes_go_up_unchanged(serve: Serve, echo: EchoBackend, framing: str) -> None:
    edge = serve(echo)
    with RawConnection(edge.url, 30.0) as connection:
        if framing == "length":
            connection.send(post_head(b"Content-Length: %d\r\n\r\n" % len(LARGE)) + LARGE)
        else:
            connection.send(post_head(CHUNKED) + b"".join(chunks(LARGE, 2, 200_000)))
        answer = json.loads(connection.read_response().body)
        assert (answer["framing"], answer["bodyLength"], answer["sha256"]) == (framing, len(LARGE), DIGEST)
        assert connection.ask(get()).status == 200


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_ten_mebibytes_come_down_unchanged(serve: Serve, scripted: Scripted, framing: str) -> None:
    def answer(session: Session) -> None:
        session.request()
        if framing == "length":
            session.answer(LARGE)
        elif framing == "chunked":
            session.send(b"HTTP/1.1 200 OK\r\n" + CHUNKED + b"".join(chunks(LARGE, 3, 200_000)))
        else:
            session.send(b"HTTP/1.1 200 OK\r\n\r\n" + LARGE)
            session.close()

    edge = serve(scripted(answer))
    with RawConnection(edge.url, 30.0) as connection:
        answered = connection.ask(get())
        assert answered.framing == ("length" if framing == "length" else "chunked")
        assert hashlib.sha256(answered.body).hexdigest() == DIGEST
        assert connection.ask(b"BREW /x HTTP/1.1\r\nHost: h\r\n\r\n").status == 404


@pytest.mark.parametrize("seed", range(5))
def test_bodies_in_odd_pieces_are_put_together_again(serve: Serve, scripted: Scripted, seed: int) -> None:
    body = LARGE[: 3000 + seed]
    sizes = random.Random(seed)

    def pieces(data: bytes) -> list[bytes]:
        found = []
        while data:
            count = sizes.randint(1, 40)
            found.append(data[:count])
            data = data[count:]
        return found

    def answer(session: Session) -> None:
        while True:
            request = session.request()
            for piece in pieces(b"HTTP/1.1 200 OK\r\n" + CHUNKED + b"".join(chunks(request.body, seed, 50))):
                session.send(piece)

    with RawConnection(serve(scripted(answer)).url) as connection:
        for _ in range(3):
            for piece in pieces(post_head(CHUNKED) + b"".join(chunks(body, seed, 50))):
                connection.send(piece)
            assert connection.read_response().body == body


# As it comes


def test_pieces_of_an_event_stream_arrive_before_the_answer_ends(serve: Serve, scripted: Scripted) -> None:
    go_on = threading.Semaphore(0)

    def answer(session: Session) -> None:
        session.request()
        session.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + CHUNKED)
        for number in range(5):
            assert go_on.acquire(timeout=10)
            event = b"data: %d\n\n" % number
            session.send(b"%x\r\n%b\r\n" % (len(event), event))
        assert go_on.acquire(timeout=10)
        session.send(b"0\r\n\r\n")

    with RawConnection(serve(scripted(answer)).url) as connection:
        head = connection.send(get()).read_head()
        assert (head.status, head.get("content-type")) == (200, "text/event-stream")
        for number in range(5):
            go_on.release()
            assert connection.read_chunk() == b"data: %d\n\n" % number
        go_on.release()
        assert connection.read_chunk() == b""


def test_pieces_of_an_answer_with_a_length_arrive_as_they_come(serve: Serve, scripted: Scripted) -> None:
    backend = scripted(lambda session: None)
    with RawConnection(serve(backend).url) as connection:
        connection.send(get())
        session = backend.session()
        session.request()
        session.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
        assert connection.read_head().get("content-length") == "6"
        for piece in (b"ab", b"cd", b"ef"):
            session.send(piece)
            assert connection.exactly(2) == piece


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_pieces_of_a_request_reach_the_backend_as_they_come(
    serve: Serve, scripted: Scripted, framing: str
) -> None:
    backend = scripted(lambda session: None)
    with RawConnection(serve(backend).url) as connection:
        connection.send(post_head(b"Content-Length: 6\r\n\r\n" if framing == "length" else CHUNKED))
        session = backend.session()
        assert session.request_head().framing == framing
        for piece in (b"ab", b"cd", b"ef"):
            connection.send(piece if framing == "length" else b"2\r\n" + piece + b"\r\n")
            session.wait_for(piece)
        if framing == "chunked":
            connection.send(b"0\r\n\r\n")
        session.wait_for(b"0\r\n\r\n" if framing == "chunked" else b"ef")
        session.answer(b"done")
        assert connection.read_response().body == b"done"


def test_an_answer_that_comes_before_the_request_ends_is_passed_on(serve: Serve, scripted: Scripted) -> None:
    backend = scripted(lambda session: None)
    edge = serve(backend)
    with RawConnection(edge.url) as connection:
        connection.send(post_head(b"Content-Length: 10000000\r\n\r\n") + b"x" * 1000)
        session = backend.session()
        session.request_head()
        session.answer(b"too much", "HTTP/1.1 413 Content Too Large")
        answer = connection.read_response()
        assert (answer.status, answer.body, answer.get("connection")) == (413, b"too much", "close")
        # A connection with half a request on it cannot be used again.
        session.wait_closed()
        connection.send_what_is_taken(b"x" * 100_000)
        assert connection.is_closed_by_peer()


def test_a_small_rest_of_a_request_is_read_away_so_that_the_connection_lives(
    serve: Serve, scripted: Scripted
) -> None:
    backend = scripted(lambda session: None)
    edge = serve(backend)
    with RawConnection(edge.url) as connection:
        connection.send(post_head(b"Content-Length: 1000\r\n\r\n") + b"x" * 10)
        backend.session().request_head()
        backend.session().answer(b"early")
        answer = connection.read_response()
        assert answer.body == b"early"
        connection.send_what_is_taken(b"x" * 990)
        if answer.get("connection") is None:
            connection.send(get("/next"))
            second = backend.session(1)
            assert second.request().target == "/next"
            second.answer(b"second")
            assert connection.read_response().body == b"second"
        else:
            assert connection.is_closed_by_peer()


def test_both_directions_flow_at_the_same_time(serve: Serve, scripted: Scripted) -> None:
    def answer(session: Session) -> None:
        session.request_head()
        session.send(b"HTTP/1.1 200 OK\r\n" + CHUNKED)
        while piece := session.read_chunk():
            session.send(b"%x\r\n%b\r\n" % (len(piece), piece.upper()))
        session.send(b"0\r\n\r\n")

    with RawConnection(serve(scripted(answer)).url) as connection:
        connection.send(post_head(CHUNKED) + b"1\r\na\r\n")
        assert connection.read_head().status == 200
        assert connection.read_chunk() == b"A"
        for piece in (b"bc", b"def"):
            connection.send(b"%x\r\n%b\r\n" % (len(piece), piece))
            assert connection.read_chunk() == piece.upper()
        connection.send(b"0\r\n\r\n")
        assert connection.read_chunk() == b""


# Slow sides

FLOOD = 48 * MIB
SLACK = 12 * MIB


def warm(edge: GatewayProcess) -> int:
    """The resident size of a worker that has served a request."""
    ask(edge.url, b"BREW /x HTTP/1.1\r\nHost: h\r\n\r\n")
    return edge.resident_bytes()


def test_a_slow_reader_does_not_fill_the_gateway(serve: Serve, scripted: Scripted) -> None:
    progress = [0]

    def answer(session: Session) -> None:
        session.request()
        session.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % FLOOD)
        piece = LARGE[:65536]
        for _ in range(FLOOD // len(piece)):
            session.send(piece)
            progress[0] += len(piece)

    edge = serve(scripted(answer))
    before = warm(edge)
    with RawConnection(edge.url, 30.0, receive_buffer=65536) as connection:
        connection.send(get())
        connection.read_head()
        stalled(lambda: progress[0])
        assert progress[0] < FLOOD
        assert edge.resident_bytes() - before < SLACK
        rest = FLOOD - len(connection.buffer)
        connection.buffer = b""
        while rest > 0:
            assert connection.fill()
            rest -= len(connection.buffer)
            connection.buffer = b""
        assert rest == 0
        assert progress[0] == FLOOD


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_slow_backend_does_not_fill_the_gateway(serve: Serve, scripted: Scripted, framing: str) -> None:
    backend = scripted(lambda session: None, hold=True, receive_buffer=65536)
    edge = serve(backend)
    before = warm(edge)
    piece = LARGE[:65536] if framing == "length" else b"10000\r\n" + LARGE[:65536] + b"\r\n"
    with RawConnection(edge.url, 30.0) as connection:
        connection.send(post_head(b"Content-Length: %d\r\n\r\n" % FLOOD if framing == "length" else CHUNKED))
        sent, rest = 0, memoryview(piece)
        connection.sock.setblocking(False)
        while sent < FLOOD:
            if not select.select([], [connection.sock], [], 0.4)[1]:
                break
            count = connection.sock.send(rest)
            sent += count
            rest = rest[count:] or memoryview(piece)
        assert sent < FLOOD, "the gateway took everything"
        assert edge.resident_bytes() - before < SLACK
        connection.reset()
    backend.session().resume()
    backend.session().wait_closed(20.0)


def test_a_reader_that_never_reads_is_cut_off_after_its_time(serve: Serve, scripted: Scripted) -> None:
    def answer(session: Session) -> None:
        session.request()
        session.answer(LARGE * 2)

    backend = scripted(answer)
    edge = serve(backend, gateway={"clientTimeouts": {"write": "PT0.3S"}})
    with RawConnection(edge.url, receive_buffer=4096) as connection:
        connection.send(get())
        backend.session().wait_closed()
        with pytest.raises(ClosedEarly):
            connection.read_response()


def stalled(read: Callable[[], int]) -> None:
    """Wait until a number that grows has not grown for 0.4 s."""
    last, since = read(), time.monotonic()

    def unchanged() -> bool:
        nonlocal last, since
        now = read()
        if now != last:
            last, since = now, time.monotonic()
        return bool(now) and time.monotonic() - since > 0.4

    wait_until(unchanged, 20.0, "a standstill")
