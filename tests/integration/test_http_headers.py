"""Header fields on their way through, in both directions (spec/gateway.md section 4), and local answers."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Callable

import pytest

from tests.harness import EchoBackend, RawConnection, Request, ScriptedBackend, ask
from tests.integration.conftest import Serve

Scripted = Callable[..., ScriptedBackend]


def get(fields: bytes = b"", target: bytes = b"/x", method: bytes = b"GET") -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\nHost: example.test\r\n" + fields + b"\r\n"


def forwarded(serve: Serve, echo: EchoBackend, fields: bytes) -> Request:
    assert ask(serve(echo).url, get(fields)).status == 200
    return echo.requests[-1]


def without_own(request: Request) -> list[tuple[str, str]]:
    """The fields other than those that the gateway writes."""
    return [pair for pair in request.headers if pair[0].lower() not in ("host", "x-forwarded-for")]


def test_order_case_and_repetition_of_request_fields_are_kept(serve: Serve, echo: EchoBackend) -> None:
    request = forwarded(serve, echo, b"b: 1\r\nA: 2\r\nB: 3\r\ncookie: x\r\nA: 2\r\nCookie: y\r\n")
    assert without_own(request) == [
        ("b", "1"),
        ("A", "2"),
        ("B", "3"),
        ("cookie", "x"),
        ("A", "2"),
        ("Cookie", "y"),
    ]


def test_order_case_and_repetition_of_answer_fields_are_kept(serve: Serve, scripted: Scripted) -> None:
    fields = "Set-Cookie: a\r\nx: 1\r\nSet-Cookie: b\r\nX: 2\r\nset-cookie: c\r\n"
    backend = scripted(f"HTTP/1.1 200 OK\r\n{fields}Content-Length: 0\r\n\r\n".encode())
    answer = ask(serve(backend).url, get())
    assert [pair for pair in answer.headers if pair[0].lower() in ("set-cookie", "x")] == [
        ("Set-Cookie", "a"),
        ("x", "1"),
        ("Set-Cookie", "b"),
        ("X", "2"),
        ("set-cookie", "c"),
    ]


HOP_BY_HOP = (
    b"Connection: keep-alive\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nProxy-Connection: x\r\n"
    b"Proxy-Authorization: Basic eDp5\r\nTE: trailers\r\nTrailer: X\r\nUpgrade: h2c\r\n"
)


def test_hop_by_hop_fields_of_a_request_stay_here(serve: Serve, echo: EchoBackend) -> None:
    assert without_own(forwarded(serve, echo, b"A: 1\r\n" + HOP_BY_HOP + b"Z: 2\r\n")) == [
        ("A", "1"),
        ("Z", "2"),
    ]


def test_hop_by_hop_fields_of_an_answer_stay_here(serve: Serve, scripted: Scripted) -> None:
    backend = scripted(b"HTTP/1.1 200 OK\r\nA: 1\r\n" + HOP_BY_HOP + b"Z: 2\r\nContent-Length: 0\r\n\r\n")
    answer = ask(serve(backend).url, get())
    assert [name for name, _ in answer.headers] == ["A", "Z", "Date", "Content-Length"]


def test_fields_that_connection_names_stay_here(serve: Serve, echo: EchoBackend) -> None:
    request = forwarded(
        serve,
        echo,
        b"X-One: 1\r\nConnection: x-one, X-TWO\r\nX-Two: 2\r\nX-Three: 3\r\nX-Two: 2\r\n"
        b"Connection: ,,\t x-four ,\r\nX-Four: 4\r\nX-On: 5\r\n",
    )
    assert without_own(request) == [("X-Three", "3"), ("X-On", "5")]


def test_fields_of_an_answer_that_connection_names_stay_here(serve: Serve, scripted: Scripted) -> None:
    backend = scripted(
        b"HTTP/1.1 200 OK\r\nConnection: x-one\r\nX-One: 1\r\nX-Two: 2\r\nContent-Length: 0\r\n\r\n"
    )
    answer = ask(serve(backend).url, get())
    assert (answer.get("x-one"), answer.get("x-two"), answer.get("connection")) == (None, "2", None)


def test_connection_cannot_take_away_host_or_framing(serve: Serve, echo: EchoBackend) -> None:
    edge = serve(echo)
    fields = b"Connection: host, content-length, transfer-encoding\r\nContent-Length: 3\r\n"
    assert ask(edge.url, get(fields, method=b"POST") + b"abc").status == 200
    request = echo.requests[-1]
    assert request.get("host") == f"127.0.0.1:{echo.port}"
    assert request.body == b"abc"


def test_an_upgrade_is_not_proxied(serve: Serve, echo: EchoBackend) -> None:
    fields = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: websocket\r\nHTTP2-Settings: AAMAAABk\r\n"
    fields += b"Sec-WebSocket-Version: 13\r\n"
    with RawConnection(serve(echo).url) as connection:
        assert connection.ask(get(fields)).status == 200
        assert connection.ask(get()).status == 200
    assert without_own(echo.requests[0]) == [("Sec-WebSocket-Version", "13")]


def test_host_is_that_of_the_backend(serve: Serve, echo: EchoBackend) -> None:
    request = forwarded(serve, echo, b"")
    assert request.get("host") == f"127.0.0.1:{echo.port}"
    assert b"example.test" not in request.raw_head


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (b"", "127.0.0.1"),
        (b"X-Forwarded-For: 10.0.0.1\r\n", "10.0.0.1, 127.0.0.1"),
        (b"x-forwarded-for: 10.0.0.1, 10.0.0.2\r\n", "10.0.0.1, 10.0.0.2, 127.0.0.1"),
        (b"X-Forwarded-For: a\r\nX: y\r\nX-FORWARDED-FOR: b\r\n", "a, b, 127.0.0.1"),
        (b"X-Forwarded-For:\r\n", "127.0.0.1"),
        (b"Connection: x-forwarded-for\r\nX-Forwarded-For: 10.0.0.1\r\n", "127.0.0.1"),
    ],
    ids=["none", "one", "list", "two-lines", "empty", "nominated"],
)
def test_the_caller_is_appended_to_x_forwarded_for(
    serve: Serve, echo: EchoBackend, fields: bytes, expected: str
) -> None:
    assert forwarded(serve, echo, fields).get("x-forwarded-for") == expected


def test_other_forwarding_fields_are_neither_added_nor_changed(serve: Serve, echo: EchoBackend) -> None:
    assert without_own(forwarded(serve, echo, b"")) == []
    fields = b"X-Forwarded-Proto: https\r\nX-Forwarded-Host: h\r\nForwarded: for=1\r\nVia: 1.0 v\r\n"
    fields += b"X-Real-IP: 1\r\n"
    assert len(without_own(forwarded(serve, echo, fields))) == 5


def test_names_with_underscores_are_forwarded(serve: Serve, echo: EchoBackend) -> None:
    request = forwarded(serve, echo, b"x_key: 1\r\n_: 2\r\nx-key: 3\r\n")
    assert without_own(request) == [("x_key", "1"), ("_", "2"), ("x-key", "3")]


def test_bytes_beyond_ascii_pass_in_both_directions(serve: Serve, scripted: Scripted) -> None:
    every = bytes(range(128, 256))
    backend = scripted(b"HTTP/1.1 200 \xe4\xff\r\nX-Back: " + every + b"\r\nContent-Length: 0\r\n\r\n")
    answer = ask(serve(backend).url, get(b"X-There: " + every + b"\r\n"))
    assert backend.requests[0].get("x-there") == every.decode("latin-1")
    assert answer.get("x-back") == every.decode("latin-1")
    assert answer.reason == "\xe4\xff"


@pytest.mark.parametrize(
    "method", ["DELETE", "PATCH", "PROPFIND", "M-SEARCH", "FOO", "X" * 32, "!#$%&'*+-.^_`|~9"]
)
def test_any_method_token_is_served(serve: Serve, echo: EchoBackend, method: str) -> None:
    edge = serve(echo, methods=(method,)) if method[0] != "!" else serve(echo)
    answer = ask(edge.url, get(method=method.encode()))
    if method[0] == "!":
        # No operation can be declared for it; it is a method like any other that none matches.
        assert answer.status == 404
    else:
        assert (answer.status, echo.requests[0].method) == (200, method)


def test_every_backend_field_that_policies_may_not_see_is_still_passed_on(
    serve: Serve, echo: EchoBackend
) -> None:
    fields = (
        b"Accept-Encoding: gzip, br\r\nContent-Encoding: gzip\r\nOcp-Apim-Subscription-Key: k\r\nTE-X: y\r\n"
    )
    assert len(without_own(forwarded(serve, echo, fields))) == 4


@pytest.mark.parametrize("reason", ["OK", "Fine By Me", ""])
@pytest.mark.parametrize("status", [200, 299, 404, 500, 599, 999])
def test_status_and_reason_are_passed_on(serve: Serve, scripted: Scripted, status: int, reason: str) -> None:
    backend = scripted(f"HTTP/1.1 {status} {reason}\r\nContent-Length: 0\r\n\r\n".encode())
    answer = ask(serve(backend).url, get())
    assert (answer.status, answer.reason) == (status, reason)


# Fields that the gateway adds


def test_date_is_added_where_it_is_missing(serve: Serve, scripted: Scripted) -> None:
    edge = serve(scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    date = ask(edge.url, get()).get("date") or ""
    assert date.endswith(" GMT")
    assert abs(email.utils.parsedate_to_datetime(date).timestamp() - time.time()) < 5
    assert ask(edge.url, get(method=b"BREW")).get("date")


def test_a_date_of_the_backend_is_kept(serve: Serve, scripted: Scripted) -> None:
    edge = serve(scripted(b"HTTP/1.1 200 OK\r\ndate: yesterday\r\nContent-Length: 0\r\n\r\n"))
    assert ask(edge.url, get()).all("date") == ["yesterday"]


def test_nothing_else_is_added(serve: Serve, scripted: Scripted) -> None:
    edge = serve(scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    assert {name.lower() for name, _ in ask(edge.url, get()).headers} == {"date", "content-length"}


# Local answers


@pytest.mark.parametrize("method", [b"GET", b"POST", b"BREW", b"OPTIONS"])
def test_what_no_operation_matches_is_a_404_byte_for_byte(
    serve: Serve, echo: EchoBackend, method: bytes
) -> None:
    edge = serve(echo, path="orders", methods=("PUT",))
    for target in (b"/other", b"/orders/x", b"/"):
        answer = ask(edge.url, get(method=method, target=target))
        assert (answer.status, answer.reason) == (404, "Not Found")
        assert answer.body == b'{ "statusCode": 404, "message": "Resource not found" }'
        assert answer.get("content-type") == "application/json"
        assert {name.lower() for name, _ in answer.headers} == {"date", "content-length", "content-type"}
    assert echo.requests == []


@pytest.mark.parametrize("path", ["/status-0123456789abcdef", "/internal-status-0123456789abcdef"])
def test_the_status_path_wins_over_every_api(serve: Serve, echo: EchoBackend, path: str) -> None:
    edge = serve(echo)
    with RawConnection(edge.url) as connection:
        for target in (path, path + "?x=y"):
            answer = connection.ask(get(target=target.encode()))
            assert (answer.status, answer.body) == (200, b"")
        assert connection.ask(get(target=path.encode() + b"/x")).status == 200
    assert [request.target for request in echo.requests] == [path + "/x"]
