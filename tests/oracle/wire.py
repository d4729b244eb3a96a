"""Runs requests through the compiled data plane without a socket: bytes in, bytes out, nothing waits.

For tests of what the compiled modules do that no Python call shows: how a program changes a request,
how heads that arrive piece by piece are read, which time limits are set. The loop stands still: what
would happen later is kept until the test asks for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from types import SimpleNamespace
from typing import Any, cast

from fastgw._exchange import Route, Target
from fastgw._program import ForwardOptions, Op, Program, Section, Site, Step
from fastgw._route import Router
from fastgw.gateway.deadlines import DeadlineQueue
from fastgw.gateway.downstream import Downstream
from fastgw.gateway.pool import Pool
from fastgw.gateway.services import Services

SITE = Site("test", None, "test[1]", "api")
FORWARD = Step(Op.FORWARD, (ForwardOptions(300_000, False, False),), SITE)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Timer:
    """What `call_later` returns."""

    def __init__(self, delay: float, callback: Callable[[], object]) -> None:
        self.delay = delay
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class StillLoop:
    """An event loop in which nothing moves by itself: tasks run in `run`, timers only in a test's hands."""

    def __init__(self) -> None:
        self.timers: list[Timer] = []
        self._tasks: list[tuple[Coroutine[Any, Any, Any], Any]] = []

    def call_later(self, delay: float, callback: Callable[[], object]) -> Timer:
        timer = Timer(delay, callback)
        self.timers.append(timer)
        return timer

    def create_task(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        done: list[Callable[[Any], object]] = []
        self._tasks.append((coroutine, done))
        return StillTask(done)

    def create_future(self) -> StillFuture:
        return StillFuture()

    def run(self) -> None:
        """Carry out the tasks; they have nothing to wait for."""
        while self._tasks:
            coroutine, done = self._tasks.pop(0)
            try:
                coroutine.send(None)
            except StopIteration:
                for callback in done:
                    callback(None)
            else:
                raise AssertionError("a task waits for something")


class StillFuture:
    """A future that nobody waits for."""

    def __init__(self) -> None:
        self._done = False

    def done(self) -> bool:
        return self._done

    def set_result(self, _result: None) -> None:
        self._done = True


class StillTask:
    """A task as far as a pool looks at one."""

    def __init__(self, done: list[Callable[[Any], object]]) -> None:
        self.add_done_callback = done.append


class Wire:
    """A transport that remembers."""

    def __init__(self, peer: str = "192.0.2.7") -> None:
        self.written: list[bytes] = []
        self.closed = False
        self.reading = True
        self._peer = peer

    @property
    def sent(self) -> bytes:
        return b"".join(self.written)

    def get_extra_info(self, name: str) -> object:
        return (self._peer, 50000) if name == "peername" else None

    def set_write_buffer_limits(self, high: int) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0

    def write(self, data: bytes) -> None:
        assert not self.closed, "something was written after the end"
        self.written.append(bytes(data))

    def write_eof(self) -> None: ...

    def close(self) -> None:
        self.closed = True

    abort = close

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


class Dialer:
    """Opens wires."""

    absolute_prefix: bytes | None = None
    proxy_authorization: bytes | None = None

    def __init__(self) -> None:
        self.opened: list[tuple[Any, Wire]] = []

    async def connect(self, protocol: Any) -> None:
        wire = Wire()
        self.opened.append((protocol, wire))
        protocol.connection_made(wire)

    def proved(self, transport: object) -> None: ...

    def returned(self, transport: object) -> None: ...

    def explain(self, error: BaseException) -> str:
        return str(error)


class Gateway:
    """One API at `/`, whose programs are given, with one backend at `http://backend.test/base`."""

    def __init__(
        self,
        *,
        inbound: Iterable[Step] = (),
        outbound: Iterable[Step] = (),
        on_error: Iterable[Step] = (),
        operations: Sequence[tuple[str, str]] = (("GET", "/*"), ("POST", "/*")),
        seconds: float = 60.0,
        base_path: bytes = b"/base",
    ) -> None:
        self.loop = StillLoop()
        self.dialer = Dialer()
        loop = cast("asyncio.AbstractEventLoop", self.loop)
        queue = DeadlineQueue(loop, 60.0)
        self._pool = Pool(loop, self.dialer, limit=8, pending=8, lifetime=60.0, idle_deadlines=queue)
        self._target = Target(
            scheme="http", host="backend.test", port=80, host_header=b"backend.test", base_path=base_path
        )
        programs = (
            Program(Section.INBOUND, tuple(inbound)),
            Program(Section.BACKEND, (FORWARD,)),
            Program(Section.OUTBOUND, tuple(outbound)),
            Program(Section.ON_ERROR, tuple(on_error)),
        )
        router = Router()
        routes: list[Route] = []
        api = router.add_api("", 1)
        for method, template in operations:
            names, query_names = router.add_operation(api, method, template, len(routes))
            routes.append(
                Route(
                    "api",
                    "operation",
                    *programs,
                    self._target,
                    tuple(name.encode() for name in names),
                    tuple((name.encode(), query.encode()) for name, query in query_names),
                )
            )
        router.freeze()
        limits = dict.fromkeys(("first_byte", "head", "body", "idle", "write"), seconds)
        self.snapshot = SimpleNamespace(
            router=router,
            routes=routes,
            api_routes=[Route("api", None, *programs, self._target)],
            client_timeouts=SimpleNamespace(**limits),
            cross_domain=None,
            forwards_certificates=None,
            caller_address=lambda peer, fields: peer.decode(),
        )
        self.services = Services(loop, self, self)
        self.services.install(self.snapshot)

    # As gateway.pools.Pools: the one pool there is.
    def install(self, snapshot: object) -> None: ...

    def of(self, target: Target, certificate: object, snapshot: object) -> Pool:
        return self._pool

    def caller(self) -> tuple[Downstream, Wire]:
        """A connection from a caller."""
        core, wire = Downstream(self.services), Wire()
        core.connection_made(cast("asyncio.BaseTransport", wire))
        return core, wire

    def exchange(self, request: bytes, answer: bytes = ANSWER) -> tuple[bytes, bytes]:
        """What the backend got (nothing where the gateway answered by itself) and what the caller got."""
        core, wire = self.caller()
        core.data_received(request)
        self.loop.run()
        sent = b""
        if self.dialer.opened:
            upstream, backend = self.dialer.opened.pop()
            sent = backend.sent
            if sent:
                upstream.data_received(answer)
            upstream.connection_lost(None)
        return sent, wire.sent

    def forwarded(self, request: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        """Request line and fields as the backend gets them."""
        sent, answered = self.exchange(request)
        assert sent, f"nothing was forwarded, the answer was {answered!r}"
        line, *fields = sent.partition(b"\r\n\r\n")[0].split(b"\r\n")
        return line, [cast("tuple[bytes, bytes]", tuple(field.split(b": ", 1))) for field in fields]
