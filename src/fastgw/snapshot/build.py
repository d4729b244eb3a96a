"""Entities in, Snapshot out, or every error at once.

The one door through which a configuration becomes something that serves; `check`, start and
reload all pass here. Parts that have not changed are taken over from the previous snapshot, so
that TLS sessions and connections outlive a reload.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import NamedTuple

from fastgw._exchange import Route, Target
from fastgw._program import Op
from fastgw._route import Router, TemplateError
from fastgw.compiler import CompiledDocument, NoExpressions, PolicyCompiler, Programs
from fastgw.compiler.named_values import NamedValues
from fastgw.errors import Diagnostics
from fastgw.model import Api, Configuration
from fastgw.policies import REGISTRY
from fastgw.snapshot.certificates import Certificates, trust_store
from fastgw.snapshot.snapshot import ListenerTls, Snapshot
from fastgw.snapshot.targets import Targets
from fastgw.tls.certs import CertificateError
from fastgw.tls.contexts import ClientContexts
from fastgw.tls.selfsigned import make_self_signed
from fastgw.tls.servers import Hostname, HostnameError, HostnameTable


class _NamedValue(NamedTuple):
    """What a policy's {{name}} stands for (compiler.NamedValue)."""

    value: str
    secret: bool


_SCHEMES = {"http": 1, "https": 2}
_SELF_MADE_NAMES = ("localhost", "127.0.0.1", "::1")


def build(configuration: Configuration, previous: Snapshot | None = None) -> Snapshot:
    """Build what serves `configuration`; raises ConfigurationError with every finding.

    Warnings are in the snapshot's `diagnostics`.
    """
    diagnostics = Diagnostics()
    certificates = Certificates(configuration, diagnostics)
    trust = trust_store(configuration, diagnostics)
    named_values = {
        value.display_name: _NamedValue(value.value, value.secret) for value in configuration.named_values
    }
    targets = Targets(configuration, certificates, NamedValues(named_values), diagnostics)
    hostnames, listener_tls = _listeners(configuration, certificates, previous, diagnostics)
    compiler = PolicyCompiler(
        named_values,
        {fragment.id: fragment.value for fragment in configuration.policy_fragments},
        targets,
        NoExpressions(),
        REGISTRY,
        diagnostics,
    )
    compiler.check_fragments()
    router = Router()
    routes: list[Route] = []
    api_routes: list[Route] = []
    global_document = (
        compiler.document(configuration.policy, "global", "policy global") if configuration.policy else None
    )
    every_parameter: set[str] = set()
    for index, api in enumerate(configuration.apis):
        every_parameter |= _add_api(
            configuration,
            index,
            api,
            router,
            routes,
            api_routes,
            compiler,
            global_document,
            targets,
            diagnostics,
        )
    if global_document is not None:
        compiler.check_parameters(global_document, frozenset(every_parameter), "policy global")
    router.freeze()
    contexts = ClientContexts(trust, previous.client_contexts if previous is not None else None)
    diagnostics.raise_errors()
    _make_contexts(contexts, targets)
    return Snapshot(
        router=router,
        routes=routes,
        api_routes=api_routes,
        targets=tuple(targets),
        client_contexts=contexts,
        hostnames=hostnames,
        listener_tls=listener_tls,
        trusted_proxies=configuration.gateway.trusted_proxies,
        client_timeouts=configuration.gateway.client_timeouts,
        diagnostics=diagnostics,
    )


def _add_api(
    configuration: Configuration,
    index: int,
    api: Api,
    router: Router,
    routes: list[Route],
    api_routes: list[Route],
    compiler: PolicyCompiler,
    global_document: CompiledDocument | None,
    targets: Targets,
    diagnostics: Diagnostics,
) -> set[str]:
    """Add an API's operations to the router and their routes to `routes`.

    Returns the names of the parameters in their URL templates.
    """
    entity = f"api {api.id}"
    target: Target | None = targets.url(api.service_url) if api.service_url is not None else None
    document = compiler.document(api.policy, "api", entity) if api.policy else None
    shared = compiler.programs(global_document, document, None, None, entity)
    try:
        api_index = router.add_api(api.path, sum(_SCHEMES[protocol] for protocol in api.protocols))
    except TemplateError as error:
        diagnostics.error(str(error), configuration.locate("apis", index, "path"), entity)
        return set()
    _warn_of_unreachable(configuration, index, api, diagnostics)
    api_routes.append(Route(api.id, None, *shared, target))
    every_parameter: set[str] = set()
    for at, operation in enumerate(api.operations):
        name = f"operation {api.id}/{operation.id}"
        try:
            parameters, query_parameters = router.add_operation(
                api_index, operation.method, operation.url_template, len(routes)
            )
        except TemplateError as error:
            where = configuration.locate("apis", index, "operations", at, "urlTemplate")
            diagnostics.error(str(error), where, name)
            continue
        known = frozenset((*parameters, *(parameter for parameter, _ in query_parameters)))
        every_parameter |= known
        programs = shared
        if operation.policy is not None:
            own = compiler.document(operation.policy, "operation", name)
            programs = compiler.programs(global_document, document, own, known, name)
        if target is None and _forwards_nowhere(programs):
            diagnostics.warning(
                "forwards, but has no backend: give the API a serviceUrl or set one with set-backend-service",
                configuration.locate("apis", index, "operations", at),
                name,
            )
        routes.append(
            Route(
                api.id,
                operation.id,
                *programs,
                target,
                tuple(parameter.encode() for parameter in parameters),
                tuple((parameter.encode(), query.encode()) for parameter, query in query_parameters),
            )
        )
    if document is not None:
        compiler.check_parameters(document, frozenset(every_parameter), entity)
    return every_parameter


def _forwards_nowhere(programs: Programs) -> bool:
    """Whether a request may be forwarded while nothing ever says where to."""
    ops = {step.op for program in programs for step in program.steps}
    return Op.FORWARD in ops and Op.SET_TARGET not in ops and Op.RETURN not in ops


def _warn_of_unreachable(
    configuration: Configuration, index: int, api: Api, diagnostics: Diagnostics
) -> None:
    """Say when no listener speaks what an API is served on."""
    spoken = {listener.scheme for listener in configuration.gateway.listeners}
    if not spoken.intersection(api.protocols):
        diagnostics.warning(
            f"no listener serves {' or '.join(api.protocols)}, so callers get 404; "
            "add a listener or list another protocol",
            configuration.locate("apis", index, "protocols"),
            f"api {api.id}",
        )


def _listeners(
    configuration: Configuration,
    certificates: Certificates,
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
        entries.append(Hostname(hostname.host_name, certificate, hostname.default))
    serves_tls = any(listener.scheme == "https" for listener in configuration.gateway.listeners)
    if not entries and (not serves_tls or diagnostics.errors):
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
        table = HostnameTable(entries, previous=previous.hostnames if previous is not None else None)
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
    for target in targets:
        if target.scheme != "https":
            continue
        connection = target.connection
        for certificate in (target.certificate, *targets.policy_certificates.values()):
            contexts.get(
                certificate,
                validate_chain=connection.validate_chain,
                validate_name=connection.validate_name,
            )
