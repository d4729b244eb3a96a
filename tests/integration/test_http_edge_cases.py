"""Requests that are odd but valid: forwarded in exactly one form, whatever form they came in.

Head and body as the backend must get them are written out; nothing else may reach it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.conftest import GatewayFactory
from tests.harness import EchoBackend, GatewayProcess, RawConnection
from tests.harness.config import one_api

HOST = b"Host: example.test\r\n"


@pytest.fixture(scope="module")
def backend() -> Iterator[EchoBackend]:
    with EchoBackend() as backend:
        yield backend
        assert backend.violations == []


@pytest.fixture(scope="module")
def edge(module_gateway: GatewayFactory, backend: EchoBackend) -> GatewayProcess:
    return module_gateway(one_api(backend.url))


def get(target: bytes = b"/x", fields: bytes = b"") -> bytes:
    return b"GET " + target + b" HTTP/1.1\r\n" + HOST + fields + b"\r\n"


def post(fields: bytes, body: bytes) -> bytes:
    return b"POST /x HTTP/1.1\r\n" + HOST + fields + b"\r\n" + body


def chunked(body: bytes, field: bytes = b"Transfer-Encoding: chunked\r\n") -> bytes:
    return post(field, body)


ABC = (b"Content-Length: 3\r\n", b"abc")
CHUNKS = b"3\r\nabc\r\n0\r\n\r\n"

# id -> (what is sent, the field lines between Host and X-Forwarded-For, framing field and body)
SAME_TARGET = {
    "plain": (get(), b"", (b"", b"")),
    "one-leading-crlf": (b"\r\n" + get(), b"", (b"", b"")),
    "no-space-after-colon": (get(fields=b"X:y\r\n"), b"X: y\r\n", (b"", b"")),
    "spaces-and-tabs-around-value": (get(fields=b"X: \t y z \t\r\n"), b"X: y z\r\n", (b"", b"")),
    "empty-value": (get(fields=b"X:\r\n"), b"X: \r\n", (b"", b"")),
    "blank-value": (get(fields=b"X: \t \r\n"), b"X: \r\n", (b"", b"")),
    "tab-inside-value": (get(fields=b"X: a\tb\r\n"), b"X: a\tb\r\n", (b"", b"")),
    "high-bytes-in-value": (get(fields=b"X: \x80\xff\xc3\xa4\r\n"), b"X: \x80\xff\xc3\xa4\r\n", (b"", b"")),
    "every-token-character-in-name": (
        get(fields=b"!#$%&'*+-.^_`|~09azAZ: y\r\n"),
        b"!#$%&'*+-.^_`|~09azAZ: y\r\n",
        (b"", b""),
    ),
    "colons-in-value": (get(fields=b"X: a:b: c\r\n"), b"X: a:b: c\r\n", (b"", b"")),
    "underscores-in-names": (
        get(fields=b"Content_Length: 5\r\nTransfer_Encoding: chunked\r\n"),
        b"Content_Length: 5\r\nTransfer_Encoding: chunked\r\n",
        (b"", b""),
    ),
    "a-hundred-fields": (
        get(fields=b"".join(b"X%d: y\r\n" % number for number in range(99))),
        b"".join(b"X%d: y\r\n" % number for number in range(99)),
        (b"", b""),
    ),
    "a-field-of-8192-bytes": (
        get(fields=b"X: " + b"v" * 8189 + b"\r\n"),
        b"X: " + b"v" * 8189 + b"\r\n",
        (b"", b""),
    ),
    "length-zero": (post(b"Content-Length: 0\r\n", b""), b"", (b"Content-Length: 0\r\n", b"")),
    "length-with-leading-zeros": (post(b"Content-Length: 0003\r\n", b"abc"), b"", ABC),
    "length-with-spaces-around": (post(b"Content-Length: \t3 \r\n", b"abc"), b"", ABC),
    "length-name-in-capitals": (post(b"CONTENT-LENGTH: 3\r\n", b"abc"), b"", ABC),
    "length-nominated-by-connection": (
        post(b"Connection: content-length\r\nContent-Length: 3\r\n", b"abc"),
        b"",
        ABC,
    ),
    "chunked": (chunked(CHUNKS), b"", ABC),
    "chunked-in-capitals": (chunked(CHUNKS, b"TRANSFER-ENCODING: CHUNKED\r\n"), b"", ABC),
    "chunked-in-mixed-case": (chunked(CHUNKS, b"transfer-encoding: cHuNkEd\r\n"), b"", ABC),
    "chunked-with-spaces-around": (chunked(CHUNKS, b"Transfer-Encoding: \tchunked \t\r\n"), b"", ABC),
    "chunked-nominated-by-connection": (
        chunked(CHUNKS, b"Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n"),
        b"",
        ABC,
    ),
    "chunked-in-three-pieces": (chunked(b"1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n"), b"", ABC),
    "chunk-size-with-zeros": (chunked(b"0000000003\r\nabc\r\n0\r\n\r\n"), b"", ABC),
    "chunk-size-capital": (
        chunked(b"A\r\n0123456789\r\n0\r\n\r\n"),
        b"",
        (b"Content-Length: 10\r\n", b"0123456789"),
    ),
    "last-chunk-with-zeros": (chunked(b"3\r\nabc\r\n0000\r\n\r\n"), b"", ABC),
    "chunk-extension": (chunked(b"3;a=b;c\r\nabc\r\n0;d\r\n\r\n"), b"", ABC),
    "chunk-extension-quoted": (chunked(b'3;a="b;c,d"\r\nabc\r\n0\r\n\r\n'), b"", ABC),
    "trailers-are-dropped": (chunked(b"3\r\nabc\r\n0\r\nX: y\r\nContent-Length: 9\r\n\r\n"), b"", ABC),
    "empty-chunked-body": (chunked(b"0\r\n\r\n"), b"", (b"Content-Length: 0\r\n", b"")),
    "line-ends-in-a-body": (
        post(b"Content-Length: 4\r\n", b"\r\n\r\n"),
        b"",
        (b"Content-Length: 4\r\n", b"\r\n\r\n"),
    ),
    "get-with-a-body": (
        b"GET /x HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n\r\nabc",
        b"",
        ABC,
    ),
    "http-1.0": (b"GET /x HTTP/1.0\r\n" + HOST + b"\r\n", b"", (b"", b"")),
    "http-1.0-without-host": (b"GET /x HTTP/1.0\r\n\r\n", b"", (b"", b"")),
    "http-1.0-with-length": (b"POST /x HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc", b"", ABC),
    "absolute-form": (get(b"http://example.test/x"), b"", (b"", b"")),
    "absolute-form-scheme-in-capitals": (get(b"HTTP://example.test/x"), b"", (b"", b"")),
    "absolute-form-host-in-capitals": (get(b"http://EXAMPLE.test/x"), b"", (b"", b"")),
    "host-with-port": (b"GET /x HTTP/1.1\r\nHost: example.test:8080\r\n\r\n", b"", (b"", b"")),
    "host-ipv6": (b"GET /x HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", b"", (b"", b"")),
    "host-underscore": (b"GET /x HTTP/1.1\r\nHost: my_service\r\n\r\n", b"", (b"", b"")),
    "host-is-not-the-first-field": (
        b"GET /x HTTP/1.1\r\nA: b\r\nHost: example.test\r\n\r\n",
        b"A: b\r\n",
        (b"", b""),
    ),
}

TARGETS = [
    "/",
    "/a//b",
    "//double",
    "/a/",
    "/...",
    "/.hidden",
    "/a..b/..c/d..",
    "/a%20b",
    "/a%2Fb",
    "/a%252e%252e%252fb",
    "/%41",
    "/a;b=c,d/e:@!$&'()*+=~",
    "/x?",
    "/x?a=b&a=c&&=",
    "/x?a=../..&b=\\&c=%zz&d=%00&e=%5c",
    "/x?a=/b?c",
    '/a|b^c`d{e}"<f>[g]',
    "/" + "s" * 1024,
    "/" + "/".join("s" * 100 for _ in range(60)),
    "/x?" + "q" * 4000,
]


def forwarded(backend: EchoBackend, edge: GatewayProcess, data: bytes, *, bytewise: bool = False) -> bytes:
    """Send `data`, return the bytes that the backend got for it."""
    before = {session.number: len(session.received) for session in backend.sessions}
    count = len(backend.requests)
    with RawConnection(edge.url) as connection:
        if bytewise:
            for at in range(len(data)):
                connection.send(data[at : at + 1])
        else:
            connection.send(data)
        answer = connection.read_response()
        assert answer.status == 200
        assert json.loads(answer.body)["method"] in ("GET", "POST")
        assert connection.silent(0.0) or connection.ended == "closed", connection.buffer
    assert len(backend.requests) == count + 1
    return b"".join(bytes(one.received[before.get(one.number, 0) :]) for one in backend.sessions)


@pytest.mark.parametrize(
    ("data", "fields", "framed"), [pytest.param(*case, id=name) for name, case in SAME_TARGET.items()]
)
def test_every_form_of_a_request_is_forwarded_in_one_form(
    edge: GatewayProcess, backend: EchoBackend, data: bytes, fields: bytes, framed: tuple[bytes, bytes]
) -> None:
    method = data.lstrip()[:4].strip()
    expected = (
        method
        + b" /x HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % backend.port
        + fields
        + b"X-Forwarded-For: 127.0.0.1\r\n"
        + framed[0]
        + b"\r\n"
        + framed[1]
    )
    assert forwarded(backend, edge, data) == expected


@pytest.mark.parametrize("name", [name for name, case in SAME_TARGET.items() if len(case[0]) < 1000])
def test_a_request_that_comes_byte_by_byte_says_the_same(
    edge: GatewayProcess, backend: EchoBackend, name: str
) -> None:
    data, fields, framed = SAME_TARGET[name]
    got = forwarded(backend, edge, data, bytewise=True)
    head, _, body = got.partition(b"\r\n\r\n")
    assert fields in head + b"\r\n"
    assert backend.requests[-1].body == framed[1]
    assert backend.requests[-1].target == "/x"
    assert backend.requests[-1].framing in (("length", "chunked") if framed[0] else ("none",))
    assert body or not framed[1]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target[:24])
def test_a_path_and_query_are_forwarded_as_they_came(
    edge: GatewayProcess, backend: EchoBackend, target: str
) -> None:
    got = forwarded(backend, edge, get(target.encode()))
    expected = target.removesuffix("?")
    assert got.startswith(b"GET " + expected.encode() + b" HTTP/1.1\r\n")


def test_absolute_form_without_path_is_the_root(edge: GatewayProcess, backend: EchoBackend) -> None:
    assert forwarded(backend, edge, get(b"http://example.test")).startswith(b"GET / HTTP/1.1\r\n")


def test_absolute_form_keeps_its_query(edge: GatewayProcess, backend: EchoBackend) -> None:
    got = forwarded(backend, edge, get(b"http://example.test/a?b=http://c/"))
    assert got.startswith(b"GET /a?b=http://c/ HTTP/1.1\r\n")


def test_options_star_is_not_forwarded(edge: GatewayProcess, backend: EchoBackend) -> None:
    before = len(backend.requests)
    with RawConnection(edge.url) as connection:
        answer = connection.ask(b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n")
        assert answer.status == 404
        assert connection.ask(get()).status == 200
    assert len(backend.requests) == before + 1
