"""`fastgw schema`: prints the JSON Schema of gateway.yaml, for editors."""

from __future__ import annotations

import click
import orjson


@click.command("schema", short_help="Print the JSON Schema of gateway.yaml.")
def command() -> None:
    """Print the JSON Schema of gateway.yaml, for editors that complete and check while you type."""
    from fastgw.config.schema import json_schema

    click.echo(orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2))
