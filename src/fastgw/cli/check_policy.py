"""`fastgw check-policy`: judges policy documents and fragments on their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import orjson

from fastgw.errors import Diagnostic, Diagnostics
from fastgw.telemetry.log import one_line


@click.command("check-policy", short_help="Check policy documents on their own.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], form: str) -> None:
    """Check the policy documents and fragments at PATHS; folders are searched for *.xml.

    What a document names and does not hold, such as backends and named values, is taken to exist. Prints one
    line a finding, or with json one object a file. Ends with 1 when at least one file has errors.
    """
    failed = False
    for path in _files(paths):
        findings = check(path)
        errors = [one for one in findings if one.severity == "error"]
        failed = failed or bool(errors)
        if form == "json":
            click.echo(orjson.dumps(_as_json(path, errors)))
        else:
            for one in findings:
                click.echo(one_line(str(one)))
    ctx.exit(1 if failed else 0)


def check(path: Path) -> tuple[Diagnostic, ...]:
    """Every finding of one file."""
    from fastgw.cli.doors import check_policy

    diagnostics = Diagnostics()
    check_policy(path, diagnostics)
    return tuple(diagnostics)


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(one for one in path.rglob("*.xml") if one.is_file())
        else:
            yield path


def _as_json(path: Path, errors: list[Diagnostic]) -> dict[str, Any]:
    return {
        "file": _utf8(str(path)),
        "ok": not errors,
        "errors": [
            {
                "line": one.position.line if one.position else None,
                "column": one.position.column if one.position else None,
                "message": _utf8(one.message),
            }
            for one in errors
        ],
    }


def _utf8(text: str) -> str:
    """`text` as UTF-8 can carry it: a file name may hold any bytes, a message half of a character."""
    return text.encode("utf-8", "backslashreplace").decode()
