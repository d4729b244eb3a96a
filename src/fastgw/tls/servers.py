"""Server-side contexts: one for each HTTPS listener, and the one that SNI picks for each handshake.

A listener's context lives as long as the process and holds no certificate: it owns the keys of the session
tickets, so sessions are resumed across reloads and by every worker that was forked after it was made.
Nothing here changes a context that handshakes may be using.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastgw.errors import FastgwError
from fastgw.tls.certs import Certificate
from fastgw.tls.keyfile import load_certificate
from fastgw.tls.names import a_label

SelectContext = Callable[[str | None], ssl.SSLContext]


class HostnameError(FastgwError, ValueError):
    """The host names of the configuration contradict each other."""


@dataclass(frozen=True, slots=True)
class Hostname:
    """One entry of `hostnames`: a name or `*.name`, its certificate, whether it serves all other names."""

    name: str
    certificate: Certificate
    default: bool = False


def make_server_context(certificate: Certificate | None) -> ssl.SSLContext:
    """One context for inbound connections: TLS 1.2 or newer, our order of ciphers, HTTP/1.1, tickets.

    The only place where server contexts are made: `SSL_set_SSL_CTX` swaps the certificate only and leaves
    options as the listener's context had them, so all of them must agree. None makes a listener's context.
    Raises CertificateError where the certificate has no key or OpenSSL refuses it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.options &= ~ssl.OP_NO_TICKET
    context.set_alpn_protocols(["http/1.1"])
    if certificate is not None:
        load_certificate(context, certificate, certificate.chain)
    return context


class HostnameTable:
    """Host names to contexts: the exact name, else `*.name` for one label, else the default entry.

    The default is the entry marked so, else the first. Contexts of certificates that have not changed are
    taken over from `previous`. Raises HostnameError for an empty table, a name that is none, a name given
    twice or two defaults, and CertificateError for a certificate that cannot be presented.
    """

    __slots__ = ("_contexts", "_default", "_exact", "_wildcards")

    def __init__(self, hostnames: Sequence[Hostname], *, previous: HostnameTable | None = None) -> None:
        if not hostnames:
            raise HostnameError("a table of host names needs at least one")
        defaults = [entry for entry in hostnames if entry.default]
        if len(defaults) > 1:
            names = ", ".join(entry.name for entry in defaults)
            raise HostnameError(f"only one host name can be the default, these are: {names}")
        known = {} if previous is None else previous._contexts
        self._contexts: dict[tuple[str, tuple[bytes, ...]], ssl.SSLContext] = {}
        self._exact: dict[str, ssl.SSLContext] = {}
        self._wildcards: dict[str, ssl.SSLContext] = {}
        for entry in hostnames:
            table, name = self._place(entry.name)
            if name in table:
                raise HostnameError(f"host name {entry.name} is there twice")
            table[name] = self._context(entry.certificate, known)
        self._default = self._context((defaults or list(hostnames))[0].certificate, known)

    def select(self, name: str | None) -> ssl.SSLContext:
        """The context for the name of a ClientHello; never raises."""
        if name is None:
            return self._default
        name = name.lower().removesuffix(".")
        context = self._exact.get(name)
        if context is None:
            context = self._wildcards.get(name.partition(".")[2])
        return self._default if context is None else context

    def _place(self, name: str) -> tuple[dict[str, ssl.SSLContext], str]:
        bare = name.removeprefix("*.")
        try:
            if "*" in bare:
                raise ValueError
            return (self._exact if bare == name else self._wildcards), a_label(bare)
        except ValueError:
            raise HostnameError(
                f"{name!r} is not a host name; write one like api.example.test or *.example.test"
            ) from None

    def _context(
        self, certificate: Certificate, known: dict[tuple[str, tuple[bytes, ...]], ssl.SSLContext]
    ) -> ssl.SSLContext:
        # By thumbprint and chain: a PFX uploaded again with its intermediates is a change.
        key = certificate.thumbprint, certificate.chain
        context = self._contexts.get(key) or known.get(key) or make_server_context(certificate)
        self._contexts[key] = context
        return context


class ServerContexts:
    """Makes the contexts of listeners; each handshake asks `select` for the context of its host name.

    `select` gets the name of the ClientHello (an A-label) or None, answers at once and does not raise. It
    reads the configuration of the moment, so that a reload needs nothing from here.
    """

    __slots__ = ("_select",)

    def __init__(self, select: SelectContext) -> None:
        self._select = select

    def listener(self) -> ssl.SSLContext:
        """The context of one listener; to be made before workers are forked, and kept."""
        context = make_server_context(None)
        select = self._select

        def choose(
            connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _context: ssl.SSLContext
        ) -> None:
            connection.context = select(name)

        context.sni_callback = choose
        return context
