"""The rounds: load on one gateway, CPU time of its process tree before and after, divided by what was served.

Rounds are interleaved over the gateways, so that what disturbs the machine disturbs all of them alike. A
round with a wrong status or a socket error fails: it is kept in the record and counted in no figure.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from loadtests import handshakes, wrk
from loadtests.gateways import Running
from loadtests.processes import BenchError, cpu_seconds, pinned, tree_pss_kib
from loadtests.scenarios import Scenario

REQUESTS = "requests"
"""The mode of all scenarios but handshakes, whose modes are those of `handshakes.MODES`."""

BESIDE = "beside"
"""Requests through the gateway of the scenario that is measured beside."""

_GRACE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Round:
    """One round: units are requests or connections; `microseconds` is CPU time per unit."""

    mode: str
    units: int
    seconds: float
    cpu_seconds: float
    failures: int
    detail: str = ""
    p50: int = 0
    p99: int = 0

    @property
    def good(self) -> bool:
        """Whether the round counts."""
        return self.failures == 0 and self.units > 0

    @property
    def microseconds(self) -> float:
        """CPU time of the gateway per unit, in microseconds."""
        return self.cpu_seconds / self.units * 1e6 if self.units else 0.0


@dataclass(slots=True)
class Result:
    """All rounds of one gateway in one scenario, its memory in KiB, or why there are none."""

    gateway: str
    scenario: str
    rounds: list[Round] = field(default_factory=list)
    pss_kib: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often; the core of the load generator."""

    rounds: int
    seconds: int
    load_core: int


def modes(scenario: Scenario) -> list[str]:
    """What is measured within a scenario, in this order."""
    if scenario.name == "handshakes":
        return list(handshakes.MODES)
    return [BESIDE, REQUESTS] if scenario.beside else [REQUESTS]


def measure(
    scenario: Scenario, gateways: Sequence[Running], plan: Plan, say: Callable[[str], None]
) -> list[Result]:
    """Warm-up, then the interleaved rounds, then memory. A gateway that breaks ends its own rounds only."""
    results = {running.peer.name: Result(running.peer.name, scenario.name) for running in gateways}
    for number in range(plan.rounds + 1):
        for running, mode in _turns(scenario, gateways, number):
            result = results[running.peer.name]
            if result.error:
                continue
            seconds = plan.seconds if number else min(plan.seconds, 1)
            try:
                done = one_round(running, mode, seconds, plan.load_core)
            except BenchError as error:
                result.error = str(error)
                say(f"  {running.peer.name}: {error}")
                continue
            if number:
                result.rounds.append(done)
            say(_line(running.peer.name, number, done, scenario))
    for running in gateways:
        results[running.peer.name].pss_kib = tree_pss_kib(running.child.pid)
    return list(results.values())


def _turns(scenario: Scenario, gateways: Sequence[Running], number: int) -> list[tuple[Running, str]]:
    """Who is measured in which order within round `number`.

    The two modes of a scenario with another beside it follow each other, and who is first changes with each
    round: neither what disturbs the machine for a while nor the order shows in their difference.
    """
    if not scenario.beside:
        return [(running, mode) for mode in modes(scenario) for running in gateways]
    order = modes(scenario)[:: -1 if number % 2 else 1]
    return [(running, mode) for running in gateways for mode in order]


def one_round(running: Running, mode: str, seconds: int, core: int) -> Round:
    """One round. Raises BenchError when the gateway died or the load generator could not work."""
    if mode == BESIDE:
        assert running.beside is not None
        return replace(one_round(running.beside, REQUESTS, seconds, core), mode=BESIDE)
    if mode == REQUESTS:
        before = cpu_seconds(running.child.pid)
        load = wrk.run(running.url, seconds, core)
        used = cpu_seconds(running.child.pid) - before
        detail = ", ".join(f"{kind} {count}" for kind, count in load.errors.items() if count)
        done = Round(mode, load.requests, load.seconds, used, load.failures, detail, load.p50, load.p99)
    else:
        done = _handshake_round(running, mode, seconds, core)
    if running.child.process.poll() is not None:
        raise BenchError(f"{running.peer.name} ended during a round:\n{running.child.log_tail()}")
    return done


def _handshake_round(running: Running, mode: str, seconds: int, core: int) -> Round:
    """Starts the connecting program, lets it prepare, and reads CPU time around its load."""
    port = running.site.plain_port if mode == "plain" else running.site.port
    words = [sys.executable, "-m", "loadtests.handshakes", "--port", str(port), "--mode", mode]
    process = subprocess.Popen(
        [*pinned(core), *words, "--seconds", str(seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        first = process.stdout.readline()
        before = cpu_seconds(running.child.pid)
        output = process.communicate("go\n", timeout=seconds + _GRACE_SECONDS)[0]
        used = cpu_seconds(running.child.pid) - before
    except subprocess.TimeoutExpired as error:
        raise BenchError(
            f"the connecting program did not end within {seconds + _GRACE_SECONDS:g} s"
        ) from error
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    text = output if first.strip() == "ready" else first
    if not text.strip():
        raise BenchError(f"the connecting program ended with code {process.returncode} and said nothing")
    facts = json.loads(text)
    detail = "; ".join(facts["reasons"])
    return Round(mode, facts["connections"], facts["seconds"], used, facts["failures"], detail)


def _line(name: str, number: int, done: Round, scenario: Scenario) -> str:
    """One line of progress."""
    what = f"round {number}" if number else "warm-up"
    mode = {REQUESTS: "", BESIDE: f" {scenario.beside}"}.get(done.mode, f" {done.mode}")
    verdict = "" if done.good else f"  FAILED ({done.failures} failures: {done.detail or 'no answers'})"
    rate = done.units / done.seconds if done.seconds else 0.0
    return f"  {what}: {name}{mode}: {done.microseconds:.1f} us/{scenario.unit}, {rate:.0f}/s{verdict}"
