"""Sessions to resume, per context, host and port.

Belongs to one event loop; nothing here locks. A TLS 1.3 ticket is used once (RFC 8446 C.4), a TLS 1.2
session as often as the server likes.
"""

from __future__ import annotations

import ssl
from collections import deque
from typing import Final

from fastgw.tls.asking import Session, session_of

AnySession = Session | ssl.SSLSession
# A pool that opens several connections at once gets at most this many of them resumed on TLS 1.3.
MAX_TICKETS: Final = 8


class SessionCache:
    """What the next handshakes with one host and port may resume."""

    __slots__ = ("_reusable", "_spent", "_tickets")

    def __init__(self) -> None:
        self._tickets: deque[AnySession] = deque(maxlen=MAX_TICKETS)
        self._reusable: AnySession | None = None
        self._spent: deque[bytes] = deque(maxlen=2 * MAX_TICKETS)

    def __len__(self) -> int:
        """The number of sessions on offer."""
        return len(self._tickets) + (self._reusable is not None)

    def take(self) -> AnySession | None:
        """A session for a new handshake, the newest ticket first; None makes it a full one."""
        if not self._tickets:
            return self._reusable
        ticket = self._tickets.pop()
        self._spent.append(ticket.id)
        return ticket

    def store(self, ssl_object: ssl.SSLObject) -> None:
        """Keep the session of a connection that has proved good.

        Called once per connection, when it first goes back to the pool: its ticket has arrived by then, on
        TLS 1.3 it comes after the handshake. A connection without one changes nothing.
        """
        session = session_of(ssl_object)
        if session is None:
            return
        if ssl_object.version() != "TLSv1.3":
            if session.has_ticket or session.id:
                self._reusable = session
            return
        # A server that sends no ticket on a resumed connection leaves the spent one in place.
        if not session.has_ticket or session.id in self._spent:
            return
        if all(session.id != ticket.id for ticket in self._tickets):
            self._tickets.append(session)


class Peer:
    """One host and port as a context sees them: given to the loop as `ssl=`, brings its sessions along.

    `loop.create_connection(..., ssl=peer, server_hostname=peer.host)`. Both uvloop and asyncio ask nothing of
    that object but `wrap_bio`, as the handshake starts; uvloop takes no subclass of str as a host name, so
    the sessions cannot travel with that one. Made by `ClientContext.peer`.
    """

    __slots__ = ("context", "host", "port", "sessions")

    def __init__(self, context: ssl.SSLContext, host: str, port: int) -> None:
        self.context = context
        self.host = host
        self.port = port
        self.sessions = SessionCache()

    def __repr__(self) -> str:
        return f"<Peer {self.host} {self.port}>"

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | None = None,
    ) -> ssl.SSLObject:
        """The TLS side of a new connection, with a session to resume where there is one.

        The name that is sent and checked is always this peer's. Raises ValueError for a server side.
        """
        if server_side or server_hostname not in (None, self.host):
            raise ValueError(f"{self!r} only opens connections to its own host")
        session = self.sessions.take()
        if not isinstance(session, Session):
            return self.context.wrap_bio(incoming, outgoing, server_hostname=self.host, session=session)
        connection = self.context.wrap_bio(incoming, outgoing, server_hostname=self.host)
        session.offer(connection)
        return connection
