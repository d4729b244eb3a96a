"""An ordinary reverse proxy in aiohttp, written the usual way: what fastgw would cost without its core.

`web.Application`, one catch-all handler, one shared `ClientSession`, uvloop; nothing clever on purpose.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import ssl
from collections.abc import AsyncIterator

import aiohttp
import uvloop
from aiohttp import web
from multidict import CIMultiDict

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""RFC 9110, section 7.6.1, and what the older RFC 2616 listed."""

SESSION: web.AppKey[aiohttp.ClientSession] = web.AppKey("session", aiohttp.ClientSession)


def application(
    upstream: str, outbound: ssl.SSLContext | None, header_work: bool, computed: bool
) -> web.Application:
    """The proxy; `header_work` and `computed` add what the bench's scenarios of that name demand."""

    async def open_session(app: web.Application) -> AsyncIterator[None]:
        connector = aiohttp.TCPConnector(limit=0, ssl=outbound if outbound is not None else True)
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
            app[SESSION] = session
            yield

    async def forward(request: web.Request) -> web.Response:
        headers: CIMultiDict[str] = CIMultiDict(
            (name, value) for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP
        )
        earlier = headers.get("X-Forwarded-For")
        remote = request.remote or ""
        headers["X-Forwarded-For"] = f"{earlier}, {remote}" if earlier else remote
        url = request.rel_url
        if header_work:
            headers["X-Plan"] = "mobile"
            if computed:
                channel = headers.get("X-Channel")
                headers["X-Plan"] = {"desk": "office", "mobile": "mobile"}.get(channel or "", "open")
                headers["X-Client"] = f"{channel or 'web'}/1"
            headers.popall("X-Debug", None)
            url = url.update_query({"api-version": "2024-01-01"})
        async with request.app[SESSION].request(
            request.method,
            upstream + url.raw_path_qs,
            headers=headers,
            data=await request.read() if request.can_read_body else None,
            allow_redirects=False,
        ) as answer:
            body = await answer.read()
            reply = web.Response(status=answer.status, body=body)
            for name, value in answer.headers.items():
                if name.lower() not in HOP_BY_HOP and name.lower() != "content-length":
                    reply.headers[name] = value
        if header_work:
            reply.headers["X-Gateway"] = "gw"
        return reply

    app = web.Application()
    app.cleanup_ctx.append(open_session)
    app.router.add_route("*", "/{path:.*}", forward)
    return app


async def serve(arguments: argparse.Namespace) -> None:
    """Listens until SIGTERM or SIGINT."""
    outbound = None
    if arguments.client:
        outbound = ssl.create_default_context(cafile=arguments.ca)
        outbound.load_cert_chain(arguments.client)
    runner = web.AppRunner(
        application(arguments.upstream, outbound, arguments.header_work, arguments.computed),
        access_log=None,
        keepalive_timeout=3600,
    )
    await runner.setup()
    if arguments.port:
        await web.TCPSite(runner, "127.0.0.1", arguments.port).start()
    if arguments.tls_port:
        inbound = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        inbound.load_cert_chain(arguments.server)
        await web.TCPSite(runner, "127.0.0.1", arguments.tls_port, ssl_context=inbound).start()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await runner.cleanup()


def main() -> None:
    """Command line of the proxy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upstream", required=True, help="scheme://host:port of the origin")
    parser.add_argument("--port", type=int, default=0, help="plain listener, 0 for none")
    parser.add_argument("--tls-port", type=int, default=0, help="TLS listener, 0 for none")
    parser.add_argument("--server", help="PEM with the server's certificate and key")
    parser.add_argument("--client", help="PEM with the client certificate and key for the origin")
    parser.add_argument("--ca", help="PEM with the authority that is trusted")
    parser.add_argument("--header-work", action="store_true", help="do the work of header_policies")
    parser.add_argument("--computed", action="store_true", help="do the work of expressions")
    uvloop.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
