"""Requests to Service Fabric services: which replica a request goes to, and when it is asked for again.

The resolvers of a worker, and what one request knows of its resolution. Sends nothing itself; source:
spec/resilience.md section 5.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

from fastgw._exchange import Target
from fastgw.gateway.fabric import Cluster, ManagementEndpoint, Resolver, Waiter
from fastgw.gateway.fabric_naming import Endpoint
from fastgw.model.service_fabric import Question
from fastgw.model.types import parse_address, split_url
from fastgw.snapshot import Snapshot
from fastgw.snapshot.fabric import FabricService, cluster_context
from fastgw.snapshot.targets import make_target

KEPT_TARGETS: Final = 1024
"""Targets of replicas that are kept; the least recently used goes first."""

Found = Callable[[Target | None, str | None], None]
"""Called with a replica's target, or with None and what went wrong."""


class FabricCalls:
    """The resolvers and the replicas' targets of one worker."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._resolvers: dict[Cluster, Resolver] = {}
        # The same by service, so that no request has to describe its cluster.
        self._by_service: dict[FabricService, Resolver] = {}
        self._targets: OrderedDict[tuple[FabricService, str], Target] = OrderedDict()

    def install(self, snapshot: Snapshot) -> None:
        """Take over a configuration: answers of clusters that are still asked in the same way are kept.

        A request that began with an earlier one may still come; what is made for it goes with the next.
        """
        clusters = {
            _cluster(target.fabric, snapshot) for target in snapshot.targets if target.fabric is not None
        }
        self._resolvers = {
            cluster: resolver for cluster, resolver in self._resolvers.items() if cluster in clusters
        }
        self._by_service.clear()
        # Their pools were retired: the snapshot does not know replicas.
        self._targets.clear()

    def begin(self, service: FabricService, exchange: Any) -> FabricRequest:
        """What one request asks of a service.

        Raises ValueError where nothing names the service, and what a computed attribute raises.
        """
        if service.service_name is None and service.call.service_name is None:
            raise ValueError(
                f"The url of backend '{service.backend_id}' names no service; set sf-service-instance-name."
            )
        question = service.call.question(exchange, service.service_name or "")
        return FabricRequest(self, service, self._resolver(service, exchange.snapshot), question)

    def _resolver(self, service: FabricService, snapshot: Snapshot) -> Resolver:
        resolver = self._by_service.get(service)
        if resolver is None:
            cluster = _cluster(service, snapshot)
            resolver = self._resolvers.get(cluster)
            if resolver is None:
                resolver = self._resolvers[cluster] = Resolver(self._loop, cluster)
            self._by_service[service] = resolver
        return resolver

    def target(self, service: FabricService, url: str) -> Target:
        """The target of a replica, by the URL that its listener has."""
        key = (service, url)
        made = self._targets.get(key)
        if made is None:
            made = self._targets[key] = make_target(
                parse_address(url),
                backend_id=service.backend_id,
                credentials=service.credentials,
                certificate=service.certificate,
                connection=service.connection,
            )
            if len(self._targets) > KEPT_TARGETS:
                self._targets.popitem(last=False)
        else:
            self._targets.move_to_end(key)
        return made


class FabricRequest:
    """What one request knows of its partition."""

    __slots__ = (
        "_calls",
        "_endpoint",
        "_question",
        "_resolver",
        "_retries",
        "_service",
        "_stale",
        "_waiter",
        "refused",
    )

    def __init__(
        self, calls: FabricCalls, service: FabricService, resolver: Resolver, question: Question
    ) -> None:
        self._calls = calls
        self._service = service
        self._resolver = resolver
        self._question = question
        self._retries = 0
        self._endpoint: Endpoint | None = None
        # The endpoint that the cluster is to be told of, until it has answered.
        self._stale: Endpoint | None = None
        self._waiter: Waiter | None = None
        self.refused = False
        """The question itself was refused; the backend is not to blame."""

    def known(self) -> Target | None:
        """The target of a replica that is known already; None where the cluster has to be asked."""
        if self._stale is not None:
            return None
        self._endpoint = self._resolver.cached(self._question)
        return None if self._endpoint is None else self._calls.target(self._service, self._endpoint.url)

    def find(self, found: Found) -> None:
        """Ask the cluster; `found` is called later, on the loop, unless `cancel` comes first."""

        def resolved(endpoint: Endpoint | None, problem: str | None) -> None:
            self.refused = self._waiter is not None and self._waiter.refused
            self._waiter = None
            if endpoint is None:
                found(None, problem)
                return
            self._stale = None
            self._endpoint = endpoint
            found(self._calls.target(self._service, endpoint.url), None)

        self._waiter = self._resolver.request(self._question, resolved, self._stale)

    def cancel(self) -> None:
        """The request waits no longer."""
        if self._waiter is not None:
            self._waiter.cancel()
            self._waiter = None

    def resolves_again(self, exchange: Any) -> bool:
        """After an attempt: whether the partition is to be resolved and the request sent again.

        Raises what the policy's expression raises.
        """
        if self._retries >= self._service.max_resolution_retries:
            return False
        if not self._service.call.resolves_again(exchange):
            return False
        self._retries += 1
        if self._stale is None:
            self._stale = self._endpoint
        return True


def _cluster(service: FabricService, snapshot: Snapshot) -> Cluster:
    context = cluster_context(snapshot.client_contexts, service)
    return Cluster(
        service.backend_id,
        tuple(
            ManagementEndpoint(url, context if split_url(url).scheme == "https" else None)
            for url in service.management_endpoints
        ),
    )
