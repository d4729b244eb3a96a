"""An event loop in which nobody waits: when nothing is ready, its clocks jump to what comes next."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Mapping
from typing import Any

from fastgw.gateway.deadlines import skip


class NothingHappens(Exception):
    """A case waits for something that never comes."""


class _Selector(selectors.BaseSelector):
    """Looks at the loop's own wake-up pipe alone, and skips time in place of waiting for it."""

    def __init__(self) -> None:
        self._inner = selectors.DefaultSelector()
        self.skipped = 0.0

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._inner.unregister(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._inner.select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise NothingHappens("nothing is left that could happen")
        self.skipped += timeout
        skip(timeout)
        return []

    def close(self) -> None:
        self._inner.close()

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._inner.get_map()


class RehearsalLoop(asyncio.SelectorEventLoop):
    """The loop of one case. No thread and no socket may be used in it."""

    def __init__(self) -> None:
        self._skipping = _Selector()
        super().__init__(self._skipping)

    def time(self) -> float:
        """Seconds, those that were skipped included."""
        return super().time() + self._skipping.skipped
