"""Slots of the shared segment: who keeps one over a reload, and in which order free ones are used again."""

from __future__ import annotations

import pytest

from fastgw._core import Breaker, BreakerRule
from fastgw._member import Member
from fastgw._shared import Segment
from fastgw.snapshot.places import (
    Draft,
    Key,
    Kind,
    KnownPlaces,
    Ledger,
    NoPlaceError,
    place_of,
    private_places,
)

KINDS: tuple[Kind, ...] = ("breaker", "member", "group")
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(Segment(seats=1))


def adopted(ledger: Ledger, kind: Kind, *names: str) -> list[int]:
    """The slots of a configuration that has these, and is now the one in use."""
    draft = ledger.draft()
    slots = [draft.slot(kind, (name,)) for name in names]
    ledger.adopt(draft)
    return slots


def used_up(ledger: Ledger, kind: Kind) -> list[int]:
    """Every slot of the kind, by keys ("0",), ("1",), ... of the configuration now in use."""
    capacity = {"breaker": "breakers", "member": "members", "group": "groups"}[kind]
    count = getattr(ledger.segment, capacity)
    slots = adopted(ledger, kind, *(str(number) for number in range(count)))
    assert sorted(slots) == list(range(count))
    return slots


@every_kind
def test_a_key_has_one_slot_in_a_configuration(ledger: Ledger, kind: Kind) -> None:
    draft = ledger.draft()
    first = draft.slot(kind, ("a", 1))
    assert draft.slot(kind, ("a", 2)) != first
    assert draft.slot(kind, ("a", 1)) == first


def test_kinds_have_slots_of_their_own(ledger: Ledger) -> None:
    draft = ledger.draft()
    assert [draft.slot(kind, ("a",)) for kind in KINDS] == [0, 0, 0]
    assert len(draft.slots) == 3


def test_keys_differ_by_type_and_by_where_a_text_ends() -> None:
    keys: list[Key] = [
        ("1",),
        (1,),
        (True,),
        ("ab", "c"),
        ("a", "bc"),
        ("a, b",),
        ("a", "b"),
        (("a",), "b"),
        (None,),
    ]
    assert len({place_of("member", key) for key in keys}) == len(keys)


@every_kind
def test_a_key_keeps_its_slot_over_reloads(ledger: Ledger, kind: Kind) -> None:
    first = adopted(ledger, kind, "a", "b", "c")
    assert adopted(ledger, kind, "c", "new", "a") == [first[2], 3, first[0]]


@every_kind
def test_unused_slots_come_before_those_that_were_freed(ledger: Ledger, kind: Kind) -> None:
    for number in range(5):
        assert adopted(ledger, kind, f"name {number}") == [number]


@every_kind
def test_what_was_freed_last_is_used_again_last(ledger: Ledger, kind: Kind) -> None:
    slots = used_up(ledger, kind)
    keep = [str(number) for number in range(len(slots))]
    for gone in (7, 3, 9):
        keep.remove(str(gone))
        adopted(ledger, kind, *keep)
    again = adopted(ledger, kind, *keep, "x", "y", "z")[-3:]
    assert again == [slots[7], slots[3], slots[9]]


@every_kind
def test_without_a_free_slot_the_configuration_is_refused(ledger: Ledger, kind: Kind) -> None:
    used_up(ledger, kind)
    draft = ledger.draft()
    # As long as the former configuration is in use, its slots are not given out.
    with pytest.raises(NoPlaceError, match=f"beside the 65536 {kind}s of backends in use"):
        draft.slot(kind, ("new",))
    assert draft.slot(kind, ("0",)) == 0
    ledger.discard(draft)
    assert len(ledger.slots) == 65536


@every_kind
def test_a_draft_that_comes_to_nothing_gives_back_what_was_new(ledger: Ledger, kind: Kind) -> None:
    slots = used_up(ledger, kind)
    names = [str(number) for number in range(len(slots))]
    adopted(ledger, kind, *names[:-1])
    for _ in range(3):
        draft = ledger.draft()
        draft.slot(kind, ("0",))
        assert draft.slot(kind, ("new",)) == slots[-1]
        ledger.discard(draft)
    # What the configuration in use had, it still has.
    assert adopted(ledger, kind, *names[:-1]) == slots[:-1]


def test_a_draft_that_comes_to_nothing_changes_nothing(ledger: Ledger) -> None:
    adopted(ledger, "member", "a", "b")
    before = dict(ledger.slots)
    draft = ledger.draft()
    draft.slot("member", ("b",))
    draft.slot("member", ("c",))
    ledger.discard(draft)
    assert ledger.slots == before


def open_breaker(segment: Segment, slot: int) -> Breaker:
    breaker = Breaker(segment, slot, BreakerRule(name="rule", count=1))
    _, ticket = breaker.try_admit(1000, 0.0, 2000)
    assert breaker.try_report(ticket, 1000, True, False, -1, 0.0) == "opened"
    return breaker


def test_state_outlives_a_reload_and_not_its_owner(ledger: Ledger) -> None:
    [slot] = adopted(ledger, "breaker", "a")
    breaker = open_breaker(ledger.segment, slot)
    assert adopted(ledger, "breaker", "a") == [slot]
    assert breaker.state(1000)["state"] == "open"
    adopted(ledger, "breaker")
    # A request of its owner may still be under way: the slot is given out after all others.
    assert breaker.state(1000)["state"] == "open"
    assert used_up(ledger, "breaker")[-1] == slot
    assert breaker.state(1000)["state"] == "closed"


def test_a_member_that_is_new_in_its_slot_is_well(ledger: Ledger) -> None:
    [slot] = adopted(ledger, "member", "a")
    member = Member(ledger.segment, slot, "a", None)
    member.checked(False, 1, 1000)
    assert not member.state(1000)["healthy"]
    adopted(ledger, "member")
    assert used_up(ledger, "member")[-1] == slot
    assert member.state(1000)["healthy"]


def test_a_worker_finds_the_places_of_the_master(ledger: Ledger) -> None:
    slots = adopted(ledger, "group", "a", "b")
    known = KnownPlaces(ledger.segment, dict(ledger.slots))
    assert known.segment is ledger.segment
    assert [known.slot("group", (name,)) for name in "ab"] == slots


def test_a_worker_never_gives_out_a_place(ledger: Ledger) -> None:
    adopted(ledger, "group", "a")
    known = KnownPlaces(ledger.segment, ledger.slots)
    for kind, key in (("group", ("b",)), ("member", ("a",))):
        with pytest.raises(NoPlaceError, match=f"no {kind}"):
            known.slot(kind, key)  # type: ignore[arg-type]  # mypy widens the literal in the loop


def test_private_places_share_nothing() -> None:
    one, two = private_places(), private_places()
    assert isinstance(one, Draft)
    assert one.segment is not two.segment
    assert one.slot("group", ("a",)) == two.slot("group", ("b",)) == 0
