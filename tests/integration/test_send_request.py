"""send-request, send-one-way-request and answers made of what they fetched, against a running gateway."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import EchoBackend, GatewayProcess, RawConnection, Response, ScriptedBackend, Session, ask
from tests.harness.config import one_api
from tests.harness.raw import wait_until
from tests.integration.conftest import Serve
from tests.pki import make_ca
from tests.tls.wire import nginx

TOLD = (
    '<return-response response-variable-name="answer"><set-header name="X-From"><value>gateway</value>'
    "</set-header></return-response>"
)
# What on-error knows of the failure, in a header.
FAILURE = """<set-header name="X-Failure"><value>@(string.Join("|", context.LastError.Source,
    context.LastError.Reason, context.LastError.Section, context.LastError.Path, context.LastError.Message))
    </value></set-header>"""


def policy(inbound: str = "", outbound: str = "", on_error: str = FAILURE) -> str:
    return (
        f"<policies><inbound>{inbound}</inbound><backend><forward-request /></backend>"
        f"<outbound>{outbound}</outbound><on-error>{on_error}</on-error></policies>"
    )


def sending(url: str, children: str = "", attributes: str = "", method: str = "GET") -> str:
    """A send-request that puts its answer into the variable `answer`."""
    return (
        f'<send-request response-variable-name="answer" {attributes}><set-url>{url}</set-url>'
        f"<set-method>{method}</set-method>{children}</send-request>"
    )


def get(gateway: GatewayProcess, target: str = "/x", fields: str = "", body: str = "") -> Response:
    method = "POST" if body else "GET"
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return ask(gateway.url, f"{method} {target} HTTP/1.1\r\nHost: gw\r\n{fields}{length}\r\n{body}".encode())


def nobody() -> str:
    """A URL whose port refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_the_request_is_what_its_children_and_their_expressions_say(serve: Serve, echo: EchoBackend) -> None:
    children = """
      <set-header name="@("X-" + "Made")"><value>@(context.Request.Method)</value><value>two</value>
      </set-header>
      <set-header name="X-Plain"><value>plain</value></set-header>
      <set-header name="X-Plain" exists-action="skip"><value>not this</value></set-header>
      <set-header name="X-Gone"><value>1</value></set-header>
      <set-header name="X-Gone" exists-action="delete" />
      <set-query-parameter name="q"><value>@("a b&c")</value></set-query-parameter>
      <set-query-parameter name="old" exists-action="delete" />
      <set-body>@("from " + context.Request.Headers.GetValueOrDefault("X-Name", "nobody"))</set-body>
      <authentication-basic username="@("me")" password="pass" />"""
    call = (
        """<send-request mode="@("new")" timeout="@(2 + 3)" response-variable-name="@("ans" + "wer")">"""
        f"""<set-url>@("{echo.url}/a?old=1&kept=2")</set-url><set-method>post</set-method>"""
        f"{children}</send-request>"
    )
    answer = get(serve(nobody(), policy=policy(call + TOLD)), fields="X-Name: you\r\n")
    assert (answer.status, answer.get("x-from")) == (200, "gateway")
    told = json.loads(answer.body)
    assert (told["method"], told["target"]) == ("POST", "/a?kept=2&q=a%20b%26c")
    assert told["body"] == "from you"
    assert told["headers"] == [
        ["Host", echo.url.removeprefix("http://")],
        ["X-Made", "GET,two"],
        ["X-Plain", "plain"],
        ["Authorization", "Basic bWU6cGFzcw=="],
        ["Content-Length", "8"],
    ]


def test_later_expressions_read_status_headers_and_body_of_the_answer(serve: Serve) -> None:
    said = b'HTTP/1.1 503 Not Today\r\nX-Why: rain\r\nContent-Length: 12\r\n\r\n{"a":[1, 2]}'
    with ScriptedBackend(said) as backend:
        shown = """<return-response><set-body>@{
            var answer = (IResponse) context.Variables["answer"];
            var tree = answer.Body.As<JObject>(preserveContent: true);
            return answer.StatusCode + answer.StatusReason + answer.Headers.GetValueOrDefault("x-why", "")
                + (int) tree["a"][1] + answer.Body.As<string>().Length + (answer.Body.As<string>() == null);
          }</set-body></return-response>"""
        answer = get(serve(nobody(), policy=policy(sending(backend.url) + shown)))
    assert answer.body == b"503Not Todayrain212True"


def test_it_also_calls_in_outbound_and_on_error(serve: Serve, echo: EchoBackend) -> None:
    then = """<set-header name="X-Then"><value>@(((IResponse) context.Variables["answer"]).StatusCode + " "
        + context.Response.StatusCode)</value></set-header>"""
    call = sending(echo.url + "/side")
    gateway = serve(echo, policy=policy(outbound=call + then))
    answer = get(gateway, "/main")
    assert json.loads(answer.body)["target"] == "/main"
    assert answer.get("x-then") == "200 200"
    answer = get(serve(nobody(), policy=policy(on_error=call + then)))
    assert (answer.status, answer.get("x-then")) == (500, "200 500")


@pytest.mark.parametrize(
    ("url", "failure"),
    [
        (None, "BackendConnectionFailure|inbound|send-request[1]|No connection to 127.0.0.1"),
        ("http://host.invalid/", "BackendConnectionFailure|inbound|send-request[1]|The name host.invalid"),
        (
            '@("nowhere/" + 1)',
            "ExpressionValueEvaluationFailure|inbound|send-request[1]|Expression evaluation failed. The URL",
        ),
    ],
)
def test_a_call_that_fails_fails_the_request_unless_errors_are_ignored(
    serve: Serve, echo: EchoBackend, url: str | None, failure: str
) -> None:
    url = url or nobody()
    gateway = serve(echo, policy=policy(sending(url)))
    answer = get(gateway)
    assert answer.status == 500
    assert json.loads(answer.body)["message"] == "Internal server error"
    assert (answer.get("x-failure") or "").startswith(f"send-request|{failure}")
    ignoring = sending(url, attributes='ignore-error="true"')
    null = '<set-header name="X-Null"><value>@((context.Variables["answer"] == null).ToString())</value>'
    null += "</set-header>"
    answer = get(serve(echo, policy=policy(ignoring + null)))
    assert answer.status == 200
    assert ["X-Null", "True"] in json.loads(answer.body)["headers"]


def test_no_head_of_the_answer_in_time_is_a_timeout(serve: Serve) -> None:
    with ScriptedBackend(lambda session: session.wait_for(b"\r\n\r\n")) as backend:
        gateway = serve(backend, policy=policy(sending(backend.url, attributes='timeout="1"')))
        answer = get(gateway)
        assert answer.status == 500
        assert answer.get("x-failure") == (
            "send-request|Timeout|inbound|send-request[1]|Request to the backend service timed out"
        )
        assert backend.session().wait_closed() in ("closed", "reset")


def test_an_answer_that_breaks_off_is_a_connection_failure(serve: Serve) -> None:
    def broken(session: Session) -> None:
        session.request()
        session.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        session.finish_sending()

    with ScriptedBackend(broken) as backend:
        answer = get(serve(backend, policy=policy(sending(backend.url))))
    assert (answer.get("x-failure") or "").startswith("send-request|BackendConnectionFailure|inbound|")


def test_large_answers_are_read_whole_up_to_a_bound(serve: Serve) -> None:
    length = """<return-response><set-body>@{ var answer = (IResponse) context.Variables["answer"];
        return answer.Body.As<byte[]>().Length.ToString(); }</set-body></return-response>"""

    def large(session: Session) -> None:
        while True:
            chunk = b"%x\r\n%b\r\n" % (65536, bytes(65536))
            chunks = int(session.request().target.removeprefix("/"))
            session.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(chunks):
                session.send(chunk)
            session.send(b"0\r\n\r\n")

    with ScriptedBackend(large) as backend:
        url = f'@("{backend.url}" + context.Request.Url.Path)'
        gateway = serve(backend, policy=policy(sending(url) + length))
        assert get(gateway, "/160").body == str(160 * 65536).encode()
        assert get(gateway, "/256").body == str(1 << 24).encode()
        failure = get(gateway, "/257").get("x-failure") or ""
        assert failure.endswith("The answer is larger than the 16777216 bytes that policies can read.")


def test_an_announced_answer_that_is_too_large_is_not_read(serve: Serve) -> None:
    with ScriptedBackend(b"HTTP/1.1 200 OK\r\nContent-Length: 16777217\r\n\r\nabc") as backend:
        answer = get(serve(backend, policy=policy(sending(backend.url))))
        assert "larger than" in (answer.get("x-failure") or "")
        assert backend.session().wait_closed() in ("closed", "reset")


def test_large_bodies_leave_whole(serve: Serve, echo: EchoBackend) -> None:
    body = "<set-body>@(new string('x', 3000000))</set-body>"
    answer = get(serve(echo, policy=policy(sending(echo.url, body, method="PUT") + TOLD)))
    assert json.loads(answer.body)["bodyLength"] == 3_000_000


def test_answers_without_a_body(serve: Serve) -> None:
    shown = """<return-response><set-body>@{ var a = (IResponse) context.Variables["answer"];
        return a.StatusCode + "|" + a.Body.As<string>() + "|"
            + a.Headers.GetValueOrDefault("Content-Length", ""); }</set-body></return-response>"""
    with ScriptedBackend(b"HTTP/1.1 204 No Content\r\n\r\n") as backend:
        assert get(serve(backend, policy=policy(sending(backend.url) + shown))).body == b"204||"
    with ScriptedBackend(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n") as backend:
        gateway = serve(backend, policy=policy(sending(backend.url, method="HEAD") + shown))
        assert get(gateway).body == b"200||5"


def test_copy_sends_the_request_at_hand_again(serve: Serve, echo: EchoBackend) -> None:
    call = '<send-request mode="copy" response-variable-name="answer"><set-header name="X-Copy">'
    call += "<value>yes</value></set-header></send-request>"
    gateway = serve(echo.url + "/base", policy=policy(call + TOLD))
    told = json.loads(get(gateway, "/p?q=1", "X-Mine: 1\r\nConnection: X-Hop\r\nX-Hop: 1\r\n", "hello").body)
    assert (told["method"], told["target"], told["body"]) == ("POST", "/base/p?q=1", "hello")
    names = [name for name, _ in told["headers"]]
    assert names == ["Host", "X-Mine", "X-Copy", "Content-Length"]
    other = f'<send-request mode="copy" response-variable-name="answer"><set-url>{echo.url}/other</set-url>'
    other += "<set-method>PUT</set-method><set-body>mine</set-body></send-request>"
    told = json.loads(get(serve(nobody(), policy=policy(other + TOLD)), body="yours").body)
    assert (told["method"], told["target"], told["body"]) == ("PUT", "/other", "mine")


def test_a_copied_body_still_goes_to_the_backend(serve: Serve, echo: EchoBackend) -> None:
    call = f'<send-request mode="copy"><set-url>{echo.url}/copy</set-url></send-request>'
    told = json.loads(get(serve(echo, policy=policy(call)), "/main", body="both").body)
    assert (told["target"], told["body"]) == ("/main", "both")
    assert [(one.target, one.body) for one in echo.requests] == [("/copy", b"both"), ("/main", b"both")]


def test_copy_brings_no_body_in_outbound(serve: Serve, echo: EchoBackend) -> None:
    call = '<send-request mode="copy" response-variable-name="answer"></send-request>'
    told = json.loads(get(serve(echo, policy=policy(outbound=call + TOLD)), body="hello").body)
    assert (told["method"], told["body"]) == ("POST", "")


def test_the_backend_sees_that_the_caller_has_left(serve: Serve) -> None:
    with ScriptedBackend(lambda session: session.wait_for(b"\r\n\r\n")) as backend:
        gateway = serve(backend, policy=policy(sending(backend.url)))
        with RawConnection(gateway.url) as caller:
            caller.send(b"GET /x HTTP/1.1\r\nHost: gw\r\n\r\n")
            backend.session().wait_for(b"\r\n\r\n")
        assert backend.session().wait_closed() in ("closed", "reset")


def test_connections_are_kept_and_a_dead_one_is_replaced_for_methods_that_may_repeat(serve: Serve) -> None:
    def once(session: Session) -> None:
        session.request()
        session.answer(b"one")
        session.wait_for(b"second")
        session.close()

    with ScriptedBackend(once) as backend:
        url = f'@("{backend.url}" + context.Request.Url.Path)'
        gateway = serve(backend, policy=policy(sending(url) + TOLD))
        assert get(gateway, "/first").body == b"one"
        assert get(gateway, "/second").body == b"one"
        assert len(backend.sessions) == 2
        assert backend.sessions[0].received.count(b"HTTP/1.1\r\n") == 2
        gateway = serve(backend, policy=policy(sending(url, method="POST") + TOLD))
        assert get(gateway, "/first").body == b"one"
        answer = get(gateway, "/second")
        assert "BackendConnectionFailure" in (answer.get("x-failure") or "")


def test_the_gateway_can_call_itself_with_one_worker(gateway: GatewayFactory, echo: EchoBackend) -> None:
    url = '@("http://127.0.0.1:" + context.Request.OriginalUrl.Port + "/inner?x=1")'
    host = '<set-header name="Host"><value>inner.example:81</value></set-header>'
    configuration = one_api(echo.url, path="inner")
    outer = one_api(None, path="outer", policy=policy(sending(url, host) + TOLD))["apis"][0]
    configuration["apis"].append({**outer, "id": "outer"})
    process = gateway(configuration)
    port = process.address[1]
    answer = ask(process.url, f"GET /outer HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    assert (answer.status, json.loads(answer.body)["target"]) == (200, "/?x=1")


def test_tls_is_checked_against_the_trust_of_the_instance_and_certificates_are_presented(
    gateway: GatewayFactory, tmp_path: Path
) -> None:
    ca = make_ca()
    client = ca.issue("caller", usage="client")
    with nginx(tmp_path, ca.issue("localhost", "localhost", "127.0.0.1"), ca, "TLSv1.3") as port:
        certificate = '<authentication-certificate certificate-id="@("cli" + "ent")" />'
        call = sending(f"https://127.0.0.1:{port}/", certificate)
        configuration: dict[str, Any] = one_api(None, policy=policy(call + TOLD))
        configuration["certificates"] = [{"id": "client", "file": "client.pem"}]
        files = {"client.pem": client.bundle(), "ca.pem": ca.pem}
        process = gateway(configuration, files=files)
        assert "send-request|BackendConnectionFailure" in (get(process).get("x-failure") or "")
        trusting = {**configuration, "caCertificates": [{"id": "ca", "file": "ca.pem", "storeName": "Root"}]}
        process = gateway(trusting, files=files)
        answer = get(process)
        assert (answer.status, answer.get("x-dn")) == (200, "CN=caller,O=Example,C=NL")


def test_a_stored_answer_is_the_start_of_the_reply(serve: Serve) -> None:
    said = (
        b"HTTP/1.1 201 Well Made\r\nX-One: 1\r\nX-Two: 2\r\nTransfer-Encoding: chunked\r\n"
        b"Keep-Alive: 1\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    )
    with ScriptedBackend(said) as backend:
        reply = """<return-response response-variable-name="answer"><set-status code="202" reason="Other" />
            <set-header name="X-One"><value>changed</value></set-header></return-response>"""
        gateway = serve(backend, policy=policy(sending(backend.url) + reply))
        answer = get(gateway)
        assert (answer.status, answer.reason, answer.body) == (202, "Other", b"abc")
        assert [answer.get(name) for name in ("x-one", "x-two", "keep-alive")] == ["changed", "2", None]
        plain = '<return-response response-variable-name="answer" />'
        answer = get(serve(backend, policy=policy(sending(backend.url) + plain)))
        assert (answer.status, answer.reason, answer.get("x-one")) == (201, "Well Made", "1")


def test_a_variable_without_a_fetched_answer_is_an_error_of_return_response(serve: Serve) -> None:
    gateway = serve(nobody(), policy=policy('<set-variable name="answer" value="text" />' + TOLD))
    answer = get(gateway)
    assert (answer.status, (answer.get("x-failure") or "").split("|")[0]) == (500, "return-response")


def test_failures_are_logged_without_what_may_be_secret(serve: Serve) -> None:
    refusing = nobody()
    gateway = serve(
        nobody(), policy=policy(sending(refusing + "/p?key=s3cret", attributes='ignore-error="true"'))
    )
    get(gateway)
    line = gateway.wait_for_line(f"call of a policy failed worker=0 to={refusing}")
    assert "reason=BackendConnectionFailure" in line
    assert "api=all operation=op-get" in line
    assert "s3cret" not in "".join(gateway.stderr_lines())


# ---------------------------------------------------------------- nobody waits


def one_way(url: str, children: str = "", attributes: str = "") -> str:
    return (
        f"<send-one-way-request {attributes}><set-url>{url}</set-url><set-method>POST</set-method>{children}"
        "</send-one-way-request>"
    )


def test_the_caller_is_answered_before_a_one_way_request_is(serve: Serve) -> None:
    answered = threading.Event()

    def patient(session: Session) -> None:
        session.request()
        assert answered.wait(10)
        session.answer()

    with ScriptedBackend(patient) as backend:
        body = '<set-body>@("status " + context.Response.StatusCode)</set-body>'
        with EchoBackend() as main:
            gateway = serve(main, policy=policy(outbound=one_way(backend.url + "/alert", body)))
            assert get(gateway).status == 200
        answered.set()
        (request,) = backend.wait_for_requests(1)
        assert (request.method, request.target, request.body) == ("POST", "/alert", b"status 200")
        assert backend.violations == []


def test_a_one_way_request_goes_on_when_the_caller_has_left(serve: Serve) -> None:
    free = threading.Event()

    def patient(session: Session) -> None:
        session.wait_for(b"\r\n\r\n")
        assert free.wait(10)
        session.answer(b"done")
        session.wait_closed()

    with ScriptedBackend(patient) as backend, ScriptedBackend(lambda session: session.wait_closed()) as slow:
        gateway = serve(slow, policy=policy(one_way(backend.url)))
        with RawConnection(gateway.url) as caller:
            caller.send(b"GET /x HTTP/1.1\r\nHost: gw\r\n\r\n")
            slow.session()
        slow.session().wait_closed()
        assert backend.session().ended is None
        free.set()


def test_the_failure_of_a_one_way_request_is_in_the_log_alone(serve: Serve, echo: EchoBackend) -> None:
    refusing = nobody()
    gateway = serve(echo, policy=policy(one_way(refusing)))
    assert get(gateway).status == 200
    assert "BackendConnectionFailure" in gateway.wait_for_line(f"{refusing}")
    bad = serve(echo, policy=policy(one_way('@("no url")')))
    assert get(bad).status == 200
    bad.wait_for_line("The URL of the call must be")


def test_what_a_one_way_request_evaluates_may_fail_the_request(serve: Serve, echo: EchoBackend) -> None:
    answer = get(
        serve(echo, policy=policy(one_way(echo.url, "<set-body>@(((string) null).Trim())</set-body>")))
    )
    assert answer.status == 500
    assert (answer.get("x-failure") or "").startswith(
        "send-one-way-request|ExpressionValueEvaluationFailure|"
    )
    assert echo.requests == []


def test_one_way_requests_under_way_end_before_the_worker_does(
    gateway: GatewayFactory, echo: EchoBackend
) -> None:
    stopping = threading.Event()

    def patient(session: Session) -> None:
        session.request()
        assert stopping.wait(10)
        session.answer()

    with ScriptedBackend(patient) as backend:
        process = gateway(one_api(echo.url, policy=policy(one_way(backend.url))))
        assert get(process).status == 200
        backend.session().wait_for(b"\r\n\r\n")
        stop = threading.Thread(target=process.stop)
        stop.start()
        wait_until(lambda: "drain" in "".join(process.stderr_lines()) or not process.running)
        assert backend.session().ended is None
        stopping.set()
        stop.join()
        assert backend.session().wait_closed() == "closed"
