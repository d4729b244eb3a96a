"""Request bodies whose framing is broken: no backend ever takes one for a complete request.

Sent in one piece, the request is refused before anything of it is forwarded. Sent after its head was
forwarded, the call to the backend is cut off: neither side can take the message for a whole one
(RFC 9112 sections 6 to 8; design, section 11).
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.conftest import GatewayFactory
from tests.harness import (
    EchoBackend,
    GatewayProcess,
    RawConnection,
    ScriptedBackend,
    Session,
    ask,
    wait_until,
)
from tests.harness.config import one_api
from tests.harness.refusals import assert_refused

HEAD = b"POST /bad HTTP/1.1\r\nHost: example.test\r\nTransfer-Encoding: chunked\r\n\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: example.test\r\n\r\n"
GOOD = b"GET /good HTTP/1.1\r\nHost: example.test\r\n\r\n"


def size(text: bytes) -> bytes:
    """A body whose first chunk has this size line."""
    return text + b"\r\nabc\r\n0\r\n\r\n"


BROKEN = {
    "size-empty": size(b""),
    "size-letter": size(b"g"),
    "size-negative": size(b"-3"),
    "size-plus": size(b"+3"),
    "size-0x": size(b"0x3"),
    "size-leading-space": size(b" 3"),
    "size-leading-tab": size(b"\t3"),
    "size-trailing-space": size(b"3 "),
    "size-trailing-tab": size(b"3\t"),
    "size-vertical-tab": size(b"3\x0b"),
    "size-nul": size(b"3\x00"),
    "size-underscore": size(b"0_3"),
    "size-comma": size(b"3,3"),
    "size-fraction": size(b"3.0"),
    "size-quoted": size(b'"3"'),
    "size-fullwidth-digit": size("３".encode()),
    "size-high-byte": size(b"\xb3"),
    "size-sixteen-f": size(b"f" * 16),
    "size-17-digits": size(b"1" + b"0" * 15 + b"3"),
    "size-wraps-32-bits-with-17-digits": size(b"1" + b"0" * 16),
    "size-300-zeros": size(b"0" * 300 + b"3"),
    "size-line-ends-with-lf": b"3\nabc\r\n0\r\n\r\n",
    "size-line-ends-with-cr": b"3\rabc\r\n0\r\n\r\n",
    "size-line-ends-with-cr-cr-lf": b"3\r\r\nabc\r\n0\r\n\r\n",
    "size-line-begins-with-crlf": b"\r\n" + size(b"3"),
    "extension-lf": b"3;a\nabc\r\n0\r\n\r\n",
    "extension-lf-and-chunk": b"3;\n05\r\nabc\r\n0\r\n\r\n",
    "extension-bare-cr": size(b"3;a\rb"),
    "extension-nul": size(b"3;a\x00b"),
    "extension-control": size(b"3;a=\x01"),
    "extension-space-before-semicolon": size(b"3 ;a=b"),
    "extension-quoted-lf": b'3;a="\n"\r\nabc\r\n0\r\n\r\n',
    "extension-of-5000-bytes": size(b"3;" + b"e" * 5000),
    "extensions-of-20000-bytes-in-all": b"".join(b"1;" + b"e" * 1000 + b"\r\nx\r\n" for _ in range(20))
    + b"0\r\n\r\n",
    "data-longer-than-size": b"3\r\nabcd\r\n0\r\n\r\n",
    "data-without-line-end": b"3\r\nabc0\r\n\r\n",
    "data-ends-with-lf": b"3\r\nabc\n0\r\n\r\n",
    "data-ends-with-cr": b"3\r\nabc\r0\r\n\r\n",
    "data-ends-with-lf-cr": b"3\r\nabc\n\r0\r\n\r\n",
    "data-ends-with-two-bytes": b"3\r\nabcXX0\r\n\r\n",
    "second-size-broken": b"3\r\nabc\r\nx\r\nabc\r\n0\r\n\r\n",
    "last-chunk-lf": b"3\r\nabc\r\n0\n\n",
    "last-chunk-lf-crlf": b"3\r\nabc\r\n0\n\r\n",
    "last-chunk-then-lf": b"3\r\nabc\r\n0\r\n\n",
    "last-chunk-then-cr-and-byte": b"3\r\nabc\r\n0\r\n\rX",
    "trailer-without-colon": b"3\r\nabc\r\n0\r\ntrailer\r\n\r\n",
    "trailer-is-a-request": b"3\r\nabc\r\n0\r\n" + SMUGGLED,
    "trailer-empty-name": b"3\r\nabc\r\n0\r\n: x\r\n\r\n",
    "trailer-space-before-colon": b"3\r\nabc\r\n0\r\nx : y\r\n\r\n",
    "trailer-leading-space": b"3\r\nabc\r\n0\r\n x: y\r\n\r\n",
    "trailer-folded": b"3\r\nabc\r\n0\r\nx: y\r\n z\r\n\r\n",
    "trailer-lf": b"3\r\nabc\r\n0\r\nx: y\n\r\n",
    "trailer-bare-cr": b"3\r\nabc\r\n0\r\nx: y\rz\r\n\r\n",
    "trailer-nul": b"3\r\nabc\r\n0\r\nx: \x00\r\n\r\n",
    "trailer-control-in-name": b"3\r\nabc\r\n0\r\nx\x01: y\r\n\r\n",
    "trailer-of-5000-bytes": b"3\r\nabc\r\n0\r\nx: " + b"y" * 5000 + b"\r\n\r\n",
    "trailers-of-20000-bytes-in-all": b"3\r\nabc\r\n0\r\n" + (b"x: " + b"y" * 1000 + b"\r\n") * 20 + b"\r\n",
}
CASES = [pytest.param(body, id=name) for name, body in BROKEN.items()]


@pytest.fixture(scope="module")
def backend() -> Iterator[EchoBackend]:
    with EchoBackend() as backend:
        yield backend


@pytest.fixture(scope="module")
def edge(module_gateway: GatewayFactory, backend: EchoBackend) -> GatewayProcess:
    return module_gateway(one_api(backend.url, gateway={"clientTimeouts": {"body": "PT0.5S"}}))


@pytest.mark.parametrize("body", CASES)
def test_a_broken_body_that_came_with_its_head_never_reaches_the_backend(
    edge: GatewayProcess, backend: EchoBackend, body: bytes
) -> None:
    before = {session.number: len(session.received) for session in backend.sessions}
    with RawConnection(edge.url) as connection:
        connection.send_what_is_taken(HEAD + body + SMUGGLED)
        assert_refused(connection, {400, 413, 431})
    assert json.loads(ask(edge.url, GOOD).body)["target"] == "/good"
    fresh = b"".join(bytes(one.received[before.get(one.number, 0) :]) for one in backend.sessions)
    assert b"/bad" not in fresh
    assert b"/smuggled" not in fresh
    assert backend.violations == []


@pytest.mark.parametrize("body", CASES)
def test_a_body_that_breaks_after_its_head_was_forwarded_is_never_whole_for_the_backend(
    edge: GatewayProcess, backend: EchoBackend, body: bytes
) -> None:
    watch, before = Watch(backend), len(backend.requests)
    with RawConnection(edge.url) as connection:
        connection.send(HEAD)
        session = watch.session()
        for at in range(0, len(body), 7):
            if not connection.send_what_is_taken(body[at : at + 7]):
                break
        connection.send_what_is_taken(SMUGGLED)
        assert_refused(connection, {400, 413, 431})
    session.wait_closed()
    assert json.loads(ask(edge.url, GOOD).body)["target"] == "/good"
    assert [request.target for request in backend.requests[before:]] == ["/good"]
    assert backend.violations == []


class Watch:
    """Finds the backend's connection that gets `/bad`; made before the request is sent."""

    def __init__(self, backend: EchoBackend) -> None:
        self._backend = backend
        self._marks = {session.number: len(session.received) for session in backend.sessions}

    def session(self) -> Session:
        """The connection, once the head of /bad has reached it."""
        wait_until(self._find, what="the forwarded head")
        found = self._find()
        assert found is not None
        return found

    def _find(self) -> Session | None:
        for session in list(self._backend.sessions):
            if b"/bad" in session.received[self._marks.get(session.number, 0) :]:
                return session
        return None


CUT = {
    "length-no-body": b"Content-Length: 5\r\n\r\n",
    "length-short": b"Content-Length: 5\r\n\r\nabcd",
    "chunked-no-body": b"Transfer-Encoding: chunked\r\n\r\n",
    "chunked-in-size": b"Transfer-Encoding: chunked\r\n\r\n3",
    "chunked-in-data": b"Transfer-Encoding: chunked\r\n\r\n3\r\nab",
    "chunked-before-last-chunk": b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    "chunked-after-last-size": b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
    "chunked-in-trailers": b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx: y\r\n",
}


@pytest.mark.parametrize("how", ["half-close", "close", "reset", "stall"])
@pytest.mark.parametrize("rest", [pytest.param(rest, id=name) for name, rest in CUT.items()])
def test_a_body_that_is_cut_off_is_never_whole_for_the_backend(
    edge: GatewayProcess, backend: EchoBackend, rest: bytes, how: str
) -> None:
    watch, before = Watch(backend), len(backend.requests)
    with RawConnection(edge.url) as connection:
        connection.send(b"POST /bad HTTP/1.1\r\nHost: example.test\r\n" + rest)
        session = watch.session()
        if how == "half-close":
            connection.finish_sending()
            assert_refused(connection, {400, 408})
        elif how == "close":
            connection.close()
        elif how == "reset":
            connection.reset()
        else:
            assert_refused(connection, {408})
        session.wait_closed()
    assert json.loads(ask(edge.url, GOOD).body)["target"] == "/good"
    assert [request.target for request in backend.requests[before:]] == ["/good"]
    assert backend.violations == []


def test_a_body_with_expect_is_asked_for_only_once_and_its_break_is_seen(
    edge: GatewayProcess, backend: EchoBackend
) -> None:
    before = len(backend.requests)
    with RawConnection(edge.url) as connection:
        connection.send(HEAD[:-2] + b"Expect: 100-continue\r\n\r\n")
        assert connection.read_response().status == 100
        connection.send(b"zz\r\n")
        assert_refused(connection, {400})
    assert ask(edge.url, GOOD).status == 200
    assert [request.target for request in backend.requests[before:]] == ["/good"]


def test_a_request_in_a_body_stays_a_body(edge: GatewayProcess, backend: EchoBackend) -> None:
    before = len(backend.requests)
    with RawConnection(edge.url) as connection:
        connection.send(
            b"POST /a HTTP/1.1\r\nHost: example.test\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED
        )
        assert json.loads(connection.read_response().body)["body"] == SMUGGLED.decode()
        chunked = b"%x\r\n" % len(SMUGGLED) + SMUGGLED + b"\r\n0\r\n\r\n"
        connection.send(
            b"POST /b HTTP/1.1\r\nHost: example.test\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked
        )
        assert json.loads(connection.read_response().body)["body"] == SMUGGLED.decode()
        connection.send(
            b"POST /c HTTP/1.1\r\nHost: example.test\r\nContent-Length: %d\r\n\r\n" % len(chunked) + chunked
        )
        assert json.loads(connection.read_response().body)["body"] == chunked.decode()
    assert [request.target for request in backend.requests[before:]] == ["/a", "/b", "/c"]


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_broken_body_cannot_end_where_a_backend_that_answers_early_thinks_it_does(
    module_gateway: GatewayFactory, framing: str
) -> None:
    """The rest of an unread body must never stand where the next request is expected."""

    def answer_early(session: Session) -> None:
        while True:
            request = session.request_head()
            session.backend._record(request)
            session.answer(b"early")

    with ScriptedBackend(answer_early) as backend:
        edge = module_gateway(one_api(backend.url))
        with RawConnection(edge.url) as connection:
            head = b"Content-Length: 200000" if framing == "length" else b"Transfer-Encoding: chunked"
            connection.send(b"POST /early HTTP/1.1\r\nHost: example.test\r\n" + head + b"\r\n\r\n")
            assert connection.read_response().body == b"early"
            connection.send_what_is_taken(SMUGGLED)
            connection.to_the_end()
        answers = [ask(edge.url, GOOD).body for _ in range(3)]
        assert answers == [b"early"] * 3
        assert [request.target for request in backend.requests] == ["/early"] + ["/good"] * 3
        assert backend.violations == []
