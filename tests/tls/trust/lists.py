"""Makes revocation lists, the wrong ones as well."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from tests.tls.trust.made import DAY, NOW, Made

Entry = tuple[int, x509.ReasonFlags | None]


def make_list(
    by: Made,
    revoked: Iterable[Entry] = (),
    *,
    days: tuple[float, float] = (-1, 7),
    issuer: x509.Name | None = None,
    signer: Any = None,
    more: Iterable[tuple[x509.ExtensionType, bool]] = (),
) -> bytes:
    """A list (DER) of serial numbers with their reasons, all revoked two days ago."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer or by.certificate.subject)
        .last_update(NOW + days[0] * DAY)
        .next_update(NOW + days[1] * DAY)
        .add_extension(x509.CRLNumber(1), False)
    )
    for serial, reason in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW - 2 * DAY)
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), False)
        builder = builder.add_revoked_certificate(entry.build())
    for extension, critical in more:
        builder = builder.add_extension(extension, critical)
    key = signer or by.key
    edwards = isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    return builder.sign(key, None if edwards else hashes.SHA256()).public_bytes(Encoding.DER)


def point(url: str | None = None, **said: Any) -> tuple[x509.ExtensionType, bool]:
    """issuingDistributionPoint: for what the list is."""
    members: dict[str, Any] = {
        "full_name": [x509.UniformResourceIdentifier(url)] if url else None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**(members | said)), True


def named_at(*urls: str, responder: str | None = None) -> list[tuple[x509.ExtensionType, bool]]:
    """What a certificate says of where its lists are, and its responder."""
    found: list[tuple[x509.ExtensionType, bool]] = []
    if urls:
        points = [
            x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None) for url in urls
        ]
        found.append((x509.CRLDistributionPoints(points), False))
    if responder is not None:
        access = x509.AccessDescription(
            x509.oid.AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(responder)
        )
        found.append((x509.AuthorityInformationAccess([access]), False))
    return found
