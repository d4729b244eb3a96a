"""Connections to a backend: reused, bounded, given up, and asked again only where that is safe.

Rules: design sections 5 and 11 (stale connections), `backends[].limits`, RFC 9110 section 9.2.2.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.harness import (
    EchoBackend,
    GatewayProcess,
    RawConnection,
    ScriptedBackend,
    Session,
    ask,
    wait_until,
)
from tests.harness.backend import PeerGone
from tests.harness.config import forwarding, one_api
from tests.integration.conftest import Serve

Scripted = Callable[..., ScriptedBackend]
UNAVAILABLE = b'{ "statusCode": 503, "message": "Service Unavailable" }'


def request(method: str = "GET", target: str = "/x", body: bytes | None = None) -> bytes:
    framing = f"Content-Length: {len(body)}\r\n" if body is not None else ""
    return f"{method} {target} HTTP/1.1\r\nHost: h\r\n{framing}\r\n".encode() + (body or b"")


GET = request()
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def limited(
    process: GatewayProcess, backend: ScriptedBackend, policy: str = "", **limits: Any
) -> GatewayProcess:
    """Serve through a backend entity with these limits."""
    entity = {"id": "b", "url": backend.url, "limits": limits}
    document = forwarding(policy, '<set-backend-service backend-id="b" />')
    return process.reconfigure(one_api(None, policy=document, backends=[entity]))


# Reuse


def test_requests_one_after_the_other_share_a_connection(serve: Serve, echo: EchoBackend) -> None:
    edge = serve(echo)
    for number in range(30):
        assert (
            ask(
                edge.url, request("POST" if number % 2 else "GET", body=b"abc" if number % 2 else None)
            ).status
            == 200
        )
    assert len(echo.sessions) == 1


def test_requests_at_the_same_time_have_connections_of_their_own(serve: Serve, scripted: Scripted) -> None:
    backend = scripted(lambda session: None)
    edge = serve(backend)
    callers = [RawConnection(edge.url).send(request(target=f"/{number}")) for number in range(10)]
    sessions = backend.wait_for_sessions(10)
    for session in sessions:
        session.answer(session.request().target.encode())
    assert [caller.read_response().body for caller in callers] == [b"/%d" % number for number in range(10)]
    for caller in callers:
        caller.close()


def test_the_connection_that_was_used_last_is_used_first(serve: Serve, scripted: Scripted) -> None:
    backend = scripted(lambda session: None)
    edge = serve(backend)
    callers = [RawConnection(edge.url).send(GET) for _ in range(3)]
    for session in backend.wait_for_sessions(3):
        session.request()
    for number in (0, 2, 1):
        backend.sessions[number].send(OK)
        callers_done = [caller for caller in callers if caller.sock.fileno() >= 0]
        assert callers_done
        # Only the caller whose turn it is gets an answer; each is read before the next is given.
        answered = first_answered(callers_done)
        answered.close()
    with RawConnection(edge.url) as connection:
        connection.send(GET)
        backend.sessions[1].request()
        backend.sessions[1].send(OK)
        assert connection.read_response().body == b"ok"


def first_answered(callers: list[RawConnection]) -> RawConnection:
    found: list[RawConnection] = []

    def look() -> bool:
        found.extend(caller for caller in callers if not caller.silent(0.0))
        return bool(found)

    wait_until(look, what="an answer")
    assert found[0].read_response().body == b"ok"
    return found[0]


@pytest.mark.parametrize(
    "head",
    [
        "HTTP/1.1 200 OK\r\nConnection: close",
        "HTTP/1.1 200 OK\r\nConnection: x, Close",
        "HTTP/1.0 200 OK",
    ],
    ids=["close", "close-in-a-list", "http-1.0"],
)
def test_a_connection_that_the_backend_will_close_is_not_used_again(
    serve: Serve, scripted: Scripted, head: str
) -> None:
    backend = scripted(lambda session: session.request() and session.answer(b"ok", head))
    with RawConnection(serve(backend).url) as connection:
        for number in range(3):
            assert connection.ask(GET).body == b"ok"
            backend.session(number).wait_closed()
    assert len(backend.sessions) == 3


def test_a_backend_of_http_1_0_that_keeps_alive_is_used_again(serve: Serve, scripted: Scripted) -> None:
    backend = scripted(b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok")
    edge = serve(backend)
    for _ in range(3):
        assert ask(edge.url, GET).body == b"ok"
    assert len(backend.sessions) == 1


def test_an_unused_connection_is_closed_after_its_time(process: GatewayProcess, echo: EchoBackend) -> None:
    edge = limited(process, echo, idleTimeout="PT0.2S")
    assert ask(edge.url, GET).status == 200
    assert echo.session().wait_closed() == "closed"
    assert ask(edge.url, GET).status == 200
    assert len(echo.sessions) == 2


def test_a_connection_is_not_used_beyond_its_life(process: GatewayProcess, scripted: Scripted) -> None:
    backend = scripted(OK)
    edge = limited(process, backend, lifetime="PT0.2S")

    def renewed() -> bool:
        assert ask(edge.url, GET).body == b"ok"
        return len(backend.sessions) > 1

    wait_until(renewed, what="a second connection")
    assert backend.session().wait_closed() == "closed"


def test_a_reload_that_forgets_a_backend_closes_its_connections(
    serve: Serve, echo: EchoBackend, scripted: Scripted
) -> None:
    edge = serve(echo)
    assert ask(edge.url, GET).status == 200
    other = scripted(OK)
    serve(other)
    assert echo.session().wait_closed() == "closed"
    assert ask(edge.url, GET).body == b"ok"


def test_a_reload_that_keeps_a_backend_keeps_its_connections(serve: Serve, echo: EchoBackend) -> None:
    for _ in range(3):
        assert ask(serve(echo).url, GET).status == 200
    assert len(echo.sessions) == 1


# Stale connections


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_idle_connection_that_the_backend_closed_is_noticed(
    serve: Serve, scripted: Scripted, method: str, how: str
) -> None:
    backend = scripted(OK)
    edge = serve(backend)
    assert ask(edge.url, GET).body == b"ok"
    before = edge.open_files()
    getattr(backend.session(), how)()
    wait_until(lambda: edge.open_files() < before, what="the closed connection noticed")
    assert ask(edge.url, request(method, body=b"abc" if method == "POST" else None)).body == b"ok"
    assert len(backend.sessions) == 2


class Stale:
    """Answers `/first`, then closes as soon as a second request has come on the same connection."""

    def __init__(self, how: str, before: bytes = b"", times: int = 1) -> None:
        self.how, self.before, self.times = how, before, times

    def __call__(self, session: Session) -> None:
        while True:
            asked = session.request()
            if asked.target != "/first" and session.number < self.times:
                session.send(self.before)
                getattr(session, self.how)()
                return
            session.answer(json.dumps([asked.method, asked.target, asked.body.decode()]).encode())


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("GET", None),
        ("HEAD", None),
        ("OPTIONS", None),
        ("DELETE", None),
        ("PUT", b"abc"),
        ("PUT", b""),
        ("GET", b"abc"),
    ],
)
def test_a_stale_connection_costs_an_idempotent_request_nothing(
    serve: Serve, scripted: Scripted, method: str, body: bytes | None, how: str
) -> None:
    backend = scripted(Stale(how))
    edge = serve(backend)
    assert ask(edge.url, request(target="/first")).status == 200
    answer = ask(edge.url, request(method, "/second", body), head_request=method == "HEAD")
    assert answer.status == 200
    if method != "HEAD":
        assert json.loads(answer.body) == [method, "/second", (body or b"").decode()]
    assert [one.target for one in backend.requests] == ["/first", "/second", "/second"]
    assert len(backend.sessions) == 2


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize(
    ("method", "body"), [("POST", b"abc"), ("PATCH", b"abc"), ("FOO", b"abc"), ("POST", b""), ("POST", None)]
)
def test_a_request_that_may_have_been_carried_out_is_not_sent_again(
    serve: Serve, scripted: Scripted, method: str, body: bytes | None, how: str
) -> None:
    backend = scripted(Stale(how))
    edge = serve(backend)
    assert ask(edge.url, request(target="/first")).status == 200
    assert ask(edge.url, request(method, "/second", body)).status == 500
    assert [one.target for one in backend.requests] == ["/first", "/second"]


def test_a_stale_connection_is_given_one_more_try_only(serve: Serve, scripted: Scripted) -> None:
    backend = scripted(Stale("close", times=5))
    edge = serve(backend)
    assert ask(edge.url, request(target="/first")).status == 200
    assert ask(edge.url, request(target="/second")).status == 500
    assert len(backend.requests) == 3


def test_the_second_try_takes_no_other_used_connection(serve: Serve, scripted: Scripted) -> None:
    """They are likely to be as dead as the first: the backend may have been restarted."""
    backend = scripted(lambda session: None)
    edge = serve(backend)
    callers = [RawConnection(edge.url).send(GET) for _ in range(4)]
    sessions = backend.wait_for_sessions(4)
    for session in sessions:
        session.request()
        session.send(OK)
    for caller in callers:
        assert caller.read_response().body == b"ok"
        caller.close()

    def die(session: Session) -> None:
        try:
            session.request(5.0)
            session.close()
        except (PeerGone, TimeoutError):
            pass

    for session in sessions:
        threading.Thread(target=die, args=(session,), daemon=True).start()
    with RawConnection(edge.url) as connection:
        connection.send(GET)
        fresh = backend.session(4)
        fresh.request()
        fresh.send(OK)
        assert connection.read_response().body == b"ok"


@pytest.mark.parametrize(
    "before", [b"H", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"]
)
def test_a_connection_that_dies_in_its_answer_is_not_stale(
    serve: Serve, scripted: Scripted, before: bytes
) -> None:
    backend = scripted(Stale("close", before))
    edge = serve(backend)
    assert ask(edge.url, request(target="/first")).status == 200
    assert ask(edge.url, request(target="/second")).status == 500
    assert len(backend.requests) == 2


def test_a_large_body_that_was_sent_is_not_sent_again(serve: Serve, scripted: Scripted) -> None:
    """It is not kept (it would fill the memory), so there is nothing to send again."""
    backend = scripted(Stale("close"))
    edge = serve(backend)
    assert ask(edge.url, request(target="/first")).status == 200
    with RawConnection(edge.url) as connection:
        connection.send(request("PUT", "/second", b"x" * 1_000_000))
        assert connection.read_response().status == 500
    assert [one.target for one in backend.requests] == ["/first", "/second"]


# Limits


def test_connections_are_bounded_and_requests_wait_in_order(
    process: GatewayProcess, scripted: Scripted
) -> None:
    backend = scripted(lambda session: None)
    edge = limited(process, backend, connections=2, pending=3)
    callers = []
    for number in range(2):
        callers.append(RawConnection(edge.url).send(request(target=f"/{number}")))
        backend.session(number).request()
    for number in range(2, 5):
        callers.append(RawConnection(edge.url).send(request(target=f"/{number}")))
        # One more request on the same worker: its answer says that the one before it was taken in.
        assert ask(edge.url, request("BREW")).status == 404
    refused = ask(edge.url, GET)
    assert (refused.status, refused.body) == (503, UNAVAILABLE)
    first, second = backend.sessions
    first.answer(b"zero")
    assert callers[0].read_response().body == b"zero"
    for number in range(2, 5):
        assert first.request().target == f"/{number}"
        first.answer(b"%d" % number)
        assert callers[number].read_response().body == b"%d" % number
    second.answer(b"one")
    assert callers[1].read_response().body == b"one"
    assert len(backend.sessions) == 2
    for caller in callers:
        caller.close()


def test_without_a_queue_the_next_request_is_refused_at_once(
    process: GatewayProcess, scripted: Scripted
) -> None:
    backend = scripted(lambda session: None)
    edge = limited(process, backend, connections=1, pending=0)
    with RawConnection(edge.url) as busy, RawConnection(edge.url) as other:
        busy.send(GET)
        backend.session().request()
        assert other.ask(GET).status == 503
        backend.session().answer(b"ok")
        assert busy.read_response().body == b"ok"
        other.send(GET)
        backend.session().request()
        backend.session().answer(b"ok")
        assert other.read_response().body == b"ok"


def test_waiting_for_a_connection_counts_towards_the_timeout(
    process: GatewayProcess, scripted: Scripted
) -> None:
    backend = scripted(lambda session: None)
    edge = limited(process, backend, 'timeout-ms="300"', connections=1)
    with RawConnection(edge.url) as busy, RawConnection(edge.url) as waiting:
        busy.send(GET)
        backend.session().request()
        backend.session().send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        busy.read_head()
        assert waiting.ask(GET).status == 500
        backend.session().send(b"ok")
        assert busy.exactly(2) == b"ok"
        # Nothing of the one who gave up is left in the queue.
        busy.send(request(target="/next"))
        assert backend.session().request().target == "/next"
        backend.session().answer(b"ok")
        assert busy.read_response().body == b"ok"


def test_a_connection_that_dies_makes_room_for_who_waits(process: GatewayProcess, scripted: Scripted) -> None:
    backend = scripted(lambda session: None)
    edge = limited(process, backend, connections=1)
    with RawConnection(edge.url) as first, RawConnection(edge.url) as second:
        first.send(GET)
        backend.session().request()
        second.send(GET)
        assert ask(edge.url, request("BREW")).status == 404
        backend.session().close()
        assert first.read_response().status == 500
        backend.session(1).request()
        backend.session(1).answer(b"ok")
        assert second.read_response().body == b"ok"


def test_who_waits_is_told_when_the_backend_is_gone(process: GatewayProcess, scripted: Scripted) -> None:
    backend = scripted(lambda session: None)
    edge = limited(process, backend, connections=1)
    with (
        RawConnection(edge.url) as first,
        RawConnection(edge.url) as second,
        RawConnection(edge.url) as third,
    ):
        first.send(GET)
        backend.session().request()
        second.send(GET)
        third.send(GET)
        assert ask(edge.url, request("BREW")).status == 404
        backend.stop_listening()
        backend.session().close()
        assert [one.read_response().status for one in (first, second, third)] == [500, 500, 500]


# Callers that leave


def test_a_caller_that_resets_takes_its_call_along(serve: Serve, scripted: Scripted) -> None:
    backend = scripted(lambda session: None)
    edge = serve(backend)
    connection = RawConnection(edge.url).send(GET)
    backend.session().request()
    before = edge.open_files()
    connection.reset()
    backend.session().wait_closed()
    wait_until(lambda: edge.open_files() <= before - 2, what="both descriptors given back")


@pytest.mark.parametrize("how", ["close", "half-close"])
def test_a_caller_that_closes_takes_its_call_along(serve: Serve, scripted: Scripted, how: str) -> None:
    """A caller that closed its sending side only cannot be told from one that is gone."""
    backend = scripted(lambda session: None)
    edge = serve(backend)
    connection = RawConnection(edge.url).send(GET)
    backend.session().request()
    before = edge.open_files()
    if how == "close":
        connection.close()
    else:
        connection.finish_sending()
    backend.session().wait_closed()
    wait_until(lambda: edge.open_files() <= before - 2, what="both descriptors given back")
    connection.close()


def test_a_caller_that_closes_in_the_middle_of_its_body_takes_its_call_along(
    serve: Serve, scripted: Scripted
) -> None:
    backend = scripted(lambda session: None)
    edge = serve(backend)
    connection = RawConnection(edge.url).send(request("POST", body=b"abc")[:-1])
    backend.session().request_head()
    connection.close()
    backend.session().wait_closed()


def test_a_caller_that_leaves_in_an_answer_ends_it(serve: Serve, scripted: Scripted) -> None:
    def answer(session: Session) -> None:
        session.request()
        session.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            session.send(b"x" * 65536)

    backend = scripted(answer)
    edge = serve(backend)
    with RawConnection(edge.url) as connection:
        connection.send(GET)
        connection.read_head()
    assert backend.session().wait_closed()
    assert ask(edge.url, request("BREW")).status == 404


def test_a_caller_that_leaves_while_it_waits_is_forgotten(
    process: GatewayProcess, scripted: Scripted
) -> None:
    backend = scripted(lambda session: None)
    edge = limited(process, backend, connections=1, pending=1)
    with RawConnection(edge.url) as busy, RawConnection(edge.url) as other:
        busy.send(GET)
        backend.session().request()
        before = edge.open_files()
        RawConnection(edge.url).send(request(target="/left")).reset()
        wait_until(lambda: edge.open_files() <= before, what="the caller forgotten")
        other.send(request(target="/other"))
        assert ask(edge.url, request("BREW")).status == 404
        backend.session().answer(b"ok")
        assert busy.read_response().body == b"ok"
        assert backend.session().request().target == "/other"
        backend.session().answer(b"ok")
        assert other.read_response().body == b"ok"


def test_a_hundred_callers_that_leave_leak_nothing(serve: Serve, scripted: Scripted) -> None:
    backend = scripted(lambda session: None)
    edge = serve(backend)
    before = edge.open_files()
    callers = [RawConnection(edge.url).send(GET) for _ in range(100)]
    backend.wait_for_sessions(100)
    for session in backend.sessions:
        session.request()
    for caller in callers:
        caller.reset()
    for session in backend.sessions:
        session.wait_closed()
    wait_until(lambda: edge.open_files() <= before, what="every descriptor given back")
