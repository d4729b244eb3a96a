"""Which slot of the shared segment each piece of state has: found by key, so that it outlives a reload.

The master alone gives slots out, while it builds a configuration; its workers are told and only look up.
A key holds all that the state depends on: a rule that was changed has another key, and starts anew.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final, Literal, Protocol

from fastgw._shared import Segment
from fastgw.errors import FastgwError

Kind = Literal["breaker", "member", "group"]
Key = tuple[object, ...]
Place = tuple[Kind, bytes]
Slots = Mapping[Place, int]

_KINDS: Final[tuple[Kind, ...]] = ("breaker", "member", "group")


def place_of(kind: Kind, key: Key) -> Place:
    """A kind and a digest of the key, whose `repr` must say all that matters and always say it alike."""
    return kind, hashlib.blake2b(repr(key).encode(), digest_size=16).digest()


class NoPlaceError(FastgwError):
    """The configuration has more breakers, members or groups than the segment has slots."""


class Places(Protocol):
    """Where the state of a configuration lives."""

    @property
    def segment(self) -> Segment:
        """The shared memory."""

    def slot(self, kind: Kind, key: Key) -> int:
        """The slot of the state with that key. Raises NoPlaceError."""


class KnownPlaces:
    """The places that a worker was told of."""

    def __init__(self, segment: Segment, slots: Slots) -> None:
        self.segment = segment
        self._slots = slots

    def slot(self, kind: Kind, key: Key) -> int:
        """The slot of the state with that key; NoPlaceError where the master knows none."""
        try:
            return self._slots[place_of(kind, key)]
        except KeyError:
            raise NoPlaceError(f"the master has no {kind} for this configuration") from None


class Ledger:
    """The master's account of the slots of a segment.

    A configuration is built with a `draft`; `adopt` makes it the one that counts, and slots that only
    the former one used are free again. Of the free ones, the one that was freed first is given out first, and
    only when no slot is left that nobody had: requests of the former configuration may still be under way.
    """

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.slots: dict[Place, int] = {}
        self._begin = {
            "breaker": segment.begin_breaker,
            "member": segment.begin_member,
            "group": segment.begin_group,
        }
        self._unused = dict.fromkeys(_KINDS, 0)
        self._capacity: dict[Kind, int] = {
            "breaker": segment.breakers,
            "member": segment.members,
            "group": segment.groups,
        }
        self._freed: dict[Kind, deque[int]] = {kind: deque() for kind in _KINDS}

    def draft(self) -> Draft:
        """Places for a configuration that is being built."""
        return Draft(self)

    def adopt(self, draft: Draft) -> None:
        """Take the draft's places for those in use."""
        former, self.slots = self.slots, draft.slots
        self._free((place, slot) for place, slot in former.items() if place not in draft.slots)

    def discard(self, draft: Draft) -> None:
        """The draft comes to nothing: what was given out for it is free again."""
        self._free((place, slot) for place, slot in draft.slots.items() if place not in self.slots)

    def take(self, kind: Kind) -> int:
        """A slot that nobody uses, made ready. Raises NoPlaceError where there is none."""
        slot = self._unused[kind]
        if slot < self._capacity[kind]:
            self._unused[kind] = slot + 1
        elif self._freed[kind]:
            slot = self._freed[kind].popleft()
        else:
            in_use = sum(other == kind for other, _ in self.slots)
            if in_use:
                raise NoPlaceError(
                    f"beside the {in_use} {kind}s of backends in use there is no room for those that are new "
                    f"or changed ({self._capacity[kind]} in all); restart the gateway to load it"
                )
            raise NoPlaceError(
                f"the gateway has room for {self._capacity[kind]} {kind}s of backends; the configuration "
                "needs more"
            )
        self._begin[kind](slot)
        return slot

    def _free(self, places: Iterable[tuple[Place, int]]) -> None:
        for (kind, _), slot in places:
            self._freed[kind].append(slot)


class Draft:
    """The places of a configuration that is being built: those of the one in use, and new ones."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.slots: dict[Place, int] = {}

    @property
    def segment(self) -> Segment:
        """The shared memory."""
        return self._ledger.segment

    def slot(self, kind: Kind, key: Key) -> int:
        """The slot of the state with that key, given out now where it is new. Raises NoPlaceError."""
        place = place_of(kind, key)
        slot = self.slots.get(place)
        if slot is None:
            slot = self._ledger.slots.get(place)
            if slot is None:
                slot = self._ledger.take(kind)
            self.slots[place] = slot
        return slot


def private_places() -> Draft:
    """Places in memory of this process alone, for a configuration that is built and never served."""
    return Ledger(Segment(seats=1)).draft()
