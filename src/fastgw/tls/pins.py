"""Pins: the only server certificates that a backend may show, by thumbprint or by name and issuer.

Decides from bytes alone. Where anything about a certificate cannot be read or proved, it does not match: no
pin ever lets a certificate pass on a doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fastgw.tls.certs import UNREADABLE, thumbprint_of
from fastgw.tls.signatures import MIN_EC_BITS, MIN_RSA_BITS, digest_weakness

PinReason = Literal["unreadable", "unpinned", "issuer", "usage", "dates"]

_THUMBPRINT: Final = re.compile(r"[0-9A-F]{40}")
# How many pins a message names before it only counts them.
_SHOWN: Final = 3


class PinRefusal(NamedTuple):
    """Why no pin accepts a certificate: a word for programs and a clause about "the certificate"."""

    reason: PinReason
    message: str


@dataclass(frozen=True, slots=True)
class ServerPins:
    """`serverCertificateThumbprints` and `serverX509Names` of a backend (spec/certificates.md 3.2).

    `thumbprints` are those of leaves; `names` are pairs of a common name and the thumbprint of the issuer, or
    None. Thumbprints are SHA-1 in 40 upper-case hex digits, the format of the API. Raises ValueError for any
    other thumbprint, for an empty name, and where there is no pin at all, which would refuse every server.
    """

    thumbprints: frozenset[str] = frozenset()
    names: tuple[tuple[str, str | None], ...] = ()

    def __post_init__(self) -> None:
        if not self.thumbprints and not self.names:
            raise ValueError("pins need a thumbprint or a name")
        issuers = [issuer for _, issuer in self.names if issuer is not None]
        for thumbprint in (*self.thumbprints, *issuers):
            if not _THUMBPRINT.fullmatch(thumbprint):
                raise ValueError(f"{thumbprint!r} is not a thumbprint of 40 upper-case hex digits")
        if not all(name for name, _ in self.names):
            raise ValueError("a pinned common name must not be empty")

    def __str__(self) -> str:
        """The pins as a message names them, the first few of many."""
        shown = [f"thumbprint {thumbprint}" for thumbprint in sorted(self.thumbprints)]
        for name, issuer in self.names:
            proof = f"issued by {issuer}" if issuer else "with a trusted chain"
            shown.append(f"common name {name} {proof}")
        more = len(shown) - _SHOWN
        return ", ".join(shown[:_SHOWN]) + (f" and {more} more" if more > 0 else "")

    @property
    def need_trusted_chain(self) -> bool:
        """Whether a name stands without its issuer, which proves nothing unless the chain is trusted."""
        return any(issuer is None for _, issuer in self.names)


def judge(
    pins: ServerPins,
    leaf: bytes,
    candidates: Iterable[bytes],
    *,
    chain_trusted: bool,
    issuer_proved: bool,
    now: datetime | None,
) -> PinRefusal | None:
    """Why no pin accepts a server's leaf (DER), or None where one does.

    `candidates` (DER) are where a pinned issuer is looked for; nothing in them is trusted. `chain_trusted`
    says that OpenSSL has verified the chain; `issuer_proved` that this judgement has been passed before, in
    the handshake that a resumed session comes from. `now` (aware) is what dates are judged by; None leaves
    them out.
    """
    thumbprint_matches = thumbprint_of(leaf) in pins.thumbprints
    if thumbprint_matches and now is None:
        return None
    try:
        certificate = x509.load_der_x509_certificate(leaf)
        if not thumbprint_matches:
            refusal = _judge_names(pins, certificate, candidates, chain_trusted, issuer_proved, now)
            if refusal is not None:
                return refusal
        if not _in_force(certificate, now):
            return PinRefusal("dates", "is pinned, but it has expired or is not valid yet")
    except UNREADABLE:
        return PinRefusal("unreadable", "cannot be read")
    return None


def _judge_names(
    pins: ServerPins,
    leaf: x509.Certificate,
    candidates: Iterable[bytes],
    chain_trusted: bool,
    issuer_proved: bool,
    now: datetime | None,
) -> PinRefusal | None:
    common_name = _common_name(leaf)
    issuers = [issuer for name, issuer in pins.names if _fold(name) == common_name]
    if not issuers:
        return PinRefusal("unpinned", f"is none of those that are pinned: {pins}")
    if issuer_proved or (chain_trusted and None in issuers):
        return None
    if not _may_serve(leaf):
        return PinRefusal("usage", "has a common name that is pinned, but it is not meant for servers")
    pool = tuple(candidates)
    problems = []
    for issuer in issuers:
        problem = "has no trusted chain" if issuer is None else _doubt(leaf, issuer, pool, now)
        if problem is None:
            return None
        problems.append(problem)
    return PinRefusal("issuer", f"has a common name that is pinned, but it {', it '.join(problems)}")


def _common_name(certificate: x509.Certificate) -> bytes | None:
    """The one common name; None where there is none, or several and so no way to tell which one is meant."""
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    value = found[0].value if len(found) == 1 else None
    return _fold(value) if isinstance(value, str) else None


def _fold(name: str) -> bytes:
    # bytes.lower() only knows ASCII: Unicode has letters (U+212A) whose small form is an ASCII one.
    return name.encode().lower()


def _may_serve(leaf: x509.Certificate) -> bool:
    """Whether the extended usages, where there are any, name servers; the rule of OpenSSL."""
    try:
        usages = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return ExtendedKeyUsageOID.SERVER_AUTH in usages


def _doubt(
    leaf: x509.Certificate, thumbprint: str, pool: tuple[bytes, ...], now: datetime | None
) -> str | None:
    """Why the CA certificate of this thumbprint is not proved to have signed the leaf; None where it is."""
    der = next((der for der in pool if thumbprint_of(der) == thumbprint), None)
    if der is None:
        return f"came without the certificate of its issuer {thumbprint}, and caCertificates has none"
    issuer = x509.load_der_x509_certificate(der)
    if not _may_sign(issuer):
        return f"is pinned to an issuer {thumbprint} that is not a CA"
    if not _signed(issuer, leaf):
        return f"was not issued by {thumbprint}, or the signature is too weak to prove it"
    return None if _in_force(issuer, now) else f"has an issuer {thumbprint} that is not valid at this time"


def _may_sign(issuer: x509.Certificate) -> bool:
    """Whether it is the certificate of a CA, and its key usages, where there are any, allow it to sign."""
    try:
        if not issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
    except x509.ExtensionNotFound:
        return False
    try:
        return issuer.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return True


def _signed(issuer: x509.Certificate, leaf: x509.Certificate) -> bool:
    try:
        if digest_weakness(leaf.signature_hash_algorithm) or _is_weak(issuer):
            return False
        leaf.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True


def _is_weak(issuer: x509.Certificate) -> bool:
    key = issuer.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size < MIN_RSA_BITS
    return isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < MIN_EC_BITS


def _in_force(certificate: x509.Certificate, now: datetime | None) -> bool:
    return now is None or certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
