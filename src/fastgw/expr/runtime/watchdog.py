"""Ends an expression that stays in one evaluation for longer than it may, whatever it does there.

The meter counts what it is told of; this is the net below it. A timer of the process's own processor time
interrupts the main thread a few times in each second that is spent computing, and the handler looks whether
it is the same evaluation as before. Python runs handlers between two of its own instructions, so what one
call of compiled code may take has to be bounded where the call is made. It costs expressions nothing, and
an idle process has no ticks.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from time import thread_time
from types import CodeType, FrameType
from typing import Any

from fastgw.expr.runtime.errors import Exhausted
from fastgw.expr.runtime.meter import TOO_LONG, meter

_TICK_SECONDS = 0.25

# What runs last in an evaluation: it makes the error of what has ended it, so nothing may end it again.
_spared: set[CodeType] = set()


class _Seen:
    """Marks a frame: `since` is the processor time of the thread at the first tick that met it.

    It stands where a tracer of Python would put a function, so it answers as one that goes on tracing.
    """

    __slots__ = ("since",)

    def __init__(self, since: float) -> None:
        self.since = since

    def __call__(self, _frame: FrameType, _event: str, _argument: Any) -> _Seen:
        return self


def spare(code: CodeType) -> None:
    """Never interrupt a call of this function, which ends an evaluation."""
    _spared.add(code)


@contextmanager
def watching() -> Iterator[None]:
    """Watch over the expressions that the main thread evaluates meanwhile; the main thread calls this.

    The seconds are the meter's. Uses SIGVTALRM and its timer, and leaves both as they were.
    """
    before = signal.signal(signal.SIGVTALRM, _tick)
    # A system call that a tick interrupts goes on by itself.
    signal.siginterrupt(signal.SIGVTALRM, False)
    timer = signal.setitimer(signal.ITIMER_VIRTUAL, _TICK_SECONDS, _TICK_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, *timer)
        signal.signal(signal.SIGVTALRM, before)


def _tick(_number: int, frame: FrameType | None) -> None:
    """Raises Exhausted in an evaluation that has had its time, again at each tick while it goes on."""
    evaluation = _evaluation(frame)
    if evaluation is None:
        return
    now = thread_time()
    seen = evaluation.f_trace
    if not isinstance(seen, _Seen):
        # The mark is the frame's own and goes with it: to keep the frame here would keep the request too.
        evaluation.f_trace = _Seen(now)
    elif now - seen.since > meter.most_seconds:
        meter.end()
        raise Exhausted(TOO_LONG)


def _evaluation(frame: FrameType | None) -> FrameType | None:
    """The outermost frame of generated code, which alone has no built-in names; None where none may end."""
    found = None
    while frame is not None:
        if not frame.f_builtins:
            found = frame
        elif frame.f_code in _spared:
            return None
        frame = frame.f_back
    return found
