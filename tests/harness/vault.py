"""A key vault and its token service over HTTPS: what Azure Key Vault answers, on good days and on bad ones.

Speaks what azure-keyvault-secrets and azure-identity ask: the challenge, tokens for a client secret or a
client certificate, tokens of a managed identity (App Service), secrets with versions. It keeps what it was
asked.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.harness.raw import PATIENCE
from tests.harness.secure import tls_context
from tests.pki import Issued

TENANT = "5f8b1a52-7c1e-4f4c-9d1d-0c6f7f6a0001"
CLIENT = "0a4d9a40-17f4-4b0e-8d8e-2b1f7b5c0002"
PASSWORD = "client-secret~of~the~gateway"
IDENTITY_HEADER = "identity-header-of-the-host"
TOKEN = "token-for-the-vault"


@dataclass
class Version:
    """One version of a secret."""

    name: str
    value: Any
    content_type: str | None = None
    enabled: bool = True
    expires: int | None = None
    not_before: int | None = None


@dataclass
class Reply:
    """What is answered in place of what would be."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    """Seconds before the answer."""


def problem(status: int, code: str, message: str = "it is so", **headers: str) -> Reply:
    """An error as Key Vault writes it."""
    body = json.dumps({"error": {"code": code, "message": message}}).encode()
    return Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


class VaultDouble:
    """An HTTPS server on 127.0.0.1 that is a vault, its token service and the host's identity endpoint.

    The challenge names `resource`; who has checked that must be told that the host is an exception.
    """

    def __init__(self, server: Issued, resource: str = "https://vault.azure.net") -> None:
        self.resource = resource
        self.tenant = TENANT
        self.secrets: dict[str, list[Version]] = {}
        self.script: Callable[[str], Reply | None] = lambda path: None
        """Is asked for each path that comes with a token; a Reply takes the place of the answer."""
        self.tokens: Callable[[dict[str, str]], Reply | None] = lambda form: None
        """The same for the form of a request for a token."""
        self.asked: list[tuple[float, str]] = []
        """When each answer to a question with a token was begun (monotonic), and the path."""
        self.forms: list[dict[str, str]] = []
        """What came to the token service."""
        self.identities: list[dict[str, str]] = []
        """What came to the identity endpoint of the host."""
        self.changed = threading.Condition()
        self.context = tls_context(server, None)
        self._server = _Server(self)
        self.port: int = self._server.server_address[1]
        self.url = f"https://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(PATIENCE)

    def identifier(self, name: str, version: str | None = None) -> str:
        return f"{self.url}/secrets/{name}" + (f"/{version}" if version else "")

    def put(self, name: str, value: Any, content_type: str | None = None, **attributes: Any) -> str:
        """A new version of a secret; its name."""
        with self.changed:
            versions = self.secrets.setdefault(name, [])
            version = f"{len(versions) + 1:032x}"
            versions.append(Version(version, value, content_type, **attributes))
        return version

    def away(self, name: str = "") -> None:
        """Answer 503 from now on, for one secret or all."""
        self.script = lambda path: (
            problem(503, "ServiceUnavailable") if path.startswith(f"/secrets/{name}") else None
        )

    def back(self) -> None:
        """Answer as ever."""
        self.script = lambda path: None

    def times(self, name: str) -> list[float]:
        """When a secret was asked for."""
        with self.changed:
            return [moment for moment, path in self.asked if path.split("/")[2] == name]

    def wait_for(self, name: str, count: int) -> None:
        """Wait until a secret was asked for that often."""
        with self.changed:
            done = self.changed.wait_for(
                lambda: sum(path.split("/")[2] == name for _, path in self.asked) >= count, 30.0
            )
        assert done, f"{name} was asked for {len(self.times(name))} times, not {count}"

    def settings(self, **more: Any) -> dict[str, Any]:
        """`gateway.keyVault` for this vault, with a client secret."""
        return {
            "credential": "clientSecret",
            "tenantId": TENANT,
            "clientId": CLIENT,
            "clientSecret": PASSWORD,
            "authorityHost": self.url,
            "unverifiedHosts": ["127.0.0.1"],
            **more,
        }

    # What is answered

    def answer(self, path: str) -> Reply:
        with self.changed:
            self.asked.append((time.monotonic(), path))
            self.changed.notify_all()
        reply = self.script(path)
        if reply is not None:
            return reply
        _, _, name, *rest = path.split("/")
        versions = self.secrets.get(name)
        wanted = rest[0] if rest and rest[0] else None
        found = next((one for one in reversed(versions or ()) if wanted is None or one.name == wanted), None)
        if found is None:
            said = f"A secret with (name/id) {name} was not found in this key vault."
            return problem(404, "SecretNotFound", said)
        if not found.enabled:
            body = {
                "error": {
                    "code": "Forbidden",
                    "message": "Operation get is not allowed on a disabled secret.",
                    "innererror": {"code": "SecretDisabled"},
                }
            }
            return Reply(403, json.dumps(body).encode())
        attributes: dict[str, Any] = {"enabled": True, "recoveryLevel": "Recoverable+Purgeable"}
        if found.expires is not None:
            attributes["exp"] = found.expires
        if found.not_before is not None:
            attributes["nbf"] = found.not_before
        answer = {
            "value": found.value,
            "id": f"{self.url}/secrets/{name}/{found.name}",
            "attributes": attributes,
        }
        if found.content_type is not None:
            answer["contentType"] = found.content_type
        return Reply(200, json.dumps(answer).encode())

    def token(self, form: dict[str, str]) -> Reply:
        with self.changed:
            self.forms.append(form)
        reply = self.tokens(form)
        if reply is not None:
            return reply
        proved = form.get("client_secret") == PASSWORD or "client_assertion" in form
        if form.get("client_id") != CLIENT or not proved:
            body = {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret."}
            return Reply(401, json.dumps(body).encode())
        return Reply(
            200, json.dumps({"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"}).encode()
        )


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, vault: VaultDouble) -> None:
        self.vault = vault
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        sock, address = super().get_request()
        sock.settimeout(60.0)
        secure = self.vault.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return secure, address

    def handle_error(self, *_: object) -> None:
        """Callers that do not trust this server, or give up, are what tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536
    server: _Server

    def do_GET(self) -> None:
        vault = self.server.vault
        parts = urlsplit(self.path)
        if parts.path == "/identity":
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            vault.identities.append(query)
            known = self.headers.get("X-IDENTITY-HEADER") == IDENTITY_HEADER
            token = {
                "access_token": TOKEN,
                "expires_on": str(int(time.time()) + 3600),
                "resource": vault.resource,
            }
            self._send(Reply(200, json.dumps(token).encode()) if known else Reply(401, b"{}"))
        elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
            challenge = f'Bearer authorization="{vault.url}/{vault.tenant}", resource="{vault.resource}"'
            self._send(Reply(401, b"", {"WWW-Authenticate": challenge}))
        else:
            assert parse_qs(parts.query)["api-version"]
            self._send(vault.answer(parts.path))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        assert self.path == f"/{TENANT}/oauth2/v2.0/token"
        self._send(self.server.vault.token(form))

    def _send(self, reply: Reply) -> None:
        if reply.delay:
            # A caller that has had enough is not written to.
            time.sleep(reply.delay)
        self.send_response(reply.status)
        fields = {"Content-Type": "application/json", "Content-Length": str(len(reply.body)), **reply.headers}
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_: object) -> None:
        """The test's output is not the place for an access log."""


def trusting(ca_pem: bytes) -> ssl.SSLContext:
    """A client's context that trusts one authority."""
    return ssl.create_default_context(cadata=ca_pem.decode())
