"""For tests of the commands that ask a running gateway: a gateway to ask, and a server that is none."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from fastgw.cli import cli
from tests.harness import GatewayProcess

TOKEN = "t" * 43


def run(*words: str, **environ: str) -> Result:
    """Run a command of fastgw in an environment that names no gateway but the one given."""
    clean: dict[str, str | None] = {"FASTGW_MANAGEMENT": None, "FASTGW_DATA_DIR": None}
    return CliRunner().invoke(cli, list(words), env=clean | environ)


def where(gateway: GatewayProcess) -> list[str]:
    """The options that name a running gateway."""
    return ["--management", gateway.urls[-1], "--data-dir", str(gateway.folder / "data")]


def configuration(url: str, scheme: str = "https") -> dict[str, Any]:
    """An API over the backend `orders`, which opens at the second failure; `twins` has two addresses."""
    policy = (
        "<policies><inbound><base /><set-backend-service backend-id='orders' /></inbound>"
        "<backend><forward-request /></backend></policies>"
    )
    return {
        "gateway": {"management": {"url": f"{scheme}://127.0.0.1:0"}},
        "backends": [
            {
                "id": "orders",
                "url": url,
                "circuitBreaker": {"rules": [{"name": "fast", "failureCondition": {"count": 2}}]},
            },
            {"id": "twins", "urls": [{"url": f"{url}/a"}, {"url": url.replace("127.0.0.1", "localhost")}]},
        ],
        "apis": [
            {
                "id": "orders",
                "displayName": "orders",
                "path": "orders",
                "protocols": ["http"],
                "subscriptionRequired": False,
                "operations": [{"id": "get", "method": "GET", "urlTemplate": "/", "policy": policy}],
            }
        ],
    }


def call(gateway: GatewayProcess) -> int:
    """One request to the API; the status of its answer."""
    try:
        with urllib.request.urlopen(f"{gateway.url}/orders/", timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@contextmanager
def impostor(status: int, body: bytes) -> Iterator[tuple[str, list[str]]]:
    """A server that gives every request one answer; its URL, and the request lines that it gets."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.requestline)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def data_dir(folder: Path) -> str:
    """A data directory with a token and without a certificate."""
    (folder / "management.token").write_text(TOKEN)
    return str(folder)
