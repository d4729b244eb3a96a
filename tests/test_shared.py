"""The shared segment: its layout, slots that change hands, and that processes see one memory.

What breakers and balancers make of their slots is theirs to test.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import pytest

from fastgw._balance import Attempt, Balancer
from fastgw._core import Breaker, BreakerRule, seat_died
from fastgw._member import Member
from fastgw._shared import LAYOUT_VERSION, Segment
from tests.breakers import NOW, admit, call, report, seen

RULE = BreakerRule(name="rule", count=3, consecutive=5)
SEGMENTS_IN_MAPS = "/dev/zero (deleted)"  # as Linux shows an anonymous shared mapping


def test_layout_is_the_version_that_the_module_states() -> None:
    assert Segment(seats=1).layout == LAYOUT_VERSION


@pytest.mark.parametrize("seats", [-1, 0, 1001, 2**20])
def test_number_of_seats_out_of_range_is_refused(seats: int) -> None:
    with pytest.raises(ValueError, match="between 1 and 1000"):
        Segment(seats=seats)


@pytest.mark.parametrize("seats", [1, 17, 1000])
def test_segment_has_room_for_its_seats(seats: int) -> None:
    segment = Segment(seats=seats)
    segment.seat = seats - 1
    segment.begin_member(segment.members - 1)
    segment.begin_group(segment.groups - 1)
    last = Member(segment, segment.members - 1, "last", None)
    Attempt().try_choose(Balancer(segment, segment.groups - 1, "backend", [last]), NOW / 1000)
    assert last.state(NOW)["inFlight"] == 1
    assert segment.seats == seats


def test_a_segment_that_was_not_made_cannot_be() -> None:
    with pytest.raises(TypeError):
        Segment.__new__(Segment)
    with pytest.raises(ValueError, match="seats must be between"):
        Segment(seats=0)


@pytest.mark.parametrize("kind", ["breaker", "member", "group"])
def test_slot_that_is_not_there_is_refused(kind: str) -> None:
    segment = Segment(seats=2)
    begin = getattr(segment, f"begin_{kind}")
    for slot in (-1, getattr(segment, f"{kind}s")):
        with pytest.raises(IndexError, match=f"no such {kind}"):
            begin(slot)


def test_breaker_of_a_slot_that_is_not_there_is_refused() -> None:
    segment = Segment(seats=1)
    for slot in (-1, segment.breakers):
        with pytest.raises(IndexError, match="no such breaker"):
            Breaker(segment, slot, RULE)


@pytest.mark.parametrize("seat", [-1, 2])
def test_seat_that_is_not_there_cannot_die(seat: int) -> None:
    with pytest.raises(IndexError, match="no such seat"):
        seat_died(Segment(seats=2), seat, NOW)


def test_breakers_used_is_one_more_than_the_highest_slot_given_out() -> None:
    segment = Segment(seats=1)
    used = [segment.breakers_used]
    for slot in (0, 5, 3):
        segment.begin_breaker(slot)
        used.append(segment.breakers_used)
    assert used == [0, 1, 6, 6]


def test_slots_do_not_overlap() -> None:
    """Each breaker gets counts of its own; then everything beside them begins anew."""
    segment = Segment(seats=3)
    slots = [0, 1, 2, 1000, segment.breakers - 2, segment.breakers - 1]
    breakers = []
    for slot in slots:
        segment.begin_breaker(slot)
        breakers.append(Breaker(segment, slot, BreakerRule(name="rule")))
    for number, breaker in enumerate(breakers):
        for tick in range(10):
            for _ in range(number + 1):
                call(breaker, NOW + tick * 6_000, failed=True, slow=True)
    segment.begin_breaker(3)
    for slot in (0, segment.members - 1):
        segment.begin_member(slot)
        segment.begin_group(slot)
    now = NOW + 9 * 6_000
    counts = [seen(breaker, now, "requests", "failures", "slow", "trips") for breaker in breakers]
    assert counts == [(10 * n, 10 * n, 10 * n, 0) for n in range(1, len(slots) + 1)]
    assert segment.layout == LAYOUT_VERSION


def members_in_use(segment: Segment, count: int) -> tuple[list[Member], list[Attempt]]:
    """Members side by side; number n has n + 1 requests in flight from each seat."""
    members, attempts = [], []
    for number in range(count):
        segment.begin_member(number)
        segment.begin_group(number)
        members.append(Member(segment, number, f"member-{number}", None))
        balancer = Balancer(segment, number, "backend", members[-1:])
        for seat in range(segment.seats):
            segment.seat = seat
            for _ in range(number + 1):
                attempts.append(Attempt())
                assert attempts[-1].try_choose(balancer, NOW / 1000) == 0
    return members, attempts


@pytest.mark.parametrize("seats", [1, 3, 4, 5, 16, 17])
def test_counts_of_members_and_seats_do_not_overlap(seats: int) -> None:
    members, attempts = members_in_use(Segment(seats=seats), 4)
    assert [member.state(NOW)["inFlight"] for member in members] == [seats * n for n in (1, 2, 3, 4)]
    assert [member.state(NOW)["chosen"] for member in members] == [seats * n for n in (1, 2, 3, 4)]
    assert len(attempts) == seats * 10


def test_dead_seat_has_nothing_in_flight_and_the_others_keep_theirs() -> None:
    segment = Segment(seats=3)
    members, attempts = members_in_use(segment, 4)
    seat_died(segment, 1, NOW)
    assert [member.state(NOW)["inFlight"] for member in members] == [2, 4, 6, 8]
    segment.seat = 0
    attempts[0].try_release(NOW / 1000)
    assert members[0].state(NOW)["inFlight"] == 1


def test_new_owner_of_a_slot_begins_closed_with_nothing_counted() -> None:
    segment = Segment(seats=1)
    segment.begin_breaker(4)
    former = Breaker(segment, 4, RULE)
    held = [admit(former, NOW)[1]]
    for _ in range(3):
        call(former, NOW, failed=True)
    _, ticket = admit(former, NOW + former.rule.trip)
    assert report(former, ticket, NOW) == "closed"
    held.append(admit(former, NOW)[1])
    call(former, NOW, failed=True, slow=True)
    segment.begin_breaker(4)
    owner = Breaker(segment, 4, RULE)
    nothing = ("closed", 0, 0, 0, 0, 0, None)
    names = ("state", "requests", "failures", "streak", "trips", "refused", "last_trip")
    assert seen(owner, NOW, *names) == nothing
    for ticket in held:
        report(former, ticket, NOW, failed=True)  # a request of the former owner
    assert seen(owner, NOW, *names) == nothing


def test_breaker_of_another_segment_is_another() -> None:
    breakers = []
    for _ in range(2):
        segment = Segment(seats=1)
        segment.begin_breaker(0)
        breakers.append(Breaker(segment, 0, RULE))
    for _ in range(3):
        call(breakers[0], NOW, failed=True)
    assert [seen(breaker, NOW, "state") for breaker in breakers] == ["open", "closed"]


def test_breaker_keeps_its_segment_alive() -> None:
    segment = Segment(seats=1)
    segment.begin_breaker(0)
    breaker = Breaker(segment, 0, RULE)
    del segment
    assert call(breaker, NOW, failed=True) == ""
    assert seen(breaker, NOW, "failures") == 1


def test_key_is_of_the_segment_and_not_guessable() -> None:
    segment, other = Segment(seats=1), Segment(seats=1)
    assert len(segment.key) == 32
    assert segment.key == segment.key
    assert len({segment.key, other.key, bytes(32)}) == 3
    assert segment.key.hex() not in repr(segment)


def test_parent_and_child_see_what_the_other_writes() -> None:
    segment = Segment(seats=2)
    segment.begin_breaker(0)
    breaker = Breaker(segment, 0, RULE)
    key = segment.key
    call(breaker, NOW, failed=True)
    pid = os.fork()
    if pid == 0:
        good = False
        try:
            segment.seat = 1
            good = seen(breaker, NOW, "failures") == 1 and segment.key == key
            # A view that is made after the fork is as good.
            good = good and call(Breaker(segment, 0, RULE), NOW, failed=True) == ""
            good = good and call(breaker, NOW, failed=True) == "opened"
        finally:
            os._exit(0 if good else 1)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert segment.seat == 0, "the seat is each process's own"
    assert seen(breaker, NOW, "state", "trips") == ("open", 1)
    assert admit(breaker, NOW)[0] == "refuse"


def mapped_segments() -> int:
    return Path("/proc/self/maps").read_text().count(SEGMENTS_IN_MAPS)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory map of Linux")
def test_mapping_goes_with_its_segment() -> None:
    gc.collect()  # what other tests left behind
    before = mapped_segments()
    segments = [Segment(seats=1) for _ in range(3)]
    assert mapped_segments() > before
    del segments
    assert mapped_segments() == before
