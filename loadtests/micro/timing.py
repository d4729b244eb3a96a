"""How the micro benches measure: CPU time, the best of several runs, a table of few columns.

Nothing here judges a figure.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Cost(NamedTuple):
    """Nanoseconds of CPU time per step."""

    best: float
    median: float


def cost(run: Callable[[int], object], count: int, rounds: int = 9) -> Cost:
    """Run `count` steps in each of `rounds` rounds, after one to warm up."""
    run(count)
    spent = []
    for _ in range(rounds):
        began = time.process_time_ns()
        run(count)
        spent.append((time.process_time_ns() - began) / count)
    return Cost(min(spent), statistics.median(spent))


def table(title: str, rows: Sequence[tuple[str, Cost]]) -> str:
    """The rows, each with its ratio to the first one."""
    width = max(len(name) for name, _ in rows)
    lines = [title, f"{'':{width}}  best ns  median ns  x first"]
    lines += [
        f"{name:{width}}  {found.best:7.0f}  {found.median:9.0f}  {found.median / rows[0][1].median:7.2f}"
        for name, found in rows
    ]
    return "\n".join(lines)
