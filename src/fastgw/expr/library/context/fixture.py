"""A context from a JSON record: for `fastgw eval` and for tests. The format is that of the conformance data.

The record fills a real exchange, so that what is evaluated is what the gateway would evaluate.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import orjson

from fastgw._exchange import Exchange, LastError, Target
from fastgw.expr.library.context.dictionaries import STRING, Certificates, Objects
from fastgw.expr.library.context.entities import (
    ApiEntity,
    Authorization,
    DeploymentEntity,
    GatewayEntity,
    GroupEntity,
    IdentityEntity,
    OperationEntity,
    ParameterNames,
    ProductEntity,
    SubscriptionEntity,
    UserEntity,
    product_state,
)
from fastgw.expr.library.context.jwt import as_jwt
from fastgw.expr.library.context.urls import url_of_text
from fastgw.expr.library.context.views import CONTEXT, Context, Response, context_of
from fastgw.expr.library.crypto.x509 import X509Certificate2
from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.declare import type_of_text
from fastgw.expr.library.guid import parse_guid
from fastgw.expr.library.ticks import PER_MILLISECOND
from fastgw.expr.library.time_span import TimeSpan
from fastgw.expr.runtime.text import inward
from fastgw.expr.runtime.values import Array, ByteArray, Char, Int64, Single
from fastgw.expr.types import NamedType
from fastgw.tls.presented import Presented

_UTC = 1
Record = dict[str, Any]


class FixtureError(ValueError):
    """A record cannot be a context; the message says which part of it."""


def context_type() -> NamedType:
    """The type of `context`."""
    return CONTEXT.type


def context_from(record: Record) -> Context:
    """The context that a record describes. Raises FixtureError."""
    try:
        return _context(record)
    except FixtureError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise FixtureError(f"the context cannot be read: {type(error).__name__}: {error}") from error


def _context(record: Record) -> Context:
    exchange = Exchange()
    request = record["request"]
    original = urlsplit(request.get("originalUrl") or request["url"])
    headers = dict(request.get("headers") or {})
    headers.setdefault("Host", [original.netloc])
    target = original.path + (f"?{original.query}" if original.query else "")
    start = f"{request['method']} {target or '/'} HTTP/1.1"
    exchange.read_request(_head(start, headers), original.scheme)
    exchange.received_host = original.netloc.encode()
    _aim(exchange, request.get("url"))
    exchange.peer = (request.get("ipAddress") or "").encode()
    shown = _certificate(request.get("certificate"))
    exchange.caller_certificate = None if shown is None else Presented((shown.record.leaf,))
    body = _body(request.get("body"))
    exchange.request_has_body = body is not None
    exchange.request_body = body
    if record.get("response") is not None:
        answer = record["response"]
        start = f"HTTP/1.1 {answer['statusCode']} {answer.get('statusReason') or ''}"
        exchange.read_response(_head(start, answer.get("headers") or {}))
        exchange.body = _body(answer.get("body"))
    exchange.variables = {
        inward(name): _variable(value) for name, value in (record.get("variables") or {}).items()
    }
    exchange.arrived_at = _time(record["timestamp"]).ticks if record.get("timestamp") else 0
    error = record.get("lastError")
    if error is not None:
        names = ("source", "reason", "message", "scope", "section", "path", "policyId")
        exchange.error = LastError(*(error.get(name) for name in names))
    exchange.traces = []
    exchange.facts = _facts(record)
    return context_of(exchange)


def _head(start: str, fields: dict[str, list[str]]) -> bytes:
    lines = [start, *(f"{name}: {value}" for name, values in fields.items() for value in values)]
    # What a body's framing says belongs to the connection it came over.
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _aim(exchange: Exchange, url: str | None) -> None:
    if not url:
        return
    split = urlsplit(url)
    port = split.port or (443 if split.scheme == "https" else 80)
    host = split.hostname or ""
    target = Target(
        scheme=split.scheme, host=host, port=port, host_header=split.netloc.encode(), base_path=b""
    )
    exchange.aim(target, (split.path + (f"?{split.query}" if split.query else "")).encode())


def _body(record: Record | None) -> bytes | None:
    if record is None:
        return None
    if "base64" in record:
        return base64.b64decode(record["base64"])
    text: str = record["text"]
    return text.encode()


def _time(text: str) -> DateTime:
    moment = datetime.fromisoformat(text)
    seconds = int(moment.timestamp())
    ticks = 621_355_968_000_000_000 + seconds * 10_000_000 + moment.microsecond * 10
    return DateTime(ticks, _UTC)


def _time_or_none(text: str | None) -> DateTime | None:
    return None if text is None else _time(text)


def _certificate(record: Any) -> Any:
    if record is None:
        return None
    if isinstance(record, dict):
        return _read_certificate(record["pfx"], record.get("password"))
    return _read_certificate(record, None)


# A PFX takes its time to open, on purpose; many cases share one.
@lru_cache(maxsize=64)
def _read_certificate(text: str, password: str | None) -> X509Certificate2:
    return X509Certificate2.read(base64.b64decode(text), password)


def _facts(record: Record) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "parameters": {
            inward(k): inward(v) for k, v in record["request"].get("matchedParameters", {}).items()
        },
        "deployment": _deployment(record.get("deployment") or {}),
    }
    if record.get("requestId"):
        facts["request_id"] = record["requestId"]
    if record.get("elapsedMs") is not None:
        facts["elapsed"] = TimeSpan(int(record["elapsedMs"] * PER_MILLISECOND))
    api, operation = record.get("api"), record.get("operation")
    if api is not None:
        facts["api"] = _api(api)
    if operation is not None:
        facts["operation"] = OperationEntity(
            operation["id"], operation["name"], operation["method"], operation["urlTemplate"]
        )
    product = record.get("product")
    if product is not None:
        facts["product"] = ProductEntity(
            product["id"],
            product["name"],
            product_state(product["state"]),
            product["approvalRequired"],
            product["subscriptionRequired"],
            product.get("subscriptionsLimit"),
            _groups(product),
            Array(type_of_text("IApi"), []),
        )
    subscription = record.get("subscription")
    if subscription is not None:
        names = ("id", "name", "key", "primaryKey", "secondaryKey")
        dates = ("createdDate", "startDate", "endDate")
        facts["subscription"] = SubscriptionEntity(
            *(subscription.get(name) for name in names),
            *(_time_or_none(subscription.get(name)) for name in dates),
        )
    user = record.get("user")
    if user is not None:
        identities = [IdentityEntity(one["id"], one["provider"]) for one in user.get("identities", ())]
        facts["user"] = UserEntity(
            user.get("id"),
            user.get("email"),
            user.get("firstName"),
            user.get("lastName"),
            user.get("note"),
            _time_or_none(user.get("registrationDate")),
            _groups(user),
            Array(type_of_text("IUserIdentity"), identities),
        )
    return facts


def _groups(record: Record) -> Array:
    groups = [GroupEntity(one["id"], one["name"]) for one in record.get("groups", ())]
    return Array(type_of_text("IGroup"), groups)


def _api(record: Record) -> ApiEntity:
    names = record.get("subscriptionKeyParameterNames") or {}
    service_url = record.get("serviceUrl")
    return ApiEntity(
        record["id"],
        record["name"],
        record["path"],
        Array(STRING, list(record.get("protocols", ()))),
        url_of_text(service_url) if service_url else None,
        ParameterNames(
            names.get("header", "Ocp-Apim-Subscription-Key"), names.get("query", "subscription-key")
        ),
        record.get("revision", "1"),
        record.get("version"),
        record.get("isCurrentRevision", True),
    )


def _deployment(record: Record) -> DeploymentEntity:
    gateway_id: str = record.get("gatewayId", "managed")
    instance_id: str = record.get("instanceId", gateway_id)
    certificates = {id: _certificate(one) for id, one in record.get("certificates", {}).items()}
    return DeploymentEntity(
        record.get("region", ""),
        record.get("serviceName", ""),
        record.get("serviceId", ""),
        gateway_id,
        GatewayEntity(gateway_id, instance_id, gateway_id == "managed"),
        Certificates(certificates),
    )


def _variable(record: Record) -> Any:
    kind, value = record["type"], record.get("value")
    if value is None:
        return None
    reader = _VARIABLES.get(kind)
    if reader is None:
        raise FixtureError(f"a variable cannot have the type {kind}")
    return reader(value)


def _json(value: Any) -> Any:
    from fastgw.expr.library.json.reading import parse

    return parse(orjson.dumps(value).decode())


def _element(value: str) -> Any:
    from fastgw.expr.library.xml.reading import parse_element

    return parse_element(inward(value))


def _response(value: Record) -> Response:
    exchange = Exchange()
    start = f"HTTP/1.1 {value['statusCode']} {value.get('statusReason') or ''}"
    exchange.read_response(_head(start, value.get("headers") or {}))
    return Response(None, exchange.response, _body(value.get("body")))


def _authorization(value: Record) -> Authorization:
    claims = {inward(k): inward(v) for k, v in (value.get("claims") or {}).items()}
    return Authorization(value["accessToken"], Objects(claims))


_VARIABLES: dict[str, Callable[[Any], Any]] = {
    "System.String": inward,
    "System.Char": Char,
    "System.Boolean": bool,
    "System.Int32": int,
    "System.Int64": Int64,
    "System.Double": float,
    "System.Single": Single,
    "System.Decimal": Decimal,
    "System.Guid": parse_guid,
    "System.DateTime": _time,
    "System.Byte[]": lambda value: ByteArray(base64.b64decode(value)),
    "Newtonsoft.Json.Linq.JObject": _json,
    "Newtonsoft.Json.Linq.JArray": _json,
    "System.Xml.Linq.XElement": _element,
    "IResponse": _response,
    "Jwt": as_jwt,
    "Authorization": _authorization,
}
