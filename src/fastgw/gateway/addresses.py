"""The addresses of one host name and port: which there are, and in which order a connection tries them.

Asked once for each new connection, never for a request. It opens no connection itself: the dialer does, and
tells how it went. A name is never looked up twice at a time, and a dial that is given up takes nothing from
the others that wait for the same answer.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import chain, zip_longest
from typing import Final, cast
from weakref import WeakValueDictionary

from aiohappyeyeballs import AddrInfoType

from fastgw.telemetry import log

ANSWER_SECONDS: Final = 10.0
"""How long an answer is used without asking again; after a failure, how long it is not asked again.

getaddrinfo tells no time to live. Ten seconds, HAProxy's `hold valid`, spare a burst of connections its
look-ups, and add little to the delay that the time to live of the record causes anyway.
"""

STALE_SECONDS: Final = 300.0
"""How much longer the last answer is used while the resolver fails (RFC 8767).

Long enough for a resolver to be restarted. The days that the RFC grants a resolver are too long here: by then
an address may belong to somebody else, and on a connection without TLS nothing would notice.
"""

PATIENCE_SECONDS: Final = 1.8
"""How long a connection waits for a new answer where there is a last one (RFC 8767 section 5).

The C library waits 5 seconds and more for a server that is silent, as long as many connect timeouts.
"""

COOL_OFF_SECONDS: Final = 10.0
"""How long an address that failed is put last; the same as nginx's `fail_timeout`."""

# That a name does not exist, or has no address, is an answer and no failure (RFC 8767 section 4).
_DENIALS: Final = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})

Resolver = Callable[[str, int], Awaitable[Iterable[AddrInfoType]]]
"""Host and port to stream addresses, in order of preference. Raises OSError or UnicodeError (getaddrinfo)."""

Clock = Callable[[], float]
"""Monotonic seconds."""


async def ask_system(host: str, port: int) -> list[AddrInfoType]:
    """Resolve as this machine is set up to.

    Raises socket.gaierror, and UnicodeError for what is no host name (a label that is empty or too long).
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return cast("list[AddrInfoType]", found)


class Lookup:
    """The answer for one name: asked for when it is needed, kept for a while, and shared."""

    def __init__(self, host: str, port: int, resolver: Resolver, clock: Clock) -> None:
        self._host = host
        self._port = port
        self._resolver = resolver
        self._clock = clock
        self._answer: tuple[AddrInfoType, ...] = ()
        self._ask_again_at = clock()
        self._usable_until = self._ask_again_at
        self._outstanding: asyncio.Task[OSError | UnicodeError | None] | None = None
        self._asked_at = 0.0
        self._reported = False

    async def answer(self) -> tuple[AddrInfoType, ...]:
        """The addresses, at least one, each once; the same object until another answer came.

        Raises what the resolver raises where there is no earlier answer that may still be used.
        """
        now = self._clock()
        if now < self._ask_again_at:
            return self._answer
        if self._outstanding is None or self._outstanding.done():
            self._asked_at = now
            self._outstanding = asyncio.get_running_loop().create_task(self._ask())
        patience = None
        if now < self._usable_until:
            patience = max(0.0, self._asked_at + PATIENCE_SECONDS - now)
        # Unlike awaiting the task, this does not cancel it together with the dial that waits here.
        done, _ = await asyncio.wait({self._outstanding}, timeout=patience)
        if not done:
            self._report(f"no answer within {PATIENCE_SECONDS:g} seconds")
        for task in done:
            error = task.result()
            if error is not None:
                raise error
        return self._answer

    async def _ask(self) -> OSError | UnicodeError | None:
        """Ask once. Returns what those who wait have to raise, or None where there is an answer to use."""
        try:
            answer = tuple(dict.fromkeys(await self._resolver(self._host, self._port)))
            if not answer:
                raise socket.gaierror(socket.EAI_NONAME, "it has no address")
        except (OSError, UnicodeError) as error:
            return self._failed(error)
        self._answer = answer
        self._ask_again_at = self._clock() + ANSWER_SECONDS
        self._usable_until = self._ask_again_at + STALE_SECONDS
        if self._reported:
            self._reported = False
            log.info("name resolution works again", host=self._host)
        return None

    def _failed(self, error: OSError | UnicodeError) -> OSError | UnicodeError | None:
        now = self._clock()
        if isinstance(error, socket.gaierror) and error.errno in _DENIALS:
            self._usable_until = now
        if now >= self._usable_until:
            self._ask_again_at = now
            return error
        self._ask_again_at = min(now + ANSWER_SECONDS, self._usable_until)
        self._report(str(error))
        return None

    def _report(self, reason: str) -> None:
        """Say that the last answer is used: once, until there is a new one."""
        if not self._reported:
            self._reported = True
            log.warning(
                "name resolution fails, the last answer is used",
                host=self._host,
                reason=reason,
                seconds_left=round(self._usable_until - self._clock()),
            )


class _Standing:
    """What is known of one address."""

    __slots__ = ("avoided_until", "last_turn", "reported")

    def __init__(self, last_turn: float) -> None:
        self.last_turn = last_turn
        """Not above 0: it had none yet."""
        self.avoided_until: float | None = None
        """Monotonic seconds; None: it did not fail when it was tried last."""
        self.reported = False
        """That it does not answer stands in the log."""


class Addresses:
    """The addresses of one name and port, on one event loop: connections take turns over them.

    The turn goes to the address that has waited longest for it. So the shares are equal also where the
    resolver gives another order each time, which a position in its list would work against.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        resolver: Resolver = ask_system,
        clock: Clock = time.monotonic,
        chance: Callable[[], float] | None = None,
    ) -> None:
        self._host = host
        self._clock = clock
        # Numbers in [0, 1) that say who begins; None: in the order of the answer.
        self._chance = chance
        self._lookup = Lookup(host, port, resolver, clock)
        self._listed: tuple[AddrInfoType, ...] = ()
        self._standings: dict[AddrInfoType, _Standing] = {}
        self._turn = 0

    async def next_order(self) -> list[AddrInfoType]:
        """The addresses in the order in which one new connection tries them; the first one has its turn.

        Families alternate (RFC 8305 section 4). Addresses that failed lately come last. Raises what
        the resolver raises where the name cannot be resolved.
        """
        listed = await self._lookup.answer()
        if listed is not self._listed:
            self._listed = listed
            self._standings = {
                address: self._standings.get(address) or self._newcomer() for address in listed
            }
        now = self._clock()
        good: list[AddrInfoType] = []
        avoided: list[AddrInfoType] = []
        for address in sorted(listed, key=lambda address: self._standings[address].last_turn):
            until = self._standings[address].avoided_until
            (good if until is None or until <= now else avoided).append(address)
        order = [*_alternating(good), *_alternating(avoided)]
        first = self._standings[order[0]]
        self._take_turn(first)
        if first.avoided_until is not None:
            # This connection finds out how it is now; until then the others need not wait for it as well.
            first.avoided_until = now + COOL_OFF_SECONDS
        return order

    def _newcomer(self) -> _Standing:
        return _Standing(-self._chance() if self._chance is not None else 0)

    def connected(self, order: Sequence[AddrInfoType], address: AddrInfoType) -> None:
        """A connection that tried `order` was made to `address`.

        Those before it have failed, or did not answer before the next one was tried and did.
        """
        before = order[: order.index(address)]
        self.failed(before)
        for other in before:
            passed = self._standings.get(other)
            if passed is not None and not passed.reported:
                passed.reported = True
                log.warning("address does not answer, others are used", host=self._host, address=other[4][0])
        standing = self._standings.get(address)
        if standing is None:
            return
        standing.avoided_until = None
        if before:
            self._take_turn(standing)
        if standing.reported:
            standing.reported = False
            log.info("address answers again", host=self._host, address=address[4][0])

    def failed(self, tried: Iterable[AddrInfoType]) -> None:
        """These addresses did not take a connection: for a while they are put last."""
        until = self._clock() + COOL_OFF_SECONDS
        for address in tried:
            # An answer that came meanwhile may have dropped it.
            standing = self._standings.get(address)
            if standing is not None:
                standing.avoided_until = until

    def _take_turn(self, standing: _Standing) -> None:
        self._turn += 1
        standing.last_turn = self._turn


def _alternating(addresses: Sequence[AddrInfoType]) -> list[AddrInfoType]:
    """The same addresses, families in turns, the family of the first one first."""
    same = [address for address in addresses if address[0] == addresses[0][0]]
    other = [address for address in addresses if address[0] != addresses[0][0]]
    pairs = zip_longest(same, other)
    return [address for address in chain.from_iterable(pairs) if address is not None]


class AddressBook:
    """The addresses of every name and port that the dialers of one event loop share.

    Two pools of one host differ in certificate or limits, but not in which of its addresses work. An entry
    lives as long as a dialer that has it.
    """

    def __init__(
        self,
        *,
        resolver: Resolver = ask_system,
        clock: Clock = time.monotonic,
        chance: Callable[[], float] | None = None,
    ) -> None:
        self._resolver = resolver
        self._clock = clock
        self._chance = chance
        self._entries: WeakValueDictionary[tuple[str, int], Addresses] = WeakValueDictionary()

    def of(self, host: str, port: int) -> Addresses:
        """The addresses of a host name and port; nothing is looked up yet."""
        entry = self._entries.get((host, port))
        if entry is None:
            entry = Addresses(host, port, resolver=self._resolver, clock=self._clock, chance=self._chance)
            self._entries[host, port] = entry
        return entry
