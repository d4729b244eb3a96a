"""docs/testing.md: the example runs and prints what is shown, the tables name every key of a file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from pydantic import BaseModel

from fastgw.cli import cli
from fastgw.rehearsal.cases import Answer, Case, CaseFile, Expectation, ExpectedCall, Request
from tests.docs.blocks import ROOT, blocks, read

DOCUMENT = "docs/testing.md"


WRONG = """
cases:
  - name: who is not known gets in
    request: {url: /orders/items/5}
    stubs: {"https://identity.example.test/*": {status: 401}}
    expect: {status: 200}
"""


@pytest.mark.parametrize("number", [0, 1], ids=["passing", "failing"])
def test_the_sessions_print_what_is_shown(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = [block for block in blocks(DOCUMENT) if block.language == "console"][number]
    command, _, shown = session.text.removeprefix("$ fastgw ").partition("\n")
    (tmp_path / "wrong.test.yaml").write_text(WRONG)
    monkeypatch.chdir(tmp_path)
    arguments = command.replace("examples/", f"{ROOT}/examples/").split()
    result = CliRunner().invoke(cli, arguments)
    assert result.stdout.strip() == shown.strip()


def test_the_example_of_a_file_is_right() -> None:
    (example,) = [block for block in blocks(DOCUMENT) if block.language == "yaml"]
    CaseFile.model_validate(yaml.safe_load(example.text))


def keys(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("key of a case", Case),
        ("key of `request`", Request),
        ("key of a stub's answer", Answer),
        ("key of `expect`", Expectation),
    ],
)
def test_the_tables_name_every_key(heading: str, model: type[BaseModel]) -> None:
    rest = read(DOCUMENT).partition(f"| {heading} |")[2]
    table = rest.partition("\n\n")[0]
    cells = [row.split("|")[1] for row in table.splitlines()[1:] if "|" in row]
    named = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert named == keys(model)


def test_every_key_of_an_expected_call_is_named() -> None:
    assert all(f"`{name}`" in read(DOCUMENT) for name in keys(ExpectedCall))


def test_the_example_folder_is_where_the_page_says() -> None:
    assert (Path(ROOT) / "examples" / "policy-tests" / "orders.test.yaml").is_file()
