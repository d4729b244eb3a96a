"""What a refusal looks like from outside, and how to see that nothing of the refused request got through."""

from __future__ import annotations

import json

from tests.harness.backend import EchoBackend
from tests.harness.gateway import GatewayProcess
from tests.harness.raw import ClosedEarly, RawConnection, Response, ask


def outcome(connection: RawConnection) -> Response | None:
    """The one answer, after which the connection must be closed; None where it was closed without one."""
    try:
        answer = connection.read_response()
    except ClosedEarly as error:
        if error.received:
            raise
        return None
    assert answer.get("connection") == "close"
    assert connection.to_the_end() == b"", "something follows the refusal"
    return answer


def assert_refused(connection: RawConnection, statuses: set[int]) -> None:
    """The connection ends, with nothing or with one default error response of these statuses."""
    answer = outcome(connection)
    if answer is not None:
        assert answer.status in statuses
        assert answer.get("content-type") == "application/json"
        assert json.loads(answer.body)["statusCode"] == answer.status


def assert_unharmed(edge: GatewayProcess, backend: EchoBackend, before: dict[int, int]) -> None:
    """A good request is served, and nothing but it has reached the backend since `before`."""
    answer = ask(edge.url, b"GET /good HTTP/1.1\r\nHost: example.test\r\n\r\n")
    assert answer.status == 200
    assert json.loads(answer.body)["target"] == "/good"
    fresh = b"".join(bytes(one.received[before.get(one.number, 0) :]) for one in backend.sessions)
    assert fresh.startswith(b"GET /good HTTP/1.1\r\n")
    assert fresh.count(b"HTTP/1.1\r\n") == 1
    assert backend.violations == []


def marks(backend: EchoBackend) -> dict[int, int]:
    """How many bytes each connection has brought so far."""
    return {session.number: len(session.received) for session in backend.sessions}
