"""A Service Fabric cluster and the parts of gateway.yaml that reach it, for tests through a running gateway.

The cluster demands a client certificate; the certificates are made once for all tests.
"""

from __future__ import annotations

import json
from typing import Any

from tests.harness import GatewayProcess, Response, ask, wait_until
from tests.harness.cluster import Asked, StubCluster
from tests.harness.config import api
from tests.pki import make_ca

CLUSTER_CA = make_ca("Cluster Root")
CLIENTS = make_ca("Client Root")
CLUSTER = CLUSTER_CA.issue("cluster", "127.0.0.1")
GATEWAY = CLIENTS.issue("gateway", usage="client")
OTHER = CLIENTS.issue("other", usage="client")
STRANGER = make_ca("Strangers").issue("stranger", usage="client")

FILES = {
    "gateway.pfx": GATEWAY.pfx("pfx-password"),
    "other.pem": OTHER.bundle(),
    "stranger.pem": STRANGER.bundle(),
    "cluster-root.pem": CLUSTER_CA.pem,
}
CERTIFICATES = [
    {"id": "gateway", "file": "gateway.pfx", "password": "pfx-password"},
    {"id": "other", "file": "other.pem"},
    {"id": "stranger", "file": "stranger.pem"},
]


def fabric(
    id: str,
    *clusters: StubCluster | str,
    url: str = "fabric:/shop/orders",
    more: dict[str, Any] | None = None,
    **cluster: Any,
) -> dict[str, Any]:
    """A backend in a cluster; by default the cluster is shown `gateway` and known by its thumbprint.

    `cluster` are further members of serviceFabricCluster (None takes one away), `more` those of the backend.
    """
    members = {
        "managementEndpoints": [one if isinstance(one, str) else one.url for one in clusters],
        "clientCertificateId": "gateway",
        "serverCertificateThumbprints": [CLUSTER.thumbprint],
        **cluster,
    }
    given = {name: value for name, value in members.items() if value is not None}
    return {"id": id, "url": url, "properties": {"serviceFabricCluster": given}, **(more or {})}


def to_fabric(name: str, backend: str, attributes: str = "", forward: str = "") -> dict[str, Any]:
    """An API that sends everything to a Service Fabric backend."""
    policy = (
        f'<policies><inbound><base /><set-backend-service backend-id="{backend}" {attributes} /></inbound>'
        f"<backend><forward-request {forward} /></backend></policies>\n"
    )
    return api(None, id=name, path=name, policy=policy)


def configuration(
    *parts: tuple[dict[str, Any], list[dict[str, Any]]], workers: int = 1, **top: Any
) -> dict[str, Any]:
    """Backends, each with the APIs that use it."""
    return {
        "gateway": {"workers": workers},
        "certificates": CERTIFICATES,
        "backends": [backend for backend, _ in parts],
        "apis": [api for _, apis in parts for api in apis],
        **top,
    }


def get(gateway: GatewayProcess, path: str) -> Response:
    """GET on a connection of its own."""
    return ask(gateway.address, f"GET /{path} HTTP/1.1\r\nHost: gateway\r\n\r\n".encode())


def post(gateway: GatewayProcess, path: str, body: bytes) -> Response:
    """POST with a Content-Length."""
    head = f"POST /{path} HTTP/1.1\r\nHost: gateway\r\nContent-Length: {len(body)}\r\n\r\n"
    return ask(gateway.address, head.encode() + body)


def arrived(answer: Response) -> dict[str, Any]:
    """What a replica says of the request that it got."""
    assert answer.status == 200, answer.body
    said: dict[str, Any] = json.loads(answer.body)
    return said


def asked_for(cluster: StubCluster, service: str) -> list[Asked]:
    """The questions that were about one service."""
    return [asked for asked in cluster.asked if asked.service == service]


def log_line(gateway: GatewayProcess, answer: Response) -> str:
    """The one line that the gateway has written about a call that failed."""
    activity = json.loads(answer.body)["activityId"]

    def found() -> list[str]:
        lines = gateway.stderr_lines()
        return [line for line in lines if activity in line and "backend call repeated" not in line]

    wait_until(found, what=f"a line with {activity}")
    (line,) = found()
    return line
