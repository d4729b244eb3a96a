"""Hash algorithms and HMACs (expressions.md section 8). Objects are used and disposed of."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any, ClassVar

from fastgw.expr.library.declare import Declared, define
from fastgw.expr.runtime.errors import ArgumentNullException, ArgumentOutOfRangeException
from fastgw.expr.runtime.meter import meter
from fastgw.expr.runtime.values import ByteArray, NetObject
from fastgw.expr.types import NamedType

# Bytes that are hashed for one step of the budget.
_BYTES_A_STEP = 1024


class HashAlgorithm(NetObject):
    """A hash algorithm; `algorithm` is its name for hashlib."""

    __slots__ = ("last",)
    declared: ClassVar[Declared]
    algorithm: ClassVar[str]

    def __init__(self) -> None:
        self.last: bytes | None = None

    def net_type(self) -> NamedType:
        """The class."""
        return self.declared.type

    def digest(self, data: bytes | bytearray) -> bytes:
        """The hash of some bytes."""
        return hashlib.new(self.algorithm, data, usedforsecurity=False).digest()


class Hmac(HashAlgorithm):
    """An HMAC with its key (RFC 2104)."""

    __slots__ = ("key",)

    def __init__(self, key: bytes) -> None:
        super().__init__()
        self.key = key

    def digest(self, data: bytes | bytearray) -> bytes:
        """The authentication code of some bytes."""
        return hmac.digest(self.key, data, self.algorithm)


HASH = define(
    "System.Security.Cryptography.HashAlgorithm",
    "class",
    interfaces=("IDisposable",),
    python=(HashAlgorithm,),
)
KEYED = define(
    "System.Security.Cryptography.KeyedHashAlgorithm", "class", base="HashAlgorithm", python=(Hmac,)
)
HMAC = define("System.Security.Cryptography.HMAC", "class", base="KeyedHashAlgorithm", python=(Hmac,))

_BITS = {"MD5": 128, "SHA1": 160, "SHA256": 256, "SHA384": 384, "SHA512": 512}
# The key that an HMAC makes itself has the size of a block (RFC 2104 section 3), as in .NET.
_BLOCK = {"MD5": 64, "SHA1": 64, "SHA256": 64, "SHA384": 128, "SHA512": 128}


def _hash_classes(name: str) -> None:
    kind: Any = type(name, (HashAlgorithm,), {"__slots__": (), "algorithm": name.lower()})
    declared = define(f"System.Security.Cryptography.{name}", "class", base="HashAlgorithm", python=(kind,))
    kind.declared = declared
    declared.method(f"static {name} Create()")(lambda: kind())
    derived = ("Managed", "CryptoServiceProvider") if name != "MD5" else ("CryptoServiceProvider",)
    for suffix in derived:
        own: Any = type(f"{name}{suffix}", (kind,), {"__slots__": ()})
        concrete = define(f"System.Security.Cryptography.{name}{suffix}", "class", base=name, python=(own,))
        own.declared = concrete
        concrete.constructor("()")(lambda own=own: own())


def _hmac_class(name: str) -> None:
    kind: Any = type(f"HMAC{name}", (Hmac,), {"__slots__": (), "algorithm": name.lower()})
    declared = define(f"System.Security.Cryptography.HMAC{name}", "class", base="HMAC", python=(kind,))
    kind.declared = declared
    declared.constructor("()")(lambda: kind(secrets.token_bytes(_BLOCK[name])))
    declared.constructor("(byte[] key)")(lambda key: kind(bytes(_data(key, "key"))))


def _data(value: ByteArray | None, name: str) -> bytearray:
    if value is None:
        raise ArgumentNullException(parameter=name)
    return value.data


for _name in _BITS:
    _hash_classes(_name)
    _hmac_class(_name)


def _compute(this: HashAlgorithm, data: bytes | bytearray) -> ByteArray:
    meter.spend(1 + len(data) // _BYTES_A_STEP)
    this.last = this.digest(data)
    return ByteArray(this.last)


@HASH.method("byte[] ComputeHash(byte[] buffer)")
def compute_hash(this: HashAlgorithm, buffer: ByteArray | None) -> ByteArray:
    """The hash of some bytes."""
    return _compute(this, _data(buffer, "buffer"))


@HASH.method("byte[] ComputeHash(byte[] buffer, int offset, int count)")
def compute_hash_of_part(this: HashAlgorithm, buffer: ByteArray | None, offset: int, count: int) -> ByteArray:
    """The hash of a part of some bytes."""
    data = _data(buffer, "buffer")
    if offset < 0:
        raise ArgumentOutOfRangeException("Non-negative number required.", parameter="offset")
    if count < 0 or count > len(data) or offset > len(data) - count:
        raise ArgumentOutOfRangeException(parameter="count")
    return _compute(this, data[offset : offset + count])


@HASH.property("byte[] Hash")
def last_hash(this: HashAlgorithm) -> ByteArray | None:
    """The last hash computed, or null."""
    return None if this.last is None else ByteArray(this.last)


@HASH.property("int HashSize")
def hash_size(this: HashAlgorithm) -> int:
    """Bits of a hash."""
    return _BITS[this.algorithm.upper()]


@HASH.method("void Dispose()")
@HASH.method("void Clear()")
def dispose(this: HashAlgorithm) -> None:
    """There is nothing to let go of."""


@HASH.method("void Initialize()")
def initialize(this: HashAlgorithm) -> None:
    """Every computation begins anew."""


def _set_key(this: Hmac, key: ByteArray | None) -> None:
    this.key = bytes(_data(key, "value"))


@KEYED.property("byte[] Key", setter=_set_key, never_null=True)
def key(this: Hmac) -> ByteArray:
    """The key."""
    return ByteArray(this.key)


class HashAlgorithmName(NetObject):
    """The name of a hash algorithm."""

    __slots__ = ("name",)

    def __init__(self, name: str | None) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HashAlgorithmName) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def net_type(self) -> NamedType:
        """HashAlgorithmName."""
        return NAME.type

    def net_text(self) -> str:
        """The name."""
        return self.name or ""


NAME = define(
    "System.Security.Cryptography.HashAlgorithmName",
    "struct",
    base="System.ValueType",
    python=(HashAlgorithmName,),
)
NAME.attribute("string Name", "name")
NAME.constructor("()")(lambda: HashAlgorithmName(None))
NAME.constructor("(string name)")(HashAlgorithmName)
for _name in _BITS:
    NAME.value(f"HashAlgorithmName {_name}", HashAlgorithmName(_name))


@NAME.operator("bool operator ==(HashAlgorithmName left, HashAlgorithmName right)")
def same_name(left: Any, right: Any) -> bool:
    """Whether both name one algorithm."""
    return bool(left == right)


@NAME.operator("bool operator !=(HashAlgorithmName left, HashAlgorithmName right)")
def other_name(left: Any, right: Any) -> bool:
    """Whether they name two."""
    return bool(left != right)


class RandomBytes(NetObject):
    """RNGCryptoServiceProvider and RandomNumberGenerator."""

    __slots__ = ()

    def net_type(self) -> NamedType:
        """RNGCryptoServiceProvider."""
        return RNG.type


RANDOM = define(
    "System.Security.Cryptography.RandomNumberGenerator",
    "class",
    interfaces=("IDisposable",),
    python=(RandomBytes,),
)
RNG = define(
    "System.Security.Cryptography.RNGCryptoServiceProvider",
    "class",
    base="RandomNumberGenerator",
    python=(RandomBytes,),
)
RNG.constructor("()")(RandomBytes)
RANDOM.method("static RandomNumberGenerator Create()")(RandomBytes)


@RANDOM.method("void GetBytes(byte[] data)")
def get_random_bytes(this: RandomBytes, data: ByteArray | None) -> None:
    """Fill an array with random bytes."""
    into = _data(data, "data")
    meter.spend(1 + len(into) // _BYTES_A_STEP)
    into[:] = secrets.token_bytes(len(into))


@RANDOM.method("void GetNonZeroBytes(byte[] data)")
def get_non_zero_bytes(this: RandomBytes, data: ByteArray | None) -> None:
    """Fill an array with random bytes from 1 to 255."""
    into = _data(data, "data")
    meter.spend(len(into))
    into[:] = bytes(1 + secrets.randbelow(255) for _ in into)


@RANDOM.method("void Dispose()")
def dispose_random(this: RandomBytes) -> None:
    """There is nothing to let go of."""
