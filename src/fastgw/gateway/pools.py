"""The pools of a worker: found by what tells connections apart, kept over reloads.

Two certificates, two trust settings or two proxies never share a connection, because each is
part of the key.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import Any

from fastgw._exchange import Target
from fastgw.gateway.addresses import AddressBook
from fastgw.gateway.deadlines import DeadlineQueue
from fastgw.gateway.dialer import Dialer, Proxy
from fastgw.gateway.pool import Pool
from fastgw.model.types import split_url
from fastgw.outbound import OutboundProxy
from fastgw.snapshot import ConnectionSettings, Snapshot
from fastgw.tls.certs import Certificate

_PROXY_PORTS = {"http": 80, "https": 443}
Key = tuple[Any, ...]
# Pools of addresses that no configuration lists, such as those of replicas; beyond, unused ones go.
_PASSING_POOLS = 1024


class Pools:
    """Pools by scheme, host, port, TLS context and connection settings."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._pools: dict[Key, Pool] = {}
        self._idle_deadlines: dict[float, DeadlineQueue] = {}
        self._snapshot: Snapshot | None = None
        self._listed: set[Key] = set()
        self._through: dict[tuple[Target, OutboundProxy], Target] = {}
        # The workers of a machine do not all begin with the same address of a name.
        self._address_book = AddressBook(chance=random.random)

    def install(self, snapshot: Snapshot) -> None:
        """Take over a configuration: pools that it no longer has any use for are retired."""
        self._snapshot = snapshot
        self._through.clear()
        self._listed = {(t.scheme, t.host, t.port, t.connection) for t in snapshot.targets}
        contexts = {id(context) for context in snapshot.client_contexts}
        for key in list(self._pools):
            scheme, host, port, settings, context = key
            if (scheme, host, port, settings) in self._listed and (
                context is None or id(context) in contexts
            ):
                continue
            self._pools.pop(key).retire()

    def of(self, target: Target, certificate: Certificate | None, snapshot: Snapshot) -> Pool:
        """The pool for a target and the certificate to present there.

        Raises CertificateError where the certificate cannot be presented.
        """
        settings: ConnectionSettings = target.connection
        context = None
        if target.scheme == "https":
            context = snapshot.client_contexts.get(
                certificate,
                validate_chain=settings.validate_chain,
                validate_name=settings.validate_name,
                pins=settings.pins,
            )
        key = (target.scheme, target.host, target.port, settings, context)
        pool = self._pools.get(key)
        if pool is None:
            pool = self._make(target, settings, context)
            # A request of the previous configuration may come here after the swap; its pool is its own.
            if snapshot is self._snapshot:
                self._pools[key] = pool
                if len(self._pools) > len(self._listed) + _PASSING_POOLS:
                    self._forget_unused()
        if snapshot is self._snapshot:
            target.pool = pool
            target.pool_certificate = certificate
        return pool

    def through(self, target: Target, proxy: OutboundProxy) -> Target:
        """The same target, reached through a proxy that a policy names in place of its own."""
        key = (target, proxy)
        made = self._through.get(key)
        if made is None:
            if len(self._through) >= _PASSING_POOLS:
                self._through.clear()
            made = self._through[key] = Target(
                scheme=target.scheme,
                host=target.host,
                port=target.port,
                host_header=target.host_header,
                base_path=target.base_path,
                backend_id=target.backend_id,
                credentials=target.credentials,
                certificate=target.certificate,
                connection=replace(target.connection, proxy=proxy),
            )
        return made

    def _forget_unused(self) -> None:
        """Let go of pools without connections whose address comes from requests: replicas move on."""
        for key, pool in list(self._pools.items()):
            if pool.opened == 0 and key[:4] not in self._listed:
                self._pools.pop(key).retire()

    def _make(self, target: Target, settings: ConnectionSettings, context: Any) -> Pool:
        limits = settings.limits
        deadlines = self._idle_deadlines.get(limits.idle_timeout)
        if deadlines is None:
            deadlines = self._idle_deadlines[limits.idle_timeout] = DeadlineQueue(
                self._loop, limits.idle_timeout
            )
        return Pool(
            self._loop,
            self._dialer(target, settings, context),
            limit=limits.connections,
            pending=limits.pending,
            lifetime=limits.lifetime,
            idle_deadlines=deadlines,
        )

    def __iter__(self) -> Any:
        return iter(self._pools.values())

    def close(self) -> None:
        """Close every idle connection, for the end of the worker."""
        while self._pools:
            self._pools.popitem()[1].retire()

    def _dialer(self, target: Target, settings: ConnectionSettings, context: Any) -> Any:
        """What opens the connections of a pool."""
        return Dialer(
            target.host,
            target.port,
            context=context,
            connect_timeout=settings.limits.connect_timeout,
            proxy=_proxy_of(settings),
            address_book=self._address_book,
        )


def _proxy_of(settings: ConnectionSettings) -> Proxy | None:
    given = settings.proxy
    if given is None:
        return None
    if isinstance(given, OutboundProxy):
        return Proxy(given.host, given.port, authorization=given.authorization)
    parts = split_url(given.url)
    return Proxy(
        parts.hostname or "",
        parts.port or _PROXY_PORTS[parts.scheme],
        given.username,
        given.password.get_secret_value() if given.password is not None else None,
    )
