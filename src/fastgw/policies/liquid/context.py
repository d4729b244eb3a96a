"""What templates see as `context`: the members that spec/policies/transformation.md lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fastgw.expr.library.context.urls import Url, query
from fastgw.expr.library.context.views import caller_address, context_of, matched_parameters
from fastgw.expr.runtime.text import outward
from fastgw.policies.liquid.values import of_expression


class Members(Mapping[str, Any]):
    """An object whose members are computed when a template names them; `text` is what it is written as."""

    __slots__ = ("_made", "_text")

    def __init__(self, made: Mapping[str, Callable[[], Any]], text: Callable[[], str] = str) -> None:
        self._made = made
        self._text = text

    def __getitem__(self, name: str) -> Any:
        return self._made[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def __str__(self) -> str:
        return self._text()


class LookUp(Mapping[str, Any]):
    """A dictionary of an expression's context, such as its variables; names as that one takes them."""

    __slots__ = ("_values",)

    def __init__(self, values: Any) -> None:
        self._values = values

    def __getitem__(self, name: str) -> Any:
        missing = object()
        found = self._values.look_up(name, missing)
        if found is missing:
            raise KeyError(name)
        return of_expression(found)

    def __iter__(self) -> Iterator[str]:
        return iter([outward(name) for name in self._values.names()])

    def __len__(self) -> int:
        return len(self._values.names())

    def __str__(self) -> str:
        return ""


def context_values(exchange: Any) -> Members:
    """`context`, for an exchange."""
    context: Any = context_of(exchange)
    request = context.request
    of_request = Members(
        {
            "Url": lambda: _url(request.url),
            "OriginalUrl": lambda: _url(request.original_url),
            "Method": lambda: request.method,
            "OriginalMethod": lambda: _received_method(exchange) or request.method,
            "IpAddress": lambda: caller_address(exchange),
            "MatchedParameters": lambda: LookUp(matched_parameters(request)),
            "HasBody": lambda: bool(exchange.request_has_body),
            "Headers": lambda: LookUp(request.headers),
        }
    )

    def response() -> Members | None:
        found = context.response
        if found is None:
            return None
        return Members(
            {
                "StatusCode": lambda: found.status,
                "StatusReason": lambda: found.reason,
                "Method": lambda: request.method,
                "Headers": lambda: LookUp(found.headers),
            }
        )

    return Members(
        {
            "Request": lambda: of_request,
            "Response": response,
            "Variables": lambda: LookUp(context.variables),
        }
    )


def _received_method(exchange: Any) -> str | None:
    """The caller's method, where set-method has put another one in its place."""
    method = exchange.received_method
    return None if method is None else str(method, "latin-1")


def _url(url: Url) -> Members:
    scheme, host, port, path, raw_query = (of_expression(part) for part in url.parts())
    return Members(
        {
            "Scheme": lambda: scheme,
            "Host": lambda: host,
            "Port": lambda: port,
            "Path": lambda: path,
            "Query": lambda: LookUp(query(url)),
            "QueryString": lambda: f"?{raw_query}" if raw_query else "",
            "ToUri": url.net_text,
            "ToString": url.net_text,
        },
        url.net_text,
    )
