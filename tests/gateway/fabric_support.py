"""What the tests of the Service Fabric resolver share: certificates, a resolver, and ways to ask it."""

from __future__ import annotations

import asyncio
from typing import Any

from fastgw.gateway.fabric import Cluster, ManagementEndpoint, Resolver
from fastgw.gateway.fabric_naming import Endpoint
from fastgw.model.service_fabric import Question
from fastgw.tls.certs import read_certificate
from fastgw.tls.contexts import ClientContext, TrustStore, make_client_context
from tests.harness.cluster import StubCluster
from tests.pki import make_ca

SERVICE = "fabric:/shop/orders"
QUESTION = Question(SERVICE)

CA = make_ca("Cluster Root")
CLIENTS = make_ca("Client Root")
SERVER = CA.issue("cluster", "127.0.0.1")


def client_context(certificate: str | None = "gateway") -> ClientContext:
    issued = None if certificate is None else CLIENTS.issue(certificate, usage="client")
    return make_client_context(
        None if issued is None else read_certificate(issued.pfx()),
        TrustStore((CA.der,), system_roots=False),
        validate_chain=True,
        validate_name=True,
    )


CONTEXT = client_context()


def resolver_of(*clusters: StubCluster | str, context: ClientContext = CONTEXT, **options: Any) -> Resolver:
    urls = [one if isinstance(one, str) else one.url for one in clusters]
    endpoints = tuple(ManagementEndpoint(url, context) for url in urls)
    return Resolver(asyncio.get_running_loop(), Cluster("orders", endpoints), **options)


def begin(
    resolver: Resolver, question: Question = QUESTION, stale: Endpoint | None = None
) -> asyncio.Future[Endpoint | str]:
    """What the callback is told, the endpoint or the problem."""
    told: asyncio.Future[Endpoint | str] = asyncio.get_running_loop().create_future()

    def callback(endpoint: Endpoint | None, problem: str | None) -> None:
        assert (endpoint is None) != (problem is None)
        told.set_result(endpoint or problem or "")

    resolver.request(question, callback, stale)
    return told


async def endpoint_of(
    resolver: Resolver, question: Question = QUESTION, stale: Endpoint | None = None
) -> Endpoint:
    found = await begin(resolver, question, stale)
    assert isinstance(found, Endpoint), found
    return found


async def problem_of(resolver: Resolver, question: Question = QUESTION) -> str:
    found = await begin(resolver, question)
    assert isinstance(found, str), found
    return found
