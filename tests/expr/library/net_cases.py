"""Cases whose results were computed with .NET, and the clock that stood still meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastgw.expr.library import clock
from fastgw.expr.runtime.errors import NetException
from fastgw.expr.runtime.text import inward

FOLDER = Path(__file__).parent / "cases"
NOON = 639_308_592_000_000_000
"""2026-11-21T12:00:00Z."""


def cases(name: str) -> list[Any]:
    """The cases of a file; their texts are UTF-16 code units, as in expressions."""
    found: list[Any] = json.loads((FOLDER / name).read_text())
    return [[inward(one) if isinstance(one, str) else one for one in case] for case in found]


def outcome(run: Callable[[], Any]) -> Any:
    """What is returned, or the exception as `Type: message`."""
    try:
        return run()
    except NetException as error:
        return f"{error.net_name.rpartition('.')[2]}: {error.message}"


@contextmanager
def clock_at(ticks: int) -> Iterator[None]:
    before = clock.replace(lambda: ticks)
    try:
        yield
    finally:
        clock.replace(before)
