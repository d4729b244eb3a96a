"""The cache of sessions, with stand-ins for what OpenSSL gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import pytest

from fastgw.tls.sessions import MAX_TICKETS, SessionCache


@dataclass(frozen=True)
class Session:
    id: bytes
    has_ticket: bool = True


@dataclass(frozen=True)
class Connection:
    session: Session | None
    protocol: str = "TLSv1.3"

    def version(self) -> str:
        return self.protocol


def store(cache: SessionCache, *connections: Connection) -> None:
    for connection in connections:
        cache.store(cast("Any", connection))


def test_a_ticket_is_used_once_and_the_newest_goes_first() -> None:
    cache = SessionCache()
    first, second = Session(b"1"), Session(b"2")
    store(cache, Connection(first), Connection(second))
    assert [cache.take(), cache.take(), cache.take()] == [second, first, None]


def test_a_session_of_tls_1_2_is_used_again_and_again() -> None:
    cache = SessionCache()
    session = Session(b"1", has_ticket=False)
    store(cache, Connection(session, "TLSv1.2"))
    assert cache.take() is cache.take() is session


def test_a_spent_ticket_does_not_come_back() -> None:
    cache = SessionCache()
    ticket = Session(b"1")
    store(cache, Connection(ticket))
    assert cache.take() is ticket
    store(cache, Connection(ticket))
    assert cache.take() is None


def test_the_same_ticket_is_kept_once() -> None:
    cache = SessionCache()
    store(cache, Connection(Session(b"1")), Connection(Session(b"1")))
    assert len(cache) == 1


def test_the_number_of_tickets_has_an_end_and_the_oldest_go() -> None:
    cache = SessionCache()
    store(cache, *(Connection(Session(bytes([number]))) for number in range(20)))
    assert len(cache) == MAX_TICKETS
    taken = [cast("Any", cache.take()).id[0] for _ in range(MAX_TICKETS)]
    assert taken == list(range(19, 19 - MAX_TICKETS, -1))


@pytest.mark.parametrize(
    "connection",
    [
        Connection(None),
        Connection(Session(b"1", has_ticket=False)),
        Connection(Session(b"", has_ticket=False), "TLSv1.2"),
    ],
)
def test_what_cannot_be_resumed_is_not_kept(connection: Connection) -> None:
    cache = SessionCache()
    store(cache, connection)
    assert len(cache) == 0
    assert cache.take() is None
