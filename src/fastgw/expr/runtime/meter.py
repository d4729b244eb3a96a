"""What an expression may use up: steps, time, and the size of what it builds. One meter for the process.

Generated code spends a step for each round of a loop and each call of a lambda or local function; library
code spends where it loops over what policies give it or goes through a long text, and reserves before it
builds something large. Steps are handed out in slices: how long they took is looked at between two of them,
since not all steps take equally long; what a single step may still hide, `runtime.watchdog` ends. Regular
expressions are matched by a library that counts no steps, so they have seconds. A worker runs one expression
at a time, on one thread, so the meter is a module-level object.
"""

from __future__ import annotations

from time import thread_time

from fastgw.expr.runtime.errors import Exhausted

# Well under a millisecond of the cheapest steps: what ordinary expressions need, who never ask for the time.
_FIRST_SLICE = 1_000
# A look at the clock costs as much as some ten steps.
_SLICE = 5_000
# Characters of a text that are gone through by compiled code in the time of one step, roughly.
_STEP_BITS = 12

TOO_LONG = "The expression has run for too long."
_TOO_LARGE = "The expression has built values that are too large."


class Meter:
    """Counts down; `restart` before each evaluation. Once exhausted, it stays so until then.

    `most_seconds` are those of processor time that all steps together may take, but for the first slice;
    `seconds_left` are those for regular expressions. Generated code sets what is left by itself.
    """

    __slots__ = (
        "bytes_left",
        "first_steps",
        "later_steps",
        "match_seconds",
        "most_bytes",
        "most_seconds",
        "seconds_left",
        "started",
        "steps_later",
        "steps_left",
    )

    def __init__(
        self,
        most_steps: int = 5_000_000,
        most_bytes: int = 64 * 1024 * 1024,
        match_seconds: float = 1.0,
        most_seconds: float = 3.0,
    ) -> None:
        self.set_limits(most_steps, most_bytes, match_seconds, most_seconds)
        self.started = 0.0
        self.restart()

    def set_limits(self, most_steps: int, most_bytes: int, match_seconds: float, most_seconds: float) -> None:
        """What each evaluation may use up from the next one on, in the whole process.

        It holds for expressions that are compiled already, too. `match_seconds` are real time,
        `most_seconds` the processor's. Raises ValueError for a limit below zero.
        """
        if min(most_steps, most_bytes, match_seconds, most_seconds) < 0:
            raise ValueError("a limit of expressions is below zero")
        self.most_steps = most_steps
        self.most_bytes = most_bytes
        self.match_seconds = match_seconds
        self.most_seconds = most_seconds

    @property
    def most_steps(self) -> int:
        """All steps of an evaluation."""
        return self.first_steps + self.later_steps

    @most_steps.setter
    def most_steps(self, steps: int) -> None:
        self.first_steps = min(steps, _FIRST_SLICE)
        self.later_steps = steps - self.first_steps

    def restart(self) -> None:
        """Begin a new evaluation."""
        self.steps_left = self.first_steps
        self.steps_later = self.later_steps
        self.bytes_left = self.most_bytes
        self.seconds_left = self.match_seconds

    def spend(self, steps: int = 1) -> None:
        """Use up steps. Raises Exhausted."""
        self.steps_left -= steps
        if self.steps_left < 0:
            self.refill()

    def read(self, characters: int) -> None:
        """Use up steps for compiled code that goes through so many characters. Raises Exhausted."""
        self.steps_left -= characters >> _STEP_BITS
        if self.steps_left < 0:
            self.refill()

    def refill(self) -> None:
        """Take the next slice, where there is one and the time is not over. Raises Exhausted."""
        if self.steps_left + self.steps_later < 0:
            self.end()
            raise Exhausted("The expression has run for too many steps.")
        now = thread_time()
        if self.steps_later == self.later_steps:
            self.started = now
        elif now - self.started > self.most_seconds:
            self.end()
            raise Exhausted(TOO_LONG)
        taken = min(max(_SLICE, -self.steps_left), self.steps_later)
        self.steps_later -= taken
        self.steps_left += taken

    def end(self) -> None:
        """Let nothing more run: each further step raises Exhausted."""
        self.steps_left = -1
        self.steps_later = 0

    def reserve(self, size: int) -> None:
        """Use up bytes for something that is about to be built. Raises Exhausted."""
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise Exhausted(_TOO_LARGE)

    def require(self, size: int) -> None:
        """See that there is room for what is counted later, when it is built. Raises Exhausted."""
        if self.bytes_left < size:
            self.bytes_left = -1
            raise Exhausted(_TOO_LARGE)


meter = Meter()
