"""Cross-origin callers: pre-flights, actual requests, what a backend may not say (cross-domain.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.conftest import GatewayFactory
from tests.harness import GatewayProcess, RawConnection, Response, ScriptedBackend, Session
from tests.harness.policies import PolicyCases

CASES = PolicyCases()
api = CASES.api


def answering(session: Session) -> None:
    """Answers with CORS headers of its own, which are not the gateway's."""
    while True:
        session.request(timeout=600.0)
        session.answer(b"{}", "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nVary: Accept")


@pytest.fixture(scope="module")
def server(module_gateway: GatewayFactory) -> Iterator[GatewayProcess]:
    with ScriptedBackend(answering) as backend:
        text = json.dumps([CASES.apis, CASES.documents]).replace("ECHO", backend.url)
        apis, documents = json.loads(text)
        yield module_gateway({"apis": apis}, files=documents)


def ask(server: GatewayProcess, target: str, *fields: str, method: str = "GET") -> Response:
    with RawConnection(server.url) as connection:
        head = "\r\n".join([f"{method} /{target} HTTP/1.1", "Host: gateway.test", *fields])
        return connection.ask(f"{head}\r\n\r\n".encode())


def preflight(server: GatewayProcess, name: str, *fields: str, origin: str = "https://app.test") -> Response:
    asked = fields or ("Access-Control-Request-Method: GET",)
    return ask(server, f"{name}/x", f"Origin: {origin}", *asked, method="OPTIONS")


STRICT = api(
    "strict",
    """<cors allow-credentials="true">
         <allowed-origins><origin>https://app.test</origin>
           <origin>@("http://" + "other.test:8080/")</origin></allowed-origins>
         <allowed-methods preflight-result-max-age="600"><method>GET</method><method>PUT</method>
           </allowed-methods>
         <allowed-headers><header>x-one</header><header>Content-Type</header></allowed-headers>
         <expose-headers><header>x-left</header></expose-headers>
       </cors>
       <set-header name="x-ran"><value>1</value></set-header>""",
)


def test_a_preflight_is_answered_by_the_policy_alone(server: GatewayProcess) -> None:
    answer = preflight(
        server,
        STRICT,
        "Access-Control-Request-Method: GET",
        "Access-Control-Request-Headers: X-One, content-type",
    )
    assert (answer.status, answer.body) == (200, b"")
    assert answer.get("access-control-allow-origin") == "https://app.test"
    assert answer.get("access-control-allow-methods") == "GET, PUT"
    assert answer.get("access-control-allow-headers") == "x-one, Content-Type"
    assert answer.get("access-control-max-age") == "600"
    assert answer.get("access-control-allow-credentials") == "true"
    assert answer.get("vary") == "Origin"


@pytest.mark.parametrize(
    ("fields", "origin"),
    [
        (("Access-Control-Request-Method: GET",), "https://evil.test"),
        (("Access-Control-Request-Method: GET",), "https://app.test:8443"),
        (("Access-Control-Request-Method: POST",), "https://app.test"),
        (
            ("Access-Control-Request-Method: GET", "Access-Control-Request-Headers: x-two"),
            "https://app.test",
        ),
    ],
)
def test_a_preflight_that_no_rule_allows_gets_an_empty_answer(
    server: GatewayProcess, fields: tuple[str, ...], origin: str
) -> None:
    answer = preflight(server, STRICT, *fields, origin=origin)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.get("access-control-allow-origin") is None


def test_a_preflight_for_an_operation_that_does_not_exist_is_not_found(server: GatewayProcess) -> None:
    assert preflight(server, STRICT, "Access-Control-Request-Method: DELETE").status == 404


PLAIN = api("plain-api")


def test_without_a_cors_policy_a_preflight_is_an_ordinary_request(server: GatewayProcess) -> None:
    assert preflight(server, PLAIN).status == 404


@pytest.mark.parametrize("origin", ["https://app.test", "https://app.test:443", "http://other.test:8080"])
def test_an_actual_request_of_an_allowed_origin_gets_its_headers(server: GatewayProcess, origin: str) -> None:
    answer = ask(server, f"{STRICT}/x", f"Origin: {origin}")
    assert answer.status == 200
    assert answer.all("access-control-allow-origin") == [origin]
    assert answer.get("access-control-expose-headers") == "x-left"
    assert answer.get("vary") == "Accept,Origin"


def test_an_actual_request_of_another_origin_ends_with_an_empty_answer(server: GatewayProcess) -> None:
    answer = ask(server, f"{STRICT}/x", "Origin: https://evil.test")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.get("access-control-allow-origin") is None


OPEN = api(
    "open-api",
    """<cors terminate-unmatched-request="false">
         <allowed-origins><origin>*</origin></allowed-origins>
         <allowed-headers><header>*</header></allowed-headers>
       </cors>""",
)
FAILING = api(
    "failing-api",
    """<cors><allowed-origins><origin>*</origin></allowed-origins>
         <allowed-headers><header>*</header></allowed-headers></cors>
       <set-variable name="n" value="@(int.Parse("x"))" />""",
)


def test_a_wildcard_allows_everyone_and_echoes_what_is_asked(server: GatewayProcess) -> None:
    answer = preflight(
        server, OPEN, "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: x-any"
    )
    assert answer.get("access-control-allow-origin") == "*"
    assert answer.get("access-control-allow-methods") == "GET, POST"
    assert answer.get("access-control-allow-headers") == "x-any"


def test_an_error_answer_carries_the_headers_too(server: GatewayProcess) -> None:
    answer = ask(server, f"{FAILING}/x", "Origin: https://a.test")
    assert answer.status == 500
    assert answer.get("access-control-allow-origin") == "*"


def test_a_request_that_is_not_cross_origin_is_left_alone(server: GatewayProcess) -> None:
    answer = ask(server, f"{STRICT}/x")
    assert (answer.status, answer.body) == (200, b"{}")
    assert answer.all("access-control-allow-origin") == ["*"]
