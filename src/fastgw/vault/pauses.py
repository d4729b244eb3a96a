"""How long to wait before a secret is read again. Values in, values out; times are in seconds."""

from __future__ import annotations

from typing import Final

FIRST: Final = 0.5
LONGEST: Final = 300.0
LONGEST_ASKED: Final = 3600.0
"""A vault that asks for more than an hour is asked again after one."""


def after_success(interval: float, chance: float) -> float:
    """Between 0.9 and 1 of the interval, so that gateways that began together do not ask together.

    `chance` is a random number from 0 to 1, without 1.
    """
    return interval * (1.0 - 0.1 * chance)


def after_failure(failures: int, asked: float | None, interval: float, chance: float) -> float:
    """Half a second, doubling with each failure in a row up to 5 minutes (or the interval), spread by half.

    `failures` counts from 1; `asked` is Retry-After, which is never undercut.
    """
    longest = min(LONGEST, max(FIRST, interval))
    # The exponent is bounded: 2**1100 is no float.
    pause = min(longest, FIRST * 2.0 ** min(failures - 1, 30)) * (1.0 - 0.5 * chance)
    return pause if asked is None else max(pause, min(asked, LONGEST_ASKED))
