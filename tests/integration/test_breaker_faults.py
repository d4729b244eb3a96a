"""Circuit breakers over reloads, and backends that fail in every way that a network knows.

Sources: spec/resilience.md sections 1 and 3, docs/resilience.md.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import GatewayProcess, RawConnection, ScriptedBackend, Session, SteeredBackend, wait_until
from tests.integration.resilience import (
    CLOSED,
    GET,
    OPENED,
    REFUSAL,
    Load,
    ask,
    configuration,
    lines,
    logged,
    over_both,
    pool,
    rule,
    single,
    until,
)

MANY = 10_000
# The process log writes at most 20 lines of one event a second, and each `reloaded` has to be seen.
LEAST_SECONDS_A_RELOAD = 0.055


@pytest.fixture
def backend() -> Iterator[SteeredBackend]:
    with SteeredBackend() as made:
        yield made


def reload(server: GatewayProcess, made: Any = None) -> None:
    """Reload, with a new configuration where one is given, until every worker has it."""
    if made is not None:
        server.write(made)
    seen = len(server.stderr_lines())
    server.reload()
    server.wait_for_line(" reloaded ", 60, after=seen)


# ---------------------------------------------------------------- reloads


def test_a_hundred_reloads_keep_it_open_and_the_time_running(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    server = gateway(configuration(single("b", backend, rule(count=1, trip="PT30S"))))
    backend.status = 500
    assert ask(server).status == 500
    opened = time.monotonic()
    backend.status = 200
    with over_both(server) as connections:
        for turn in range(100):
            earliest = time.monotonic() + LEAST_SECONDS_A_RELOAD
            reload(server)
            assert connections[turn % 2].ask(GET).body == REFUSAL
            wait_until(lambda earliest=earliest: time.monotonic() > earliest)
        refused = connections[0].ask(GET)
        left = 30 - (time.monotonic() - opened)
        assert abs(int(refused.get("retry-after") or "") - left) < 1.5
    assert backend.requests == 1


def test_a_changed_rule_starts_closed_and_an_unchanged_one_does_not(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    server = gateway(configuration(single("b", backend, rule(count=2))))
    backend.status = 500
    assert [ask(server).status for _ in range(3)] == [500, 500, 503]
    # What is beside the rule does not matter.
    reload(server, configuration(single("b", backend, rule(count=2), title="Renamed"), forward='timeout="9"'))
    assert ask(server).status == 503
    reload(server, configuration(single("b", backend, rule(count=3))))
    assert [ask(server).status for _ in range(4)] == [500, 500, 500, 503]
    # One that comes back after it was away starts anew, too.
    reload(server, configuration(single("b", backend, rule(count=2))))
    assert [ask(server).status for _ in range(3)] == [500, 500, 503]


def test_counts_survive_a_reload(gateway: GatewayFactory, backend: SteeredBackend) -> None:
    made = configuration(single("b", backend, rule(count=4)))
    server = gateway(made)
    backend.status = 500
    for _ in range(4):
        assert ask(server).status == 500
        reload(server, made)
    assert ask(server).status == 503


def test_a_backend_that_was_away_starts_closed(gateway: GatewayFactory, backend: SteeredBackend) -> None:
    with SteeredBackend("other") as other:
        both = single("b", backend, rule(count=1)), single("o", other, rule(count=1))
        server = gateway(configuration(*both, to="b"))
        backend.status = 500
        assert [ask(server).status for _ in range(2)] == [500, 503]
        reload(server, configuration(both[1], to="o"))
        assert ask(server).body == b"other"
        reload(server, configuration(*both, to="b"))
        backend.status = 200
        assert ask(server).body == b"backend"


def test_an_open_member_stays_out_when_the_pool_changes(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    with SteeredBackend("other") as other, SteeredBackend("third") as third:
        members = single("b", backend, rule(count=1)), single("o", other, rule(count=1)), single("t", third)
        server = gateway(configuration(*members, pool("p", "b", "o")))
        backend.status = 500
        wait_until(lambda: ask(server).status == 500)
        reload(server, configuration(*members, pool("p", "b", "o", {"id": "t", "weight": 3})))
        assert {ask(server).body for _ in range(20)} == {b"other", b"third"}
        assert backend.requests == 1


def test_a_request_under_way_over_a_reload_counts_where_it_was_admitted(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    server = gateway(configuration(single("b", backend, rule(count=2))))
    backend.hold()
    with RawConnection(server.url) as old, RawConnection(server.url) as kept:
        old.send(GET)
        wait_until(lambda: backend.requests == 1)
        reload(server, configuration(single("b", backend, rule(count=2), title="Same rule")))
        kept.send(GET)
        wait_until(lambda: backend.requests == 2)
        backend.status = 500
        backend.let_go()
        assert (old.read_response().status, kept.read_response().status) == (500, 500)
        assert ask(server).status == 503
        # One of a rule that is gone does no harm to the new one.
        backend.hold()
        reload(server, configuration(single("b", backend, rule(count=3))))
        old.send(GET)
        wait_until(lambda: backend.requests == 3)
        reload(server, configuration(single("b", backend, rule(count=1))))
        backend.let_go()
        assert old.read_response().status == 500
        assert [ask(server).status for _ in range(2)] == [500, 503]


def test_a_trial_survives_a_reload(gateway: GatewayFactory, backend: SteeredBackend) -> None:
    made = configuration(single("b", backend, rule(count=1, trip=0.1)), forward='timeout="60"')
    server = gateway(made)
    backend.status = 500
    assert ask(server).status == 500
    backend.status = 200
    backend.hold()
    with RawConnection(server.url) as trial:
        deadline = time.monotonic() + 5
        while backend.requests == 1:
            assert time.monotonic() < deadline
            trial.send(GET)
            wait_until(lambda: backend.requests == 2 or _has_answer(trial))
            if backend.requests == 1:
                assert trial.read_response().status == 503
        reload(server, made)
        assert ask(server).status == 503
        backend.let_go()
        assert trial.read_response().status == 200
    assert ask(server).status == 200


def _has_answer(connection: RawConnection) -> bool:
    try:
        return bool(connection.buffer) or connection.fill(0.001)
    except TimeoutError:
        return False


def test_requests_go_on_while_breakers_trip_and_configurations_change(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    with SteeredBackend("other") as other:

        def made(count: int) -> Any:
            given = rule(count=count, trip=0.05)
            members = single("b", backend, given), single("o", other, given)
            return configuration(*members, pool("p", "b", "o", more={"retry": {}}))

        server = gateway(made(2))
        with over_both(server, 3) as connections, Load(connections) as load:
            for turn in range(30):
                backend.mode = "reset" if turn % 2 else "answer"
                earliest = time.monotonic() + LEAST_SECONDS_A_RELOAD
                reload(server, made(2 + turn % 3))
                wait_until(lambda earliest=earliest: time.monotonic() > earliest)
        assert load.errors == []
        assert {status for _, _, status, _ in load.answers} == {200}
        assert {body for _, _, _, body in load.answers} == {b"backend", b"other"}


# ---------------------------------------------------------------- faults


def test_a_flapping_backend_is_found_again_each_time(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    server = gateway(configuration(single("b", backend, rule(count=2, trip=0.1))))
    for turn in range(1, 6):
        backend.die()
        until(server, 503)
        backend.listen()
        until(server, 200)
        assert len(logged(server, OPENED, turn)) == turn
        assert len(logged(server, CLOSED, turn)) == turn


def test_when_all_members_are_out_the_shortest_time_left_is_told(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    with SteeredBackend("other") as other:
        members = (
            single("b", backend, rule(count=1, trip="PT50S", more={"failureResponse": {"statusCode": 429}})),
            single("o", other, rule(count=1, trip="PT20S")),
        )
        server = gateway(configuration(*members, pool("p", "b", "o")))
        backend.die()
        other.die()
        assert [ask(server).status for _ in range(2)] == [500, 500]
        refused = ask(server)
        assert (refused.status, refused.body) == (503, REFUSAL)
        assert refused.get("retry-after") in ("19", "20")
        reload(server, configuration(*members, pool("p", "b", "o", failureResponse={"statusCode": 502})))
        assert ask(server).status == 502


def test_a_member_that_accepts_and_never_answers_is_taken_out(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    with SteeredBackend("other") as other:
        given = rule(count=2)
        members = single("b", backend, given), single("o", other, given)
        server = gateway(configuration(*members, pool("p", "b", "o"), forward='timeout-ms="80"'))
        backend.mode = "hang"
        answers = [ask(server).status for _ in range(20)]
        assert answers.count(500) == 2
        assert answers.count(200) == 18
        assert "outcome=Timeout" in logged(server, OPENED)[0]


def test_a_member_that_neither_accepts_nor_refuses_is_taken_out(
    gateway: GatewayFactory, backend: SteeredBackend
) -> None:
    given = rule(count=1)
    with _deaf() as address:
        members = single("b", address, given), single("o", backend, given)
        server = gateway(configuration(*members, pool("p", "b", "o"), forward='timeout-ms="150"'))
        answers = [ask(server).status for _ in range(10)]
    assert answers.count(500) == 1
    assert answers.count(200) == 9


@contextmanager
def _deaf() -> Iterator[str]:
    """The URL of a listener whose queue is full: the kernel drops whoever knocks."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as stack:
        for _ in range(8):
            knocking = stack.enter_context(socket.socket())
            knocking.setblocking(False)
            knocking.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def trickle(data: bytes) -> Any:
    """A script that answers byte by byte."""

    def script(session: Session) -> None:
        while True:
            session.request(600.0)
            for at in range(len(data)):
                session.send(data[at : at + 1])

    return script


def test_a_head_that_comes_byte_by_byte_is_judged_when_it_is_whole(gateway: GatewayFactory) -> None:
    answer = b"HTTP/1.1 503 No\r\nRetry-After: 77\r\nContent-Length: 2\r\n\r\nno"
    with ScriptedBackend(trickle(answer)) as slow:
        given = rule(count=2, more={"acceptRetryAfter": True})
        server = gateway(configuration(single("b", slow.url, given)))
        assert [ask(server).body for _ in range(2)] == [b"no", b"no"]
        assert ask(server).get("retry-after") in ("76", "77")


def test_a_head_that_never_ends_is_a_timeout(gateway: GatewayFactory) -> None:
    stop = threading.Event()

    def script(session: Session) -> None:
        session.request(600.0)
        session.send(b"HTTP/1.1 200 OK\r\nx-slow: ")
        while not stop.wait(0.01):
            session.send(b"x")

    with ScriptedBackend(script) as slow:
        server = gateway(configuration(single("b", slow.url, rule(count=1)), forward='timeout-ms="200"'))
        assert [ask(server).status for _ in range(2)] == [500, 503]
        assert "outcome=Timeout" in logged(server, OPENED)[0]
        stop.set()


def test_a_slow_body_is_no_slow_call(gateway: GatewayFactory) -> None:
    body = b"a body that takes its time"
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)

    def script(session: Session) -> None:
        while True:
            session.request(600.0)
            session.send(head)
            for at in range(len(body)):
                threading.Event().wait(0.01)
                session.send(body[at : at + 1])

    with ScriptedBackend(script) as slow:
        given = rule(slowCall={"duration": 0.1, "percentage": 1}, minRequests=1)
        server = gateway(configuration(single("b", slow.url, given)))
        assert [ask(server).body for _ in range(3)] == [body] * 3


def test_a_body_that_breaks_off_is_judged_by_its_head(gateway: GatewayFactory) -> None:
    def script(session: Session) -> None:
        session.request(600.0)
        session.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this").close()

    with ScriptedBackend(script) as broken:
        server = gateway(configuration(single("b", broken.url, rule(count=1))))
        for _ in range(3):
            with RawConnection(server.url) as connection:
                assert connection.send(GET).read_head().status == 200
                connection.to_the_end()
        assert lines(server, OPENED) == []


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 2",
        b"SSH-2.0-server\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    ],
    ids=["nothing", "half a head", "no HTTP", "two lengths"],
)
def test_an_answer_that_is_none_is_a_connection_failure(gateway: GatewayFactory, answer: bytes) -> None:
    def script(session: Session) -> None:
        session.request(600.0)
        session.send(answer).close()

    with ScriptedBackend(script) as broken:
        given = rule(count=2, errorReasons=["BackendConnectionFailure"])
        server = gateway(configuration(single("b", broken.url, given)))
        assert [ask(server).status for _ in range(3)] == [500, 500, 503]


def test_an_interim_answer_is_not_judged(gateway: GatewayFactory) -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    with ScriptedBackend([interim * 3 + b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"]) as backend:
        server = gateway(configuration(single("b", backend.url, rule(count=2))))
        assert [ask(server).status for _ in range(3)] == [500, 500, 503]


# ---------------------------------------------------------------- very many


def many(url: str) -> str:
    """A gateway.yaml with 10,000 backends that all have a breaker; JSON, because it is quicker to read."""
    made = configuration(*(single(f"b{n}", f"{url}/b{n}", rule(count=2)) for n in range(MANY)), to="b0")
    [template] = made["apis"]
    made["apis"] = [
        {**template, "id": f"b{n}", "path": f"b{n}", "policy": template["policy"].replace('"b0"', f'"b{n}"')}
        for n in range(0, MANY, MANY // 10)
    ]
    made["gateway"] |= {"listeners": [{"url": "http://127.0.0.1:0"}], "management": "off"}
    return json.dumps(made)


def test_ten_thousand_backends_with_breakers(
    backend: SteeredBackend, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Made first and written over: the harness would read the large one, too, to see what is in it.
    with GatewayProcess(tmp_path, configuration(single("b", backend)), start=False) as server:
        server.source.write_text(many(backend.url))
        began = time.monotonic()
        checked = subprocess.run(
            [sys.executable, "-m", "fastgw", "check", str(server.source)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        check_seconds = time.monotonic() - began
        assert checked.returncode == 0, checked.stderr
        began = time.monotonic()
        server.start()
        start_seconds = time.monotonic() - began
        began = time.monotonic()
        reload(server)
        reload_seconds = time.monotonic() - began
        backend.status = 500
        with over_both(server) as connections:
            for n in range(0, MANY, MANY // 10):
                request = f"GET /b{n} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
                answers = [connections[turn % 2].ask(request).status for turn in range(4)]
                assert answers == [500, 500, 503, 503]
        memory = [server.resident_bytes(pid) >> 20 for pid in server.worker_pids()]
        assert server.complaints() == []
    with capsys.disabled():
        print(
            f"\n{MANY} backends: check {check_seconds:.1f} s, start {start_seconds:.1f} s, "
            f"reload {reload_seconds:.1f} s, workers {memory} MiB"
        )
    assert backend.requests == 20
    # Several times what it takes on a small machine; a minute would be no start any more.
    assert max(check_seconds, start_seconds, reload_seconds) < 30
    assert max(memory) < 400
