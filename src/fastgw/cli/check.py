"""`fastgw check`: builds what `serve` would serve and prints every finding on stdout."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import click
import orjson

from fastgw.errors import ConfigurationError, Diagnostic
from fastgw.settings import source_of
from fastgw.telemetry.log import one_line


@click.command("check", short_help="Build everything, serve nothing, print what is wrong.")
@click.argument("source", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def command(ctx: click.Context, source: str | None, form: str) -> None:
    """Check SOURCE: a gateway.yaml or a folder that holds one.

    Prints one line a finding, file:line:col: severity: message, or one JSON object. Ends with 0 when it
    can be served (warnings allowed), 1 when it cannot.
    """
    try:
        findings = check(source_of(source, os.environ), os.environ)
    except ConfigurationError as error:
        findings = error.diagnostics
    for found in findings:
        if form == "json":
            click.echo(orjson.dumps({key: _utf8(value) for key, value in found.as_json().items()}))
        else:
            click.echo(one_line(str(found)))
    ctx.exit(1 if any(found.severity == "error" for found in findings) else 0)


def _utf8(value: str | int | None) -> str | int | None:
    """`value` as UTF-8 can carry it: a file name may hold any bytes."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def check(source: Path, environ: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """Everything that loading and building `source` finds, without repetitions."""
    from fastgw.cli.doors import build, load

    found: list[Diagnostic] = []
    try:
        configuration, diagnostics = load(source, environ)
        found += diagnostics
        if not diagnostics.has_errors:
            found += build(configuration).diagnostics
    except ConfigurationError as error:
        found += error.diagnostics
    return tuple(dict.fromkeys(found))
