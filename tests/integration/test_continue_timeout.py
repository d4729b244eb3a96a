"""continue-timeout of forward-request: the body leaves when the backend asks for it, or is late to say so."""

from __future__ import annotations

import threading

import pytest

from tests.harness import RawConnection, ScriptedBackend, Session
from tests.harness.config import forwarding
from tests.integration.conftest import Serve
from tests.integration.signposts import redirect, send
from tests.integration.test_send_request import FAILURE, get

PATIENT = 'continue-timeout="60"'
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
POST = b"POST /x HTTP/1.1\r\nHost: gw\r\n"


class Asking:
    """A backend that asks for each body, and answers with it; `early` is what it saw before it had asked."""

    def __init__(self) -> None:
        self.early: list[bytes] = []
        self.expected: list[str | None] = []
        self.backend = ScriptedBackend(self._serve)

    def _serve(self, session: Session) -> None:
        while True:
            head = session.request_head(timeout=60.0)
            self.expected.append(head.get("expect"))
            self.early.append(bytes(session.received[session.received.rindex(b"\r\n\r\n") + 4 :]))
            if head.get("expect"):
                session.send(CONTINUE)
            if head.framing == "chunked":
                pieces = []
                while piece := session.read_chunk():
                    pieces.append(piece)
                session.answer(b"".join(pieces))
            else:
                session.answer(session._take(int(head.get("content-length") or 0), 10.0))


def connect(serve: Serve, backend: ScriptedBackend) -> RawConnection:
    """A caller of the module's gateway, which waits for long until this backend asks for a body."""
    return RawConnection(serve(backend, policy=forwarding(PATIENT)).url)


def test_the_body_leaves_when_the_backend_asks_for_it(serve: Serve) -> None:
    asking = Asking()
    with asking.backend as backend:
        gateway = serve(backend, policy=forwarding(PATIENT))
        for body in ("small", "x" * 20_000, "y" * 300_000):
            answer = send(gateway, "POST", "/x", body=body)
            assert (answer.status, answer.body) == (200, body.encode())
        assert asking.expected == ["100-continue"] * 3
        assert asking.early == [b""] * 3
        assert len(backend.sessions) == 1
        assert backend.violations == []


@pytest.mark.parametrize("attributes", ["", 'continue-timeout="0"', 'continue-timeout="@(1 - 1)"'])
def test_without_it_nothing_is_asked(serve: Serve, attributes: str) -> None:
    asking = Asking()
    with asking.backend as backend:
        assert send(serve(backend, policy=forwarding(attributes)), "POST", body="b").body == b"b"
        assert asking.expected == [None]


@pytest.mark.parametrize("request_line", ["GET /x", "POST /x", "HEAD /x"])
def test_a_request_without_a_body_expects_nothing(serve: Serve, request_line: str) -> None:
    asking = Asking()
    with asking.backend as backend:
        gateway = serve(backend, policy=forwarding(PATIENT))
        method, target = request_line.split()
        length = "Content-Length: 0\r\n" if method == "POST" else ""
        assert send(gateway, method, target, length).status == 200
        assert asking.expected == [None]


def test_a_chunked_body_waits_too(serve: Serve) -> None:
    asking = Asking()
    with asking.backend as backend, connect(serve, backend) as caller:
        caller.send(POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        backend.session().wait_for(b"abc")
        assert caller.ask(b"3\r\ndef\r\n0\r\n\r\n").body == b"abcdef"
        assert (asking.expected, asking.early) == (["100-continue"], [b""])


def test_a_body_that_policies_have_made_waits_too(serve: Serve) -> None:
    asking = Asking()
    with asking.backend as backend:
        made = '<set-body>@("made of " + context.Request.Body.As<string>())</set-body>'
        gateway = serve(backend, policy=forwarding(PATIENT, made))
        assert send(gateway, "POST", body="it").body == b"made of it"
        assert asking.early == [b""]


def test_a_final_answer_takes_the_place_of_the_body(serve: Serve) -> None:
    """The body never leaves, and the connection is not used again: the backend may still wait for it."""

    def refuse(session: Session) -> None:
        session.request_head()
        session.answer(b"too large", "HTTP/1.1 413 Content Too Large")

    with ScriptedBackend(refuse) as backend:
        gateway = serve(backend, policy=forwarding(PATIENT))
        with RawConnection(gateway.url) as caller:
            for number in range(2):
                answer = caller.ask(POST + b"Content-Length: 6\r\n\r\nsecret")
                assert (answer.status, answer.body) == (413, b"too large")
                assert backend.session(number).wait_closed() in ("closed", "reset")
        assert b"secret" not in backend.received


def test_a_final_answer_that_streams_does_not_let_the_body_out(serve: Serve) -> None:
    go = threading.Event()

    def refuse(session: Session) -> None:
        session.request_head()
        session.send(b"HTTP/1.1 403 No\r\nContent-Length: 6\r\n\r\nabc")
        assert go.wait(10)
        session.send(b"def")

    with ScriptedBackend(refuse) as backend:
        gateway = serve(backend, policy=forwarding('continue-timeout="1"'))
        with RawConnection(gateway.url) as caller:
            caller.send(POST + b"Content-Length: 2000\r\n\r\n" + b"s" * 1000)
            assert caller.read_head().status == 403
            assert caller.exactly(3) == b"abc"
            caller.send(b"s" * 1000)
            # Longer than the time after which a body leaves that nobody has asked for.
            assert caller.silent(1.3)
            go.set()
            assert caller.exactly(3) == b"def"
        assert b"ssss" not in backend.received


@pytest.mark.parametrize("attribute", ["1", "@(2 - 1)"])
def test_the_body_leaves_all_the_same_when_the_time_is_over(serve: Serve, attribute: str) -> None:
    def silent(session: Session) -> None:
        session.answer(session.request().body)

    with ScriptedBackend(silent) as backend:
        gateway = serve(backend, policy=forwarding(f'continue-timeout="{attribute}"'))
        with RawConnection(gateway.url) as caller:
            caller.send(POST + b"Content-Length: 4\r\n\r\nbody")
            backend.session().wait_for(b"Expect: 100-continue\r\n")
            assert caller.silent(0.5)
            assert b"body" not in backend.received
            assert caller.read_response().body == b"body"


def test_a_late_100_changes_nothing(serve: Serve) -> None:
    def late(session: Session) -> None:
        body = session.request().body
        session.send(CONTINUE)
        session.answer(body)

    with ScriptedBackend(late) as backend:
        gateway = serve(backend, policy=forwarding('continue-timeout="1"'))
        assert send(gateway, "POST", body="once").body == b"once"
        assert backend.received.count(b"once") == 1


def test_a_caller_that_asks_first_is_answered_by_the_backend(serve: Serve) -> None:
    asked, go = threading.Event(), threading.Event()

    def slow(session: Session) -> None:
        head = session.request_head()
        assert head.get("expect") == "100-continue"
        asked.set()
        assert go.wait(10)
        session.send(CONTINUE)
        session.answer(session._take(4, 10.0))

    with (
        ScriptedBackend(slow) as backend,
        RawConnection(serve(backend, policy=forwarding(PATIENT)).url) as caller,
    ):
        caller.send(POST + b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        assert asked.wait(10)
        assert caller.silent(0.3)
        go.set()
        assert caller.read_response().status == 100
        answer = caller.ask(b"body")
        assert (answer.status, answer.body) == (200, b"body")


def test_a_caller_that_asks_first_may_be_refused_by_the_backend(serve: Serve) -> None:
    def refuse(session: Session) -> None:
        session.request_head()
        session.answer(b"no", "HTTP/1.1 401 Unauthorized")

    with (
        ScriptedBackend(refuse) as backend,
        RawConnection(serve(backend, policy=forwarding(PATIENT)).url) as caller,
    ):
        answer = caller.ask(POST + b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        assert (answer.status, answer.body, answer.get("connection")) == (401, b"no", "close")


def test_a_caller_that_is_not_asked_is_not_late(serve: Serve) -> None:
    """Its own time limit begins when it is told to send."""
    asking = threading.Event()

    def slow(session: Session) -> None:
        session.request_head()
        assert asking.wait(10)
        session.send(CONTINUE)
        session.answer(session._take(4, 10.0))

    with ScriptedBackend(slow) as backend:
        timeouts = {"clientTimeouts": {"body": 1}}
        gateway = serve(backend, policy=forwarding(PATIENT), gateway=timeouts)
        with RawConnection(gateway.url) as caller:
            caller.send(POST + b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\n")
            assert caller.silent(1.5)
            asking.set()
            assert caller.read_response().status == 100
            assert caller.ask(b"body").body == b"body"


def test_a_large_body_waits_with_its_sender(serve: Serve) -> None:
    """What is withheld is bounded: the caller is not read any further."""
    go = threading.Event()

    def slow(session: Session) -> None:
        head = session.request_head()
        assert go.wait(20)
        session.send(CONTINUE)
        session.answer(b"%d" % len(session._take(int(head.get("content-length") or 0), 20.0)))

    size = 30_000_000
    with ScriptedBackend(slow) as backend:
        gateway = serve(backend, policy=forwarding(PATIENT))
        pid = gateway.worker_pids()[0]
        before = gateway.resident_bytes(pid)
        with RawConnection(gateway.url) as caller:
            sender = threading.Thread(
                target=caller.send, args=(POST + b"Content-Length: %d\r\n\r\n" % size + bytes(size),)
            )
            sender.start()
            backend.session().wait_for(b"\r\n\r\n")
            sender.join(0.5)
            assert sender.is_alive()
            assert gateway.resident_bytes(pid) - before < 10_000_000
            go.set()
            sender.join(20)
            assert caller.read_response().body == b"%d" % size


def test_a_silent_backend_is_a_timeout_and_a_leaving_caller_ends_the_call(serve: Serve) -> None:
    with ScriptedBackend(lambda session: session.wait_for(b"never")) as backend:
        policy = forwarding(f'{PATIENT} timeout="1"').replace("<on-error><base />", f"<on-error>{FAILURE}")
        gateway = serve(backend, policy=policy)
        answer = send(gateway, "POST", body="body")
        assert (answer.status, "|Timeout|" in (answer.get("x-failure") or "")) == (500, True)
        gateway = serve(backend, policy=forwarding(PATIENT))
        with RawConnection(gateway.url) as caller:
            caller.send(POST + b"Content-Length: 4\r\n\r\nbody")
            backend.session(1).wait_for(b"Expect")
        assert backend.session(1).wait_closed() in ("closed", "reset")
        assert b"body" not in backend.received


def test_each_hop_and_each_further_forward_asks_anew(serve: Serve) -> None:
    statuses = [307, 503, 200]

    def moving(session: Session) -> None:
        while True:
            head = session.request_head()
            assert head.get("expect") == "100-continue"
            session.send(CONTINUE)
            body = session._take(4, 10.0)
            status = statuses.pop(0)
            session.send(redirect("/b", 307)) if status == 307 else session.answer(
                body, f"HTTP/1.1 {status} Told"
            )

    with ScriptedBackend(moving) as backend:
        policy = f"""<policies><backend><retry condition="@(context.Response.StatusCode == 503)" count="1"
            interval="0"><forward-request {PATIENT} follow-redirects="true" /></retry></backend></policies>"""
        answer = send(serve(backend, policy=policy), "POST", body="body")
        assert (answer.status, answer.body, statuses) == (200, b"body", [])
        assert backend.violations == []


def test_a_post_may_be_sent_again_whose_body_never_left(serve: Serve) -> None:
    """The used connection was dead, and what was sent on it was no more than a head."""

    def once(session: Session) -> None:
        head = session.request_head()
        session.send(CONTINUE)
        session.answer(session._take(int(head.get("content-length") or 0), 10.0))
        if session.number == 0:
            session.wait_for(b"/second")
            session.close()

    with ScriptedBackend(once) as backend:
        gateway = serve(backend, policy=forwarding(PATIENT))
        assert send(gateway, "POST", "/first", body="one").body == b"one"
        assert send(gateway, "POST", "/second", body="two").body == b"two"
        assert len(backend.sessions) == 2


def test_an_expression_that_gives_no_number_of_seconds_fails_the_request(serve: Serve) -> None:
    with ScriptedBackend(b"HTTP/1.1 204 Done\r\n\r\n") as backend:
        policy = forwarding('continue-timeout="@(0 - context.Request.Method.Length)"')
        gateway = serve(backend, policy=policy.replace("<on-error><base />", f"<on-error>{FAILURE}"))
        failure = get(gateway).get("x-failure") or ""
        assert failure.startswith("forward-request|ExpressionValueEvaluationFailure|backend|")
        assert "continue-timeout" in failure
