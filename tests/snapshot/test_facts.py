"""What expressions see of an API and an operation of the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fastgw.config import load
from fastgw.expr.engine import Wanted, compile_expression
from fastgw.expr.library.context.fixture import context_from
from fastgw.snapshot.certificates import Certificates
from fastgw.snapshot.facts import Facts

SOURCE = """\
apis:
  - id: orders
    displayName: Orders
    path: shop/orders
    protocols: [http, https]
    subscriptionRequired: false
    serviceUrl: https://backend.test:8443/v2
    operations:
      - {id: get, displayName: Get one, method: GET, urlTemplate: "/items/{id}"}
  - id: bare
    path: bare
    protocols: [http]
    subscriptionRequired: false
    operations:
      - {id: all, method: GET, urlTemplate: /}
"""


class NoCertificates:
    def find(self, id: str) -> None:
        return None


@pytest.fixture
def facts(tmp_path: Path) -> list[dict[str, Any]]:
    """What the operations of the two APIs see."""
    (tmp_path / "gateway.yaml").write_text(SOURCE)
    configuration, _ = load(tmp_path, {})
    stand_in: Any = NoCertificates()
    certificates: Certificates = stand_in
    made = Facts(configuration, certificates)
    return [made.of_operation(made.of_api(api), api.operations[0]) for api in configuration.apis]


def seen(facts: dict[str, Any], source: str) -> Any:
    context = context_from({"request": {"method": "GET", "url": "http://a.test/"}})
    context.exchange.facts = facts
    return compile_expression(f"@({source})", Wanted.OBJECT)(context)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("context.Api.Id", "orders"),
        ("context.Api.Name", "Orders"),
        ("context.Api.Path", "shop/orders"),
        ('string.Join(",", context.Api.Protocols)', "http,https"),
        ("context.Api.ServiceUrl.Port", 8443),
        ("context.Api.ServiceUrl.Path", "/v2"),
        ("context.Api.IsCurrentRevision", True),
        ("context.Api.Revision", "1"),
        ("context.Api.Version", None),
        ("context.Operation.Id", "get"),
        ("context.Operation.Name", "Get one"),
        ("context.Operation.Method", "GET"),
        ("context.Operation.UrlTemplate", "/items/{id}"),
        ("context.Deployment.Gateway.IsManaged", False),
        ("context.Deployment.Certificates.Count", 0),
        ("context.Product", None),
        ("context.Subscription", None),
        ("context.User", None),
    ],
)
def test_an_operation_sees_its_api_and_itself(
    facts: list[dict[str, Any]], source: str, value: object
) -> None:
    assert seen(facts[0], source) == value


def test_an_api_without_a_service_url_has_none(facts: list[dict[str, Any]]) -> None:
    assert seen(facts[1], "context.Api.ServiceUrl") is None


def test_all_apis_share_the_deployment(facts: list[dict[str, Any]]) -> None:
    assert facts[0]["deployment"] is facts[1]["deployment"]
