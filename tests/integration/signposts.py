"""Backends that send requests elsewhere, for the tests of redirects."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.harness import GatewayProcess, RawConnection, Request, Response, ScriptedBackend, Session
from tests.harness.config import forwarding

FOLLOWS = 'follow-redirects="true"'


def redirect(location: str, status: int = 302, body: bytes = b"moved", more: str = "") -> bytes:
    """An answer that leads to `location`."""
    head = f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\n{more}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Signpost(ScriptedBackend):
    """Answers by target: with bytes from `signs`, else as EchoBackend does. For no bytes it closes."""

    def __init__(self, signs: dict[str, bytes] | None = None) -> None:
        self.signs = signs or {}
        super().__init__(self._point)

    def _point(self, session: Session) -> None:
        while True:
            request = session.request(timeout=600.0)
            sign = self.signs.get(request.target)
            if sign == b"":
                session.close()
            elif sign is not None:
                session.send(sign)
            else:
                told = {"method": request.method, "target": request.target, "headers": request.headers}
                body = json.dumps({**told, "body": request.body.decode("latin-1")}).encode()
                session.answer(b"" if request.method == "HEAD" else body)

    @property
    def asked(self) -> list[tuple[str, str]]:
        """Method and target of every request, in order."""
        return [(request.method, request.target) for request in self.requests]


Posts = Callable[..., Signpost]


def follow(
    serve: Callable[..., GatewayProcess], backend: ScriptedBackend | str, more: str = "", **options: Any
) -> GatewayProcess:
    """The module's gateway, following the redirects of a backend."""
    return serve(backend, policy=forwarding(f"{FOLLOWS} {more}"), **options)


def send(
    gateway: GatewayProcess, method: str, target: str = "/a", fields: str = "", body: str = ""
) -> Response:
    """One request on a connection of its own."""
    with RawConnection(gateway.url) as connection:
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        connection.send(f"{method} {target} HTTP/1.1\r\nHost: gw\r\n{fields}{length}\r\n{body}".encode())
        return connection.read_response(head_request=method == "HEAD")


def names(request: Request) -> list[str]:
    """The names of its header fields, in order."""
    return [name for name, _ in request.headers]
