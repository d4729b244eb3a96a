"""Host names and distinguished names, in the one form that this room compares and prints them.

Never resolves a name and never falls back to the common name of a certificate.
"""

from __future__ import annotations

import ipaddress
from typing import Final

from cryptography import x509

ATTRIBUTE_LABELS: Final = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "SERIALNUMBER",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "S",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "T",
    "2.5.4.42": "G",
    "2.5.4.43": "I",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "E",
}
"""The names of attributes by their OIDs, as .NET prints them."""

_QUOTED = frozenset(',+="\n<>#;')


def distinguished_name(name: x509.Name) -> str:
    """The name as .NET prints it: most specific part first, `CN=client, O=Contoso, C=US`.

    The names of attributes are .NET's (`S` for a state, `E` for an e-mail address), unknown ones are
    `OID.1.2.3`; a value with a character that has a meaning here is quoted, its quotes doubled.
    """
    parts = []
    for rdn in reversed(name.rdns):
        pairs = []
        for attribute in rdn:
            oid = attribute.oid.dotted_string
            label = ATTRIBUTE_LABELS.get(oid, f"OID.{oid}")
            value = attribute.value if isinstance(attribute.value, str) else attribute.value.hex().upper()
            pairs.append(f"{label}={_quote(value)}")
        parts.append(" + ".join(pairs))
    return ", ".join(parts)


def _quote(value: str) -> str:
    if not value or value != value.strip() or not _QUOTED.isdisjoint(value):
        return '"' + value.replace('"', '""') + '"'
    return value


def ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that the host is, or None where it is a name; brackets and a zone id are allowed."""
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def a_label(host: str) -> str:
    """The host as it travels in SNI and is compared: lower-case A-labels, no trailing dot (RFC 6066 3).

    Addresses come back in their canonical form without brackets and zone. Raises ValueError where the
    text cannot be a host name.
    """
    address = ip_address(host)
    if address is not None:
        return str(address)
    bare = host.removesuffix(".")
    if bare.isascii():
        # ASCII needs no IDNA step, which would only refuse names that are in use all the same.
        if not bare or len(bare) > 253 or any(not 0 < len(part) < 64 for part in bare.split(".")):
            raise ValueError(f"{host!r} is not a host name")
        if any(character <= " " or character in "/\\@:?#\x7f" for character in bare):
            raise ValueError(f"{host!r} is not a host name")
        return bare.lower()
    try:
        return bare.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise ValueError(f"{host!r} is not a host name") from None


def matches(pattern: str, host: str) -> bool:
    """Whether a DNS name of a certificate names the host (RFC 9525 6.3).

    A wildcard stands for the whole leftmost label and nothing else, and at least two labels follow it, as
    OpenSSL has it too. `host` is an A-label in lower case, see `a_label`.
    """
    pattern = pattern.lower().removesuffix(".")
    if not pattern.startswith("*."):
        return "*" not in pattern and pattern == host
    rest = pattern[2:]
    if "*" in rest or "." not in rest:
        return False
    first, _, remaining = host.partition(".")
    return bool(first) and remaining == rest


CanonicalName = tuple[frozenset[tuple[str, bytes]], ...]


def canonical_name(name: x509.Name) -> CanonicalName:
    """The name in the form in which two are compared (RFC 5280 7.1), most general part first.

    As OpenSSL does it: the type of a string does not count, nor does the case of A-Z, nor how many spaces
    stand in a row or at the ends. Raises ValueError where a part cannot be read.
    """
    return tuple(
        frozenset(
            (
                attribute.oid.dotted_string,
                canonical_text(attribute.value) if isinstance(attribute.value, str) else attribute.value,
            )
            for attribute in rdn
        )
        for rdn in name.rdns
    )


def canonical_text(value: str) -> bytes:
    """A value of a name in the form in which two are compared: ASCII in small letters, blanks made one.

    Raises ValueError for lone surrogates.
    """
    # bytes.lower() and bytes.split() only know ASCII: Unicode has letters (U+212A) whose small form is an
    # ASCII one.
    return b" ".join(value.encode().split()).lower()
