"""The process log: one line an event on stderr, as JSON or as readable text.

Use: ``log.warning("backend connection failed", backend="orders", reason="refused")``. The event is a
constant text, what varies goes into fields. Logging must never raise, never wait for a slow reader of
stderr, never let a value start a line of its own, and never be a way to fill a disk: each event name
has a budget a second, and what it suppressed is counted on its next line.
"""

from __future__ import annotations

import os
import re
import select
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["json", "text"]

LINES_A_SECOND = 20
# Together with the few fields a line has, this keeps a line near PIPE_BUF (4096 bytes), below which a
# write to a pipe that polls writable does not block.
MAX_VALUE_CHARACTERS = 2000
MAX_EVENT_NAMES = 1000

_LEVELS: dict[Level, int] = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_RESERVED = frozenset({"time", "level", "event", "suppressed"})
# C0, DEL, C1 (terminals act on 0x9b), the Unicode line separators, the marks that reorder text on
# screen, and lone surrogates, which UTF-8 cannot carry.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_BARE = re.compile(r"[^\s\"'=\\]+")


def one_line(text: str) -> str:
    r"""Replace what could break a line or drive a terminal by its ``\uXXXX`` escape."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def _plain(value: object) -> object:
    """Turn a field into what orjson writes; anything unknown becomes its text, cut to the limit."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        # orjson refuses integers beyond 64 bits.
        return value if -(2**63) <= value < 2**63 else str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        value = bytes(value[:MAX_VALUE_CHARACTERS]).decode("ascii", "backslashreplace")
    text = value if isinstance(value, str) else str(value)
    if len(text) > MAX_VALUE_CHARACTERS:
        text = text[:MAX_VALUE_CHARACTERS] + "..."
    return text


def _render_json(moment: str, level: Level, event: str, fields: dict[str, object]) -> str:
    line: dict[str, object] = {"time": moment, "level": level, "event": event}
    line.update(fields)
    try:
        text = orjson.dumps(line).decode()
    except TypeError:
        # A lone surrogate: write the values with everything beyond ASCII escaped instead.
        ascii_only = {
            name: value.encode("ascii", "backslashreplace").decode() if isinstance(value, str) else value
            for name, value in line.items()
        }
        text = orjson.dumps(ascii_only).decode()
    return one_line(text)


def _render_text(moment: str, level: Level, event: str, fields: dict[str, object]) -> str:
    parts = [moment, f"{level:<7}", one_line(event)]
    for name, value in fields.items():
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        if not _BARE.fullmatch(text):
            text = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        parts.append(f"{name}={one_line(text)}")
    return " ".join(parts)


class Logger:
    """Writes events to one descriptor. The module functions use one instance for the process."""

    def __init__(self, descriptor: int = 2, form: Format = "text", level: Level = "info") -> None:
        self._descriptor = descriptor
        self._form = form
        self._threshold = _LEVELS[level]
        self._context: dict[str, object] = {}
        # event -> [start of its second (monotonic seconds), lines in it, suppressed since the last line]
        self._budgets: dict[str, list[float]] = {}

    def configure(self, *, form: Format | None = None, level: Level | None = None, **context: object) -> None:
        """Set the format, the lowest level written, and fields that every later line carries."""
        if form is not None:
            self._form = form
        if level is not None:
            self._threshold = _LEVELS[level]
        self._context.update({name: _plain(value) for name, value in context.items()})

    @contextmanager
    def only(self, level: Level) -> Iterator[None]:
        """Write nothing below `level` while the block runs."""
        before, self._threshold = self._threshold, _LEVELS[level]
        try:
            yield
        finally:
            self._threshold = before

    def emit(
        self,
        level: Level,
        event: str,
        fields: dict[str, Any],
        *,
        limited: bool = True,
        now: float | None = None,
    ) -> None:
        """Write one event; `now` is monotonic seconds. With `limited` false the budget is not asked.

        Never raises and never waits: a line that stderr does not take is lost.
        """
        if _LEVELS[level] < self._threshold:
            return
        try:
            suppressed = self._admit(event, time.monotonic() if now is None else now) if limited else 0
            if suppressed < 0:
                return
            ready: dict[str, object] = dict(self._context)
            for name, value in fields.items():
                ready[f"{name}_" if name in _RESERVED else name] = _plain(value)
            if suppressed:
                ready["suppressed"] = suppressed
            moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            render = _render_json if self._form == "json" else _render_text
            self._write(render(moment, level, event, ready).encode("utf-8", "backslashreplace") + b"\n")
        except Exception:
            # A log line is never worth a request: a value whose str() raises, a closed descriptor.
            return

    def _admit(self, event: str, now: float) -> int:
        """Return how many lines were suppressed before this one, or -1 to suppress this one."""
        budget = self._budgets.get(event)
        if budget is None:
            if len(self._budgets) >= MAX_EVENT_NAMES:
                self._budgets.clear()
            self._budgets[event] = [now, 1, 0]
            return 0
        if now - budget[0] >= 1.0:
            suppressed = int(budget[2])
            budget[:] = [now, 1, 0]
            return suppressed
        if budget[1] < LINES_A_SECOND:
            budget[1] += 1
            return 0
        budget[2] += 1
        return -1

    def _write(self, line: bytes) -> None:
        poller = select.poll()
        poller.register(self._descriptor, select.POLLOUT)
        # A pipe whose reader sleeps would block the event loop: ask first, drop the line if it is full.
        if not poller.poll(0):
            return
        try:
            written = os.write(self._descriptor, line)
            if written < len(line):
                os.write(self._descriptor, line[written:])
        except OSError:
            return


_process = Logger()


def configure(*, form: Format | None = None, level: Level | None = None, **context: object) -> None:
    """Set up the process log; fields given here (such as ``worker=3``) stand on every later line."""
    _process.configure(form=form, level=level, **context)


def only(level: Level) -> AbstractContextManager[None]:
    """Write nothing below `level` to the process log while the block runs."""
    return _process.only(level)


def plain(line: str) -> None:
    """Write one line of text to stderr in any format: the ready line, and what stops a start.

    Unlike events it waits for a slow reader, because it is said once and before anything is served.
    """
    try:
        sys.stderr.write(one_line(line) + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        # A closed stderr is no reason to stop.
        return


def debug(event: str, /, **fields: object) -> None:
    """Log what only a developer of fastgw wants to see."""
    _process.emit("debug", event, fields)


def info(event: str, /, **fields: object) -> None:
    """Log a normal event of the process's life."""
    _process.emit("info", event, fields)


def warning(event: str, /, **fields: object) -> None:
    """Log what works but deserves attention."""
    _process.emit("warning", event, fields)


def error(event: str, /, **fields: object) -> None:
    """Log what failed."""
    _process.emit("error", event, fields)


def write(level: Level, event: str, /, **fields: object) -> None:
    """Log with a level chosen at run time."""
    _process.emit(level, event, fields)


def every(level: Level, event: str, /, **fields: object) -> None:
    """Log without the budget, for lists that are bounded anyway and must be whole (diagnostics)."""
    _process.emit(level, event, fields, limited=False)
