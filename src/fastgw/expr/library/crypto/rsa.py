"""RSA: sign, verify, encrypt, decrypt, with the keys of certificates or keys that policies import."""

from __future__ import annotations

from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils

from fastgw.expr.library.crypto.hashing import HashAlgorithmName
from fastgw.expr.library.declare import define
from fastgw.expr.runtime.errors import ArgumentException, ArgumentNullException, CryptographicException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import ByteArray, NetObject
from fastgw.expr.types import NamedType

# A private operation costs about a millisecond; so many steps make a budget end in seconds.
_STEPS = 5_000
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "MD5": hashes.MD5(),  # noqa: S303 - the policy's author asks for it
    "SHA1": hashes.SHA1(),  # noqa: S303 - the policy's author asks for it
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}


class SignaturePadding(NetObject):
    """RSASignaturePadding."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def net_type(self) -> NamedType:
        """RSASignaturePadding."""
        return SIGNATURE_PADDING.type

    def net_text(self) -> str:
        """Pkcs1 or Pss."""
        return self.name


class EncryptionPadding(NetObject):
    """RSAEncryptionPadding; `oaep` is the hash of OAEP, None for PKCS #1."""

    __slots__ = ("oaep",)

    def __init__(self, oaep: str | None) -> None:
        self.oaep = oaep

    def net_type(self) -> NamedType:
        """RSAEncryptionPadding."""
        return ENCRYPTION_PADDING.type

    def net_text(self) -> str:
        """Pkcs1, or Oaep with its hash."""
        return "Pkcs1" if self.oaep is None else f"Oaep{self.oaep}"


class Rsa(NetObject):
    """An RSA key pair, or a public key alone."""

    __slots__ = ("private", "public")

    def __init__(self, public: rsa.RSAPublicKey, private: rsa.RSAPrivateKey | None = None) -> None:
        self.public = public
        self.private = private

    def net_type(self) -> NamedType:
        """RSA."""
        return RSA.type

    def secret(self) -> rsa.RSAPrivateKey:
        """The private key. Raises CryptographicException where there is none."""
        if self.private is None:
            raise CryptographicException("The key does not exist.")
        meter.spend(_STEPS)
        return self.private


ASYMMETRIC = define(
    "System.Security.Cryptography.AsymmetricAlgorithm", "class", interfaces=("IDisposable",), python=(Rsa,)
)
RSA = define("System.Security.Cryptography.RSA", "class", base="AsymmetricAlgorithm", python=(Rsa,))
# What the service's own keys are; policies cast to it.
define("System.Security.Cryptography.RSACng", "class", base="RSA", python=(Rsa,))
SIGNATURE_PADDING = define(
    "System.Security.Cryptography.RSASignaturePadding", "class", python=(SignaturePadding,)
)
ENCRYPTION_PADDING = define(
    "System.Security.Cryptography.RSAEncryptionPadding", "class", python=(EncryptionPadding,)
)
for _name in ("Pkcs1", "Pss"):
    SIGNATURE_PADDING.value(f"RSASignaturePadding {_name}", SignaturePadding(_name))
ENCRYPTION_PADDING.value("RSAEncryptionPadding Pkcs1", EncryptionPadding(None))
for _name in ("SHA1", "SHA256", "SHA384", "SHA512"):
    ENCRYPTION_PADDING.value(f"RSAEncryptionPadding Oaep{_name}", EncryptionPadding(_name))


def _known(value: Any, name: str) -> Any:
    if value is None:
        raise ArgumentNullException(parameter=name)
    return value


def _hash(name: HashAlgorithmName) -> hashes.HashAlgorithm:
    if not name.name:
        raise ArgumentException("The hash algorithm name cannot be null or empty.", parameter="hashAlgorithm")
    found = _HASHES.get(name.name.upper())
    if found is None:
        raise CryptographicException(f"'{name.name}' is not a known hash algorithm.")
    return found


def _signing(mode: SignaturePadding | None, algorithm: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
    known: SignaturePadding = _known(mode, "padding")
    if known.name == "Pkcs1":
        return padding.PKCS1v15()
    return padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)


def _encrypting(mode: EncryptionPadding | None) -> padding.AsymmetricPadding:
    known: EncryptionPadding = _known(mode, "padding")
    if known.oaep is None:
        return padding.PKCS1v15()
    algorithm = _HASHES[known.oaep]
    return padding.OAEP(padding.MGF1(algorithm), algorithm, None)


def _data(value: ByteArray | None, name: str) -> bytes:
    return bytes(_known(value, name).data)


_HASH_AND_PADDING = "HashAlgorithmName hashAlgorithm, RSASignaturePadding padding"


@RSA.method(f"byte[] SignData(byte[] data, {_HASH_AND_PADDING})")
def sign_data(
    this: Rsa, data: ByteArray | None, name: HashAlgorithmName, mode: SignaturePadding | None
) -> ByteArray:
    """The signature of some bytes."""
    algorithm = _hash(name)
    return ByteArray(this.secret().sign(_data(data, "data"), _signing(mode, algorithm), algorithm))


@RSA.method(f"byte[] SignHash(byte[] hash, {_HASH_AND_PADDING})")
def sign_hash(
    this: Rsa, digest: ByteArray | None, name: HashAlgorithmName, mode: SignaturePadding | None
) -> ByteArray:
    """The signature of a hash. Raises CryptographicException for one of a wrong length."""
    algorithm = _hash(name)
    try:
        signature = this.secret().sign(
            _data(digest, "hash"), _signing(mode, algorithm), utils.Prehashed(algorithm)
        )
    except ValueError:
        raise CryptographicException("The hash has the wrong length.") from None
    return ByteArray(signature)


@RSA.method(f"bool VerifyData(byte[] data, byte[] signature, {_HASH_AND_PADDING})")
def verify_data(
    this: Rsa,
    data: ByteArray | None,
    signature: ByteArray | None,
    name: HashAlgorithmName,
    mode: SignaturePadding | None,
) -> bool:
    """Whether a signature is that of some bytes."""
    algorithm = _hash(name)
    return _verifies(this, _data(signature, "signature"), _data(data, "data"), mode, algorithm, algorithm)


@RSA.method(f"bool VerifyHash(byte[] hash, byte[] signature, {_HASH_AND_PADDING})")
def verify_hash(
    this: Rsa,
    digest: ByteArray | None,
    signature: ByteArray | None,
    name: HashAlgorithmName,
    mode: SignaturePadding | None,
) -> bool:
    """Whether a signature is that of a hash."""
    algorithm = _hash(name)
    prehashed = utils.Prehashed(algorithm)
    return _verifies(this, _data(signature, "signature"), _data(digest, "hash"), mode, algorithm, prehashed)


def _verifies(
    this: Rsa,
    signature: bytes,
    data: bytes,
    mode: SignaturePadding | None,
    algorithm: hashes.HashAlgorithm,
    how: hashes.HashAlgorithm | utils.Prehashed,
) -> bool:
    meter.spend(_STEPS // 10)
    try:
        this.public.verify(signature, data, _signing(mode, algorithm), how)
    except (InvalidSignature, ValueError):
        return False
    return True


@RSA.method("byte[] Encrypt(byte[] data, RSAEncryptionPadding padding)")
def encrypt(this: Rsa, data: ByteArray | None, mode: EncryptionPadding | None) -> ByteArray:
    """Encrypt for the holder of the private key. Raises CryptographicException for too many bytes."""
    meter.spend(_STEPS // 10)
    try:
        return ByteArray(this.public.encrypt(_data(data, "data"), _encrypting(mode)))
    except ValueError as error:
        raise CryptographicException(str(error)) from None


@RSA.method("byte[] Decrypt(byte[] data, RSAEncryptionPadding padding)")
def decrypt(this: Rsa, data: ByteArray | None, mode: EncryptionPadding | None) -> ByteArray:
    """Decrypt with the private key. Raises CryptographicException."""
    try:
        return ByteArray(this.secret().decrypt(_data(data, "data"), _encrypting(mode)))
    except ValueError:
        # One message for every fault: it must not say which check has failed.
        raise CryptographicException("Error occurred while decoding the padding.") from None


@ASYMMETRIC.property("int KeySize")
def key_size(this: Rsa) -> int:
    """Bits of the modulus."""
    return this.public.key_size


@ASYMMETRIC.property("string KeyExchangeAlgorithm", never_null=True)
def key_exchange_algorithm(this: Rsa) -> str:
    """RSA."""
    return "RSA"


@ASYMMETRIC.property("string SignatureAlgorithm", never_null=True)
def signature_algorithm(this: Rsa) -> str:
    """RSA."""
    return "RSA"


@ASYMMETRIC.method("void Dispose()")
@ASYMMETRIC.method("void Clear()")
def dispose(this: Rsa) -> None:
    """There is nothing to let go of."""
