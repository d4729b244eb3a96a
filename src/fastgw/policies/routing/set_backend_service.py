"""set-backend-service: where forward-request sends the request (spec/policies/routing.md).

The sf- attributes say what is asked of the cluster of a Service Fabric backend; asking it is not done here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fastgw._program import Message, Op
from fastgw.compiler.expressions import ValueType
from fastgw.compiler.lower import KnowsNames, Lowering, Resolver, Statement
from fastgw.compiler.nodes import Value
from fastgw.compiler.report import suggestion
from fastgw.compiler.schema import BACKEND, INBOUND, AttributeSchema, PolicySchema, policy_element
from fastgw.model.service_fabric import (
    REPLICA_TYPES,
    FabricCall,
    ReplicaType,
    check_listener_name,
    check_service_name,
    parse_partition_key,
)
from fastgw.policies.values import as_text

SERVICE_FABRIC: Final = (
    AttributeSchema("sf-resolve-condition", expression=True, type=ValueType.BOOLEAN),
    AttributeSchema("sf-service-instance-name", expression=True),
    AttributeSchema("sf-partition-key", expression=True),
    AttributeSchema("sf-replica-type", expression=True, choices=REPLICA_TYPES),
    AttributeSchema("sf-listener-name", expression=True),
)

ELEMENT = policy_element(
    "set-backend-service",
    (
        AttributeSchema("base-url", expression=True),
        AttributeSchema("backend-id", expression=True),
        *SERVICE_FABRIC,
        # Dapr.
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
        _refuse_fabric(statement, "goes with backend-id only", lowering)
        _lower_url(statement, base_url, lowering)
    else:
        what = "set-backend-service needs the attribute base-url or backend-id"
        lowering.error(what, statement.element.position)


def _lower_id(statement: Statement, value: Value, lowering: Lowering) -> None:
    resolver = lowering.services.resolver
    calls = any(attribute.name in statement.element.attributes for attribute in SERVICE_FABRIC)
    call = _fabric_call(statement, lowering) if calls else None
    id = lowering.string(value)
    if id is None:
        return
    if not isinstance(id, str):
        if call is not None or not calls:
            lowering.emit(Op.SET_TARGET, (_backend_at_run_time(id, call, resolver), True), statement)
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
    elif not calls:
        lowering.emit(Op.SET_TARGET, (target, True), statement)
    elif not _is_fabric(target):
        problem = f"goes with a Service Fabric backend only, which {value.shown()} is not"
        _refuse_fabric(statement, problem, lowering)
    elif call is not None:
        lowering.emit(Op.SET_TARGET, (resolver.fabric_target(target, call), True), statement)


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


def _backend_at_run_time(
    id: Callable[[Any], object], call: FabricCall | None, resolver: Resolver
) -> Callable[[Any], object]:
    def target(exchange: Any) -> object:
        name = as_text(id(exchange)).strip()
        found = resolver.backend(name)
        if found is None:
            raise LookupError(f"Backend with id '{name}' could not be found.")
        if call is None:
            return found
        if not _is_fabric(found):
            raise ValueError(f"Backend '{name}' is no Service Fabric backend, so no sf- attribute fits it.")
        return resolver.fabric_target(found, call)

    return target


def _url_at_run_time(url: Callable[[Any], object], resolver: Resolver) -> Callable[[Any], object]:
    def target(exchange: Any) -> object:
        try:
            return resolver.url(as_text(url(exchange)).strip())
        except ValueError as error:
            raise ValueError(f"The base-url of set-backend-service {error}.") from None

    return target


# Service Fabric


def _is_fabric(target: object) -> bool:
    return getattr(target, "fabric", None) is not None


def _refuse_fabric(statement: Statement, problem: str, lowering: Lowering) -> None:
    """Report every sf- attribute; nothing that is accepted may be ignored."""
    for attribute in SERVICE_FABRIC:
        given = statement.element.attributes.get(attribute.name)
        if given is not None:
            lowering.error(f"{attribute.name} {problem}", given.position)


def _replica_type(text: str) -> ReplicaType | None:
    for known in REPLICA_TYPES:
        if text == known:
            return known
    if text:
        raise ValueError("must be primary or secondary")
    return None


# Attribute, member of FabricCall, and what its text stands for; the latter raises ValueError.
_TEXTS: Final[tuple[tuple[str, str, Callable[[str], object]], ...]] = (
    ("sf-service-instance-name", "service_name", check_service_name),
    ("sf-partition-key", "partition_key", parse_partition_key),
    ("sf-replica-type", "replica_type", _replica_type),
    ("sf-listener-name", "listener_name", check_listener_name),
)


def _fabric_call(statement: Statement, lowering: Lowering) -> FabricCall | None:
    """What the sf- attributes say; None after an error."""
    members: dict[str, Any] = {}
    given = statement.value("sf-resolve-condition")
    condition = lowering.boolean(given, False)
    good = True
    if given is not None and Message.RESPONSE in getattr(condition, "bodies", ()):
        # It is evaluated when the head of an answer is there, or a failure.
        what = "sf-resolve-condition of set-backend-service cannot read the body of the response"
        lowering.error(what, given.position)
        good = False
    for name, member, read in _TEXTS:
        value = statement.value(name)
        if value is None:
            continue
        text = lowering.string(value)
        if isinstance(text, str):
            try:
                members[member] = read(text.strip())
            except ValueError as error:
                lowering.error(f"{name} of set-backend-service {error}", value.position, value)
                good = False
        elif text is not None:
            members[member] = _text_at_run_time(name, text, read)
        else:
            good = False
    return None if condition is None or not good else FabricCall(resolve_condition=condition, **members)


def _text_at_run_time(
    name: str, text: Callable[[Any], object], read: Callable[[str], object]
) -> Callable[[Any], object]:
    def value(exchange: Any) -> object:
        given = as_text(text(exchange)).strip()
        try:
            return read(given)
        except ValueError as error:
            raise ValueError(f"{name} of set-backend-service {error}.") from None

    return value


SET_BACKEND_SERVICE = PolicySchema(ELEMENT, lower, sections=frozenset({INBOUND, BACKEND}))
