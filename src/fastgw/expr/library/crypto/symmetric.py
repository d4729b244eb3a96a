"""AES as policies use it: byte[].Encrypt and Decrypt, and SymmetricAlgorithm (expressions.md section 7)."""

from __future__ import annotations

import secrets
from typing import Any

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from fastgw.expr.library.context.members import HELPERS
from fastgw.expr.library.declare import define, define_enum
from fastgw.expr.runtime.errors import ArgumentException, ArgumentNullException, CryptographicException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import ByteArray, EnumValue, NetObject
from fastgw.expr.types import NamedType

_BLOCK = 16
_KEYS = (16, 24, 32)
_NAMES = (
    "aes",
    "aescryptoserviceprovider",
    "system.security.cryptography.aes",
    "rijndael",
    "rijndaelmanaged",
)

CIPHER_MODE = define_enum(
    "System.Security.Cryptography.CipherMode", {"CBC": 1, "ECB": 2, "OFB": 3, "CFB": 4, "CTS": 5}
)
PADDING_MODE = define_enum(
    "System.Security.Cryptography.PaddingMode",
    {"None": 1, "PKCS7": 2, "Zeros": 3, "ANSIX923": 4, "ISO10126": 5},
)


class Aes(NetObject):
    """A SymmetricAlgorithm: AES in CBC or ECB, padded with PKCS #7, zeros, X9.23 or not at all."""

    __slots__ = ("iv", "key", "mode", "padding")

    def __init__(self) -> None:
        self.key = secrets.token_bytes(32)
        self.iv = secrets.token_bytes(_BLOCK)
        self.mode = "CBC"
        self.padding = "PKCS7"

    def net_type(self) -> NamedType:
        """Aes."""
        return AES.type

    def encrypt(self, data: bytes) -> bytes:
        """The cipher text. Raises CryptographicException."""
        return _run(self._cipher().encryptor(), self._padded(data))

    def decrypt(self, data: bytes) -> bytes:
        """The plain text. Raises CryptographicException."""
        if len(data) % _BLOCK:
            raise CryptographicException("The input data is not a complete block.")
        return self._unpadded(_run(self._cipher().decryptor(), data))

    def _cipher(self) -> Cipher[modes.CBC | modes.ECB]:
        mode: modes.CBC | modes.ECB
        if self.mode == "CBC":
            mode = modes.CBC(self.iv)
        elif self.mode == "ECB":
            mode = modes.ECB()  # noqa: S305 - the policy's author asks for it
        else:
            raise CryptographicException("Specified cipher mode is not valid for this algorithm.")
        return Cipher(algorithms.AES(self.key), mode)

    def _padded(self, data: bytes) -> bytes:
        missing = -len(data) % _BLOCK
        if self.padding == "None":
            if missing:
                raise CryptographicException("The input data is not a complete block.")
            return data
        if self.padding == "Zeros":
            return data + bytes(missing)
        if self.padding == "ISO10126":
            size = missing or _BLOCK
            return data + secrets.token_bytes(size - 1) + bytes((size,))
        padder = padding.ANSIX923(128) if self.padding == "ANSIX923" else padding.PKCS7(128)
        context = padder.padder()
        return context.update(data) + context.finalize()

    def _unpadded(self, data: bytes) -> bytes:
        if self.padding in ("None", "Zeros"):
            return data
        if self.padding == "ISO10126" and data and 1 <= data[-1] <= _BLOCK:
            # Of this padding only the last byte says something.
            return data[: -data[-1]]
        padder = padding.ANSIX923(128) if self.padding == "ANSIX923" else padding.PKCS7(128)
        context = padder.unpadder()
        try:
            return context.update(data) + context.finalize()
        except ValueError:
            raise CryptographicException("Padding is invalid and cannot be removed.") from None


def _run(context: Any, data: bytes) -> bytes:
    meter.spend(1 + len(data) // 1024)
    meter.reserve(len(data))
    return bytes(context.update(data) + context.finalize())


def checked_key(value: ByteArray | None, name: str = "value") -> bytes:
    """The bytes of a key. Raises CryptographicException for a wrong length."""
    data = _bytes(value, name)
    if len(data) not in _KEYS:
        raise CryptographicException("Specified key is not a valid size for this algorithm.")
    return data


def checked_iv(value: ByteArray | None, name: str = "value") -> bytes:
    """The bytes of an initialisation vector. Raises CryptographicException for a wrong length."""
    data = _bytes(value, name)
    if len(data) != _BLOCK:
        raise CryptographicException(
            "Specified initialization vector (IV) does not match the block size for this algorithm."
        )
    return data


def _bytes(value: ByteArray | None, name: str) -> bytes:
    if value is None:
        raise ArgumentNullException(parameter=name)
    return bytes(value.data)


SYMMETRIC = define(
    "System.Security.Cryptography.SymmetricAlgorithm", "class", interfaces=("IDisposable",), python=(Aes,)
)
AES = define("System.Security.Cryptography.Aes", "class", base="SymmetricAlgorithm", python=(Aes,))
for _name in ("AesManaged", "AesCryptoServiceProvider", "RijndaelManaged"):
    define(f"System.Security.Cryptography.{_name}", "class", base="Aes", python=(Aes,)).constructor("()")(Aes)
AES.method("static Aes Create()")(Aes)


@SYMMETRIC.method("static SymmetricAlgorithm Create(string algName)")
def create(name: str | None) -> Aes | None:
    """The algorithm of a name; null for one that is not known."""
    if name is None:
        raise ArgumentNullException(parameter="algName")
    return Aes() if name.lower() in _NAMES else None


def _set_key(this: Aes, value: ByteArray | None) -> None:
    this.key = checked_key(value)


def _set_iv(this: Aes, value: ByteArray | None) -> None:
    this.iv = checked_iv(value)


def _set_mode(this: Aes, value: EnumValue) -> None:
    this.mode = _constant_name(value)


def _set_padding(this: Aes, value: EnumValue) -> None:
    this.padding = _constant_name(value)


def _constant_name(value: EnumValue) -> str:
    for name, number in value.definition.constants.items():
        if number == value.value:
            return name
    raise CryptographicException("Specified cipher mode is not valid for this algorithm.")


@SYMMETRIC.property("byte[] Key", setter=_set_key, never_null=True)
def key(this: Aes) -> ByteArray:
    """The key."""
    return ByteArray(this.key)


@SYMMETRIC.property("byte[] IV", setter=_set_iv, never_null=True)
def iv(this: Aes) -> ByteArray:
    """The initialisation vector."""
    return ByteArray(this.iv)


@SYMMETRIC.property("CipherMode Mode", setter=_set_mode)
def mode(this: Aes) -> EnumValue:
    """The mode of operation."""
    return EnumValue(CIPHER_MODE.definition, CIPHER_MODE.definition.constants[this.mode])


@SYMMETRIC.property("PaddingMode Padding", setter=_set_padding)
def padding_mode(this: Aes) -> EnumValue:
    """The padding."""
    return EnumValue(PADDING_MODE.definition, PADDING_MODE.definition.constants[this.padding])


@SYMMETRIC.property("int KeySize")
def key_size(this: Aes) -> int:
    """Bits of the key."""
    return len(this.key) * 8


@SYMMETRIC.property("int BlockSize")
def block_size(this: Aes) -> int:
    """Bits of a block."""
    return _BLOCK * 8


@SYMMETRIC.method("void GenerateKey()")
def generate_key(this: Aes) -> None:
    """Take a random key."""
    this.key = secrets.token_bytes(len(this.key))


@SYMMETRIC.method("void GenerateIV()")
def generate_iv(this: Aes) -> None:
    """Take a random initialisation vector."""
    this.iv = secrets.token_bytes(_BLOCK)


@SYMMETRIC.method("void Dispose()")
@SYMMETRIC.method("void Clear()")
def dispose(this: Aes) -> None:
    """There is nothing to let go of."""


# ---------------------------------------------------------------- the gateway's own extension methods


def _named(name: str | None, key: ByteArray | None, iv: ByteArray | None) -> Aes:
    if name is None:
        raise ArgumentNullException(parameter="alg")
    if name.lower() not in _NAMES:
        raise ArgumentException(f"The algorithm '{name}' is not supported.", parameter="alg")
    return _keyed(Aes(), key, iv)


def _keyed(algorithm: Aes | None, key: ByteArray | None, iv: ByteArray | None) -> Aes:
    if algorithm is None:
        raise ArgumentNullException(parameter="alg")
    own = Aes()
    own.mode, own.padding = algorithm.mode, algorithm.padding
    own.key, own.iv = checked_key(key, "key"), checked_iv(iv, "iv")
    return own


@HELPERS.method("byte[] Encrypt(this byte[] input, string alg, byte[] key, byte[] iv)")
def encrypt(
    data: ByteArray | None, name: str | None, key: ByteArray | None, iv: ByteArray | None
) -> ByteArray:
    """Encrypt with an algorithm by name: AES, CBC, PKCS #7."""
    return ByteArray(_named(name, key, iv).encrypt(_bytes(data, "input")))


@HELPERS.method("byte[] Decrypt(this byte[] input, string alg, byte[] key, byte[] iv)")
def decrypt(
    data: ByteArray | None, name: str | None, key: ByteArray | None, iv: ByteArray | None
) -> ByteArray:
    """Decrypt with an algorithm by name: AES, CBC, PKCS #7."""
    return ByteArray(_named(name, key, iv).decrypt(_bytes(data, "input")))


@HELPERS.method("byte[] Encrypt(this byte[] input, SymmetricAlgorithm alg)")
def encrypt_with(data: ByteArray | None, algorithm: Aes | None) -> ByteArray:
    """Encrypt with an algorithm that has its key."""
    if algorithm is None:
        raise ArgumentNullException(parameter="alg")
    return ByteArray(algorithm.encrypt(_bytes(data, "input")))


@HELPERS.method("byte[] Decrypt(this byte[] input, SymmetricAlgorithm alg)")
def decrypt_with(data: ByteArray | None, algorithm: Aes | None) -> ByteArray:
    """Decrypt with an algorithm that has its key."""
    if algorithm is None:
        raise ArgumentNullException(parameter="alg")
    return ByteArray(algorithm.decrypt(_bytes(data, "input")))


@HELPERS.method("byte[] Encrypt(this byte[] input, SymmetricAlgorithm alg, byte[] key, byte[] iv)")
def encrypt_with_key(
    data: ByteArray | None, algorithm: Aes | None, key: ByteArray | None, iv: ByteArray | None
) -> ByteArray:
    """Encrypt with an algorithm and a key."""
    return ByteArray(_keyed(algorithm, key, iv).encrypt(_bytes(data, "input")))


@HELPERS.method("byte[] Decrypt(this byte[] input, SymmetricAlgorithm alg, byte[] key, byte[] iv)")
def decrypt_with_key(
    data: ByteArray | None, algorithm: Aes | None, key: ByteArray | None, iv: ByteArray | None
) -> ByteArray:
    """Decrypt with an algorithm and a key."""
    return ByteArray(_keyed(algorithm, key, iv).decrypt(_bytes(data, "input")))
