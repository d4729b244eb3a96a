"""Opens connections to one host and port: TCP, proxy, TLS.

Runs once per connection, never per request. It decides nothing about reuse (the pool does) nor about which
address has its turn (`addresses` does), and keeps no connection.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import socket
import ssl
from typing import Final, cast

import aiohappyeyeballs

from fastgw.gateway.addresses import AddressBook, Addresses
from fastgw.tls.contexts import ClientContext
from fastgw.tls.explain import BACKEND, Called, explain

# RFC 8305 section 5: how long the first address is waited for before the next one is tried as well.
ATTEMPT_DELAY: Final = 0.25
PROXY_ANSWER_LIMIT: Final = 16384


class ProxyError(ConnectionError):
    """The HTTP proxy refused to open a tunnel."""


class Proxy:
    """An HTTP proxy: host, port, and the Proxy-Authorization field where it wants one.

    That field is made of user name and password, or of the value `authorization`.
    """

    __slots__ = ("authorization", "host", "port")

    def __init__(
        self,
        host: str,
        port: int,
        username: str | None = None,
        password: str | None = None,
        *,
        authorization: bytes | None = None,
    ) -> None:
        self.host = host
        self.port = port
        if username is not None:
            authorization = b"Basic " + base64.b64encode(f"{username}:{password or ''}".encode())
        self.authorization: bytes | None = None
        if authorization is not None:
            self.authorization = b"Proxy-Authorization: " + authorization + b"\r\n"


class Dialer:
    """How to reach host and port: with which TLS context (None: plain), through which proxy.

    `connect_timeout` is in seconds and covers everything up to the end of the TLS handshake. Dialers with
    the same `address_book` share look-ups, turns and what they found out about addresses. `called` is for
    the words of `explain`.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        context: ClientContext | None,
        connect_timeout: float,
        proxy: Proxy | None = None,
        address_book: AddressBook | None = None,
        called: Called = BACKEND,
    ) -> None:
        self.host = host
        self.port = port
        self.context = context
        self.connect_timeout = connect_timeout
        self.proxy = proxy
        self._called = called
        self._next_hop = (host, port) if proxy is None else (proxy.host, proxy.port)
        self._addresses: Addresses | None = None
        if not _is_literal(self._next_hop[0]):
            book = AddressBook() if address_book is None else address_book
            self._addresses = book.of(*self._next_hop)
        # Plain HTTP goes to a proxy in absolute form (RFC 9112 section 3.2.2); TLS goes through a tunnel.
        plain_proxy = proxy if context is None else None
        bracketed = f"[{host}]" if ":" in host else host
        self.absolute_prefix = f"http://{bracketed}:{port}".encode() if plain_proxy else None
        self.proxy_authorization = plain_proxy.authorization if plain_proxy else None

    async def connect(self, protocol: asyncio.Protocol) -> None:
        """Connect and hand the transport to `protocol`.

        Raises OSError (TimeoutError, ssl.SSLError and ProxyError among them), and ValueError for a host
        that is no name to look up or to send as SNI.
        """
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self.connect_timeout) as deadline:
            sock = await self._open(loop, deadline)
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self.context is None:
                    await loop.create_connection(lambda: protocol, sock=sock)
                    return
                if self.proxy is not None:
                    await self._tunnel(loop, sock, self.proxy)
                # The peer stands in for its context and brings the sessions of host and port along.
                peer = self.context.peer(self.host, self.port)
                await loop.create_connection(
                    lambda: protocol,
                    sock=sock,
                    ssl=cast("ssl.SSLContext", peer),
                    server_hostname=peer.host,
                    ssl_handshake_timeout=self.connect_timeout,
                )
            except BaseException:
                sock.close()
                raise

    async def _open(self, loop: asyncio.AbstractEventLoop, deadline: asyncio.Timeout) -> socket.socket:
        if self._addresses is None:
            host, port = self._next_hop
            # Reads the literal, asks nobody; unlike ipaddress it knows the zone of a link-local address.
            only = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
            return await aiohappyeyeballs.start_connection(
                cast("list[aiohappyeyeballs.AddrInfoType]", only), loop=loop
            )
        return await _race(loop, self._addresses, deadline)

    async def _tunnel(self, loop: asyncio.AbstractEventLoop, sock: socket.socket, proxy: Proxy) -> None:
        authority = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        request = f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n".encode()
        await loop.sock_sendall(sock, request + (proxy.authorization or b"") + b"\r\n")
        answer = b""
        # Byte by byte: what follows the head belongs to the TLS handshake.
        while not answer.endswith(b"\r\n\r\n"):
            piece = await loop.sock_recv(sock, 1)
            if not piece or len(answer) > PROXY_ANSWER_LIMIT:
                raise ProxyError(f"the proxy {proxy.host}:{proxy.port} gave no answer to CONNECT")
            answer += piece
        status = answer.split(b" ", 2)[1:2]
        if not status or not (status[0].isdigit() and 200 <= int(status[0]) < 300):
            shown = status[0][:3].decode("ascii", "replace") if status else "none"
            raise ProxyError(f"the proxy {proxy.host}:{proxy.port} refused the tunnel (status {shown})")

    def proved(self, transport: asyncio.Transport) -> None:
        """A connection has carried a whole exchange: its TLS session is worth keeping."""
        if self.context is None:
            return
        ssl_object = transport.get_extra_info("ssl_object")
        if ssl_object is not None:
            self.context.peer(self.host, self.port).sessions.store(ssl_object)

    def explain(self, error: BaseException) -> str:
        """What went wrong, on what, and how to mend it; never holds a secret."""
        address = f"{self.host}:{self.port}"
        if isinstance(error, ProxyError):
            return f"{error}"
        if isinstance(error, TimeoutError) and not isinstance(error, ssl.SSLError):
            return f"No connection to {address} within {self.connect_timeout:g} seconds."
        if isinstance(error, socket.gaierror):
            return f"The name {self._next_hop[0]} cannot be resolved: {error.strerror or error}."
        if self.context is not None and isinstance(
            error, ssl.SSLError | ConnectionResetError | ConnectionAbortedError
        ):
            return explain(error, host=self.host, port=self.port, context=self.context, called=self._called)
        if isinstance(error, OSError):
            return f"No connection to {address}: {error.strerror or error}."
        return f"No connection to {address}: {type(error).__name__}."


async def _race(
    loop: asyncio.AbstractEventLoop, addresses: Addresses, deadline: asyncio.Timeout
) -> socket.socket:
    """Connect to whichever of the addresses answers first, each being given a start before the next."""
    order = await addresses.next_order()
    tried: dict[socket.socket, aiohappyeyeballs.AddrInfoType] = {}

    def make_socket(address: aiohappyeyeballs.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, _ = address
        sock = socket.socket(family, kind, protocol)
        tried[sock] = address
        return sock

    try:
        sock = await aiohappyeyeballs.start_connection(
            order,
            happy_eyeballs_delay=ATTEMPT_DELAY,
            # Interleaving again would move addresses that failed between those that did not.
            interleave=0,
            loop=loop,
            socket_factory=make_socket,
        )
    except BaseException as error:
        # A dial that is given up says nothing about addresses; one that runs out of time does.
        if not isinstance(error, asyncio.CancelledError) or deadline.expired():
            addresses.failed(tried.values())
        raise
    addresses.connected(order, tried[sock])
    return sock


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
