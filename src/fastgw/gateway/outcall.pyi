# What Python sees of the compiled module of this name; the rest is in its .pxd, for compiled siblings.

import asyncio

from fastgw._exchange import Target
from fastgw._http import Head
from fastgw.gateway.pool import Pool
from fastgw.gateway.services import Services
from fastgw.gateway.upstream import Sink

class OutCall(Sink):
    def __init__(
        self,
        services: Services,
        method: bytes,
        path: bytes,
        query: bytes,
        fields: tuple[tuple[bytes, bytes], ...],
        body: bytes,
    ) -> None: ...
    def send(self, target: Target, pool: Pool, milliseconds: int) -> asyncio.Future[tuple[Head, bytes]]: ...
    def cancel(self) -> None: ...
