"""Transports in memory: a caller's connection and a backend's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


class Wire(asyncio.Transport):
    """Gives what is written to `take`; knows the address of its peer."""

    def __init__(self, peer: str, take: Callable[[bytes], None], tls: bool = False) -> None:
        super().__init__({"peername": (peer, 50000), "sslcontext": object() if tls else None})
        self._take = take
        self.closed = False

    def write(self, data: Any) -> None:
        """Pass bytes on, while the connection is open."""
        if not self.closed:
            self._take(bytes(data))

    def close(self) -> None:
        """End the connection."""
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        """Whether it has ended."""
        return self.closed

    def write_eof(self) -> None:
        """Nothing follows; what was written stands."""

    def get_write_buffer_size(self) -> int:
        """Nothing is ever held back."""
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """There is no buffer to limit."""

    def pause_reading(self) -> None:
        """Whoever gives bytes gives them all at once."""

    def resume_reading(self) -> None:
        """See pause_reading."""
