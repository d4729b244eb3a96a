from collections.abc import Iterable
from enum import IntEnum
from typing import Any

from fastgw._affinity import Affinity
from fastgw._member import Member
from fastgw._shared import Segment

class Algorithm(IntEnum):
    ROUND_ROBIN = 0
    LEAST_REQUESTS = 1
    P2C_EWMA = 2

def seed(value: int = 0) -> None: ...

class RetryRule:
    count: int
    def __init__(
        self, count: int, statuses: tuple[tuple[int, int], ...] = (), reasons: frozenset[str] = frozenset()
    ) -> None: ...

class Balancer:
    backend_id: str
    members: list[Member]
    algorithm: int
    slow_start: int
    affinity: Affinity | None
    retry: RetryRule | None
    failure_status: int
    def __init__(
        self,
        segment: Segment,
        slot: int,
        backend_id: str,
        members: Iterable[Member],
        *,
        algorithm: int = 0,
        slow_start: int = 0,
        retry: RetryRule | None = None,
        failure_status: int = 0,
    ) -> None: ...
    def state(self, now: int) -> dict[str, Any]: ...

class Attempt:
    member: Member | None
    tries: int
    status: int
    remaining: int
    def try_choose(
        self, balancer: Balancer, now: float, patience: float = 60.0, preferred: int = -1, again: bool = False
    ) -> int: ...
    def try_judge(self, outcome: int, now: float, retry_after: int = -1) -> bool: ...
    def try_retry(self, outcome: int, now: float, retry_after: int = -1) -> bool: ...
    def try_release(self, now: float) -> None: ...
