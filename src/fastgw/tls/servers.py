"""Server-side contexts: one for each HTTPS listener, and the one that SNI picks for each handshake.

A listener's context lives as long as the process and holds no certificate: it owns the keys of the session
tickets, so sessions are resumed across reloads and by every worker that was forked after it was made.
Nothing here changes a context that handshakes may be using. Judges no certificate of a caller.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastgw.errors import FastgwError
from fastgw.tls import asking
from fastgw.tls.certs import Certificate
from fastgw.tls.contexts import TrustStore
from fastgw.tls.keyfile import load_certificate
from fastgw.tls.names import a_label

SelectContext = Callable[[str | None], ssl.SSLContext]
# Thumbprint, chain, whether it asks, and the trust where that matters.
_Key = tuple[str, tuple[bytes, ...], bool, str]


class HostnameError(FastgwError, ValueError):
    """The host names of the configuration contradict each other."""


@dataclass(frozen=True, slots=True)
class Hostname:
    """One entry of `hostnames`: a name or `*.name`, its certificate, whether it serves all other names.

    `asks` where callers are asked for a certificate.
    """

    name: str
    certificate: Certificate
    default: bool = False
    asks: bool = False


class ServerContext(ssl.SSLContext):
    """A context for inbound connections; `asks` where callers are asked for a certificate."""

    asks: bool = False


def make_server_context(certificate: Certificate | None) -> ServerContext:
    """One context for inbound connections: TLS 1.2 or newer, our order of ciphers, HTTP/1.1, tickets.

    The only place where server contexts are made: `SSL_set_SSL_CTX` swaps the certificate only and leaves
    options as the listener's context had them, so all of them must agree. None makes a listener's context.
    Raises CertificateError where the certificate has no key or OpenSSL refuses it.
    """
    context = ServerContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.options &= ~ssl.OP_NO_TICKET
    # One for each connection, which is what it takes to resume with the next one. OpenSSL reads each back as
    # it writes it, certificates of callers included: a second one costs a fifth of a handshake with those.
    context.num_tickets = 1
    context.set_alpn_protocols(["http/1.1"])
    if certificate is not None:
        load_certificate(context, certificate, certificate.chain)
    return context


class HostnameTable:
    """Host names to contexts: the exact name, else `*.name` for one label, else the default entry.

    The default is the entry marked so, else the first. Contexts of certificates that have not changed are
    taken over from `previous`. `asks` says whether any entry asks for certificates, `tag` (16 bytes) which
    ones do. Where callers cannot be asked as they should be, `trust` decides whom the handshake lets in.

    Raises HostnameError for an empty table, a name that is none, a name given twice or two defaults, and
    CertificateError for a certificate that cannot be presented.
    """

    __slots__ = ("_contexts", "_default", "_exact", "_trust", "_wildcards", "asks", "tag")

    def __init__(
        self,
        hostnames: Sequence[Hostname],
        *,
        previous: HostnameTable | None = None,
        trust: TrustStore | None = None,
    ) -> None:
        if not hostnames:
            raise HostnameError("a table of host names needs at least one")
        defaults = [entry for entry in hostnames if entry.default]
        if len(defaults) > 1:
            names = ", ".join(entry.name for entry in defaults)
            raise HostnameError(f"only one host name can be the default, these are: {names}")
        known = {} if previous is None else previous._contexts
        self._contexts: dict[_Key, ServerContext] = {}
        self._exact: dict[str, ServerContext] = {}
        self._wildcards: dict[str, ServerContext] = {}
        self.asks = any(entry.asks for entry in hostnames)
        self._trust = trust if self.asks and asking.obstacle() is not None else None
        for entry in hostnames:
            table, name = self._place(entry.name)
            if name in table:
                raise HostnameError(f"host name {entry.name} is there twice")
            table[name] = self._context(entry, known)
        default = (defaults or list(hostnames))[0]
        self._default = self._context(default, known)
        who = sorted(f"{entry.name.lower()} {entry is default}" for entry in hostnames if entry.asks)
        self.tag = hashlib.sha256("\n".join(who).encode()).digest()[:16]

    def select(self, name: str | None) -> ServerContext:
        """The context for the name of a ClientHello; never raises."""
        if name is None:
            return self._default
        name = name.lower().removesuffix(".")
        context = self._exact.get(name)
        if context is None:
            context = self._wildcards.get(name.partition(".")[2])
        return self._default if context is None else context

    def _place(self, name: str) -> tuple[dict[str, ServerContext], str]:
        bare = name.removeprefix("*.")
        try:
            if "*" in bare:
                raise ValueError
            return (self._exact if bare == name else self._wildcards), a_label(bare)
        except ValueError:
            raise HostnameError(
                f"{name!r} is not a host name; write one like api.example.test or *.example.test"
            ) from None

    def _context(self, entry: Hostname, known: dict[_Key, ServerContext]) -> ServerContext:
        # By thumbprint and chain: a PFX uploaded again with its intermediates is a change.
        certificate = entry.certificate
        trust = "" if self._trust is None else self._trust.fingerprint
        key = certificate.thumbprint, certificate.chain, entry.asks, trust
        context = self._contexts.get(key) or known.get(key) or self._make(entry)
        self._contexts[key] = context
        return context

    def _make(self, entry: Hostname) -> ServerContext:
        context = make_server_context(entry.certificate)
        context.asks = entry.asks
        if self._trust is not None:
            self._trust.apply(context)
        elif entry.asks and asking.obstacle() is None:
            asking.ask(context)
        return context


class ServerContexts:
    """Makes the contexts of listeners; each handshake asks `select` for the context of its host name.

    `select` gets the name of the ClientHello (an A-label) or None, answers at once and does not raise. It
    reads the configuration of the moment; `follow` is told which names of a new one ask for certificates.
    """

    __slots__ = ("_listeners", "_select")

    def __init__(self, select: SelectContext) -> None:
        self._select = select
        self._listeners: list[tuple[ssl.SSLContext, asking.Listening | None]] = []

    def follow(self, table: HostnameTable) -> None:
        """Have further handshakes of the listeners ask as the table says."""
        for context, listening in self._listeners:
            if listening is not None:
                listening.set_tag(table.tag)
            else:
                # For all host names alike: what one connection asks for is decided before its name is known.
                context.verify_mode = ssl.CERT_OPTIONAL if table.asks else ssl.CERT_NONE

    def listener(self) -> ssl.SSLContext:
        """The context of one listener; to be made before workers are forked, and kept."""
        context = make_server_context(None)
        self._listeners.append((context, asking.listen(context) if asking.obstacle() is None else None))
        select = self._select

        def choose(
            connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _context: ssl.SSLContext
        ) -> None:
            connection.context = select(name)

        context.sni_callback = choose
        return context
