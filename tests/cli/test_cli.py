"""The command line as a whole: version, help, unknown words, errors as exit codes, a quick start-up."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

import fastgw
from fastgw.cli import COMMANDS, cli


def run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FASTGW_")}
    return subprocess.run(
        [sys.executable, "-m", "fastgw", *words],
        capture_output=True,
        text=True,
        env=clean | environ,
        timeout=60,
    )


def test_the_version_is_that_of_the_package() -> None:
    assert run("--version").stdout == f"fastgw {fastgw.__version__}\n"


def test_version_and_help_import_no_room_of_the_gateway() -> None:
    program = (
        "import sys; from fastgw.cli import cli; cli.main([sys.argv[1]], standalone_mode=False); "
        "heavy = {'aiohttp', 'asyncio', 'cryptography', 'lxml', 'pydantic', 'uvloop', 'yaml', 'orjson'}; "
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    for flag in ("--version", "--help"):
        done = subprocess.run([sys.executable, "-c", program, flag], capture_output=True, text=True)
        # In this mode click raises Exit for both flags, or returns; either way nothing heavy came in.
        assert done.stderr.strip().splitlines()[-1] in {"[]", "click.exceptions.Exit: 0"}


def test_help_lists_every_command() -> None:
    result = CliRunner().invoke(cli, ["--help"])
    assert result.exit_code == 0
    for name in COMMANDS:
        assert name in result.output


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output


@pytest.mark.parametrize("words", [["nonsense"], ["serve", "--nonsense"], ["check", "a", "b"], []])
def test_wrong_words_exit_2(words: list[str]) -> None:
    assert CliRunner().invoke(cli, words).exit_code == 2
