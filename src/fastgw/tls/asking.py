"""Whether callers can be asked for certificates as they should be, and what they have shown.

Policies judge certificates, so the handshake must take all of them (spec/certificates.md section 5.2). That
needs more than Python's `ssl` offers, see `_asking`; where it cannot be had, `obstacle` says why, and the
contexts of listeners fall back to asking on every host name and to taking only what verifies.
"""

from __future__ import annotations

import functools
import ssl
from datetime import UTC, datetime
from typing import Final

from fastgw.tls import _asking
from fastgw.tls._asking import MAX_CHAIN, Listening, Session
from fastgw.tls.keyfile import load_certificate
from fastgw.tls.peer import sent_chain
from fastgw.tls.selfsigned import make_self_signed

__all__ = ["MAX_CHAIN", "Listening", "Session", "ask", "chain_of", "listen", "obstacle", "session_of"]

# Flights of a handshake over memory; TLS 1.3 takes three.
_ROUNDS: Final = 8


@functools.cache
def obstacle() -> str | None:
    """Why callers cannot be asked as they should, the end of "this Python cannot, because"; None: they can.

    Found out once in a process, at the price of a handshake: the pointers are proved first, then that a
    certificate of nobody's knowledge passes and is read back.
    """
    try:
        _asking.check()
        _rehearse()
    except _asking.Unavailable as error:
        return str(error)
    except (ssl.SSLError, OSError, AttributeError, ValueError) as error:
        return f"its own test has failed: {type(error).__name__}: {error}"
    return None


def ask(context: ssl.SSLContext) -> None:
    """Have a new server context ask for a certificate and take any. Only where there is no obstacle."""
    _asking.ask(context)


def listen(context: ssl.SSLContext) -> Listening:
    """Prepare a new context of a listener for host names that ask. Only where there is no obstacle."""
    return Listening(context)


def chain_of(connection: ssl.SSLObject) -> tuple[bytes, ...]:
    """What the caller has shown, DER, its own certificate first, the others as it sent them; () for nothing.

    Resumed sessions give what their first handshake gave. Where there is an obstacle, they give the caller's
    own certificate alone.
    """
    if obstacle() is None:
        return _asking.chain(connection)
    leaf = connection.getpeercert(binary_form=True)
    if leaf is None:
        return ()
    return (leaf, *(der for der in sent_chain(connection) if der != leaf))


def session_of(connection: ssl.SSLObject) -> Session | ssl.SSLSession | None:
    """The session of a connection to a server, None without one; Python's own where there is an obstacle."""
    if obstacle() is not None or not isinstance(connection, ssl.SSLObject):
        return connection.session
    try:
        return Session(connection)
    except ValueError:
        return None


def _rehearse() -> None:
    now = datetime.now(UTC)
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    listener = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served = make_self_signed(("localhost",), now=now)
    load_certificate(server, served, served.chain)
    shown = make_self_signed(("nobody.invalid",), now=now)
    load_certificate(client, shown, shown.chain)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    _asking.ask(server)
    Listening(listener).set_tag(bytes(16))

    def choose(connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
        connection.context = server

    listener.sni_callback = choose
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    asks = listener.wrap_bio(there, back, server_side=True)
    answers = client.wrap_bio(back, there, server_hostname="localhost")
    open_ends = {asks, answers}
    for _ in range(_ROUNDS):
        for end in (answers, asks):
            try:
                end.do_handshake()
                open_ends.discard(end)
            except ssl.SSLWantReadError:
                continue
    if open_ends:
        raise _asking.Unavailable("its own test has failed: a handshake does not end")
    if _asking.chain(asks) != (shown.leaf,):
        raise _asking.Unavailable("its own test has failed: the certificate is not the one that was shown")
