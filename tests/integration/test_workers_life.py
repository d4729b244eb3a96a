"""Workers from start to exit code: who serves, who is replaced, how a gateway ends."""

from __future__ import annotations

import os
import signal
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import (
    EchoBackend,
    GatewayFailed,
    GatewayProcess,
    RawConnection,
    ScriptedBackend,
    Session,
    wait_until,
)

GET = b"GET /far/x HTTP/1.1\r\nHost: a\r\n\r\n"


def configuration(backend: str, workers: int = 2, **more: Any) -> dict[str, Any]:
    return {
        "gateway": {"workers": workers, **more},
        "apis": [
            {
                "id": "far",
                "path": "far",
                "protocols": ["http"],
                "subscriptionRequired": False,
                "serviceUrl": backend,
                "operations": [
                    {"id": "get", "method": "GET", "urlTemplate": "/*"},
                    {"id": "post", "method": "POST", "urlTemplate": "/*"},
                ],
            }
        ],
    }


def sockets_of(pid: int) -> set[str]:
    """The inodes of the sockets that a process has open."""
    found = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.add(os.readlink(entry))
        except OSError:
            continue
    return {link for link in found if link.startswith("socket:")}


def served_by(server: GatewayProcess, workers: list[int]) -> int | None:
    """The worker that takes a new connection, by the socket that it gains."""
    before = {pid: sockets_of(pid) for pid in workers}
    with RawConnection(server.url) as connection:
        assert connection.ask(b"GET /status-0123456789abcdef HTTP/1.1\r\nHost: a\r\n\r\n").status == 200
        for pid in workers:
            if sockets_of(pid) - before[pid]:
                return pid
    return None


def test_every_worker_serves(gateway: GatewayFactory) -> None:
    with EchoBackend() as backend:
        server = gateway(configuration(backend.url))
        workers = server.worker_pids()
        assert len(workers) == 2
        found: set[int | None] = set()
        # 40 connections that the kernel deals to two sockets all reach one of them once in 10**12 runs.
        for _ in range(40):
            found.add(served_by(server, workers))
            if set(workers) <= found:
                return
        raise AssertionError(f"of {workers} only {found} served")


def test_a_killed_worker_is_replaced_and_the_others_go_on(gateway: GatewayFactory) -> None:
    with EchoBackend() as backend:
        server = gateway(configuration(backend.url), may_complain=True)
        workers = server.worker_pids()
        connections = [RawConnection(server.url) for _ in range(12)]
        for connection in connections:
            assert connection.ask(GET).status == 200
        os.kill(workers[0], signal.SIGKILL)
        line = server.wait_for_line("ended, it is replaced")
        assert f"pid={workers[0]}" in line
        assert "signal=SIGKILL" in line
        wait_until(lambda: len(server.worker_pids()) == 2 and workers[0] not in server.worker_pids())
        assert workers[1] in server.worker_pids()
        # New connections are served by both again, those that wait in a dead worker's queue included.
        for _ in range(20):
            with RawConnection(server.url) as connection:
                assert connection.ask(GET).status == 200
        # Connections of the worker that lives have not noticed.
        alive = 0
        for connection in connections:
            if connection.send_what_is_taken(GET) and not connection.is_closed_by_peer():
                assert connection.read_response().status == 200
                alive += 1
            connection.close()
        assert alive > 0
        replacement = next(pid for pid in server.worker_pids() if pid not in workers)
        for _ in range(40):
            if served_by(server, server.worker_pids()) == replacement:
                return
        raise AssertionError("the replacement serves nobody")


def test_a_replaced_worker_serves_the_configuration_of_the_moment(gateway: GatewayFactory) -> None:
    with EchoBackend() as first, EchoBackend() as second:
        server = gateway(configuration(first.url, workers=1), may_complain=True)
        server.write(configuration(second.url, workers=1))
        server.reload()
        server.wait_for_line("reloaded")
        [worker] = server.worker_pids()
        os.kill(worker, signal.SIGKILL)
        server.wait_for_line("ended, it is replaced")
        with RawConnection(server.url) as connection:
            assert connection.ask(GET).status == 200
        assert first.requests == []
        assert len(second.requests) == 1


def test_all_workers_killed_during_a_reload_come_back_with_the_new_configuration(
    gateway: GatewayFactory,
) -> None:
    with EchoBackend() as first, EchoBackend() as second:
        server = gateway(configuration(first.url), may_complain=True)
        workers = server.worker_pids()
        server.write(configuration(second.url))
        server.reload()
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        server.wait_for_line("reloaded")
        wait_until(lambda: len(set(server.worker_pids()) - set(workers)) == 2)
        for _ in range(20):
            with RawConnection(server.url) as connection:
                assert connection.ask(GET).status == 200
        assert first.requests == []
        assert len(second.requests) == 20


def test_the_workers_end_with_the_master(gateway: GatewayFactory) -> None:
    with EchoBackend() as backend:
        server = gateway(configuration(backend.url), may_complain=True)
        workers = server.worker_pids()
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


# --- addresses and exit codes ------------------------------------------------------------------------


def refused(folder: Path, configuration: Any, **options: Any) -> tuple[int, str]:
    """Exit code and stderr of a gateway that must not start."""
    server = GatewayProcess(folder, configuration, start=False, **options)
    with pytest.raises(GatewayFailed):
        server.start()
    return server.wait(), "\n".join(server.stderr_lines())


def test_a_second_gateway_on_the_same_address_exits_3_and_names_it(
    gateway: GatewayFactory, tmp_path: Path
) -> None:
    with EchoBackend() as backend:
        server = gateway(configuration(backend.url))
        for number in range(3):
            code, text = refused(
                tmp_path / f"second{number}", configuration(backend.url, listeners=[{"url": server.url}])
            )
            assert code == 3
            assert server.url in text
            assert "in use" in text
            assert "Traceback" not in text
        with RawConnection(server.url) as connection:
            assert connection.ask(GET).status == 200


def test_an_address_that_another_program_serves_exits_3_and_names_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        code, text = refused(tmp_path / "g", configuration("http://127.0.0.1:1", listeners=[{"url": url}]))
    assert code == 3
    assert url in text


def test_an_address_of_another_machine_exits_3_and_names_it(tmp_path: Path) -> None:
    url = "http://192.0.2.1:8080"
    code, text = refused(tmp_path / "g", configuration("http://127.0.0.1:1", listeners=[{"url": url}]))
    assert code == 3
    assert url in text


def test_an_address_is_free_again_as_soon_as_a_gateway_has_ended(
    gateway: GatewayFactory, tmp_path: Path
) -> None:
    with EchoBackend() as backend:
        server = gateway(configuration(backend.url))
        with RawConnection(server.url) as connection:
            assert connection.ask(GET).status == 200
            server.stop()
        again = gateway(configuration(backend.url, listeners=[{"url": server.url}]))
        assert again.url == server.url
        with RawConnection(again.url) as connection:
            assert connection.ask(GET).status == 200


@pytest.mark.parametrize(
    ("configuration", "place", "words"),
    [
        ("apis: 7\n", "gateway.yaml:1:7", "must be a list"),
        ("apis:\n  - {id: a, path: a}\n", "gateway.yaml:2:5", "subscriptionRequired"),
        (
            "apis:\n  - id: a\n    path: a\n    subscriptionRequired: true\n",
            "gateway.yaml:4:27",
            "subscription keys are not supported yet",
        ),
        (
            "backends:\n  - id: b\n    url: https://b.example.test\n"
            "    credentials: {certificateIds: [none]}\n",
            "gateway.yaml:4:36",
            "there is no certificate 'none'",
        ),
        ("policy: missing.xml\n", "gateway.yaml:1:9", "missing.xml"),
        ("namedValues: [{id: a, value: '${env:NOT_THERE}'}]\n", "gateway.yaml:1:30", "NOT_THERE"),
    ],
    ids=["shape", "subscription-absent", "subscription-required", "reference", "file", "environment"],
)
def test_a_bad_configuration_exits_1_and_says_where(
    tmp_path: Path, configuration: str, place: str, words: str
) -> None:
    code, text = refused(tmp_path / "g", configuration)
    assert code == 1
    [line] = [line for line in text.splitlines() if ": error: " in line]
    assert f"{place}: error: " in line
    assert words in line
    assert "Traceback" not in text


def test_a_missing_source_exits_1(tmp_path: Path) -> None:
    server = GatewayProcess(tmp_path / "g", {}, start=False)
    server.source.unlink()
    with pytest.raises(GatewayFailed):
        server.start()
    assert server.wait() == 1
    assert any(str(server.source) in line for line in server.stderr_lines())


@pytest.mark.parametrize(
    ("arguments", "environ", "words"),
    [
        (["--workers", "none"], {}, "workers"),
        (["--workers", "0"], {}, "workers"),
        (["--no-such-flag"], {}, "no-such-flag"),
        (["--listen", "ftp://127.0.0.1"], {}, "ftp://127.0.0.1"),
        (["--log-format", "xml"], {}, "log-format"),
        ([], {"FASTGW_WORKERS": "many"}, "FASTGW_WORKERS"),
        ([], {"FASTGW_LISTEN": "http://127.0.0.1:0,nonsense"}, "FASTGW_LISTEN"),
    ],
)
def test_a_wrong_use_exits_2_and_names_what_is_wrong(
    tmp_path: Path, arguments: list[str], environ: dict[str, str], words: str
) -> None:
    code, text = refused(tmp_path / "g", {}, arguments=arguments, environ=environ)
    assert code == 2
    assert words in text
    assert "Traceback" not in text


# --- the end -----------------------------------------------------------------------------------------


def answer_in_two_pieces(session: Session) -> None:
    """Sends the head and half of the body; the test sends the rest."""
    session.request(timeout=600.0)
    session.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234")


def receive_only(session: Session) -> None:
    session.request(timeout=600.0)


def drain(server: GatewayProcess) -> None:
    """Send SIGTERM and wait until every worker has heard of it: nobody listens any more."""

    def is_refused() -> bool:
        try:
            socket.create_connection(server.address, timeout=5).close()
        except OSError:
            return True
        return False

    server.signal(signal.SIGTERM)
    wait_until(is_refused)


@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_lets_an_answer_under_way_complete_and_closes_idle_connections(
    gateway: GatewayFactory, workers: int
) -> None:
    with ScriptedBackend(answer_in_two_pieces) as backend:
        server = gateway(configuration(backend.url, workers), drain_timeout=20.0)
        with RawConnection(server.url) as busy, RawConnection(server.url) as idle:
            status = idle.ask(b"GET /status-0123456789abcdef HTTP/1.1\r\nHost: a\r\n\r\n")
            assert status.status == 200
            busy.send(GET)
            assert busy.read_head().status == 200
            assert busy.exactly(5) == b"01234"
            drain(server)
            # An idle connection does not wait for the busy one.
            assert idle.is_closed_by_peer()
            assert server.running
            backend.session().send(b"56789")
            assert busy.exactly(5) == b"56789"
            assert busy.is_closed_by_peer()
        assert server.wait() == 0


def test_sigterm_waits_for_an_answer_that_has_not_begun_and_says_that_it_closes(
    gateway: GatewayFactory,
) -> None:
    with ScriptedBackend(receive_only) as backend:
        server = gateway(configuration(backend.url, 1), drain_timeout=20.0)
        with RawConnection(server.url) as busy:
            busy.send(GET)
            backend.wait_for_requests(1)
            drain(server)
            backend.session().answer(b"late")
            answer = busy.read_response()
            assert (answer.status, answer.body, answer.get("connection")) == (200, b"late", "close")
            assert busy.is_closed_by_peer()
        assert server.wait() == 0


def test_sigterm_lets_a_request_body_under_way_complete(gateway: GatewayFactory) -> None:
    with EchoBackend() as backend:
        server = gateway(configuration(backend.url, 1), drain_timeout=20.0)
        with RawConnection(server.url) as busy:
            busy.send(b"POST /far/x HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf")
            backend.session().wait_for(b"half")
            drain(server)
            answer = busy.ask(b"rest")
            assert (answer.status, answer.get("connection")) == (200, "close")
        assert server.wait() == 0
        assert backend.requests[0].body == b"halfrest"


def test_after_the_drain_time_a_stuck_answer_is_cut_and_the_exit_code_is_0(gateway: GatewayFactory) -> None:
    with ScriptedBackend(answer_in_two_pieces) as backend:
        server = gateway(configuration(backend.url, 1), drain_timeout=0.3)
        with RawConnection(server.url) as busy:
            busy.send(GET)
            assert busy.read_head().status == 200
            server.signal(signal.SIGTERM)
            # Less than was announced, so that nobody takes it for the whole.
            assert busy.to_the_end() == b"01234"
        assert server.wait() == 0


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_the_gateway_at_once_with_exit_code_0(
    gateway: GatewayFactory, second: signal.Signals
) -> None:
    with ScriptedBackend(answer_in_two_pieces) as backend:
        server = gateway(configuration(backend.url, 2), drain_timeout=60.0)
        workers = server.worker_pids()
        with RawConnection(server.url) as busy:
            busy.send(GET)
            assert busy.read_head().status == 200
            server.signal(signal.SIGTERM)
            server.wait_for_line("draining")
            server.signal(second)
            assert server.wait(5.0) == 0
            assert len(busy.to_the_end()) <= 5
        assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def test_signals_that_come_while_the_gateway_ends_do_not_change_its_exit_code(
    gateway: GatewayFactory,
) -> None:
    with EchoBackend() as backend:
        server = gateway(configuration(backend.url))
        assert server.process is not None
        for _ in range(100_000):
            if not server.running:
                break
            server.process.send_signal(signal.SIGTERM)
        assert server.wait() == 0


def test_sigint_ends_like_sigterm(gateway: GatewayFactory) -> None:
    with EchoBackend() as backend:
        server = gateway(configuration(backend.url))
        server.signal(signal.SIGINT)
        assert server.wait() == 0


def test_no_request_is_lost_while_a_gateway_drains_under_load(gateway: GatewayFactory) -> None:
    """Each request that was taken is answered; a connection is closed between requests only."""
    with EchoBackend() as backend:
        server = gateway(configuration(backend.url, 2), drain_timeout=20.0)
        broken: list[bytes] = []
        rounds = [threading.Event() for _ in range(6)]

        def load(done: threading.Event) -> None:
            count = 0
            while True:
                try:
                    with RawConnection(server.url) as connection:
                        while connection.send_what_is_taken(GET):
                            # A keep-alive connection may be closed just as the next request is sent: that
                            # one was never taken. An answer that has begun must be whole.
                            if not connection.fill():
                                break
                            answer = connection.read_response()
                            if answer.status != 200:
                                broken.append(str(answer).encode())
                            count += 1
                            if count == 50:
                                done.set()
                            if answer.get("connection") == "close":
                                break
                except OSError:
                    done.set()
                    return
                except Exception as error:
                    broken.append(repr(error).encode())
                    done.set()
                    return

        threads = [threading.Thread(target=load, args=(done,)) for done in rounds]
        for thread in threads:
            thread.start()
        for done in rounds:
            assert done.wait(20)
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        for thread in threads:
            thread.join()
        assert broken == []
        assert backend.violations == []
