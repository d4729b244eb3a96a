"""The clock that expressions read. Everything that asks for the time asks here, so that a test can stop it.

Ticks are .NET's: 100 nanoseconds, counted from 0001-01-01T00:00:00 UTC.
"""

from __future__ import annotations

import time
from collections.abc import Callable

UNIX_EPOCH_TICKS = 621_355_968_000_000_000


def _system_ticks() -> int:
    return time.time_ns() // 100 + UNIX_EPOCH_TICKS


_read: Callable[[], int] = _system_ticks


def utc_now_ticks() -> int:
    """The time now, UTC."""
    return _read()


def replace(read: Callable[[], int] | None) -> Callable[[], int]:
    """Read the time from `read` from now on (None: from the system); gives what was read before."""
    global _read
    before = _read
    _read = read or _system_ticks
    return before
