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
    """An open API at `path` that forwards every one of `methods`; `policy` is its document's text.

    `gateway` is the section of that name, `top` further top-level keys such as `backends`.
    """
    api: dict[str, Any] = {
        "id": "all",
        "displayName": "All",
        "path": path,
        "protocols": ["http", "https"],
        "subscriptionRequired": False,
        "operations": [
            {"id": f"op-{method.lower()}", "method": method, "urlTemplate": template} for method in methods
        ],
    }
    if service_url is not None:
        api["serviceUrl"] = service_url
    if policy is not None:
        api["policy"] = policy
    return {"gateway": dict(gateway or {}), "apis": [api], **top}


def forwarding(attributes: str = "", inbound: str = "") -> str:
    """A policy document whose forward-request has these attributes."""
    return (
        f"<policies><inbound><base />{inbound}</inbound>"
        f"<backend><forward-request {attributes} /></backend>"
        "<outbound><base /></outbound><on-error><base /></on-error></policies>\n"
    )
