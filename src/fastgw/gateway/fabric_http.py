"""One GET on a connection of its own, for the management endpoints of a cluster.

Runs once per resolution, never per request: it keeps no connection. The answer is held to the grammar that
backends are held to, and to a size and a time. What an answer means is not known here.
"""

from __future__ import annotations

import asyncio
from typing import Final, NamedTuple, cast

from fastgw._chunks import decode_chunked
from fastgw._http import Limits, read_head
from fastgw.gateway.dialer import Dialer
from fastgw.model.types import split_url
from fastgw.tls.contexts import ClientContext
from fastgw.tls.explain import CLUSTER

MAX_ANSWER: Final = 1024 * 1024
"""Bytes of an answer, its head included."""

_LIMITS: Final = Limits(200, 32768, 65536)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class FetchError(Exception):
    """There is no whole answer; the message, which may stand in a sentence, says why and holds no secret."""


class Answer(NamedTuple):
    """The status and the body of an answer that came whole."""

    status: int
    body: bytes


async def get(base_url: str, target: str, context: ClientContext | None, seconds: float) -> Answer:
    """GET `target` (path and query, encoded) below a base URL, within that time.

    `context` is what an https URL is called with. Raises FetchError.
    """
    parts = split_url(base_url)
    host = parts.hostname or ""
    port = parts.port or _DEFAULT_PORTS[parts.scheme]
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    request = (
        f"GET {parts.path.rstrip('/')}{target} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        "Accept: application/json\r\nConnection: close\r\n\r\n"
    )
    dialer = Dialer(
        host,
        port,
        context=context if parts.scheme == "https" else None,
        connect_timeout=seconds,
        called=CLUSTER,
    )
    exchange = _Exchange(dialer, request.encode("ascii"), loop.create_future())
    try:
        await dialer.connect(exchange)
        async with asyncio.timeout_at(deadline):
            await exchange.ended
    except TimeoutError as error:
        if exchange.transport is None:
            raise FetchError(_explained(dialer, error)) from None
        raise FetchError(f"no whole answer within {seconds:g} seconds") from None
    except (OSError, ValueError) as error:
        # A ValueError is a host that is no name (Dialer.connect).
        raise FetchError(_explained(dialer, error)) from None
    finally:
        exchange.close()
    return _read(exchange, dialer)


class _Exchange(asyncio.Protocol):
    """Sends a request and collects what comes: a whole answer, the end of the connection, or too much."""

    def __init__(self, dialer: Dialer, request: bytes, ended: asyncio.Future[None]) -> None:
        self.transport: asyncio.Transport | None = None
        self.received = bytearray()
        self.error: Exception | None = None
        self.ended = ended
        self._dialer = dialer
        self._request = request

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self.received += data
        if len(self.received) > MAX_ANSWER:
            self._end(None)
        elif _is_whole(self.received):
            # The request asks for the end of the connection; who keeps it is not waited for.
            self._prove()
            self._end(None)

    def eof_received(self) -> None:
        self._prove()

    def _prove(self) -> None:
        if self.transport is not None and self.received:
            self._dialer.proved(self.transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._end(error)

    def _end(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.error = error
            self.ended.set_result(None)

    def close(self) -> None:
        """Close the connection at once, whatever is still on its way."""
        if self.transport is not None:
            self.transport.abort()


def _is_whole(received: bytearray) -> bool:
    """Whether the answer's own framing says that nothing more belongs to it."""
    head = read_head(bytes(received), request=False, limits=_LIMITS)
    if not isinstance(head, dict):
        return False
    if head["chunked"]:
        # Only what may be the end is decoded.
        if not received.endswith(b"\r\n\r\n"):
            return False
        decoded = decode_chunked([bytes(received[head["size"] :])])
        return decoded is not None and decoded[1]
    length: int = head["content_length"]
    return 0 <= length <= len(received) - head["size"]


def _explained(dialer: Dialer, error: BaseException) -> str:
    return dialer.explain(error).removesuffix(".")


def _read(exchange: _Exchange, dialer: Dialer) -> Answer:
    received = bytes(exchange.received)
    if len(received) > MAX_ANSWER:
        raise FetchError(f"the answer is larger than {MAX_ANSWER} bytes")
    if not received and dialer.context is not None:
        # A TLS 1.3 server refuses a client's certificate, or its absence, only after the handshake.
        raise FetchError(_explained(dialer, exchange.error or ConnectionResetError()))
    if not received:
        raise FetchError("the connection was closed without an answer")
    head = read_head(received, request=False, limits=_LIMITS)
    if not isinstance(head, dict):
        raise FetchError("the answer is not valid HTTP/1.1")
    body = received[head["size"] :]
    length = head["content_length"]
    if head["chunked"]:
        decoded = decode_chunked([body])
        if decoded is None:
            raise FetchError("the answer has broken chunks")
        body, complete, _ = decoded
    else:
        # Without a length the body ends with the connection, which then has to end well.
        complete = exchange.error is None if length < 0 else len(body) >= length
        body = body[:length] if length >= 0 else body
    if not complete:
        raise FetchError("the answer was cut short")
    return Answer(head["status"], body)
