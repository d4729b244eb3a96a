"""Any sequence of events: the compiled circuit breaker against its twin, step by step."""

from __future__ import annotations

import random
from dataclasses import asdict
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from fastgw import _core
from fastgw._shared import Segment
from tests.breakers import NOW
from tests.oracle import breaker as twin


class Pair:
    """Compiled views of one breaker, as workers have them, and the twin: every step is compared."""

    SEATS = 4

    def __init__(self, values: twin.Rule, views: int) -> None:
        self.segment = Segment(seats=self.SEATS)
        self.segment.begin_breaker(7)
        compiled_rule = _core.BreakerRule(name="rule", **asdict(values))
        self.views = [_core.Breaker(self.segment, 7, compiled_rule) for _ in range(views)]
        self.twin = twin.Breaker(values, period=self.views[0].raw()[1])
        self.now = NOW

    def admit(self, view: int, seat: int, chance: float, trial: int) -> int | None:
        """The ticket, None where refused."""
        self.segment.seat = seat
        verdict, ticket = self._view(view).try_admit(self.now, chance, self.now + trial)
        assert (verdict, ticket) == self.twin.try_admit(self.now, chance, self.now + trial, seat)
        return None if verdict == "refuse" else ticket

    def report(
        self, view: int, ticket: int, failed: bool, slow: bool, retry_after: int, chance: float
    ) -> None:
        arguments = (ticket, self.now, failed, slow, retry_after, chance)
        assert self._view(view).try_report(*arguments) == self.twin.try_report(*arguments)

    def cancel(self, view: int, ticket: int) -> None:
        self._view(view).try_cancel(ticket, self.now)
        self.twin.try_cancel(ticket, self.now)

    def reset(self, view: int) -> None:
        self._view(view).reset(self.now)
        self.twin.reset(self.now)

    def seat_died(self, seat: int) -> None:
        _core.seat_died(self.segment, seat, self.now)
        self.twin.seat_died(seat, self.now)

    def compare(self) -> None:
        expected = (self.twin.now_in, self.twin.period, self.twin.deadline)
        state = self.twin.state(self.now)
        for view in self.views:
            raw = view.raw()
            assert (_core.State(raw[0]).name, *raw[1:]) == expected
            shown = view.state(self.now)
            assert {name: shown[name] for name in state} == state

    def _view(self, number: int) -> _core.Breaker:
        return self.views[number % len(self.views)]


RULES = st.builds(
    twin.Rule,
    count=st.integers(0, 4),
    percentage=st.sampled_from([0, 1, 33, 50, 100]),
    min_requests=st.integers(1, 6),
    interval=st.sampled_from([1, 9, 10, 25, 1000, 60_000]),
    consecutive=st.integers(0, 4),
    slow_percentage=st.sampled_from([0, 1, 50, 100]),
    trip=st.sampled_from([1, 7, 100, 1000, 60_000]),
    max_trip=st.sampled_from([0, 60_000, 100_000]),
    accept_retry_after=st.booleans(),
    max_retry_after=st.sampled_from([0, 1, 5000]),
    reset=st.booleans(),
    ramp=st.sampled_from([0, 1, 30, 1000]),
)
# In 64ths, which floats hold exactly: how a share is rounded is no part of the machine.
CHANCES = st.integers(0, 63).map(lambda n: n / 64)
STEPS = st.sampled_from([0, 1, 2, 9, 10, 99, 100, 999, 1000, 6_000, 60_000, 600_000, 10**9])
RETRY_AFTER = st.sampled_from([-1, -1, 0, 1, 3000, 10**7])


class BreakerAndTwin(RuleBasedStateMachine):
    """Requests that are held for a while, lost trials, resets, dying processes, and a clock that errs."""

    tickets: Bundle[int] = Bundle("tickets")

    @initialize(values=RULES, views=st.integers(1, 2))
    def begin(self, values: twin.Rule, views: int) -> None:
        self.pair = Pair(values, views)

    @rule(
        target=tickets,
        view=st.integers(0, 1),
        seat=st.integers(0, Pair.SEATS - 1),
        chance=CHANCES,
        trial=st.sampled_from([0, 1, 50, 5000]),
    )
    def admission(self, view: int, seat: int, chance: float, trial: int) -> Any:
        ticket = self.pair.admit(view, seat, chance, trial)
        return multiple() if ticket is None else ticket

    @rule(
        ticket=consumes(tickets),
        view=st.integers(0, 1),
        failed=st.booleans(),
        slow=st.booleans(),
        retry_after=RETRY_AFTER,
        chance=CHANCES,
    )
    def outcome(
        self, ticket: int, view: int, failed: bool, slow: bool, retry_after: int, chance: float
    ) -> None:
        self.pair.report(view, ticket, failed, slow, retry_after, chance)

    @rule(count=st.integers(1, 8), view=st.integers(0, 1), failed=st.booleans(), slow=st.booleans())
    def several_at_once(self, count: int, view: int, failed: bool, slow: bool) -> None:
        held = [self.pair.admit(view + n, 0, 0.0, 100) for n in range(count)]
        for ticket in held:
            if ticket is not None:
                self.pair.report(view, ticket, failed, slow, -1, 0.5)

    @rule(ticket=consumes(tickets), view=st.integers(0, 1))
    def end_without_an_outcome(self, ticket: int, view: int) -> None:
        self.pair.cancel(view, ticket)

    @rule(view=st.integers(0, 1))
    def reset(self, view: int) -> None:
        self.pair.reset(view)

    @rule(seat=st.integers(0, Pair.SEATS - 1))
    def process_ends(self, seat: int) -> None:
        self.pair.seat_died(seat)

    @rule(step=STEPS)
    def time_passes(self, step: int) -> None:
        self.pair.now += step

    @rule()
    def time_of_the_state_passes(self) -> None:
        self.pair.now = max(self.pair.now, self.pair.twin.deadline)

    @rule(step=STEPS)
    def clock_goes_back(self, step: int) -> None:
        self.pair.now = max(0, self.pair.now - step)

    @invariant()
    def both_are_the_same(self) -> None:
        self.pair.compare()


BreakerAndTwin.TestCase.settings = settings(max_examples=200, stateful_step_count=60, deadline=None)
TestBreakerAndTwin = BreakerAndTwin.TestCase


BUSY = [
    twin.Rule(count=3, trip=100),
    twin.Rule(percentage=50, min_requests=4, interval=1000, trip=100, max_trip=1000, ramp=50),
    twin.Rule(consecutive=2, slow_percentage=60, min_requests=3, trip=100, accept_retry_after=True, ramp=400),
    twin.Rule(count=2, trip=100, reset=True),
]


def test_long_lives_are_the_same_and_use_every_row_of_the_table() -> None:
    """Hundreds of trips of one breaker, which is more than a random sequence above reaches."""
    used = set()
    for seed, values in enumerate(BUSY):
        pair = Pair(values, views=2)
        live(pair, random.Random(seed), steps=10_000)
        used |= pair.twin.rows_used
        assert pair.twin.trips > 200
    assert used == twin.TABLE.keys()


def live(pair: Pair, dice: random.Random, steps: int) -> None:
    """Requests that often fail, some of them held for long; time goes on with each."""
    held: list[int] = []
    for _ in range(steps):
        view, seat, chance = dice.randrange(2), dice.randrange(Pair.SEATS), dice.randrange(64) / 64
        ticket = pair.admit(view, seat, chance, trial=dice.choice([20, 200]))
        if ticket is not None:
            held.append(ticket)
        while len(held) > 20 or (held and dice.random() < 0.6):
            ticket = held.pop(dice.randrange(len(held)))
            if dice.random() < 0.1:
                pair.cancel(view, ticket)
            else:
                failed, slow = dice.random() < 0.5, dice.random() < 0.3
                pair.report(view, ticket, failed, slow, dice.choice([-1, 0, 30]), chance)
            pair.compare()
        if dice.random() < 0.01:
            pair.reset(view)
        if dice.random() < 0.05:
            pair.seat_died(seat)
        pair.now += dice.choice([-1, 0, 1, 5, 20, 60])
        pair.compare()
