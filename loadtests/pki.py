"""Certificates for one run: a test authority, a server for localhost, a client; ECDSA P-256, PEM and PFX.

They live in the run's scratch folder and last two days. Never use them for anything else, never keep them.
"""

from __future__ import annotations

import datetime
import ipaddress
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CLIENT_NAME = "loadtest-client"
"""Common name of the client certificate; the origin reports it, which proves mutual TLS."""

_LIFETIME = datetime.timedelta(days=2)
_CLOCK_SLACK = datetime.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Pki:
    """The folder that holds `ca.pem` and, for `server` and `client`, `.pem .key .both.pem .pfx .pass`."""

    folder: Path

    @property
    def ca(self) -> Path:
        """Certificate of the authority, PEM."""
        return self.folder / "ca.pem"


def make(folder: Path) -> Pki:
    """Writes a fresh set into `folder` (created when missing); key files get mode 0600."""
    folder.mkdir(parents=True, exist_ok=True)
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = _name("loadtest authority")
    ca_certificate = (
        _builder(ca_name, ca_name, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(_pem(ca_certificate))
    addresses = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    )
    _leaf(folder, "server", "localhost", ExtendedKeyUsageOID.SERVER_AUTH, addresses, ca_certificate, ca_key)
    _leaf(folder, "client", CLIENT_NAME, ExtendedKeyUsageOID.CLIENT_AUTH, None, ca_certificate, ca_key)
    return Pki(folder)


def make_self_signed(folder: Path, stem: str, kind: Literal["ecdsa", "rsa"]) -> Path:
    """Writes a self-signed certificate with its key, `stem`.both.pem, and returns its path.

    The key is ECDSA P-256 or RSA-2048; the names are `stem` and `stem`.test.
    """
    key = (
        ec.generate_private_key(ec.SECP256R1())
        if kind == "ecdsa"
        else rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    names = x509.SubjectAlternativeName([x509.DNSName(stem), x509.DNSName(f"{stem}.test")])
    builder = _builder(_name(stem), _name(stem), key.public_key()).add_extension(names, critical=False)
    path = folder / f"{stem}.both.pem"
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write_secret(path, _pem(builder.sign(key, hashes.SHA256())) + key_pem)
    return path


def _leaf(
    folder: Path,
    stem: str,
    common_name: str,
    usage: x509.ObjectIdentifier,
    addresses: x509.SubjectAlternativeName | None,
    issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> None:
    """Signs one end certificate and writes it in every form that some gateway wants to read."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder(_name(common_name), issuer.subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    if addresses is not None:
        builder = builder.add_extension(addresses, critical=False)
    certificate = builder.sign(issuer_key, hashes.SHA256())
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    password = secrets.token_urlsafe(18)
    pfx = pkcs12.serialize_key_and_certificates(
        stem.encode(),
        key,
        certificate,
        [issuer],
        serialization.BestAvailableEncryption(password.encode()),
    )
    (folder / f"{stem}.pem").write_bytes(_pem(certificate))
    _write_secret(folder / f"{stem}.key", key_pem)
    _write_secret(folder / f"{stem}.both.pem", _pem(certificate) + key_pem)
    _write_secret(folder / f"{stem}.pfx", pfx)
    _write_secret(folder / f"{stem}.pass", password.encode())


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SLACK)
        .not_valid_after(now + _LIFETIME)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write_secret(path: Path, data: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(data)
