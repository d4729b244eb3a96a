"""Makes certificate authorities, certificates and their files for tests.

Independent of `fastgw.tls` on purpose: what the program reads must not come from the program's own writer.
Nothing here is fit for anything but tests.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

KeyKind = Literal["ec", "rsa"]
PfxEncryption = Literal["aes", "3des", "none"]
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


def make_key(kind: KeyKind = "ec") -> Key:
    """A new private key: ECDSA P-256, or RSA 2048."""
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: Key, password: str | None = None, *, traditional: bool = False) -> bytes:
    """PKCS#8 PEM, or the older forms that name RSA or EC; encrypted where there is a password."""
    encryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    layout = PrivateFormat.TraditionalOpenSSL if traditional else PrivateFormat.PKCS8
    return key.private_bytes(Encoding.PEM, layout, encryption)


@dataclass(frozen=True)
class Issued:
    """A certificate with its key and its issuers, the nearest first, the root last."""

    certificate: x509.Certificate
    key: Key = field(repr=False)
    issuers: tuple[x509.Certificate, ...] = ()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def issuers_pem(self) -> bytes:
        return b"".join(issuer.public_bytes(Encoding.PEM) for issuer in self.issuers)

    @property
    def thumbprint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA1()).hex().upper()

    def key_pem(self, password: str | None = None, *, traditional: bool = False) -> bytes:
        return key_pem(self.key, password, traditional=traditional)

    def bundle(self, password: str | None = None) -> bytes:
        """Certificate, issuers and key in one PEM text."""
        return self.pem + self.issuers_pem + self.key_pem(password)

    def pfx(
        self,
        password: str | None = None,
        *,
        encryption: PfxEncryption = "aes",
        others: tuple[x509.Certificate, ...] | None = None,
        key: Key | None = None,
        with_key: bool = True,
    ) -> bytes:
        """PKCS#12 with the issuers (or `others`); `password=""` is the empty one, None is none."""
        extra = self.issuers if others is None else others
        return pkcs12.serialize_key_and_certificates(
            b"test",
            (key or self.key) if with_key else None,
            self.certificate,
            extra,
            _pfx_encryption(password, encryption),
        )


def _pfx_encryption(password: str | None, encryption: PfxEncryption) -> Any:
    if not password or encryption == "none":
        return NoEncryption()
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2048)
    if encryption == "3des":
        builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        builder = builder.hmac_hash(hashes.SHA1())
    else:
        builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        builder = builder.hmac_hash(hashes.SHA256())
    return builder.build(password.encode())


@dataclass(frozen=True)
class Ca(Issued):
    """A certificate authority."""

    def intermediate(
        self,
        common_name: str,
        *,
        kind: KeyKind = "ec",
        not_after: datetime = NOW + 3650 * DAY,
        key: Key | None = None,
        may_sign: bool = True,
    ) -> Ca:
        """An authority that this one has signed; `may_sign=False` leaves keyCertSign out of its usages."""
        return _make_ca(common_name, key or make_key(kind), self, not_after, may_sign)

    def issue(
        self,
        common_name: str,
        *hosts: str,
        kind: KeyKind = "ec",
        usage: Literal["server", "client"] = "server",
        not_before: datetime = NOW - DAY,
        not_after: datetime = NOW + 365 * DAY,
        key: Key | None = None,
    ) -> Issued:
        """A leaf for the hosts (names and addresses); its issuers are this authority and those above it."""
        return _leaf(common_name, hosts, kind, usage, not_before, not_after, key, self)

    def issue_expired(self, common_name: str, *hosts: str) -> Issued:
        """A leaf whose time ended yesterday."""
        return self.issue(common_name, *hosts, not_before=NOW - 30 * DAY, not_after=NOW - DAY)


def make_ca(common_name: str = "Test Root", *, kind: KeyKind = "ec") -> Ca:
    """A self-signed root."""
    return _make_ca(common_name, make_key(kind), None, NOW + 3650 * DAY, True)


def self_signed(common_name: str, *hosts: str, kind: KeyKind = "ec") -> Issued:
    """A self-signed leaf for the hosts."""
    return _leaf(common_name, hosts, kind, "server", NOW - DAY, NOW + 365 * DAY, None, None)


def name(common_name: str) -> x509.Name:
    """A distinguished name with a country, an organisation and a common name."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "NL"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(
    subject: str, issuer: x509.Name, key: Key, not_before: datetime, not_after: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _make_ca(common_name: str, key: Key, parent: Ca | None, not_after: datetime, may_sign: bool) -> Ca:
    issuer = name(common_name) if parent is None else parent.certificate.subject
    builder = _builder(common_name, issuer, key, NOW - 365 * DAY, not_after)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    if not may_sign:
        usages = x509.KeyUsage(True, *[False] * 8)
        builder = builder.add_extension(usages, critical=True)
    if parent is not None:
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(parent.key.public_key()), critical=False
        )
    certificate = builder.sign(key if parent is None else parent.key, hashes.SHA256())
    return Ca(certificate, key, () if parent is None else (parent.certificate, *parent.issuers))


def _leaf(
    common_name: str,
    hosts: tuple[str, ...],
    kind: KeyKind,
    usage: Literal["server", "client"],
    not_before: datetime,
    not_after: datetime,
    key: Key | None,
    ca: Ca | None,
) -> Issued:
    key = key or make_key(kind)
    issuer = name(common_name) if ca is None else ca.certificate.subject
    oid = ExtendedKeyUsageOID.SERVER_AUTH if usage == "server" else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = _builder(common_name, issuer, key, not_before, not_after)
    builder = builder.add_extension(x509.ExtendedKeyUsage([oid]), critical=False)
    if hosts:
        names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        builder = builder.add_extension(names, critical=False)
    if ca is None:
        return Issued(builder.sign(key, hashes.SHA256()), key)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key()), critical=False
    )
    return Issued(builder.sign(ca.key, hashes.SHA256()), key, (ca.certificate, *ca.issuers))


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
