"""Certificates that fastgw makes itself: for listeners that have none, and for `fastgw demo`.

Keys are ECDSA P-256 and stay in memory; writing them anywhere is for the caller to decide. The time comes
in as an argument.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    NoEncryption,
    load_der_private_key,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fastgw.tls.certs import Certificate, make_certificate
from fastgw.tls.names import a_label, ip_address

# Clocks of callers may be slow.
_SLACK: Final = timedelta(hours=1)
_SERVER: Final = ExtendedKeyUsageOID.SERVER_AUTH
_CLIENT: Final = ExtendedKeyUsageOID.CLIENT_AUTH


def make_self_signed(
    hosts: tuple[str, ...], *, now: datetime, lifetime: timedelta = timedelta(days=365)
) -> Certificate:
    """A self-signed server certificate for host names and addresses; the first one is its common name.

    Raises ValueError without hosts, or for one that is neither a name nor an address.
    """
    names = _alternative_names(hosts)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(a_label(hosts[0]))
    builder = _builder(subject, subject, key, now, lifetime)
    builder = _as_leaf(builder, _SERVER).add_extension(names, critical=False)
    return make_certificate(builder.sign(key, hashes.SHA256()), (), key)


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority that can issue; its key never shows in a repr."""

    certificate: Certificate
    _x509: x509.Certificate = field(repr=False)
    _key: ec.EllipticCurvePrivateKey = field(repr=False)

    def issue_server(
        self, hosts: tuple[str, ...], *, now: datetime, lifetime: timedelta = timedelta(days=365)
    ) -> Certificate:
        """A server certificate for host names and addresses. Raises ValueError as `make_self_signed` does."""
        names = _alternative_names(hosts)
        return self._issue(a_label(hosts[0]), _SERVER, names, now, lifetime)

    def issue_client(
        self, common_name: str, *, now: datetime, lifetime: timedelta = timedelta(days=365)
    ) -> Certificate:
        """A client certificate."""
        return self._issue(common_name, _CLIENT, None, now, lifetime)

    def _issue(
        self,
        common_name: str,
        usage: x509.ObjectIdentifier,
        names: x509.SubjectAlternativeName | None,
        now: datetime,
        lifetime: timedelta,
    ) -> Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _as_leaf(_builder(_name(common_name), self._x509.subject, key, now, lifetime), usage)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
        )
        if names is not None:
            builder = builder.add_extension(names, critical=False)
        return make_certificate(builder.sign(self._key, hashes.SHA256()), (self._x509,), key)


def make_authority(
    common_name: str, *, now: datetime, lifetime: timedelta = timedelta(days=3650)
) -> Authority:
    """A self-signed certificate authority that issues leaf certificates only."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(common_name)
    builder = (
        _builder(name, name, key, now, lifetime)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(authority=True), critical=True)
    )
    certificate = builder.sign(key, hashes.SHA256())
    return Authority(make_certificate(certificate, (), key), certificate, key)


def pfx_bytes(certificate: Certificate, password: str | None, *, friendly_name: str = "fastgw") -> bytes:
    """The certificate with chain and key as PKCS#12, encrypted where there is a password.

    Raises CertificateError where there is no key.
    """
    key = load_der_private_key(bytes(certificate.require_private_key()), None)
    chain = [x509.load_der_x509_certificate(der) for der in certificate.chain]
    return pkcs12.serialize_key_and_certificates(
        friendly_name.encode(),
        key,  # type: ignore[arg-type]
        chain[0],
        chain[1:],
        BestAvailableEncryption(password.encode()) if password else NoEncryption(),
    )


def _name(common_name: str) -> x509.Name:
    # X.520 ends a common name at 64 characters; the whole host stands in the alternative names anyway.
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _alternative_names(hosts: tuple[str, ...]) -> x509.SubjectAlternativeName:
    if not hosts:
        raise ValueError("a server certificate needs at least one host")
    names: list[x509.GeneralName] = []
    for host in hosts:
        address = ip_address(host)
        names.append(x509.DNSName(a_label(host)) if address is None else x509.IPAddress(address))
    return x509.SubjectAlternativeName(names)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    lifetime: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLACK)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _as_leaf(builder: x509.CertificateBuilder, usage: x509.ObjectIdentifier) -> x509.CertificateBuilder:
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    )


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
