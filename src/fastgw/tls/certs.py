"""Reads certificates from PFX, PEM and DER, and keeps them as records.

A record holds bytes, so that it can be pickled and compared; its private key never shows in a repr. No
message holds any content of the file or its password.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    pkcs12,
)

from fastgw.errors import FastgwError
from fastgw.tls.names import distinguished_name

CertificateReason = Literal[
    "empty",
    "format",
    "missing-password",
    "wrong-password",
    "no-certificate",
    "no-private-key",
    "key-mismatch",
    "unsupported-key",
    "refused",
]
# What `cryptography` raises for certificates that it cannot read, at once or when a part is first asked for.
UNREADABLE: Final = (
    ValueError,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
Validity = Literal["valid", "expired", "not-yet-valid"]


class CertificateError(FastgwError, ValueError):
    """A certificate cannot be read or used; `reason` says why in a word that programs can test."""

    def __init__(self, reason: CertificateReason, message: str) -> None:
        super().__init__(message)
        self.reason: CertificateReason = reason

    def __reduce__(self) -> tuple[type[CertificateError], tuple[str, str]]:
        return type(self), (self.reason, str(self))


class PrivateKeyBytes(bytes):
    """A private key (PKCS#8 DER, not encrypted) that does not print itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<private key>"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its chain and, where it has one, its private key.

    `chain` is DER, the leaf first, then each issuer that the file held, without a self-signed root. `roots`
    are the self-signed ones that came along: they are never sent, and tell where a chain is complete.
    `thumbprint` is SHA-1 over the DER leaf in 40 upper-case hex digits; names are in .NET order; `serial`
    is upper-case hex as .NET prints it.
    """

    thumbprint: str
    subject: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    chain: tuple[bytes, ...] = field(repr=False)
    private_key: PrivateKeyBytes | None = field(default=None, repr=False)
    roots: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def leaf(self) -> bytes:
        """The certificate itself, DER."""
        return self.chain[0]

    @property
    def has_private_key(self) -> bool:
        """Whether this certificate can be presented, and not only recognised."""
        return self.private_key is not None

    def require_private_key(self) -> PrivateKeyBytes:
        """The private key; raises CertificateError (`no-private-key`) where there is none."""
        if self.private_key is None:
            raise CertificateError(
                "no-private-key",
                f"certificate {self.thumbprint} ({self.subject}) has no private key and cannot be presented; "
                "give a PFX, or a PEM file that holds the key as well",
            )
        return self.private_key

    def validity(self, now: datetime) -> Validity:
        """Whether the certificate is in force at `now` (an aware datetime), both ends included (RFC 5280)."""
        if now < self.not_before:
            return "not-yet-valid"
        return "expired" if now > self.not_after else "valid"

    def load(self) -> x509.Certificate:
        """The leaf parsed, for what the record does not say."""
        return x509.load_der_x509_certificate(self.leaf)


class Parts(NamedTuple):
    """What a file holds, in its order: distinct certificates, and private keys; and what kind it is of."""

    certificates: list[x509.Certificate]
    keys: list[PrivateKeyTypes]
    form: Literal["PFX", "PEM", "DER"]


def read_certificate(data: bytes, password: str | None = None) -> Certificate:
    """Read a PFX, a PEM file (certificates and key in any order) or one DER certificate.

    Where there is a key, the leaf is the certificate that belongs to it. An empty password and none at all
    are the same. Raises CertificateError.
    """
    certificates, keys, _ = read_parts(data, password)
    if not certificates:
        raise CertificateError("no-certificate", "the file holds a private key but no certificate")
    if not keys:
        return _record(leaf_of(certificates), certificates, None)
    by_public_key: dict[bytes | None, PrivateKeyTypes] = {
        _spki(key.public_key()): key for key in reversed(keys)
    }
    for certificate in certificates:
        public_key = _spki_of(certificate)
        if public_key in by_public_key:
            return _record(certificate, certificates, by_public_key[public_key])
    raise CertificateError("key-mismatch", "the private key belongs to no certificate of the file")


def read_ca_certificates(data: bytes, password: str | None = None) -> tuple[bytes, ...]:
    """Every certificate of the file as DER, roots included; keys are left out. Raises CertificateError."""
    certificates = read_parts(data, password).certificates
    if not certificates:
        raise CertificateError("no-certificate", "the file holds a private key but no certificate")
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in certificates)


def make_certificate(
    leaf: x509.Certificate, others: Iterable[x509.Certificate], key: PrivateKeyTypes | None
) -> Certificate:
    """A record from parsed parts. Raises CertificateError where the key belongs to another certificate."""
    if key is not None and _spki(key.public_key()) != _spki_of(leaf):
        raise CertificateError("key-mismatch", "the private key does not belong to the certificate")
    return _record(leaf, [leaf, *others], key)


def thumbprint_of(der: bytes) -> str:
    """SHA-1 over a DER certificate in 40 upper-case hex digits: a name for it, never a proof."""
    return hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()


def belongs(key: PrivateKeyTypes, certificate: x509.Certificate) -> bool:
    """Whether the certificate was issued for the key."""
    return _spki(key.public_key()) == _spki_of(certificate)


def order_chain(leaf: bytes, pool: Iterable[bytes]) -> tuple[bytes, ...]:
    """The leaf and its issuers as far as the pool (DER) has them, leaf first, self-signed roots left out.

    The pool may hold certificates that have nothing to do with the leaf.
    """
    parsed = [x509.load_der_x509_certificate(der) for der in pool]
    ordered = _ordered(x509.load_der_x509_certificate(leaf), parsed)
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in ordered)


def missing_issuer(chain: tuple[bytes, ...], known: Iterable[bytes]) -> x509.Name | None:
    """The issuer of the last certificate of a chain (DER) where it is not among the `known` ones (DER).

    None as well where the chain ends in a self-signed certificate.
    """
    last = x509.load_der_x509_certificate(chain[-1])
    if last.subject == last.issuer:
        return None
    for der in known:
        if issued(x509.load_der_x509_certificate(der), last):
            return None
    return last.issuer


def to_pem(chain: Iterable[bytes], key: bytes | None) -> bytes:
    """PEM text of a chain (DER), with the PKCS#8 key behind it where one is given."""
    blocks = [("CERTIFICATE", der) for der in chain]
    if key is not None:
        blocks.append(("PRIVATE KEY", bytes(key)))
    return b"".join(
        f"-----BEGIN {label}-----\n".encode()
        + base64.encodebytes(content)
        + f"-----END {label}-----\n".encode()
        for label, content in blocks
    )


# --- reading -----------------------------------------------------------------------------------------

_PEM_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\r?\n?(.*?)-----END \1-----", re.DOTALL)
# PKCS#12 is SEQUENCE { INTEGER 3, ... } (RFC 7292 4); no certificate begins like that.
_PFX_START = re.compile(rb"\x30(?:[\x00-\x7f]|\x80|\x81.|\x82..|\x83...|\x84....)\x02\x01\x03", re.DOTALL)
_KEY_LABELS = frozenset(
    (b"PRIVATE KEY", b"ENCRYPTED PRIVATE KEY", b"RSA PRIVATE KEY", b"EC PRIVATE KEY", b"DSA PRIVATE KEY")
)


def read_parts(data: bytes, password: str | None = None) -> Parts:
    """Everything that a PFX, PEM or DER file holds, fitting together or not. Raises CertificateError."""
    if not data.strip():
        raise CertificateError("empty", "the file is empty")
    if _PFX_START.match(data):
        return _read_pfx(data, password or None)
    if b"-----BEGIN " in data:
        return _read_pem(data, password or None)
    try:
        return Parts([x509.load_der_x509_certificate(data)], [], "DER")
    except UNREADABLE:
        raise CertificateError(
            "format", "neither a PFX (PKCS#12), nor PEM text, nor a DER certificate"
        ) from None


def _read_pfx(data: bytes, password: str | None) -> Parts:
    found = _open_pfx(data, password)
    if found is None:
        if password is None:
            raise CertificateError("missing-password", "the PFX needs a password (or it is damaged)")
        if _open_pfx(data, None) is not None:
            raise CertificateError("wrong-password", "wrong password: the PFX has none, leave it out")
        raise CertificateError("wrong-password", "wrong password for the PFX (or it is damaged)")
    entries = [found.cert, *found.additional_certs]
    certificates = _distinct(entry.certificate for entry in entries if entry is not None)
    if not certificates and found.key is None:
        raise CertificateError("no-certificate", "the PFX holds neither a certificate nor a key")
    return Parts(certificates, [] if found.key is None else [_checked_key(found.key)], "PFX")


def _open_pfx(data: bytes, password: str | None) -> pkcs12.PKCS12KeyAndCertificates | None:
    # PKCS#12 knows both an empty password and none, which hash differently; people mean the same by them.
    for attempt in (password.encode(),) if password is not None else (None, b""):
        try:
            return pkcs12.load_pkcs12(data, attempt)
        except UnsupportedAlgorithm:
            raise CertificateError("format", "the PFX is encrypted in a way that is not supported") from None
        except (ValueError, TypeError):
            continue
    return None


def _read_pem(data: bytes, password: str | None) -> Parts:
    certificates: list[x509.Certificate] = []
    keys: list[PrivateKeyTypes] = []
    blocks = list(_PEM_BLOCK.finditer(data))
    if len(blocks) != data.count(b"-----BEGIN "):
        raise CertificateError("format", "a PEM block has no matching END line")
    for block in blocks:
        label = block.group(1)
        if label in (b"CERTIFICATE", b"X509 CERTIFICATE"):
            certificates.append(_pem_certificate(block.group(2), len(certificates) + 1))
        elif label in _KEY_LABELS:
            keys.append(_checked_key(_pem_key(block.group(0), password)))
        elif label != b"EC PARAMETERS":  # `openssl ecparam` writes it; the key names its curve itself
            raise CertificateError(
                "format", f"a PEM block of type {label.decode()} is neither a certificate nor a private key"
            )
    return Parts(_distinct(certificates), keys, "PEM")


def _pem_certificate(body: bytes, number: int) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(base64.b64decode(b"".join(body.split()), validate=True))
    except UNREADABLE:
        raise CertificateError("format", f"certificate {number} of the PEM file is damaged") from None


def _pem_key(block: bytes, password: str | None) -> PrivateKeyTypes:
    # The second form is the one of `openssl rsa -aes256 -traditional` (RFC 1421 4.6.1.1).
    encrypted = block.startswith(b"-----BEGIN ENCRYPTED") or b"Proc-Type: 4,ENCRYPTED" in block
    if encrypted and password is None:
        raise CertificateError("missing-password", "the private key of the PEM file needs a password")
    try:
        return load_pem_private_key(block, password.encode() if encrypted and password else None)
    except UnsupportedAlgorithm:
        raise CertificateError("unsupported-key", "the private key is of an unsupported type") from None
    except (ValueError, TypeError):
        if encrypted:
            raise CertificateError(
                "wrong-password", "wrong password for the private key of the PEM file (or it is damaged)"
            ) from None
        raise CertificateError("format", "the private key of the PEM file is damaged") from None


def _checked_key(key: PrivateKeyTypes) -> PrivateKeyTypes:
    if not isinstance(
        key,
        rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey,
    ):
        raise CertificateError("unsupported-key", "the private key is neither RSA, ECDSA nor EdDSA")
    return key


# --- building ----------------------------------------------------------------------------------------


def _record(leaf: x509.Certificate, pool: list[x509.Certificate], key: PrivateKeyTypes | None) -> Certificate:
    chain = tuple(certificate.public_bytes(Encoding.DER) for certificate in _ordered(leaf, pool))
    number = leaf.serial_number
    try:
        subject, issuer = distinguished_name(leaf.subject), distinguished_name(leaf.issuer)
    except ValueError:
        raise CertificateError("format", "the certificate holds a name that cannot be read") from None
    return Certificate(
        thumbprint=thumbprint_of(chain[0]),
        subject=subject,
        issuer=issuer,
        serial=number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True).hex().upper(),
        not_before=leaf.not_valid_before_utc.astimezone(UTC),
        not_after=leaf.not_valid_after_utc.astimezone(UTC),
        chain=chain,
        private_key=None if key is None else _pkcs8(key),
        roots=tuple(
            other.public_bytes(Encoding.DER)
            for other in pool
            if other != leaf and other.subject == other.issuer
        ),
    )


def _pkcs8(key: PrivateKeyTypes) -> PrivateKeyBytes:
    return PrivateKeyBytes(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def _spki(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _spki_of(certificate: x509.Certificate) -> bytes | None:
    try:
        return _spki(certificate.public_key())
    except (UnsupportedAlgorithm, ValueError):
        return None  # a key that this library cannot read is never the one that it read


def _distinct(certificates: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    return list(
        {certificate.public_bytes(Encoding.DER): certificate for certificate in certificates}.values()
    )


def leaf_of(certificates: list[x509.Certificate]) -> x509.Certificate:
    """Without a key to ask: the first certificate that issued none of the others."""
    issuers = {other.issuer for other in certificates if other.issuer != other.subject}
    for certificate in certificates:
        if certificate.subject not in issuers:
            return certificate
    return certificates[0]


def _ordered(leaf: x509.Certificate, pool: list[x509.Certificate]) -> list[x509.Certificate]:
    chain = [leaf]
    left = [other for other in pool if other != leaf and other.subject != other.issuer]
    while chain[-1].issuer != chain[-1].subject:
        issuers = [other for other in left if issued(other, chain[-1])]
        if not issuers:
            break
        # Renewed or cross-signed issuers have one name and key: the one that lives longest serves longest.
        best = max(issuers, key=lambda other: other.not_valid_after_utc)
        chain.append(best)
        left = [other for other in left if other.subject != best.subject]
    return chain


def issued(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    """Whether the one has signed the other, as far as that can be checked here."""
    if issuer.subject != subject.issuer:
        return False
    try:
        subject.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError):
        return False
    except (UnsupportedAlgorithm, TypeError):
        return True  # the signature cannot be checked here; the peer will check it
    return True
