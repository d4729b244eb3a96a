"""Whether a signature holds, and whether key and digest are strong enough to prove anything.

The bar is OpenSSL's security level 2 (112 bits), its default since 3.2 and that of Python and Debian: no MD5
and no SHA-1, RSA from 2048 bits, elliptic curves from 224. A key may also be too large: checking a signature
with it would cost what an attacker likes.
"""

from __future__ import annotations

import hashlib
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

MIN_RSA_BITS: Final = 2048
MAX_RSA_BITS: Final = 8192  # the bound of Go's crypto/tls, for the same reason (CVE-2023-29409)
MAX_RSA_EXPONENT: Final = 2**33 - 1
MIN_EC_BITS: Final = 224
_WEAK_DIGESTS: Final = (hashes.MD5, hashes.SHA1)

SignatureParameters = padding.PKCS1v15 | padding.PSS | ec.ECDSA | None


def key_weakness(key: CertificatePublicKeyTypes | None) -> str | None:
    """What is wrong with a public key, as a clause about the certificate; None where it is strong enough."""
    match key:
        case rsa.RSAPublicKey():
            if key.key_size < MIN_RSA_BITS:
                return f"has an RSA key of {key.key_size} bits, {MIN_RSA_BITS} are needed"
            if key.key_size > MAX_RSA_BITS:
                return f"has an RSA key of {key.key_size} bits, more than {MAX_RSA_BITS} are not checked"
            if key.public_numbers().e > MAX_RSA_EXPONENT:
                return "has an RSA key with an exponent that is too large"
        case ec.EllipticCurvePublicKey():
            if key.key_size < MIN_EC_BITS:
                return f"has a key on a curve of {key.key_size} bits, {MIN_EC_BITS} are needed"
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
            return None
        case _:
            return "has a key that is neither RSA, ECDSA nor EdDSA, or is damaged"
    return None


def affordable(key: CertificatePublicKeyTypes | None) -> bool:
    """Whether checking a signature with the key has a known small cost; a short key has."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size <= MAX_RSA_BITS and key.public_numbers().e <= MAX_RSA_EXPONENT
    return isinstance(key, ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | ed448.Ed448PublicKey)


def digest_weakness(digest: hashes.HashAlgorithm | None) -> str | None:
    """What is wrong with the digest of a signature, as a clause about what was signed."""
    if isinstance(digest, _WEAK_DIGESTS):
        return f"is signed over {digest.name.upper().replace('SHA1', 'SHA-1')}, which can be forged"
    return None


def signature_holds(
    key: CertificatePublicKeyTypes | None,
    signature: bytes,
    message: bytes | memoryview,
    digest: hashes.HashAlgorithm | None,
    parameters: SignatureParameters = None,
) -> bool:
    """Whether the key made the signature over the message; False as well where it could not be checked.

    `digest` is None for EdDSA. Without parameters an RSA signature is one of PKCS #1 v1.5. Takes about 30 us
    with RSA 2048 and 100 us with P-256, and the time of hashing.
    """
    if not affordable(key):
        return False
    try:
        if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            if digest is not None:
                return False
            key.verify(signature, bytes(message))
            return True
        if digest is None:
            return False
        # Hashed here and not by the library, which would keep the interpreter's lock over many megabytes.
        hashed = hashlib.new(
            digest.name.replace("-", "_", 1) if "sha3" in digest.name else digest.name, message
        )
        if isinstance(key, rsa.RSAPublicKey):
            if isinstance(parameters, ec.ECDSA):
                return False
            key.verify(signature, hashed.digest(), parameters or padding.PKCS1v15(), Prehashed(digest))
            return True
        if isinstance(key, ec.EllipticCurvePublicKey):
            if isinstance(parameters, padding.PKCS1v15 | padding.PSS):
                return False
            key.verify(signature, hashed.digest(), ec.ECDSA(Prehashed(digest)))
            return True
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return False
