"""X509Certificate2 of callers: every member, whatever the certificate holds."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from fastgw.expr.engine import load_library
from fastgw.expr.library.crypto.x509 import X509Certificate2, get_public_key, signature_algorithm
from fastgw.expr.runtime.errors import NetException
from fastgw.tls.presented import Presented
from tests.pki import make_ca, make_key, self_signed

load_library()


def odd(key: Any, *attributes: tuple[x509.ObjectIdentifier, str]) -> bytes:
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])
    builder = x509.CertificateBuilder(
        subject, subject, key.public_key(), 0xF1, datetime(2026, 1, 2, 3, 4, 5), datetime(2030, 1, 1)
    )
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, digest).public_bytes(Encoding.DER)


def test_members_are_written_as_dotnet_writes_them() -> None:
    der = odd(
        make_key("rsa"),
        (NameOID.COUNTRY_NAME, "US"),
        (NameOID.STATE_OR_PROVINCE_NAME, "WA"),
        (NameOID.ORGANIZATION_NAME, "Contoso, Ltd."),
        (NameOID.COMMON_NAME, "partner-01.example.com"),
    )
    shown = Presented((der,)).seen_as(X509Certificate2)
    assert shown is not None
    name = 'CN=partner-01.example.com, O="Contoso, Ltd.", S=WA, C=US'
    assert (shown.record.subject, shown.record.issuer, shown.record.serial) == (name, name, "00F1")
    assert shown.record.thumbprint == shown.loaded.fingerprint(hashes.SHA1()).hex().upper()
    assert shown.record.not_before == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert not shown.record.has_private_key
    assert signature_algorithm(shown).friendly_name == "sha256RSA"
    assert shown.name_info(0, False) == "partner-01.example.com"


def test_a_key_that_is_neither_rsa_nor_ecdsa_gives_its_bits() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    shown = Presented((odd(key, (NameOID.COMMON_NAME, "x")),)).seen_as(X509Certificate2)
    assert shown is not None
    assert bytes(get_public_key(shown).data) == key.public_key().public_bytes_raw()
    assert shown.rsa_public() is None


MEMBERS: list[Callable[[X509Certificate2], object]] = [
    lambda shown: shown.net_text(),
    lambda shown: shown.key_oid(),
    lambda shown: shown.rsa_public(),
    lambda shown: [shown.name_info(kind, issuer) for kind in range(6) for issuer in (True, False)],
    get_public_key,
    signature_algorithm,
    hash,
]


# cryptography says so of serial numbers below 1, which the damages make.
@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_damaged_certificates_end_in_values_or_in_exceptions_that_policies_can_catch() -> None:
    dice = random.Random(11)
    goods = [make_ca().issue("caller", "a.test", "127.0.0.1").der, self_signed("x", kind="rsa").der]
    read = refused = 0
    for _ in range(3000):
        damaged = bytearray(dice.choice(goods))
        for _ in range(dice.choice((1, 2, 8))):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        shown = Presented((bytes(damaged),)).seen_as(X509Certificate2)
        if shown is None:
            continue
        read += 1
        for member in MEMBERS:
            try:
                member(shown)
            except NetException:
                refused += 1
    assert read > 500
    assert refused > 50
