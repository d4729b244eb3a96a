"""What the tests of breakers, balancing, retries and sessions share: configurations, callers, workers.

A gateway here has two workers, and a test says which of them serves a connection. What an open breaker
answers is stated here once.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.harness import GatewayProcess, RawConnection, Response, SteeredBackend, wait_until
from tests.harness.config import METHODS, one_api

WORKERS = 2
OPENED = "circuit breaker opened"
CLOSED = "circuit breaker closed"
TRIAL_FAILED = "circuit breaker trial failed"
REFUSAL = b'{ "statusCode": 503, "message": "Service Unavailable" }'

GET = b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"


def policy(backend_id: str, *, forward: str = 'timeout="10"', outbound: str = "", on_error: str = "") -> str:
    """A document that sends every request to the backend."""
    return (
        f'<policies><inbound><base /><set-backend-service backend-id="{backend_id}" /></inbound>'
        f"<backend><forward-request {forward} /></backend><outbound><base />{outbound}</outbound>"
        f"<on-error><base />{on_error}</on-error></policies>\n"
    )


def rule(*, trip: float | str = "PT1M", name: str = "default", more: Any = None, **condition: Any) -> Any:
    """A rule of a breaker; `condition` is its failureCondition, `more` what else it has."""
    return {"name": name, "failureCondition": condition, "tripDuration": trip, **(more or {})}


def single(id: str, backend: SteeredBackend | str, *rules: Any, **more: Any) -> dict[str, Any]:
    """A Single backend with these rules."""
    made = {"id": id, "url": backend if isinstance(backend, str) else backend.url, **more}
    return {**made, "circuitBreaker": {"rules": list(rules)}} if rules else made


def several(id: str, addresses: Sequence[tuple[SteeredBackend, int | None]], *rules: Any, **more: Any) -> Any:
    """A Single backend with several urls, each with a weight or None."""
    urls = [{"url": one.url, **({} if weight is None else {"weight": weight})} for one, weight in addresses]
    made = {"id": id, "urls": urls, **more}
    return {**made, "circuitBreaker": {"rules": list(rules)}} if rules else made


def pool(id: str, *services: Any, more: Any = None, **of_pool: Any) -> dict[str, Any]:
    """A Pool of ids or services; `more` is beside `pool`, the rest in it."""
    listed = [{"id": one} if isinstance(one, str) else one for one in services]
    return {"id": id, "type": "Pool", "pool": {"services": listed, **of_pool}, **(more or {})}


def configuration(
    *backends: Any,
    to: str | None = None,
    workers: int = WORKERS,
    methods: tuple[str, ...] = METHODS,
    **options: Any,
) -> Any:
    """One API that sends everything to the backend `to`, by default the last one; options of `policy`."""
    document = policy(to or backends[-1]["id"], **options)
    return one_api(
        None, policy=document, methods=methods, gateway={"workers": workers}, backends=list(backends)
    )


def lines(server: GatewayProcess, event: str) -> list[str]:
    """The log lines of an event so far."""
    return [line for line in server.stderr_lines() if f" {event} " in line]


def logged(server: GatewayProcess, event: str, count: int = 1) -> list[str]:
    """The log lines of an event, once there are `count`: they take another way than answers do."""
    wait_until(lambda: len(lines(server, event)) >= count, what=f"{count} lines {event!r}")
    return lines(server, event)


# ---------------------------------------------------------------- connections and workers


def worker_of(server: GatewayProcess, connection: RawConnection) -> int:
    """The pid of the worker that serves a connection, by the inode of its socket there."""
    local, remote = (f":{connection.sock.getpeername()[1]:04X}", f":{connection.sock.getsockname()[1]:04X}")
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if words[1].endswith(local) and words[2].endswith(remote):
            wanted = f"socket:[{words[9]}]"
            for pid in server.worker_pids():
                if wanted in _links(pid):
                    return pid
    raise AssertionError("no worker has accepted the connection")


def _links(pid: int) -> Iterator[str]:
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            yield os.readlink(entry)
        except OSError:
            continue


@contextmanager
def over_both(server: GatewayProcess, each: int = 1) -> Iterator[list[RawConnection]]:
    """Connections by turns to the one and the other worker, `each` of them to either.

    The kernel deals new connections out; those that one worker has too many of are closed again.
    """
    pids = server.worker_pids()
    assert len(pids) == WORKERS
    found: dict[int, list[RawConnection]] = {pid: [] for pid in pids}
    with ExitStack() as stack:
        for _ in range(60 + 8 * each):
            if all(len(one) == each for one in found.values()):
                break
            connection = RawConnection(server.url)
            # Only what was asked on is surely accepted.
            connection.ask(b"GET /status-0123456789abcdef HTTP/1.1\r\nHost: a\r\n\r\n")
            mine = found[worker_of(server, connection)]
            if len(mine) == each:
                connection.close()
            else:
                mine.append(stack.enter_context(connection))
        assert all(len(one) == each for one in found.values()), "one worker serves too few connections"
        yield [connection for pair in zip(*found.values(), strict=True) for connection in pair]


# ---------------------------------------------------------------- callers


def ask(server: GatewayProcess, request: bytes = GET) -> Response:
    """One request on a connection of its own."""
    with RawConnection(server.url) as connection:
        return connection.ask(request)


def together(connections: Sequence[RawConnection], work: Callable[[RawConnection], None]) -> None:
    """Do the work on all connections at once, each in a thread; the first error is raised."""
    start = threading.Barrier(len(connections))
    errors: list[BaseException] = []

    def run(connection: RawConnection) -> None:
        start.wait(10)
        try:
            work(connection)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(connection,), daemon=True) for connection in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive(), "a caller still waits"
    if errors:
        raise errors[0]


def share_of(
    server: GatewayProcess, calls: int = 2000, *, each: int = 4, request: bytes = GET
) -> Counter[bytes]:
    """How many of `calls` answers came from whom (the body says it), asked over both workers."""
    counts: Counter[bytes] = Counter()
    with over_both(server, each) as connections:
        per_caller = calls // len(connections)

        def work(connection: RawConnection) -> None:
            mine = Counter(answer_of(connection.ask(request)) for _ in range(per_caller))
            with lock:
                counts.update(mine)

        lock = threading.Lock()
        together(connections, work)
    return counts


def answer_of(answer: Response) -> bytes:
    """The name of the backend that gave the answer, or what went wrong."""
    return answer.body if answer.status == 200 else f"{answer.status}".encode()


class Load:
    """Callers that ask without a pause until told to stop; `answers` is (sent, received, status, body)."""

    def __init__(self, connections: Sequence[RawConnection], request: bytes = GET) -> None:
        self.answers: list[tuple[float, float, int, bytes]] = []
        self.errors: list[BaseException] = []
        self._request = request
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(connection,), daemon=True) for connection in connections
        ]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(30)
        assert not any(thread.is_alive() for thread in self._threads), "a caller still waits"

    def _run(self, connection: RawConnection) -> None:
        try:
            while not self._stopping.is_set():
                sent = time.monotonic()
                answer = connection.ask(self._request)
                self.answers.append((sent, time.monotonic(), answer.status, answer.body))
        except BaseException as error:
            self.errors.append(error)


def until(server: GatewayProcess, status: int, timeout: float = 10.0, request: bytes = GET) -> Response:
    """Ask on one connection until an answer has that status."""
    deadline = time.monotonic() + timeout
    with RawConnection(server.url) as connection:
        while (answer := connection.ask(request)).status != status:
            assert time.monotonic() < deadline, f"no {status} within {timeout:g} s, but {answer}"
            time.sleep(0.005)
    return answer


def assert_refused(answer: Response, seconds: range) -> None:
    """The answer is the one that an open breaker gives, byte for byte."""
    assert answer.status == 503
    assert answer.body == REFUSAL
    assert answer.get("content-type") == "application/json"
    assert int(answer.get("retry-after") or "") in seconds
