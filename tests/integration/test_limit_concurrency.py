"""limit-concurrency over all workers of a running gateway: who gets in, and every way out."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import pytest

from tests.conftest import GatewayFactory
from tests.harness import GatewayProcess, RawConnection, ScriptedBackend, Session
from tests.harness.config import one_api
from tests.harness.raw import ClosedEarly, wait_until
from tests.integration.conftest import Serve
from tests.integration.test_send_request import FAILURE, get, nobody

GET = b"GET /x HTTP/1.1\r\nHost: gw\r\n\r\n"
FULL = b'{ "statusCode": 429, "message": "Concurrency limit exceeded" }'
WORKERS = {"workers": 2}


class Held:
    """A backend whose answers wait for a word."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.backend = ScriptedBackend(self._serve)

    def _serve(self, session: Session) -> None:
        while True:
            session.request(timeout=60.0)
            self.go.wait(60.0)
            session.answer(b"done")


@pytest.fixture
def held() -> Iterator[Held]:
    made = Held()
    with made.backend:
        yield made
        made.go.set()


def around(inner: str = "<forward-request />", most: int = 2) -> str:
    return (
        f"<policies><backend><limit-concurrency key='@(context.Request.Method)' max-count='{most}'>{inner}"
        f"</limit-concurrency></backend><on-error>{FAILURE}</on-error></policies>"
    )


@pytest.fixture
def server(gateway: GatewayFactory, held: Held) -> GatewayProcess:
    """Two workers, and two requests that may be inside."""
    return gateway(one_api(held.backend.url, policy=around(), gateway=WORKERS))


def enter(server: GatewayProcess, held: Held, stack: ExitStack, count: int = 2) -> list[RawConnection]:
    """As many requests as that, which have come to the backend and wait there."""
    inside = []
    before = len(held.backend.requests)
    for number in range(count):
        connection = stack.enter_context(RawConnection(server.url))
        inside.append(connection.send(GET))
        held.backend.wait_for_requests(before + number + 1)
    return inside


def gets_in(server: GatewayProcess) -> Callable[[], bool]:
    def ask() -> bool:
        with suppress(OSError, ClosedEarly):
            return get(server).status == 200
        return False

    return ask


def test_no_more_than_that_are_inside_whichever_worker_they_came_to(
    server: GatewayProcess, held: Held
) -> None:
    with ExitStack() as stack:
        inside = enter(server, held, stack)
        for _ in range(12):
            refused = get(server)
            assert (refused.status, refused.body) == (429, FULL)
            assert refused.get("x-failure") == (
                "limit-concurrency|ConcurrencyLimitExceeded|backend|limit-concurrency[1]|"
                "Concurrency limit exceeded"
            )
        assert len(held.backend.requests) == 2
        held.go.set()
        assert [connection.read_response().status for connection in inside] == [200, 200]
        assert get(server).status == 200


def test_another_key_is_another_group(server: GatewayProcess, held: Held) -> None:
    with ExitStack() as stack:
        enter(server, held, stack)
        assert get(server).status == 429
        other = stack.enter_context(RawConnection(server.url))
        other.send(b"POST /x HTTP/1.1\r\nHost: gw\r\nContent-Length: 0\r\n\r\n")
        held.backend.wait_for_requests(3)
        held.go.set()
        assert other.read_response().status == 200


def test_a_caller_who_leaves_makes_room(server: GatewayProcess, held: Held) -> None:
    with ExitStack() as stack:
        inside = enter(server, held, stack)
        assert get(server).status == 429
        inside[0].reset()
        held.go.set()
        wait_until(gets_in(server), what="a request gets in")


def test_a_reload_forgets_nobody(server: GatewayProcess, held: Held) -> None:
    with ExitStack() as stack:
        inside = enter(server, held, stack)
        changed = around("<forward-request timeout='7' />")
        server.reconfigure(one_api(held.backend.url, policy=changed, gateway=WORKERS))
        assert get(server).status == 429
        held.go.set()
        assert [connection.read_response().status for connection in inside] == [200, 200]
        assert get(server).status == 200


@pytest.mark.parametrize(
    ("inner", "status"),
    [
        ("<return-response />", 200),
        ("""<set-variable name="x" value="@(int.Parse("x"))" />""", 500),
        ("<forward-request />", 500),
    ],
)
def test_every_end_makes_room(serve: Serve, inner: str, status: int) -> None:
    server = serve(nobody(), policy=around(inner, 1))
    assert [get(server).status for _ in range(8)] == [status] * 8


def test_what_a_killed_worker_held_is_free(gateway: GatewayFactory, held: Held) -> None:
    server = gateway(one_api(held.backend.url, policy=around(), gateway=WORKERS), may_complain=True)
    with ExitStack() as stack:
        enter(server, held, stack)
        assert get(server).status == 429
        for pid in server.worker_pids():
            os.kill(pid, signal.SIGKILL)
        held.go.set()
        wait_until(gets_in(server), what="a request gets in")
