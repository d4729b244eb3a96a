"""Expressions end to end: what they see of a request, bodies that they read, retries that they decide.

One gateway serves every case as an API of its own; each policy stands right above the test it belongs to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import EchoBackend, GatewayProcess, RawConnection, Response, ScriptedBackend, Session
from tests.harness.policies import PolicyCases

CASES = PolicyCases()
api = CASES.api


def flaky(session: Session) -> None:
    """Answers 503 to the first two requests of each connection pool, then 200 with what it got."""
    while True:
        request = session.request(timeout=600.0)
        count = sum(len(one.requests) for one in session.backend.sessions)
        status = "503 Busy" if count % 3 else "200 OK"
        session.answer(request.body or b"none", f"HTTP/1.1 {status}\r\nX-Count: {count}")


def parted(session: Session) -> None:
    """Answers with a head and the first half of a body, and with the rest when the test says so."""
    while True:
        session.request(timeout=600.0)
        session.answer(b'{"items": [1, 2, 3]}', "HTTP/1.1 200 OK\r\nContent-Type: application/json")


@pytest.fixture(scope="module")
def server(module_gateway: GatewayFactory) -> Iterator[GatewayProcess]:
    with EchoBackend() as echo, ScriptedBackend(flaky) as busy, ScriptedBackend(parted) as answers:
        text = json.dumps([CASES.apis, CASES.documents])
        for word, url in {"ECHO": echo.url, "FLAKY": busy.url, "ANSWERS": answers.url}.items():
            text = text.replace(word, url)
        apis, documents = json.loads(text)
        yield module_gateway({"apis": apis}, files=documents)
        assert echo.violations == []


def ask(
    server: GatewayProcess, target: str, *fields: str, method: str = "GET", body: bytes | None = None
) -> Response:
    with RawConnection(server.url) as connection:
        lines = [f"{method} /{target} HTTP/1.1", "Host: gateway.test", *fields]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join(lines)
        return connection.ask(f"{head}\r\n\r\n".encode() + (body or b""))


def seen(server: GatewayProcess, target: str, *fields: str, **options: Any) -> dict[str, Any]:
    answer = ask(server, target, *fields, **options)
    assert answer.status == 200, answer
    request: dict[str, Any] = json.loads(answer.body)
    request["fields"] = {name.lower(): value for name, value in request["headers"]}
    return request


# --- what an expression sees -------------------------------------------------------------------------

SEES = api(
    "sees",
    """
    <set-header name="x-seen"><value>@(string.Join("|", context.Request.Method,
        context.Request.Headers.GetValueOrDefault("X-In", "none"),
        context.Request.MatchedParameters["id"],
        context.Request.Url.Query.GetValueOrDefault("q"),
        context.Request.OriginalUrl.Path, context.Api.Id, context.Operation.UrlTemplate))</value></set-header>
    """,
    templates=("/items/{id}",),
)


def test_an_expression_sees_the_request_its_route_and_its_parameters(server: GatewayProcess) -> None:
    request = seen(server, f"{SEES}/items/a%20b?q=caf%C3%A9", "X-In: 1", "X-In: 2")
    assert request["fields"]["x-seen"] == "GET|1,2|a b|cafÃ©|/sees/items/a%20b|sees|/items/{id}"


CHOOSES = api(
    "chooses",
    """
    <choose>
      <when condition="@(context.Request.Headers.GetValueOrDefault("X-Plan","") == "gold"
          && context.Request.Method != "POST")">
        <set-header name="x-branch"><value>gold</value></set-header>
      </when>
      <when condition="@{
          return new Regex("^s(ilver)?$").IsMatch(context.Request.Headers.GetValueOrDefault("X-Plan",""));
        }">
        <set-header name="x-branch"><value>silver</value></set-header>
      </when>
      <otherwise><set-header name="x-branch"><value>@("none of " + 2)</value></set-header></otherwise>
    </choose>
    """,
)


@pytest.mark.parametrize(
    ("plan", "branch"), [("gold", "gold"), ("silver", "silver"), ("Gold", "none of 2"), ("", "none of 2")]
)
def test_choose_takes_the_first_branch_whose_condition_is_true(
    server: GatewayProcess, plan: str, branch: str
) -> None:
    assert seen(server, f"{CHOOSES}/x", f"X-Plan: {plan}")["fields"]["x-branch"] == branch


FAILS = api("fails", """<set-variable name="n" value="@(int.Parse("x"))" />""")


def test_an_exception_is_the_default_500(server: GatewayProcess) -> None:
    answer = ask(server, f"{FAILS}/x")
    assert answer.status == 500
    assert b"Internal server error" in answer.body


LAST_ERROR = api(
    "last-error",
    """<return-response>
         <set-body>@{
           try { return new[] { 1 }[3].ToString(); }
           catch (IndexOutOfRangeException e) { return e.Message; }
         }</set-body>
       </return-response>""",
)


def test_a_policy_catches_what_an_expression_throws(server: GatewayProcess) -> None:
    assert ask(server, f"{LAST_ERROR}/x").body == b"Index was outside the bounds of the array."


# --- bodies ------------------------------------------------------------------------------------------

READS = api(
    "reads",
    """<set-header name="x-id">
         <value>@((string)context.Request.Body.As<JObject>(preserveContent: true)["id"])</value>
       </set-header>""",
)


@pytest.mark.parametrize("framing", ["length", "chunked", "parts"])
def test_a_body_that_is_read_with_preserve_content_reaches_the_backend(
    server: GatewayProcess, framing: str
) -> None:
    body = b'{"id": "A-1"}'
    with RawConnection(server.url) as connection:
        head = f"POST /{READS}/x HTTP/1.1\r\nHost: gateway.test\r\n".encode()
        if framing == "chunked":
            chunk = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
            answer = connection.ask(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk)
        elif framing == "parts":
            connection.send(head + b"Content-Length: %d\r\n\r\n" % len(body) + body[:4])
            answer = connection.ask(body[4:])
        else:
            answer = connection.ask(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    request = json.loads(answer.body)
    assert dict(request["headers"])["x-id"] == "A-1"
    assert (request["body"], request["framing"]) == (body.decode(), "length")


CONSUMES = api(
    "consumes",
    """<set-variable name="b" value="@(context.Request.Body.As<string>())" />
       <set-header name="x-again">
         <value>@(context.Request.Body.As<string>() ?? "gone")</value>
       </set-header>""",
)


def test_a_body_that_is_read_without_it_is_gone(server: GatewayProcess) -> None:
    request = seen(server, f"{CONSUMES}/x", method="POST", body=b"text")
    assert (request["body"], request["fields"]["x-again"]) == ("", "gone")
    assert request["fields"]["content-length"] == "0"


REPLACES = api("replaces", """<set-body>@("was " + context.Request.Body.As<string>().Length)</set-body>""")
REPLACES_UNREAD = api("replaces-unread", "<set-body>new</set-body>")


def test_set_body_replaces_what_is_forwarded(server: GatewayProcess) -> None:
    assert seen(server, f"{REPLACES}/x", method="POST", body=b"12345")["body"] == "was 5"
    large = b"x" * 300_000
    assert seen(server, f"{REPLACES_UNREAD}/x", method="POST", body=large)["body"] == "new"
    assert seen(server, f"{REPLACES_UNREAD}/x")["body"] == "new"


ANSWER = api(
    "answer",
    outbound="""<set-header name="x-sum">
         <value>@(context.Response.Body.As<JObject>(true)["items"].Sum(x => (int)x).ToString())</value>
       </set-header>""",
    service="ANSWERS",
)
ANSWER_REPLACED = api(
    "answer-replaced",
    outbound="""<set-body>@{
         var j = context.Response.Body.As<JObject>();
         j["more"] = true;
         return j.ToString(Formatting.None);
       }</set-body>""",
    service="ANSWERS",
)


def test_the_answers_body_is_read_and_passed_on(server: GatewayProcess) -> None:
    answer = ask(server, f"{ANSWER}/x")
    assert answer.get("x-sum") == "6"
    assert answer.body == b'{"items": [1, 2, 3]}'


def test_set_body_replaces_the_answer(server: GatewayProcess) -> None:
    answer = ask(server, f"{ANSWER_REPLACED}/x")
    assert json.loads(answer.body) == {"items": [1, 2, 3], "more": True}


# --- retry -------------------------------------------------------------------------------------------

CASES.apis.append(
    {
        "id": "retries",
        "path": "retries",
        "protocols": ["http"],
        "subscriptionRequired": False,
        "serviceUrl": "FLAKY",
        "policy": "retries.xml",
        "operations": [{"id": "post", "method": "POST", "urlTemplate": "/*"}],
    }
)
CASES.documents["retries.xml"] = """
<policies>
  <backend>
    <retry condition="@(context.Response.StatusCode == 503)" count="3" interval="1" first-fast-retry="true">
      <forward-request buffer-request-body="true" />
    </retry>
  </backend>
</policies>
"""


def test_retry_forwards_again_until_the_condition_is_false(server: GatewayProcess) -> None:
    answer = ask(server, "retries/x", method="POST", body=b"again")
    assert (answer.status, answer.body) == (200, b"again")
    assert answer.get("x-count") == "3"


# --- access ------------------------------------------------------------------------------------------

CHECKS = api(
    "checks",
    """<check-header name="X-Env" failed-check-httpcode="412" ignore-case="@(true)"
         failed-check-error-message="wrong &quot;env&quot;">
         <value>blue</value><value>@("gr" + "een")</value>
       </check-header>""",
)


@pytest.mark.parametrize(
    ("fields", "status"),
    [(("X-Env: BLUE",), 200), (("X-Env: green",), 200), (("X-Env: red",), 412), ((), 412)],
)
def test_check_header_lets_the_listed_values_in(
    server: GatewayProcess, fields: tuple[str, ...], status: int
) -> None:
    answer = ask(server, f"{CHECKS}/x", *fields)
    assert answer.status == status
    if status == 412:
        assert answer.body == b'{ "statusCode": 412, "message": "wrong \\"env\\"" }'


INSIDE = api(
    "inside", '<ip-filter action="allow"><address-range from="127.0.0.0" to="127.255.255.255" /></ip-filter>'
)
OUTSIDE = api("outside", '<ip-filter action="allow"><address>192.0.2.1</address></ip-filter>')
BLOCKED = api("blocked", '<ip-filter action="forbid"><address>@("127.0.0." + 1)</address></ip-filter>')


def test_ip_filter_looks_at_the_callers_address(server: GatewayProcess) -> None:
    assert ask(server, f"{INSIDE}/x").status == 200
    for name in (OUTSIDE, BLOCKED):
        answer = ask(server, f"{name}/x")
        assert (answer.status, answer.body) == (403, b'{ "statusCode": 403, "message": "Forbidden" }')
