"""The Snapshot: everything a request needs to know about the configuration.

Immutable once built; requests hold the one they began with. It opens no socket and
imports no part of the gateway.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field

from fastgw._exchange import Route, Target
from fastgw._route import Router
from fastgw._shared import Segment
from fastgw.errors import Diagnostics
from fastgw.model import ClientTimeouts, ExpressionLimits, Limits, Proxy
from fastgw.outbound import OutboundProxy
from fastgw.snapshot.balancers import BackendState, Probe
from fastgw.tls.contexts import ClientContexts
from fastgw.tls.forwarding import ForwardAs
from fastgw.tls.pins import ServerPins
from fastgw.tls.servers import HostnameTable, ServerContexts
from fastgw.tls.trust.callers import CallerTrust

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """How connections to a target are made; equal settings may share connections."""

    validate_chain: bool = True
    validate_name: bool = True
    proxy: Proxy | OutboundProxy | None = None
    limits: Limits = field(default_factory=Limits)
    pins: ServerPins | None = None


class ListenerTls:
    """The TLS context of the HTTPS listeners, and the host names that it serves at the moment.

    Made once per process family, before workers are forked, and kept over reloads: the keys of
    session tickets live in it.
    """

    def __init__(self, table: HostnameTable) -> None:
        self._contexts = ServerContexts(self._select)
        self.context = self._contexts.listener()
        self.serve(table)

    def serve(self, table: HostnameTable) -> None:
        """Serve these host names from the next handshake on."""
        self.table = table
        self._contexts.follow(table)

    def _select(self, name: str | None) -> ssl.SSLContext:
        return self.table.select(name)


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """One configuration, ready to serve.

    `routes` is indexed by the router's operations, `api_routes` by its APIs. `states` says where the state of
    each balanced backend lives, `probes` whose health is checked, `segment` is where policies count what all
    workers do. `hostnames` and `listener_tls` are None where no listener speaks TLS, `cross_domain` (what
    /crossdomain.xml is answered with) where no policy says it, `forwards_certificates` where backends are not
    told of callers' certificates.
    """

    router: Router
    routes: list[Route]
    api_routes: list[Route]
    targets: tuple[Target, ...]
    states: tuple[BackendState, ...]
    probes: tuple[Probe, ...]
    segment: Segment
    client_contexts: ClientContexts
    caller_trust: CallerTrust
    hostnames: HostnameTable | None
    listener_tls: ListenerTls | None
    cross_domain: bytes | None
    forwards_certificates: ForwardAs | None
    trusted_proxies: tuple[Network, ...]
    client_timeouts: ClientTimeouts
    expression_limits: ExpressionLimits
    diagnostics: Diagnostics

    def caller_address(self, peer: bytes, fields: Sequence[tuple[bytes, bytes]]) -> str:
        """The caller: the rightmost X-Forwarded-For entry that is no trusted proxy, else the TCP peer.

        `peer` is the address the connection came from, `fields` the request's header fields. The list is
        believed only where the peer itself is a trusted proxy (design section 11).
        """
        address = peer.decode("latin-1")
        if not self.trusted_proxies or not self._trusts(address):
            return address
        listed = b",".join(value for name, value in fields if name.lower() == b"x-forwarded-for")
        for entry in reversed(listed.decode("latin-1").split(",")):
            candidate = entry.strip()
            try:
                ipaddress.ip_address(candidate)
            except ValueError:
                break
            address = candidate
            if not self._trusts(candidate):
                break
        return address

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
        return any((mapped or parsed) in network for network in self.trusted_proxies)
