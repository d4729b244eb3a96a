"""The status of backends: what a segment holds is shown as it is, and closed by hand where it is told to."""

from __future__ import annotations

from typing import Any

import pytest

from fastgw._core import Breaker, BreakerRule
from fastgw._shared import Segment
from fastgw.management.status import BackendStatus, UnknownPlaceError
from fastgw.snapshot.balancers import BackendState, MemberState

NOW = 1_000_000  # monotonic milliseconds
RULE: dict[str, object] = {"name": "fast", "count": 2, "trip": 30_000, "interval": 60_000}
OTHER: dict[str, object] = {"name": "slow", "consecutive": 5, "trip": 60_000}


class Gateway:
    """What a worker and the management process see of two backends, one of them in a pool."""

    def __init__(self) -> None:
        self.segment = Segment(seats=2)
        for slot in range(4):
            self.segment.begin_breaker(slot)
            self.segment.begin_member(slot)
        one = MemberState("Orders-1", 0, ((0, RULE), (1, OTHER)))
        two = MemberState("orders-2", 1, ((2, RULE),))
        bare = MemberState("https://plain", 2, ())
        self.status = BackendStatus(self.segment)
        self.status.update(
            (
                BackendState("Pool", (one, two)),
                BackendState("Orders-1", (one,)),
                BackendState("plain", (bare,)),
            )
        )

    def breaker(self, slot: int) -> Breaker:
        return Breaker(self.segment, slot, BreakerRule(**(OTHER if slot == 1 else RULE)))  # type: ignore[arg-type] values of a test

    def fail(self, slot: int, times: int, now: int = NOW) -> None:
        breaker = self.breaker(slot)
        for _ in range(times):
            verdict, ticket = breaker.try_admit(now, 0.5, now + 1000)
            assert verdict == "allow"
            breaker.try_report(ticket, now, True, False, -1, 0.5)

    def shown(self, backend: int, member: int, breaker: int, now: int = NOW) -> dict[str, Any]:
        document = self.status.document(now)
        found: dict[str, Any] = document["backends"][backend]["members"][member]["breakers"][breaker]
        return found

    def states(self) -> list[str]:
        return [self.breaker(slot).state(NOW)["state"] for slot in range(3)]


def test_nothing_is_shown_before_the_master_has_told_of_backends() -> None:
    assert BackendStatus(Segment(seats=1)).document(NOW) == {"backends": []}


def test_every_backend_member_and_rule_is_shown_by_its_name() -> None:
    shown = Gateway().status.document(NOW)["backends"]
    names = [
        (
            backend["id"],
            [(one["id"], [rule["rule"] for rule in one["breakers"]]) for one in backend["members"]],
        )
        for backend in shown
    ]
    assert names == [
        ("Pool", [("Orders-1", ["fast", "slow"]), ("orders-2", ["fast"])]),
        ("Orders-1", [("Orders-1", ["fast", "slow"])]),
        ("plain", [("https://plain", [])]),
    ]


def test_a_member_that_nobody_has_called_is_healthy_and_idle() -> None:
    member = Gateway().status.document(NOW)["backends"][2]["members"][0]
    assert member == {
        "id": "https://plain",
        "healthy": True,
        "inFlight": 0,
        "chosen": 0,
        "latency": 0.0,
        "breakers": [],
    }


def test_an_open_breaker_shows_its_reason_its_counts_and_the_time_to_retry() -> None:
    gateway = Gateway()
    gateway.fail(0, 2)
    gateway.breaker(0).try_admit(NOW + 1, 0.5, NOW + 1000)
    assert gateway.shown(0, 0, 0, NOW + 1500) == {
        "rule": "fast",
        "state": "open",
        "retryAfter": 28.5,
        "requests": 0,
        "failures": 0,
        "slow": 0,
        "refused": 1,
        "trips": 1,
        "lastTrip": {"age": 1.5, "trigger": "count", "outcome": "500", "failures": 2, "requests": 2},
    }


def test_a_closed_breaker_shows_what_it_has_counted() -> None:
    gateway = Gateway()
    gateway.fail(1, 3)
    shown = gateway.shown(0, 0, 1)
    assert (shown["state"], shown["requests"], shown["failures"]) == ("closed", 3, 3)
    assert (shown["retryAfter"], shown["trips"], shown["lastTrip"]) == (0, 0, None)


def test_a_breaker_whose_time_is_over_is_half_open() -> None:
    gateway = Gateway()
    gateway.fail(0, 2)
    assert gateway.shown(0, 0, 0, NOW + 30_000)["state"] == "half-open"


def test_a_pool_shows_the_breakers_of_its_members() -> None:
    gateway = Gateway()
    gateway.fail(0, 2)
    assert gateway.shown(0, 0, 0) == gateway.shown(1, 0, 0)


def test_a_new_configuration_takes_the_place_of_the_old_one() -> None:
    gateway = Gateway()
    gateway.status.update((BackendState("new", ()),))
    assert gateway.status.document(NOW) == {"backends": [{"id": "new", "members": []}]}


@pytest.mark.parametrize(
    ("chosen", "count", "after"),
    [
        (("pool", None, None), 3, ["closed", "closed", "closed"]),
        (("POOL", "ORDERS-1", None), 2, ["closed", "closed", "open"]),
        (("pool", None, "FAST"), 2, ["closed", "open", "closed"]),
        (("pool", "orders-1", "slow"), 1, ["open", "closed", "open"]),
        (("orders-1", None, None), 2, ["closed", "closed", "open"]),
        (("plain", None, None), 0, ["open", "open", "open"]),
    ],
)
def test_a_reset_closes_what_was_named_and_nothing_else(
    chosen: tuple[str, str | None, str | None], count: int, after: list[str]
) -> None:
    gateway = Gateway()
    for slot, times in ((0, 2), (1, 5), (2, 2)):
        gateway.fail(slot, times)
    assert gateway.states() == ["open", "open", "open"]
    assert gateway.status.reset(*chosen, NOW) == count
    assert gateway.states() == after


@pytest.mark.parametrize(
    ("chosen", "named"),
    [
        (("nowhere", None, None), "nowhere"),
        (("pool", "orders-3", None), "orders-3"),
        (("pool", "orders-2", "slow"), "slow"),
        (("pool", None, ""), "''"),
        (("pool", "", None), "''"),
    ],
)
def test_what_there_is_not_cannot_be_reset_and_is_named(
    chosen: tuple[str, str | None, str | None], named: str
) -> None:
    gateway = Gateway()
    gateway.fail(0, 2)
    with pytest.raises(UnknownPlaceError, match=named):
        gateway.status.reset(*chosen, NOW)
    assert gateway.states()[0] == "open"


def test_a_reset_forgets_what_was_counted() -> None:
    gateway = Gateway()
    gateway.fail(0, 1)
    gateway.status.reset("orders-1", None, None, NOW)
    gateway.fail(0, 1)
    assert gateway.states()[0] == "closed"
