"""The master's side of the shared segment: its ledger, and which worker process sits where.

A seat is the number under which a worker counts in the segment. It is free again once the process has ended
and what it left behind is cleared. This file must never read the state itself.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from fastgw._core import seat_died
from fastgw._shared import SEATS_AT_MOST, Segment
from fastgw.snapshot.places import Draft, Ledger, Slots

if TYPE_CHECKING:
    from fastgw.errors import Diagnostics
    from fastgw.model import Configuration
    from fastgw.posts import Doors
    from fastgw.snapshot import Snapshot

# A worker that drains keeps its seat beside the one that takes its place.
_SEATS_A_WORKER = 3
_SPARE_SEATS = 8


class SharedState:
    """The segment of one gateway with `workers` worker slots."""

    def __init__(self, workers: int) -> None:
        self.segment = Segment(seats=min(SEATS_AT_MOST, workers * _SEATS_A_WORKER + _SPARE_SEATS))
        self._ledger = Ledger(self.segment)
        self._draft: Draft | None = None
        self._free = set(range(self.segment.seats))

    @property
    def slots(self) -> Slots:
        """The slots of the configuration that was built last, for the workers."""
        return self._ledger.slots if self._draft is None else self._draft.slots

    def build(
        self, doors: Doors, configuration: Configuration, found: Diagnostics, previous: Snapshot | None
    ) -> tuple[Snapshot, Diagnostics]:
        """Build a configuration that was loaded with `found`; what it shares with the last one stays.

        Nothing has changed before `adopt`. Raises ConfigurationError.
        """
        self._discard()
        self._draft = self._ledger.draft()
        try:
            return doors.build_with(configuration, found, previous, self._draft)
        except BaseException:
            self._discard()
            raise

    def adopt(self) -> None:
        """What was built last is what serves from now on."""
        if self._draft is not None:
            self._ledger.adopt(self._draft)
            self._draft = None

    def _discard(self) -> None:
        if self._draft is not None:
            self._ledger.discard(self._draft)
            self._draft = None

    def take_seat(self) -> int | None:
        """A free seat for a worker about to start; None while every one is taken."""
        if not self._free:
            return None
        seat = min(self._free)
        self._free.remove(seat)
        return seat

    def give_back(self, seat: int) -> None:
        """The worker on the seat has ended: its trials are free again, nothing of it is in flight."""
        seat_died(self.segment, seat, int(time.monotonic() * 1000))
        self._free.add(seat)
