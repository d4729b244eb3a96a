"""forward-request: request bodies that are kept, their bounds, and answers to what comes too large."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.conftest import GatewayFactory
from tests.harness import EchoBackend, GatewayProcess, RawConnection, ScriptedBackend, Session, ask

BUFFERED = "<policies><backend><forward-request buffer-request-body='true' /></backend></policies>"
TWICE = (
    "<policies><backend><forward-request buffer-request-body='{}' /><forward-request /></backend></policies>"
)
MIB = 1024 * 1024


def configuration(url: str, policy: str) -> dict[str, object]:
    return {
        "apis": [
            {
                "id": "all",
                "path": "",
                "protocols": ["http"],
                "subscriptionRequired": False,
                "serviceUrl": url,
                "policy": policy,
                "operations": [
                    {"id": "post", "method": "POST", "urlTemplate": "/*"},
                    {"id": "put", "method": "PUT", "urlTemplate": "/*"},
                ],
            }
        ]
    }


def post(
    gateway: GatewayProcess, body: bytes, *, chunked: bool = False, pieces: int = 1
) -> dict[str, object]:
    """The backend's view of a POST whose body is sent in one go or in several."""
    with RawConnection(gateway.url) as connection:
        if chunked:
            size = max(1, len(body) // 7)
            framed = b"".join(
                b"%x\r\n%b\r\n" % (len(body[at : at + size]), body[at : at + size])
                for at in range(0, len(body), size)
            )
            connection.send(b"POST /x HTTP/1.1\r\nHost: gw\r\nTransfer-Encoding: chunked\r\n\r\n" + framed)
            connection.send(b"0\r\n\r\n")
        else:
            head = b"POST /x HTTP/1.1\r\nHost: gw\r\nContent-Length: %d\r\n\r\n" % len(body)
            step = len(body) // pieces + 1
            connection.send(head + body[:step])
            for at in range(step, len(body), step):
                connection.send(body[at : at + step])
        answer = connection.read_response()
    assert answer.status == 200, answer.body
    seen: dict[str, object] = json.loads(answer.body)
    return seen


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, MIB, 2 * MIB])
def test_a_buffered_body_arrives_whole_and_with_a_length(
    gateway: GatewayFactory, echo: EchoBackend, size: int, chunked: bool
) -> None:
    process = gateway(configuration(echo.url, BUFFERED))
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    seen = post(process, body, chunked=chunked, pieces=3)
    assert seen["bodyLength"] == size
    assert seen["sha256"] == hashlib.sha256(body).hexdigest()
    assert seen["framing"] == ("length" if size or chunked else seen["framing"])


def test_nothing_reaches_the_backend_before_a_buffered_body_is_whole(
    gateway: GatewayFactory, echo: EchoBackend
) -> None:
    process = gateway(configuration(echo.url, BUFFERED))
    with RawConnection(process.url) as connection:
        connection.send(b"POST /x HTTP/1.1\r\nHost: gw\r\nContent-Length: 10\r\n\r\n01234")
        # A second request on another connection is answered, so the first was seen and held.
        assert (
            ask(process.address, b"POST /y HTTP/1.1\r\nHost: gw\r\nContent-Length: 0\r\n\r\n").status == 200
        )
        assert [request.target for request in echo.requests] == ["/y"]
        assert len(echo.sessions) == 1
        connection.send(b"56789")
        assert json.loads(connection.read_response().body)["body"] == "0123456789"


@pytest.mark.parametrize("framing", [b"Content-Length: 3145728", b"Transfer-Encoding: chunked"])
def test_a_body_beyond_what_is_buffered_is_413_and_never_reaches_the_backend(
    gateway: GatewayFactory, echo: EchoBackend, framing: bytes
) -> None:
    process = gateway(configuration(echo.url, BUFFERED))
    body = b"300000\r\n" + b"x" * (3 * MIB) if framing.startswith(b"T") else b"x" * (3 * MIB)
    with RawConnection(process.url) as connection:
        connection.send_what_is_taken(b"POST /x HTTP/1.1\r\nHost: gw\r\n" + framing + b"\r\n\r\n" + body)
        answer = connection.read_response()
    assert answer.status == 413
    assert answer.body == b'{ "statusCode": 413, "message": "Content Too Large" }'
    assert echo.sessions == []


@pytest.mark.parametrize("size", [10, MIB])
def test_a_second_forward_sends_a_buffered_body_again(
    gateway: GatewayFactory, echo: EchoBackend, size: int
) -> None:
    process = gateway(configuration(echo.url, TWICE.format("true")))
    body = b"z" * size
    post(process, body, pieces=4)
    assert [request.body for request in echo.wait_for_requests(2)] == [body, body]


def test_a_second_forward_of_a_body_that_is_gone_is_an_error_that_says_what_to_do(
    gateway: GatewayFactory, echo: EchoBackend
) -> None:
    process = gateway(configuration(echo.url, TWICE.format("false")))
    with RawConnection(process.url) as connection:
        head = b"POST /x HTTP/1.1\r\nHost: gw\r\nContent-Length: %d\r\n\r\n" % MIB
        connection.send(head + b"x" * MIB)
        assert connection.read_response().status == 500
    process.wait_for_line("set buffer-request-body")


def test_a_put_is_sent_again_when_the_used_connection_was_dead(gateway: GatewayFactory) -> None:
    def once(session: Session) -> None:
        request = session.request()
        session.answer(request.body)
        if session.number == 0:
            session.wait_for(b"PUT /2")
            session.close()
        else:
            session.request()

    with ScriptedBackend(once) as backend:
        process = gateway(configuration(backend.url, "<policies />"))
        for number in (1, 2):
            answer = ask(
                process.address, b"PUT /%d HTTP/1.1\r\nHost: gw\r\nContent-Length: 4\r\n\r\nbody" % number
            )
            assert (answer.status, answer.body) == (200, b"body")
        assert len(backend.sessions) == 2


def test_a_post_is_not_sent_again_when_the_used_connection_was_dead(gateway: GatewayFactory) -> None:
    def once(session: Session) -> None:
        session.answer(session.request().body)
        session.wait_for(b"POST /2")
        session.close()

    with ScriptedBackend(once) as backend:
        process = gateway(configuration(backend.url, "<policies />"))
        statuses = [
            ask(
                process.address, b"POST /%d HTTP/1.1\r\nHost: gw\r\nContent-Length: 4\r\n\r\nbody" % number
            ).status
            for number in (1, 2)
        ]
        assert statuses == [200, 500]
        assert len(backend.sessions) == 1
