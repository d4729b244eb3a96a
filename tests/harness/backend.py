"""Backends that do exactly what a test says, and record every byte that they get.

A reader thread per connection takes in everything; the script runs in a thread of its own and works on
what was read. Nothing a gateway sends is repaired: a request that is not strict HTTP/1.1 is a violation.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

PATIENCE = 10.0
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")


class PeerGone(Exception):
    """The gateway closed the connection before what was waited for had come."""


class Violation(Exception):
    """The gateway sent something that is not strict HTTP/1.1."""


@dataclass
class Request:
    """One request as the backend got it; text is Latin-1."""

    method: str
    target: str
    version: str
    headers: list[tuple[str, str]]
    body: bytes
    framing: str
    """`none`, `length` or `chunked`."""
    raw_head: bytes
    connection: int
    """Number of its connection, from 0."""

    def all(self, name: str) -> list[str]:
        """The values of every field of that name, in order."""
        return [value for known, value in self.headers if known.lower() == name.lower()]

    def get(self, name: str) -> str | None:
        """The value of the only field of that name; AssertionError when it stands there twice."""
        values = self.all(name)
        assert len(values) < 2, f"{name} occurs {len(values)} times: {values}"
        return values[0] if values else None


class Session:
    """One accepted connection, for scripts and for tests."""

    def __init__(self, backend: ScriptedBackend, sock: socket.socket, number: int) -> None:
        self.backend = backend
        self.sock = sock
        self.number = number
        self.received = bytearray()
        """Every byte so far."""
        self.requests: list[Request] = []
        self.ended: str | None = None
        """None, then `closed` or `reset` once the gateway has ended its side, `here` when we did."""
        self._at = 0
        self._changed = threading.Condition()
        self._reading = threading.Event()
        if not backend.hold:
            self._reading.set()
        threading.Thread(target=self._read, daemon=True).start()

    # Reading

    def hold(self) -> None:
        """Read no more from the socket until `resume`."""
        self._reading.clear()

    def resume(self) -> None:
        self._reading.set()

    def wait_for_bytes(self, count: int, timeout: float = PATIENCE) -> None:
        """Until at least that many bytes have come in all; PeerGone when the connection ends first."""
        self._wait(lambda: len(self.received) >= count, timeout)

    def wait_for(self, mark: bytes, timeout: float = PATIENCE) -> None:
        """Until `mark` stands somewhere in the received bytes."""
        self._wait(lambda: mark in self.received, timeout)

    def wait_closed(self, timeout: float = PATIENCE) -> str:
        """Until the gateway ends the connection; says how (`closed` or `reset`)."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while self.ended is None:
                if not self._changed.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"connection {self.number} was not closed within {timeout:g} s")
            return self.ended

    def request(self, timeout: float = PATIENCE) -> Request:
        """Read the next request, body included. PeerGone at the end, Violation for anything not strict."""
        head = self.request_head(timeout)
        if head.framing == "length":
            head.body = self._take(int(head.get("content-length") or ""), timeout)
        elif head.framing == "chunked":
            head.body = self._chunked(timeout)
        self._record(head)
        return head

    def request_head(self, timeout: float = PATIENCE) -> Request:
        """Read only the head of the next request; it is not recorded in `requests`."""
        raw = self._until(b"\r\n\r\n", timeout)
        lines = raw[:-4].split(b"\r\n")
        words = lines[0].split(b" ")
        if len(words) != 3 or words[2] != b"HTTP/1.1" or not _TOKEN.fullmatch(words[0]):
            raise Violation(f"request line {lines[0]!r}")
        if not words[1].startswith(b"/") or not all(33 <= byte <= 126 for byte in words[1]):
            raise Violation(f"request target {words[1]!r}")
        headers = []
        for line in lines[1:]:
            name, colon, value = line.partition(b":")
            if not colon or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
                raise Violation(f"field line {line!r}")
            headers.append((name.decode("latin-1"), value.strip(b" \t").decode("latin-1")))
        request = Request(
            *(word.decode("latin-1") for word in words),
            headers=headers,
            body=b"",
            framing="none",
            raw_head=raw,
            connection=self.number,
        )
        lengths, codings = request.all("content-length"), request.all("transfer-encoding")
        if len(lengths) + len(codings) > 1:
            raise Violation(f"framed twice: {headers}")
        if len(request.all("host")) != 1:
            raise Violation(f"not one Host: {headers}")
        if lengths:
            if not re.fullmatch(r"[0-9]{1,18}", lengths[0]):
                raise Violation(f"Content-Length {lengths[0]!r}")
            request.framing = "length"
        elif codings:
            if codings != ["chunked"]:
                raise Violation(f"Transfer-Encoding {codings[0]!r}")
            request.framing = "chunked"
        return request

    def read_chunk(self, timeout: float = PATIENCE) -> bytes:
        """The next chunk of a body; empty at its end."""
        line = self._until(b"\r\n", timeout)[:-2]
        if not re.fullmatch(rb"[0-9a-fA-F]{1,15}", line):
            raise Violation(f"chunk size {line!r}")
        data = self._take(int(line, 16), timeout)
        if self._take(2, timeout) != b"\r\n":
            raise Violation("a chunk that does not end with CRLF")
        return data

    def _chunked(self, timeout: float) -> bytes:
        pieces = []
        while piece := self.read_chunk(timeout):
            pieces.append(piece)
        return b"".join(pieces)

    def _until(self, mark: bytes, timeout: float) -> bytes:
        self._wait(lambda: self.received.find(mark, self._at) >= 0, timeout)
        return self._cut(self.received.find(mark, self._at) + len(mark))

    def _take(self, count: int, timeout: float) -> bytes:
        self._wait(lambda: len(self.received) >= self._at + count, timeout)
        return self._cut(self._at + count)

    def _cut(self, end: int) -> bytes:
        taken = bytes(self.received[self._at : end])
        self._at = end
        return taken

    def _wait(self, condition: Callable[[], bool], timeout: float) -> None:
        deadline = time.monotonic() + timeout
        with self._changed:
            while not condition():
                if self.ended is not None:
                    raise PeerGone
                if not self._changed.wait(deadline - time.monotonic()) and not condition():
                    raise TimeoutError(
                        f"nothing more came within {timeout:g} s: {bytes(self.received[-200:])!r}"
                    )

    def _record(self, request: Request) -> None:
        self.requests.append(request)
        self.backend._record(request)

    def _read(self) -> None:
        ended = "closed"
        try:
            while True:
                # Looked at again while it is held, so that closing the backend ends this thread.
                while not self._reading.wait(0.1):
                    if self.ended is not None:
                        return
                data = self.sock.recv(262144)
                if not data:
                    break
                with self._changed:
                    self.received += data
                    self._changed.notify_all()
        except OSError:
            ended = "reset"
        with self._changed:
            self.ended = self.ended or ended
            self._changed.notify_all()

    # Writing

    def send(self, data: bytes) -> Self:
        """Send all of it; PeerGone when the gateway has left."""
        try:
            self.sock.sendall(data)
        except OSError:
            raise PeerGone from None
        return self

    def answer(self, body: bytes = b"ok", head: str = "HTTP/1.1 200 OK") -> Self:
        """Send an answer with a Content-Length; further fields may follow the status line in `head`."""
        return self.send(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode("latin-1") + body)

    def finish_sending(self) -> None:
        """Close our half."""
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close in the ordinary way."""
        self._end()

    def reset(self) -> None:
        """Close with a TCP reset."""
        with suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._end()

    def _end(self) -> None:
        with self._changed:
            self.ended = self.ended or "here"
            self._changed.notify_all()
        with suppress(OSError):
            # A recv in the reader thread keeps the file open: only shutdown ends the connection now. After
            # SO_LINGER 0 our half must not be shut down, or a FIN would precede the reset.
            linger = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
            self.sock.shutdown(socket.SHUT_RD if struct.unpack("ii", linger)[0] else socket.SHUT_RDWR)
        with suppress(OSError):
            self.sock.close()


Script = Callable[[Session], None]


class ScriptedBackend:
    """A TCP server on a port of its own.

    `script` is called with each accepted Session, in a thread; the connection stays open when it returns
    until the gateway or the test closes it. A list of bytes instead answers request after request (over
    all connections) with the next item, the last one for ever; bytes are a list of one.
    `hold` starts connections without reading from them.
    """

    def __init__(
        self, script: Script | Sequence[bytes] | bytes, *, hold: bool = False, receive_buffer: int = 0
    ) -> None:
        self.script: Script = script if callable(script) else _canned(script)
        self.hold = hold
        self.sessions: list[Session] = []
        self.requests: list[Request] = []
        self.violations: list[str] = []
        """What the gateway sent that is not strict HTTP/1.1, and what went wrong in the script."""
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        if receive_buffer:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and close every connection."""
        self.stop_listening()
        for session in list(self.sessions):
            session.close()

    def stop_listening(self) -> None:
        """Refuse new connections; the ones that exist stay."""
        self._closed = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def open_sessions(self) -> list[Session]:
        """The connections that neither side has ended."""
        return [session for session in self.sessions if session.ended is None]

    @property
    def received(self) -> bytes:
        """Every byte of every connection, one connection after the other."""
        return b"".join(bytes(session.received) for session in list(self.sessions))

    def wait_for_requests(self, count: int, timeout: float = PATIENCE) -> list[Request]:
        """Until that many requests were read completely."""
        self._wait(lambda: len(self.requests) >= count, timeout, f"{count} requests")
        return list(self.requests)

    def wait_for_sessions(self, count: int, timeout: float = PATIENCE) -> list[Session]:
        """Until that many connections were accepted."""
        self._wait(lambda: len(self.sessions) >= count, timeout, f"{count} connections")
        return list(self.sessions)

    def session(self, number: int = 0, timeout: float = PATIENCE) -> Session:
        """The connection of that number, once it is there."""
        return self.wait_for_sessions(number + 1, timeout)[number]

    def _wait(self, condition: Callable[[], bool], timeout: float, what: str) -> None:
        deadline = time.monotonic() + timeout
        with self._changed:
            while not condition():
                if not self._changed.wait(deadline - time.monotonic()) and not condition():
                    raise TimeoutError(
                        f"not {what} within {timeout:g} s, but {len(self.requests)} and {len(self.sessions)}"
                    )

    def _record(self, request: Request) -> None:
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()

    def _accept(self) -> None:
        while not self._closed:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._changed:
                session = Session(self, sock, len(self.sessions))
                self.sessions.append(session)
                self._changed.notify_all()
            threading.Thread(target=self._serve, args=(session,), daemon=True).start()

    def _serve(self, session: Session) -> None:
        try:
            self.script(session)
        except PeerGone:
            pass
        except Violation as error:
            self.violations.append(str(error))
            with suppress(PeerGone):
                session.answer(
                    str(error).encode("latin-1", "replace"), "HTTP/1.1 400 Bad Request\r\nConnection: close"
                )
            session.close()
        except Exception as error:
            if not self._closed:
                self.violations.append(f"{type(error).__name__} in the script: {error}")
            session.close()


def _canned(answers: Sequence[bytes] | bytes) -> Script:
    items = [answers] if isinstance(answers, bytes) else list(answers)
    lock = threading.Lock()

    def script(session: Session) -> None:
        while True:
            session.request(timeout=600.0)
            with lock:
                data = items.pop(0) if len(items) > 1 else items[0]
            session.send(data)

    return script


class EchoBackend(ScriptedBackend):
    """Reads strictly and answers 200 with JSON of what it got; see `describe` for its members."""

    def __init__(self) -> None:
        super().__init__(self._echo)

    @staticmethod
    def _echo(session: Session) -> None:
        while True:
            request = session.request(timeout=600.0)
            body = b"" if request.method == "HEAD" else json.dumps(describe(request)).encode()
            session.answer(body, "HTTP/1.1 200 OK\r\nContent-Type: application/json")


def describe(request: Request) -> dict[str, object]:
    """A request as JSON: `headers` are ordered pairs, `body` is Latin-1 text (null above 64 KiB)."""
    return {
        "connection": request.connection,
        "method": request.method,
        "target": request.target,
        "version": request.version,
        "headers": [list(pair) for pair in request.headers],
        "framing": request.framing,
        "body": request.body.decode("latin-1") if len(request.body) <= 65536 else None,
        "bodyLength": len(request.body),
        "sha256": hashlib.sha256(request.body).hexdigest(),
    }
