"""Errors end to end: default answers byte for byte, on-error at each scope, forward-request that fails.

One gateway serves every case as an API of its own; each policy stands right above the test it belongs to.
Its global document marks what ran with `G` in `x-error` and `x-out`.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import (
    EchoBackend,
    GatewayFailed,
    GatewayProcess,
    RawConnection,
    Response,
    ScriptedBackend,
    Session,
)
from tests.harness import policies as harness
from tests.harness.policies import policies

APIS: list[dict[str, Any]] = []
INTERNAL_ERROR = re.compile(
    rb'\{ "statusCode": 500, "message": "Internal server error", '
    rb'"activityId": "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}" \}'
)
NOT_FOUND = b'{ "statusCode": 404, "message": "Resource not found" }'

GLOBAL = """\
<policies>
  <backend><forward-request /></backend>
  <outbound><set-header name="x-out" exists-action="append"><value>G</value></set-header></outbound>
  <on-error><set-header name="x-error" exists-action="append"><value>G</value></set-header></on-error>
</policies>
"""


def mark(text: str, name: str = "x-error") -> str:
    """A statement that leaves a trace in a header."""
    return harness.mark(text, name)


def api(name: str, policy: str | None = None, operation: str | None = None, service: str = "ECHO") -> str:
    """Add an API with one operation for any path, and their policies; returns its name, which is its path."""
    operations = [
        {
            "id": method.lower(),
            "method": method,
            "urlTemplate": "/*",
            **({"policy": operation} if operation else {}),
        }
        for method in ("GET", "HEAD", "POST")
    ]
    APIS.append(
        {
            "id": name,
            "path": name,
            "protocols": ["http"],
            "subscriptionRequired": False,
            "serviceUrl": service,
            "operations": operations,
            **({"policy": policy} if policy else {}),
        }
    )
    return name


def silent(session: Session) -> None:
    """Takes requests and never answers."""
    while True:
        session.request(timeout=600.0)


def failing(session: Session) -> None:
    """Answers each request with 503 and a body of its own."""
    while True:
        session.request(timeout=600.0)
        session.answer(b"backend is busy", "HTTP/1.1 503 Busy Today\r\nX-Backend: yes")


@pytest.fixture(scope="module")
def server(module_gateway: GatewayFactory) -> Iterator[GatewayProcess]:
    # `dead` is bound but does not listen: connections are refused, and nobody else gets the port.
    with (
        EchoBackend() as echo,
        ScriptedBackend(silent) as mute,
        ScriptedBackend(failing) as busy,
        socket.socket() as dead,
    ):
        dead.bind(("127.0.0.1", 0))
        urls = {
            "ECHO": echo.url,
            "MUTE": mute.url,
            "BUSY": busy.url,
            "DEAD": f"http://127.0.0.1:{dead.getsockname()[1]}",
        }
        text = json.dumps(APIS)
        for word, url in urls.items():
            text = text.replace(word, url)
        yield module_gateway(
            {
                "policy": GLOBAL,
                "apis": json.loads(text),
            }
        )
        assert echo.violations == []


def get(server: GatewayProcess, name: str, path: str = "/x", method: str = "GET", *fields: str) -> Response:
    with RawConnection(server.url) as connection:
        head = "\r\n".join([f"{method} /{name}{path} HTTP/1.1", "Host: gateway.test", *fields])
        return connection.ask(f"{head}\r\n\r\n".encode(), head_request=method == "HEAD")


# --- errors ------------------------------------------------------------------------------------------

PLAIN = api("plain")
FAIL = api(
    "fail",
    policies(
        outbound="<base/>" + mark("never", "x-out"),
        on_error="<base/>" + mark("A"),
    ),
    policies(on_error=mark("O") + "<base/>"),
    service="DEAD",
)


def test_a_refused_connection_is_the_default_500_and_on_error_of_each_scope_runs_in_order(
    server: GatewayProcess,
) -> None:
    answer = get(server, FAIL)
    assert (answer.status, answer.reason) == (500, "Internal Server Error")
    assert INTERNAL_ERROR.fullmatch(answer.body), answer.body
    assert answer.get("content-type") == "application/json"
    assert answer.get("x-error") == "O,G,A"


def test_outbound_does_not_run_after_an_error(server: GatewayProcess) -> None:
    assert get(server, FAIL).get("x-out") is None


def test_each_request_has_an_activity_id_of_its_own_and_the_log_has_it_too(server: GatewayProcess) -> None:
    ids = {json.loads(get(server, FAIL).body)["activityId"] for _ in range(3)}
    assert len(ids) == 3
    for id in ids:
        line = server.wait_for_line(id)
        assert "BackendConnectionFailure" in line


def test_the_connection_survives_an_error(server: GatewayProcess) -> None:
    with RawConnection(server.url) as connection:
        for name in (FAIL, PLAIN, FAIL, PLAIN):
            answer = connection.ask(f"GET /{name}/x HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            assert answer.status == (500 if name == FAIL else 200)


FAIL_GLOBAL = api("fail-global", service="DEAD")


def test_the_global_on_error_runs_where_no_narrower_one_stands(server: GatewayProcess) -> None:
    assert get(server, FAIL_GLOBAL).get("x-error") == "G"


FAIL_CUT = api("fail-cut", policies(on_error=mark("A")), service="DEAD")


def test_on_error_without_base_runs_alone(server: GatewayProcess) -> None:
    assert get(server, FAIL_CUT).get("x-error") == "A"


FAIL_STATUS = api(
    "fail-status", policies(on_error="<base/><set-status code='502' reason='No Backend' />"), service="DEAD"
)


def test_on_error_may_change_the_status_of_the_default_answer(server: GatewayProcess) -> None:
    answer = get(server, FAIL_STATUS)
    assert (answer.status, answer.reason) == (502, "No Backend")
    assert INTERNAL_ERROR.fullmatch(answer.body)
    assert answer.get("content-type") == "application/json"


FAIL_REPLY = api(
    "fail-reply",
    policies(
        on_error="<base/><return-response>"
        "<set-status code='502' /><set-body>sorry</set-body></return-response>"
    ),
    service="DEAD",
)


def test_on_error_may_answer_by_itself(server: GatewayProcess) -> None:
    answer = get(server, FAIL_REPLY)
    assert (answer.status, answer.reason, answer.body) == (502, "Bad Gateway", b"sorry")
    assert answer.get("content-type") is None
    assert answer.get("x-error") is None


FAIL_REQUEST_BODY = api("fail-request-body", service="DEAD")


def test_an_error_with_a_request_body_is_answered_and_the_connection_goes_on(server: GatewayProcess) -> None:
    with RawConnection(server.url) as connection:
        for _ in range(2):
            answer = connection.ask(
                f"POST /{FAIL_REQUEST_BODY}/x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody".encode()
            )
            assert answer.status == 500


def test_no_api_is_the_default_404_and_no_policy_runs(server: GatewayProcess) -> None:
    answer = get(server, "nowhere")
    assert (answer.status, answer.reason, answer.body) == (404, "Not Found", NOT_FOUND)
    assert answer.get("content-type") == "application/json"
    assert answer.get("x-error") is None


NO_OPERATION = api("no-operation", policies(on_error="<base/>" + mark("A")))


def test_no_operation_is_the_default_404_and_the_apis_on_error_runs(server: GatewayProcess) -> None:
    answer = get(server, NO_OPERATION, method="DELETE")
    assert (answer.status, answer.body) == (404, NOT_FOUND)
    assert answer.get("x-error") == "G,A"
    assert answer.get("x-out") is None


UNKNOWN_PARAMETER = api(
    "unknown-parameter",
    policies(inbound="<base/><rewrite-uri template='/a/{nobody}' />", on_error="<base/>" + mark("A")),
)

# One operation has the parameter, so the API's document is not wrong as such.
APIS[-1]["operations"].append({"id": "one", "method": "GET", "urlTemplate": "/only/here/{nobody}"})


def test_an_error_in_inbound_skips_the_backend_and_runs_on_error(server: GatewayProcess) -> None:
    answer = get(server, UNKNOWN_PARAMETER)
    assert answer.status == 500
    assert INTERNAL_ERROR.fullmatch(answer.body)
    assert answer.get("x-error") == "G,A"


# --- forward-request ---------------------------------------------------------------------------------

TIMEOUT = api(
    "timeout",
    policies(backend="<forward-request timeout-ms='60' />", on_error=mark("A")),
    service="MUTE",
)


def test_a_backend_that_does_not_answer_in_time_is_a_500_and_one_line_in_the_log(
    server: GatewayProcess,
) -> None:
    answer = get(server, TIMEOUT)
    assert answer.status == 500
    assert INTERNAL_ERROR.fullmatch(answer.body)
    assert answer.get("x-error") == "A"
    line = server.wait_for_line(json.loads(answer.body)["activityId"])
    assert "reason=Timeout" in line
    assert "Request to the backend service timed out" in line


ERROR_PASSED = api("error-passed", service="BUSY")


def test_an_error_status_of_the_backend_is_no_error(server: GatewayProcess) -> None:
    answer = get(server, ERROR_PASSED)
    assert (answer.status, answer.reason, answer.body) == (503, "Busy Today", b"backend is busy")
    assert answer.get("x-out") == "G"
    assert answer.get("x-error") is None


ERROR_STATUS = api(
    "error-status",
    policies(
        backend="<forward-request fail-on-error-status-code='true' />",
        on_error="<base/>" + mark("A"),
    ),
    service="BUSY",
)


def test_fail_on_error_status_code_runs_on_error_and_the_caller_gets_the_backends_answer(
    server: GatewayProcess,
) -> None:
    answer = get(server, ERROR_STATUS)
    assert (answer.status, answer.reason, answer.body) == (503, "Busy Today", b"backend is busy")
    assert answer.get("x-backend") == "yes"
    assert answer.get("x-error") == "G,A"
    assert answer.get("x-out") is None


ERROR_STATUS_CHANGED = api(
    "error-status-changed",
    policies(
        backend="<forward-request fail-on-error-status-code='true' />",
        on_error="<set-status code='502' /><set-header name='x-backend' exists-action='delete' />",
    ),
    service="BUSY",
)


def test_on_error_may_change_the_backends_answer(server: GatewayProcess) -> None:
    answer = get(server, ERROR_STATUS_CHANGED)
    assert (answer.status, answer.reason, answer.body) == (502, "Bad Gateway", b"backend is busy")
    assert answer.get("x-backend") is None


FINE_STATUS = api("fine-status", policies(backend="<forward-request fail-on-error-status-code='true' />"))


def test_fail_on_error_status_code_leaves_good_answers_alone(server: GatewayProcess) -> None:
    answer = get(server, FINE_STATUS)
    assert answer.get("x-out") == "G"
    assert answer.get("x-error") is None


@pytest.mark.parametrize("code", [200, 599, 600, 999])
def test_a_literal_status_that_is_accepted_is_sent_or_it_is_refused_when_loaded(
    gateway: GatewayFactory, code: int
) -> None:
    """Nothing may be accepted that then fails with each request."""
    policy = policies(inbound=f"<return-response><set-status code='{code}' /></return-response>")
    configuration = {
        "apis": [
            {
                "id": "a",
                "path": "a",
                "protocols": ["http"],
                "subscriptionRequired": False,
                "operations": [{"id": "get", "method": "GET", "urlTemplate": "/*", "policy": policy}],
            }
        ]
    }
    refusal = None
    try:
        server = gateway(configuration)
    except GatewayFailed as error:
        refusal = str(error)
    if refusal is None:
        assert get(server, "a").status == code
    else:
        assert code > 599, refusal
        assert "gateway.yaml:" in refusal
