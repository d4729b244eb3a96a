"""Any sequence of events: the compiled balancer against its twin, step by step.

The twin says who may be chosen, and where members simply take turns, who is. After every step breakers,
health and requests in flight must be the same on both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from fastgw import _core
from fastgw._balance import Algorithm, Attempt, Balancer, seed
from fastgw._member import Member
from fastgw._shared import Segment
from tests.oracle import balance as twin
from tests.oracle import breaker as machine

SEATS = 3
VIEWS = 2  # of one balancer, as workers have them
TRIAL_SLACK = 1000  # milliseconds that a trial may take beyond the time of its call
STEP = 125  # milliseconds: an eighth of a second, which seconds as floats hold exactly


class Run:
    """One request on its way, on both sides."""

    def __init__(self, view: int, seat: int) -> None:
        self.compiled = Attempt()
        self.view = view
        self.seat = seat
        self.dead = False
        self.tried: set[int] = set()
        self.chosen = twin.NOBODY
        self.tickets: Sequence[int] = ()
        self.started = 0
        self.judged = True


class Pair:
    """A balancer and its twin."""

    def __init__(self, members: Sequence[twin.Member], algorithm: int, slow_start: int, status: int) -> None:
        self.now = 8_000 * STEP
        self.segment = Segment(seats=SEATS)
        self.twin = twin.Balancer(members, status)
        self.segment.begin_group(0)
        for slot, member in enumerate(self.twin.members):
            self.segment.begin_member(slot)
            for number in range(len(member.rules)):
                self.segment.begin_breaker(slot * 4 + number)
        # By the numbers of the twin; a balancer has an order of its own.
        self.members = [self._members() for _ in range(VIEWS)]
        self.views = [
            Balancer(
                self.segment,
                0,
                "backend",
                of_view,
                algorithm=algorithm,
                slow_start=slow_start,
                failure_status=status,
            )
            for of_view in self.members
        ]
        for member, compiled in zip(self.twin.members, self.members[0], strict=True):
            for one, breaker in zip(member.breakers, compiled.breakers, strict=True):
                one.period = breaker.raw()[1]
        self.in_turn = (
            algorithm == Algorithm.ROUND_ROBIN
            and not slow_start
            and all(one.weight for one in members)
            and len({one.priority for one in members}) == 1
            and not any(rule.machine.ramp for one in members for rule in one.rules)
        )

    def _members(self) -> list[Member]:
        return [
            Member(
                self.segment,
                slot,
                str(slot),
                None,
                tuple(
                    _core.Breaker(self.segment, slot * 4 + number, _compiled(rule))
                    for number, rule in enumerate(member.rules)
                ),
                member.weight,
                member.priority,
            )
            for slot, member in enumerate(self.twin.members)
        ]

    def choose(self, run: Run, patience: int, preferred: int) -> None:
        self.segment.seat = run.seat
        permitted = self.twin.permitted(self.now, run.tried, preferred)
        expected = self.twin.in_turn(self.now, run.tried, preferred) if self.in_turn else None
        view, members = self.views[run.view], self.members[run.view]
        wanted = view.members.index(members[preferred]) if 0 <= preferred < len(members) else preferred
        run.compiled.try_choose(view, self.now / 1000, float(patience), wanted, again=bool(run.tried))
        member = run.compiled.member
        chosen = twin.NOBODY if member is None else members.index(member)
        assert chosen in permitted
        assert expected in (None, chosen)
        # Who was not chosen does not notice, but for a member that is alone.
        asked = chosen if chosen != twin.NOBODY or len(self.twin.members) > 1 else 0
        run.chosen, run.judged = chosen, False
        if asked != twin.NOBODY:
            chance = 0.0 if chosen == asked else 1.0
            trial_until = self.now + patience * 1000 + TRIAL_SLACK
            tickets = self.twin.members[asked].admit(self.now, chance, trial_until, run.seat)
            assert (tickets is None) == (chosen == twin.NOBODY)
            run.tickets = tickets or ()
        if chosen == twin.NOBODY:
            assert run.compiled.remaining == self.twin.remaining(self.now)
            assert run.compiled.status == self.twin.status
        else:
            run.tried.add(chosen)
            run.started = self.now

    def judge(self, run: Run, outcome: int, retry_after: int) -> None:
        failed = run.compiled.try_judge(outcome, self.now / 1000, retry_after)
        if run.judged or run.chosen == twin.NOBODY:
            assert not failed
            return
        run.judged = True
        member = self.twin.members[run.chosen]
        elapsed = self.now - run.started
        assert failed == member.judge(run.tickets, outcome, self.now, elapsed, retry_after)

    def release(self, run: Run) -> None:
        self.segment.seat = run.seat
        run.compiled.try_release(self.now / 1000)
        if run.chosen == twin.NOBODY:
            return
        member = self.twin.members[run.chosen]
        if not run.judged:
            member.cancel(run.tickets, self.now)
        member.in_flight -= 1
        run.chosen = twin.NOBODY

    def seat_died(self, seat: int, runs: Sequence[Run]) -> None:
        _core.seat_died(self.segment, seat, self.now)
        for member in self.twin.members:
            for one in member.breakers:
                one.seat_died(seat, self.now)
        for run in runs:
            if run.seat == seat and run.chosen != twin.NOBODY and not run.dead:
                self.twin.members[run.chosen].in_flight -= 1
            run.dead = run.dead or run.seat == seat

    def checked(self, view: int, index: int, healthy: bool, threshold: int) -> None:
        compiled = self.members[view][index]
        expected = self.twin.members[index].checked(healthy, threshold)
        assert compiled.checked(healthy, threshold, self.now) == expected

    def reset(self, view: int, index: int) -> None:
        for one, breaker in zip(
            self.twin.members[index].breakers, self.members[view][index].breakers, strict=True
        ):
            one.reset(self.now)
            breaker.reset(self.now)

    def compare(self) -> None:
        for members in self.members:
            for member, compiled in zip(self.twin.members, members, strict=True):
                state = compiled.state(self.now)
                assert state["inFlight"] == member.in_flight
                assert state["chosen"] == member.chosen
                assert state["healthy"] == member.healthy
                for one, breaker in zip(member.breakers, compiled.breakers, strict=True):
                    number, *rest = breaker.raw()
                    assert (_core.State(number).name, *rest) == (one.now_in, one.period, one.deadline)


def _compiled(rule: twin.Rule) -> _core.BreakerRule:
    return _core.BreakerRule(
        name="rule",
        statuses=rule.statuses,
        reasons=rule.reasons,
        slow_call=rule.slow_call,
        **asdict(rule.machine),
    )


REASONS = ["backendconnectionfailure", "timeout", "server errors"]
FAILURES = st.sampled_from(
    [(((500, 599),), frozenset()), (((429, 429),), frozenset(REASONS[:2])), ((), frozenset(REASONS[2:]))]
)


@st.composite
def rules(draw: st.DrawFn) -> tuple[twin.Rule, ...]:
    """Up to two; one with a ramp is alone, because what else a refused ramp has asked is chance."""
    found: list[twin.Rule] = []
    for _ in range(draw(st.integers(0, 2))):
        statuses, reasons = draw(FAILURES)
        slow = draw(st.sampled_from([0, 0, 50]))
        values = machine.Rule(
            count=draw(st.integers(1, 3)),
            slow_percentage=slow,
            min_requests=2,
            trip=draw(st.sampled_from([STEP, 1_000, 10_000])),
            accept_retry_after=draw(st.booleans()),
            reset=draw(st.sampled_from([False, False, True])),
            ramp=draw(st.sampled_from([0, 0, 10_000])) if not found else 0,
        )
        found.append(twin.Rule(values, statuses, reasons, 1_000 if slow else 0))
        if values.ramp:
            break
    return tuple(found)


def several(weights: st.SearchStrategy[int], priorities: st.SearchStrategy[int]) -> Any:
    members = st.builds(twin.Member, rules=rules(), weight=weights, priority=priorities)
    return st.lists(members, min_size=1, max_size=4).filter(lambda found: any(one.weight for one in found))


# The first kind is where the twin knows exactly who is chosen.
MEMBERS = several(st.integers(1, 4), st.just(0)) | several(st.sampled_from([0, 1, 2, 5]), st.integers(0, 1))
OUTCOMES = st.sampled_from(
    [200, 200, 200, 404, 429, 500, 503, _core.Outcome.CONNECTION_FAILURE, _core.Outcome.TIMED_OUT]
)


class BalancerAndTwin(RuleBasedStateMachine):
    """Requests that are held, retried or given up, checks, resets, dying processes, and time."""

    runs: Bundle[Run] = Bundle("runs")

    @initialize(
        members=MEMBERS,
        algorithm=st.sampled_from([Algorithm.ROUND_ROBIN, *Algorithm]),
        slow_start=st.sampled_from([0, 0, 10_000]),
        status=st.sampled_from([0, 429]),
        dice=st.integers(1, 2**64 - 1),
    )
    def begin(
        self, members: list[twin.Member], algorithm: int, slow_start: int, status: int, dice: int
    ) -> None:
        seed(dice)
        self.pair = Pair(members, algorithm, slow_start, status)
        self.all_runs: list[Run] = []

    @rule(
        target=runs,
        view=st.integers(0, VIEWS - 1),
        seat=st.integers(0, SEATS - 1),
        patience=st.sampled_from([1, 60]),
        preferred=st.integers(-1, 4),
    )
    def request(self, view: int, seat: int, patience: int, preferred: int) -> Any:
        run = Run(view, seat)
        self.pair.choose(run, patience, preferred)
        if run.chosen == twin.NOBODY:
            return multiple()
        self.all_runs.append(run)
        return run

    @rule(view=st.integers(0, VIEWS - 1), outcome=OUTCOMES, count=st.integers(1, 5))
    def whole_requests(self, view: int, outcome: int, count: int) -> None:
        for _ in range(count):
            run = Run(view, 0)
            self.pair.choose(run, 60, twin.NOBODY)
            self.pair.judge(run, outcome, -1)
            self.pair.release(run)

    @rule(run=runs, outcome=OUTCOMES, retry_after=st.sampled_from([-1, 0, 5_000]))
    def outcome(self, run: Run, outcome: int, retry_after: int) -> None:
        assume(not run.dead)
        self.pair.judge(run, outcome, retry_after)

    @rule(run=runs, patience=st.sampled_from([1, 60]), preferred=st.integers(-1, 4))
    def another_attempt(self, run: Run, patience: int, preferred: int) -> None:
        assume(not run.dead)
        self.pair.release(run)
        self.pair.choose(run, patience, preferred)

    @rule(run=consumes(runs))
    def end(self, run: Run) -> None:
        assume(not run.dead)
        self.pair.release(run)

    @rule(steps=st.sampled_from([1, 1, 8, 9, 40, 80, 480, 10_000]))
    def time(self, steps: int) -> None:
        self.pair.now += steps * STEP

    @rule(
        view=st.integers(0, VIEWS - 1),
        index=st.integers(0, 3),
        healthy=st.booleans(),
        threshold=st.integers(1, 2),
    )
    def check(self, view: int, index: int, healthy: bool, threshold: int) -> None:
        self.pair.checked(view, index % len(self.pair.twin.members), healthy, threshold)

    @rule(view=st.integers(0, VIEWS - 1), index=st.integers(0, 3))
    def reset(self, view: int, index: int) -> None:
        self.pair.reset(view, index % len(self.pair.twin.members))

    @rule()
    def everything_ends(self) -> None:
        for run in self.all_runs:
            if not run.dead:
                self.pair.release(run)
        assert all(one.state(0)["inFlight"] == 0 for one in self.pair.members[0])

    @rule(seat=st.integers(0, SEATS - 1))
    def seat_died(self, seat: int) -> None:
        self.pair.seat_died(seat, self.all_runs)

    @invariant()
    def are_alike(self) -> None:
        if hasattr(self, "pair"):
            self.pair.compare()


BalancerAndTwin.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
test_any_sequence_of_events = BalancerAndTwin.TestCase
