"""Looks up whether the certificates of a trusted path are revoked, and remembers what it found.

The URLs stand in certificates. So it is asked about paths only whose signatures lead to a trusted root: no
stranger makes the gateway call anyone. What fetches is given from outside; nothing here opens a connection.
Every wait, size, memory and number of fetches under way has a bound.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from fastgw.errors import FastgwError
from fastgw.tls.trust import ocsp
from fastgw.tls.trust.crl import RevocationError, RevocationList, Revoked, read_list
from fastgw.tls.trust.facts import Facts, read_facts
from fastgw.tls.trust.sources import Sources, sources_of
from fastgw.tls.trust.verdict import RevocationResult

FAILURE_SECONDS: Final = 30.0
"""How long a failure counts before its source is asked again."""
SHORTEST_SECONDS: Final = 60.0
"""How long a result counts at least: for answers that say nothing, or that are about to end."""
LONGEST: Final = timedelta(days=7)
"""How long a result counts at most, whatever nextUpdate says."""
MAX_RESULTS: Final = 10_000
MAX_LIST_BYTES: Final = 64 * 1024 * 1024
"""Bytes of all lists that are kept, in each worker."""
MAX_UNDER_WAY: Final = 64
"""Certificates that are looked up at once; further ones are unknown until others are done."""
LIST_PATIENCE: Final = 5
"""A list may take so many times the timeout: it goes on arriving when the request has given up."""
_LARGE: Final = 64 * 1024


class FetchError(FastgwError, OSError):
    """A source cannot be had; the message is a clause about it."""


class Fetch(Protocol):
    """Gets the body of an http URL with GET, or with POST where there is something to send.

    Reads no more than `limit` bytes. Is cancelled when it takes too long. Raises OSError, best a FetchError.
    """

    async def __call__(self, url: str, *, body: bytes | None, content_type: str, limit: int) -> bytes:
        """The body of a 200 answer."""


class _Found(NamedTuple):
    result: RevocationResult
    until: datetime


class Source(NamedTuple):
    """A URL that is asked in the name of one CA: what comes from it says nothing in the name of another."""

    url: str
    issuer: bytes


_Value = TypeVar("_Value")


class Revocations:
    """What is known about revocation, shared by everything that judges chains in a process.

    `timeout` (seconds) is how long one source is waited for, `max_list_size` (bytes) what a list may have.
    Belongs to one event loop once it has looked something up. `fetch` may be set later; without it everything
    that is not remembered is unknown.
    """

    def __init__(
        self,
        fetch: Fetch | None = None,
        *,
        timeout: float = 2.0,
        max_list_size: int = 20 * 1024 * 1024,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.fetch = fetch
        self.timeout = timeout
        self.max_list_size = max_list_size
        self._clock = clock
        self._results: OrderedDict[bytes, _Found] = OrderedDict()
        self._lists: OrderedDict[Source, RevocationList] = OrderedDict()
        self._list_bytes = 0
        self._failed: OrderedDict[Source, tuple[datetime, str]] = OrderedDict()
        self._looking: dict[bytes, asyncio.Task[RevocationResult]] = {}
        self._fetching: dict[Source, asyncio.Task[RevocationList]] = {}
        self._unwaited: set[asyncio.Task[tuple[RevocationResult, ...]]] = set()

    def known(self, path: Sequence[bytes]) -> tuple[RevocationResult, ...] | None:
        """The results of a trusted path (DER, leaf to root) where each one is remembered, else None."""
        now = self._clock()
        found = []
        for depth, (subject, issuer) in enumerate(pairwise(path)):
            known = self._remembered(_name(subject, issuer), now)
            if known is None:
                return None
            found.append(_at(known, depth))
        return tuple(found)

    async def check(self, path: Sequence[bytes]) -> tuple[RevocationResult, ...]:
        """The result of each certificate of a trusted path (DER, leaf to root) but the root.

        Takes twice the timeout at most; what is not known then is `unknown`, and is looked up to its end all
        the same. The certificates are looked up at the same time. Raises nothing for what sources answer.
        """
        facts = [read_facts(der) for der in path]
        waits = [
            self._result(subject, issuer, depth) for depth, (subject, issuer) in enumerate(pairwise(facts))
        ]
        return tuple(await asyncio.gather(*waits))

    def look_up(self, path: Sequence[bytes]) -> None:
        """Find the results of a trusted path for whoever asks next. Raises RuntimeError without a loop."""
        loop = asyncio.get_running_loop()
        task = loop.create_task(self.check(path))
        self._unwaited.add(task)
        task.add_done_callback(self._unwaited.discard)

    def close(self) -> None:
        """Stop every look-up that is under way."""
        for task in (*self._unwaited, *self._looking.values(), *self._fetching.values()):
            task.cancel()

    # --- one certificate -----------------------------------------------------------------------------

    async def _result(self, subject: Facts, issuer: Facts, depth: int) -> RevocationResult:
        name = _name(subject.der, issuer.der)
        known = self._remembered(name, self._clock())
        if known is not None:
            return _at(known, depth)
        task = self._looking.get(name)
        if task is None:
            sources = sources_of(subject)
            if not sources:
                return _at(self._remember(name, RevocationResult(0, "not-offered"), None), depth)
            if self.fetch is None:
                return RevocationResult(depth, "unknown", why="nothing is fetched here")
            if len(self._looking) >= MAX_UNDER_WAY:
                return RevocationResult(depth, "unknown", why="too many certificates are looked up already")
            task = self._begin(self._looking, name, self._look_up(name, subject, issuer, sources, self.fetch))
        # Others may wait for it as well: whoever gives up must not end it.
        done, _ = await asyncio.wait({task}, timeout=2 * self.timeout)
        if not done or task.cancelled():
            return RevocationResult(depth, "unknown", why=f"no answer within {2 * self.timeout:g} s")
        return _at(task.result(), depth)

    def _begin(
        self,
        table: dict[Any, asyncio.Task[_Value]],
        name: object,
        work: Coroutine[Any, Any, _Value],
    ) -> asyncio.Task[_Value]:
        task = table[name] = asyncio.get_running_loop().create_task(work)

        def end(ended: asyncio.Task[_Value]) -> None:
            del table[name]
            if not ended.cancelled():
                ended.exception()  # seen, should nobody wait any more

        task.add_done_callback(end)
        return task

    async def _look_up(
        self, name: bytes, subject: Facts, issuer: Facts, sources: Sources, fetch: Fetch
    ) -> RevocationResult:
        """Ask the responders, then the lists, until one decides."""
        doubts: list[str] = []
        for url in sources.responders:
            try:
                answer = await self._ask(url, subject, issuer, fetch)
            except (FetchError, RevocationError) as error:
                doubts.append(f"the answer of {url} {error}")
                continue
            return self._remember(name, _decided(url, answer.revoked), answer.until)
        for urls in sources.lists:
            for url in urls:
                try:
                    found = await self._list(url, issuer, fetch)
                    found.covers(subject, urls)
                    large = len(found.data) > _LARGE
                    revoked = (
                        await asyncio.to_thread(found.look_up, subject.serial)
                        if large
                        else found.look_up(subject.serial)
                    )
                except (FetchError, RevocationError) as error:
                    doubts.append(f"the list of {url} {error}")
                    continue
                return self._remember(name, _decided(url, revoked), found.next_update)
        why = "; ".join((*doubts, *sources.unusable))
        return self._remember(name, RevocationResult(0, "unknown", why=why), None, FAILURE_SECONDS)

    async def _ask(self, url: str, subject: Facts, issuer: Facts, fetch: Fetch) -> ocsp.Answer:
        nonce = secrets.token_bytes(ocsp.NONCE_SIZE)
        data = await self._get(
            _source(url, issuer),
            fetch,
            body=ocsp.make_request(subject, issuer, nonce),
            content_type=ocsp.CONTENT_TYPE,
            limit=ocsp.MAX_RESPONSE_SIZE,
            seconds=self.timeout,
        )
        return ocsp.read_answer(data, subject, issuer, nonce, self._clock())

    # --- lists ---------------------------------------------------------------------------------------

    async def _list(self, url: str, issuer: Facts, fetch: Fetch) -> RevocationList:
        """The list at a URL, proved to be that issuer's; fetched once for all that ask. Raises as `_load`."""
        name = _source(url, issuer)
        known = self._lists.get(name)
        if known is not None and self._clock() <= known.next_update:
            self._lists.move_to_end(name)
            return known
        task = self._fetching.get(name) or self._begin(self._fetching, name, self._load(name, issuer, fetch))
        return await asyncio.shield(task)

    async def _load(self, name: Source, issuer: Facts, fetch: Fetch) -> RevocationList:
        """Fetch a list and keep it. Raises FetchError and RevocationError."""
        data = await self._get(
            name,
            fetch,
            body=None,
            content_type="",
            limit=self.max_list_size,
            seconds=LIST_PATIENCE * self.timeout,
        )
        now = self._clock()
        try:
            if len(data) > _LARGE:
                found = await asyncio.to_thread(read_list, data, issuer, now)
            else:
                found = read_list(data, issuer, now)
        except RevocationError as error:
            # Not fetched again for each certificate that names it.
            self._fail(name, str(error))
            raise
        replaced = self._lists.pop(name, None)
        self._list_bytes += len(data) - (0 if replaced is None else len(replaced.data))
        self._lists[name] = found
        while self._list_bytes > MAX_LIST_BYTES and len(self._lists) > 1:
            _, dropped = self._lists.popitem(last=False)
            self._list_bytes -= len(dropped.data)
        return found

    async def _get(
        self, name: Source, fetch: Fetch, *, body: bytes | None, content_type: str, limit: int, seconds: float
    ) -> bytes:
        """Fetch, unless that has failed a moment ago. Raises FetchError."""
        failed = self._failed.get(name)
        if failed is not None and self._clock() < failed[0]:
            raise FetchError(failed[1])
        try:
            async with asyncio.timeout(seconds):
                return await fetch(name.url, body=body, content_type=content_type, limit=limit)
        except TimeoutError:
            why = f"did not come within {seconds:g} s"
        except OSError as error:
            why = str(error)
        self._fail(name, why)
        raise FetchError(why)

    def _fail(self, name: Source, why: str) -> None:
        self._failed[name] = self._clock() + timedelta(seconds=FAILURE_SECONDS), why
        self._failed.move_to_end(name)
        while len(self._failed) > MAX_RESULTS:
            self._failed.popitem(last=False)

    # --- what is remembered --------------------------------------------------------------------------

    def _remembered(self, name: bytes, now: datetime) -> RevocationResult | None:
        found = self._results.get(name)
        if found is None:
            return None
        if now > found.until:
            del self._results[name]
            return None
        self._results.move_to_end(name)
        return found.result

    def _remember(
        self,
        name: bytes,
        result: RevocationResult,
        until: datetime | None,
        seconds: float = SHORTEST_SECONDS,
    ) -> RevocationResult:
        now = self._clock()
        shortest, longest = now + timedelta(seconds=seconds), now + LONGEST
        until = shortest if until is None else min(max(until, shortest), longest)
        self._results[name] = _Found(result, until)
        self._results.move_to_end(name)
        while len(self._results) > MAX_RESULTS:
            self._results.popitem(last=False)
        return result


def _name(subject: bytes, issuer: bytes) -> bytes:
    return hashlib.sha256(len(subject).to_bytes(4, "big") + subject + issuer).digest()


def _source(url: str, issuer: Facts) -> Source:
    return Source(url, hashlib.sha256(issuer.der).digest())


def _at(result: RevocationResult, depth: int) -> RevocationResult:
    if result.depth == depth:
        return result
    return RevocationResult(depth, result.state, result.source, result.reason, result.revoked_at, result.why)


def _decided(url: str, revoked: Revoked | None) -> RevocationResult:
    if revoked is None:
        return RevocationResult(0, "good", url)
    return RevocationResult(0, "revoked", url, revoked.reason, revoked.at)
