"""`fastgw reset`: closes circuit breakers of a running gateway by hand."""

from __future__ import annotations

import os
from urllib.parse import quote, urlencode

import click

from fastgw.cli.management_client import ask, client_options
from fastgw.settings import read_client_settings


@click.command("reset", short_help="Close circuit breakers of a running gateway by hand.")
@click.argument("backend")
@click.option("--member", metavar="ID", help="Only those of this member.")
@click.option("--rule", metavar="NAME", help="Only those of this rule.")
@client_options
def command(
    backend: str, member: str | None, rule: str | None, management: str | None, data_dir: str | None
) -> None:
    """Close the circuit breakers of BACKEND; of a pool, those of its members.

    What they had counted is forgotten. Requests are let through at once, by every worker.
    """
    settings = read_client_settings(management, data_dir, os.environ)
    chosen = {name: text for name, text in (("member", member), ("rule", rule)) if text is not None}
    target = f"/status/backends/{quote(backend, safe='')}/reset"
    count = ask(settings, "POST", f"{target}?{urlencode(chosen)}" if chosen else target, "reset")["reset"]
    if count == 0:
        where = f"backend {backend!r}" if member is None else f"member {member!r} of backend {backend!r}"
        click.echo(f"nothing was reset: {where} has no circuit breaker")
    else:
        click.echo(f"{count} circuit breaker{'' if count == 1 else 's'} reset")
