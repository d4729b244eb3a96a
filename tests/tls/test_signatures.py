"""A signature holds only with the right key, message and scheme; weak keys and digests are named."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519

from fastgw.tls.signatures import affordable, digest_weakness, key_weakness, signature_holds
from tests.tls.trust.made import key

MESSAGE = b"what is signed"
PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
ECDSA = ec.ECDSA(hashes.SHA256())

WAYS: dict[str, tuple[str, Any, Any, tuple[Any, ...]]] = {
    "pkcs1": ("rsa2048", hashes.SHA256(), None, (padding.PKCS1v15(), hashes.SHA256())),
    "pkcs1-sha512": ("rsa2048", hashes.SHA512(), padding.PKCS1v15(), (padding.PKCS1v15(), hashes.SHA512())),
    "pss": ("rsa2048", hashes.SHA256(), PSS, (PSS, hashes.SHA256())),
    "ecdsa": ("ec", hashes.SHA256(), ECDSA, (ECDSA,)),
    "ecdsa-sha3": ("ec", hashes.SHA3_256(), None, (ec.ECDSA(hashes.SHA3_256()),)),
    "ecdsa-384": ("p384", hashes.SHA384(), None, (ec.ECDSA(hashes.SHA384()),)),
    "ed25519": ("ed25519", None, None, ()),
    "ed448": ("ed448", None, None, ()),
}


@pytest.mark.parametrize(("label", "digest", "parameters", "how"), WAYS.values(), ids=WAYS)
def test_a_signature_holds_for_its_key_and_message_only(
    label: str, digest: Any, parameters: Any, how: tuple[Any, ...]
) -> None:
    made = key(label).sign(MESSAGE, *how)
    public = key(label).public_key()
    assert signature_holds(public, made, MESSAGE, digest, parameters)
    assert signature_holds(public, made, memoryview(MESSAGE), digest, parameters)
    assert not signature_holds(public, made, MESSAGE + b".", digest, parameters)
    assert not signature_holds(public, made[:-1] + bytes((made[-1] ^ 1,)), MESSAGE, digest, parameters)
    assert not signature_holds(public, b"", MESSAGE, digest, parameters)
    assert not signature_holds(key(f"{label}:other").public_key(), made, MESSAGE, digest, parameters)


def test_schemes_are_not_mixed_up() -> None:
    pss = key("rsa2048").sign(MESSAGE, PSS, hashes.SHA256())
    public = key("rsa2048").public_key()
    assert not signature_holds(public, pss, MESSAGE, hashes.SHA256())
    assert not signature_holds(public, pss, MESSAGE, hashes.SHA256(), ECDSA)
    assert not signature_holds(public, pss, MESSAGE, None)
    curve = key("ec").sign(MESSAGE, ECDSA)
    assert not signature_holds(key("ec").public_key(), curve, MESSAGE, hashes.SHA256(), PSS)
    edwards = key("ed25519").sign(MESSAGE)
    assert not signature_holds(key("ed25519").public_key(), edwards, MESSAGE, hashes.SHA512())


@pytest.mark.parametrize(
    ("public", "said"),
    [
        (key("rsa1024").public_key(), "1024 bits, 2048 are needed"),
        (rsa.RSAPublicNumbers(65537, (1 << 8200) + 1).public_key(), "more than 8192 are not checked"),
        (rsa.RSAPublicNumbers((1 << 40) + 1, (1 << 2047) + 1).public_key(), "exponent"),
        (key("p192").public_key(), "192 bits, 224 are needed"),
        (key("dsa").public_key(), "neither RSA, ECDSA nor EdDSA"),
        (x25519.X25519PrivateKey.generate().public_key(), "neither RSA"),
        (None, "damaged"),
    ],
)
def test_weak_and_absurd_keys_are_named(public: Any, said: str) -> None:
    assert said in (key_weakness(public) or "")


@pytest.mark.parametrize("label", ["rsa2048", "ec", "p384", "ed25519", "ed448"])
def test_keys_that_are_strong_enough(label: str) -> None:
    assert key_weakness(key(label).public_key()) is None
    assert affordable(key(label).public_key())


def test_a_key_that_costs_too_much_is_not_used() -> None:
    for numbers in (
        rsa.RSAPublicNumbers(65537, (1 << 8200) + 1),
        rsa.RSAPublicNumbers((1 << 40) + 1, (1 << 2047) + 1),
    ):
        assert not affordable(numbers.public_key())
        assert not signature_holds(numbers.public_key(), b"x" * 256, MESSAGE, hashes.SHA256())
    assert not affordable(None)


def test_weak_digests_are_named() -> None:
    assert "SHA-1" in (digest_weakness(hashes.SHA1()) or "")
    assert "MD5" in (digest_weakness(hashes.MD5()) or "")
    assert digest_weakness(hashes.SHA256()) is None
    assert digest_weakness(None) is None
