"""Backends that answer as a case says, and remember what they got."""

from __future__ import annotations

import asyncio
import fnmatch
import json
from dataclasses import dataclass, field
from typing import Any

from fastgw._chunks import decode_chunked
from fastgw._exchange import Target
from fastgw._http import Limits, read_head
from fastgw.gateway.pools import Pools
from fastgw.rehearsal.cases import Answer, Headers
from fastgw.rehearsal.wires import Wire
from fastgw.snapshot import ConnectionSettings

# What the gateway sends may be larger than what it takes.
LIMITS = Limits(1000, 1 << 20, 1 << 22)


class NoStub(ConnectionError):
    """A call leaves for a URL that the case has no stub for."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that left the gateway."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(slots=True)
class Stubs:
    """The stubs of one case, and the calls that came to them."""

    answers: dict[str, list[Answer]]
    calls: list[Call] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    problem: str | None = None
    """What makes it useless to look at anything else."""

    _turns: dict[str, int] = field(default_factory=dict)

    def find(self, url: str) -> Answer | None:
        """The answer whose turn it is at a URL; the longest pattern that matches wins."""
        matching = [one for one in self.answers if _matches(one, url)]
        if not matching:
            return None
        pattern = max(matching, key=len)
        turn = self._turns.get(pattern, 0)
        self._turns[pattern] = turn + 1
        answers = self.answers[pattern]
        return answers[min(turn, len(answers) - 1)]

    def refuses(self, base: str) -> bool:
        """Whether a connection to an address is refused: the answer whose turn it is there says so."""
        for pattern, answers in self.answers.items():
            if not _is_at(pattern, base):
                continue
            turn = self._turns.get(pattern, 0)
            if answers[min(turn, len(answers) - 1)].failure == "refused":
                self._turns[pattern] = turn + 1
                return True
        return False

    def serves(self, base: str) -> bool:
        """Whether some stub may be at an address."""
        return any(_is_at(one, base) for one in self.answers)


def _is_at(pattern: str, base: str) -> bool:
    """Whether a pattern is for an address: scheme, host and port."""
    return pattern.startswith("*") or _matches("/".join(pattern.split("/")[:3]), base)


def _matches(pattern: str, url: str) -> bool:
    if "?" not in pattern:
        url = url.partition("?")[0]
    # Square brackets and question marks mean nothing here; only the star does.
    literal = "".join(f"[{one}]" if one in "?[" else one for one in pattern)
    return fnmatch.fnmatchcase(url, literal)


class StubPools(Pools):
    """Pools whose connections lead to stubs."""

    def __init__(self, loop: asyncio.AbstractEventLoop, stubs: Stubs) -> None:
        super().__init__(loop)
        self._stubs = stubs

    def _dialer(self, target: Target, settings: ConnectionSettings, context: Any) -> Any:
        dialer = super()._dialer(target, settings, context)
        default = {"http": 80, "https": 443}.get(target.scheme)
        port = "" if target.port == default else f":{target.port}"
        return _StubDialer(dialer, f"{target.scheme}://{target.host}{port}", self._stubs)


class _StubDialer:
    """Connects to a stub where the gateway would connect to an address."""

    def __init__(self, dialer: Any, base: str, stubs: Stubs) -> None:
        # Through a proxy, request lines hold whole URLs; stubs are asked for what they stand for.
        self.absolute_prefix = dialer.absolute_prefix
        self.proxy_authorization = dialer.proxy_authorization
        self._base = base
        self._stubs = stubs

    async def connect(self, protocol: Any) -> None:
        """Give the protocol a connection. Raises NoStub, ConnectionRefusedError."""
        if not self._stubs.serves(self._base):
            self._stubs.unanswered.append(self._base)
            raise NoStub(f"the test has no stub for {self._base}")
        if self._stubs.refuses(self._base):
            raise ConnectionRefusedError("the stub refuses connections")
        backend = _Backend(self._base, self._stubs, protocol)
        backend.wire = Wire("198.51.100.1", backend.feed)
        protocol.connection_made(backend.wire)

    def proved(self, transport: object) -> None:
        """No session to keep."""

    def returned(self, transport: object) -> None:
        """No session to keep."""

    def explain(self, error: BaseException) -> str:
        """What went wrong, for LastError."""
        return str(error)


class _Backend:
    """One connection to a stub: reads requests, answers each in its turn."""

    wire: Wire

    def __init__(self, base: str, stubs: Stubs, protocol: Any) -> None:
        self._base = base
        self._stubs = stubs
        self._protocol = protocol
        self._received = b""

    def feed(self, data: bytes) -> None:
        """Bytes from the gateway."""
        self._received += data
        while True:
            request = self._request()
            if request is None:
                return
            self._answer(request)

    def _request(self) -> Call | None:
        """The first whole request, taken off what was received."""
        head = read_head(self._received, True, LIMITS)
        if head is None:
            return None
        if isinstance(head, int):
            self._stubs.problem = f"the gateway sent {self._base} a request that deserves {head}"
            self._received = b""
            asyncio.get_running_loop().call_soon(self._end)
            return None
        body, rest = self._received[head["size"] :], b""
        if head["chunked"]:
            decoded = decode_chunked([body])
            if decoded is None or not decoded[1]:
                return None
            body, _, rest = decoded
        else:
            length = max(head["content_length"], 0)
            if len(body) < length:
                return None
            body, rest = body[:length], body[length:]
        self._received = rest
        target = (head["target"] or b"").decode("latin-1")
        url = target if "://" in target else self._base + target
        fields = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in head["fields"])
        return Call((head["method"] or b"").decode("latin-1"), url, fields, body)

    def _answer(self, call: Call) -> None:
        self._stubs.calls.append(call)
        answer = self._stubs.find(call.url)
        loop = asyncio.get_running_loop()
        if answer is None:
            self._stubs.unanswered.append(call.url)
            loop.call_soon(self._end)
        elif answer.failure is not None:
            loop.call_later(answer.delay, self._end)
        else:
            loop.call_later(answer.delay, self._send, answer, call.method == "HEAD")

    def _send(self, answer: Answer, bodyless: bool) -> None:
        if not self.wire.closed:
            self._protocol.data_received(answer_bytes(answer, bodyless))

    def _end(self) -> None:
        if not self.wire.closed:
            self.wire.close()
            self._protocol.connection_lost(ConnectionResetError("the stub closed the connection"))


def body_of(body: str | None, content: Any) -> bytes:
    """A body as bytes."""
    if content is not None:
        return json.dumps(content).encode()
    return (body or "").encode()


def field_lines(headers: Headers, body: bytes, content: Any) -> str:
    """Header fields as lines, with the framing of the body."""
    lines = [f"{name}: {value}\r\n" for name, values in headers.items() for value in values or ()]
    names = {name.lower() for name in headers}
    if content is not None and "content-type" not in names:
        lines.append("Content-Type: application/json\r\n")
    if "content-length" not in names:
        lines.append(f"Content-Length: {len(body)}\r\n")
    return "".join(lines)


def answer_bytes(answer: Answer, bodyless: bool) -> bytes:
    """A stub's answer as it comes over the wire."""
    body = body_of(answer.body, answer.content)
    head = f"HTTP/1.1 {answer.status} {_reason(answer.status)}\r\n"
    head += field_lines(answer.headers, body, answer.content) + "\r\n"
    return head.encode("latin-1", "replace") + (b"" if bodyless or answer.status in (204, 304) else body)


def _reason(status: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
