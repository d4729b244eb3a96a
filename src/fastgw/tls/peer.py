"""The server's certificate on an outbound connection: the checks that OpenSSL leaves to us, and their error.

`ssl` checks the name only together with the chain. `validateCertificateChain: false` alone still checks the
name (design.md 11), so that one combination is checked here; and `ssl` knows no pins. Both checks are a part
of the handshake: no caller can forget them.
"""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, cast

from cryptography import x509

from fastgw.errors import FastgwError
from fastgw.tls.certs import UNREADABLE, thumbprint_of
from fastgw.tls.names import a_label, distinguished_name, ip_address, matches
from fastgw.tls.pins import PinReason, ServerPins, judge

PeerReason = Literal["missing", "unreadable", "name"] | PinReason


class PeerChecks(Protocol):
    """What the checks need to know of a context."""

    @property
    def validate_chain(self) -> bool:
        """Whether the chain is checked; with pins, whether the dates of a pinned certificate are."""

    @property
    def validate_name(self) -> bool:
        """Whether the name has to be the host's, where there are no pins."""

    @property
    def pins(self) -> ServerPins | None:
        """The certificates that are accepted; None where any is that passes the two checks."""

    @property
    def authorities(self) -> tuple[bytes, ...]:
        """CA certificates (DER) of the instance, for servers that do not send their issuer."""

    @property
    def verify_mode(self) -> ssl.VerifyMode:
        """Whether OpenSSL demands a trusted chain."""


class PeerCertificateError(FastgwError, ssl.SSLCertVerificationError):
    """The server's certificate is not for the host that was called, or none of those that are pinned.

    An `ssl.SSLError` as well, so that loops and callers treat it as any other failed handshake.
    """

    def __init__(self, reason: PeerReason, message: str, certificate: bytes | None = None) -> None:
        super().__init__(message)
        self.peer_reason: PeerReason = reason
        self.peer_certificate = certificate
        self._message = message

    def __str__(self) -> str:
        return self._message


def verify_peer(context: PeerChecks, ssl_object: ssl.SSLObject, host: str) -> None:
    """Check the pins, where there are any, else the name where OpenSSL did not check it.

    `ClientContext` calls it at the end of every handshake, full or resumed. Raises PeerCertificateError.
    """
    if context.pins is None and (context.validate_chain or not context.validate_name):
        return
    der = ssl_object.getpeercert(binary_form=True)
    if der is None:
        raise PeerCertificateError("missing", f"the server at {host} sent no certificate")
    if context.pins is None:
        check_name(der, host)
    else:
        _check_pins(context, context.pins, ssl_object, der)


def _check_pins(context: PeerChecks, pins: ServerPins, ssl_object: ssl.SSLObject, der: bytes) -> None:
    # A resumed session has the leaf but no chain. It comes from a handshake of this very context, so of these
    # pins, that was judged with its chain: sessions are kept per context and only once that has succeeded.
    resumed = bool(ssl_object.session_reused)
    refusal = judge(
        pins,
        der,
        () if resumed else (*sent_chain(ssl_object), *context.authorities),
        chain_trusted=context.verify_mode == ssl.CERT_REQUIRED,
        issuer_proved=resumed,
        now=datetime.now(UTC) if context.validate_chain else None,
    )
    if refusal is not None:
        raise PeerCertificateError(refusal.reason, f"the server's certificate {refusal.message}", der)


def check_name(der: bytes, host: str) -> None:
    """Check that a certificate (DER) names the host, by its subject alternative names only (RFC 9525 6).

    An address matches address entries only. Raises PeerCertificateError.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        raise PeerCertificateError(
            "name", f"the certificate has no subject alternative name, so it is not for {host}", der
        ) from None
    except UNREADABLE:
        raise PeerCertificateError(
            "unreadable", f"the certificate of {host} cannot be read to check its name", der
        ) from None
    address = ip_address(host)
    if address is not None:
        if address in names.get_values_for_type(x509.IPAddress):
            return
    else:
        wanted = a_label(host)
        if any(matches(pattern, wanted) for pattern in names.get_values_for_type(x509.DNSName)):
            return
    raise PeerCertificateError("name", f"the certificate is not for {host}", der)


def describe(der: bytes) -> str:
    """Subject and thumbprint of a certificate (DER), as a message names it."""
    try:
        subject = distinguished_name(x509.load_der_x509_certificate(der).subject) or "no subject"
    except UNREADABLE:
        subject = "subject unreadable"
    return f"{subject}, thumbprint {thumbprint_of(der)}"


class ClientSslObject(ssl.SSLObject):
    """Ends a handshake with the checks of pins and name; its errors carry the server's certificate."""

    def do_handshake(self) -> None:
        """As in `ssl`; raises PeerCertificateError too, and sets `peer_certificate` on certificate errors."""
        try:
            super().do_handshake()
        except ssl.SSLCertVerificationError as error:
            sent = sent_chain(self)
            error.peer_certificate = sent[0] if sent else None  # type: ignore[attr-defined]
            raise
        verify_peer(cast("PeerChecks", self.context), self, self.server_hostname or "")


def sent_chain(ssl_object: ssl.SSLObject) -> tuple[bytes, ...]:
    """What the other side sent (DER), the leaf first, verified or not; empty where that cannot be had."""
    # Public since 3.13, as DER; before that only on the object behind it, as objects that give PEM.
    get: Any = getattr(ssl_object, "get_unverified_chain", None)
    try:
        if get is not None:
            return tuple(bytes(der) for der in get() or ())
        chain = ssl_object._sslobj.get_unverified_chain() or ()  # type: ignore[attr-defined]
        return tuple(ssl.PEM_cert_to_DER_cert(certificate.public_bytes()) for certificate in chain)
    except Exception:
        return ()  # a message says less, and a pinned issuer stays unproved: neither accepts anything
