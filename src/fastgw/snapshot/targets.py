"""Turns backends and base URLs into targets: address, credentials, certificate, connection settings."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from fastgw._exchange import Target
from fastgw._program import ExistsAction, Message, Op, Program, Section, Site, Step
from fastgw.compiler.named_values import NamedValues, substitute_text
from fastgw.compiler.report import suggestion
from fastgw.errors import Diagnostics
from fastgw.model import Backend, BackendAddress, Configuration
from fastgw.model.service_fabric import FabricCall
from fastgw.model.service_fabric_cluster import ServiceFabricCluster
from fastgw.model.tls_checks import X509CertificateName
from fastgw.model.types import parse_address, split_url
from fastgw.snapshot.balancers import Address, Balancers, Service
from fastgw.snapshot.certificates import Certificates
from fastgw.snapshot.fabric import FabricService
from fastgw.snapshot.places import NoPlaceError, Places
from fastgw.snapshot.snapshot import ConnectionSettings
from fastgw.tls.certs import Certificate, CertificateError, read_certificate
from fastgw.tls.pins import ServerPins
from fastgw.tls.servers import make_server_context

_DEFAULT_PORTS = {"http": 80, "https": 443}
Parts = tuple[str, str, int, str]

# What a policy gets for a certificate whose own error stops the build anyway.
_UNREADABLE = object()


# What requests may make, of each kind: beyond, all of them are forgotten and made anew.
_MOST_PASSING = 1024

Made = TypeVar("Made")


class Targets:
    """The targets of one configuration; also what policies resolve names with.

    A base URL that equals a backend's URL is that backend (spec/policies/routing.md). Once `settle` is
    called, what is asked for comes from expressions, and may be as many as there are requests.
    """

    def __init__(
        self,
        configuration: Configuration,
        certificates: Certificates,
        named_values: NamedValues,
        diagnostics: Diagnostics,
        places: Places,
    ) -> None:
        self._configuration = configuration
        self._certificates = certificates
        self._named_values = named_values
        self._diagnostics = diagnostics
        self._by_id: dict[str, Target] = {}
        self._by_address: dict[Parts, Target] = {}
        self._all: list[Target] = []
        self._addresses: dict[str, tuple[Backend, tuple[Address, ...]]] = {}
        self._pools = {one.id.casefold() for one in configuration.backends if one.type == "Pool"}
        self._full = False
        self._fabric_targets: dict[tuple[str | None, FabricCall], Target] = {}
        self._is_settled = False
        self._passing_targets: dict[Parts, Target] = {}
        self._passing_certificates: dict[bytes, Certificate] = {}
        key = configuration.gateway.session_affinity_key
        self.balancers = Balancers(places, None if key is None else key.get_secret_value().encode())
        # Presented by policies; their contexts are made with the configuration, not with a request.
        # By chain: one certificate that came with two chains takes two contexts.
        self.policy_certificates: dict[tuple[bytes, ...], Certificate] = {}
        for index, backend in enumerate(configuration.backends):
            if backend.type == "Single":
                self._add_single(index, backend)
        for index, backend in enumerate(configuration.backends):
            if backend.type == "Pool":
                self._add_pool(index, backend)

    def __iter__(self) -> Iterator[Target]:
        return iter(self._all)

    def _add_single(self, index: int, backend: Backend) -> None:
        certificate = self._certificate_of(index, backend)
        if self._configuration.gateway.backend_certificates != "auto":
            if certificate is not None:
                self._diagnostics.warning(
                    "gateway.backendCertificates is policy, so the certificate is presented only where a "
                    "policy has <authentication-certificate>",
                    self._configuration.locate("backends", index, "credentials", "certificateIds"),
                    f"backend {backend.id}",
                )
            certificate = None
        credentials = _credentials(self._configuration, index, backend, self._named_values, self._diagnostics)
        connection = ConnectionSettings(
            backend.tls.validate_certificate_chain,
            backend.tls.validate_certificate_name,
            backend.proxy,
            backend.limits,
            _pins(backend.tls.server_certificate_thumbprints, backend.tls.server_x509_names),
        )

        def target(parts: Parts) -> Target:
            made = make_target(
                parts,
                backend_id=backend.id,
                credentials=credentials,
                certificate=certificate,
                connection=connection,
            )
            self._all.append(made)
            return made

        cluster = _cluster_of(backend)
        if cluster is not None:
            # Stands for replicas that only a request finds.
            front = target(("https", "", 0, ""))
            front.fabric = self._fabric_service(index, backend, cluster, credentials, certificate, connection)
            addresses: tuple[Address, ...] = (Address("service", "", 1, front),)
        else:
            addresses = tuple(
                Address(name, one.url, one.weight, target(parse_address(one.url)))
                for name, one in _named(_addresses(backend))
            )
            self._addresses[backend.id.casefold()] = (backend, addresses)
            front = addresses[0].target
            if len(addresses) > 1:
                front = target(parse_address(addresses[0].url))
            else:
                self._by_address.setdefault(parse_address(addresses[0].url), front)
            if len(addresses) == 1 and backend.load_balancing is not None:
                self._diagnostics.warning(
                    "there is one URL, so there is nothing to balance",
                    self._configuration.locate("backends", index, "loadBalancing"),
                    f"backend {backend.id}",
                )
            else:
                self._warn_of_slow_start(index, backend, (backend,))
        self._by_id[backend.id.casefold()] = front
        try:
            front.balancer = self.balancers.single(backend, addresses)
        except NoPlaceError as error:
            self._report_no_place(error, index, backend)

    def _report_no_place(self, error: NoPlaceError, index: int, backend: Backend) -> None:
        """Say once that there is no room, at the first backend that found none."""
        if not self._full:
            self._full = True
            where = self._configuration.locate("backends", index)
            self._diagnostics.error(str(error), where, f"backend {backend.id}")

    def _add_pool(self, index: int, backend: Backend) -> None:
        """A pool's target; members that do not exist or are no Single backends are errors."""
        entity = f"backend {backend.id}"
        services: list[Service] = []
        for at, service in enumerate(backend.pool.services if backend.pool is not None else ()):
            where = self._configuration.locate("backends", index, "pool", "services", at, "id")
            id = service.backend_id.casefold()
            found = self._addresses.get(id)
            if found is not None:
                services.append(Service(*found, service.weight, service.priority))
            elif id in self._pools:
                self._diagnostics.error(
                    "a pool cannot be a member of a pool; list its backends", where, entity
                )
            elif id in self._by_id:
                self._diagnostics.error(
                    "a Service Fabric service cannot be a member of a pool", where, entity
                )
            else:
                near = suggestion(id, tuple(self._addresses))
                self._diagnostics.error(f"there is no backend '{service.id}'{near}", where, entity)
        # It is never called itself, and known to policies even where a member is wrong.
        front = make_target(("http", "", 0, ""), backend_id=backend.id, connection=ConnectionSettings())
        self._by_id[backend.id.casefold()] = front
        if not services:
            return
        self._warn_of_slow_start(index, backend, [service.backend for service in services])
        try:
            front.balancer = self.balancers.pool(backend, services)
        except NoPlaceError as error:
            self._report_no_place(error, index, backend)
        except ValueError as error:
            self._diagnostics.error(str(error), self._configuration.locate("backends", index, "pool"), entity)

    def _warn_of_slow_start(self, index: int, backend: Backend, members: Iterable[Backend]) -> None:
        """Where nothing takes a member out, none comes back."""
        if backend.load_balancing is None or backend.load_balancing.slow_start is None:
            return
        if any(one.health_check or (one.circuit_breaker and one.circuit_breaker.rules) for one in members):
            return
        self._diagnostics.warning(
            "`loadBalancing.slowStart` has no effect: without a circuit breaker or health checks nothing is "
            "ever out, so nothing comes back",
            self._configuration.locate("backends", index, "loadBalancing", "slowStart"),
            f"backend {backend.id}",
        )

    def _fabric_service(
        self,
        index: int,
        backend: Backend,
        cluster: ServiceFabricCluster,
        credentials: Program | None,
        certificate: Certificate | None,
        connection: ConnectionSettings,
    ) -> FabricService:
        reference, key = cluster.client_certificate_id, "clientCertificateId"
        if reference is None:
            reference, key = cluster.client_certificate_thumbprint, "clientCertificatethumbprint"
        path = ("properties", "serviceFabricCluster", key)
        shown = self._usable(reference, index, backend, path) if reference is not None else None
        url = backend.url or ""
        return FabricService(
            backend.id,
            url if url.startswith("fabric:") else None,
            cluster.management_endpoints,
            shown,
            _pins(cluster.server_certificate_thumbprints, cluster.server_x509_names),
            cluster.max_partition_resolution_retries,
            credentials,
            certificate,
            connection,
            FabricCall(),
        )

    # What the policy compiler asks for (compiler.Resolver).

    def backend(self, id: str) -> Target | None:
        """The target of a backend, by id or ARM id."""
        return self._by_id.get(_last_segment(id))

    def fabric_target(self, target: object, call: FabricCall) -> Target:
        """The target for what a policy asks of a Service Fabric backend."""
        if not isinstance(target, Target) or target.fabric is None:
            raise TypeError("the target is no Service Fabric service")
        key = (target.backend_id, call)
        made = self._fabric_targets.get(key)
        if made is None:
            made = self._fabric_targets[key] = make_target(
                (target.scheme, target.host, target.port, ""),
                backend_id=target.backend_id,
                connection=target.connection,
            )
            made.fabric = replace(target.fabric, call=call)
            made.balancer = target.balancer
        return made

    def url(self, base_url: str) -> Target:
        """The target of a base URL. Raises ValueError with a message that does not repeat the URL."""
        address = parse_address(base_url)
        target = self._by_address.get(address) or self._passing_targets.get(address)
        if target is None:
            target = make_target(address, connection=ConnectionSettings())
            if self._is_settled:
                return _keep(self._passing_targets, address, target)
            self._by_address[address] = target
            self._all.append(target)
        return target

    def certificate(self, id: str) -> object | None:
        """A certificate to present, by id or ARM id."""
        if self._certificates.knows(id) and self._certificates.by_id(id) is None:
            return _UNREADABLE
        return self._presented(self._certificates.by_id(id))

    def recognised(self, id: str) -> object | None:
        """A certificate that callers are recognised by, by id or ARM id."""
        if self._certificates.knows(id) and self._certificates.by_id(id) is None:
            return _UNREADABLE
        return self._certificates.by_id(id)

    def thumbprint(self, hex: str) -> Certificate | None:
        """A certificate to present, by thumbprint."""
        return self._presented(self._certificates.by_thumbprint(hex))

    def pfx(self, data: bytes, password: str | None) -> Certificate:
        """A certificate to present, from a PFX. Raises ValueError."""
        # Reading a PFX takes milliseconds, on purpose: its key is derived from the password.
        digest = hashlib.sha256(data, usedforsecurity=False)
        digest.update(b"" if password is None else password.encode("utf-8", "surrogatepass"))
        digest.update(len(data).to_bytes(8, "big"))
        key = digest.digest()
        certificate = self._passing_certificates.get(key)
        if certificate is not None:
            return certificate
        certificate = read_certificate(data, password)
        certificate.require_private_key()
        make_server_context(certificate)
        if not self._is_settled:
            self.policy_certificates[certificate.chain] = certificate
        return _keep(self._passing_certificates, key, certificate)

    def settle(self) -> None:
        """Everything that the configuration names has been asked for."""
        self._is_settled = True

    def backend_ids(self) -> tuple[str, ...]:
        """For suggestions."""
        return tuple(self._by_id)

    def certificate_ids(self) -> tuple[str, ...]:
        """For suggestions."""
        return self._certificates.ids()

    def _presented(self, certificate: Certificate | None) -> Certificate | None:
        if certificate is not None:
            certificate.require_private_key()
            self.policy_certificates[certificate.chain] = certificate
        return certificate

    def _certificate_of(self, index: int, backend: Backend) -> Certificate | None:
        """The certificate that the backend's credentials name; findings are reported."""
        credentials = backend.credentials
        key = "certificateIds" if credentials.certificate_ids else "certificate"
        entity = f"backend {backend.id}"
        first: Certificate | None = None
        for at, reference in enumerate(credentials.certificate_ids or credentials.certificate):
            certificate = self._usable(reference, index, backend, ("credentials", key, at))
            if certificate is None:
                continue
            if first is None:
                first = certificate
            else:
                where = self._configuration.locate("backends", index, "credentials", key, at)
                self._diagnostics.warning("only the first certificate is presented", where, entity)
        plain = _cluster_of(backend) is None and all(
            one.url.lower().startswith("http:") for one in _addresses(backend)
        )
        if first is not None and plain:
            self._diagnostics.warning(
                "the backend's url is http, so its certificate is never presented",
                self._configuration.locate("backends", index, "urls" if backend.urls else "url"),
                entity,
            )
        return first

    def _usable(
        self, reference: str, index: int, backend: Backend, path: tuple[str | int, ...]
    ) -> Certificate | None:
        """A certificate to present, by id, ARM id or thumbprint; an error at `path` where there is none."""
        where = self._configuration.locate("backends", index, *path)
        entity = f"backend {backend.id}"
        certificate = self._certificates.find(reference)
        if certificate is None:
            if not self._certificates.knows(reference):
                self._diagnostics.error(f"there is no certificate '{reference}'", where, entity)
            return None
        try:
            certificate.require_private_key()
        except CertificateError as error:
            self._diagnostics.error(str(error), where, entity)
            return None
        return certificate


def _keep(passing: dict[Any, Made], key: object, made: Made) -> Made:
    if len(passing) >= _MOST_PASSING:
        passing.clear()
    passing[key] = made
    return made


def _last_segment(id: str) -> str:
    """The id that an ARM id ends with, as ids are compared."""
    return id.rstrip("/").rpartition("/")[2].casefold()


def _cluster_of(backend: Backend) -> ServiceFabricCluster | None:
    return None if backend.properties is None else backend.properties.service_fabric_cluster


def _addresses(backend: Backend) -> tuple[BackendAddress, ...]:
    return backend.urls or (BackendAddress(url=backend.url or ""),)


def _named(addresses: Sequence[BackendAddress]) -> Iterator[tuple[str, BackendAddress]]:
    """Each with a name for logs: what of its URL cannot hold a secret, numbered where that is not enough."""
    seen: Counter[str] = Counter()
    for address in addresses:
        parts = split_url(address.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        seen[origin] += 1
        yield (origin if seen[origin] == 1 else f"{origin}#{seen[origin]}"), address


def _pins(thumbprints: Sequence[str], names: Sequence[X509CertificateName]) -> ServerPins | None:
    if not thumbprints and not names:
        return None
    return ServerPins(
        frozenset(thumbprints), tuple((one.name, one.issuer_certificate_thumbprint) for one in names)
    )


def make_target(
    parts: Parts,
    *,
    connection: ConnectionSettings,
    backend_id: str | None = None,
    credentials: Program | None = None,
    certificate: Certificate | None = None,
) -> Target:
    """The target of an address, with what belongs to it."""
    scheme, host, port, path = parts
    bracketed = f"[{host}]" if ":" in host else host
    return Target(
        scheme=scheme,
        host=host,
        port=port,
        host_header=(bracketed if port == _DEFAULT_PORTS[scheme] else f"{bracketed}:{port}").encode(),
        base_path=path.encode(),
        backend_id=backend_id,
        credentials=credentials,
        certificate=certificate,
        connection=connection,
    )


def _credentials(
    configuration: Configuration,
    index: int,
    backend: Backend,
    named_values: NamedValues,
    diagnostics: Diagnostics,
) -> Program | None:
    """Steps that put the entity's headers and query parameters in place of the caller's.

    Their values may hold {{named values}}, as in the service.
    """
    site = Site("forward-request", None, "forward-request", "backend")
    given = backend.credentials
    steps: list[Step] = []

    def resolved(texts: tuple[str, ...], *path: str) -> tuple[bytes, ...]:
        try:
            return tuple(substitute_text(text, named_values).encode() for text in texts)
        except LookupError as error:
            diagnostics.error(
                f"there is no named value '{error.args[0]}'",
                configuration.locate("backends", index, "credentials", *path),
                f"backend {backend.id}",
            )
            return ()

    def add(op: int, operands: tuple[object, ...], *path: str) -> None:
        step = Step(op, operands, site)
        try:
            Program(Section.BACKEND, (step,))
        except ValueError as error:
            where = configuration.locate("backends", index, "credentials", *path)
            diagnostics.error(str(error), where, f"backend {backend.id}")
        else:
            steps.append(step)

    override = ExistsAction.OVERRIDE
    for name, values in given.header.items():
        texts = resolved(values, "header", name)
        add(Op.SET_HEADER, (Message.REQUEST, name.encode(), override, texts), "header", name)
    if given.authorization is not None:
        value = f"{given.authorization.scheme} {given.authorization.parameter.get_secret_value()}"
        texts = resolved((value,), "authorization", "parameter")
        add(Op.SET_HEADER, (Message.REQUEST, b"Authorization", override, texts), "authorization", "parameter")
    for name, values in given.query.items():
        add(Op.SET_QUERY, (name.encode(), override, resolved(values, "query", name)), "query", name)
    return Program(Section.BACKEND, steps) if steps else None
