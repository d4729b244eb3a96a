"""`python -m loadtests.instructions`: how many instructions a request takes in fastgw, counted by valgrind.

CPU time of two runs differs by microseconds for reasons of the machine; instructions differ by a handful in
ten thousand. So this says what a small part adds where the bench cannot. What it does not see: the kernel,
caches that miss, and the clock, whose reading is a system call under valgrind.
"""

from __future__ import annotations

import argparse
import http.client
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from loadtests import pki
from loadtests.bench import choose_cores, leave_on_sigterm
from loadtests.gateways import PEERS, NotInstalled, Peer, Site, start_gateway
from loadtests.origin import Origin, start_origin
from loadtests.processes import BenchError, Fleet, tree
from loadtests.scenarios import PATH, REQUEST_HEADERS, SCENARIOS, Scenario

STEPS = (
    SCENARIOS["plain"],
    Scenario("backend", "the same through a backend, set by a policy"),
    Scenario("breaker", "the backend has a circuit breaker"),
    SCENARIOS["resilient"],
)
"""Each one does what the one before it does, and something more."""

WARM_UP = 300
REQUESTS = 2000
_SECONDS = 300.0
"""How long a start or a request may take: under valgrind everything is some fifty times slower."""
_MARK = "pipeline_not_found"
"""Before this function, counts are written: who answers what no operation matches."""
_NAMED = re.compile(r"c?fni?=\((\d+)\)(?: (.+))?")


def main(arguments: Sequence[str] | None = None) -> int:
    """Counts and prints. Returns 0, or 1 when something did not work or valgrind is not here."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.instructions", description=__doc__)
    parser.add_argument(
        "--functions", type=int, default=0, help="also show so many functions of each difference"
    )
    options = parser.parse_args(arguments)
    leave_on_sigterm()
    try:
        _run(options.functions)
    except (BenchError, NotInstalled) as error:
        print(f"instructions: {error}", file=sys.stderr)
        return 1
    return 0


def _run(functions: int) -> None:
    if shutil.which("valgrind") is None:
        raise NotInstalled("nothing is counted: valgrind is missing (Debian package valgrind)")
    PEERS["fastgw"].version()
    cores = choose_cores(None, None)
    before: Counter[str] = Counter()
    print(f"{'':10}  instructions a request      more")
    with tempfile.TemporaryDirectory(prefix="loadtest-") as scratch, Fleet() as fleet:
        folder = Path(scratch)
        certificates = pki.make(folder / "tls")
        origin = start_origin(fleet, folder, certificates, cores.load)
        for step in STEPS:
            cost = _count(step, folder, certificates, origin, cores.gateway)
            more = f"{_each(cost.total() - before.total()):+.0f}" if before else ""
            print(f"{step.name:10}  {_each(cost.total()):22.0f}  {more:>8}   {step.title}", flush=True)
            if before and functions:
                _print_functions(before, cost, functions)
            before = cost


def _count(step: Scenario, folder: Path, certificates: pki.Pki, origin: Origin, core: int) -> Counter[str]:
    """Instructions of one worker for REQUESTS requests, one after the other, by function."""
    counts = folder / f"{step.name}.counts"

    def command(site: Site, workers: int) -> list[str]:
        # A fixed seed: collisions in dictionaries must be those of every other run.
        valgrind = ["env", "PYTHONHASHSEED=0", "valgrind", "--tool=callgrind", f"--dump-before=*{_MARK}*"]
        return [*valgrind, f"--callgrind-out-file={counts}.%p", *PEERS["fastgw"].command(site, workers)]

    peer: Peer = replace(PEERS["fastgw"], command=command)
    with Fleet() as fleet:
        running = start_gateway(
            fleet, peer, step, folder=folder, pki=certificates, origin=origin, core=core, seconds=_SECONDS
        )
        # The master first, then its one worker.
        worker = tree(running.child.pid)[-1].pid
        connection = http.client.HTTPConnection("127.0.0.1", running.site.port, timeout=_SECONDS)
        _ask(connection, "GET", WARM_UP)
        # No operation has this method: the counts so far are written, and begin anew.
        _ask(connection, "DELETE", 1, status=404)
        _ask(connection, "GET", REQUESTS)
        _ask(connection, "DELETE", 1, status=404)
        connection.close()
    return by_function(Path(f"{counts}.{worker}.2").read_text().splitlines())


def _ask(connection: http.client.HTTPConnection, method: str, requests: int, status: int = 200) -> None:
    """So many requests, one after the other."""
    for _ in range(requests):
        connection.request(method, PATH, headers=REQUEST_HEADERS)
        answer = connection.getresponse()
        answer.read()
        if answer.status != status:
            raise BenchError(f"status {answer.status} instead of {status}")


def by_function(lines: Iterable[str]) -> Counter[str]:
    """Reads what callgrind writes: instructions of each function, without those of what it calls."""
    names: dict[str, str] = {}
    counts: Counter[str] = Counter()
    function = ""
    of_a_call = False
    for line in lines:
        if named := _NAMED.match(line):
            # A name stands where its number comes first.
            names.setdefault(named[1], named[2] or "?")
            if line.startswith("fn="):
                function = names[named[1]]
        elif line.startswith("calls="):
            of_a_call = True
        elif line[:1] in "+-*0123456789" and line:
            if not of_a_call:
                counts[function] += int(line.split()[-1])
            of_a_call = False
    return counts


def _print_functions(before: Counter[str], after: Counter[str], count: int) -> None:
    more = {name: after[name] - before[name] for name in after | before}
    for name in sorted(more, key=lambda name: -abs(more[name]))[:count]:
        print(f"{'':10}  {'':22}  {_each(more[name]):+8.0f}   {name}")


def _each(count: int) -> float:
    return count / REQUESTS


if __name__ == "__main__":
    sys.exit(main())
