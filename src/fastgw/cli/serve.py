"""`fastgw serve`: flags and environment become settings, the supervisor does the rest."""

from __future__ import annotations

import os

import click

from fastgw.settings import read_settings


@click.command("serve", short_help="Run the gateway.")
@click.argument("source", required=False)
@click.option("--workers", metavar="N", help="Worker processes (default: the cores).")
@click.option("--data-dir", metavar="DIR", help="Where the gateway keeps what it made itself.")
@click.option("--store", metavar="URL", help="Where entities are stored (not supported yet).")
@click.option(
    "--listen", metavar="URL", multiple=True, help="Listen here instead of the file's listeners; repeatable."
)
@click.option("--management", metavar="URL|off", help="Where health and status are answered.")
@click.option("--log-format", metavar="json|text", help="How log lines are written.")
@click.option("--log-level", metavar="LEVEL", help="Least that is logged: debug, info, warning, error.")
@click.option("--drain-timeout", metavar="SECONDS", help="How long requests may finish after SIGTERM.")
@click.pass_context
def command(ctx: click.Context, /, **flags: object) -> None:
    """Run the gateway for SOURCE: a gateway.yaml or a folder that holds one.

    Every option has an environment variable: FASTGW_SOURCE, FASTGW_WORKERS, FASTGW_LISTEN (comma
    separated) and so on. A flag rules over the environment, the environment over the file.

    SIGHUP reloads the configuration; SIGTERM lets requests finish, a second one ends at once.
    """
    settings = read_settings(flags, os.environ)

    from fastgw.cli.doors import supervisor_doors
    from fastgw.supervisor import Supervisor

    ctx.exit(Supervisor(settings, os.environ, supervisor_doors()).run(ends_process=True))
