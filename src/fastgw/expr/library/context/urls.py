"""IUrl: a URL as policies see it, from the exchange or from a text (spec/expressions.md section 6.3)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from fastgw._exchange import Exchange
from fastgw.expr.library.context.dictionaries import QueryValues
from fastgw.expr.library.context.messages import backend_url, query_pairs, received_url
from fastgw.expr.library.declare import define
from fastgw.expr.runtime.text import inward
from fastgw.expr.runtime.values import NetObject
from fastgw.expr.types import NamedType

_DEFAULT_PORTS = {"http": 80, "https": 443}


class Url(NetObject):
    """A URL; `parts` are scheme, host, port, raw path and raw query without its question mark."""

    __slots__ = ("_parts",)

    def __init__(self, parts: tuple[str, str, int, str, str]) -> None:
        self._parts = parts

    def parts(self) -> tuple[str, str, int, str, str]:
        """Scheme, host, port, raw path, raw query."""
        return self._parts

    def net_type(self) -> NamedType:
        """IUrl."""
        return URL.type

    def net_text(self) -> str:
        """The whole URL, without a default port."""
        scheme, host, port, path, query = self.parts()
        shown = "" if port == _DEFAULT_PORTS.get(scheme) else f":{port}"
        return f"{scheme}://{host}{shown}{path}{'?' if query else ''}{query}"


class ReceivedUrl(Url):
    """The URL as the caller called it."""

    __slots__ = ("_exchange",)

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def parts(self) -> tuple[str, str, int, str, str]:
        """Scheme, host, port, raw path, raw query."""
        return received_url(self._exchange)


class BackendUrl(ReceivedUrl):
    """The URL that the gateway will call, as policies have made it so far."""

    __slots__ = ()

    def parts(self) -> tuple[str, str, int, str, str]:
        """Scheme, host, port, raw path, raw query."""
        return backend_url(self._exchange)


def url_of_text(text: str) -> Url:
    """The URL that a text holds, such as a serviceUrl that the configuration has checked."""
    split = urlsplit(text)
    port = split.port or _DEFAULT_PORTS.get(split.scheme, 0)
    return Url((split.scheme, split.hostname or "", port, inward(split.path) or "/", split.query))


URL = define("IUrl", "interface", python=(Url,))


@URL.property("string Scheme", never_null=True)
def scheme(this: Url) -> str:
    """`http` or `https`."""
    return this.parts()[0]


@URL.property("string Host", never_null=True)
def host(this: Url) -> str:
    """The host, without its port."""
    return this.parts()[1]


@URL.property("int Port")
def port(this: Url) -> int:
    """The port."""
    return this.parts()[2]


@URL.property("string Path", never_null=True)
def path(this: Url) -> str:
    """The path as it is written, from its slash on."""
    return this.parts()[3]


@URL.property("string QueryString", never_null=True)
def query_string(this: Url) -> str:
    """The query with its question mark; empty where there is none."""
    query = this.parts()[4]
    return f"?{query}" if query else ""


@URL.property("IFields Query", never_null=True)
def query(this: Url) -> QueryValues:
    """The decoded query parameters."""
    lists: dict[str, list[str]] = {}
    for name, value in query_pairs(this.parts()[4]):
        lists.setdefault(name, []).append(value)
    return QueryValues(lists)


@URL.method("System.Uri ToUri()")
def to_uri(this: Url) -> Any:
    """The URL as a System.Uri (undocumented, but production policies call it)."""
    from fastgw.expr.library.uri import uri_of_text

    return uri_of_text(this.net_text())


@URL.method("string ToString()")
def to_string(this: Url) -> str:
    """The whole URL."""
    return this.net_text()
