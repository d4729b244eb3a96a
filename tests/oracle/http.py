"""The twin of `fastgw._http`: heads and chunked bodies, line by line and by regular expressions.

Written from RFC 9110, RFC 9112 and design section 11, for readers and not for speed. It must never be
derived from the compiled module: where the two differ, one of them is wrong.

A bad head usually has more than one thing wrong with it, and no rule says which one is reported. So a
refusal here is the set of all the statuses that would be right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

TCHAR = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]"  # RFC 9110 section 5.6.2
VCHAR = rb"[\x21-\x7e]"
TEXT = rb"[\t\x20-\x7e\x80-\xff]"  # what a field value, a reason or a chunk extension may hold

REQUEST_LINE = re.compile(rb"(%b+) (%b+) HTTP/([0-9])\.([0-9])" % (TCHAR, VCHAR))
# RFC 9112 section 4 wants the space before an empty reason as well; many servers leave it out.
STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: (%b*))?" % TEXT)
FIELD_LINE = re.compile(rb"(%b+):(%b*)" % (TCHAR, TEXT))
OTHER_VERSION = re.compile(rb"HTTP/(?!1\.[01])[0-9]\.[0-9]")
LENGTH = re.compile(rb"[0-9]{1,18}")

IP_LITERAL = rb"\[[0-9A-Fa-f:.]+\]"
REG_NAME = rb"[0-9A-Za-z\-._~!$&'()*+,;=]+"
HOST = re.compile(rb"(?P<name>%b|%b)(?::(?P<port>[0-9]{0,5}))?" % (IP_LITERAL, REG_NAME))

LONGEST_METHOD = 64  # as long as an operation's may be
LONGEST_HOST = 255

# Fields that belong to the connection or to the framing. Those who read the fields leave them out; a
# Connection field that names them takes nothing away (RFC 9110 section 7.6.1).
NOT_TO_BE_NOMINATED = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"host",
        b"content-length",
        b"expect",
    )
)


class Bounds(NamedTuple):
    """The limits of design section 11: fields, bytes of a line without its CRLF, bytes of a whole head."""

    fields: int = 100
    line: int = 8192
    head: int = 32768


DEFAULT = Bounds()


class Refused(NamedTuple):
    """Not to be served; any of the statuses is right."""

    statuses: frozenset[int]


class Head(NamedTuple):
    """What a good head says; members as `fastgw._http.read_head` names them."""

    method: bytes | None
    target: bytes | None
    status: int
    reason: bytes | None
    minor: int
    fields: list[tuple[bytes, bytes]]
    content_length: int
    chunked: bool
    close: bool
    expect_continue: bool
    size: int


def read_head(data: bytes, request: bool = True, bounds: Bounds = DEFAULT) -> Head | Refused | None:
    """Read the head at the start of `data`; None while more of it must come."""
    found = _lines(data, bounds)
    if found is None or isinstance(found, Refused):
        return found
    lines, size = found
    return _read_request(lines, size) if request else _read_response(lines, size)


# ---------------------------------------------------------------- lines


def _lines(data: bytes, bounds: Bounds) -> tuple[list[bytes], int] | Refused | None:
    """The lines of a head without their CRLF, and the size of the head with all of them."""
    lines: list[bytes] = []
    start = 0
    while True:
        end = data.find(b"\n", start)
        whole = end >= 0
        end = end + 1 if whole else len(data)
        text = data[start:end]
        faults = set()
        if whole and not text.endswith(b"\r\n"):
            faults.add(400)  # a bare LF
        if whole and text == b"\r\n" and lines == [b""]:
            faults.add(400)  # a second empty line before the first line
        length = len(text) - 2 if whole else len(text) - text.endswith(b"\r")
        named = len([line for line in lines if line])
        if length > bounds.line:
            faults.add(431 if named else 414)
        if end > bounds.head:
            faults.add(431)
        if whole and length > 0 and named == bounds.fields + 1:
            faults.add(431)
        if faults:
            return Refused(frozenset(faults))
        if not whole:
            return None
        if text == b"\r\n" and named:
            return lines, end
        lines.append(text[:-2])
        start = end


# ---------------------------------------------------------------- requests


def _read_request(lines: list[bytes], size: int) -> Head | Refused:
    if lines[0] == b"":
        lines = lines[1:]  # RFC 9112 section 2.2
    faults: set[int] = set()
    method = target = b""
    minor = 1
    line = REQUEST_LINE.fullmatch(lines[0])
    if line is None:
        faults.add(400)
        if OTHER_VERSION.search(lines[0]):
            faults.add(505)
    else:
        method, target = line[1], line[2]
        minor = int(line[4])
        if len(method) > LONGEST_METHOD:
            faults.add(400)
        if line[3] != b"1" or minor > 1:
            faults.add(505)
    fields = _fields(lines[1:], faults)
    length, chunked = _framing(fields, faults)
    if chunked and minor == 0:
        faults.add(400)  # RFC 9112 section 6.1
    hosts = _values(fields, b"host")
    if len(hosts) > 1 or (not hosts and minor > 0) or not all(map(_is_host, hosts)):
        faults.add(400)  # RFC 9112 section 3.2
    expectations = _values(fields, b"expect")
    if any(value.lower() != b"100-continue" for value in expectations):
        faults.add(417)
    if faults:
        return Refused(frozenset(faults))
    return Head(
        method=method,
        target=target,
        status=0,
        reason=None,
        minor=minor,
        fields=_without_nominated(fields),
        content_length=length,
        chunked=chunked,
        close=_closes(fields, minor),
        expect_continue=bool(expectations) and minor == 1,
        size=size,
    )


def _is_host(value: bytes) -> bool:
    """RFC 9110 section 7.2, without percent-encoding and without names that are no names."""
    found = HOST.fullmatch(value)
    if found is None or len(value) > LONGEST_HOST:
        return False
    if found["name"].startswith(b"[") and not _is_ip6(found["name"][1:-1].decode()):
        return False
    return int(found["port"] or b"0") <= 65535


def _is_ip6(text: str) -> bool:
    """RFC 3986 section 3.2.2, counted out: eight groups, :: for some, the last two as an IPv4 address."""
    head, double, tail = text.partition("::")
    groups = [group for half in (head, tail) if half for group in half.split(":")]
    count = len(groups)
    if groups and "." in groups[-1] and (tail or not double):
        octets = groups.pop().split(".")
        count += 1
        if len(octets) != 4 or not all(re.fullmatch("0|[1-9][0-9]{0,2}", o) and int(o) < 256 for o in octets):
            return False
    if not all(re.fullmatch("[0-9A-Fa-f]{1,4}", group) for group in groups):
        return False
    return count <= 7 if double else count == 8


# ---------------------------------------------------------------- responses


def _read_response(lines: list[bytes], size: int) -> Head | Refused:
    faults: set[int] = set()
    line = STATUS_LINE.fullmatch(lines[0])
    if line is None:
        return Refused(frozenset((502,)))
    fields = _fields(lines[1:], faults)
    length, chunked = _framing(fields, faults)
    minor = int(line[1])
    if faults or (chunked and minor == 0):
        return Refused(frozenset((502,)))
    return Head(
        method=None,
        target=None,
        status=int(line[2]),
        reason=line[3] or b"",
        minor=minor,
        fields=_without_nominated(fields),
        content_length=length,
        chunked=chunked,
        close=_closes(fields, minor),
        expect_continue=False,
        size=size,
    )


# ---------------------------------------------------------------- fields


def _fields(lines: list[bytes], faults: set[int]) -> list[tuple[bytes, bytes]]:
    fields = []
    for line in lines:
        found = FIELD_LINE.fullmatch(line)
        if found is None:
            faults.add(400)
        else:
            fields.append((found[1], found[2].strip(b" \t")))
    return fields


def _values(fields: list[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    return [value for known, value in fields if known.lower() == name]


def _framing(fields: list[tuple[bytes, bytes]], faults: set[int]) -> tuple[int, bool]:
    """(Content-Length or -1, whether chunked); at most one of the two, at most once (RFC 9112 section 6)."""
    lengths = _values(fields, b"content-length")
    codings = _values(fields, b"transfer-encoding")
    if len(lengths) > 1 or len(codings) > 1 or (lengths and codings):
        faults.add(400)
    if not all(map(LENGTH.fullmatch, lengths)):
        faults.add(400)
    for value in codings:
        names = [part.split(b";")[0].strip(b" \t").lower() for part in value.split(b",")]
        if names == [b"chunked"] and b";" not in value:
            continue
        if not all(re.fullmatch(TCHAR + rb"+", name) for name in names):
            faults |= {400, 501}
        elif names[0] == b"chunked":
            faults.add(400)  # chunked has no parameters and nothing comes behind it
        else:
            faults.add(501)
            if not re.fullmatch(rb'[!#$%&\'*+\-.^_`|~0-9A-Za-z \t,;="]+', value):
                faults.add(400)
    if faults:
        return -1, False
    return int(lengths[0]) if lengths else -1, bool(codings)


def _options(fields: list[tuple[bytes, bytes]]) -> set[bytes]:
    listed = b",".join(_values(fields, b"connection"))
    return {option.strip(b" \t").lower() for option in listed.split(b",")} - {b""}


def _closes(fields: list[tuple[bytes, bytes]], minor: int) -> bool:
    """RFC 9112 section 9.3."""
    options = _options(fields)
    return b"close" in options or (minor == 0 and b"keep-alive" not in options)


def _without_nominated(fields: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    nominated = _options(fields) - {b"close"} - NOT_TO_BE_NOMINATED
    return [(name, value) for name, value in fields if name.lower() not in nominated]


# ---------------------------------------------------------------- chunked bodies

SIZE_LINE = re.compile(rb"(?P<size>[0-9A-Fa-f]{1,15})(?P<dropped>;%b*)?\r\n" % TEXT)
SIZE_BEGUN = re.compile(rb"[0-9A-Fa-f]{0,15}|[0-9A-Fa-f]{1,15}(?P<dropped>;%b*)?\r?" % TEXT)
TRAILER_LINE = re.compile(rb"(?P<dropped>%b+:%b*)\r\n" % (TCHAR, TEXT))
TRAILER_BEGUN = re.compile(
    rb"\r?|(?P<dropped>%b+(?::%b*)?)|(?P<ended>%b+:%b*)\r" % (TCHAR, TEXT, TCHAR, TEXT)
)

# How much is put up with that is dropped anyway: in one extension or trailer line, and in all of them.
DROPPED_IN_A_LINE = 4096
DROPPED_IN_ALL = 16384


class _Bad(Exception):
    """Framing that cannot be read in one way only."""


class _More(Exception):
    """The rest has not come yet."""


class _Chunked:
    """A chunked body (RFC 9112 section 7.1): chunks, the last chunk, trailers that are dropped."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.body = b""
        self.dropped = 0

    def read(self) -> None:
        while size := int(self._line(SIZE_LINE, SIZE_BEGUN)["size"], 16):
            piece = self.data[self.at : self.at + size]
            self.body += piece
            self.at += len(piece)
            if len(piece) < size:
                raise _More
            self._crlf()
        while not self.data.startswith(b"\r\n", self.at):
            self._line(TRAILER_LINE, TRAILER_BEGUN)
        self.at += 2

    def _line(self, wanted: re.Pattern[bytes], begun: re.Pattern[bytes]) -> re.Match[bytes]:
        found = wanted.match(self.data, self.at)
        line = found or begun.fullmatch(self.data, self.at)
        if line is None:
            raise _Bad
        members = line.groupdict()
        dropped = (members.get("dropped") or members.get("ended") or b"").removeprefix(b";")
        self.dropped += len(dropped)
        if len(dropped) > DROPPED_IN_A_LINE or self.dropped > DROPPED_IN_ALL:
            raise _Bad
        if found is None:
            raise _More
        self.at = found.end()
        return found

    def _crlf(self) -> None:
        end = self.data[self.at : self.at + 2]
        if not b"\r\n".startswith(end):
            raise _Bad
        if len(end) < 2:
            raise _More
        self.at += 2


def decode_chunked(pieces: Iterable[bytes]) -> tuple[bytes, bool, bytes] | None:
    """(body so far, whether it is complete, what follows it), or None for bad framing."""
    chunked = _Chunked(b"".join(pieces))
    try:
        chunked.read()
    except _Bad:
        return None
    except _More:
        return chunked.body, False, b""
    return chunked.body, True, chunked.data[chunked.at :]
