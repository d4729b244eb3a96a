"""Turns backends and base URLs into targets: address, credentials, certificate, connection settings."""

from __future__ import annotations

from collections.abc import Iterator

from fastgw._exchange import Target
from fastgw._program import ExistsAction, Message, Op, Program, Section, Site, Step
from fastgw.compiler.named_values import NamedValues, substitute_text
from fastgw.errors import Diagnostics
from fastgw.model import Backend, Configuration
from fastgw.model.types import check_backend_url, split_url
from fastgw.snapshot.certificates import Certificates
from fastgw.snapshot.snapshot import ConnectionSettings
from fastgw.tls.certs import Certificate, CertificateError, read_certificate
from fastgw.tls.servers import make_server_context

_DEFAULT_PORTS = {"http": 80, "https": 443}
Address = tuple[str, str, int, str]

# What a policy gets for a certificate whose own error stops the build anyway.
_UNREADABLE = object()


def parse_address(url: str) -> Address:
    """(scheme, host, port, path without its last slash) of a base URL. Raises ValueError."""
    check_backend_url(url)
    parts = split_url(url)
    scheme = parts.scheme.lower()
    return (
        scheme,
        (parts.hostname or "").lower(),
        parts.port or _DEFAULT_PORTS[scheme],
        parts.path.rstrip("/"),
    )


class Targets:
    """The targets of one configuration; also what policies resolve names with.

    A base URL that equals a backend's URL is that backend (spec/policies/routing.md).
    """

    def __init__(
        self,
        configuration: Configuration,
        certificates: Certificates,
        named_values: NamedValues,
        diagnostics: Diagnostics,
    ) -> None:
        self._certificates = certificates
        self._by_id: dict[str, Target] = {}
        self._by_address: dict[Address, Target] = {}
        # Presented by policies; their contexts are made with the configuration, not with a request.
        # By chain: one certificate that came with two chains takes two contexts.
        self.policy_certificates: dict[tuple[bytes, ...], Certificate] = {}
        auto = configuration.gateway.backend_certificates == "auto"
        for index, backend in enumerate(configuration.backends):
            certificate = self._certificate_of(configuration, index, backend, diagnostics)
            if certificate is not None and not auto:
                diagnostics.warning(
                    "gateway.backendCertificates is policy, so the certificate is presented only where a "
                    "policy has <authentication-certificate>",
                    configuration.locate("backends", index, "credentials", "certificateIds"),
                    f"backend {backend.id}",
                )
            address = parse_address(backend.url)
            target = _target(
                address,
                backend_id=backend.id,
                credentials=_credentials(configuration, index, backend, named_values, diagnostics),
                certificate=certificate if auto else None,
                connection=ConnectionSettings(
                    backend.tls.validate_certificate_chain,
                    backend.tls.validate_certificate_name,
                    backend.proxy,
                    backend.limits,
                ),
            )
            self._by_id[backend.id.casefold()] = target
            self._by_address.setdefault(address, target)

    def __iter__(self) -> Iterator[Target]:
        seen: set[int] = set()
        for target in (*self._by_id.values(), *self._by_address.values()):
            if id(target) not in seen:
                seen.add(id(target))
                yield target

    # What the policy compiler asks for (compiler.Resolver).

    def backend(self, id: str) -> Target | None:
        """The target of a backend, by id or ARM id."""
        return self._by_id.get(id.rstrip("/").rpartition("/")[2].casefold())

    def url(self, base_url: str) -> Target:
        """The target of a base URL. Raises ValueError with a message that does not repeat the URL."""
        address = parse_address(base_url)
        target = self._by_address.get(address)
        if target is None:
            target = self._by_address[address] = _target(address, connection=ConnectionSettings())
        return target

    def certificate(self, id: str) -> object | None:
        """A certificate to present, by id or ARM id."""
        if self._certificates.knows(id) and self._certificates.by_id(id) is None:
            return _UNREADABLE
        return self._presented(self._certificates.by_id(id))

    def thumbprint(self, hex: str) -> Certificate | None:
        """A certificate to present, by thumbprint."""
        return self._presented(self._certificates.by_thumbprint(hex))

    def pfx(self, data: bytes, password: str | None) -> Certificate:
        """A certificate to present, from a PFX. Raises ValueError."""
        certificate = read_certificate(data, password)
        certificate.require_private_key()
        make_server_context(certificate)
        self.policy_certificates[certificate.chain] = certificate
        return certificate

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

    def _certificate_of(
        self, configuration: Configuration, index: int, backend: Backend, diagnostics: Diagnostics
    ) -> Certificate | None:
        """The certificate that the backend's credentials name; findings are reported."""
        credentials = backend.credentials
        key = "certificateIds" if credentials.certificate_ids else "certificate"
        first: Certificate | None = None
        for at, reference in enumerate(credentials.certificate_ids or credentials.certificate):
            where = configuration.locate("backends", index, "credentials", key, at)
            entity = f"backend {backend.id}"
            certificate = self._certificates.find(reference)
            if certificate is None:
                if not self._certificates.knows(reference):
                    diagnostics.error(f"there is no certificate '{reference}'", where, entity)
                continue
            try:
                certificate.require_private_key()
            except CertificateError as error:
                diagnostics.error(str(error), where, entity)
                continue
            if first is None:
                first = certificate
            else:
                diagnostics.warning("only the first certificate is presented", where, entity)
        if first is not None and backend.url.lower().startswith("http:"):
            diagnostics.warning(
                "the backend's url is http, so its certificate is never presented",
                configuration.locate("backends", index, "url"),
                f"backend {backend.id}",
            )
        return first


def _target(
    address: Address,
    *,
    connection: ConnectionSettings,
    backend_id: str | None = None,
    credentials: Program | None = None,
    certificate: Certificate | None = None,
) -> Target:
    scheme, host, port, path = address
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
