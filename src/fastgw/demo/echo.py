"""The demo's backend: an HTTPS server that demands a client certificate and answers what it received.

Below /status/ it answers with the status of the path, so that failures can be had on demand.

For the demo and for tests only; it reads whole bodies and must never face anything but loopback.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Any

import orjson
from aiohttp import web

from fastgw.tls.certs import Certificate, read_certificate, to_pem
from fastgw.tls.keyfile import load_certificate


def server_context(certificate: Certificate, authority: Certificate) -> ssl.SSLContext:
    """A TLS server context that lets in only clients with a certificate of `authority`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    load_certificate(context, certificate, certificate.chain)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=to_pem(authority.chain, None).decode())
    return context


def application() -> web.Application:
    """The echo application: any method, any path; 200, but for /status/200 to /status/599."""
    app = web.Application()
    app.router.add_route("*", "/status/{status:[2-5][0-9][0-9]}", _answer)
    app.router.add_route("*", "/{path:.*}", _answer)
    return app


def run_echo(listening: socket.socket, context: ssl.SSLContext) -> int:
    """Serve on a listening socket until the process is ended; the return value is its exit code."""
    asyncio.run(_serve(listening, context))
    return 0


async def _serve(listening: socket.socket, context: ssl.SSLContext) -> None:
    runner = web.AppRunner(application(), access_log=None, handle_signals=False)
    await runner.setup()
    await web.SockSite(runner, listening, ssl_context=context).start()
    await asyncio.Event().wait()


async def _answer(request: web.Request) -> web.Response:
    headers: dict[str, list[str]] = {}
    for name, value in request.headers.items():
        # aiohttp's names are of a subclass of str, which orjson refuses as keys.
        headers.setdefault(str(name), []).append(value)
    body = await request.text()
    answer: dict[str, Any] = {
        "method": request.method,
        "path": request.rel_url.raw_path,
        "query": request.rel_url.raw_query_string,
        "headers": {name: values[0] if len(values) == 1 else values for name, values in headers.items()},
        "body": body,
        **_tls(request),
    }
    rendered = orjson.dumps(answer, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    status = int(request.match_info.get("status", "200"))
    return web.Response(status=status, body=rendered, content_type="application/json")


def _tls(request: web.Request) -> dict[str, Any]:
    connection = request.transport.get_extra_info("ssl_object") if request.transport else None
    if not isinstance(connection, ssl.SSLObject):
        return {"clientCertificate": None, "tlsVersion": None, "sessionReused": False}
    der = connection.getpeercert(binary_form=True)
    shown = None
    if der:
        certificate = read_certificate(der)
        shown = {"subject": certificate.subject, "thumbprint": certificate.thumbprint}
    return {
        "clientCertificate": shown,
        "tlsVersion": connection.version(),
        "sessionReused": bool(connection.session_reused),
    }
