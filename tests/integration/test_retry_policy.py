"""retry around the call to the backend, against a running gateway (spec/policies/control-flow.md)."""

from __future__ import annotations

import pytest

from tests.harness import ScriptedBackend, Session
from tests.integration.conftest import Serve
from tests.integration.test_send_request import FAILURE, get, nobody

COUNT = """<set-variable name="n" value="@(context.Variables.GetValueOrDefault<int>("n", 0) + 1)" />"""
SHOW = """<set-header name="X-Runs"><value>@(context.Variables["n"].ToString())</value></set-header>"""
FAILED = "context.Response == null || context.Response.StatusCode >= 500"


def around(inner: str, condition: str = FAILED, count: int = 3) -> str:
    return (
        f"<policies><backend><retry condition='@({condition})' count='{count}' interval='0'>{COUNT}{inner}"
        f"</retry></backend><outbound>{SHOW}</outbound><on-error>{SHOW}{FAILURE}</on-error></policies>"
    )


def sometimes(*statuses: int) -> ScriptedBackend:
    """Answers request after request with these statuses, the last one for ever."""
    left = list(statuses)

    def serve(session: Session) -> None:
        while True:
            session.request(timeout=60.0)
            status = left.pop(0) if len(left) > 1 else left[0]
            session.answer(b"answer %d" % status, f"HTTP/1.1 {status} Told")

    return ScriptedBackend(serve)


def test_a_backend_that_recovers_is_asked_again(serve: Serve) -> None:
    with sometimes(503, 500, 200) as backend:
        answer = get(serve(backend, policy=around("<forward-request />")))
        assert (answer.status, answer.body, answer.get("x-runs")) == (200, b"answer 200", "3")
        assert backend.violations == []


def test_the_last_answer_is_passed_on_when_there_is_no_retry_left(serve: Serve) -> None:
    with sometimes(503) as backend:
        answer = get(serve(backend, policy=around("<forward-request />")))
        assert (answer.status, answer.body, answer.get("x-runs")) == (503, b"answer 503", "4")
        assert len(backend.requests) == 4


def test_the_body_is_sent_again_where_it_was_kept(serve: Serve) -> None:
    with sometimes(500, 500, 200) as backend:
        policy = around('<forward-request buffer-request-body="true" />')
        answer = get(serve(backend, policy=policy), body="the body")
        assert answer.status == 200
        assert [request.body for request in backend.requests] == [b"the body"] * 3


def test_a_connection_that_is_refused_is_an_error_that_may_be_retried_elsewhere(serve: Serve) -> None:
    with sometimes(200) as backend:
        choose = f"""<set-backend-service base-url="@((int) context.Variables["n"] < 3
          ? "{nobody()}" : "{backend.url}")" /><forward-request />"""
        condition = 'context.LastError != null && context.LastError.Reason == "BackendConnectionFailure"'
        answer = get(serve(nobody(), policy=around(choose, condition)))
        assert (answer.status, answer.get("x-runs"), answer.get("x-failure")) == (200, "3", None)


def test_the_last_error_goes_on_with_its_own_site(serve: Serve) -> None:
    answer = get(serve(nobody(), policy=around("<forward-request />", "true")))
    assert (answer.status, answer.get("x-runs")) == (500, "4")
    source, reason, section, path, _ = (answer.get("x-failure") or "").split("|", 4)
    assert (source, reason) == ("forward-request", "BackendConnectionFailure")
    assert (section, path) == ("backend", "retry[1]/forward-request[1]")


def test_a_condition_that_does_not_expect_an_error_is_the_error(serve: Serve) -> None:
    answer = get(serve(nobody(), policy=around("<forward-request />", "context.Response.StatusCode > 1")))
    assert (answer.status, answer.get("x-runs")) == (500, "1")
    assert (answer.get("x-failure") or "").startswith(
        "retry|ExpressionValueEvaluationFailure|backend|retry[1]|"
    )


@pytest.mark.parametrize("wait", ["interval='1'", "interval='1' first-fast-retry='true'"])
def test_an_answer_inside_ends_the_pipeline(serve: Serve, wait: str) -> None:
    inner = """<choose><when condition="@((int) context.Variables["n"] == 2)"><return-response>
      <set-status code="202" /></return-response></when></choose>"""
    policy = f"""<policies><inbound><retry condition="true" count="5" {wait}>{COUNT}{inner}</retry></inbound>
      <outbound><set-header name="X-Ran"><value>1</value></set-header></outbound></policies>"""
    answer = get(serve(nobody(), policy=policy))
    assert (answer.status, answer.get("x-ran")) == (202, None)
