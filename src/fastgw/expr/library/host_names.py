"""Hosts of URLs and IP addresses in text, as System.Uri and System.Net.IPAddress read and write them."""

from __future__ import annotations

import ipaddress
import re
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

UNKNOWN, BASIC, DNS, IPV4, IPV6 = range(5)
"""The values of System.UriHostNameType."""

_LABEL = re.compile(r"[A-Za-z0-9_\-\u0080-\uffff]{1,63}")
_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]+|0[0-7]*|[1-9][0-9]*")
_MOST_HOST = 255
_MOST_SCOPE = 0xFFFFFFFF


class Host(NamedTuple):
    """A host: how Uri.Host and Uri.DnsSafeHost show it, and its kind."""

    text: str
    safe: str
    kind: int


def parse_ipv4(text: str) -> IPv4Address | None:
    """One to four numbers, decimal, octal or hexadecimal; the last one fills the bytes that are left."""
    numbers = []
    parts = text.split(".")
    if len(parts) > 4:
        return None
    for part in parts:
        if len(part) > 14 or _NUMBER.fullmatch(part) is None:
            return None
        base = 16 if part[:2] in ("0x", "0X") else 8 if part[0] == "0" else 10
        numbers.append(int(part[2:] if base == 16 else part, base))
    last = numbers.pop()
    if any(one > 255 for one in numbers) or last >= 256 ** (4 - len(numbers)):
        return None
    address = last
    for at, one in enumerate(numbers):
        address |= one << (24 - 8 * at)
    return IPv4Address(address)


def parse_ipv6(text: str) -> tuple[IPv6Address, str] | None:
    """An address and what stands behind its `%`."""
    address, _, scope = text.partition("%")
    try:
        return IPv6Address(address), scope
    except ipaddress.AddressValueError:
        return None


def ipv6_text(address: IPv6Address) -> str:
    """The shortest text, in small letters; the end in decimals where it is an IPv4 address."""
    number = int(address)
    high, low = number >> 32, number & 0xFFFFFFFF
    groups = low >> 16
    # Compatible, mapped and translated addresses, and those of ISATAP.
    embeds = (high == 0 and groups != 0) or high in (0xFFFF, 0xFFFF0000) or high & 0xFFFFFFFF == 0x5EFE
    if not embeds:
        return address.compressed
    # Shown with a group that cannot be taken into the run of zeros, in place of the decimals.
    head = IPv6Address(high << 32 | 0x11111111).compressed.removesuffix("1111:1111")
    return f"{head}{IPv4Address(low)}"


def host_of(text: str) -> Host | None:
    """The host that stands in a URL, or None for what is none."""
    if text.startswith("["):
        found = parse_ipv6(text[1:-1]) if text.endswith("]") else None
        if found is None:
            return None
        address, scope = found
        shown = ipv6_text(address)
        return Host(f"[{shown}]", f"{shown}%{scope}" if scope else shown, IPV6)
    ipv4 = parse_ipv4(text)
    if ipv4 is not None:
        return Host(str(ipv4), str(ipv4), IPV4)
    if not text or len(text) > _MOST_HOST:
        return None
    if not all(_LABEL.fullmatch(one) for one in text.removesuffix(".").split(".")):
        return None
    lower = text.lower()
    return Host(lower, lower, DNS)


def is_loopback(host: Host) -> bool:
    """Whether a host is this machine by its name or address."""
    if host.kind == DNS:
        return host.text in ("localhost", "loopback")
    return ipaddress.ip_address(host.safe.partition("%")[0]).is_loopback


def scope_number(scope: str) -> int | None:
    """The scope behind an IPv6 address as a number, 0 for none; None for a name or one that is too large."""
    if not scope:
        return 0
    if not (scope.isascii() and scope.isdigit()) or len(scope) > 10 or int(scope) > _MOST_SCOPE:
        return None
    return int(scope)
