"""`fastgw schema`: a JSON Schema that accepts the example."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from click.testing import CliRunner

from fastgw.cli import cli


def test_the_schema_is_valid_and_accepts_the_quick_start() -> None:
    result = CliRunner().invoke(cli, ["schema"])
    assert result.exit_code == 0
    schema = json.loads(result.stdout)
    assert schema["$schema"].startswith("https://json-schema.org/")
    jsonschema = __import__("pytest").importorskip("jsonschema")
    example = Path(__file__).parents[2] / "examples" / "quickstart" / "gateway.yaml"
    jsonschema.validate(yaml.safe_load(example.read_text()), schema)
