from typing import Any

from fastgw._core import Breaker
from fastgw._exchange import Target
from fastgw._shared import Segment

class Member:
    id: str
    slot: int
    target: Target | None
    breakers: tuple[Breaker, ...]
    weight: int
    priority: int
    def __init__(
        self,
        segment: Segment,
        slot: int,
        id: str,
        target: Target | None,
        breakers: tuple[Breaker, ...] = (),
        weight: int = 1,
        priority: int = 0,
    ) -> None: ...
    def checked(self, healthy: bool, threshold: int, now: int) -> bool: ...
    def state(self, now: int) -> dict[str, Any]: ...
