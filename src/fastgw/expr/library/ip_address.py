"""System.Net.IPAddress: what the service allows of it."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Any

from fastgw.expr.library.declare import define, define_enum
from fastgw.expr.library.host_names import ipv6_text, parse_ipv4, parse_ipv6, scope_number
from fastgw.expr.runtime.errors import ArgumentNullException, FormatException
from fastgw.expr.runtime.objects import hash_of
from fastgw.expr.runtime.text import outward
from fastgw.expr.runtime.values import ByteArray, EnumValue, NetObject
from fastgw.expr.types import Type

ADDRESS_FAMILY = define_enum(
    "System.Net.Sockets.AddressFamily",
    {"Unknown": -1, "Unspecified": 0, "Unix": 1, "InterNetwork": 2, "InterNetworkV6": 23},
)
_MAPPED_LOOPBACK = IPv6Address("::ffff:127.0.0.1")
_INVALID = "An invalid IP address was specified."


class IpAddress(NetObject):
    """A System.Net.IPAddress; `scope` is the number behind the `%` of an IPv6 address, 0 for none."""

    __slots__ = ("address", "scope")

    def __init__(self, address: IPv4Address | IPv6Address, scope: int = 0) -> None:
        self.address = address
        self.scope = scope

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IpAddress) and (self.address, self.scope) == (other.address, other.scope)

    def __hash__(self) -> int:
        return hash((self.address, self.scope))

    def net_type(self) -> Type:
        """System.Net.IPAddress."""
        return IP_ADDRESS.type

    def net_text(self) -> str:
        """The usual notation."""
        if isinstance(self.address, IPv4Address):
            return str(self.address)
        text = ipv6_text(self.address)
        return f"{text}%{self.scope}" if self.scope else text


IP_ADDRESS = define("System.Net.IPAddress", "class", python=(IpAddress,))


def read_address(text: str) -> IpAddress | None:
    """The address that a text is, or None."""
    if ":" not in text:
        found = parse_ipv4(outward(text))
        return None if found is None else IpAddress(found)
    if text.startswith("["):
        # With brackets a port may follow, which is no part of the address.
        text = text[1:].partition("]")[0]
    found6 = parse_ipv6(outward(text))
    if found6 is None:
        return None
    scope = scope_number(found6[1])
    return None if scope is None else IpAddress(found6[0], scope)


@IP_ADDRESS.method("static IPAddress Parse(string ipString)")
def parse(text: str | None) -> IpAddress:
    """An address of its text. Raises ArgumentNullException and FormatException."""
    if text is None:
        raise ArgumentNullException(parameter="ipString")
    found = read_address(text)
    if found is None:
        raise FormatException(_INVALID)
    return found


@IP_ADDRESS.method("static bool TryParse(string ipString, out IPAddress address)")
def try_parse(text: str | None) -> tuple[bool, IpAddress | None]:
    """Whether a text is an address, and which."""
    found = None if text is None else read_address(text)
    return found is not None, found


@IP_ADDRESS.method("static bool IsLoopback(IPAddress address)")
def is_loopback(address: IpAddress | None) -> bool:
    """Whether it is this machine. Raises ArgumentNullException."""
    if address is None:
        raise ArgumentNullException(parameter="address")
    return bool(address.address.is_loopback or address.address == _MAPPED_LOOPBACK)


@IP_ADDRESS.property("AddressFamily AddressFamily")
def address_family(this: IpAddress) -> EnumValue:
    """InterNetwork or InterNetworkV6."""
    name = "InterNetwork" if isinstance(this.address, IPv4Address) else "InterNetworkV6"
    return EnumValue(ADDRESS_FAMILY.definition, ADDRESS_FAMILY.definition.constants[name])


@IP_ADDRESS.method("byte[] GetAddressBytes()")
def get_address_bytes(this: IpAddress) -> ByteArray:
    """Four or sixteen bytes."""
    return ByteArray(this.address.packed)


@IP_ADDRESS.method("bool Equals(object comparand)")
def equals(this: IpAddress, other: Any) -> bool:
    """Whether the other is the same address."""
    return isinstance(other, IpAddress) and this == other


IP_ADDRESS.method("string ToString()")(IpAddress.net_text)
IP_ADDRESS.method("int GetHashCode()")(hash_of)
