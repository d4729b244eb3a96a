"""Forked children of the master: their start, their end, and how soon to try again.

A child must never run the master's code after its own body, handle the master's signals, or outlive the
master. The master must stay single-threaded: only then is forking it safe.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from fastgw.control_channel import ControlChannel
from fastgw.telemetry import log

_PR_SET_PDEATHSIG = 1
# sysexits.h EX_SOFTWARE: the body of a child raised.
CRASHED = 70
# A leftover child has this long between SIGTERM and SIGKILL, in seconds.
KILL_GRACE = 1.0

# Loaded before any fork: the child must not open libraries between fork and its first line.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None

# The master's own signals. A child ignores the ones that a terminal or a service manager sends to the
# whole group: the master decides, and tells its children over their control channel.
MASTER_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


class Backoff:
    """How long to wait before a dead child is replaced: at once, then 0.1 s doubling up to 10 s.

    A child that lived `healthy_after` seconds starts the count anew. Times are monotonic seconds.
    """

    def __init__(self, first: float = 0.1, longest: float = 10.0, healthy_after: float = 60.0) -> None:
        self._first = first
        self._longest = longest
        self._healthy_after = healthy_after
        self._deaths = 0

    def delay(self, lived: float) -> float:
        """Seconds to wait after a child that lived `lived` seconds."""
        if lived >= self._healthy_after:
            self._deaths = 0
        self._deaths += 1
        if self._deaths == 1:
            return 0.0
        # The exponent is bounded: 2**1100 is no float.
        return min(self._longest, self._first * 2.0 ** min(self._deaths - 2, 30))


@dataclass(slots=True, eq=False)
class Child:
    """A running child as the master sees it; times are monotonic seconds, `seat` is a worker's (_shared)."""

    pid: int
    name: str
    channel: ControlChannel
    started: float
    seat: int | None = None
    ready: bool = False
    generation: int = 0
    leaving: bool = False
    terminate_at: float | None = None
    kill_at: float | None = None

    def leave(self, now: float, patience: float) -> None:
        """Tell the child to drain; after `patience` seconds it is terminated, then killed."""
        if self.leaving:
            return
        self.leaving = True
        self.terminate_at = now + patience
        self.channel.send(("drain",))

    def enforce(self, now: float) -> None:
        """Send the signals whose time has come."""
        if self.kill_at is not None and now >= self.kill_at:
            self.kill_at = None
            self.signal(signal.SIGKILL)
        elif self.terminate_at is not None and now >= self.terminate_at:
            self.terminate_at = None
            self.kill_at = now + KILL_GRACE
            self.signal(signal.SIGTERM)

    def next_deadline(self) -> float | None:
        """When `enforce` has something to do next."""
        times = [time for time in (self.terminate_at, self.kill_at) if time is not None]
        return min(times) if times else None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; a child that is gone but not yet reaped takes it without effect."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return

    def reap(self) -> int | None:
        """Return the wait status once the child has ended, None while it runs."""
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            # Someone else waited for it; that it is gone is all there is to know.
            return 0
        return status if pid else None


def fork_child(body: Callable[[], int], close_first: Callable[[], None]) -> int:
    """Fork a process that runs `close_first`, then `body`, and ends with its exit code; return the pid.

    The child ignores SIGINT and SIGHUP, has the default SIGTERM, and dies with the master. An exception
    of `body` is logged and ends the child with `CRASHED`; nothing of the caller's stack runs in it.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    master = os.getpid()
    # Blocked across the fork: a signal that met the child before it has its own handlers would run the
    # master's and wake the master through the descriptor they share.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, MASTER_SIGNALS)
    pid = 0
    try:
        pid = os.fork()
        if pid:
            return pid
        code = CRASHED
        try:
            _become_child(master, before)
            close_first()
            code = body()
        except SystemExit as ending:
            code = ending.code if isinstance(ending.code, int) else 1
        except BaseException as error:
            log.error(
                "process crashed",
                error=f"{type(error).__name__}: {error}",
                traceback="".join(traceback.format_exception(error)),
            )
        finally:
            os._exit(code)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _become_child(master: int, mask: set[signal.Signals] | set[int]) -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # The master may have died before prctl: nobody would send the signal any more.
    if os.getppid() != master:
        os._exit(CRASHED)


def freeze_memory() -> None:
    """Move what lives now out of the collector's sight, so that its marks do not unshare the pages."""
    gc.collect()
    gc.freeze()


def describe_end(status: int) -> dict[str, object]:
    """The fields that say how a child ended: ``exit`` with a code, or ``signal`` with a name."""
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return {"exit": code}
    try:
        return {"signal": signal.Signals(-code).name}
    except ValueError:
        return {"signal": -code}
