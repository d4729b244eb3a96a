"""`fastgw check`: every finding on stdout, and exit codes that scripts can use."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fastgw.cli import cli

GOOD = """\
apis:
  - id: about
    path: about
    protocols: [http]
    subscriptionRequired: false
    serviceUrl: http://127.0.0.1:9
    operations:
      - {id: get, method: GET, urlTemplate: /}
"""
BAD = GOOD.replace("path: about", "pth: about") + "nonsense: 1\n"


def check(*words: str) -> Result:
    return CliRunner().invoke(cli, ["check", *words], env={"FASTGW_SOURCE": None})


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "gateway.yaml"


def test_a_clean_configuration_prints_no_error_and_exits_0(source: Path) -> None:
    source.write_text(GOOD)
    result = check(str(source))
    assert result.exit_code == 0, result.output
    assert "error" not in result.stdout


def test_all_errors_are_printed_with_their_place(source: Path) -> None:
    source.write_text(BAD)
    result = check(str(source))
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert any(line.startswith(f"{source}:3:5: error: ") and "pth" in line for line in lines)
    assert any(line.startswith(f"{source}:9:1: error: ") and "nonsense" in line for line in lines)


def test_json_prints_an_object_a_line(source: Path) -> None:
    source.write_text(BAD)
    result = check(str(source), "--format", "json")
    assert result.exit_code == 1
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert found
    for one in found:
        assert set(one) == {"file", "line", "column", "severity", "message", "entity"}
    assert {one["file"] for one in found} == {str(source)}
    assert {one["severity"] for one in found} <= {"error", "warning"}


def test_a_folder_that_holds_a_gateway_yaml_is_a_source(source: Path) -> None:
    source.write_text(GOOD)
    assert check(str(source.parent)).exit_code == 0


def test_the_environment_may_name_the_source(source: Path) -> None:
    source.write_text(GOOD)
    result = CliRunner().invoke(cli, ["check"], env={"FASTGW_SOURCE": str(source)})
    assert result.exit_code == 0


@pytest.mark.parametrize("words", [[], ["nowhere.yaml"]])
def test_a_missing_source_exits_1(words: list[str]) -> None:
    result = check(*words)
    assert result.exit_code == 1
    assert "error" in result.output


def test_a_wrong_format_exits_2(source: Path) -> None:
    assert check(str(source), "--format", "xml").exit_code == 2


def test_json_says_in_json_that_there_is_no_source() -> None:
    result = check("--format", "json")
    assert result.exit_code == 1
    assert "SOURCE" in json.loads(result.stdout)["message"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_file_name_of_any_bytes_can_be_printed(tmp_path: Path, form: str) -> None:
    folder = os.fsencode(tmp_path) + b"/\xff"
    os.mkdir(folder)
    Path(os.fsdecode(folder), "gateway.yaml").write_text(BAD)
    result = check(os.fsdecode(folder), "--format", form)
    assert result.exit_code == 1
    assert "dcff" in result.stdout


def test_a_pipe_is_no_source(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gateway.yaml")
    for source in (tmp_path, tmp_path / "gateway.yaml"):
        result = check(str(source))
        assert result.exit_code == 1
        assert "not a regular file" in result.stdout
