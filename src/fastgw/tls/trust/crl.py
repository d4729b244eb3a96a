"""Revocation lists (RFC 5280 5 and 6.3, without deltas): read, proved to be the issuer's, looked up.

A list may have 20 MiB. So its entries are never made into objects: what stands around them is read, the
signature is checked over all of it, and a serial number is searched for among the bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import ExtensionOID

from fastgw.tls import der as asn1
from fastgw.tls.certs import UNREADABLE
from fastgw.tls.names import canonical_name
from fastgw.tls.signatures import digest_weakness, signature_holds
from fastgw.tls.trust.facts import Facts

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far the clock of a CA may be ahead of ours, or behind."""

_PART: Final = 256 * 1024
_TIMES: Final = frozenset((0x17, 0x18))
_KNOWN: Final = frozenset((ExtensionOID.ISSUING_DISTRIBUTION_POINT, ExtensionOID.AUTHORITY_KEY_IDENTIFIER))


class RevocationError(ValueError):
    """Why a list or an answer decides nothing, as a clause about it."""


class Revoked(NamedTuple):
    """An entry of a list, or of an answer: when, and why where the CA says so (RFC 5280 5.3.1)."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list that was proved to be its issuer's. `only_*` and `points` are of issuingDistributionPoint."""

    data: bytes = field(repr=False)
    entries: tuple[int, int]
    """Where the entries begin and end in the data."""
    this_update: datetime
    next_update: datetime
    only_users: bool
    only_authorities: bool
    points: frozenset[str] | None
    """The URLs that the list is for; None where it says nothing about that."""

    def covers(self, subject: Facts, named: Iterable[str]) -> None:
        """Check that the list is for that certificate, which names its point by those URLs (RFC 5280 6.3.3).

        Raises RevocationError.
        """
        if self.only_users and subject.is_ca:
            raise RevocationError("is for end entities only, and this is a CA")
        if self.only_authorities and not subject.is_ca:
            raise RevocationError("is for CAs only")
        if self.points is not None and self.points.isdisjoint(named):
            raise RevocationError("is a part of another distribution point")

    def look_up(self, serial: int) -> Revoked | None:
        """The entry of a serial number; None where there is none. Raises RevocationError."""
        octets = serial.to_bytes(serial.bit_length() // 8 + 1, "big", signed=True)
        wanted = asn1.encode(asn1.INTEGER, octets)
        # DER has one way to write a number: where its bytes are not there, neither is the entry.
        if not self._holds(wanted):
            return None
        try:
            entry = x509.load_der_x509_crl(self.data).get_revoked_certificate_by_serial_number(serial)
            if entry is None:
                return None
            return Revoked(entry.revocation_date_utc.astimezone(UTC), _reason(entry))
        except (*UNREADABLE, UnsupportedAlgorithm, TypeError, OverflowError):
            raise RevocationError("has entries that cannot be read") from None

    def _holds(self, wanted: bytes) -> bool:
        """Whether the bytes stand among the entries; by parts, so that other threads run in between."""
        start, end = self.entries
        return any(
            self.data.find(wanted, at, min(at + _PART + len(wanted), end)) >= 0
            for at in range(start, end, _PART)
        )


def _reason(entry: x509.RevokedCertificate) -> str:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
    except (x509.ExtensionNotFound, *UNREADABLE):
        return ""  # that it is revoked does not hang on why


def read_list(data: bytes, issuer: Facts, now: datetime) -> RevocationList:
    """Read a list (DER) and prove that it is the issuer's and in force. Raises RevocationError.

    Takes the time of hashing the data, in which other threads run: 100 ms for 15 MiB.
    """
    try:
        parts = asn1.signed_parts(data)
        agree = asn1.algorithms_agree(data, parts)
        entries, skeleton = _without_entries(data, parts)
        shown = x509.load_der_x509_crl(skeleton)
        extensions = shown.extensions
        digest = shown.signature_hash_algorithm
        parameters = shown.signature_algorithm_parameters
        name = canonical_name(shown.issuer)
        this_update, next_update = shown.last_update_utc, shown.next_update_utc
    except (*UNREADABLE, UnsupportedAlgorithm, TypeError, OverflowError, LookupError):
        raise RevocationError("cannot be read") from None
    if name != issuer.subject:
        raise RevocationError("is that of another CA; indirect lists are not followed")
    if issuer.key_usage is not None and not issuer.key_usage.crl_sign:
        raise RevocationError("is signed by a CA whose key usages lack cRLSign")
    weak = digest_weakness(digest)
    if weak is not None:
        raise RevocationError(weak)
    body = memoryview(data)[parts.body.start : parts.body.end]
    if not agree or not signature_holds(issuer.key, shown.signature, body, digest, parameters):
        raise RevocationError("has a signature that is not its CA's")
    if next_update is None:
        raise RevocationError("does not say how long it holds (nextUpdate)")
    if now < this_update - CLOCK_SKEW:
        raise RevocationError(f"is not valid before {this_update:%Y-%m-%d %H:%M} UTC")
    if now > next_update + CLOCK_SKEW:
        raise RevocationError(f"is out of date since {next_update:%Y-%m-%d %H:%M} UTC")
    only_users, only_authorities, points = _scope(extensions)
    return RevocationList(data, entries, this_update, next_update, only_users, only_authorities, points)


def _without_entries(data: bytes, parts: asn1.Signed) -> tuple[tuple[int, int], bytes]:
    """Where the entries are, and the list as it would be without them (RFC 5280 5.1)."""
    kept: list[bytes] = []
    entries = (parts.body.content, parts.body.content)
    timed = False
    for element in asn1.children(data, parts.body):
        if element.tag == asn1.SEQUENCE and timed:
            entries = element.content, element.end
            continue
        timed = timed or element.tag in _TIMES
        kept.append(data[element.start : element.end])
    body = asn1.encode(asn1.SEQUENCE, b"".join(kept))
    return entries, asn1.encode(asn1.SEQUENCE, body + data[parts.body.end :])


def _scope(extensions: x509.Extensions) -> tuple[bool, bool, frozenset[str] | None]:
    """What the list is for. Raises RevocationError for what is not followed here."""
    for extension in extensions:
        if extension.oid == ExtensionOID.DELTA_CRL_INDICATOR:
            raise RevocationError("is a delta list, which is not followed")
        if extension.critical and extension.oid not in _KNOWN:
            raise RevocationError(
                f"has a critical extension that is not understood: {extension.oid.dotted_string}"
            )
    try:
        point = extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        return False, False, None
    if point.indirect_crl:
        raise RevocationError("is an indirect list, which is not followed")
    if point.only_contains_attribute_certs:
        raise RevocationError("is for attribute certificates only")
    if point.only_some_reasons is not None:
        raise RevocationError("is for some reasons only")
    if point.relative_name is not None:
        raise RevocationError("names its distribution point in a way that is not followed")
    points = None
    if point.full_name is not None:
        points = frozenset(
            name.value for name in point.full_name if isinstance(name, x509.UniformResourceIdentifier)
        )
    return point.only_contains_user_certs, point.only_contains_ca_certs, points
