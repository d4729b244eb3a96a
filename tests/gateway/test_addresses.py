"""Names with several addresses: equal turns, bad addresses last, answers kept, shared and outlived.

Time is a number that the test sets, answers are what the test scripts; nothing here opens a connection.
"""

from __future__ import annotations

import asyncio
import gc
import socket
from collections import Counter

import pytest
from aiohappyeyeballs import AddrInfoType

from fastgw.gateway.addresses import (
    ANSWER_SECONDS,
    COOL_OFF_SECONDS,
    PATIENCE_SECONDS,
    STALE_SECONDS,
    AddressBook,
    Addresses,
    ask_system,
)
from tests.gateway.names import Clock, Names
from tests.tls.wire import run

AWAY = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
DENIED = socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def at(host: str) -> AddrInfoType:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, 80))


A, B, C = at("192.0.2.1"), at("192.0.2.2"), at("192.0.2.3")
V6_A, V6_B = at("2001:db8::1"), at("2001:db8::2")


def addresses_of(names: Names, clock: Clock | None = None) -> Addresses:
    return Addresses("orders.test", 80, resolver=names, clock=clock or Clock())


def later() -> asyncio.Future[list[AddrInfoType]]:
    """An answer that the test gives when it likes."""
    return asyncio.get_running_loop().create_future()


async def dial(addresses: Addresses, *, dead: tuple[AddrInfoType, ...] = ()) -> AddrInfoType | None:
    """What a dialer reports of one connection: the first address that is not dead took it, or none."""
    order = await addresses.next_order()
    for address in order:
        if address not in dead:
            addresses.connected(order, address)
            return address
    addresses.failed(order)
    return None


async def shares(addresses: Addresses, count: int, **options: tuple[AddrInfoType, ...]) -> Counter[object]:
    return Counter([await dial(addresses, **options) for _ in range(count)])


# ---------------------------------------------------------------- turns


@pytest.mark.parametrize("listed", [(A, B), (A, B, C), (V6_A, A), (V6_A, V6_B, A)])
def test_connections_are_shared_equally_by_all_addresses(listed: tuple[AddrInfoType, ...]) -> None:
    async def main() -> None:
        addresses = addresses_of(Names(listed))
        assert await shares(addresses, 4 * len(listed)) == dict.fromkeys(listed, 4)

    run(main)


def test_connections_that_are_opened_at_the_same_time_start_at_different_addresses() -> None:
    async def main() -> None:
        addresses = addresses_of(Names([A, B, C]))
        orders = await asyncio.gather(*(addresses.next_order() for _ in range(3)))
        assert {order[0] for order in orders} == {A, B, C}

    run(main)


def test_shares_are_equal_where_each_answer_has_another_order() -> None:
    """A server of names that rotates its answers must not undo the turns."""

    async def main() -> None:
        clock = Clock()
        addresses = addresses_of(Names([A, B], [B, A], [A, B], [B, A]), clock)
        found: Counter[object] = Counter()
        for _ in range(4):
            found[await dial(addresses)] += 1
            clock.now += ANSWER_SECONDS
        assert found == {A: 2, B: 2}

    run(main)


def test_an_address_that_is_listed_twice_has_one_share_and_is_tried_once() -> None:
    async def main() -> None:
        addresses = addresses_of(Names([A, A, B]))
        assert await shares(addresses, 6) == {A: 3, B: 3}
        assert await addresses.next_order() == [A, B]

    run(main)


def test_families_alternate_within_one_attempt() -> None:
    """RFC 8305 section 4."""

    async def main() -> None:
        addresses = addresses_of(Names([V6_A, V6_B, A, B]))
        orders = [await addresses.next_order() for _ in range(4)]
        assert [order[0] for order in orders] == [V6_A, V6_B, A, B]
        for order in orders:
            assert sorted(order) == sorted([V6_A, V6_B, A, B])
            families = [address[0] for address in order]
            assert families[0] == families[2] != families[1] == families[3]

    run(main)


# ---------------------------------------------------------------- addresses that fail


def test_an_address_that_failed_is_put_last_and_the_others_share_its_turns() -> None:
    async def main() -> None:
        addresses = addresses_of(Names([A, B, C]))
        assert await dial(addresses, dead=(A,)) == B
        orders = [await addresses.next_order() for _ in range(6)]
        assert [order[2] for order in orders] == [A] * 6
        assert Counter(order[0] for order in orders) == {B: 3, C: 3}

    run(main)


def test_an_address_that_failed_comes_after_those_of_the_other_family() -> None:
    async def main() -> None:
        addresses = addresses_of(Names([V6_A, A, B]))
        assert await dial(addresses, dead=(V6_A,)) == A
        assert await addresses.next_order() == [B, A, V6_A]

    run(main)


def test_an_address_has_its_turns_again_after_its_cool_off() -> None:
    async def main() -> None:
        clock = Clock()
        addresses = addresses_of(Names([A, B], [A, B]), clock)
        assert await dial(addresses, dead=(A,)) == B
        clock.now += COOL_OFF_SECONDS - 0.001
        assert await shares(addresses, 4) == {B: 4}
        clock.now += 0.001
        assert await shares(addresses, 4) == {A: 2, B: 2}

    run(main)


def test_one_connection_at_a_time_finds_out_whether_an_address_is_back() -> None:
    async def main() -> None:
        clock = Clock()
        addresses = addresses_of(Names([A, B], [A, B]), clock)
        assert await dial(addresses, dead=(A,)) == B
        clock.now += COOL_OFF_SECONDS
        trial = await addresses.next_order()
        assert trial == [A, B]
        assert [await addresses.next_order() for _ in range(3)] == [[B, A]] * 3
        addresses.connected(trial, A)
        assert (await addresses.next_order())[0] == A

    run(main)


def test_an_address_that_is_still_dead_is_put_last_for_another_cool_off() -> None:
    async def main() -> None:
        clock = Clock()
        addresses = addresses_of(Names([A, B], [A, B], [A, B]), clock)
        for _ in range(2):
            assert await dial(addresses, dead=(A,)) == B
            assert await addresses.next_order() == [B, A]
            clock.now += COOL_OFF_SECONDS
        assert (await addresses.next_order())[0] == A

    run(main)


def test_all_addresses_are_tried_when_all_failed() -> None:
    async def main() -> None:
        addresses = addresses_of(Names([A, B, C]))
        assert await dial(addresses, dead=(A, B, C)) is None
        orders = [await addresses.next_order() for _ in range(3)]
        assert [sorted(order) for order in orders] == [[A, B, C]] * 3
        assert {order[0] for order in orders} == {A, B, C}

    run(main)


def test_one_line_of_the_log_tells_that_an_address_is_avoided_and_one_that_it_is_back(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def main() -> None:
        clock = Clock()
        addresses = addresses_of(Names([A, B], [A, B], [A, B]), clock)
        for _ in range(2):
            await shares(addresses, 4, dead=(A,))
            clock.now += COOL_OFF_SECONDS
        lines = capfd.readouterr().err.splitlines()
        assert len(lines) == 1
        assert "address does not answer" in lines[0]
        assert "orders.test" in lines[0]
        assert "192.0.2.1" in lines[0]
        await shares(addresses, 4)
        lines = capfd.readouterr().err.splitlines()
        assert len(lines) == 1
        assert "address answers again" in lines[0]
        assert "192.0.2.1" in lines[0]

    run(main)


# ---------------------------------------------------------------- answers


def test_an_answer_is_kept_for_a_while_and_then_asked_for_again() -> None:
    async def main() -> None:
        clock, names = Clock(), Names([A], [B])
        addresses = addresses_of(names, clock)
        assert await dial(addresses) == A
        clock.now += ANSWER_SECONDS - 0.001
        assert await dial(addresses) == A
        assert names.asked == [("orders.test", 80)]
        clock.now += 0.001
        assert await dial(addresses) == B
        assert names.asked == [("orders.test", 80)] * 2

    run(main)


def test_an_address_that_a_new_answer_does_not_list_is_used_no_more() -> None:
    async def main() -> None:
        clock = Clock()
        addresses = addresses_of(Names([A, B], [B, C]), clock)
        before = await addresses.next_order()
        assert sorted(before) == [A, B]
        clock.now += ANSWER_SECONDS
        assert await shares(addresses, 4) == {B: 2, C: 2}
        # What an older connection reports now does not bring it back.
        addresses.connected(before, A)
        addresses.failed([A])
        assert sorted(await addresses.next_order()) == [B, C]

    run(main)


def test_a_new_answer_does_not_end_a_cool_off() -> None:
    async def main() -> None:
        clock = Clock()
        addresses = addresses_of(Names([A, B], [A, B, C]), clock)
        assert await dial(addresses) == A
        clock.now += ANSWER_SECONDS - 1
        assert await dial(addresses, dead=(B,)) == A
        clock.now += 1
        assert await shares(addresses, 4) == {A: 2, C: 2}

    run(main)


def test_connections_that_wait_for_an_answer_share_one_look_up() -> None:
    async def main() -> None:
        names = Names(held := later())
        addresses = addresses_of(names)
        dials = [asyncio.create_task(dial(addresses)) for _ in range(4)]
        await names.was_asked(1)
        held.set_result([A, B])
        assert Counter(await asyncio.gather(*dials)) == {A: 2, B: 2}
        assert len(names.asked) == 1

    run(main)


def test_a_dial_that_is_given_up_does_not_end_the_look_up_of_the_others() -> None:
    async def main() -> None:
        names = Names(held := later())
        addresses = addresses_of(names)
        given_up = asyncio.create_task(dial(addresses))
        await names.was_asked(1)
        other = asyncio.create_task(dial(addresses))
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        held.set_result([A])
        assert await other == A
        assert len(names.asked) == 1

    run(main)


def test_the_answer_to_a_dial_that_was_given_up_serves_the_next_one() -> None:
    async def main() -> None:
        names = Names(held := later())
        addresses = addresses_of(names)
        given_up = asyncio.create_task(dial(addresses))
        await names.was_asked(1)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        next_one = asyncio.create_task(dial(addresses))
        held.set_result([A])
        assert await next_one == A
        assert len(names.asked) == 1

    run(main)


# ---------------------------------------------------------------- a resolver that fails


def test_a_failure_without_an_earlier_answer_reaches_all_who_wait_and_is_not_kept() -> None:
    async def main() -> None:
        names = Names(held := later(), [A])
        addresses = addresses_of(names)
        dials = [asyncio.create_task(dial(addresses)) for _ in range(3)]
        await names.was_asked(1)
        held.set_exception(AWAY)
        assert await asyncio.gather(*dials, return_exceptions=True) == [AWAY] * 3
        assert await dial(addresses) == A
        assert len(names.asked) == 2

    run(main)


def test_the_last_answer_is_used_for_a_bounded_time_while_the_resolver_fails() -> None:
    async def main() -> None:
        clock = Clock()
        addresses = addresses_of(Names([A, B], AWAY), clock)
        await shares(addresses, 2)
        clock.now += ANSWER_SECONDS
        assert await shares(addresses, 4) == {A: 2, B: 2}
        clock.now += STALE_SECONDS - 0.001
        assert await shares(addresses, 4) == {A: 2, B: 2}
        clock.now += 0.001
        with pytest.raises(socket.gaierror, match="Temporary failure"):
            await dial(addresses)

    run(main)


def test_a_resolver_that_failed_is_left_alone_for_a_while() -> None:
    async def main() -> None:
        clock, names = Clock(), Names([A], AWAY, [B])
        addresses = addresses_of(names, clock)
        assert await dial(addresses) == A
        clock.now += ANSWER_SECONDS
        assert await shares(addresses, 3) == {A: 3}
        clock.now += ANSWER_SECONDS - 0.001
        assert await shares(addresses, 3) == {A: 3}
        assert len(names.asked) == 2
        clock.now += 0.001
        assert await dial(addresses) == B

    run(main)


@pytest.mark.parametrize(
    "denial", [DENIED, socket.gaierror(socket.EAI_NODATA, "No address"), []], ids=["name", "data", "empty"]
)
def test_that_a_name_has_no_address_is_an_answer_and_ends_the_earlier_one(
    denial: socket.gaierror | list[AddrInfoType],
) -> None:
    async def main() -> None:
        clock, names = Clock(), Names([A], denial, AWAY, [B])
        addresses = addresses_of(names, clock)
        assert await dial(addresses) == A
        clock.now += ANSWER_SECONDS
        with pytest.raises(socket.gaierror):
            await dial(addresses)
        with pytest.raises(socket.gaierror, match="Temporary failure"):
            await dial(addresses)
        assert await dial(addresses) == B

    run(main)


def test_a_silent_resolver_holds_up_no_connection_for_longer_than_its_patience() -> None:
    async def main() -> None:
        clock = Clock()
        names = Names([A], held := later())
        addresses = addresses_of(names, clock)
        assert await dial(addresses) == A
        clock.now += ANSWER_SECONDS
        patient = asyncio.create_task(dial(addresses))
        await names.was_asked(2)
        assert not patient.done()
        clock.now += PATIENCE_SECONDS
        assert await dial(addresses) == A
        # Who has patience left gets the new answer, and so does everybody after.
        assert not patient.done()
        held.set_result([B])
        assert await patient == B
        assert await dial(addresses) == B
        assert len(names.asked) == 2

    run(main)


def test_a_silent_resolver_is_waited_for_where_the_earlier_answer_is_too_old() -> None:
    async def main() -> None:
        clock = Clock()
        names = Names([A], held := later())
        addresses = addresses_of(names, clock)
        assert await dial(addresses) == A
        clock.now += ANSWER_SECONDS + STALE_SECONDS
        waiting = asyncio.create_task(dial(addresses))
        await names.was_asked(2)
        clock.now += PATIENCE_SECONDS
        late = asyncio.create_task(dial(addresses))
        # Each gives the loop one round: enough for whoever does not wait to come to an end.
        for _ in range(10):
            await asyncio.sleep(0)
        assert not late.done()
        held.set_result([B])
        assert [await waiting, await late] == [B, B]

    run(main)


def test_one_line_of_the_log_tells_that_the_resolver_fails_and_one_that_it_works_again(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def main() -> None:
        clock = Clock()
        addresses = addresses_of(Names([A], AWAY, AWAY, AWAY, [A], [A]), clock)
        for _ in range(4):
            await shares(addresses, 3)
            clock.now += ANSWER_SECONDS
        lines = capfd.readouterr().err.splitlines()
        assert len(lines) == 1
        assert "name resolution fails" in lines[0]
        assert "orders.test" in lines[0]
        assert "Temporary failure" in lines[0]
        for _ in range(2):
            await dial(addresses)
            clock.now += ANSWER_SECONDS
        lines = capfd.readouterr().err.splitlines()
        assert len(lines) == 1
        assert "name resolution works again" in lines[0]

    run(main)


def test_a_silent_resolver_stands_in_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        clock = Clock()
        names = Names([A], held := later())
        addresses = addresses_of(names, clock)
        await dial(addresses)
        clock.now += ANSWER_SECONDS
        first = asyncio.create_task(dial(addresses))
        await names.was_asked(2)
        clock.now += PATIENCE_SECONDS
        await shares(addresses, 3)
        lines = capfd.readouterr().err.splitlines()
        assert len(lines) == 1
        assert "no answer within 1.8 seconds" in lines[0]
        held.set_result([A])
        await first
        assert "name resolution works again" in capfd.readouterr().err

    run(main)


@pytest.mark.parametrize("host", ["orders..test", "a" * 64 + ".test"], ids=["empty-label", "long-label"])
def test_what_is_no_host_name_is_an_error_of_each_dial(host: str) -> None:
    async def main() -> None:
        addresses = Addresses(host, 80, resolver=ask_system)
        found = await asyncio.gather(*(dial(addresses) for _ in range(2)), return_exceptions=True)
        assert [type(error) for error in found] == [UnicodeError] * 2

    run(main)


# ---------------------------------------------------------------- the book


def test_a_book_has_one_entry_for_a_host_and_port() -> None:
    book = AddressBook(resolver=Names(), clock=Clock())
    orders = book.of("orders.test", 80)
    assert book.of("orders.test", 80) is orders
    assert book.of("orders.test", 81) is not orders
    assert book.of("stock.test", 80) is not orders


def test_a_book_forgets_what_nobody_dials() -> None:
    async def main() -> None:
        names = Names([A], [B])
        book = AddressBook(resolver=names, clock=Clock())
        assert await dial(book.of("orders.test", 80)) == A
        gc.collect()
        assert await dial(book.of("orders.test", 80)) == B
        assert len(names.asked) == 2

    run(main)
