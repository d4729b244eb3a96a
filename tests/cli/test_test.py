"""`fastgw test`: what it runs, prints and ends with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from fastgw.cli import cli

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "policy-tests"


def run(*arguments: str) -> tuple[int, list[str]]:
    result = CliRunner().invoke(cli, ["test", *arguments])
    return result.exit_code, result.stdout.splitlines()


def test_every_file_beside_the_source_is_run() -> None:
    code, lines = run(str(EXAMPLE))
    assert code == 0
    assert lines[-1] == "5 passed, 0 failed"
    assert all(line.startswith("ok      orders.test.yaml: ") for line in lines[:-1])


def test_cases_are_chosen_by_a_part_of_their_name() -> None:
    code, lines = run(str(EXAMPLE), "--name", "gold")
    assert (code, len(lines)) == (0, 2)


def test_a_failing_case_prints_what_is_different_and_what_ran(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(EXAMPLE, folder)
    file = folder / "orders.test.yaml"
    file.write_text(file.read_text().replace("status: 403", "status: 200", 1))
    code, lines = run(str(folder / "gateway.yaml"), str(file))
    assert code == 1
    assert lines[:4] == [
        "FAILED  orders.test.yaml: who is not known is turned away and no backend is called",
        "          status: expected 200, got 403",
        "          call: GET https://identity.example.test/whoami",
        "          ran inbound: send-request[1] (api)",
    ]
    assert lines[-1] == "4 passed, 1 failed"


def test_what_lives_in_a_key_vault_is_refused(tmp_path: Path) -> None:
    text = "namedValues: [{id: word, keyVault: {secretIdentifier: 'https://kv.test/secrets/word'}}]"
    (tmp_path / "gateway.yaml").write_text(text)
    (tmp_path / "one.test.yaml").write_text("[]")
    result = CliRunner().invoke(cli, ["test", str(tmp_path)])
    assert result.exit_code == 1
    assert "word lives in a key vault" in result.stderr


def test_a_case_that_cannot_be_sent_is_named_and_the_others_run(tmp_path: Path) -> None:
    (tmp_path / "gateway.yaml").write_text("apis: []\n")
    (tmp_path / "some.test.yaml").write_text(
        """
cases:
  - {name: late, time: never, request: {url: /}, expect: {}}
  - {name: foreign, request: {url: /, headers: {X-Euro: "€"}}, expect: {}}
  - {name: plain, request: {url: /}, expect: {status: 404}}
""",
        encoding="utf-8",
    )
    code, lines = run(str(tmp_path))
    assert code == 1
    assert lines == [
        "FAILED  some.test.yaml: late",
        "          time: 'never' is no ISO 8601 time",
        "FAILED  some.test.yaml: foreign",
        "          the request line and the headers must be Latin-1 text",
        "ok      some.test.yaml: plain",
        "1 passed, 2 failed",
    ]


@pytest.mark.parametrize("content", ["cases: 1", None])
def test_what_cannot_be_run_is_an_error(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "gateway.yaml").write_text("apis: []\n")
    if content is not None:
        (tmp_path / "one.test.yaml").write_text(content)
    code, _ = run(str(tmp_path))
    assert code == (1 if content else 2)
