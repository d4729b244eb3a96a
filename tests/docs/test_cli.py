"""docs/cli.md describes exactly the commands and options that exist."""

from __future__ import annotations

import click
import pytest

from fastgw.cli import COMMANDS, cli
from fastgw.settings import DEFAULT_DRAIN_TIMEOUT, DEFAULT_MANAGEMENT
from tests.docs.blocks import quoted, rows, sections

TEXTS = sections("docs/cli.md")


def command(name: str) -> click.Command:
    assert isinstance(cli, click.Group)
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


def table(name: str) -> dict[str, list[str]]:
    return {quoted(cells[0])[0]: cells for cells in rows(TEXTS[f"`fastgw {name}`"], "option")}


def test_every_command_has_a_section_and_no_other_has() -> None:
    described = {quoted(heading)[0] for heading in TEXTS if heading.startswith("`")}
    assert described == {f"fastgw {name}" for name in COMMANDS}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_is_described(name: str) -> None:
    options = [one.opts[0] for one in command(name).params if isinstance(one, click.Option)]
    arguments = [one.opts[0].upper() for one in command(name).params if isinstance(one, click.Argument)]
    assert set(table(name)) == {*options, *arguments}


def test_every_option_of_serve_has_the_variable_that_is_read() -> None:
    for option, cells in table("serve").items():
        variable = "FASTGW_" + option.removeprefix("--").replace("-", "_").upper()
        assert quoted(cells[1]) == [variable]


def test_the_defaults_of_serve_are_the_real_ones() -> None:
    described = table("serve")
    assert quoted(described["--drain-timeout"][2]) == [f"{DEFAULT_DRAIN_TIMEOUT:g}"]
    assert DEFAULT_MANAGEMENT in quoted(described["--management"][2])


def test_the_exit_codes_are_those_of_the_errors() -> None:
    from fastgw import errors

    known = {0} | {one.exit_code for one in vars(errors).values() if hasattr(one, "exit_code")}
    assert {int(cells[0]) for cells in rows(TEXTS["Exit codes"], "code")} == known
