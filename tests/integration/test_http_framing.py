"""Connections and message framing: keep-alive, pipelining, HTTP/1.0, HEAD, 204, 304, chunks, Expect.

What leaves the gateway is framed by the gateway, whatever framing came in (RFC 9112 sections 6, 7 and 9).
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.harness import EchoBackend, RawConnection, ScriptedBackend, Session, ask
from tests.integration.conftest import Serve

Scripted = Callable[..., ScriptedBackend]
NOT_FOUND = b'{ "statusCode": 404, "message": "Resource not found" }'


def get(target: str, fields: str = "", version: str = "1.1", method: str = "GET") -> bytes:
    return f"{method} {target} HTTP/{version}\r\nHost: example.test\r\n{fields}\r\n".encode()


def post(target: str, body: bytes) -> bytes:
    return (
        f"POST {target} HTTP/1.1\r\nHost: example.test\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    )


def target_of(answer: object) -> str:
    return str(json.loads(answer.body)["target"])  # type: ignore[attr-defined]


# Connections


def test_a_connection_serves_request_after_request(serve: Serve, echo: EchoBackend) -> None:
    with RawConnection(serve(echo).url) as connection:
        for number in range(20):
            answer = connection.ask(get(f"/{number}"))
            assert (answer.status, target_of(answer)) == (200, f"/{number}")
            assert answer.get("connection") is None
    assert len(echo.sessions) == 1


@pytest.mark.parametrize("field", ["close", "Close", "x, CLOSE", "keep-alive, close"])
def test_connection_close_ends_the_connection_after_the_answer(
    serve: Serve, echo: EchoBackend, field: str
) -> None:
    with RawConnection(serve(echo).url) as connection:
        answer = connection.ask(get("/x", f"Connection: {field}\r\n"))
        assert answer.status == 200
        assert answer.get("connection") == "close"
        assert connection.is_closed_by_peer()


def test_nothing_behind_a_request_that_closes_is_served(serve: Serve, echo: EchoBackend) -> None:
    with RawConnection(serve(echo).url) as connection:
        connection.send(get("/x", "Connection: close\r\n") + get("/y"))
        assert target_of(connection.read_response()) == "/x"
        assert connection.to_the_end() == b""
    assert [request.target for request in echo.requests] == ["/x"]


def test_http_1_0_closes_by_itself(serve: Serve, echo: EchoBackend) -> None:
    with RawConnection(serve(echo).url) as connection:
        answer = connection.ask(get("/x", version="1.0"))
        assert answer.status == 200
        assert answer.version == "HTTP/1.1"
        assert answer.get("connection") == "close"
        assert connection.is_closed_by_peer()
    assert echo.requests[0].version == "HTTP/1.1"


def test_http_1_0_with_keep_alive_stays(serve: Serve, echo: EchoBackend) -> None:
    with RawConnection(serve(echo).url) as connection:
        for number in range(3):
            answer = connection.ask(get(f"/{number}", "Connection: Keep-Alive\r\n", version="1.0"))
            assert target_of(answer) == f"/{number}"
            assert answer.get("connection") == "keep-alive"
        assert connection.ask(get("/last", version="1.0")).get("connection") == "close"
        assert connection.is_closed_by_peer()


def test_http_1_0_with_keep_alive_is_told_of_errors_in_the_same_way(serve: Serve, echo: EchoBackend) -> None:
    with RawConnection(serve(echo).url) as connection:
        for _ in range(2):
            answer = connection.ask(get("/x", "Connection: keep-alive\r\n", version="1.0", method="BREW"))
            assert (answer.status, answer.get("connection")) == (404, "keep-alive")


def test_pipelined_requests_are_answered_in_order_whoever_answers_them(
    serve: Serve, scripted: Scripted
) -> None:
    seen = []

    def answer(session: Session) -> None:
        while True:
            request = session.request()
            seen.append(request.target)
            session.answer(request.target.encode())

    edge = serve(scripted(answer))
    kinds = ["far", "local", "far", "status", "local", "local", "far", "far", "status", "far"] * 5
    pipeline, expected = b"", []
    for number, kind in enumerate(kinds):
        if kind == "far":
            pipeline += get(f"/far{number}")
            expected.append((200, f"/far{number}".encode()))
        elif kind == "local":
            pipeline += get(f"/{number}", method="BREW")
            expected.append((404, NOT_FOUND))
        else:
            pipeline += get("/status-0123456789abcdef")
            expected.append((200, b""))
    with RawConnection(edge.url) as connection:
        connection.send(pipeline)
        assert [((one := connection.read_response()).status, one.body) for _ in kinds] == expected
    assert seen == [body.decode() for _, body in expected if body.startswith(b"/far")]


def test_a_pipelined_local_answer_waits_for_a_slow_predecessor(serve: Serve, scripted: Scripted) -> None:
    backend = scripted(lambda session: None)
    edge = serve(backend)
    with RawConnection(edge.url) as connection:
        connection.send(get("/slow") + get("/x", method="BREW"))
        session = backend.session()
        session.request()
        assert connection.silent(0.1)
        session.answer(b"slow")
        assert connection.read_response().body == b"slow"
        assert connection.read_response().status == 404


def test_pipelined_requests_with_bodies_are_kept_apart(serve: Serve, echo: EchoBackend) -> None:
    edge = serve(echo)
    chunked = b"POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunked += b"2\r\ncc\r\n1\r\nC\r\n0\r\nT: r\r\n\r\n"
    data = (
        post("/a", b"aaa") + chunked + post("/empty", b"") + get("/g") + post("/b", b"b" * 20000) + get("/h")
    )
    with RawConnection(edge.url) as connection:
        connection.send(data)
        bodies = [json.loads(connection.read_response().body)["body"] for _ in range(6)]
    assert bodies == ["aaa", "ccC", "", "", "b" * 20000, ""]
    assert [request.target for request in echo.requests] == ["/a", "/c", "/empty", "/g", "/b", "/h"]


def test_a_caller_that_closes_its_half_gets_what_was_answered_already(
    serve: Serve, scripted: Scripted
) -> None:
    edge = serve(scripted(lambda session: None))
    with RawConnection(edge.url) as connection:
        connection.send(get("/status-0123456789abcdef") + b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.finish_sending()
        assert [connection.read_response().status for _ in range(2)] == [200, 404]
        assert connection.is_closed_by_peer()
        assert connection.ended == "closed"


def test_an_idle_connection_is_closed_after_its_time(serve: Serve, echo: EchoBackend) -> None:
    edge = serve(echo, gateway={"clientTimeouts": {"idle": "PT0.2S"}})
    with RawConnection(edge.url) as connection:
        assert connection.ask(get("/x")).status == 200
        assert connection.is_closed_by_peer()
        assert connection.ended == "closed"


def test_a_backend_that_closes_does_not_close_the_caller(serve: Serve, scripted: Scripted) -> None:
    def answer(session: Session) -> None:
        session.request()
        session.answer(b"bye", "HTTP/1.1 200 OK\r\nConnection: close")
        session.close()

    backend = scripted(answer)
    with RawConnection(serve(backend).url) as connection:
        for _ in range(3):
            answered = connection.ask(get("/x"))
            assert answered.body == b"bye"
            assert answered.get("connection") is None
    assert len(backend.sessions) == 3


# Framing of answers

UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def closing(*pieces: bytes) -> Callable[[Session], None]:
    """Answers a request with these bytes and closes."""

    def script(session: Session) -> None:
        session.request()
        for piece in pieces:
            session.send(piece)
        session.close()

    return script


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize(
    "head", [UNTIL_CLOSE, UNTIL_CLOSE.replace(b"1.1", b"1.0")], ids=["http-1.1", "http-1.0"]
)
def test_an_answer_that_ends_with_its_connection_is_passed_on_whole(
    serve: Serve, scripted: Scripted, head: bytes, version: str
) -> None:
    edge = serve(scripted(closing(head, b"one", b"two", b"three")))
    with RawConnection(edge.url) as connection:
        answer = connection.ask(get("/x", "Connection: keep-alive\r\n", version))
        assert answer.body == b"onetwothree"
        if version == "1.0":
            assert answer.framing == "close"
            assert answer.get("connection") == "close"
        else:
            assert answer.framing == "chunked"
            # The caller knows where it ends, so its connection lives on.
            assert connection.ask(get("/y")).body == b"onetwothree"


def test_an_answer_that_ends_with_its_connection_may_be_empty(serve: Serve, scripted: Scripted) -> None:
    edge = serve(scripted(closing(UNTIL_CLOSE)))
    with RawConnection(edge.url) as connection:
        for _ in range(2):
            assert connection.ask(get("/x")).body == b""


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("together", [True, False], ids=["one-piece", "pieces"])
def test_a_chunked_answer_is_framed_anew(
    serve: Serve, scripted: Scripted, version: str, together: bool
) -> None:
    pieces = [CHUNKED, b"3;ext=1\r\none\r\n", b"0005\r\nt", b"wo--\r\n", b"0\r\nX-Trailer: x\r\n\r\n"]
    if together:
        pieces = [b"".join(pieces)]

    def answer(session: Session) -> None:
        while True:
            session.request()
            for piece in pieces:
                session.send(piece)

    with RawConnection(serve(scripted(answer)).url) as connection:
        answered = connection.ask(get("/x", "Connection: keep-alive\r\n", version))
        assert answered.body == b"onetwo--"
        assert answered.get("x-trailer") is None
        if version == "1.0":
            assert answered.framing in ("close", "length")
        else:
            assert answered.framing in ("chunked", "length")
            assert connection.ask(get("/y")).body == b"onetwo--"


def test_an_empty_chunked_answer_is_empty(serve: Serve, scripted: Scripted) -> None:
    edge = serve(scripted(CHUNKED + b"0\r\n\r\n"))
    with RawConnection(edge.url) as connection:
        for _ in range(2):
            assert connection.ask(get("/x")).body == b""


def test_a_length_is_kept(serve: Serve, scripted: Scripted) -> None:
    def answer(session: Session) -> None:
        while True:
            session.request()
            session.send(b"HTTP/1.1 200 OK\r\nContent-Length: 000006\r\n\r\n").send(b"abc").send(b"def")

    with RawConnection(serve(scripted(answer)).url) as connection:
        for _ in range(3):
            answered = connection.ask(get("/x"))
            assert (answered.body, answered.framing, answered.all("content-length")) == (
                b"abcdef",
                "length",
                ["6"],
            )


@pytest.mark.parametrize(
    ("fields", "length"),
    [
        ("Content-Length: 1000\r\n", "1000"),
        ("Transfer-Encoding: chunked\r\n", None),
        ("", None),
    ],
    ids=["length", "chunked", "neither"],
)
def test_the_answer_to_head_has_no_body(
    serve: Serve, scripted: Scripted, fields: str, length: str | None
) -> None:
    edge = serve(scripted(f"HTTP/1.1 200 OK\r\nX: y\r\n{fields}\r\n".encode()))
    with RawConnection(edge.url) as connection:
        for _ in range(3):
            answer = connection.send(get("/x", method="HEAD")).read_response(head_request=True)
            assert (answer.status, answer.get("x"), answer.get("content-length")) == (200, "y", length)


def test_a_local_answer_to_head_has_no_body_but_its_length(serve: Serve, echo: EchoBackend) -> None:
    edge = serve(echo, methods=("GET",))
    with RawConnection(edge.url) as connection:
        for _ in range(2):
            answer = connection.send(get("/x", method="HEAD")).read_response(head_request=True)
            assert (answer.status, answer.get("content-length")) == (404, str(len(NOT_FOUND)))
        assert connection.ask(get("/x")).status == 200


@pytest.mark.parametrize("fields", ["", "Content-Length: 0\r\n"], ids=["plain", "length-zero"])
def test_a_204_has_neither_body_nor_length(serve: Serve, scripted: Scripted, fields: str) -> None:
    edge = serve(scripted(f"HTTP/1.1 204 No Content\r\n{fields}\r\n".encode()))
    with RawConnection(edge.url) as connection:
        for _ in range(3):
            answer = connection.ask(get("/x"))
            assert (answer.status, answer.get("content-length"), answer.get("transfer-encoding")) == (
                204,
                None,
                None,
            )


@pytest.mark.parametrize(
    ("fields", "length"), [("", None), ("Content-Length: 99\r\n", "99")], ids=["plain", "length"]
)
def test_a_304_has_no_body(serve: Serve, scripted: Scripted, fields: str, length: str | None) -> None:
    edge = serve(scripted(f'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n{fields}\r\n'.encode()))
    with RawConnection(edge.url) as connection:
        for _ in range(3):
            answer = connection.ask(get("/x"))
            assert (answer.status, answer.get("etag"), answer.get("content-length")) == (304, '"a"', length)
            assert answer.get("transfer-encoding") is None


# Expect: 100-continue

EXPECT = "Expect: 100-continue\r\nContent-Length: 4\r\n"


def test_the_gateway_asks_for_the_body_itself_and_keeps_expect(serve: Serve, echo: EchoBackend) -> None:
    with RawConnection(serve(echo).url) as connection:
        for _ in range(2):
            interim = connection.ask(get("/x", EXPECT, method="POST"))
            assert (interim.status, interim.headers) == (100, [])
            answer = connection.ask(b"body")
            assert (answer.status, json.loads(answer.body)["body"]) == (200, "body")
    assert all(request.get("expect") is None for request in echo.requests)


def test_a_body_that_is_there_already_needs_no_invitation(serve: Serve, echo: EchoBackend) -> None:
    with RawConnection(serve(echo).url) as connection:
        answer = connection.ask(get("/x", EXPECT, method="POST") + b"body")
        if answer.status == 100:
            answer = connection.read_response()
        assert json.loads(answer.body)["body"] == "body"


def test_a_request_that_is_refused_does_not_ask_for_its_body(serve: Serve, echo: EchoBackend) -> None:
    with RawConnection(serve(echo, methods=("GET",)).url) as connection:
        answer = connection.ask(get("/x", EXPECT, method="POST"))
        # Whether the body follows cannot be known, so nothing more can be read (RFC 9110 section 10.1.1).
        assert (answer.status, answer.get("connection")) == (404, "close")


def test_expect_in_http_1_0_is_ignored(serve: Serve, echo: EchoBackend) -> None:
    with RawConnection(serve(echo).url) as connection:
        connection.send(get("/x", EXPECT, "1.0", "POST"))
        assert connection.silent(0.05)
        assert json.loads(connection.ask(b"body").body)["body"] == "body"


def test_expect_without_a_body_is_answered_at_once(serve: Serve, echo: EchoBackend) -> None:
    answer = ask(serve(echo).url, get("/x", "Expect: 100-continue\r\n"))
    assert answer.status == 200
