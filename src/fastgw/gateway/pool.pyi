# What Python sees of the compiled module of this name; the rest is in its .pxd, for compiled siblings.

import asyncio
from typing import Any, Protocol

from fastgw.gateway.deadlines import DeadlineQueue
from fastgw.gateway.upstream import Owner

# What a pool needs of whoever opens its connections (gateway.dialer). `connect` is given an asyncio
# protocol in all but its base class.
class _Dialer(Protocol):
    absolute_prefix: bytes | None
    proxy_authorization: bytes | None
    async def connect(self, protocol: Any) -> None: ...
    def proved(self, transport: asyncio.Transport) -> None: ...
    def explain(self, error: BaseException) -> str: ...

class Pool(Owner):
    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        dialer: _Dialer,
        *,
        limit: int,
        pending: int,
        lifetime: float,
        idle_deadlines: DeadlineQueue,
    ) -> None: ...
    def retire(self) -> None: ...
    @property
    def dialer(self) -> _Dialer: ...
    @property
    def opened(self) -> int: ...
    @property
    def limit(self) -> int: ...
    @property
    def pending(self) -> int: ...
    @property
    def retired(self) -> bool: ...
