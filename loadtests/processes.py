"""Programs started for a run: pinned to a core, counted through /proc, stopped by their own id.

A `Fleet` never stops anything that it did not start, and leaves nothing behind: neither on errors nor on
Ctrl-C. Programs get a session of their own, so that a Ctrl-C in the terminal reaches only the bench, which
then stops them in order; where `setpriv` exists they also end when the bench is killed outright.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

STOP_SECONDS = 5.0
"""How long a program may take over its own ending before it is killed."""

_POLL_SECONDS = 0.02
_TICKS = os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """Something the bench needs did not work; the message says what and where to look."""


@dataclass(frozen=True, slots=True)
class Stat:
    """One line of /proc/<pid>/stat: parent, state letter, CPU ticks (own and reaped children), start tick."""

    pid: int
    parent: int
    state: str
    ticks: int
    started: int


@dataclass(slots=True)
class Child:
    """A started program; `log` receives its stdout and stderr."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """Process id of the top of the tree."""
        return self.process.pid

    def log_tail(self, lines: int = 12) -> str:
        """The last lines that the program wrote, for error messages."""
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return ""


class Fleet:
    """Context manager over all programs of a run; leaving it stops every one of them."""

    def __init__(self) -> None:
        self._children: list[Child] = []

    def __enter__(self) -> Fleet:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_all()

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        core: int,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> Child:
        """Starts `command` pinned to `core`. Raises BenchError when the program cannot be executed."""
        full = [*_guard(), *pinned(core), *command]
        with log.open("wb") as sink:
            try:
                process = subprocess.Popen(
                    full,
                    stdin=subprocess.DEVNULL,
                    stdout=sink,
                    stderr=subprocess.STDOUT,
                    env=dict(os.environ) | dict(environment or {}),
                    start_new_session=True,
                )
            except OSError as error:
                raise BenchError(f"{name}: cannot start {full[0]}: {error}") from error
        child = Child(name, process, log)
        self._children.append(child)
        return child

    def stop(self, child: Child) -> None:
        """Ends one program and all of its descendants; returns when they are gone."""
        if child in self._children:
            self._children.remove(child)
        family = tree(child.pid)
        if child.process.poll() is None:
            _send(child.pid, signal.SIGTERM)
            try:
                child.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                _send(child.pid, signal.SIGKILL)
                child.process.wait(STOP_SECONDS)
        deadline = time.monotonic() + 1.0
        while (left := [stat for stat in family if _alive(stat)]) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        for stat in left:
            _send(stat.pid, signal.SIGKILL)

    def stop_all(self) -> None:
        """Ends everything that is still running, newest first; a failure does not spare the others."""
        for child in reversed(self._children.copy()):
            with contextlib.suppress(subprocess.TimeoutExpired, OSError):
                self.stop(child)


def pinned(core: int) -> list[str]:
    """The words that, before a command, bind it and all of its threads to `core`."""
    taskset = shutil.which("taskset")
    if taskset is None:
        raise BenchError("taskset is missing; it is in the Debian package util-linux")
    return [taskset, "-c", str(core)]


def free_ports(count: int) -> list[int]:
    """`count` different TCP ports of 127.0.0.1 that were free just now (bind to 0, note, release)."""
    with contextlib.ExitStack() as stack:
        ports = []
        for _ in range(count):
            probe = stack.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            ports.append(int(probe.getsockname()[1]))
        return ports


def wait_for_port(child: Child, port: int, seconds: float = 20.0) -> None:
    """Returns when `port` accepts a connection; BenchError when the program ends or time runs out."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return
        _give_up(child, deadline, f"did not listen on port {port} within {seconds:g} s")


def wait_for_line(child: Child, text: str, seconds: float = 30.0) -> None:
    """Returns when a line of the log begins with `text`; BenchError when that does not come about."""
    deadline = time.monotonic() + seconds
    while True:
        if any(line.startswith(text) for line in child.log.read_text(errors="replace").splitlines()):
            return
        _give_up(child, deadline, f"did not print '{text}' within {seconds:g} s")


def tree(pid: int) -> list[Stat]:
    """The process and all of its living descendants; empty when it is gone."""
    stats = {stat.pid: stat for stat in _all_stats()}
    if pid not in stats:
        return []
    found = [stats[pid]]
    for parent in found:
        found.extend(stat for stat in stats.values() if stat.parent == parent.pid)
    return found


def cpu_seconds(pid: int) -> float:
    """CPU time used so far by the whole tree, user and system, ended children included, in seconds."""
    return sum(stat.ticks for stat in tree(pid)) / _TICKS


def pss_kib(pid: int) -> int:
    """Proportional set size of one process in KiB; 0 when it ended or may not be read."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    match = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(match[1]) if match else 0


def tree_pss_kib(pid: int) -> int:
    """Proportional set size of the whole tree in KiB."""
    return sum(pss_kib(stat.pid) for stat in tree(pid))


def parse_stat(text: str) -> Stat:
    """Reads one line of /proc/<pid>/stat (proc_pid_stat(5)); the name may hold blanks and brackets."""
    head, _, rest = text.rpartition(")")
    fields = rest.split()
    ticks = sum(int(value) for value in fields[11:15])
    return Stat(int(head.split("(", 1)[0]), int(fields[1]), fields[0], ticks, int(fields[19]))


def _all_stats() -> list[Stat]:
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                found.append(parse_stat(Path(entry.path, "stat").read_text(errors="replace")))
    return found


def _alive(stat: Stat) -> bool:
    """Whether that very process still runs; the start tick tells it from one that got the same id later."""
    try:
        now = parse_stat(Path(f"/proc/{stat.pid}/stat").read_text(errors="replace"))
    except OSError:
        return False
    return now.started == stat.started and now.state != "Z"


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _give_up(child: Child, deadline: float, complaint: str) -> None:
    """Raises when the program ended or time is over, else waits a moment before the next look."""
    if (code := child.process.poll()) is not None:
        raise BenchError(f"{child.name} ended with code {code} before it was ready:\n{child.log_tail()}")
    if time.monotonic() > deadline:
        raise BenchError(f"{child.name} {complaint}:\n{child.log_tail()}")
    time.sleep(_POLL_SECONDS)


def _guard() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []
