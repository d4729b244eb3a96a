"""The bench as a user starts it: it measures, records, fails where it must, and leaves no process behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("programs")


def start(repository: Path, tmp_path: Path, *words: str) -> subprocess.Popen[str]:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return subprocess.Popen(
        [sys.executable, "-m", "loadtests.bench", "--out", str(tmp_path / "out"), "--name", "run", *words],
        cwd=repository,
        env=os.environ | {"TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def left_behind(tmp_path: Path) -> list[str]:
    """Command lines of living processes that name the scratch folder of this test."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(tmp_path / "scratch") in words:
                found.append(words)
    return found


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    try:
        output, progress = process.communicate(timeout=120)
    finally:
        process.kill()
    return process.returncode, output, progress


def test_a_quick_run_measures_nginx_and_records_every_round(repository: Path, tmp_path: Path) -> None:
    code, output, progress = finish(start(repository, tmp_path, "--quick", "--peers", "nginx"))
    assert code == 0, progress
    assert "### plain" in output
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["settings"]["rounds"] == record["settings"]["seconds"] == 1
    (row,) = record["results"]
    assert (row["gateway"], row["scenario"], row["error"]) == ("nginx", "plain", "")
    (only,) = row["rounds"]
    assert only["good"]
    assert only["units"] > 0
    assert only["failures"] == 0
    assert row["figures"]["requests"]["median"] == pytest.approx(only["cpu_us"])
    assert only["cpu_us"] > 0
    assert row["pss_kib"] > 0
    assert {"nginx", "origin (nginx)", "wrk"} <= set(record["versions"])
    assert not left_behind(tmp_path)


def test_fastgw_is_measured_beside_nginx_where_it_is_installed(repository: Path, tmp_path: Path) -> None:
    code, output, progress = finish(start(repository, tmp_path, "--quick", "--peers", "nginx", "fastgw"))
    assert code == 0, progress
    rows = {row["gateway"]: row for row in json.loads((tmp_path / "out" / "run.json").read_text())["results"]}
    if "fastgw is left out" in progress:
        assert "fastgw" not in rows
    else:
        assert rows["fastgw"]["figures"]["requests"]["median"] > 0
        assert "| fastgw |" in output
    assert not left_behind(tmp_path)


def test_the_cost_of_a_pool_is_the_difference_to_the_scenario_beside(
    repository: Path, tmp_path: Path
) -> None:
    words = ("--quick", "--scenarios", "resilient", "--peers", "fastgw")
    code, output, progress = finish(start(repository, tmp_path, *words))
    assert code == 0, progress
    (row,) = json.loads((tmp_path / "out" / "run.json").read_text())["results"]
    assert sorted(done["mode"] for done in row["rounds"]) == ["beside", "requests"]
    difference = row["figures"]["requests"]["median"] - row["figures"]["beside"]["median"]
    assert row["added"]["median"] == pytest.approx(difference)
    assert f"| {row['added']['median']:+.2f} |" in output
    assert not left_behind(tmp_path)


def test_sigterm_in_a_round_ends_everything_that_was_started(repository: Path, tmp_path: Path) -> None:
    words = ("--scenarios", "plain", "--peers", "nginx", "--rounds", "50", "--seconds", "2")
    process = start(repository, tmp_path, *words)
    assert process.stderr is not None
    for line in process.stderr:
        if "warm-up" in line:
            break
    assert left_behind(tmp_path), "gateway and origin should be running in the middle of the run"
    process.send_signal(signal.SIGTERM)
    code, _, _ = finish(process)
    assert code == 130
    assert not left_behind(tmp_path)


@pytest.mark.parametrize(
    "words",
    [("--rounds", "0"), ("--seconds", "61"), ("--scenarios", "nonsense"), ("--name", "../up")],
    ids=" ".join,
)
def test_wrong_usage_is_refused_before_anything_starts(
    repository: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    code, _, _ = finish(start(repository, tmp_path, *words))
    assert code == 2
    assert not (tmp_path / "out").exists()
