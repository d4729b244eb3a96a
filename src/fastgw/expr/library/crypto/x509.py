"""X509Certificate2 as policies see it (expressions.md section 14.7)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PublicFormat,
    load_der_private_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID, ObjectIdentifier

from fastgw.expr.library.crypto.rsa import Rsa
from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.declare import define, define_enum
from fastgw.expr.library.formatting import format_value
from fastgw.expr.library.ticks import PER_SECOND
from fastgw.expr.runtime.errors import ArgumentException, ArgumentNullException, CryptographicException
from fastgw.expr.runtime.values import ByteArray, EnumValue, NetObject
from fastgw.expr.runtime.verifier import is_trusted
from fastgw.expr.types import NamedType
from fastgw.tls.certs import UNREADABLE, Certificate, CertificateError, read_certificate

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS_TO_1970 = 621_355_968_000_000_000
_LOCAL = 2

# How .NET calls the signature algorithms (by OID: RFC 8017, RFC 5758, RFC 8410).
_SIGNATURES = {
    "1.2.840.113549.1.1.4": "md5RSA",
    "1.2.840.113549.1.1.5": "sha1RSA",
    "1.2.840.113549.1.1.11": "sha256RSA",
    "1.2.840.113549.1.1.12": "sha384RSA",
    "1.2.840.113549.1.1.13": "sha512RSA",
    "1.2.840.113549.1.1.10": "RSASSA-PSS",
    "1.2.840.10045.4.1": "sha1ECDSA",
    "1.2.840.10045.4.3.2": "sha256ECDSA",
    "1.2.840.10045.4.3.3": "sha384ECDSA",
    "1.2.840.10045.4.3.4": "sha512ECDSA",
}
_KEYS = {"1.2.840.113549.1.1.1": "RSA", "1.2.840.10045.2.1": "ECC"}

CONTENT_TYPE = define_enum(
    "System.Security.Cryptography.X509Certificates.X509ContentType",
    {"Unknown": 0, "Cert": 1, "SerializedCert": 2, "Pfx": 3, "Pkcs12": 3, "SerializedStore": 4, "Pkcs7": 5},
)
NAME_TYPE = define_enum(
    "System.Security.Cryptography.X509Certificates.X509NameType",
    {"SimpleName": 0, "EmailName": 1, "UpnName": 2, "DnsName": 3, "DnsFromAlternativeName": 4, "UrlName": 5},
)


class Oid(NetObject):
    """An object identifier; `friendly_name` None where it has none."""

    __slots__ = ("friendly_name", "value")

    def __init__(self, value: str, friendly_name: str | None) -> None:
        self.value = value
        self.friendly_name = friendly_name

    def net_type(self) -> NamedType:
        """Oid."""
        return OID.type


class DistinguishedName(NetObject):
    """An X500DistinguishedName; `name` in .NET's order."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def net_type(self) -> NamedType:
        """X500DistinguishedName."""
        return DISTINGUISHED_NAME.type


class PublicKey(NetObject):
    """The public key of a certificate."""

    __slots__ = ("certificate",)

    def __init__(self, certificate: X509Certificate2) -> None:
        self.certificate = certificate

    def net_type(self) -> NamedType:
        """PublicKey."""
        return PUBLIC_KEY.type


class X509Certificate2(NetObject):
    """A certificate, with its private key where it has one; `loaded` is the cryptography library's."""

    __slots__ = ("loaded", "record")

    def __init__(self, record: Certificate) -> None:
        self.record = record
        self.loaded = record.load()

    @classmethod
    def read(cls, data: bytes, password: str | None = None) -> X509Certificate2:
        """From DER, PEM or PFX. Raises CryptographicException."""
        try:
            return cls(read_certificate(data, password))
        except CertificateError as error:
            message = "Cannot find the requested object."
            if error.reason in ("wrong-password", "missing-password"):
                message = "The specified network password is not correct."
            raise CryptographicException(message) from None

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, X509Certificate2)
            and other.record.issuer == self.record.issuer
            and other.record.serial == self.record.serial
        )

    def __hash__(self) -> int:
        return hash(self.record.serial)

    def public_key(self) -> CertificatePublicKeyTypes:
        """The public key. Raises CryptographicException for one that cannot be read."""
        try:
            return self.loaded.public_key()
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise CryptographicException("The public key of the certificate cannot be read.") from None

    def rsa_public(self) -> Rsa | None:
        """The RSA public key, or None. Raises CryptographicException."""
        key = self.public_key()
        return Rsa(key) if isinstance(key, rsa.RSAPublicKey) else None

    def rsa_private(self) -> Rsa | None:
        """The RSA key pair, or None where there is no private key or it is of another kind."""
        if self.record.private_key is None:
            return None
        key = load_der_private_key(self.record.private_key, None)
        return Rsa(key.public_key(), key) if isinstance(key, rsa.RSAPrivateKey) else None

    def key_oid(self) -> str:
        """The OID of the public key's algorithm."""
        return self.loaded.public_key_algorithm_oid.dotted_string

    def name_info(self, kind: int, issuer: bool) -> str:
        """What GetNameInfo gives."""
        from cryptography import x509

        name = self.loaded.issuer if issuer else self.loaded.subject
        alternative = x509.IssuerAlternativeName if issuer else x509.SubjectAlternativeName
        others: Any = None
        # Damaged ones are none: whose certificate it is need not have been anybody's.
        with suppress(x509.ExtensionNotFound, *UNREADABLE):
            others = self.loaded.extensions.get_extension_for_class(alternative).value

        def other(general: Any) -> str:
            found = others.get_values_for_type(general) if others is not None else []
            return str(found[0]) if found else ""

        def own(oid: ObjectIdentifier) -> str:
            found = name.get_attributes_for_oid(oid)
            return str(found[0].value) if found else ""

        if kind == NAME_TYPE.definition.constants["SimpleName"]:
            common = own(NameOID.COMMON_NAME) or own(NameOID.ORGANIZATIONAL_UNIT_NAME)
            return common or own(NameOID.ORGANIZATION_NAME) or own(NameOID.EMAIL_ADDRESS)
        if kind == NAME_TYPE.definition.constants["EmailName"]:
            return other(x509.RFC822Name) or own(NameOID.EMAIL_ADDRESS)
        if kind == NAME_TYPE.definition.constants["UrlName"]:
            return other(x509.UniformResourceIdentifier)
        if kind == NAME_TYPE.definition.constants["UpnName"]:
            return ""
        return other(x509.DNSName) or own(NameOID.COMMON_NAME)

    def net_type(self) -> NamedType:
        """X509Certificate2."""
        return CERTIFICATE2.type

    def net_text(self) -> str:
        """Subject, issuer, serial number, validity and thumbprint, as .NET prints a certificate."""
        parts = {
            "Subject": self.record.subject,
            "Issuer": self.record.issuer,
            "Serial Number": self.record.serial,
            "Not Before": format_value(_date(self.record.not_before), "G"),
            "Not After": format_value(_date(self.record.not_after), "G"),
            "Thumbprint": self.record.thumbprint,
        }
        return "\n\n".join(f"[{name}]\n  {value}" for name, value in parts.items()) + "\n"


def _date(moment: datetime) -> DateTime:
    """A moment in the service's local time, which is UTC."""
    return DateTime(_TICKS_TO_1970 + int((moment - _EPOCH).total_seconds()) * PER_SECOND, _LOCAL)


_SPACE = "System.Security.Cryptography.X509Certificates"
OID = define("System.Security.Cryptography.Oid", "class", python=(Oid,))
OID.attribute("string Value", "value")
OID.attribute("string FriendlyName", "friendly_name")
DISTINGUISHED_NAME = define(f"{_SPACE}.X500DistinguishedName", "class", python=(DistinguishedName,))
DISTINGUISHED_NAME.attribute("string Name", "name", never_null=True)
PUBLIC_KEY = define(f"{_SPACE}.PublicKey", "class", python=(PublicKey,))
CERTIFICATE = define(
    f"{_SPACE}.X509Certificate", "class", interfaces=("IDisposable",), python=(X509Certificate2,)
)
CERTIFICATE2 = define(
    f"{_SPACE}.X509Certificate2", "class", base="X509Certificate", python=(X509Certificate2,)
)
RSA_EXTENSIONS = define(f"{_SPACE}.RSACertificateExtensions", "static")


def _data(value: ByteArray | None) -> bytes:
    if value is None or not value.data:
        raise ArgumentException("Array cannot be empty or null.", parameter="rawData")
    return bytes(value.data)


CERTIFICATE2.constructor("(byte[] rawData)")(lambda data: X509Certificate2.read(_data(data)))
CERTIFICATE2.constructor("(byte[] rawData, string password)")(
    lambda data, password: X509Certificate2.read(_data(data), password or "")
)
CERTIFICATE.constructor("(byte[] data)")(lambda data: X509Certificate2.read(_data(data)))


def _property(signature: str, get: Callable[[X509Certificate2], object]) -> None:
    CERTIFICATE2.property(signature, never_null=True)(get)


_property("string Thumbprint", lambda this: this.record.thumbprint)
_property("string SerialNumber", lambda this: this.record.serial)
_property("DateTime NotBefore", lambda this: _date(this.record.not_before))
_property("DateTime NotAfter", lambda this: _date(this.record.not_after))
_property("int Version", lambda this: this.loaded.version.value + 1)
_property("bool HasPrivateKey", lambda this: this.record.has_private_key)
_property("string FriendlyName", lambda this: "")
_property("byte[] RawData", lambda this: ByteArray(this.record.leaf))
_property("X500DistinguishedName SubjectName", lambda this: DistinguishedName(this.record.subject))
_property("X500DistinguishedName IssuerName", lambda this: DistinguishedName(this.record.issuer))
_property("PublicKey PublicKey", PublicKey)
CERTIFICATE.property("string Subject", never_null=True)(lambda this: this.record.subject)
CERTIFICATE.property("string Issuer", never_null=True)(lambda this: this.record.issuer)


@CERTIFICATE2.property("Oid SignatureAlgorithm", never_null=True)
def signature_algorithm(this: X509Certificate2) -> Oid:
    """The algorithm of the issuer's signature."""
    value = this.loaded.signature_algorithm_oid.dotted_string
    return Oid(value, _SIGNATURES.get(value))


CERTIFICATE.method("string GetCertHashString()")(lambda this: this.record.thumbprint)
CERTIFICATE.method("byte[] GetCertHash()")(lambda this: ByteArray(bytes.fromhex(this.record.thumbprint)))
CERTIFICATE.method("string GetSerialNumberString()")(lambda this: this.record.serial)
# The array is little-endian, the text is not.
CERTIFICATE.method("byte[] GetSerialNumber()")(
    lambda this: ByteArray(bytes.fromhex(this.record.serial)[::-1])
)
CERTIFICATE.method("byte[] GetRawCertData()")(lambda this: ByteArray(this.record.leaf))
CERTIFICATE.method("string GetRawCertDataString()")(lambda this: this.record.leaf.hex().upper())
CERTIFICATE.method("string GetKeyAlgorithm()")(lambda this: this.key_oid())
CERTIFICATE.method("string GetIssuerName()")(lambda this: this.record.issuer)
CERTIFICATE.method("string GetName()")(lambda this: this.record.subject)
CERTIFICATE.method("string GetEffectiveDateString()")(
    lambda this: format_value(_date(this.record.not_before), None)
)
CERTIFICATE.method("string GetExpirationDateString()")(
    lambda this: format_value(_date(this.record.not_after), None)
)
CERTIFICATE.method("bool Equals(X509Certificate other)")(lambda this, other: this == other)
CERTIFICATE.method("string ToString()")(lambda this: this.net_text())
CERTIFICATE.method("string ToString(bool verbose)")(lambda this, verbose: this.net_text())
CERTIFICATE.method("void Dispose()")(lambda this: None)
CERTIFICATE.method("void Reset()")(lambda this: None)


@CERTIFICATE.method("byte[] GetPublicKey()")
def get_public_key(this: X509Certificate2) -> ByteArray:
    """The public key's bits, DER (RFC 5280 section 4.1.2.7). Raises CryptographicException."""
    key = this.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return ByteArray(key.public_bytes(Encoding.DER, PublicFormat.PKCS1))
    if isinstance(key, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)):
        return ByteArray(key.public_bytes_raw())
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise CryptographicException("The public key of the certificate is of an unsupported type.")
    return ByteArray(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


@CERTIFICATE.method("byte[] Export(X509ContentType contentType)")
def export(this: X509Certificate2, kind: EnumValue) -> ByteArray:
    """The certificate as DER or PFX. Raises CryptographicException for other kinds."""
    return _export(this, kind, None)


@CERTIFICATE.method("byte[] Export(X509ContentType contentType, string password)")
def export_with(this: X509Certificate2, kind: EnumValue, password: str | None) -> ByteArray:
    """The same, a PFX with a password."""
    return _export(this, kind, password)


def _export(this: X509Certificate2, kind: EnumValue, password: str | None) -> ByteArray:
    if kind.value == CONTENT_TYPE.definition.constants["Cert"]:
        return ByteArray(this.record.leaf)
    if kind.value != CONTENT_TYPE.definition.constants["Pfx"]:
        raise CryptographicException("Invalid content type.")
    key = None
    if this.record.private_key is not None:
        key = load_der_private_key(this.record.private_key, None)
    protection = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    # The kinds of key that a certificate can have are those that a PFX can hold.
    data = pkcs12.serialize_key_and_certificates(None, key, this.record.load(), None, protection)  # type: ignore[arg-type]
    return ByteArray(data)


@CERTIFICATE2.method("string GetNameInfo(X509NameType nameType, bool forIssuer)")
def get_name_info(this: X509Certificate2, kind: EnumValue, issuer: bool) -> str:
    """A name of the subject or the issuer; empty where there is none."""
    return this.name_info(kind.value, issuer)


@CERTIFICATE2.method("bool Verify()")
def verify(this: X509Certificate2) -> bool:
    """Whether the chain leads to a trusted root and nothing in it is revoked."""
    return is_trusted(this.record.chain, True)


@CERTIFICATE2.method("bool VerifyNoRevocation()")
def verify_no_revocation(this: X509Certificate2) -> bool:
    """Whether the chain leads to a trusted root (a member that the gateway adds)."""
    return is_trusted(this.record.chain, False)


def _not_null(certificate: X509Certificate2 | None) -> X509Certificate2:
    if certificate is None:
        raise ArgumentNullException(parameter="certificate")
    return certificate


@RSA_EXTENSIONS.method("RSA GetRSAPrivateKey(this X509Certificate2 certificate)")
def get_rsa_private_key(certificate: X509Certificate2 | None) -> Rsa | None:
    """The RSA private key, or null."""
    return _not_null(certificate).rsa_private()


@RSA_EXTENSIONS.method("RSA GetRSAPublicKey(this X509Certificate2 certificate)")
def get_rsa_public_key(certificate: X509Certificate2 | None) -> Rsa | None:
    """The RSA public key, or null."""
    return _not_null(certificate).rsa_public()


@PUBLIC_KEY.property("Oid Oid", never_null=True)
def public_key_oid(this: PublicKey) -> Oid:
    """The algorithm of the key."""
    value = this.certificate.key_oid()
    return Oid(value, _KEYS.get(value))


@PUBLIC_KEY.property("AsymmetricAlgorithm Key")
def public_key(this: PublicKey) -> Rsa | None:
    """The key, where it is an RSA key."""
    return this.certificate.rsa_public()
