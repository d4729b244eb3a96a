"""Request heads that are wrong, ambiguous or too large: refused, never forwarded (design, section 11).

Each is sent whole and byte by byte. It is answered with the status given or the connection is closed; the
backend gets nothing of it, and the next caller is served. The rules are those of RFC 9112 and RFC 9110.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.conftest import GatewayFactory
from tests.harness import EchoBackend, GatewayProcess, RawConnection, ask
from tests.harness.config import one_api
from tests.harness.refusals import assert_refused, assert_unharmed, marks

HOST = b"Host: example.test"
BODY = b"0\r\n\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: example.test\r\n\r\n"


def request(
    *fields: bytes, line: bytes = b"GET /bad HTTP/1.1", end: bytes = b"\r\n", body: bytes = b""
) -> bytes:
    return end.join((line, *fields, b"", b"")) + body


def head(*fields: bytes) -> bytes:
    """A GET with Host and these field lines."""
    return request(HOST, *fields)


def length(*values: bytes) -> bytes:
    """A POST whose lengths are these, with five bytes of body and a request behind them."""
    fields = [b"Content-Length: " + value for value in values]
    return request(HOST, *fields, line=b"POST /bad HTTP/1.1", body=b"01234" + SMUGGLED)


def coding(*fields: bytes) -> bytes:
    """A POST with these framing fields, chunked as some would read it, with a request behind it."""
    return request(HOST, *fields, line=b"POST /bad HTTP/1.1", body=BODY + SMUGGLED)


def target(text: bytes, method: bytes = b"GET") -> bytes:
    return request(HOST, line=method + b" " + text + b" HTTP/1.1")


TE = b"Transfer-Encoding: "

LENGTHS = {
    "length-twice-equal": length(b"5", b"5"),
    "length-twice-different": length(b"5", b"0"),
    "length-twice-different-reversed": length(b"0", b"5"),
    "length-list-equal": length(b"5, 5"),
    "length-list-different": length(b"5,6"),
    "length-negative": length(b"-5"),
    "length-plus": length(b"+5"),
    "length-hex": length(b"0x5"),
    "length-hex-digit": length(b"a"),
    "length-fraction": length(b"5.0"),
    "length-exponent": length(b"1e1"),
    "length-underscore": length(b"1_0"),
    "length-space-inside": length(b"1 2"),
    "length-tab-inside": length(b"1\t2"),
    "length-empty": length(b""),
    "length-quoted": length(b'"5"'),
    "length-semicolon": length(b"5;x"),
    "length-letters": length(b"five"),
    "length-int64-overflow": length(b"9223372036854775808"),
    "length-uint64-overflow": length(b"18446744073709551621"),
    "length-forty-digits": length(b"5" * 40),
    "length-nul": length(b"5\x00"),
    "length-vertical-tab": length(b"\x0b5"),
    "length-fullwidth-digit": length("５".encode()),
    "length-arabic-digit": length("٥".encode()),
    "length-space-before-colon": coding(b"Content-Length : 5"),
    "length-tab-before-colon": coding(b"Content-Length\t: 5"),
    "length-folded": coding(b"Content-Length:\r\n 5"),
}

CODINGS = {
    "coding-then-length": coding(TE + b"chunked", b"Content-Length: 5"),
    "length-then-coding": coding(b"Content-Length: 5", TE + b"chunked"),
    "coding-with-length-zero": coding(TE + b"chunked", b"Content-Length: 0"),
    "coding-with-bad-length": coding(TE + b"chunked", b"Content-Length: x"),
    "unknown-coding-with-length": coding(TE + b"identity", b"Content-Length: 5"),
    "coding-twice": coding(TE + b"chunked", TE + b"chunked"),
    "coding-then-identity-line": coding(TE + b"chunked", TE + b"identity"),
    "identity-line-then-coding": coding(TE + b"identity", TE + b"chunked"),
    "coding-list-chunked-twice": coding(TE + b"chunked, chunked"),
    "coding-list-chunked-first": coding(TE + b"chunked, identity"),
    "coding-trailing-comma": coding(TE + b"chunked,"),
    "coding-leading-comma": coding(TE + b",chunked"),
    "coding-empty": coding(TE),
    "coding-space-before-colon": coding(b"Transfer-Encoding : chunked"),
    "coding-tab-before-colon": coding(b"Transfer-Encoding\t: chunked"),
    "coding-nul-before-colon": coding(b"Transfer-Encoding\x00: chunked"),
    "coding-vertical-tab-before-colon": coding(b"Transfer-Encoding\x0b: chunked"),
    "coding-space-in-name": coding(b"Transfer Encoding: chunked"),
    "coding-vertical-tab": coding(TE + b"\x0bchunked"),
    "coding-vertical-tab-behind": coding(TE + b"chunked\x0b"),
    "coding-form-feed": coding(TE + b"\x0cchunked"),
    "coding-nul": coding(TE + b"\x00chunked"),
    "coding-nul-behind": coding(TE + b"chunked\x00"),
    "coding-bare-cr": coding(TE + b"\rchunked"),
    "coding-bare-cr-behind": coding(TE + b"chunked\r"),
    "coding-bare-lf": coding(TE + b"\nchunked"),
    "coding-high-byte": coding(TE + b"\xffchunked"),
    "coding-no-break-space": coding(TE + b"\xa0chunked"),
    "coding-kelvin-sign": coding(TE + "chun\u212aed".encode()),
    "coding-folded": coding(b"Transfer-Encoding:\r\n chunked"),
    "coding-folded-tab": coding(b"Transfer-Encoding:\r\n\tchunked"),
    "coding-fold-behind": coding(TE + b"chunked\r\n , identity"),
    "coding-line-begins-with-space": coding(b" Transfer-Encoding: chunked"),
    "coding-hidden-by-bare-cr": coding(b"X: y\rTransfer-Encoding: chunked", b"Content-Length: 5"),
    "coding-hidden-by-bare-lf": coding(b"X: y\nTransfer-Encoding: chunked", b"Content-Length: 5"),
    "coding-in-http-1.0": request(HOST, TE + b"chunked", line=b"POST /bad HTTP/1.0", body=BODY + SMUGGLED),
    "coding-chunked-parameter": coding(TE + b"chunked;q=1"),
}

UNKNOWN_CODINGS = {
    "coding-identity": coding(TE + b"identity"),
    "coding-gzip": coding(TE + b"gzip"),
    "coding-gzip-chunked": coding(TE + b"gzip, chunked"),
    "coding-identity-chunked": coding(TE + b"identity, chunked"),
    "coding-xchunked": coding(TE + b"xchunked"),
    "coding-chunkedx": coding(TE + b"chunkedx"),
    "coding-two-words": coding(TE + b"chun ked"),
    "coding-quoted": coding(TE + b'"chunked"'),
    "coding-single-quoted": coding(TE + b"'chunked'"),
    "coding-semicolon-first": coding(TE + b";chunked"),
    "coding-cow": coding(TE + b"cow"),
}

LINE_ENDS = {
    "lf-only": request(HOST, end=b"\n"),
    "lf-after-request-line": b"GET /bad HTTP/1.1\nHost: example.test\r\n\r\n",
    "lf-after-field": b"GET /bad HTTP/1.1\r\nHost: example.test\nX: y\r\n\r\n",
    "lf-as-empty-line": b"GET /bad HTTP/1.1\r\nHost: example.test\r\n\n",
    "lf-then-crlf": b"GET /bad HTTP/1.1\r\nHost: example.test\n\r\n",
    "lf-first": b"\nGET /bad HTTP/1.1\r\nHost: example.test\r\n\r\n",
    "lf-in-value": head(b"X: a\nb"),
    "lf-new-field-in-value": head(b"X: a\nY: b"),
    "lf-in-name": head(b"X\nY: b"),
    "lf-in-target": target(b"/bad\nx"),
    "cr-only": request(HOST, end=b"\r") + b"\r\n\r\n",
    "cr-after-request-line": b"GET /bad HTTP/1.1\rHost: example.test\r\n\r\n",
    "cr-after-field": b"GET /bad HTTP/1.1\r\nHost: example.test\rX: y\r\n\r\n",
    "cr-in-value": head(b"X: a\rb"),
    "cr-at-value-end": head(b"X: a\r"),
    "cr-first": b"\rGET /bad HTTP/1.1\r\nHost: example.test\r\n\r\n",
    "cr-first-and-a-letter": b"\rXGET /bad HTTP/1.1\r\nHost: example.test\r\n\r\n",
    "crlf-cr-first": b"\r\n\rGET /bad HTTP/1.1\r\nHost: example.test\r\n\r\n",
    "cr-in-target": target(b"/bad\rx"),
    "lf-cr": request(HOST, end=b"\n\r") + b"\r\n\r\n",
    "two-leading-crlf": b"\r\n\r\n" + head(),
    "leading-spaces": b"   " + head(),
    "obs-fold-space": head(b"X: a\r\n b"),
    "obs-fold-tab": head(b"X: a\r\n\tb"),
    "obs-fold-first-field": request(b" folded: x", HOST),
    "obs-fold-empty-line": head(b"X: a\r\n "),
    "obs-fold-in-host": request(b"Host:\r\n example.test"),
}

FIELDS = {
    "name-empty": head(b": x"),
    "name-space-before-colon": head(b"X : y"),
    "name-tab-before-colon": head(b"X\t: y"),
    "name-with-space": head(b"X Y: z"),
    "name-without-colon": head(b"XYZ"),
    "name-nul": head(b"X\x00Y: z"),
    "name-control": head(b"X\x01: z"),
    "name-delete": head(b"X\x7f: z"),
    "name-high-byte": head(b"X\x80: z"),
    "name-utf-8": head("Ä: z".encode()),
    "name-quote": head(b'X"Y: z'),
    "name-parenthesis": head(b"X(Y): z"),
    "name-slash": head(b"X/Y: z"),
    "name-at": head(b"X@Y: z"),
    "name-bracket": head(b"X[Y]: z"),
    "name-brace": head(b"X{Y}: z"),
    "name-equals": head(b"X=Y: z"),
    "name-semicolon": head(b"X;Y: z"),
    "name-comma": head(b"X,Y: z"),
    "name-backslash": head(b"X\\Y: z"),
    "value-nul": head(b"X: a\x00b"),
    "value-nul-only": head(b"X: \x00"),
    "value-start-of-heading": head(b"X: a\x01b"),
    "value-backspace": head(b"X: a\x08b"),
    "value-vertical-tab": head(b"X: a\x0bb"),
    "value-form-feed": head(b"X: a\x0cb"),
    "value-escape": head(b"X: a\x1bb"),
    "value-unit-separator": head(b"X: a\x1fb"),
    "value-delete": head(b"X: a\x7fb"),
}

HOSTS = {
    "host-missing": request(b"X: y"),
    "host-twice-equal": request(HOST, HOST),
    "host-twice-different": request(HOST, b"Host: other.test"),
    "host-empty": request(b"Host:"),
    "host-blank": request(b"Host:  \t"),
    "host-list": request(b"Host: example.test, other.test"),
    "host-space-inside": request(b"Host: example.test other.test"),
    "host-user": request(b"Host: user@example.test"),
    "host-path": request(b"Host: example.test/bad"),
    "host-query": request(b"Host: example.test?x"),
    "host-fragment": request(b"Host: example.test#x"),
    "host-scheme": request(b"Host: http://example.test"),
    "host-port-letters": request(b"Host: example.test:http"),
    "host-port-too-large": request(b"Host: example.test:65536"),
    "host-port-many-digits": request(b"Host: example.test:000080"),
    "host-port-negative": request(b"Host: example.test:-1"),
    "host-two-ports": request(b"Host: example.test:80:80"),
    "host-only-port": request(b"Host: :80"),
    "host-ipv6-open": request(b"Host: [::1"),
    "host-ipv6-empty": request(b"Host: []"),
    "host-ipv6-behind": request(b"Host: [::1]x"),
    "host-ipv6-zone": request(b"Host: [fe80::1%25eth0]"),
    "host-non-ascii": request("Host: exämple.test".encode()),
    "host-backslash": request(b"Host: example.test\\x"),
    "host-percent": request(b"Host: example%2etest"),
    "host-nul": request(b"Host: example.test\x00"),
    "host-300-bytes": request(b"Host: " + b"a" * 300),
    "host-name-with-space": request(b"Host : example.test"),
}

REQUEST_LINES = {
    "line-two-spaces-before-target": request(HOST, line=b"GET  /bad HTTP/1.1"),
    "line-two-spaces-before-version": request(HOST, line=b"GET /bad  HTTP/1.1"),
    "line-tab-before-target": request(HOST, line=b"GET\t/bad HTTP/1.1"),
    "line-tab-before-version": request(HOST, line=b"GET /bad\tHTTP/1.1"),
    "line-vertical-tab": request(HOST, line=b"GET\x0b/bad HTTP/1.1"),
    "line-no-break-space": request(HOST, line=b"GET\xa0/bad HTTP/1.1"),
    "line-leading-space": request(HOST, line=b" GET /bad HTTP/1.1"),
    "line-trailing-space": request(HOST, line=b"GET /bad HTTP/1.1 "),
    "line-extra-word": request(HOST, line=b"GET /bad x HTTP/1.1"),
    "line-word-behind": request(HOST, line=b"GET /bad HTTP/1.1 x"),
    "line-without-target": request(HOST, line=b"GET HTTP/1.1"),
    "line-without-method": request(HOST, line=b"/bad HTTP/1.1"),
    "line-only-method": request(HOST, line=b"GET"),
    "line-http-0.9": b"GET /bad\r\n\r\n",
    "line-http-0.9-space": b"GET /bad \r\n\r\n",
    "line-nul": request(HOST, line=b"GET /bad\x00 HTTP/1.1"),
    "method-nul": request(HOST, line=b"G\x00T /bad HTTP/1.1"),
    "method-at": request(HOST, line=b"G@T /bad HTTP/1.1"),
    "method-colon": request(HOST, line=b"GET: /bad HTTP/1.1"),
    "method-utf-8": request(HOST, line="GÉT /bad HTTP/1.1".encode()),
    "method-100-letters": request(HOST, line=b"A" * 100 + b" /bad HTTP/1.1"),
    "version-lower-case": request(HOST, line=b"GET /bad http/1.1"),
    "version-no-minor": request(HOST, line=b"GET /bad HTTP/1"),
    "version-empty-minor": request(HOST, line=b"GET /bad HTTP/1."),
    "version-two-digit-minor": request(HOST, line=b"GET /bad HTTP/1.10"),
    "version-two-digit-major": request(HOST, line=b"GET /bad HTTP/01.1"),
    "version-comma": request(HOST, line=b"GET /bad HTTP/1,1"),
    "version-space": request(HOST, line=b"GET /bad HTTP/ 1.1"),
    "version-other-protocol": request(HOST, line=b"GET /bad HTTPS/1.1"),
    "version-icy": request(HOST, line=b"GET /bad ICY/1.1"),
}

VERSIONS = {
    "version-0.9": request(HOST, line=b"GET /bad HTTP/0.9"),
    "version-1.2": request(HOST, line=b"GET /bad HTTP/1.2"),
    "version-1.9": request(HOST, line=b"GET /bad HTTP/1.9"),
    "version-2.0": request(HOST, line=b"GET /bad HTTP/2.0"),
    "version-3.0": request(HOST, line=b"GET /bad HTTP/3.0"),
    "version-9.9": request(HOST, line=b"GET /bad HTTP/9.9"),
    "http-2-preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
}

TARGETS = {
    "target-no-slash": target(b"bad"),
    "target-star-with-get": target(b"*"),
    "target-star-behind": target(b"*bad", b"OPTIONS"),
    "target-authority": target(b"example.test:443", b"CONNECT"),
    "target-authority-with-get": target(b"example.test:80"),
    "target-query-only": target(b"?bad"),
    "target-absolute-other-host": target(b"http://other.test/bad"),
    "target-absolute-other-port": target(b"http://example.test:81/bad"),
    "target-absolute-user": target(b"http://user@example.test/bad"),
    "target-absolute-prefix-of-host": target(b"http://example.tes/bad"),
    "target-absolute-host-is-prefix": target(b"http://example.test.evil/bad"),
    "target-absolute-no-host": target(b"http:///bad"),
    "target-absolute-one-slash": target(b"http:/example.test/bad"),
    "target-absolute-ftp": target(b"ftp://example.test/bad"),
    "target-absolute-file": target(b"file:///bad"),
    "target-absolute-backslash": target(b"http://example.test\\bad"),
    "target-absolute-http-1.0-no-host": request(line=b"GET http://example.test/bad HTTP/1.0"),
    "target-absolute-dots": target(b"http://example.test/x/../bad"),
    "target-dot": target(b"/./bad"),
    "target-dot-last": target(b"/bad/."),
    "target-dots": target(b"/x/../bad"),
    "target-dots-first": target(b"/../bad"),
    "target-dots-last": target(b"/bad/.."),
    "target-dots-only": target(b"/.."),
    "target-dots-before-query": target(b"/bad/..?x"),
    "target-dot-encoded": target(b"/%2e/bad"),
    "target-dots-encoded": target(b"/x/%2e%2e/bad"),
    "target-dots-encoded-upper": target(b"/x/%2E%2E/bad"),
    "target-dots-half-encoded": target(b"/x/.%2e/bad"),
    "target-dots-half-encoded-2": target(b"/x/%2e./bad"),
    "target-dots-behind-encoded-slash": target(b"/x%2f../bad"),
    "target-dots-before-encoded-slash": target(b"/x/..%2fbad"),
    "target-dots-between-encoded-slashes": target(b"/x%2F%2e%2e%2Fbad"),
    "target-backslash": target(b"/x\\bad"),
    "target-backslash-dots": target(b"/x\\..\\bad"),
    "target-backslash-encoded": target(b"/x%5cbad"),
    "target-backslash-encoded-dots": target(b"/..%5Cbad"),
    "target-nul-encoded": target(b"/bad%00"),
    "target-nul-encoded-inside": target(b"/b%00ad"),
    "target-percent-alone": target(b"/bad%"),
    "target-percent-one-digit": target(b"/bad%4"),
    "target-percent-one-digit-slash": target(b"/bad%4/x"),
    "target-percent-letters": target(b"/bad%zz"),
    "target-percent-space": target(b"/bad%2%20"),
    "target-percent-unicode": target(b"/bad%u0041"),
    "target-fragment": target(b"/bad#x"),
    "target-fragment-in-query": target(b"/bad?x#y"),
    "target-fragment-encoded-is-not-one": target(b"/bad%#23"),
    "target-control": target(b"/bad\x01"),
    "target-delete": target(b"/bad\x7f"),
    "target-raw-utf-8": target("/bäd".encode()),
    "target-high-byte": target(b"/bad\xff"),
    "target-space": target(b"/bad x"),
    "target-query-control": target(b"/bad?\x02"),
    "target-query-raw-utf-8": target("/bad?ä".encode()),
}

EXPECTATIONS = {
    "expect-unknown": head(b"Expect: magic"),
    "expect-empty": head(b"Expect:"),
    "expect-list": head(b"Expect: 100-continue, magic"),
    "expect-other-number": head(b"Expect: 200-ok"),
    "expect-twice-second-unknown": head(b"Expect: 100-continue", b"Expect: magic"),
    "expect-quoted": head(b'Expect: "100-continue"'),
    "expect-parameter": head(b"Expect: 100-continue;x=1"),
}

LONG_LINES = {
    "line-long-target": target(b"/bad" + b"x" * 8192),
    "line-very-long-target": target(b"/bad" + b"x" * 30000),
    "line-long-query": target(b"/bad?" + b"x" * 8192),
    "line-long-method": request(HOST, line=b"A" * 9000 + b" /bad HTTP/1.1"),
    "line-without-end": b"GET /bad" + b"x" * 20000,
    "path-segment-over-1024": target(b"/bad" + b"x" * 1022),
    "path-of-too-many-segments": target(b"/bad" + b"/x" * 2000),
}

LARGE_HEADS = {
    "field-of-8193-bytes": head(b"X: " + b"v" * 8190),
    "field-name-of-9000-bytes": head(b"N" * 9000 + b": x"),
    "field-without-end": request(HOST)[:-2] + b"X: " + b"v" * 20000,
    "field-101": request(HOST, *(b"X%d: y" % number for number in range(100))),
    "field-1000": request(HOST, *(b"X: y" for _ in range(1000))),
    "head-over-32-kib": request(HOST, *(b"X%d: " % number + b"v" * 8000 for number in range(5))),
    "head-over-32-kib-without-end": request(HOST, *(b"X: " + b"v" * 4000 for _ in range(10)))[:-2],
}

TABLES: list[tuple[dict[str, bytes], set[int]]] = [
    (LENGTHS, {400}),
    (CODINGS, {400, 501}),
    (UNKNOWN_CODINGS, {501, 400}),
    (LINE_ENDS, {400}),
    (FIELDS, {400}),
    (HOSTS, {400}),
    (REQUEST_LINES, {400}),
    (VERSIONS, {505}),
    (TARGETS, {400}),
    (EXPECTATIONS, {417}),
    (LONG_LINES, {414, 400}),
    (LARGE_HEADS, {431}),
]
CASES = [pytest.param(data, statuses, id=name) for table, statuses in TABLES for name, data in table.items()]
SLOW_BYTE_BY_BYTE = 4000


@pytest.fixture(scope="module")
def backend() -> Iterator[EchoBackend]:
    with EchoBackend() as backend:
        yield backend


@pytest.fixture(scope="module")
def edge(module_gateway: GatewayFactory, backend: EchoBackend) -> GatewayProcess:
    return module_gateway(one_api(backend.url))


@pytest.mark.parametrize(("data", "statuses"), CASES)
def test_a_wrong_head_is_refused(
    edge: GatewayProcess, backend: EchoBackend, data: bytes, statuses: set[int]
) -> None:
    before = marks(backend)
    with RawConnection(edge.url) as connection:
        connection.send_what_is_taken(data)
        assert_refused(connection, statuses)
    assert_unharmed(edge, backend, before)


@pytest.mark.parametrize(
    ("data", "statuses"), [case for case in CASES if len(case.values[0]) < SLOW_BYTE_BY_BYTE]
)
def test_a_wrong_head_is_refused_byte_by_byte(
    edge: GatewayProcess, backend: EchoBackend, data: bytes, statuses: set[int]
) -> None:
    before = marks(backend)
    with RawConnection(edge.url) as connection:
        for at in range(len(data)):
            if not connection.send_what_is_taken(data[at : at + 1]):
                break
        assert_refused(connection, statuses)
    assert_unharmed(edge, backend, before)


@pytest.mark.parametrize(
    ("second", "statuses"),
    [
        pytest.param(TARGETS["target-dots"], {400}, id="dots"),
        pytest.param(LENGTHS["length-twice-different"], {400}, id="two-lengths"),
        pytest.param(CODINGS["length-then-coding"], {400}, id="length-and-coding"),
        pytest.param(UNKNOWN_CODINGS["coding-gzip"], {501}, id="unknown-coding"),
        pytest.param(VERSIONS["version-2.0"], {505}, id="version"),
        pytest.param(LINE_ENDS["lf-only"], {400}, id="bare-lf"),
        pytest.param(LARGE_HEADS["field-101"], {431}, id="too-many-fields"),
        pytest.param(b"\x16\x03\x01\r\n", {400}, id="garbage"),
    ],
)
def test_a_wrong_pipelined_request_is_refused_after_its_predecessor_was_answered(
    edge: GatewayProcess, backend: EchoBackend, second: bytes, statuses: set[int]
) -> None:
    before = len(backend.requests)
    with RawConnection(edge.url) as connection:
        connection.send(b"GET /first HTTP/1.1\r\nHost: example.test\r\n\r\n" + second + SMUGGLED)
        first = connection.read_response()
        assert json.loads(first.body)["target"] == "/first"
        assert_refused(connection, statuses)
    assert ask(edge.url, b"GET /good HTTP/1.1\r\nHost: example.test\r\n\r\n").status == 200
    assert [one.target for one in backend.requests[before:]] == ["/first", "/good"]
