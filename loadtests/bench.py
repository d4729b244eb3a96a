"""`python -m loadtests.bench`: fastgw beside its peers on this machine, in CPU time per request.

It binds 127.0.0.1 only, takes free ports, bounds every step in time, and stops by id whatever it started.
It never judges fastgw: it fails (exit 1) when a gateway that is installed did not serve what was asked.
"""

from __future__ import annotations

import argparse
import datetime
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import NoReturn

from loadtests import pki, report, wrk
from loadtests.checks import check
from loadtests.gateways import PEERS, NotInstalled, Peer, Running, start_gateway
from loadtests.measure import Plan, Result, measure
from loadtests.origin import Origin, find_nginx, nginx_facts, start_origin
from loadtests.processes import BenchError, Fleet
from loadtests.scenarios import SCENARIOS, Scenario

RESULTS = Path(__file__).parent / "results"
MOST_ROUNDS, MOST_SECONDS = 50, 60
NOISY_LOAD = 0.5
"""Load average before the run above which its figures deserve a warning."""


@dataclass(frozen=True, slots=True)
class Cores:
    """The core of the gateway, and the one that origin and load generator share."""

    gateway: int
    load: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the bench. Returns 0, or 1 when something installed did not work, or 2 for wrong usage."""
    options = _parser().parse_args(arguments)
    if options.quick:
        options.rounds = options.seconds = 1
        options.scenarios = options.scenarios or ["plain"]
    scenarios = [SCENARIOS[name] for name in dict.fromkeys(options.scenarios or SCENARIOS)]
    peers = [PEERS[name] for name in dict.fromkeys(options.peers or PEERS)]
    leave_on_sigterm()
    try:
        return _run(options, scenarios, peers)
    except BenchError as error:
        _say(f"bench: {error}")
        return 1
    except KeyboardInterrupt:
        _say("bench: stopped; everything that it started has been ended")
        return 130


def _run(options: argparse.Namespace, scenarios: Sequence[Scenario], peers: Sequence[Peer]) -> int:
    find_nginx()
    wrk.find_wrk()
    facts = report.machine()
    cores = choose_cores(options.gateway_core, options.load_core)
    versions = {"origin (nginx)": nginx_facts(find_nginx())[0], "wrk": wrk.wrk_version()}
    installed, left_out = _installed(peers, versions)
    if not installed:
        raise BenchError("none of the gateways is installed")
    for name, reason in left_out.items():
        _say(f"{name} is left out: {reason}")
    load = os.getloadavg()[0]
    if load > NOISY_LOAD:
        _say(f"warning: the machine is not idle (load {load:.2f}); expect figures that scatter")
    plan = Plan(options.rounds, options.seconds, cores.load)
    results: list[Result] = []
    before = os.sched_getaffinity(0)
    # The bench itself, and with it all that is not pinned otherwise, stays off the gateway's core.
    os.sched_setaffinity(0, {cores.load})
    try:
        with tempfile.TemporaryDirectory(prefix="loadtest-") as scratch, Fleet() as fleet:
            folder = Path(scratch)
            certificates = pki.make(folder / "tls")
            origin = start_origin(fleet, folder, certificates, cores.load)
            for scenario in scenarios:
                _say(f"{scenario.name}: {scenario.title}")
                fitting = [peer for peer in installed if scenario.name in peer.scenarios]
                results += _scenario(scenario, fitting, folder, certificates, origin, cores, plan)
    finally:
        os.sched_setaffinity(0, before)
    print(f"\n{report.table(results)}\n", flush=True)
    settings: dict[str, object] = {
        "rounds": plan.rounds,
        "seconds": plan.seconds,
        "connections": wrk.CONNECTIONS,
        "gateway_core": cores.gateway,
        "load_core": cores.load,
    }
    _write(options, facts, versions, left_out, settings, results)
    return 1 if any(result.error or report.failed_rounds(result) for result in results) else 0


def _installed(peers: Sequence[Peer], versions: dict[str, str]) -> tuple[list[Peer], dict[str, str]]:
    """The peers that are here, their versions noted; and why the others are not."""
    here, left_out = [], {}
    for peer in peers:
        try:
            versions[peer.name] = peer.version()
        except NotInstalled as reason:
            left_out[peer.name] = str(reason)
        else:
            here.append(peer)
    return here, left_out


def _scenario(
    scenario: Scenario,
    peers: Sequence[Peer],
    folder: Path,
    certificates: pki.Pki,
    origin: Origin,
    cores: Cores,
    plan: Plan,
) -> list[Result]:
    """Starts the gateways, proves that they do equal work, measures them, stops them."""
    running: list[Running] = []
    broken: list[Result] = []
    with Fleet() as fleet:
        for peer in peers:
            try:
                started = []
                for name in filter(None, (scenario.beside, scenario.name)):
                    gateway = start_gateway(
                        fleet,
                        peer,
                        SCENARIOS[name],
                        folder=folder,
                        pki=certificates,
                        origin=origin,
                        core=cores.gateway,
                    )
                    check(gateway)
                    started.append(gateway)
            except BenchError as error:
                _say(f"  {error}")
                broken.append(Result(peer.name, scenario.name, error=str(error)))
            else:
                beside = started[0] if scenario.beside else None
                running.append(replace(started[-1], beside=beside))
        return measure(scenario, running, plan, _say) + broken


def _write(
    options: argparse.Namespace,
    facts: dict[str, object],
    versions: dict[str, str],
    left_out: dict[str, str],
    settings: dict[str, object],
    results: Sequence[Result],
) -> None:
    """Writes the JSON record and, where matplotlib is there, the plot."""
    options.out.mkdir(parents=True, exist_ok=True)
    stem = options.out / (
        options.name or datetime.datetime.now(datetime.UTC).strftime("bench-%Y%m%dT%H%M%SZ")
    )
    json_path = stem.with_name(stem.name + ".json")
    json_path.write_text(report.record(facts, versions, left_out, settings, results))
    _say(f"wrote {json_path}")
    from loadtests import plot

    caption = f"{facts['cpu']}, median, rounds x seconds: {settings['rounds']} x {settings['seconds']}"
    try:
        written = plot.draw(results, stem, caption)
    except ImportError:
        _say("no plot: matplotlib is not installed (pip install matplotlib)")
    else:
        for path in written:
            _say(f"wrote {path}")


def choose_cores(gateway_core: int | None, load_core: int | None) -> Cores:
    """The two cores of a run: as asked for, else the first two that this process may use."""
    allowed = sorted(os.sched_getaffinity(0))
    gateway = allowed[0] if gateway_core is None else gateway_core
    others = [core for core in allowed if core != gateway]
    load = load_core if load_core is not None else (others or allowed)[0]
    for core in (gateway, load):
        if core not in allowed:
            raise BenchError(f"core {core} is not one of those that this process may use: {allowed}")
    if gateway == load:
        _say("warning: gateway and load share a core; CPU per request still counts, but caches are disturbed")
    return Cores(gateway, load)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench", description=__doc__)
    parser.add_argument(
        "--scenarios", nargs="+", choices=list(SCENARIOS), metavar="NAME", help=", ".join(SCENARIOS)
    )
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), metavar="NAME", help=", ".join(PEERS))
    parser.add_argument("--rounds", type=within(MOST_ROUNDS), default=5, help="rounds that count (5)")
    parser.add_argument("--seconds", type=within(MOST_SECONDS), default=3, help="seconds a round (3)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the record and the plot")
    parser.add_argument("--name", type=_plain_name, help="name of the files; default: UTC time")
    parser.add_argument("--quick", action="store_true", help="one round of 1 s, scenario plain unless named")
    parser.add_argument("--gateway-core", type=int, help="core of the gateway; default: the first")
    parser.add_argument(
        "--load-core", type=int, help="core of origin and load generator; default: the second"
    )
    return parser


def within(most: int) -> Callable[[str], int]:
    """A reader of whole numbers from 1 to `most`."""

    def whole_number(text: str) -> int:
        number = int(text)
        if not 1 <= number <= most:
            raise argparse.ArgumentTypeError(f"{text} is not between 1 and {most}")
        return number

    return whole_number


def _plain_name(text: str) -> str:
    if not text or "/" in text or text.startswith("."):
        raise argparse.ArgumentTypeError("a file name without folder and without ending is wanted")
    return text


def leave_on_sigterm() -> None:
    """Makes SIGTERM end the run as Ctrl-C does: through the clean-up."""
    signal.signal(signal.SIGTERM, _leave)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    del number, frame
    raise KeyboardInterrupt


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
