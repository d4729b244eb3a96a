"""mock-response, cross-domain, jsonp, ip-filter and check-header against a running gateway."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import ScriptedBackend, ask
from tests.harness.config import one_api
from tests.integration.conftest import Serve
from tests.integration.test_send_request import get, nobody, policy

RESPONSES = [
    {
        "statusCode": 200,
        "representations": [
            {
                "contentType": "application/json",
                "examples": {"one": {"value": {"id": 1}}, "two": {"value": "{}"}},
            }
        ],
    },
    {"statusCode": 203, "representations": [{"contentType": "text/plain", "sample": "in its stead"}]},
]
FILE = '<cross-domain-policy><allow-access-from domain="*.example.com" /></cross-domain-policy>'


def mocking(attributes: str, at: str = "inbound") -> dict[str, Any]:
    inner = {at: f"<mock-response {attributes} /><set-header name='X-Ran'><value>1</value></set-header>"}
    made = one_api(nobody(), policy=policy(**inner))
    for operation in made["apis"][0]["operations"]:
        operation["responses"] = RESPONSES
    return made


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("", (200, "application/json", b'{"id":1}')),
        ("index='1'", (200, "application/json", b"{}")),
        ("status-code='201'", (201, None, b"")),
    ],
)
def test_a_documented_example_is_the_answer(
    process: Any, attributes: str, expected: tuple[int, str | None, bytes]
) -> None:
    answer = get(process.reconfigure(mocking(attributes)))
    assert (answer.status, answer.get("content-type"), answer.body) == expected
    assert answer.get("content-length") == str(len(expected[2]))
    assert answer.get("x-ran") is None


def test_an_example_may_stand_in_for_a_failure(process: Any) -> None:
    answer = get(process.reconfigure(mocking("status-code='203'", "on_error")))
    assert (answer.status, answer.body) == (203, b"in its stead")


def test_cross_domain_answers_at_its_path_and_nowhere_else(serve: Serve) -> None:
    with ScriptedBackend(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as backend:
        document = f"""<policies><inbound><cross-domain>{FILE}</cross-domain></inbound>
          <backend><forward-request /></backend></policies>"""
        server = serve(backend).reconfigure({**one_api(backend.url), "policy": document})
        answer = get(server, "/crossdomain.xml?x=1")
        assert (answer.status, answer.body) == (200, FILE.encode())
        assert answer.get("content-type") == "text/x-cross-domain-policy"
        head = ask(server.url, b"HEAD /crossdomain.xml HTTP/1.1\r\nHost: gw\r\n\r\n", head_request=True)
        assert (head.status, head.body, head.get("content-length")) == (200, b"", str(len(FILE)))
        assert backend.requests == []
        assert get(server, "/crossdomain.xmlx").body == b"ok"
        assert get(server, "/crossdomain.xml", body="x").body == b"ok"


def test_without_the_policy_the_path_is_an_ordinary_one(serve: Serve) -> None:
    with ScriptedBackend(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as backend:
        assert get(serve(backend), "/crossdomain.xml").body == b"ok"


def test_an_answer_is_put_into_a_call(serve: Serve) -> None:
    told = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}'
    with ScriptedBackend(told) as backend:
        server = serve(backend, policy=policy(outbound='<jsonp callback-parameter-name="cb" />'))
        wrapped = get(server, "/x?cb=f")
        assert (wrapped.status, wrapped.body) == (200, b'f({"a":1});')
        assert wrapped.get("content-type") == "application/javascript; charset=utf-8"
        assert get(server).body == b'{"a":1}'
        refused = get(server, "/x?cb=alert(1)")
        assert refused.status == 400
        assert (refused.get("x-failure") or "").startswith(
            "jsonp|CallbackParameterInvalid|outbound|jsonp[1]|"
        )


def test_a_caller_of_another_address_is_told_no_more_than_that(serve: Serve) -> None:
    inbound = '<ip-filter action="forbid"><address-range from="127.0.0.0" to="127.255.255.255" /></ip-filter>'
    answer = get(serve(nobody(), policy=policy(inbound)))
    assert (answer.status, answer.body) == (403, b'{ "statusCode": 403, "message": "Forbidden" }')
    assert answer.get("x-failure") == (
        "ip-filter|CallerIpBlocked|inbound|ip-filter[1]|Caller IP address is blocked. Access denied."
    )


def test_a_header_that_is_demanded(serve: Serve) -> None:
    inbound = """<check-header name="X-Env" failed-check-httpcode="412" ignore-case="true"
      failed-check-error-message='say "blue"'><value>blue</value></check-header><return-response />"""
    server = serve(nobody(), policy=policy(inbound))
    assert get(server, fields="X-Env: BLUE\r\n").status == 200
    answer = get(server, fields="X-Env: red\r\n")
    assert (answer.status, answer.body) == (412, rb'{ "statusCode": 412, "message": "say \"blue\"" }')
    assert answer.get("x-failure") == (
        "check-header|HeaderValueNotAllowed|inbound|check-header[1]|"
        "Header X-Env value of red is not allowed. Access denied."
    )
    assert "HeaderNotFound" in (get(server).get("x-failure") or "")


CHOOSING = """<choose>
  <when condition="@(context.Request.Headers.GetValueOrDefault("X-N", "") == "1")">
    <set-status code="201" /></when>
  <when condition="@(int.Parse(context.Request.Headers.GetValueOrDefault("X-N", "0")) > 1)">
    <choose><when condition="@(context.Response.StatusCode == 200)"><set-status code="202" /></when>
    </choose></when>
  <otherwise><set-status code="203" /></otherwise></choose>"""


@pytest.mark.parametrize(("number", "status"), [("1", 201), ("2", 202), ("0", 203)])
def test_choose_decides_for_each_request(serve: Serve, number: str, status: int) -> None:
    with ScriptedBackend(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as backend:
        server = serve(backend, policy=policy(outbound=CHOOSING))
        assert get(server, fields=f"X-N: {number}\r\n").status == status


def test_a_condition_that_throws_names_its_branch(serve: Serve) -> None:
    with ScriptedBackend(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as backend:
        answer = get(serve(backend, policy=policy(outbound=CHOOSING)), fields="X-N: x\r\n")
        assert answer.status == 500
        assert (answer.get("x-failure") or "").startswith(
            "choose|ExpressionValueEvaluationFailure|outbound|choose[1]/when[2]|"
        )
