"""The demo's certificates: an authority, the gateway's own, the client's for the backend, the backend's.

Keys that the configuration must read are written with mode 0600 into the demo's temporary folder; the
authority's key is never written.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fastgw.tls.certs import Certificate, to_pem
from fastgw.tls.selfsigned import make_authority, pfx_bytes

HOSTS = ("localhost", "127.0.0.1", "::1")
_LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class DemoCertificates:
    """What was made: the folder with ca.pem, edge.pem and client.pfx, and what stays in memory."""

    folder: Path
    authority: Certificate
    backend: Certificate
    pfx_password: str = field(repr=False)


def make_certificates(folder: Path) -> DemoCertificates:
    """Make and write the certificates; `folder` must exist and belong to this user alone."""
    now = datetime.now(UTC)
    authority = make_authority("fastgw demo CA", now=now, lifetime=_LIFETIME)
    edge = authority.issue_server(HOSTS, now=now, lifetime=_LIFETIME)
    client = authority.issue_client("fastgw-demo-client", now=now, lifetime=_LIFETIME)
    backend = authority.issue_server(HOSTS, now=now, lifetime=_LIFETIME)
    password = secrets.token_urlsafe(16)
    _write(folder / "ca.pem", to_pem(authority.certificate.chain, None))
    _write(folder / "edge.pem", to_pem(edge.chain, edge.require_private_key()))
    _write(folder / "client.pfx", pfx_bytes(client, password))
    return DemoCertificates(folder, authority.certificate, backend, password)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
