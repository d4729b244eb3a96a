"""Files of certificates and of ${file:...} are read again when they change, and nothing is lost by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import GatewayProcess, RawConnection, wait_until
from tests.harness.secure import SecureBackend
from tests.pki import Ca, make_ca


@pytest.fixture(scope="module")
def ca() -> Ca:
    return make_ca("Root")


def configuration(port: int, **gateway: Any) -> dict[str, Any]:
    return {
        "gateway": gateway,
        "certificates": [{"id": "c", "file": "certs/c.pfx", "password": "${file:certs/c.pass}"}],
        "caCertificates": [{"id": "root", "file": "certs/root.pem", "storeName": "Root"}],
        "namedValues": [{"id": "word", "value": "${file:word}"}],
        "backends": [
            {"id": "b", "url": f"https://127.0.0.1:{port}", "credentials": {"certificateIds": ["c"]}}
        ],
        "apis": [
            {
                "id": "a",
                "path": "a",
                "protocols": ["http"],
                "subscriptionRequired": False,
                "operations": [{"id": "get", "method": "GET", "urlTemplate": "/*"}],
                "policy": "<policies><inbound><set-backend-service backend-id='b' /></inbound><outbound>"
                "<set-header name='x-word'><value>{{word}}</value></set-header></outbound></policies>",
            }
        ],
    }


def ask(server: GatewayProcess) -> tuple[int, str | None]:
    with RawConnection(server.url) as connection:
        answer = connection.ask(b"GET /a/x HTTP/1.1\r\nHost: a\r\n\r\n")
    return answer.status, answer.get("x-word")


def files(ca: Ca, name: str, password: str, word: str = "one") -> dict[str, str | bytes]:
    return {
        "certs/c.pfx": ca.issue(name, usage="client").pfx(password),
        "certs/c.pass": password,
        "certs/root.pem": ca.pem,
        "word": f"{word}\n",
    }


def put(folder: Path, content: dict[str, str | bytes]) -> None:
    """Each file is replaced, one after the other."""
    for name, data in content.items():
        new = folder / f"{name}.new"
        new.write_bytes(data.encode() if isinstance(data, str) else data)
        new.replace(folder / name)


def test_a_renewed_certificate_its_password_and_a_value_are_served_without_a_signal(
    gateway: GatewayFactory, ca: Ca
) -> None:
    with SecureBackend(ca.issue("b", "127.0.0.1"), clients=ca) as backend:
        server = gateway(configuration(backend.port), files=files(ca, "old", "p-1"))
        assert ask(server) == (200, "one")
        assert backend.clients == ["old"]
        put(server.folder, files(ca, "new", "p-2", "two"))
        seen: list[tuple[int, str | None]] = []

        def changed() -> bool:
            seen.append(ask(server))
            return seen[-1][1] == "two"

        wait_until(changed)
        assert {status for status, _ in seen} == {200}
        backend.drop_connections()
        wait_until(lambda: ask(server)[0] == 200 and backend.clients[-1] == "new")
        (line,) = [line for line in server.stderr_lines() if "files have changed" in line]
        assert all(name in line for name in ("c.pfx", "c.pass", "word"))
        assert "root.pem" not in line


def test_a_renewed_file_of_no_use_is_told_once_and_leaves_what_serves(
    gateway: GatewayFactory, ca: Ca
) -> None:
    with SecureBackend(ca.issue("b", "127.0.0.1"), clients=ca) as backend:
        server = gateway(configuration(backend.port), files=files(ca, "old", "p-1"), may_complain=True)
        put(server.folder, {"certs/c.pfx": b"no PFX"})
        server.wait_for_line("configuration not changed")
        assert ask(server) == (200, "one")
        put(server.folder, files(ca, "new", "p-1", "two"))
        wait_until(lambda: ask(server) == (200, "two"))
        assert sum("configuration not changed" in line for line in server.stderr_lines()) == 1


def test_nothing_is_watched_where_the_file_says_so(gateway: GatewayFactory, ca: Ca) -> None:
    with SecureBackend(ca.issue("b", "127.0.0.1"), clients=ca) as backend:
        watching = gateway(configuration(backend.port), files=files(ca, "old", "p-1"))
        blind = gateway(configuration(backend.port, watchFiles=False), files=files(ca, "old", "p-1"))
        for server in (blind, watching):
            put(server.folder, {"word": "two\n"})
        wait_until(lambda: ask(watching) == (200, "two"))
        # As many looks again as the other one has needed.
        put(watching.folder, {"word": "three\n"})
        wait_until(lambda: ask(watching) == (200, "three"))
        assert ask(blind) == (200, "one")
        blind.reload()
        wait_until(lambda: ask(blind) == (200, "two"))
