"""proxy: calls the backend through an HTTP proxy (spec/policies/routing.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from fastgw._program import Op
from fastgw.compiler.expressions import Compiled
from fastgw.compiler.lower import Lowering, Statement
from fastgw.compiler.schema import INBOUND, AttributeSchema, PolicySchema, policy_element
from fastgw.model.types import split_url
from fastgw.outbound import OutboundProxy
from fastgw.policies.access.authentication_basic import basic
from fastgw.policies.values import text_now

_DEFAULT_PORT: Final = 80

ELEMENT = policy_element(
    "proxy",
    (
        AttributeSchema("url", required=True, expression=True),
        AttributeSchema("username", expression=True),
        AttributeSchema("password", expression=True),
    ),
)


@dataclass(frozen=True, slots=True)
class ComputedProxy:
    """A proxy that expressions have a part in."""

    url: str | Compiled
    username: str | Compiled | None
    password: str | Compiled | None

    def __call__(self, exchange: Any) -> OutboundProxy:
        """The proxy of one request. Raises ValueError."""
        username = None if self.username is None else text_now(self.username, exchange)
        password = None if self.password is None else text_now(self.password, exchange)
        try:
            return make_proxy(text_now(self.url, exchange), username, password)
        except ValueError as error:
            raise ValueError(f"The url of proxy {error}.") from None


@dataclass(frozen=True, slots=True)
class SetProxy:
    """Has the calls to the backend that follow go through a proxy."""

    proxy: OutboundProxy | ComputedProxy

    @property
    def listed(self) -> tuple[tuple[str, object], ...]:
        """What a listing shows: no credentials."""
        if isinstance(self.proxy, OutboundProxy):
            return (("host", self.proxy.host), ("port", self.proxy.port))
        return (("url", self.proxy.url),)

    def __call__(self, exchange: Any) -> None:
        """Carry the step out. Raises ValueError."""
        proxy = self.proxy
        exchange.proxy = proxy if isinstance(proxy, OutboundProxy) else proxy(exchange)


def make_proxy(url: str, username: str | None, password: str | None) -> OutboundProxy:
    """The proxy at a URL. Raises ValueError with a message that repeats nothing of it."""
    parts = split_url(url.strip())
    if parts.scheme != "http":
        raise ValueError("must begin with http://: the connection to a proxy is plain HTTP")
    if parts.path not in ("", "/") or "?" in url or parts.port == 0:
        raise ValueError("must be scheme, host and port only, such as http://proxy.internal:3128")
    authorization = None if username is None else basic(username, password or "")
    return OutboundProxy(parts.hostname or "", parts.port or _DEFAULT_PORT, authorization)


def lower_proxy(statement: Statement, lowering: Lowering) -> OutboundProxy | ComputedProxy | None:
    """The proxy that a statement names; None after an error."""
    value = statement.required("url")
    url = lowering.string(value)
    credentials: list[str | Compiled | None] = []
    good = url is not None
    for name in ("username", "password"):
        given = statement.value(name)
        found = None if given is None else lowering.string(given)
        good = good and (given is None or found is not None)
        credentials.append(found)
    if statement.value("password") and not statement.value("username"):
        where = statement.element.attributes["password"].position
        lowering.error("password of proxy goes with a username only", where)
        return None
    if not good or url is None:
        return None
    username, password = credentials
    if isinstance(url, str):
        try:
            made = make_proxy(url, "", "")
        except ValueError as error:
            lowering.error(f"url of proxy {error}", value.position, value)
            return None
        lowering.hide(value, made.host)
        if not callable(username) and not callable(password):
            return make_proxy(url, username, password)
    return ComputedProxy(url, username, password)


def lower(statement: Statement, lowering: Lowering) -> None:
    """One DO."""
    proxy = lower_proxy(statement, lowering)
    if proxy is not None:
        lowering.emit(Op.DO, (SetProxy(proxy),), statement)


PROXY = PolicySchema(ELEMENT, lower, sections=frozenset({INBOUND}))
