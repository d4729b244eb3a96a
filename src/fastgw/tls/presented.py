"""The certificate that a caller has presented: read once for each connection, parsed when somebody asks.

What is here has not been judged. The caller has proved in the handshake that it has the key of the first
certificate; everything else, the other certificates included, is what it says of itself.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeVar

from cryptography import x509

from fastgw.telemetry import log
from fastgw.tls.asking import chain_of
from fastgw.tls.certs import Certificate, make_certificate, thumbprint_of
from fastgw.tls.forwarding import ForwardAs, header_lines

MOST_CERTIFICATES: Final = 16
"""Certificates of a caller that are kept, its own included; whoever builds chains needs a bound."""

T = TypeVar("T")


class Presented:
    """What one connection has shown; `chain` is DER, the caller's own first, the others as they were sent."""

    __slots__ = ("_certificate", "_forwarded", "_seen", "_unread", "chain")

    def __init__(self, chain: tuple[bytes, ...]) -> None:
        self.chain = chain[:MOST_CERTIFICATES]
        self._unread = True
        self._certificate: Certificate | None = None
        self._seen: Any = None
        self._forwarded: tuple[ForwardAs, bytes] | None = None

    @property
    def certificate(self) -> Certificate | None:
        """The record of the caller's own certificate; its chain is the one here, neither ordered nor checked.

        None for one that cannot be read though OpenSSL has taken it: for policies there is none then.
        """
        if self._unread:
            self._unread = False
            try:
                own = make_certificate(x509.load_der_x509_certificate(self.chain[0]), (), None)
                self._certificate = replace(own, chain=self.chain)
            except Exception as error:
                # A stranger has made it; the library has more ways to say no than it documents.
                log.debug(
                    "certificate of a caller cannot be read",
                    thumbprint=thumbprint_of(self.chain[0]),
                    reason=f"{type(error).__name__}: {error}",
                )
        return self._certificate

    def seen_as(self, make: Callable[[Certificate], T]) -> T | None:
        """What `make` makes of the certificate; made once, so always with the same `make`."""
        if self._seen is None and self.certificate is not None:
            self._seen = make(self.certificate)
        seen: T | None = self._seen
        return seen

    def forwarded(self, form: ForwardAs) -> bytes:
        """The header lines that tell a backend of the certificate, each with its line end."""
        known = self._forwarded
        if known is None or known[0] != form:
            known = self._forwarded = form, header_lines(self.chain, form)
        return known[1]


def presented_on(connection: ssl.SSLObject | None) -> Presented | None:
    """What the caller has shown on a connection; None for nothing, and where the host name does not ask."""
    if connection is None or not getattr(connection.context, "asks", False):
        return None
    chain = chain_of(connection)
    return Presented(chain) if chain else None
