"""Heads, bodies and their refusals: every case runs against the compiled modules and against their twin.

A case that only one of them gets right is a bug in the other one; tests/oracle/http.py says from what
the twin is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastgw import _chunks, _http
from tests.oracle import http as twin
from tests.oracle.http_cases import (
    CHUNKED,
    END,
    FIELDS,
    HOSTS,
    LIMITS,
    NO_HOSTS,
    REQUEST_LINES,
    RESPONSES,
    SMALL,
    WHOLE_REQUESTS,
)
from tests.oracle.wire import Gateway

Read = Callable[[bytes, bool, twin.Bounds], Any]


def compiled_head(data: bytes, request: bool, bounds: twin.Bounds) -> Any:
    found = _http.read_head(data, request, _http.Limits(*bounds))
    if isinstance(found, dict):
        return twin.Head(**found)
    return twin.Refused(frozenset((found,))) if isinstance(found, int) else None


def twin_head(data: bytes, request: bool, bounds: twin.Bounds) -> Any:
    return twin.read_head(data, request, bounds)


both = pytest.mark.parametrize("read", [compiled_head, twin_head], ids=["compiled", "twin"])
both_decoders = pytest.mark.parametrize(
    "decode", [_chunks.decode_chunked, twin.decode_chunked], ids=["compiled", "twin"]
)


def check(read: Read, data: bytes, expected: Any, request: bool, bounds: twin.Bounds = twin.DEFAULT) -> None:
    """`expected` is None (incomplete), a status, or the members that an accepted head must have."""
    found = read(data, request, bounds)
    if expected is None:
        assert found is None
    elif isinstance(expected, int):
        assert isinstance(found, twin.Refused)
        assert expected in found.statuses
    else:
        assert isinstance(found, twin.Head)
        assert {name: getattr(found, name) for name in expected} == expected


# ---------------------------------------------------------------- the first line of a request


@both
@pytest.mark.parametrize(("line", "expected"), REQUEST_LINES.values(), ids=REQUEST_LINES)
def test_request_line(read: Read, line: bytes, expected: Any) -> None:
    check(read, line + b"\r\nHost: a" + END, expected, request=True)


# ---------------------------------------------------------------- fields


@both
@pytest.mark.parametrize(("lines", "expected"), FIELDS.values(), ids=FIELDS)
def test_request_fields(read: Read, lines: bytes, expected: Any) -> None:
    if isinstance(expected, dict) and "fields" in expected:
        expected = expected | {"fields": [(b"Host", b"a"), *expected["fields"]]}
    data = b"POST / HTTP/1.1\r\nHost: a\r\n" + lines + (END if lines else b"\r\n")
    check(read, data, expected, request=True)


@both
@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS)
def test_host_is_accepted(read: Read, host: bytes) -> None:
    check(read, b"GET / HTTP/1.1\r\nHost: " + host + END, {"fields": [(b"Host", host)]}, request=True)


@both
@pytest.mark.parametrize("host", NO_HOSTS.values(), ids=NO_HOSTS)
def test_host_is_refused(read: Read, host: bytes) -> None:
    """RFC 9112 section 3.2: a Host field with an invalid value must be answered with 400."""
    check(read, b"GET / HTTP/1.1\r\nHost: " + host + END, 400, request=True)


@both
@pytest.mark.parametrize(("data", "expected"), WHOLE_REQUESTS.values(), ids=WHOLE_REQUESTS)
def test_whole_request_head(read: Read, data: bytes, expected: Any) -> None:
    check(read, data, expected, request=True)


# ---------------------------------------------------------------- limits


@both
@pytest.mark.parametrize(("data", "expected"), LIMITS.values(), ids=LIMITS)
def test_limits(read: Read, data: bytes, expected: Any) -> None:
    check(read, data, expected, True, SMALL)


def default_head(**sizes: int) -> bytes:
    fields = b"".join(b"A%d: 1\r\n" % number for number in range(sizes.get("fields", 1) - 1))
    return b"GET /%b HTTP/1.1\r\nHost: a\r\n%b\r\n" % (b"a" * (sizes.get("line", 14) - 14), fields)


DEFAULT_LIMITS = {
    "100-fields": (default_head(fields=100), {"minor": 1}),
    "101-fields": (default_head(fields=101), 431),
    "line-of-8192": (default_head(line=8192), {"minor": 1}),
    "line-of-8193": (default_head(line=8193), 414),
}


@both
@pytest.mark.parametrize(("data", "expected"), DEFAULT_LIMITS.values(), ids=DEFAULT_LIMITS)
def test_default_limits(read: Read, data: bytes, expected: Any) -> None:
    """Design section 11: 100 fields, 8 KB a line, 32 KB a head."""
    check(read, data, expected, request=True)


@both
@pytest.mark.parametrize(("size", "accepted"), [(32768, True), (32769, False)])
def test_default_limit_of_a_head(read: Read, size: int, accepted: bool) -> None:
    start = b"GET / HTTP/1.1\r\nHost: a\r\n" + (b"A: " + b"x" * 8000 + b"\r\n") * 4
    data = start + b"B:" + b"x" * (size - len(start) - 2 - len(END)) + END
    assert len(data) == size
    check(read, data, {"size": size} if accepted else 431, request=True)


# ---------------------------------------------------------------- responses


@both
@pytest.mark.parametrize(("lines", "expected"), RESPONSES.values(), ids=RESPONSES)
def test_response_head(read: Read, lines: bytes, expected: Any) -> None:
    check(read, lines + END, expected, request=False)


# ---------------------------------------------------------------- chunked bodies


@both_decoders
@pytest.mark.parametrize(("data", "expected"), CHUNKED.values(), ids=CHUNKED)
@pytest.mark.parametrize("size", [0, 1, 2, 3], ids=["whole", "by-1", "by-2", "by-3"])
def test_chunked(decode: Any, data: bytes, expected: Any, size: int) -> None:
    pieces = [data[at : at + size] for at in range(0, len(data), size)] if size else [data]
    assert decode(pieces) == expected


# ---------------------------------------------------------------- what no table can list

TOKENS = st.sampled_from(
    [b"A", b"x-y", b"X-Long-Name", b"Accept", b"a_b", b"Date", b"Server", b"X-Forwarded-For"]
)
LONG = st.integers(15, 45).map(lambda length: b"v" * length)
VALUES = (
    LONG
    | st.sampled_from([b"1", b"", b"a b", b"x, y", b"\xff\x80", b'W/"x"', b"a:b"])
    | st.binary(max_size=6).map(lambda data: re.sub(rb"[\x00-\x08\x0a-\x1f\x7f]", b"", data))
)
LENGTHS = st.sampled_from([b"0", b"5", b"00", b"12345678901234567", b"9" * 18])
CODINGS = st.sampled_from([b"chunked", b"Chunked", b"gzip", b"gzip, chunked", b"chunked, x", b"identity"])
OPTIONS = st.lists(
    st.sampled_from([b"close", b"keep-alive", b"x-y", b"A", b"Date", b"host", b"te", b"", b"Content-Length"]),
    max_size=4,
).map(b" ,".join)
FIELD_LINES = st.one_of(
    st.tuples(TOKENS, VALUES),
    st.tuples(st.sampled_from([b"Host", b"host"]), st.sampled_from([b"a", b"a:80", b"[::1]:8", b"", b"a/b"])),
    st.tuples(st.just(b"Content-Length"), LENGTHS),
    st.tuples(st.just(b"Transfer-Encoding"), CODINGS),
    st.tuples(st.just(b"Connection"), OPTIONS),
    st.tuples(st.just(b"Expect"), st.sampled_from([b"100-continue", b"100-Continue", b"x"])),
).flatmap(
    lambda field: st.sampled_from([b": ", b":", b":\t"]).map(
        lambda colon: field[0] + colon + field[1] + b"\r\n"
    )
)
REQUEST_STARTS = st.tuples(
    st.sampled_from([b"GET", b"POST", b"get", b"M-SEARCH", b"OPTIONS"]),
    LONG.map(lambda text: b"/" + text)
    | st.sampled_from([b"/", b"/a?b=c", b"*", b"http://a/", b"/%20", b"/a#b"]),
    st.sampled_from([b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.2"]),
).map(lambda parts: b" ".join(parts) + b"\r\n")
RESPONSE_STARTS = st.sampled_from(
    [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 204 \r\n", b"HTTP/1.1 304\r\n"]
)
INTERESTING = [
    *(
        b"\r",
        b"\n",
        b"\r\n",
        b" ",
        b"\t",
        b":",
        b",",
        b";",
        b"\x00",
        b"\x0b",
        b"\x7f",
        b"\x80",
        b"0",
        b"A",
        b"/",
    ),
    *(b"\r\n\r\n", b"\r\n ", b"chunked", b"Host: b\r\n", b"Content-Length: 1\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Connection: x-y\r\n"),
]
BODIES = st.sampled_from([b"", b"", b"rest", b"GET / HTTP/1.1\r\n\r\n", b"\r\n"])


@st.composite
def mutated(draw: Any, source: st.SearchStrategy[bytes]) -> bytes:
    data: bytes = draw(source)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        to = min(len(data), at + draw(st.integers(0, 3)))
        data = data[:at] + draw(st.sampled_from([b"", *INTERESTING])) + data[to:]
    return data


def heads(first: st.SearchStrategy[bytes], host: bytes) -> st.SearchStrategy[bytes]:
    good = st.tuples(first, st.lists(FIELD_LINES, max_size=4), st.integers(0, 4), BODIES).map(
        lambda parts: (
            parts[0] + b"".join([*parts[1][: parts[2]], host, *parts[1][parts[2] :]]) + b"\r\n" + parts[3]
        )
    )
    return mutated(good)


REQUESTS = heads(REQUEST_STARTS, b"Host: a\r\n") | heads(REQUEST_STARTS, b"")
RESPONSE_HEADS = heads(RESPONSE_STARTS, b"")
BOUNDS = st.sampled_from([twin.DEFAULT, SMALL, twin.Bounds(2, 30, 64)])


def agree(data: bytes, request: bool, bounds: twin.Bounds) -> Any:
    """What both twins say; they must say the same."""
    found, expected = compiled_head(data, request, bounds), twin_head(data, request, bounds)
    if isinstance(expected, twin.Refused):
        assert isinstance(found, twin.Refused), (
            f"only the twin refuses, with {set(expected.statuses)}: {data!r}"
        )
        assert found.statuses <= expected.statuses, data
    else:
        assert found == expected, data
    return found


@settings(max_examples=600, deadline=None)
@given(data=REQUESTS, bounds=BOUNDS)
def test_twins_agree_on_requests_and_on_every_piece_of_them(data: bytes, bounds: twin.Bounds) -> None:
    last = None
    for end in range(len(data) + 1):
        found = agree(data[:end], True, bounds)
        # Whatever arrives later takes back neither an acceptance nor a refusal.
        if isinstance(last, twin.Head):
            assert found == last
        elif last is not None:
            assert isinstance(found, twin.Refused)
        last = found


@settings(max_examples=300, deadline=None)
@given(data=RESPONSE_HEADS, bounds=BOUNDS)
def test_twins_agree_on_responses(data: bytes, bounds: twin.Bounds) -> None:
    agree(data, False, bounds)


@settings(max_examples=600, deadline=None)
@given(data=REQUESTS)
def test_an_accepted_head_has_one_framing_and_no_control_characters(data: bytes) -> None:
    found = compiled_head(data, True, twin.DEFAULT)
    if not isinstance(found, twin.Head):
        return
    assert not (found.chunked and found.content_length >= 0)
    lengths = [value for name, value in found.fields if name.lower() == b"content-length"]
    codings = [value for name, value in found.fields if name.lower() == b"transfer-encoding"]
    assert len(lengths) + len(codings) <= 1
    assert found.content_length == (int(lengths[0]) if lengths else -1)
    assert found.chunked == bool(codings)
    assert found.method is not None
    assert found.target is not None
    assert re.fullmatch(twin.TCHAR + rb"{1,64}", found.method)
    assert re.fullmatch(rb"[\x21-\x7e]+", found.target)
    for name, value in found.fields:
        assert re.fullmatch(twin.TCHAR + rb"+", name)
        assert re.fullmatch(rb"[^\x00-\x08\x0a-\x1f\x7f]*", value)
        assert value == value.strip(b" \t")
    assert data[: found.size].endswith(END)


@settings(max_examples=300, deadline=None)
@given(data=REQUESTS)
def test_a_head_written_down_again_reads_the_same(data: bytes) -> None:
    found = compiled_head(data, True, twin.DEFAULT)
    if not isinstance(found, twin.Head):
        return
    assert found.method is not None
    assert found.target is not None
    written = b"%b %b HTTP/1.%d\r\n" % (found.method, found.target, found.minor)
    written += b"".join(name + b": " + value + b"\r\n" for name, value in found.fields) + b"\r\n"
    again = compiled_head(written, True, twin.Bounds(head=65536, line=16384))
    assert again == found._replace(size=len(written))


CHUNKS = st.lists(
    st.tuples(st.binary(min_size=1, max_size=20), st.sampled_from([b"", b"", b";", b";a=b", b';a="b"'])),
    max_size=4,
).map(lambda chunks: b"".join(b"%x%b\r\n%b\r\n" % (len(data), extra, data) for data, extra in chunks))
CHUNKED_BODIES = st.tuples(
    CHUNKS,
    st.sampled_from([b"0", b"00", b"0;x"]),
    st.lists(st.sampled_from([b"A: b\r\n", b"C:\r\n"]), max_size=2),
    BODIES,
).map(lambda parts: parts[0] + parts[1] + b"\r\n" + b"".join(parts[2]) + b"\r\n" + parts[3])


def cut(data: bytes, places: list[int]) -> list[bytes]:
    marks = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(marks)]


@settings(max_examples=600, deadline=None)
@given(data=mutated(CHUNKED_BODIES), places=st.lists(st.integers(0, 200), max_size=6))
def test_twins_agree_on_chunked_bodies_whole_and_in_pieces(data: bytes, places: list[int]) -> None:
    expected = twin.decode_chunked([data])
    assert _chunks.decode_chunked([data]) == expected
    assert _chunks.decode_chunked(cut(data, places)) == expected
    assert _chunks.decode_chunked([bytes((byte,)) for byte in data]) == expected


@settings(max_examples=200, deadline=None)
@given(
    pieces=st.lists(st.binary(min_size=1, max_size=50), max_size=5),
    places=st.lists(st.integers(0, 200), max_size=4),
)
def test_what_was_chunked_comes_back(pieces: list[bytes], places: list[int]) -> None:
    data = b"".join(b"%X\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    assert _chunks.decode_chunked(cut(data, places)) == (b"".join(pieces), True, b"")


# ---------------------------------------------------------------- on a connection


def answers(pieces: list[bytes]) -> bytes:
    """What a caller gets who sends these pieces; dates left out."""
    core, wire = Gateway(operations=()).caller()
    for piece in pieces:
        if wire.closed:
            break
        core.data_received(piece)
    return bytes(re.sub(rb"(Date|activityId)[^\r\n}]*", b"", wire.sent))


@settings(max_examples=300, deadline=None)
@given(data=REQUESTS, places=st.lists(st.integers(0, 400), max_size=8))
def test_a_connection_answers_pieces_as_it_answers_the_whole(data: bytes, places: list[int]) -> None:
    found = twin_head(data, True, twin.DEFAULT)
    if isinstance(found, twin.Head) and (found.chunked or found.content_length > 0):
        return  # the body may arrive after the answer
    assert answers(cut(data, places)) == answers([data])


@pytest.mark.parametrize("end", [b"", b"\r", b"\r\n"], ids=["before-the-line-end", "inside-it", "after-it"])
def test_a_line_at_the_limit_is_accepted_wherever_it_is_cut(end: bytes) -> None:
    line = b"GET /" + (b"a" * 999 + b"/") * 8 + b"a" * (8192 - 14 - 8000) + b" HTTP/1.1"
    assert len(line) == 8192
    rest = (line + b"\r\nHost: a" + END)[len(line + end) :]
    assert answers([line + end, rest]).startswith(b"HTTP/1.1 404 ")


def test_pipelined_requests_are_answered_alike_in_pieces_of_any_size() -> None:
    data = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n" * 3
    whole = answers([data])
    assert whole.count(b"HTTP/1.1 404") == 6
    for size in (1, 2, 3, 5, 7, 11, 64):
        assert answers([data[at : at + size] for at in range(0, len(data), size)]) == whole
