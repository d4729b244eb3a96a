"""A real gateway: `python -m fastgw serve` in a folder of its own, on ports that the system chose.

Whatever a test does, the process and its workers are ended by their ids; nothing outlives the fixture.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import yaml

from tests.harness.raw import RawConnection

START_PATIENCE = 20.0
STOP_PATIENCE = 20.0

_COMPLAINT = re.compile(r"Traceback|Exception ignored|Z error |never awaited|never retrieved|Fatal Python")


class GatewayFailed(AssertionError):
    """The gateway did not do what it was told; the message ends with its stderr."""


class GatewayProcess:
    """One running gateway.

    `configuration` is the gateway.yaml, as a mapping or as text. A mapping, or a text without a `gateway`
    section, is given one listener on port 0, one worker and no management unless it says otherwise.
    `files` are written beside it (relative path to text or bytes), `arguments` are flags of `serve`,
    `environ` is added to an environment that holds no FASTGW_ variable.
    """

    def __init__(
        self,
        folder: Path,
        configuration: Mapping[str, Any] | str,
        *,
        files: Mapping[str, str | bytes] | None = None,
        arguments: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
        drain_timeout: float = 5.0,
        start: bool = True,
    ) -> None:
        self.folder = folder
        self.source = folder / "gateway.yaml"
        folder.mkdir(parents=True, exist_ok=True)
        self.write(configuration, files)
        self._command = [
            sys.executable,
            "-m",
            "fastgw",
            "serve",
            str(self.source),
            "--data-dir",
            str(folder / "data"),
            "--drain-timeout",
            str(drain_timeout),
            *arguments,
        ]
        self._environ = {name: text for name, text in os.environ.items() if not name.startswith("FASTGW_")}
        self._environ |= {"PYTHONUNBUFFERED": "1", **(environ or {})}
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._workers_seen: set[int] = set()
        self._reloads = 0
        self.urls: list[str] = []
        """Every address of the ready line, in its order."""
        self.process: subprocess.Popen[str] | None = None
        if start:
            self.start()

    # Life

    def start(self) -> Self:
        """Start and wait for the ready line; GatewayFailed after 20 s or when the process ends first."""
        self.process = subprocess.Popen(
            self._command,
            cwd=self.folder,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self._reader.start()
        try:
            ready = self.wait_for_line("fastgw ready:", START_PATIENCE)
        except GatewayFailed:
            self.kill()
            raise
        self.urls = [word for word in ready.split() if word.startswith(("http://", "https://"))]
        self.worker_pids()
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # After a failure its own message matters more than how the gateway stops.
        self.stop() if kind is None else self.kill()

    @property
    def pid(self) -> int:
        """The master process."""
        assert self.process is not None
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def reload(self) -> None:
        """Ask for a reload (SIGHUP); wait for its line to know that it is done."""
        self.signal(signal.SIGHUP)

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.worker_pids()
        self.process.send_signal(number)

    def stop(self) -> None:
        """SIGTERM; GatewayFailed unless it exits 0 in time. Does nothing when it has ended already."""
        if not self.running:
            return
        self.signal(signal.SIGTERM)
        code = self.wait()
        if code != 0:
            raise GatewayFailed(f"the gateway exited with {code}, not 0\n{self._stderr()}")

    terminate = stop

    def wait(self, timeout: float = STOP_PATIENCE) -> int:
        """Wait for the end of the process and return its exit code."""
        assert self.process is not None
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise GatewayFailed(f"the gateway did not end within {timeout:g} s\n{self._stderr()}") from None
        self._reader.join(5.0)
        return code

    def kill(self) -> None:
        """End master and workers at once, by their ids."""
        if self.process is None:
            return
        workers = self._workers_seen | set(self.worker_pids())
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(STOP_PATIENCE)
        for pid in workers:
            if _parent_was_ours(pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._reader.join(5.0)

    # Addresses

    @property
    def url(self) -> str:
        """The first listener."""
        return self.urls[0]

    @property
    def address(self) -> tuple[str, int]:
        """The first listener as (host, port)."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 0

    @property
    def port(self) -> int:
        return self.address[1]

    # Configuration and log

    def write(
        self, configuration: Mapping[str, Any] | str, files: Mapping[str, str | bytes] | None = None
    ) -> None:
        """Write gateway.yaml and files beside it; a running gateway takes them at its next reload."""
        self.source.write_text(_with_defaults(configuration), encoding="utf-8")
        for name, content in (files or {}).items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def reconfigure(
        self, configuration: Mapping[str, Any], files: Mapping[str, str | bytes] | None = None
    ) -> Self:
        """Write a new configuration, reload, and wait until it is served; for gateways of one worker.

        An API that only this configuration has tells when that is (log lines are rationed).
        """
        self._reloads += 1
        path = f"reload-{self._reloads}"
        reply = "<policies><inbound><return-response /></inbound></policies>"
        api = {
            "id": path,
            "displayName": path,
            "path": path,
            "protocols": ["http", "https"],
            "subscriptionRequired": False,
            # A method of its own, so that the former configuration does not forward it.
            "operations": [{"id": "served", "method": "RELOADED", "urlTemplate": "/", "policy": reply}],
        }
        self.write({**configuration, "apis": [*configuration.get("apis", ()), api]}, files)
        self.reload()
        request = f"RELOADED /{path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        deadline = time.monotonic() + START_PATIENCE
        with RawConnection(self.address) as connection:
            while connection.ask(request).status != 200:
                if time.monotonic() > deadline:
                    raise GatewayFailed(f"the new configuration is not served\n{self._stderr()}")
                time.sleep(0.001)
        return self

    def stderr_lines(self) -> list[str]:
        """What the gateway has written to stderr so far."""
        with self._changed:
            return list(self._lines)

    def wait_for_line(self, part: str, timeout: float = 10.0, *, after: int = 0) -> str:
        """The first stderr line that holds `part`, from line number `after` on (0-based)."""
        deadline = time.monotonic() + timeout
        with self._changed:
            at = after
            while True:
                for line in self._lines[at:]:
                    if part in line:
                        return line
                at = max(after, len(self._lines))
                left = deadline - time.monotonic()
                if left <= 0:
                    raise GatewayFailed(f"no line with {part!r} within {timeout:g} s\n{self._stderr()}")
                if (
                    self.process is not None
                    and self.process.poll() is not None
                    and not self._reader.is_alive()
                ):
                    raise GatewayFailed(
                        f"the gateway exited with {self.process.returncode} before a line with {part!r}\n"
                        f"{self._stderr()}"
                    )
                self._changed.wait(min(left, 0.2))

    def complaints(self) -> list[str]:
        """Lines that no request and no backend may cause: errors of the gateway itself, Python tracebacks."""
        return [line for line in self.stderr_lines() if _COMPLAINT.search(line)]

    # Processes (Linux)

    def worker_pids(self) -> list[int]:
        """The children of the master: its workers, and management unless that is off."""
        if self.process is None:
            return []
        try:
            text = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        except OSError:
            return []
        pids = [int(word) for word in text.split()]
        self._workers_seen.update(pids)
        return pids

    def open_files(self, pid: int | None = None) -> int:
        """How many descriptors a worker (default: the first) has open."""
        return len(os.listdir(f"/proc/{pid or self.worker_pids()[0]}/fd"))

    def resident_bytes(self, pid: int | None = None) -> int:
        """Resident memory of a worker (default: the first)."""
        text = Path(f"/proc/{pid or self.worker_pids()[0]}/statm").read_text()
        return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        with process.stderr:
            for line in process.stderr:
                with self._changed:
                    self._lines.append(line.rstrip("\n"))
                    self._changed.notify_all()

    def _stderr(self) -> str:
        return "stderr:\n" + "\n".join(self.stderr_lines()[-60:])


def _with_defaults(configuration: Mapping[str, Any] | str) -> str:
    if isinstance(configuration, str):
        parsed = yaml.safe_load(configuration)
        if isinstance(parsed, dict) and "gateway" not in parsed:
            return configuration.rstrip("\n") + "\n" + yaml.safe_dump({"gateway": _gateway({})})
        return configuration
    return yaml.safe_dump(
        {**configuration, "gateway": _gateway(configuration.get("gateway") or {})}, sort_keys=False
    )


def _gateway(section: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "listeners": [{"url": "http://127.0.0.1:0"}],
        "workers": 1,
        "management": "off",
        **section,
    }


def _parent_was_ours(pid: int) -> bool:
    """Whether the process still is a gateway, so that a recycled id is never killed."""
    try:
        return b"fastgw" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
