"""docs/http.md says what a running gateway refuses, and the real limits and time limits."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fastgw._http import Limits
from tests.docs.blocks import quoted, rows, sections
from tests.docs.test_configuration import ACCEPTED

TEXTS = sections("docs/http.md")
REFUSED = {cells[0]: int(cells[1]) for cells in rows(TEXTS["What is refused"], "request")}


def get(*fields: bytes, target: bytes = b"/a", line: bytes | None = None, body: bytes = b"") -> bytes:
    first = b"GET " + target + b" HTTP/1.1" if line is None else line
    return (
        first + b"\r\n" + b"".join(field + b"\r\n" for field in (b"Host: a.test", *fields)) + b"\r\n" + body
    )


# The beginning of a row -> requests that it speaks of.
SAMPLES = {
    "a line that ends in a bare line feed": [
        b"GET /a HTTP/1.1\nHost: a.test\n\n",
        get(b"X-A : 1"),
        get(b"X-A: 1", b" 2"),
    ],
    "a control character": [
        get(b"X-A: \x01"),
        get(b"X A: 1"),
        get(line=b"G(T /a HTTP/1.1"),
        get(line=b"A" * 65 + b" /a HTTP/1.1"),
    ],
    "no `Host`": [b"GET /a HTTP/1.1\r\n\r\n", get(b"Host: b.test"), b"GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n"],
    "`Content-Length` more than once": [
        get(b"Content-Length: 1", b"Content-Length: 1"),
        get(b"Content-Length: +1"),
        get(b"Content-Length: 1234567890123456789"),
    ],
    "`Content-Length` together": [get(b"Content-Length: 1", b"Transfer-Encoding: chunked")],
    "`Transfer-Encoding` more than once": [
        get(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
        get(b"Transfer-Encoding: chunked, gzip"),
        get(b"Transfer-Encoding: chunked", line=b"GET /a HTTP/1.0"),
    ],
    "`Transfer-Encoding` with another": [
        get(b"Transfer-Encoding: gzip"),
        get(b"Transfer-Encoding: gzip, chunked"),
    ],
    "an HTTP version": [get(line=b"GET /a HTTP/2.0"), get(line=b"GET /a HTTP/1.2")],
    "`Expect`": [get(b"Expect: the unexpected")],
    "a target": [get(target=b"a"), get(target=b"http://b.test/a"), get(target=b"/a#b")],
    "`.` or `..`": [get(target=b"/a/../b"), get(target=b"/a/%2e%2E/b"), get(target=b"/a/b%2f..")],
    "a backslash": [
        get(target=b"/a\\b"),
        get(target=b"/a%5cb"),
        get(target=b"/a%00b"),
        get(target=b"/a%zz"),
    ],
    "a chunk": [
        get(b"Transfer-Encoding: chunked", target=b"/up", body=b"zz\r\n"),
        get(
            b"Transfer-Encoding: chunked",
            target=b"/up",
            body=b"".join(b"1;" + b"e" * 4000 + b"\r\nx\r\n" for _ in range(6)),
        ),
    ],
}


@pytest.fixture(scope="module")
def address(module_gateway: Callable[..., Any]) -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        up = {"id": "get-up", "method": "GET", "urlTemplate": "/"}
        api = {
            "id": "up",
            "path": "up",
            "protocols": ["http"],
            "subscriptionRequired": False,
            "serviceUrl": f"http://127.0.0.1:{silent.getsockname()[1]}",
            "operations": [up],
        }
        yield module_gateway({"apis": [api]}).address


def answered(address: tuple[str, int], request: bytes) -> bytes:
    """Everything that comes back until the gateway closes."""
    with socket.create_connection(address, timeout=10.0) as connection:
        connection.sendall(request)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return received


def test_every_row_has_a_sample() -> None:
    assert [row for row in REFUSED if not any(row.startswith(start) for start in SAMPLES)] == []
    assert [start for start in SAMPLES if not any(row.startswith(start) for row in REFUSED)] == []


@pytest.mark.parametrize(
    ("start", "request_bytes"), [(start, one) for start, many in SAMPLES.items() for one in many]
)
def test_the_request_is_refused_as_the_table_says_and_the_connection_closed(
    start: str, request_bytes: bytes, address: tuple[str, int]
) -> None:
    (status,) = (status for row, status in REFUSED.items() if row.startswith(start))
    received = answered(address, request_bytes)
    assert received.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"\r\nConnection: close\r\n" in received


@pytest.mark.parametrize(
    ("what", "limit", "length"),
    [
        ("request line", Limits().line, Limits().line - len(b"GET  HTTP/1.1")),
        ("one path segment", 1024, 1 + 1024),
    ],
)
def test_a_target_is_served_at_its_limit_and_refused_beyond_it(
    what: str, limit: int, length: int, address: tuple[str, int]
) -> None:
    (row,) = (cells for cells in rows(TEXTS["Limits"], "what") if cells[0] == what)
    assert row[1].split()[0] == str(limit)
    longest = b"/" + (b"a" * 500 + b"/") * 100 if what == "request line" else b"/" + b"a" * 2000
    target = longest[:length]
    close = b"Connection: close"
    assert answered(address, get(close, target=target)).startswith(b"HTTP/1.1 404 ")
    beyond = answered(address, get(close, target=target + b"a"))
    assert beyond.startswith(f"HTTP/1.1 {row[2]} ".encode())


def test_the_limits_of_a_head_are_the_real_ones() -> None:
    described = {cells[0]: cells[1].split()[0] for cells in rows(TEXTS["Limits"], "what")}
    limits = Limits()
    assert described["one header line"] == str(limits.line)
    assert described["header fields"] == str(limits.fields)
    assert described["a whole head"] == str(limits.head)


def test_the_time_limits_are_those_of_the_configuration() -> None:
    configurable = {}
    for cells in rows(TEXTS["Timeouts"], "what"):
        name = (quoted(cells[2]) or [""])[0]
        if name in ACCEPTED:
            configurable[name] = cells[1]
    expected = {
        name: f"{field.default:g} s"
        for name, field in ACCEPTED.items()
        if isinstance(field.default, float)
        and name.startswith(("gateway.clientTimeouts", "backends[].limits"))
    }
    assert configurable == expected
