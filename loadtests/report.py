"""Turns rounds into figures, a markdown table and a JSON record. Computes and prints; measures nothing."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from loadtests import handshakes
from loadtests.measure import BESIDE, REQUESTS, Result, modes
from loadtests.scenarios import SCENARIOS

REFERENCE = "nginx"
"""The gateway that every other is held against."""


@dataclass(frozen=True, slots=True)
class Figure:
    """CPU time per unit in microseconds over the good rounds: median, smallest, largest; units per second."""

    median: float
    low: float
    high: float
    rate: float
    p99: float


@dataclass(frozen=True, slots=True)
class Added:
    """CPU time in microseconds that a request costs more than one of the scenario beside."""

    median: float
    low: float
    high: float


def figure(result: Result, mode: str) -> Figure | None:
    """The figure of one mode; None where no round was good."""
    good = [done for done in result.rounds if done.mode == mode and done.good]
    if not good:
        return None
    costs = [done.microseconds for done in good]
    return Figure(
        statistics.median(costs),
        min(costs),
        max(costs),
        statistics.median(done.units / done.seconds for done in good),
        statistics.median(done.p99 for done in good),
    )


def handshake_cost(result: Result, mode: str) -> float | None:
    """CPU time of a handshake alone: a TLS connection with one request, less a plain one with one request."""
    whole, plain = figure(result, mode), figure(result, "plain")
    return whole.median - plain.median if whole and plain and mode != "plain" else None


def added(result: Result) -> Added | None:
    """What a request costs more than one of the scenario beside; None without a pair of good rounds.

    Taken from pairs of rounds that followed each other: what slows the machine down for a while slows both.
    """
    before = [done for done in result.rounds if done.mode == BESIDE]
    after = [done for done in result.rounds if done.mode == REQUESTS]
    pairs = [(one, two) for one, two in zip(before, after, strict=False) if one.good and two.good]
    if not pairs:
        return None
    costs = [two.microseconds - one.microseconds for one, two in pairs]
    return Added(statistics.median(costs), min(costs), max(costs))


def failed_rounds(result: Result) -> int:
    """Rounds that do not count."""
    return sum(not done.good for done in result.rounds)


def table(results: Sequence[Result]) -> str:
    """One markdown table per scenario."""
    parts = []
    for name in dict.fromkeys(result.scenario for result in results):
        rows = [result for result in results if result.scenario == name]
        lines = [f"### {name}: {SCENARIOS[name].title}", ""]
        lines += _handshake_rows(rows) if name == "handshakes" else _request_rows(rows)
        if SCENARIOS[name].beside:
            lines += ["", *_added_rows(rows, SCENARIOS[name].beside)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _request_rows(rows: Sequence[Result]) -> list[str]:
    lines = [
        "| gateway | CPU us/request | low-high | x nginx | x Envoy | requests/s | p99 ms | memory MiB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    references = {row.gateway: figure(row, REQUESTS) for row in rows}
    for row in rows:
        found = figure(row, REQUESTS)
        if found is None:
            lines.append(f"| {row.gateway} | {_why(row)} | | | | | | |")
            continue
        nginx, envoy = (_ratio(found, references.get(name)) for name in (REFERENCE, "envoy"))
        lines.append(
            f"| {row.gateway} | {found.median:.1f}{_marks(row)} | {found.low:.1f}-{found.high:.1f} | {nginx} "
            f"| {envoy} | {found.rate:.0f} | {found.p99 / 1000:.1f} | {row.pss_kib / 1024:.1f} |"
        )
    return lines


def _added_rows(rows: Sequence[Result], beside: str) -> list[str]:
    lines = [
        f"What a request costs more than in `{beside}`: pairs of rounds that followed each other.",
        "",
        f"| gateway | {beside} us/request | added us | low-high |",
        "|---|---:|---:|---:|",
    ]
    for row in rows:
        before, more = figure(row, BESIDE), added(row)
        if before is None or more is None:
            lines.append(f"| {row.gateway} | - | - | - |")
            continue
        span = f"{more.low:+.2f} to {more.high:+.2f}"
        lines.append(f"| {row.gateway} | {before.median:.1f} | {more.median:+.2f} | {span} |")
    return lines


def _handshake_rows(rows: Sequence[Result]) -> list[str]:
    names = list(handshakes.MODES)
    secured = names[1:]
    lines = [
        "CPU us per new connection with one request; in brackets less the plain one: the handshake alone.",
        "",
        "| gateway | " + " | ".join(name.replace("_", " ") for name in names) + " | x nginx, tls13 full |",
        "|---|" + "---:|" * (len(names) + 1),
    ]
    reference = next((figure(row, "tls13_full") for row in rows if row.gateway == REFERENCE), None)
    for row in rows:
        cells = []
        for name in names:
            found, alone = figure(row, name), handshake_cost(row, name)
            text = f"{found.median:.0f}" if found else "-"
            cells.append(f"{text} ({alone:.0f})" if alone is not None and name in secured else text)
        full = figure(row, "tls13_full")
        if full is None and not any(figure(row, name) for name in names):
            cells[0] = _why(row)
        ratio = _ratio(full, reference) if full else "-"
        lines.append(f"| {row.gateway}{_marks(row)} | " + " | ".join(cells) + f" | {ratio} |")
    return lines


def _ratio(found: Figure, reference: Figure | None) -> str:
    return f"{found.median / reference.median:.2f}" if reference and reference.median else "-"


def _marks(row: Result) -> str:
    failed = failed_rounds(row)
    return f" ({failed} failed)" if failed else ""


def _why(row: Result) -> str:
    """Why there is no figure, fit for one cell: what was noticed, and the last that the gateway said."""
    lines = row.error.splitlines() or ["no round was good"]
    reason = " ".join(dict.fromkeys((lines[0][:120], lines[-1].strip()[:160])))
    return "failed: " + reason.replace("|", "/")


def machine() -> dict[str, object]:
    """Facts about the machine that a reader of figures needs; no names, no paths."""
    model = ""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": model or platform.machine(),
        "cores": os.cpu_count(),
        "memory_mib": memory // (1 << 20),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def record(
    facts: dict[str, object],
    versions: dict[str, str],
    left_out: dict[str, str],
    settings: dict[str, object],
    results: Sequence[Result],
) -> str:
    """Everything a run found, as JSON: machine, versions, settings, every round and the figures."""
    rows = []
    for result in results:
        figures = {}
        for mode in modes(SCENARIOS[result.scenario]):
            found = figure(result, mode)
            figures[mode] = asdict(found) if found else None
        more = added(result)
        rounds = [asdict(done) | {"cpu_us": done.microseconds, "good": done.good} for done in result.rounds]
        rows.append(
            {
                "scenario": result.scenario,
                "gateway": result.gateway,
                "figures": figures,
                "added": asdict(more) if more else None,
                "pss_kib": result.pss_kib,
                "error": result.error,
                "rounds": rounds,
            }
        )
    whole = {"machine": facts, "versions": versions, "left_out": left_out, "settings": settings}
    return json.dumps(whole | {"results": rows}, indent=2) + "\n"
