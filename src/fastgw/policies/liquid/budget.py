"""What one rendering of a template may use up: characters that it makes, rounds, seconds.

Everything a template writes and every filter's result is paid for here, before it is built where that can be
foreseen; nothing else in a template can grow or last.
"""

from __future__ import annotations

import time

from liquid.exceptions import ResourceLimitError

MOST_CHARACTERS = 32 * 1024 * 1024
MOST_ROUNDS = 1_000_000
MOST_SECONDS = 1.0


class Budget:
    """Counts down; one for each rendering."""

    __slots__ = ("_characters", "_end", "_rounds")

    def __init__(self) -> None:
        self._characters = MOST_CHARACTERS
        self._rounds = MOST_ROUNDS
        self._end = time.monotonic() + MOST_SECONDS

    def characters(self, count: int) -> None:
        """Pay for text. Raises ResourceLimitError."""
        self._characters -= count
        if self._characters < 0:
            raise ResourceLimitError("the template makes too much text", token=None)
        self.rounds()

    def rounds(self, count: int = 1) -> None:
        """Pay for rounds of a loop, or for items of an array. Raises ResourceLimitError."""
        self._rounds -= count
        if self._rounds < 0:
            raise ResourceLimitError("the template loops too often", token=None)
        if time.monotonic() > self._end:
            raise ResourceLimitError("the template takes too long", token=None)
