"""Claims: one gateway an address, a queue for each worker, several addresses for one name."""

from __future__ import annotations

import socket

import pytest

from fastgw.claims import Claim, claim_all, is_free
from fastgw.errors import AddressInUseError
from fastgw.settings import Endpoint

FREE = Endpoint("http", "127.0.0.1", 0)


def test_an_address_can_be_claimed_once_before_anyone_listens() -> None:
    claim = Claim(FREE)
    with pytest.raises(AddressInUseError, match=f"127.0.0.1:{claim.endpoint.port}"):
        Claim(claim.endpoint)
    claim.close()
    Claim(claim.endpoint).close()


def test_an_address_that_workers_share_cannot_be_claimed() -> None:
    claim = Claim(FREE)
    listening = [*claim.listen(), *claim.listen()]
    assert not is_free(claim.endpoint)
    for one in listening:
        one.close()
    claim.close()
    assert is_free(claim.endpoint)


def test_each_worker_slot_has_a_queue_of_its_own_for_the_same_port() -> None:
    claim = Claim(FREE)
    listening = [*claim.listen(), *claim.listen()]
    address = ("127.0.0.1", claim.endpoint.port)
    assert {one.getsockname() for one in listening} == {address}
    callers = [socket.create_connection(address) for _ in range(64)]
    taken = 0
    for one in listening:
        while True:
            try:
                one.accept()[0].close()
            except BlockingIOError:
                break
            taken += 1
    assert taken == 64
    for one in (*callers, *listening):
        one.close()
    claim.close()


def test_connections_are_watched_and_do_not_wait_to_fill_segments() -> None:
    claim = Claim(FREE)
    (listening,) = claim.listen()
    listening.setblocking(True)
    with socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    listening.close()
    claim.close()


def test_a_name_with_several_addresses_has_one_port_on_all_of_them() -> None:
    claim = Claim(Endpoint("https", "localhost", 0))
    listening = claim.listen()
    assert {one.getsockname()[1] for one in listening} == {claim.endpoint.port}
    assert claim.endpoint.url == f"https://localhost:{claim.endpoint.port}"
    for one in listening:
        one.close()
    claim.close()


def test_one_clash_gives_every_other_address_up() -> None:
    first = Claim(FREE)
    free = Claim(FREE)
    free.close()
    with pytest.raises(AddressInUseError):
        claim_all([free.endpoint, first.endpoint])
    assert is_free(free.endpoint)
    first.close()


def test_an_address_of_another_machine_is_refused_by_name() -> None:
    with pytest.raises(AddressInUseError, match=r"192\.0\.2\.1"):
        Claim(Endpoint("http", "192.0.2.1", 0))
