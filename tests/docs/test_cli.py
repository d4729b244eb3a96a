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


def parameters(found: click.Command) -> set[str]:
    """The options and arguments of a command; of a group the options of its commands."""
    if isinstance(found, click.Group):
        inner = set().union(*map(parameters, found.commands.values()))
        return {one for one in inner if one.startswith("--")}
    options = {one.opts[0] for one in found.params if isinstance(one, click.Option)}
    return options | {one.opts[0].upper() for one in found.params if isinstance(one, click.Argument)}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_is_described(name: str) -> None:
    assert set(table(name)) == parameters(command(name))


@pytest.mark.parametrize(
    "name", [name for name in sorted(COMMANDS) if isinstance(command(name), click.Group)]
)
def test_every_command_of_a_group_is_described_with_its_arguments(name: str) -> None:
    group = command(name)
    assert isinstance(group, click.Group)
    expected = {
        (inner, *sorted(one for one in parameters(found) if not one.startswith("--")))
        for inner, found in group.commands.items()
    }
    written = [quoted(cells[0])[0].split() for cells in rows(TEXTS[f"`fastgw {name}`"], "command")]
    assert {(words[0], *sorted(word.strip("[]") for word in words[1:])) for words in written} == expected


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
