"""Small gateway configurations for tests; plain mappings in the names of gateway.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "FOO")


def one_api(
    service_url: str | None,
    *,
    path: str = "",
    methods: tuple[str, ...] = METHODS,
    template: str = "/*",
    policy: str | None = None,
    gateway: Mapping[str, Any] | None = None,
    **top: Any,
) -> dict[str, Any]:
    """One open API at `path`, as `api` makes it, in a whole configuration.

    `gateway` is the section of that name, `top` further top-level keys such as `backends`.
    """
    only = api(service_url, path=path, methods=methods, template=template, policy=policy)
    return {"gateway": dict(gateway or {}), "apis": [only], **top}


def api(
    service_url: str | None,
    *,
    id: str = "all",
    path: str = "",
    methods: tuple[str, ...] = METHODS,
    template: str = "/*",
    policy: str | None = None,
) -> dict[str, Any]:
    """An open API that forwards every one of `methods`; `policy` is its document's text."""
    made: dict[str, Any] = {
        "id": id,
        "displayName": id,
        "path": path,
        "protocols": ["http", "https"],
        "subscriptionRequired": False,
        "operations": [
            {"id": f"op-{method.lower()}", "method": method, "urlTemplate": template} for method in methods
        ],
    }
    if service_url is not None:
        made["serviceUrl"] = service_url
    if policy is not None:
        made["policy"] = policy
    return made


def forwarding(attributes: str = "", inbound: str = "") -> str:
    """A policy document whose forward-request has these attributes."""
    return (
        f"<policies><inbound><base />{inbound}</inbound>"
        f"<backend><forward-request {attributes} /></backend>"
        "<outbound><base /></outbound><on-error><base /></on-error></policies>\n"
    )
