"""`fastgw demo`: the lines that it prints work as pasted."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module")
def lines() -> Iterator[list[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "fastgw", "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    printed = []
    for line in process.stdout:
        printed.append(line.strip())
        if "Ctrl-C" in line:
            break
    else:
        assert process.stderr is not None
        raise AssertionError(process.stderr.read())
    yield [line for line in printed if line.startswith(("curl ", "for "))]
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0


def paste(lines: list[str], pattern: str) -> str:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    (line,) = (line for line in lines if re.search(pattern, line))
    return subprocess.run(line, shell=True, capture_output=True, text=True, timeout=30, check=True).stdout


def test_the_plain_call_passes_through_the_policies(lines: list[str]) -> None:
    answer = json.loads(paste(lines, r"curl -s http://\S+/v1/echo"))
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    assert answer["path"] == "/echo"
    assert headers["x-caller"] == "fastgw"
    assert headers["x-api-version"] == "2024-01-01"
    assert answer["clientCertificate"]["subject"] == "CN=fastgw-demo-client"


def test_the_certificate_and_the_rewritten_path_show(lines: list[str]) -> None:
    shown = paste(lines, "items/42")
    assert '"path": "/inventory/items/42"' in shown
    assert "CN=fastgw-demo-client" in shown
    assert '"thumbprint": "' in shown


def test_the_secure_call_is_trusted_through_the_printed_authority(lines: list[str]) -> None:
    assert json.loads(paste(lines, "--cacert"))["method"] == "GET"


def test_a_body_reaches_the_backend(lines: list[str]) -> None:
    answer = json.loads(paste(lines, "orders"))
    assert (answer["method"], answer["body"]) == ("POST", '{"sku": 7}')


def test_a_policy_answers_alone(lines: list[str]) -> None:
    answer = paste(lines, "about")
    assert answer.startswith("HTTP/1.1 200")
    # Text mode has made every CRLF a line feed.
    assert json.loads(answer.split("\n\n", 1)[1]) == {"name": "echo", "version": "2024-01-01"}


def test_the_breaker_trips_and_recovers(lines: list[str]) -> None:
    *reached, refused = paste(lines, "^for ").split()
    assert (reached, refused) == (["500"] * 5, "503")
    answer = paste(lines, "curl -si .*/status/200")
    head, body = answer.split("\n\n", 1)
    assert head.startswith("HTTP/1.1 503")
    assert 1 <= int(re.findall(r"^Retry-After: (\d+)$", head, re.MULTILINE)[0]) <= 5
    assert "X-Answered-By: fastgw" in head
    # Set on what the backend answers.
    assert "X-Gateway" not in head
    assert json.loads(body) == {"statusCode": 503, "message": "Service Unavailable"}
    # curl itself waits for the recovery; paste bounds its patience.
    assert json.loads(paste(lines, "--retry"))["path"] == "/status/200"
    assert paste(lines, "curl -si .*/status/200").startswith("HTTP/1.1 200")
