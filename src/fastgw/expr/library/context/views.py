"""The context itself and its messages: IExpressionContext, IRequest, IResponse, for an exchange.

One Context serves one exchange, request after request: it holds nothing of a request by itself.
"""

from __future__ import annotations

from typing import Any

from fastgw._exchange import Exchange
from fastgw._http import Head
from fastgw.expr.library.clock import utc_now_ticks
from fastgw.expr.library.context.body import Body, OwnBody, RequestBody, ResponseBody
from fastgw.expr.library.context.dictionaries import Headers, Parameters, Variables
from fastgw.expr.library.context.entities import ErrorEntity
from fastgw.expr.library.context.messages import ContextView, RequestView, ResponseView
from fastgw.expr.library.context.urls import BackendUrl, ReceivedUrl
from fastgw.expr.library.crypto.x509 import X509Certificate2
from fastgw.expr.library.date_time import DateTime
from fastgw.expr.library.declare import define
from fastgw.expr.library.guid import Guid, parse_guid
from fastgw.expr.library.time_span import TimeSpan
from fastgw.expr.runtime.values import NetObject
from fastgw.expr.types import NamedType
from fastgw.tls.presented import Presented

_UTC = 1


class Request(RequestView, NetObject):
    """IRequest."""

    __slots__ = ("_body", "_exchange", "headers", "original_url", "url")

    def __init__(self, exchange: Exchange) -> None:
        RequestView.__init__(self, exchange, is_request=True)
        self._exchange = exchange
        self.headers = Headers(exchange, is_request=True)
        self.url = BackendUrl(exchange)
        self.original_url = ReceivedUrl(exchange)
        self._body = RequestBody(exchange, self.headers.joined)

    @property
    def body(self) -> Body | None:
        """The body; None where the request has none."""
        return self._body if self._exchange.request_has_body else None

    def net_type(self) -> NamedType:
        """IRequest."""
        return REQUEST.type


class Response(ResponseView, NetObject):
    """IResponse: of the exchange, or one that a policy has fetched (`own`, `data`)."""

    __slots__ = ("_body", "headers")

    def __init__(self, exchange: Exchange | None, own: Head | None = None, data: bytes | None = None) -> None:
        ResponseView.__init__(self, exchange, own)
        self.headers = Headers(exchange, own)
        self._body: Body | None = None
        if exchange is not None:
            self._body = ResponseBody(exchange, self.headers.joined)
        elif data is not None:
            self._body = OwnBody(data, self.headers.joined)

    @property
    def body(self) -> Body | None:
        """The body; None where the response has none."""
        return self._body

    def net_type(self) -> NamedType:
        """IResponse."""
        return RESPONSE.type


class Context(ContextView, NetObject):
    """IExpressionContext."""

    __slots__ = ()

    def __init__(self, exchange: Exchange) -> None:
        ContextView.__init__(self, exchange, Request(exchange), Response(exchange), Variables(exchange))

    def net_type(self) -> NamedType:
        """IExpressionContext."""
        return CONTEXT.type


def context_of(exchange: Exchange) -> Context:
    """The exchange's context, made when it is first asked for."""
    found = exchange.context
    if found is None:
        found = exchange.context = Context(exchange)
    if not exchange.arrived_at:
        exchange.arrived_at = utc_now_ticks()
    known: Context = found
    return known


CONTEXT = define("IExpressionContext", "interface", python=(Context,))
REQUEST = define("IRequest", "interface", python=(Request,))
RESPONSE = define("IResponse", "interface", python=(Response,))

CONTEXT.attribute("IRequest Request", "request", never_null=True)
CONTEXT.attribute("IResponse Response", "response")
CONTEXT.attribute("IVariables Variables", "variables", never_null=True)
REQUEST.attribute("IFields Headers", "headers", never_null=True)
REQUEST.attribute("string Method", "method", never_null=True)
REQUEST.attribute("IUrl Url", "url", never_null=True)
REQUEST.attribute("IUrl OriginalUrl", "original_url", never_null=True)
REQUEST.attribute("IMessageBody Body", "body")
RESPONSE.attribute("IFields Headers", "headers", never_null=True)
RESPONSE.attribute("int StatusCode", "status")
RESPONSE.attribute("string StatusReason", "reason", never_null=True)
RESPONSE.attribute("IMessageBody Body", "body")


@REQUEST.property("IParameters MatchedParameters", never_null=True)
def matched_parameters(this: Request) -> Parameters:
    """The parameters of the operation's URL template, path and query ones, decoded."""
    exchange = this._exchange
    if exchange.facts is not None and "parameters" in exchange.facts:
        return Parameters(exchange.facts["parameters"])
    return Parameters(dict(this.parameters()))


@REQUEST.property("string IpAddress")
def ip_address(this: Request) -> str | None:
    """The caller's address."""
    return caller_address(this._exchange)


def caller_address(exchange: Exchange) -> str:
    """The address of an exchange's caller, behind proxies that are trusted."""
    peer = exchange.peer or b""
    if exchange.snapshot is None:
        return peer.decode("latin-1")
    address: str = exchange.snapshot.caller_address(peer, exchange.request.items())
    return address


@REQUEST.property("X509Certificate2 Certificate")
def certificate(this: Request) -> X509Certificate2 | None:
    """The certificate that the caller presented, or null."""
    presented: Presented | None = this._exchange.caller_certificate
    return None if presented is None else presented.seen_as(X509Certificate2)


@CONTEXT.property("Guid RequestId")
def request_id(this: Context) -> Guid:
    """The id of the request."""
    return parse_guid(_fact(this, "request_id") or this.exchange.id)


@CONTEXT.property("DateTime Timestamp")
def timestamp(this: Context) -> DateTime:
    """When the request arrived, in UTC."""
    return DateTime(this.exchange.arrived_at, _UTC)


@CONTEXT.property("TimeSpan Elapsed")
def elapsed(this: Context) -> TimeSpan:
    """The time since then."""
    stopped = _fact(this, "elapsed")
    return TimeSpan(max(0, utc_now_ticks() - this.exchange.arrived_at)) if stopped is None else stopped


@CONTEXT.property("bool Tracing")
def tracing(this: Context) -> bool:
    """Whether the request is traced."""
    return this.exchange.traces is not None


@CONTEXT.property("ILastError LastError")
def last_error(this: Context) -> ErrorEntity | None:
    """What went wrong, or null."""
    error = this.exchange.error
    if error is None:
        return None
    return ErrorEntity(
        error.source,
        error.reason,
        error.message,
        error.scope,
        error.section,
        error.path,
        error.policy_id,
        this.exchange.error_status,
    )


@CONTEXT.method("void Trace(string message)")
def trace(this: Context, message: str | None) -> None:
    """Write a message to the request's trace."""
    if this.exchange.traces is not None:
        this.exchange.traces.append(message)


def _fact(context: Context, name: str) -> Any:
    """What the exchange, or else its route, says under a name; None where neither does."""
    exchange = context.exchange
    facts = exchange.facts
    if facts is None:
        if exchange.route is None:
            return None
        facts = exchange.route.facts
    return facts.get(name)


def _entity(name: str, signature: str) -> None:
    CONTEXT.property(signature)(lambda this: _fact(this, name))


# What only a cloud has: null here, but policies may ask (spec/expressions.md section 6.2).
PRIVATE_ENDPOINT = define("IPrivateEndpointConnection", "interface")
for _signature in ("string Name", "string GroupId", "string MemberName"):
    PRIVATE_ENDPOINT.attribute(_signature, "")
VNET = define("IAzureVnetInfo", "interface")
for _signature in ("int VnetTrafficTag", "int SubnetId", "int PrivateLinkId", "string SnatVip"):
    VNET.attribute(_signature, "")
WORKSPACE = define("IWorkspace", "interface")
for _signature in ("string Id", "string Name"):
    WORKSPACE.attribute(_signature, "")
REQUEST.property("IPrivateEndpointConnection PrivateEndpointConnection")(lambda this: None)
REQUEST.property("IAzureVnetInfo AzureVnetInfo")(lambda this: None)
CONTEXT.property("IWorkspace Workspace")(lambda this: None)

for _name, _signature in {
    "api": "IContextApi Api",
    "operation": "IOperation Operation",
    "product": "IProduct Product",
    "subscription": "ISubscription Subscription",
    "user": "IUser User",
    "deployment": "IDeployment Deployment",
    "backend": "IBackend Backend",
}.items():
    _entity(_name, _signature)
