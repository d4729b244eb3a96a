"""Header fields that tell a backend which certificate a caller has presented.

Two forms: RFC 9440 (`Client-Cert`, `Client-Cert-Chain`) and Envoy's `X-Forwarded-Client-Cert`. Whatever a
certificate holds leaves as text that cannot end a value, a field or a line. Must never say that a certificate
is trusted.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from contextlib import suppress
from typing import Final, Literal
from urllib.parse import quote

from cryptography import x509

from fastgw.tls.certs import to_pem

ForwardAs = Literal["xfcc", "clientCert"]

MOST_CHAIN: Final = 8192
"""Characters of `Client-Cert-Chain`; a longer one is left out, which RFC 9440 section 2.3 allows."""

# Names of the subject that X-Forwarded-Client-Cert lists, and characters of each and of the subject.
_MOST_NAMES: Final = 16
_LONGEST_NAME: Final = 1024


def header_lines(chain: tuple[bytes, ...], form: ForwardAs) -> bytes:
    """The lines for a chain (DER, the caller's own first), each with CR LF at its end. Never raises."""
    if form == "xfcc":
        return b"X-Forwarded-Client-Cert: " + _xfcc(chain[0]) + b"\r\n"
    lines = b"Client-Cert: " + _byte_sequence(chain[0]) + b"\r\n"
    others = b", ".join(_byte_sequence(der) for der in chain[1:])
    if 0 < len(others) <= MOST_CHAIN:
        lines += b"Client-Cert-Chain: " + others + b"\r\n"
    return lines


def _byte_sequence(der: bytes) -> bytes:
    """RFC 8941 section 3.3.5."""
    return b":" + base64.b64encode(der) + b":"


def _xfcc(der: bytes) -> bytes:
    """One element of Envoy's grammar: `Key=value` pairs, with quotes where there are separators."""
    pem = to_pem((der,), None).decode("ascii")
    pairs = [f"Hash={hashlib.sha256(der).hexdigest()}", f'Cert="{quote(pem, safe="")}"']
    # A stranger has made it: what cannot be read is left out, whatever the library says of it.
    with suppress(Exception):
        certificate = x509.load_der_x509_certificate(der)
        pairs.append(f'Subject="{_subject(certificate)}"')
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        pairs.extend(_names("URI", names.get_values_for_type(x509.UniformResourceIdentifier)))
        pairs.extend(_names("DNS", names.get_values_for_type(x509.DNSName)))
    return ";".join(pairs).encode("ascii")


def _subject(certificate: x509.Certificate) -> str:
    """RFC 4514 text in visible ASCII; like Envoy's, its rules put a backslash before a quote."""
    text = certificate.subject.rfc4514_string()
    safe = "".join(
        character if " " <= character <= "~" else "".join(f"\\{octet:02X}" for octet in _utf8(character))
        for character in text[:_LONGEST_NAME]
    )
    # A text that is cut must not end within an escape.
    return safe if len(text) <= _LONGEST_NAME else safe.rstrip("\\") + "..."


def _names(key: str, values: Iterable[str]) -> Iterable[str]:
    """Names with everything percent-encoded that is not plain in a URI; separators and quotes are not."""
    for value in list(values)[:_MOST_NAMES]:
        if len(value) <= _LONGEST_NAME:
            yield f"{key}={quote(_utf8(value), safe=_PLAIN)}"


_PLAIN: Final = "%:/?#[]@!$&'()*+"


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
