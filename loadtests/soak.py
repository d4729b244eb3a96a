"""`python -m loadtests.soak`: N seconds of load; does memory stay flat, is any request lost, also on reloads?

It measures what a user would see: PSS of every process of the gateway, wrk's failures, and lost requests of a
client that keeps its connections. Exit 0 when all is well, 1 when not. It binds 127.0.0.1 only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from loadtests import keepalive, pki, wrk
from loadtests.bench import Cores, choose_cores, leave_on_sigterm, within
from loadtests.checks import check
from loadtests.gateways import PEERS, NotInstalled, Running, start_gateway
from loadtests.origin import start_origin
from loadtests.processes import BenchError, Child, Fleet, pss_kib, tree
from loadtests.scenarios import SCENARIOS

WARM_UP = 0.2
"""Part of the run at its beginning that says nothing about growth: pools and caches are filled then."""

JUDGED_SECONDS = 60.0
"""Shortest span after the warm-up from which growth is judged; below it, noise decides."""


@dataclass(slots=True)
class Trend:
    """Memory of one process: pairs of (seconds since the start of the load, KiB)."""

    pid: int
    samples: list[tuple[float, int]] = field(default_factory=list)

    def after(self, second: float) -> list[tuple[float, int]]:
        """The samples from that second on."""
        return [sample for sample in self.samples if sample[0] >= second]


@dataclass(slots=True)
class Findings:
    """All that a run found."""

    trends: dict[int, Trend] = field(default_factory=dict)
    ended: list[int] = field(default_factory=list)
    reloads: int = 0
    witness: keepalive.Witness = field(default_factory=keepalive.Witness)
    load: wrk.Load | None = None


def slope(samples: Sequence[tuple[float, int]]) -> float:
    """Growth by least squares in KiB per minute; 0 for fewer than three samples."""
    if len(samples) < 3:
        return 0.0
    return statistics.linear_regression([at for at, _ in samples], [kib for _, kib in samples]).slope * 60


def verdict(findings: Findings, seconds: float, most_growth: float, most_mib: float) -> list[str]:
    """What is wrong, one sentence each; empty when the run is good."""
    wrong = []
    load, witness = findings.load, findings.witness
    if load is None or load.requests == 0:
        wrong.append("the load generator got no answer")
    elif load.failures:
        wrong.append(f"the load generator counted failures: {load.errors}")
    if witness.lost:
        wrong.append(f"{witness.lost} requests were lost: {dict(witness.reasons.most_common(3))}")
    if witness.opened and not witness.answered:
        wrong.append("the keep-alive clients got no answer")
    if findings.ended:
        wrong.append(f"processes ended during the load: {findings.ended}")
    for trend in findings.trends.values():
        most = max((kib for _, kib in trend.samples), default=0) / 1024
        if most > most_mib:
            wrong.append(f"process {trend.pid} used {most:.1f} MiB, more than {most_mib:g}")
        growth = slope(trend.after(seconds * WARM_UP))
        if seconds * (1 - WARM_UP) >= JUDGED_SECONDS and growth > most_growth:
            wrong.append(f"process {trend.pid} grew by {growth:.0f} KiB/min, more than {most_growth:g}")
    return wrong


async def soak(running: Running, wrk_child: Child, options: argparse.Namespace) -> Findings:
    """Samples, reloads and watches until the load generator ends."""
    findings = Findings()
    stop = asyncio.Event()
    context = (
        ssl.create_default_context(cafile=str(running.site.pki.ca)) if running.site.scenario.tls else None
    )
    began = time.monotonic()
    pause = options.pause_ms / 1000
    helpers = [
        asyncio.create_task(keepalive.watch(running.site.port, stop, findings.witness, context, pause))
        for _ in range(options.clients)
    ]
    if options.reload_every:
        helpers.append(asyncio.create_task(_reload(running, stop, findings, options.reload_every / 1000)))
    deadline = began + options.seconds + 60
    try:
        while wrk_child.process.poll() is None and time.monotonic() < deadline:
            _sample(running, findings, time.monotonic() - began)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(_ended(wrk_child), options.interval)
    finally:
        stop.set()
        for failure in await asyncio.gather(*helpers, return_exceptions=True):
            if isinstance(failure, Exception):
                raise failure
    return findings


def _sample(running: Running, findings: Findings, second: float) -> None:
    """Notes the memory of every process of the tree, and which of them are gone."""
    living = {stat.pid for stat in tree(running.child.pid) if stat.state != "Z"}
    for pid in living:
        if kib := pss_kib(pid):
            findings.trends.setdefault(pid, Trend(pid)).samples.append((second, kib))
    findings.ended += [pid for pid in findings.trends if pid not in living and pid not in findings.ended]
    latest = " ".join(
        f"{pid}:{trend.samples[-1][1]}" for pid, trend in findings.trends.items() if pid in living
    )
    lost = findings.witness.lost
    print(f"  {second:7.1f} s  PSS KiB {latest}  reloads {findings.reloads}  lost {lost}", file=sys.stderr)


async def _reload(running: Running, stop: asyncio.Event, findings: Findings, every: float) -> None:
    """SIGHUP again and again; fastgw's file is changed each time, so that no reload is an empty one."""
    config = running.site.folder / "gateway.yaml"
    original = config.read_text() if config.exists() else None
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), every)
            return
        if running.child.process.poll() is not None:
            return
        if original is not None:
            text = original.replace("displayName: Everything", f"displayName: Everything {findings.reloads}")
            fresh = config.with_suffix(".new")
            fresh.write_text(text)
            fresh.replace(config)
        os.kill(running.child.pid, signal.SIGHUP)
        findings.reloads += 1


async def _ended(child: Child) -> None:
    """Returns when the program has ended."""
    while child.process.poll() is None:  # noqa: ASYNC110  Popen has no event to wait for
        await asyncio.sleep(0.05)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the soak. Returns 0 when all is well, 1 when not."""
    options = _parser().parse_args(arguments)
    leave_on_sigterm()
    before = os.sched_getaffinity(0)
    try:
        cores = choose_cores(options.gateway_core, options.load_core)
        os.sched_setaffinity(0, {cores.load})
        return _run(options, cores)
    except (BenchError, NotInstalled) as error:
        print(f"soak: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("soak: stopped; everything that it started has been ended", file=sys.stderr)
        return 130
    finally:
        os.sched_setaffinity(0, before)


def _run(options: argparse.Namespace, cores: Cores) -> int:
    peer, scenario = PEERS[options.peer], SCENARIOS[options.scenario]
    version = peer.version()
    with tempfile.TemporaryDirectory(prefix="soak-") as scratch, Fleet() as fleet:
        folder = Path(scratch)
        certificates = pki.make(folder / "tls")
        origin = start_origin(fleet, folder, certificates, cores.load)
        running = start_gateway(
            fleet,
            peer,
            scenario,
            folder=folder,
            pki=certificates,
            origin=origin,
            core=cores.gateway,
            workers=options.workers,
        )
        check(running)
        print(f"{peer.name} {version}, {scenario.name}, {options.seconds} s", file=sys.stderr)
        words = wrk.command(running.url, options.seconds)
        wrk_child = fleet.start("wrk", words, core=cores.load, log=folder / "wrk.log")
        findings = asyncio.run(soak(running, wrk_child, options))
        if running.child.process.poll() is not None:
            raise BenchError(f"{peer.name} ended during the load:\n{running.child.log_tail()}")
        findings.load = wrk.parse(wrk_child.log.read_text(errors="replace"))
    if peer.name != "fastgw" and options.reload_every:
        # Other gateways replace their workers on a reload; that is their way, not an accident.
        findings.ended.clear()
    return _report(findings, options)


def _report(findings: Findings, options: argparse.Namespace) -> int:
    """Prints the tables and the verdict, writes the record where one is asked for."""
    assert findings.load is not None
    start = options.seconds * WARM_UP
    print(
        "\n| process | first MiB | last MiB | most MiB | KiB/min after warm-up |\n|---|---:|---:|---:|---:|"
    )
    for trend in findings.trends.values():
        sizes = [kib / 1024 for _, kib in trend.samples]
        growth = slope(trend.after(start))
        print(f"| {trend.pid} | {sizes[0]:.1f} | {sizes[-1]:.1f} | {max(sizes):.1f} | {growth:+.0f} |")
    load, witness = findings.load, findings.witness
    print(f"\nload: {load.requests} requests, {load.failures} failures, {load.requests / load.seconds:.0f}/s")
    print(
        f"keep-alive clients: {witness.answered} answered, {witness.lost} lost, {witness.opened} connections "
        f"opened, {witness.closed} closed as announced; {findings.reloads} reloads"
    )
    wrong = verdict(findings, options.seconds, options.most_growth, options.most_mib)
    if options.seconds * (1 - WARM_UP) < JUDGED_SECONDS:
        print(f"growth is not judged: less than {JUDGED_SECONDS:g} s after the warm-up")
    print("verdict: " + ("good" if not wrong else "bad\n" + "\n".join(f"- {line}" for line in wrong)))
    if options.json:
        facts = {
            "seconds": options.seconds,
            "wrong": wrong,
            "reloads": findings.reloads,
            "requests": load.requests,
            "errors": load.errors,
            "answered": witness.answered,
            "lost": witness.lost,
            "reasons": dict(witness.reasons),
            "samples": {str(trend.pid): trend.samples for trend in findings.trends.values()},
            "kib_per_minute": {
                str(trend.pid): slope(trend.after(start)) for trend in findings.trends.values()
            },
        }
        options.json.write_text(json.dumps(facts, indent=2) + "\n")
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    request_scenarios = [name for name in SCENARIOS if name != "handshakes"]
    parser = argparse.ArgumentParser(prog="python -m loadtests.soak", description=__doc__)
    parser.add_argument("--seconds", type=within(86400), default=600, help="length of the load (600)")
    parser.add_argument("--scenario", choices=request_scenarios, default="plain")
    parser.add_argument("--peer", choices=list(PEERS), default="fastgw", help="what is loaded (fastgw)")
    parser.add_argument("--workers", type=within(64), default=1)
    parser.add_argument("--interval", type=within(600), default=5, help="seconds between samples (5)")
    parser.add_argument("--clients", type=within(1000), default=8, help="keep-alive clients (8)")
    parser.add_argument("--pause-ms", type=within(60000), default=5, help="pause of such a client (5)")
    parser.add_argument("--reload-every", type=within(3600000), metavar="MS", help="SIGHUP every MS ms")
    parser.add_argument("--most-mib", type=float, default=80.0, help="most PSS of a process (80)")
    parser.add_argument("--most-growth", type=float, default=100.0, help="most growth in KiB/min (100)")
    parser.add_argument("--json", type=Path, help="file for the record")
    parser.add_argument("--gateway-core", type=int)
    parser.add_argument("--load-core", type=int)
    return parser


if __name__ == "__main__":
    sys.exit(main())
