"""Entities in, Snapshot out, or every error at once.

The one door through which a configuration becomes something that serves; `check`, start and
reload all pass here. Parts that have not changed are taken over from the previous snapshot, so
that TLS sessions and connections outlive a reload.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from fastgw._exchange import Route
from fastgw._program import Op
from fastgw._route import Router, TemplateError
from fastgw.compiler import PolicyCompiler, Programs
from fastgw.compiler.engine import Expressions
from fastgw.compiler.named_values import NamedValues
from fastgw.errors import Diagnostics
from fastgw.model import Api, Configuration
from fastgw.model.api import Operation
from fastgw.policies import REGISTRY
from fastgw.snapshot.certificates import Certificates, trust_store
from fastgw.snapshot.cross_domain import without_cross_domain
from fastgw.snapshot.fabric import cluster_context
from fastgw.snapshot.facts import Facts
from fastgw.snapshot.places import Places, private_places
from fastgw.snapshot.snapshot import ConnectionSettings, ListenerTls, Snapshot
from fastgw.snapshot.targets import Targets
from fastgw.snapshot.vaults import check_vaults
from fastgw.tls import asking
from fastgw.tls.certs import Certificate, CertificateError
from fastgw.tls.contexts import ClientContexts, TrustStore
from fastgw.tls.pins import ServerPins
from fastgw.tls.selfsigned import make_self_signed
from fastgw.tls.servers import Hostname, HostnameError, HostnameTable
from fastgw.tls.trust.callers import CallerTrust


class _NamedValue(NamedTuple):
    """What a policy's {{name}} stands for (compiler.NamedValue)."""

    value: str
    secret: bool
    unread: bool


NOT_AS_ASKED = (
    "callers of every host name are asked for a certificate, and one that does not lead to a trusted root "
    "fails the handshake before a policy sees it,"
)
"""What differs where the handshake cannot be told to take any certificate (design section 6)."""

# In the place of a value that was not read: of what it may stand for, this suits the most.
_STAND_IN = "1"
_SCHEMES = {"http": 1, "https": 2}
_SELF_MADE_NAMES = ("localhost", "127.0.0.1", "::1")


def build(
    configuration: Configuration, previous: Snapshot | None = None, places: Places | None = None
) -> Snapshot:
    """Build what serves `configuration`; raises ConfigurationError with every finding.

    `places` says where the state that processes share lives; without it, it lives in this process. Raises
    NoPlaceError where there is not room enough. Warnings are in the snapshot's `diagnostics`.
    """
    diagnostics = Diagnostics()
    certificates = Certificates(configuration, diagnostics)
    trust = trust_store(configuration, diagnostics)
    certificates.warn_of_incomplete(configuration, trust, diagnostics)
    named_values = {
        value.display_name: _NamedValue(value.value or _STAND_IN, value.secret, value.is_unread)
        for value in configuration.named_values
    }
    check_vaults(configuration, certificates, diagnostics)
    places = places or private_places()
    targets = Targets(configuration, certificates, NamedValues(named_values), diagnostics, places)
    hostnames, listener_tls = _listeners(configuration, certificates, trust, previous, diagnostics)
    compiler = PolicyCompiler(
        named_values,
        {fragment.id: fragment.value for fragment in configuration.policy_fragments},
        targets,
        Expressions(),
        REGISTRY,
        diagnostics,
    )
    compiler.check_fragments()
    table = _RouteTable(configuration, compiler, targets, certificates, diagnostics)
    contexts = ClientContexts(trust, previous.client_contexts if previous is not None else None)
    diagnostics.raise_errors()
    targets.settle()
    _make_contexts(contexts, targets)
    contexts.settle()
    caller_trust = CallerTrust(
        trust,
        previous.caller_trust.revocations if previous is not None else None,
        configuration.gateway.revocation_settings,
    )
    if any(hostname.negotiate_client_certificate for hostname in configuration.hostnames):
        caller_trust.prepare()
    forward = configuration.gateway.forward_client_certificate
    return Snapshot(
        router=table.router,
        routes=table.routes,
        api_routes=table.api_routes,
        targets=tuple(targets),
        states=tuple(targets.balancers.states),
        probes=tuple(targets.balancers.probes.values()),
        segment=places.segment,
        client_contexts=contexts,
        caller_trust=caller_trust,
        hostnames=hostnames,
        listener_tls=listener_tls,
        cross_domain=table.cross_domain,
        forwards_certificates=None if forward == "off" else forward,
        trusted_proxies=configuration.gateway.trusted_proxies,
        client_timeouts=configuration.gateway.client_timeouts,
        expression_limits=configuration.gateway.expression_limits,
        diagnostics=diagnostics,
    )


class _RouteTable:
    """The router of a configuration, and the routes that its answers are indexes of."""

    def __init__(
        self,
        configuration: Configuration,
        compiler: PolicyCompiler,
        targets: Targets,
        certificates: Certificates,
        diagnostics: Diagnostics,
    ) -> None:
        self.router = Router()
        self._certificates = certificates
        self._facts: Facts | None = None
        self.routes: list[Route] = []
        self.api_routes: list[Route] = []
        self._configuration = configuration
        self._compiler = compiler
        self._targets = targets
        self._diagnostics = diagnostics
        self._spoken = {listener.scheme for listener in configuration.gateway.listeners}
        policy = configuration.policy
        document = compiler.document(policy, "global", "policy global") if policy is not None else None
        self._global, self.cross_domain = without_cross_domain(document)
        parameters = frozenset[str]().union(
            *(self._api(index, api) for index, api in enumerate(configuration.apis))
        )
        if self._global is not None:
            compiler.check_parameters(self._global, parameters, "policy global")
        self.router.freeze()

    def _api(self, index: int, api: Api) -> frozenset[str]:
        """Add an API and its operations; the names of the parameters in their URL templates."""
        entity = f"api {api.id}"
        target = self._targets.url(api.service_url) if api.service_url is not None else None
        document = self._compiler.document(api.policy, "api", entity) if api.policy else None
        shared = self._compiler.programs(self._global, document, None, None, entity)
        try:
            number = self.router.add_api(api.path, sum(_SCHEMES[protocol] for protocol in api.protocols))
        except TemplateError as error:
            self._diagnostics.error(str(error), self._configuration.locate("apis", index, "path"), entity)
            return frozenset()
        self._warn_of_unreachable(index, api)
        seen = self._seen(shared, api, None)
        self.api_routes.append(Route(api.id, None, *shared, target, facts=seen))
        parameters: set[str] = set()
        homeless: list[int] = []
        for at, operation in enumerate(api.operations):
            name = f"operation {api.id}/{operation.id}"
            try:
                in_path, in_query = self.router.add_operation(
                    number, operation.method, operation.url_template, len(self.routes)
                )
            except TemplateError as error:
                where = self._configuration.locate("apis", index, "operations", at, "urlTemplate")
                self._diagnostics.error(str(error), where, name)
                continue
            known = frozenset((*in_path, *(parameter for parameter, _ in in_query)))
            parameters |= known
            programs = shared
            if operation.policy is not None:
                own = self._compiler.document(operation.policy, "operation", name)
                programs = self._compiler.programs(self._global, document, own, known, name)
            if target is None and _forwards_nowhere(programs):
                homeless.append(at)
            self.routes.append(
                Route(
                    api.id,
                    operation.id,
                    *programs,
                    target,
                    tuple(parameter.encode() for parameter in in_path),
                    tuple((parameter.encode(), query.encode()) for parameter, query in in_query),
                    self._seen(programs, api, operation),
                )
            )
        self._warn_of_homeless(index, api, homeless)
        if document is not None:
            self._compiler.check_parameters(document, frozenset(parameters), entity)
        return frozenset(parameters)

    def _seen(self, programs: Programs, api: Api, operation: Operation | None) -> dict[str, Any] | None:
        """What expressions of the programs see of the entities; None where there is no expression."""
        if not any(program.computes for program in programs):
            return None
        if self._facts is None:
            self._facts = Facts(self._configuration, self._certificates)
        seen = self._facts.of_api(api)
        return seen if operation is None else self._facts.of_operation(seen, operation)

    def _warn_of_homeless(self, index: int, api: Api, homeless: list[int]) -> None:
        """Say once for an API which of its operations forward and have no backend."""
        if not homeless:
            return
        first = api.operations[homeless[0]].id
        who = f"operation {first} forwards, but has no backend"
        if len(homeless) > 1:
            who = f"{len(homeless)} operations forward, but have no backend (the first is {first})"
        self._diagnostics.warning(
            f"{who}: give the API a serviceUrl or set one with set-backend-service",
            self._configuration.locate("apis", index, "operations", homeless[0]),
            f"api {api.id}",
        )

    def _warn_of_unreachable(self, index: int, api: Api) -> None:
        """Say when no listener speaks what an API is served on."""
        if not self._spoken.intersection(api.protocols):
            self._diagnostics.warning(
                f"no listener serves {' or '.join(api.protocols)}, so callers get 404; "
                "add a listener or list another protocol",
                self._configuration.locate("apis", index, "protocols"),
                f"api {api.id}",
            )


def _forwards_nowhere(programs: Programs) -> bool:
    """Whether a request may be forwarded while nothing ever says where to."""
    ops = {step.op for program in programs for step in program.steps}
    return Op.FORWARD in ops and Op.SET_TARGET not in ops and Op.RETURN not in ops


def _listeners(
    configuration: Configuration,
    certificates: Certificates,
    trust: TrustStore,
    previous: Snapshot | None,
    diagnostics: Diagnostics,
) -> tuple[HostnameTable | None, ListenerTls | None]:
    """The host names that HTTPS listeners serve, and their TLS context."""
    entries: list[Hostname] = []
    for index, hostname in enumerate(configuration.hostnames):
        where = configuration.locate("hostnames", index, "certificateId")
        entity = f"hostname {hostname.host_name}"
        certificate = certificates.find(hostname.certificate_id)
        if certificate is None:
            if not certificates.knows(hostname.certificate_id):
                diagnostics.error(f"there is no certificate '{hostname.certificate_id}'", where, entity)
            continue
        try:
            certificate.require_private_key()
        except CertificateError as error:
            diagnostics.error(str(error), where, entity)
            continue
        asks = hostname.negotiate_client_certificate
        complete = replace(certificate, chain=trust.complete(certificate))
        entries.append(Hostname(hostname.host_name, complete, hostname.default, asks))
        difference = asking.obstacle() if asks else None
        if difference is not None:
            diagnostics.warning(
                f"{NOT_AS_ASKED} because this Python cannot reach its OpenSSL: {difference}; "
                "use a CPython that is linked to the OpenSSL of the system",
                configuration.locate("hostnames", index, "negotiateClientCertificate"),
                entity,
            )
    serves_tls = any(listener.scheme == "https" for listener in configuration.gateway.listeners)
    if entries and not serves_tls:
        diagnostics.warning(
            "no listener speaks https, so nothing serves the hostnames and their certificates; "
            "add a listener with an https url",
            configuration.locate("hostnames"),
        )
    if not entries and (not serves_tls or diagnostics.errors or configuration.hostnames):
        return None, None
    if not entries:
        diagnostics.warning(
            "an https listener has no hostnames, so a self-made certificate is served; "
            "list hostnames with a certificateId",
            configuration.locate("gateway", "listeners"),
        )
        if previous is not None and previous.hostnames is not None and previous.listener_tls is not None:
            return previous.hostnames, previous.listener_tls
        made = make_self_signed(_SELF_MADE_NAMES, now=datetime.fromtimestamp(time.time(), UTC))
        entries.append(Hostname("localhost", made, True))
    try:
        known = previous.hostnames if previous is not None else None
        table = HostnameTable(entries, previous=known, trust=trust)
    except CertificateError:
        # Reported with the certificate itself.
        return None, None
    except HostnameError as error:
        diagnostics.error(str(error), configuration.locate("hostnames"))
        return None, None
    if previous is not None and previous.listener_tls is not None:
        return table, previous.listener_tls
    return table, ListenerTls(table)


def _make_contexts(contexts: ClientContexts, targets: Targets) -> None:
    """Make every TLS context that requests can ask for: never while one waits for it."""
    # A policy may present its certificate to any target; many targets share a set of checks.
    checks: dict[tuple[bool, bool, ServerPins | None], None] = {}
    for target in targets:
        settings: ConnectionSettings = target.connection
        if target.scheme == "https":
            check = (settings.validate_chain, settings.validate_name, settings.pins)
            checks[check] = None
            _get(contexts, target.certificate, check)
        if target.fabric is not None:
            cluster_context(contexts, target.fabric)
    for certificate in targets.policy_certificates.values():
        for check in checks:
            _get(contexts, certificate, check)


def _get(
    contexts: ClientContexts, certificate: Certificate | None, check: tuple[bool, bool, ServerPins | None]
) -> None:
    validate_chain, validate_name, pins = check
    contexts.get(certificate, validate_chain=validate_chain, validate_name=validate_name, pins=pins)
