"""Name constraints (RFC 5280 4.2.1.10): which names the certificates below a CA may have.

Where a constraint or a name cannot be understood, the name violates it: a CA that is limited never issues
more than it may because of a doubt.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID

from fastgw.tls.names import canonical_name, distinguished_name
from fastgw.tls.trust.facts import Facts

MAX_COMPARISONS: Final = 20_000
"""Names times constraints of one judgement, and parts of distinguished names: about 20 ms."""

# What a common name must look like to be taken for a host name, as OpenSSL has it (cn2dnsid).
_HOST: Final = re.compile(r"(?=.*\.)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_SHOWN: Final = 80


class ComparisonsExceeded(ValueError):
    """There are more names and constraints than will be compared."""


class Budget:
    """How many comparisons a judgement may still make."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MAX_COMPARISONS

    def take(self, count: int) -> None:
        """Use up some; raises ComparisonsExceeded where so many are not left."""
        self._left -= count
        if self._left < 0:
            raise ComparisonsExceeded


def violated_name(constraints: x509.NameConstraints, holder: Facts, leaf: bool, budget: Budget) -> str | None:
    """A name of the certificate that the constraints do not allow, as text; None where all are allowed.

    Raises ComparisonsExceeded.
    """
    permitted = [_read(base, budget) for base in constraints.permitted_subtrees or ()]
    excluded = [_read(base, budget) for base in constraints.excluded_subtrees or ()]
    for kind, name in _names(holder, leaf):
        budget.take(len(permitted) + len(excluded))
        value = _value(kind, name, budget)
        if any(_within(kind, value, base, True) for base_kind, base in excluded if base_kind is kind):
            return _shown(name)
        # RFC 5280 6.1.4: without a permitted subtree of its kind, a name is allowed.
        allowed = [base for base_kind, base in permitted if base_kind is kind]
        if allowed and not any(_within(kind, value, base, False) for base in allowed):
            return _shown(name)
    return None


_Kind = type[x509.GeneralName]


def _read(base: x509.GeneralName, budget: Budget) -> tuple[_Kind, Any]:
    return type(base), _value(type(base), base.value, budget)


def _value(kind: _Kind, value: Any, budget: Budget) -> Any:
    """What is compared: distinguished names in their canonical form, the work for which is counted."""
    if kind is not x509.DirectoryName:
        return value
    budget.take(len(value.rdns))
    return canonical_name(value)


def _names(holder: Facts, leaf: bool) -> Iterator[tuple[_Kind, Any]]:
    """The names that constraints are about, each by its kind and value."""
    if holder.subject_name.rdns:
        yield x509.DirectoryName, holder.subject_name
    for name in holder.names:
        yield type(name), name.value
    kinds = {type(name) for name in holder.names}
    if x509.RFC822Name not in kinds:
        for attribute in holder.subject_name.get_attributes_for_oid(NameOID.EMAIL_ADDRESS):
            yield x509.RFC822Name, _text(attribute.value)
    # Older software takes a common name for a host name where there is no other (OpenSSL's rule as well).
    if leaf and x509.DNSName not in kinds:
        for attribute in holder.subject_name.get_attributes_for_oid(NameOID.COMMON_NAME):
            if _HOST.fullmatch(_text(attribute.value)):
                yield x509.DNSName, _text(attribute.value)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _within(kind: _Kind, value: Any, base: Any, excluding: bool) -> bool:
    """Whether the name lies in a subtree of its kind; a name in doubt lies in no permitted one."""
    if kind is x509.DNSName:
        return _host_within(value, base, excluding)
    if kind is x509.RFC822Name:
        return _mail_within(value, base, excluding)
    if kind is x509.UniformResourceIdentifier:
        return _uri_within(value, base, excluding)
    if kind is x509.IPAddress:
        return _address_within(value, base)
    if kind is x509.DirectoryName:
        return bool(value[: len(base)] == base)
    # Kinds that nobody here understands: within what is excluded, and not within what is permitted.
    return excluding


def _lower(text: str) -> str:
    # Only A-Z: Unicode has letters whose small form is an ASCII one, which would make two names equal.
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def _host_within(host: str, base: str, excluding: bool) -> bool:
    host, base = _lower(host).removesuffix("."), _lower(base).removesuffix(".")
    if not base:
        return True
    if base.startswith("."):
        return host.endswith(base) and host != base
    if host == base or host.endswith("." + base):
        return True
    # A wildcard stands for names that an excluded subtree may hold, without lying in it as a whole.
    return excluding and host.startswith("*.") and base.partition(".")[2] == host[2:]


def _mail_within(address: str, base: str, excluding: bool) -> bool:
    local, at, host = address.rpartition("@")
    host = _lower(host)
    if not at or not local or not host:
        return excluding
    if "@" in base:
        wanted, _, wanted_host = base.rpartition("@")
        # The part before the @ is compared as it is (RFC 5280 4.2.1.10, 7.5).
        return local == wanted and host == _lower(wanted_host)
    base = _lower(base)
    if not base:
        return True
    return host.endswith(base) if base.startswith(".") else host == base


def _uri_within(uri: str, base: str, excluding: bool) -> bool:
    try:
        parts = urlsplit(uri)
        # What stands before an @ is a host to some readers and a user to others.
        host = parts.hostname if parts.username is None else None
    except ValueError:
        host = None
    # RFC 5280 4.2.1.10: a URI without a host name must be refused where there is a constraint.
    if not host or _is_address(host):
        return excluding
    host, base = _lower(host).removesuffix("."), _lower(base).removesuffix(".")
    if not base:
        return True
    return host.endswith(base) and host != base if base.startswith(".") else host == base


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


_Address = ipaddress.IPv4Address | ipaddress.IPv6Address | ipaddress.IPv4Network | ipaddress.IPv6Network


def _address_within(address: _Address, base: _Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address | ipaddress.IPv6Address) and isinstance(
        base, ipaddress.IPv4Network | ipaddress.IPv6Network
    ):
        return address in base
    return False


def _shown(value: Any) -> str:
    text = distinguished_name(value) if isinstance(value, x509.Name) else str(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
