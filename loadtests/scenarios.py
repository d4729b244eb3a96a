"""What is measured: the scenarios, and the one request that every gateway gets.

Values only. The work of `header_policies` and `expressions` is defined here once; each peer's template does
it in that peer's own way, and `checks.py` proves from what the origin received that it is the same work.
"""

from __future__ import annotations

from dataclasses import dataclass

REQUEST_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "loadtest/1",
    "X-Channel": "mobile",
    "X-Debug": "1",
}
"""The five headers of each request, beside Host."""

PLAN_HEADER, PLAN = "X-Plan", "mobile"
REMOVED_HEADER = "X-Debug"
QUERY_NAME, QUERY_VALUE = "api-version", "2024-01-01"
GATEWAY_HEADER, GATEWAY = "X-Gateway", "gw"
CLIENT = "mobile/1"
"""What scenario `expressions` computes from X-Channel, for X-Client."""

PATH = "/items/17?view=full"
ECHO_PATH = "/-/echo?view=full"
"""Answered by the origin with a JSON object that says what it received."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One column of the comparison. `unit` names what the CPU time is divided by.

    `computed` adds to `header_work`: the plan is chosen by X-Channel, and a header is computed from it.
    `pool` spreads the requests over both of the origin's plain ports, each watched by a circuit breaker or by
    what the peer has in its place. `beside` names the scenario whose rounds alternate with this one's: their
    difference is then that of the two and not of the machine's load.
    """

    name: str
    title: str
    tls: bool = False
    mutual_origin: bool = False
    header_work: bool = False
    computed: bool = False
    pool: bool = False
    beside: str = ""
    unit: str = "request"


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("plain", "HTTP in, HTTP out"),
        Scenario("tls_in", "TLS in, HTTP out", tls=True),
        Scenario("mtls_out", "TLS in, mutual TLS out", tls=True, mutual_origin=True),
        Scenario("header_policies", "set, remove, add: header and query policies", header_work=True),
        Scenario(
            "expressions",
            "the same, chosen by a header and computed from it",
            header_work=True,
            computed=True,
        ),
        Scenario("resilient", "plain through two members with circuit breakers", pool=True, beside="plain"),
        Scenario("handshakes", "new connections, one request each", tls=True, unit="connection"),
    )
}
