"""Time limits without a timer per request.

All deadlines of one length stand in one queue, which is therefore in order: to
set or lift one is a few pointer moves, and the loop has one timer per length.
"""

from libc.math cimport fmax
from posix.time cimport CLOCK_MONOTONIC, CLOCK_REALTIME, clock_gettime, timespec

import traceback

from fastgw.telemetry import log

# Time that a rehearsal has skipped in place of waiting, and the time of day that it stands at; 0: the system's.
cdef double skipped = 0.0
cdef long long stopped_at = 0
cdef long long TICKS_TO_1970 = 621355968000000000


cdef double monotonic() noexcept:
    """Seconds of the monotonic clock."""
    cdef timespec now
    clock_gettime(CLOCK_MONOTONIC, &now)
    return <double>now.tv_sec + <double>now.tv_nsec * 1e-9 + skipped


cdef long long ticks() noexcept:
    """The time of day as expressions count it: 100 ns since the year 1, UTC."""
    cdef timespec now
    if stopped_at:
        return stopped_at + <long long>(skipped * 1e7)
    clock_gettime(CLOCK_REALTIME, &now)
    return TICKS_TO_1970 + <long long>now.tv_sec * 10000000 + now.tv_nsec // 100


def time_of_day():
    """The time of day as expressions count it."""
    return ticks()


def skip(double seconds):
    """Let this process's clocks go on by so much, without a wait; for rehearsals, never where requests are served."""
    global skipped
    skipped += seconds


def stop_clock(long long at):
    """Have the time of day begin at `at` and go on only as time is skipped; 0 gives it back to the system."""
    global skipped, stopped_at
    skipped = 0.0
    stopped_at = at


cdef class Timed:
    """Something that may have one deadline at a time; `expired` is called when it passes."""

    cdef void expired(self):
        pass

    cdef void break_down(self):
        """An error of ours has ended a callback: end what nobody else will. Called while the error is handled."""
        log.error("callback failed for an error of the gateway", traceback=traceback.format_exc())

    cdef void no_deadline(self):
        if self._queue is not None:
            self._queue._remove(self)


cdef class DeadlineQueue:
    """Deadlines that all lie `seconds` after they are set."""

    def __init__(self, loop, double seconds):
        self._loop = loop
        self.seconds = seconds

    cdef void add(self, Timed timed):
        """Set the deadline of `timed`, in place of the one it had."""
        self.add_at(timed, monotonic())

    cdef void add_at(self, Timed timed, double now):
        """The same for who has just read the clock."""
        if timed._queue is not None:
            timed._queue._remove(timed)
        timed._queue = self
        timed._deadline = now + self.seconds
        timed._before = self._last
        timed._after = None
        if self._last is None:
            self._first = timed
        else:
            self._last._after = timed
        self._last = timed
        if self._handle is None:
            self._arm(now)

    cdef void _remove(self, Timed timed):
        cdef Timed before = timed._before
        cdef Timed after = timed._after
        if before is None:
            self._first = after
        else:
            before._after = after
        if after is None:
            self._last = before
        else:
            after._before = before
        timed._before = None
        timed._after = None
        timed._queue = None

    cdef void _arm(self, double now):
        # The loop's clock counts whole milliseconds; half of one more keeps the timer from firing early.
        self._handle = self._loop.call_later(fmax(self._first._deadline - now, 0.0) + 0.0005, self._fire)

    def _fire(self):
        cdef double now = monotonic()
        cdef Timed timed
        self._handle = None
        while self._first is not None and self._first._deadline <= now:
            timed = self._first
            self._remove(timed)
            try:
                timed.expired()
            except Exception:
                # Those behind it have their time limits too.
                self._break_down(timed)
        if self._first is not None and self._handle is None:
            self._arm(now)

    cdef void _break_down(self, Timed timed):
        try:
            timed.break_down()
        except Exception:
            log.error("callback failed for an error of the gateway", traceback=traceback.format_exc())

    def close(self):
        """Stop the timer; nothing expires afterwards."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
