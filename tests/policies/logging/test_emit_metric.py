"""emit-metric: what is counted, and under which dimensions (spec/policies/observability.md)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fastgw.policies.logging.emit_metric import DEFAULTS
from fastgw.telemetry import metrics
from fastgw.telemetry.metrics import Series
from tests.policies.running import Ran

DIMENSION = '<dimension name="API ID" />'


@pytest.fixture(autouse=True)
def _empty() -> None:
    metrics.clear()


def emit(attributes: str = "", dimensions: str = DIMENSION, facts: dict[str, Any] | None = None) -> Ran:
    return Ran(f"<emit-metric name='orders' {attributes}>{dimensions}</emit-metric>", facts=facts)


def test_a_request_counts_one_in_the_namespace_of_the_service() -> None:
    assert emit().passed
    assert emit().passed
    assert metrics.snapshot() == (Series("API Management", "orders", (("API ID", "orders"),), 2.0, 2),)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("2.5", 2.5), ("-1", -1.0), ("1e3", 1000.0), ("@(1.5 + 1)", 2.5), ("@(3)", 3.0), ('@("4.5")', 4.5)],
)
def test_the_value_is_a_double(value: str, expected: float) -> None:
    assert emit(f"value='{value}' namespace='shop'").passed
    (series,) = metrics.snapshot()
    assert (series.namespace, series.sum, series.count) == ("shop", expected, 1)


@pytest.mark.parametrize("value", ['@("x")', "@(null)", "@(true)", '@("1_0")'])
def test_a_computed_value_that_is_no_number_fails(value: str) -> None:
    assert emit(f"value='{value}'").failure[0] == "ExpressionValueEvaluationFailure"
    assert metrics.snapshot() == ()


@pytest.mark.parametrize("value", ["@(double.NaN)", "@(1.0 / 0)"])
def test_a_value_that_no_sum_can_hold_is_dropped(value: str) -> None:
    assert emit(f"value='{value}'").passed
    assert (metrics.snapshot(), metrics.dropped()) == ((), 1)


def test_dimensions_that_the_gateway_fills_in() -> None:
    facts = {
        "product": SimpleNamespace(id="p"),
        "user": None,
        "deployment": SimpleNamespace(region="west", gateway_id="gw"),
    }
    assert emit(dimensions="".join(f'<dimension name="{name}" />' for name in DEFAULTS), facts=facts).passed
    assert dict(metrics.snapshot()[0].dimensions) == {
        "API ID": "orders",
        "Operation ID": "get-order",
        "Product ID": "p",
        "User ID": "",
        "Subscription ID": "",
        "Location": "west",
        "Gateway ID": "gw",
    }


def test_dimensions_may_be_computed_and_keep_their_order() -> None:
    dimensions = """<dimension name="@("Client" + " IP")" value="@(context.Request.IpAddress)" />
      <dimension name="API ID" value="mine" /><dimension name="@("Operation ID")" />"""
    assert emit(dimensions=dimensions).passed
    assert metrics.snapshot()[0].dimensions == (
        ("Client IP", "192.0.2.1"),
        ("API ID", "mine"),
        ("Operation ID", "get-order"),
    )


def test_a_computed_dimension_without_a_value_must_be_one_of_them() -> None:
    assert emit(dimensions="""<dimension name="@("x")" />""").failure[0] == "ExpressionValueEvaluationFailure"
