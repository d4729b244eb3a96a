"""Signals as data for a selector loop.

The handlers do nothing; the interpreter writes the signal's number to a descriptor that the loop reads.
So no code of ours ever runs between two bytecodes of other code, but where a block asks for it. Main
thread only.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self

_ENDINGS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Exist: a signal with no Python handler is not written to the wake-up descriptor."""


class Ended(BaseException):
    """SIGTERM or SIGINT came inside `Signals.ending`; no Exception, so that nobody takes it for a fault."""


class Signals:
    """A context that takes signals over and gives them back to their former handlers.

    With `ignored_after` they are ignored afterwards: for a process that ends then, so that a signal that
    comes late does not change its exit code.
    """

    def __init__(self, *numbers: signal.Signals, ignored_after: bool = False) -> None:
        self._numbers = numbers
        self._ignored_after = ignored_after

    def __enter__(self) -> Self:
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._reading, False)
        os.set_blocking(self._writing, False)
        # A full pipe loses a byte among 65536 that say the same; nobody needs a warning for it.
        self._former_descriptor = signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        self._former = {number: signal.signal(number, _ignore) for number in self._numbers}
        return self

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Let SIGTERM and SIGINT raise `Ended` out of the block, once; `take` tells of them too.

        For work that takes long, must not go on, and leaves nothing behind when it is cut off anywhere.
        """
        numbers = (signal.SIGTERM, signal.SIGINT)

        def end(_number: int, _frame: FrameType | None) -> None:
            # A second signal must not cut off what cleans up after the first.
            for number in numbers:
                signal.signal(number, _ignore)
            raise Ended

        try:
            for number in numbers:
                signal.signal(number, end)
            yield
        finally:
            for number in numbers:
                signal.signal(number, _ignore)

    def fileno(self) -> int:
        """The descriptor that is readable when a signal has come."""
        return self._reading

    def take(self) -> list[int]:
        """The numbers of the signals that came since the last call, in order."""
        taken = b""
        while True:
            try:
                chunk = os.read(self._reading, 4096)
            except BlockingIOError:
                break
            taken += chunk
        return list(taken)

    def close_descriptors(self) -> None:
        """Close this process's copies, in a forked child; its handlers are its own business."""
        os.close(self._reading)
        os.close(self._writing)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._former.items():
            if self._ignored_after and number in _ENDINGS:
                handler = signal.SIG_IGN
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
        signal.set_wakeup_fd(self._former_descriptor)
        self.close_descriptors()
