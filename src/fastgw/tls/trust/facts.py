"""One certificate as the facts that judging needs: read once, with nothing left that could fail later.

What a peer sends is data until it was read here. Anything odd makes it unreadable as a whole, which is a
refusal; no fact is ever left out because it could not be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtensionOID

from fastgw.tls import der as asn1
from fastgw.tls.certs import UNREADABLE, thumbprint_of
from fastgw.tls.names import CanonicalName, canonical_name, distinguished_name
from fastgw.tls.signatures import SignatureParameters, signature_holds

MAX_CERTIFICATE_SIZE: Final = 65536
"""Bytes of one certificate. OpenSSL takes 100 KiB for a whole chain."""

Kind = TypeVar("Kind", bound=x509.ExtensionType)

# Extensions whose meaning is applied here or, for the last three, has none for a judgement of trust.
_KNOWN: Final = frozenset(
    (
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.NAME_CONSTRAINTS,
        # No policy is asked for (RFC 5280 6.1.1: any-policy), so these only matter where a CA demands one,
        # which PolicyConstraints says and the judgement refuses.
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.POLICY_MAPPINGS,
        ExtensionOID.POLICY_CONSTRAINTS,
        ExtensionOID.INHIBIT_ANY_POLICY,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.OCSP_NO_CHECK,
    )
)
# Policy mappings have no class in `cryptography`; it is met as an unknown extension.


class UnreadableCertificate(ValueError):
    """The bytes are no certificate, or one that holds something that cannot be read."""


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What a certificate says; equal only to itself. `key` is None where its type is not supported."""

    der: bytes
    thumbprint: str
    subject_text: str
    issuer_text: str
    subject: CanonicalName
    issuer: CanonicalName
    serial: int
    not_before: datetime
    not_after: datetime
    version_1: bool
    key: CertificatePublicKeyTypes | None
    spki: bytes
    """SubjectPublicKeyInfo as it stands in the certificate."""
    body: bytes
    """What is signed."""
    signature: bytes
    digest: hashes.HashAlgorithm | None
    parameters: SignatureParameters
    signature_known: bool
    """Whether the algorithm of the signature is supported, and the same inside and outside."""
    is_ca: bool
    path_length: int | None
    key_usage: x509.KeyUsage | None
    extended_usages: frozenset[str] | None
    """Dotted OIDs; None where the extension is not there."""
    names: tuple[x509.GeneralName, ...]
    """Subject alternative names."""
    subject_name: x509.Name
    name_constraints: x509.NameConstraints | None
    demands_policy: bool
    unknown_critical: tuple[str, ...]
    subject_key_id: bytes | None
    authority_key_id: bytes | None
    extensions: x509.Extensions

    @property
    def self_issued(self) -> bool:
        """Whether subject and issuer are the same name (RFC 5280 6.1)."""
        return self.subject == self.issuer

    def signed_by(self, issuer: Facts) -> bool:
        """Whether the issuer's key made the signature; says nothing about who may sign."""
        return self.signature_known and signature_holds(
            issuer.key, self.signature, self.body, self.digest, self.parameters
        )


def read_facts(der: bytes) -> Facts:
    """Read one DER certificate. Raises UnreadableCertificate, and nothing else, whatever the bytes are."""
    if len(der) > MAX_CERTIFICATE_SIZE:
        raise UnreadableCertificate(f"is larger than {MAX_CERTIFICATE_SIZE} bytes")
    try:
        return _read(der, x509.load_der_x509_certificate(der))
    except UnreadableCertificate:
        raise
    except (*UNREADABLE, UnsupportedAlgorithm, TypeError, OverflowError, LookupError):
        raise UnreadableCertificate("cannot be read: it is damaged, or not made as RFC 5280 says") from None


def _read(der: bytes, certificate: x509.Certificate) -> Facts:
    extensions = certificate.extensions
    basic = _value(extensions, x509.BasicConstraints)
    usages = _value(extensions, x509.ExtendedKeyUsage)
    policies = _value(extensions, x509.PolicyConstraints)
    subject_key = _value(extensions, x509.SubjectKeyIdentifier)
    authority_key = _value(extensions, x509.AuthorityKeyIdentifier)
    parts = asn1.signed_parts(der)
    known = asn1.algorithms_agree(der, parts)
    digest: hashes.HashAlgorithm | None = None
    parameters: SignatureParameters = None
    try:
        digest = certificate.signature_hash_algorithm
        parameters = certificate.signature_algorithm_parameters
    except (UnsupportedAlgorithm, ValueError, TypeError):
        known = False
    return Facts(
        der=der,
        thumbprint=thumbprint_of(der),
        subject_text=distinguished_name(certificate.subject),
        issuer_text=distinguished_name(certificate.issuer),
        subject=canonical_name(certificate.subject),
        issuer=canonical_name(certificate.issuer),
        serial=certificate.serial_number,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        version_1=certificate.version is x509.Version.v1,
        key=_key(certificate),
        spki=_spki(der, parts),
        body=der[parts.body.start : parts.body.end],
        signature=certificate.signature,
        digest=digest,
        parameters=parameters,
        signature_known=known,
        is_ca=basic is not None and basic.ca,
        path_length=None if basic is None else basic.path_length,
        key_usage=_value(extensions, x509.KeyUsage),
        extended_usages=None if usages is None else frozenset(usage.dotted_string for usage in usages),
        names=tuple(_value(extensions, x509.SubjectAlternativeName) or ()),
        subject_name=certificate.subject,
        name_constraints=_value(extensions, x509.NameConstraints),
        demands_policy=policies is not None and policies.require_explicit_policy is not None,
        unknown_critical=tuple(
            extension.oid.dotted_string
            for extension in extensions
            if extension.critical and extension.oid not in _KNOWN
        ),
        subject_key_id=None if subject_key is None else subject_key.digest,
        authority_key_id=None if authority_key is None else authority_key.key_identifier,
        extensions=extensions,
    )


def _value(extensions: x509.Extensions, kind: type[Kind]) -> Kind | None:
    for extension in extensions:
        if isinstance(extension.value, kind):
            return extension.value
    return None


def _key(certificate: x509.Certificate) -> CertificatePublicKeyTypes | None:
    try:
        return certificate.public_key()
    except (UnsupportedAlgorithm, ValueError, TypeError):
        return None


def _spki(der: bytes, parts: asn1.Signed) -> bytes:
    """The seventh element of the body, or the sixth where no version stands first (RFC 5280 4.1)."""
    elements = list(asn1.children(der, parts.body))
    place = 6 if elements[0].tag == 0xA0 else 5
    return der[elements[place].start : elements[place].end]
