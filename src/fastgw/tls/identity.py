"""Identities that a caller may have, as validate-client-certificate lists them.

Must never judge trust or dates. A thumbprint or a name of the issuer counts only for an issuer whose key has
signed the certificate.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from fastgw.tls.names import ATTRIBUTE_LABELS, CanonicalName, canonical_text
from fastgw.tls.signatures import digest_weakness, key_weakness
from fastgw.tls.trust.facts import Facts

# `name = value`, the value quoted where it holds what has a meaning; quotes within it are doubled or escaped.
_PART: Final = re.compile(
    r'\s*([A-Za-z0-9.\-]+)\s*=\s*(?:"((?:[^"\\]|""|\\.)*)"|((?:[^,;+"\\]|\\.)*))\s*', re.DOTALL
)
_ESCAPED: Final = re.compile(r'\\([0-9A-Fa-f]{2}|.)|""', re.DOTALL)
# Other spellings that are in use (RFC 4514 section 3, OpenSSL), beside .NET's.
_LABELS: Final = {
    **{label: oid for oid, label in ATTRIBUTE_LABELS.items()},
    "ST": "2.5.4.8",
    "SP": "2.5.4.8",
    "GN": "2.5.4.42",
    "TITLE": "2.5.4.12",
    "INITIALS": "2.5.4.43",
    "EMAIL": "1.2.840.113549.1.9.1",
    "EMAILADDRESS": "1.2.840.113549.1.9.1",
    "UID": "0.9.2342.19200300.100.1.1",
}
_OID: Final = re.compile(r"\d+(?:\.\d+)+")
_HEX: Final = re.compile(r"[0-9A-Fa-f]{1,80}")


def parse_name(text: str) -> CanonicalName:
    """A distinguished name in the form in which names are compared, in the order of the text.

    Parts are set apart by commas or semicolons, attributes of one part by `+`; a value with one of these is
    quoted (`O="Contoso, Inc."`) or they are escaped with a backslash. Raises ValueError for what is none.
    """
    parts: list[frozenset[tuple[str, bytes]]] = []
    pairs: list[tuple[str, bytes]] = []
    at = 0
    while True:
        found = _PART.match(text, at)
        if found is None:
            raise ValueError(f"is no distinguished name: there is no NAME=VALUE at character {at + 1}")
        pairs.append(
            (_oid_of(found[1]), canonical_text(_plain(found[3].strip() if found[2] is None else found[2])))
        )
        at = found.end()
        separator = text[at : at + 1]
        if separator != "+":
            parts.append(frozenset(pairs))
            pairs = []
        if not separator:
            return tuple(parts)
        if separator not in ",;+":
            raise ValueError(f"is no distinguished name: what stands at character {at + 1} has no part in it")
        at += 1


def parse_serial_number(text: str) -> int:
    """A serial number in hexadecimal digits, perhaps with blanks or colons. Raises ValueError."""
    digits = re.sub(r"[\s:]", "", text)
    if not _HEX.fullmatch(digits):
        raise ValueError("is no serial number in hexadecimal digits")
    return int(digits, 16)


@dataclass(frozen=True, slots=True)
class Identity:
    """All that is given has to fit. `issuer` is the DER of the certificate that must be the issuer."""

    thumbprint: str | None = None
    serial_number: int | None = None
    common_name: bytes | None = None
    subject: CanonicalName | None = None
    dns_name: str | None = None
    issuer_subject: CanonicalName | None = None
    issuer_thumbprint: str | None = None
    issuer: Facts | None = None

    def matches(self, leaf: Facts, issuers: Sequence[Facts]) -> bool:
        """Whether the certificate is the one meant; `issuers` are those whose keys have signed it."""
        return (
            (self.thumbprint is None or self.thumbprint == leaf.thumbprint)
            and (self.serial_number is None or self.serial_number == _unsigned(leaf.serial))
            and (self.common_name is None or self.common_name in _common_names(leaf.subject_name))
            and (self.subject is None or _same_name(self.subject, leaf.subject))
            and (self.dns_name is None or self.dns_name in _dns_names(leaf))
            and (self.issuer_subject is None or _same_name(self.issuer_subject, leaf.issuer))
            and (
                self.issuer_thumbprint is None
                or any(one.thumbprint == self.issuer_thumbprint for one in issuers)
            )
            and (self.issuer is None or _has_issued(self.issuer, leaf))
        )


def _oid_of(label: str) -> str:
    upper = label.upper().removeprefix("OID.")
    oid = _LABELS.get(upper) or (upper if _OID.fullmatch(upper) else None)
    if oid is None:
        raise ValueError(f"is no distinguished name that is understood: '{label}' is no known attribute")
    return oid


def _plain(value: str) -> str:
    """The value without the escapes of RFC 4514 section 2.4 and the doubled quotes of .NET."""
    if "\\" not in value and '""' not in value:
        return value
    data = bytearray()
    at = 0
    for found in _ESCAPED.finditer(value):
        data += value[at : found.start()].encode()
        escaped = found[1] or '"'
        data += bytes.fromhex(escaped) if len(escaped) == 2 else escaped.encode()
        at = found.end()
    data += value[at:].encode()
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ValueError("is no distinguished name: its escapes are not UTF-8") from None


def _same_name(wanted: CanonicalName, found: CanonicalName) -> bool:
    """Whether two names are the same: authors begin with the most specific part, as .NET, or end with it."""
    return wanted in (found, found[::-1])


def _common_names(name: x509.Name) -> list[bytes]:
    return [
        canonical_text(one.value)
        for one in name.get_attributes_for_oid(NameOID.COMMON_NAME)
        if isinstance(one.value, str)
    ]


def _dns_names(leaf: Facts) -> list[str]:
    return [one.value.lower() for one in leaf.names if isinstance(one, x509.DNSName)]


def _unsigned(serial: int) -> int:
    """The octets of a serial number as the number they are shown as: some CAs have made negative ones."""
    return serial if serial >= 0 else serial + (1 << 8 * (serial.bit_length() // 8 + 1))


def _has_issued(issuer: Facts, leaf: Facts) -> bool:
    """Whether a certificate that an author names has signed another one, and is fit for that."""
    may_sign = issuer.is_ca and (issuer.key_usage is None or issuer.key_usage.key_cert_sign)
    weak = key_weakness(issuer.key) or digest_weakness(leaf.digest)
    return may_sign and not weak and leaf.issuer == issuer.subject and leaf.signed_by(issuer)
