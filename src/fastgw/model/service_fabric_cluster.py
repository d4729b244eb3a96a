"""A Service Fabric cluster as a backend: whom to ask where a service is, and how to trust the answer.

What it is asked stands in `service_fabric`. Must never ask it, and never look a certificate up.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt

from fastgw.model.record import Record
from fastgw.model.thumbprint import Thumbprint
from fastgw.model.tls_checks import X509CertificateName
from fastgw.model.types import BackendUrl, Reference


class ServiceFabricCluster(Record):
    """A cluster (spec/resilience.md section 5)."""

    # The environment may have put a secret into them.
    management_endpoints: tuple[BackendUrl, ...] = Field(min_length=1, repr=False)
    """The addresses of its management, tried in turn."""

    client_certificate_id: Reference | None = None
    """The certificate shown to them: an id, an ARM id or a thumbprint."""

    # The contract spells it like this.
    client_certificate_thumbprint: Thumbprint | None = Field(
        default=None, alias="clientCertificatethumbprint"
    )
    """The certificate shown to them by SHA-1 thumbprint; not used where clientCertificateId is given."""

    # The service's own default is not documented; with none, sf-resolve-condition would do nothing.
    max_partition_resolution_retries: Annotated[StrictInt, Field(ge=0, le=10)] = 5
    """How often one request may have its partition resolved again, 0 to 10."""

    server_certificate_thumbprints: tuple[Thumbprint, ...] = ()
    """Certificates that they may show, by SHA-1 thumbprint."""

    server_x509_names: tuple[X509CertificateName, ...] = ()
    """Certificates that they may show, by name and issuer."""


class BackendProperties(Record):
    """Properties of special kinds of backends."""

    service_fabric_cluster: ServiceFabricCluster | None = None
    """The cluster that runs the service."""
