"""wait: its children run at the same time, and the section goes on after all or one of them.

That calls run at the same time is seen from the backends: each answers only when both have been called.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest

from tests.harness import RawConnection, ScriptedBackend, Session
from tests.integration.conftest import Serve
from tests.integration.test_send_request import get, nobody, policy

SHOWN = """<return-response><set-body>@(string.Join(",", new[] {"a", "b", "c"}.Select(name =>
    context.Variables.ContainsKey(name) && context.Variables[name] is IResponse
    ? ((IResponse) context.Variables[name]).Body.As<string>() : "-")))</set-body></return-response>"""


def sending(name: str, url: str, attributes: str = "") -> str:
    return (
        f'<send-request response-variable-name="{name}" {attributes}><set-url>{url}</set-url>'
        "<set-method>GET</set-method></send-request>"
    )


class Pair:
    """Two backends that answer, with their names, when both have been called."""

    def __init__(self) -> None:
        self._both = threading.Barrier(2, timeout=10)
        self.one = ScriptedBackend(lambda session: self._serve(session, b"one"))
        self.two = ScriptedBackend(lambda session: self._serve(session, b"two"))

    def _serve(self, session: Session, name: bytes) -> None:
        while True:
            session.request()
            self._both.wait()
            session.answer(name)


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair()
    with made.one, made.two:
        yield made
        assert made.one.violations == []
        assert made.two.violations == []


@pytest.fixture
def silent() -> Iterator[ScriptedBackend]:
    """A backend that never answers."""
    with ScriptedBackend(lambda session: session.wait_for(b"\r\n\r\n")) as backend:
        yield backend


@pytest.mark.parametrize("mode", ["", 'for="all"', """for="@("a" + "ll")" """])
def test_children_run_at_the_same_time_and_all_of_them_are_waited_for(
    serve: Serve, pair: Pair, mode: str
) -> None:
    calls = sending("a", pair.one.url) + sending("b", pair.two.url)
    answer = get(serve(nobody(), policy=policy(f"<wait {mode}>{calls}</wait>{SHOWN}")))
    assert answer.body == b"one,two,-"


def test_branches_of_choose_run_beside_calls(serve: Serve, pair: Pair) -> None:
    branch = f"""<choose><when condition="@(context.Request.Method == "GET")">{sending("b", pair.two.url)}
        <set-variable name="after" value="x" /></when>
        <otherwise>{sending("c", pair.two.url)}</otherwise></choose>"""
    answer = get(serve(nobody(), policy=policy(f"<wait>{sending('a', pair.one.url)}{branch}</wait>{SHOWN}")))
    assert answer.body == b"one,two,-"


def test_it_also_runs_in_outbound(serve: Serve, pair: Pair) -> None:
    calls = sending("a", pair.one.url) + sending("b", pair.two.url)
    with ScriptedBackend(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as backend:
        answer = get(serve(backend, policy=policy(outbound=f"<wait>{calls}</wait>{SHOWN}")))
    assert answer.body == b"one,two,-"


def test_any_goes_on_after_the_first_and_ends_the_others(serve: Serve, silent: ScriptedBackend) -> None:
    def after_the_other(session: Session) -> None:
        session.request()
        silent.session().wait_for(b"\r\n\r\n")
        session.answer(b"quick")

    with ScriptedBackend(after_the_other) as quick:
        calls = sending("a", silent.url) + sending("b", quick.url)
        answer = get(serve(nobody(), policy=policy(f'<wait for="any">{calls}</wait>{SHOWN}')))
        assert answer.body == b"-,quick,-"
        assert silent.session().wait_closed() in ("closed", "reset")


def test_the_error_of_a_child_is_the_error_of_the_request_and_ends_the_others(
    serve: Serve, silent: ScriptedBackend
) -> None:
    def after_the_other(session: Session) -> None:
        session.request()
        silent.session().wait_for(b"\r\n\r\n")
        session.close()

    with ScriptedBackend(after_the_other) as failing:
        calls = sending("a", silent.url) + sending("b", failing.url)
        answer = get(serve(nobody(), policy=policy(f"<wait>{calls}</wait>{SHOWN}")))
        assert answer.status == 500
        failure = (answer.get("x-failure") or "").split("|")
        assert failure[:4] == [
            "send-request",
            "BackendConnectionFailure",
            "inbound",
            "wait[1]/send-request[2]",
        ]
        assert silent.session().wait_closed() in ("closed", "reset")


def test_an_ignored_error_is_none(serve: Serve, pair: Pair) -> None:
    calls = sending("a", pair.one.url) + sending("b", pair.two.url)
    ignored = sending("c", nobody(), 'ignore-error="true"')
    answer = get(serve(nobody(), policy=policy(f"<wait>{ignored}{calls}</wait>{SHOWN}")))
    assert answer.body == b"one,two,-"


def test_an_answer_made_in_a_branch_ends_the_pipeline_and_the_other_calls(
    serve: Serve, silent: ScriptedBackend
) -> None:
    def after_the_other(session: Session) -> None:
        session.request()
        silent.session().wait_for(b"\r\n\r\n")
        session.answer(b"quick")

    with ScriptedBackend(after_the_other) as quick:
        branch = f"""<choose><when condition="true">{sending("a", quick.url)}<return-response>
            <set-status code="418" /></return-response></when></choose>"""
        document = policy(f"<wait>{branch}{sending('b', silent.url)}</wait>{SHOWN}", outbound="<base />")
        gateway = serve(nobody(), policy=document)
        assert get(gateway).status == 418
        assert silent.session().wait_closed() in ("closed", "reset")


def test_a_branch_may_retry_and_its_error_counts_only_when_no_retry_is_left(serve: Serve) -> None:
    answers = [
        b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone",
    ]
    with ScriptedBackend(answers) as backend:
        condition = """@(((IResponse) context.Variables["a"]).StatusCode == 503)"""
        branch = f"""<choose><when condition="true"><retry condition="{condition}" count="3" interval="0">
            {sending("a", backend.url)}</retry></when></choose>"""
        answer = get(serve(nobody(), policy=policy(f"<wait>{branch}</wait>{SHOWN}")))
        assert answer.body == b"done,-,-"
        failing = f"""<choose><when condition="true"><retry condition="true" count="2" interval="0">
            {sending("a", nobody())}</retry></when></choose>"""
        answer = get(serve(nobody(), policy=policy(f"<wait>{failing}</wait>{SHOWN}")))
        assert (answer.get("x-failure") or "").split("|")[3].endswith("/retry[1]/send-request[1]")


def test_branches_read_the_body_of_the_request(serve: Serve, pair: Pair) -> None:
    branch = f"""<choose><when condition="@(context.Request.Body.As<string>(true) == "go")">
        {sending("b", pair.two.url)}</when></choose>"""
    gateway = serve(nobody(), policy=policy(f"<wait>{sending('a', pair.one.url)}{branch}</wait>{SHOWN}"))
    assert get(gateway, body="go").body == b"one,two,-"


def test_waits_stand_in_each_other(serve: Serve, pair: Pair) -> None:
    branch = f"""<choose><when condition="true"><wait>{sending("a", pair.one.url)}
        {sending("b", pair.two.url)}</wait></when></choose>"""
    answer = get(serve(nobody(), policy=policy(f"<wait>{branch}</wait>{SHOWN}")))
    assert answer.body == b"one,two,-"


def test_every_call_ends_when_the_caller_leaves(serve: Serve, silent: ScriptedBackend) -> None:
    calls = sending("a", silent.url) + sending("b", silent.url)
    gateway = serve(nobody(), policy=policy(f"<wait>{calls}</wait>"))
    with RawConnection(gateway.url) as caller:
        caller.send(b"GET /x HTTP/1.1\r\nHost: gw\r\n\r\n")
        for session in silent.wait_for_sessions(2):
            session.wait_for(b"\r\n\r\n")
    for session in silent.sessions:
        assert session.wait_closed() in ("closed", "reset")


def test_a_mode_that_an_expression_gives_must_be_one(serve: Serve, pair: Pair) -> None:
    calls = sending("a", pair.one.url)
    answer = get(serve(nobody(), policy=policy(f'<wait for="@("some")">{calls}</wait>')))
    assert json.loads(answer.body)["statusCode"] == 500
    assert (answer.get("x-failure") or "").startswith("wait|ExpressionValueEvaluationFailure|")
