"""The master process as a program: start, addresses, dead workers, reload, stop, exit codes."""

from __future__ import annotations

import json
import os
import re
import selectors
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from fastgw.model import Configuration
from fastgw.posts import with_listeners
from fastgw.settings import Endpoint

FAKE = Path(__file__).with_name("fake_gateway.py")
PATIENCE = 20.0


class Gateway:
    """A running fake gateway: its stderr as lines, its addresses, its signals."""

    def __init__(self, folder: Path, configuration: dict[str, Any], **flags: Any) -> None:
        self.source = folder / "gateway.json"
        self.configure(configuration)
        environ = {name: value for name, value in os.environ.items() if not name.startswith("FASTGW_")} | {
            "FAKE_FLAGS": json.dumps({"data_dir": str(folder / "state"), **flags})
        }
        self.process = subprocess.Popen(
            [sys.executable, str(FAKE), str(self.source)], stderr=subprocess.PIPE, env=environ
        )
        assert self.process.stderr is not None
        os.set_blocking(self.process.stderr.fileno(), False)
        self.lines: list[str] = []
        self._partial = b""

    def configure(self, configuration: dict[str, Any]) -> None:
        new = self.source.with_suffix(".new")
        new.write_text(json.dumps(configuration))
        new.replace(self.source)

    def _pump(self, seconds: float) -> bool:
        """Read what stderr has; false at its end."""
        assert self.process.stderr is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stderr, selectors.EVENT_READ)
            if not selector.select(seconds):
                return True
        chunk = os.read(self.process.stderr.fileno(), 65536)
        *whole, self._partial = (self._partial + chunk).split(b"\n")
        self.lines += [line.decode() for line in whole]
        return bool(chunk)

    def wait_for(self, pattern: str, count: int = 1) -> str:
        """The count-th line that matches, waited for."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = [line for line in self.lines if re.search(pattern, line)]
            if len(found) >= count:
                return found[count - 1]
            if time.monotonic() > deadline or not self._pump(0.2):
                raise AssertionError(f"no line like {pattern!r} in {self.lines}")

    def addresses(self) -> list[str]:
        line = self.wait_for("^fastgw ready: ")
        return [word for word in line.removeprefix("fastgw ready: ").split() if word != "management"]

    @property
    def port(self) -> int:
        return int(self.addresses()[0].rsplit(":", 1)[1])

    def ask(self) -> tuple[int, int, int, str]:
        """(pid, slot, generation, text) of whoever answers."""
        with (
            socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection,
            connection.makefile() as file,
        ):
            pid, slot, generation, text = file.readline().rstrip("\n").split(" ", 3)
        return int(pid), int(slot), int(generation), text

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, self.lines
            self._pump(0.02)

    def answers(self, wanted: int = 2) -> dict[int, int]:
        """slot -> pid of every worker that answers, until `wanted` slots have."""
        found: dict[int, int] = {}

        def asked() -> bool:
            pid, slot, _, _ = self.ask()
            found[slot] = pid
            return len(found) >= wanted

        self.until(asked)
        return found

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        """The exit code, with everything that was written until then read."""
        deadline = time.monotonic() + PATIENCE
        while self._pump(0.1):
            assert time.monotonic() < deadline, self.lines
        return self.process.wait(PATIENCE)


Start = Callable[..., Gateway]
ONE = {"listeners": ["http://127.0.0.1:0"], "workers": 1, "text": "one"}
TWO = {**ONE, "workers": 2}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[Gateway] = []

    def run(configuration: dict[str, Any], **flags: Any) -> Gateway:
        folder = tmp_path / str(len(running))
        folder.mkdir()
        running.append(Gateway(folder, configuration, **flags))
        return running[-1]

    yield run
    for gateway in running:
        if gateway.process.poll() is None:
            gateway.process.kill()
        gateway.process.wait()
        assert gateway.process.stderr is not None
        gateway.process.stderr.close()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


# Start and addresses


def test_the_ready_line_names_every_address_with_its_real_port(start: Start) -> None:
    gateway = start({"listeners": ["http://127.0.0.1:0", "https://localhost:0"], "workers": 1})
    first, second = gateway.addresses()
    assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d*", first)
    assert re.fullmatch(r"https://localhost:[1-9]\d*", second)


def test_the_ready_line_is_plain_text_under_json_and_later_lines_are_json(start: Start) -> None:
    gateway = start(ONE, log_format="json")
    gateway.wait_for("^fastgw ready: http://")
    gateway.signal(signal.SIGHUP)
    assert json.loads(gateway.wait_for("reloaded"))["generation"] == 2


def test_an_ipv6_listener_is_served_and_named_in_brackets(start: Start) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    gateway = start({**ONE, "listeners": ["http://[::1]:0"]})
    url = gateway.addresses()[0]
    assert url.startswith("http://[::1]:")
    with socket.create_connection(("::1", int(url.rsplit(":", 1)[1])), timeout=PATIENCE) as connection:
        assert b"one" in connection.recv(100)


def test_listeners_of_a_flag_reach_the_builder() -> None:
    configuration = with_listeners(Configuration("gateway.yaml"), [Endpoint("https", "::1", 8443)])
    assert [listener.url for listener in configuration.gateway.listeners] == ["https://[::1]:8443"]


def test_every_worker_serves(start: Start) -> None:
    answers = start(TWO).answers()
    assert sorted(answers) == [0, 1]
    assert len(set(answers.values())) == 2


def test_a_second_gateway_on_the_same_address_exits_3_and_names_it(start: Start) -> None:
    first = start(TWO)
    taken = f"http://127.0.0.1:{first.port}"
    second = start({**TWO, "listeners": [taken]})
    assert second.end() == 3
    assert any(taken in line and "in use" in line for line in second.lines)
    assert first.ask()[3] == "one"


def test_an_address_served_by_another_program_exits_3(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        gateway = start({**ONE, "listeners": [f"http://127.0.0.1:{other.getsockname()[1]}"]})
        assert gateway.end() == 3


def test_a_management_address_that_is_taken_exits_3(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"https://127.0.0.1:{other.getsockname()[1]}"
        gateway = start({**ONE, "management": url})
        assert gateway.end() == 3
        assert any(url in line for line in gateway.lines)


def test_an_unknown_host_name_exits_3(start: Start) -> None:
    gateway = start({**ONE, "listeners": ["http://nowhere.invalid:0"]})
    assert gateway.end() == 3
    assert any("nowhere.invalid" in line for line in gateway.lines)


def test_an_address_named_twice_is_a_usage_error(start: Start) -> None:
    gateway = start({**ONE, "listeners": ["http://127.0.0.1:18080", "https://127.0.0.1:18080"]})
    assert gateway.end() == 2


def test_a_port_can_be_served_again_right_after_a_stop(start: Start) -> None:
    first = start(ONE)
    port = first.port
    first.ask()  # the server closes first, so the connection stays in TIME_WAIT
    first.signal(signal.SIGTERM)
    assert first.end() == 0
    second = start({**ONE, "listeners": [f"http://127.0.0.1:{port}"]})
    assert second.port == port


def test_a_configuration_with_errors_prints_all_of_them_and_exits_1(start: Start) -> None:
    gateway = start({**ONE, "errors": 30, "warnings": 1})
    assert gateway.end() == 1
    assert sum(": error: api x: wrong" in line for line in gateway.lines) == 30
    assert sum(": warning: odd" in line for line in gateway.lines) == 1


def test_warnings_are_printed_and_served_all_the_same(start: Start) -> None:
    gateway = start({**ONE, "warnings": 1, "text": "warned"})
    assert gateway.ask()[3] == "warned"
    assert any("warning: odd 0" in line for line in gateway.lines)
    assert any("warning: built with a warning" in line for line in gateway.lines)


def test_all_workers_failing_at_start_exits_1(start: Start) -> None:
    gateway = start({**TWO, "crash_slots": [0, 1]})
    assert gateway.end() == 1
    assert any("this slot crashes" in line for line in gateway.lines)
    assert not any(line.startswith("fastgw ready") for line in gateway.lines)


def test_a_gateway_with_one_failing_worker_serves_with_the_others(start: Start) -> None:
    gateway = start({**TWO, "crash_slots": [0]})
    gateway.wait_for("^fastgw ready: ")
    gateway.wait_for("worker ended, it is replaced.*slot=0.*exit=70")


# Dead workers


def test_a_dead_worker_is_replaced_and_its_end_is_logged(start: Start) -> None:
    gateway = start(TWO)
    victim = gateway.answers()[0]
    os.kill(victim, signal.SIGKILL)
    line = gateway.wait_for("worker ended, it is replaced")
    assert f"pid={victim}" in line
    assert "signal=SIGKILL" in line
    assert "restart_in_seconds=0.0" in line
    gateway.until(lambda: gateway.answers()[0] != victim)


def test_connections_that_waited_for_a_dead_worker_are_answered_by_its_replacement(start: Start) -> None:
    gateway = start(ONE)
    victim = gateway.ask()[0]
    os.kill(victim, signal.SIGSTOP)
    waiting = [socket.create_connection(("127.0.0.1", gateway.port), timeout=PATIENCE) for _ in range(20)]
    os.kill(victim, signal.SIGKILL)
    for connection in waiting:
        with connection:
            assert connection.recv(100).split()[0] != str(victim).encode()


def test_a_worker_that_dies_again_waits_longer(start: Start) -> None:
    gateway = start(ONE)
    for number, delay in enumerate(("0.0", "0.1", "0.2"), start=1):
        os.kill(gateway.ask()[0], signal.SIGKILL)
        assert f"restart_in_seconds={delay}" in gateway.wait_for("worker ended", count=number)


def test_a_replacement_serves_the_newest_configuration(start: Start) -> None:
    gateway = start(ONE)
    gateway.ask()
    gateway.configure({**ONE, "text": "two"})
    gateway.signal(signal.SIGHUP)
    gateway.wait_for("reloaded")
    victim, _, _, text = gateway.ask()
    assert text == "two"
    os.kill(victim, signal.SIGKILL)
    pid, _, generation, text = gateway.ask()
    assert (pid != victim, generation, text) == (True, 2, "two")


def test_children_die_with_a_master_that_was_killed(start: Start) -> None:
    gateway = start({**TWO, "management": "http://127.0.0.1:0"})
    workers = gateway.answers().values()
    gateway.process.kill()
    gateway.process.wait()
    gateway.until(lambda: not any(alive(pid) for pid in workers))


# Reload


def test_a_reload_reaches_every_worker(start: Start) -> None:
    gateway = start(TWO)
    before = gateway.answers()
    gateway.configure({**TWO, "text": "two"})
    gateway.signal(signal.SIGHUP)
    line = gateway.wait_for("reloaded")
    assert "generation=2" in line
    for _ in range(20):
        pid, slot, generation, text = gateway.ask()
        assert (before[slot], generation, text) == (pid, 2, "two")


def test_a_bad_configuration_leaves_the_old_one_serving_and_logs_every_error(start: Start) -> None:
    gateway = start(ONE)
    pid = gateway.ask()[0]
    gateway.configure({**ONE, "errors": 40, "text": "two"})
    gateway.signal(signal.SIGHUP)
    gateway.wait_for("configuration not changed")
    assert sum("wrong" in line and "gateway.json" in line for line in gateway.lines) == 40
    assert gateway.ask() == (pid, 0, 1, "one")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"workers": 3}, "workers"),
        ({"listeners": ["http://127.0.0.1:0", "http://127.0.0.1:0"]}, "listeners"),
        ({"management": "http://127.0.0.1:0"}, "management"),
    ],
)
def test_a_reload_that_changes_addresses_or_workers_is_refused(
    start: Start, change: dict[str, Any], named: str
) -> None:
    gateway = start(ONE)
    gateway.ask()
    gateway.configure({**ONE, **change, "text": "two"})
    gateway.signal(signal.SIGHUP)
    line = gateway.wait_for("configuration not changed")
    assert f"{named} differ" in line
    assert "restart" in line
    assert gateway.ask()[2:] == (1, "one")


def test_a_builder_that_breaks_leaves_the_old_configuration_serving(start: Start) -> None:
    gateway = start(ONE)
    gateway.ask()
    gateway.configure({**ONE, "text": "explodes"})
    gateway.signal(signal.SIGHUP)
    assert "RuntimeError" in gateway.wait_for("configuration not changed")
    assert gateway.ask()[2:] == (1, "one")


def test_hundreds_of_reload_signals_end_with_the_newest_configuration(start: Start) -> None:
    gateway = start(TWO)
    gateway.answers()
    for number in range(300):
        gateway.configure({**TWO, "text": f"n{number}"})
        gateway.signal(signal.SIGHUP)
    gateway.until(lambda: gateway.ask()[3] == "n299")
    assert not any("replaced" in line and "ended" in line for line in gateway.lines)


def test_a_worker_that_cannot_apply_is_replaced_by_one_that_has_it(start: Start) -> None:
    gateway = start(TWO)
    before = gateway.answers()
    gateway.configure({**TWO, "text": "unappliable"})
    gateway.signal(signal.SIGHUP)
    assert "no memory" in gateway.wait_for("did not apply")
    assert "replaced=1" in gateway.wait_for("reloaded")
    gateway.until(lambda: gateway.ask()[1] == 0)
    after = gateway.answers()
    assert after[0] != before[0]
    assert after[1] == before[1]
    gateway.until(lambda: not alive(before[0]))


def test_workers_that_die_while_applying_do_not_block_the_next_reload(start: Start) -> None:
    gateway = start(ONE)
    gateway.ask()
    gateway.configure({**ONE, "text": "vanish"})
    gateway.signal(signal.SIGHUP)
    gateway.wait_for("reloaded")
    gateway.configure({**ONE, "text": "three"})
    gateway.signal(signal.SIGHUP)
    gateway.wait_for("reloaded", count=2)
    assert gateway.ask()[2:] == (3, "three")


# Stop


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_leaves_nothing_running_and_exits_0(start: Start, number: signal.Signals) -> None:
    gateway = start({**TWO, "management": "https://127.0.0.1:0"})
    workers = gateway.answers().values()
    gateway.signal(number)
    assert gateway.end() == 0
    assert not any(alive(pid) for pid in workers)


def test_a_stop_lets_open_connections_finish_and_takes_no_new_ones(start: Start) -> None:
    gateway = start({**ONE, "text": "hold"})
    port = gateway.port
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as open_one:
        assert b"hold" in open_one.recv(100)
        gateway.signal(signal.SIGTERM)
        gateway.wait_for("draining")

        def refused() -> bool:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except ConnectionRefusedError:
                return True
            return False

        gateway.until(refused)
        assert gateway.process.poll() is None
        open_one.sendall(b"x")
        assert gateway.end() == 0


def test_the_drain_ends_at_its_timeout(start: Start) -> None:
    gateway = start({**ONE, "text": "hold"}, drain_timeout="0.2")
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=PATIENCE) as open_one:
        worker = int(open_one.recv(100).split()[0])
        gateway.signal(signal.SIGTERM)
        assert gateway.end() == 0
    assert not alive(worker)


def test_a_second_stop_ends_at_once(start: Start) -> None:
    gateway = start({**ONE, "text": "hold", "management": "http://127.0.0.1:0"}, drain_timeout="600")
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=PATIENCE) as open_one:
        worker = int(open_one.recv(100).split()[0])
        gateway.signal(signal.SIGTERM)
        gateway.wait_for("draining")
        gateway.signal(signal.SIGTERM)
        assert gateway.end() == 0
    assert not alive(worker)


# Management


def answer(url: str) -> tuple[int, dict[str, Any]]:
    unverified = ssl._create_unverified_context()
    try:
        with urlopen(url, timeout=PATIENCE, context=unverified if url.startswith("https") else None) as reply:
            return reply.status, json.load(reply)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_management_is_ready_when_the_ready_line_is_out(start: Start, scheme: str) -> None:
    gateway = start({**TWO, "management": f"{scheme}://127.0.0.1:0"})
    management = gateway.addresses()[-1]
    assert management.startswith(f"{scheme}://127.0.0.1:")
    status, body = answer(f"{management}/readyz")
    assert (status, body["status"], body["generation"]) == (200, "ready", 1)
    assert [(one["slot"], one["serving"], one["generation"]) for one in body["workers"]] == [
        (0, True, 1),
        (1, True, 1),
    ]
    assert answer(f"{management}/healthz")[0] == 200
    assert answer(f"{management}/anything")[0] == 404


def test_management_says_what_a_reload_changed(start: Start) -> None:
    gateway = start({**ONE, "management": "http://127.0.0.1:0"})
    management = gateway.addresses()[-1]
    gateway.signal(signal.SIGHUP)
    gateway.wait_for("reloaded")
    gateway.until(lambda: answer(f"{management}/readyz")[1]["workers"][0]["generation"] == 2)


def test_management_is_not_ready_while_draining_but_healthy(start: Start) -> None:
    gateway = start({**ONE, "text": "hold", "management": "http://127.0.0.1:0"})
    management = gateway.addresses()[-1]
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=PATIENCE) as open_one:
        open_one.recv(100)
        gateway.signal(signal.SIGTERM)
        gateway.until(lambda: answer(f"{management}/readyz")[0] == 503)
        assert answer(f"{management}/healthz")[0] == 200
        open_one.sendall(b"x")
    assert gateway.end() == 0


def test_the_management_certificate_is_kept_for_the_owner_only(start: Start) -> None:
    gateway = start({**ONE, "management": "https://127.0.0.1:0"})
    gateway.addresses()
    state = gateway.source.parent / "state"
    kept = state / "management.pem"
    assert state.stat().st_mode & 0o777 == 0o700
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_data_dir_that_cannot_be_made_costs_a_warning_only(start: Start, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    gateway = start({**ONE, "management": "https://127.0.0.1:0"}, data_dir=str(blocked / "state"))
    management = gateway.addresses()[-1]
    assert answer(f"{management}/readyz")[0] == 200
    gateway.wait_for("kept in memory only")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_during_the_first_build_ends_it_at_once_with_0(start: Start, number: signal.Signals) -> None:
    gateway = start({**ONE, "text": "endless"})
    gateway.wait_for("^building$")
    gateway.signal(number)
    assert gateway.end() == 0
    assert not any("Traceback" in line for line in gateway.lines)


def test_a_signal_during_the_build_of_a_reload_drains_at_once(start: Start) -> None:
    gateway = start(ONE)
    gateway.addresses()
    gateway.configure({**ONE, "text": "endless"})
    gateway.signal(signal.SIGHUP)
    gateway.wait_for("^building$")
    gateway.signal(signal.SIGTERM)
    assert gateway.end() == 0
    assert any("draining" in line for line in gateway.lines)


def test_management_that_is_not_ready_in_time_costs_a_warning_only(start: Start) -> None:
    gateway = start({**ONE, "management": "http://127.0.0.1:0"}, deaf_management=True)
    gateway.wait_for("management is not ready")
    assert gateway.ask()[3] == "one"
