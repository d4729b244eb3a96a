"""Backends that fail: the caller is told, nothing of a broken answer passes for a whole one, nothing leaks.

After every failure a good backend behind the same worker is reached, and the worker has as many files open
as before. Errors are those of spec/policies/document.md section 5 and spec/resilience.md section 4.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import ClassVar

import pytest

from tests.harness import (
    ClosedEarly,
    EchoBackend,
    GatewayProcess,
    RawConnection,
    Response,
    ScriptedBackend,
    Session,
    ask,
    wait_until,
)
from tests.harness.config import api, forwarding, one_api

Scripted = Callable[..., ScriptedBackend]
GET = b"GET /x HTTP/1.1\r\nHost: example.test\r\n\r\n"
GOOD = b"GET /good HTTP/1.1\r\nHost: example.test\r\n\r\n"
ERROR = re.compile(
    rb'\{ "statusCode": 500, "message": "Internal server error", "activityId": '
    rb'"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}" \}'
)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class World:
    """The gateway between a bad backend (at `/`) and a good one (at `/good`)."""

    floors: ClassVar[dict[int, int]] = {}

    def __init__(self, process: GatewayProcess, good: EchoBackend) -> None:
        self.process = process
        self.good = good

    def face(self, bad: ScriptedBackend | str, policy: str | None = None) -> GatewayProcess:
        """Serve with that bad backend and reach the good one once."""
        configuration = one_api(bad if isinstance(bad, str) else bad.url, policy=policy)
        configuration["apis"].append(api(self.good.url, id="good", path="good"))
        self.process.reconfigure(configuration)
        assert ask(self.process.url, GOOD).status == 200
        # The least that was ever open here: a leak of an earlier test must not raise the bar.
        floor = min(self.floors.get(self.process.pid, 10**6), self.process.open_files())
        self.floors[self.process.pid] = floor
        self.worker = self.process.worker_pids()
        return self.process

    def assert_recovered(self) -> None:
        assert ask(self.process.url, GOOD).status == 200
        floor = self.floors[self.process.pid]
        wait_until(lambda: self.process.open_files() <= floor, what=f"going back to {floor} open files")
        assert self.process.worker_pids() == self.worker, "the worker died"


@pytest.fixture
def world(process: GatewayProcess, echo: EchoBackend) -> Iterator[World]:
    made = World(process, echo)
    yield made
    made.assert_recovered()


def assert_error(answer: Response) -> None:
    assert answer.status == 500
    assert answer.reason == "Internal Server Error"
    assert ERROR.fullmatch(answer.body), answer.body
    assert answer.get("content-type") == "application/json"


def sending(*pieces: bytes, then: str = "wait") -> Callable[[Session], None]:
    """Answer a request with these bytes, then `close`, `reset` or `wait` for the gateway to close."""

    def script(session: Session) -> None:
        session.request()
        for piece in pieces:
            session.send(piece)
        if then == "close":
            session.close()
        elif then == "reset":
            session.reset()

    return script


# No answer at all


def test_a_backend_that_refuses_connections_is_an_error(world: World, scripted: Scripted) -> None:
    backend = scripted(b"")
    backend.stop_listening()
    edge = world.face(backend)
    with RawConnection(edge.url) as connection:
        # The caller's connection is not to blame and lives on.
        for _ in range(3):
            assert_error(connection.ask(GET))


def test_a_name_that_does_not_resolve_is_an_error(world: World) -> None:
    assert_error(ask(world.face("http://no-such-host.invalid:80").url, GET))


@pytest.mark.parametrize("body", [b"", b"abc"], ids=["get", "post"])
@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_backend_that_leaves_without_an_answer_is_an_error_and_not_asked_again(
    world: World, scripted: Scripted, how: str, body: bytes
) -> None:
    backend = scripted(sending(then=how))
    edge = world.face(backend)
    request = b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc" if body else GET
    with RawConnection(edge.url) as connection:
        assert_error(connection.ask(request))
        assert len(backend.requests) == 1
        assert_error(connection.ask(request))
    assert len(backend.requests) == 2


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_backend_that_leaves_before_reading_is_an_error(world: World, scripted: Scripted, how: str) -> None:
    edge = world.face(scripted(Session.close if how == "close" else Session.reset))
    assert_error(ask(edge.url, GET))


def test_a_backend_that_never_answers_is_given_up_after_the_timeout(world: World, scripted: Scripted) -> None:
    backend = scripted(sending())
    edge = world.face(backend, forwarding('timeout-ms="200"'))
    with RawConnection(edge.url) as connection:
        started = time.monotonic()
        assert_error(connection.ask(GET))
        assert 0.15 < time.monotonic() - started < 5
        backend.session().wait_closed()
        assert_error(connection.ask(GET))


def test_half_a_head_does_not_stop_the_clock(world: World, scripted: Scripted) -> None:
    backend = scripted(sending(b"HTTP/1.1 200 OK\r\nX: y\r\n"))
    assert_error(ask(world.face(backend, forwarding('timeout-ms="200"')).url, GET))
    backend.session().wait_closed()


def test_interim_answers_do_not_stop_the_clock(world: World, scripted: Scripted) -> None:
    backend = scripted(sending(b"HTTP/1.1 100 Continue\r\n\r\n"))
    assert_error(ask(world.face(backend, forwarding('timeout-ms="200"')).url, GET))
    backend.session().wait_closed()


def test_the_timeout_ends_with_the_head(world: World, scripted: Scripted) -> None:
    backend = scripted(lambda session: None)
    edge = world.face(backend, forwarding('timeout-ms="200"'))
    with RawConnection(edge.url) as connection:
        connection.send(GET)
        session = backend.session()
        session.request()
        session.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        connection.read_head()
        assert connection.silent(0.4)
        session.send(b"ok")
        assert connection.exactly(2) == b"ok"
    session.close()


# Answers that are not HTTP


def answer(
    *fields: bytes, line: bytes = b"HTTP/1.1 200 OK", end: bytes = b"\r\n", body: bytes = b"abc"
) -> bytes:
    return end.join((line, *fields, b"", b"")) + body


LENGTH = b"Content-Length: 3"
BROKEN = {
    "garbage": b"garbage\r\n\r\n",
    "garbage-one-line": b"garbage\r\n" * 5000,
    "ssh": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "html": b"<html>hello</html>\r\n\r\n",
    "binary": bytes(range(256)) * 20,
    "tls-alert-with-line-end": b"\x15\x03\x01\x00\x02\x02\x0a",
    "two-empty-lines": b"\r\n\r\n" + answer(LENGTH),
    "version-2.0": answer(LENGTH, line=b"HTTP/2.0 200 OK"),
    "version-1.2": answer(LENGTH, line=b"HTTP/1.2 200 OK"),
    "version-0.9": answer(LENGTH, line=b"HTTP/0.9 200 OK"),
    "version-lower-case": answer(LENGTH, line=b"http/1.1 200 OK"),
    "version-icy": answer(LENGTH, line=b"ICY 200 OK"),
    "status-two-digits": answer(LENGTH, line=b"HTTP/1.1 20 OK"),
    "status-four-digits": answer(LENGTH, line=b"HTTP/1.1 2000 OK"),
    "status-letters": answer(LENGTH, line=b"HTTP/1.1 abc OK"),
    "status-negative": answer(LENGTH, line=b"HTTP/1.1 -20 OK"),
    "status-zero": answer(LENGTH, line=b"HTTP/1.1 000 OK"),
    "status-below-100": answer(LENGTH, line=b"HTTP/1.1 099 OK"),
    "status-missing": answer(LENGTH, line=b"HTTP/1.1"),
    "status-two-spaces": answer(LENGTH, line=b"HTTP/1.1  200 OK"),
    "status-without-space": answer(LENGTH, line=b"HTTP/1.1200 OK"),
    "status-tab": answer(LENGTH, line=b"HTTP/1.1\t200 OK"),
    "status-line-leading-space": answer(LENGTH, line=b" HTTP/1.1 200 OK"),
    "reason-nul": answer(LENGTH, line=b"HTTP/1.1 200 O\x00K"),
    "reason-bare-cr": answer(LENGTH, line=b"HTTP/1.1 200 O\rK"),
    "reason-control": answer(LENGTH, line=b"HTTP/1.1 200 O\x1bK"),
    "length-twice-different": answer(LENGTH, b"Content-Length: 30"),
    "length-twice-equal": answer(LENGTH, LENGTH),
    "length-list": answer(b"Content-Length: 3, 3"),
    "length-negative": answer(b"Content-Length: -3"),
    "length-plus": answer(b"Content-Length: +3"),
    "length-hex": answer(b"Content-Length: 0x3"),
    "length-empty": answer(b"Content-Length:"),
    "length-overflow": answer(b"Content-Length: 18446744073709551619"),
    "length-and-coding": answer(LENGTH, b"Transfer-Encoding: chunked", body=b"3\r\nabc\r\n0\r\n\r\n"),
    "coding-and-length": answer(b"Transfer-Encoding: chunked", LENGTH, body=b"3\r\nabc\r\n0\r\n\r\n"),
    "coding-unknown": answer(b"Transfer-Encoding: gzip"),
    "coding-identity": answer(b"Transfer-Encoding: identity"),
    "coding-list": answer(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
    "coding-twice": answer(*[b"Transfer-Encoding: chunked"] * 2, body=b"0\r\n\r\n"),
    "coding-vertical-tab": answer(b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"),
    "coding-space-before-colon": answer(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n"),
    "coding-in-http-1.0": answer(b"Transfer-Encoding: chunked", line=b"HTTP/1.0 200 OK", body=b"0\r\n\r\n"),
    "lf-only": answer(LENGTH, end=b"\n"),
    "lf-after-status-line": b"HTTP/1.1 200 OK\nContent-Length: 3\r\n\r\nabc",
    "lf-after-field": b"HTTP/1.1 200 OK\r\nContent-Length: 3\nX: y\r\n\r\nabc",
    "lf-as-empty-line": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\nabc",
    "cr-in-value": answer(b"X: a\rb", LENGTH),
    "cr-injected-field": answer(b"X: a\rSet-Cookie: b", LENGTH),
    "nul-in-value": answer(b"X: a\x00b", LENGTH),
    "control-in-value": answer(b"X: a\x01b", LENGTH),
    "delete-in-value": answer(b"X: a\x7fb", LENGTH),
    "nul-in-name": answer(b"X\x00Y: a", LENGTH),
    "space-in-name": answer(b"X Y: a", LENGTH),
    "space-before-colon": answer(b"X : a", LENGTH),
    "name-empty": answer(b": a", LENGTH),
    "name-high-byte": answer(b"X\xe4: a", LENGTH),
    "no-colon": answer(b"XYZ", LENGTH),
    "obs-fold": answer(b"X: a\r\n b", LENGTH),
    "obs-fold-first": answer(b" X: a", LENGTH),
    "line-too-long": answer(b"X: " + b"v" * 40_000, LENGTH),
    "too-many-fields": answer(*[b"X: y"] * 300, LENGTH),
    "head-too-large": answer(*[b"X: " + b"v" * 8000] * 10, LENGTH),
    "head-without-end": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000,
    "line-without-end": b"HTTP/1.1 200 OK\r\nX: " + b"v" * 100_000,
    "switching-protocols": b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    "switching-after-interim": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n",
    "interim-without-end": b"HTTP/1.1 100 Continue\r\n\r\n" * 100,
    "interim-then-garbage": b"HTTP/1.1 100 Continue\r\n\r\ngarbage\r\n\r\n",
}


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in BROKEN.items()])
def test_an_answer_that_is_not_strict_http_is_an_error_and_its_connection_closed(
    world: World, scripted: Scripted, data: bytes
) -> None:
    backend = scripted(sending(data))
    edge = world.face(backend)
    with RawConnection(edge.url) as connection:
        assert_error(connection.ask(GET))
        backend.session().wait_closed()
        assert connection.ask(GOOD).status == 200
    assert len(backend.requests) == 1


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize(
    "data",
    [
        b"H",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
    ids=["one-byte", "status-line", "fields", "interim"],
)
def test_a_head_that_breaks_off_is_an_error(world: World, scripted: Scripted, data: bytes, how: str) -> None:
    backend = scripted(sending(data, then=how))
    assert_error(ask(world.face(backend).url, GET))
    assert len(backend.requests) == 1


@pytest.mark.parametrize(
    "interim",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 2,
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + b"HTTP/1.1 102 Processing\r\n\r\n" * 5,
        b"HTTP/1.1 199 Whatever\r\nX: y\r\n\r\n",
    ],
    ids=["one", "two", "several-kinds", "unknown"],
)
@pytest.mark.parametrize("together", [True, False], ids=["one-piece", "pieces"])
def test_interim_answers_are_swallowed(
    world: World, scripted: Scripted, interim: bytes, together: bool
) -> None:
    pieces = [interim, answer(LENGTH)]
    backend = scripted(sending(*([b"".join(pieces)] if together else pieces)))
    with RawConnection(world.face(backend).url) as connection:
        answered = connection.ask(GET)
        assert (answered.status, answered.body) == (200, b"abc")
        assert answered.get("link") is None
        assert answered.get("x") is None
    backend.close()


# Answers that break off


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param((b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",), id="length-nothing"),
        pytest.param((b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", b"123456789"), id="length-short"),
        pytest.param((CHUNKED,), id="chunked-nothing"),
        pytest.param((CHUNKED, b"3\r\nabc\r\n"), id="chunked-no-last-chunk"),
        pytest.param((CHUNKED, b"3\r\nab"), id="chunked-in-data"),
        pytest.param((CHUNKED, b"3\r\nabc\r\n0\r\n"), id="chunked-before-the-empty-line"),
        pytest.param((CHUNKED, b"3\r\nabc\r\n0\r\nX: y\r\n"), id="chunked-in-trailers"),
    ],
)
@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
def test_an_answer_that_breaks_off_cannot_be_taken_for_a_whole_one(
    world: World, scripted: Scripted, pieces: tuple[bytes, ...], how: str, version: bytes
) -> None:
    edge = world.face(scripted(sending(*pieces, then=how)))
    with RawConnection(edge.url) as connection:
        connection.send(GET.replace(b"HTTP/1.1", b"HTTP/" + version))
        try:
            answered = connection.read_response()
        except ClosedEarly:
            return
        # Not a byte had left when it was noticed: that is an error like any other.
        assert_error(answered)


def test_a_reset_of_an_answer_that_ends_with_its_connection_is_noticed(
    world: World, scripted: Scripted
) -> None:
    backend = scripted(lambda session: None)
    edge = world.face(backend)
    with RawConnection(edge.url) as connection:
        connection.send(GET)
        session = backend.session()
        session.request()
        session.send(b"HTTP/1.1 200 OK\r\n\r\nabc")
        assert connection.read_head().status == 200
        assert connection.read_chunk() == b"abc"
        session.reset()
        with pytest.raises(ClosedEarly):
            connection.read_chunk()


@pytest.mark.parametrize(
    "chunk",
    [
        b"g\r\n",
        b"-1\r\n",
        b"3\r\nabcd\r\n",
        b"3\nabc\r\n",
        b"3\r\nabc\n0\r\n\r\n",
        b" 3\r\nabc\r\n",
        b"f" * 17,
        b"0\r\nx y\r\n\r\n",
    ],
    ids=["letter", "negative", "too-long", "lf", "lf-behind", "space", "overflow", "bad-trailer"],
)
@pytest.mark.parametrize("together", [True, False], ids=["with-the-head", "later"])
def test_broken_chunks_cannot_be_taken_for_a_whole_answer(
    world: World, scripted: Scripted, chunk: bytes, together: bool
) -> None:
    pieces = (CHUNKED, b"2\r\nok\r\n", chunk)
    backend = scripted(sending(*((b"".join(pieces),) if together else pieces)))
    edge = world.face(backend)
    with RawConnection(edge.url) as connection:
        connection.send(GET)
        with suppress(ClosedEarly):
            assert_error(connection.read_response())
    backend.session().wait_closed()


# Answers with something behind them

POISON = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"


@pytest.mark.parametrize(
    "whole",
    [
        pytest.param(answer(LENGTH), id="length"),
        pytest.param(CHUNKED + b"3\r\nabc\r\n0\r\n\r\n", id="chunked"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", id="204"),
        pytest.param(b"HTTP/1.1 304 Not Modified\r\n\r\n", id="304"),
        pytest.param(answer(b"Content-Length: 0", body=b""), id="empty"),
    ],
)
@pytest.mark.parametrize("late", [False, True], ids=["at-once", "while-idle"])
def test_bytes_behind_an_answer_never_answer_the_next_request(
    world: World, scripted: Scripted, whole: bytes, late: bool
) -> None:
    backend = scripted(sending(*((whole, POISON) if late else (whole + POISON,))))
    edge = world.face(backend)
    with RawConnection(edge.url) as connection:
        for number in range(4):
            answered = connection.ask(GET)
            assert answered.status in (200, 204, 304)
            assert answered.body in (b"", b"abc")
            backend.session(number).wait_closed()
    assert len(backend.sessions) == 4


def test_a_body_behind_the_answer_to_head_never_answers_the_next_request(
    world: World, scripted: Scripted
) -> None:
    backend = scripted(sending(answer(LENGTH)))
    edge = world.face(backend)
    with RawConnection(edge.url) as connection:
        connection.send(GET.replace(b"GET", b"HEAD"))
        assert connection.read_response(head_request=True).get("content-length") == "3"
        backend.session().wait_closed()
        assert connection.ask(GET).body == b"abc"
    backend.close()


def test_what_an_idle_backend_says_by_itself_closes_only_its_connection(
    world: World, scripted: Scripted
) -> None:
    backend = scripted(answer(LENGTH))
    edge = world.face(backend)
    with RawConnection(edge.url) as connection:
        assert connection.ask(GET).body == b"abc"
        backend.session().send(
            b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        )
        backend.session().wait_closed()
        assert connection.ask(GET).body == b"abc"
    backend.close()
