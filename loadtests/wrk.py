"""Runs wrk, the load generator, for a bounded time and reads its counters."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from loadtests.processes import BenchError, pinned
from loadtests.scenarios import PATH, REQUEST_HEADERS

CONNECTIONS = 64
"""Connections kept open during a round, all from one thread."""

_SCRIPT = Path(__file__).with_name("wrk.lua")
_GRACE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk counted: answers, seconds, failures by kind, latency in microseconds.

    wrk counts a status above 399 as a failure; a redirect cannot come from the origin of these runs.
    """

    requests: int
    seconds: float
    errors: dict[str, int]
    p50: int
    p99: int

    @property
    def failures(self) -> int:
        """Answers with a wrong status, and socket errors of every kind."""
        return sum(self.errors.values())


def find_wrk() -> str:
    """Path of wrk. Raises BenchError that names the package."""
    found = shutil.which("wrk")
    if found is None:
        raise BenchError("wrk is missing; it makes the load of every run (Debian package wrk)")
    return found


def wrk_version() -> str:
    """Version of wrk as it prints it."""
    words = subprocess.run([find_wrk(), "-v"], capture_output=True, text=True, timeout=20, check=False)
    return " ".join((words.stdout + words.stderr).split()[:2])


def command(url: str, seconds: int) -> list[str]:
    """The command line of one round of load, not yet pinned."""
    headers = [word for name, value in REQUEST_HEADERS.items() for word in ("-H", f"{name}: {value}")]
    shape = ["-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "--timeout", "10s"]
    return [find_wrk(), *shape, "-s", str(_SCRIPT), *headers, url + PATH]


def run(url: str, seconds: int, core: int) -> Load:
    """One round of load. Raises BenchError when wrk does not finish or reports nothing."""
    try:
        done = subprocess.run(
            [*pinned(core), *command(url, seconds)],
            capture_output=True,
            text=True,
            timeout=seconds + _GRACE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"wrk did not end within {seconds + _GRACE_SECONDS:g} s") from error
    return parse(done.stdout, done.stderr)


def parse(output: str, complaints: str = "") -> Load:
    """Reads the JSON line among wrk's output. Raises BenchError when there is none."""
    for line in output.splitlines():
        if line.startswith("{"):
            facts: dict[str, int] = json.loads(line)
            errors = {kind: facts[kind] for kind in ("connect", "read", "write", "status", "timeout")}
            seconds = facts["microseconds"] / 1e6
            return Load(facts["requests"], seconds, errors, facts["p50"], facts["p99"])
    raise BenchError(f"wrk reported nothing: {(output + complaints).strip()[:400]}")
