"""The web application of the management address: which path is answered by whom, and who may ask.

Health is for everyone; status and reset are for those who show the token. Every other path is 404.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

import orjson
from aiohttp import web

from fastgw.management.health import Health
from fastgw.management.secrets import SecretStatus
from fastgw.management.status import BackendStatus, UnknownPlaceError
from fastgw.management.token import ManagementToken
from fastgw.telemetry import log


def application(
    health: Health, status: BackendStatus, secrets: SecretStatus, token: ManagementToken
) -> web.Application:
    """The application that answers health, shows status and resets breakers."""

    async def show_health(request: web.Request) -> web.Response:
        return _answer(*health.answer(request.method, request.path))

    async def show_status(request: web.Request) -> web.Response:
        if refusal := _refusal(request, token, ("GET", "HEAD"), ()):
            return refusal
        return _answer(200, status.document(_now()) | secrets.document())

    async def reset(request: web.Request) -> web.Response:
        if refusal := _refusal(request, token, ("POST",), ("member", "rule")):
            return refusal
        backend = request.match_info["id"]
        member, rule = request.query.get("member"), request.query.get("rule")
        try:
            count = status.reset(backend, member, rule, _now())
        except UnknownPlaceError as error:
            return _error(404, "ResourceNotFound", str(error))
        log.info(
            "circuit breakers reset",
            backend=backend,
            member=member,
            rule=rule,
            count=count,
            caller=request.remote,
        )
        return _answer(200, {"reset": count})

    app = web.Application()
    app.router.add_route("*", "/status", show_status)
    app.router.add_route("*", "/status/backends/{id}/reset", reset)
    app.router.add_route("*", "/{path:.*}", show_health)
    return app


def _refusal(
    request: web.Request, token: ManagementToken, methods: Collection[str], parameters: Collection[str]
) -> web.Response | None:
    """The answer to a request that shows no token, or is not one of those that are known here."""
    if not token.admits(request.headers.getall("Authorization", [])):
        log.warning("management refused", path=request.path, caller=request.remote)
        return _error(
            401,
            "Unauthorized",
            "Show the token kept in the gateway's data directory: Authorization: Bearer <token>",
            # RFC 6750 section 3: the scheme never stands alone.
            {"WWW-Authenticate": 'Bearer realm="fastgw management"'},
        )
    if request.method not in methods:
        allowed = ", ".join(methods)
        return _error(405, "MethodNotAllowed", f"Use {allowed} here.", {"Allow": allowed})
    for name in request.query:
        if name not in parameters or len(request.query.getall(name)) > 1:
            return _error(
                400, "InvalidQuery", f"The query parameter {name!r} is not known here, or is repeated."
            )
    if request.can_read_body:
        return _error(400, "InvalidBody", "A request has no body here.")
    return None


def _now() -> int:
    """The clock of breakers: monotonic milliseconds."""
    return int(time.monotonic() * 1000)


def _error(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return _answer(status, {"error": {"code": code, "message": message}}, headers)


def _answer(
    status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> web.Response:
    fields = {"Cache-Control": "no-store", "Server": "fastgw", **(headers or {})}
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/json", headers=fields
    )
