"""Makes certificates of every shape, the wrong ones as well, and asks OpenSSL about them.

Independent of `fastgw.tls` on purpose, as tests/pki.py is.
"""

from __future__ import annotations

import functools
import hashlib
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
SERVER = ExtendedKeyUsageOID.SERVER_AUTH
ANY = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)
UNKNOWN_OID = ObjectIdentifier("1.3.6.1.4.1.99999.1")


@functools.cache
def key(label: str) -> Any:
    """A private key; the same for the same label, whose part before a colon says its kind."""
    kind = label.partition(":")[0]
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:] or 2048))
    curves: dict[str, ec.EllipticCurve] = {"p192": ec.SECP192R1(), "p384": ec.SECP384R1()}
    if kind in curves:
        return ec.generate_private_key(curves[kind])
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind == "ed448":
        return ed448.Ed448PrivateKey.generate()
    if kind == "dsa":
        return dsa.generate_private_key(2048)
    return ec.generate_private_key(ec.SECP256R1())


def dn(common_name: str, **more: str) -> x509.Name:
    """A name of an organisation and a common name; an empty common name makes an empty name."""
    if not common_name:
        return x509.Name([])
    pairs = [(NameOID.ORGANIZATION_NAME, more.get("o", "Example")), (NameOID.COMMON_NAME, common_name)]
    if "email" in more:
        pairs.append((NameOID.EMAIL_ADDRESS, more["email"]))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs])


def usage(*names: str) -> x509.KeyUsage:
    every = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: name in names for name in every})


@dataclass(frozen=True)
class Made:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Any = field(repr=False)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def self_issued(self) -> bool:
        return self.certificate.subject == self.certificate.issuer

    @property
    def thumbprint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA1()).hex().upper()


def make(
    name: str | x509.Name,
    by: Made | None = None,
    *,
    label: str | None = None,
    ca: bool | None = False,
    path: int | None = None,
    usages: tuple[str, ...] | None = None,
    extended: Iterable[ObjectIdentifier] | None = None,
    sans: Iterable[x509.GeneralName] = (),
    allow: Iterable[x509.GeneralName] | None = None,
    deny: Iterable[x509.GeneralName] | None = None,
    days: tuple[float, float] = (-10, 300),
    digest: Any = "default",
    issuer: x509.Name | None = None,
    signer: Any = None,
    authority_key: bytes | None = b"",
    more: Iterable[tuple[x509.ExtensionType, bool]] = (),
    pss: bool = False,
    serial: int | None = None,
) -> Made:
    """A certificate; `ca=None` leaves basicConstraints out, `authority_key=None` that extension."""
    subject = name if isinstance(name, x509.Name) else dn(name)
    own = key(label or f"ec:{subject.rfc4514_string()}")
    signing = signer or (own if by is None else by.key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or (subject if by is None else by.certificate.subject))
        .public_key(own.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(NOW + days[0] * DAY)
        .not_valid_after(NOW + days[1] * DAY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), False)
    )
    if authority_key:
        builder = builder.add_extension(x509.AuthorityKeyIdentifier(authority_key, None, None), False)
    elif authority_key is not None and by is not None:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
        builder = builder.add_extension(identifier, False)
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, path if ca else None), True)
    if usages is not None:
        builder = builder.add_extension(usage(*usages), True)
    if extended is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(extended), False)
    if sans:
        builder = builder.add_extension(x509.SubjectAlternativeName(sans), not subject.rdns)
    if allow is not None or deny is not None:
        builder = builder.add_extension(x509.NameConstraints(allow, deny), True)
    for extension, critical in more:
        builder = builder.add_extension(extension, critical)
    if digest == "default":
        edwards = isinstance(signing, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
        digest = None if edwards else hashes.SHA256()
    rsa_padding = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH) if pss else None
    return Made(builder.sign(signing, digest, rsa_padding=rsa_padding), own)


_DIGEST_INFO = {
    "sha1": (0x05, bytes.fromhex("3021300906052b0e03021a05000414")),
    "md5": (0x04, bytes.fromhex("3020300c06082a864886f70d020505000410")),
}


def over(made: Made, by: Made, digest: str) -> Made:
    """A certificate that RSA 2048 has signed over SHA-256, signed anew over a digest of old."""
    number, info = _DIGEST_INFO[digest]
    algorithm = bytes.fromhex("06092a864886f70d0101")
    der = made.der.replace(algorithm + b"\x0b", algorithm + bytes((number,)))
    assert der != made.der
    body = der[4 : 8 + int.from_bytes(der[6:8], "big")]
    block = info + hashlib.new(digest, body).digest()
    padded = b"\x00\x01" + b"\xff" * (256 - 3 - len(block)) + b"\x00" + block
    numbers = by.key.private_numbers()
    signature = pow(int.from_bytes(padded, "big"), numbers.d, numbers.public_numbers.n).to_bytes(256, "big")
    return Made(x509.load_der_x509_certificate(der[:-256] + signature), made.key)


def openssl_verdict(
    folder: Path,
    chain: Sequence[bytes],
    roots: Sequence[bytes],
    intermediates: Sequence[bytes],
    purpose: str,
    now: datetime | None,
) -> tuple[bool, str]:
    """Whether `openssl verify` trusts the chain, and what it prints."""

    def write(name: str, ders: Iterable[bytes]) -> str:
        path = folder / name
        path.write_bytes(
            b"".join(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in ders)
        )
        return str(path)

    command = ["openssl", "verify", "-no-CAfile", "-no-CApath", "-no-CAstore", "-auth_level", "2"]
    command += ["-purpose", f"ssl{purpose}", "-trusted", write("roots.pem", roots)]
    others = (*chain[1:], *intermediates)
    if others:
        command += ["-untrusted", write("others.pem", others)]
    command += ["-no_check_time"] if now is None else ["-attime", str(int(now.timestamp()))]
    done = subprocess.run(
        [*command, write("leaf.pem", chain[:1])], capture_output=True, text=True, timeout=30, check=False
    )
    return done.returncode == 0, done.stdout + done.stderr
