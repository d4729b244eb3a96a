"""Who uses the certificates of a configuration: hostnames, backends and policies."""

from __future__ import annotations

from collections.abc import Iterator

from fastgw._program import Program
from fastgw.model import Configuration
from fastgw.policies.flow.wait import Wait
from fastgw.policies.integration.send_one_way_request import SendOneWayRequest
from fastgw.policies.integration.send_request import SendRequest
from fastgw.snapshot.certificates import Certificates
from fastgw.snapshot.snapshot import Snapshot
from fastgw.tls.certs import Certificate


def users_of(
    configuration: Configuration, certificates: Certificates, snapshot: Snapshot | None
) -> dict[str, tuple[str, ...]]:
    """Thumbprint -> users, in words such as `hostname api.example.test` and `policy of api orders`.

    Without a snapshot, which a faulty configuration does not have, policies are left out. What expressions
    compute is not known here.
    """
    found: dict[str, dict[str, None]] = {}
    for reference, user in _entities(configuration):
        certificate = certificates.find(reference)
        if certificate is not None:
            found.setdefault(certificate.thumbprint, {})[user] = None
    for certificate, user in () if snapshot is None else _policies(snapshot):
        found.setdefault(certificate.thumbprint, {})[user] = None
    return {thumbprint: tuple(users) for thumbprint, users in found.items()}


def _entities(configuration: Configuration) -> Iterator[tuple[str, str]]:
    for hostname in configuration.hostnames:
        yield hostname.certificate_id, f"hostname {hostname.host_name}"
    for backend in configuration.backends:
        cluster = None if backend.properties is None else backend.properties.service_fabric_cluster
        references = [*backend.credentials.certificate_ids, *backend.credentials.certificate]
        if cluster is not None:
            references += [
                one for one in (cluster.client_certificate_id, cluster.client_certificate_thumbprint) if one
            ]
        for reference in references:
            yield reference, f"backend {backend.id}"


def _policies(snapshot: Snapshot) -> Iterator[tuple[Certificate, str]]:
    for route in (*snapshot.routes, *snapshot.api_routes):
        for program in (route.inbound, route.backend, route.outbound, route.on_error):
            for scope, certificate in _presented(program):
                yield certificate, _policy(scope, route.api_id, route.operation_id)


def _policy(scope: str, api: str, operation: str | None) -> str:
    if scope == "api":
        return f"policy of api {api}"
    if scope == "operation":
        return f"policy of operation {operation} of api {api}"
    return f"{scope} policy"


def _presented(program: Program | None) -> Iterator[tuple[str, Certificate]]:
    """Scopes and certificates: those in the operands of a program's steps, and of the programs in them."""
    for step in () if program is None else program.steps:
        for operand in step.operands:
            if isinstance(operand, Wait):
                for part in operand.parts:
                    yield from _presented(part)
            elif isinstance(operand, SendRequest | SendOneWayRequest):
                if isinstance(operand.plan.presented, Certificate):
                    yield step.site.scope, operand.plan.presented
            elif isinstance(operand, Certificate):
                yield step.site.scope, operand
