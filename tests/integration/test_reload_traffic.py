"""Reloads under traffic: no request is lost, no old answer comes back, nothing grows."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import EchoBackend, GatewayProcess, RawConnection, ScriptedBackend, Session

RELOADS = 200
CONNECTIONS = 6
# The process log writes at most 20 lines of one event a second, and each `reloaded` has to be seen.
LEAST_SECONDS_A_RELOAD = 0.055


def configuration(answer: str, backend: str, workers: int = 2) -> dict[str, Any]:
    """`/local` is answered by a policy, `/far` by the backend; both say `answer`."""
    reply = f"<return-response><set-body>{answer}</set-body></return-response>"
    mark = f'<set-header name="x-answer"><value>{answer}</value></set-header>'
    more = [{"id": f"{answer}-{n}", "method": "GET", "urlTemplate": f"/{answer}/{n}"} for n in range(20)]
    return {
        "gateway": {"workers": workers},
        "backends": [{"id": "far", "url": f"{backend}/{answer}"}],
        "apis": [
            {
                "id": id,
                "path": id,
                "protocols": ["http"],
                "subscriptionRequired": False,
                "serviceUrl": f"{backend}/{answer}",
                "operations": [{"id": "get", "method": "GET", "urlTemplate": "/*"}, *more],
                "policy": f"<policies>{policy}</policies>",
            }
            for id, policy in (
                ("local", f"<inbound>{reply}</inbound>"),
                (
                    "far",
                    f"<inbound><set-backend-service backend-id='far' /></inbound><outbound>{mark}</outbound>",
                ),
            )
        ],
    }


class Load:
    """Keep-alive connections that ask without a pause and say what they got."""

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port
        self.failures: list[str] = []
        self.answers: Counter[str] = Counter()
        # Answers to requests that were sent after the last call of `settled`.
        self.since: Counter[str] = Counter()
        self._settled_at = 0.0
        self._stopping = False
        self._news = asyncio.Event()

    async def __aenter__(self) -> Load:
        self._tasks = [
            asyncio.create_task(self._ask(b"/local/x" if number % 2 else b"/far/x"))
            for number in range(CONNECTIONS)
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopping = True
        await asyncio.gather(*self._tasks)

    def settled(self) -> None:
        """From now on requests are counted apart."""
        self._settled_at = time.monotonic()
        self.since.clear()

    async def answered(self, count: int) -> None:
        """Until that many requests were sent and answered since `settled`."""
        while self.since.total() < count and not self.failures:
            self._news.clear()
            await self._news.wait()

    async def _ask(self, path: bytes) -> None:
        try:
            reader, writer = await asyncio.open_connection(*self._address)
            request = b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % path
            while not self._stopping:
                sent = time.monotonic()
                writer.write(request)
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                status, _, fields = head.partition("\r\n")
                lines = [line.partition(": ") for line in fields.splitlines()]
                headers = {name.lower(): value for name, _, value in lines}
                body = await reader.readexactly(int(headers["content-length"]))
                if status != "HTTP/1.1 200 OK" or headers.get("connection") == "close":
                    self.failures.append(head)
                    return
                answer = headers.get("x-answer") or body.decode()
                # What the backend saw and what the answer says come from one configuration.
                if "x-answer" in headers and f'"/{answer}/x"'.encode() not in body:
                    self.failures.append(f"{head}{body!r}")
                    return
                self.answers[answer] += 1
                if sent > self._settled_at:
                    self.since[answer] += 1
                self._news.set()
            writer.close()
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            self.failures.append(repr(error))
        finally:
            self._news.set()


def test_two_hundred_reloads_under_load_lose_nothing_and_leave_nothing(gateway: GatewayFactory) -> None:
    with EchoBackend() as backend:
        server = gateway(configuration("one", backend.url))
        load, growth = asyncio.run(asyncio.wait_for(reload_often(server, backend.url), 60))
        assert load.failures == []
        assert set(load.answers) == {"one", "two"}
        assert min(load.answers.values()) > 1000
        # A connection or a snapshot that stayed behind with each reload would be far above these.
        for files, resident in growth:
            assert files <= 20
            assert resident <= 6 * 2**20
        assert backend.violations == []


async def reload_often(server: GatewayProcess, backend: str) -> tuple[Load, list[tuple[int, int]]]:
    """The load after all reloads, and how much each worker grew after the first fifth of them."""
    workers = server.worker_pids()
    early: list[tuple[int, int]] = []
    async with Load(*server.address) as load:
        await load.answered(200)
        for number in range(RELOADS):
            began = time.monotonic()
            wanted = "one" if number % 2 else "two"
            server.write(configuration(wanted, backend))
            seen = len(server.stderr_lines())
            server.reload()
            line = await asyncio.to_thread(server.wait_for_line, "reloaded", 10.0, after=seen)
            assert f"generation={number + 2} " in line
            assert "replaced=0" in line
            load.settled()
            await load.answered(40)
            assert load.failures == []
            assert set(load.since) == {wanted}, f"an old answer came back after reload {number}"
            if number == RELOADS // 5:
                early = sizes(server, workers)
            if (left := began + LEAST_SECONDS_A_RELOAD - time.monotonic()) > 0:
                await load_for(load, left)
        late = sizes(server, workers)
    assert server.worker_pids() == workers
    return load, [
        (after[0] - before[0], after[1] - before[1]) for before, after in zip(early, late, strict=True)
    ]


async def load_for(load: Load, seconds: float) -> None:
    """Let the load go on until the log may speak again."""
    await asyncio.sleep(seconds)
    load.settled()
    await load.answered(10)


def sizes(server: GatewayProcess, workers: list[int]) -> list[tuple[int, int]]:
    """(open files, resident bytes) of each worker."""
    return [(server.open_files(pid), server.resident_bytes(pid)) for pid in workers]


def test_a_burst_of_reload_requests_ends_with_the_last_configuration(gateway: GatewayFactory) -> None:
    with EchoBackend() as backend:
        server = gateway(configuration("one", backend.url))
        source = server.source
        for number in range(30):
            # Renamed into place, as a reload may be reading the file at any moment.
            server.source = source.with_suffix(".new")
            server.write(configuration(f"n{number}", backend.url))
            server.source.replace(source)
            server.reload()
        server.source = source
        with RawConnection(server.url) as connection:

            def answers_last() -> bool:
                return connection.ask(b"GET /local/x HTTP/1.1\r\nHost: a\r\n\r\n").body == b"n29"

            deadline = time.monotonic() + 10
            while not answers_last():
                assert time.monotonic() < deadline


# --- what goes wrong ---------------------------------------------------------------------------------

GET = b"GET /local/x HTTP/1.1\r\nHost: a\r\n\r\n"


def changed(server: GatewayProcess, text: str, wait_for: str = "configuration not changed") -> list[str]:
    """Write a file, reload, and give the lines that the reload wrote."""
    before = len(server.stderr_lines())
    server.source.write_text(text)
    server.reload()
    server.wait_for_line(wait_for, after=before)
    return server.stderr_lines()[before:]


@pytest.mark.parametrize(
    ("wrong", "line", "column", "message"),
    [
        ("apis: [unclosed\n", 1, None, ""),
        ("apis:\n  - id: a\n    path: a\n    subscriptionRequired: false\n    colour: red\n", 5, 5, "colour"),
        (
            "apis:\n  - id: a\n    path: a\n    subscriptionRequired: false\n    policy: |\n"
            "      <policies>\n        <inbound>\n          <set-heder />\n",
            7,
            9,
            "never closed",
        ),
        (
            "apis:\n  - id: a\n    path: a\n    subscriptionRequired: false\n    policy: |\n"
            "      <policies>\n        <inbound>\n          <set-heder name='x' />\n        </inbound>\n"
            "      </policies>\n",
            8,
            11,
            "unknown policy set-heder",
        ),
        ("backends:\n  - id: b\n    url: nowhere\n", 3, 10, "http://"),
    ],
    ids=["yaml", "unknown-member", "cut-policy", "unknown-policy", "bad-url"],
)
def test_a_broken_file_leaves_the_old_configuration_serving_and_says_where(
    gateway: GatewayFactory, wrong: str, line: int, column: int | None, message: str
) -> None:
    with EchoBackend() as backend:
        server = gateway(configuration("one", backend.url), may_complain=True)
        workers = server.worker_pids()
        with RawConnection(server.url) as connection:
            assert connection.ask(GET).body == b"one"
            lines = changed(
                server,
                wrong
                + "gateway: {listeners: [{url: 'http://127.0.0.1:0'}], workers: 2, management: 'off'}\n",
            )
            finding = next(one for one in lines if " configuration file=" in one)
            assert f"file={server.source} " in finding
            if column is not None:
                assert f"line={line} column={column} " in finding
            assert message in finding
            assert connection.ask(GET).body == b"one"
        assert server.worker_pids() == workers
        # And the next good one is taken.
        server.write(configuration("two", backend.url))
        before = len(server.stderr_lines())
        server.reload()
        server.wait_for_line("reloaded", after=before)
        with RawConnection(server.url) as connection:
            assert connection.ask(GET).body == b"two"


def test_a_missing_file_leaves_the_old_configuration_serving(gateway: GatewayFactory) -> None:
    with EchoBackend() as backend:
        server = gateway(configuration("one", backend.url), may_complain=True)
        server.source.unlink()
        before = len(server.stderr_lines())
        server.reload()
        server.wait_for_line("configuration not changed", after=before)
        assert any(str(server.source) in line for line in server.stderr_lines()[before:])
        with RawConnection(server.url) as connection:
            assert connection.ask(GET).body == b"one"


@pytest.mark.parametrize(
    ("gateway_section", "name"),
    [
        ("{listeners: [{url: 'http://127.0.0.1:0'}], workers: 3, management: 'off'}", "workers"),
        (
            "{listeners: [{url: 'http://127.0.0.1:0'}, {url: 'http://127.0.0.1:0'}], workers: 2, "
            "management: 'off'}",
            "listeners",
        ),
    ],
)
def test_what_needs_a_restart_is_refused_by_name(
    gateway: GatewayFactory, gateway_section: str, name: str
) -> None:
    with EchoBackend() as backend:
        server = gateway(configuration("one", backend.url), may_complain=True)
        lines = changed(server, f"gateway: {gateway_section}\n")
        assert any(name in line and "restart" in line for line in lines)
        with RawConnection(server.url) as connection:
            assert connection.ask(GET).body == b"one"


# --- what changes ------------------------------------------------------------------------------------


def test_a_changed_backend_gets_the_next_request_and_the_old_ones_connections_are_closed(
    gateway: GatewayFactory,
) -> None:
    with EchoBackend() as first, EchoBackend() as second:
        server = gateway(configuration("one", first.url, workers=1))
        far = b"GET /far/x HTTP/1.1\r\nHost: a\r\n\r\n"
        with RawConnection(server.url) as connection:
            for _ in range(3):
                assert connection.ask(far).status == 200
            assert len(first.sessions) == 1, "connections are kept"
            server.write(configuration("two", second.url, workers=1))
            before = len(server.stderr_lines())
            server.reload()
            server.wait_for_line("reloaded", after=before)
            assert connection.ask(far).get("x-answer") == "two"
        assert [request.target for request in second.requests] == ["/two/x"]
        first.session().wait_closed()


def test_an_unchanged_backend_keeps_its_connections_over_a_reload(gateway: GatewayFactory) -> None:
    with EchoBackend() as backend:
        server = gateway(configuration("one", backend.url, workers=1))
        far = b"GET /far/x HTTP/1.1\r\nHost: a\r\n\r\n"
        with RawConnection(server.url) as connection:
            for answer in ("two", "three", "four"):
                assert connection.ask(far).status == 200
                server.write(configuration(answer, backend.url, workers=1))
                before = len(server.stderr_lines())
                server.reload()
                server.wait_for_line("reloaded", after=before)
                assert connection.ask(far).get("x-answer") == answer
        assert len(backend.sessions) == 1


def test_a_request_under_way_ends_on_the_configuration_it_began_with(gateway: GatewayFactory) -> None:
    def slow(session: Session) -> None:
        """The head of the answer comes when the test says so, in two pieces."""
        session.request(timeout=600.0)

    with ScriptedBackend(slow) as backend, EchoBackend() as other:
        server = gateway(configuration("one", backend.url, workers=1))
        with RawConnection(server.url) as connection, RawConnection(server.url) as later:
            connection.send(b"GET /far/x HTTP/1.1\r\nHost: a\r\n\r\n")
            backend.wait_for_requests(1)
            server.write(configuration("two", other.url, workers=1))
            before = len(server.stderr_lines())
            server.reload()
            server.wait_for_line("reloaded", after=before)
            assert later.ask(b"GET /far/x HTTP/1.1\r\nHost: a\r\n\r\n").get("x-answer") == "two"
            backend.session().send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nold")
            head = connection.read_head()
            assert dict(head.headers)["x-answer"] == "one"
            backend.session().send(b"est")
            assert connection.exactly(6) == b"oldest"
            # The pool of the old configuration is retired: its connection is closed when it is free.
            backend.session().wait_closed()
            assert connection.ask(GET).body == b"two"
