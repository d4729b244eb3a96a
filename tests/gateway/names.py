"""A resolver that answers what a test says, and a clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable

from aiohappyeyeballs import AddrInfoType

Answer = Iterable[AddrInfoType] | Awaitable[Iterable[AddrInfoType]] | OSError


class Clock:
    """Monotonic seconds; `now` is set by the test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Names:
    """Gives one answer after the other, the last one again and again."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, int]] = []
        """Host and port of each look-up."""
        self._changed = asyncio.Condition()

    async def __call__(self, host: str, port: int) -> Iterable[AddrInfoType]:
        self.asked.append((host, port))
        answer = self._answers[min(len(self.asked), len(self._answers)) - 1]
        async with self._changed:
            self._changed.notify_all()
        if isinstance(answer, OSError):
            raise answer
        return await answer if isinstance(answer, Awaitable) else answer

    async def was_asked(self, times: int) -> None:
        """Return once that many look-ups have begun; TimeoutError where they do not."""
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: len(self.asked) >= times)
