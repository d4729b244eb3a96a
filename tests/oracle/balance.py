"""The twin of `fastgw._balance`: which members may be chosen, in plain Python.

Written from spec/resilience.md section 3 and design section 11, for readers and not for speed. It must never
be derived from the compiled module. It has no chance of its own: where an algorithm draws, it says who may be
drawn, and its caller tells it who was. Times are whole milliseconds of a monotonic clock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from tests.oracle import breaker as machine

NOBODY = -1
CONNECTION_FAILURE, TIMED_OUT = 1, 2


def smooth_row(weights: Sequence[int]) -> list[int]:
    """One round of smooth weighted round robin (nginx): the row until it repeats."""
    have = [0] * len(weights)
    row: list[int] = []
    while any(weights) and (not row or any(have)):
        have = [one + weight for one, weight in zip(have, weights, strict=True)]
        turn = have.index(max(have))
        have[turn] -= sum(weights)
        row.append(turn)
    return row


@dataclass(frozen=True)
class Rule:
    """A breaker rule: the machine, and what is a failure for it. `reasons` are in lower case."""

    machine: machine.Rule
    statuses: tuple[tuple[int, int], ...] = ()
    reasons: frozenset[str] = frozenset()
    slow_call: int = 0

    def judge(self, outcome: int) -> bool:
        """Whether a status or one of the outcomes above is a failure."""
        servers = "server errors" in self.reasons
        if outcome == CONNECTION_FAILURE:
            return servers or "backendconnectionfailure" in self.reasons
        if outcome == TIMED_OUT:
            return servers or "timeout" in self.reasons
        return (servers and outcome >= 500) or any(low <= outcome <= high for low, high in self.statuses)


class Member:
    """A member with a breaker for each of its rules."""

    def __init__(self, rules: Sequence[Rule] = (), weight: int = 1, priority: int = 0) -> None:
        self.rules = rules
        self.breakers = [machine.Breaker(rule.machine) for rule in rules]
        self.weight = weight
        self.priority = priority
        self.healthy = True
        self.checks_against = 0  # in a row
        self.in_flight = 0
        self.chosen = 0

    def standing(self, now: int) -> str:
        """ "out", "sick", "due" or "ready": the first of them that is so."""
        waiting = [one for one in self.breakers if one.now_in in ("OPEN", "HALF_OPEN")]
        if any(now < one.deadline for one in waiting):
            return "out"
        if not self.healthy:
            return "sick"
        return "due" if any(not one.rule.reset for one in waiting) else "ready"

    def is_ramping(self, now: int) -> bool:
        """Whether chance decides if it admits."""
        return any(one.now_in == "RAMPING" and now < one.deadline for one in self.breakers)

    def admit(self, now: int, chance: float, trial_until: int, seat: int) -> list[int] | None:
        """The tickets where every breaker admits; else None, and trials already begun are given back."""
        tickets: list[int] = []
        for one in self.breakers:
            verdict, ticket = one.try_admit(now, chance, trial_until, seat)
            if verdict == "refuse":
                for before, given in zip(self.breakers, tickets, strict=False):
                    before.try_cancel(given, now)
                return None
            tickets.append(ticket)
        self.in_flight += 1
        self.chosen += 1
        return tickets

    def judge(self, tickets: Sequence[int], outcome: int, now: int, elapsed: int, retry_after: int) -> bool:
        """Tell every breaker; whether one took it for a failure. `elapsed` in milliseconds."""
        failed = [rule.judge(outcome) for rule in self.rules]
        for rule, one, ticket, bad in zip(self.rules, self.breakers, tickets, failed, strict=True):
            slow = 0 < rule.slow_call < elapsed
            # A trial without an answer has not succeeded, whatever the rule calls a failure.
            unanswered = one.now_in == "HALF_OPEN" and outcome in (CONNECTION_FAILURE, TIMED_OUT)
            one.try_report(ticket, now, bad or unanswered, slow, retry_after if bad else -1, 0.0)
        return any(failed)

    def cancel(self, tickets: Sequence[int], now: int) -> None:
        """The call ended without an outcome."""
        for one, ticket in zip(self.breakers, tickets, strict=True):
            one.try_cancel(ticket, now)

    def checked(self, healthy: bool, threshold: int) -> bool:
        """Take in a health check; whether the health has changed."""
        self.checks_against = 0 if healthy == self.healthy else self.checks_against + 1
        if self.checks_against < threshold:
            return False
        self.healthy = healthy
        self.checks_against = 0
        return True

    def remaining(self, now: int) -> int:
        """How long until every breaker might admit again."""
        return max((_remaining(one, now) for one in self.breakers), default=0)


def _remaining(one: machine.Breaker, now: int) -> int:
    if one.now_in == "HALF_OPEN":
        return 1000  # nobody knows how long a trial takes
    return max(0, one.deadline - now) if one.now_in == "OPEN" else 0


class Balancer:
    """The members, in the order of their priorities; one row of turns for all processes."""

    def __init__(self, members: Sequence[Member], failure_status: int = 0) -> None:
        self.members = members
        self.failure_status = failure_status
        self.row = smooth_row([one.weight for one in members])
        self.position = 0

    def permitted(self, now: int, tried: Collection[int] = (), preferred: int = NOBODY) -> set[int]:
        """Who may be chosen; NOBODY where a refusal is permitted."""
        found: set[int] = set()
        for stage in self._stages(now, tried, preferred):
            found.update(stage)
            if any(not self.members[index].is_ramping(now) for index in stage):
                return found
        return found | {NOBODY}

    def in_turn(self, now: int, tried: Collection[int] = (), preferred: int = NOBODY) -> int:
        """Who is chosen, where the members take turns, have one priority, weights above zero, and no ramp.

        A turn that falls to one who is not there is that of a trial that is due, or else goes on to the next
        in the row who is there. A session on its member, and a trial of another attempt, take no turn.
        """
        if self._is_there(preferred, now) and preferred not in tried:
            return preferred
        first = NOBODY if tried else self._turn()
        if first != NOBODY and self.members[first].standing(now) == "ready":
            return first
        for stage in self._stages(now, tried, NOBODY):
            due = [index for index in sorted(stage) if self.members[index].standing(now) == "due"]
            if due:
                return due[0]
            if first in stage:
                return first
            if stage:
                return next(index for index in iter(self._turn, None) if index in stage)
        return NOBODY

    @property
    def status(self) -> int:
        """What a refusal is answered with, where rules have no status of their own."""
        return self.failure_status or 503

    def remaining(self, now: int) -> int:
        """Of a refusal: how long until the first member might admit again."""
        return min(one.remaining(now) for one in self.members)

    def _turn(self) -> int:
        self.position += 1
        return self.row[(self.position - 1) % len(self.row)]

    def _is_there(self, index: int, now: int) -> bool:
        return 0 <= index < len(self.members) and self.members[index].standing(now) in ("ready", "due")

    def _stages(self, now: int, tried: Collection[int], preferred: int) -> Iterator[set[int]]:
        """Sets of members, each for when nobody of those before admits the request."""
        if len(self.members) == 1:
            yield {0} if self.members[0].standing(now) != "out" else set()
            return
        if self._is_there(preferred, now) and preferred not in tried:
            yield {preferred}
        everyone = set(range(len(self.members)))
        # One tried before rather than a sick one; a sick one rather than nobody.
        yield from self._by_priority(now, everyone - set(tried), ("ready", "due"))
        yield from self._by_priority(now, everyone, ("ready", "due"))
        yield from self._by_priority(now, everyone, ("ready", "due", "sick"))

    def _by_priority(self, now: int, candidates: set[int], standings: Collection[str]) -> Iterator[set[int]]:
        there = {index for index in candidates if self.members[index].standing(now) in standings}
        for priority in sorted({one.priority for one in self.members}):
            group = {index for index in there if self.members[index].priority == priority}
            weighty = {index for index in group if self.members[index].weight}
            yield weighty
            yield group - weighty
