"""The demo as a program: what it prints is true, and nothing stays behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fastgw.data_dir import TOKEN_FILE

FAKE = Path(__file__).with_name("fake_demo.py")


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    environ = os.environ | {"TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, str(FAKE)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environ,
        start_new_session=True,
    )
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def guide(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            return "".join(lines)
    assert process.stderr is not None
    raise AssertionError(process.stderr.read())


def test_the_guide_names_the_real_addresses_and_an_authority_that_exists(
    demo: subprocess.Popen[str],
) -> None:
    text = guide(demo)
    ports = {int(port) for port in re.findall(r"https?://127\.0\.0\.1:(\d+)/", text)}
    assert len(ports) == 2
    for port in ports:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            assert b"https://127.0.0.1:" in connection.recv(200)
    authority = re.search(r"--cacert (\S+)", text)
    assert authority
    assert "BEGIN CERTIFICATE" in Path(authority.group(1)).read_text()


def test_the_guide_names_what_status_and_reset_need(demo: subprocess.Popen[str]) -> None:
    text = guide(demo)
    found = re.findall(r"fastgw (?:status|reset inventory) --data-dir (\S+) --management (\S+)", text)
    assert len(found) == 2
    ((folder, url),) = set(found)
    assert (Path(folder) / TOKEN_FILE).is_file()
    host, _, port = url.removeprefix("https://").rpartition(":")
    socket.create_connection((host, int(port)), timeout=20).close()


def test_keys_are_for_the_owner_only(demo: subprocess.Popen[str], tmp_path: Path) -> None:
    guide(demo)
    (folder,) = tmp_path.glob("fastgw-demo-*")
    assert folder.stat().st_mode & 0o777 == 0o700
    written = {path.name: path.stat().st_mode & 0o777 for path in folder.glob("*.p*")}
    assert written == {"ca.pem": 0o600, "edge.pem": 0o600, "client.pfx": 0o600}
    assert "PRIVATE KEY" not in (folder / "ca.pem").read_text()


@pytest.mark.parametrize("to_group", [False, True])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_exits_0_and_leaves_no_file_and_no_process(
    demo: subprocess.Popen[str], tmp_path: Path, number: signal.Signals, to_group: bool
) -> None:
    guide(demo)
    (os.killpg if to_group else os.kill)(demo.pid, number)
    assert demo.wait(20) == 0
    assert list(tmp_path.iterdir()) == []
    # The demo leads its own session: its group is empty when every child is gone.
    with pytest.raises(ProcessLookupError):
        os.killpg(demo.pid, 0)
