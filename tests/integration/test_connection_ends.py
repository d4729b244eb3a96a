"""How connections end: retries keep to their time, answers leave whole, nobody is held for ever."""

from __future__ import annotations

import json
import signal
from contextlib import ExitStack
from threading import Event

import pytest

from tests.conftest import GatewayFactory
from tests.harness import (
    EchoBackend,
    GatewayProcess,
    RawConnection,
    ScriptedBackend,
    Session,
    ask,
    wait_until,
)

GET = b"GET /%b HTTP/1.1\r\nHost: gw\r\n\r\n"
SOON = {"firstByte": "PT1S", "head": "PT1S", "body": "PT1S", "idle": "PT1S", "write": "PT1S"}


def configuration(url: str, **gateway: object) -> dict[str, object]:
    operations = [{"id": m, "method": m, "urlTemplate": "/*"} for m in ("GET", "POST", "DELETE", "HEAD")]
    return {
        "gateway": gateway,
        "backends": [{"id": "b", "url": url}],
        "apis": [
            {
                "id": "all",
                "path": "",
                "protocols": ["http"],
                "subscriptionRequired": False,
                "serviceUrl": url,
                "policy": "<policies><backend><forward-request timeout-ms='1000' /></backend></policies>",
                "operations": operations,
            }
        ],
    }


def send(process: GatewayProcess, data: bytes) -> int:
    return ask(process.address, data).status


def test_a_second_attempt_has_what_is_left_of_the_first_ones_time(gateway: GatewayFactory) -> None:
    def script(session: Session) -> None:
        if session.number == 0:
            session.request()
            session.answer()
            session.request()
            session.close()

    with ScriptedBackend(script) as backend:
        process = gateway(configuration(backend.url))
        assert send(process, GET % b"1") == 200
        assert send(process, GET % b"2") == 500
        process.wait_for_line("reason=Timeout")
        assert len(backend.sessions) == 2


@pytest.mark.parametrize("pieces", [1, 2], ids=["end-with-the-head", "end-later"])
def test_a_post_with_an_empty_chunked_body_is_sent_once(gateway: GatewayFactory, pieces: int) -> None:
    def script(session: Session) -> None:
        session.request()
        session.answer()
        session.wait_for(b"POST /2")
        session.wait_for(b"0\r\n\r\n")
        session.close()

    with ScriptedBackend(script) as backend:
        process = gateway(configuration(backend.url))
        assert send(process, GET % b"1") == 200
        with RawConnection(process.url) as connection:
            head = b"POST /2 HTTP/1.1\r\nHost: gw\r\nTransfer-Encoding: chunked\r\n\r\n"
            if pieces == 1:
                connection.send(head + b"0\r\n\r\n")
            else:
                connection.send(head)
                backend.session().wait_for(b"POST /2")
                connection.send(b"0\r\n\r\n")
            assert connection.read_response().status == 500
        assert len(backend.sessions) == 1


def test_an_answer_that_is_not_http_is_no_reason_to_ask_again(gateway: GatewayFactory) -> None:
    def script(session: Session) -> None:
        session.request()
        session.answer()
        session.request()
        session.send(b"HTTP/1.1 200 OK\r\nBad Header: x\r\nContent-Length: 2\r\n\r\nok")

    with ScriptedBackend(script) as backend:
        process = gateway(configuration(backend.url))
        assert send(process, GET % b"1") == 200
        assert send(process, b"DELETE /2 HTTP/1.1\r\nHost: gw\r\n\r\n") == 500
        assert len(backend.sessions) == 1


@pytest.mark.parametrize("first", [1.0, 0.7], ids=["whole", "part"])
def test_a_connection_goes_on_after_a_large_body_that_nobody_wanted(
    gateway: GatewayFactory, echo: EchoBackend, first: float
) -> None:
    process = gateway(configuration(echo.url))
    body = b"x" * 100_000
    head = b"BREW /nope HTTP/1.1\r\nHost: gw\r\nContent-Length: %d\r\n\r\n" % len(body)
    at = int(len(body) * first)
    with RawConnection(process.url) as connection:
        connection.send(head + body[:at])
        answer = connection.read_response()
        assert answer.status == 404
        connection.send(body[at:] + GET % b"next")
        assert answer.get("connection") is None
        assert json.loads(connection.read_response().body)["target"] == "/next"


def test_the_end_waits_for_the_last_byte_of_an_answer(gateway: GatewayFactory) -> None:
    body = b"x" * 2_840_000
    sent = Event()

    def script(session: Session) -> None:
        session.request()
        session.answer(body)
        sent.set()

    with ScriptedBackend(script) as backend:
        process = gateway(configuration(backend.url), drain_timeout=8.0)
        with RawConnection(process.url, receive_buffer=4096) as connection:
            connection.send(GET % b"x")
            assert sent.wait(10.0)
            process.signal(signal.SIGTERM)
            process.wait_for_line("draining")
            assert connection.read_response().body == body
        assert process.wait() == 0


def test_callers_that_never_read_are_let_go(gateway: GatewayFactory) -> None:
    def script(session: Session) -> None:
        while True:
            request = session.request()
            session.answer(b"x" * int(request.target[1:]))

    with ScriptedBackend(script) as backend, ExitStack() as stack:
        process = gateway(configuration(backend.url, clientTimeouts=SOON))
        ask(process.address, GET % b"1")
        floor = process.open_files()
        for size in range(2_500_000, 2_900_000, 40_000):
            connection = stack.enter_context(RawConnection(process.url, receive_buffer=4096))
            connection.send(b"GET /%d HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n" % size)
        wait_until(lambda: process.open_files() <= floor, timeout=15.0, what="every caller let go")


def test_a_backend_that_answers_early_and_does_not_read_keeps_no_connection(gateway: GatewayFactory) -> None:
    def script(session: Session) -> None:
        session.request_head()
        session.hold()
        session.answer(b"too large", "HTTP/1.1 413 Content Too Large")

    with ScriptedBackend(script, receive_buffer=4096) as backend:
        process = gateway(configuration(backend.url))
        floor = process.open_files()
        for _ in range(4):
            with RawConnection(process.url) as connection:
                connection.send_what_is_taken(
                    b"POST /x HTTP/1.1\r\nHost: gw\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 3_000_000
                )
                assert connection.read_response().status == 413
        wait_until(lambda: process.open_files() <= floor, what="the backend's connections closed")


def test_a_caller_that_leaves_with_a_byte_of_its_next_request_sent_is_noticed(
    gateway: GatewayFactory,
) -> None:
    with ScriptedBackend(lambda session: None) as backend:
        settings = configuration(backend.url)
        process = gateway(settings)
        with RawConnection(process.url) as connection:
            connection.send(GET % b"x" + b"G")
            backend.session().request()
        backend.session().wait_closed(0.9)


def test_a_refused_head_request_gets_no_body(gateway: GatewayFactory, echo: EchoBackend) -> None:
    process = gateway(configuration(echo.url))
    with RawConnection(process.url) as connection:
        connection.send(b"HEAD /a/../b HTTP/1.1\r\nHost: gw\r\n\r\n")
        answer = connection.read_head()
        assert (answer.status, answer.get("content-length")) == (400, "47")
        assert connection.to_the_end() == b""


def test_an_empty_line_between_requests_is_not_a_request(gateway: GatewayFactory, echo: EchoBackend) -> None:
    process = gateway(configuration(echo.url, clientTimeouts=SOON))
    with RawConnection(process.url) as connection:
        assert connection.ask(GET % b"x").status == 200
        connection.send(b"\r\n")
        assert connection.to_the_end() == b""


def test_a_slow_upload_that_is_buffered_does_not_count_against_the_backend(
    gateway: GatewayFactory, echo: EchoBackend
) -> None:
    settings = configuration(echo.url, clientTimeouts={"body": "PT30S"})
    settings["apis"][0]["policy"] = (  # type: ignore[index]
        "<policies><backend>"
        "<forward-request timeout-ms='400' buffer-request-body='true' /></backend></policies>"
    )
    process = gateway(settings)
    with RawConnection(process.url) as connection:
        connection.send(b"POST /x HTTP/1.1\r\nHost: gw\r\nContent-Length: 2\r\n\r\n1")
        assert connection.silent(0.8)
        connection.send(b"2")
        assert connection.read_response().status == 200


def test_a_status_without_a_call_is_sent_with_an_empty_body(gateway: GatewayFactory) -> None:
    settings = configuration("http://127.0.0.1:1")
    settings["apis"][0]["policy"] = (  # type: ignore[index]
        "<policies><backend /><outbound><set-status code='201' /></outbound></policies>"
    )
    process = gateway(settings)
    answer = ask(process.address, GET % b"x")
    assert (answer.status, answer.body, answer.get("content-length")) == (201, b"", "0")


def test_too_many_connection_options_are_refused(gateway: GatewayFactory, echo: EchoBackend) -> None:
    process = gateway(configuration(echo.url))
    request = b"GET /x HTTP/1.1\r\nHost: gw\r\nConnection: " + b"a," * 65 + b"b\r\n\r\n"
    assert send(process, request) == 400
    assert echo.sessions == []


def test_who_asks_again_gets_a_connection_that_nothing_was_sent_on(gateway: GatewayFactory) -> None:
    """Every connection of this backend dies with its second request."""

    def script(session: Session) -> None:
        session.request()
        session.answer()
        session.request()
        session.close()

    with ScriptedBackend(script) as backend, ExitStack() as stack:
        settings = configuration(backend.url)
        settings["backends"][0]["limits"] = {"connections": 1, "pending": 9}  # type: ignore[index]
        process = gateway(settings)
        assert send(process, GET % b"1") == 200
        callers = [stack.enter_context(RawConnection(process.url)) for _ in range(2)]
        for number, caller in enumerate(callers):
            caller.send(GET % str(number).encode())
        assert [caller.read_response().status for caller in callers] == [200, 200]
