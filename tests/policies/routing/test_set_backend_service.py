"""set-backend-service: targets that are found when the statement runs, and calls to Service Fabric."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fastgw.model.service_fabric import FabricCall
from tests.compiler.support import Bench, FabricTarget, NamedValue, Target
from tests.policies.rehearsing import rehearse

OWN = "fabric:/shop/own"


def test_a_computed_id_is_looked_up_when_the_statement_runs() -> None:
    (step,) = Bench().inbound("<set-backend-service backend-id='@(id)' />")
    target, by_id = step.operands
    assert by_id is True
    assert target({"@(id)": b"orders"}) == Target("orders")
    with pytest.raises(LookupError, match="'nobody'"):
        target({"@(id)": "nobody"})
    with pytest.raises(LookupError):
        target({"@(id)": None})


def test_a_computed_url_is_checked_when_the_statement_runs() -> None:
    (step,) = Bench().inbound("<set-backend-service base-url='@(url)' />")
    target, by_id = step.operands
    assert by_id is False
    assert target({"@(url)": " http://a "}) == Target("http://a")
    with pytest.raises(ValueError, match="no http"):
        target({"@(url)": "gopher://a"})


# ---------------------------------------------------------------- Service Fabric


def call(attributes: str) -> FabricCall:
    """What a statement for the Service Fabric backend asks for."""
    (step,) = Bench().inbound(f"<set-backend-service backend-id='cluster' {attributes} />")
    target, by_id = step.operands
    assert by_id is True
    assert isinstance(target, FabricTarget)
    assert target.id == "cluster"
    assert target.call is not None
    return target.call


def test_without_sf_attributes_the_target_of_the_backend_is_taken() -> None:
    (step,) = Bench().inbound("<set-backend-service backend-id='cluster' />")
    assert step.operands == (FabricTarget("cluster"), True)


def test_literals_become_constants() -> None:
    found = call(
        "sf-resolve-condition='True' sf-service-instance-name=' fabric:/a/b ' sf-partition-key=' -5 '"
        " sf-replica-type=' secondary ' sf-listener-name=' api '"
    )
    assert found == FabricCall("fabric:/a/b", -5, "secondary", "api", True)


def test_a_partition_key_that_is_no_number_is_a_name() -> None:
    assert call("sf-partition-key='partition1'").partition_key == "partition1"


def test_attributes_that_are_absent_leave_the_defaults() -> None:
    assert call("sf-resolve-condition='false'") == FabricCall()
    assert call("sf-partition-key='1'") == FabricCall(partition_key=1)


def test_expressions_are_computed_with_each_request() -> None:
    found = call(
        "sf-resolve-condition='@(again)' sf-service-instance-name='@(service)' sf-partition-key='@(key)'"
        " sf-replica-type='@(replica)' sf-listener-name='@(listener)'"
    )
    exchange = {
        "@(service)": b"fabric:/a/b",
        "@(key)": "17",
        "@(replica)": "secondary",
        "@(listener)": "api",
        "@(again)": True,
    }
    assert found.question(exchange, OWN) == ("fabric:/a/b", 17, "secondary", "api")
    assert found.resolves_again(exchange) is True
    empty = {**exchange, "@(key)": None, "@(replica)": "", "@(listener)": None, "@(again)": False}
    assert found.question(empty, OWN) == ("fabric:/a/b", None, None, "")
    assert found.resolves_again(empty) is False


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("sf-service-instance-name", "http://a"),
        ("sf-service-instance-name", "fabric:/a/../b"),
        ("sf-service-instance-name", None),
        ("sf-partition-key", str(2**63)),
        ("sf-partition-key", "a\r\nb"),
        ("sf-replica-type", "Primary"),
        ("sf-listener-name", "x" * 2000),
    ],
)
def test_a_computed_value_that_is_not_allowed_fails_the_request_and_is_not_repeated(
    attribute: str, value: Any
) -> None:
    found = call(f"{attribute}='@(value)'")
    with pytest.raises(ValueError, match=f"^{attribute} of set-backend-service .*[^.]\\.$") as caught:
        found.question({"@(value)": value}, OWN)
    assert value is None or value not in str(caught.value)


def test_an_error_of_the_expression_itself_stays_what_it_is() -> None:
    with pytest.raises(KeyError):
        call("sf-partition-key='@(key)'").question({}, OWN)


def test_a_computed_backend_must_be_a_service_fabric_backend() -> None:
    (step,) = Bench().inbound("<set-backend-service backend-id='@(id)' sf-partition-key='1' />")
    target, by_id = step.operands
    assert by_id is True
    assert target({"@(id)": "cluster"}) == FabricTarget("cluster", call=FabricCall(partition_key=1))
    with pytest.raises(ValueError, match="'orders' is no Service Fabric backend"):
        target({"@(id)": "orders"})
    with pytest.raises(LookupError, match="'nobody'"):
        target({"@(id)": "nobody"})


def test_a_literal_with_a_secret_is_not_repeated_in_an_error() -> None:
    bench = Bench({"hush": NamedValue("secret-1", secret=True)})
    statement = "<set-backend-service backend-id='cluster' sf-service-instance-name='{{hush}}' />"
    assert bench.document(f"<policies><inbound>{statement}</inbound></policies>") is None
    (finding,) = bench.findings()
    assert "fabric:/" in finding
    assert "secret-1" not in finding


@pytest.mark.parametrize("url", ["(string)null", '"ftp://a"', '"http://"'])
def test_a_computed_url_that_is_none_says_whose_it_is(tmp_path: Path, url: str) -> None:
    outcome = rehearse(tmp_path, inbound=f"<base /><set-backend-service base-url='@({url})' />")
    assert outcome.error is not None
    assert outcome.error["reason"] == "ExpressionValueEvaluationFailure"
    assert "The base-url of set-backend-service must " in (outcome.error["message"] or "")
