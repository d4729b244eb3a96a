"""An expression that takes all the time it may: its request fails, the worker goes on."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import GatewayFactory
from tests.harness import GatewayProcess, RawConnection, Response
from tests.harness.policies import PolicyCases

CASES = PolicyCases()

# Each comparison goes through all of both texts, and costs no more than a round of the loop. The meter alone
# looks at the clock after thousands of rounds, which is a minute.
HANGS = CASES.api(
    "hangs",
    """
    <set-header name="x-n"><value>@{
        var a = new string('x', 30000000); var b = new string('x', 30000000); int n = 0;
        while (true) { if (a == b) n++; }
    }</value></set-header>
    """,
)
ANSWERS = CASES.api(
    "answers",
    '<return-response><set-body>@(string.Join("", new[] {"o", "k"}))</set-body></return-response>',
)

# Processor time: three seconds are permitted.
_MOST_SECONDS = 10.0
# Real time: the machine may have other things to do.
_PATIENCE = 120.0
LOOPS = CASES.api(
    "loops",
    """
    <return-response>
        <set-body>@{ int n = 0; while (n < 2000) { n++; } return n.ToString(); }</set-body>
    </return-response>
    """,
)


def ask(server: GatewayProcess, api: str) -> Response:
    with RawConnection(server.url, timeout=_PATIENCE) as connection:
        return connection.ask(f"GET /{api}/x HTTP/1.1\r\nHost: gateway.test\r\n\r\n".encode())


def processor_seconds(pid: int) -> float:
    """What a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def configuration(**limits: float) -> tuple[dict[str, Any], dict[str, str]]:
    """gateway.yaml with these limits of expressions, and the documents beside it."""
    text = json.dumps([CASES.apis, CASES.documents]).replace("ECHO", "http://127.0.0.1:9")
    apis, documents = json.loads(text)
    return {"gateway": {"workers": 1, "expressionLimits": limits}, "apis": apis}, documents


@pytest.fixture
def server(gateway: GatewayFactory) -> GatewayProcess:
    made, documents = configuration()
    return gateway(made, files=documents, may_complain=True)


def test_an_expression_that_hangs_fails_and_the_next_request_is_served(server: GatewayProcess) -> None:
    workers = server.worker_pids()
    assert ask(server, ANSWERS).body == b"ok"
    before = sum(map(processor_seconds, workers))
    for _ in range(2):
        assert ask(server, HANGS).status == 500
        answer = ask(server, ANSWERS)
        assert (answer.status, answer.body) == (200, b"ok")
    assert sum(map(processor_seconds, workers)) - before < 2 * _MOST_SECONDS
    assert server.worker_pids() == workers


def test_limits_are_set_by_the_configuration_and_changed_by_a_reload(server: GatewayProcess) -> None:
    assert ask(server, LOOPS).body == b"2000"
    made, _ = configuration(steps=1000)
    server.reconfigure(made)
    assert ask(server, LOOPS).status == 500
    assert "too many steps" in server.wait_for_line("policy failed")
    made, _ = configuration(steps=2000)
    server.reconfigure(made)
    assert ask(server, LOOPS).body == b"2000"
