"""Turns breaker rules, several urls and pools into balancers over the shared segment.

What a request meets is made here once; which slot a piece of state has is asked of `places`. Sources:
spec/resilience.md sections 1 to 3; design section 11.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, cast

from fastgw._affinity import Affinity
from fastgw._balance import Algorithm, Balancer, RetryRule
from fastgw._core import Breaker, BreakerRule
from fastgw._exchange import Target
from fastgw._member import Member
from fastgw.model import Backend, FailureCondition, HealthCheck
from fastgw.model import BreakerRule as RuleRecord
from fastgw.snapshot.places import Places

_ALGORITHMS: Final[Mapping[str, Algorithm]] = {
    "round-robin": Algorithm.ROUND_ROBIN,
    "weighted": Algorithm.ROUND_ROBIN,
    "least-requests": Algorithm.LEAST_REQUESTS,
    "p2c-ewma": Algorithm.P2C_EWMA,
}
# What is a failure where a rule does not say (spec/resilience.md section 1).
_DEFAULT_STATUSES: Final = ((500, 599),)
_DEFAULT_REASONS: Final = frozenset({"backendconnectionfailure", "timeout"})
# Members without a priority come after those with one; alone they are one group (spec/resilience.md 3).
_LAST: Final = 101
_TOKEN_BYTES: Final = 18
# Of the weights of a pool, where what they have in common is a large number.
_HEAVIEST: Final = 1_000_000
_DEFAULT_PERCENTAGE: Final = 50


class Address(NamedTuple):
    """One URL of a backend: how logs call it, its weight among the backend's urls, and its target."""

    name: str
    url: str
    weight: int
    target: Target


class Service(NamedTuple):
    """A member of a pool: a backend with its addresses; weight and priority as the pool has them."""

    backend: Backend
    addresses: Sequence[Address]
    weight: int | None
    priority: int | None


class MemberState(NamedTuple):
    """Where the state of a member lives: its slot; slot and BreakerRule arguments of its breakers."""

    id: str
    slot: int
    breakers: tuple[tuple[int, dict[str, object]], ...]


class BackendState(NamedTuple):
    """Where the state of a backend lives, for processes that show it and have no configuration."""

    id: str
    members: tuple[MemberState, ...]


class Probe(NamedTuple):
    """A member whose health is checked."""

    backend_id: str
    member: Member
    check: HealthCheck


class Balancers:
    """Makes the balancers of one configuration; `states` and `probes` list what was made."""

    def __init__(self, places: Places, affinity_key: bytes | None = None) -> None:
        self._places = places
        self._affinity_key = affinity_key or places.segment.key
        self._breakers: dict[tuple[str, str], tuple[Breaker, ...]] = {}
        self.states: list[BackendState] = []
        self.probes: dict[int, Probe] = {}

    def single(self, backend: Backend, addresses: Sequence[Address]) -> Balancer | None:
        """The balancer of a Single backend; None where there is nothing to decide and nothing to count."""
        rules = backend.circuit_breaker is not None and bool(backend.circuit_breaker.rules)
        if len(addresses) == 1 and not rules and backend.retry is None and backend.health_check is None:
            return None
        members = [self._member(backend, one, one.name, one.weight, 0) for one in addresses]
        return self._balancer(backend, members, failure_status=0)

    def pool(self, pool: Backend, services: Sequence[Service]) -> Balancer:
        """The balancer of a Pool; a member with several urls brings each, with its share of the weight.

        Raises ValueError for a pool without members, or with too many urls.
        """
        if pool.pool is None:
            raise ValueError("the backend is no pool")
        members: list[Member] = []
        tokens: dict[int, bytes] = {}
        weights = iter(_shares(services))
        for service in services:
            priority = _LAST if service.priority is None else service.priority
            for one in service.addresses:
                name = (
                    service.backend.id if len(service.addresses) == 1 else f"{service.backend.id} {one.name}"
                )
                member = self._member(service.backend, one, name, next(weights), priority)
                members.append(member)
                tokens[id(member)] = self._token(pool.id, service.backend.id, one.url)
        failure = pool.pool.failure_response
        balancer = self._balancer(
            pool, members, failure_status=503 if failure is None else failure.status_code
        )
        affinity = pool.pool.session_affinity
        if affinity is not None:
            name_of_cookie = affinity.session_id.name.encode()
            balancer.affinity = Affinity(name_of_cookie, [tokens[id(member)] for member in balancer.members])
        return balancer

    def _balancer(self, backend: Backend, members: list[Member], *, failure_status: int) -> Balancer:
        kind: str = "weighted"
        slow_start = 0
        if backend.load_balancing is not None:
            kind = backend.load_balancing.type
            slow_start = _milliseconds(backend.load_balancing.slow_start)
        shares = tuple((member.slot, member.weight, member.priority) for member in members)
        balancer = Balancer(
            self._places.segment,
            self._places.slot("group", (backend.id.casefold(), kind, shares)),
            backend.id,
            members,
            algorithm=_ALGORITHMS[kind],
            slow_start=slow_start,
            retry=_retry(backend),
            failure_status=failure_status,
        )
        self.states.append(BackendState(backend.id, tuple(_state(member) for member in balancer.members)))
        return balancer

    def _member(self, backend: Backend, address: Address, name: str, weight: int, priority: int) -> Member:
        # What a check has found holds for that check only.
        check = None if backend.health_check is None else backend.health_check.model_dump_json()
        slot = self._places.slot("member", (backend.id.casefold(), address.url, check))
        breakers = self._breakers_of(backend, address)
        member = Member(self._places.segment, slot, name, address.target, breakers, weight, priority)
        if backend.health_check is not None:
            # Once for each url, however many pools it is in.
            self.probes.setdefault(slot, Probe(backend.id, member, backend.health_check))
        return member

    def _breakers_of(self, backend: Backend, address: Address) -> tuple[Breaker, ...]:
        """The breakers of one url: the same, with one state, wherever the url is used."""
        place = (backend.id.casefold(), address.url)
        found = self._breakers.get(place)
        if found is None:
            records = backend.circuit_breaker.rules if backend.circuit_breaker is not None else ()
            found = tuple(self._breaker(place, breaker_rule(record)) for record in records)
            self._breakers[place] = found
        return found

    def _breaker(self, place: tuple[str, str], rule: BreakerRule) -> Breaker:
        # Sets have no order of their own.
        arguments = {**rule.arguments, "reasons": sorted(cast("frozenset[str]", rule.arguments["reasons"]))}
        key = (*place, *sorted(arguments.items()))
        return Breaker(self._places.segment, self._places.slot("breaker", key), rule)

    def _token(self, *parts: str) -> bytes:
        """What an affinity cookie says for a member; only who has the gateway's key can make it."""
        text = "\0".join(part.casefold() for part in parts[:2]) + "\0" + parts[2]
        digest = hmac.new(self._affinity_key, text.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:_TOKEN_BYTES])


def _shares(services: Sequence[Service]) -> list[int]:
    """The weight of each address: its part of the member's, in whole numbers that fit a machine word."""
    sums = [max(1, sum(one.weight for one in service.addresses)) for service in services]
    scale = math.lcm(*sums)
    exact = [
        (1 if service.weight is None else service.weight) * scale // total * one.weight
        for service, total in zip(services, sums, strict=True)
        for one in service.addresses
    ]
    heaviest = max(exact, default=0)
    if heaviest <= _HEAVIEST:
        return exact
    return [max(1, share * _HEAVIEST // heaviest) if share else 0 for share in exact]


def _state(member: Member) -> MemberState:
    breakers = tuple((breaker.slot, breaker.rule.arguments) for breaker in member.breakers)
    return MemberState(member.id, member.slot, breakers)


def breaker_rule(record: RuleRecord) -> BreakerRule:
    """The rule of a record, its defaults filled in (spec/resilience.md sections 1 and 2)."""
    condition = record.failure_condition
    statuses, reasons = _failures(condition)
    slow = condition.slow_call
    percentage = condition.percentage
    if (
        percentage is None
        and condition.count is None
        and condition.consecutive_count is None
        and slow is None
    ):
        percentage = _DEFAULT_PERCENTAGE
    return BreakerRule(
        name=record.name,
        count=condition.count or 0,
        percentage=percentage or 0,
        min_requests=condition.min_requests,
        interval=_milliseconds(condition.interval),
        consecutive=condition.consecutive_count or 0,
        slow_percentage=0 if slow is None else slow.percentage,
        slow_call=0 if slow is None else _milliseconds(slow.duration),
        trip=_milliseconds(record.trip_duration),
        max_trip=_milliseconds(record.max_trip_duration),
        accept_retry_after=record.accept_retry_after,
        max_retry_after=_milliseconds(record.max_retry_after),
        reset=record.recovery == "reset",
        ramp=_milliseconds(record.ramp_duration),
        statuses=statuses,
        reasons=reasons,
        failure_status=503 if record.failure_response is None else record.failure_response.status_code,
    )


def _failures(condition: FailureCondition) -> tuple[tuple[tuple[int, int], ...], frozenset[str]]:
    statuses = tuple((one.min, one.max) for one in condition.status_code_ranges)
    reasons = frozenset(reason.lower() for reason in condition.error_reasons)
    if not statuses and not reasons:
        return _DEFAULT_STATUSES, _DEFAULT_REASONS
    return statuses, reasons


def _retry(backend: Backend) -> RetryRule | None:
    if backend.retry is None:
        return None
    return RetryRule(
        backend.retry.count,
        tuple((one.min, one.max) for one in backend.retry.status_code_ranges),
        frozenset(reason.lower() for reason in backend.retry.error_reasons),
    )


def _milliseconds(seconds: float | None) -> int:
    """Whole milliseconds, at least one of a duration that is given; 0 where none is."""
    return 0 if seconds is None else max(1, round(seconds * 1000))
