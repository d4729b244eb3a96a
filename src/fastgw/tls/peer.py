"""The server's certificate on an outbound connection: the check that OpenSSL leaves to us, and its error.

`ssl` checks the name only together with the chain. `validateCertificateChain: false` alone still checks the
name (design.md 11), so that one combination is checked here, inside the handshake: no caller can forget it.
"""

from __future__ import annotations

import ssl
from typing import Any, Literal, Protocol, cast

from cryptography import x509

from fastgw.errors import FastgwError
from fastgw.tls.certs import thumbprint_of
from fastgw.tls.names import a_label, distinguished_name, ip_address, matches

PeerReason = Literal["missing", "unreadable", "name"]


class NameChecks(Protocol):
    """What the check needs to know of a context."""

    @property
    def validate_chain(self) -> bool:
        """Whether OpenSSL checks the chain."""

    @property
    def validate_name(self) -> bool:
        """Whether the name has to be the host's."""


class PeerCertificateError(FastgwError, ssl.SSLCertVerificationError):
    """The server's certificate is not for the host that was called.

    An `ssl.SSLError` as well, so that loops and callers treat it as any other failed handshake.
    """

    def __init__(self, reason: PeerReason, message: str, certificate: bytes | None = None) -> None:
        super().__init__(message)
        self.peer_reason: PeerReason = reason
        self.peer_certificate = certificate
        self._message = message

    def __str__(self) -> str:
        return self._message


def verify_peer(context: NameChecks, ssl_object: ssl.SSLObject, host: str) -> None:
    """Check the name where OpenSSL did not; does nothing where it did, or where no name is to be checked.

    `ClientContext` calls it at the end of every handshake. Raises PeerCertificateError.
    """
    if not context.validate_name or context.validate_chain:
        return
    der = ssl_object.getpeercert(binary_form=True)
    if der is None:
        raise PeerCertificateError("missing", f"the server at {host} sent no certificate")
    check_name(der, host)


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
    except (ValueError, x509.UnsupportedGeneralNameType):
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
    except ValueError:
        subject = "subject unreadable"
    return f"{subject}, thumbprint {thumbprint_of(der)}"


class ClientSslObject(ssl.SSLObject):
    """Ends a handshake with the check of the name, and lets errors carry the server's certificate."""

    def do_handshake(self) -> None:
        """As in `ssl`; raises PeerCertificateError too, and sets `peer_certificate` on certificate errors."""
        try:
            super().do_handshake()
        except ssl.SSLCertVerificationError as error:
            error.peer_certificate = _first_sent(self)  # type: ignore[attr-defined]
            raise
        verify_peer(cast("NameChecks", self.context), self, self.server_hostname or "")


def _first_sent(ssl_object: ssl.SSLObject) -> bytes | None:
    """The leaf that the server sent, although it did not verify: only for words about it."""
    # Public since 3.13, as DER; before that only on the object behind it, as objects that give PEM.
    get: Any = getattr(ssl_object, "get_unverified_chain", None)
    try:
        if get is not None:
            chain = get()
            return bytes(chain[0]) if chain else None
        chain = ssl_object._sslobj.get_unverified_chain()  # type: ignore[attr-defined]
        return ssl.PEM_cert_to_DER_cert(chain[0].public_bytes()) if chain else None
    except Exception:
        return None  # a message with less in it is no reason to hide the error it is about
