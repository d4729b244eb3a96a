"""Runs the shell sessions of the documentation: commands as written, ports put in place of the printed ones.

Every program that is started here is ended by its id. What a session shows may leave out: a line `...` stands
for any lines, `...` within a line for any text.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

PATIENCE = 30.0
# The ports that the documentation prints.
PRINTED = ("8080", "8443", "8081", "9000")
READY = "fastgw ready:"


@dataclass(frozen=True)
class Command:
    """One command of a session and the output that is shown for it."""

    text: str
    shown: str


def commands(text: str) -> list[Command]:
    """The commands of a session, each behind a dollar sign."""
    found = []
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        found.append(Command(command, shown))
    return found


def matches(shown: str, output: str) -> bool:
    """Whether an output is the one that is shown."""
    pattern = ""
    for line in shown.splitlines():
        if line.strip() == "...":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += "[^\n]*".join(re.escape(part) for part in line.split("...")) + "\n"
    text = output.replace("\r\n", "\n")
    return re.fullmatch(pattern, text if text.endswith("\n") or not text else text + "\n") is not None


def need_curl() -> None:
    """Skip where curl is missing; in CI that is a failure."""
    if shutil.which("curl") is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("curl is not installed")


def free_ports(count: int) -> list[str]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [str(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


class Shell:
    """A folder to run commands in, with the printed ports replaced; ends what it started."""

    def __init__(self, folder: Path, ports: dict[str, str] | None = None) -> None:
        self._folder = folder
        self.ports = ports or dict(zip(PRINTED, free_ports(len(PRINTED)), strict=True))
        self._started = ExitStack()
        programs = folder / "bin"
        programs.mkdir()
        for name, words in (("fastgw", '-m fastgw "$@"'), ("python3", '"$@"')):
            path = programs / name
            path.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words}\n')
            path.chmod(0o755)
        self._environ = {key: text for key, text in os.environ.items() if not key.startswith("FASTGW_")}
        self._environ |= {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "FASTGW_DATA_DIR": str(folder / "data"),
            "FASTGW_WORKERS": "1",
            "FASTGW_MANAGEMENT": f"https://127.0.0.1:{self.ports['8081']}",
        }
        self.folder = folder / "work"
        self.folder.mkdir()

    def real(self, text: str) -> str:
        """A text of the documentation with the ports that are used here."""
        return re.sub(r"\b(" + "|".join(self.ports) + r")\b", lambda found: self.ports[found[1]], text)

    def run(self, command: Command) -> str:
        """Run one command and return what it printed; what serves goes on in the background."""
        text = self.real(command.text)
        if text.startswith("fastgw serve"):
            return self._serve(text)
        if text.endswith(" &"):
            self._background(text.removesuffix(" &"))
            return ""
        done = subprocess.run(
            ["sh", "-c", text],
            cwd=self.folder,
            env=self._environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
        )
        return done.stdout

    def close(self) -> None:
        self._started.close()

    def _start(self, text: str, **pipes: int) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            ["sh", "-c", f"exec {text}"], cwd=self.folder, env=self._environ, text=True, **pipes
        )
        self._started.callback(end, process, signal.SIGTERM)
        return process

    def _serve(self, text: str) -> str:
        process = self._start(text, stderr=subprocess.PIPE)
        return read_until(process, process.stderr, READY)

    def _background(self, text: str) -> None:
        self._start(text, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        (port,) = (port for port in self.ports.values() if port in text.split())
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", int(port)), timeout=1.0).close()
            except OSError:
                assert time.monotonic() < deadline, f"nothing listens after: {text}"
            else:
                return


def read_until(process: subprocess.Popen[str], stream: object, part: str) -> str:
    """What a program prints up to the line with `part`; fails with all of it where there is none."""
    printed = ""
    for line in stream:  # type: ignore[attr-defined]
        printed += line
        if part in line:
            return printed
    raise AssertionError(f"{process.args} ended without {part!r}:\n{printed}")


def end(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """End a program by its id and wait for it."""
    if process.poll() is None:
        process.send_signal(number)
    try:
        process.communicate(timeout=PATIENCE)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
