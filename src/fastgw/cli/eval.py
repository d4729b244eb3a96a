"""`fastgw eval`: evaluates one policy expression, or a file of cases, and prints JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import orjson

_OPENERS = ("@(", "@{")
# What stands where a context says nothing of its request.
_REQUEST = {"method": "GET", "url": "http://localhost/", "headers": {}}

CONTEXTS = "contexts.json"
"""What the file of contexts is called where it stands beside the cases and is not named."""


# An expression may begin with a minus.
@click.command(
    "eval",
    short_help="Evaluate a policy expression.",
    context_settings={"ignore_unknown_options": True},
)
@click.argument("expression", required=False)
@click.option("--context", "context", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--batch", "cases", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--contexts", "contexts", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_context
def command(
    ctx: click.Context,
    expression: str | None,
    context: Path | None,
    cases: Path | None,
    contexts: Path | None,
) -> None:
    """Evaluate EXPRESSION, with or without its @( ) or @{ }.

    Prints {"type", "value"}, or {"error", "exception", "message"} and ends with 1. With --batch it prints a
    line for each case and ends with 0.
    """
    if (expression is None) is (cases is None):
        raise click.UsageError("Give an EXPRESSION or --batch, one of them.")
    from fastgw.expr.runtime.watchdog import watching

    ctx.with_resource(watching())
    if cases is not None:
        beside = cases.with_name(CONTEXTS)
        contexts = contexts or (beside if beside.is_file() else None)
        records = {} if contexts is None else {one["id"]: one for one in _read(contexts, list)}
        for line in evaluate_cases(_read(cases, list), records):
            click.echo(orjson.dumps(line))
        return
    text = expression or ""
    if not text.lstrip().startswith(_OPENERS):
        text = f"@({text})"
    found = evaluate(text, {} if context is None else _read(context, dict))
    click.echo(orjson.dumps(found))
    ctx.exit(1 if "error" in found else 0)


def evaluate_cases(
    cases: list[dict[str, Any]], records: dict[str, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """A result with its id for each case; each has a fresh context of its record. Raises UsageError."""
    for case in cases:
        opener, closer = ("@{", "}") if case["kind"] == "statement" else ("@(", ")")
        name: str = case.get("context", "")
        if name and name not in records:
            raise click.UsageError(
                f"case {case['id']} needs the context {name}, which --contexts does not hold"
            )
        found = evaluate(f"{opener}{case['source']}\n{closer}", records.get(name, {}))
        yield {"id": case["id"], **found}


def evaluate(text: str, record: dict[str, Any]) -> dict[str, Any]:
    """The result of one expression as JSON: a value, or an error of compilation or evaluation."""
    from fastgw.expr.engine import ExpressionFailed, ExpressionRefused, Wanted, compile_expression, failure
    from fastgw.expr.library.context.fixture import FixtureError, context_from
    from fastgw.expr.printing import shown
    from fastgw.expr.source import Source

    try:
        compiled = compile_expression(text, Wanted.OBJECT)
    except ExpressionRefused as error:
        first = error.errors[0]
        # Counted in the author's text, behind the opener.
        line, column = Source(text[2:]).place(first.offset - 2)
        return {
            "error": "compile",
            "exception": None,
            "message": first.message,
            "code": first.code,
            "line": line,
            "column": column,
        }
    try:
        context = context_from({"request": _REQUEST, **record})
    except FixtureError as error:
        raise click.UsageError(str(error)) from None
    try:
        found = shown(compiled(context))
    except Exception as error:
        # A lazy sequence fails while it is shown.
        failed = error if isinstance(error, ExpressionFailed) else failure(error)
        found = {"error": "runtime", "exception": failed.exception, "message": failed.details}
    traces = context.exchange.traces
    if traces:
        found["traces"] = list(traces)
    return found


def _read(path: Path, kind: type) -> Any:
    """A JSON file. Raises UsageError where it is none, or not of the kind."""
    try:
        found = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise click.UsageError(f"{path} is no JSON: {error}") from None
    if not isinstance(found, kind):
        raise click.UsageError(f"{path} holds no JSON {'array' if kind is list else 'object'}")
    return found
