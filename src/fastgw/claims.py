"""Listener addresses: each claimed once by the master, then shared by the workers.

The claim is bound without SO_REUSEPORT, so that the claim of a second gateway fails; only then is the
option set on it, which lets the master add one SO_REUSEPORT listening socket for each worker. The claim
never listens (the kernel deals connections to listening sockets only) and is kept for the master's life.
The worker sockets stay open in the master too: what waits in the accept queue of a worker that died
passes to its replacement. This file never accepts a connection.
"""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Sequence

from fastgw.errors import AddressInUseError
from fastgw.settings import Endpoint

# Above net.core.somaxconn the kernel takes its own limit.
BACKLOG = 2048
# Linux deals connections out among the sockets of one SO_REUSEPORT group. Elsewhere the last socket bound
# may take them all, so the workers accept from one socket there.
SHARES_BY_PORT = sys.platform.startswith("linux")
_MISSING_FAMILY = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


class Claim:
    """One listener: the sockets that hold its addresses (several when a host name has several)."""

    def __init__(self, configured: Endpoint) -> None:
        """Bind every address of `configured`; raise AddressInUseError naming the one that fails."""
        self.configured = configured
        self._sockets: list[socket.socket] = []
        port = configured.port
        try:
            for family, address in _resolve(configured):
                bound = self._bind(family, address, port)
                if bound is not None:
                    self._sockets.append(bound)
                    # Port 0: the further addresses of the name get the port that the first one was given.
                    port = port or bound.getsockname()[1]
        except BaseException:
            self.close()
            raise
        if not self._sockets:
            raise AddressInUseError(f"cannot listen on {configured.url}: no address of this host is usable")
        self.endpoint = configured.with_port(port)

    def _bind(self, family: socket.AddressFamily, address: str, port: int) -> socket.socket | None:
        try:
            # First without SO_REUSEADDR: two gateways that start in the same moment could both bind with
            # it, as neither listens yet. Connections of a former gateway in TIME_WAIT make that fail, hence
            # the second try; it is still refused while anyone listens.
            try:
                return _bound(family, address, port, reuse=False)
            except OSError as error:
                if error.errno != errno.EADDRINUSE or port == 0:
                    raise
                return _bound(family, address, port, reuse=True)
        except OSError as error:
            if error.errno in _MISSING_FAMILY and self._sockets:
                # `localhost` names ::1 on machines without IPv6; its other address is bound already.
                return None
            if error.errno == errno.EADDRINUSE:
                reason = "the address is in use by another process; stop it or choose another port"
            else:
                reason = error.strerror or str(error)
            raise AddressInUseError(f"cannot listen on {self.configured.url}: {reason}") from error

    def listen(self) -> list[socket.socket]:
        """Make a listening socket of one worker slot for each address of this claim."""
        listening: list[socket.socket] = []
        for claim in self._sockets:
            if SHARES_BY_PORT:
                claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                host, port = claim.getsockname()[:2]
                one = _bound(claim.family, host, port, reuse=True, share=True)
            else:
                one = claim.dup()
            # Connections inherit both: asking for them each time costs every handshake several calls.
            one.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one.listen(BACKLOG)
            one.setblocking(False)
            listening.append(one)
        return listening

    def take(self) -> list[socket.socket]:
        """Turn the claim itself into listening sockets, for a listener that one process serves alone."""
        for claim in self._sockets:
            claim.listen(BACKLOG)
            claim.setblocking(False)
        return self._sockets

    def close(self) -> None:
        """Give the addresses up."""
        for claim in self._sockets:
            claim.close()


def claim_all(endpoints: Sequence[Endpoint]) -> list[Claim]:
    """Claim every endpoint or none; raises AddressInUseError."""
    claims: list[Claim] = []
    try:
        for endpoint in endpoints:
            claims.append(Claim(endpoint))
    except BaseException:
        for claim in claims:
            claim.close()
        raise
    return claims


def is_free(endpoint: Endpoint) -> bool:
    """Whether the address could be claimed at this moment."""
    try:
        Claim(endpoint).close()
    except AddressInUseError:
        return False
    return True


def _resolve(endpoint: Endpoint) -> list[tuple[socket.AddressFamily, str]]:
    """The distinct addresses of the endpoint's host, IPv4 first so that ports are chosen there."""
    try:
        found = socket.getaddrinfo(
            endpoint.host, endpoint.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as error:
        raise AddressInUseError(
            f"cannot listen on {endpoint.url}: the host name {endpoint.host!r} is not known: {error}"
        ) from error
    addresses = dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found)
    return sorted(addresses, key=lambda one: one[0] != socket.AF_INET)


def _bound(
    family: socket.AddressFamily, host: str, port: int, *, reuse: bool, share: bool = False
) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if reuse:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if share:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            # An IPv4 listener on the same port is a listener of its own.
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((host, port))
    except BaseException:
        made.close()
        raise
    return made
