"""trace: what reaches the request's trace and the log (spec/policies/observability.md)."""

from __future__ import annotations

import json

import pytest

from fastgw.telemetry import log
from tests.policies.running import SECTIONS, Ran


@pytest.fixture
def lines(capfd: pytest.CaptureFixture[str]) -> object:
    """Gives the log as JSON, one mapping a line."""
    log.configure(form="json", level="debug")
    yield lambda: [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    log.configure(form="text", level="info")


def test_traces_stand_in_the_order_in_which_they_were_written(lines: object) -> None:
    ran = Ran(
        """<trace source="one"><message>@("method " + context.Request.Method)</message></trace>
           <set-variable name="x" value="@{ context.Trace("between"); return 1; }" />
           <trace source=" two "> old style </trace>""",
        traced=True,
    )
    assert ran.exchange.traces == ["one: method GET", "between", "two: old style"]


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize(
    ("severity", "level"),
    [("", "debug"), ("verbose", "debug"), ("information", "info"), ("error", "error")],
)
def test_the_log_has_it_at_the_level_of_its_severity(
    lines: object, section: str, severity: str, level: str
) -> None:
    named = f'severity="{severity}"' if severity else ""
    ran = Ran(f"""<trace source="s" {named}><message>m</message></trace>""", section=section)
    assert ran.passed
    (line,) = lines()  # type: ignore[operator]
    assert (line["level"], line["event"], line["source"], line["message"]) == (
        level,
        "policy trace",
        "s",
        "m",
    )
    assert line["requestId"] == ran.exchange.id
    assert "metadata" not in line or line["metadata"] is None


def test_metadata_is_json(lines: object) -> None:
    Ran(
        """<trace source="s"><message>m</message><metadata name="a" value="@("it's " + 1)" />
           <metadata name="@("b")" value="é" /></trace>"""
    )
    (line,) = lines()  # type: ignore[operator]
    assert json.loads(line["metadata"]) == {"a": "it's 1", "b": "é"}


def test_a_secret_named_value_in_a_literal_is_not_told(lines: object) -> None:
    ran = Ran(
        """<trace source="s {{key}}"><message>key {{key}}!</message>
           <metadata name="m" value="{{key}}" /></trace>""",
        traced=True,
        secrets={"key": "hunter2"},
    )
    assert ran.exchange.traces == ["s ***: key ***!"]
    (line,) = lines()  # type: ignore[operator]
    assert "hunter2" not in json.dumps(line)


def test_an_expression_that_fails_is_an_error_of_trace(lines: object) -> None:
    ran = Ran("""<trace source="s"><message>@(int.Parse("x").ToString())</message></trace>""", traced=True)
    assert ran.failure[0] == "ExpressionValueEvaluationFailure"
    assert ran.exchange.traces == []
