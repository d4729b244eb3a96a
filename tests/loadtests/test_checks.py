"""A gateway is measured only when it does the scenario's work; one that does less is refused by name."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests import pki
from loadtests.checks import WrongAnswer, check
from loadtests.gateways import PEERS, Running, start_gateway
from loadtests.origin import Origin, start_origin
from loadtests.processes import Fleet
from loadtests.scenarios import SCENARIOS

pytestmark = pytest.mark.usefixtures("programs")


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    with Fleet() as fleet:
        yield fleet


@pytest.fixture
def core() -> int:
    return min(os.sched_getaffinity(0))


@pytest.fixture
def certificates(tmp_path: Path) -> pki.Pki:
    return pki.make(tmp_path / "tls")


@pytest.fixture
def origin(fleet: Fleet, tmp_path: Path, certificates: pki.Pki, core: int) -> Origin:
    return start_origin(fleet, tmp_path, certificates, core)


@pytest.mark.parametrize(
    ("peer", "scenario"),
    [(peer, scenario) for peer in ("nginx", "aiohttp") for scenario in PEERS[peer].scenarios],
)
def test_a_peer_does_the_work_of_every_scenario(
    fleet: Fleet,
    tmp_path: Path,
    certificates: pki.Pki,
    origin: Origin,
    core: int,
    peer: str,
    scenario: str,
) -> None:
    running = start_gateway(
        fleet,
        PEERS[peer],
        SCENARIOS[scenario],
        folder=tmp_path,
        pki=certificates,
        origin=origin,
        core=core,
    )
    check(running)


@pytest.mark.parametrize(
    ("served", "demanded"), [("plain", "header_policies"), ("tls_in", "mtls_out"), ("plain", "resilient")]
)
def test_a_gateway_that_does_less_is_refused(
    fleet: Fleet,
    tmp_path: Path,
    certificates: pki.Pki,
    origin: Origin,
    core: int,
    served: str,
    demanded: str,
) -> None:
    running = start_gateway(
        fleet,
        PEERS["nginx"],
        SCENARIOS[served],
        folder=tmp_path,
        pki=certificates,
        origin=origin,
        core=core,
    )
    pretended = Running(
        running.peer, dataclasses.replace(running.site, scenario=SCENARIOS[demanded]), running.child
    )
    with pytest.raises(WrongAnswer, match="nginx"):
        check(pretended)
