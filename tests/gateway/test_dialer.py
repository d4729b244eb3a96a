"""Connections to names with several addresses, over real sockets on 127.0.0.0/8.

No name is asked of the system but `localhost`: each test scripts the answers, and moves the time itself.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import pytest
from aiohappyeyeballs import AddrInfoType

from fastgw.gateway.addresses import ANSWER_SECONDS, COOL_OFF_SECONDS, AddressBook
from fastgw.gateway.dialer import Dialer, Proxy
from tests.gateway.names import Answer, Clock, Names
from tests.harness import wait_until
from tests.tls.wire import run

NEVER = 20.0
"""Seconds of a connect timeout that only a hang reaches."""


class Host:
    """One address of a name: nobody listens there until `listen`."""

    def __init__(self, host: str, port: int = 0) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((host, port))
        self.socket.setblocking(False)
        self.port: int = self.socket.getsockname()[1]
        self.info: AddrInfoType = (
            socket.AF_INET,
            socket.SOCK_STREAM,
            socket.IPPROTO_TCP,
            "",
            (host, self.port),
        )
        self.mapped: AddrInfoType = (
            socket.AF_INET6,
            socket.SOCK_STREAM,
            socket.IPPROTO_TCP,
            "",
            (f"::ffff:{host}", self.port, 0, 0),
        )
        """The same as an address of the other family."""
        self._full: list[socket.socket] = []

    def listen(self) -> None:
        self.socket.listen(100)

    def fall_silent(self) -> None:
        """Answer nothing any more: with a full queue of connections the system drops new ones."""
        self.socket.listen(0)
        self._full.append(socket.create_connection(self.info[4]))

    def taken(self) -> int:
        """How many connections came since it was last asked; they are closed."""
        count = 0
        while True:
            try:
                self.socket.accept()[0].close()
            except BlockingIOError:
                return count
            count += 1

    def is_being_dialed(self) -> bool:
        """Whether a connection to it is in state SYN_SENT."""
        remote = f"{int.from_bytes(socket.inet_aton(self.info[4][0]), 'little'):08X}:{self.port:04X}"
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return any(row[2] == remote and row[3] == "02" for row in rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for sock in (self.socket, *self._full):
            sock.close()


@pytest.fixture
def hosts() -> Iterator[tuple[Host, Host, Host]]:
    """Three addresses, each with a port of its own, that listen."""
    with ExitStack() as stack:
        made = (Host("127.0.0.1"), Host("127.0.0.2"), Host("127.0.0.3"))
        for host in made:
            stack.enter_context(host).listen()
        yield made


Hosts = tuple[Host, Host, Host]


def infos(*hosts: Host) -> list[AddrInfoType]:
    return [host.info for host in hosts]


def dialer_of(*answers: Answer, clock: Clock | None = None, timeout: float = NEVER) -> Dialer:
    book = AddressBook(resolver=Names(*answers), clock=clock or Clock())
    return Dialer("orders.test", 80, context=None, connect_timeout=timeout, address_book=book)


class Connection(asyncio.Protocol):
    """Notes its transport and the address that it reached."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.peer: str = transport.get_extra_info("peername")[0]


async def peer_of(dialer: Dialer) -> str:
    """Open a connection, close it, and tell whom it reached."""
    connection = Connection()
    await dialer.connect(connection)
    connection.transport.close()
    return connection.peer


async def peers_of(dialer: Dialer, count: int) -> Counter[str]:
    return Counter([await peer_of(dialer) for _ in range(count)])


# ---------------------------------------------------------------- shares


def test_connections_are_shared_equally_by_the_addresses_of_a_name(hosts: Hosts) -> None:
    async def main() -> None:
        found = await peers_of(dialer_of(infos(*hosts)), 12)
        assert found == {"127.0.0.1": 4, "127.0.0.2": 4, "127.0.0.3": 4}
        assert [host.taken() for host in hosts] == [4, 4, 4]

    run(main)


def test_connections_that_are_opened_at_the_same_time_are_shared_equally(hosts: Hosts) -> None:
    async def main() -> None:
        dialer = dialer_of(infos(*hosts[:2]))
        assert Counter(await asyncio.gather(*(peer_of(dialer) for _ in range(10)))) == {
            "127.0.0.1": 5,
            "127.0.0.2": 5,
        }

    run(main)


def test_an_address_that_is_no_longer_listed_gets_no_new_connection(hosts: Hosts) -> None:
    async def main() -> None:
        clock = Clock()
        dialer = dialer_of(infos(*hosts[:2]), infos(*hosts[1:]), clock=clock)
        assert await peers_of(dialer, 4) == {"127.0.0.1": 2, "127.0.0.2": 2}
        clock.now += ANSWER_SECONDS
        assert await peers_of(dialer, 4) == {"127.0.0.2": 2, "127.0.0.3": 2}

    run(main)


def test_dialers_with_one_book_share_turns_and_look_ups(hosts: Hosts) -> None:
    async def main() -> None:
        names = Names(infos(*hosts[:2]))
        book = AddressBook(resolver=names, clock=Clock())
        dialers = [
            Dialer("orders.test", 80, context=None, connect_timeout=NEVER + more, address_book=book)
            for more in range(2)
        ]
        assert [await peer_of(dialer) for dialer in dialers] == ["127.0.0.1", "127.0.0.2"]
        assert names.asked == [("orders.test", 80)]

    run(main)


# ---------------------------------------------------------------- addresses that fail


def test_a_dead_address_costs_no_caller_an_error_and_rests_until_its_cool_off_is_over(hosts: Hosts) -> None:
    async def main() -> None:
        clock = Clock()
        with Host("127.0.0.4") as dead:
            dialer = dialer_of(infos(dead, *hosts[:2]), clock=clock)
            assert await peers_of(dialer, 6) == {"127.0.0.1": 3, "127.0.0.2": 3}
            # It works again, but nobody finds out before the time.
            dead.listen()
            clock.now += COOL_OFF_SECONDS - 0.001
            assert await peers_of(dialer, 6) == {"127.0.0.1": 3, "127.0.0.2": 3}
            clock.now += 0.001
            assert await peers_of(dialer, 6) == {"127.0.0.1": 2, "127.0.0.2": 2, "127.0.0.4": 2}

    run(main)


def test_a_silent_address_costs_one_connection_a_moment_and_no_caller_an_error(hosts: Hosts) -> None:
    async def main() -> None:
        silent, good, _ = hosts
        silent.fall_silent()
        dialer = dialer_of(infos(silent, good))
        assert await peers_of(dialer, 4) == {"127.0.0.2": 4}
        # Accepting what filled its queue makes it answer again; it is avoided nevertheless.
        assert silent.taken() == 1
        silent.listen()
        assert await peers_of(dialer, 4) == {"127.0.0.2": 4}

    run(main)


def test_an_address_on_which_the_time_ran_out_is_avoided(hosts: Hosts) -> None:
    async def main() -> None:
        silent, good, _ = hosts
        silent.fall_silent()
        # Shorter than the start that the first address has before the next one.
        dialer = dialer_of(infos(silent, good), timeout=0.1)
        with pytest.raises(TimeoutError):
            await peer_of(dialer)
        assert silent.taken() == 1
        silent.listen()
        assert await peers_of(dialer, 3) == {"127.0.0.2": 3}

    run(main)


def test_a_dial_that_is_given_up_says_nothing_about_the_address(hosts: Hosts) -> None:
    async def main() -> None:
        slow, good, _ = hosts
        slow.fall_silent()
        dialer = dialer_of(infos(slow, good))
        given_up = asyncio.create_task(peer_of(dialer))
        await asyncio.to_thread(wait_until, slow.is_being_dialed, what="an attempt")
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        assert slow.taken() == 1
        slow.listen()
        assert await peers_of(dialer, 4) == {"127.0.0.1": 2, "127.0.0.2": 2}

    run(main)


def test_all_addresses_are_tried_before_a_caller_gets_an_error() -> None:
    async def main() -> None:
        with ExitStack() as stack:
            dead = [stack.enter_context(Host(f"127.0.0.{number}")) for number in (1, 2, 3)]
            dialer = dialer_of(infos(*dead))
            with pytest.raises(OSError, match=r"127.0.0.1.*127.0.0.2.*127.0.0.3") as raised:
                await peer_of(dialer)
            assert dialer.explain(raised.value).startswith("No connection to orders.test:80: ")
            # All failed lately, so all are tried: whichever works is found.
            dead[2].listen()
            assert await peers_of(dialer, 3) == {"127.0.0.3": 3}

    run(main)


def test_an_address_that_failed_is_tried_after_the_good_ones_of_the_other_family(hosts: Hosts) -> None:
    async def main() -> None:
        first, second, _ = hosts
        with Host("127.0.0.4") as bad:
            dialer = dialer_of([bad.mapped, first.info, second.info])
            assert await peer_of(dialer) == "127.0.0.1"
            bad.listen()
            # The next turn is that of the second address; when it is gone, the first one is next.
            second.close()
            assert await peer_of(dialer) == "127.0.0.1"
            assert bad.taken() == 0

    run(main)


# ---------------------------------------------------------------- names, literals, proxies


def test_the_last_answer_is_dialed_while_the_resolver_fails(hosts: Hosts) -> None:
    async def main() -> None:
        clock = Clock()
        away = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        dialer = dialer_of(infos(*hosts[:2]), away, clock=clock)
        assert await peers_of(dialer, 2) == {"127.0.0.1": 1, "127.0.0.2": 1}
        clock.now += ANSWER_SECONDS
        assert await peers_of(dialer, 4) == {"127.0.0.1": 2, "127.0.0.2": 2}

    run(main)


def test_a_name_that_cannot_be_resolved_is_named_in_the_explanation() -> None:
    async def main() -> None:
        dialer = dialer_of(socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
        with pytest.raises(socket.gaierror) as raised:
            await peer_of(dialer)
        assert dialer.explain(raised.value) == (
            "The name orders.test cannot be resolved: Name or service not known."
        )

    run(main)


def test_a_look_up_that_takes_too_long_ends_with_the_connect_timeout_and_serves_the_next_dial(
    hosts: Hosts,
) -> None:
    async def main() -> None:
        held: asyncio.Future[list[AddrInfoType]] = asyncio.get_running_loop().create_future()
        book = AddressBook(resolver=Names(held), clock=Clock())
        hasty = Dialer("orders.test", 80, context=None, connect_timeout=0.01, address_book=book)
        with pytest.raises(TimeoutError):
            await peer_of(hasty)
        held.set_result(infos(hosts[0]))
        patient = Dialer("orders.test", 80, context=None, connect_timeout=NEVER, address_book=book)
        assert await peer_of(patient) == "127.0.0.1"

    run(main)


def test_the_name_of_a_proxy_is_resolved_and_its_addresses_share_the_connections(hosts: Hosts) -> None:
    async def main() -> None:
        names = Names(infos(*hosts[:2]))
        book = AddressBook(resolver=names, clock=Clock())
        dialer = Dialer(
            "orders.test",
            80,
            context=None,
            connect_timeout=NEVER,
            proxy=Proxy("proxy.test", 3128),
            address_book=book,
        )
        assert await peers_of(dialer, 4) == {"127.0.0.1": 2, "127.0.0.2": 2}
        assert names.asked == [("proxy.test", 3128)]

    run(main)


def test_a_proxy_that_cannot_be_resolved_is_named_in_the_explanation() -> None:
    async def main() -> None:
        book = AddressBook(resolver=Names(socket.gaierror(socket.EAI_NONAME, "Name or service not known")))
        dialer = Dialer(
            "orders.test",
            80,
            context=None,
            connect_timeout=NEVER,
            proxy=Proxy("proxy.test", 3128),
            address_book=book,
        )
        with pytest.raises(socket.gaierror) as raised:
            await peer_of(dialer)
        assert dialer.explain(raised.value) == (
            "The name proxy.test cannot be resolved: Name or service not known."
        )

    run(main)


@pytest.mark.parametrize("literal", ["127.0.0.1", "::ffff:127.0.0.1"])
def test_an_address_instead_of_a_name_is_dialed_without_a_look_up(hosts: Hosts, literal: str) -> None:
    async def main() -> None:
        names = Names([])
        book = AddressBook(resolver=names, clock=Clock())
        dialer = Dialer(literal, hosts[0].port, context=None, connect_timeout=NEVER, address_book=book)
        assert await peers_of(dialer, 2) == {literal: 2}
        # Nothing is remembered either: it is dialed again right after it failed.
        hosts[0].close()
        with pytest.raises(ConnectionRefusedError):
            await peer_of(dialer)
        with Host("127.0.0.1", hosts[0].port) as again:
            again.listen()
            assert await peer_of(dialer) == literal
        assert names.asked == []

    run(main)


def test_without_a_book_the_system_is_asked(hosts: Hosts) -> None:
    async def main() -> None:
        dialer = Dialer("localhost", hosts[0].port, context=None, connect_timeout=NEVER)
        assert await peers_of(dialer, 2) == {"127.0.0.1": 2}

    run(main)
