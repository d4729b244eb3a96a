"""`fastgw demo`: the quick start."""

from __future__ import annotations

import os

import click


@click.command("demo", short_help="Serve the quick start with a backend that demands a client certificate.")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Serve the quick start.

    Makes its own certificates, starts an echo backend that demands a client certificate, serves the
    example configuration in front of it and prints what to try. Runs until Ctrl-C and leaves nothing
    behind.
    """
    from fastgw.cli.doors import supervisor_doors
    from fastgw.demo.run import run_demo

    ctx.exit(run_demo(supervisor_doors(), os.environ, click.echo))
