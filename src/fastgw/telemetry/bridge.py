"""Sends what libraries say through `logging` and `warnings` to the process log.

Without it the last-resort handler of `logging` writes plain text between the JSON lines. It must never
raise into the library that logs.
"""

from __future__ import annotations

import logging
import sys

from fastgw.telemetry import log


class Bridge(logging.Handler):
    """A logging handler that writes records as events named after their logger."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; the logger's name is the event, so the budget is one a library."""
        try:
            level: log.Level = "error" if record.levelno >= logging.ERROR else "warning"
            fields: dict[str, object] = {"message": record.getMessage()}
            if record.exc_info and record.exc_info[1] is not None:
                error = record.exc_info[1]
                fields["error"] = f"{type(error).__name__}: {error}"
            log.write(level, record.name, **fields)
        except Exception:
            return


def _unraisable(found: sys.UnraisableHookArgs) -> None:
    """Log what a callback of C code could not raise, such as a host name in a ClientHello that is no text."""
    error = found.exc_value
    log.warning("error in a callback", error=f"{type(error).__name__}: {error}")


def install() -> None:
    """Make the bridge the only handler of the root logger, for warnings and errors.

    Errors that cannot be raised go to the log as well, within its budget.
    """
    sys.unraisablehook = _unraisable
    root = logging.getLogger()
    root.handlers[:] = [Bridge(logging.WARNING)]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)
