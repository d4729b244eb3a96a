"""set-backend-service: where forward-request sends the request (spec/policies/routing.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastgw._program import Op
from fastgw.compiler.lower import KnowsNames, Lowering, Resolver, Statement
from fastgw.compiler.nodes import Value
from fastgw.compiler.report import suggestion
from fastgw.compiler.schema import BACKEND, INBOUND, AttributeSchema, PolicySchema, policy_element
from fastgw.policies.values import as_text

ELEMENT = policy_element(
    "set-backend-service",
    (
        AttributeSchema("base-url", expression=True),
        AttributeSchema("backend-id", expression=True),
        # Service Fabric and Dapr.
        AttributeSchema("sf-resolve-condition", supported=False),
        AttributeSchema("sf-service-instance-name", supported=False),
        AttributeSchema("sf-partition-key", supported=False),
        AttributeSchema("sf-replica-type", supported=False),
        AttributeSchema("sf-listener-name", supported=False),
        AttributeSchema("dapr-app-id", supported=False),
        AttributeSchema("dapr-method", supported=False),
        AttributeSchema("dapr-namespace", supported=False),
    ),
)


def lower(statement: Statement, lowering: Lowering) -> None:
    """One SET_TARGET. That a base-url after a backend-id changes nothing is the core's to know."""
    base_url, backend_id = statement.value("base-url"), statement.value("backend-id")
    if base_url and backend_id:
        what = "set-backend-service takes base-url or backend-id, not both"
        lowering.error(what, statement.element.attributes["backend-id"].position)
    elif backend_id:
        _lower_id(statement, backend_id, lowering)
    elif base_url:
        _lower_url(statement, base_url, lowering)
    else:
        what = "set-backend-service needs the attribute base-url or backend-id"
        lowering.error(what, statement.element.position)


def _lower_id(statement: Statement, value: Value, lowering: Lowering) -> None:
    resolver = lowering.services.resolver
    id = lowering.string(value)
    if id is None:
        return
    if not isinstance(id, str):
        lowering.emit(Op.SET_TARGET, (_backend_at_run_time(id, resolver), True), statement)
        return
    id = id.strip()
    if id == "dapr":
        lowering.error("backend-id 'dapr' (Dapr service invocation) is not supported yet", value.position)
        return
    target = resolver.backend(id)
    if target is None:
        known = resolver.backend_ids() if isinstance(resolver, KnowsNames) else ()
        close = "" if value.secrets else suggestion(id, known)
        lowering.error(f"backend {value.shown()} does not exist{close}", value.position, value)
        return
    lowering.emit(Op.SET_TARGET, (target, True), statement)


def _lower_url(statement: Statement, value: Value, lowering: Lowering) -> None:
    resolver = lowering.services.resolver
    url = lowering.string(value)
    if url is None:
        return
    if not isinstance(url, str):
        lowering.emit(Op.SET_TARGET, (_url_at_run_time(url, resolver), False), statement)
        return
    try:
        target = resolver.url(lowering.hide(value, url.strip()))
    except ValueError as error:
        lowering.error(f"base-url of set-backend-service: {error}", value.position, value)
        return
    lowering.emit(Op.SET_TARGET, (target, False), statement)


def _backend_at_run_time(id: Callable[[Any], object], resolver: Resolver) -> Callable[[Any], object]:
    def target(exchange: Any) -> object:
        name = as_text(id(exchange)).strip()
        found = resolver.backend(name)
        if found is None:
            raise LookupError(f"Backend with id '{name}' could not be found.")
        return found

    return target


def _url_at_run_time(url: Callable[[Any], object], resolver: Resolver) -> Callable[[Any], object]:
    def target(exchange: Any) -> object:
        return resolver.url(as_text(url(exchange)).strip())

    return target


SET_BACKEND_SERVICE = PolicySchema(ELEMENT, lower, sections=frozenset({INBOUND, BACKEND}))
