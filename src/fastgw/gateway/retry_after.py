"""The Retry-After field of a backend's answer (RFC 9110 section 10.2.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# What one asks for beyond that is no longer a time but a mistake (seconds, a year).
LONGEST = 366 * 86400


def parse_retry_after(value: bytes, now: datetime | None = None) -> int:
    """Milliseconds that a value asks to wait, a number of seconds or an HTTP date; -1 where it is neither.

    `now` is the wall clock, by default the system's.
    """
    text = value.decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return min(int(text.lstrip("0")[:12] or "0"), LONGEST) * 1000
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return -1
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    return int(max(0.0, min(seconds, LONGEST)) * 1000)
