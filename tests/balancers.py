"""Balancers for tests: made, called, and put into a state. Nothing here judges what they do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from fastgw._balance import Attempt, Balancer
from fastgw._core import Breaker, BreakerRule, Outcome
from fastgw._member import Member
from fastgw._shared import Segment

NOW = 1000.0  # seconds: the clock does not begin with the gateway
FAILURES = ((500, 599),)


def milliseconds(now: float) -> int:
    return int(now * 1000)


def trips_at_once(**values: Any) -> BreakerRule:
    """A rule that one failure trips, for ten seconds unless told otherwise."""
    return BreakerRule(**{"name": "rule", "count": 1, "trip": 10_000, "statuses": FAILURES, **values})


class Scene:
    """A balancer in a segment of its own: members 0, 1, ... with these weights.

    `rules` are those of every member, `priorities` by member. Members and breakers have the slots of their
    numbers, so that `another` makes what another process has.
    """

    def __init__(
        self,
        weights: Sequence[int] = (1, 1, 1),
        *,
        rules: Sequence[BreakerRule] = (),
        priorities: Sequence[int] | None = None,
        segment: Segment | None = None,
        **options: Any,
    ) -> None:
        self.segment = segment or Segment(seats=5)
        self._arguments = (weights, rules, priorities, options)
        self.segment.begin_group(0)
        for slot in range(len(weights)):
            self.segment.begin_member(slot)
        for slot in range(len(weights) * len(rules)):
            self.segment.begin_breaker(slot)
        self.balancer = self.another()
        self.members = self.balancer.members

    def another(self) -> Balancer:
        """The same balancer as another process sees it."""
        weights, rules, priorities, options = self._arguments
        members = [
            Member(
                self.segment,
                slot,
                str(slot),
                None,
                tuple(
                    Breaker(self.segment, slot * len(rules) + number, rule)
                    for number, rule in enumerate(rules)
                ),
                weight,
                priorities[slot] if priorities else 0,
            )
            for slot, weight in enumerate(weights)
        ]
        return Balancer(self.segment, 0, "backend", members, **options)

    def choose(self, now: float = NOW, **how: Any) -> Attempt:
        """A request that has chosen; its `member` is None where it was refused."""
        attempt = Attempt()
        attempt.try_choose(self.balancer, now, **how)
        return attempt

    def call(self, now: float = NOW, outcome: int = 200, *, takes: float = 0.0, **how: Any) -> int:
        """A whole request: the number of the member that it went to, -1 where it was refused."""
        attempt = self.choose(now, **how)
        if attempt.member is None:
            return -1
        chosen = int(attempt.member.id)
        attempt.try_judge(outcome, now + takes)
        attempt.try_release(now + takes)
        return chosen

    def calls(self, count: int, now: float = NOW, **how: Any) -> list[int]:
        return [self.call(now, **how) for _ in range(count)]

    def shares(self, count: int, now: float = NOW, **how: Any) -> Counter[int]:
        """How many of so many requests each member gets."""
        return Counter(self.calls(count, now, **how))

    def trip(self, *members: int, now: float = NOW, rule: int = 0) -> None:
        """Open a breaker of each member with a failure."""
        for number in members:
            breaker = self.member(number).breakers[rule]
            _, ticket = breaker.try_admit(milliseconds(now), 0.0, milliseconds(now) + 1000)
            assert breaker.try_report(ticket, milliseconds(now), True, False, -1, 0.0) == "opened"

    def health(self, healthy: bool, *members: int, now: float = NOW) -> None:
        """What a single check finds."""
        for number in members:
            assert self.member(number).checked(healthy, 1, milliseconds(now))

    def member(self, number: int) -> Member:
        [found] = [one for one in self.members if one.id == str(number)]
        return found

    def seen(self, name: str, now: float = NOW) -> list[Any]:
        """What the state of each member says, by number."""
        states = {member.id: member.state(milliseconds(now)) for member in self.members}
        return [states[str(number)][name] for number in range(len(states))]

    def breaker_states(self, now: float = NOW) -> list[list[str]]:
        return [[one["state"] for one in breakers] for breakers in self.seen("breakers", now)]


def failures_of(rule: BreakerRule) -> set[int]:
    """Every status from 200 and every other outcome that the rule takes for a failure."""
    never = {"count": 10**6, "percentage": 0, "consecutive": 0, "slow_percentage": 0}
    scene = Scene((1,), rules=[BreakerRule(**{**rule.arguments, **never})])
    outcomes = [*range(200, 600), *Outcome]
    return {outcome for outcome in outcomes if scene.choose().try_judge(outcome, NOW)}


def release(attempts: Iterable[Attempt], now: float = NOW) -> None:
    for attempt in attempts:
        attempt.try_release(now)
