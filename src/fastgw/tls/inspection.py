"""Explains what a certificate file holds: who signed whom, what is missing, what is no longer valid.

Shows names, thumbprints and kinds of keys, which are public; never a key or a password.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from fastgw.tls.certs import (
    UNREADABLE,
    Certificate,
    belongs,
    issued,
    leaf_of,
    make_certificate,
    read_parts,
)

SOON: Final = timedelta(days=30)
"""The first of the warnings that spec/certificates.md section 5.6 asks for."""

Role = Literal["leaf", "intermediate", "root", "unrelated"]


@dataclass(frozen=True, slots=True)
class Inspected:
    """One certificate of a file. `number` is its place there, from 1 on.

    `key` says what its public key is, `names` the DNS names and addresses that it is for.
    """

    number: int
    role: Role
    certificate: Certificate
    key: str
    names: tuple[str, ...]
    is_ca: bool


@dataclass(frozen=True, slots=True)
class Inspection:
    """A file: leaf first, then its issuers in order, then the rest. `problems` are sentences.

    `private_key` says what the key is that the file holds; None where it holds none.
    """

    form: Literal["PFX", "PEM", "DER"]
    private_key: str | None
    certificates: tuple[Inspected, ...]
    problems: tuple[str, ...]


def inspect_file(data: bytes, password: str | None, now: datetime) -> Inspection:
    """What a PFX, PEM or DER file holds; `now` is aware. Raises CertificateError where it cannot be read."""
    parts = read_parts(data, password)
    problems: list[str] = []
    found: list[Inspected] = []
    if parts.certificates:
        leaf, key = parts.certificates[0], None
        for candidate in parts.keys:
            owner = next((one for one in parts.certificates if belongs(candidate, one)), None)
            if owner is not None:
                leaf, key = owner, candidate
                break
        else:
            leaf = leaf_of(parts.certificates)
            if parts.keys:
                problems.append(
                    "the private key belongs to none of the certificates; put the certificate in that was "
                    "issued for it"
                )
        record = make_certificate(leaf, parts.certificates, key)
        found = _roles(record, parts.certificates)
        problems += _chain_problems(found)
    else:
        problems.append("there is a private key, but no certificate")
    if len(parts.keys) > 1:
        problems.append(f"there are {len(parts.keys)} private keys; the first that fits is used")
    for one in found:
        problems += _date_problems(one, now)
    described = describe_key(parts.keys[0].public_key()) if parts.keys else None
    return Inspection(parts.form, described, tuple(found), tuple(problems))


def describe_key(key: object) -> str:
    """The kind and size of a public key: `RSA 2048`, `ECDSA secp256r1`, `Ed25519`."""
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"ECDSA {key.curve.name}"
    return type(key).__name__.removesuffix("PublicKey").lstrip("_")


def _roles(record: Certificate, parsed: list[x509.Certificate]) -> list[Inspected]:
    """All certificates: the chain in its order, then a root that ends it, then what has no part in it."""
    by_der = {one.public_bytes(Encoding.DER): (at, one) for at, one in enumerate(parsed, 1)}
    chain = [by_der[der] for der in record.chain]
    rest = [one for der, one in by_der.items() if der not in record.chain]
    last = chain[-1][1]
    roots = [one for one in rest if one[1].issuer == one[1].subject and issued(one[1], last)]
    others = [one for one in rest if one not in roots]
    found = [_inspected(*one, "leaf" if one is chain[0] else "intermediate") for one in chain]
    found += [_inspected(*one, "root") for one in roots]
    return found + [_inspected(*one, "unrelated") for one in others]


def _inspected(number: int, parsed: x509.Certificate, role: Role) -> Inspected:
    try:
        key = describe_key(parsed.public_key())
    except (*UNREADABLE, UnsupportedAlgorithm):
        key = "of an unknown kind"
    names: list[str] = []
    is_ca = False
    try:
        extensions = parsed.extensions
        for one in extensions:
            if isinstance(one.value, x509.SubjectAlternativeName):
                names += one.value.get_values_for_type(x509.DNSName)
                names += map(str, one.value.get_values_for_type(x509.IPAddress))
            elif isinstance(one.value, x509.BasicConstraints):
                is_ca = one.value.ca
    except UNREADABLE:
        # Said by whoever judges the certificate; here its names are what can be read.
        pass
    return Inspected(number, role, make_certificate(parsed, (), None), key, tuple(names), is_ca)


def _chain_problems(found: list[Inspected]) -> list[str]:
    problems = []
    chain = [one for one in found if one.role in ("leaf", "intermediate")]
    last = chain[-1].certificate
    if last.issuer != last.subject and not any(one.role == "root" for one in found):
        problems.append(
            f"the issuer of {last.subject} is not here: {last.issuer}; where that is no root that peers "
            "trust, add its certificate, or put it among caCertificates with storeName CertificateAuthority"
        )
    problems += [
        f"{one.certificate.subject} ({one.certificate.thumbprint}) has no part in the chain; remove it"
        for one in found
        if one.role == "unrelated"
    ]
    return problems


def _date_problems(one: Inspected, now: datetime) -> list[str]:
    certificate = one.certificate
    shown = f"{certificate.subject} ({certificate.thumbprint})"
    validity = certificate.validity(now)
    if validity == "not-yet-valid":
        return [f"{shown} is not valid before {certificate.not_before:%Y-%m-%d %H:%M} UTC"]
    if validity == "expired":
        return [f"{shown} expired on {certificate.not_after:%Y-%m-%d %H:%M} UTC; renew it"]
    if certificate.not_after - now < SOON:
        when = f"{certificate.not_after:%Y-%m-%d %H:%M} UTC"
        return [f"{shown} expires on {when}, within {SOON.days} days; renew it"]
    return []
