"""A Service Fabric service as a configuration has it: what is needed to find and call its replicas."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastgw._program import Program
from fastgw.model.service_fabric import FabricCall
from fastgw.snapshot.snapshot import ConnectionSettings
from fastgw.tls.certs import Certificate
from fastgw.tls.contexts import ClientContext, ClientContexts
from fastgw.tls.pins import ServerPins


@dataclass(frozen=True, slots=True, eq=False)
class FabricService:
    """The service behind a backend.

    `service_name` is None where the backend's url is a placeholder: then a policy names the service.
    `cluster_certificate` and `cluster_pins` are for the management endpoints; `certificate`, `credentials`
    and `connection` for the replicas. `call` is what a policy asks of it.
    """

    backend_id: str
    service_name: str | None = field(repr=False)
    # The environment may have put a secret into them.
    management_endpoints: tuple[str, ...] = field(repr=False)
    cluster_certificate: Certificate | None
    cluster_pins: ServerPins | None
    max_resolution_retries: int
    credentials: Program | None
    certificate: Certificate | None
    connection: ConnectionSettings
    call: FabricCall


def cluster_context(contexts: ClientContexts, service: FabricService) -> ClientContext:
    """The TLS context for the management endpoints of a service's cluster."""
    return contexts.get(service.cluster_certificate, pins=service.cluster_pins)
