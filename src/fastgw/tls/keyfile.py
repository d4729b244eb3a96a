"""Hands a certificate chain and its key to an SSL context.

`ssl` reads keys from files only. On Linux that file lives in memory and is reached through
`/proc/self/fd`; the key must never get to a disk there, so nothing falls back to one. Where the system
has no memory files (macOS), a temporary file of mode 0600 lives for the length of the call.
"""

from __future__ import annotations

import os
import ssl
import tempfile

from fastgw.tls.certs import Certificate, CertificateError, to_pem


def load_certificate(context: ssl.SSLContext, certificate: Certificate, chain: tuple[bytes, ...]) -> None:
    """Make the context present the certificate with its key and the chain (DER, leaf first).

    Raises CertificateError where there is no key, and where OpenSSL refuses the pair (a key that is too
    short for its security level, say).
    """
    key = certificate.require_private_key()
    content = to_pem(chain, key)
    try:
        if hasattr(os, "memfd_create"):
            _load_from_memory(context, content)
        else:
            _load_from_unlinked_file(context, content)
    except ssl.SSLError as error:
        reason = error.reason or "unknown reason"
        raise CertificateError(
            "refused",
            f"OpenSSL refuses certificate {certificate.thumbprint} ({certificate.subject}): "
            f"{reason.lower().replace('_', ' ')}",
        ) from None


def _load_from_memory(context: ssl.SSLContext, content: bytes) -> None:
    try:
        descriptor = os.memfd_create("fastgw", os.MFD_CLOEXEC)
    except OSError as error:
        raise CertificateError(
            "refused",
            f"the system gives no memory file for the private key ({error.strerror}); "
            "allow memfd_create, fastgw writes no key to a disk",
        ) from None
    try:
        _write(descriptor, content)
        try:
            context.load_cert_chain(f"/proc/self/fd/{descriptor}")
        except FileNotFoundError:
            raise CertificateError(
                "refused",
                "/proc is not mounted; the private key reaches OpenSSL through /proc/self/fd only, mount it",
            ) from None
    finally:
        os.close(descriptor)


def _load_from_unlinked_file(context: ssl.SSLContext, content: bytes) -> None:
    descriptor, path = tempfile.mkstemp(prefix="fastgw-")  # mode 0600
    try:
        try:
            _write(descriptor, content)
        finally:
            os.close(descriptor)
        context.load_cert_chain(path)
    finally:
        os.unlink(path)


def _write(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
