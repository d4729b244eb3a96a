"""Raw sockets with deadlines: exact bytes out, one HTTP answer in.

Reads answers strictly and repairs nothing: what it cannot frame is an error of the test at hand.
"""

from __future__ import annotations

import socket
import ssl
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

PATIENCE = 10.0

Address = tuple[str, int]


def wait_until(
    condition: Callable[[], object], timeout: float = PATIENCE, what: str = "the condition"
) -> None:
    """Look at `condition` every 10 ms until it is true; AssertionError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {timeout:g} s")
        time.sleep(0.01)


class ClosedEarly(Exception):
    """The connection ended before the answer did; `received` is what had come, `reset` how it ended."""

    def __init__(self, received: bytes, reset: bool) -> None:
        super().__init__(f"{'reset' if reset else 'closed'} after {received[:300]!r}")
        self.received = received
        self.reset = reset


@dataclass
class Response:
    """One answer as it stood on the wire; header names and values are Latin-1 text."""

    version: str
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes = b""
    chunks: list[bytes] = field(default_factory=list)
    """The pieces of a chunked body."""

    framing: str = "none"
    """`none`, `length`, `chunked` or `close`."""

    def all(self, name: str) -> list[str]:
        """The values of every field of that name, in order."""
        return [value for known, value in self.headers if known.lower() == name.lower()]

    def get(self, name: str) -> str | None:
        """The value of the only field of that name; AssertionError when it stands there twice."""
        values = self.all(name)
        assert len(values) < 2, f"{name} occurs {len(values)} times: {values}"
        return values[0] if values else None


class RawConnection:
    """A client connection; `to` is a (host, port) pair or a URL, `timeout` the deadline of each wait."""

    def __init__(
        self,
        to: Address | str,
        timeout: float = PATIENCE,
        *,
        tls: ssl.SSLContext | None = None,
        receive_buffer: int = 0,
    ) -> None:
        if isinstance(to, str):
            parts = urlsplit(to)
            to = (parts.hostname or "", parts.port or 0)
        self.timeout = timeout
        self.buffer = b""
        self.ended: str | None = None
        """None while the peer may send, then `closed` or `reset`."""
        self.sock = socket.socket()
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.settimeout(timeout)
        self.sock.connect(to)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self.sock = tls.wrap_socket(self.sock, server_hostname="localhost")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, data: bytes) -> Self:
        """Send all of it."""
        self.sock.settimeout(self.timeout)
        self.sock.sendall(data)
        return self

    def send_what_is_taken(self, data: bytes) -> bool:
        """Send until the peer closes; False when it did before everything was sent."""
        try:
            self.send(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def finish_sending(self) -> None:
        """Close our half of the connection."""
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Close with a TCP reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self) -> None:
        self.sock.close()

    def fill(self, timeout: float | None = None) -> bool:
        """Read once into `buffer`; False at the end of the connection. TimeoutError when nothing comes."""
        if self.ended:
            return False
        # A timeout of 0 would make the socket non-blocking, which fails in another way.
        self.sock.settimeout(self.timeout if timeout is None else max(timeout, 0.001))
        try:
            data = self.sock.recv(262144)
        except (ConnectionResetError, BrokenPipeError):
            self.ended = "reset"
            return False
        if not data:
            self.ended = "closed"
            return False
        self.buffer += data
        return True

    def until(self, mark: bytes) -> bytes:
        """Read through the first `mark`; ClosedEarly when it does not come."""
        while (found := self.buffer.find(mark)) < 0:
            if not self.fill():
                raise ClosedEarly(self.buffer, self.ended == "reset")
        return self._cut(found + len(mark))

    def exactly(self, count: int) -> bytes:
        """Read that many bytes."""
        if len(self.buffer) < count:
            pieces = [self.buffer]
            missing = count - len(self.buffer)
            self.buffer = b""
            while missing > 0:
                if not self.fill():
                    raise ClosedEarly(b"".join(pieces), self.ended == "reset")
                pieces.append(self.buffer)
                missing -= len(self.buffer)
                self.buffer = b""
            self.buffer = b"".join(pieces)
        return self._cut(count)

    def to_the_end(self) -> bytes:
        """Read until the peer closes or resets (`ended` says which)."""
        pieces = [self.buffer]
        self.buffer = b""
        while self.fill():
            pieces.append(self.buffer)
            self.buffer = b""
        return b"".join(pieces)

    def is_closed_by_peer(self, timeout: float | None = None) -> bool:
        """Whether the connection ends without another byte within `timeout` seconds."""
        try:
            return not self.buffer and not self.fill(timeout)
        except TimeoutError:
            return False

    def silent(self, seconds: float) -> bool:
        """Whether nothing at all comes for that long; for rules that say that something must not come."""
        try:
            return not self.buffer and not self.fill(seconds) and not self.ended
        except TimeoutError:
            return True

    def read_head(self) -> Response:
        """Read one status line and its fields; the body stays unread."""
        lines = self.until(b"\r\n\r\n")[:-4].split(b"\r\n")
        version, _, rest = lines[0].decode("latin-1").partition(" ")
        status, _, reason = rest.partition(" ")
        assert version.startswith("HTTP/1."), f"not a status line: {lines[0]!r}"
        assert len(status) == 3, f"not a status line: {lines[0]!r}"
        headers = []
        for line in lines[1:]:
            name, colon, value = line.decode("latin-1").partition(":")
            assert colon, f"not a field line: {line!r}"
            headers.append((name, value.strip(" \t")))
        return Response(version, int(status), reason, headers)

    def read_response(self, *, head_request: bool = False) -> Response:
        """Read one answer, interim ones (1xx) too. ClosedEarly where it breaks off."""
        answer = self.read_head()
        lengths = answer.all("content-length")
        codings = answer.all("transfer-encoding")
        assert len(lengths) + len(codings) < 2, f"framed twice: {answer.headers}"
        if head_request or answer.status < 200 or answer.status in (204, 304):
            return answer
        if codings:
            assert codings == ["chunked"], codings
            answer.framing = "chunked"
            while True:
                size = int(self.until(b"\r\n")[:-2].decode("ascii"), 16)
                if size == 0:
                    break
                answer.chunks.append(self.exactly(size))
                assert self.exactly(2) == b"\r\n"
            assert self.until(b"\r\n") == b"\r\n", "trailers"
            answer.body = b"".join(answer.chunks)
        elif lengths:
            answer.framing = "length"
            answer.body = self.exactly(int(lengths[0]))
        else:
            answer.framing = "close"
            answer.body = self.to_the_end()
            if self.ended == "reset":
                raise ClosedEarly(answer.body, True)
        return answer

    def read_chunk(self) -> bytes:
        """Read the next chunk of an answer whose head was read with `read_head`; empty: the last one."""
        size = int(self.until(b"\r\n")[:-2].decode("ascii"), 16)
        data = self.exactly(size)
        assert self.exactly(2) == b"\r\n"
        return data

    def ask(self, request: bytes, *, head_request: bool = False) -> Response:
        """Send a request and read its answer."""
        return self.send(request).read_response(head_request=head_request)

    def _cut(self, count: int) -> bytes:
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken


def ask(
    to: Address | str, request: bytes, timeout: float = PATIENCE, *, head_request: bool = False
) -> Response:
    """One request on a connection of its own."""
    with RawConnection(to, timeout) as connection:
        return connection.ask(request, head_request=head_request)
