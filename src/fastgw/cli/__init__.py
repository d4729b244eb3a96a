"""The `fastgw` command. A command's file is imported when it runs, so that `--version` stays quick.

This file knows the names of the commands and turns errors into exit codes; it does no work itself.
"""

from __future__ import annotations

import importlib
from typing import Any

import click

import fastgw
from fastgw.errors import ConfigurationError, FastgwError

# name -> the module that holds `command`; the short help stands here so that listing imports nothing.
COMMANDS = {
    "certificate": ("fastgw.cli.certificate", "Show the certificates of a configuration or of a file."),
    "check": ("fastgw.cli.check", "Build everything, serve nothing, print what is wrong."),
    "check-policy": ("fastgw.cli.check_policy", "Check policy documents on their own."),
    "demo": ("fastgw.cli.demo", "Serve the quick start with a backend that demands a client certificate."),
    "eval": ("fastgw.cli.eval", "Evaluate a policy expression."),
    "reset": ("fastgw.cli.reset", "Close circuit breakers of a running gateway by hand."),
    "schema": ("fastgw.cli.schema", "Print the JSON Schema of gateway.yaml."),
    "serve": ("fastgw.cli.serve", "Run the gateway."),
    "test": ("fastgw.cli.test", "Run policy unit tests."),
    "status": ("fastgw.cli.status", "Show the state of a running gateway's backends."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported on use, and whose errors end with the code of their class."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, in order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        found = importlib.import_module(COMMANDS[cmd_name][0]).command
        if not isinstance(found, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name][0]}.command is not a command")
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of fastgw is printed and becomes its exit code."""
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            for found in error.diagnostics:
                click.echo(str(found), err=True)
            ctx.exit(error.exit_code)
        except FastgwError as error:
            click.echo(f"fastgw: error: {error}", err=True)
            ctx.exit(error.exit_code)


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(fastgw.__version__, prog_name="fastgw", message="%(prog)s %(version)s")
def cli() -> None:
    """Run Azure API Management configuration on a gateway of your own."""


def main() -> None:
    """The entry point of the `fastgw` script."""
    cli(prog_name="fastgw")
