"""`fastgw test`: runs policy unit tests against a configuration."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fastgw.errors import FastgwError
from fastgw.settings import source_of

if TYPE_CHECKING:
    from fastgw.rehearsal.cases import Case
    from fastgw.rehearsal.run import Outcome

_PATTERN = "*.test.yaml"


@click.command("test", short_help="Run policy unit tests.")
@click.argument("source", required=False)
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", "part", default="", metavar="TEXT", help="Run only cases with TEXT in their name.")
@click.pass_context
def command(ctx: click.Context, source: str | None, files: tuple[Path, ...], part: str) -> None:
    """Run the policy tests in FILES against SOURCE, a gateway.yaml or a folder that holds one.

    Without FILES every *.test.yaml beside SOURCE and below is run. Prints a line for each case, and for one
    that fails what is different and which policies ran. Ends with 1 when a case has failed.
    """
    from fastgw.cli.doors import build, load
    from fastgw.expr.runtime.watchdog import watching
    from fastgw.rehearsal.cases import read_cases
    from fastgw.rehearsal.compare import differences
    from fastgw.rehearsal.run import run_case
    from fastgw.telemetry import log
    from fastgw.telemetry.log import one_line

    ctx.with_resource(watching())
    path = source_of(source, os.environ)
    configuration, diagnostics = load(path, os.environ)
    diagnostics.raise_errors()
    for _, _, entity in configuration.unread():
        raise FastgwError(
            f"{entity.id} lives in a key vault, and tests ask no vault: give it a value in a file for tests"
        )
    build(configuration)
    found = files or tuple(_test_files(path))
    if not found:
        raise click.UsageError(f"there is no {_PATTERN} beside {path} and none is named")
    passed = failed = 0
    # What fails is what a case is about; it is in the report.
    with log.only("error"):
        for file in found:
            for case in read_cases(file):
                if part not in case.name:
                    continue
                # Breakers and counts belong to a snapshot: no case may see what another has done.
                outcome = run_case(case, build(configuration))
                wrong = differences(case.expect, outcome)
                if wrong:
                    failed += 1
                    for line in _failure(file, case, outcome, wrong):
                        click.echo(one_line(line))
                else:
                    passed += 1
                    click.echo(one_line(f"ok      {file.name}: {case.name}"))
    click.echo(f"{passed} passed, {failed} failed")
    ctx.exit(1 if failed else 0)


def _test_files(source: Path) -> Iterator[Path]:
    folder = source if source.is_dir() else source.parent
    yield from sorted(folder.rglob(_PATTERN))


def _failure(file: Path, case: Case, outcome: Outcome, wrong: list[str]) -> Iterator[str]:
    yield f"FAILED  {file.name}: {case.name}"
    for line in wrong:
        yield f"          {line}"
    if outcome.error is not None and case.expect.error is None:
        yield f"          LastError: {outcome.error['source']}: {outcome.error['message']}"
    for call in outcome.calls:
        yield f"          call: {call.method} {call.url}"
    for step in outcome.steps:
        yield f"          ran {step}"
