"""`fastgw status`: prints what a running gateway knows about its backends and its key vaults."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click
import orjson

from fastgw.cli.management_client import ask, client_options
from fastgw.cli.tables import table
from fastgw.settings import read_client_settings

_TITLES = ("BACKEND", "MEMBER", "HEALTH", "IN FLIGHT", "RULE", "STATE", "FAILURES", "RETRY IN", "LAST TRIP")
_OF_SECRETS = ("ENTITY", "SECRET", "VERSION", "STATUS", "READ AT", "MESSAGE")
_NOTHING = "-"


@click.command("status", short_help="Show the state of a running gateway's backends.")
@client_options
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(management: str | None, data_dir: str | None, form: str) -> None:
    """Show the backends that have a circuit breaker, several addresses, retries or health checks.

    Prints a line for each breaker, and one for each secret of a key vault; or one JSON document with
    everything that is known.
    """
    document = ask(read_client_settings(management, data_dir, os.environ), "GET", "/status", "backends")
    if form == "json":
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2))
        return
    for line in lines(document):
        click.echo(line)


def lines(document: Mapping[str, Any]) -> Iterator[str]:
    """The lines of the table of a status document: one for each breaker, or for a member that has none."""
    rows = [
        row
        for backend in document["backends"]
        for member in backend["members"]
        for row in _rows(backend["id"], member)
    ]
    if rows:
        yield from table(_TITLES, rows)
    else:
        yield "no backend has a circuit breaker, several addresses, retries or health checks"
    secrets = document.get("secrets")
    if secrets:
        yield ""
        yield from table(_OF_SECRETS, map(_secret, secrets))


def _secret(secret: Mapping[str, Any]) -> Sequence[str]:
    status = secret["lastStatus"] or {"code": None, "timeStampUtc": None, "message": None}
    return (
        f"{secret['kind']} {secret['id']}",
        secret["secretIdentifier"],
        secret["version"] or _NOTHING,
        status["code"] or _NOTHING,
        status["timeStampUtc"] or _NOTHING,
        status["message"] or _NOTHING,
    )


def _rows(backend: str, member: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    health = "healthy" if member["healthy"] else "unhealthy"
    first = (backend, member["id"], health, str(member["inFlight"]))
    if not member["breakers"]:
        yield (*first, *[_NOTHING] * 5)
    for breaker in member["breakers"]:
        counts = f"{breaker['failures']}/{breaker['requests']}"
        retry = _seconds(breaker["retryAfter"]) if breaker["retryAfter"] > 0 else _NOTHING
        yield (*first, breaker["rule"], breaker["state"], counts, retry, _reason(breaker["lastTrip"]))


def _reason(trip: Mapping[str, Any] | None) -> str:
    """Why the breaker opened last: what tripped it, on which outcome, the counts then, and how long ago."""
    if trip is None:
        return _NOTHING
    what = "slow" if trip["trigger"] == "slow calls" else "failed"
    counts = f", {trip['failures']} of {trip['requests']} {what}"
    if trip["trigger"] == "trial":
        # One request decided.
        counts = ""
    return f"{trip['trigger']}: {trip['outcome']}{counts}, {_seconds(trip['age'])} ago"


def _seconds(value: float) -> str:
    """Whole seconds, rounded up as Retry-After is."""
    return f"{math.ceil(value)} s"
