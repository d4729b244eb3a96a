"""The demo's backend: no answer without a certificate, and the truth about the one it saw."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from fastgw.demo.certificates import DemoCertificates, make_certificates
from fastgw.demo.echo import application, server_context
from fastgw.tls.certs import read_certificate
from fastgw.tls.keyfile import load_certificate


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> DemoCertificates:
    return make_certificates(tmp_path_factory.mktemp("certs"))


def client_context(made: DemoCertificates, *, present: bool) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(made.folder / "ca.pem"))
    if present:
        client = read_certificate((made.folder / "client.pfx").read_bytes(), made.pfx_password)
        load_certificate(context, client, client.chain)
    return context


def ask(made: DemoCertificates, path: str, *, present: bool = True, **options: Any) -> dict[str, Any]:
    async def run() -> dict[str, Any]:
        runner = web.AppRunner(application())
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server_context(made.backend, made.authority))
        await site.start()
        port = runner.addresses[0][1]
        try:
            connector = aiohttp.TCPConnector(ssl=client_context(made, present=present))
            async with aiohttp.ClientSession(connector=connector) as session:
                method = options.pop("method", "GET")
                expected = options.pop("expected", 200)
                async with session.request(method, f"https://127.0.0.1:{port}{path}", **options) as reply:
                    assert reply.status == expected
                    answer: dict[str, Any] = await reply.json()
                    return answer
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def test_it_answers_what_it_received(made: DemoCertificates) -> None:
    answer = ask(made, "/a%20b?x=1&x=2", method="POST", data=b"hi", headers={"X-One": "1"})
    assert (answer["method"], answer["path"], answer["query"]) == ("POST", "/a%20b", "x=1&x=2")
    assert answer["headers"]["X-One"] == "1"
    assert answer["body"] == "hi"
    assert answer["tlsVersion"] in {"TLSv1.2", "TLSv1.3"}
    assert answer["sessionReused"] is False


def test_it_names_the_clients_certificate(made: DemoCertificates) -> None:
    client = read_certificate((made.folder / "client.pfx").read_bytes(), made.pfx_password)
    assert ask(made, "/")["clientCertificate"] == {
        "subject": "CN=fastgw-demo-client",
        "thumbprint": client.thumbprint,
    }


@pytest.mark.parametrize("status", [200, 404, 503, 599])
def test_below_status_it_answers_with_the_status_of_the_path(made: DemoCertificates, status: int) -> None:
    assert ask(made, f"/status/{status}", expected=status)["path"] == f"/status/{status}"


@pytest.mark.parametrize("path", ["/status/199", "/status/600", "/status/ok", "/a/status/500"])
def test_what_is_no_status_is_a_path_like_any_other(made: DemoCertificates, path: str) -> None:
    assert ask(made, path)["path"] == path


def test_it_lets_nobody_in_without_a_certificate(made: DemoCertificates) -> None:
    with pytest.raises((aiohttp.ClientError, ConnectionError, ssl.SSLError)):
        ask(made, "/", present=False)
