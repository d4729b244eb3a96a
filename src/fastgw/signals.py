"""Signals as data for a selector loop.

The handlers do nothing; the interpreter writes the signal's number to a descriptor that the loop reads.
So no code of ours ever runs between two bytecodes of other code. Main thread only.
"""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import Self


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Exist: a signal with no Python handler is not written to the wake-up descriptor."""


def ignore_once_ended() -> None:
    """Let a signal that comes after the gateway has ended not change its exit code.

    To be called right before `Supervisor.run`, which takes the signals over and gives them back like this.
    """
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


class Signals:
    """A context that takes signals over and gives them back to their former handlers."""

    def __init__(self, *numbers: signal.Signals) -> None:
        self._numbers = numbers

    def __enter__(self) -> Self:
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._reading, False)
        os.set_blocking(self._writing, False)
        # A full pipe loses a byte among 65536 that say the same; nobody needs a warning for it.
        self._former_descriptor = signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        self._former = {number: signal.signal(number, _ignore) for number in self._numbers}
        return self

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
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
        signal.set_wakeup_fd(self._former_descriptor)
        self.close_descriptors()
