"""`fastgw serve`: flags and environment that are refused before anything is loaded."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from fastgw.cli import cli


def serve(*words: str, **environ: str) -> Result:
    clean: dict[str, str | None] = dict.fromkeys(
        ("FASTGW_SOURCE", "FASTGW_WORKERS", "FASTGW_STORE", "FASTGW_LISTEN", "FASTGW_MANAGEMENT")
    )
    return CliRunner().invoke(cli, ["serve", *words], env=clean | environ)


def test_without_a_source_it_says_so_and_exits_1() -> None:
    result = serve()
    assert result.exit_code == 1
    assert "SOURCE" in result.stderr
    assert "store" in result.stderr


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--workers", "zero"], "--workers"),
        (["--store", "sqlite:///x"], "--store"),
        (["--listen", "nowhere"], "--listen"),
        (["--management", "8081"], "--management"),
        (["--log-format", "xml"], "--log-format"),
        (["--drain-timeout", "soon"], "--drain-timeout"),
    ],
)
def test_a_wrong_flag_exits_2_and_is_named(words: list[str], named: str) -> None:
    result = serve("gateway.yaml", *words)
    assert result.exit_code == 2
    assert f"error: {named}: " in result.stderr


def test_a_wrong_variable_exits_2_and_is_named() -> None:
    result = serve("gateway.yaml", FASTGW_WORKERS="many")
    assert result.exit_code == 2
    assert "FASTGW_WORKERS" in result.stderr
