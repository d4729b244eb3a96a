"""Resolves partitions of Service Fabric services, once for all requests that need them.

A resolver keeps what its cluster has answered until a request says that it proved wrong; a cluster does not
tell when a node goes down (spec/resilience.md section 5). Requests wait by callback: the only task is that
of the question they share. It sends no request to a service and knows nothing of exchanges.
"""

from __future__ import annotations

import asyncio
import random
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fastgw.errors import FastgwError
from fastgw.gateway.fabric_http import FetchError, get
from fastgw.gateway.fabric_naming import BadAnswer, Endpoint, Unresolvable, read_answer, request_target
from fastgw.model.service_fabric import Question
from fastgw.model.types import check_backend_url, split_url
from fastgw.telemetry import log
from fastgw.tls.contexts import ClientContext

ENDPOINT_SECONDS: Final = 10.0
"""How long one management endpoint may take."""

TOTAL_SECONDS: Final = 30.0
"""How long a resolution may take, the wait for its turn included."""

CONNECTIONS: Final = 16
"""Connections to the management endpoints at a time; further questions take turns."""

OUTSTANDING: Final = 1024
"""Questions without an answer yet; callers may choose partition keys, so there must be an end."""

KEPT: Final = 1024
"""Answers that are kept, the least recently used goes first."""

Callback = Callable[[Endpoint | None, str | None], None]
"""Called with an endpoint, or with None and what went wrong."""


class ResolutionError(FastgwError):
    """A partition cannot be resolved; the message says which, through which backend, and why.

    `refused`: a management endpoint has answered that the question has no answer.
    """

    def __init__(self, message: str, *, refused: bool = False) -> None:
        super().__init__(message)
        self.refused = refused


@dataclass(frozen=True, slots=True)
class ManagementEndpoint:
    """An http or https base URL, and the TLS context for it (None for http).

    Raises ValueError where it cannot be called.
    """

    url: str
    context: ClientContext | None

    def __post_init__(self) -> None:
        if split_url(check_backend_url(self.url)).scheme == "https" and self.context is None:
            raise ValueError("an https management endpoint needs a TLS context")

    @property
    def origin(self) -> str:
        """Scheme, host and port, as messages name it."""
        parts = split_url(self.url)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster of a backend. Equal clusters are asked in the same way and may share a resolver.

    Raises ValueError where there is nobody to ask.
    """

    backend_id: str
    endpoints: tuple[ManagementEndpoint, ...]

    def __post_init__(self) -> None:
        if not self.endpoints:
            raise ValueError("a cluster needs a management endpoint")


class Waiter:
    """A request that waits for a resolution; `cancel` when it no longer does."""

    __slots__ = ("_callback", "_stale", "refused")

    def __init__(self, callback: Callback, stale: Endpoint | None) -> None:
        self.refused = False
        """The question was refused, by the cluster or for want of room: the backend is not to blame."""
        self._callback: Callback | None = callback
        self._stale = stale

    def cancel(self) -> None:
        """Never call back. The resolution goes on: its answer is kept for others."""
        self._callback = None

    def tell(self, partition: tuple[Endpoint, ...], problem: str | None, refused: bool = False) -> None:
        """Call back, once, with an endpoint of the partition; for the resolver."""
        self.refused = refused
        callback, self._callback = self._callback, None
        if callback is not None:
            callback(_any_of(partition, self._stale) if partition else None, problem)


class Resolver:
    """The partitions of one cluster, on one event loop. Times are in seconds."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        cluster: Cluster,
        *,
        endpoint_seconds: float = ENDPOINT_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
        kept: int = KEPT,
        outstanding: int = OUTSTANDING,
    ) -> None:
        self.cluster = cluster
        self._loop = loop
        self._endpoint_seconds = endpoint_seconds
        self._total_seconds = total_seconds
        self._kept = kept
        self._outstanding = outstanding
        self._partitions: OrderedDict[Question, tuple[Endpoint, ...]] = OrderedDict()
        self._waiting: dict[Question, list[Waiter]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections = asyncio.Semaphore(CONNECTIONS)
        # The management endpoint that answered last is asked first.
        self._first = 0

    def cached(self, question: Question) -> Endpoint | None:
        """An endpoint that is known to serve the question: any, where there are several; else None."""
        partition = self._partitions.get(question)
        if partition is None:
            return None
        self._partitions.move_to_end(question)
        return _any_of(partition)

    def request(self, question: Question, callback: Callback, stale: Endpoint | None = None) -> Waiter:
        """Have the question resolved; `callback` is called later, on the loop, never from within.

        `stale` is an endpoint that proved wrong: the cluster is asked for a newer answer then, unless one
        has come since. Where nothing is newer, the callback may get the same endpoint again.
        """
        waiter = Waiter(callback, stale)
        known = self._partitions.get(question)
        if known is not None and (stale is None or stale.version != known[0].version):
            self._loop.call_soon(waiter.tell, known, None)
        elif question in self._waiting:
            self._waiting[question].append(waiter)
        elif len(self._waiting) >= self._outstanding:
            problem = f"Too many partitions of backend {self.cluster.backend_id} are being resolved."
            self._loop.call_soon(waiter.tell, (), problem, True)
        else:
            self._waiting[question] = [waiter]
            task = self._loop.create_task(self._resolve(question, "" if stale is None else stale.version))
            # The loop itself holds no reference to a task that waits.
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return waiter

    async def _resolve(self, question: Question, previous_version: str) -> None:
        """Resolve one question for all who wait for it."""
        partition: tuple[Endpoint, ...] = ()
        problem: str | None = None
        refused = False
        try:
            partition = await self._ask(question, previous_version)
            self._keep(question, partition)
        except ResolutionError as error:
            problem = str(error)
            refused = error.refused
        except Exception as error:
            # A fault of ours: nobody may wait for ever because of it.
            problem = f"{question.service_name} cannot be resolved: {type(error).__name__}"
            log.error("partition not resolved", error=type(error).__name__, message=str(error))
        for waiter in self._waiting.pop(question):
            # Each in a call of its own: what one of them raises is not the others' concern.
            self._loop.call_soon(waiter.tell, partition, problem, refused)

    def _keep(self, question: Question, partition: tuple[Endpoint, ...]) -> None:
        self._partitions[question] = partition
        self._partitions.move_to_end(question)
        if len(self._partitions) > self._kept:
            self._partitions.popitem(last=False)

    async def _ask(self, question: Question, previous_version: str) -> tuple[Endpoint, ...]:
        """Ask one management endpoint after the other. Raises ResolutionError."""
        problems: list[str] = []
        refused = False
        partition: tuple[Endpoint, ...] = ()
        try:
            async with asyncio.timeout(self._total_seconds), self._connections:
                partition, refused = await self._ask_in_turn(question, previous_version, problems)
        except TimeoutError:
            problems.append(f"no answer within {self._total_seconds:g} seconds")
        if partition:
            return partition
        raise ResolutionError(
            f"{question.service_name} of backend {self.cluster.backend_id} cannot be resolved: "
            + "; ".join(problems),
            refused=refused,
        )

    async def _ask_in_turn(
        self, question: Question, previous_version: str, problems: list[str]
    ) -> tuple[tuple[Endpoint, ...], bool]:
        """What the first useful answer says, and whether it is a refusal; `problems` say why nothing."""
        target = request_target(question, previous_version)
        endpoints = self.cluster.endpoints
        for at in (*range(self._first, len(endpoints)), *range(self._first)):
            endpoint = endpoints[at]
            try:
                answer = await get(endpoint.url, target, endpoint.context, self._endpoint_seconds)
                partition = read_answer(answer, question)
            except (FetchError, BadAnswer) as error:
                problems.append(f"{endpoint.origin}: {error}")
            except Unresolvable as error:
                self._first = at
                problems.append(f"{endpoint.origin}: {error}")
                return (), True
            else:
                self._first = at
                return partition, False
        return (), False


def _any_of(partition: tuple[Endpoint, ...], stale: Endpoint | None = None) -> Endpoint:
    """One of them at random, as the service does; another than `stale` where there is another."""
    if stale is not None:
        others = tuple(endpoint for endpoint in partition if endpoint.url != stale.url)
        partition = others or partition
    return partition[0] if len(partition) == 1 else random.choice(partition)  # noqa: S311 - spreads load
